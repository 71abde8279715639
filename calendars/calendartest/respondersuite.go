package calendartest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// Responder carries out intents, as the agent knows it.
type Responder interface {
	Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error)
	Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error)
}

// Bench tells [TestResponder] how to set up one kind of calendar.
type Bench struct {
	// Open returns what answers for owner, whose calendar is that of w, where it is as
	// late as clock says.
	Open func(t *testing.T, w *World, clock *Clock, owner string) Office
	// Split says that it can make a series shorter from an occurrence on, which takes a
	// second one. Else it has to refuse that by type.
	Split bool
}

// Office is a responder under test, and the calendar that it works on. What it
// cannot do is nil or false; tests of it are skipped.
type Office struct {
	Responder Responder
	Source    Puller // reads the same calendar
	Remote    string // of the calendar: of pulls and of intents
	// Publish brings what the world holds to the calendar, over what is there. nil: the
	// responder works on the world itself.
	Publish func()
	// Effects counts what the responder brought about, by the calendar's own log: what
	// it changed and whom it told. What the world did is not counted.
	Effects func() int
	// Between has do called once, after the responder has read next, before it writes.
	Between func(do func())
	// Faults make trouble of the next writes, each in its way.
	Faults map[string]func()
	Told   bool // receipts say that the calendar tells whom it concerns
}

// The events of the suite for responders: what the owner is invited to, and what
// they organize.
const (
	invitedOnce = "invited once"
	invited     = "invited every week"
	ownOnce     = "own, once"
	own         = "own, every week"
	counted     = "own, six times"
)

// counter is one test of the suite: a calendar, somebody who acts on it in the
// owner's name, and what is to be seen.
type counter struct {
	*testing.T
	Office
	world *World
	ids   map[string]string // by title
}

func (b Bench) counter(t *testing.T) *counter {
	t.Helper()
	clock := NewClock(suiteStart)
	w := NewWorld(clock.Now)
	for _, who := range []string{Owner, Colleague} {
		w.AddPerson(Person{Address: who, Zone: suiteZone})
	}
	c := &counter{T: t, world: w, ids: map[string]string{}}
	add := func(title, organizer string, start time.Time, recurrence ...string) {
		c.ids[title] = w.Create(Event{
			Organizer: organizer, Title: title, Start: start, End: start.Add(time.Hour), Zone: suiteZone, Recurrence: recurrence,
			Guests: []Guest{{Address: organizer, Answer: calendars.Accepted}, {Address: other(organizer), Answer: calendars.Accepted}, {Address: Outsider, Answer: calendars.Maybe}},
		})
	}
	add(invitedOnce, Colleague, on(1).Add(time.Hour))
	add(invited, Colleague, on(-2), "RRULE:FREQ=WEEKLY")
	add(ownOnce, Owner, on(1).Add(2*time.Hour))
	add(own, Owner, on(-2).Add(3*time.Hour), "RRULE:FREQ=WEEKLY")
	add(counted, Owner, on(-2).Add(4*time.Hour), "RRULE:FREQ=WEEKLY;COUNT=6")
	// One that was moved and answered otherwise, one long past, one that is cancelled.
	w.ChangeInstance(c.ids[invited], on(3), shift(30*time.Minute))
	w.Answer(Owner, c.ids[invited], on(3), calendars.Maybe, "if I can")
	w.Answer(Owner, c.ids[invited], on(-1), calendars.Maybe, "")
	w.CancelInstance(c.ids[own], on(4).Add(3*time.Hour))
	c.Office = b.Open(t, w, clock, Owner)
	c.publish()
	return c
}

func other(who string) string {
	if who == Owner {
		return Colleague
	}
	return Owner
}

func (c *counter) publish() {
	if c.Publish != nil {
		c.Publish()
	}
}

// byHand has people do something by hand, and brings that to the calendar.
func (c *counter) byHand(do func(w *World)) {
	do(c.world)
	c.publish()
}

// row is an occurrence as the calendar shows it.
type row struct {
	Title, Start, End string
	Instance          calendars.Instance
	Answers           map[string]calendars.Response
}

// copies pulls all that the calendar holds around now.
func (c *counter) copies() []calendars.Copy {
	c.Helper()
	at := calendars.Collection{Remote: c.Remote, From: suiteStart.AddDate(0, 0, -28), To: suiteStart.AddDate(0, 0, 84)}
	d, err := c.Source.Pull(c.Context(), at, "")
	if err != nil {
		c.Fatalf("pull: %v", err)
	}
	return d.Copies
}

// rows lists what takes place from a time on.
func (c *counter) rows(from time.Time) []row {
	c.Helper()
	var rows []row
	for _, k := range c.copies() {
		answers := map[string]calendars.Response{}
		for _, a := range k.People {
			answers[a.Address] = a.Response
		}
		spans := k.Spans
		if !k.Series() {
			spans = []calendars.Span{{Instance: k.Instance, Start: k.Start, End: k.End}}
		}
		for _, s := range spans {
			if k.Status != calendars.Cancelled && !s.Start.Before(from) {
				rows = append(rows, row{k.Title, stampOf(s.Start), stampOf(s.End), s.Instance, answers})
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.Start+a.Title, b.Start+b.Title) })
	return rows
}

// intent means one occurrence, planned for start, of an event; a zero start means a
// one-off, or all of a series.
func (c *counter) intent(verb calendars.Verb, title string, start time.Time) calendars.Intent {
	c.Helper()
	i := calendars.Intent{Verb: verb, Owner: Owner, Collection: c.Remote}
	if !start.IsZero() {
		i.Ref.Instance = calendars.InstanceAt(start)
	}
	for _, k := range c.copies() {
		if k.Title != title || k.Instance != "" && k.Instance != i.Ref.Instance {
			continue
		}
		i.Remote, i.Ref.UID, i.Ref.Organizer = k.Remote, k.UID, k.Organizer.Address
	}
	if i.Remote == "" {
		c.Fatalf("the calendar holds no %q", title)
	}
	seen, err := c.Responder.Look(c.Context(), i)
	if err != nil {
		c.Fatalf("look at %q: %v", title, err)
	}
	i.Start = seen.Start
	if verb == calendars.Respond {
		i.Was, _ = seen.Own(Owner)
	}
	return i
}

// task is an intent, and what comes of it.
type task struct {
	name   string
	intent func(*counter) calendars.Intent
	want   func([]row) []row // of the rows before, those after; of the rows that count
	split  bool              // splits a series

	thorough bool // stands for its like: done under each fault
	number   int
}

// tasks are all that a responder can be asked to do.
func tasks() []task {
	respond := func(title string, start time.Time, onward bool) func(*counter) calendars.Intent {
		return func(c *counter) calendars.Intent {
			i := c.intent(calendars.Respond, title, start)
			i.Response, i.Note, i.Onward = calendars.Declined, "I read the notes", onward
			return i
		}
	}
	organize := func(verb calendars.Verb, title string, start time.Time, onward bool) func(*counter) calendars.Intent {
		return func(c *counter) calendars.Intent {
			i := c.intent(verb, title, start)
			i.Onward = onward
			if verb == calendars.Shorten {
				i.Length = 25 * time.Minute
			}
			return i
		}
	}
	ownAt := func(week int) time.Time { return on(week).Add(3 * time.Hour) }
	countedAt := func(week int) time.Time { return on(week).Add(4 * time.Hour) }
	all := []task{
		{name: "respond, one-off", intent: respond(invitedOnce, time.Time{}, false), want: declines(invitedOnce, 0, 99)},
		{name: "respond, occurrence", intent: respond(invited, on(1), false), want: declines(invited, 1, 1), thorough: true},
		{name: "respond, moved occurrence", intent: respond(invited, on(3), false), want: declines(invited, 3, 3)},
		{name: "respond, onward", intent: respond(invited, on(1), true), want: declines(invited, 1, 99)},
		{name: "cancel, one-off", intent: organize(calendars.Cancel, ownOnce, time.Time{}, false), want: without(ownOnce, 0, 99)},
		{name: "cancel, occurrence", intent: organize(calendars.Cancel, own, ownAt(1), false), want: without(own, 1, 1)},
		{name: "end", intent: organize(calendars.End, own, ownAt(2), true), want: without(own, 2, 99)},
		{name: "end, counted", intent: organize(calendars.End, counted, countedAt(2), true), want: without(counted, 2, 99)},
		{name: "end, from the first", intent: organize(calendars.End, own, ownAt(-2), true), want: without(own, -2, 99)},
		{name: "shorten, one-off", intent: organize(calendars.Shorten, ownOnce, time.Time{}, false), want: shorter(ownOnce, 0, 99)},
		{name: "shorten, occurrence", intent: organize(calendars.Shorten, own, ownAt(1), false), want: shorter(own, 1, 1)},
		{name: "shorten, onward", intent: organize(calendars.Shorten, own, ownAt(1), true), want: shorter(own, 1, 99), split: true, thorough: true},
		{name: "shorten, counted onward", intent: organize(calendars.Shorten, counted, countedAt(1), true), want: shorter(counted, 1, 99), split: true},
		{name: "shorten, from the first", intent: organize(calendars.Shorten, own, ownAt(-2), true), want: shorter(own, -2, 99)},
	}
	for n := range all {
		all[n].number = n
	}
	return all
}

// between picks the rows of an event that start in the weeks from first to last.
func between(title string, first, last int, r row) bool {
	return r.Title == title && r.Start >= stampOf(on(first)) && r.Start < stampOf(on(last+1))
}

func declines(title string, first, last int) func([]row) []row {
	return func(rows []row) []row {
		for i, r := range rows {
			if between(title, first, last, r) {
				answers := map[string]calendars.Response{}
				for who, answer := range r.Answers {
					answers[who] = answer
				}
				answers[Owner] = calendars.Declined
				rows[i].Answers = answers
			}
		}
		return rows
	}
}

func without(title string, first, last int) func([]row) []row {
	return func(rows []row) []row {
		return slices.DeleteFunc(rows, func(r row) bool { return between(title, first, last, r) })
	}
}

func shorter(title string, first, last int) func([]row) []row {
	return func(rows []row) []row {
		for i, r := range rows {
			start, err := time.Parse(time.RFC3339, r.Start)
			if err == nil && between(title, first, last, r) {
				rows[i].End = stampOf(start.Add(25 * time.Minute))
			}
		}
		return rows
	}
}

// counts is from when on the rows of an intent count: an answer to a series is an
// answer for what is past, too.
func counts(i calendars.Intent) time.Time {
	if i.Verb == calendars.Respond && i.Onward {
		return i.Start
	}
	return time.Time{}
}

// mostTries is how often the suite tries what fails, as the agent would.
const mostTries = 8

// do carries an intent out, trying again as the agent would.
func (c *counter) do(i calendars.Intent) (receipt calendars.Receipt, err error) {
	c.Helper()
	for range mostTries {
		var begun *calendars.Receipt
		receipt, err = c.Responder.Do(c.Context(), i, func(r calendars.Receipt) error {
			begun = &r
			return nil
		})
		if begun != nil {
			i.Begun = begun
		}
		if err == nil {
			if receipt.Already && i.Begun != nil {
				return *i.Begun, nil
			}
			return receipt, nil
		}
		if _, late := errors.AsType[*calendars.OvertakenError](err); late {
			return receipt, err
		}
	}
	return receipt, err
}

// must carries an intent out.
func (c *counter) must(i calendars.Intent) calendars.Receipt {
	c.Helper()
	r, err := c.do(i)
	if err != nil {
		c.Fatalf("%s %q: %v", i.Verb, i.Ref.Instance, err)
	}
	return r
}

// back is the intent to take another back.
func back(i calendars.Intent, r calendars.Receipt) calendars.Intent {
	i.Back, i.Begun = &r, nil
	return i
}

func (c *counter) wantRows(when string, want, got []row) {
	c.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		c.Fatalf("%s the calendar shows (-want +got):\n%s", when, diff)
	}
}

// wantOvertaken fails unless err says that the intent came too late, for one of the
// reasons, and nothing was done.
func (c *counter) wantOvertaken(err error, effects int, why ...calendars.Overtaken) {
	c.Helper()
	late, ok := errors.AsType[*calendars.OvertakenError](err)
	if !ok || !slices.Contains(why, late.Why) {
		c.Errorf("error %v, want overtaken: %v", err, why)
	}
	if n := c.Effects(); n != effects {
		c.Errorf("%d effects, want %d", n, effects)
	}
}

func (k task) run(t *testing.T, b Bench, f func(c *counter, k task)) {
	t.Run(k.name, func(t *testing.T) {
		f(b.counter(t), k)
	})
}

// TestResponder is the conformance suite for responders. Each case drives a world of
// people, lets the responder act in it, and holds what the calendar then shows, and
// what its log says was done, against what was meant.
func TestResponder(t *testing.T, b Bench) {
	for _, c := range []struct {
		name string
		run  func(*counter, task)
	}{
		{"once and back", onceAndBack},
		{"cut off between effect and mark", cutOff},
		{"not begun", notBegun},
		{"at once", atOnce},
		{"faults", underFaults},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, k := range tasks() {
				if !k.split || b.Split {
					k.run(t, b, c.run)
				}
			}
		})
	}
	if !b.Split {
		t.Run("no split", func(t *testing.T) {
			for _, k := range tasks() {
				if k.split {
					k.run(t, b, unsplit)
				}
			}
		})
	}
	for _, c := range []struct {
		name string
		run  func(*counter)
	}{
		{"answered by hand", answeredByHand},
		{"answered by hand at the same moment", answeredMeanwhile},
		{"answered by hand since", answeredSince},
		{"restored by hand since", restoredSince},
		{"the organizer was faster", organizerFirst},
		{"moved", movedFirst},
		{"gone", goneFirst},
		{"uninvited", uninvitedFirst},
		{"one of many by hand since", oneByHandSince},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(b.counter(t)) })
	}
}
