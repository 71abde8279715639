package zone_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/calendars/ics/zone"
)

func TestAt(t *testing.T) {
	tests := []struct{ name, zone, local, want string }{
		{"plain", "Europe/Berlin", "2026-01-05 09:00:00", "2026-01-05T09:00:00+01:00"},
		{"in the gap: offset before", "America/New_York", "2026-03-08 02:30:00", "2026-03-08T03:30:00-04:00"},
		{"first second of the gap", "America/New_York", "2026-03-08 02:00:00", "2026-03-08T03:00:00-04:00"},
		{"last second before the gap", "America/New_York", "2026-03-08 01:59:59", "2026-03-08T01:59:59-05:00"},
		{"first second after the gap", "America/New_York", "2026-03-08 03:00:00", "2026-03-08T03:00:00-04:00"},
		{"twice: the first", "America/New_York", "2026-11-01 01:30:00", "2026-11-01T01:30:00-04:00"},
		{"after it came twice", "America/New_York", "2026-11-01 02:00:00", "2026-11-01T02:00:00-05:00"},
		{"east of Greenwich, gap", "Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T03:30:00+02:00"},
		{"east of Greenwich, twice", "Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T02:30:00+02:00"},
		{"half an hour", "Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-04T02:45:00+11:00"},
		{"no midnight", "America/Sao_Paulo", "2018-11-04 00:00:00", "2018-11-04T01:00:00-02:00"},
		{"midnight twice", "America/Havana", "2026-11-01 00:30:00", "2026-11-01T00:30:00-04:00"},
		{"a day that never was", "Pacific/Apia", "2011-12-30 10:00:00", "2011-12-31T10:00:00+14:00"},
		{"last day of a leap year", "America/New_York", "2028-12-31 09:00:00", "2028-12-31T09:00:00-05:00"},
		{"before all changes", "Europe/Berlin", "1700-01-01 12:00:00", "1700-01-01T12:00:00+00:53"},
		{"far away", "Europe/Berlin", "9999-07-01 12:00:00", "9999-07-01T12:00:00+02:00"},
	}
	for _, test := range tests {
		loc, _, _ := zone.Lookup(test.zone)
		local, err := time.Parse(time.DateTime, test.local)
		if err != nil {
			t.Fatal(err)
		}
		got := zone.At(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), loc)
		if got.Format(time.RFC3339) != test.want {
			t.Errorf("%s: %s %s is %s, want %s", test.name, test.local, test.zone, got.Format(time.RFC3339), test.want)
		}
		if got.Location() != loc {
			t.Errorf("%s: not in its location", test.name)
		}
	}
	if got, want := zone.At(2026, 14, -1, 25, 61, 61, time.UTC), time.Date(2026, 14, -1, 25, 61, 61, 0, time.UTC); !got.Equal(want) {
		t.Errorf("values beyond their ranges: %v, want %v", got, want)
	}
}

// TestAtFindsTheFirstReading says what At promises, for any time and zone: the
// clock shows it and showed it at no earlier instant; or no clock shows it, and
// the offset is the one before the gap.
func TestAtFindsTheFirstReading(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana",
		"Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns"}
	rapid.Check(t, func(t *rapid.T) {
		loc, _, _ := zone.Lookup(rapid.SampledFrom(zones).Draw(t, "zone"))
		local := time.Unix(rapid.Int64Range(-1<<31, 1<<33).Draw(t, "local")/900*900, 0).UTC()
		if rapid.Bool().Draw(t, "near a change?") {
			_, end := local.In(loc).ZoneBounds()
			if !end.IsZero() {
				local = wall(end).Add(time.Duration(rapid.IntRange(-12, 12).Draw(t, "quarters")) * 15 * time.Minute)
			}
		}
		got := zone.At(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), loc)
		offsets := map[int]bool{}
		for hours := -30; hours <= 30; hours++ {
			_, offset := local.Add(time.Duration(hours) * time.Hour).In(loc).Zone()
			offsets[offset] = true
		}
		shown := false
		for offset := range offsets {
			reading := local.Add(-time.Duration(offset) * time.Second).In(loc)
			if wall(reading).Equal(local) {
				shown = true
				if reading.Before(got) {
					t.Fatalf("%v in %v is %v, but %v comes first", local, loc, got, reading)
				}
			}
		}
		if shown && !wall(got).Equal(local) {
			t.Fatalf("%v in %v is %v, where the clock shows something else", local, loc, got)
		}
		if !shown {
			_, offset := got.Add(-wall(got).Sub(local)).In(loc).Zone() // as far before the gap as it is wide
			if !got.Equal(local.Add(-time.Duration(offset) * time.Second)) {
				t.Fatalf("%v does not exist in %v; %v is not read with the offset before", local, loc, got)
			}
		}
	})
}

func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
