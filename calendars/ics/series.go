package ics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/ics/zone"
)

// settle names the instances of the overrides, in the terms of their series,
// keeps the newest of each and lends them what they leave unsaid. It returns how
// many they are, and those it let go because they are stale. Further events of the
// UID that happen once become instances, too, named by their own time.
func (o *object) settle(isStale func(*event) bool) (changed int, stale []*event) {
	single := o.unite()
	if len(o.changes)+len(single) == 0 {
		return 0, nil
	}
	byInstance := make(map[calendars.Instance]*event, len(o.changes))
	for _, e := range o.changes {
		o.identify(e)
		byInstance[e.copy.Instance] = newest(byInstance[e.copy.Instance], e)
	}
	o.changes = o.changes[:0]
	for _, e := range byInstance {
		if isStale(e) {
			stale = append(stale, e)
			continue
		}
		changed++
		o.changes = append(o.changes, e)
		if o.master != nil {
			e.inherit(o.master)
		}
	}
	for _, e := range single {
		e.copy.Instance = e.instance(e.copy.Start)
		e.change = &change{planned: moment{at: e.copy.Start}}
		if byInstance[e.copy.Instance] == nil {
			byInstance[e.copy.Instance] = e
			o.changes = append(o.changes, e)
		}
	}
	slices.SortFunc(o.changes, func(a, b *event) int {
		return cmp.Or(a.change.planned.at.Compare(b.change.planned.at), strings.Compare(string(a.copy.Instance), string(b.copy.Instance)))
	})
	o.changes = slices.Clip(o.changes)
	return changed, stale
}

// unite makes the first series of a shared UID its master, and returns the
// events that happen once.
func (o *object) unite() (single []*event) {
	if !o.shared || o.master == nil {
		return nil
	}
	all := append([]*event{o.master}, o.others...)
	o.master, o.others, o.starts = nil, nil, nil
	for _, e := range all {
		switch {
		case e.repeats == nil:
			single = append(single, e)
		case o.master == nil:
			o.master = e
		default:
			o.others = append(o.others, e)
		}
	}
	return single
}

// identify names the instance that e replaces.
func (o *object) identify(e *event) {
	m := &e.change.planned
	if o.master == nil || o.master.bare {
		if m.day() {
			e.copy.Instance = calendars.InstanceOn(m.at)
		} else {
			e.copy.Instance = calendars.InstanceAt(m.at)
		}
		return
	}
	at, day := m.within(&o.master.copy)
	switch {
	case o.master.copy.AllDay:
		e.copy.Instance = calendars.InstanceOn(at)
	case day, onClock(at, at.Location()).Equal(onClock(at, at.Location()).Truncate(24 * time.Hour)):
		// A day of a timed series: the instance of that day. Outlook writes it as midnight.
		at = o.master.onDay(at)
		fallthrough
	default:
		e.copy.Instance = calendars.InstanceAt(at)
	}
	m.at = at
}

// onDay is the first occurrence of e on the day that begins at midnight, or, if
// there is none, e's own hour of that day.
func (e *event) onDay(midnight time.Time) time.Time {
	if first, ok := e.firstOn(midnight); ok {
		return first
	}
	return sameHour(midnight, e.copy.Start)
}

// firstOn is the first occurrence of e on the day that t is in; false where
// there is none.
func (e *event) firstOn(t time.Time) (time.Time, bool) {
	if e.repeats == nil {
		return time.Time{}, false
	}
	y, m, d := t.Date()
	from, to := zone.At(y, m, d, 0, 0, 0, t.Location()), zone.At(y, m, d+1, 0, 0, 0, t.Location())
	times, _, err := e.repeats.Between(from, to, 0)
	if err != nil || len(times) == 0 {
		return time.Time{}, false
	}
	return times[0].Time, true
}

// stale reports whether the override e is older than its series, which has
// nothing any more on the day that e is about: its instance was taken out, or
// the series ends before. (Programs that write an override and an EXDATE for the
// same instance give both the same SEQUENCE.)
func (e *event) stale(master *event) bool {
	if master.repeats == nil || e.change.onward || e.copy.Sequence >= master.copy.Sequence {
		return false
	}
	_, ok := master.firstOn(e.change.planned.at)
	return !ok
}

// sameHour is the time of day of t on day.
func sameHour(day, t time.Time) time.Time {
	y, m, d := day.Date()
	h, mi, s := t.Clock()
	return zone.At(y, m, d, h, mi, s, t.Location())
}

// inherit gives the override e what it leaves unsaid and its series says.
func (e *event) inherit(master *event) {
	k, from := &e.copy, &master.copy
	if e.bare {
		e.length = master.length
		k.AllDay, k.Zone, k.Start = from.AllDay, from.Zone, e.change.planned.at
		k.End = e.length.after(k.Start)
	}
	// Whoever takes the words of a private series is private, whatever it says.
	k.Private = k.Private || from.Private && (!e.classed || k.Title == "")
	if k.Title == "" {
		k.Title = from.Title
	}
	if len(k.People) == 0 && (k.Organizer == (calendars.Party{}) || k.Status == calendars.Cancelled) {
		k.People, e.listed, e.open = from.People, master.listed, master.open
	}
	if k.Organizer == (calendars.Party{}) {
		k.Organizer = from.Organizer
	}
	if master.cancels {
		k.Status = calendars.Cancelled
	}
}

// strip lets go of all but the times of e, which serve to tell that an instance
// is not where its rule puts it, and the organizer, who tells whose it is.
func (e *event) strip() {
	k := &e.copy
	k.Title, k.Body, k.Location, k.People = "", "", "", nil
	e.stripped = true
}

// appendCopies adds the copies of o that overlap [from, to) to list: its series,
// then instances in their order. It returns how many occurrences they are, and
// whether there are more than can be listed.
func (o *object) appendCopies(list []calendars.Copy, from, to time.Time) (_ []calendars.Copy, n int, truncated bool, err error) {
	first := len(list)
	m := o.master
	switch {
	case m == nil:
	case m.repeats != nil:
		list, truncated, err = o.appendSeries(list, from, to)
		if err != nil {
			return list[:first], 0, false, err
		}
	case overlaps(m.copy.Start, m.copy.End, from, to) && !o.changed(m.instance(m.copy.Start)):
		list = append(list, m.copy)
	}
	for _, e := range o.others {
		var more bool
		if list, more, err = o.appendOccurrences(list, first, e, from, to); err != nil {
			return list[:first], 0, false, err
		}
		truncated = truncated || more
	}
	for _, e := range o.changes {
		if !e.stripped && overlaps(e.copy.Start, e.copy.End, from, to) {
			list = append(list, e.copy)
		}
	}
	// A series that has only changed instances here still tells its cadence.
	if m != nil && m.repeats != nil && len(list[first].Spans) == 0 && (len(list) == first+1 || m.copy.Rule == "") {
		list = slices.Delete(list, first, first+1)
	}
	slices.SortFunc(list[first:], func(a, b calendars.Copy) int { return strings.Compare(string(a.Instance), string(b.Instance)) })
	for i := range list[first:] {
		n += max(1, len(list[first+i].Spans))
	}
	return list, n, truncated, nil
}

// appendSeries adds o's series with the occurrences that nothing changes, and
// then those that an override for this and future instances does.
func (o *object) appendSeries(list []calendars.Copy, from, to time.Time) (_ []calendars.Copy, truncated bool, err error) {
	m := o.master
	loc := m.copy.Start.Location()
	onward := o.onward()
	spread := shift(onward, loc)
	times, truncated, err := m.repeats.Between(from.Add(-spread), to.Add(spread), m.span())
	if err != nil {
		return list, false, err
	}
	at := len(list)
	list = append(list, m.copy)
	if len(times) == 0 {
		return list, truncated, nil
	}
	spans := make([]calendars.Span, 0, len(times))
	for _, t := range times {
		id := m.instance(t.Time)
		if o.changed(id) {
			continue
		}
		if e := governing(onward, t.Time); e != nil {
			if k := e.moved(id, t.Time, loc); overlaps(k.Start, k.End, from, to) {
				list = append(list, k)
			}
			continue
		}
		s := calendars.Span{Instance: id, Start: t.Time, End: t.Time.Add(t.Duration)}
		if t.Duration < 0 {
			s.End = m.length.after(t.Time)
		}
		if overlaps(s.Start, s.End, from, to) {
			spans = append(spans, s)
		}
	}
	list[at].Spans = spans
	return list, truncated, nil
}

// appendOccurrences adds each occurrence of e, a second series of o's UID, as an
// instance of its own. What list[first:] has already is left out.
func (o *object) appendOccurrences(list []calendars.Copy, first int, e *event, from, to time.Time) (_ []calendars.Copy, truncated bool, err error) {
	times, truncated, err := e.repeats.Between(from, to, e.span())
	if err != nil {
		return list, false, err
	}
	listed := make(map[calendars.Instance]bool)
	for i := range list[first:] {
		listed[list[first+i].Instance] = true
		for _, s := range list[first+i].Spans {
			listed[s.Instance] = true
		}
	}
	for _, t := range times {
		k := e.copy
		k.Instance, k.Rule = e.instance(t.Time), ""
		k.Start, k.End = t.Time, t.Time.Add(t.Duration)
		if t.Duration < 0 {
			k.End = e.length.after(t.Time)
		}
		if !listed[k.Instance] && !o.changed(k.Instance) && overlaps(k.Start, k.End, from, to) {
			list = append(list, k)
		}
	}
	return list, truncated, nil
}

// changed reports whether an instance has an override of its own.
func (o *object) changed(id calendars.Instance) bool {
	if len(o.changes) <= fewChanges {
		return slices.ContainsFunc(o.changes, func(e *event) bool { return e.copy.Instance == id })
	}
	if o.index == nil {
		o.index = make(map[calendars.Instance]bool, len(o.changes))
		for _, e := range o.changes {
			o.index[e.copy.Instance] = true
		}
	}
	return o.index[id]
}

// fewChanges are found faster without an index.
const fewChanges = 8

// instance names the occurrence of e that begins at t.
func (e *event) instance(t time.Time) calendars.Instance {
	if e.copy.AllDay {
		return calendars.InstanceOn(t)
	}
	return calendars.InstanceAt(t)
}

// span is e's length as recur counts it: days of 24 hours.
func (e *event) span() time.Duration {
	if e.copy.AllDay {
		return time.Duration(e.length.days) * 24 * time.Hour
	}
	return e.length.most()
}

// governing is the last of the THISANDFUTURE overrides that rules the instance
// planned for t; nil where none does.
func governing(onward []*event, t time.Time) *event {
	for i := len(onward) - 1; i >= 0; i-- {
		if !onward[i].change.planned.at.After(t) {
			return onward[i]
		}
	}
	return nil
}

// moved is what e, an override for this and future instances, makes of the
// instance planned for t: its words, later or earlier by as much on the clock as
// e is itself (RFC 5545 §3.2.13).
func (e *event) moved(id calendars.Instance, t time.Time, loc *time.Location) calendars.Copy {
	k := e.copy
	k.Instance = id
	by := onClock(k.Start, loc).Sub(onClock(e.change.planned.at, loc))
	at := onClock(t, loc).Add(by)
	if k.AllDay {
		at = at.Truncate(24 * time.Hour)
		loc = k.Start.Location()
	}
	k.Start = zone.At(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), loc)
	k.End = e.length.after(k.Start)
	return k
}

// onClock is what the clocks of loc show at t, as if it were UTC.
func onClock(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// shift is how far any of onward moves its instances, or lets them last.
func shift(onward []*event, loc *time.Location) time.Duration {
	var most time.Duration
	for _, e := range onward {
		by := onClock(e.copy.Start, loc).Sub(onClock(e.change.planned.at, loc))
		most = max(most, by.Abs()+e.length.most()+26*time.Hour)
	}
	return most
}

// overlaps reports whether [start, end) and [from, to) meet. What takes no time
// overlaps if it is within.
func overlaps(start, end, from, to time.Time) bool {
	return start.Before(to) && (end.After(from) || start.Equal(end) && !start.Before(from))
}
