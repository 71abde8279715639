package ics

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// Reply writes the answer of i to the organizer of a meeting that its owner is
// invited to: an iMIP REPLY (RFC 5546 §3.2.3, RFC 6047), to be sent as
// text/calendar; method=REPLY; charset=UTF-8. With i.Back it is the answer from
// before. It is about the whole series where i has no instance or is Onward. All
// times are in UTC, so that no time zone has to go with them.
//
// SEQUENCE is the invitation's, since that is what is answered; DTSTAMP, which
// orders replies, is now (RFC 5546 §2.1.4, §2.1.5). An error says that i is no
// answer, or that the invitation names nobody to send it to.
func Reply(i calendars.Intent, invited calendars.Copy, now time.Time) ([]byte, error) {
	answer := i.Response
	if i.Back != nil {
		answer = i.Was
	}
	if answer == calendars.Unspecified {
		answer = calendars.NoAnswer
	}
	partstat := partstats[answer]
	switch {
	case i.Verb != calendars.Respond || partstat == "":
		return nil, fmt.Errorf("reply: %s %q is no answer to an invitation", i.Verb, answer)
	case invited.UID == "":
		return nil, errors.New("reply: the invitation has no UID")
	case invited.Organizer.Address == "":
		return nil, errors.New("reply: the invitation names no organizer to reply to")
	case address(i.Owner) == "":
		return nil, fmt.Errorf("reply: %q is no address", i.Owner)
	}
	o := NewObject("REPLY")
	p := o.Calendar().NewPart(ical.CompEvent)
	p.put(Text(ical.PropUID, invited.UID))
	p.put(UTC(ical.PropDateTimeStamp, now))
	p.put(ical.Prop{Name: ical.PropSequence, Value: fmt.Sprint(invited.Sequence)})
	whole := i.Onward || i.Ref.Instance == ""
	if !whole {
		p.put(valueOf(ical.PropRecurrenceID, string(i.Ref.Instance), len(i.Ref.Instance) == len("20060102")))
	}
	if !whole && invited.Instance != i.Ref.Instance {
		invited.Start, invited.End = instanceTimes(invited, i.Ref.Instance)
	}
	if !whole || invited.Instance == "" && !invited.Series() {
		p.put(timeOf(ical.PropDateTimeStart, invited.Start, invited))
		p.put(timeOf(ical.PropDateTimeEnd, invited.End, invited))
	}
	if invited.Title != "" {
		p.put(Text(ical.PropSummary, invited.Title))
	}
	p.put(user(ical.PropOrganizer, invited.Organizer))
	who := calendars.Party{Address: i.Owner}
	if a, ok := invited.Invited(i.Owner); ok {
		who = a.Party // whoever is invited by another address answers from that
	}
	self := user(ical.PropAttendee, who)
	self.Params.Set(ical.ParamParticipationStatus, partstat)
	p.put(self)
	if i.Note != "" && i.Back == nil {
		p.put(Text(ical.PropComment, i.Note))
	}
	p.put(ical.Prop{Name: ical.PropRequestStatus, Value: "2.0;Success"})
	return o.Bytes(), nil
}

// instanceTimes is when an instance of the series k takes place, as its rule has it.
func instanceTimes(k calendars.Copy, id calendars.Instance) (start, end time.Time) {
	start, ok := id.Time(k.Start.Location())
	if !ok {
		return k.Start, k.End
	}
	return start, start.Add(k.End.Sub(k.Start))
}

// timeOf is a time of an event: a date, if that is all-day, else in UTC.
func timeOf(name string, t time.Time, k calendars.Copy) ical.Prop {
	if k.AllDay {
		return valueOf(name, t.Format("20060102"), true)
	}
	return UTC(name, t)
}

// valueOf is a property with a DATE or a DATE-TIME.
func valueOf(name, value string, day bool) ical.Prop {
	p := ical.Prop{Name: name, Value: value, Params: ical.Params{}}
	if day {
		p.Params.Set(ical.ParamValue, "DATE")
	}
	return p
}

// user is a property that names somebody (RFC 5545 §3.3.3).
func user(name string, who calendars.Party) ical.Prop {
	p := ical.Prop{Name: name, Value: "mailto:" + url.PathEscape(who.Address), Params: ical.Params{}}
	if who.Name != "" {
		p.Params.Set(ical.ParamCommonName, who.Name)
	}
	return p
}
