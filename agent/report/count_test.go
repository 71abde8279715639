package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/rules"
	"unmeet/store"
)

// rows generates what a store could say of a period: few meetings, so that
// occurrences meet in the sums, and lengths that divide into nothing evenly.
func rows(t *rapid.T, p Period) given {
	in := given{people: rapid.IntRange(0, 9).Draw(t, "people"), verdicts: map[string]rules.Verdict{}}
	type shown struct{ known, private bool }
	var subjects []shown
	for n := range rapid.IntRange(1, 6).Draw(t, "subjects") {
		hash := fmt.Sprint(n)
		v := judgedAs(rules.Category(rapid.IntRange(0, rules.Categories-1).Draw(t, "category")), "word")
		v.Sure = rapid.IntRange(0, 3).Draw(t, "sure") > 0
		v.Guards = rapid.SliceOfN(rapid.SampledFrom([]string{"one-to-one", "external"}), 0, 2).Draw(t, "guards")
		in.verdicts[hash] = v
		subjects = append(subjects, shown{
			known: rapid.IntRange(0, 4).Draw(t, "known") > 0, private: rapid.IntRange(0, 4).Draw(t, "private") == 0,
		})
	}
	seconds := int(p.To.Sub(p.From) / time.Second)
	for id := range rapid.IntRange(0, 30).Draw(t, "occurrences") {
		length := time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "length")) * time.Second
		start := p.From.Add(time.Duration(rapid.IntRange(0, seconds-5*3600).Draw(t, "start")) * time.Second)
		subject := rapid.IntRange(0, len(subjects)-1).Draw(t, "subject")
		o := store.Occurrence{
			ID: int64(id), Meeting: int64(rapid.IntRange(1, 5).Draw(t, "meeting")),
			SubjectHash: fmt.Sprint(subject), Private: subjects[subject].private, HeadsKnown: subjects[subject].known,
			Start: start, End: start.Add(length), Inside: length,
			Heads: rapid.IntRange(1, 9).Draw(t, "heads"),
		}
		o.Title = "meeting " + o.SubjectHash
		if o.Counted = o.Heads > 1; o.Counted {
			o.People = rapid.IntRange(1, o.Heads).Draw(t, "ours")
			o.Gross = length * time.Duration(o.People)
			o.WholeGross = o.Gross
		} else {
			o.HeadsKnown = false
		}
		in.occurrences = append(in.occurrences, o)
	}
	return in
}

func count(t testing.TB, in given, o Options) *Report {
	t.Helper()
	r, err := Count(in.input(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkSums fails unless the waterfall and all rows of r add up, to the second.
func checkSums(t testing.TB, r *Report) {
	t.Helper()
	soft := r.Categories[rules.Informing].MeetingHours + r.Categories[rules.Collaborating].MeetingHours
	if back := soft - r.LeftAloneHours - r.UnsureHours - r.AsyncCostHours; back != r.RecoverableHours+r.TrialHours {
		t.Errorf("waterfall: %d − %d − %d − %d = %d s, want %d + %d", soft, r.LeftAloneHours, r.UnsureHours,
			r.AsyncCostHours, back, r.RecoverableHours, r.TrialHours)
	}
	total := Sums{r.Occurrences, r.MeetingHours, r.RecoverableHours, r.TrialHours}
	var categories, meetings, weeks Sums
	for _, c := range r.Categories {
		categories.add(c.Sums)
	}
	for _, m := range r.Meetings {
		meetings.add(m.Sums)
	}
	for _, w := range r.Weeks {
		weeks.add(w.Sums)
		if err := w.check(); err != nil {
			t.Error(err)
		}
	}
	weeks.Occurrences = total.Occurrences // one that reaches into two weeks is of both
	for name, got := range map[string]Sums{"categories": categories, "meetings": meetings, "weeks": weeks} {
		if name == "weeks" && r.By != ByWeek {
			continue
		}
		if got != total {
			t.Errorf("%s add up to %+v, want %+v", name, got, total)
		}
	}
	var left Hours
	for _, l := range r.LeftAlone {
		left += l.Hours
	}
	if left != r.LeftAloneHours {
		t.Errorf("guards hold back %d s, want %d", left, r.LeftAloneHours)
	}
}

func TestSumsAndOrder(t *testing.T) {
	o := Options{Period: fourWeeks(t), Cost: cost}
	rapid.Check(t, func(rt *rapid.T) {
		in := rows(rt, o.Period)
		r := count(t, in, o)
		checkSums(t, r)
		other := count(t, shuffled(in, rapid.Uint64().Draw(rt, "shuffle")), o)
		if diff := cmp.Diff(string(r.json(t)), string(other.json(t))); diff != "" {
			t.Errorf("another order, another report:\n%s", diff)
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func (r *Report) json(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPlacesOfAnOccurrence says which figure an occurrence of four hours, with
// three of ours, ends up in.
func TestPlacesOfAnOccurrence(t *testing.T) {
	const gross, fee = 4 * 3600, 20*60 + 3*5*60
	for _, test := range []struct {
		name                                         string
		v                                            rules.Verdict
		known                                        bool
		recoverable, trial, fee, left, unsure, total Hours
	}{
		{"informing", judgedAs(rules.Informing, ""), true, gross - fee, 0, fee, 0, 0, gross},
		{"collaborating", judgedAs(rules.Collaborating, ""), true, 0, gross - fee, fee, 0, 0, gross},
		{"deciding", judgedAs(rules.DecisionMaking, ""), true, 0, 0, 0, 0, 0, gross},
		{"guarded deciding", guarded(rules.DecisionMaking, "external"), true, 0, 0, 0, 0, 0, gross},
		{"guarded", guarded(rules.Informing, "external"), true, 0, 0, 0, gross, 0, gross},
		{"not sure", unsure(rules.Informing, rules.Creating), true, 0, 0, 0, 0, gross, gross},
		{"guarded and not sure is guarded", func() rules.Verdict {
			v := unsure(rules.Informing, rules.Creating)
			v.Guards = []string{"external"}
			return v
		}(), true, 0, 0, 0, gross, 0, gross},
		{"guests unknown", judgedAs(rules.Informing, ""), false, 0, 0, 0, gross, 0, gross},
		{"guests unknown and not sure", unsure(rules.Informing, rules.Creating), false, 0, 0, 0, gross, 0, gross},
	} {
		p := fourWeeks(t)
		in := given{people: 3, verdicts: map[string]rules.Verdict{"h": test.v}}
		in.occurrences = []store.Occurrence{{
			Meeting: 1, SubjectHash: "h", Start: p.From, End: p.From.Add(80 * time.Minute), Heads: 3, HeadsKnown: test.known,
			Counted: true, People: 3, Gross: gross * time.Second, WholeGross: gross * time.Second, Inside: 80 * time.Minute,
		}}
		r := count(t, in, Options{Period: p, Cost: cost})
		checkSums(t, r)
		got := []Hours{r.RecoverableHours, r.TrialHours, r.AsyncCostHours, r.LeftAloneHours, r.UnsureHours, r.MeetingHours}
		want := []Hours{test.recoverable, test.trial, test.fee, test.left, test.unsure, test.total}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if unknown := r.UnknownHeadcountHours > 0; unknown == test.known {
			t.Errorf("%s: %d s with unknown headcount", test.name, r.UnknownHeadcountHours)
		}
	}
}

func TestSmallOccurrencesGiveNothingBack(t *testing.T) {
	p := fourWeeks(t)
	in := given{people: 2, verdicts: map[string]rules.Verdict{"h": judgedAs(rules.Informing, "")}}
	in.occurrences = []store.Occurrence{{
		Meeting: 1, SubjectHash: "h", Start: p.From, End: p.From.Add(10 * time.Minute), Heads: 2, HeadsKnown: true,
		Counted: true, People: 2, Gross: 20 * time.Minute, WholeGross: 20 * time.Minute, Inside: 10 * time.Minute,
	}}
	r := count(t, in, Options{Period: p, Cost: cost})
	checkSums(t, r)
	if r.RecoverableHours != 0 || r.AsyncCostHours != 20*60 {
		t.Errorf("recoverable %d, cost %d; want 0, and the cost no more than there is", r.RecoverableHours, r.AsyncCostHours)
	}
}

func TestUnjudgedIsAnError(t *testing.T) {
	p := fourWeeks(t)
	in := given{occurrences: []store.Occurrence{{ID: 7, Title: "Status", SubjectHash: "h", Start: p.From, Counted: true, HeadsKnown: true}}}
	if _, err := Count(in.input(), Options{Period: p}); err == nil || !strings.Contains(err.Error(), `"Status" at 2026-10-12T00:00:00+02:00: not judged`) {
		t.Errorf("err = %v", err)
	}
}

func TestErrorsOfTheStoreArrive(t *testing.T) {
	broken := errors.New("disk is gone")
	in := given{}.input()
	in.Occurrences = func(Period) iter.Seq2[store.Occurrence, error] {
		return func(yield func(store.Occurrence, error) bool) { yield(store.Occurrence{}, broken) }
	}
	if _, err := Count(in, Options{Period: fourWeeks(t)}); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
}

// TestEveryFaceOfAMeeting: a meeting shows the words that most of its hours had.
func TestEveryFaceOfAMeeting(t *testing.T) {
	in, o := example(t)
	for i := range in.occurrences {
		in.occurrences[i].Meeting = 1
	}
	r := count(t, in, o)
	checkSums(t, r)
	if len(r.Meetings) != 1 || r.Meetings[0].Title != "Sprint board" || r.Meetings[0].Category != rules.Collaborating {
		t.Errorf("meetings = %+v", r.Meetings)
	}
}

func TestPrivateMeetingsHaveNoTitle(t *testing.T) {
	in, o := example(t)
	for i := range in.occurrences {
		in.occurrences[i].Private = true
	}
	for _, m := range count(t, in, o).Meetings {
		if m.Title != privateTitle {
			t.Errorf("title %q of a private meeting shows", m.Title)
		}
	}
}

// TestJSONTellsEverySecond: figures read back from JSON are the exact seconds.
func TestJSONTellsEverySecond(t *testing.T) {
	o := Options{Period: fourWeeks(t), Cost: cost}
	rapid.Check(t, func(rt *rapid.T) {
		r := count(t, rows(rt, o.Period), o)
		var back Report
		if err := json.Unmarshal(r.json(t), &back); err != nil {
			t.Fatal(err)
		}
		if back.MeetingHours != r.MeetingHours || back.RecoverableHours != r.RecoverableHours ||
			back.TrialHours != r.TrialHours || back.UnknownHeadcountHours != r.UnknownHeadcountHours {
			t.Errorf("read %+v, wrote %+v", back, r)
		}
		checkSums(t, &Report{
			Occurrences: back.Occurrences, MeetingHours: back.MeetingHours, RecoverableHours: back.RecoverableHours,
			TrialHours: back.TrialHours, AsyncCostHours: back.AsyncCostHours, LeftAloneHours: back.LeftAloneHours,
			UnsureHours: back.UnsureHours, Categories: back.Categories, Meetings: back.Meetings,
			LeftAlone: []Left{{Hours: back.LeftAloneHours}},
		})
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// TestTableAgrees reads the table as a person would: every figure is that of
// the report, rounded up or down by less than its unit, and everything that
// looks like a sum is one.
func TestTableAgrees(t *testing.T) {
	o := Options{Period: fourWeeks(t), Cost: cost}
	rapid.Check(t, func(rt *rapid.T) {
		in := rows(rt, o.Period)
		scale := time.Duration(rapid.SampledFrom([]int{1, 40}).Draw(rt, "scale")) // whole hours come with large totals
		for i := range in.occurrences {
			in.occurrences[i].Gross *= scale
			in.occurrences[i].WholeGross *= scale
		}
		r := count(t, in, o)
		if r.Occurrences == 0 {
			return
		}
		var b bytes.Buffer
		if err := r.Table(&b, TableOptions{}); err != nil {
			t.Fatal(err)
		}
		table := b.String()
		unit := 1.0
		if r.MeetingHours < smallTotal {
			unit = 0.1
		}
		near := func(what string, got float64, want Hours) {
			if off := got - float64(want)/3600; off <= -unit || off >= unit {
				t.Errorf("%s is %v h in the table and %s in the report:\n%s", what, got, want, table)
			}
		}
		headline := func(label string) float64 { return find(t, table, `(?m)^ *([\d.,]+) h  `+label) }
		total, recoverable, trial := headline("in meetings"), headline("recoverable, net"), headline("worth a trial")
		near("total", total, r.MeetingHours)
		near("recoverable", recoverable, r.RecoverableHours)
		near("trial", trial, r.TrialHours)

		var sum, soft float64
		for _, c := range r.Categories {
			got := find(t, table, `(?m)^   `+c.Category.String()+` +([\d.,–]+) `)
			near(c.Category.String(), got, c.MeetingHours)
			sum += got
			if c.Category <= rules.Collaborating {
				soft += got
			}
		}
		equal := func(what string, got, want float64) {
			if off := got - want; off < -0.01 || off > 0.01 {
				t.Errorf("%s is %v, want %v:\n%s", what, got, want, table)
			}
		}
		equal("sum of categories", sum, total)
		flat := strings.Join(strings.Fields(table), " ")
		if !strings.Contains(flat, "informing or collaborating −") && !strings.Contains(flat, "informing or collaborating =") {
			equal("informing or collaborating", soft, 0)
			return
		}
		equal("waterfall's beginning", find(t, flat, `([\d.,]+) informing or collaborating`), soft)
		back := soft
		for what, exact := range map[string]Hours{
			"left alone": r.LeftAloneHours, "not sure enough": r.UnsureHours, "to write and read the updates": r.AsyncCostHours,
		} {
			if exact == 0 {
				continue
			}
			got := find(t, flat, `− ([\d.,]+) `+what)
			near(what, got, exact)
			back -= got
		}
		equal("waterfall's end", find(t, flat, `= ([\d.,]+) h`), back)
		equal("recoverable and trial", recoverable+trial, back)
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// find reads the number that pattern captures; a dash is none.
func find(t testing.TB, text, pattern string) float64 {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("nothing matches %s in:\n%s", pattern, text)
	}
	if match[1] == none {
		return 0
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(match[1], ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
