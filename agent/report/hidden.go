package report

import (
	"math"
	"slices"
	"strconv"

	"unmeet/rules"
)

// NotShown stands for hours that are not told: none, or only such as too few people
// have, which the others and the weeks left out hold back. It takes no part in sums:
// only what is about to be written has it.
const NotShown Hours = math.MinInt64

// Number counts.
type Number int

// unknownNumber is to a Number what NotShown is to hours.
const unknownNumber Number = math.MinInt

// notShown is what people read in place of both.
const notShown = "not shown"

// String writes n.
func (n Number) String() string {
	if n == unknownNumber {
		return notShown
	}
	return strconv.Itoa(int(n))
}

// MarshalJSON writes n, and null for what is not told.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == unknownNumber {
		return []byte("null"), nil
	}
	return []byte(n.String()), nil
}

// hide makes hours that are none NotShown.
func hide(hours ...*Hours) {
	for _, h := range hours {
		if *h == 0 {
			*h = NotShown
		}
	}
}

// hideNumber is the same for numbers.
func hideNumber(n *Number) {
	if *n == 0 {
		*n = unknownNumber
	}
}

// hides reports whether something of r is held back: then a figure that is 0 may be
// so for that.
func (r *Report) hides() bool { return r.Others != nil || len(r.LeftOut) > 0 }

// told is r as it is written. Which of the figures that are 0 hold something back is
// itself told of none, for that would say what too few people had.
func (r *Report) told() *Report {
	t := *r
	if r.unseen || r.hides() {
		hide(&t.UnknownHeadcountHours)
	}
	t.Weeks = slices.Clone(r.Weeks)
	for i := range t.Weeks {
		if w := &t.Weeks[i]; w.folded {
			hide(&w.RecoverableHours, &w.TrialHours)
			for c := range w.categories {
				hide(&w.categories[c])
			}
		}
	}
	if !r.hides() {
		return &t
	}
	hideNumber(&t.People)
	hideNumber(&t.Occurrences)
	hide(&t.MeetingHours, &t.RecoverableHours, &t.TrialHours, &t.AsyncCostHours, &t.LeftAloneHours, &t.UnsureHours)
	if r.Cost != nil {
		t.Cost = t.costs(Price(r.Cost.rate))
	}
	t.Categories = slices.Clone(r.Categories)
	for i := range t.Categories {
		c := &t.Categories[i]
		hideNumber(&c.Occurrences)
		hide(&c.MeetingHours)
		switch c.Category {
		case rules.Informing:
			hide(&c.RecoverableHours)
		case rules.Collaborating:
			hide(&c.TrialHours)
		}
	}
	return &t
}

// told is f as it is written, as that of a report is.
func (f *Funnel) told() *Funnel {
	t := *f
	if len(f.LeftOut) > 0 {
		hideNumber(&t.People)
	}
	t.FunnelSums.hide(f.meetingsHidden, f.meetingsHidden, f.plansHidden)
	if f.Cost != nil {
		t.Cost = t.costs(Price(f.Cost.rate))
	}
	for _, rows := range []*[]FunnelRow{&t.Categories, &t.Groups, &t.Weeks} {
		*rows = slices.Clone(*rows)
		folded := slices.ContainsFunc(*rows, FunnelRow.others)
		for i := range *rows {
			row := &(*rows)[i]
			apart := folded && !row.others() // of what the others may have some
			meetings := f.meetingsHidden || apart
			row.hide(meetings && row.mayHold(rules.Informing), meetings && row.mayHold(rules.Collaborating), f.plansHidden || apart)
		}
	}
	if f.Before != nil && f.beforeHidden {
		before := *f.Before
		before.FunnelSums.hide(true, true, f.plansBeforeHidden)
		t.Before = &before
	}
	return &t
}

// hide makes those figures of s NotShown that are none and that something may be held
// back of: what is recoverable, worth a trial, and the stages.
func (s *FunnelSums) hide(recoverable, trial, stages bool) {
	if recoverable {
		hide(&s.RecoverableHours)
	}
	if trial {
		hide(&s.TrialHours)
	}
	if !stages {
		return
	}
	for _, k := range []*Stages{&s.Declines, &s.Trials} {
		hide(&k.SuggestedHours, &k.AcceptedHours, &k.RecoveredHours)
	}
}

// others reports whether r is of those that too few people are concerned with.
func (r FunnelRow) others() bool { return r.Category == otherRows || r.Group == otherRows }

// mayHold reports whether r can have something to recover that was of a category.
func (r FunnelRow) mayHold(c rules.Category) bool {
	return r.Category == "" || r.Category == otherRows || r.Category == c.String()
}
