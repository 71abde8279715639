package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
	"unmeet/calendars/ics/recur"
)

// shorten has an occurrence, or with Onward it and all after it, end earlier.
func (e *edit) shorten() error {
	if e.Length <= 0 {
		return fmt.Errorf("%s is no length of an event", e.Length)
	}
	m := e.object.master
	if m != nil && m.copy.AllDay {
		return readOnly("%s: %q lasts whole days", e.path, e.object.uid())
	}
	if !e.Onward || m == nil || m.repeats == nil {
		return e.shortenOne()
	}
	cut, ok := e.Ref.Instance.Time(m.copy.Start.Location())
	if !ok {
		return readOnly("%s: %q is a series, and no occurrence of it is named", e.path, e.object.uid())
	}
	if split := e.splitAt(); split != nil {
		e.splitOff = split.copy.UID
		return calendars.ErrAlready
	}
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	for _, of := range e.ahead(cut) {
		if of.copy.Status != calendars.Cancelled {
			return readOnly("%s: %q has occurrences ahead that were changed by themselves, such as the one of %s: it cannot be shortened as a whole",
				e.path, e.object.uid(), of.copy.Start.Format("2006-01-02"))
		}
	}
	if now.copy.End.Sub(now.copy.Start) <= e.Length {
		return calendars.ErrAlready
	}
	p, err := e.part(m)
	if err != nil {
		return err
	}
	if !m.copy.Start.Before(cut) { // all of it
		if err := e.setLength(p, "", m.copy.Start); err != nil {
			return err
		}
		return e.revise(p, m.copy.Sequence)
	}
	return e.split(p, now, cut)
}

// shortenOne shortens one occurrence alone.
func (e *edit) shortenOne() error {
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	if now.copy.End.Sub(now.copy.Start) <= e.Length {
		return calendars.ErrAlready
	}
	p, err := e.alone(now)
	if err != nil {
		return err
	}
	if err := e.setLength(p, e.Ref.Instance, now.copy.Start); err != nil {
		return err
	}
	return e.revise(p, max(now.copy.Sequence, e.sequence()))
}

// setLength has p, the event about an instance, which begins at start, last as long
// as it should.
func (e *edit) setLength(p *Part, id calendars.Instance, start time.Time) error {
	name := ical.PropDuration
	if len(p.lines(ical.PropDateTimeEnd, nil)) > 0 {
		name = ical.PropDateTimeEnd
	}
	return e.change(p, id, name, nil, func() error { return e.setEnd(p, start, start.Add(e.Length)) })
}

// split ends the series p before cut, where now is, and has a new one of the same
// words and guests go on from there, shorter. What the old one left out ahead, the
// new one leaves out, too.
func (e *edit) split(p *Part, now occurrence, cut time.Time) error {
	m := e.object.master
	next := p.calendar().Append(p)
	if err := e.limit(p, cut); err != nil {
		return err
	}
	if err := e.revise(p, m.copy.Sequence); err != nil {
		return err
	}
	e.splitOff = e.splitName()
	for _, prop := range []ical.Prop{
		Text(ical.PropUID, e.splitOff), Text(splitFromName, m.copy.UID), {Name: ical.PropSequence, Value: "0"},
		UTC(ical.PropDateTimeStamp, e.now),
	} {
		if err := next.Set(prop); err != nil {
			return err
		}
	}
	for _, name := range []string{ical.PropCreated, ical.PropLastModified} {
		if _, ok := next.first(name); ok {
			if err := next.Set(UTC(name, e.now)); err != nil {
				return err
			}
		}
	}
	if err := e.setTimes(next, now.copy.Start, now.copy.Start.Add(e.Length)); err != nil {
		return err
	}
	made, ok := countBefore(m.repeats, cut)
	if !ok {
		return readOnly("%s: %q has too many occurrences", e.path, e.object.uid())
	}
	next.setValue(ical.PropRecurrenceRule, func(rule string) string { return countLess(rule, made) })
	from := func(at time.Time) bool { return !at.Before(cut) }
	for _, name := range []string{ical.PropRecurrenceDates, ical.PropExceptionDates} {
		if err := e.keepDates(next, name, from); err != nil {
			return err
		}
	}
	for _, of := range e.ahead(cut) {
		start, _ := next.first(ical.PropDateTimeStart)
		out, err := p.object.Like(ical.PropExceptionDates, start, of.change.planned.at, e.floating)
		if err != nil {
			return e.oddTime(err)
		}
		if err := next.Add(out); err != nil {
			return err
		}
	}
	next.dropFixedAlarms()
	e.made(next)
	return nil
}

// countBefore is how many occurrences the rules of a series make before cut, those
// that are left out later among them; false where they are too many to count.
func countBefore(set *recur.Set, cut time.Time) (int, bool) {
	rules := *set
	rules.Dates, rules.Except, rules.ExRules = nil, nil, nil
	times, truncated, err := rules.Between(set.Start.Add(-24*time.Hour), cut, 0)
	return len(times), err == nil && !truncated
}

// countLess returns an RRULE value whose COUNT, if it has one, is less by n.
func countLess(rule string, n int) string {
	for _, part := range strings.Split(rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		if count, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.EqualFold(strings.TrimSpace(key), "COUNT") {
			return withRule(rule, "COUNT", strconv.Itoa(count-n))
		}
	}
	return rule
}

// splitName is the UID of the series that is split off by e: always the same, so
// that one that is there is known again.
func (e *edit) splitName() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", e.object.uid(), e.Ref.Instance))
	return "unmeet-" + hex.EncodeToString(sum[:16])
}

// splitAt is the series that was split off by an intent like e; nil where there is
// none.
func (e *edit) splitAt() *event {
	name := e.splitName()
	for _, o := range e.calendar.order {
		if o.master != nil && o.master.copy.UID == name && o.master.copy.SplitFrom == e.object.uid() {
			return o.master
		}
	}
	return nil
}

// lengthen has what was shortened last as long as before.
func (e *edit) lengthen() error {
	if e.Back.SplitOff == "" {
		return e.lengthenOne()
	}
	split := e.splitAt()
	if split == nil {
		if _, err := e.occurrence(e.Ref.Instance); err == nil {
			return calendars.ErrAlready
		}
		return &calendars.OvertakenError{Why: calendars.Changed}
	}
	e.splitOff = split.copy.UID
	if err := e.restoreAll(); err != nil {
		return err
	}
	p, err := e.part(split)
	if err != nil {
		return err
	}
	pairs, err := e.traces()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(pairs, func(pair [2]trace) bool { return pair[1].Made == p.sum() }) {
		return &calendars.OvertakenError{Why: calendars.Changed}
	}
	p.calendar().take(p)
	for _, o := range e.calendar.order {
		if o.uid() != e.splitOff {
			continue
		}
		for _, of := range o.changes { // made since: they stay, as of the one series again
			change, err := e.part(of)
			if err != nil {
				return err
			}
			change.Remove(splitFromName, nil)
			if err := change.Set(Text(ical.PropUID, e.object.uid())); err != nil {
				return err
			}
		}
	}
	return nil
}

// lengthenOne takes back what shortenOne did, or what was done to a series as a
// whole.
func (e *edit) lengthenOne() error {
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	if err := e.Check(now.copy); err != nil {
		return err
	}
	return e.restoreAll()
}
