package google

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// reader turns Google's events to copies. It knows what a list says of its
// calendar as a whole.
type reader struct {
	zone     *time.Location // of the calendar; days of all-day events begin in it
	zoneName string
	role     string // what the person may see: "owner", "reader", "freeBusyReader", ...
}

func newReader(zone, role string) reader {
	loc, name := location(zone)
	return reader{zone: loc, zoneName: name, role: role}
}

// zones are those loaded so far, by name: loading one reads a file, and each event
// names one.
var zones sync.Map

// location loads a zone by its IANA name; anything unknown is UTC.
func location(name string) (*time.Location, string) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), name
	}
	if loc, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
		zones.Store(name, loc)
		return loc, name
	}
	return time.UTC, "UTC"
}

// The reasons why an event cannot be read.
var (
	errNoStart    = errors.New("start is missing")
	errNoEnd      = errors.New("end is missing")
	errBackwards  = errors.New("it ends before it starts")
	errNoOriginal = errors.New("originalStartTime of the instance is missing")
)

// read returns what an event says. Of a series it returns a copy without rule
// and spans. The error is a reason to skip the event.
func (r reader) read(ev *calendar.Event) (calendars.Copy, error) {
	c := calendars.Copy{
		Remote: calendars.RemoteID(ev.Id), ETag: ev.Etag,
		UID: ev.ICalUID, Sequence: int(ev.Sequence),
		Status: statusOf(ev.Status), Type: typeOf(ev.EventType), Busy: ev.Transparency != "transparent",
	}
	if c.UID == "" {
		c.UID = ev.Id
	}
	c.SplitFrom = splitFrom(c.UID)
	if x := ev.ExtendedProperties; x != nil {
		c.SplitFrom = cmp.Or(x.Shared[splitFromKey], c.SplitFrom)
	}
	if t, err := time.Parse(time.RFC3339, ev.Updated); err == nil {
		c.Modified = t.UTC()
	}
	if ev.RecurringEventId != "" {
		c.Remote = calendars.RemoteID(ev.RecurringEventId)
		var err error
		if c.Instance, err = r.instance(ev); err != nil {
			return c, err
		}
	}
	if err := r.readTimes(ev, &c); err != nil {
		return c, err
	}
	r.readPeople(ev, &c)
	r.readWords(ev, &c)
	return c, nil
}

// instance names an instance by when it was planned for, wherever it is now.
func (r reader) instance(ev *calendar.Event) (calendars.Instance, error) {
	if ev.OriginalStartTime == nil {
		return "", errNoOriginal
	}
	t, allDay, _, err := r.moment(ev.OriginalStartTime)
	if err != nil {
		return "", fmt.Errorf("originalStartTime: %w", err)
	}
	if allDay {
		return calendars.InstanceOn(t), nil
	}
	return calendars.InstanceAt(t), nil
}

func (r reader) readTimes(ev *calendar.Event, c *calendars.Copy) (err error) {
	if ev.Start == nil {
		return errNoStart
	}
	if ev.End == nil {
		return errNoEnd
	}
	if c.Start, c.AllDay, c.Zone, err = r.moment(ev.Start); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if c.End, _, _, err = r.moment(ev.End); err != nil {
		return fmt.Errorf("end: %w", err)
	}
	if c.End.Before(c.Start) {
		return errBackwards
	}
	return nil
}

// moment reads a time: a date, which begins at midnight in the calendar's zone, or
// an instant. zone is the one that the event is planned in.
func (r reader) moment(at *calendar.EventDateTime) (t time.Time, allDay bool, zone string, err error) {
	if at.Date != "" {
		if t, err = time.ParseInLocation(time.DateOnly, at.Date, r.zone); err != nil {
			return t, true, r.zoneName, errors.New("the date cannot be read")
		}
		return t, true, r.zoneName, nil
	}
	loc, zone := r.zone, r.zoneName
	if at.TimeZone != "" {
		loc, zone = location(at.TimeZone)
	}
	if t, err = time.Parse(time.RFC3339, at.DateTime); err == nil {
		return t.UTC(), false, zone, nil
	}
	// Without an offset it is a time in the zone.
	if t, err = time.ParseInLocation("2006-01-02T15:04:05", at.DateTime, loc); err == nil {
		return t.UTC(), false, zone, nil
	}
	return t, false, zone, errors.New("the time cannot be read")
}

// readWords takes the words over, unless they are nobody else's business.
func (r reader) readWords(ev *calendar.Event, c *calendars.Copy) {
	c.Private = ev.Visibility == "private" || ev.Visibility == "confidential" || r.blind()
	if c.Private {
		return
	}
	c.Title = strings.TrimSpace(ev.Summary)
	c.Body = plainText(ev.Description)
	c.Location = strings.TrimSpace(ev.Location)
}

// blind reports whether the person sees of the calendar only when it is busy.
func (r reader) blind() bool { return r.role == "freeBusyReader" || r.role == "none" }

func (r reader) readPeople(ev *calendar.Event, c *calendars.Copy) {
	if r.blind() {
		return
	}
	mine := false // the event was made in this calendar
	if o := ev.Organizer; o != nil {
		c.Organizer = calendars.Party{Address: address(o.Email), Name: o.DisplayName}
		if mine = o.Self; mine && person(c.Organizer) {
			c.Self = c.Organizer.Address
		}
	}
	c.HeadsKnown = !ev.AttendeesOmitted
	for _, a := range ev.Attendees {
		if a == nil {
			continue
		}
		guest := calendars.Attendee{
			Party: calendars.Party{Address: address(a.Email), Name: a.DisplayName},
			Kind:  calendars.Individual, Response: responseOf(a.ResponseStatus),
			Optional: a.Optional, Guests: max(0, int(a.AdditionalGuests)),
		}
		if a.Resource {
			guest.Kind = calendars.Resource
		}
		if a.Self && person(guest.Party) {
			c.Self = guest.Address
		}
		if a.AsyncOperation != "" {
			c.HeadsKnown = false // the members of a large group are still being listed
		}
		c.People = append(c.People, guest)
	}
	hidden := ev.GuestsCanSeeOtherGuests != nil && !*ev.GuestsCanSeeOtherGuests && !ev.GuestsCanModify
	if !mine && (hidden || len(ev.Attendees) == 0) {
		c.HeadsKnown = false
	}
}

// person reports whether p has an address that can be somebody's: a secondary
// calendar is its own organizer.
func person(p calendars.Party) bool {
	return calendars.Attendee{Party: p, Kind: calendars.Individual}.Person()
}

// address normalizes a mail address.
func address(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.TrimPrefix(s, "mailto:")
}

func statusOf(s string) calendars.Status {
	switch s {
	case "tentative":
		return calendars.Tentative
	case "cancelled":
		return calendars.Cancelled
	default:
		return calendars.Confirmed
	}
}

func responseOf(s string) calendars.Response {
	switch s {
	case "accepted":
		return calendars.Accepted
	case "declined":
		return calendars.Declined
	case "tentative":
		return calendars.Maybe
	case "needsAction":
		return calendars.NoAnswer
	default:
		return calendars.Unspecified
	}
}

// typeOf reads eventType. A type that is not known yet is an event like others.
func typeOf(s string) calendars.EventType {
	switch s {
	case "outOfOffice":
		return calendars.OutOfOffice
	case "focusTime":
		return calendars.FocusTime
	case "workingLocation":
		return calendars.WorkingLocation
	default:
		return calendars.Ordinary
	}
}

// series reads what a master tells of its instances.
func (r reader) series(ev *calendar.Event) (series, error) {
	c, err := r.read(ev)
	if err != nil {
		return series{}, err
	}
	s := series{Rule: ruleOf(ev.Recurrence), Length: int64(length(c) / time.Second), Words: fingerprint(c)}
	if c.AllDay {
		s.Start = calendars.InstanceOn(c.Start)
	} else {
		s.Start, s.Zone = calendars.InstanceAt(c.Start), c.Zone
	}
	return s, nil
}

// ruleOf returns the first RRULE of a series, "" if it has none.
func ruleOf(lines []string) string {
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if name, _, _ = strings.Cut(name, ";"); ok && strings.EqualFold(strings.TrimSpace(name), "RRULE") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
