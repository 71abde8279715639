package ics

import (
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// alone returns the event about now alone, which is made where there is none.
func (e *edit) alone(now occurrence) (*Part, error) {
	if now.own {
		return e.part(now.by)
	}
	if e.Ref.Instance == "" {
		return nil, readOnly("%s: %q is a series, and no occurrence of it is named", e.path, e.object.uid())
	}
	return e.override(now)
}

// cancel calls one occurrence off.
func (e *edit) cancel() error {
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	p, err := e.alone(now)
	if err != nil {
		return err
	}
	return e.callOff(p, e.Ref.Instance, now.copy.Sequence)
}

// callOff cancels the event p about an instance.
func (e *edit) callOff(p *Part, id calendars.Instance, sequence int) error {
	err := e.change(p, id, ical.PropStatus, nil, func() error { return p.Set(ical.Prop{Name: ical.PropStatus, Value: "CANCELLED"}) })
	if err != nil {
		return err
	}
	return e.revise(p, max(sequence, e.sequence()))
}

// sequence is that of the series, 0 where none is known.
func (e *edit) sequence() int {
	if m := e.object.master; m != nil {
		return m.copy.Sequence
	}
	return 0
}

// uncancel has an occurrence take place after all.
func (e *edit) uncancel() error {
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	if !now.own {
		return &calendars.OvertakenError{Why: calendars.Changed} // its series leaves it out: that is not our doing
	}
	pairs, err := e.traces()
	if err != nil {
		return err
	}
	p, err := e.part(now.by)
	if err != nil {
		return err
	}
	if len(pairs) == 0 || !p.replace(ical.PropStatus, pairs[0][1].Lines, pairs[0][0].Lines) {
		p.Remove(ical.PropStatus, nil)
	}
	return e.revise(p, max(now.copy.Sequence, e.sequence()))
}

// end has a series end before an occurrence: its rules get an UNTIL, its further
// dates go, and its later changed instances are cancelled, not erased. A series of
// which nothing would be left is cancelled itself.
func (e *edit) end() error {
	m := e.object.master
	if m == nil || m.repeats == nil {
		return &calendars.OvertakenError{Why: calendars.Gone}
	}
	cut, ok := e.Ref.Instance.Time(m.copy.Start.Location())
	if !ok {
		return readOnly("%s: %q is a series, and no occurrence of it is named", e.path, e.object.uid())
	}
	more, err := e.goesOn(cut)
	if err != nil {
		return err
	}
	if !more {
		return calendars.ErrAlready
	}
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	return e.endAt(cut)
}

// goesOn reports whether anything of the series takes place at or after cut.
func (e *edit) goesOn(cut time.Time) (bool, error) {
	m := e.object.master
	if slices.ContainsFunc(e.ahead(cut), func(of *event) bool { return of.copy.Status != calendars.Cancelled }) {
		return true, nil
	}
	if m.copy.Status == calendars.Cancelled {
		return false, nil
	}
	last, unbounded, err := m.repeats.Last(cut)
	if err != nil {
		return false, readOnly("%s: %q: %v", e.path, e.object.uid(), err)
	}
	return unbounded || !last.Before(cut) && !e.object.changed(m.instance(last)), nil
}

// ahead are the events about occurrences that are planned for cut or later.
func (e *edit) ahead(cut time.Time) []*event {
	var list []*event
	for _, change := range e.object.changes {
		if !change.change.planned.at.Before(cut) {
			list = append(list, change)
		}
	}
	return list
}

// endAt ends the series before cut.
func (e *edit) endAt(cut time.Time) error {
	m := e.object.master
	p, err := e.part(m)
	if err != nil {
		return err
	}
	before, _, err := m.repeats.Between(m.copy.Start.Add(-24*time.Hour), cut, 0)
	if err != nil {
		return readOnly("%s: %q: %v", e.path, e.object.uid(), err)
	}
	if len(before) == 0 {
		err = e.callOff(p, "", m.copy.Sequence)
	} else if err = e.limit(p, cut); err == nil {
		err = e.revise(p, m.copy.Sequence)
	}
	if err != nil {
		return err
	}
	for _, of := range e.ahead(cut) {
		if of.copy.Status == calendars.Cancelled {
			continue
		}
		change, err := e.part(of)
		if err != nil {
			return err
		}
		if err := e.callOff(change, of.copy.Instance, of.copy.Sequence); err != nil {
			return err
		}
	}
	return nil
}

// limit has the rules and dates of p end before cut.
func (e *edit) limit(p *Part, cut time.Time) error {
	start, _ := p.first(ical.PropDateTimeStart)
	last := cut.Add(-time.Second)
	if e.object.master.copy.AllDay {
		last = cut.AddDate(0, 0, -1)
	}
	// UNTIL has the form of DTSTART, but for times in a zone, which it has in UTC
	// (RFC 5545 §3.3.10).
	until, err := p.object.Like(ical.PropDateTimeStart, start, last, e.floating)
	if err != nil {
		return e.oddTime(err)
	}
	if until.Params.Get(ical.PropTimezoneID) != "" {
		until = UTC(ical.PropDateTimeStart, last)
	}
	err = e.change(p, "", ical.PropRecurrenceRule, nil, func() error {
		p.setValue(ical.PropRecurrenceRule, func(rule string) string { return withRule(rule, "UNTIL", until.Value) })
		return nil
	})
	if err != nil || len(p.lines(ical.PropRecurrenceDates, nil)) == 0 {
		return err
	}
	return e.change(p, "", ical.PropRecurrenceDates, nil, func() error {
		return e.keepDates(p, ical.PropRecurrenceDates, func(at time.Time) bool { return at.Before(cut) })
	})
}

// keepDates leaves of the RDATEs or EXDATEs of p those that keep keeps.
func (e *edit) keepDates(p *Part, name string, keep func(time.Time) bool) error {
	s, err := p.object.scope(e.floating)
	if err != nil {
		return e.oddTime(err)
	}
	for _, prop := range p.Props(name) {
		as := propOf(prop)
		var values []string
		for _, value := range strings.Split(prop.Value, ",") {
			begin, _, _ := strings.Cut(value, "/")
			m, err := s.moment(&as, begin)
			if err != nil {
				return e.oddTime(err)
			}
			if at, _ := m.within(&e.object.master.copy); keep(at) {
				values = append(values, value)
			}
		}
		same := func(other ical.Prop) bool { return other.Value == prop.Value }
		if len(values) == 0 {
			p.Remove(name, same)
			continue
		}
		p.setValue(name, func(value string) string {
			if value == prop.Value {
				return strings.Join(values, ",")
			}
			return value
		})
	}
	return nil
}

// withRule returns an RRULE value with an UNTIL or COUNT, which takes the place of
// what limited it before.
func withRule(rule, name, value string) string {
	var parts []string
	for _, part := range strings.Split(strings.TrimSpace(rule), ";") {
		key, _, _ := strings.Cut(part, "=")
		switch strings.ToUpper(strings.TrimSpace(key)) {
		case "UNTIL", "COUNT", "":
			continue
		}
		parts = append(parts, part)
	}
	return strings.Join(append(parts, name+"="+value), ";")
}

// unend has a series that was ended go on as before.
func (e *edit) unend() error { return e.restoreAll() }

// restoreAll puts back all lines that were changed. Where the first of them are not
// there any more, which are those of the series or the occurrence that was meant,
// somebody changed it since; what else was changed since stays as it is.
func (e *edit) restoreAll() error {
	pairs, err := e.traces()
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return &calendars.OvertakenError{Why: calendars.Changed}
	}
	var parts []*Part
	var events []*event
	for n, pair := range pairs {
		of := e.event(pair[0].Instance)
		if of == nil {
			continue
		}
		p, err := e.part(of)
		if err != nil {
			return err
		}
		was, is := pair[0].Lines, pair[1].Lines
		switch {
		case p.replace(pair[0].Name, is, was):
			if !slices.Contains(parts, p) {
				parts, events = append(parts, p), append(events, of)
			}
		case n > 0:
		case slices.Equal(p.lines(pair[0].Name, nil), was):
			return calendars.ErrAlready
		default:
			return &calendars.OvertakenError{Why: calendars.Changed}
		}
	}
	if len(parts) == 0 {
		return &calendars.OvertakenError{Why: calendars.Changed}
	}
	for n, p := range parts {
		if err := e.revise(p, max(events[n].copy.Sequence, e.sequence())); err != nil {
			return err
		}
	}
	return nil
}
