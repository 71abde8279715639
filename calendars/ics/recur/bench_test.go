package recur_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

	"unmeet/calendars/ics/recur"
	"unmeet/calendars/ics/zone"
)

// benchSets are series as calendars have them, in the mix they come in.
func benchSets() []recur.Set {
	rules := []string{
		"FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20271231T235959Z", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
		"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=DAILY", "FREQ=DAILY;COUNT=200", "FREQ=WEEKLY;COUNT=30",
		"FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
		"FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14", "FREQ=WEEKLY;BYDAY=TH;WKST=SU",
	}
	names := []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Los_Angeles", "UTC"}
	sets := make([]recur.Set, 6124)
	for i := range sets {
		loc, _, _ := zone.Lookup(names[i%len(names)])
		start := zone.At(2023+i%4, 1, 1+i%300, 8+i%9, 30*(i%2), 0, loc)
		sets[i] = recur.Set{Start: start, Rules: []string{rules[i%len(rules)]}}
		if i%10 == 0 {
			sets[i].Except = []recur.Except{{Time: start.AddDate(0, 0, 7)}}
		}
	}
	return sets
}

var (
	benchFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	benchTo   = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
)

// BenchmarkYear expands a year of 6,124 series, as many as 20,000 events have.
func BenchmarkYear(b *testing.B) {
	sets := benchSets()
	b.ReportAllocs()
	for b.Loop() {
		found := 0
		for i := range sets {
			dates, _, err := sets[i].Between(benchFrom, benchTo, 30*time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			found += len(dates)
		}
		b.ReportMetric(float64(found), "occurrences")
	}
}

// BenchmarkYearRRuleGo does the same with rrule-go, for comparison.
func BenchmarkYearRRuleGo(b *testing.B) {
	sets := benchSets()
	b.ReportAllocs()
	for b.Loop() {
		found := 0
		for _, set := range sets {
			option, err := rrule.StrToROption(set.Rules[0])
			if err != nil {
				b.Fatal(err)
			}
			option.Dtstart = set.Start
			rule, err := rrule.NewRRule(*option)
			if err != nil {
				b.Fatal(err)
			}
			var all rrule.Set
			all.RRule(rule)
			for _, except := range set.Except {
				all.ExDate(except.Time)
			}
			found += len(all.Between(benchFrom, benchTo, true))
		}
		b.ReportMetric(float64(found), "occurrences")
	}
}

// BenchmarkHostile expands a year of rules made to take long.
func BenchmarkHostile(b *testing.B) {
	for _, rule := range []string{
		"FREQ=SECONDLY", "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1", "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=SECONDLY;COUNT=1000000000", "FREQ=SECONDLY;BYHOUR=3;COUNT=1000000000",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=1000000000;BYMONTH=1",
	} {
		set := recur.Set{Start: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), Rules: []string{rule}}
		b.Run(fmt.Sprint(rule), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := set.Between(benchFrom, benchTo, time.Minute); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
