package store

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// weeks is a full listing of some of the four weeks.
func weeks(fromWeek, toWeek int, copies ...calendars.Copy) calendars.Delta {
	return calendars.Delta{Full: true, From: at(7*fromWeek, 0), To: at(7*toWeek, 0), Copies: copies}
}

func TestSweepsLeaveWhatLiesOutside(t *testing.T) {
	series := event("sync", weekly, "ann", "bob")
	first, last := event("first", nil, "ann", "bob"), event("last", func(c *calendars.Copy) { c.Start, c.End = at(21, 12), at(21, 13) }, "ann", "bob")
	starts := func(db *DB) string {
		var s string
		err := each(t.Context(), db.read, `SELECT uid, start_s FROM occurrence o JOIN meeting m ON m.id = o.meeting_id ORDER BY start_s, uid`, func(rows *sql.Rows) error {
			var uid string
			var start int64
			err := rows.Scan(&uid, &start)
			s += fmt.Sprintf("%s %d, ", uid, time.Unix(start, 0).UTC().Day())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const all = "first 2, sync 2, sync 9, sync 16, sync 23, last 23, "
	tests := []struct {
		name  string
		delta calendars.Delta
		want  string
	}{
		{"nothing listed in the middle weeks", weeks(1, 3), "first 2, sync 2, sync 23, last 23, "},
		{"nothing listed from the second week on", weeks(1, 9), "first 2, sync 2, "},
		{"nothing listed at all", weeks(0, 4), ""},
		{"nothing listed, unbounded", calendars.Delta{Full: true}, ""},
		{"a later span", weeks(9, 12), all},
		{
			"the series listed for the later weeks only",
			weeks(2, 4, func() calendars.Copy { c := series; c.Spans = c.Spans[2:]; return c }(), last),
			all,
		},
		{
			"the series listed with one more taken out",
			weeks(2, 4, func() calendars.Copy { c := series; c.Spans = c.Spans[3:]; return c }(), last),
			"first 2, sync 2, sync 9, sync 23, last 23, ",
		},
		{
			"more than the span is listed",
			weeks(1, 2, series, event("outside", nil, "ann", "bob")),
			all,
		},
		{
			"deleted says the source: past stays",
			calendars.Delta{From: at(14, 0), To: lastDay, Gone: []calendars.RemoteID{"sync", "first"}},
			"first 2, sync 2, sync 9, last 23, ",
		},
		{
			"moved out of the span that is watched",
			weeks(2, 4, series, event("last", func(c *calendars.Copy) { c.Start, c.End = at(99, 12), at(99, 13) }, "ann")),
			"first 2, sync 2, sync 9, sync 16, sync 23, ",
		},
		{
			"moved into it",
			weeks(2, 4, series, last, event("first", func(c *calendars.Copy) { c.Start, c.End = at(22, 12), at(22, 13) }, "ann")),
			"sync 2, sync 9, sync 16, sync 23, last 23, first 24, ",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			db.apply(t, ann, full(first, series, last))
			if got := starts(db); got != all {
				t.Fatalf("before: %s", got)
			}
			db.apply(t, ann, tt.delta)
			if got := starts(db); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if again := db.apply(t, ann, tt.delta); len(again.Meetings) != 0 || again.Copies != 0 || again.Ended != 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

func TestPastOfAnEndedCopyOverrulesNothing(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	series := event("sync", weekly, "ann", "bob")
	db.apply(t, ann, full(series))
	db.apply(t, bob, full(series))
	db.apply(t, ann, weeks(2, 4))
	want := []string{
		`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob own:needs-action 60m`,
		`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob own:needs-action 60m`,
		`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann other:needs-action 60m, bob own:needs-action 60m`,
		`sync by ann 20261123T090000Z: Mon 23 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann other:needs-action 60m, bob own:needs-action 60m`,
	}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
}

func TestSuspect(t *testing.T) {
	some := func(n int) (copies []calendars.Copy) {
		for i := range n {
			copies = append(copies, event(fmt.Sprint("e", i), nil, "ann", "bob"))
		}
		return copies
	}
	by := func(organizer string, copies ...calendars.Copy) []calendars.Copy {
		for i := range copies {
			copies[i].Organizer.Address = address(organizer)
		}
		return copies
	}
	skipped := func(n int) calendars.Delta {
		d := full()
		for i := range n {
			d.Skipped = append(d.Skipped, calendars.Skip{UID: fmt.Sprint("e", i)})
		}
		return d
	}
	tests := []struct {
		name           string
		known          int
		delta          calendars.Delta
		missing, after int // missing 0: applied
	}{
		{"all of ten, and something new", 10, full(event("new", nil, "ann", "bob")), 10, 10},
		{"by another organizer", 10, full(by("bob", some(10)...)...), 0, 10},
		{"that cannot be read", 10, skipped(10), 0, 10},
		{"all of ten", 10, full(), 10, 10},
		{"six of ten", 10, full(some(4)...), 6, 10},
		{"half of ten", 10, full(some(5)...), 0, 5},
		{"all of nine", 9, full(), 0, 0},
		{"not a full listing", 10, calendars.Delta{From: monday, To: lastDay}, 0, 10},
		{"ten elsewhere in time", 10, weeks(1, 4), 0, 10},
		{"gone by name", 10, calendars.Delta{From: monday, To: lastDay, Gone: []calendars.RemoteID{"e0", "e1", "e2", "e3", "e4", "e5", "e6"}}, 0, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			db.apply(t, ann, full(some(tt.known)...))
			before := db.dump(t)
			_, err := db.Apply(t.Context(), ann, tt.delta, At(monday))
			var suspect *SuspectError
			switch {
			case tt.missing == 0 && err != nil:
				t.Fatal(err)
			case tt.missing > 0 && !errors.As(err, &suspect):
				t.Fatalf("error %v, want a suspect listing", err)
			case tt.missing > 0:
				want := SuspectError{Collection{"ics", "ann.ics", address("ann")}, tt.known, tt.missing}
				if d := gocmp.Diff(want, *suspect); d != "" {
					t.Errorf("suspect (-want +got):\n%s", d)
				}
				if d := gocmp.Diff(before, db.dump(t)); d != "" {
					t.Errorf("database (-before +after):\n%s", d)
				}
			}
			if got := len(db.derivedLines(t)); got != tt.after {
				t.Errorf("%d occurrences are left, want %d", got, tt.after)
			}
			if tt.missing > 0 {
				db.apply(t, ann, tt.delta, AcceptLoss())
				if got, want := len(db.derivedLines(t)), len(tt.delta.Copies); got != want {
					t.Errorf("with the loss accepted, %d occurrences are left, want %d", got, want)
				}
			}
		})
	}
}

// A series that is called off is one event, however many of its instances were changed.
func TestOneSeriesIsNotSuspect(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	d := full(event("a", nil, "ann", "bob"), event("b", nil, "ann", "bob"))
	for i := range 10 {
		d.Copies = append(d.Copies, event("series", func(c *calendars.Copy) {
			c.Start, c.End = at(i, 9), at(i, 10)
			c.Instance = calendars.InstanceAt(c.Start)
		}, "ann", "bob"))
	}
	db.apply(t, ann, d)
	db.apply(t, ann, full(d.Copies[:2]...))
	if got := len(db.derivedLines(t)); got != 2 {
		t.Errorf("%d occurrences are left, want 2", got)
	}
}

// A calendar that forgets its past loses nothing, however much that is.
func TestWhatIsOverIsNotSuspect(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	d := full()
	for i := range 30 {
		d.Copies = append(d.Copies, event(fmt.Sprint("e", i), func(c *calendars.Copy) { c.Start, c.End = at(i%27, 9), at(i%27, 10) }, "ann", "bob"))
	}
	db.apply(t, ann, d)
	ahead := full()
	for _, c := range d.Copies {
		if c.End.After(at(14, 0)) {
			ahead.Copies = append(ahead.Copies, c)
		}
	}
	db.apply(t, ann, ahead, At(at(14, 0)))
	if got := len(db.derivedLines(t)); got != 30 {
		t.Errorf("%d occurrences are left, want 30", got)
	}
	_, err := db.Apply(t.Context(), ann, full(), At(at(14, 0)))
	suspect, ok := errors.AsType[*SuspectError](err)
	if !ok || suspect.Known != len(ahead.Copies) || suspect.Missing != len(ahead.Copies) {
		t.Errorf("error %v, want %d of %d missing", err, len(ahead.Copies), len(ahead.Copies))
	}
}

// held renders when what takes place: "sync 2nd 9h, ".
func (db *DB) held(t testing.TB) (all string) {
	t.Helper()
	err := each(t.Context(), db.read, `SELECT uid, start_s FROM occurrence o JOIN meeting m ON m.id = o.meeting_id ORDER BY start_s, uid`, func(rows *sql.Rows) error {
		var uid string
		var start int64
		err := rows.Scan(&uid, &start)
		all += fmt.Sprintf("%s %s, ", uid, time.Unix(start, 0).UTC().Format("2/15"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What was over when a delta was pulled stays, unless the delta tells it anew.
func TestSweepsSpareThePast(t *testing.T) {
	series, plan := event("sync", weekly, "ann", "bob"), event("plan", nil, "ann", "bob")
	with := func(c calendars.Copy, change func(*calendars.Copy)) calendars.Copy {
		change(&c)
		return c
	}
	movedAway := changed(series, 0, func(c *calendars.Copy) { c.Start, c.End = at(1, 13), at(1, 14) })
	some := func(copies ...calendars.Copy) calendars.Delta {
		return calendars.Delta{From: monday, To: lastDay, Copies: copies}
	}
	gone := func(remotes ...calendars.RemoteID) calendars.Delta {
		return calendars.Delta{From: monday, To: lastDay, Gone: remotes}
	}
	oneOff := with(series, func(c *calendars.Copy) { c.Rule, c.Spans, c.Start, c.End = "", nil, at(23, 9), at(23, 10) })
	tests := []struct {
		name  string
		known []calendars.Copy
		now   time.Time
		delta calendars.Delta
		want  string
	}{
		{"nothing listed", []calendars.Copy{series, plan}, at(8, 0), full(), "plan 2/09, sync 2/09, sync 9/09, "},
		{"nothing listed while it takes place", []calendars.Copy{series}, at(7, 9.5), full(), "sync 2/09, "},
		{"nothing listed as it ends", []calendars.Copy{series}, at(7, 10), full(), "sync 2/09, sync 9/09, "},
		{"gone says the source", []calendars.Copy{series, plan}, at(8, 0), gone("sync", "plan"), "plan 2/09, sync 2/09, sync 9/09, "},
		{"instances taken out, over and to come", []calendars.Copy{series}, at(8, 0),
			some(with(series, func(c *calendars.Copy) { without(0, c); without(2, c) })), "sync 2/09, sync 9/09, sync 23/09, "},
		{"a changed instance that is over is not listed", []calendars.Copy{with(series, func(c *calendars.Copy) { without(0, c) }), movedAway}, at(8, 0),
			full(), "sync 3/13, sync 9/09, "},
		{"one that is over is as planned again", []calendars.Copy{with(series, func(c *calendars.Copy) { without(0, c) }), movedAway}, at(8, 0),
			full(series), "sync 2/09, sync 9/09, sync 16/09, sync 23/09, "},
		{"one that is over turns out to have been moved", []calendars.Copy{series}, at(8, 0),
			full(with(series, func(c *calendars.Copy) { without(0, c) }), movedAway), "sync 3/13, sync 9/09, sync 16/09, sync 23/09, "},
		{"a one-off that is over moves", []calendars.Copy{plan}, at(8, 0),
			full(with(plan, func(c *calendars.Copy) { c.Start, c.End = at(9, 9), at(9, 10) })), "plan 11/09, "},
		{"a series moves, and tells its past so", []calendars.Copy{series}, at(8, 0),
			full(event("sync", func(c *calendars.Copy) { c.Start, c.End = at(0, 15), at(0, 16); weekly(c) }, "ann", "bob")),
			"sync 2/15, sync 9/15, sync 16/15, sync 23/15, "},
		{"a series moves, and forgets its past", []calendars.Copy{series}, at(8, 0),
			full(event("sync", func(c *calendars.Copy) {
				c.Start, c.End = at(0, 15), at(0, 16)
				weekly(c)
				c.Spans = c.Spans[2:]
			}, "ann", "bob")),
			"sync 2/09, sync 9/09, sync 16/15, sync 23/15, "},
		{"another organizer, told from the beginning", []calendars.Copy{series}, at(8, 0),
			full(with(series, func(c *calendars.Copy) { c.Organizer.Address = address("bob") })), "sync 2/09, sync 9/09, sync 16/09, sync 23/09, "},
		{"a series becomes a one-off", []calendars.Copy{series}, at(8, 0), full(oneOff), "sync 2/09, sync 9/09, sync 25/09, "},
		{"a one-off becomes a series, told from the beginning", []calendars.Copy{plan}, at(8, 0),
			full(with(plan, weekly)), "plan 2/09, plan 9/09, plan 16/09, plan 23/09, "},
		{"a one-off becomes a series, told from later on", []calendars.Copy{plan}, at(8, 0),
			full(with(plan, func(c *calendars.Copy) { weekly(c); c.Spans = c.Spans[2:] })), "plan 2/09, plan 16/09, plan 23/09, "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			db.apply(t, ann, full(tt.known...))
			db.apply(t, ann, tt.delta, At(tt.now))
			if got := db.held(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if again := db.apply(t, ann, tt.delta, At(tt.now)); len(again.Meetings) != 0 || again.Copies != 0 || again.Ended != 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// That a meeting that is over was cancelled is what its organizer's calendar says
// in so many words; that it is not there any more says nothing.
func TestCancelledAfterwards(t *testing.T) {
	plan := event("plan", nil, "ann", "bob", "cid")
	cancelled := plan
	cancelled.Status = calendars.Cancelled
	tests := []struct {
		name, who string
		delta     calendars.Delta
		want      string
	}{
		{"by its organizer", "ann", full(cancelled),
			`plan by ann: Mon 2 09:00-10:00, cancelled, 3 heads, not counted; "Title of plan"; ann own:needs-action, bob own:needs-action, cid organizer:needs-action`},
		{"in a guest's calendar", "bob", full(cancelled),
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:needs-action 60m, bob own:declined, cid organizer:needs-action 60m`},
		{"not there any more", "ann", full(),
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 3 people 180m; "Title of plan"; ann own:needs-action 60m, bob own:needs-action 60m, cid organizer:needs-action 60m`},
		{"said to be gone", "ann", calendars.Delta{From: monday, To: lastDay, Gone: []calendars.RemoteID{"plan"}},
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 3 people 180m; "Title of plan"; ann own:needs-action 60m, bob own:needs-action 60m, cid organizer:needs-action 60m`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			db.apply(t, db.calendar(t, "ann"), full(plan))
			db.apply(t, db.calendar(t, "bob"), full(plan))
			db.apply(t, db.calendar(t, tt.who), tt.delta, At(at(8, 0)))
			if d := gocmp.Diff([]string{tt.want}, db.derivedLines(t)); d != "" {
				t.Errorf("derived (-want +got):\n%s", d)
			}
		})
	}
}

// Without At, a delta was pulled just now.
func TestAtIsNowUnlessSaid(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	db := openFile(t)
	ann := db.calendar(t, "ann")
	d := calendars.Delta{Full: true, From: now.AddDate(0, 0, -7), To: now.AddDate(0, 0, 7), Copies: []calendars.Copy{
		event("over", func(c *calendars.Copy) { c.Start, c.End = now.Add(-3*time.Hour), now.Add(-2*time.Hour) }, "ann", "bob"),
		event("to come", func(c *calendars.Copy) { c.Start, c.End = now.Add(2*time.Hour), now.Add(3*time.Hour) }, "ann", "bob"),
	}}
	for range 2 {
		if _, err := db.Apply(t.Context(), ann, d); err != nil {
			t.Fatal(err)
		}
		d.Copies = nil
	}
	if found, err := db.Find(t.Context(), "over"); err != nil || len(found) != 1 || len(found[0].Subjects) != 1 {
		t.Errorf("what was over ended: %+v, %v", found, err)
	}
	if found, err := db.Find(t.Context(), "to come"); err != nil || len(found) != 1 || len(found[0].Subjects) != 0 {
		t.Errorf("what was to come did not end: %+v, %v", found, err)
	}
}

// Whenever a calendar turns out to be empty, what was over by then is left, as it
// was, and nothing else.
func TestAnEmptyListingEndsWhatIsNotOver(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db := openFile(t)
		ann := db.calendar(t, "ann")
		var copies []calendars.Copy
		for i := range rapid.IntRange(1, 4).Draw(rt, "objects") {
			object := anyObject(rt, fmt.Sprint("object ", i))
			for i := range object {
				object[i].UID = string(object[i].Remote) // none overrules another
			}
			copies = append(copies, object...)
		}
		db.apply(t, ann, full(copies...))
		now := at(rapid.IntRange(0, 27).Draw(rt, "day"), rapid.Float64Range(0, 24).Draw(rt, "hour")).Truncate(time.Second)
		over := func() (all []string) {
			err := each(t.Context(), db.read, `SELECT m.uid, m.organizer, o.start_s, o.end_s FROM occurrence o JOIN meeting m ON m.id = o.meeting_id
				WHERE o.end_s <= $1 ORDER BY o.id`, func(rows *sql.Rows) error {
				var uid, organizer string
				var start, end int64
				err := rows.Scan(&uid, &organizer, &start, &end)
				all = append(all, fmt.Sprint(uid, organizer, start, end))
				return err
			}, now.Unix())
			if err != nil {
				rt.Fatal(err)
			}
			return all
		}
		want := over()
		db.apply(t, ann, full(), At(now), AcceptLoss())
		if d := gocmp.Diff(want, over()); d != "" {
			rt.Errorf("what was over at %s (-before +after):\n%s", now, d)
		}
		if left := len(db.derivedLines(t)); left != len(want) {
			rt.Errorf("%d occurrences are left, %d were over", left, len(want))
		}
	})
}

// What lies outside the listed span stays, though the event be rewritten.
func TestSweepsLeaveWhatLiesOutsideOfAnEventRewritten(t *testing.T) {
	series, plan := event("sync", weekly, "ann", "bob"), event("plan", nil, "ann", "bob")
	oneOff := event("sync", func(c *calendars.Copy) { c.Start, c.End = at(22, 9), at(22, 10) }, "ann", "bob")
	now, then := plan, plan
	weekly(&now)
	now.Spans = now.Spans[3:]
	then.Start, then.End = at(21, 12), at(21, 13)
	day := event("day", func(c *calendars.Copy) { c.AllDay, c.Zone, c.Start, c.End = true, "Asia/Tokyo", at(0, -9), at(0, 15) }, "ann", "bob")
	days := day
	days.Rule, days.Spans = "FREQ=WEEKLY", []calendars.Span{{Instance: "20261123", Start: at(21, -9), End: at(21, 15)}}
	tests := []struct {
		name    string
		known   calendars.Copy
		listed  calendars.Copy
		want    string
		relist  calendars.Copy // over all four weeks
		finally string
	}{
		{"a series becomes a one-off", series, oneOff, "sync 2/09, sync 9/09, sync 16/09, sync 24/09, ", oneOff, "sync 24/09, "},
		{"and a series again", series, oneOff, "sync 2/09, sync 9/09, sync 16/09, sync 24/09, ", series, "sync 2/09, sync 9/09, sync 16/09, sync 23/09, "},
		{"a one-off becomes a series", plan, now, "plan 2/09, plan 23/09, ", now, "plan 23/09, "},
		{"and a one-off again", plan, now, "plan 2/09, plan 23/09, ", then, "plan 23/12, "},
		{"all day", day, days, "day 1/15, day 22/15, ", days, "day 22/15, "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			db.apply(t, ann, full(tt.known))
			for range 2 {
				db.apply(t, ann, weeks(3, 4, tt.listed))
				if got := db.held(t); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			}
			db.apply(t, ann, full(tt.relist))
			if got := db.held(t); got != tt.finally {
				t.Errorf("listed whole: got  %s\nwant %s", got, tt.finally)
			}
		})
	}
}

func TestSkippedEventsStay(t *testing.T) {
	series, plan, other := event("sync", weekly, "ann", "bob"), event("plan", nil, "ann", "bob"), event("other", nil, "ann", "bob")
	moved := changed(series, 1, func(c *calendars.Copy) { c.Start, c.End = at(8, 13), at(8, 14) })
	master := series
	without(1, &master)
	skip := func(uids ...string) (d calendars.Delta) {
		d = full(other)
		for _, uid := range uids {
			d.Skipped = append(d.Skipped, calendars.Skip{File: "ann.ics", Line: 3, UID: uid, Reason: "DTSTART is broken"})
		}
		return d
	}
	listing := func(d calendars.Delta, copies ...calendars.Copy) calendars.Delta {
		d.Copies = append(d.Copies, copies...)
		return d
	}
	const syncs = "sync 2/09, sync 10/13, sync 16/09, sync 23/09, "
	tests := []struct {
		name  string
		delta calendars.Delta
		want  string
	}{
		{"none", skip(), "other 2/09, "},
		{"a one-off", skip("plan"), "other 2/09, plan 2/09, "},
		{"a series", skip("sync"), "other 2/09, sync 2/09, sync 10/13, sync 16/09, sync 23/09, "},
		{"another", skip("new"), "other 2/09, "},
		{"one that does not say its UID", skip("plan", ""), "other 2/09, plan 2/09, " + syncs},
		{"a changed instance, told as planned", listing(skip("sync"), series), "other 2/09, " + syncs},
		{"a changed instance, left out", listing(skip("sync"), master), "other 2/09, " + syncs},
		{"the series, not its changed instance", listing(skip("sync"), moved), "other 2/09, " + syncs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			db.apply(t, ann, full(master, moved, plan, other))
			db.apply(t, ann, tt.delta)
			if got := db.held(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			db.apply(t, ann, full(other))
			if got, want := db.held(t), "other 2/09, "; got != want {
				t.Errorf("all read again: got  %s\nwant %s", got, want)
			}
		})
	}
}

// Only where a calendar was listed does it tell anything that it lacks a meeting.
func TestListedSpan(t *testing.T) {
	series := event("sync", weekly, "ann", "bob")
	of := func(from, to int) calendars.Copy {
		c := series
		c.Spans = c.Spans[from:to]
		return c
	}
	without1 := of(0, 4)
	without(1, &without1)
	tests := []struct {
		name string
		anns []calendars.Delta
		want string // bob has all four
	}{
		{"two weeks", []calendars.Delta{weeks(0, 2, of(0, 1))}, "sync 2/09, sync 16/09, sync 23/09, "},
		{"then the next two", []calendars.Delta{weeks(0, 2, of(0, 1)), weeks(2, 4, of(2, 3))}, "sync 2/09, sync 16/09, "},
		{"then some that overlap", []calendars.Delta{weeks(0, 3, without1), weeks(2, 4, of(2, 3))}, "sync 2/09, sync 16/09, "},
		{"what changed says nothing of the rest", []calendars.Delta{weeks(0, 2, of(0, 1)), {From: monday, To: lastDay}}, "sync 2/09, sync 16/09, sync 23/09, "},
		{"a gap was not listed", []calendars.Delta{weeks(0, 1, of(0, 1)), weeks(3, 4, of(3, 4))}, "sync 2/09, sync 9/09, sync 16/09, sync 23/09, "},
		{"after a gap, the newer counts", []calendars.Delta{weeks(0, 2, of(0, 1)), weeks(3, 4, of(2, 3))}, "sync 2/09, sync 9/09, sync 16/09, "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			ann := db.calendar(t, "ann")
			for _, d := range tt.anns {
				db.apply(t, ann, d)
			}
			db.apply(t, db.calendar(t, "bob"), full(series))
			if got := db.held(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
