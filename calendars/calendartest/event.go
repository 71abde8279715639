package calendartest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"unmeet/calendars"
)

// Event is what a calendar holds of a series, a one-off or a changed instance.
type Event struct {
	ID  string // made up when empty; an id of Google's is of [a-v0-9], an imported one begins with "_"
	UID string // shared by all copies; made from ID when empty

	Organizer string // address; set by Create
	Title     string
	Body      string
	Location  string

	Start, End time.Time // End is exclusive; of an all-day event, midnights in UTC
	AllDay     bool
	Zone       string   // IANA name; the organizer's when empty
	Recurrence []string // lines as "RRULE:FREQ=WEEKLY", empty for a one-off

	Guests          []Guest
	HideGuests      bool // guests cannot see each other
	GuestsCanModify bool

	Tentative  bool
	Free       bool   // shown as available
	Visibility string // "", "public", "private" or "confidential"
	Type       string // eventType; "" is "default"

	Sequence int
	// Private and Shared are the extendedProperties: of one calendar's copy alone, and
	// of all copies.
	Private, Shared map[string]string
	// More holds further fields of the JSON as Google would send them, such as
	// "conferenceData" or fields of the future. A PATCH keeps them.
	More map[string]json.RawMessage

	rule *pattern // of Recurrence
}

// Guest is an attendee. An address the world knows gets a copy of the event.
type Guest struct {
	Address  string
	Name     string
	Answer   calendars.Response // NoAnswer when empty
	Comment  string
	Optional bool
	Resource bool // a room or a thing
	More     int  // additional guests
}

// The types of events that Google tells apart.
const (
	OutOfOffice     = "outOfOffice"
	FocusTime       = "focusTime"
	WorkingLocation = "workingLocation"
	Birthday        = "birthday"
	FromGmail       = "fromGmail"
)

// clone returns a copy that shares nothing that an edit could change.
func (e *Event) clone() *Event {
	c := *e
	c.Guests = slices.Clone(e.Guests)
	c.Recurrence = slices.Clone(e.Recurrence)
	c.Private, c.Shared = maps.Clone(e.Private), maps.Clone(e.Shared)
	c.More = maps.Clone(e.More)
	return &c
}

// guest returns the place of address in the guest list, or -1.
func (e *Event) guest(address string) int {
	return slices.IndexFunc(e.Guests, func(g Guest) bool { return strings.EqualFold(g.Address, address) })
}

// answerOf returns what address answered. An organizer who is not listed, and
// the owner of an event without guests, attend.
func (e *Event) answerOf(address string) calendars.Response {
	if i := e.guest(address); i >= 0 {
		if e.Guests[i].Answer == "" {
			return calendars.NoAnswer
		}
		return e.Guests[i].Answer
	}
	return calendars.Accepted
}

// sameTimes reports whether e and o take place at the same times.
func (e *Event) sameTimes(o *Event) bool {
	return e.Start.Equal(o.Start) && e.End.Equal(o.End) && e.AllDay == o.AllDay && e.sameRule(o)
}

func (e *Event) sameRule(o *Event) bool {
	return e.Start.Equal(o.Start) && e.Zone == o.Zone && e.AllDay == o.AllDay && slices.Equal(e.Recurrence, o.Recurrence)
}

// settle fills in what follows from the rest, once an edit is done.
func (e *Event) settle(before *Event) {
	e.Organizer = strings.ToLower(e.Organizer)
	for i := range e.Guests {
		e.Guests[i].Address = strings.ToLower(e.Guests[i].Address)
	}
	if before != nil && before.rule != nil && e.sameRule(before) {
		e.rule = before.rule
		return
	}
	e.rule = nil
	if len(e.Recurrence) > 0 {
		e.rule = newPattern(e.Start, e.Zone, e.AllDay, e.Recurrence)
	}
}

// zones are those loaded so far, as loading one reads a file.
var zones sync.Map // name to *time.Location

// location loads a zone; an unknown one is UTC.
func location(zone string) *time.Location {
	if known, ok := zones.Load(zone); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	zones.Store(zone, loc)
	return loc
}
