package calendartest

import (
	"slices"
	"sync"
	"time"

	"github.com/teambition/rrule-go"
)

// horizon is how far from now a series without end is expanded where a request
// sets no limit.
const horizon = 366 * 24 * time.Hour

// pattern yields the starts of a series. All copies of a series share one, and
// it remembers the widest span that was asked for.
type pattern struct {
	start time.Time
	set   *rrule.Set // nil if the rule cannot be read: the series occurs once

	mu       sync.Mutex
	from, to time.Time
	starts   []time.Time // within [from, to]
}

func newPattern(start time.Time, zone string, allDay bool, lines []string) *pattern {
	loc := location(zone)
	if allDay {
		loc = time.UTC
	}
	p := &pattern{start: start}
	set, err := rrule.StrSliceToRRuleSetInLoc(lines, loc)
	if err != nil || set.GetRRule() == nil && len(set.GetRDate()) == 0 {
		return p
	}
	set.DTStart(start.In(loc))
	p.set = set
	return p
}

// between returns the starts within [from, to], in order of time.
func (p *pattern) between(from, to time.Time) []time.Time {
	if p.set == nil {
		if p.start.Before(from) || p.start.After(to) {
			return nil
		}
		return []time.Time{p.start}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.starts == nil || from.Before(p.from) || to.After(p.to) {
		if p.starts == nil || from.Before(p.from) {
			p.from = from
		}
		if p.starts == nil || to.After(p.to) {
			p.to = to
		}
		p.starts = append([]time.Time{}, p.set.Between(p.from, p.to, true)...)
	}
	lo, _ := slices.BinarySearchFunc(p.starts, from, time.Time.Compare)
	hi, _ := slices.BinarySearchFunc(p.starts, to.Add(1), time.Time.Compare)
	return p.starts[lo:hi:hi]
}

// has reports whether the series as its rule makes it has an instance at t.
func (p *pattern) has(t time.Time) bool { return len(p.between(t, t)) > 0 }
