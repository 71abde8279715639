package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"unmeet/rules"
	"unmeet/store"
)

// asked is what a funnel is counted from, at rest.
type asked struct {
	given
	plans  []store.Freed
	shares map[int64][]store.Share
}

func (a asked) input() FunnelInput {
	in := FunnelInput{Input: a.given.input()}
	in.Plans = func(p Period) (all []store.Freed, err error) {
		for _, f := range a.plans {
			if f.Start.Before(p.To) && f.End.After(p.From) {
				all = append(all, f)
			}
		}
		return all, nil
	}
	in.Shares = func(Period) (map[int64][]store.Share, error) { return a.shares, nil }
	people := map[int64][]int64{}
	for id, shares := range a.shares {
		for _, s := range shares {
			people[id] = append(people[id], s.Person)
		}
	}
	in.attendedBy(people)
	return in
}

func funnelOf(t rapid.TB, a asked, o FunnelOptions) *Funnel {
	t.Helper()
	f, err := CountFunnel(a.input(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// teams has even people in one group, some of the odd ones in another, and the rest in
// none.
func teams(address string) string {
	var n int
	if _, err := fmt.Sscanf(address, "p%d@", &n); err != nil {
		return ""
	}
	switch {
	case n%2 == 0:
		return "Even"
	case n%3 == 0:
		return "Odd"
	}
	return ""
}

// randomPlans draws what was suggested to nine people about a period: rows of one
// person at one occurrence agree on when that is and stand at most once.
func randomPlans(t *rapid.T, p Period, net func(int) time.Duration) (plans []store.Freed) {
	seconds := int(p.To.Sub(p.From)/time.Second) + 7200
	for same := range rapid.IntRange(0, 25).Draw(t, "times") {
		start := p.From.Add(time.Duration(rapid.IntRange(-3600, seconds-3600).Draw(t, "start")) * time.Second)
		length := time.Duration(rapid.IntRange(1, 3*3600).Draw(t, "length")) * time.Second
		person := rapid.IntRange(1, 9).Draw(t, "person")
		stands := false
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			f := store.Freed{
				Same: int64(same), Person: fmt.Sprint(person), Address: fmt.Sprintf("p%d@acme.example", person),
				Kind:     rapid.SampledFrom([]string{"decline", "decline", "trial"}).Draw(t, "kind"),
				Category: rapid.SampledFrom([]string{"informing", "informing", "collaborating", "creating"}).Draw(t, "category"),
				Start:    start, End: start.Add(length), Net: net(same),
			}
			if !stands {
				f.Accepted = rapid.Bool().Draw(t, "accepted")
				f.Gone = f.Accepted && rapid.Bool().Draw(t, "gone")
				f.Recovered = f.Gone && rapid.Bool().Draw(t, "recovered")
				stands = f.Accepted
			}
			plans = append(plans, f)
		}
	}
	return plans
}

// TestFunnelAddsUp: rows add up to the whole, weeks to the period, people to all, and
// each stage is part of the one before, to the second.
func TestFunnelAddsUp(t *testing.T) {
	whole := fourWeeks(t)
	rapid.Check(t, func(rt *rapid.T) {
		a := asked{given: rows(rt, whole), shares: map[int64][]store.Share{}}
		for _, o := range a.occurrences {
			for n := range o.People {
				share := store.Share{Person: int64(n + 1), Address: fmt.Sprintf("p%d@acme.example", n+1), Seconds: int64(o.WholeGross/time.Second) / int64(o.People)}
				a.shares[o.ID] = append(a.shares[o.ID], share)
			}
		}
		a.plans = randomPlans(rt, whole, func(int) time.Duration {
			return time.Duration(rapid.IntRange(0, 3600).Draw(rt, "net")) * time.Second
		})
		of := func(p Period, by By, person string) *Funnel {
			f := funnelOf(rt, a, FunnelOptions{Period: p, By: by, Cost: cost, Group: teams, Person: person})
			var sum FunnelSums
			for _, r := range f.listed() {
				sum = sum.plus(r.FunnelSums)
			}
			if sum != f.FunnelSums {
				rt.Fatalf("by %s rows add up to %+v, not %+v", by, sum, f.FunnelSums)
			}
			for _, s := range []Stages{sum.Declines, sum.Trials} {
				if s.RecoveredHours > s.AcceptedHours || s.AcceptedHours > s.SuggestedHours || s.RecoveredHours < 0 {
					rt.Fatalf("stages %+v", s)
				}
			}
			return f
		}
		all := of(whole, ByCategory, "").FunnelSums
		for _, by := range []By{ByGroup, ByWeek} {
			if f := of(whole, by, ""); f.FunnelSums != all {
				rt.Fatalf("by %s it is %+v, by category %+v", by, f.FunnelSums, all)
			}
		}
		weeks := whole.weeks()
		cut := rapid.IntRange(1, 3).Draw(rt, "cut")
		one, other := of(Period{whole.From, weeks[cut].From, whole.Zone}, ByCategory, ""), of(Period{weeks[cut].From, whole.To, whole.Zone}, ByCategory, "")
		if sum := one.FunnelSums.plus(other.FunnelSums); sum != all {
			rt.Fatalf("cut in two it is %+v, else %+v", sum, all)
		}
		var people FunnelSums
		for n := range 9 {
			people = people.plus(of(whole, ByWeek, fmt.Sprintf("p%d@acme.example", n+1)).FunnelSums)
		}
		if people != all {
			rt.Fatalf("all people's own are %+v, together %+v", people, all)
		}
	})
}

// TestNoFunnelTellsOfFew: whatever funnels are added and subtracted, what is left is of
// MinGroup people or more. Each plan has hours that are a power of three, but for those
// that give nothing back.
func TestNoFunnelTellsOfFew(t *testing.T) {
	whole := fourWeeks(t)
	weeks := whole.weeks()
	shown := 0
	rapid.Check(t, func(rt *rapid.T) {
		least := rapid.IntRange(2, 4).Draw(rt, "least")
		a := asked{given: given{verdicts: map[string]rules.Verdict{}}}
		var nothing []store.Freed
		weight := time.Second
		for same := range rapid.IntRange(0, 18).Draw(rt, "times") {
			person := rapid.IntRange(1, 7).Draw(rt, "person")
			start := weeks[rapid.IntRange(0, 1).Draw(rt, "week")].From.Add(time.Hour)
			step := rapid.IntRange(0, 3).Draw(rt, "step")
			a.plans = append(a.plans, store.Freed{
				Same: int64(same), Person: fmt.Sprint(person), Address: fmt.Sprintf("p%d@acme.example", person),
				Kind:     rapid.SampledFrom([]string{"decline", "trial"}).Draw(rt, "kind"),
				Category: rapid.SampledFrom([]string{"informing", "collaborating"}).Draw(rt, "category"),
				Start:    start, End: start.Add(time.Hour), Net: weight, Accepted: step > 0, Gone: step > 1, Recovered: step > 2,
			})
			weight *= 3
		}
		for same := range rapid.IntRange(0, 4).Draw(rt, "times for nothing") {
			of := a.plans[:len(a.plans):len(a.plans)]
			if len(of) == 0 {
				break
			}
			f := rapid.SampledFrom(of).Draw(rt, "like")
			f.Same, f.Person, f.Net = int64(100+same), fmt.Sprint(100+same), 0
			nothing = append(nothing, f)
		}
		told := a.plans
		a.plans = append(a.plans, nothing...)
		memberships := make([]strings.Builder, len(told))
		for _, p := range []Period{{weeks[0].From, weeks[1].From, whole.Zone}, {weeks[1].From, weeks[2].From, whole.Zone}, {weeks[0].From, weeks[2].From, whole.Zone}} {
			figures := map[string]Hours{}
			for _, by := range []By{ByCategory, ByGroup, ByWeek} {
				f := funnelOf(rt, a, FunnelOptions{Period: p, By: by, MinGroup: least, Group: teams})
				whole := funnelOf(rt, a, FunnelOptions{Period: p, By: by, Group: teams})
				notNone := func(what string, told, all FunnelSums) {
					for i, h := range told.figures() {
						if h == 0 && all.figures()[i] != 0 {
							rt.Fatalf("by %s, figure %d of %s is written as none, but only hidden", by, i, what)
						}
					}
				}
				notNone("the whole", f.told().FunnelSums, whole.FunnelSums)
				for _, r := range f.told().listed() {
					for _, all := range whole.listed() {
						if r.label() == all.label() {
							notNone(r.label(), r.FunnelSums, all.FunnelSums)
						}
					}
				}
				note := func(row string, s FunnelSums) {
					for i, h := range s.figures() {
						figures[fmt.Sprint(by, " ", row, " ", i)] = h
					}
				}
				note("whole", f.FunnelSums)
				for _, r := range f.listed() {
					note("row "+r.label()+r.From, r.FunnelSums)
				}
				if f.Others != nil {
					figures["others"] = f.Others.SuggestedHours
				}
			}
			for _, w := range funnelOf(rt, a, FunnelOptions{Period: p, MinGroup: least, Balance: true}).Balance {
				if w.WrittenHours != NotShown {
					figures["in writing in the week of "+w.From] = w.WrittenHours
				}
			}
			sets := map[int]bool{}
			for name, h := range figures {
				set := 0
				for i := range told {
					if h%3 == 1 {
						fmt.Fprintf(&memberships[i], "%v %s\n", p.From, name)
						set |= 1 << i
					}
					h /= 3
				}
				sets[set] = true
			}
			for whole := range sets {
				for part := range sets {
					people := map[string]bool{}
					for i, f := range told {
						if part&^whole == 0 && (whole&^part)>>i&1 == 1 {
							people[f.Person] = true
						}
					}
					if n := len(people); n > 0 && n < least {
						rt.Errorf("one figure less another tells of %d people, fewer than %d", n, least)
					}
				}
			}
		}
		alike := map[string]map[string]bool{}
		for i, f := range told {
			k := memberships[i].String()
			if alike[k] == nil {
				alike[k] = map[string]bool{}
			}
			alike[k][f.Person] = true
		}
		for k, people := range alike {
			if k == "" {
				continue
			}
			shown++
			if len(people) < least {
				rt.Errorf("hours of %d people, fewer than %d, can be told", len(people), least)
			}
		}
	})
	if shown == 0 {
		t.Error("nothing was ever shown: the test proves nothing")
	}
}

// answered is an organization that was asked about some of its meetings: six people
// declines, six others trials, of whom four each have recovered something in each of the
// last two weeks.
func answered(t testing.TB) (asked, Options) {
	a := asked{shares: map[int64][]store.Share{}}
	var o Options
	a.given, o = example(t)
	for _, occ := range a.occurrences {
		for n := range occ.People {
			a.shares[occ.ID] = append(a.shares[occ.ID], store.Share{Person: int64(n + 1), Address: fmt.Sprintf("p%d@acme.example", n+1), Seconds: int64(occ.WholeGross/time.Second) / int64(occ.People)})
		}
	}
	start := o.Period.From.Add(9 * time.Hour)
	for n := range 12 {
		kind, category := "decline", "informing"
		if n > 5 {
			kind, category = "trial", "collaborating"
		}
		for week := range 4 {
			a.plans = append(a.plans, store.Freed{
				Same: int64(10*n + week), Person: fmt.Sprint(n), Address: fmt.Sprintf("p%d@acme.example", n), Kind: kind, Category: category,
				Start: start.AddDate(0, 0, 7*week), End: start.AddDate(0, 0, 7*week).Add(time.Hour), Net: 55 * time.Minute, Cost: 5 * time.Minute,
				Accepted: n%3 > 0 || week > 1, Gone: n%3 > 0, Recovered: n%3 > 0 && week > 1,
			})
		}
	}
	return a, o
}

// TestFunnelOnPaper compares what people read with testdata.
func TestFunnelOnPaper(t *testing.T) {
	a, o := answered(t)
	for by, name := range map[By]string{ByCategory: "category", ByGroup: "group", ByWeek: "week"} {
		f := funnelOf(t, a, FunnelOptions{Title: "Acme", Period: o.Period, By: by, MinGroup: 2, Cost: cost, Group: teams})
		f.Connected, f.Known = 12, 15
		golden(t, "funnel-"+name+".txt", func(w io.Writer) error { return f.Table(w, TableOptions{}) })
		golden(t, "funnel-"+name+".md", f.Markdown)
		golden(t, "funnel-"+name+".csv", f.CSV)
		golden(t, "funnel-"+name+".json", f.JSON)
		var b bytes.Buffer
		var back Funnel
		if err := errors.Join(f.JSON(&b), json.Unmarshal(b.Bytes(), &back)); err != nil || back.FunnelSums != f.FunnelSums {
			t.Errorf("by %s it reads back as %+v, %v", name, back.FunnelSums, err)
		}
	}
}
