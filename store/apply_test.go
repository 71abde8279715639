package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

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

// As the command line does with files, for which foreign keys are not enforced.
func TestApplyAllToATemporaryDatabase(t *testing.T) {
	db := openTemporary(t)
	series := event("sync", weekly, "ann", "bob", "zoe@other.example")
	alone := event("busy", func(c *calendars.Copy) { c.Organizer = calendars.Party{} })
	for range 2 {
		pulls := []Pull{{db.calendar(t, "ann"), full(series, alone)}, {db.calendar(t, "bob"), full(series, alone)}}
		if _, err := db.ApplyAll(t.Context(), func(yield func(Pull, error) bool) {
			_ = yield(pulls[0], nil) && yield(pulls[1], nil)
		}, At(monday)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(db.held(t), ", "); got != 6 {
			t.Errorf("%d occurrences, want 6", got)
		}
		without(1, &series)
		series.Spans = append(series.Spans, calendars.Span{Instance: calendars.InstanceAt(at(9, 9)), Start: at(9, 9), End: at(9, 10)})
	}
	if _, err := db.Apply(t.Context(), db.calendar(t, "ann"), full(), At(monday)); err != nil {
		t.Fatal(err)
	}
}

// A suspect listing is left out, with its cursor; the others are applied.
func TestApplyAllLeavesOutWhatIsSuspect(t *testing.T) {
	db := openFile(t)
	ann, bob, cid := db.calendar(t, "ann"), db.calendar(t, "bob"), db.calendar(t, "cid")
	twelve := full()
	for i := range 12 {
		twelve.Copies = append(twelve.Copies, event(fmt.Sprint(i), nil, "ann", "bob"))
	}
	twelve.Cursor = "first"
	db.apply(t, ann, twelve)
	db.apply(t, cid, twelve)
	empty, plan := full(), full(event("plan", nil, "ann", "bob"))
	empty.Cursor, plan.Cursor = "second", "second"
	touched, err := db.ApplyAll(t.Context(), func(yield func(Pull, error) bool) {
		_ = yield(Pull{ann, empty}, nil) && yield(Pull{bob, plan}, nil) && yield(Pull{cid, empty}, nil)
	}, At(monday))
	var suspects []string
	if joined, ok := errors.Unwrap(err).(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			if s, ok := errors.AsType[*SuspectError](err); ok && s.Missing == 12 {
				suspects = append(suspects, s.Collection.Remote)
			}
		}
	}
	if d := gocmp.Diff([]string{"ann.ics", "cid.ics"}, suspects); d != "" {
		t.Errorf("suspect (-want +got): %v\n%s", err, d)
	}
	if touched.Copies != 1 || len(touched.Meetings) != 1 || touched.Ended != 0 {
		t.Errorf("touched %+v", touched)
	}
	if got := len(db.derivedLines(t)); got != 13 {
		t.Errorf("%d occurrences, want 13", got)
	}
	for id, want := range map[int64]string{ann: "first", bob: "second", cid: "first"} {
		if got, err := db.Cursor(t.Context(), id); err != nil || got != want {
			t.Errorf("cursor %q (%v), want %q", got, err, want)
		}
	}
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
				db = openTemporary(t)
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
				_, err := db.Apply(e, ann, next, At(monday))
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
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
