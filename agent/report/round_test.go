package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestApportion(t *testing.T) {
	const h = 3600
	for _, test := range []struct {
		name  string
		total int
		parts []Hours
		want  []int
	}{
		{"nothing", 0, nil, []int{}},
		{"whole", 6, []Hours{1 * h, 2 * h, 3 * h}, []int{1, 2, 3}},
		{"the largest remainder goes up", 2, []Hours{h * 6 / 10, h * 14 / 10}, []int{1, 1}},
		{"earlier ones first", 1, []Hours{h / 2, h / 2}, []int{1, 0}},
		{"none stays none", 2, []Hours{0, h / 2, h * 7 / 10, h * 8 / 10}, []int{0, 0, 1, 1}},
		{"below zero", 1, []Hours{-h / 4, h * 5 / 4}, []int{0, 1}},
	} {
		if diff := cmp.Diff(test.want, apportion(test.total, h, test.parts...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestApportionIsNear: parts add up to the total, each is its exact value
// rounded up or down, and what is none stays none.
func TestApportionIsNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]Hours{360, 3600}).Draw(t, "unit")
		parts := rapid.SliceOfN(rapid.Map(rapid.Int64Range(-5000, 500_000), func(s int64) Hours { return Hours(s) }), 1, 9).Draw(t, "parts")
		var sum Hours
		for _, p := range parts {
			sum += p
		}
		total := int(floor(sum, unit))
		if sum%unit != 0 && rapid.Bool().Draw(t, "up") {
			total++
		}
		got := 0
		for i, n := range apportion(total, unit, parts...) {
			got += n
			if off := Hours(n)*unit - parts[i]; off <= -unit || off >= unit {
				t.Errorf("%d s became %d units of %d s", parts[i], n, unit)
			}
		}
		if got != total {
			t.Errorf("parts add up to %d, want %d", got, total)
		}
	})
}

func TestWriteHours(t *testing.T) {
	for h, want := range map[Hours]string{0: "–", 100: "0.0 h", 360: "0.1 h", 5400: "1.5 h", 35819: "9.9 h", 35820: "10 h", 36000: "10 h", 75600: "21 h", 3600 * 12345: "12,345 h"} {
		if got := short(h); got != want {
			t.Errorf("short(%d) = %q, want %q", h, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPerPerson(t *testing.T) {
	day := func(n int) Period {
		p := fourWeeks(t)
		p.To = addDays(p.From, n, p.Zone)
		return p
	}
	for _, test := range []struct {
		hours        Hours
		people, days int
		length, unit string
	}{
		{512 * 3600, 12, 28, "10 h 40 min", "a person each week"},
		{512 * 3600, 1, 28, "128 h 0 min", "each week"},
		{90 * 60, 3, 7, "30 min", "a person each week"},
		{90 * 60, 3, 6, "30 min", "a person"}, // not blown up to a week
		{90 * 60, 1, 6, "", ""},               // would say the same again
		{10, 3, 7, "<1 min", "a person each week"},
		{0, 3, 7, "", ""},
		{3600, 0, 7, "", ""},
	} {
		r := Report{People: Number(test.people), Period: day(test.days)}
		length, unit := r.perPerson(test.hours)
		if length != test.length || unit != test.unit {
			t.Errorf("perPerson(%+v) = %q %q", test, length, unit)
		}
	}
}
