package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// pool is what is told together of some people.
type pool struct {
	sums   FunnelSums
	people map[string]bool
}

func (t *pool) merge(u *pool) {
	t.sums = t.sums.plus(u.sums)
	if t.people == nil {
		t.people = map[string]bool{}
	}
	maps.Copy(t.people, u.people)
}

// add adds somebody's part to a cell.
func add[K cmp.Ordered](cells map[K]*pool, k K, person string, part FunnelSums) {
	if cells[k] == nil {
		cells[k] = &pool{}
	}
	cells[k].merge(&pool{part, map[string]bool{person: true}})
}

// fold takes out of cells those of fewer people than enough, and as many more as make
// them enough together, the smallest first. It returns those together; nothing, if all
// together are too few.
func fold[K cmp.Ordered](cells map[K]*pool, enough int) pool {
	var others pool
	take := func(k K) {
		others.merge(cells[k])
		delete(cells, k)
	}
	for _, k := range slices.Sorted(maps.Keys(cells)) {
		if len(cells[k].people) < enough {
			take(k)
		}
	}
	for len(others.people) > 0 && len(others.people) < enough && len(cells) > 0 {
		take(slices.MinFunc(slices.Sorted(maps.Keys(cells)), func(a, b K) int {
			return cmp.Compare(len(cells[a].people), len(cells[b].people))
		}))
	}
	if len(others.people) < enough {
		return pool{}
	}
	return others
}

// step is how far somebody's part of a suggestion came: no further than that.
type step string

const (
	suggestedOnly step = "1 suggested"
	acceptedOnly  step = "2 accepted"
	recovered     step = "3 recovered"
)

// fate is what became of one person's time at one occurrence.
type fate struct {
	kind                string
	person, address     string
	category            string
	suggested, accepted Hours
	cost                Hours // of what was accepted: of their time, what writing and reading takes
	step                step
	gone                bool // calendars do not show it any more
}

// sums are the figures of f alone.
func (f *fate) sums() FunnelSums {
	var s FunnelSums
	stages := Stages{SuggestedHours: f.suggested}
	if f.step != suggestedOnly {
		stages.AcceptedHours = f.accepted
	}
	if f.step == recovered {
		stages.RecoveredHours = f.accepted
	}
	if f.gone {
		switch f.category {
		case rules.Informing.String():
			s.RecoverableHours = f.accepted
		case rules.Collaborating.String():
			s.TrialHours = f.accepted
		}
	}
	if f.kind == trialKind {
		s.Trials = stages
	} else {
		s.Declines = stages
	}
	return s
}

// trialKind is the kind of suggestions that are trials.
const trialKind = "trial"

// toldPlans are what became of suggestions about a week in the parts that can be told
// apart, and beside it what was suggested to too few people to say what became of it.
func toldPlans(in FunnelInput, o FunnelOptions, p Period) (map[string]*pool, map[string][]*fate, untold, error) {
	rows, err := in.Plans(p)
	if err != nil {
		return nil, nil, untold{}, err
	}
	// What is told of a week is one kind and one step (of what calendars do not show any
	// more also in which figure it was before); what is told of that by category adds up
	// to it, and what is told by group adds up to that. So figures of several reports
	// tell nothing more.
	cells := map[string]*pool{}
	parts := map[string][]*fate{}
	for _, f := range fates(rows, p) {
		if o.Person != "" && f.address != o.Person {
			continue
		}
		part := f.sums()
		if part == (FunnelSums{}) { // it gives nothing back, and hides nobody
			continue
		}
		cell := fmt.Sprint(f.kind, " ", f.step, part.RecoverableHours > 0, part.TrialHours > 0)
		add(cells, cell, f.person, part)
		parts[cell] = append(parts[cell], f)
	}
	all := len(cells)
	others := fold(cells, o.MinGroup)
	hidden := untold{some: len(cells) < all, suggested: others.sums.Declines.SuggestedHours + others.sums.Trials.SuggestedHours}
	return cells, parts, hidden, nil
}

// plansOf adds up what became of suggestions about a week, by the label of their row
// ("" by week), and returns beside it what [toldPlans] does.
func plansOf(in FunnelInput, o FunnelOptions, p Period) (map[string]FunnelSums, untold, error) {
	cells, parts, hidden, err := toldPlans(in, o, p)
	if err != nil {
		return nil, untold{}, err
	}
	sums := map[string]FunnelSums{}
	for cell, whole := range cells {
		if o.By == ByWeek {
			sums[""] = sums[""].plus(whole.sums)
			continue
		}
		for category, all := range split(parts[cell], o.MinGroup, func(f *fate) string { return f.category }) {
			byLabel := map[string][]*fate{category: all}
			if o.By == ByGroup {
				byLabel = split(all, o.MinGroup, func(f *fate) string { return groupOf(o, f.address) })
			}
			for label, all := range byLabel {
				for _, f := range all {
					sums[label] = sums[label].plus(f.sums())
				}
			}
		}
	}
	return sums, hidden, nil
}

// untold is what a week has beside what is told of it.
type untold struct {
	suggested Hours // of how many hours it is told that they were suggested
	some      bool  // whether there is anything, be it of too few people to tell the hours
}

// split parts what became of people's time by a label, those under which there are too
// few people being others.
func split(all []*fate, enough int, label func(*fate) string) map[string][]*fate {
	people := map[string]*pool{}
	for _, f := range all {
		add(people, label(f), f.person, FunnelSums{})
	}
	fold(people, enough)
	parts := map[string][]*fate{}
	for _, f := range all {
		name := label(f)
		if people[name] == nil {
			name = otherRows
		}
		parts[name] = append(parts[name], f)
	}
	return parts
}

// fateOf names one person's time at one occurrence, as one kind of suggestion is about
// it.
type fateOf struct {
	same int64
	kind string
}

// fates says what became of the time inside p that suggestions were about, however
// often they were made: once for each person, occurrence and kind.
func fates(rows []store.Freed, p Period) map[fateOf]*fate {
	all := map[fateOf]*fate{}
	for i := range rows {
		r := &rows[i]
		part := Hours(hours.Inside(int64(r.Net/time.Second), r.Start.Unix(), r.End.Unix(), p.From.Unix(), p.To.Unix()))
		k := fateOf{r.Same, r.Kind}
		f := all[k]
		if f == nil {
			f = &fate{kind: r.Kind, person: r.Person, address: r.Address, category: r.Category, step: suggestedOnly}
			all[k] = f
		}
		f.suggested = max(f.suggested, part)
		if r.Accepted {
			f.accepted, f.category, f.step, f.gone = part, r.Category, acceptedOnly, r.Gone
			f.cost = Hours(hours.Inside(int64(r.Cost/time.Second), r.Start.Unix(), r.End.Unix(), p.From.Unix(), p.To.Unix()))
			if r.Recovered {
				f.step = recovered
			}
		}
	}
	for _, f := range all {
		if f.accepted == 0 { // then there is nothing to tell of it
			f.step, f.gone = suggestedOnly, false
		}
	}
	return all
}

// eachShare tells for each of our people at each occurrence of a week what of their time
// it takes inside the week, and their part of what it could give back.
func eachShare(in FunnelInput, o FunnelOptions, p Period, tell func(k cell, share store.Share, inside Hours, part FunnelSums)) error {
	shares, err := in.Shares(p)
	if err != nil {
		return err
	}
	for occ, err := range in.Occurrences(p) {
		if err != nil {
			return err
		}
		if !occ.Counted {
			continue
		}
		at, err := placeOf(in.Input, &occ, p, o.Cost)
		if err != nil {
			return err
		}
		people := shares[occ.ID]
		seconds := make([]int64, len(people))
		for i, s := range people {
			seconds[i] = s.Seconds
		}
		start, end, from, to := occ.Start.Unix(), occ.End.Unix(), p.From.Unix(), p.To.Unix()
		var net int64
		if at.row.RecoverableHours+at.row.TrialHours != 0 {
			net = o.Cost.Net(int64(hoursOf(occ.WholeGross)), occ.People)
		}
		parts := hours.Among(net, start, end, from, to, seconds)
		for i, s := range people {
			part := FunnelSums{RecoverableHours: Hours(parts[i])}
			if at.verdict.Category != rules.Informing {
				part = FunnelSums{TrialHours: Hours(parts[i])}
			}
			tell(cellOf(&occ, at), s, Hours(hours.Inside(s.Seconds, start, end, from, to)), part)
		}
	}
	return nil
}

// list puts the rows in order: categories from the easiest to the hardest to do async,
// groups by name, weeks by time; others come last.
func (f *Funnel) list(rows, weekly map[string]FunnelSums) {
	for _, p := range f.Period.weeks() {
		row := FunnelRow{From: p.date(p.From), To: p.date(p.To), FunnelSums: weekly[p.date(p.From)], period: p}
		f.Weeks = append(f.Weeks, row)
	}
	switch f.By {
	case ByWeek: // that they are, already
	case ByGroup:
		f.Groups = []FunnelRow{}
		for _, last := range []bool{false, true} {
			for _, name := range slices.Sorted(maps.Keys(rows)) {
				if (name == noGroup || name == otherRows) == last {
					f.Groups = append(f.Groups, FunnelRow{Group: name, FunnelSums: rows[name]})
				}
			}
		}
	default:
		for c := range rules.Category(rules.Categories) {
			f.Categories = append(f.Categories, FunnelRow{Category: c.String(), FunnelSums: rows[c.String()]})
		}
		if s, any := rows[otherRows]; any {
			f.Categories = append(f.Categories, FunnelRow{Category: otherRows, FunnelSums: s})
		}
	}
}
