package report

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"unmeet/rules"
	"unmeet/store"
)

// otherReasons are guards that hold back what too few people attend, together.
const otherReasons = "other reasons"

// cell is what is told apart of a week: every figure of a report is a sum of cells,
// each either whole or not at all. So whoever subtracts figures of one report or
// of several is left with cells, and no cell is of fewer than MinGroup people.
type cell struct {
	category rules.Category
	held     string // what holds it back, of informing and collaborating
	unsure   bool
	pays     bool // doing it in writing gives time back
	known    bool // its headcount is
}

func (c cell) compare(d cell) int {
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(c.category, d.category), cmp.Compare(c.held, d.held), cmp.Compare(bit(c.unsure), bit(d.unsure)),
		cmp.Compare(bit(c.pays), bit(d.pays)), cmp.Compare(bit(c.known), bit(d.known)))
}

// part is what a cell holds. Whose it is is found out only as far as it matters: of
// nearly all cells, a few occurrences show that they are of enough people.
type part struct {
	Sums
	cost    Hours
	people  map[int64]bool // as far as known
	unasked []int64        // occurrences of which it is not known who attends
	asked   int
}

func (p *part) merge(q *part) {
	p.add(q.Sums)
	p.cost += q.cost
	p.unasked = append(p.unasked, q.unasked...)
	for who := range q.people {
		p.meets(who)
	}
}

func (p *part) meets(who int64) {
	if p.people == nil {
		p.people = map[int64]bool{}
	}
	p.people[who] = true
}

// firstAsked is of how many occurrences it is asked first who attends them.
const firstAsked = 4

// has reports whether p is of n people at least. Where it is not, all are known.
func (p *part) has(n int, attending func([]int64) (map[int64][]int64, error)) (bool, error) {
	for len(p.people) < n && len(p.unasked) > 0 {
		next := p.unasked[:min(len(p.unasked), max(firstAsked, p.asked))] // twice as many each time
		people, err := attending(next)
		if err != nil {
			return false, err
		}
		p.unasked, p.asked = p.unasked[len(next):], p.asked+len(next)
		for _, all := range people {
			for _, who := range all {
				p.meets(who)
			}
		}
	}
	return len(p.people) >= n, nil
}

// groupWeek is a week in cells.
type groupWeek struct {
	cells   map[cell]*part
	others  part // cells of too few people, together
	unseen  part // events that do not count, their guests being unknown
	anybody bool // met
	people  int  // who met
	leftOut bool // too few people met
	dropped bool // unseen was of too few people
}

// countGroups is Count where o has a MinGroup: in whole weeks, of which those are
// left out in which fewer people met, and small cells are folded together. It returns
// beside it the weeks in cells.
func countGroups(in Input, o Options, by By) (*Report, []*groupWeek, error) {
	whole := sums{leftAlone: map[string]Hours{}}
	var others Sums
	var weeks, leftOut []Week
	personWeeks, held, unseen := 0, 0, false
	periods := o.Period.weeks()
	all, err := groupWeeks(in, periods, o)
	if err != nil {
		return nil, nil, err
	}
	for i, p := range periods {
		g := all[i]
		week := Week{From: p.date(p.From), To: p.date(p.To), period: p}
		if g.leftOut {
			leftOut = append(leftOut, week)
			continue
		}
		week.Sums, week.folded, week.others = g.addTo(&whole), g.others.Occurrences > 0, g.others.MeetingHours
		for k, p := range g.cells {
			week.categories[k.category] += p.MeetingHours
		}
		weeks = append(weeks, week)
		unseen = unseen || g.dropped
		others.add(Sums{Occurrences: g.others.Occurrences, MeetingHours: g.others.MeetingHours})
		if personWeeks += g.people; g.people > 0 {
			held++
		}
	}
	r := newReport(whole, o, by)
	r.MinGroup, r.personWeeks, r.unseen = o.MinGroup, personWeeks, unseen
	if held > 0 {
		r.People = Number((2*personWeeks + held) / (2 * held))
	}
	if others != (Sums{}) {
		r.Others = &Others{Occurrences: others.Occurrences, MeetingHours: others.MeetingHours}
	}
	for _, w := range leftOut {
		r.LeftOut = append(r.LeftOut, Span{From: w.From, To: w.To, period: w.period})
	}
	if by == ByWeek {
		r.Weeks = weeks
	}
	return r, all, nil
}

// weeksAtOnce is how many weeks are added up at a time: no more than there are readers
// of the database.
const weeksAtOnce = 4

// groupWeeks adds up weeks, several at a time, and counts meanwhile who met in each.
func groupWeeks(in Input, weeks []Period, o Options) ([]*groupWeek, error) {
	for _, p := range weeks {
		if p.days() != 7 {
			return nil, errors.New("sums of groups are of whole weeks")
		}
	}
	var met []int
	all, errs := make([]*groupWeek, len(weeks)), make([]error, len(weeks)+1)
	var next atomic.Int64
	var adding sync.WaitGroup
	adding.Go(func() { met, errs[len(weeks)] = in.Meeting(weeks) })
	for range min(len(weeks), weeksAtOnce) {
		adding.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(weeks); i = next.Add(1) - 1 {
				if all[i], errs[i] = groupsOf(in, weeks[i], o); errs[i] != nil {
					next.Store(int64(len(weeks))) // nobody begins another
				}
			}
		})
	}
	adding.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	for i, g := range all {
		if g.anybody {
			g.people = met[i]
			g.leftOut = g.people < o.MinGroup
		}
	}
	return all, nil
}

// groupsOf adds up a week in cells, and folds those of fewer than o.MinGroup
// people. How many met is left to others.
func groupsOf(in Input, p Period, o Options) (*groupWeek, error) {
	g := &groupWeek{cells: map[cell]*part{}}
	for occ, err := range in.Occurrences(p) {
		if err != nil {
			return nil, err
		}
		if !occ.Counted {
			g.unseen.add(Sums{MeetingHours: hoursOf(occ.Inside)})
			g.unseen.unasked = append(g.unseen.unasked, occ.ID)
			continue
		}
		at, err := placeOf(in, &occ, p, o.Cost)
		if err != nil {
			return nil, err
		}
		k := cellOf(&occ, at)
		c := g.cells[k]
		if c == nil {
			c = &part{}
			g.cells[k] = c
		}
		c.add(at.row)
		c.cost += at.cost
		c.unasked = append(c.unasked, occ.ID)
	}
	g.anybody = len(g.cells) > 0
	return g, g.fold(o.MinGroup, in.Attending)
}

// cellOf is the cell of an occurrence, before any are put together.
func cellOf(occ *store.Occurrence, at place) cell {
	k := cell{category: at.verdict.Category, unsure: at.unsure, known: occ.HeadsKnown, pays: at.row.RecoverableHours+at.row.TrialHours != 0}
	if at.left {
		k.held = at.held
	}
	return k
}

// fold leaves no cell of fewer than enough people: guards that hold back little are
// put together first, then whatever is still too small goes to the others, with
// as many more cells as make these enough.
func (g *groupWeek) fold(enough int, attending func([]int64) (map[int64][]int64, error)) error {
	for _, k := range g.inOrder() {
		if k.held == "" {
			continue
		}
		small := g.cells[k]
		if many, err := small.has(enough, attending); err != nil || many {
			if err != nil {
				return err
			}
			continue
		}
		delete(g.cells, k)
		k.held = otherReasons
		if g.cells[k] == nil {
			g.cells[k] = &part{}
		}
		g.cells[k].merge(small)
	}
	for _, k := range g.inOrder() {
		many, err := g.cells[k].has(enough, attending)
		if err != nil {
			return err
		}
		if !many {
			g.toOthers(k)
		}
	}
	for g.others.Occurrences > 0 && len(g.cells) > 0 {
		many, err := g.others.has(enough, attending)
		if err != nil {
			return err
		}
		if many {
			break
		}
		least, err := g.smallest(attending)
		if err != nil {
			return err
		}
		g.toOthers(least)
	}
	many, err := g.unseen.has(enough, attending)
	if err != nil {
		return err
	}
	if !many {
		g.dropped = g.unseen.MeetingHours != 0
		g.unseen = part{}
	}
	return nil
}

func (g *groupWeek) inOrder() []cell { return slices.SortedFunc(maps.Keys(g.cells), cell.compare) }

// smallest returns the cell of the fewest people, the first in order of these. It begins
// with the one of the fewest occurrences: of others it need not be known then how many
// people they are of, only that they are of more.
func (g *groupWeek) smallest(attending func([]int64) (map[int64][]int64, error)) (cell, error) {
	inOrder := g.inOrder()
	least := slices.MinFunc(inOrder, func(a, b cell) int {
		return cmp.Compare(g.cells[a].Occurrences, g.cells[b].Occurrences)
	})
	if _, err := g.cells[least].has(math.MaxInt, attending); err != nil {
		return cell{}, err
	}
	for _, k := range inOrder {
		c, n := g.cells[k], len(g.cells[least].people)
		more, err := c.has(n+1, attending)
		if err != nil {
			return cell{}, err
		}
		if !more && (len(c.people) < n || k.compare(least) < 0) {
			least = k
		}
	}
	return least, nil
}

func (g *groupWeek) toOthers(k cell) {
	g.others.merge(g.cells[k])
	delete(g.cells, k)
}

// addTo adds the week to the sums of a period, and returns its own.
func (g *groupWeek) addTo(whole *sums) Sums {
	var week Sums
	for k, p := range g.cells {
		week.add(p.Sums)
		whole.categories[k.category].add(p.Sums)
		whole.asyncCost += p.cost
		if k.held != "" {
			whole.leftAlone[k.held] += p.MeetingHours
		}
		if k.unsure {
			whole.unsure += p.MeetingHours
		}
		if !k.known {
			whole.unknown += p.MeetingHours
		}
	}
	week.add(Sums{Occurrences: g.others.Occurrences, MeetingHours: g.others.MeetingHours})
	whole.unknown += g.unseen.MeetingHours
	whole.total.add(week)
	return week
}
