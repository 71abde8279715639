package recur_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars/ics/recur"
	"unmeet/calendars/ics/zone"
)

// in reads a local time of a zone as At does.
func in(zoneName, text string) time.Time {
	loc, _, ok := zone.Lookup(zoneName)
	if !ok {
		panic("no zone " + zoneName)
	}
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t, err = time.Parse("2006-01-02", text)
	}
	if err != nil {
		panic(err)
	}
	return zone.At(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, loc)
}

func TestBetween(t *testing.T) {
	const ny, berlin = "America/New_York", "Europe/Berlin"
	timed := func(zoneName, start string, rules ...string) recur.Set {
		return recur.Set{Start: in(zoneName, start), Rules: rules}
	}
	allDay := func(zoneName, start string, rules ...string) recur.Set {
		return recur.Set{Start: in(zoneName, start), AllDay: true, Rules: rules}
	}
	with := func(set recur.Set, change func(*recur.Set)) recur.Set {
		change(&set)
		return set
	}
	hour, day := time.Hour, 24*time.Hour
	tests := []struct {
		name     string
		set      recur.Set
		from, to string // UTC
		length   time.Duration
		want     string // "01-02 15:04 -0700" joined by ", "
	}{
		// What DTSTART counts for.
		{"no rule at all", timed(ny, "2026-01-05 09:00"), "2026-01-01", "2026-02-01", hour, "01-05 09:00 -0500"},
		{"DTSTART off the rule is the first, and is not counted", timed("UTC", "2026-01-06 09:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=3"),
			"2026-01-01", "2026-03-01", hour, "01-06 09:00 +0000, 01-12 09:00 +0000, 01-19 09:00 +0000, 01-26 09:00 +0000"},
		{"COUNT=1 off the rule", timed("UTC", "2026-01-06 09:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=1"),
			"2026-01-01", "2026-03-01", hour, "01-06 09:00 +0000, 01-12 09:00 +0000"},
		{"parts without a value, INTERVAL=0, COUNT=-1", timed("UTC", "2026-01-05 09:00", "RRULE:FREQ=WEEKLY;COUNT=-1;INTERVAL=0;BYMONTH=;WKST;Anything;UNTIL=20260112T0900Z"),
			"2026-01-01", "2026-03-01", hour, "01-05 09:00 +0000, 01-12 09:00 +0000"},
		{"UNTIL as a date with a Z", timed("UTC", "2026-01-05 09:00", "FREQ=WEEKLY;UNTIL=20260112Z"),
			"2026-01-01", "2026-03-01", hour, "01-05 09:00 +0000, 01-12 09:00 +0000"},
		{"COUNT counts from DTSTART, not from the window", timed("UTC", "2026-01-01 09:00", "FREQ=DAILY;COUNT=10"),
			"2026-01-09", "2026-03-01", hour, "01-09 09:00 +0000, 01-10 09:00 +0000"},
		{"COUNT that ends before the window", timed("UTC", "1990-01-01 09:00", "FREQ=DAILY;COUNT=100"),
			"2026-01-09", "2026-03-01", hour, ""},
		{"COUNT from far away, weekly", timed("UTC", "1990-01-01 09:00", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3759"),
			"2026-01-01", "2026-02-01", hour, "01-01 09:00 +0000, 01-05 09:00 +0000"},
		{"COUNT from far away, by the second", timed("UTC", "1990-01-01 00:00", "FREQ=SECONDLY;COUNT=1000000000"),
			"2021-09-09 01:46", "2030-01-01", 0, seconds("2021-09-09 01:46", 40)},
		{"a series split at its first instance has none", timed("UTC", "2026-01-05 09:00", "FREQ=WEEKLY;UNTIL=20260104T235959Z"),
			"2026-01-01", "2026-03-01", hour, ""},

		// UNTIL in all forms.
		{"UNTIL in UTC", timed(berlin, "2026-01-05 09:00", "FREQ=DAILY;UNTIL=20260107T080000Z"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0100, 01-06 09:00 +0100, 01-07 09:00 +0100"},
		{"UNTIL in UTC, a second before", timed(berlin, "2026-01-05 09:00", "FREQ=DAILY;UNTIL=20260107T075959Z"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0100, 01-06 09:00 +0100"},
		{"UNTIL without Z is local", timed(berlin, "2026-01-05 09:00", "FREQ=DAILY;UNTIL=20260107T090000"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0100, 01-06 09:00 +0100, 01-07 09:00 +0100"},
		{"UNTIL as a date takes that whole day", timed(ny, "2026-01-05 22:00", "FREQ=DAILY;UNTIL=20260106"),
			"2026-01-01", "2026-02-01", hour, "01-05 22:00 -0500, 01-06 22:00 -0500"},
		{"UNTIL as a date, all-day", allDay(ny, "2026-01-05", "FREQ=DAILY;UNTIL=20260106"),
			"2026-01-01", "2026-02-01", day, "01-05 00:00 -0500, 01-06 00:00 -0500"},
		{"UNTIL in UTC, all-day, is the local midnight", allDay(berlin, "2026-01-05", "FREQ=DAILY;UNTIL=20260105T230000Z"),
			"2026-01-01", "2026-02-01", day, "01-05 00:00 +0100, 01-06 00:00 +0100"},
		{"UNTIL at midnight in UTC, all-day, is that day", allDay(ny, "2026-01-05", "FREQ=DAILY;UNTIL=20260106T000000Z"),
			"2026-01-01", "2026-02-01", day, "01-05 00:00 -0500, 01-06 00:00 -0500"},

		// The clocks change.
		{"9:00 stays 9:00", timed(ny, "2026-03-07 09:00", "FREQ=DAILY;COUNT=3"),
			"2026-03-01", "2026-04-01", hour, "03-07 09:00 -0500, 03-08 09:00 -0400, 03-09 09:00 -0400"},
		{"a time in the gap is read with the offset before", timed(ny, "2026-03-07 02:30", "FREQ=DAILY;COUNT=3"),
			"2026-03-01", "2026-04-01", hour, "03-07 02:30 -0500, 03-08 03:30 -0400, 03-09 02:30 -0400"},
		{"a time that comes twice is the first", timed(ny, "2026-10-31 01:30", "FREQ=DAILY;COUNT=3"),
			"2026-10-01", "2026-12-01", hour, "10-31 01:30 -0400, 11-01 01:30 -0400, 11-02 01:30 -0500"},
		{"hourly over the gap, each hour once", timed(ny, "2026-03-08 00:00", "FREQ=HOURLY;COUNT=5"),
			"2026-03-01", "2026-04-01", 0, "03-08 00:00 -0500, 03-08 01:00 -0500, 03-08 03:00 -0400, 03-08 04:00 -0400"},
		{"half an hour of change", timed("Australia/Lord_Howe", "2026-10-03 02:15", "FREQ=DAILY;COUNT=3"),
			"2026-10-01", "2026-11-01", hour, "10-03 02:15 +1030, 10-04 02:45 +1100, 10-05 02:15 +1100"},
		{"Samoa leaves out 30 December 2011", timed("Pacific/Apia", "2011-12-28 10:00", "FREQ=DAILY;COUNT=5"),
			"2011-12-01", "2012-02-01", hour, "12-28 10:00 -1000, 12-29 10:00 -1000, 12-31 10:00 +1400, 01-01 10:00 +1400"},
		{"Samoa, all-day", allDay("Pacific/Apia", "2011-12-29", "FREQ=DAILY;COUNT=4"),
			"2011-12-01", "2012-02-01", day, "12-29 00:00 -1000, 12-31 00:00 +1400, 01-01 00:00 +1400"},
		{"no midnight in São Paulo", allDay("America/Sao_Paulo", "2018-11-03", "FREQ=DAILY;COUNT=3"),
			"2018-11-01", "2018-12-01", day, "11-03 00:00 -0300, 11-04 01:00 -0200, 11-05 00:00 -0200"},
		{"no midnight in Beirut", allDay("Asia/Beirut", "2022-03-26", "FREQ=DAILY;COUNT=3"),
			"2022-03-01", "2022-04-01", day, "03-26 00:00 +0200, 03-27 01:00 +0300, 03-28 00:00 +0300"},

		// What overlaps the window.
		{"began before, still runs", timed("UTC", "2026-01-05 23:00", "FREQ=DAILY"),
			"2026-01-07", "2026-01-08", 2 * hour, "01-06 23:00 +0000, 01-07 23:00 +0000"},
		{"ends as the window begins", timed("UTC", "2026-01-05 23:00", "FREQ=DAILY"),
			"2026-01-07", "2026-01-08", hour, "01-07 23:00 +0000"},
		{"takes no time", timed("UTC", "2026-01-05 00:00", "FREQ=DAILY"), "2026-01-07", "2026-01-08", 0, "01-07 00:00 +0000"},
		{"all-day over the day the clocks go back", allDay(ny, "2026-11-01"), "2026-11-02 04:30", "2026-11-02 06:00", day, "11-01 00:00 -0400"},
		{"months long", timed("UTC", "2026-01-05 09:00", "FREQ=YEARLY"), "2026-06-01", "2026-06-02", 200 * day, "01-05 09:00 +0000"},

		// RDATE and EXDATE.
		{"RDATE without a rule", with(timed("UTC", "2026-01-05 09:00"), func(s *recur.Set) {
			s.Dates = []recur.Date{{Time: in("UTC", "2026-01-20 10:00"), Duration: recur.Own}, {Time: in("UTC", "2026-01-10 10:00"), Duration: recur.Own}}
		}), "2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-10 10:00 +0000, 01-20 10:00 +0000"},
		{"RDATE on the rule counts once", with(timed("UTC", "2026-01-05 09:00", "FREQ=DAILY;COUNT=2"), func(s *recur.Set) {
			s.Dates = []recur.Date{{Time: in(berlin, "2026-01-06 10:00"), Duration: recur.Own}}
		}), "2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-06 09:00 +0000"},
		{"a PERIOD that reaches into the window", with(timed("UTC", "2026-01-05 09:00"), func(s *recur.Set) {
			s.Dates = []recur.Date{{Time: in("UTC", "2026-01-10 10:00"), Duration: 5 * hour}}
		}), "2026-01-10 14:00", "2026-02-01", hour, "01-10 10:00 +0000"},
		{"EXDATE in another zone is the same instant", with(timed(ny, "2026-01-05 09:00", "FREQ=DAILY;COUNT=3"), func(s *recur.Set) {
			s.Except = []recur.Except{{Time: in(berlin, "2026-01-06 15:00")}}
		}), "2026-01-01", "2026-02-01", hour, "01-05 09:00 -0500, 01-07 09:00 -0500"},
		{"EXDATE of a day takes out the local day", with(timed(ny, "2026-01-05 22:00", "FREQ=DAILY;COUNT=3"), func(s *recur.Set) {
			s.Except = []recur.Except{{Time: in("UTC", "2026-01-06"), Day: true}}
		}), "2026-01-01", "2026-02-01", hour, "01-05 22:00 -0500, 01-07 22:00 -0500"},
		{"EXDATE with a time, all-day, as written", with(allDay(ny, "2026-01-05", "FREQ=DAILY;COUNT=3"), func(s *recur.Set) {
			s.Except = []recur.Except{{Time: in("UTC", "2026-01-06")}}
		}), "2026-01-01", "2026-02-01", day, "01-05 00:00 -0500, 01-07 00:00 -0500"},
		{"EXDATE with a time, all-day, in UTC", with(allDay(berlin, "2026-01-05", "FREQ=DAILY;COUNT=3"), func(s *recur.Set) {
			s.Except = []recur.Except{{Time: in("UTC", "2026-01-05 23:00")}}
		}), "2026-01-01", "2026-02-01", day, "01-05 00:00 +0100, 01-07 00:00 +0100"},
		{"EXDATE of DTSTART", with(timed("UTC", "2026-01-05 09:00", "FREQ=DAILY;COUNT=2"), func(s *recur.Set) {
			s.Except = []recur.Except{{Time: in("UTC", "2026-01-05 09:00")}}
		}), "2026-01-01", "2026-02-01", hour, "01-06 09:00 +0000"},
		{"EXRULE", with(timed("UTC", "2026-01-05 09:00", "FREQ=DAILY;COUNT=5"), func(s *recur.Set) {
			s.ExRules = []string{"FREQ=DAILY;INTERVAL=2"}
		}), "2026-01-01", "2026-02-01", hour, "01-06 09:00 +0000, 01-08 09:00 +0000"},
		{"two rules, both with the same day", timed("UTC", "2026-01-05 09:00", "FREQ=WEEKLY;COUNT=2", "FREQ=DAILY;INTERVAL=3;COUNT=3"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-08 09:00 +0000, 01-11 09:00 +0000, 01-12 09:00 +0000"},

		// Rules that others get wrong, or refuse.
		{"a week number without a day means DTSTART's", timed("UTC", "2026-05-14 09:00", "FREQ=YEARLY;BYWEEKNO=20"),
			"2026-01-01", "2029-01-01", hour, "05-14 09:00 +0000, 05-20 09:00 +0000, 05-18 09:00 +0000"},
		{"week 1 begins in December", timed("UTC", "2024-12-30 09:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"),
			"2024-01-01", "2028-01-01", hour, "12-30 09:00 +0000, 12-29 09:00 +0000, 01-04 09:00 +0000"},
		{"the last week", timed("UTC", "2026-12-28 09:00", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO"),
			"2026-01-01", "2029-01-01", hour, "12-28 09:00 +0000, 12-27 09:00 +0000, 12-25 09:00 +0000"},
		{"BYSETPOS within a week counts the whole week", timed("UTC", "2026-01-07 09:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2"),
			"2026-01-01", "2026-01-20", hour, "01-07 09:00 +0000, 01-14 09:00 +0000"},
		{"numbers of weekdays mean nothing in a week", timed("UTC", "2026-01-05 09:00", "FREQ=WEEKLY;BYDAY=1MO,-1WE;COUNT=3"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-07 09:00 +0000, 01-12 09:00 +0000"},
		{"lower case, X- parts, blanks, a semicolon at the end", timed("UTC", "2026-01-05 09:00", " freq=weekly; byday=mo, tu;X-FOO=1;count=3;"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-06 09:00 +0000, 01-12 09:00 +0000"},
		{"times of day mean nothing all-day", allDay("UTC", "2026-01-05", "FREQ=DAILY;BYHOUR=9,10;COUNT=2"),
			"2026-01-01", "2026-02-01", day, "01-05 00:00 +0000, 01-06 00:00 +0000"},
		{"29 February", timed("UTC", "2024-02-29 09:00", "FREQ=YEARLY"), "2024-01-01", "2034-01-01", hour, "02-29 09:00 +0000, 02-29 09:00 +0000, 02-29 09:00 +0000"},
		{"a leap second is the one before", timed("UTC", "2026-01-05 09:00", "FREQ=MINUTELY;BYSECOND=60;COUNT=1"),
			"2026-01-01", "2026-02-01", 0, "01-05 09:00 +0000, 01-05 09:00:59 +0000"},
		{"a day that never comes", timed("UTC", "2026-02-28 09:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
			"2026-03-01", "2126-01-01", hour, ""},
		{"RFC 7529 with nothing to it", timed("UTC", "2026-01-05 09:00", "RSCALE=GREGORIAN;FREQ=DAILY;SKIP=OMIT;COUNT=2"),
			"2026-01-01", "2026-02-01", hour, "01-05 09:00 +0000, 01-06 09:00 +0000"},
		{"from far away, no count", timed("UTC", "1601-01-01 09:00", "FREQ=DAILY;INTERVAL=100"),
			"2026-01-01", "2026-05-01", hour, "03-14 09:00 +0000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, truncated, err := test.set.Between(in("UTC", test.from), in("UTC", test.to), test.length)
			if err != nil || truncated {
				t.Fatalf("truncated %v, error %v", truncated, err)
			}
			var lines []string
			for _, date := range got {
				layout := "01-02 15:04 -0700"
				if date.Time.Second() != 0 {
					layout = "01-02 15:04:05 -0700"
				}
				lines = append(lines, date.Time.Format(layout))
			}
			if diff := cmp.Diff(test.want, strings.Join(lines, ", ")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// seconds lists the first n seconds from a minute on.
func seconds(minute string, n int) string {
	at := in("UTC", minute)
	lines := []string{at.Format("01-02 15:04 -0700")}
	for i := 1; i < n; i++ {
		lines = append(lines, at.Add(time.Duration(i)*time.Second).Format("01-02 15:04:05 -0700"))
	}
	return strings.Join(lines, ", ")
}

func TestBetweenKeepsDurationsOfPeriods(t *testing.T) {
	start := in("Europe/Berlin", "2026-01-05 09:00")
	set := recur.Set{
		Start: start, Rules: []string{"FREQ=DAILY;COUNT=2"},
		Dates: []recur.Date{{Time: start.AddDate(0, 0, 1).UTC(), Duration: 3 * time.Hour}, {Time: start.AddDate(0, 0, 5), Duration: 0}},
	}
	got, _, err := set.Between(start, start.AddDate(1, 0, 0), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{recur.Own, 3 * time.Hour, 0}
	var durations []time.Duration
	for _, date := range got {
		durations = append(durations, date.Duration)
		if date.Time.Location() != start.Location() {
			t.Errorf("%v is not in the set's location", date.Time)
		}
	}
	if diff := cmp.Diff(want, durations); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	tests := []struct{ rule, names string }{
		{"", "FREQ is missing"},
		{"COUNT=3", "FREQ is missing"},
		{"FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY"},
		{"FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"},
		{"FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"},
		{"FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL=9999"},
		{"FREQ=DAILY;COUNT=0", "COUNT=0"},
		{"FREQ=DAILY;COUNT=x", "COUNT=X"},
		{"FREQ", "FREQ is missing"},
		{"FREQ=;COUNT=2", "FREQ is missing"},
		{"FREQ=DAILY;COUNT=2;COUNT=3", "COUNT stands twice"},
		{"FREQ=DAILY;UNTIL=20260230", "UNTIL=20260230"},
		{"FREQ=DAILY;UNTIL=tomorrow", "UNTIL=TOMORROW"},
		{"FREQ=DAILY;BYMONTH=13", "BYMONTH=13"},
		{"FREQ=DAILY;BYMONTH=0", "BYMONTH=0"},
		{"FREQ=DAILY;BYMONTHDAY=32", "BYMONTHDAY=32"},
		{"FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY=0"},
		{"FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY=367"},
		{"FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54"},
		{"FREQ=DAILY;BYHOUR=24", "BYHOUR=24"},
		{"FREQ=DAILY;BYMINUTE=60", "BYMINUTE=60"},
		{"FREQ=DAILY;BYSECOND=61", "BYSECOND=61"},
		{"FREQ=DAILY;BYSETPOS=0", "BYSETPOS=0"},
		{"FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"},
		{"FREQ=MONTHLY;BYDAY=54MO", "BYDAY=54MO"},
		{"FREQ=MONTHLY;BYDAY=XX", "BYDAY=XX"},
		{"FREQ=MONTHLY;BYDAY=OT", "BYDAY=OT"},
		{"FREQ=MONTHLY;WKST=DO", "WKST=DO"},
		{"FREQ=DAILY;BYEASTER=1", "BYEASTER"},
		{"FREQ=\x00\u202e" + strings.Repeat("x", 500), `FREQ=\x00\u202e`},
	}
	for _, test := range tests {
		set := recur.Set{Start: benchFrom, Rules: []string{test.rule}}
		_, _, err := set.Between(benchFrom, benchTo, 0)
		if err == nil || !strings.Contains(err.Error(), test.names) || len(err.Error()) > 150 {
			t.Errorf("%.60q: error %v does not name %s briefly", test.rule, err, test.names)
		}
		if _, _, lastErr := set.Last(benchTo); lastErr == nil || lastErr.Error() != err.Error() {
			t.Errorf("%.60q: Last says %v, Between %v", test.rule, lastErr, err)
		}
		set = recur.Set{Start: benchFrom, ExRules: []string{test.rule}}
		if _, _, err := set.Between(benchFrom, benchTo, 0); err == nil || !strings.Contains(err.Error(), "EXRULE") {
			t.Errorf("EXRULE %.60q: error %v does not say so", test.rule, err)
		}
	}
	hourly := recur.Set{Start: benchFrom, AllDay: true, Rules: []string{"FREQ=HOURLY"}}
	if _, _, err := hourly.Between(benchFrom, benchTo, 0); err == nil {
		t.Error("an hourly all-day event was taken")
	}
}

// Rules in other calendars (RFC 7529) are named, so that they can be told from
// broken ones.
func TestOtherCalendarsAreUnsupported(t *testing.T) {
	for rule, names := range map[string]string{
		"RSCALE=CHINESE;FREQ=YEARLY":                          "RSCALE=CHINESE",
		"RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L;SKIP=FORWARD":   "RSCALE=HEBREW",
		"RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4": "SKIP=BACKWARD",
	} {
		set := recur.Set{Start: benchFrom, Rules: []string{rule}}
		_, _, err := set.Between(benchFrom, benchTo, 0)
		if !errors.Is(err, recur.ErrUnsupported) || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// Rules made to take long come back with the first occurrences, and say so.
func TestHostileRulesAreTruncated(t *testing.T) {
	start := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		rule  string
		limit int
		found int
	}{
		{"FREQ=SECONDLY", 0, recur.MaxOccurrences},
		{"FREQ=SECONDLY", 10, 10},
		{"FREQ=MINUTELY;BYSECOND=0,1,2,3,4,5,6,7,8,9", 0, recur.MaxOccurrences},
		{"FREQ=SECONDLY;INTERVAL=2;BYSECOND=1", 0, 0},
		{"FREQ=SECONDLY;BYHOUR=3;COUNT=1000000000", 0, 0},
	}
	for _, test := range tests {
		set := recur.Set{Start: start, Rules: []string{test.rule}, Limit: test.limit}
		got, truncated, err := set.Between(benchFrom, benchTo, 0)
		if err != nil || !truncated || len(got) != test.found {
			t.Errorf("%s: %d occurrences, truncated %v, error %v", test.rule, len(got), truncated, err)
		}
		if len(got) > 0 && !got[0].Time.Equal(benchFrom) {
			t.Errorf("%s: first %v", test.rule, got[0].Time)
		}
	}
}

func TestLast(t *testing.T) {
	start := in("Europe/Berlin", "2026-01-05 09:00")
	limit := in("UTC", "2030-01-01")
	tests := []struct {
		name      string
		set       recur.Set
		want      string
		unbounded bool
	}{
		{"alone", recur.Set{Start: start}, "2026-01-05 09:00", false},
		{"COUNT", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY;COUNT=10"}}, "2026-03-09 09:00", false},
		{"COUNT beyond the limit", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY;COUNT=1000"}}, "2029-12-31 09:00", true},
		{"UNTIL", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY;UNTIL=20260201"}}, "2026-01-26 09:00", false},
		{"no end", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY"}}, "2029-12-31 09:00", true},
		{"no end, every second", recur.Set{Start: in("UTC", "2026-01-05 09:00"), Rules: []string{"FREQ=SECONDLY;BYMONTH=3"}, Limit: 1}, "2029-03-31 23:59", true},
		{"the last is taken out", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY;COUNT=2"}, Except: []recur.Except{{Time: start.AddDate(0, 0, 7)}}}, "2026-01-05 09:00", false},
		{"RDATE after the rule", recur.Set{Start: start, Rules: []string{"FREQ=WEEKLY;COUNT=2"}, Dates: []recur.Date{{Time: start.AddDate(0, 3, 0), Duration: time.Hour}}}, "2026-04-05 09:00", false},
		{"RDATE beyond the limit", recur.Set{Start: start, Dates: []recur.Date{{Time: start.AddDate(9, 0, 0), Duration: recur.Own}}}, "2026-01-05 09:00", true},
		{"a long PERIOD before a short one", recur.Set{Start: start, Dates: []recur.Date{
			{Time: start.AddDate(0, 1, 0), Duration: time.Minute}, {Time: start.AddDate(0, 0, 20), Duration: 9000 * time.Hour}}}, "2026-02-05 09:00", false},
		{"all of it after the limit", recur.Set{Start: in("UTC", "2031-01-01"), Rules: []string{"FREQ=DAILY;COUNT=3"}}, "", true},
		{"none", recur.Set{Start: start, Rules: []string{"FREQ=DAILY;UNTIL=20250101"}}, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			last, unbounded, err := test.set.Last(limit)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if !last.IsZero() {
				got = last.Format("2006-01-02 15:04")
			}
			if got != test.want {
				t.Errorf("last is %q, not %q", got, test.want)
			}
			if unbounded != test.unbounded {
				t.Errorf("unbounded is %v", unbounded)
			}
		})
	}
}
