package calendars

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestInstanceText holds the names of instances against package time's own way
// of writing them.
func TestInstanceText(t *testing.T) {
	check := func(t rapid.TB, at time.Time) {
		if got, want := InstanceAt(at), Instance(at.UTC().Format(instanceTime)); got != want {
			t.Errorf("InstanceAt(%v) = %q, want %q", at, got, want)
		}
		if got, want := InstanceOn(at), Instance(at.Format(instanceDay)); got != want {
			t.Errorf("InstanceOn(%v) = %q, want %q", at, got, want)
		}
	}
	east := time.FixedZone("east", 14*3600)
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Date(2026, 12, 31, 23, 59, 59, 999, east), time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 0, east), time.Date(0, 1, 1, 0, 0, 0, 0, east), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		check(t, at)
	}
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.Int64Range(-70_000_000_000, 260_000_000_000).Draw(t, "seconds")
		offset := rapid.IntRange(-14*3600, 14*3600).Draw(t, "offset")
		check(t, time.Unix(seconds, 0).In(time.FixedZone("", offset)))
	})
}

// TestInstanceTime reads back what InstanceAt and InstanceOn wrote.
func TestInstanceTime(t *testing.T) {
	zone := time.FixedZone("", 5400)
	at := time.Date(2026, 3, 1, 9, 30, 15, 0, zone)
	if got, ok := InstanceAt(at).Time(zone); !ok || !got.Equal(at) {
		t.Errorf("the time of %q is %v, %t, want %v", InstanceAt(at), got, ok, at)
	}
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	if got, ok := InstanceOn(at).Time(zone); !ok || !got.Equal(midnight) {
		t.Errorf("the time of %q is %v, %t, want %v", InstanceOn(at), got, ok, midnight)
	}
	for _, text := range []Instance{"", "2026", "20260301T093015", "20261301"} {
		if got, ok := text.Time(zone); ok {
			t.Errorf("%q is no instance but means %v", text, got)
		}
	}
}
