package main

import (
	"testing"
	"time"
)

func TestDay(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	var d day
	if d.given() {
		t.Error("a day that nobody gave passes for one")
	}
	if err := d.UnmarshalText([]byte("2026-11-01")); err != nil {
		t.Fatal(err)
	}
	if got, want := d.in(zone).UTC().Format(time.RFC3339), "2026-11-01T04:00:00Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, text := range []string{"", "today", "2026-02-30", "26-10-2026", "2026-10-26T00:00:00Z", "0000-01-01", "0001-01-01", "1899-12-31"} {
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passes for a date", text)
		}
	}
}

func TestClock(t *testing.T) {
	zone := time.FixedZone("east", 2*3600)
	a := &app{now: func() time.Time { return time.Unix(0, 0) }}
	for text, want := range map[string]string{
		"":                     "1970-01-01T00:00:00Z",
		"2026-11-22":           "2026-11-21T22:00:00Z",
		"2026-11-22T09:00":     "2026-11-22T07:00:00Z",
		"2026-11-22T09:00:00Z": "2026-11-22T09:00:00Z",
	} {
		got, err := a.clock(text, zone)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"noon", "0001-01-01"} {
		if _, err := a.clock(text, zone); err == nil {
			t.Errorf("%q passes for a time", text)
		}
	}
}
