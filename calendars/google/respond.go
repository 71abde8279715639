package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// Look returns the occurrence that i means as the person's calendar has it now;
// one that was cancelled has that Status. Of i, only where and which is asked for.
//
// It is an [*calendars.OvertakenError] (Gone) if the calendar holds no such event,
// and otherwise an [*Error].
func (s *Source) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	d := &deed{source: s, calendar: calendarOf(i), intent: i}
	o, err := d.occurrence(ctx)
	return o.Copy, explained(err)
}

// Do carries i out in the person's calendar, and has Google tell everybody whom it
// concerns. Where it was so before, the receipt says Already.
//
// begin is told what is about to be written, before each try to write; its error
// ends the matter with nothing written. It may be nil.
//
// Errors: [*calendars.OvertakenError] if i came too late; one that wraps
// [calendars.ErrNoConsent] or [calendars.ErrReadOnly] if the calendar cannot be
// written to; one that wraps [calendars.ErrRefused] if Google said no; any other
// [*Error] leaves open whether it was done, and doing it again settles that.
func (s *Source) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	if begin == nil {
		begin = func(calendars.Receipt) error { return nil }
	}
	d := &deed{source: s, calendar: calendarOf(i), intent: i, begin: begin}
	for range mostRounds {
		receipt, err := d.once(ctx)
		if KindOf(err) != Conflict {
			return receipt, explained(err)
		}
		// Somebody changed the event since it was read: what is to be done now only
		// another look can tell.
	}
	return calendars.Receipt{}, &Error{Op: d.op(), Kind: Transient, cause: errRestless}
}

// mostRounds bounds how often somebody else may be faster.
const mostRounds = 6

var (
	errRestless  = errors.New("the event changed each time that it was about to be written")
	errNotKept   = errors.New("the calendar did not keep what was written")
	errOrganizer = errors.New("organizers cannot answer their own invitation")
	errVerb      = errors.New("this cannot be done in a calendar of Google")
	errReceipt   = errors.New("the receipt of what is to be taken back cannot be read")
)

// deed is an intent that is being carried out.
type deed struct {
	source   *Source
	calendar string
	intent   calendars.Intent
	begin    func(calendars.Receipt) error

	// unsure is set once a write of ours was carried out, or may have been: what is as
	// intended then is so by us.
	unsure bool
	began  *calendars.Receipt // what begin was told last
	// found is what there was before we wrote, and wrote what we wrote, where there is
	// more to write than one event.
	found map[string]said
	wrote map[string]bool
}

func calendarOf(i calendars.Intent) string {
	if i.Collection == "" {
		return primary
	}
	return i.Collection
}

// op says what is done, for errors.
func (d *deed) op() string {
	if d.intent.Back != nil {
		return "take back: " + string(d.intent.Verb)
	}
	return string(d.intent.Verb)
}

// once tries to do all of it, on what the calendar says now.
func (d *deed) once(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	switch {
	case i.Verb == calendars.Respond && i.Onward && i.Back != nil:
		return d.answerBack(ctx)
	case i.Verb == calendars.Respond && i.Onward:
		return d.answerOnward(ctx)
	case i.Verb == calendars.Respond:
		return d.answer(ctx)
	case i.Verb == calendars.Cancel:
		return d.cancel(ctx)
	case i.Verb == calendars.End && i.Back != nil:
		return d.endBack(ctx)
	case i.Verb == calendars.End:
		return d.end(ctx)
	case i.Verb == calendars.Shorten && i.Onward && i.Ref.Instance != "":
		return d.shortenOnward(ctx)
	case i.Verb == calendars.Shorten:
		return d.shorten(ctx)
	}
	return calendars.Receipt{}, &Error{Op: d.op(), Kind: Denied, cause: errVerb}
}

// glance is an event as it was seen.
type glance struct {
	calendars.Copy
	event *calendar.Event // nil if only its absence was seen
}

// self returns the line of the guest list that is the person's own (never an equal
// address of somebody else's), or nil.
func self(ev *calendar.Event) *calendar.EventAttendee {
	for _, a := range ev.Attendees {
		if a != nil && a.Self {
			return a
		}
	}
	return nil
}

// leads reports whether ev is organized from the calendar that it was read from.
func leads(ev *calendar.Event) bool { return ev.Organizer != nil && ev.Organizer.Self }

// mine fails unless the person organizes ev.
func mine(ev *calendar.Event) error {
	if !leads(ev) {
		return overtaken(calendars.Uninvited)
	}
	return nil
}

func overtaken(why calendars.Overtaken) error { return &calendars.OvertakenError{Why: why} }

// absent reports whether err says that there is no such event.
func absent(err error) bool {
	kind := KindOf(err)
	return kind == NotFound || kind == Gone
}

// occurrence finds the occurrence that is meant.
func (d *deed) occurrence(ctx context.Context) (glance, error) {
	i := d.intent
	if i.Ref.Instance == "" {
		ev, err := d.event(ctx, string(i.Remote))
		if err != nil {
			return glance{}, err
		}
		return d.seen(ctx, ev)
	}
	return d.instance(ctx, i.Ref.Instance)
}

// event fetches an event of this calendar; to have none is to be overtaken.
func (d *deed) event(ctx context.Context, id string) (*calendar.Event, error) {
	ev, err := d.source.look(ctx, d.calendar, id)
	if absent(err) {
		// A calendar that is not there, or not for us, proves nothing of its events.
		if err := d.reachable(ctx); err != nil {
			return nil, err
		}
		return nil, overtaken(calendars.Gone)
	}
	return ev, err
}

// reachable fails if the calendar as a whole cannot be read.
func (d *deed) reachable(ctx context.Context) error {
	_, err := d.source.zone(ctx, d.calendar)
	return err
}

// instance finds an instance of the series by when it was planned: ids of instances
// are not to be derived from that of their series.
func (d *deed) instance(ctx context.Context, which calendars.Instance) (glance, error) {
	r, events, err := d.source.planned(ctx, d.calendar, string(d.intent.Remote), which)
	if err == nil && len(events) == 1 && cancelled(events[0]) && events[0].OriginalStartTime == nil {
		return d.read(r, events[0]) // it need not say itself which one it was
	}
	if absent(err) {
		// The person may be invited to some instances only, and hold no series.
		r, events, err = d.source.family(ctx, d.calendar, d.intent.Ref.UID)
	}
	if err != nil {
		return glance{}, err
	}
	for _, ev := range events {
		if name, err := r.instance(ev); err == nil && name == which {
			return d.read(r, ev)
		}
	}
	series, err := d.event(ctx, string(d.intent.Remote))
	switch {
	case err != nil:
		return glance{}, err
	case cancelled(series):
		return d.read(r, series)
	}
	return glance{}, d.missing(ctx, series)
}

// missing says why a living series lacks the instance that is meant: it takes place at
// another time, or it is no more.
func (d *deed) missing(ctx context.Context, series *calendar.Event) error {
	at := d.intent.Start
	if at.IsZero() || len(series.Recurrence) == 0 {
		return overtaken(calendars.Gone)
	}
	_, near, err := d.source.occurrences(ctx, d.calendar, series.Id, at.AddDate(0, 0, -1), at.AddDate(0, 0, 7))
	if err != nil {
		return err
	}
	for _, ev := range near {
		// What it had the day before tells nothing: it may have ended since.
		if !cancelled(ev) && (instantOf(ev.Start).After(at) || at.Sub(instantOf(ev.Start)) < 24*time.Hour) {
			return overtaken(calendars.Moved)
		}
	}
	return overtaken(calendars.Gone)
}

// seen reads an event that came without what its calendar says of itself.
func (d *deed) seen(ctx context.Context, ev *calendar.Event) (glance, error) {
	r := newReader("UTC", "owner")
	if ev.Start != nil && ev.Start.Date != "" {
		var err error
		if r, err = d.source.zone(ctx, d.calendar); err != nil {
			return glance{}, err
		}
	}
	return d.read(r, ev)
}

// read turns an event into a copy. What is cancelled need not say anything but its
// id: then it is where it was.
func (d *deed) read(r reader, ev *calendar.Event) (glance, error) {
	c, err := r.read(ev)
	if err != nil && cancelled(ev) {
		i := d.intent
		c = calendars.Copy{
			Remote: i.Remote, ETag: ev.Etag, UID: i.Ref.UID, Instance: i.Ref.Instance, Status: calendars.Cancelled,
			Start: i.Start, End: i.Start, Organizer: calendars.Party{Address: i.Ref.Organizer}, Zone: "UTC",
		}
		err = nil
	}
	if err != nil {
		return glance{}, &Error{Op: d.op(), Kind: Permanent, cause: err}
	}
	return glance{c, ev}, nil
}

// start tells what is about to be written. After an error nothing may be.
func (d *deed) start(r calendars.Receipt) error {
	if err := d.begin(r); err != nil {
		return err
	}
	d.began = &r
	return nil
}

// ours reports whether what is as intended may be so by us.
func (d *deed) ours() bool { return d.unsure || d.intent.Begun != nil }

// settled is the receipt where all is as intended: by a write of ours that got no
// answer, by an earlier try, or, as r says, by somebody else.
func (d *deed) settled(r calendars.Receipt) calendars.Receipt {
	switch {
	case d.unsure && d.began != nil:
		return *d.began
	case d.intent.Begun != nil:
		return *d.intent.Begun
	}
	r.Already = true
	return r
}

// write carries a request out and returns the event that Google then has; nil if it
// returns none.
func (d *deed) write(ctx context.Context, w write) (*calendar.Event, error) {
	ev, unsure, err := d.source.write(ctx, d.calendar, w)
	d.unsure = d.unsure || unsure
	return ev, err
}

// patch changes fields of an event, unless somebody changed it since it was seen.
func (d *deed) patch(ctx context.Context, ev *calendar.Event, fields map[string]any) (*calendar.Event, error) {
	return d.write(ctx, write{op: d.op(), method: http.MethodPatch, id: ev.Id, match: ev.Etag, tell: true, body: fields})
}

// explained adds to an error what the agent has to know of it.
func explained(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	switch {
	case e.Kind == Consent:
		return fmt.Errorf("%w: %w", calendars.ErrNoConsent, err)
	case e.Reason == "forbidden" || e.Reason == "requiredAccessLevel" || e.Reason == "calendarIsReadOnly":
		return fmt.Errorf("%w: %w", calendars.ErrReadOnly, err)
	case e.refusal() || e.cause == errNotKept || e.cause == errReceipt:
		return fmt.Errorf("%w: %w", calendars.ErrRefused, err)
	}
	return err
}

// instantOf reads when an event begins or ends, for comparing.
func instantOf(at *calendar.EventDateTime) time.Time {
	if at == nil {
		return time.Time{}
	}
	t, _, _, err := newReader("UTC", "owner").moment(at)
	if err != nil {
		return time.Time{}
	}
	return t
}
