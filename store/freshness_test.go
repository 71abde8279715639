package store

import (
	"database/sql"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// reading is one calendar as it is read at an hour of the first Monday.
type reading struct {
	owner string
	hour  float64
	calendars.Delta
}

// who renders when a meeting takes place and who is there: "Mon 2 09:00 ann bob, ".
func (db *DB) who(t testing.TB) (all string) {
	t.Helper()
	for _, line := range db.derivedLines(t) {
		_, rest, _ := strings.Cut(line, ": ")
		when, rest, _ := strings.Cut(rest, "-")
		all += when
		people := strings.Split(rest[strings.LastIndex(rest, `"; `)+3:], ", ")
		for _, p := range people {
			if !strings.HasSuffix(p, "m") {
				p = "(" + p + ")" // is not there
			}
			name, answer, _ := strings.Cut(p, " ")
			if strings.HasPrefix(p, "(") {
				name += " " + answer
			}
			all += " " + name
		}
		all += ", "
	}
	return strings.TrimSuffix(all, ", ")
}

// What calendars tell that were not read at the same time.
func TestDeriveFromCalendarsReadAtDifferentTimes(t *testing.T) {
	everybody := []string{"ann=accepted", "bob=accepted", "cid=accepted"}
	series := event("sync", weekly, everybody...)
	with := func(c calendars.Copy, change func(*calendars.Copy)) calendars.Copy {
		c.Spans = append([]calendars.Span(nil), c.Spans...)
		change(&c)
		return c
	}
	moved := event("sync", func(c *calendars.Copy) { c.Sequence, c.Start, c.End = 1, at(1, 14), at(1, 15); weekly(c) }, everybody...)
	two := with(series, func(c *calendars.Copy) { c.Rule, c.Spans = "FREQ=WEEKLY;COUNT=2", c.Spans[:2] })
	extended := with(series, func(c *calendars.Copy) { c.Sequence = 1 })
	quietly := with(series, func(*calendars.Copy) {})
	less := with(series, func(c *calendars.Copy) { without(1, c) })
	oneMoved := changed(series, 1, func(c *calendars.Copy) { c.Sequence, c.Start, c.End = 1, at(8, 15), at(8, 16) })
	loud := with(series, func(c *calendars.Copy) {
		c.Sequence, c.Start, c.End = 9, at(2, 14), at(2, 15)
		weekly(c)
	})
	cancelled := with(series, func(c *calendars.Copy) { c.Status = calendars.Cancelled })
	late := with(series, func(c *calendars.Copy) { c.Spans = c.Spans[2:] })
	again := with(series, func(c *calendars.Copy) { c.Sequence = 1 })
	const (
		all     = "Mon 2 09:00 ann bob cid, Mon 9 09:00 ann bob cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"
		onMoved = "Tue 3 14:00 ann bob cid, Tue 10 14:00 ann bob cid, Tue 17 14:00 ann bob cid, Tue 24 14:00 ann bob cid"
	)
	before := []reading{{"ann", 0, full(series)}, {"bob", 0, full(series)}, {"cid", 0, full(series)}}
	tests := []struct {
		name     string
		readings []reading
		want     string
	}{
		{"the organizer moved her series, a guest is read first", append(before[:3:3], reading{"bob", 1, full(moved)}), onMoved},
		{"all are read", append(before[:3:3], reading{"bob", 1, full(moved)}, reading{"cid", 2, full(moved)}, reading{"ann", 3, full(moved)}), onMoved},
		{"the organizer first", append(before[:3:3], reading{"ann", 1, full(moved)}), onMoved},
		{"she is read again, and it is not so", append(before[:3:3], reading{"bob", 1, full(loud)}, reading{"ann", 2, full(series)}),
			"Mon 2 09:00 ann (bob own:declined) cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann (bob own:declined) cid, Mon 23 09:00 ann (bob own:declined) cid"},
		{"and stays so, however often the guest is read", append(before[:3:3], reading{"bob", 1, full(loud)}, reading{"ann", 2, full(series)}, reading{"bob", 3, full(loud)}),
			"Mon 2 09:00 ann (bob own:declined) cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann (bob own:declined) cid, Mon 23 09:00 ann (bob own:declined) cid"},
		{"it is enough that nothing changed in hers", append(before[:3:3], reading{"bob", 1, full(loud)}, reading{"ann", 2, calendars.Delta{From: monday, To: lastDay}}),
			"Mon 2 09:00 ann (bob own:declined) cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann (bob own:declined) cid, Mon 23 09:00 ann (bob own:declined) cid"},
		{"she extended it", []reading{{"ann", 0, full(two)}, {"bob", 0, full(two)}, {"cid", 0, full(two)}, {"bob", 1, full(extended)}}, all},
		{"without saying so", []reading{{"ann", 0, full(two)}, {"bob", 0, full(two)}, {"cid", 0, full(two)}, {"bob", 1, full(quietly)}}, all},
		{"which she turns out not to have done", []reading{{"ann", 0, full(two)}, {"bob", 0, full(two)}, {"cid", 0, full(two)}, {"bob", 1, full(quietly)}, {"ann", 2, full(two)}},
			"Mon 2 09:00 ann bob cid, Mon 9 09:00 ann bob cid"},
		{"nor do guests know of it who were read before", []reading{{"ann", 0, full(two)}, {"bob", 0, full(two)}, {"cid", 0, full(two)}, {"cid", 1, full(quietly)}}, all},
		{"she moved one instance", append(before[:3:3], reading{"bob", 1, full(less, oneMoved)}),
			"Mon 2 09:00 ann bob cid, Tue 10 15:00 ann bob cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"},
		{"she takes one out", append(before[:3:3], reading{"ann", 1, full(less)}),
			"Mon 2 09:00 ann bob cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"},
		{"and puts it back", append(before[:3:3], reading{"ann", 1, full(less)}, reading{"bob", 1, full(less)}, reading{"ann", 2, full(series)}), all},
		{"which a guest is read of first", append(before[:3:3], reading{"ann", 1, full(less)}, reading{"bob", 1, full(less)}, reading{"bob", 2, full(series)}), all},
		{"a guest takes one out", append(before[:3:3], reading{"bob", 1, full(less)}),
			"Mon 2 09:00 ann bob cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"},
		{"one that had been put back", append(before[:3:3], reading{"ann", 1, full(less)}, reading{"bob", 1, full(less)}, reading{"ann", 2, full(series)}, reading{"bob", 3, full(less)}),
			"Mon 2 09:00 ann bob cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"},
		{"an answer does not undo that", append(before[:3:3], reading{"bob", 1, full(less)}, reading{"ann", 2, full(with(series, func(c *calendars.Copy) {
			c.People = []calendars.Attendee{attending("ann=accepted"), attending("bob=accepted"), attending("cid=tentative")}
		}))}), "Mon 2 09:00 ann bob cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann bob cid, Mon 23 09:00 ann bob cid"},
		{"she calls it off, guests are not read any more", append(before[:3:3], reading{"ann", 1, full()}), ""},
		{"as a source says that tells of nothing else", append(before[:3:3], reading{"ann", 1, calendars.Delta{From: monday, To: lastDay, Gone: []calendars.RemoteID{"sync"}}}), ""},
		{"from then on", append(before[:3:3], reading{"ann", 24*7 + 12, full()}), "Mon 2 09:00 ann bob cid, Mon 9 09:00 ann bob cid"},
		{"what she did not know of by then was held too", []reading{{"ann", 0, full(two)}, {"bob", 0, full(two)}, {"cid", 0, full(two)}, {"bob", 1, full(quietly)}, {"ann", 24 * 16, full()}},
			"Mon 2 09:00 ann bob cid, Mon 9 09:00 ann bob cid, Mon 16 09:00 ann bob cid"},
		{"guests who are read later have it still", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 2, full(series)}), all},
		{"and keep it, however often she is read", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 2, full(series)}, reading{"ann", 3, full()}), all},
		{"until it is gone from theirs", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 2, full(series)}, reading{"cid", 3, full()}), ""},
		{"she takes it up again", append(before[:3:3], reading{"ann", 1, full()}, reading{"ann", 2, full(series)}), all},
		{"and off once more before she is read", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 2, full(again)}, reading{"ann", 3, full()}), ""},
		{"without a word", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 1, full()}, reading{"cid", 2, full(series)}, reading{"ann", 3, full()}), ""},
		{"when nobody had it any more", append(before[:3:3], reading{"ann", 1, full()}, reading{"bob", 1, full()}, reading{"cid", 1, full()},
			reading{"cid", 2, full(again)}, reading{"ann", 3, full()}), ""},
		{"and a guest has it still, however often she is read", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 2, full(again)}, reading{"ann", 3, full()},
			reading{"cid", 4, full(again)}, reading{"ann", 5, full()}), all},
		{"what was over in between stays called off", append(before[:3:3], reading{"ann", 1, full()}, reading{"cid", 1, full()},
			reading{"cid", 24 * 8, full(late)}, reading{"ann", 24 * 9, full()}), ""},
		{"her calendar could not be read whole", append(before[:3:3], reading{"ann", 1, calendars.Delta{Full: true, From: monday, To: lastDay, Skipped: []calendars.Skip{{}}}}), all},
		{"a guest's is gone, hers not", append(before[:3:3], reading{"bob", 1, full()}), all},
		{"a guest was uninvited, and is invited again", append(before[:3:3], reading{"bob", 1, full(cancelled)}, reading{"ann", 2, full(again)}), all},
		{"and was read since", append(before[:3:3], reading{"bob", 1, full(cancelled)}, reading{"ann", 2, full(again)}, reading{"bob", 3, full(cancelled)}),
			"Mon 2 09:00 ann (bob own:declined) cid, Mon 9 09:00 ann (bob own:declined) cid, Mon 16 09:00 ann (bob own:declined) cid, Mon 23 09:00 ann (bob own:declined) cid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			for _, r := range tt.readings {
				db.apply(t, db.calendar(t, r.owner), r.Delta, At(at(0, r.hour)))
			}
			if got := db.who(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			before := db.derivedLines(t)
			if err := db.change(t.Context(), func(tx *sql.Tx) error { return deriveAnew(t.Context(), db, tx) }); err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(before, db.derivedLines(t)); d != "" {
				t.Errorf("all derived anew (-before +after):\n%s", d)
			}
		})
	}
}

// What a calendar holds when it is first read it may have held for long.
func TestFirstReadingGoesByWhatWasModified(t *testing.T) {
	series := event("sync", func(c *calendars.Copy) { weekly(c); c.Modified = at(-7, 0) }, "ann", "bob")
	less := series
	without(1, &less)
	db := openFile(t)
	db.apply(t, db.calendar(t, "bob"), full(less))
	db.apply(t, db.calendar(t, "ann"), full(series), At(at(0, 1)))
	if got, want := db.who(t), "Mon 2 09:00 ann bob, Mon 9 09:00 ann (bob own:declined), Mon 16 09:00 ann bob, Mon 23 09:00 ann bob"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The days that come into view as time goes by are nothing new.
func TestRollingWindowsAreNoNews(t *testing.T) {
	series := event("sync", weekly, "ann", "bob")
	upTo := func(week int, c calendars.Copy) calendars.Delta {
		for len(c.Spans) > 0 && !c.Spans[len(c.Spans)-1].Start.Before(at(7*week, 0)) {
			c.Spans = c.Spans[:len(c.Spans)-1]
		}
		return weeks(0, week, c)
	}
	less := series
	without(1, &less)
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	for week := 2; week <= 4; week++ {
		db.apply(t, ann, upTo(week, series), At(at(0, float64(2*week))))
		if week < 4 {
			db.apply(t, bob, upTo(week, less), At(at(0, float64(2*week+1))))
		}
	}
	if got, want := db.who(t), "Mon 2 09:00 ann bob, Mon 9 09:00 ann (bob own:declined), Mon 16 09:00 ann bob, Mon 23 09:00 ann bob"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Erasing what was read of an organizer takes with it that she called things off.
func TestWithdrawnIsErasedWithItsCalendar(t *testing.T) {
	db := openFile(t)
	db.connected(t, "ann")
	ann, bob := db.primary(t, "ann"), db.calendar(t, "bob")
	plan := event("plan", nil, "ann", "bob")
	db.apply(t, ann, full(plan))
	db.apply(t, bob, full(plan))
	db.apply(t, ann, full(), At(at(0, 1)))
	count := func() (n int) {
		if err := db.read.QueryRow(`SELECT COUNT(*) FROM withdrawn`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count() != 1 || db.who(t) != "" {
		t.Errorf("%d withdrawn, held %q", count(), db.who(t))
	}
	if err := db.Disconnect(t.Context(), at(0, 2), "google", address("ann")); err != nil {
		t.Fatal(err)
	}
	if count() != 0 {
		t.Errorf("%d withdrawn after all was erased", count())
	}
}

// What was called off goes with the last trace of the meeting, whosever that is.
func TestWithdrawnIsErasedWithItsMeeting(t *testing.T) {
	db := openFile(t)
	db.connected(t, "bob")
	ann, bob := db.calendar(t, "ann"), db.primary(t, "bob")
	plan := event("plan", nil, "ann", "bob")
	db.apply(t, ann, full(plan))
	db.apply(t, bob, full(plan))
	db.apply(t, ann, full(), At(at(0, 1)))
	if err := db.Disconnect(t.Context(), at(0, 2), "google", address("bob")); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.read.QueryRow(`SELECT COUNT(*) FROM withdrawn`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d withdrawn after the last copy was erased, %v", n, err)
	}
}

// primary is the calendar of somebody who connected.
func (db *DB) primary(t testing.TB, name string) int64 {
	t.Helper()
	id, err := db.AddCollection(t.Context(), Collection{Kind: "google", Remote: "primary", Owner: address(name)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
