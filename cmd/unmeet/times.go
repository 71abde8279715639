package main

import (
	"cmp"
	"fmt"
	"time"

	"unmeet/agent/report"
)

// day is a date on the command line.
type day struct {
	year  int // 0 where none was given
	month time.Month
	day   int
}

// UnmarshalText reads 2026-10-26.
func (d *day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil || t.Year() == 0 {
		return fmt.Errorf("%q is no date: it takes one such as 2026-10-26", text)
	}
	d.year, d.month, d.day = t.Date()
	return nil
}

func (d day) given() bool { return d.year != 0 }

// in returns when the day begins in zone.
func (d day) in(zone *time.Location) time.Time {
	return report.Day(d.year, d.month, d.day, zone)
}

// zoneOf returns the zone that --zone names, else the configuration's.
func zoneOf(name string, c config) (*time.Location, error) {
	zone, err := parseZone(cmp.Or(name, c.Organization.Zone))
	if err != nil {
		return nil, usage("zones are named as in the IANA database: Europe/Berlin, America/New_York, UTC", "--zone: %w", err)
	}
	return zone, nil
}

// clock returns the present: what --now says, a date being its beginning in
// zone.
func (a *app) clock(now string, zone *time.Location) (time.Time, error) {
	if now == "" {
		return a.now(), nil
	}
	if t, err := time.Parse(time.RFC3339, now); err == nil {
		return t, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, now, zone); err == nil {
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
