package recur_test

import (
	"slices"
	"testing"
	"time"

	"unmeet/calendars/ics/recur"
)

// FuzzBetween feeds rules of any text: no panic, no endless search, and what
// comes back is in order, within the window and not too much.
func FuzzBetween(f *testing.F) {
	for _, rule := range []string{
		"FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20271231T235959Z", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5",
		"FREQ=YEARLY;BYWEEKNO=53,-1;WKST=SU", "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1", "FREQ=HOURLY;BYSETPOS=-1;BYMINUTE=1,2",
		"freq=daily;;x-a=b;", "FREQ=YEARLY;BYYEARDAY=-366;BYHOUR=0,1,2,3;BYMINUTE=59;BYSECOND=60", "RSCALE=CHINESE;FREQ=YEARLY",
	} {
		f.Add(rule, "", int64(1767258000), int64(1767258000), int32(31*86400), false)
		f.Add(rule, "FREQ=WEEKLY", int64(-62135596800), int64(253402300799), int32(86400), true)
	}
	loc := in("America/New_York", "2026-01-01").Location()
	f.Fuzz(func(t *testing.T, rule, exRule string, start, from int64, span int32, allDay bool) {
		set := recur.Set{Start: time.Unix(start, 0).In(loc), AllDay: allDay, Rules: []string{rule}, Limit: 1000}
		if exRule != "" {
			set.ExRules = []string{exRule}
		}
		begin := time.Unix(from, 0)
		end := begin.Add(time.Duration(span) * time.Second)
		got, truncated, err := set.Between(begin, end, time.Hour)
		if err != nil {
			if got != nil || truncated {
				t.Fatal("occurrences beside an error")
			}
			return
		}
		if len(got) > 1002 {
			t.Fatalf("%d occurrences are more than the limit", len(got))
		}
		if !slices.IsSortedFunc(got, func(a, b recur.Date) int { return a.Time.Compare(b.Time) }) {
			t.Fatal("not in order")
		}
		for _, date := range got {
			if !date.Time.Before(end) {
				t.Fatalf("%v is beyond the window", date.Time)
			}
		}
		last, _, err := set.Last(end)
		if err != nil {
			t.Fatalf("Last: %v", err)
		}
		if last.After(end) {
			t.Fatalf("Last %v is after %v", last, end)
		}
	})
}
