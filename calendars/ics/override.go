package ics

import (
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-ical"
)

// override puts an event about the occurrence now alone beside its series: the
// series' own lines, but for what makes it one.
func (e *edit) override(now occurrence) (*Part, error) {
	if now.left || now.planned.IsZero() || now.by.change != nil && now.by.copy.Instance == now.copy.Instance {
		return nil, readOnly("%s: nothing can be said in it of this occurrence of %q alone", e.path, e.object.uid())
	}
	master, err := e.part(e.object.master)
	if err != nil {
		return nil, err
	}
	from, err := e.part(now.by)
	if err != nil {
		return nil, err
	}
	start, ok := master.first(ical.PropDateTimeStart)
	if !ok {
		return nil, readOnly("%s: %q has no DTSTART", e.path, e.object.uid())
	}
	p := from.calendar().Append(from)
	for _, name := range []string{ical.PropRecurrenceRule, ical.PropRecurrenceDates, ical.PropExceptionDates, "EXRULE", splitFromName} {
		p.Remove(name, nil)
	}
	id, err := from.object.Like(ical.PropRecurrenceID, start, now.planned, e.floating)
	if err != nil {
		return nil, e.oddTime(err)
	}
	if err := p.Set(id); err != nil {
		return nil, err
	}
	if err := e.setTimes(p, now.copy.Start, now.copy.End); err != nil {
		return nil, err
	}
	p.dropFixedAlarms()
	return p, nil
}

// setTimes moves p, in the form in which it says its times.
func (e *edit) setTimes(p *Part, start, end time.Time) error {
	old, _ := p.first(ical.PropDateTimeStart)
	at, err := p.object.Like(ical.PropDateTimeStart, old, start, e.floating)
	if err != nil {
		return e.oddTime(err)
	}
	if err := p.Set(at); err != nil {
		return err
	}
	return e.setEnd(p, start, end)
}

// setEnd has p, which begins at start, end at end.
func (e *edit) setEnd(p *Part, start, end time.Time) error {
	like, ok := p.first(ical.PropDateTimeEnd)
	if !ok || strings.TrimSpace(like.Value) == "" {
		old, _ := p.first(ical.PropDuration)
		if l, err := parseDuration(old.Value); err == nil && l.after(start).Equal(end) {
			return nil
		}
		if first, _ := p.first(ical.PropDateTimeStart); strings.EqualFold(first.Params.Get(ical.ParamValue), "DATE") && old.Value == "" {
			return nil // it lasts a day
		}
		return p.Set(ical.Prop{Name: ical.PropDuration, Value: durationText(end.Sub(start))})
	}
	if first, _ := p.first(ical.PropDateTimeStart); like.Params.Get(ical.PropTimezoneID) == "" && !strings.HasSuffix(strings.TrimSpace(like.Value), "Z") {
		like.Params = first.Params // only the start may name the zone of both
	}
	to, err := p.object.Like(ical.PropDateTimeEnd, like, end, e.floating)
	if err != nil {
		return e.oddTime(err)
	}
	return p.Set(to)
}

func (e *edit) oddTime(err error) error {
	return readOnly("%s: the times of %q: %v", e.path, e.object.uid(), err)
}

// durationText writes a length of time (RFC 5545 §3.3.6).
func durationText(d time.Duration) string {
	seconds := int64(d / time.Second)
	text := "PT"
	for _, unit := range []struct {
		seconds int64
		name    string
	}{{3600, "H"}, {60, "M"}, {1, "S"}} {
		if n := seconds / unit.seconds; n > 0 {
			text += fmt.Sprint(n) + unit.name
			seconds -= n * unit.seconds
		}
	}
	if text == "PT" {
		return "PT0S"
	}
	return text
}

// dropFixedAlarms takes out the alarms of p that ring at a point in time, which is
// that of another occurrence.
func (p *Part) dropFixedAlarms() {
	for _, alarm := range p.Parts(ical.CompAlarm) {
		if trigger, _ := alarm.first(ical.PropTrigger); strings.EqualFold(trigger.Params.Get(ical.ParamValue), "DATE-TIME") {
			p.take(alarm)
		}
	}
}
