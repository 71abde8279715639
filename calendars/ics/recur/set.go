package recur

import (
	"fmt"
	"slices"
	"time"

	"unmeet/calendars/ics/internal/rule"
	"unmeet/calendars/ics/zone"
)

// ErrUnsupported is wrapped by errors about rules that are well formed but not
// read: those of other calendars than the Gregorian (RFC 7529 RSCALE, SKIP).
var ErrUnsupported = rule.ErrUnsupported

// MaxOccurrences bounds what one call finds, unless the set says less. A
// meeting every five minutes for most of a year stays below.
const MaxOccurrences = 100_000

// maxSteps bounds how many days and times one call looks at: some tens of
// milliseconds. A rule that is checked day by day reaches 2,700 years with it.
const maxSteps = 1_000_000

// Own is the Duration of an occurrence that lasts as long as the event.
const Own time.Duration = -1

// Set is the recurrence set of one event.
type Set struct {
	// Start is DTSTART in the event's own location. It is the first occurrence
	// even where no rule makes it; COUNT then counts those that the rule makes,
	// as most programs read it (RFC 5545 §3.8.5.3 leaves it open). Only a set
	// whose every rule ends (UNTIL) before Start has no occurrence there: that
	// is what calendars leave behind of a series split at its first instance.
	Start  time.Time
	AllDay bool // DTSTART is a DATE; Start is midnight of that day
	// Wall, if set, is the date and time of DTSTART as it is written, in UTC.
	// It matters where clocks skip it: what follows an event at 02:30 of the
	// night that has none, at 03:30, is at 02:30 again.
	Wall time.Time

	Rules   []string // RRULE values
	ExRules []string // EXRULE values (RFC 2445 §4.8.5.2)
	Dates   []Date   // RDATE
	Except  []Except // EXDATE

	// Limit is the most occurrences one call finds; 0 stands for MaxOccurrences.
	Limit int
}

// Date is one occurrence.
type Date struct {
	Time     time.Time     // in the set's location; of an all-day set the first moment of the day
	Duration time.Duration // given by a PERIOD; Own if it is the event's
}

// Except takes occurrences out.
type Except struct {
	Time time.Time
	Day  bool // the value was a DATE: it takes out all of that day, as written
}

// Between lists the occurrences that overlap [from, to), in order and each
// once. An occurrence lasts length (of an all-day set: 24 h for each of its
// days, however long the clocks make them) or what its RDATE says. One that
// lasts no time overlaps if it starts within.
//
// truncated says that there are more: only the first are listed, because the
// limit was reached or the rules took too much work. An error names the rule
// part that cannot be read, or is ErrUnsupported.
func (s *Set) Between(from, to time.Time, length time.Duration) (times []Date, truncated bool, err error) {
	c, err := s.compile()
	if err != nil {
		return nil, false, err
	}
	times = c.between(from.Unix(), to.Unix(), int64(max(length, 0)/time.Second))
	return times, c.budget.Spent, nil
}

// Check reads one RRULE or EXRULE value for a set that is all-day or not. Its
// errors are those of Between.
func Check(text string, allDay bool) error {
	_, err := parse(text, allDay)
	return err
}

func parse(text string, allDay bool) (rule.Rule, error) {
	r, err := rule.Parse(text)
	if err == nil && allDay {
		r, err = r.DateOnly()
	}
	return r, err
}

// compiled is a set with its rules parsed, for one call.
type compiled struct {
	*Set
	resolver *zone.Resolver
	location *time.Location
	start    int64 // local seconds
	rules    []bounded
	exRules  []bounded
	except   []int64 // instants
	days     []int64 // days, of local time
	budget   rule.Budget
	locals   []int64
}

// bounded is a rule with its end.
type bounded struct {
	rule.Rule
	until int64 // last instant, inclusive
}

const forever = 1<<63 - 1

func (s *Set) compile() (*compiled, error) {
	limit := s.Limit
	if limit <= 0 {
		limit = MaxOccurrences
	}
	c := &compiled{
		Set: s, location: s.Start.Location(), resolver: zone.NewResolver(s.Start.Location()),
		start:  wall(s.Start),
		budget: rule.Budget{Steps: maxSteps, Results: limit},
	}
	if !s.Wall.IsZero() {
		c.start = wall(s.Wall)
	}
	if s.AllDay {
		c.start -= mod(c.start, rule.SecondsPerDay)
	}
	var err error
	if c.rules, err = c.parse(s.Rules); err != nil {
		return nil, err
	}
	if c.exRules, err = c.parse(s.ExRules); err != nil {
		return nil, fmt.Errorf("EXRULE: %w", err)
	}
	for _, except := range s.Except {
		switch {
		case s.AllDay:
			c.days = append(c.days, c.day(except.Time))
		case except.Day:
			c.days = append(c.days, floorDay(wall(except.Time)))
		default:
			c.except = append(c.except, except.Time.Unix())
		}
	}
	slices.Sort(c.days)
	slices.Sort(c.except)
	return c, nil
}

func (c *compiled) parse(texts []string) ([]bounded, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	rules := make([]bounded, len(texts))
	for i, text := range texts {
		r, err := parse(text, c.AllDay)
		if err != nil {
			return nil, err
		}
		rules[i] = bounded{r, c.until(&r)}
	}
	return rules, nil
}

// until is the last instant a rule allows. Without a Z the value is on the wall
// of the event. A DATE means all of that day, though the event is timed. For an
// all-day event a time in UTC is what programs make of the last day's midnight
// in the event's zone; where it is midnight or the last second in UTC itself,
// that day is meant as it stands.
func (c *compiled) until(r *rule.Rule) int64 {
	switch r.UntilKind {
	case rule.OnDate:
		return c.resolver.Unix(r.Until+rule.SecondsPerDay) - 1
	case rule.AtLocal:
		return c.resolver.Unix(r.Until)
	case rule.AtUTC:
		clock := mod(r.Until, rule.SecondsPerDay)
		if c.AllDay && (clock == 0 || clock == rule.SecondsPerDay-1) {
			return c.resolver.Unix(r.Until)
		}
		return r.Until
	}
	return forever
}

// day is the day that a value of an all-day set means: as written if it is
// midnight there, else the day it falls on in the set's location.
func (c *compiled) day(t time.Time) int64 {
	local := wall(t)
	if mod(local, rule.SecondsPerDay) != 0 {
		local = wall(t.In(c.location))
	}
	return floorDay(local)
}

// between lists the occurrences that overlap the Unix seconds [from, to).
func (c *compiled) between(from, to, length int64) []Date {
	if from >= to {
		return nil
	}
	var dates []Date
	if c.startCounts() {
		dates = c.add(dates, c.start, from, to, length)
	}
	for i := range c.rules {
		dates = c.expand(&c.rules[i], dates, from, to, length)
	}
	for _, date := range c.Dates {
		dates = c.addDate(dates, date, from, to, length)
	}
	dates = inOrder(dates)
	return c.without(dates, from, to, length)
}

// startCounts reports whether DTSTART is an occurrence by itself.
func (c *compiled) startCounts() bool {
	start := c.resolver.Unix(c.start)
	for i := range c.rules {
		if start <= c.rules[i].until {
			return true
		}
	}
	return len(c.rules) == 0
}

// expand appends the occurrences a rule makes within the window.
func (c *compiled) expand(r *bounded, dates []Date, from, to, length int64) []Date {
	end := to
	if r.until < end {
		end = r.until + 1
	}
	longest := length
	if c.AllDay {
		longest += rule.SecondsPerDay // the clocks may make a day longer than 24 h
	}
	low, _ := c.walls(from - longest)
	_, high := c.walls(end)
	c.locals = r.Expand(c.locals[:0], c.start, low, high, &c.budget)
	dates = slices.Grow(dates, len(c.locals))
	for _, local := range c.locals {
		if r.until != forever && c.resolver.Unix(local) > r.until {
			continue
		}
		dates = c.add(dates, local, from, to, length)
	}
	return dates
}

// walls is the least and the greatest local second that may be meant by the
// instant: clocks that have just gone forward or back leave two.
func (c *compiled) walls(unix int64) (least, greatest int64) {
	const longestChange = 26 * 3600
	_, now := time.Unix(unix, 0).In(c.location).Zone()
	_, before := time.Unix(unix-longestChange, 0).In(c.location).Zone()
	return unix + int64(min(now, before)), unix + int64(max(now, before))
}

// add appends the occurrence at a local second if it overlaps the window.
func (c *compiled) add(dates []Date, local, from, to, length int64) []Date {
	start := c.resolver.Unix(local)
	if start >= to || start < from && c.end(local, start, length) <= from {
		return dates
	}
	return append(dates, Date{time.Unix(start, 0).In(c.location), Own})
}

// end is the Unix second at which an occurrence ends.
func (c *compiled) end(local, start, length int64) int64 {
	if c.AllDay {
		return c.resolver.Unix(local + length)
	}
	return start + length
}

// addDate appends an RDATE if it overlaps the window.
func (c *compiled) addDate(dates []Date, date Date, from, to, length int64) []Date {
	if c.AllDay {
		return c.add(dates, c.day(date.Time)*rule.SecondsPerDay, from, to, length)
	}
	start := date.Time.Unix()
	duration := Own
	if date.Duration >= 0 {
		duration, length = date.Duration, int64(date.Duration/time.Second)
	}
	if start >= to || start < from && start+length <= from {
		return dates
	}
	return append(dates, Date{date.Time.In(c.location), duration})
}

// inOrder sorts dates and drops those that start together. A duration of its
// own is kept.
func inOrder(dates []Date) []Date {
	compare := func(a, b Date) int {
		if n := a.Time.Compare(b.Time); n != 0 {
			return n
		}
		return int(min(max(b.Duration-a.Duration, -1), 1))
	}
	if !slices.IsSortedFunc(dates, compare) {
		slices.SortStableFunc(dates, compare)
	}
	return slices.CompactFunc(dates, func(a, b Date) bool { return a.Time.Equal(b.Time) })
}

// without drops what EXDATE and EXRULE take out.
func (c *compiled) without(dates []Date, from, to, length int64) []Date {
	var excluded []Date
	for i := range c.exRules {
		excluded = c.expand(&c.exRules[i], excluded, from, to, length)
	}
	excluded = inOrder(excluded)
	if len(excluded) == 0 && len(c.days) == 0 && len(c.except) == 0 {
		return dates
	}
	return slices.DeleteFunc(dates, func(date Date) bool {
		if len(c.except) > 0 {
			if _, found := slices.BinarySearch(c.except, date.Time.Unix()); found {
				return true
			}
		}
		if len(c.days) > 0 {
			if _, found := slices.BinarySearch(c.days, floorDay(wall(date.Time))); found {
				return true
			}
		}
		_, found := slices.BinarySearchFunc(excluded, date, func(a, b Date) int { return a.Time.Compare(b.Time) })
		return found
	})
}

// wall is what the clock of t's location shows, as a local second.
func wall(t time.Time) int64 {
	_, offset := t.Zone()
	return t.Unix() + int64(offset)
}

func floorDay(local int64) int64 {
	return (local - mod(local, rule.SecondsPerDay)) / rule.SecondsPerDay
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }
