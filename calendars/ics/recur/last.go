package recur

import (
	"time"

	"unmeet/calendars/ics/internal/rule"
)

// Last finds how far the set reaches: the start of its last occurrence that is
// not after limit, zero if there is none. unbounded says that it goes on beyond
// limit, or that finding its end takes too much work. Errors are those of
// Between.
func (s *Set) Last(limit time.Time) (last time.Time, unbounded bool, err error) {
	c, err := s.compile()
	if err != nil {
		return time.Time{}, false, err
	}
	first := s.Start.Unix()
	for _, date := range s.Dates {
		first = min(first, date.Time.Unix())
	}
	end := limit.Unix() + 1
	last = c.lastWithin(first-rule.SecondsPerDay, end) // an all-day start may be given within the day
	return last, c.budget.Spent || c.goesOn(end), nil
}

// lastWithin finds the last start within the Unix seconds [from, to), looking
// at stretches that grow backwards from to.
func (c *compiled) lastWithin(from, to int64) time.Time {
	span := int64(14 * rule.SecondsPerDay)
	for i := range c.rules {
		if c.rules[i].Freq < rule.Daily {
			span = 3600
		}
	}
	for ; to > from && !c.budget.Spent; span *= 4 {
		begin := max(from, to-span)
		if found, ok := c.lastOf(begin, to); ok {
			return found
		}
		to = begin
	}
	return time.Time{}
}

// lastOf is the last start within [from, to). Where there are too many to list,
// it looks at the later half alone first.
func (c *compiled) lastOf(from, to int64) (time.Time, bool) {
	c.budget.Results = MaxOccurrences
	dates := c.between(from, to, 0)
	crowded := c.budget.Spent && c.budget.Steps > 0
	if crowded && to-from > 1 {
		c.budget.Spent = false
		middle := from + (to-from)/2
		if found, ok := c.lastOf(middle, to); ok || c.budget.Spent {
			return found, ok
		}
		return c.lastOf(from, middle)
	}
	if len(dates) == 0 || dates[len(dates)-1].Time.Unix() < from { // a PERIOD that reaches in
		return time.Time{}, false
	}
	return dates[len(dates)-1].Time, true
}

// goesOn reports whether there is an occurrence at or after the Unix second
// from: a rule without end is taken to have one.
func (c *compiled) goesOn(from int64) bool {
	for i := range c.rules {
		if r := &c.rules[i]; r.Count == 0 && r.until == forever {
			return true
		}
	}
	for _, date := range c.Dates {
		if date.Time.Unix() >= from {
			return true
		}
	}
	c.budget.Results = 1
	for i := range c.rules {
		r := &c.rules[i]
		if r.until >= from && len(c.expand(r, nil, from, min(r.until, farthest)+1, 0)) > 0 {
			return true
		}
	}
	return c.startCounts() && c.resolver.Unix(c.start) >= from
}

// farthest is the end of the year 9999.
const farthest = 253402300799
