package calendartest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// item is an event as a list or a get shows it: an entry, or an instance of one
// as its rule makes it.
type item struct {
	id         string
	series     string // of an instance: the id of its series
	original   time.Time
	ev         *Event
	start, end time.Time
	cancelled  bool
	bare       bool // nothing is told but the id
	entry      *entry
}

// instance names the one of its series that the item is.
func (it item) instance() calendars.Instance {
	switch {
	case it.series == "":
		return ""
	case it.ev.AllDay:
		return calendars.InstanceOn(it.original.UTC())
	}
	return calendars.InstanceAt(it.original)
}

// span is when events are asked for; a zero time sets no limit.
type span struct{ from, to time.Time }

// overlaps follows the API: an event is listed if it ends after from and begins
// before to.
func (s span) overlaps(start, end time.Time) bool {
	return (s.from.IsZero() || end.After(s.from)) && (s.to.IsZero() || start.Before(s.to))
}

// instants turns the days of an all-day event to instants in the calendar's zone.
func (c *calendar) instants(allDay bool, start, end time.Time) (time.Time, time.Time) {
	if !allDay {
		return start, end
	}
	loc := location(c.zone)
	day := func(t time.Time) time.Time {
		y, m, d := t.UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc)
	}
	return day(start), day(end)
}

// occurs reports whether ev, placed at start, is within s.
func (c *calendar) occurs(s span, ev *Event, start time.Time) bool {
	return s.overlaps(c.instants(ev.AllDay, start, start.Add(ev.End.Sub(ev.Start))))
}

// whole is the item that an entry itself is.
func (c *calendar) whole(e *entry) item {
	it := item{
		id: e.id, series: e.series, original: e.original, ev: e.ev,
		start: e.ev.Start, end: e.ev.End, cancelled: e.away, bare: e.bare, entry: e,
	}
	if master := c.entries[e.series]; master != nil && master.away {
		it.cancelled = true
	}
	if e.detached {
		it.cancelled, it.bare = true, true
	}
	return it
}

// starts returns when ev, a series, begins within s, changed instances included
// at their planned time. Without a limit it goes on until horizon after now.
func (c *calendar) starts(ev *Event, s span, now time.Time) []time.Time {
	from, to := s.from, s.to
	if from.IsZero() {
		from = ev.Start
	}
	if to.IsZero() {
		to = now.Add(horizon)
	}
	long := ev.End.Sub(ev.Start)
	var in []time.Time
	for _, t := range ev.rule.between(from.Add(-long-24*time.Hour), to.Add(24*time.Hour)) {
		if c.occurs(span{s.from, to}, ev, t) {
			in = append(in, t)
		}
	}
	return in
}

// instances returns the items of a live series within s that its rule makes and
// that nobody changed.
func (c *calendar) instances(e *entry, s span, now time.Time) []item {
	var items []item
	for _, t := range c.starts(e.ev, s, now) {
		if c.exception(e.id, t) == nil {
			items = append(items, c.planned(e, t))
		}
	}
	return items
}

// planned is the item of the instance of e at t as the rule makes it.
func (c *calendar) planned(e *entry, t time.Time) item {
	return item{
		id: instanceID(e.id, t, e.ev.AllDay), series: e.id, original: t, ev: e.ev,
		start: t, end: t.Add(e.ev.End.Sub(e.ev.Start)), cancelled: e.away, bare: e.bare, entry: e,
	}
}

// view says how a calendar's events are listed.
type view struct {
	expanded bool // series as their instances
	deleted  bool // cancelled events too
	span     span
}

// all lists everything of a view, in no order.
func (c *calendar) all(v view, now time.Time) []item {
	var items []item
	for _, e := range c.entries {
		it := c.whole(e)
		switch {
		case e.ev.rule != nil && e.series == "" && v.expanded:
			if !e.away || v.deleted {
				items = append(items, c.instances(e, v.span, now)...)
			}
			continue
		case e.detached:
			continue
		case it.cancelled && !v.deleted:
			// The view of series tells cancelled instances of living series even
			// to those who asked for no deleted events.
			master := c.entries[e.series]
			if v.expanded || e.series == "" || master != nil && master.away {
				continue
			}
		}
		if c.within(e, v, now) {
			items = append(items, it)
		}
	}
	return items
}

// within reports whether an entry belongs to the span of a view.
func (c *calendar) within(e *entry, v view, now time.Time) bool {
	if v.span == (span{}) {
		return true
	}
	if e.series == "" && e.ev.rule != nil {
		if len(c.starts(e.ev, v.span, now)) > 0 {
			return true
		}
		for _, x := range c.exceptions[e.id] {
			if !x.away && !x.detached && c.occurs(v.span, x.ev, x.ev.Start) {
				return true
			}
		}
		return false
	}
	return c.occurs(v.span, e.ev, e.ev.Start)
}

// delta lists what changed after a number of the log. As Google's, it knows no
// span: an event that left the window is listed as it is now.
func (c *calendar) delta(v view, number int64, now time.Time) []item {
	told := map[string]item{}
	tell := func(it item) {
		// The halves of a split series share the ids of their instances: what one
		// has no longer may live on in the other.
		if v.expanded && it.cancelled {
			if now, ok := c.find(it.id); ok {
				it = now
			}
		}
		told[it.id] = it
	}
	for id, before := range c.since(number) {
		e := c.entries[id]
		if !v.expanded || e.series != "" || e.ev.rule == nil && (before == nil || before.rule == nil) {
			tell(c.whole(e))
			continue
		}
		for _, it := range c.changedInstances(e, before, now) {
			tell(it)
		}
	}
	return slices.Collect(maps.Values(told))
}

// changedInstances lists a series whose master changed as the expanded view
// does: all its instances, and tombstones for those it has no longer.
func (c *calendar) changedInstances(e *entry, before *Event, now time.Time) []item {
	var items []item
	if e.ev.rule == nil {
		items = append(items, c.whole(e))
	} else {
		items = c.instances(e, span{}, now)
	}
	for _, x := range c.exceptions[e.id] {
		items = append(items, c.whole(x))
	}
	if before == nil || before.rule == nil {
		return items
	}
	here := map[string]bool{}
	for _, it := range items {
		here[it.id] = true
	}
	for _, t := range c.starts(before, span{}, now) {
		if id := instanceID(e.id, t, before.AllDay); !here[id] {
			items = append(items, item{
				id: id, series: e.id, original: t, ev: before, start: t, end: t, cancelled: true, bare: true, entry: e,
			})
		}
	}
	return items
}

// find returns the event or instance with an id.
func (c *calendar) find(id string) (item, bool) {
	if e := c.entries[id]; e != nil && !e.detached {
		return c.whole(e), true
	}
	series, original, ok := c.plannedID(id)
	if !ok {
		return item{}, false
	}
	return c.planned(series, original), true
}

// plannedID finds the series and the instance that an id names.
func (c *calendar) plannedID(id string) (*entry, time.Time, bool) {
	at := strings.LastIndexByte(id, '_')
	if at <= 0 {
		return nil, time.Time{}, false
	}
	original, ok := calendars.Instance(id[at+1:]).Time(time.UTC)
	if !ok {
		return nil, time.Time{}, false
	}
	for _, e := range c.entries {
		base, _, _ := strings.Cut(e.id, "_R")
		if base == id[:at] && e.series == "" && e.ev.rule != nil && e.ev.rule.has(original) && c.exception(e.id, original) == nil {
			return e, original, true
		}
	}
	return nil, time.Time{}, false
}
