package recur_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"unmeet/calendars/ics/recur"
	"unmeet/calendars/ics/zone"
)

// someRule draws a rule of frequency freq. Parts are few, as in real rules, but
// any may meet any.
func someRule(t *rapid.T, freq string) string {
	parts := []string{"FREQ=" + freq}
	add := func(name string, chance int, values *rapid.Generator[string]) {
		if rapid.IntRange(0, 99).Draw(t, name+"?") < chance {
			list := rapid.SliceOfNDistinct(values, 1, 4, rapid.ID[string]).Draw(t, name)
			parts = append(parts, name+"="+strings.Join(list, ","))
		}
	}
	numbers := func(least, most int) *rapid.Generator[string] {
		return rapid.Map(rapid.IntRange(least, most), strconv.Itoa)
	}
	signed := func(most int) *rapid.Generator[string] {
		return rapid.Map(rapid.IntRange(-most, most).Filter(func(n int) bool { return n != 0 }), strconv.Itoa)
	}
	weekday := rapid.SampledFrom([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"})
	numbered := rapid.Custom(func(t *rapid.T) string {
		return signed(5).Draw(t, "n") + weekday.Draw(t, "day")
	})
	if rapid.Bool().Draw(t, "interval?") {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", rapid.IntRange(1, 5).Draw(t, "interval")))
	}
	if rapid.IntRange(0, 3).Draw(t, "count?") == 0 {
		parts = append(parts, fmt.Sprintf("COUNT=%d", rapid.IntRange(1, 20).Draw(t, "count")))
	}
	if rapid.IntRange(0, 3).Draw(t, "wkst?") == 0 {
		parts = append(parts, "WKST="+weekday.Draw(t, "wkst"))
	}
	add("BYMONTH", 15, numbers(1, 12))
	add("BYMONTHDAY", 15, signed(31))
	add("BYDAY", 40, rapid.OneOf(weekday, numbered))
	add("BYYEARDAY", 5, signed(366))
	if freq == "YEARLY" {
		add("BYWEEKNO", 20, signed(53))
	}
	add("BYHOUR", 15, numbers(0, 23))
	add("BYMINUTE", 10, numbers(0, 59))
	add("BYSECOND", 5, numbers(0, 59))
	add("BYSETPOS", 15, signed(4))
	return strings.Join(parts, ";")
}

// zones with half hours, changes at midnight, a lost day and both hemispheres.
var testZones = []string{
	"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata",
	"America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca",
}

func someSet(t *rapid.T) (set recur.Set, from, to time.Time, length time.Duration) {
	loc, _, _ := zone.Lookup(rapid.SampledFrom(testZones).Draw(t, "zone"))
	year := rapid.IntRange(2009, 2012).Draw(t, "year")
	start := zone.At(year, 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, loc)
	freq := rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}).Draw(t, "freq")
	window := map[string]int{"YEARLY": 3000, "MONTHLY": 1000, "WEEKLY": 600, "DAILY": 400, "HOURLY": 20, "MINUTELY": 3, "SECONDLY": 1}[freq]
	set = recur.Set{Start: start}
	if window >= 400 && rapid.IntRange(0, 4).Draw(t, "all-day") == 0 {
		set.AllDay = true
		length = time.Duration(rapid.IntRange(1, 3).Draw(t, "days")) * 24 * time.Hour
	} else {
		clock := rapid.SampledFrom([]int{0, 30, 90, 120, 150, 180, 540, 1020, 1439}).Draw(t, "clock")
		set.Start = zone.At(start.Year(), start.Month(), start.Day(), 0, clock, 0, loc)
		length = time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute
	}
	rule := someRule(t, freq)
	if rapid.IntRange(0, 3).Draw(t, "until?") == 0 {
		until := set.Start.AddDate(0, 0, rapid.IntRange(0, window).Draw(t, "until"))
		layout := rapid.SampledFrom([]string{"20060102", "20060102T150405", "20060102T150405Z"}).Draw(t, "form")
		if strings.HasSuffix(layout, "Z") {
			until = until.UTC()
		}
		rule += ";UNTIL=" + until.Format(layout)
	}
	set.Rules = []string{rule}
	if rapid.IntRange(0, 9).Draw(t, "two rules?") == 0 {
		set.Rules = append(set.Rules, someRule(t, freq))
	}
	if rapid.IntRange(0, 9).Draw(t, "exrule?") == 0 {
		set.ExRules = []string{someRule(t, freq)}
	}
	if rapid.IntRange(0, 4).Draw(t, "exdate?") == 0 {
		day := set.Start.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "except"))
		set.Except = []recur.Except{{Time: zone.At(day.Year(), day.Month(), day.Day(), 0, 0, 0, loc), Day: true}}
	}
	from = set.Start.AddDate(0, 0, rapid.IntRange(-10, window-1).Draw(t, "from"))
	return set, from, set.Start.AddDate(0, 0, window), length
}

// TestBetweenAgreesWithTheDefinition compares with the slow expansion.
func TestBetweenAgreesWithTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, from, to, length := someSet(t)
		got, truncated, err := set.Between(from, to, length)
		if err != nil {
			t.Fatalf("%q: %v", set.Rules, err)
		}
		want := slowBetween(set, from, to, length)
		if truncated && len(want) <= recur.MaxOccurrences {
			t.Fatalf("%q was truncated", set.Rules)
		}
		if diff := cmp.Diff(texts(want), texts(times(got))); diff != "" {
			t.Fatalf("%v %q except %v, exrules %q: Between(%v, %v) (-definition +got)\n%s",
				set.Start, set.Rules, set.Except, set.ExRules, from, to, diff)
		}
	})
}

// TestLastIsTheLastOfBetween holds Last against a listing of everything.
func TestLastIsTheLastOfBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, _, limit, _ := someSet(t)
		all, _, err := set.Between(set.Start.AddDate(-1, 0, 0), limit.Add(time.Second), 0)
		if err != nil {
			t.Fatal(err)
		}
		last, unbounded, err := set.Last(limit)
		if err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if len(all) > 0 {
			want = all[len(all)-1].Time
		}
		if !last.Equal(want) {
			t.Fatalf("%v %q: Last(%v) = %v, the last of all is %v", set.Start, set.Rules, limit, last, want)
		}
		ends := true
		for _, rule := range set.Rules {
			ends = ends && (strings.Contains(rule, "COUNT=") || strings.Contains(rule, "UNTIL="))
		}
		if !ends && !unbounded {
			t.Fatalf("%q has no end, but Last says it has", set.Rules)
		}
	})
}

// TestBetweenIsCutAnywhere says that a listing of a period cut in two is the
// listing of the whole, however long occurrences last.
func TestBetweenIsCutAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, from, to, _ := someSet(t)
		middle := from.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "cut") * float64(to.Sub(from)))).Truncate(time.Second)
		var parts [2][]recur.Date
		whole, truncated, err := set.Between(from, to, 0)
		if err != nil || truncated {
			t.Skip("too long to compare")
		}
		for i, span := range [][2]time.Time{{from, middle}, {middle, to}} {
			if parts[i], _, err = set.Between(span[0], span[1], 0); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(texts(times(whole)), texts(times(append(parts[0], parts[1]...)))); diff != "" {
			t.Fatalf("%v %q cut at %v (-whole +parts)\n%s", set.Start, set.Rules, middle, diff)
		}
	})
}

var mixedDays = regexp.MustCompile(`BYDAY=([^;]*,)?(-?[0-9][^;]*,[A-Z]|[A-Z]+,[^;]*[0-9])`)

// TestAgreesWithRRuleGo takes a second opinion where that library is right: in
// UTC, with DTSTART on the rule, without weeks, without BYSETPOS in weeks, and
// where weekdays have numbers all or none.
// (On hours that never come it searches without end, UNTIL or not.)
func TestAgreesWithRRuleGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2024, 1, rapid.IntRange(1, 366).Draw(t, "day"), 9, 0, 0, 0, time.UTC)
		freq := rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}).Draw(t, "freq")
		text := someRule(t, freq)
		mixed := mixedDays.MatchString(text)
		if mixed || strings.Contains(text, "BYWEEKNO") || freq == "WEEKLY" && strings.Contains(text, "BYSETPOS") {
			t.Skip("known to be wrong there")
		}
		window := map[string]int{"YEARLY": 3000, "MONTHLY": 1000, "WEEKLY": 600, "DAILY": 400}[freq]
		var got []recur.Date
		for range 2 { // the second time from an occurrence that is surely on the rule
			set := recur.Set{Start: start, Rules: []string{text}}
			var err error
			if got, _, err = set.Between(start, start.AddDate(0, 0, window), 0); err != nil {
				t.Fatal(err)
			}
			if len(got) < 2 {
				return
			}
			start = got[1].Time
		}
		start = got[0].Time
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatal(err)
		}
		// Asked for more than there is, it searches for centuries.
		option.Dtstart, option.Count = start, len(got)
		theirs, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatal(err)
		}
		want := theirs.All()
		if diff := cmp.Diff(texts(want), texts(times(got))); diff != "" {
			t.Fatalf("%v %s (-rrule-go +got)\n%s", start, text, diff)
		}
	})
}

func times(dates []recur.Date) []time.Time {
	list := make([]time.Time, len(dates))
	for i, date := range dates {
		list[i] = date.Time
	}
	return list
}

func texts(list []time.Time) []string {
	var lines []string
	for _, t := range list {
		lines = append(lines, t.Format("2006-01-02 15:04:05 -0700"))
	}
	return slices.Clip(lines)
}
