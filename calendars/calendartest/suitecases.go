package calendartest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/store"
)

// TestSource is the conformance suite for sources. Each case drives a world of
// people, lets the source pull, applies the deltas to a real store, and holds
// what the store then knows against what the calendar truly shows.
func TestSource(t *testing.T, f Fixture) {
	for _, c := range []struct {
		name string
		run  func(*bench)
	}{
		{"full", caseFull},
		{"unchanged", caseUnchanged},
		{"delta", caseDelta},
		{"deletion", caseDeletion},
		{"moved out of the window", caseMovedOut},
		{"split", caseSplit},
		{"exceptions", caseExceptions},
		{"one instance only", caseOrphan},
		{"answers and privacy", caseAnswers},
		{"the window rolls", caseRolls},
		{"crash between fetch and apply", caseCrash},
		{"applied twice", caseTwice},
		{"expired cursor", caseExpired},
		{"foreign cursor", caseForeign},
		{"sudden emptiness", caseEmptiness},
		{"hostile pages", caseHostile},
		{"broken off", caseBroken},
		{"random walk", caseWalk},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(newBench(t, f)) })
	}
}

// furnish fills the calendar with some of everything.
func (b *bench) furnish() {
	b.oneOff("one-off", on(0))
	b.oneOff("before the window", on(-9))
	b.oneOff("after the window", on(9))
	b.oneOff("across the edge", b.at.From.Add(-30*time.Minute))
	b.series("without end", "FREQ=WEEKLY")
	b.series("five times", "FREQ=WEEKLY;COUNT=5")
	b.series("workdays, until", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260313T235959Z")
	b.world.Create(Event{
		Organizer: Owner, Title: "all day", AllDay: true, Start: on(1).Truncate(24 * time.Hour), End: on(1).Truncate(24*time.Hour).AddDate(0, 0, 1),
		Guests: []Guest{{Address: Owner}, {Address: Colleague}},
	})
	b.world.Create(Event{Organizer: Owner, Title: "alone", Start: on(0), End: on(0).Add(time.Hour), Guests: []Guest{{Address: Owner}}})
}

func caseFull(b *bench) {
	if delta := b.pull(); !delta.Full || len(delta.Copies) != 0 {
		b.Errorf("an empty calendar: full %v, %d copies", delta.Full, len(delta.Copies))
	}
	b.furnish()
	delta := b.pull()
	if !delta.Full {
		b.Error("the first pull is not full")
	}
	b.apply(delta)
	b.check()
	if len(b.stored()) < 20 {
		b.Errorf("the store knows %d occurrences only", len(b.stored()))
	}
}

func caseUnchanged(b *bench) {
	b.furnish()
	b.sync()
	if touched := b.sync(); touched.Copies != 0 || touched.Ended != 0 || len(touched.Meetings) != 0 {
		b.Errorf("nothing changed, and yet the store was touched: %+v", touched)
	}
}

func caseDelta(b *bench) {
	b.furnish()
	one, many := b.oneOff("to change", on(0)), b.series("to change too", "FREQ=WEEKLY")
	b.sync()
	b.world.Change(one, retitle("changed"))
	b.sync()
	b.world.Change(one, shift(2*time.Hour))
	b.world.Change(many, shift(time.Hour))
	b.sync()
	b.oneOff("new", on(1))
	b.sync()
	b.world.Change(many, func(e *Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;INTERVAL=2"} })
	b.sync()
	b.world.Change(many, func(e *Event) { e.Recurrence = nil })
	b.sync()
	b.world.Change(many, func(e *Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=3"} })
	b.sync()
	b.world.Change(one, func(e *Event) { e.Guests = append(e.Guests, Guest{Address: "new@acme.example", More: 2}) })
	b.sync()
}

func caseDeletion(b *bench) {
	b.furnish()
	one, many := b.oneOff("to delete", on(0)), b.series("to delete too", "FREQ=WEEKLY")
	b.world.ChangeInstance(many, on(1), shift(time.Hour))
	b.sync()
	before := len(b.stored())
	b.world.Cancel(one)
	b.sync()
	b.world.Cancel(many)
	b.sync()
	if after := len(b.stored()); after != before-10 { // the nine weeks ahead and the one-off
		b.Errorf("%d occurrences were left of %d, want 10 less", after, before)
	}
}

func caseMovedOut(b *bench) {
	b.furnish()
	one, many := b.oneOff("moves", on(0)), b.series("an instance moves", "FREQ=WEEKLY")
	b.sync()
	before := len(b.stored())
	b.world.Change(one, shift(365*24*time.Hour))
	b.sync()
	b.world.ChangeInstance(many, on(2), shift(-365*24*time.Hour))
	b.sync()
	if after := len(b.stored()); after != before-2 {
		b.Errorf("%d occurrences were left of %d, want two less", after, before)
	}
	b.world.Change(one, shift(-364*24*time.Hour))
	b.sync()
	b.world.ChangeInstance(many, on(2), shift(365*24*time.Hour))
	b.sync()
	if after := len(b.stored()); after != before {
		b.Errorf("%d occurrences came back of %d", after, before)
	}
}

func caseSplit(b *bench) {
	b.furnish()
	id := b.series("to split", "FREQ=WEEKLY;COUNT=8")
	b.world.ChangeInstance(id, on(3), shift(time.Hour))
	b.sync()
	before := len(b.stored())
	second := b.world.Split(id, on(1), retitle("second half"))
	b.sync()
	b.world.Split(second, on(2), shift(time.Hour))
	b.sync()
	if after := len(b.stored()); after != before {
		b.Errorf("%d occurrences before the split, %d after", before, after)
	}
	b.world.ChangeInstance(second, on(1), retitle("instance of the second"))
	b.sync()
}

func caseExceptions(b *bench) {
	id := b.series("with exceptions", "FREQ=WEEKLY")
	b.world.ChangeInstance(id, on(0), shift(3*time.Hour))
	b.world.CancelInstance(id, on(1))
	b.world.ChangeInstance(id, on(2), retitle("in other words"))
	b.sync()
	b.world.ChangeInstance(id, on(3), shift(24*time.Hour))
	b.world.CancelInstance(id, on(0))
	b.sync()
	b.world.ChangeInstance(id, on(4), func(e *Event) { e.Guests = append(e.Guests, Guest{Address: "extra@else.example"}) })
	b.sync()
	b.world.Change(id, retitle("the rest in new words"))
	b.sync()
	b.world.Change(id, shift(time.Hour)) // exceptions are dropped
	b.sync()
}

func caseOrphan(b *bench) {
	if b.Whole {
		b.Skip("this source holds no instance without its series")
	}
	id := b.world.Create(Event{
		Organizer: Colleague, Title: "theirs", Start: on(-2), End: on(-2).Add(time.Hour), Zone: suiteZone, Recurrence: []string{"RRULE:FREQ=WEEKLY"},
		Guests: []Guest{{Address: Colleague}, {Address: Outsider}},
	})
	b.sync()
	b.world.ChangeInstance(id, on(1), func(e *Event) { e.Guests = append(e.Guests, Guest{Address: Owner}) })
	b.sync()
	if got := b.stored(); len(got) != 1 {
		b.Fatalf("got %d occurrences, want the one that Owner is invited to", len(got))
	}
	b.world.ChangeInstance(id, on(1), shift(time.Hour))
	b.sync()
	b.world.CancelInstance(id, on(1))
	b.sync()
}

func caseAnswers(b *bench) {
	one, many := b.oneOff("answered", on(0)), b.series("free", "FREQ=WEEKLY;COUNT=3")
	secret := b.oneOff("secret", on(2))
	b.sync()
	b.world.Answer(Owner, one, time.Time{}, calendars.Declined, "")
	b.sync()
	b.world.Answer(Colleague, many, on(-1), calendars.Declined, "")
	b.sync()
	b.world.EditOwn(Owner, secret, func(e *Event) { e.Visibility = "private" })
	b.sync()
	b.world.Delete(Owner, one)
	b.sync()
}

func caseRolls(b *bench) {
	b.furnish()
	id := b.series("an exception far ahead", "FREQ=WEEKLY")
	b.world.ChangeInstance(id, on(8), shift(time.Hour))
	b.sync()
	for range 3 {
		b.clock.Advance(24 * time.Hour)
		b.at.From, b.at.To = b.at.From.AddDate(0, 0, 5), b.at.To.AddDate(0, 0, 5)
		b.sync()
	}
}

func caseCrash(b *bench) {
	b.furnish()
	id := b.series("changes", "FREQ=WEEKLY")
	b.pull() // and never applied
	b.world.CancelInstance(id, on(1))
	b.sync()
	b.world.ChangeInstance(id, on(2), shift(time.Hour))
	gone := b.oneOff("comes and goes", on(1))
	b.pull()
	b.world.Cancel(gone)
	b.world.Change(id, retitle("changed again"))
	b.pull()
	b.sync()
}

func caseTwice(b *bench) {
	b.furnish()
	id := b.series("changes", "FREQ=WEEKLY")
	b.sync()
	b.world.ChangeInstance(id, on(2), shift(time.Hour))
	delta := b.pull()
	b.apply(delta)
	if touched := b.apply(delta); touched.Copies != 0 || touched.Ended != 0 {
		b.Errorf("the second time touched %+v", touched)
	}
	b.check()
}

func caseExpired(b *bench) {
	if b.Expire == nil {
		b.Skip("cursors of this source do not expire")
	}
	b.furnish()
	one := b.oneOff("deleted meanwhile", on(0))
	b.sync()
	b.world.Cancel(one)
	b.Expire()
	if delta := b.pull(); !delta.Full {
		b.Error("without its cursor, the source does not list everything")
	}
	b.sync()
	b.sync()
}

// A cursor may have been written by another version, or for another calendar.
func caseForeign(b *bench) {
	b.furnish()
	b.cursor = "{\"v\":99}"
	delta := b.pull()
	if !delta.Full {
		b.Error("with a cursor of another source, not everything is listed")
	}
	b.apply(delta)
	b.check()
}

func caseEmptiness(b *bench) {
	for i := range 12 {
		b.oneOff(fmt.Sprint("meeting ", i), on(0).Add(time.Duration(i)*time.Hour))
	}
	b.sync()
	known := b.stored()
	b.world.Wipe(Owner)
	delta := b.pull()
	_, err := b.db.Apply(b.Context(), b.collection, delta, store.At(b.clock.Now()))
	var suspect *store.SuspectError
	if !errors.As(err, &suspect) || suspect.Missing != 12 {
		b.Fatalf("a calendar that is suddenly empty: %v, want a *store.SuspectError with 12 missing", err)
	}
	if got := b.stored(); len(got) != len(known) {
		b.Errorf("a suspect listing left %d occurrences of %d", len(got), len(known))
	}
	b.apply(b.pull(), store.AcceptLoss())
	b.check()
}

func caseHostile(b *bench) {
	if b.Hostile == nil {
		b.Skip("this source reads no pages")
	}
	b.furnish()
	b.Hostile()
	id := b.series("listed with malice", "FREQ=WEEKLY")
	b.sync()
	for i := range 6 {
		b.oneOff(fmt.Sprint("one of many ", i), on(i))
	}
	b.world.CancelInstance(id, on(1))
	b.world.ChangeInstance(id, on(2), shift(time.Hour))
	b.sync()
	b.world.Cancel(id)
	b.sync()
}

func caseBroken(b *bench) {
	if b.Break == nil {
		b.Skip("pulls of this source cannot break off")
	}
	b.furnish()
	b.Break()
	if _, err := b.fetch(); err == nil {
		b.Error("a pull that breaks off yields no error")
	}
	b.sync()
	b.oneOff("new", on(1))
	b.Break()
	if delta, err := b.fetch(); err == nil {
		b.Error("a pull that breaks off yields no error")
	} else if len(delta.Copies) > 0 || delta.Cursor != "" {
		b.Errorf("a pull that breaks off yields %d copies and the cursor %q", len(delta.Copies), delta.Cursor)
	}
	b.sync()
}

// caseWalk changes the calendar at random, always the same way, and syncs after
// each few steps; one pull in four is never applied.
func caseWalk(b *bench) {
	dice := rand.New(rand.NewPCG(5, 5545))
	var ids []string
	for step := range 120 {
		b.walk(dice, &ids, step)
		switch dice.IntN(4) {
		case 0:
			b.sync()
		case 1:
			b.pull()
		}
	}
	b.sync()
}

// walk takes one step. Series are as their rule makes them in weeks -2 to 5.
func (b *bench) walk(dice *rand.Rand, ids *[]string, step int) {
	if len(*ids) < 3 || dice.IntN(6) == 0 {
		*ids = append(*ids, b.series(fmt.Sprint("series ", step), "FREQ=WEEKLY;COUNT=8"))
		b.oneOff(fmt.Sprint("one-off ", step), on(dice.IntN(6)).Add(time.Duration(dice.IntN(8))*time.Hour))
		return
	}
	at := dice.IntN(len(*ids))
	id := (*ids)[at]
	starts := b.world.Starts(id)
	original := starts[dice.IntN(len(starts))]
	switch dice.IntN(7) {
	case 0:
		b.world.ChangeInstance(id, original, shift(time.Duration(dice.IntN(72)-36)*time.Hour))
	case 1:
		b.world.CancelInstance(id, original)
	case 2:
		b.world.Change(id, retitle(fmt.Sprint("retitled ", step)))
	case 3:
		b.world.Change(id, shift(time.Hour))
	case 4:
		if original.After(starts[0]) {
			*ids = append(*ids, b.world.Split(id, original, func(*Event) {}))
		}
	case 5:
		b.world.Answer(Colleague, id, original, calendars.Declined, "")
	case 6:
		b.world.Cancel(id)
		*ids = append((*ids)[:at], (*ids)[at+1:]...)
	}
}
