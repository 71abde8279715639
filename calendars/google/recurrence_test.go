package google

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

func TestEndedBefore(t *testing.T) {
	for _, c := range []struct {
		name         string
		at           calendars.Instance
		lines, ended []string
		already      bool
	}{
		{"without end", "20260309T120000Z", []string{"RRULE:FREQ=WEEKLY;BYDAY=MO"}, []string{"RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260309T115959Z"}, false},
		{"counted", "20260309T120000Z", []string{"RRULE:FREQ=WEEKLY;COUNT=10;WKST=SU"}, []string{"RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20260309T115959Z"}, false},
		{"until later", "20260309T120000Z", []string{"RRULE:UNTIL=20270101T000000Z;FREQ=DAILY"}, []string{"RRULE:FREQ=DAILY;UNTIL=20260309T115959Z"}, false},
		{"until earlier", "20260309T120000Z", []string{"RRULE:FREQ=DAILY;UNTIL=20260301"}, []string{"RRULE:FREQ=DAILY;UNTIL=20260301"}, true},
		{"all day", "20260309", []string{"RRULE:FREQ=WEEKLY"}, []string{"RRULE:FREQ=WEEKLY;UNTIL=20260308"}, false},
		{
			"dates", "20260309T120000Z",
			[]string{"EXDATE;TZID=Europe/Berlin:20260216T130000", "RDATE;TZID=Europe/Berlin:20260306T130000,20260309T130000", "RDATE:20260310T120000Z", "RRULE:FREQ=DAILY;UNTIL=20260301"},
			[]string{"EXDATE;TZID=Europe/Berlin:20260216T130000", "RDATE;TZID=Europe/Berlin:20260306T130000", "RRULE:FREQ=DAILY;UNTIL=20260301"}, false,
		},
		{"periods", "20260309T120000Z", []string{"RDATE;VALUE=PERIOD:20260301T120000Z/PT1H,20260310T120000Z/PT1H"}, []string{"RDATE;VALUE=PERIOD:20260301T120000Z/PT1H"}, false},
		{"unreadable", "20260309T120000Z", []string{"RDATE:tomorrow", "X-RULE:?"}, []string{"RDATE:tomorrow", "X-RULE:?"}, false},
	} {
		got := endedBefore(c.lines, c.at, berlin)
		if diff := gocmp.Diff(c.ended, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if before, after := endsBefore(c.lines, c.at, berlin), endsBefore(got, c.at, berlin); before != c.already || after != (c.name != "unreadable") {
			t.Errorf("%s: ends before: %t, then %t", c.name, before, after)
		}
	}
}

// The two parts of a series that is split make its occurrences and no others.
func TestPartsMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := now.In(berlin).AddDate(0, 0, rapid.IntRange(-40, 0).Draw(t, "day"))
		rule := rapid.SampledFrom([]string{
			"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
		}).Draw(t, "rule")
		switch rapid.IntRange(0, 2).Draw(t, "end") {
		case 1:
			rule += rapid.SampledFrom([]string{";COUNT=3", ";COUNT=40"}).Draw(t, "count")
		case 2:
			rule += rapid.SampledFrom([]string{";UNTIL=20260320T235959Z", ";UNTIL=20260901T000000Z"}).Draw(t, "until")
		}
		lines := []string{"RRULE:" + rule}
		whole := expand(t, start, lines)
		if len(whole) < 2 {
			t.Skip("one occurrence cannot be split")
		}
		n := rapid.IntRange(1, len(whole)-1).Draw(t, "at")
		at, last := calendars.InstanceAt(whole[n]), calendars.InstanceAt(whole[len(whole)-1])
		first := endedBefore(lines, at, berlin)
		if !endsBefore(first, at, berlin) {
			t.Fatalf("%v does not end before %s", first, at)
		}
		got := append(expand(t, start, first), expand(t, whole[n], restFrom(lines, at, last, nil, berlin))...)
		if diff := gocmp.Diff(whole, got); diff != "" {
			t.Fatalf("split at %s (-whole +parts):\n%s", at, diff)
		}
	})
}

// expand lists the occurrences of a series within a year.
func expand(t *rapid.T, start time.Time, lines []string) []time.Time {
	set, err := rrule.StrSliceToRRuleSetInLoc(lines, berlin)
	if err != nil {
		t.Fatal(err)
	}
	set.DTStart(start.In(berlin))
	all := []time.Time{}
	for _, at := range set.Between(start, now.AddDate(1, 0, 0), true) {
		all = append(all, at.UTC())
	}
	return all
}

func TestRestFrom(t *testing.T) {
	lines := []string{
		"EXDATE;TZID=Europe/Berlin:20260216T130000", "RDATE:20260301T120000Z,20260310T120000Z", "RDATE:20260302T120000Z", "RRULE:FREQ=DAILY;COUNT=9",
	}
	want := []string{
		"EXDATE;TZID=Europe/Berlin:20260216T130000", "RDATE:20260310T120000Z", "RRULE:FREQ=DAILY;UNTIL=20260311T120000Z", "EXDATE:20260310T120000Z",
	}
	if diff := gocmp.Diff(want, restFrom(lines, "20260309T120000Z", "20260311T120000Z", []calendars.Instance{"20260310T120000Z"}, berlin)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := restFrom([]string{"RRULE:FREQ=DAILY"}, "20260309", "20270101", []calendars.Instance{"20260310"}, berlin); !gocmp.Equal(got, []string{"RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260310"}) {
		t.Errorf("got %v", got)
	}
}

func TestSameRecurrence(t *testing.T) {
	a := []string{"RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260309T115959Z", "EXDATE:20260216T130000Z"}
	for _, c := range []struct {
		b    []string
		same bool
	}{
		{a, true},
		{[]string{"EXDATE:20260216T130000Z", "rrule:UNTIL=20260309T115959Z;freq=weekly;BYDAY=MO"}, true},
		{a[:1], false},
		{[]string{"RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE:20260216T130000Z"}, false},
	} {
		if got := sameRecurrence(a, c.b); got != c.same {
			t.Errorf("%v: %t", c.b, got)
		}
	}
}
