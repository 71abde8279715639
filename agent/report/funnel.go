package report

import (
	"cmp"
	"fmt"
	"time"

	"unmeet/store"
	"unmeet/store/hours"
)

// ByGroup lists a funnel by the groups of the configuration.
const ByGroup By = "group"

// FunnelOptions says what to tell of suggestions, and what to print with it.
type FunnelOptions struct {
	Title    string // of the organization; "" prints none
	Period   Period
	By       By         // category, group or week; "" is category
	MinGroup int        // of fewer people no figure is told; not asked of Person's own
	Cost     hours.Cost // of doing an occurrence in writing
	Price    Price      // of an hour; totals are told in money, too, but not Person's
	// Group names the group of an address, "" if it is in none.
	Group func(address string) string
	// Person is whose own figures are told, and nobody else's: an address. "": sums
	// of all.
	Person string
	Fresh  time.Time // as Options has it
	// Balance asks for the balance of the weeks before the period's end, too; not of
	// Person's own.
	Balance bool
}

// Funnel is what became of what the meetings of a period could give back. The
// package documentation says what each figure means.
type Funnel struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Zone   string `json:"zone"`
	Person string `json:"person,omitempty"`
	People Number `json:"people"`
	FunnelSums
	Cost   *FunnelCosts `json:"cost,omitempty"`
	Others *Folded      `json:"others,omitempty"`
	Before *Before      `json:"before,omitempty"`

	Categories []FunnelRow `json:"categories,omitempty"`
	Groups     []FunnelRow `json:"groups,omitempty"`
	Weeks      []FunnelRow `json:"weeks,omitempty"`
	LeftOut    []Span      `json:"weeks_left_out,omitempty"`
	Balance    []Balanced  `json:"balance,omitempty"`

	Connected int `json:"connected"`
	Known     int `json:"known"`
	NotRead   int `json:"not_read"`

	Title    string `json:"-"`
	Period   Period `json:"-"`
	By       By     `json:"-"`
	MinGroup int    `json:"-"`

	// Whether some of what is to recover, of what was suggested, and of what there was
	// to recover before, is not told.
	meetingsHidden, plansHidden, beforeHidden, plansBeforeHidden bool

	lastRead time.Time // as Coverage has it
}

// FunnelSums are the figures that every row of a funnel has.
type FunnelSums struct {
	RecoverableHours Hours  `json:"recoverable_hours"`
	TrialHours       Hours  `json:"trial_hours"`
	Declines         Stages `json:"declines"`
	Trials           Stages `json:"trials"`
}

// Stages are how far suggestions of one kind came. Each is part of the one before.
type Stages struct {
	SuggestedHours Hours `json:"suggested_hours"`
	AcceptedHours  Hours `json:"accepted_hours"`
	RecoveredHours Hours `json:"recovered_hours"`
}

// Folded are suggestions of which it is not told how far they came, because too few
// people are concerned.
type Folded struct {
	SuggestedHours Hours `json:"suggested_hours"`
}

// Before are the four weeks before the period.
type Before struct {
	From         string `json:"from"`
	To           string `json:"to"` // the day after the last
	MeetingHours Hours  `json:"meeting_hours"`
	FunnelSums
	compared bool // what changed since can be told
}

// FunnelRow are the figures of one category, group or week.
type FunnelRow struct {
	Category string `json:"category,omitempty"`
	Group    string `json:"group,omitempty"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"` // the day after the last
	FunnelSums
	period Period
}

// What rows are called that are of no category or group of their own.
const (
	otherRows = "others"   // too few people are concerned to tell them apart
	noGroup   = "no group" // of people in none
)

// FunnelInput is what there is to add up.
type FunnelInput struct {
	Input
	// Plans returns what was suggested of the occurrences that reach into a period.
	Plans func(Period) ([]store.Freed, error)
	// Shares returns whose time the occurrences that reach into a period take, and
	// how much: of the whole occurrence, in order of person.
	Shares func(Period) (map[int64][]store.Share, error)
}

// weeksBefore is how long the time is that a funnel is compared with.
const weeksBefore = 4

// CountFunnel adds up what became of suggestions about occurrences of the period of o,
// which must be whole weeks. Its errors are those of in and of the options.
func CountFunnel(in FunnelInput, o FunnelOptions) (*Funnel, error) {
	if err := o.Period.check(); err != nil {
		return nil, err
	}
	switch o.By = cmp.Or(o.By, ByCategory); o.By {
	case ByCategory, ByGroup, ByWeek:
	default:
		return nil, fmt.Errorf("cannot list a funnel by %q (one of category, group, week)", o.By)
	}
	o.MinGroup = max(1, o.MinGroup)
	if o.Person != "" {
		o.MinGroup = 1
	}
	if o.Group == nil {
		o.Group = func(string) string { return "" }
	}
	f, r, err := countFunnel(in, o)
	if err != nil {
		return nil, err
	}
	f.People, f.meetingsHidden = r.People, r.hides() || f.plansHidden // these have taken something out
	f.Cost = f.costs(o.Price)
	if o.Balance && o.Person == "" {
		if f.Balance, err = countBalance(in, o); err != nil {
			return nil, err
		}
	}
	before := o
	before.By = ByCategory
	before.Period = Period{From: addDays(o.Period.From, -7*weeksBefore, o.Period.Zone), To: o.Period.From, Zone: o.Period.Zone}
	b, r, err := countFunnel(in, before)
	if err != nil {
		return nil, err
	}
	if r.MeetingHours != 0 {
		f.Before = &Before{From: b.From, To: b.To, MeetingHours: r.MeetingHours, FunnelSums: b.FunnelSums}
		f.Before.compared = o.Period.days() == 7*weeksBefore && len(f.LeftOut)+len(r.LeftOut) == 0 && (o.Person != "" || r.metFirst())
		f.beforeHidden, f.plansBeforeHidden = r.hides() || b.plansHidden, b.plansHidden
	}
	return f, nil
}

// countFunnel counts the funnel of a period, and the report of what its meetings take.
func countFunnel(in FunnelInput, o FunnelOptions) (*Funnel, *Report, error) {
	f := &Funnel{
		From: o.Period.date(o.Period.From), To: o.Period.date(o.Period.To), Zone: o.Period.Zone.String(), Person: o.Person,
		Title: o.Title, Period: o.Period, By: o.By, MinGroup: o.MinGroup,
	}
	rows, weekly := map[string]FunnelSums{}, map[string]FunnelSums{}
	var r *Report
	var err error
	if o.Person != "" {
		r, err = f.ownMeetings(in, o, rows, weekly)
	} else {
		r, err = f.meetings(in, o, rows, weekly)
	}
	if err != nil {
		return nil, nil, err
	}
	folded := Hours(0)
	for _, p := range o.Period.weeks() {
		week, others, err := plansOf(in, o, p)
		if err != nil {
			return nil, nil, err
		}
		folded += others.suggested
		f.plansHidden = f.plansHidden || others.some
		for label, s := range week {
			rows[label] = rows[label].plus(s)
			weekly[p.date(p.From)] = weekly[p.date(p.From)].plus(s)
			f.FunnelSums = f.FunnelSums.plus(s)
		}
	}
	if folded != 0 {
		f.Others = &Folded{folded}
	}
	f.list(rows, weekly)
	return f, r, nil
}

// plus adds up two rows.
func (s FunnelSums) plus(t FunnelSums) FunnelSums {
	return FunnelSums{
		s.RecoverableHours + t.RecoverableHours, s.TrialHours + t.TrialHours, s.Declines.plus(t.Declines), s.Trials.plus(t.Trials),
	}
}

func (s Stages) plus(t Stages) Stages {
	return Stages{s.SuggestedHours + t.SuggestedHours, s.AcceptedHours + t.AcceptedHours, s.RecoveredHours + t.RecoveredHours}
}

// meetings adds what calendars show as recoverable and worth a trial to rows and to
// the whole. It is what the report of the same weeks says.
func (f *Funnel) meetings(in FunnelInput, o FunnelOptions, rows, weekly map[string]FunnelSums) (*Report, error) {
	r, weeks, err := countGroups(in.Input, Options{Period: o.Period, MinGroup: o.MinGroup, Cost: o.Cost}, ByWeek)
	if err != nil {
		return nil, err
	}
	f.RecoverableHours, f.TrialHours, f.LeftOut = r.RecoverableHours, r.TrialHours, r.LeftOut
	for _, w := range r.Weeks {
		weekly[w.From] = FunnelSums{RecoverableHours: w.RecoverableHours, TrialHours: w.TrialHours}
	}
	switch o.By {
	case ByCategory:
		for _, c := range r.Categories {
			rows[c.Category.String()] = FunnelSums{RecoverableHours: c.RecoverableHours, TrialHours: c.TrialHours}
		}
	case ByGroup:
		for i, p := range o.Period.weeks() {
			if err := groupMeetings(in, o, p, weeks[i], rows); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// groupMeetings adds what calendars show of a week, whose cells are g, as recoverable and
// worth a trial to the rows of groups.
func groupMeetings(in FunnelInput, o FunnelOptions, p Period, g *groupWeek, rows map[string]FunnelSums) error {
	if g.leftOut {
		return nil
	}
	byCell := map[cell]map[string]*pool{}
	err := eachShare(in, o, p, func(k cell, share store.Share, inside Hours, part FunnelSums) {
		if g.cells[k] == nil {
			return
		}
		if byCell[k] == nil {
			byCell[k] = map[string]*pool{}
		}
		add(byCell[k], groupOf(o, share.Address), fmt.Sprint(share.Person), part)
	})
	if err != nil {
		return err
	}
	for _, groups := range byCell {
		others := fold(groups, o.MinGroup)
		for group, t := range groups {
			rows[group] = rows[group].plus(t.sums)
		}
		if others.sums != (FunnelSums{}) {
			rows[otherRows] = rows[otherRows].plus(others.sums)
		}
	}
	return nil
}

func groupOf(o FunnelOptions, address string) string { return cmp.Or(o.Group(address), noGroup) }

// ownMeetings is meetings of what takes the time of one person, and returns a report of
// nothing else.
func (f *Funnel) ownMeetings(in FunnelInput, o FunnelOptions, rows, weekly map[string]FunnelSums) (*Report, error) {
	r := &Report{People: 1}
	for _, p := range o.Period.weeks() {
		err := eachShare(in, o, p, func(k cell, share store.Share, inside Hours, part FunnelSums) {
			if share.Address != o.Person {
				return
			}
			r.MeetingHours += inside
			label := k.category.String()
			if o.By == ByGroup {
				label = groupOf(o, o.Person)
			}
			rows[label] = rows[label].plus(part)
			weekly[p.date(p.From)] = weekly[p.date(p.From)].plus(part)
			f.FunnelSums = f.FunnelSums.plus(part)
		})
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}
