package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// slot is one instance at one time.
type slot struct {
	instance calendars.Instance
	start    int64
}

// office is a series by ann with bob and cid, as their calendars hold it, and what
// has been read of them.
type office struct {
	sequence  int       // the newest
	clock     time.Time // a millisecond goes by with each step
	series    calendars.Copy
	calledOff bool
	out       map[int]bool            // weeks that ann took out
	moved     map[int]calendars.Copy  // and those that she moved
	removed   map[string]map[int]bool // weeks that a guest took out of their own calendar

	held   map[slot]bool                 // by ann, now
	came   map[slot]time.Time            // when it last came to be held
	went   map[slot]time.Time            // and to be no more
	seen   map[string]map[slot]bool      // what somebody's calendar held when it was last read
	mine   map[string]map[slot]bool      // and what they had taken out themselves by then
	news   map[string]map[slot]time.Time // when that was first read there, since it last was not
	read   map[string]time.Time          // when it was last read
	newest time.Time                     // SEQUENCE
	loud   map[slot]bool                 // it went with a new SEQUENCE
}

var staff = []string{"ann", "bob", "cid"}

func newOffice() *office {
	o := &office{
		clock: at(-1, 0), series: event("sync", weekly, "ann=accepted", "bob=accepted", "cid=accepted"),
		held: map[slot]bool{}, came: map[slot]time.Time{}, went: map[slot]time.Time{}, loud: map[slot]bool{},
		seen: map[string]map[slot]bool{}, mine: map[string]map[slot]bool{}, news: map[string]map[slot]time.Time{}, read: map[string]time.Time{},
	}
	o.asPlanned()
	o.step(true)
	return o
}

// asPlanned forgets what differs from the rule, as a series does that moves.
func (o *office) asPlanned() {
	o.out, o.moved, o.removed = map[int]bool{}, map[int]calendars.Copy{}, map[string]map[int]bool{"bob": {}, "cid": {}}
}

// holds is what somebody's calendar holds now.
func (o *office) holds(who string) []calendars.Copy {
	if o.calledOff {
		return nil
	}
	series := o.series
	series.Spans = nil
	var copies []calendars.Copy
	for week, s := range o.series.Spans {
		m, moved := o.moved[week]
		switch {
		case o.out[week] || o.removed[who][week]:
		case moved:
			copies = append(copies, m)
		default:
			series.Spans = append(series.Spans, s)
		}
	}
	return append(copies, series)
}

func slots(copies []calendars.Copy) map[slot]bool {
	all := map[slot]bool{}
	for _, c := range copies {
		if c.Instance != "" {
			all[slot{c.Instance, c.Start.Unix()}] = true
		}
		for _, s := range c.Spans {
			all[slot{s.Instance, s.Start.Unix()}] = true
		}
	}
	return all
}

// step lets time go by after a change, with a new SEQUENCE if loud.
func (o *office) step(loud bool) {
	o.clock = o.clock.Add(time.Millisecond)
	if loud {
		o.newest = o.clock
	}
	now := slots(o.holds("ann"))
	for s := range now {
		if !o.held[s] {
			o.came[s] = o.clock
		}
	}
	for s := range o.held {
		if !now[s] {
			o.went[s], o.loud[s] = o.clock, loud
		}
	}
	o.held = now
	o.clock = o.clock.Add(time.Millisecond)
}

// listing reads somebody's calendar.
func (o *office) listing(who string) calendars.Delta {
	o.clock = o.clock.Add(time.Millisecond)
	copies := o.holds(who)
	now := slots(copies)
	if o.news[who] == nil {
		o.news[who] = map[slot]time.Time{}
	}
	for s := range now {
		if !o.seen[who][s] {
			o.news[who][s] = o.clock
		}
	}
	o.seen[who], o.mine[who], o.read[who] = now, map[slot]bool{}, o.clock
	for s := range slots(o.holds("ann")) {
		if !now[s] {
			o.mine[who][s] = true
		}
	}
	return full(copies...)
}

// knows says whether any calendar tells that s is held, since it last was not. Once
// one tells of a newer SEQUENCE, those that do not know it tell nothing.
func (o *office) knows(s slot) bool {
	latest := slices.ContainsFunc(staff, func(who string) bool { return !o.read[who].Before(o.newest) })
	return slices.ContainsFunc(staff, func(who string) bool {
		return o.seen[who][s] && !o.news[who][s].Before(o.came[s]) && (!latest || !o.read[who].Before(o.newest))
	})
}

// change is one thing that somebody does.
func (o *office) change(t *rapid.T) {
	week := rapid.IntRange(1, 3).Draw(t, "week")
	loud := true
	switch rapid.SampledFrom([]string{"move", "extend", "extend quietly", "take out", "put back", "move one", "call off", "take up", "guest takes out"}).Draw(t, "change") {
	case "move":
		o.asPlanned()
		o.sequence++
		o.series.Sequence = o.sequence
		o.series.Start = at(rapid.IntRange(0, 4).Draw(t, "day"), 9)
		o.series.End = o.series.Start.Add(time.Hour)
		o.extend(len(o.series.Spans))
	case "extend":
		o.sequence++
		o.series.Sequence = o.sequence
		o.asPlanned()
		o.extend(week + 1)
	case "extend quietly":
		loud = false
		o.extend(max(len(o.series.Spans), week+1))
	case "take out":
		loud = false
		o.out[week] = true
		if week < len(o.series.Spans) { // nothing tells any more that it had been moved
			maps.DeleteFunc(o.loud, func(s slot, _ bool) bool { return s.instance == o.series.Spans[week].Instance })
		}
	case "put back":
		loud = false
		delete(o.out, week)
	case "move one":
		if week < len(o.series.Spans) && !o.out[week] {
			o.sequence++
			o.moved[week] = changed(o.series, week, func(c *calendars.Copy) {
				c.Sequence = o.sequence
				c.Start = c.Start.Add(time.Duration(rapid.IntRange(1, 5).Draw(t, "hours")) * time.Hour)
				c.End = c.Start.Add(time.Hour)
			})
			for _, weeks := range o.removed {
				delete(weeks, week)
			}
		}
	case "call off":
		o.calledOff = true
	case "take up":
		if o.calledOff {
			o.asPlanned()
			o.calledOff = false
			o.sequence++
			o.series.Sequence = o.sequence
		}
	case "guest takes out":
		if _, moved := o.moved[week]; !moved { // its SEQUENCE is newer than what the guest's series has
			o.removed[rapid.SampledFrom(staff[1:]).Draw(t, "guest")][week] = true
		}
	}
	o.step(loud)
}

// extend makes the series one of so many weeks, of four at most.
func (o *office) extend(weeks int) {
	weekly(&o.series)
	o.series.Spans = o.series.Spans[:min(4, weeks)]
	o.series.Rule = fmt.Sprint("FREQ=WEEKLY;COUNT=", len(o.series.Spans))
}

// Whoever changes what, and whoever's calendar is read when or not at all: nothing
// is lost that a calendar tells of, nothing is made up, no answer least of all, and
// once all are read the database says what they say.
func TestCalendarsAreReadInWhateverOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db, err := OpenTemporary(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		defer db.Close()
		if err := db.SetOrganization(t.Context(), Organization{Domains: []string{"acme.example"}}); err != nil {
			rt.Fatal(err)
		}
		o := newOffice()
		read := func(who string) {
			if _, err := db.Apply(t.Context(), db.calendar(t, who), o.listing(who), At(o.clock)); err != nil {
				rt.Fatal(err)
			}
		}
		for _, who := range rapid.Permutation(staff).Draw(rt, "at first") {
			read(who)
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "changes") {
				o.change(rt)
				continue
			}
			read(rapid.SampledFrom(staff).Draw(rt, "read"))
			o.checkMeanwhile(rt, db)
		}
		for range 2 {
			for _, who := range rapid.Permutation(staff).Draw(rt, "at last") {
				read(who)
				o.checkMeanwhile(rt, db)
			}
		}
		want := map[slot][]string{}
		for s := range o.held {
			want[s] = nil
			for _, who := range staff {
				if o.mine[who][s] {
					want[s] = append(want[s], who)
				}
			}
		}
		if d := gocmp.Diff(want, db.declines(rt), gocmp.AllowUnexported(slot{})); d != "" {
			rt.Fatalf("all are read: who declined what takes place (-calendars +store):\n%s", d)
		}
	})
}

// checkMeanwhile holds what is stored against what the calendars read so far tell.
func (o *office) checkMeanwhile(rt *rapid.T, db *DB) {
	stored := db.declines(rt)
	for s := range o.held {
		_, ok := stored[s]
		if !ok && o.knows(s) {
			rt.Fatalf("lost: %v", s)
		}
	}
	for s, declined := range stored {
		for _, who := range declined {
			if o.held[s] && o.knows(s) && !o.mine[who][s] {
				rt.Fatalf("%s did not decline %v", who, s)
			}
		}
		if o.held[s] {
			continue
		}
		for _, who := range staff {
			if !o.read[who].Before(o.went[s]) && (who == "ann" || o.loud[s] && len(o.seen[who]) > 0) {
				rt.Fatalf("%v is over, as the calendar of %s tells", s, who)
			}
		}
	}
}

// declines returns what takes place, and who declined it.
func (db *DB) declines(t *rapid.T) map[slot][]string {
	all := map[slot][]string{}
	err := each(context.Background(), db.read, `SELECT o.instance, o.start_s, p.email, t.response FROM occurrence o
		JOIN attendance t ON t.occurrence_id = o.id JOIN person p ON p.id = t.person_id ORDER BY p.email`, func(rows *sql.Rows) error {
		var s slot
		var email string
		var response calendars.Response
		err := rows.Scan(&s.instance, &s.start, &email, &response)
		declined := all[s]
		if response == calendars.Declined {
			declined = append(declined, short(email))
		}
		all[s] = declined
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
