package ics

import (
	"time"

	"unmeet/calendars"
	"unmeet/calendars/ics/recur"
)

// occurrence is one of an object, and the event that makes it.
type occurrence struct {
	copy    calendars.Copy
	by      *event        // whose words these are
	own     bool          // by is about this occurrence alone
	planned time.Time     // when the series has it, in its own location; zero of a one-off
	length  time.Duration // that its RDATE gives it; recur.Own as a rule
	left    bool          // the series leaves it out: there is no event to change
}

// occurrence returns the instance of o, or with "" the one-off or the series itself;
// false where there is none. One that the series leaves out is cancelled. Where the
// series has another one that day instead, that is returned: the instance was moved.
func (o *object) occurrence(id calendars.Instance) (occurrence, bool) {
	for _, e := range o.changes {
		if e.copy.Instance == id || id == "" && o.master != nil && o.master.repeats == nil && e.copy.Instance == o.master.instance(o.master.copy.Start) {
			return occurrence{copy: e.copy, by: e, own: !e.change.onward, planned: e.change.planned.at, length: recur.Own}, true
		}
	}
	m := o.master
	if m == nil {
		return occurrence{}, false
	}
	if id == "" || m.repeats == nil {
		return occurrence{copy: m.copy, by: m, own: m.repeats == nil, length: recur.Own}, id == "" || id == m.instance(m.copy.Start)
	}
	planned, ok := id.Time(m.copy.Start.Location())
	if !ok {
		return occurrence{}, false
	}
	planned = planned.In(m.copy.Start.Location())
	if t, ok := m.at(*m.repeats, planned); ok {
		return o.planned(t), true
	}
	all := *m.repeats
	all.Except, all.ExRules = nil, nil
	if t, ok := m.at(all, planned); ok {
		left := o.planned(t)
		left.copy.Status, left.left = calendars.Cancelled, true
		return left, true
	}
	if t, ok := m.firstOn(planned); ok && !o.changed(m.instance(t)) {
		moved := o.planned(recur.Date{Time: t, Duration: recur.Own})
		moved.copy.Instance = id
		return moved, true
	}
	return occurrence{}, false
}

// at is the occurrence of set, the series of m, that is planned for t.
func (m *event) at(set recur.Set, t time.Time) (recur.Date, bool) {
	times, _, err := set.Between(t, t.Add(time.Second), 0)
	if err != nil {
		return recur.Date{}, false
	}
	for _, found := range times {
		if m.instance(found.Time) == m.instance(t) {
			return found, true
		}
	}
	return recur.Date{}, false
}

// planned is the occurrence that o's series has at t, and no event of its own.
func (o *object) planned(t recur.Date) occurrence {
	m := o.master
	id := m.instance(t.Time)
	if e := governing(o.onward(), t.Time); e != nil {
		return occurrence{copy: e.moved(id, t.Time, m.copy.Start.Location()), by: e, planned: t.Time, length: recur.Own}
	}
	k := m.copy
	k.Instance, k.Rule, k.Start = id, "", t.Time
	if k.End = m.length.after(t.Time); t.Duration >= 0 {
		k.End = t.Time.Add(t.Duration)
	}
	return occurrence{copy: k, by: m, planned: t.Time, length: t.Duration}
}

// onward are the overrides of o for an instance and all that follow.
func (o *object) onward() []*event {
	var list []*event
	for _, e := range o.changes {
		if e.change.onward {
			list = append(list, e)
		}
	}
	return list
}
