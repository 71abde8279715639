package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// attended is what weeks hold: who attends which occurrence, each with the hours
// that it has in its week.
type attended struct {
	weeks    [][]store.Occurrence
	people   map[int64][]int64
	verdicts map[string]rules.Verdict
}

func (a attended) input(first Period) Input {
	g := given{verdicts: a.verdicts}
	in := g.input()
	in.Occurrences = func(p Period) iter.Seq2[store.Occurrence, error] {
		week := first.week(p)
		return func(yield func(store.Occurrence, error) bool) {
			for _, o := range a.weeks[week] {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
	in.attendedBy(a.people)
	return in
}

// attendedBy makes in tell who attends what of its occurrences.
func (in *Input) attendedBy(people map[int64][]int64) {
	in.Attending = func(occurrences []int64) (map[int64][]int64, error) {
		asked := map[int64][]int64{}
		for _, id := range occurrences {
			asked[id] = people[id]
		}
		return asked, nil
	}
	occurrences := in.Occurrences
	in.Meeting = func(weeks []Period) (numbers []int, err error) {
		for _, p := range weeks {
			met := map[int64]bool{}
			for o := range occurrences(p) {
				if o.Counted {
					for _, who := range people[o.ID] {
						met[who] = true
					}
				}
			}
			numbers = append(numbers, len(met))
		}
		return numbers, nil
	}
}

// week says which of p's weeks one is.
func (p Period) week(one Period) int {
	return slices.IndexFunc(p.weeks(), func(w Period) bool { return w.From.Equal(one.From) && w.To.Equal(one.To) })
}

// TestNoComparisonTellsOfFew: in whatever way the figures of all reports over all
// periods are added and subtracted, what is left is hours of at least MinGroup
// people. The hours of occurrences are powers of three, so that every figure tells
// which of them it is the sum of. Those that are in the same figures cannot be told
// apart: together they must have enough people.
func TestNoComparisonTellsOfFew(t *testing.T) {
	whole := fourWeeks(t)
	shown := 0
	rapid.Check(t, func(rt *rapid.T) {
		least := rapid.IntRange(2, 5).Draw(rt, "least")
		a := attended{weeks: make([][]store.Occurrence, 4), people: map[int64][]int64{}, verdicts: map[string]rules.Verdict{}}
		for n := range 6 {
			v := judgedAs(rules.Category(rapid.IntRange(0, 3).Draw(rt, "category")), "word")
			v.Sure = rapid.IntRange(0, 3).Draw(rt, "sure") > 0
			v.Guards = rapid.SliceOfN(rapid.SampledFrom([]string{"one-to-one", "external"}), 0, 1).Draw(rt, "guards")
			a.verdicts[fmt.Sprint(n)] = v
		}
		var met [][]int64 // by power of three
		weight := time.Second
		for id := range int64(rapid.IntRange(0, 19).Draw(rt, "occurrences")) {
			a.people[id] = rapid.SliceOfNDistinct(rapid.Int64Range(1, 9), 0, 6, rapid.ID[int64]).Draw(rt, "people")
			week := rapid.IntRange(0, 3).Draw(rt, "week")
			reaches := min(week+rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(rt, "weeks"), 4) // over midnight of Sunday
			for ; week < reaches && len(met) < 20; week++ {
				o := store.Occurrence{
					ID: id, SubjectHash: fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, "subject")), HeadsKnown: rapid.IntRange(0, 4).Draw(rt, "known") > 0,
					Inside: weight, Counted: len(a.people[id]) > 0 && rapid.IntRange(0, 5).Draw(rt, "counted") > 0,
				}
				if o.Counted {
					o.People, o.Gross, o.WholeGross = len(a.people[id]), weight, weight
					o.Start = whole.weeks()[week].From // where all of it counts as inside the week
					o.End = o.Start.Add(time.Hour)
				}
				a.weeks[week] = append(a.weeks[week], o)
				met = append(met, a.people[id])
				weight *= 3
			}
		}

		memberships := make([]strings.Builder, len(met))
		in := a.input(whole)
		weeks := whole.weeks()
		var all []*Report // of each week, with nothing held back
		for _, p := range weeks {
			r, err := Count(in, Options{Period: p})
			if err != nil {
				rt.Fatal(err)
			}
			all = append(all, r)
		}
		for from := range weeks {
			for to := from; to < 4; to++ {
				r, err := Count(in, Options{Period: Period{weeks[from].From, weeks[to].To, whole.Zone}, By: ByWeek, MinGroup: least})
				if err != nil {
					rt.Fatal(err)
				}
				if err := checkGroups(r, least); err != nil {
					rt.Fatal(err)
				}
				if err := checkWritten(r, all[from:to+1]); err != nil {
					rt.Fatal(err)
				}
				for name, h := range told(r) {
					for i := range met {
						switch h % 3 {
						case 1:
							fmt.Fprintf(&memberships[i], "%d-%d %s\n", from, to, name)
						case 2:
							rt.Fatalf("%s is not a sum of occurrences", name)
						}
						h /= 3
					}
					if h != 0 {
						rt.Fatalf("%s has hours of nothing", name)
					}
				}
			}
		}
		alike := map[string]map[int64]bool{}
		for i, people := range met {
			figures := memberships[i].String()
			if alike[figures] == nil {
				alike[figures] = map[int64]bool{}
			}
			for _, who := range people {
				alike[figures][who] = true
			}
		}
		for figures, people := range alike {
			if figures == "" {
				continue
			}
			shown++
			if len(people) < least {
				rt.Errorf("hours of %d people, fewer than %d, can be told by\n%s", len(people), least, figures)
			}
		}
	})
	if shown == 0 {
		t.Error("nothing was ever shown: the test proves nothing")
	}
}

// checkWritten is an error where r is written with a 0 for what is some, as all weeks
// say with nothing held back.
func checkWritten(r *Report, all []*Report) error {
	type category struct {
		MeetingHours     *float64 `json:"meeting_hours"`
		RecoverableHours *float64 `json:"recoverable_hours"`
		TrialHours       *float64 `json:"trial_hours"`
		Occurrences      *float64 `json:"occurrences"`
	}
	type written struct {
		category
		People     *float64   `json:"people"`
		Cost       *float64   `json:"async_cost_hours"`
		LeftAlone  *float64   `json:"left_alone_hours"`
		Unsure     *float64   `json:"unsure_hours"`
		Unknown    *float64   `json:"unknown_headcount_hours"`
		Categories []category `json:"categories"`
		Weeks      []struct {
			From string `json:"from"`
			category
		} `json:"weeks"`
	}
	var text, sheet, page bytes.Buffer
	for _, err := range []error{r.JSON(&text), r.CSV(&sheet), r.Markdown(&page), r.Table(io.Discard, TableOptions{})} {
		if err != nil {
			return err
		}
	}
	var w written
	if err := json.Unmarshal(text.Bytes(), &w); err != nil {
		return err
	}
	var err error
	check := func(what string, told *float64, some bool) {
		if told != nil && *told == 0 && some {
			err = fmt.Errorf("%s is some and written as none in\n%s", what, text.String())
		}
	}
	checkRow := func(what string, told category, s Sums) {
		check(what, told.MeetingHours, s.MeetingHours != 0)
		check(what+", recoverable", told.RecoverableHours, s.RecoverableHours != 0)
		check(what+", trial", told.TrialHours, s.TrialHours != 0)
		check(what+", occurrences", told.Occurrences, s.Occurrences != 0)
	}
	var total Sums
	var categories [rules.Categories]Sums
	var cost, left, unsure, unknown Hours
	for _, one := range all {
		s := Sums{one.Occurrences, one.MeetingHours, one.RecoverableHours, one.TrialHours}
		total.add(s)
		cost, left, unsure, unknown = cost+one.AsyncCostHours, left+one.LeftAloneHours, unsure+one.UnsureHours, unknown+one.UnknownHeadcountHours
		for c := range one.Categories {
			categories[c].add(one.Categories[c].Sums)
		}
		for _, told := range w.Weeks {
			if told.From == one.From {
				checkRow("the week of "+one.From, told.category, s)
			}
		}
	}
	checkRow("all", w.category, total)
	check("people", w.People, total.Occurrences != 0)
	check("cost", w.Cost, cost != 0)
	check("left alone", w.LeftAlone, left != 0)
	check("unsure", w.Unsure, unsure != 0)
	check("unknown", w.Unknown, unknown != 0)
	for c, told := range w.Categories {
		checkRow(rules.Category(c).String(), told, categories[c])
	}
	none := func(told, whole Hours, line string) bool { // not for seconds, which round to 0
		return told == 0 && whole != 0 && strings.Contains(page.String(), line)
	}
	if none(r.RecoverableHours, total.RecoverableHours, "**0 h** recoverable") || none(r.TrialHours, total.TrialHours, "**0 h** worth") {
		err = fmt.Errorf("what could be given back is written as none in\n%s", page.String())
	}
	for row := range strings.Lines(sheet.String()) {
		for _, one := range all {
			if strings.HasPrefix(row, one.From+",") && one.RecoverableHours != 0 && strings.Split(row, ",")[4] == "0" {
				err = fmt.Errorf("what could be given back is written as none in\n%s", sheet.String())
			}
		}
	}
	return err
}

// told are the figures of a report in hours, by name.
func told(r *Report) iter.Seq2[string, Hours] {
	return func(yield func(string, Hours) bool) {
		figures := map[string]Hours{
			"total": r.MeetingHours, "recoverable": r.RecoverableHours, "trial": r.TrialHours, "cost": r.AsyncCostHours,
			"left alone": r.LeftAloneHours, "unsure": r.UnsureHours, "unknown": r.UnknownHeadcountHours,
		}
		if r.Others != nil {
			figures["others"] = r.Others.MeetingHours
		}
		for _, c := range r.Categories {
			figures[c.Category.String()] = c.MeetingHours
			figures[c.Category.String()+" recoverable"] = c.RecoverableHours
			figures[c.Category.String()+" trial"] = c.TrialHours
		}
		for _, l := range r.LeftAlone {
			figures["left alone: "+l.Guard] = l.Hours
		}
		for _, w := range r.Weeks {
			figures["week of "+w.From] = w.MeetingHours
			figures["recoverable in the week of "+w.From] = w.RecoverableHours
			figures["trial in the week of "+w.From] = w.TrialHours
			figures["others in the week of "+w.From] = w.others
			for c, h := range w.categories {
				figures[rules.Category(c).String()+" in the week of "+w.From] = h
			}
		}
		for name, h := range figures {
			if !yield(name, h) {
				return
			}
		}
	}
}

// checkGroups is an error unless the sums of r are right, and it names neither meetings
// nor fewer people than least.
func checkGroups(r *Report, least int) error {
	others := Sums{}
	if r.Others != nil {
		others.Occurrences, others.MeetingHours = r.Others.Occurrences, r.Others.MeetingHours
	}
	var categories, weeks Sums
	for _, c := range r.Categories {
		categories.add(c.Sums)
	}
	for _, w := range r.Weeks {
		weeks.add(w.Sums)
		if err := w.check(); err != nil {
			return err
		}
	}
	total := Sums{r.Occurrences, r.MeetingHours, r.RecoverableHours, r.TrialHours}
	categories.add(others)
	if categories != total || weeks != total {
		return fmt.Errorf("categories and others add up to %+v, weeks to %+v, want %+v", categories, weeks, total)
	}
	soft := r.Categories[rules.Informing].MeetingHours + r.Categories[rules.Collaborating].MeetingHours
	if soft-r.LeftAloneHours-r.UnsureHours-r.AsyncCostHours != r.RecoverableHours+r.TrialHours {
		return fmt.Errorf("the waterfall does not add up: %+v", r)
	}
	if len(r.Meetings) > 0 || r.People > 0 && int(r.People) < least || r.Occurrences > 0 && r.People == 0 {
		return fmt.Errorf("%d meetings listed, %d people counted", len(r.Meetings), r.People)
	}
	if len(r.Weeks)+len(r.LeftOut) != len(r.Period.weeks()) {
		return fmt.Errorf("%d weeks shown and %d left out of %d", len(r.Weeks), len(r.LeftOut), len(r.Period.weeks()))
	}
	return nil
}

// check is an error unless categories and others add up to the hours of w.
func (w Week) check() error {
	sum := w.others
	for _, h := range w.categories {
		sum += h
	}
	if sum != w.MeetingHours {
		return fmt.Errorf("categories and others of the week of %s add up to %s h, want %s", w.From, sum, w.MeetingHours)
	}
	return nil
}

// team is one week of meetings: informing or not, of so many people, with so many
// minutes each.
func team(t testing.TB, meetings ...struct {
	informing bool
	people    int
	minutes   int
}) (Input, Options) {
	t.Helper()
	whole := fourWeeks(t)
	a := attended{weeks: make([][]store.Occurrence, 4), people: map[int64][]int64{}, verdicts: map[string]rules.Verdict{
		"informing": judgedAs(rules.Informing, "status"), "creating": judgedAs(rules.Creating, "ideas"),
	}}
	for i, m := range meetings {
		o := store.Occurrence{
			ID: int64(i), SubjectHash: "creating", HeadsKnown: true, Counted: true, People: m.people,
			Start: whole.From, End: whole.From.Add(time.Duration(m.minutes) * time.Minute), Gross: time.Duration(m.people*m.minutes) * time.Minute,
		}
		if m.informing {
			o.SubjectHash = "informing"
		}
		o.WholeGross = o.Gross
		for who := range m.people {
			a.people[o.ID] = append(a.people[o.ID], int64(who))
		}
		a.weeks[0] = append(a.weeks[0], o)
	}
	week := whole.weeks()[0]
	return a.input(whole), Options{Period: week, Cost: hours.Cost{Write: 20 * 60, Read: 5 * 60}, MinGroup: 5}
}

type meets = struct {
	informing bool
	people    int
	minutes   int
}

// TestOnlyWhatPaysOfEnoughIsRecoverable: of the meetings that writing would give
// time back for, enough people are needed, whoever else is in such that it would not.
func TestOnlyWhatPaysOfEnoughIsRecoverable(t *testing.T) {
	in, o := team(t, meets{true, 6, 5}, meets{true, 2, 240})
	r, err := Count(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.RecoverableHours != 0 || r.AsyncCostHours != 0 || r.MeetingHours != 510*60 || r.People != 6 {
		t.Errorf("told of two people: %+v", r)
	}
	in, o = team(t, meets{true, 6, 5}, meets{true, 5, 240})
	if r, err = Count(in, o); err != nil || r.RecoverableHours != (1200-20-25)*60 || r.Others != nil {
		t.Errorf("of five, which is enough: %+v, %v", r, err)
	}
}

// TestHiddenIsNotNone: where one small kind takes all others with it, nothing is said to
// be none, and what is said of the others is true.
func TestHiddenIsNotNone(t *testing.T) {
	in, o := team(t, meets{true, 5, 240}, meets{false, 2, 30})
	r, err := Count(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Others == nil || r.RecoverableHours != 0 {
		t.Fatalf("two people are to take the other kind with them: %+v", r)
	}
	var table, page, sheet bytes.Buffer
	for _, err := range []error{r.Table(&table, TableOptions{}), r.Markdown(&page), r.CSV(&sheet)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	text := string(r.json(t))
	for _, want := range []string{`"recoverable_hours": null`, `"async_cost_hours": null`, `"left_alone_hours": null`, `"occurrences": 2`, `"people": 5`} {
		if !strings.Contains(text, want) {
			t.Errorf("JSON lacks %s:\n%s", want, text)
		}
	}
	for what, forms := range map[string]struct{ text, has string }{
		"table": {table.String(), "not shown  recoverable, net"}, "Markdown": {page.String(), "- **not shown** recoverable, net"},
		"CSV": {sheet.String(), "others,2,21,not shown,not shown"},
	} {
		if !strings.Contains(forms.text, forms.has) || strings.Contains(forms.text, "0 h recoverable") || strings.Contains(forms.text, "nothing to give back") {
			t.Errorf("the %s is\n%s", what, forms.text)
		}
	}
	var back Report
	if err := json.Unmarshal([]byte(text), &back); err != nil || back.RecoverableHours != NotShown || back.Others.MeetingHours != r.Others.MeetingHours {
		t.Errorf("read back: %+v, %v", back, err)
	}
}

// TestFoldedIsSaid: what is left out or folded is said in every form that has room
// for words, and shows in the figures of the others.
func TestFoldedIsSaid(t *testing.T) {
	in, o := team(t, meets{true, 9, 60}, meets{false, 8, 30}, meets{false, 3, 60}, meets{true, 2, 10})
	o.Period = fourWeeks(t)
	in.Occurrences = func(all func(Period) iter.Seq2[store.Occurrence, error]) func(Period) iter.Seq2[store.Occurrence, error] {
		few := store.Occurrence{ID: 2, SubjectHash: "creating", HeadsKnown: true, Counted: true, People: 3, Gross: time.Hour, WholeGross: time.Hour}
		return func(p Period) iter.Seq2[store.Occurrence, error] {
			if o.Period.week(p) == 0 {
				return all(p)
			}
			return func(yield func(store.Occurrence, error) bool) {
				if o.Period.week(p) < 3 {
					yield(few, nil)
				}
			}
		}
	}(in.Occurrences)
	r, err := Count(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.LeftOut) != 2 || r.LeftOut[0].From != "2026-10-19" || r.Others == nil || r.People != 9 {
		t.Fatalf("%+v", r)
	}
	var table, page, sheet bytes.Buffer
	for _, err := range []error{r.Table(&table, TableOptions{Width: 120}), r.Markdown(&page), r.CSV(&sheet)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const left = "2 weeks left out: fewer than 5 people met (19 Oct – 25 Oct, 26 Oct – 1 Nov)"
	for what, text := range map[string]string{"table": table.String(), "Markdown": page.String()} {
		for _, want := range []string{left, "others: kinds of meetings that fewer than 5 people had in a week"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q:\n%s", what, want, text)
			}
		}
	}
	for what, text := range map[string]string{"JSON": string(r.json(t)), "CSV": sheet.String()} {
		if !strings.Contains(text, "others") {
			t.Errorf("%s has no others:\n%s", what, text)
		}
	}
	for _, want := range []string{`"weeks_left_out"`, `"from": "2026-10-19"`} {
		if !strings.Contains(string(r.json(t)), want) {
			t.Errorf("JSON lacks %s:\n%s", want, r.json(t))
		}
	}
}

func TestGroupsAreOfWholeWeeks(t *testing.T) {
	in, o := team(t, meets{true, 9, 60})
	o.Period.To = addDays(o.Period.From, 6, o.Period.Zone)
	if _, err := Count(in, o); err == nil || !strings.Contains(err.Error(), "whole weeks") {
		t.Errorf("six days: %v", err)
	}
}
