package google

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// said is what a person answered on one event.
type said struct {
	Event   string             `json:"event"` // its id
	Answer  calendars.Response `json:"answer"`
	Comment string             `json:"comment,omitempty"`
}

// saidOn reads the person's own line of a guest list.
func saidOn(ev *calendar.Event, own *calendar.EventAttendee) said {
	return said{Event: ev.Id, Answer: responseOf(own.ResponseStatus), Comment: own.Comment}
}

// statuses are our answers in Google's words.
var statuses = map[calendars.Response]string{
	calendars.NoAnswer: "needsAction", calendars.Unspecified: "needsAction",
	calendars.Accepted: "accepted", calendars.Declined: "declined", calendars.Maybe: "tentative",
}

// answer answers the invitation to one occurrence or to a one-off, and takes that
// back.
func (d *deed) answer(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	want := said{Answer: i.Response, Comment: i.Note}
	if i.Back != nil {
		before, _, err := answersOf(i.Back)
		if err != nil {
			return calendars.Receipt{}, err
		}
		want = said{Answer: i.Was}
		if len(before) > 0 {
			want = before[0]
			i.Was = want.Answer
		}
	}
	o, err := d.occurrence(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	switch err := i.Check(o.Copy); {
	case errors.Is(err, calendars.ErrAlready):
		was := said{Event: o.event.Id, Answer: i.Was}
		if i.Back != nil {
			was.Answer = i.Response
		}
		want.Event = o.event.Id
		return d.settled(answered([]said{was}, []said{want})), nil
	case err != nil:
		return calendars.Receipt{}, err
	}
	own := self(o.event)
	switch {
	case own == nil:
		return calendars.Receipt{}, overtaken(calendars.Uninvited)
	case leads(o.event):
		return calendars.Receipt{}, &Error{Op: d.op(), Kind: Denied, Status: http.StatusForbidden, cause: errOrganizer}
	}
	before := saidOn(o.event, own)
	want.Event = o.event.Id
	if err := d.start(answered([]said{before}, []said{want})); err != nil {
		return calendars.Receipt{}, err
	}
	after, err := d.respond(ctx, o.event, own, want)
	if err != nil {
		return calendars.Receipt{}, err
	}
	return answered([]said{before}, []said{after}), nil
}

// note keeps what was found on an event the first time that it was to be changed.
func (d *deed) note(before said) {
	if d.found == nil {
		d.found = map[string]said{}
	}
	if _, noted := d.found[before.Event]; !noted {
		d.found[before.Event] = before
	}
}

// answered is the receipt of answers that were given.
func answered(before, after []said) calendars.Receipt {
	return calendars.Receipt{Told: true, Before: text(before), After: text(after)}
}

// answersOf reads what answered wrote.
func answersOf(r *calendars.Receipt) (before, after []said, err error) {
	if untext(r.Before, &before) != nil || untext(r.After, &after) != nil {
		return nil, nil, &Error{Op: "take back", Kind: Permanent, cause: errReceipt}
	}
	return before, after, nil
}

// text writes a part of a receipt.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of strings and times
	}
	return string(b)
}

// untext reads a part of a receipt; "" says nothing.
func untext(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

// respond gives the person's own answer on an event, and tells what Google kept of
// it. attendeesOmitted is the documented way to change nobody else's line.
func (d *deed) respond(ctx context.Context, ev *calendar.Event, own *calendar.EventAttendee, want said) (said, error) {
	wrote, err := d.patch(ctx, ev, map[string]any{
		"attendeesOmitted": true,
		"attendees": []map[string]string{{
			"email": own.Email, "responseStatus": statuses[want.Answer], "comment": want.Comment,
		}},
	})
	if err != nil {
		return said{}, err
	}
	kept := wrote
	if now, err := d.source.look(ctx, d.calendar, ev.Id); err == nil {
		kept = now
	}
	line := self(kept)
	if line == nil || responseOf(line.ResponseStatus) != responseOf(statuses[want.Answer]) {
		if line := self(wrote); line != nil && line.ResponseStatus == statuses[want.Answer] {
			return saidOn(wrote, line), nil // another answer came right after
		}
		return said{}, &Error{Op: d.op(), Kind: Permanent, cause: errNotKept}
	}
	if line.Comment != want.Comment {
		return d.comment(ctx, ev.Id, want), nil
	}
	return saidOn(kept, line), nil
}

// comment adds a comment that Google dropped, by the whole guest list as Google
// tells it. Nobody is told again. Where that cannot be, the answer stands without.
func (d *deed) comment(ctx context.Context, id string, want said) said {
	bare := said{Event: id, Answer: want.Answer}
	for range mostRounds {
		fields, err := d.source.raw(ctx, d.calendar, id)
		if err != nil {
			return bare
		}
		list, ok := commented(fields, want)
		if !ok {
			return bare
		}
		var etag string
		if json.Unmarshal(fields["etag"], &etag) != nil || etag == "" {
			return bare
		}
		w := write{
			op: "comment", method: http.MethodPatch, id: id, match: etag,
			body: map[string]any{"attendees": list},
		}
		switch ev, _, err := d.source.write(ctx, d.calendar, w); {
		case KindOf(err) == Conflict:
			continue
		case err != nil:
			return bare
		default:
			if line := self(ev); line != nil {
				return saidOn(ev, line)
			}
			return bare
		}
	}
	return bare
}

// commented returns the guest list of an event with the person's comment, every
// field of every line kept as it came. ok is false where the list is not whole, so
// that writing it would take guests off it, and where the answer is another now.
func commented(fields map[string]json.RawMessage, want said) (list []map[string]json.RawMessage, ok bool) {
	var ev calendar.Event
	whole, err := json.Marshal(fields)
	if err != nil || json.Unmarshal(whole, &ev) != nil || json.Unmarshal(fields["attendees"], &list) != nil {
		return nil, false
	}
	hidden := ev.GuestsCanSeeOtherGuests != nil && !*ev.GuestsCanSeeOtherGuests
	own := self(&ev)
	if ev.AttendeesOmitted || hidden || own == nil || own.ResponseStatus != statuses[want.Answer] || len(list) != len(ev.Attendees) {
		return nil, false
	}
	i := slices.Index(ev.Attendees, own)
	list[i]["comment"] = json.RawMessage(text(want.Comment))
	return list, true
}

// answerOnward answers for an occurrence and all that follow: on the series, and on
// those of its changed instances that would keep another answer.
func (d *deed) answerOnward(ctx context.Context) (calendars.Receipt, error) {
	i := d.intent
	o, err := d.occurrence(ctx)
	if err != nil {
		return calendars.Receipt{}, err
	}
	// That one occurrence is as intended says nothing of the rest, and what we began we
	// bring to an end.
	if err := i.Check(o.Copy); err != nil && !errors.Is(err, calendars.ErrAlready) && len(d.wrote) == 0 {
		return calendars.Receipt{}, err
	}
	events, err := d.onward(ctx, o)
	if err != nil {
		return calendars.Receipt{}, err
	}
	var open []*calendar.Event
	want := said{Answer: i.Response, Comment: i.Note}
	for _, ev := range events {
		own := self(ev)
		if own == nil {
			continue
		}
		if leads(ev) {
			return calendars.Receipt{}, &Error{Op: d.op(), Kind: Denied, Status: http.StatusForbidden, cause: errOrganizer}
		}
		if responseOf(own.ResponseStatus) == want.Answer || d.wrote[ev.Id] {
			continue
		}
		d.note(saidOn(ev, own))
		open = append(open, ev)
	}
	receipt := d.onwardReceipt(want)
	if len(open) == 0 {
		if len(d.found) > 0 {
			return receipt, nil
		}
		was := said{Event: string(i.Remote), Answer: i.Was}
		return d.settled(answered([]said{was}, []said{{Event: was.Event, Answer: want.Answer}})), nil
	}
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	for _, ev := range open {
		if _, err := d.respond(ctx, ev, self(ev), want); err != nil {
			return calendars.Receipt{}, err
		}
		if d.wrote == nil {
			d.wrote = map[string]bool{}
		}
		d.wrote[ev.Id] = true
	}
	return receipt, nil
}

// onward lists the series, first, and its living changed instances that are planned
// for the time of o or later.
func (d *deed) onward(ctx context.Context, o glance) ([]*calendar.Event, error) {
	var events []*calendar.Event
	series, err := d.source.look(ctx, d.calendar, string(d.intent.Remote))
	switch {
	case err == nil && !cancelled(series):
		events = append(events, series)
	case err != nil && !absent(err):
		return nil, err
	}
	r, family, err := d.source.family(ctx, d.calendar, o.UID)
	if err != nil {
		return nil, err
	}
	for _, ev := range family {
		if ev.RecurringEventId != "" && !cancelled(ev) && r.ahead(ev, d.intent.Ref.Instance) {
			events = append(events, ev)
		}
	}
	return events, nil
}

// ahead reports whether an instance was planned for the time of first or later.
func (r reader) ahead(ev *calendar.Event, first calendars.Instance) bool {
	at, err := r.instance(ev)
	return err == nil && at >= first // both are dates, or both instants in UTC
}

// onwardReceipt is the receipt of an answer to many events: what was found on each
// by this try and by an earlier one.
func (d *deed) onwardReceipt(want said) calendars.Receipt {
	if begun := d.intent.Begun; begun != nil {
		if before, _, err := answersOf(begun); err == nil {
			d.found = overlaid(d.found, before)
		}
	}
	var before, after []said
	for _, was := range d.found {
		before = append(before, was)
		after = append(after, said{Event: was.Event, Answer: want.Answer, Comment: want.Comment})
	}
	series := string(d.intent.Remote)
	order := func(a, b said) int {
		if (a.Event == series) != (b.Event == series) {
			return map[bool]int{true: -1, false: 1}[a.Event == series]
		}
		return cmp.Compare(a.Event, b.Event)
	}
	slices.SortFunc(before, order)
	slices.SortFunc(after, order)
	return answered(before, after)
}

// overlaid adds what an earlier try found, which counts for more.
func overlaid(found map[string]said, earlier []said) map[string]said {
	all := map[string]said{}
	for id, was := range found {
		all[id] = was
	}
	for _, was := range earlier {
		all[was.Event] = was
	}
	return all
}

// answerBack restores the answers that answerOnward found, on all events whose
// answer is still ours.
func (d *deed) answerBack(ctx context.Context) (calendars.Receipt, error) {
	before, after, err := answersOf(d.intent.Back)
	if err != nil {
		return calendars.Receipt{}, err
	}
	if len(before) == 0 {
		before = []said{{Event: string(d.intent.Remote), Answer: d.intent.Was}}
	}
	type change struct {
		ev   *calendar.Event
		want said
	}
	var open []change
	gone, ours := 0, false
	for _, was := range before {
		ev, err := d.source.look(ctx, d.calendar, was.Event)
		if absent(err) {
			gone++
			continue
		}
		if err != nil {
			return calendars.Receipt{}, err
		}
		own := self(ev)
		if cancelled(ev) || own == nil {
			gone++
			continue
		}
		switch now := responseOf(own.ResponseStatus); {
		case now == was.Answer:
			ours = ours || d.unsure
		case now != d.intent.Response:
			if was.Event == string(d.intent.Remote) {
				return calendars.Receipt{}, overtaken(calendars.Changed)
			}
		default:
			open = append(open, change{ev, was})
		}
	}
	receipt := answered(after, before)
	if gone == len(before) {
		if err := d.reachable(ctx); err != nil {
			return calendars.Receipt{}, err
		}
		return calendars.Receipt{}, overtaken(calendars.Gone)
	}
	if len(open) == 0 {
		receipt.Already = !ours && d.intent.Begun == nil
		return receipt, nil
	}
	if err := d.start(receipt); err != nil {
		return calendars.Receipt{}, err
	}
	for _, c := range open {
		if _, err := d.respond(ctx, c.ev, self(c.ev), c.want); err != nil {
			return calendars.Receipt{}, err
		}
	}
	return receipt, nil
}
