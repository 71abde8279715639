package google

import (
	"fmt"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

func TestCallsPerTick(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	f := b.follow(bob)

	if d := f.sync(); !d.Full || d.From != span().From || d.To != span().To {
		t.Errorf("the first delta: full %t, from %v to %v", d.Full, d.From, d.To)
	}
	b.wantCalls(2)

	before := f.cursor
	b.clock.Advance(10 * time.Minute)
	d := f.sync()
	b.wantCalls(1)
	if d.Full || len(d.Copies)+len(d.Gone)+len(d.Skipped) != 0 || d.Cursor == "" {
		t.Errorf("an idle tick brought %+v", d)
	}
	if d.Cursor == before {
		t.Error("an idle tick brought no new cursor")
	}

	b.Change(id, func(e *calendartest.Event) { e.Title = "renamed" })
	f.sync()
	b.wantCalls(2)

	b.Create(meeting("one-off", now, bob))
	if d := f.sync(); d.Full || len(d.Copies) != 1 {
		t.Errorf("a one-off brought full %t and %d copies", d.Full, len(d.Copies))
	}
	b.wantCalls(1)

	gone := b.Create(meeting("soon gone", now.Add(24*time.Hour), bob))
	f.sync()
	b.calls()
	b.Cancel(gone)
	f.sync()
	b.wantCalls(2) // a tombstone alone does not tell what it is of

	b.Create(meeting("next year", now.AddDate(1, 0, 0), bob))
	if d := f.sync(); !d.Full {
		t.Error("a one-off beyond the window was told as if within")
	}
	b.wantCalls(2)
}

func TestFirstSyncOf2500OccurrencesTakesThreeCallsAtMost(t *testing.T) {
	b := newBench(t)
	rules := []string{"RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}
	for i := range 74 {
		ev := weekly("w", bob)
		ev.Start, ev.End = ev.Start.Add(time.Duration(i)*time.Minute), ev.End.Add(time.Duration(i)*time.Minute)
		ev.Recurrence = []string{rules[i%2]}
		b.Create(ev)
	}
	f := b.follow(bob)
	f.sync()
	if n := len(f.mirror.sights(span())); n < 2500 {
		t.Fatalf("only %d occurrences", n)
	}
	if calls := b.calls(); len(calls) > 3 {
		t.Errorf("%d calls", len(calls))
	}
	if size := len(f.cursor); size > 16<<10 {
		t.Errorf("the cursor of 74 series takes %d bytes", size)
	}
}

func TestWindowRollsOnceADay(t *testing.T) {
	b := newBench(t)
	b.Create(weekly("w", bob))
	s := b.source(bob)
	at := span()
	cursor := ""
	full := 0
	for range 12 { // three days, every six hours
		d, err := s.Pull(t.Context(), at, cursor)
		if err != nil {
			t.Fatal(err)
		}
		if cursor = d.Cursor; d.Full {
			full++
		}
		b.clock.Advance(6 * time.Hour)
		at.From, at.To = at.From.Add(6*time.Hour), at.To.Add(6*time.Hour)
	}
	if full != 3 {
		t.Errorf("the window was listed %d times in three days", full)
	}
	for what, other := range map[string]calendars.Collection{
		"from earlier": {From: at.From.AddDate(0, 0, -30), To: at.To},
		"to later":     {From: at.From, To: at.To.AddDate(0, 0, 30)},
	} {
		if d, err := s.Pull(t.Context(), other, cursor); err != nil || !d.Full {
			t.Errorf("a window that goes %s: full %t, error %v", what, d.Full, err)
		}
	}
}

// A series of single dates of which every one was changed must not be taken for a
// one-off at its first date.
func TestSeriesOfChangedDatesLeavesNoPhantom(t *testing.T) {
	b := newBench(t)
	ev := meeting("dates", now, bob)
	ev.Recurrence = []string{"RDATE:20260302T120000Z,20260305T120000Z"}
	id := b.Create(ev)
	f := b.follow(bob)
	if c := b.one(f.sync()); c.Rule != "" || !c.Series() || len(c.Spans) != 2 {
		t.Errorf("series %+v", c)
	}
	for _, o := range b.Window(bob, span().From, span().To) {
		b.ChangeInstance(id, o.Start, func(e *calendartest.Event) {
			e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour)
			e.Title = "later"
		})
	}
	f.sync()
}

func TestCursorForgetsWhatIsNoMore(t *testing.T) {
	b := newBench(t)
	stays, goes, turns := b.Create(weekly("stays", bob)), b.Create(weekly("goes", bob)), b.Create(weekly("turns", bob))
	b.ChangeInstance(stays, week(1), func(e *calendartest.Event) {
		e.Guests = append(e.Guests, calendartest.Guest{Address: cat})
	})
	remembered := func(f *follower) int { return len(readCursor(f.cursor, cursorKey(f.person, primary)).Series) }
	f, orphans := b.follow(bob), b.follow(cat)
	f.sync()
	orphans.sync()
	if remembered(f) != 3 || remembered(orphans) != 1 {
		t.Fatalf("%d and %d series are remembered, want 3 and 1", remembered(f), remembered(orphans))
	}
	b.Cancel(goes)
	b.Change(turns, func(e *calendartest.Event) { e.Recurrence, e.Start, e.End = nil, now, now.Add(time.Hour) })
	b.CancelInstance(stays, week(1))
	f.sync()
	orphans.sync()
	if remembered(f) != 1 || remembered(orphans) != 0 {
		t.Errorf("%d and %d series are remembered, want 1 and 0", remembered(f), remembered(orphans))
	}
}

// A window that begins earlier shows series that had ended before the first one.
func TestEarlierWindowLearnsRules(t *testing.T) {
	b := newBench(t)
	ended := weekly("ended", bob)
	ended.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=3"}
	b.Create(ended)
	s := b.source(bob)
	first := b.pull(s, "")
	if len(first.Copies) != 0 || len(readCursor(first.Cursor, cursorKey(bob, primary)).Series) != 0 {
		t.Fatalf("what had ended before the window was listed: %+v", first)
	}
	b.calls()
	at := span()
	at.From = at.From.AddDate(0, -3, 0)
	d, err := s.Pull(t.Context(), at, first.Cursor)
	if err != nil {
		t.Fatal(err)
	}
	if c := b.one(d); c.Rule != "FREQ=WEEKLY;COUNT=3" || len(c.Spans) != 3 {
		t.Errorf("series %+v", c)
	}
	b.wantCalls(2)
}

// What a series says is the same whether or not the feed has just brought it.
func TestRulesAreKnownWithoutTheMaster(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	b.ChangeInstance(id, week(0), func(e *calendartest.Event) { e.Title = "special" })
	f := b.follow(bob)
	first := named(f.sync())["w/"]
	if first.Rule != "FREQ=WEEKLY" || !first.Start.Equal(now.In(berlin).AddDate(0, 0, -56)) || first.Zone != "Europe/Berlin" {
		t.Errorf("series %+v", first)
	}
	b.Create(weekly("another", bob))
	b.calls()
	again := named(f.sync())["w/"]
	b.wantCalls(2)
	if again.Rule != first.Rule || !again.Start.Equal(first.Start) || len(again.Spans) != len(first.Spans) {
		t.Errorf("it became %+v", again)
	}

	// With all instances of the window changed, only the master can tell.
	for n := -2; n <= 3; n++ {
		b.ChangeInstance(id, week(n), func(e *calendartest.Event) { e.Title = "all special" })
	}
	f.sync()
	b.Create(weekly("a third", bob))
	b.calls()
	again = named(f.sync())["w/"]
	b.wantCalls(3)
	if again.Rule != first.Rule || again.Title != "w" || len(again.Spans) != 0 {
		t.Errorf("with all instances changed it became %+v", again)
	}
}

func TestPageTokensThatExpireStartTheListAgain(t *testing.T) {
	b := newBench(t)
	for i := range 4 {
		b.Create(meeting("m", now.Add(time.Duration(i)*time.Hour)))
	}
	b.Configure(func(s *calendartest.Settings) { s.PageMax = 2 })
	b.Inject(calendartest.Fault{Query: "pageToken", Times: 1, Do: calendartest.Refuse("invalid", 0)})
	f := b.follow(ann)
	f.sync()
	b.wantCalls(6)

	b.Inject(calendartest.Fault{Query: "pageToken", Do: calendartest.Refuse("invalid", 0)})
	if _, err := f.source.Pull(t.Context(), span(), ""); KindOf(err) != Permanent {
		t.Errorf("page tokens that are never good: %v", err)
	}
	if n := len(b.calls()); n > 6 {
		t.Errorf("%d calls for page tokens that are never good", n)
	}
}

// Many people synced side by side by a server in trouble: every mirror equals
// its calendar once its syncs succeed.
func TestManyPeopleUnderFaults(t *testing.T) {
	b := newBench(t)
	people := make([]string, 40)
	for i := range people {
		people[i] = fmt.Sprintf("p%d@acme.example", i)
		b.AddPerson(calendartest.Person{Address: people[i], Zone: "Europe/Berlin"})
	}
	for i := range people {
		b.Create(weekly(fmt.Sprint("w", i), people[i], people[(i+1)%len(people)]))
	}
	for _, trouble := range []calendartest.Trouble{
		calendartest.Refuse("rateLimitExceeded", 429), calendartest.Refuse("userRateLimitExceeded", 0),
		calendartest.Refuse("backendError", 0), calendartest.ResetAfter(),
	} {
		b.Inject(calendartest.Fault{Path: "/calendar/", Rate: 0.05, Do: trouble})
	}
	b.Inject(calendartest.Fault{Path: "/calendar/", Query: "syncToken", Rate: 0.05, Do: calendartest.Refuse("fullSyncRequired", 0)})
	limits := NewLimits(b.clock)
	var all sync.WaitGroup
	followers := make([]*follower, len(people))
	for i, who := range people {
		o := b.options(who)
		o.Limits = limits
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		followers[i] = &follower{bench: b, source: s, person: who, mirror: mirror{}}
	}
	for round := range 3 {
		b.Create(meeting(fmt.Sprint("all ", round), now, people...))
		for _, f := range followers {
			all.Go(func() {
				for range 5 {
					d, err := f.source.Pull(t.Context(), span(), f.cursor)
					if err == nil {
						f.mirror.apply(d)
						f.cursor = d.Cursor
						return
					}
					if kind := KindOf(err); kind != Rate && kind != Transient {
						t.Errorf("%s: %v", f.person, err)
					}
				}
				t.Errorf("%s: five syncs failed", f.person)
			})
		}
		all.Wait()
	}
	for _, f := range followers {
		if diff := gocmp.Diff(b.truth(f.person, span()), f.mirror.sights(span())); diff != "" {
			t.Errorf("%s: the mirror differs (-calendar +mirror):\n%s", f.person, diff)
		}
	}
	if n := len(b.calls()); n > len(people)*3*4 {
		t.Errorf("%d calls for %d syncs", n, len(people)*3)
	}
}
