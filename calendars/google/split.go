package google

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// splitFromKey is the property by which a series that we split off names the UID of
// the one that it goes on for. It is shared, so that guests' copies have it too.
const splitFromKey = "unmeet_split_from"

// shortenOnward makes an occurrence and all after it shorter: the series ends before
// it, and another goes on. That one is made first, under an id that follows from what
// is split: were we cut off in between, there are two for a while, and never none.
func (d *deed) shortenOnward(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	if i.Back != nil {
		return d.splitBack(ctx)
	}
	series, err := d.series(ctx)
	if err != nil && d.ours() {
		_, rest, failed := d.half(ctx)
		if failed != nil {
			return calendars.Receipt{}, failed
		}
		return calendars.Receipt{}, d.undone(ctx, rest, err)
	}
	if err != nil {
		return calendars.Receipt{}, err
	}
	if d.first(series) {
		o, err := d.seen(ctx, series)
		if err != nil {
			return calendars.Receipt{}, err
		}
		return d.shortenTo(ctx, o)
	}
	id, rest, err := d.half(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	if endsBefore(series.Recurrence, i.Ref.Instance, zoneOf(series)) {
		if rest == nil {
			return calendars.Receipt{}, overtaken(calendars.Gone)
		}
		return d.settled(calendars.Receipt{Told: true, SplitOff: rest.ICalUID}), nil
	}
	receipt, body, err := d.planSplit(ctx, series, id)
	if err != nil {
		return calendars.Receipt{}, d.undone(ctx, rest, err)
	}
	if body == nil {
		return d.settled(receipt), nil // short enough as it is
	}
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	if rest == nil {
		rest, err = d.write(ctx, write{
			op: d.op(), method: http.MethodPost, tell: true, body: body,
			// Without these, Google drops the video call and the attachments.
			query: url.Values{"conferenceDataVersion": {"1"}, "supportsAttachments": {"true"}},
		})
	}
	if err == nil {
		_, after, _ := statesOf(&receipt) // just written
		_, err = d.patch(ctx, series, map[string]any{"recurrence": after.Recurrence})
	}
	if err != nil {
		return calendars.Receipt{}, d.undone(ctx, rest, err)
	}
	receipt.SplitOff = rest.ICalUID
	return receipt, nil
}

// undone takes the new series away again where the old one is not to end after all.
func (d *deed) undone(ctx context.Context, rest *calendar.Event, err error) error {
	e, ok := errors.AsType[*Error](err)
	if rest == nil || ok && (!e.refusal() || e.Kind == Conflict) {
		return err // another try goes on where this one ended
	}
	series, failed := d.source.look(ctx, d.calendar, string(d.intent.Remote))
	switch {
	case failed != nil && !absent(failed):
		return failed
	case failed == nil && !cancelled(series) && endsBefore(series.Recurrence, d.intent.Ref.Instance, zoneOf(series)):
		// Somebody else did the same meanwhile: then it is done.
		return &Error{Op: d.op(), Kind: Conflict, cause: err}
	}
	if d.began == nil {
		begun := calendars.Receipt{}
		if d.intent.Begun != nil {
			begun = *d.intent.Begun
		}
		if failed := d.start(begun); failed != nil {
			return failed
		}
	}
	if _, failed := d.patch(ctx, rest, map[string]any{"status": "cancelled"}); failed != nil {
		return failed
	}
	return err
}

// half finds the series that goes on after the split: its id, and itself where it is
// there. Ids of deleted events stay taken, so each new beginning has another.
func (d *deed) half(ctx context.Context) (id string, ev *calendar.Event, err error) {
	for n := range mostHalves {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", d.intent.Remote, d.intent.Ref.Instance, n))
		id = "unmeet" + hex.EncodeToString(sum[:12])
		switch ev, err = d.source.look(ctx, d.calendar, id); {
		case absent(err):
			return id, nil, nil
		case err != nil:
			return "", nil, err
		case !cancelled(ev):
			return id, ev, nil
		}
	}
	return "", nil, d.refuse(errHalves)
}

// mostHalves bounds how often a series is split at the same place.
const mostHalves = 20

var errHalves = errors.New("the series was split here too often")

// planSplit says what is to be written: the receipt, and the series that goes on.
func (d *deed) planSplit(ctx context.Context, series *calendar.Event, id string) (calendars.Receipt, map[string]json.RawMessage, error) {
	i := d.intent
	o, err := d.occurrence(ctx)
	if err != nil {
		return calendars.Receipt{}, nil, err
	}
	if err := i.Check(o.Copy); err != nil {
		return calendars.Receipt{}, nil, err
	}
	if o.AllDay {
		return calendars.Receipt{}, nil, d.refuse(errWhole)
	}
	if o.End.Sub(o.Start) <= i.Length {
		return calendars.Receipt{Told: true}, nil, nil
	}
	ahead, err := d.ahead(ctx, series.ICalUID)
	if err != nil {
		return calendars.Receipt{}, nil, err
	}
	var out []calendars.Instance
	for _, c := range ahead {
		if !c.Cancelled {
			return calendars.Receipt{}, nil, d.refuse(errAhead)
		}
		out = append(out, c.Instance)
	}
	last, err := d.last(ctx, o)
	if err != nil {
		return calendars.Receipt{}, nil, err
	}
	zone := zoneOf(series)
	from := state{Recurrence: series.Recurrence, Changed: ahead}
	to := state{
		Recurrence: endedBefore(series.Recurrence, i.Ref.Instance, zone),
		Start:      o.Start, Ends: o.Start.Add(i.Length), Split: id,
		Rest: restFrom(series.Recurrence, i.Ref.Instance, last, out, zone),
	}
	receipt := organized(from, to)
	receipt.SplitOff = id + "@google.com" // what Google calls it, as long as it has not said so
	body, err := d.rest(ctx, to, series)
	return receipt, body, err
}

// last names the last occurrence of a series, which a count may tell.
func (d *deed) last(ctx context.Context, o glance) (calendars.Instance, error) {
	r, all, err := d.source.occurrences(ctx, d.calendar, string(d.intent.Remote), o.Start, time.Time{})
	if err != nil {
		return "", err
	}
	var last calendars.Instance
	for _, ev := range all {
		if at, err := r.instance(ev); err == nil {
			last = max(last, at)
		}
	}
	return last, nil
}

// whoseOwn are fields that an event does not hand on to another.
var whoseOwn = []string{
	"kind", "etag", "id", "iCalUID", "htmlLink", "hangoutLink", "created", "updated", "creator", "organizer", "sequence",
	"recurringEventId", "originalStartTime", "attendeesOmitted", "status", "endTimeUnspecified", "locked", "privateCopy",
}

// rest makes the series that goes on, of all that the old one says, fields that we
// know nothing of included.
func (d *deed) rest(ctx context.Context, to state, series *calendar.Event) (map[string]json.RawMessage, error) {
	fields, err := d.source.raw(ctx, d.calendar, series.Id)
	if err != nil {
		return nil, err
	}
	if series.AttendeesOmitted {
		return nil, d.refuse(errOmitted)
	}
	for _, name := range whoseOwn {
		delete(fields, name)
	}
	properties := map[string]map[string]string{}
	if err := untext(string(fields["extendedProperties"]), &properties); err != nil {
		return nil, &Error{Op: d.op(), Kind: Permanent, cause: errors.New("the properties of the event cannot be read")}
	}
	if properties["shared"] == nil {
		properties["shared"] = map[string]string{}
	}
	properties["shared"][splitFromKey] = series.ICalUID
	for name, value := range map[string]any{
		"id": to.Split, "recurrence": to.Rest, "extendedProperties": properties,
		"start": dateTime(to.Start, series.Start.TimeZone), "end": dateTime(to.Ends, series.Start.TimeZone),
	} {
		fields[name] = json.RawMessage(text(value))
	}
	return fields, nil
}

var errOmitted = errors.New("the event has more guests than Google tells")

// splitBack takes a split back: the old series goes on as it did, and the new one is
// cancelled.
func (d *deed) splitBack(ctx context.Context) (calendars.Receipt, error) {
	before, after, err := statesOf(d.intent.Back)
	if err != nil {
		return calendars.Receipt{}, err
	}
	series, err := d.series(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	if after.Split == "" {
		o, err := d.seen(ctx, series)
		if err != nil {
			return calendars.Receipt{}, err
		}
		return d.shortenTo(ctx, o)
	}
	rest, err := d.source.look(ctx, d.calendar, after.Split)
	if absent(err) {
		rest, err = nil, nil
	}
	if err != nil {
		return calendars.Receipt{}, err
	}
	receipt := organized(after, before)
	there := rest != nil && !cancelled(rest)
	restored := sameRecurrence(series.Recurrence, before.Recurrence)
	switch {
	case restored && !there:
		if d.ours() {
			if err := d.rechange(ctx, before.Changed); err != nil {
				return calendars.Receipt{}, err
			}
		}
		return d.settled(receipt), nil
	case !restored && !sameRecurrence(series.Recurrence, after.Recurrence),
		!there, !instantOf(rest.Start).Equal(after.Start), !instantOf(rest.End).Equal(after.Ends),
		!sameRecurrence(rest.Recurrence, after.Rest):
		return calendars.Receipt{}, overtaken(calendars.Changed)
	}
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	if !restored {
		if _, err := d.patch(ctx, series, map[string]any{"recurrence": before.Recurrence}); err != nil {
			return calendars.Receipt{}, err
		}
	}
	d.unsure = true // from here on it is our doing
	if _, err := d.patch(ctx, rest, map[string]any{"status": "cancelled"}); err != nil {
		return calendars.Receipt{}, err
	}
	return receipt, d.rechange(ctx, before.Changed)
}
