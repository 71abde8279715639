package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/agent/text"
	"unmeet/rules"
	"unmeet/store"
)

// compared is the report of example, with another one of the four weeks before: fewer
// stand-ups, and no ideas.
func compared(t *testing.T, o Options, in given) *Report {
	t.Helper()
	o.By = ByWeek
	r := count(t, in, o)
	earlier := in
	earlier.occurrences = nil
	for i, one := range in.occurrences {
		if one.Title != "Ideas 💡" && (one.Title != "Sprint board" || i%2 == 0) {
			one.Start, one.End = one.Start.AddDate(0, 0, -28), one.End.AddDate(0, 0, -28)
			earlier.occurrences = append(earlier.occurrences, one)
		}
	}
	o.Period = o.Period.Before()
	r.Compare(count(t, earlier, o))
	return r
}

func TestComparedGoldens(t *testing.T) {
	in, o := example(t)
	r := compared(t, o, in)
	if r.Previous == nil {
		t.Fatal("not compared")
	}
	r.By = ByCategory
	for name, options := range map[string]TableOptions{
		"":        {Bars: true},
		".pipe":   {},
		".narrow": {Width: 60, Bars: true},
		".wide":   {Width: 120, Bars: true},
		".ascii":  {Bars: true, ASCII: true},
		".color":  {Bars: true, Color: true},
	} {
		golden(t, "compared"+name+".txt", func(w io.Writer) error { return r.Table(w, options) })
	}
	golden(t, "compared.json", r.JSON)
	golden(t, "compared.md", r.Markdown)
}

func TestSparkline(t *testing.T) {
	for want, hours := range map[string][]Hours{
		"▁█":       {1, 3600},
		"▄█":       {1800, 3600},
		"_·▂█":     {0, NotShown, 900, 3600},
		"__":       {0, 0},
		"":         nil,
		"██":       {7, 7},
		"▁▂▃▄▅▆▇█": {1, 2, 3, 4, 5, 6, 7, 8},
	} {
		if got := sparkline(hours); got != want {
			t.Errorf("%v is drawn as %q, want %q", hours, got, want)
		}
	}
}

func TestChange(t *testing.T) {
	const h = Hours(3600)
	for _, test := range []struct {
		now, before Hours
		want        string
	}{
		{12 * h, 10 * h, "▲ 2"}, {10 * h, 12 * h, "▼ 2"}, {0, 3 * h, "▼ 3"}, {3 * h, 0, "▲ 3"},
		{10 * h, 10*h + 60, "="}, {10 * h, 10 * h, "="}, {0, 0, none},
		{NotShown, 3 * h, none}, {3 * h, NotShown, none}, {NotShown, 0, none}, {2000 * h, 0, "▲ 2,000"},
	} {
		if got := (figures{unit: 3600}).change(test.now, test.before); got != test.want {
			t.Errorf("from %s to %s: %q, want %q", test.before, test.now, got, test.want)
		}
	}
}

// TestTitlesKeepTheColumns: whatever meetings are called, the rows of a table are of
// one width, and so are those without titles: two runs of figures stand below each
// other.
func TestTitlesKeepTheColumns(t *testing.T) {
	_, o := example(t)
	scripts := rapid.StringOfN(rapid.OneOf(
		rapid.SampledFrom([]rune("abc XYZ 12/()“”")),
		rapid.RuneFrom([]rune("每周进度会議밥ガ")),
		rapid.SampledFrom([]rune("עדכון שבועי מזל")),
		rapid.SampledFrom([]rune("تحديث أسبوعي ١٢ لا")),
		rapid.SampledFrom([]rune("e\u0301n\u0303अनुกี่\u0e49")),
		rapid.SampledFrom([]rune("👩💻\u200d🏳\ufe0f🌈🇩🇪1\u20e3❤")),
		rapid.SampledFrom([]rune("\u2066\u2069\u202e\u200f\u200b\u00ad\x1b\t")),
	), 1, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		in := given{people: 5, verdicts: map[string]rules.Verdict{"h": judgedAs(rules.Informing, "update")}}
		for i := range rapid.IntRange(2, 6).Draw(t, "meetings") {
			one := store.Occurrence{
				ID: int64(i), Meeting: int64(i), SubjectHash: "h", Title: scripts.Draw(t, "title"),
				Start: o.Period.From.Add(9 * time.Hour), End: o.Period.From.Add(10 * time.Hour), Inside: time.Hour,
				Heads: 5, HeadsKnown: true, Counted: true, People: 5, Gross: 5 * time.Hour, WholeGross: 5 * time.Hour,
			}
			in.occurrences = append(in.occurrences, one)
		}
		r, err := Count(in.input(), Options{Period: o.Period, Cost: cost, By: ByMeeting})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.Table(&b, TableOptions{Width: rapid.IntRange(60, 120).Draw(t, "columns")}); err != nil {
			t.Fatal(err)
		}
		_, rows, _ := strings.Cut(b.String(), "\n meeting")
		_, rows, _ = strings.Cut(rows, "\n")
		rows, _, _ = strings.Cut(rows, "\n\n")
		lines := strings.Split(rows, "\n")
		if len(lines) != len(in.occurrences) {
			t.Fatalf("%d rows of %d:\n%s", len(lines), len(in.occurrences), b.String())
		}
		for _, line := range lines {
			if got, want := text.Width(line), text.Width(lines[0]); got != want {
				t.Errorf("%q is %d wide, and %q %d", line, got, lines[0], want)
			}
		}
	})
}

// TestComparedWidths: nothing of a comparison makes a line wider than asked for, and
// ASCII draws as wide as anything else.
func TestComparedWidths(t *testing.T) {
	in, o := example(t)
	r := compared(t, o, in)
	for _, by := range []By{ByCategory, ByWeek} {
		r.By = by
		for columns := leastWidth; columns <= mostWidth; columns++ {
			var drawn, plain bytes.Buffer
			for b, ascii := range map[*bytes.Buffer]bool{&drawn: false, &plain: true} {
				if err := r.Table(b, TableOptions{Width: columns, Bars: columns%3 > 0, ASCII: ascii}); err != nil {
					t.Fatal(err)
				}
			}
			asASCII := strings.Split(plain.String(), "\n")
			for i, line := range strings.Split(drawn.String(), "\n") {
				if text.Width(line) > columns || strings.HasSuffix(line, " ") || text.Width(asASCII[i]) != text.Width(line) {
					t.Errorf("at %d columns: %q, or %q", columns, line, asASCII[i])
				}
			}
			if strings.ContainsAny(plain.String(), "▁▂▃▄▅▆▇█▲▼–−·…“”") {
				t.Errorf("at %d columns, not ASCII:\n%s", columns, plain.String())
			}
		}
	}
}

// TestComparisonsTellNothingElse: what a report says of the period before is what a
// report of that says; it says nothing where weeks are left out or nobody met at
// first, and no change of what is not shown.
func TestComparisonsTellNothingElse(t *testing.T) {
	const least = 3
	whole := fourWeeks(t)
	weeks := whole.weeks()
	halves := [2]Period{{weeks[0].From, weeks[1].To, whole.Zone}, {weeks[2].From, weeks[3].To, whole.Zone}}
	told, untold := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		a := attended{weeks: make([][]store.Occurrence, 4), people: map[int64][]int64{}, verdicts: map[string]rules.Verdict{}}
		for n := range 3 {
			a.verdicts[fmt.Sprint(n)] = judgedAs(rules.Category(n), "word")
		}
		for id := range int64(rapid.IntRange(4, 16).Draw(rt, "occurrences")) {
			people := rapid.SliceOfNDistinct(rapid.Int64Range(1, 6), 1, 6, rapid.ID[int64]).Draw(rt, "people")
			week := rapid.IntRange(0, 3).Draw(rt, "week")
			length := time.Duration(rapid.IntRange(1, 9).Draw(rt, "hours")) * time.Hour
			a.people[id] = people
			a.weeks[week] = append(a.weeks[week], store.Occurrence{
				ID: id, SubjectHash: fmt.Sprint(rapid.IntRange(0, 2).Draw(rt, "subject")), Heads: 6, HeadsKnown: true,
				Start: weeks[week].From, End: weeks[week].From.Add(length), Inside: length,
				Counted: true, People: len(people), Gross: length, WholeGross: length,
			})
		}
		var reports [2]*Report
		for i, p := range halves {
			var err error
			if reports[i], err = Count(a.input(whole), Options{Period: p, MinGroup: least, By: ByWeek, Cost: cost}); err != nil {
				rt.Fatal(err)
			}
		}
		before, r := reports[0], reports[1]
		r.Compare(before)
		if len(before.LeftOut)+len(r.LeftOut) > 0 || len(a.weeks[0]) == 0 {
			if r.Previous != nil {
				rt.Fatalf("compared with %+v", r.Previous)
			}
			untold++
			return
		}
		if r.Previous == nil {
			if r.Occurrences > 0 {
				rt.Fatal("not compared")
			}
			return
		}
		told++
		var alone, previous map[string]any
		whole, compared := jsonOf(rt, before), jsonOf(rt, r)
		previous, _ = compared["previous"].(map[string]any)
		alone = whole
		for key := range alone {
			if _, both := previous[key]; !both {
				delete(alone, key)
			}
		}
		if diff := cmp.Diff(alone, previous); diff != "" || len(previous) != 8 {
			rt.Fatalf("the report alone, and compared (%d keys):\n%s", len(previous), diff)
		}
		for i, now := range compared["categories"].([]any) {
			a, b := now.(map[string]any)["meeting_hours"], previous["categories"].([]any)[i].(map[string]any)["meeting_hours"]
			change := r.figures().change(r.told().Categories[i].MeetingHours, r.Previous.Categories[i].MeetingHours)
			if (a == nil || b == nil) && change != none {
				rt.Fatalf("a change of what is not shown: %s", change)
			}
			if a != nil && b != nil && a != b && !strings.ContainsAny(change, "▲▼") {
				rt.Fatalf("from %v to %v: %s", b, a, change)
			}
		}
	})
	if told == 0 || untold == 0 {
		t.Errorf("%d compared, %d not", told, untold)
	}
}

func jsonOf(t rapid.TB, r *Report) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(b.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestTrendsAreOfWholeWeeks: a week cut short would pass for a fall.
func TestTrendsAreOfWholeWeeks(t *testing.T) {
	in, o := example(t)
	o.By = ByWeek
	if n := len(count(t, in, o).trends()); n != 4 {
		t.Errorf("%d weeks, want 4", n)
	}
	cut := o
	cut.Period.To = addDays(cut.Period.To, -1, cut.Period.Zone)
	if weeks := count(t, in, cut).trends(); len(weeks) != 3 || weeks[2].period.days() != 7 {
		t.Errorf("with one cut short: %v", weeks)
	}
	cut.Period.To = addDays(cut.Period.From, 13, cut.Period.Zone)
	if weeks := count(t, in, cut).trends(); weeks != nil {
		t.Errorf("of a single one: %v", weeks)
	}
	o.Period.From = addDays(o.Period.From, -7*20, o.Period.Zone)
	r := count(t, in, o)
	if last := slices.Collect(slices.Values(r.trends())); len(last) != sparkMost || last[len(last)-1].To != r.To {
		t.Errorf("%d weeks, want the last %d", len(last), sparkMost)
	}
}
