package suggest

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestParseHours(t *testing.T) {
	office := OfficeHours()
	short := office
	short[time.Friday] = Stretch{8 * 60, 12*60 + 30}
	tests := []struct {
		text string
		want Hours
		err  string
	}{
		{"Mo-Fr 09:00-17:00", office, ""},
		{"mo-fr 9:00-17:00", office, ""},
		{"Mo,Tu,We,Th,Fr 09:00-17:00", office, ""},
		{"Mo-Th 09:00-17:00, Fr 08:00-12:30", short, ""},
		{"Fr 08:00-12:30; Mo-Th 09:00-17:00", short, ""},
		{"Sa-Su 10:00-24:00", Hours{time.Saturday: {600, 1440}, time.Sunday: {600, 1440}}, ""},
		{"Fr-Mo 10:00-11:00", Hours{time.Friday: {600, 660}, time.Saturday: {600, 660}, time.Sunday: {600, 660}, time.Monday: {600, 660}}, ""},
		{"", Hours{}, "hours are missing"},
		{"Mo-Fr", Hours{}, "hours are missing"},
		{"09:00-17:00", Hours{}, "no day stands before"},
		{"Mo-Xx 09:00-17:00", Hours{}, `"xx" is no day`},
		{"Mo 17:00-09:00", Hours{}, "end after they begin"},
		{"Mo 09:00-25:00", Hours{}, "neither days nor hours"},
		{"Mo 09:00", Hours{}, "neither days nor hours"},
		{"Mo 09:00-12:00, Mo 13:00-17:00", Hours{}, "Monday stands there twice"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseHours(tt.text)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one that says %q", err, tt.err)
				}
				return
			}
			if d := gocmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("error %v, hours (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestHours(t *testing.T) {
	h := OfficeHours()
	for _, tt := range []struct {
		at   string
		want bool
	}{
		{"2026-11-23T08:59:59", false}, {"2026-11-23T09:00:00", true}, {"2026-11-23T16:59:59", true}, {"2026-11-23T17:00:00", false},
		{"2026-11-22T12:00:00", false}, {"2026-03-30T09:00:00", true}, // the day after clocks change
	} {
		at, err := time.ParseInLocation("2006-01-02T15:04:05", tt.at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Open(at); got != tt.want {
			t.Errorf("open at %s: %v, want %v", tt.at, got, tt.want)
		}
	}
	for _, tt := range []struct {
		name       string
		start, end time.Time
		want       bool
	}{
		{"within", monday, monday.Add(time.Hour), true},
		{"ends as work begins", monday.Add(-time.Hour), monday, false},
		{"begins as work ends", monday.Add(8 * time.Hour), monday.Add(9 * time.Hour), false},
		{"over a night", monday.Add(8 * time.Hour), monday.Add(25 * time.Hour), true},
		{"a weekend", monday.Add(-2 * day), monday.Add(-time.Minute), false},
		{"told in another zone", monday.UTC(), monday.Add(time.Hour).UTC(), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.Meet(tt.start, tt.end, berlin); got != tt.want {
				t.Errorf("meets working hours: %v, want %v", got, tt.want)
			}
		})
	}
	if got, want := h.Until(monday.Add(time.Hour)), monday.Add(8*time.Hour); !got.Equal(want) {
		t.Errorf("work ends at %v, want %v", got, want)
	}
}

func TestParseDates(t *testing.T) {
	got, err := ParseDates([]string{"2026-12-24", "2026-12-31 .. 2027-01-01"})
	if d := gocmp.Diff(Dates{"2026-12-24": true, "2026-12-31": true, "2027-01-01": true}, got); d != "" || err != nil {
		t.Errorf("error %v, dates (-want +got):\n%s", err, d)
	}
	for _, bad := range []string{"", "24.12.2026", "2026-12-24..", "2026-12-24..2026-12-23", "2026-01-01..2028-01-01"} {
		if got, err := ParseDates([]string{bad}); err == nil {
			t.Errorf("%q is taken for %v", bad, got)
		}
	}
}

func TestNextHours(t *testing.T) {
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ at, want time.Duration }{
		{8 * time.Hour, 9 * time.Hour}, {9 * time.Hour, 9 * time.Hour}, {16*time.Hour + 59*time.Minute, 16*time.Hour + 59*time.Minute},
		{17 * time.Hour, 81 * time.Hour}, {30 * time.Hour, 81 * time.Hour},
	} {
		if got := OfficeHours().Next(friday.Add(tt.at)); !got.Equal(friday.Add(tt.want)) {
			t.Errorf("%v after Friday began, work begins at %v", tt.at, got)
		}
	}
	if now := friday.Add(time.Hour); !(Hours{}).Next(now).Equal(now) {
		t.Error("who has no hours is waited for")
	}
}
