package google

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// state is what an organizer's event says, as far as it is changed: in a receipt,
// before and after. What a verb does not touch is left out.
type state struct {
	Status     string                  `json:"status,omitempty"`
	Recurrence []string                `json:"recurrence,omitempty"`
	Start      time.Time               `json:"start,omitzero"`
	Ends       time.Time               `json:"ends,omitzero"` // when End is
	End        *calendar.EventDateTime `json:"end,omitempty"` // as Google writes it
	// Changed are changed instances after the end of a series: they go with it.
	Changed []changed `json:"changed,omitempty"`
	Split   string    `json:"split,omitempty"` // id of the series that goes on
	Rest    []string  `json:"rest,omitempty"`  // its recurrence
}

// changed is an instance that is not as its series makes it.
type changed struct {
	Instance  calendars.Instance      `json:"instance"`
	Cancelled bool                    `json:"cancelled,omitempty"`
	Start     *calendar.EventDateTime `json:"start,omitempty"`
	End       *calendar.EventDateTime `json:"end,omitempty"`
}

// organized is the receipt of a change to an organizer's event.
func organized(before, after state) calendars.Receipt {
	return calendars.Receipt{Told: true, Before: text(before), After: text(after)}
}

// statesOf reads what organized wrote.
func statesOf(r *calendars.Receipt) (before, after state, err error) {
	if untext(r.Before, &before) != nil || untext(r.After, &after) != nil {
		return before, after, &Error{Op: "take back", Kind: Permanent, cause: errReceipt}
	}
	return before, after, nil
}

// cancel calls one occurrence off, and brings it back. Its series stays.
func (d *deed) cancel(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	o, err := d.occurrence(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	from, to := state{Status: "confirmed"}, state{Status: "cancelled"}
	if i.Back == nil && o.event.Status == "tentative" {
		from.Status = o.event.Status
	}
	if i.Back != nil {
		before, _, err := statesOf(i.Back)
		if err != nil {
			return calendars.Receipt{}, err
		}
		from, to = to, from
		if before.Status != "" {
			to.Status = before.Status
		}
	}
	switch err := i.Check(o.Copy); {
	case errors.Is(err, calendars.ErrAlready):
		return d.settled(organized(from, to)), nil
	case err != nil:
		return calendars.Receipt{}, err
	}
	if i.Back == nil {
		if err := mine(o.event); err != nil {
			return calendars.Receipt{}, err
		}
	} else if i.Ref.Instance != "" {
		// With its series an occurrence went for good.
		if _, err := d.series(ctx); err != nil {
			return calendars.Receipt{}, err
		}
	}
	receipt := organized(from, to)
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	wrote, err := d.patch(ctx, o.event, map[string]any{"status": to.Status})
	if err != nil {
		return calendars.Receipt{}, err
	}
	if cancelled(wrote) != (to.Status == "cancelled") {
		return calendars.Receipt{}, d.notKept()
	}
	return receipt, nil
}

func (d *deed) notKept() error { return &Error{Op: d.op(), Kind: Permanent, cause: errNotKept} }

// series fetches the series, which must be living and the person's own.
func (d *deed) series(ctx context.Context) (*calendar.Event, error) {
	ev, err := d.event(ctx, string(d.intent.Remote))
	if err != nil {
		return nil, err
	}
	if cancelled(ev) {
		return nil, overtaken(calendars.CalledOff)
	}
	return ev, mine(ev)
}

// first reports whether the instance that is meant is the first of its series.
func (d *deed) first(series *calendar.Event) bool {
	if series.Start == nil {
		return false
	}
	if series.Start.Date != "" {
		return string(d.intent.Ref.Instance) == strings.ReplaceAll(series.Start.Date, "-", "")
	}
	return d.intent.Ref.Instance == calendars.InstanceAt(instantOf(series.Start))
}

// zoneOf is the zone that a series recurs in.
func zoneOf(series *calendar.Event) *time.Location {
	zone := ""
	if series.Start != nil {
		zone = series.Start.TimeZone
	}
	loc, _ := location(zone)
	return loc
}

// end ends a series before an occurrence. A series of which nothing would be left is
// cancelled.
func (d *deed) end(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	series, err := d.event(ctx, string(i.Remote))
	if err != nil {
		return calendars.Receipt{}, err
	}
	if cancelled(series) {
		if d.ours() {
			return d.settled(organized(state{}, state{})), nil
		}
		return calendars.Receipt{}, overtaken(calendars.CalledOff)
	}
	if err := mine(series); err != nil {
		return calendars.Receipt{}, err
	}
	if endsBefore(series.Recurrence, i.Ref.Instance, zoneOf(series)) {
		if d.ours() {
			if err := d.sweep(ctx, series.ICalUID); err != nil {
				return calendars.Receipt{}, err
			}
		}
		return d.settled(organized(state{}, state{Recurrence: series.Recurrence})), nil
	}
	if err := d.check(ctx); err != nil {
		return calendars.Receipt{}, err
	}
	if d.first(series) {
		receipt := organized(state{Status: series.Status}, state{Status: "cancelled"})
		if err := d.start(receipt); err != nil {
			return calendars.Receipt{}, err
		}
		_, err := d.patch(ctx, series, map[string]any{"status": "cancelled"})
		return receipt, err
	}
	ahead, err := d.ahead(ctx, series.ICalUID)
	if err != nil {
		return calendars.Receipt{}, err
	}
	from := state{Recurrence: series.Recurrence, Changed: ahead}
	to := state{Recurrence: endedBefore(series.Recurrence, i.Ref.Instance, zoneOf(series))}
	if err := d.start(organized(from, to)); err != nil {
		return calendars.Receipt{}, err
	}
	wrote, err := d.patch(ctx, series, map[string]any{"recurrence": to.Recurrence})
	if err != nil {
		return calendars.Receipt{}, err
	}
	if !endsBefore(wrote.Recurrence, i.Ref.Instance, zoneOf(series)) {
		return calendars.Receipt{}, d.notKept()
	}
	d.unsure = true // from here on it is our doing
	to.Recurrence = wrote.Recurrence
	receipt := organized(from, to)
	return receipt, d.sweep(ctx, series.ICalUID)
}

// check looks at the occurrence from which on something is to be done.
func (d *deed) check(ctx context.Context) error {
	o, err := d.occurrence(ctx)
	if err != nil {
		return err
	}
	return d.intent.Check(o.Copy)
}

// ahead lists the changed instances from the one that is meant on.
func (d *deed) ahead(ctx context.Context, uid string) ([]changed, error) {
	r, family, err := d.source.family(ctx, d.calendar, uid)
	if err != nil {
		return nil, err
	}
	var all []changed
	for _, ev := range family {
		if ev.RecurringEventId != string(d.intent.Remote) || !r.ahead(ev, d.intent.Ref.Instance) {
			continue
		}
		at, _ := r.instance(ev) // ahead has read it
		c := changed{Instance: at, Cancelled: cancelled(ev)}
		if !c.Cancelled {
			c.Start, c.End = ev.Start, ev.End
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b changed) int { return strings.Compare(string(a.Instance), string(b.Instance)) })
	return all, nil
}

// sweep cancels changed instances that outlived the end of their series.
func (d *deed) sweep(ctx context.Context, uid string) error {
	r, family, err := d.source.family(ctx, d.calendar, uid)
	if err != nil {
		return err
	}
	for _, ev := range family {
		if ev.RecurringEventId != string(d.intent.Remote) || cancelled(ev) || !r.ahead(ev, d.intent.Ref.Instance) {
			continue
		}
		if _, err := d.patch(ctx, ev, map[string]any{"status": "cancelled"}); err != nil {
			return err
		}
	}
	return nil
}

// endBack lets a series go on that end ended, with the times that its changed
// instances had.
func (d *deed) endBack(ctx context.Context) (calendars.Receipt, error) {
	before, after, err := statesOf(d.intent.Back)
	if err != nil {
		return calendars.Receipt{}, err
	}
	series, err := d.event(ctx, string(d.intent.Remote))
	if err != nil {
		return calendars.Receipt{}, err
	}
	receipt := organized(after, before)
	if after.Status == "cancelled" {
		if !cancelled(series) {
			return d.settled(receipt), nil
		}
		if err := d.start(receipt); err != nil {
			return calendars.Receipt{}, err
		}
		_, err := d.patch(ctx, series, map[string]any{"status": "confirmed"})
		return receipt, err
	}
	switch {
	case cancelled(series):
		return calendars.Receipt{}, overtaken(calendars.CalledOff)
	case sameRecurrence(series.Recurrence, before.Recurrence):
		if d.ours() {
			if err := d.rechange(ctx, before.Changed); err != nil {
				return calendars.Receipt{}, err
			}
		}
		return d.settled(receipt), nil
	case !sameRecurrence(series.Recurrence, after.Recurrence):
		return calendars.Receipt{}, overtaken(calendars.Changed)
	}
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	wrote, err := d.patch(ctx, series, map[string]any{"recurrence": before.Recurrence})
	if err != nil {
		return calendars.Receipt{}, err
	}
	if !sameRecurrence(wrote.Recurrence, before.Recurrence) {
		return calendars.Receipt{}, d.notKept()
	}
	d.unsure = true
	return receipt, d.rechange(ctx, before.Changed)
}

// rechange cancels and moves the instances again that a series had changed.
func (d *deed) rechange(ctx context.Context, list []changed) error {
	for _, c := range list {
		o, err := d.instance(ctx, c.Instance)
		if _, late := errors.AsType[*calendars.OvertakenError](err); late {
			continue
		}
		if err != nil {
			return err
		}
		fields := map[string]any{"status": "cancelled"}
		if !c.Cancelled {
			fields = map[string]any{"start": c.Start, "end": c.End}
			if cancelled(o.event) {
				fields["status"] = "confirmed"
			}
		}
		if c.Cancelled == cancelled(o.event) &&
			(c.Cancelled || o.Start.Equal(instantOf(c.Start)) && o.End.Equal(instantOf(c.End))) {
			continue
		}
		if _, err := d.patch(ctx, o.event, fields); err != nil {
			return err
		}
	}
	return nil
}

// sameRecurrence compares lines as calendars do, not as text: Google is free to put
// the parts of a rule in another order.
func sameRecurrence(a, b []string) bool {
	normal := func(lines []string) []string {
		var all []string
		for _, line := range lines {
			name, value, _ := strings.Cut(strings.ToUpper(line), ":")
			parts := strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' })
			slices.Sort(parts)
			all = append(all, name+":"+strings.Join(parts, ";"))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(normal(a), normal(b))
}

// errWhole is the answer to shortening what takes days.
var errWhole = errors.New("what takes whole days cannot be made shorter")

// shorten lets one event end earlier, its start as it is, and takes that back.
func (d *deed) shorten(ctx context.Context) (calendars.Receipt, error) {
	o, err := d.occurrence(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	return d.shortenTo(ctx, o)
}

func (d *deed) shortenTo(ctx context.Context, o glance) (calendars.Receipt, error) {
	i := d.intent
	if err := i.Check(o.Copy); err != nil {
		return calendars.Receipt{}, err
	}
	if err := mine(o.event); err != nil {
		return calendars.Receipt{}, err
	}
	if o.AllDay {
		return calendars.Receipt{}, &Error{Op: d.op(), Kind: Denied, cause: errWhole}
	}
	from := state{Start: o.Start, Ends: o.End, End: o.event.End}
	to := state{Start: o.Start, Ends: o.Start.Add(i.Length), End: dateTime(o.Start.Add(i.Length), o.event.End.TimeZone)}
	if i.Back != nil {
		before, after, err := statesOf(i.Back)
		switch {
		case err != nil:
			return calendars.Receipt{}, err
		case o.Start.Equal(before.Start) && o.End.Equal(before.Ends):
			return d.settled(organized(after, before)), nil
		case !o.Start.Equal(after.Start) || !o.End.Equal(after.Ends) || before.End == nil:
			return calendars.Receipt{}, overtaken(calendars.Changed)
		}
		to = before
	} else if !o.End.After(to.Ends) {
		return d.settled(organized(from, from)), nil
	}
	receipt := organized(from, to)
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	wrote, err := d.patch(ctx, o.event, map[string]any{"end": to.End})
	if err != nil {
		return calendars.Receipt{}, err
	}
	if !instantOf(wrote.End).Equal(to.Ends) {
		return calendars.Receipt{}, d.notKept()
	}
	return receipt, nil
}

// dateTime writes an instant in a zone.
func dateTime(t time.Time, zone string) *calendar.EventDateTime {
	loc, _ := location(zone)
	return &calendar.EventDateTime{DateTime: t.In(loc).Format(time.RFC3339), TimeZone: zone}
}

// errAhead refuses to split a series of which later occurrences differ: in the new
// series they would be as all others.
var errAhead = errors.New("later occurrences of the series were changed one by one, and would lose that")

// refuse is a refusal of our own.
func (d *deed) refuse(cause error) error {
	return &Error{
		Op: d.op(), Kind: Denied, Status: http.StatusForbidden, cause: cause,
		Hint: "change it by hand in the calendar",
	}
}
