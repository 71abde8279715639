package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/store"
)

// Weeks are told together from the first on until five people were asked: what goes is
// always all of such weeks, or weeks that were never told.
func TestOutcomesGoWithAllWeeksThatTheyAreToldWith(t *testing.T) {
	monday := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	week := func(n int) time.Time { return monday.AddDate(0, 0, 7*n) }
	c := defaults()
	c.Organization.KeepDays = 98 // 14 weeks
	for _, test := range []struct {
		asked [][]int // by week, who is asked
		now   int     // week
		want  int     // first week of outcomes that is kept
	}{
		{nil, 20, 6},
		{[][]int{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {5}, {1, 2, 3, 4, 5}}, 18, 2},
		{[][]int{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {5}, {1, 2, 3, 4, 5}}, 21, 7},
		{[][]int{{1, 2, 3, 4, 5}, {1, 2}, {1}, {1, 2}}, 18, 4},
	} {
		db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
		if err != nil {
			t.Fatal(err)
		}
		for n, people := range test.asked {
			for _, person := range people {
				address := fmt.Sprintf("p%d@acme.example", person)
				if err := db.Enrol(t.Context(), address); err != nil {
					t.Fatal(err)
				}
				at := week(n).Add(9 * time.Hour)
				err := db.Offer(t.Context(), at, store.Digest{
					Person:      address,
					Suggestions: []store.NewSuggestion{{UID: fmt.Sprint("m", n), Organizer: "ann@acme.example", Kind: "split", Starts: at.Add(time.Hour), Expires: at.Add(time.Hour), Closes: at.Add(time.Hour)}},
					Mail:        store.NewMail{MessageID: fmt.Sprint(n, address), Person: address, To: address, From: "unmeet@acme.example", MIME: []byte("words"), Deadline: at.Add(time.Hour)},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		kept, err := keptFrom(t.Context(), db, c, week(test.now).Add(50*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if want := week(test.now - 14); !kept.From.Equal(want) || !kept.Outcomes.Equal(week(test.want)) {
			t.Errorf("in week %d: all from %v, outcomes from %v; want %v and %v", test.now, kept.From, kept.Outcomes, want, week(test.want))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheDaemonLetsGoOfWhatIsOld(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	// 400 days before is a Tuesday: what is of its week is kept.
	for _, at := range []time.Time{now.AddDate(0, 0, -403), now.AddDate(0, 0, -401), now} {
		if _, err := db.BeginAudit(t.Context(), store.Audited{At: at, By: "root", Command: "pause"}); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	r := retainer{&app{ctx: t.Context(), now: func() time.Time { return now }}, db, slog.New(slog.NewTextHandler(&log, nil))}
	if err := r.sweep(t.Context(), defaults()); err != nil {
		t.Fatal(err)
	}
	left, err := db.Audits(t.Context(), time.Time{}, "")
	if err != nil || len(left) != 2 || !strings.Contains(log.String(), "before=2025-10-13 ") {
		t.Errorf("%d are left, %v: %s", len(left), err, log.String())
	}
}
