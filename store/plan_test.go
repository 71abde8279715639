package store

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// usual is what writing and reading an update costs.
var usual = hours.Cost{Write: 20 * 60, Read: 5 * 60}

// suggested puts a suggestion about weeks of the meeting "sync" to somebody; the first
// of them is what it is about.
func (db *DB) suggested(t testing.TB, name, kind string, weeks ...int) Suggestion {
	t.Helper()
	n := db.count(t, "suggestion")
	d := newDigest(name, fmt.Sprint("m", n))
	s := &d.Suggestions[0]
	s.Kind, s.Cost, s.Occurrences = kind, usual, nil
	for _, week := range weeks {
		s.Occurrences = append(s.Occurrences, calendars.InstanceAt(at(7*week, 9)))
	}
	s.Instance, s.Starts = s.Occurrences[0], at(7*weeks[0], 9)
	s.Expires, s.Closes = s.Starts, at(7*weeks[len(weeks)-1], 9)
	d.Tokens = nil
	return db.offer(t, monday, d)
}

// accepted accepts a suggestion.
func (db *DB) accepted(t testing.TB, now time.Time, s Suggestion, scope string) Suggestion {
	t.Helper()
	return db.decide(t, now, s.ID, func(c Case) (Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Scope, a.Epoch = "accepted", s.Kind, scope, a.Epoch+1
		return Decision{Answer: a, Accepted: true}, nil
	})
}

func (db *DB) verified(t testing.TB, now time.Time, owners ...string) {
	t.Helper()
	for _, owner := range owners {
		if _, err := db.Verify(t.Context(), now, address(owner)); err != nil {
			t.Fatal(err)
		}
	}
}

// inPlan runs f in a transaction.
func (db *DB) inPlan(t testing.TB, f func(*sql.Tx) error) {
	t.Helper()
	must(t, db.change(t.Context(), f))
}

// planLines renders what was accepted:
//
//	bob 1109: 55m freed, declined
func (db *DB) planLines(t testing.TB) (lines []string) {
	t.Helper()
	err := each(t.Context(), db.read, `SELECT COALESCE(e.email, 'somebody'), p.start_s, p.net_s, p.known, p.unsent, p.state, p.why FROM plan p
		LEFT JOIN person e ON e.id = p.person_id WHERE p.epoch > 0 ORDER BY e.email, p.start_s, p.id`, func(rows *sql.Rows) error {
		var email, state, why string
		var start, net int64
		var known, unsent bool
		err := rows.Scan(&email, &start, &net, &known, &unsent, &state, &why)
		line := fmt.Sprintf("%s %s: %s %s", short(email), time.Unix(start, 0).UTC().Format("0102"), minutes(net), state)
		if why != "" {
			line += ", " + why
		}
		if unsent {
			line += ", unsent"
		}
		if !known {
			line += ", by its rule"
		}
		lines = append(lines, line)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func (db *DB) wantPlan(t testing.TB, want ...string) {
	t.Helper()
	if d := gocmp.Diff(want, db.planLines(t)); d != "" {
		t.Errorf("plan (-want +got):\n%s", d)
	}
}

// answering is the series "sync" with the given answer of bob's, at one week only if
// that is not negative.
func answering(answer string, week int) []calendars.Copy {
	sync := event("sync", weekly, "ann=accepted", "bob=accepted", "cid=accepted", "dan=accepted")
	if week < 0 {
		return []calendars.Copy{event("sync", weekly, "ann=accepted", "bob="+answer, "cid=accepted", "dan=accepted")}
	}
	one := changed(sync, week, func(c *calendars.Copy) {
		c.People = event("sync", nil, "ann=accepted", "bob="+answer, "cid=accepted", "dan=accepted").People
	})
	without(week, &sync)
	return []calendars.Copy{sync, one}
}

// TestDeclineOnce: one occurrence, one person, and whatever calendars come to show of
// it afterwards.
func TestDeclineOnce(t *testing.T) {
	yes := answering("accepted", -1)
	retimed := event("sync", func(c *calendars.Copy) { c.Start, c.End = at(0, 14), at(0, 15) }, "ann=accepted", "bob=accepted", "cid=accepted", "dan=accepted")
	weekly(&retimed)
	split := event("sync2", func(c *calendars.Copy) {
		c.Start, c.End, c.SplitFrom = at(8, 9), at(8, 10), "sync"
	}, "ann=accepted", "bob=accepted", "cid=accepted", "dan=accepted")
	weekly(&split)
	ended := yes[0]
	ended.Spans = ended.Spans[:1]
	ended.Rule = "FREQ=WEEKLY;COUNT=1"
	gap := yes[0]
	gap.Spans = append([]calendars.Span{}, gap.Spans...)
	without(1, &gap)
	makeUp := event("make-up", func(c *calendars.Copy) { c.Start, c.End, c.SplitFrom = at(17, 9), at(17, 10), "sync" }, "ann=accepted", "bob=accepted", "cid=accepted", "dan=accepted")
	moved := func(days int, answer string) []calendars.Copy {
		all := answering(answer, 1)
		all[1].Start, all[1].End = all[1].Start.AddDate(0, 0, days), all[1].End.AddDate(0, 0, days)
		return all
	}
	cancelled := answering("accepted", 1)
	cancelled[1].Status = calendars.Cancelled
	tests := []struct {
		name  string
		shows [][]calendars.Copy // the calendars of both, one day after the other
		want  string
	}{
		{"nothing", [][]calendars.Copy{yes}, "planned"},
		{"declined", [][]calendars.Copy{answering("declined", 1)}, "freed, declined"},
		{"another one declined", [][]calendars.Copy{answering("declined", 2)}, "planned"},
		{"all declined", [][]calendars.Copy{answering("declined", -1)}, "freed, declined"},
		{"maybe", [][]calendars.Copy{answering("tentative", 1)}, "planned"},
		{"handed on", [][]calendars.Copy{answering("delegated", 1)}, "planned"},
		{"declined, then not", [][]calendars.Copy{answering("declined", 1), yes}, "met again"},
		{"declined, then not, then again", [][]calendars.Copy{answering("declined", 1), yes, answering("declined", 1)}, "freed, declined"},
		{"cancelled", [][]calendars.Copy{cancelled}, "freed, cancelled"},
		{"taken out", [][]calendars.Copy{{gap}}, "freed, absent"},
		{"taken out, and made up for the week after", [][]calendars.Copy{{gap}, {gap, makeUp}}, "met again, absent"},
		{"cancelled, made up for, and that called off", [][]calendars.Copy{{gap}, {gap, makeUp}, {gap}}, "freed, absent"},
		{"moved to another day", [][]calendars.Copy{moved(2, "accepted")}, "planned"},
		{"moved to another week", [][]calendars.Copy{moved(7, "needs-action")}, "planned"},
		{"moved, and declined", [][]calendars.Copy{moved(2, "declined")}, "freed, declined"},
		{"all at another time", [][]calendars.Copy{{retimed}}, "met again, absent"},
		{"all at another time, one declined before", [][]calendars.Copy{answering("declined", 1), {retimed}}, "met again, absent"},
		{"from then on by another series", [][]calendars.Copy{{ended, split}}, "met again, absent"},
		{"all gone", [][]calendars.Copy{{ended}}, "freed, absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openTemporary(t)
			ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
			db.apply(t, ann, full(yes...))
			db.apply(t, bob, full(yes...))
			s := db.suggested(t, "bob", "decline", 1)
			db.accepted(t, monday, s, "this")
			for day, copies := range tt.shows {
				now := at(day+1, 0)
				for _, c := range []int64{bob, ann} {
					db.apply(t, c, full(copies...), At(now), AcceptLoss())
				}
				db.verified(t, now, "bob", "ann")
			}
			db.wantPlan(t, "bob 1109: 55m "+tt.want)
		})
	}
}

// TestWhatIsNotKnownShowsNothing: an occurrence that no calendar tells of is not
// recovered for that.
func TestWhatIsNotKnownShowsNothing(t *testing.T) {
	yes := answering("accepted", -1)
	planned := func(t *testing.T) (*DB, int64) {
		db := openFile(t)
		bob := db.calendar(t, "bob")
		db.apply(t, bob, full(yes...))
		db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
		return db, bob
	}
	listing := func(from, to time.Time, copies ...calendars.Copy) calendars.Delta {
		return calendars.Delta{Full: true, From: from, To: to, Copies: copies}
	}
	t.Run("out of sight by then", func(t *testing.T) {
		db, bob := planned(t)
		for week := range 12 {
			now := at(7*week, 12)
			db.apply(t, bob, listing(now.AddDate(0, 0, -3), now.AddDate(0, 0, 14)), At(now), AcceptLoss())
			if week == 0 { // it was in sight then, and taken out
				db.wantPlan(t, "bob 1109: 55m planned")
				db.apply(t, bob, listing(now.AddDate(0, 0, -3), now.AddDate(0, 0, 14), yes...), At(now.Add(time.Hour)))
			}
			db.verified(t, now, "bob")
		}
		db.wantPlan(t, "bob 1109: 55m planned")
	})
	t.Run("taken out once it was over", func(t *testing.T) {
		db, bob := planned(t)
		gap := yes[0]
		gap.Spans = append([]calendars.Span{}, gap.Spans...)
		without(1, &gap)
		db.apply(t, bob, full(gap), At(at(8, 0)))
		db.verified(t, at(8, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m planned")
	})
	t.Run("the calendar is not read any more", func(t *testing.T) {
		db, bob := planned(t)
		db.inPlan(t, func(tx *sql.Tx) error {
			for _, q := range []string{`DELETE FROM attendance`, `DELETE FROM occurrence`, `DELETE FROM subject`, `DELETE FROM copy`} {
				if _, err := tx.ExecContext(t.Context(), q); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(t.Context(), `UPDATE collection SET span_from = 0, span_to = 0, read_ms = 0`)
			return err
		})
		db.verified(t, at(1, 0), "bob")
		// Read anew, but not as far as that.
		db.apply(t, bob, listing(at(0, 0), at(5, 0)), At(at(1, 0)))
		db.verified(t, at(1, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m planned")
	})
	t.Run("the series is rewritten afterwards", func(t *testing.T) {
		db, bob := planned(t)
		db.apply(t, bob, full(answering("declined", 1)...), At(at(1, 0)))
		db.verified(t, at(1, 0), "bob")
		later := event("sync", func(c *calendars.Copy) { c.Start, c.End = at(0, 14), at(0, 15) }, "ann=accepted", "bob=needs-action", "cid=accepted", "dan=accepted")
		weekly(&later)
		db.apply(t, bob, full(later), At(at(9, 0)), AcceptLoss())
		db.verified(t, at(9, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m freed, declined")
	})
	t.Run("long after", func(t *testing.T) {
		db, bob := planned(t)
		db.apply(t, bob, full(answering("declined", 1)...), At(at(1, 0)))
		db.verified(t, at(1, 0), "bob")
		db.apply(t, bob, full(yes...), At(at(7+57, 0)))
		db.verified(t, at(7+57, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m freed, declined")
	})
}

// TestDeclineOnward plans a series to its own end, or for half a year, by its rule
// where calendars do not show it yet.
func TestDeclineOnward(t *testing.T) {
	t.Run("half a year", func(t *testing.T) {
		db := openTemporary(t)
		bob := db.calendar(t, "bob")
		series := answering("accepted", -1)
		db.apply(t, bob, full(series...))
		s := db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "onward")
		lines := db.planLines(t)
		if len(lines) != planWeeks || lines[0] != "bob 1109: 55m planned" || lines[2] != "bob 1123: 55m planned" || lines[3] != "bob 1130: 55m planned, by its rule" {
			t.Fatalf("%d rows:\n%s", len(lines), strings.Join(lines, "\n"))
		}
		// The window rolls on; from week 3 on bob is back.
		no := answering("declined", -1)
		for week := 1; week < 6; week++ {
			now := at(7*week-3, 0)
			d := full(no...)
			d.From, d.To = now.AddDate(0, 0, -14), now.AddDate(0, 0, 28)
			d.Copies[0].Spans = nil
			for w := range 9 {
				start := at(7*w, 9)
				d.Copies[0].Spans = append(d.Copies[0].Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
			}
			if week == 5 {
				d.Copies[0].People = series[0].People
				d.Copies[0].Spans = d.Copies[0].Spans[5:]
			}
			db.apply(t, bob, d, At(now))
			db.verified(t, now, "bob")
		}
		got := db.planLines(t)[:9]
		want := []string{
			"bob 1109: 55m freed, declined", "bob 1116: 55m freed, declined", "bob 1123: 55m freed, declined", "bob 1130: 55m freed, declined",
			"bob 1207: 55m met again", "bob 1214: 55m met again", "bob 1221: 55m met again", "bob 1228: 55m planned", "bob 0104: 55m planned, by its rule",
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Errorf("plan (-want +got):\n%s", d)
		}
		db.inPlan(t, func(tx *sql.Tx) error { return thawPlan(t.Context(), tx, s.ID, s.Epoch, at(32, 0)) })
		if n := db.count(t, "plan WHERE epoch > 0 AND state = 'thawed'"); n != planWeeks-4 {
			t.Errorf("%d rows are thawed", n)
		}
		db.accepted(t, at(32, 0), s, "onward")
		if n := db.count(t, "plan WHERE epoch = 2"); n != planWeeks {
			t.Errorf("%d rows are planned anew", n)
		}
	})
	t.Run("to its end", func(t *testing.T) {
		db := openTemporary(t)
		bob := db.calendar(t, "bob")
		series := answering("accepted", -1)
		series[0].Rule = "FREQ=WEEKLY;COUNT=6"
		db.apply(t, bob, full(series...))
		db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "onward")
		db.wantPlan(t, "bob 1109: 55m planned", "bob 1116: 55m planned", "bob 1123: 55m planned", "bob 1130: 55m planned, by its rule", "bob 1207: 55m planned, by its rule")
		// It goes on without the one of 7 December, which nobody ever saw, and ends a week later.
		d := full(answering("declined", -1)...)
		d.To = at(50, 0)
		for _, week := range []int{4, 6} {
			start := at(7*week, 9)
			d.Copies[0].Spans = append(d.Copies[0].Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
		}
		db.apply(t, bob, d, At(at(1, 0)))
		db.verified(t, at(1, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m freed, declined", "bob 1116: 55m freed, declined", "bob 1123: 55m freed, declined", "bob 1130: 55m freed, declined", "bob 1207: 55m planned, by its rule")
	})
	t.Run("without its last", func(t *testing.T) {
		db := openTemporary(t)
		bob := db.calendar(t, "bob")
		series := answering("accepted", -1)
		series[0].Rule = "FREQ=WEEKLY;COUNT=6"
		db.apply(t, bob, full(series...))
		db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "onward")
		// That of 7 December was taken out long ago, out of sight.
		d := full(answering("declined", -1)...)
		d.To, d.Copies[0].Rule = at(50, 0), series[0].Rule
		start := at(28, 9)
		d.Copies[0].Spans = append(d.Copies[0].Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
		db.apply(t, bob, d, At(at(1, 0)))
		db.verified(t, at(1, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m freed, declined", "bob 1116: 55m freed, declined", "bob 1123: 55m freed, declined", "bob 1130: 55m freed, declined", "bob 1207: 55m planned, by its rule")
		// And now it ends before.
		d.Copies[0].Rule = "FREQ=WEEKLY;COUNT=5"
		db.apply(t, bob, d, At(at(2, 0)))
		db.verified(t, at(2, 0), "bob")
		db.wantPlan(t, "bob 1109: 55m freed, declined", "bob 1116: 55m freed, declined", "bob 1123: 55m freed, declined", "bob 1130: 55m freed, declined", "bob 1207: 55m freed, absent, by its rule")
	})
	t.Run("a rule that calendars contradict", func(t *testing.T) {
		db := openTemporary(t)
		bob := db.calendar(t, "bob")
		series := answering("accepted", -1)
		series[0].Rule = "FREQ=WEEKLY;BYDAY=TU"
		db.apply(t, bob, full(series...))
		db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "onward")
		db.wantPlan(t, "bob 1109: 55m planned", "bob 1116: 55m planned", "bob 1123: 55m planned")
	})
}

// TestTrialPlan: what a trial takes from everybody, allotted by share, counts with the
// update that was sent.
func TestTrialPlan(t *testing.T) {
	db := openTemporary(t)
	ann := db.calendar(t, "ann")
	yes := answering("accepted", -1)
	db.apply(t, ann, full(yes...))
	// Bob leaves the first one by himself, before.
	db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
	s := db.accepted(t, monday, db.suggested(t, "ann", "trial", 1, 2), "this")
	// Three hours less 20 and 15 minutes; four less 20 and 20.
	const second = "50m"
	db.wantPlan(t,
		"ann 1109: 2900s planned, unsent", "ann 1116: "+second+" planned, unsent",
		"bob 1109: 55m planned", "bob 1116: "+second+" planned, unsent",
		"cid 1109: 2900s planned, unsent", "cid 1116: "+second+" planned, unsent",
		"dan 1109: 2900s planned, unsent", "dan 1116: "+second+" planned, unsent")

	off := yes[0]
	off.Spans = append([]calendars.Span{}, off.Spans...)
	without(1, &off)
	without(2, &off)
	gone := func(week int) calendars.Copy {
		return changed(yes[0], week, func(c *calendars.Copy) { c.Status = calendars.Cancelled })
	}
	db.apply(t, ann, full(off, gone(1), gone(2)), At(at(1, 0)))
	db.verified(t, at(1, 0), "ann")
	db.inPlan(t, func(tx *sql.Tx) error { return sentPlan(t.Context(), tx, s.ID, s.Epoch, "20261109T090000Z", true) })
	recovered := func() (sum time.Duration) {
		all, err := db.Plans(t.Context(), monday, lastDay)
		must(t, err)
		for _, f := range all {
			if f.Recovered {
				sum += f.Net
			}
		}
		return sum
	}
	if got, want := recovered(), 55*time.Minute+145*time.Minute; got != want {
		t.Errorf("recovered is %v, want %v", got, want)
	}

	// The second is brought back.
	without := yes[0]
	without.Spans = append([]calendars.Span{}, off.Spans...)
	without.Spans = append(without.Spans, yes[0].Spans[2])
	db.inPlan(t, func(tx *sql.Tx) error { return thawPlan(t.Context(), tx, s.ID, s.Epoch, at(12, 0)) })
	db.apply(t, ann, full(without, gone(1)), At(at(12, 0)))
	db.verified(t, at(12, 0), "ann")
	if got, want := recovered(), 55*time.Minute+145*time.Minute; got != want {
		t.Errorf("once restored, recovered is %v, want %v", got, want)
	}
	if n := db.count(t, "plan WHERE state = 'thawed'"); n != 4 {
		t.Errorf("%d rows are thawed", n)
	}
}

// TestPlanOfATrialThatGoesBack: what the organizer brings back, of one occurrence or of
// all that lie ahead, is not accepted any more, and what was sent stays as it is.
func TestPlanOfATrialThatGoesBack(t *testing.T) {
	db := openTemporary(t)
	db.apply(t, db.calendar(t, "ann"), full(event("sync", weekly, "ann=accepted", "bob=accepted")))
	s := db.suggested(t, "ann", "trial", 1, 2, 3)
	at1, at2, at3 := calendars.InstanceAt(at(7, 9)), calendars.InstanceAt(at(14, 9)), calendars.InstanceAt(at(21, 9))
	db.decide(t, monday, s.ID, func(c Case) (Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Epoch = "accepted", s.Kind, a.Epoch+1
		return Decision{Answer: a, Accepted: true, Trial: &NewTrial{State: "running", Machine: []byte(`{}`), Occurrences: []calendars.Instance{at1, at2, at3}}}, nil
	})
	step := func(now time.Time, d TrialDecision) {
		t.Helper()
		d.Machine = []byte(`{}`)
		must(t, db.StepTrial(t.Context(), now, 1, "test", func(Trial) (TrialDecision, error) { return d, nil }))
	}
	step(at(7, 8), TrialDecision{State: "running", Sent: map[calendars.Instance]bool{at1: true}})
	step(at(7, 9), TrialDecision{State: "running", BringBack: []calendars.Instance{at2}})
	const net = "45m" // of each: two hours less 20 and 10 minutes, in two
	db.wantPlan(t, "ann 1109: "+net+" planned", "ann 1116: "+net+" thawed, unsent", "ann 1123: "+net+" planned, unsent",
		"bob 1109: "+net+" planned", "bob 1116: "+net+" thawed, unsent", "bob 1123: "+net+" planned, unsent")
	step(at(7, 8), TrialDecision{State: "restored", BringBack: []calendars.Instance{at3}}) // before what was sent begins
	db.wantPlan(t, "ann 1109: "+net+" planned", "ann 1116: "+net+" thawed, unsent", "ann 1123: "+net+" thawed, unsent",
		"bob 1109: "+net+" planned", "bob 1116: "+net+" thawed, unsent", "bob 1123: "+net+" thawed, unsent")
}

// TestDoubleBooked: who declines one of two meetings at the same time, and then the other,
// gets that time back once.
func TestDoubleBooked(t *testing.T) {
	db := openTemporary(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	other := event("other", weekly, "ann=accepted", "bob=accepted", "cid=accepted", "dan=accepted")
	yes := append(answering("accepted", -1), other)
	db.apply(t, ann, full(yes...))
	db.apply(t, bob, full(yes...))
	db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
	db.apply(t, bob, full(append(answering("declined", 1), other)...), At(at(1, 0)))
	db.verified(t, at(1, 0), "bob", "ann")
	d := newDigest("bob", "other")
	s := &d.Suggestions[0]
	s.UID, s.Kind, s.Cost, s.Instance, s.Starts = "other", "decline", usual, calendars.InstanceAt(at(7, 9)), at(7, 9)
	s.Occurrences, d.Tokens = []calendars.Instance{s.Instance}, nil
	db.accepted(t, at(1, 0), db.offer(t, at(1, 0), d), "this")
	db.wantPlan(t, "bob 1109: 25m freed, declined", "bob 1109: 25m planned")
}

// TestPlansOfWhoLeft: of who leaves, sums stay as they were, and nothing by which they
// are found.
func TestPlansOfWhoLeft(t *testing.T) {
	db := openFile(t)
	bob := db.calendar(t, "bob")
	db.apply(t, bob, full(answering("accepted", -1)...))
	s := db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
	db.apply(t, bob, full(answering("declined", 1)...), At(at(1, 0)))
	db.verified(t, at(1, 0), "bob")
	sums := func() (all []Freed) {
		all, err := db.Plans(t.Context(), monday, lastDay)
		must(t, err)
		for i := range all {
			all[i].Person, all[i].Address = "", ""
		}
		return all
	}
	before := sums()
	if len(before) != 2 || !before[1].Recovered {
		t.Fatalf("before, it is %+v", before)
	}
	must(t, db.Leave(t.Context(), at(2, 0), address("bob"), "cli"))
	if d := gocmp.Diff(before, sums()); d != "" {
		t.Errorf("plans (-before +after):\n%s", d)
	}
	if n := db.count(t, "plan WHERE person_id IS NOT NULL OR uid <> '' OR organizer <> '' OR instance <> ''") + db.count(t, "plan_week"); n != 0 {
		t.Errorf("%d rows tell of who left", n)
	}
	db.inPlan(t, func(tx *sql.Tx) error { return freezePlan(t.Context(), tx, at(2, 0), s) })
	if d := gocmp.Diff(before, sums()); d != "" {
		t.Errorf("accepted once more (-before +after):\n%s", d)
	}
}

// TestPlanOfATrialWhoseOrganizerLeft: what it took from others stays theirs, but for what
// lies ahead. That is recovered once, should they come to decline it.
func TestPlanOfATrialWhoseOrganizerLeft(t *testing.T) {
	db := openFile(t)
	yes := answering("accepted", -1)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	db.apply(t, ann, full(yes...))
	db.apply(t, bob, full(yes...))
	s := db.accepted(t, monday, db.suggested(t, "ann", "trial", 1, 2), "this")
	gone := func(week int) calendars.Copy {
		return changed(yes[0], week, func(c *calendars.Copy) { c.Status = calendars.Cancelled })
	}
	off := yes[0]
	off.Spans = append([]calendars.Span{}, off.Spans...)
	without(1, &off)
	without(2, &off)
	for _, c := range []int64{ann, bob} {
		db.apply(t, c, full(off, gone(1), gone(2)), At(at(1, 0)))
	}
	db.verified(t, at(1, 0), "ann")
	for _, week := range []int{1, 2} {
		db.inPlan(t, func(tx *sql.Tx) error {
			return sentPlan(t.Context(), tx, s.ID, s.Epoch, calendars.InstanceAt(at(7*week, 9)), true)
		})
	}
	must(t, db.Leave(t.Context(), at(8, 0), address("ann"), "cli"))
	for _, c := range []int64{ann, bob} { // she has it take place after all
		db.apply(t, c, full(append(yes, gone(1))...), At(at(9, 0)))
	}
	db.accepted(t, at(9, 0), db.suggested(t, "bob", "decline", 2), "this")
	for _, c := range []int64{ann, bob} {
		db.apply(t, c, full(append(answering("declined", 2), gone(1))...), At(at(10, 0)))
	}
	db.verified(t, at(10, 0), "bob")
	all, err := db.Plans(t.Context(), monday, lastDay)
	must(t, err)
	n := map[string]int{}
	for _, f := range all {
		if f.Recovered && f.Address == address("bob") {
			n[f.Start.Format("0102")]++
		}
	}
	if n["1109"] != 1 || n["1116"] != 1 {
		t.Errorf("bob is out of them %v times", n)
	}
}

// TestPlansOfOneWithTwoAddresses: who turns out to be somebody known is out of an
// occurrence once.
func TestPlansOfOneWithTwoAddresses(t *testing.T) {
	db := openTemporary(t)
	series := event("sync", weekly, "ann=accepted", "bob=accepted", "robert=accepted", "dan=accepted")
	db.apply(t, db.calendar(t, "ann"), full(series))
	db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
	db.accepted(t, monday, db.suggested(t, "ann", "trial", 1, 2), "this")
	own := series
	own.People = append([]calendars.Attendee{}, series.People...)
	d := full(own)
	d.Copies[0].Self = address("robert")
	db.apply(t, db.calendar(t, "bob"), d)
	if n := db.count(t, "person WHERE email = 'robert@acme.example'"); n != 0 {
		t.Fatal("the two are not taken for one")
	}
	if n := db.count(t, "plan p JOIN person e ON e.id = p.person_id WHERE e.email = 'bob@acme.example' AND p.instance = '20261109T090000Z' AND p."+planStands); n != 1 {
		t.Errorf("bob is out of one occurrence %d times", n)
	}
	db.verified(t, at(1, 0), "ann", "bob")
}

// TestSlots: the week that an occurrence is of is told by its name, unless that is
// nonsense: weeks are counted one by one.
func TestSlots(t *testing.T) {
	start := at(7, 9).Unix()
	for name, want := range map[calendars.Instance]int64{
		"": start, "20261102T090000Z": at(0, 9).Unix(), "20261102": at(0, 0).Unix(), "00010102T000000Z": start, "99991231T000000Z": start,
	} {
		if got := slotOf(name, start); got != want {
			t.Errorf("%q is of %v, want %v", name, time.Unix(got, 0).UTC(), time.Unix(want, 0).UTC())
		}
	}
}

// TestPlansCost: what an occurrence gives back and what reading and writing instead costs
// are together the time that it took.
func TestPlansCost(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	db.apply(t, ann, full(answering("accepted", -1)...))
	db.apply(t, bob, full(answering("accepted", -1)...))
	db.accepted(t, monday, db.suggested(t, "bob", "decline", 1), "this")
	db.accepted(t, monday, db.suggested(t, "ann", "trial", 2, 3), "this")
	all, err := db.Plans(t.Context(), monday, lastDay)
	must(t, err)
	took := map[string]time.Duration{}
	for _, f := range all {
		if f.Cost <= 0 {
			t.Errorf("%s of %s costs %s", f.Kind, f.Address, f.Cost)
		}
		if f.Accepted {
			took[f.Start.Format("0102 ")+f.Kind] += f.Net + f.Cost
		}
	}
	want := map[string]time.Duration{"1109 decline": 1, "1116 trial": 4, "1123 trial": 4}
	for occurrence, people := range want {
		if took[occurrence] != people*time.Hour {
			t.Errorf("%s took %s, want %d people an hour: %v", occurrence, took[occurrence], people, took)
		}
	}
}
