package caldav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/calendars/reach"
)

// mostTries bounds how often somebody else may be faster.
const mostTries = 6

// Look returns the occurrence that an intent is about, as the server has it now. One
// that is not there is an [calendars.OvertakenError]; other errors are an [*reach.Error].
func (s *Source) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	o, err := s.fetch(ctx, i)
	if err != nil {
		return calendars.Copy{}, err
	}
	return o.look(ctx, i)
}

// Do carries out an intent on the object that the server keeps: only the lines that
// are meant differ, and only if nobody has changed it since it was read (If-Match).
// Then it is read back.
//
// begin is told what is about to be written, before each try to write; its error
// ends the matter with nothing written. It may be nil. Where it is so already, the
// receipt says so. Told says that the server tells whom it concerns (RFC 6638): the
// organizer of an answer, the guests of a change.
//
// Errors: [*calendars.OvertakenError] if i came too late; one that wraps
// [calendars.ErrReadOnly] if the calendar, or this event in it, cannot be written to;
// one that wraps [calendars.ErrRefused] if the server said no; any other [*reach.Error]
// leaves open whether it was done, and doing it again settles that.
func (s *Source) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	var last *object
	alike := 0 // how often in a row the server refused its own version as changed
	for range mostTries {
		o, err := s.fetch(ctx, i)
		if err != nil {
			return calendars.Receipt{}, err
		}
		if last != nil && o.same(last) {
			if alike++; alike > 1 {
				return calendars.Receipt{}, o.unmatched(opOf(i))
			}
		} else {
			alike = 0
		}
		last = o
		receipt, err := s.once(ctx, i, o, alike > 0, begin)
		if reach.KindOf(err) != reach.Changed {
			return receipt, err
		}
	}
	return calendars.Receipt{}, reach.New(opOf(i), reach.Changed, 0, "the event changed each time that it was about to be written")
}

// opOf says what is done, for errors.
func opOf(i calendars.Intent) string {
	if i.Back != nil {
		return "take back: " + string(i.Verb)
	}
	return string(i.Verb)
}

// once is Do on one version, which the server may have refused already.
func (s *Source) once(ctx context.Context, i calendars.Intent, o *object, again bool, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	i.Owner = o.owner(ctx, i)
	next, receipt, err := o.single().Do(ctx, i)
	if err != nil || receipt.Already {
		return receipt, err
	}
	receipt.Told = s.Schedules && o.scheduled()
	if begin != nil {
		if err := begin(receipt); err != nil {
			return calendars.Receipt{}, err
		}
	}
	if err := s.put(ctx, opOf(i), o, again, next); err != nil {
		return calendars.Receipt{}, err
	}
	return receipt, s.kept(ctx, i)
}

// kept reads back what was written. Somebody may have changed it at once; but that it
// is as if we had written nothing is the server's doing.
func (s *Source) kept(ctx context.Context, i calendars.Intent) error {
	o, err := s.fetch(ctx, i)
	if err != nil {
		return nil // it was written; the next sync tells what came of it
	}
	_, receipt, err := o.single().Do(ctx, i)
	if err == nil && !receipt.Already {
		return reach.New(opOf(i), reach.Permanent, 0, "the server did not keep what was written")
	}
	return nil
}

// object is one as the server keeps it.
type object struct {
	source *Source
	name   string
	url    *url.URL
	etag   string
	text   []byte
}

func (o *object) single() ics.Single {
	return ics.Single{Name: o.name, Text: o.text, Zone: o.source.Zone, Now: o.source.Now}
}

// look returns the occurrence that an intent is about.
func (o *object) look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	k, err := o.single().Look(ctx, i)
	if err != nil {
		return calendars.Copy{}, err
	}
	k.Remote, k.ETag = i.Remote, o.etag
	r := objectReader{addresses: slices.Concat([]string{i.Owner}, o.source.Addresses)}
	k.Self = r.self(&k)
	return k, nil
}

// owner is the address under which the event of an intent knows whose calendar it
// is in.
func (o *object) owner(ctx context.Context, i calendars.Intent) string {
	for _, instance := range []calendars.Instance{i.Ref.Instance, ""} {
		i.Ref.Instance = instance
		if k, err := o.look(ctx, i); err == nil && k.Self != "" {
			return k.Self
		}
	}
	return i.Owner
}

// scheduled reports whether scheduling is left to the server for all that the event
// names (RFC 6638 §7.1).
func (o *object) scheduled() bool {
	parsed, err := ics.Load(o.text)
	if err != nil {
		return false
	}
	for _, event := range parsed.Events() {
		for _, name := range []string{"ORGANIZER", "ATTENDEE"} {
			for _, prop := range event.Props(name) {
				if agent := prop.Params.Get("SCHEDULE-AGENT"); agent != "" && !strings.EqualFold(agent, "SERVER") {
					return false
				}
			}
		}
	}
	return true
}

// fetch reads the object that an intent is about.
func (s *Source) fetch(ctx context.Context, i calendars.Intent) (*object, error) {
	const op = "read the event"
	calendar, err := url.Parse(i.Collection)
	if err != nil || calendar.Host == "" {
		return nil, reach.New(op, reach.Permanent, 0, "the calendar has no address")
	}
	o := &object{source: s, name: string(i.Remote), url: inside(calendar, string(i.Remote))}
	// Compressed on its way, a text may lose the mark that If-Match needs.
	header := http.Header{"Accept-Encoding": {"identity"}, "Accept": {"text/calendar"}}
	a, err := s.Client.do(ctx, request{op: op, method: http.MethodGet, url: o.url, header: header})
	if err != nil {
		return nil, err
	}
	defer a.Close()
	switch {
	case a.StatusCode == http.StatusNotFound || a.StatusCode == http.StatusGone:
		// A calendar that is not there says nothing of its events.
		if err := (&pull{client: s.Client, url: calendar}).marks(ctx); err != nil {
			return nil, err
		}
		return nil, &calendars.OvertakenError{Why: calendars.Gone}
	case a.StatusCode != http.StatusOK:
		return nil, a.Failed()
	case a.Page():
		return nil, reach.New(op, reach.Foreign, a.StatusCode, "what answers is a web page, perhaps one to log in")
	}
	o.etag = a.Header.Get("ETag")
	var text bytes.Buffer
	a.Body.Begin(largestObject)
	if _, err := text.ReadFrom(a.Body); err != nil {
		return nil, a.Broken(err)
	}
	o.text = text.Bytes()
	return o, nil
}

// same reports whether o is the version that old was.
func (o *object) same(old *object) bool { return o.etag == old.etag && bytes.Equal(o.text, old.text) }

// weakMark begins an ETag that two versions may share (RFC 9110 §8.8.1).
const weakMark = "W/"

// unmatched says why an object cannot be written that nobody else changes.
func (o *object) unmatched(op string) error {
	failed := reach.New(op, reach.Permanent, http.StatusPreconditionFailed, "the server does not take the version that it gives out itself")
	if strings.HasPrefix(o.etag, weakMark) {
		failed.Reason = "the server marks versions of events only weakly, so that what somebody else writes could be written over"
		failed.Hint = "look whether a proxy before the server compresses what it passes on, or changes ETags"
		return fmt.Errorf("%w: %w", calendars.ErrReadOnly, failed)
	}
	return fmt.Errorf("%w: %w", calendars.ErrRefused, failed)
}

// put writes an object, unless somebody else did so since it was read. A weak ETag
// matches nowhere that If-Match is understood (RFC 9110 §13.1.1). Often it is a proxy
// that has weakened it: again therefore asks with the strong one that it may have
// been, which nobody takes for another version. It is never written without.
func (s *Source) put(ctx context.Context, op string, o *object, again bool, next []byte) error {
	if o.etag == "" {
		return fmt.Errorf("%w: the server does not say which version of an event it has", calendars.ErrReadOnly)
	}
	match := o.etag
	if again {
		match = strings.TrimPrefix(match, weakMark)
	}
	header := http.Header{"If-Match": {match}, "Content-Type": {"text/calendar; charset=utf-8"}}
	a, err := s.Client.do(ctx, request{op: op, method: http.MethodPut, url: o.url, header: header, body: string(next)})
	if e, ok := errors.AsType[*reach.Error](err); ok && e.Kind == reach.Auth {
		return errors.Join(err, calendars.ErrRefused)
	}
	if err != nil {
		return err
	}
	defer a.Close()
	if a.StatusCode == http.StatusOK && a.Page() {
		return reach.New(op, reach.Foreign, a.StatusCode, "what answers is a web page, perhaps one to log in")
	}
	switch a.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return nil
	case http.StatusPreconditionFailed:
		return a.Failed()
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return fmt.Errorf("%w: %w", calendars.ErrReadOnly, a.Failed())
	}
	failed := a.Failed()
	if a.StatusCode/100 == 4 && a.StatusCode != http.StatusRequestTimeout && a.StatusCode != http.StatusTooManyRequests {
		failed.Kind = reach.Permanent
		return fmt.Errorf("%w: %w", calendars.ErrRefused, failed)
	}
	return failed
}
