package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/agent/report"
)

// earliest is the first year that may be asked for. Zones are not known much
// further back, and nobody's calendar is.
const earliest = 1900

// day is a date on the command line.
type day struct {
	year  int // 0 where none was given; earliest or later where one was
	month time.Month
	day   int
}

// UnmarshalText reads 2026-10-26.
func (d *day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is no date: it takes one such as 2026-10-26", text)
	}
	if t.Year() < earliest {
		return fmt.Errorf("%s is too long ago: days from %d on are known", text, earliest)
	}
	d.year, d.month, d.day = t.Date()
	return nil
}

// String writes it as UnmarshalText reads it.
func (d day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

func (d day) given() bool { return d.year != 0 }

// in returns when the day begins in zone.
func (d day) in(zone *time.Location) time.Time {
	return report.Day(d.year, d.month, d.day, zone)
}

// zoneSaid reports whether somebody chose the zone that zoneOf returns.
func zoneSaid(name string, c config) bool { return cmp.Or(name, c.Organization.Zone) != "" }

// zoneOf returns the zone that --zone names, else the configuration's, else UTC.
func zoneOf(name string, c config) (*time.Location, error) {
	zone, err := parseZone(cmp.Or(name, c.Organization.Zone, "UTC"))
	if err != nil {
		return nil, usage("zones are named as in the IANA database: Europe/Berlin, America/New_York, UTC", "--zone: %w", err)
	}
	return zone, nil
}

// clock returns the present in zone: what --now says, a date being its beginning
// there.
func (a *app) clock(now string, zone *time.Location) (time.Time, error) {
	if now == "" {
		return a.now().In(zone), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, now, zone); err == nil && t.Year() >= earliest {
			return t, nil
		}
	}
	return time.Time{}, usage("it takes a date or RFC 3339: 2026-11-22, 2026-11-22T09:00:00Z", "--now: %q is no time", now)
}

// window returns when the days of --from and --to begin; zero where they were
// not given.
func window(from, to day, zone *time.Location) (start, end time.Time, err error) {
	if from.given() {
		start = from.in(zone)
	}
	if to.given() {
		end = to.in(zone)
	}
	if from.given() && to.given() && !start.Before(end) {
		return start, end, usage("--to is the day after the last one", "--from %s is not before --to %s",
			start.Format(time.DateOnly), end.Format(time.DateOnly))
	}
	return start, end, nil
}

// addDays moves the beginning of a day by whole days in its zone.
func addDays(t time.Time, days int) time.Time {
	return report.Day(t.Year(), t.Month(), t.Day()+days, t.Location())
}

// noteZone says on stderr where days begin at another time than in the calendars'
// own zone: what is done in UTC because nobody named a zone.
func (a *app) noteZone(l *library, done string, now time.Time) {
	var zones []string
	for _, c := range l.calendars {
		if c.Events() > 0 && !likeUTC(c.Zone, now) {
			zones = append(zones, c.Zone)
		}
	}
	slices.Sort(zones)
	zones = slices.Compact(zones)
	if len(zones) == 0 {
		return
	}
	whose := "the calendar is"
	if len(l.calendars) > 1 {
		whose = "there are calendars"
	}
	a.note("%s in UTC, but %s in %s", done, whose, strings.Join(zones, ", "))
	a.hint("add --zone %s", zones[0])
}

// likeUTC reports whether clocks in a zone show UTC, in winter and in summer.
func likeUTC(name string, now time.Time) bool {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return true // nothing that could be given as --zone
	}
	_, winter := time.Date(now.Year(), time.January, 1, 0, 0, 0, 0, zone).Zone()
	_, summer := time.Date(now.Year(), time.July, 1, 0, 0, 0, 0, zone).Zone()
	return winter == 0 && summer == 0
}
