package ics

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// commentParam is where Google, and others after it, write the comment that came
// with an answer.
const commentParam = "X-RESPONSE-COMMENT"

// partstats are the answers that can be given, in the words of RFC 5545 §3.2.12.
var partstats = map[calendars.Response]string{
	calendars.NoAnswer: "NEEDS-ACTION", calendars.Accepted: "ACCEPTED", calendars.Declined: "DECLINED", calendars.Maybe: "TENTATIVE",
}

// respond answers an invitation: in the event that is about the occurrence alone,
// which is made where there is none, or, onward, in the series and in the events
// about its later occurrences. SEQUENCE and DTSTAMP stay, since they tell which of
// the organizer's versions an attendee has.
func (e *edit) respond() error {
	if partstats[e.Response] == "" {
		return fmt.Errorf("%q is no answer that can be given", e.Response)
	}
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	err = e.Check(now.copy)
	if e.Onward && !now.planned.IsZero() {
		if err != nil && !errors.Is(err, calendars.ErrAlready) {
			return err
		}
		return e.respondOnward(now)
	}
	if err != nil {
		return err
	}
	if now.own || e.Ref.Instance == "" {
		p, err := e.part(now.by)
		if err != nil {
			return err
		}
		return e.answer(p, e.Ref.Instance)
	}
	p, err := e.override(now)
	if err != nil {
		return err
	}
	p.RemoveParts(ical.CompAlarm) // what one does not attend need not ring
	if err := e.answer(p, e.Ref.Instance); err != nil {
		return err
	}
	e.made(p)
	return nil
}

// respondOnward answers for now and all that follow it.
func (e *edit) respondOnward(now occurrence) error {
	var events []*event
	if e.object.master != nil {
		events = append(events, e.object.master)
	}
	for _, change := range e.object.changes {
		if !change.change.planned.at.Before(now.planned) && change.copy.Status != calendars.Cancelled {
			events = append(events, change)
		}
	}
	for _, of := range events {
		if answer, invited := of.copy.Own(e.Owner); !invited || answer == e.Response {
			continue
		}
		p, err := e.part(of)
		if err != nil {
			return err
		}
		if err := e.answer(p, of.copy.Instance); err != nil {
			return err
		}
	}
	if len(e.before) == 0 {
		return calendars.ErrAlready
	}
	return nil
}

// answer sets the owner's answer in p, the event about an instance.
func (e *edit) answer(p *Part, id calendars.Instance) error {
	if err := e.lendGuests(p); err != nil {
		return err
	}
	return e.change(p, id, ical.PropAttendee, e.isOwner, func() error {
		if _, err := p.SetParam(ical.PropAttendee, e.isOwner, ical.ParamParticipationStatus, partstats[e.Response]); err != nil {
			return err
		}
		if e.Note == "" {
			return nil
		}
		_, err := p.SetParam(ical.PropAttendee, e.isOwner, commentParam, e.Note)
		return err
	})
}

// isOwner reports whether an ATTENDEE is the owner of the calendar.
func (e *edit) isOwner(prop ical.Prop) bool {
	p := propOf(prop)
	return party(&p).Address == e.Owner
}

// lendGuests gives p the guests of its series, if it names none: some programs
// leave them out of changed instances.
func (e *edit) lendGuests(p *Part) error {
	if len(p.lines(ical.PropAttendee, e.isOwner)) > 0 {
		return nil
	}
	if master := e.object.master; master != nil && len(p.lines(ical.PropAttendee, nil)) == 0 {
		from, err := e.part(master)
		if err != nil {
			return err
		}
		names := []string{ical.PropOrganizer, ical.PropAttendee}
		if len(p.lines(ical.PropOrganizer, nil)) > 0 {
			names = names[1:]
		}
		for _, name := range names {
			for _, line := range from.lines(name, nil) {
				p.insert([]byte(line))
			}
		}
	}
	if len(p.lines(ical.PropAttendee, e.isOwner)) == 0 {
		return readOnly("%s: no line of %q is the invitation of %s", e.path, e.object.uid(), e.Owner)
	}
	return nil
}

// unrespond takes an answer back, wherever it still stands.
func (e *edit) unrespond() error {
	now, err := e.occurrence(e.Ref.Instance)
	if err != nil {
		return err
	}
	checked := e.Check(now.copy)
	if checked != nil && !(e.Onward && !now.planned.IsZero()) {
		return checked
	}
	pairs, err := e.traces()
	if err != nil {
		return err
	}
	if len(pairs) == 0 { // known is only what was answered before
		pairs = [][2]trace{{{Instance: now.copy.Instance}, {Instance: now.copy.Instance}}}
		if !now.own {
			pairs[0][0].Instance, pairs[0][1].Instance = "", ""
		}
	}
	restored, changed := 0, false
	for _, pair := range pairs {
		of := e.event(pair[0].Instance)
		if of == nil {
			continue
		}
		if answer, invited := of.copy.Own(e.Owner); !invited || answer != e.Response || of.copy.Status == calendars.Cancelled {
			changed = changed || !invited || answer != e.former(pair[0])
			continue // it is not ours any more
		}
		if err := e.unanswer(of, pair[0], pair[1]); err != nil {
			return err
		}
		restored++
	}
	switch {
	case restored > 0:
		return nil
	case checked != nil && !errors.Is(checked, calendars.ErrAlready):
		return checked
	case changed:
		return &calendars.OvertakenError{Why: calendars.Changed}
	}
	return calendars.ErrAlready
}

// former is the answer that stood in lines before.
func (e *edit) former(was trace) calendars.Response {
	if len(was.Lines) == 0 {
		return e.Was
	}
	return response(paramOf(was.Lines[0], ical.ParamParticipationStatus))
}

// unanswer restores the answer that was given before in the event of.
func (e *edit) unanswer(of *event, was, is trace) error {
	p, err := e.part(of)
	if err != nil {
		return err
	}
	if is.Made != "" && is.Made == p.sum() {
		p.calendar().take(p)
		return nil
	}
	if len(is.Lines) > 0 && p.replace(ical.PropAttendee, is.Lines, was.Lines) {
		return nil
	}
	if err := e.lendGuests(p); err != nil {
		return err
	}
	if _, err := p.SetParam(ical.PropAttendee, e.isOwner, ical.ParamParticipationStatus, partstats[e.former(was)]); err != nil {
		return err
	}
	if e.Note == "" {
		return nil
	}
	ours := func(prop ical.Prop) bool {
		return e.isOwner(prop) && strings.Join(prop.Params[commentParam], ",") == e.Note
	}
	_, err = p.SetParam(ical.PropAttendee, ours, commentParam, "")
	return err
}

// paramOf is a parameter of a content line, "" where it has none.
func paramOf(line, name string) string {
	o := &Object{newline: "\r\n"}
	if !strings.Contains(line, "\r") {
		o.newline = "\n"
	}
	p, _ := parseLine(string(o.unfold([]byte(line))), new([]param))
	return p.param(name)
}
