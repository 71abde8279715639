package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

func TestApplySameTwiceChangesNothing(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	series := event("sync", weekly, "ann", "bob")
	annHas := full(series, changed(series, 1, func(c *calendars.Copy) { c.Title = "Retro" }), event("plan", nil, "ann", "bob"))
	bobHas := full(series, event("plan", func(c *calendars.Copy) { c.Private = true }, "ann", "bob=accepted"))
	if touched := db.apply(t, ann, annHas); touched.Copies != 3 || len(touched.Meetings) != 2 {
		t.Errorf("at first: %+v", touched)
	}
	if touched := db.apply(t, bob, bobHas); touched.Copies != 2 || len(touched.Meetings) != 2 {
		t.Errorf("bob's answer and copy: %+v", touched)
	}
	before := db.dump(t)
	for range 2 {
		for id, d := range map[int64]calendars.Delta{ann: annHas, bob: bobHas} {
			if d := gocmp.Diff(Touched{}, db.apply(t, id, d)); d != "" {
				t.Errorf("again (-want +got):\n%s", d)
			}
		}
	}
	if d := gocmp.Diff(before, db.dump(t)); d != "" {
		t.Errorf("database (-before +after):\n%s", d)
	}
}

func TestApplyChanged(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	other := event("other", nil, "ann", "cid")
	first := db.apply(t, ann, full(event("plan", nil, "ann", "bob"), other))
	tests := []struct {
		name    string
		change  func(*calendars.Copy)
		touched bool // beside the copy: the meeting
		ended   int
		want    string
	}{
		{
			"a new ETag alone", func(c *calendars.Copy) { c.ETag = "2" }, false, 0,
			`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 90m; "Title of plan"; ann own:needs-action 30m, bob organizer:needs-action 60m`,
		},
		{
			"another title", func(c *calendars.Copy) { c.Title = "Plan B" }, true, 0,
			`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 90m; "Plan B"; ann own:needs-action 30m, bob organizer:needs-action 60m`,
		},
		{
			"another time", func(c *calendars.Copy) { c.Start, c.End = at(0, 9.5), at(0, 10.5) }, true, 0,
			`plan by ann: Mon 2 09:30-10:30, 2 heads, 2 people 105m; "Title of plan"; ann own:needs-action 45m, bob organizer:needs-action 60m`,
		},
		{
			"an answer", func(c *calendars.Copy) { c.People[1].Response = calendars.Declined }, true, 0,
			`plan by ann: Mon 2 09:30-10:30, 2 heads, 1 people 45m; "Title of plan"; ann own:needs-action 45m, bob organizer:declined`,
		},
		{
			"a series now", weekly, true, 1,
			`plan by ann 20261102T093000Z: Mon 2 09:30-10:30, 2 heads, 1 people 45m; "Title of plan"; ann own:needs-action 45m, bob organizer:declined`,
		},
	}
	// Each change comes on top of those before, the title apart.
	plan := event("plan", nil, "ann", "bob")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.change(&plan)
			touched := db.apply(t, ann, full(plan, other))
			want := Touched{Copies: 1, Ended: tt.ended}
			if tt.touched {
				want.Meetings = []int64{first.Meetings[1]}
			}
			if d := gocmp.Diff(want, touched); d != "" {
				t.Errorf("touched (-want +got):\n%s", d)
			}
			if d := gocmp.Diff(tt.want, db.derivedLines(t)[1]); d != "" {
				t.Errorf("derived (-want +got):\n%s", d)
			}
		})
		plan.Title = "Title of plan"
	}
}

func TestApplySharesAnewWhatIsNotTouched(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	long := event("long", func(c *calendars.Copy) { c.End = at(0, 17) }, "ann", "bob")
	short := event("short", func(c *calendars.Copy) { c.Start, c.End = at(0, 16), at(0, 17); c.Organizer.Address = address("bob") }, "ann", "bob")
	db.apply(t, ann, full(long))
	db.apply(t, bob, full(short))
	want := []string{
		`long by ann: Mon 2 09:00-17:00, 2 heads, 2 people 900m; "Title of long"; ann own:needs-action 450m, bob organizer:needs-action 450m`,
		`short by bob: Mon 2 16:00-17:00, 2 heads, 2 people 60m; "Title of short"; ann organizer:needs-action 30m, bob own:needs-action 30m`,
	}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("both (-want +got):\n%s", d)
	}
	touched := db.apply(t, bob, full())
	if touched.Ended != 1 || len(touched.Meetings) != 1 {
		t.Errorf("touched %+v", touched)
	}
	want = []string{`long by ann: Mon 2 09:00-17:00, 2 heads, 2 people 960m; "Title of long"; ann own:needs-action 480m, bob organizer:needs-action 480m`}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("one ended (-want +got):\n%s", d)
	}
}

func TestApplySharesAnewWithANamesake(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	db.apply(t, ann, full(event("plan", nil, "ann", "bob")))
	db.apply(t, bob, full(event("plan", func(c *calendars.Copy) { c.Organizer.Address = "eve@evil.example" }, "bob")))
	want := []string{
		`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 90m; "Title of plan"; ann own:needs-action 60m, bob organizer:needs-action 30m`,
		`plan by eve@evil.example: Mon 2 09:00-10:00, 2 heads, 1 people 30m; "Title of plan"; bob own:needs-action 30m`,
	}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
}

func TestApplyEnds(t *testing.T) {
	plan, sync := event("plan", nil, "ann", "bob"), event("sync", weekly, "ann", "bob")
	setup := func(t *testing.T) (db *DB, ann, bob int64) {
		db = openFile(t)
		ann, bob = db.calendar(t, "ann"), db.calendar(t, "bob")
		db.apply(t, ann, full(plan, sync))
		db.apply(t, bob, full(plan))
		return db, ann, bob
	}
	t.Run("one person deletes theirs: the meeting goes on", func(t *testing.T) {
		db, ann, _ := setup(t)
		if touched := db.apply(t, ann, full(sync)); touched.Ended != 0 || touched.Copies != 1 {
			t.Errorf("touched %+v", touched)
		}
		// Both are double-booked by the series.
		want := `plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 60m; "Title of plan"; ann other:needs-action 30m, bob own:needs-action 30m`
		if d := gocmp.Diff(want, db.derivedLines(t)[0]); d != "" {
			t.Errorf("derived (-want +got):\n%s", d)
		}
	})
	t.Run("the last copy ends it", func(t *testing.T) {
		db, ann, bob := setup(t)
		db.apply(t, ann, full(sync))
		if touched := db.apply(t, bob, full()); touched.Ended != 1 || touched.Copies != 1 || len(touched.Meetings) != 1 {
			t.Errorf("touched %+v", touched)
		}
		if lines := db.derivedLines(t); len(lines) != 4 {
			t.Errorf("left: %q", lines)
		}
	})
	t.Run("the source says what is gone", func(t *testing.T) {
		db, ann, _ := setup(t)
		touched := db.apply(t, ann, calendars.Delta{From: monday, To: lastDay, Gone: []calendars.RemoteID{"sync", "never seen"}})
		if touched.Ended != 4 || touched.Copies != 1 {
			t.Errorf("touched %+v", touched)
		}
	})
	t.Run("a delta that lists some ends none", func(t *testing.T) {
		db, ann, _ := setup(t)
		touched := db.apply(t, ann, calendars.Delta{From: monday, To: lastDay, Copies: []calendars.Copy{event("new", nil, "ann", "bob")}})
		if touched.Ended != 0 || touched.Copies != 1 || len(db.derivedLines(t)) != 6 {
			t.Errorf("touched %+v, %d left", touched, len(db.derivedLines(t)))
		}
	})
	t.Run("the copies of an object replace those before", func(t *testing.T) {
		db, ann, _ := setup(t)
		moved := changed(sync, 1, func(c *calendars.Copy) { c.Start, c.End = at(8, 15), at(8, 16) })
		master := sync
		without(1, &master)
		some := calendars.Delta{From: monday, To: lastDay, Copies: []calendars.Copy{master, moved}}
		if touched := db.apply(t, ann, some); touched.Ended != 0 || touched.Copies != 2 {
			t.Errorf("moved: %+v", touched)
		}
		some.Copies = some.Copies[:1]
		if touched := db.apply(t, ann, some); touched.Ended != 1 || touched.Copies != 1 {
			t.Errorf("and taken out: %+v", touched)
		}
	})
}

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
	tests := []struct {
		name           string
		known          int
		delta          calendars.Delta
		missing, after int // missing 0: applied
	}{
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
			_, err := db.Apply(t.Context(), ann, tt.delta)
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
				if got, want := len(db.derivedLines(t)), tt.known-tt.missing; got != want {
					t.Errorf("with the loss accepted, %d occurrences are left, want %d", got, want)
				}
			}
		})
	}
}

func TestApplyAll(t *testing.T) {
	series := event("sync", weekly, "ann", "bob")
	annHas, bobHas := full(series, event("plan", nil, "ann")), full(series, event("plan", func(c *calendars.Copy) { c.Title = "mine" }, "ann"))
	one := openFile(t)
	one.apply(t, one.calendar(t, "ann"), annHas)
	one.apply(t, one.calendar(t, "bob"), bobHas)

	all := openFile(t)
	pulls := []Pull{{all.calendar(t, "ann"), annHas}, {all.calendar(t, "bob"), full()}, {all.calendar(t, "bob"), bobHas}}
	touched, err := all.ApplyAll(t.Context(), func(yield func(Pull, error) bool) {
		for _, p := range pulls {
			if !yield(p, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(touched.Meetings) != 2 || touched.Copies != 4 {
		t.Errorf("touched %+v", touched)
	}
	if d := gocmp.Diff(one.derivedLines(t), all.derivedLines(t)); d != "" {
		t.Errorf("one by one, and all at once (-one +all):\n%s", d)
	}

	t.Run("an error from the pulls leaves nothing", func(t *testing.T) {
		db := openFile(t)
		ann := db.calendar(t, "ann")
		before := db.dump(t)
		broken := errors.New("broken")
		_, err := db.ApplyAll(t.Context(), func(yield func(Pull, error) bool) {
			_ = yield(Pull{ann, annHas}, nil) && yield(Pull{}, broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("error %v, want %v", err, broken)
		}
		if d := gocmp.Diff(before, db.dump(t)); d != "" {
			t.Errorf("database (-before +after):\n%s", d)
		}
	})
}

func TestApplyUnknownCollection(t *testing.T) {
	if _, err := openFile(t).Apply(t.Context(), 7, full()); err == nil {
		t.Error("no error for a collection that nobody added")
	}
}

func TestApplyKeepsCursor(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	d := full()
	d.Cursor = "token 1"
	db.apply(t, ann, d)
	got, err := db.Cursor(t.Context(), ann)
	if err != nil || got != "token 1" {
		t.Errorf("cursor %q, %v", got, err)
	}
}

// expiring is a context that is cancelled once it was asked often enough.
type expiring struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func (e *expiring) Done() <-chan struct{} {
	if e.left.Add(-1) == 0 {
		e.cancel()
	}
	return e.Context.Done()
}

func TestCancelledApplyLeavesNothing(t *testing.T) {
	for _, kind := range []string{"lasting", "temporary"} {
		t.Run(kind, func(t *testing.T) {
			db := openFile(t)
			if kind == "temporary" {
				var err error
				if db, err = OpenTemporary(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer db.Close()
			}
			ann := db.calendar(t, "ann")
			series := event("sync", weekly, "ann", "bob")
			db.apply(t, ann, full(series, event("plan", nil, "ann", "bob")))
			before := db.dump(t)
			next := full(series, changed(series, 1, func(c *calendars.Copy) { c.Title = "Retro" }), event("new", nil, "ann", "bob"))
			cancelled := 0
			for n := int64(1); ; n++ {
				ctx, cancel := context.WithCancel(t.Context())
				e := &expiring{Context: ctx, cancel: cancel}
				e.left.Store(n)
				_, err := db.Apply(e, ann, next)
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) {
					t.Fatalf("cancelled at %d: %v", n, err)
				}
				cancelled++
				if d := gocmp.Diff(before, db.dump(t)); d != "" {
					t.Fatalf("cancelled at %d (-before +after):\n%s", n, d)
				}
			}
			if cancelled < 10 {
				t.Errorf("cancelled at %d points only", cancelled)
			}
			if d := gocmp.Diff(before, db.dump(t)); d == "" {
				t.Error("nothing changed in the end")
			}
		})
	}
}

// dump reads every row of every table.
func (db *DB) dump(t testing.TB) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	err := each(t.Context(), db.read, `SELECT name FROM sqlite_schema WHERE type = 'table'`, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		tables[name] = nil
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range tables {
		err := each(t.Context(), db.read, `SELECT * FROM `+name, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				return err
			}
			line := ""
			for _, v := range values {
				line += fmt.Sprintf("%v|", *v.(*any))
			}
			tables[name] = append(tables[name], line)
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slices.Sort(tables[name])
	}
	return tables
}
