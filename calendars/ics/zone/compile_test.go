package zone_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/ics/zone"
)

const hour = time.Hour

func standard(start string, from, to time.Duration, rules ...string) zone.Observance {
	return zone.Observance{Start: start, From: from, To: to, Name: "STD", Rules: rules}
}

func daylight(start string, from, to time.Duration, rules ...string) zone.Observance {
	return zone.Observance{Daylight: true, Start: start, From: from, To: to, Name: "DST", Rules: rules}
}

func TestCompile(t *testing.T) {
	tests := []struct {
		name  string
		parts []zone.Observance
		want  map[string]string // instant in UTC → local time
	}{
		{"New York since 2007", []zone.Observance{
			daylight("20070311T020000", -5*hour, -4*hour, "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
			standard("20071104T020000", -4*hour, -5*hour, "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
		}, map[string]string{
			"2000-01-01 12:00": "2000-01-01 07:00 -0500 ",
			"2026-01-01 12:00": "2026-01-01 07:00 -0500 STD",
			"2026-03-08 06:59": "2026-03-08 01:59 -0500 STD",
			"2026-03-08 07:00": "2026-03-08 03:00 -0400 DST",
			"2026-11-01 05:59": "2026-11-01 01:59 -0400 DST",
			"2026-11-01 06:00": "2026-11-01 01:00 -0500 STD",
			"2100-07-01 12:00": "2100-07-01 08:00 -0400 DST",
		}},
		{"Outlook, from 1601, last Sunday", []zone.Observance{
			standard("16010101T030000", 2*hour, hour, "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
			daylight("16010101T020000", hour, 2*hour, "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
		}, map[string]string{
			"2026-03-29 00:59": "2026-03-29 01:59 +0100 STD",
			"2026-03-29 01:00": "2026-03-29 03:00 +0200 DST",
			"2026-10-25 01:00": "2026-10-25 02:00 +0100 STD",
		}},
		{"a rule that ends, one after it, out of order", []zone.Observance{
			standard("20100101T000000", hour, 3*hour),
			daylight("20000326T020000", hour, 2*hour, "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20090329T010000Z"),
			standard("20001029T030000", 2*hour, hour, "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20091025T010000Z"),
		}, map[string]string{
			"2009-03-29 01:00": "2009-03-29 03:00 +0200 DST",
			"2009-12-31 22:00": "2009-12-31 23:00 +0100 STD",
			"2009-12-31 23:00": "2010-01-01 02:00 +0300 STD",
			"2026-07-01 12:00": "2026-07-01 15:00 +0300 STD",
		}},
		{"UNTIL without Z, and as a date", []zone.Observance{
			daylight("20200329T020000", hour, 2*hour, "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20210328T020000"),
			standard("20201025T030000", 2*hour, hour, "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20211031"),
		}, map[string]string{
			"2021-07-01 12:00": "2021-07-01 14:00 +0200 DST",
			"2022-07-01 12:00": "2022-07-01 13:00 +0100 STD",
		}},
		{"a list of dates, in every form", []zone.Observance{
			{Daylight: true, Start: "20250301T020000", From: hour, To: 2 * hour, Name: "DST", Dates: []string{"20260307T020000", "20270306"}},
			{Start: "20251001T030000", From: 2 * hour, To: hour, Name: "STD", Dates: []string{"20261003T010000Z", "20271002T030000/PT1H"}},
		}, map[string]string{
			"2026-03-07 01:00": "2026-03-07 03:00 +0200 DST",
			"2026-10-03 00:59": "2026-10-03 02:59 +0200 DST",
			"2026-10-03 01:00": "2026-10-03 02:00 +0100 STD",
			"2027-07-01 00:00": "2027-07-01 02:00 +0200 DST",
			"2027-12-01 00:00": "2027-12-01 01:00 +0100 STD",
		}},
		{"one observance, half an hour", []zone.Observance{standard("19700101T000000", 5*hour+30*time.Minute, 5*hour+30*time.Minute)},
			map[string]string{"1950-01-01 00:00": "1950-01-01 05:30 +0530 ", "2026-01-01 00:00": "2026-01-01 05:30 +0530 STD"}},
		{"daylight only", []zone.Observance{daylight("20000101T000000", -3*hour, -2*hour)},
			map[string]string{"1999-01-01 00:00": "1998-12-31 21:00 -0300 ", "2026-01-01 00:00": "2025-12-31 22:00 -0200 DST"}},
		{"seconds in the offset", []zone.Observance{standard("18930401T000000", 53*time.Minute+28*time.Second, hour)},
			map[string]string{"1890-01-01 00:00": "1890-01-01 00:53 +0053 ", "1900-01-01 00:00": "1900-01-01 01:00 +0100 STD"}},
		{"names that are none", []zone.Observance{
			{Start: "20000101T000000", From: 0, To: hour, Name: "a name that is far too long"},
			{Start: "20100101T000000", From: 0, To: 2 * hour, Name: "Ö\n"},
		}, map[string]string{"2005-01-01 00:00": "2005-01-01 01:00 +0100 ", "2015-01-01 00:00": "2015-01-01 02:00 +0200 "}},
		{"twice at one instant: the last that is written", []zone.Observance{
			standard("20000101T000000", 0, hour), standard("20000101T000000", 0, 2*hour),
		}, map[string]string{"2005-01-01 00:00": "2005-01-01 02:00 +0200 STD"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			loc, err := zone.Compile(zone.Definition{TZID: "Our zone", Observances: test.parts})
			if err != nil {
				t.Fatal(err)
			}
			if loc.String() != "Our zone" {
				t.Errorf("it is called %q", loc)
			}
			for instant, want := range test.want {
				at, err := time.Parse("2006-01-02 15:04", instant)
				if err != nil {
					t.Fatal(err)
				}
				name, _ := at.In(loc).Zone()
				got := at.In(loc).Format("2006-01-02 15:04 -0700 ") + name
				if got != want {
					t.Errorf("%s: %q, want %q", instant, got, want)
				}
			}
		})
	}
}

// A definition with the rules of a known zone is that zone, hour by hour.
func TestCompiledZoneIsTheZone(t *testing.T) {
	known, _, _ := zone.Lookup("Europe/Berlin")
	loc, err := zone.Compile(zone.Definition{TZID: "Berlin", Observances: []zone.Observance{
		daylight("19810329T020000", hour, 2*hour, "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
		standard("19961027T030000", 2*hour, hour, "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2020; at = at.Add(hour) {
		if got, want := at.In(loc).Format(time.DateTime), at.In(known).Format(time.DateTime); got != want {
			t.Fatalf("%v is %s, in Berlin %s", at, got, want)
		}
	}
}

func TestCompileKnowsLocations(t *testing.T) {
	loc, err := zone.Compile(zone.Definition{TZID: "x", Location: "Europe/Berlin"})
	if err != nil || loc.String() != "Europe/Berlin" {
		t.Errorf("%v, %v", loc, err)
	}
}

func TestDefinitionsThatAreRefused(t *testing.T) {
	tests := []struct {
		name, says string
		parts      []zone.Observance
	}{
		{"empty", "neither STANDARD nor DAYLIGHT", nil},
		{"no start", "DTSTART", []zone.Observance{standard("", 0, hour)}},
		{"no date", "RDATE", []zone.Observance{{Start: "20000101T000000", Dates: []string{"soon"}}}},
		{"no rule", "FREQ is missing", []zone.Observance{standard("20000101T000000", 0, hour, "BYMONTH=3")}},
		{"offset", "offset", []zone.Observance{standard("20000101T000000", 0, 100*hour)}},
		{"every second", "changes of the clock", []zone.Observance{standard("20000101T000000", 0, hour, "FREQ=SECONDLY")}},
		{"never, slowly", "changes of the clock", []zone.Observance{standard("19000101T000000", 0, hour, "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1")}},
	}
	for _, test := range tests {
		loc, err := zone.Compile(zone.Definition{TZID: "Our zone", Observances: test.parts})
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), `"Our zone"`) {
			t.Errorf("%s: %v, error %v", test.name, loc, err)
		}
	}
}

// FuzzCompile makes zones of anything, and reads the clock in them.
func FuzzCompile(f *testing.F) {
	f.Add("20070311T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", -18000, -14400, "20071104T020000", "20081102T020000", -14400, -18000, "EST")
	f.Add("16010101T000000", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20200101T000000Z", 7200, 3600, "00010101T000000", "20200101/PT1H", 0, 86399, "")
	f.Add("20200101T000000", "FREQ=DAILY;COUNT=400", 0, 80000, "20200102T000000", "", 80000, 0, "X")
	f.Fuzz(func(t *testing.T, start, rule string, from, to int, start2, date string, from2, to2 int, name string) {
		def := zone.Definition{TZID: "fuzz", Observances: []zone.Observance{
			{Start: start, Rules: []string{rule}, From: time.Duration(from) * time.Second, To: time.Duration(to) * time.Second, Name: name},
			{Daylight: true, Start: start2, From: time.Duration(from2) * time.Second, To: time.Duration(to2) * time.Second, Name: fmt.Sprint(name, 2)},
		}}
		if date != "" {
			def.Observances[1].Dates = []string{date}
		}
		loc, err := zone.Compile(def)
		if err != nil {
			return
		}
		for year := 1890; year < 2110; year += 5 {
			got := zone.At(year, time.Month(year%12), year%31, year%24, year%60, 0, loc)
			if gap := got.Sub(time.Date(year, time.Month(year%12), year%31, year%24, year%60, 0, 0, time.UTC)).Abs(); gap > 26*time.Hour {
				t.Fatalf("%v is %v from UTC", got, gap)
			}
		}
	})
}
