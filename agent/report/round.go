package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"unmeet/rules"
)

// figures are a report's hours as people read them: rounded to whole units so
// that whatever stands next to a sum visibly adds up to it. Each figure is its
// exact value rounded up or down, never more; which of the two is decided by the
// largest remainder, from the total down:
//
//	total = the seven categories + others
//	informing or collaborating = left alone + unsure + cost + recoverable + trial
type figures struct {
	unit Hours // whole hours; tenths of an hour where the total is small

	total                                int
	categories                           [rules.Categories]int
	others                               int
	suggestable                          int // informing or collaborating
	left, unsure, cost, recover, trial   int
	leftBy                               []int // in the order of Report.LeftAlone
	weeks, weeksRecoverable, weeksTrials []int // in the order of Report.Weeks
}

// smallTotal is where whole hours begin to be fine enough: from there on a total
// has three digits either way.
const smallTotal = 100 * 3600

func (r *Report) figures() figures {
	f := figures{unit: 3600}
	if r.MeetingHours < smallTotal {
		f.unit = 360
	}
	exact := make([]Hours, rules.Categories)
	var soft, hard Hours // suggestable by category, and not
	for c, row := range r.Categories {
		exact[c] = row.MeetingHours
		if row.Category <= rules.Collaborating {
			soft += row.MeetingHours
		} else {
			hard += row.MeetingHours
		}
	}
	const split = rules.Collaborating + 1
	f.total = nearest(r.MeetingHours, f.unit)
	var others Hours
	if r.Others != nil {
		others = r.Others.MeetingHours
	}
	halves := apportion(f.total, f.unit, soft, hard, others)
	f.suggestable, f.others = halves[0], halves[2]
	copy(f.categories[:split], apportion(halves[0], f.unit, exact[:split]...))
	copy(f.categories[split:], apportion(halves[1], f.unit, exact[split:]...))
	parts := apportion(f.suggestable, f.unit,
		r.LeftAloneHours, r.UnsureHours, r.AsyncCostHours, r.RecoverableHours, r.TrialHours)
	f.left, f.unsure, f.cost, f.recover, f.trial = parts[0], parts[1], parts[2], parts[3], parts[4]

	var left []Hours
	for _, l := range r.LeftAlone {
		left = append(left, l.Hours)
	}
	f.leftBy = apportion(f.left, f.unit, left...)
	var all, recoverable, trials []Hours
	for _, w := range r.Weeks {
		all = append(all, w.MeetingHours)
		recoverable = append(recoverable, w.RecoverableHours)
		trials = append(trials, w.TrialHours)
	}
	f.weeks = apportion(f.total, f.unit, all...)
	f.weeksRecoverable = apportion(f.recover, f.unit, recoverable...)
	f.weeksTrials = apportion(f.trial, f.unit, trials...)
	return f
}

// nearest rounds h to whole units.
func nearest(h, unit Hours) int { return int(floor(h+unit/2, unit)) }

// floor divides rounding down, below zero too.
func floor(h, unit Hours) Hours {
	q := h / unit
	if h%unit < 0 {
		q--
	}
	return q
}

// apportion rounds parts to whole units so that they add up to total, which is
// the sum of the parts rounded up or down. Parts with the largest remainder are
// rounded up, earlier ones first where they are equal.
func apportion(total int, unit Hours, parts ...Hours) []int {
	rounded := make([]int, len(parts))
	order := make([]int, len(parts))
	for i, h := range parts {
		rounded[i] = int(floor(h, unit))
		total -= rounded[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(parts[b]-Hours(rounded[b])*unit, parts[a]-Hours(rounded[a])*unit)
	})
	for _, i := range order[:min(max(total, 0), len(order))] {
		rounded[i]++
	}
	return rounded
}

// number writes n units in hours: "512", "12,480", "4.5".
func (f figures) number(n int) string {
	if f.unit == 360 {
		return fmt.Sprintf("%.1f", float64(n)/10)
	}
	return thousands(n)
}

// none stands for hours that are exactly none.
const none = "–"

// orNone is number, or none.
func (f figures) orNone(n int, exact Hours) string {
	switch exact {
	case 0:
		return none
	case NotShown:
		return notShown
	}
	return f.number(n)
}

// orZero is number, with a plain 0 for hours that are exactly none.
func (f figures) orZero(n int, exact Hours) string {
	switch exact {
	case 0:
		return "0"
	case NotShown:
		return notShown
	}
	return f.number(n)
}

// withUnit puts the unit behind a figure of hours, unless it is not shown.
func withUnit(figure string) string {
	if figure == notShown {
		return figure
	}
	return figure + " h"
}

func thousands(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && digits[i-1] != '-' && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// short writes the hours of a single meeting, which stand in no sum: "21 h",
// "4.5 h", "–" for none.
func short(h Hours) string {
	switch {
	case h == 0:
		return none
	case h == NotShown:
		return notShown
	case h < 36000-180: // under 10 h after rounding
		return fmt.Sprintf("%.1f h", float64(nearest(h, 360))/10)
	}
	return thousands(nearest(h, 3600)) + " h"
}

// perPerson says what h is for one person: "10 h 40 min a person each week".
// Periods under a week are not blown up to one. Both are "" where there is
// nothing to say.
func (r *Report) perPerson(h Hours) (length, unit string) {
	if r.People == 0 || h == 0 || h == NotShown {
		return "", ""
	}
	per := Hours(r.People)
	unit = "a person"
	if r.People == 1 {
		unit = ""
	}
	switch days := r.Period.days(); {
	case r.personWeeks > 0: // weeks may be left out, and other people meet in each
		per = Hours(r.personWeeks)
		unit += " each week"
	case days >= 7:
		h *= 7
		per *= Hours(days)
		unit = strings.TrimSpace(unit + " each week")
	}
	if unit == "" {
		return "", ""
	}
	minutes := nearest(h, per*60)
	switch {
	case minutes == 0:
		length = "<1 min"
	case minutes < 60:
		length = fmt.Sprintf("%d min", minutes)
	default:
		length = fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
	return length, unit
}
