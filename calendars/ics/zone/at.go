package zone

import (
	"math"
	"time"

	"unmeet/calendars/ics/internal/rule"
)

// At is the instant at which the clocks of loc show the given date and time, as
// RFC 5545 §3.3.5 reads it: what is skipped when clocks go forward is read with
// the offset before the gap, and what is shown twice when they go back is the
// first of the two. (time.Date does not promise either.) Values outside their
// ranges carry over, as in time.Date.
func At(year int, month time.Month, day, hour, minute, second int, loc *time.Location) time.Time {
	r := NewResolver(loc)
	return time.Unix(r.Unix(rule.Local(year, int(month), day, hour, minute, second)), 0).In(loc)
}

// Resolver turns the local seconds of one location (seconds since 1970-01-01
// 00:00 on the wall) into instants, as [At] does. It remembers the stretch
// between two transitions, so that neighbouring times cost next to nothing. It
// is not safe for use by several goroutines at once.
type Resolver struct {
	loc      *time.Location
	from, to int64 // local seconds for which offset holds
	offset   int64
}

// NewResolver returns a resolver for loc.
func NewResolver(loc *time.Location) *Resolver { return &Resolver{loc: loc} }

// Unix is the instant, in seconds since 1970-01-01 UTC, of a local second.
func (r *Resolver) Unix(local int64) int64 {
	if local < r.from || local >= r.to {
		r.find(local)
	}
	return local - r.offset
}

// find makes r hold the stretch that local lies in. The stretch of an offset
// reaches on the wall from its transition to the next one: up to the end of the
// gap that follows, or up to the end of what is then shown a second time.
// Either way that is the later of the two readings of the transition.
func (r *Resolver) find(local int64) {
	t := time.Unix(local, 0).In(r.loc)
	for back := false; ; {
		start, end := bounds(t)
		_, offset := t.Zone()
		r.offset, r.from, r.to = int64(offset), math.MinInt64, math.MaxInt64
		if !start.IsZero() {
			_, previous := start.Add(-1).Zone()
			r.from = start.Unix() + int64(max(offset, previous))
		}
		if !end.IsZero() {
			_, next := end.Zone()
			r.to = end.Unix() + int64(max(offset, next))
		}
		switch {
		case local < r.from && !start.IsZero():
			t, back = start.Add(-1), true
		case local >= r.to && !back:
			t = end
		case local >= r.to:
			// Only a made-up zone changes its clock again within the change:
			// no stretch holds this second, so the one before it is as good.
			r.to = r.from
			return
		default:
			return
		}
	}
}

// bounds is t.ZoneBounds, put right for the last day of a leap year: where a
// rule for all years holds, package time takes each year to have 365 days, and
// gives an end that is before t.
func bounds(t time.Time) (start, end time.Time) {
	start, end = t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		end = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return start, end
}
