package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/agent/verdict"
	"unmeet/rules"
	"unmeet/store"
)

// wholeWeek is a week in cells of which it is known whose they are: it says what
// groupsOf has to come to, though that asks for a few people only.
type wholeWeek struct {
	cells          map[cell]*wholePart
	others, unseen wholePart
	met            map[int64]bool
}

type wholePart struct {
	Sums
	cost   Hours
	people map[int64]bool
}

func (p *wholePart) merge(q *wholePart) {
	p.add(q.Sums)
	p.cost += q.cost
	p.meet(slices.Collect(maps.Keys(q.people)))
}

func (p *wholePart) meet(people []int64) {
	if p.people == nil {
		p.people = map[int64]bool{}
	}
	for _, who := range people {
		p.people[who] = true
	}
}

func wholeWeekOf(t rapid.TB, in Input, p Period, o Options, people map[int64][]int64) *wholeWeek {
	t.Helper()
	g := &wholeWeek{cells: map[cell]*wholePart{}, met: map[int64]bool{}}
	for occ, err := range in.Occurrences(p) {
		if err != nil {
			t.Fatal(err)
		}
		if !occ.Counted {
			g.unseen.merge(&wholePart{Sums: Sums{MeetingHours: hoursOf(occ.Inside)}})
			g.unseen.meet(people[occ.ID])
			continue
		}
		at, err := placeOf(in, &occ, p, o.Cost)
		if err != nil {
			t.Fatal(err)
		}
		k := cellOf(&occ, at)
		if g.cells[k] == nil {
			g.cells[k] = &wholePart{}
		}
		g.cells[k].merge(&wholePart{Sums: at.row, cost: at.cost})
		g.cells[k].meet(people[occ.ID])
		for _, who := range people[occ.ID] {
			g.met[who] = true
		}
	}
	return g
}

// fold folds where it is known how many people every cell is of.
func (g *wholeWeek) fold(enough int) {
	inOrder := func() []cell { return slices.SortedFunc(maps.Keys(g.cells), cell.compare) }
	toOthers := func(k cell) {
		g.others.merge(g.cells[k])
		delete(g.cells, k)
	}
	for _, k := range inOrder() {
		small := g.cells[k]
		if k.held == "" || len(small.people) >= enough {
			continue
		}
		delete(g.cells, k)
		k.held = otherReasons
		if g.cells[k] == nil {
			g.cells[k] = &wholePart{}
		}
		g.cells[k].merge(small)
	}
	for _, k := range inOrder() {
		if len(g.cells[k].people) < enough {
			toOthers(k)
		}
	}
	for g.others.Occurrences > 0 && len(g.others.people) < enough && len(g.cells) > 0 {
		toOthers(slices.MinFunc(inOrder(), func(a, b cell) int {
			return cmp.Compare(len(g.cells[a].people), len(g.cells[b].people))
		}))
	}
}

// lines says all that a week comes to.
func (g *wholeWeek) lines(enough int) (lines []string) {
	n := len(g.met)
	lines = append(lines, fmt.Sprint("people ", n, ", left out ", len(g.cells) > 0 && n < enough))
	g.fold(enough)
	for k, p := range g.cells {
		lines = append(lines, fmt.Sprint("cell ", k, p.Sums, p.cost))
	}
	unseen, dropped := g.unseen.Sums, false
	if len(g.unseen.people) < enough {
		unseen, dropped = Sums{}, unseen.MeetingHours != 0
	}
	lines = append(lines, fmt.Sprint("others ", g.others.Sums, g.others.cost), fmt.Sprint("unseen ", unseen, dropped))
	slices.Sort(lines)
	return lines
}

func (g *groupWeek) lines() (lines []string) {
	lines = append(lines, fmt.Sprint("people ", g.people, ", left out ", g.leftOut))
	for k, p := range g.cells {
		lines = append(lines, fmt.Sprint("cell ", k, p.Sums, p.cost))
	}
	lines = append(lines, fmt.Sprint("others ", g.others.Sums, g.others.cost), fmt.Sprint("unseen ", g.unseen.Sums, g.dropped))
	slices.Sort(lines)
	return lines
}

// TestFoldingAsksForFew: to ask who attends only until it is certain what is told comes
// to the same as to know it of all.
func TestFoldingAsksForFew(t *testing.T) {
	whole := fourWeeks(t)
	week := Period{From: whole.From, To: whole.weeks()[0].To, Zone: whole.Zone}
	folded, spared := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		a := attended{weeks: make([][]store.Occurrence, 1), people: map[int64][]int64{}, verdicts: map[string]rules.Verdict{}}
		subjects := rapid.IntRange(1, 9).Draw(rt, "subjects")
		for n := range subjects {
			v := judgedAs(rules.Category(rapid.IntRange(0, 3).Draw(rt, "category")), "word")
			v.Sure = rapid.IntRange(0, 3).Draw(rt, "sure") > 0
			v.Guards = rapid.SliceOfN(rapid.SampledFrom([]string{"one-to-one", "external", "private", otherReasons}), 0, 1).Draw(rt, "guards")
			a.verdicts[fmt.Sprint(n)] = v
		}
		crowd := rapid.SampledFrom([]int64{3, 7, 12, 40}).Draw(rt, "crowd")
		for id := range int64(rapid.IntRange(0, 60).Draw(rt, "occurrences")) {
			a.people[id] = rapid.SliceOfNDistinct(rapid.Int64Range(1, crowd), 0, min(6, int(crowd)), rapid.ID[int64]).Draw(rt, "people")
			o := store.Occurrence{
				ID: id, SubjectHash: fmt.Sprint(rapid.IntRange(0, subjects-1).Draw(rt, "subject")), HeadsKnown: rapid.IntRange(0, 4).Draw(rt, "known") > 0,
				Start: week.From, End: week.From.Add(time.Hour), Inside: time.Hour,
				Counted: len(a.people[id]) > 0 && rapid.IntRange(0, 5).Draw(rt, "counted") > 0,
			}
			if o.Counted {
				o.People = len(a.people[id])
				o.Gross = time.Duration(rapid.IntRange(0, 3600*o.People).Draw(rt, "gross")) * time.Second
				o.WholeGross = o.Gross
			}
			a.weeks[0] = append(a.weeks[0], o)
		}
		in := a.input(week)
		asked := map[int64]bool{}
		attending := in.Attending
		in.Attending = func(occurrences []int64) (map[int64][]int64, error) {
			for _, id := range occurrences {
				asked[id] = true
			}
			return attending(occurrences)
		}
		o := Options{Period: week, MinGroup: rapid.IntRange(1, 6).Draw(rt, "least"), Cost: cost}
		weeks, err := groupWeeks(in, []Period{week}, o)
		if err != nil {
			rt.Fatal(err)
		}
		got := weeks[0]
		if d := gocmp.Diff(wholeWeekOf(rt, in, week, o, a.people).lines(o.MinGroup), got.lines()); d != "" {
			rt.Fatalf("-knowing all people +asking for few:\n%s", d)
		}
		if got.others.Occurrences > 0 {
			folded++
		}
		if len(asked) < len(a.weeks[0]) {
			spared++
		}
	})
	if folded == 0 || spared == 0 {
		t.Errorf("%d weeks were folded and %d told without asking for all: the test proves nothing", folded, spared)
	}
}

// TestGroupsOfTheStore: what groups are told from a database is what its rows come to
// with everything in them read.
func TestGroupsOfTheStore(t *testing.T) {
	from := monday(twoDays(t).From, time.UTC)
	p := Period{From: addDays(from, -7, time.UTC), To: addDays(from, 14, time.UTC), Zone: time.UTC}
	rapid.Check(t, func(rt *rapid.T) {
		all := events(rt)
		db := fill(t, all, addDays(from, rapid.SampledFrom([]int{-1, 2, 6}).Draw(rt, "day"), time.UTC))
		defer db.Close()
		in, err := inputOf(t.Context(), db, rulesHash)
		if err != nil {
			rt.Fatal(err)
		}
		o := Options{Period: p, MinGroup: rapid.IntRange(1, folk).Draw(rt, "least"), Cost: cost}
		got, err := groupWeeks(groupInputOf(t.Context(), db, rulesHash), p.weeks(), o)
		if err != nil {
			rt.Fatal(err)
		}
		for i, week := range p.weeks() {
			var ids []int64
			for occ, err := range in.Occurrences(week) {
				if err != nil {
					rt.Fatal(err)
				}
				ids = append(ids, occ.ID)
			}
			people, err := db.Attending(t.Context(), ids)
			if err != nil {
				rt.Fatal(err)
			}
			if d := gocmp.Diff(wholeWeekOf(rt, in, week, o, people).lines(o.MinGroup), got[i].lines()); d != "" {
				rt.Fatalf("-all that is known +what groups need:\n%s", d)
			}
		}
	})
}

// TestPlacesAreOfVerdicts: a verdict belongs where all that it says puts it.
func TestPlacesAreOfVerdicts(t *testing.T) {
	db := fill(t, []event{
		{Guests: []int{0, 1}, Minutes: 60, Days: 1}, {Guests: []int{0, 2}, Minutes: 60, Days: 1, Category: rules.Collaborating, Guarded: true},
		{Guests: []int{0, 3}, Minutes: 60, Days: 1, Category: rules.Connecting}, {Guests: []int{0, 4}, Minutes: 60, Days: 1, Unsure: true},
	}, twoDays(t).From)
	defer db.Close()
	got, err := places(t.Context(), db, rulesHash)
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.Verdicts(context.Background(), rulesHash)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d verdicts: %v", len(all), err)
	}
	want := map[string]verdict.Place{}
	places := map[string]verdict.Place{}
	for hash, row := range all {
		v, err := verdict.Decode(row.Verdict)
		if err != nil {
			t.Fatal(err)
		}
		want[hash] = placeIn(v)
	}
	for hash, v := range got {
		places[hash] = placeIn(*v)
	}
	if d := gocmp.Diff(want, places); d != "" {
		t.Errorf("-of whole verdicts +of their heads:\n%s", d)
	}
	if err := db.SaveVerdicts(t.Context(), []store.Verdict{{SubjectHash: someKey(want), RulesHash: rulesHash, Category: "informing", Verdict: []byte("{")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := groupInputOf(t.Context(), db, rulesHash).Verdict("any"); err == nil || errors.Is(err, ErrUnjudged) {
		t.Error("a verdict that cannot be read is no error")
	}
}

func placeIn(v rules.Verdict) verdict.Place {
	p := verdict.Place{Category: v.Category, Sure: v.Sure}
	if len(v.Guards) > 0 {
		p.Guard = v.Guards[0]
	}
	return p
}

func someKey(m map[string]verdict.Place) string {
	for k := range m {
		return k
	}
	return ""
}
