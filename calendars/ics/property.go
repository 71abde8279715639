package ics

import (
	"iter"

	"github.com/emersion/go-ical"
)

// property is a content line taken apart, as long as its component is read.
// Its texts share the memory of the component, and what is retained of them
// must be cloned.
type property struct {
	name   propName
	value  string
	params []param
	guest  *guest // whom an ORGANIZER or ATTENDEE names; these have no value and params
	line   int
	next   int32 // place of the component's next property of that name, from 1; 0 where there is none
}

// param is one value of a parameter. One with several values stands several
// times.
type param struct{ name, value string }

// param returns the first value of a parameter, "" where there is none.
func (p *property) param(name string) string {
	for i := range p.params {
		if p.params[i].name == name {
			return p.params[i].value
		}
	}
	return ""
}

// all are the values of a parameter.
func (p *property) all(name string) []string {
	var list []string
	for i := range p.params {
		if p.params[i].name == name {
			list = append(list, p.params[i].value)
		}
	}
	return list
}

// propOf takes go-ical's property apart.
func propOf(prop ical.Prop) property {
	p := property{name: named(prop.Name), value: prop.Value}
	for name, values := range prop.Params {
		for _, v := range values {
			p.params = append(p.params, param{name, v})
		}
	}
	return p
}

// object makes go-ical's property of p.
func (p *property) object(name string) ical.Prop {
	prop := ical.Prop{Name: name, Value: p.value}
	if len(p.params) > 0 {
		prop.Params = make(ical.Params, len(p.params))
	}
	for _, q := range p.params {
		prop.Params[q.name] = append(prop.Params[q.name], q.value)
	}
	return prop
}

// propName is a property name that something is made of.
type propName uint8

const (
	propUnknown propName = iota
	propMethod
	propCalScale
	propCalendarName
	propWRName
	propWRZone
	propUID
	propRecurrenceID
	propSequence
	propStamp
	propModified
	propSummary
	propDescription
	propHTML
	propLocation
	propClass
	propTransparency
	propStatus
	propStart
	propEnd
	propDuration
	propRule
	propDates
	propExDates
	propExRule
	propOrganizer
	propAttendee
	propBusyStatus
	propIntendedStatus
	propAllDay
	propSplitFrom
	propZoneID
	propZoneLocation
	propOffsetFrom
	propOffsetTo
	propZoneName
	propNames // how many they are
)

// splitFromName is a property of ours: the UID of the series that a series was
// split off from. No standard has one; RELATED-TO says many things.
const splitFromName = "X-UNMEET-SPLIT-FROM"

// held says how the properties are written, and in which components they are
// held.
var held = [propNames]struct {
	text string
	in   kind
}{
	propMethod:         {"METHOD", calendarKind},
	propCalScale:       {"CALSCALE", calendarKind},
	propCalendarName:   {"NAME", calendarKind},
	propWRName:         {"X-WR-CALNAME", calendarKind},
	propWRZone:         {"X-WR-TIMEZONE", calendarKind},
	propUID:            {"UID", eventKind},
	propRecurrenceID:   {"RECURRENCE-ID", eventKind},
	propSequence:       {"SEQUENCE", eventKind},
	propStamp:          {"DTSTAMP", eventKind},
	propModified:       {"LAST-MODIFIED", eventKind},
	propSummary:        {"SUMMARY", eventKind},
	propDescription:    {"DESCRIPTION", eventKind},
	propHTML:           {"X-ALT-DESC", eventKind},
	propLocation:       {"LOCATION", eventKind},
	propClass:          {"CLASS", eventKind},
	propTransparency:   {"TRANSP", eventKind},
	propStatus:         {"STATUS", eventKind},
	propStart:          {"DTSTART", eventKind | observanceKind},
	propEnd:            {"DTEND", eventKind},
	propDuration:       {"DURATION", eventKind},
	propRule:           {"RRULE", eventKind | observanceKind},
	propDates:          {"RDATE", eventKind | observanceKind},
	propExDates:        {"EXDATE", eventKind},
	propExRule:         {"EXRULE", eventKind},
	propOrganizer:      {"ORGANIZER", eventKind},
	propAttendee:       {"ATTENDEE", eventKind},
	propBusyStatus:     {"X-MICROSOFT-CDO-BUSYSTATUS", eventKind},
	propIntendedStatus: {"X-MICROSOFT-CDO-INTENDEDSTATUS", eventKind},
	propAllDay:         {"X-MICROSOFT-CDO-ALLDAYEVENT", eventKind},
	propSplitFrom:      {splitFromName, eventKind},
	propZoneID:         {"TZID", zoneKind},
	propZoneLocation:   {"X-LIC-LOCATION", zoneKind},
	propOffsetFrom:     {"TZOFFSETFROM", observanceKind},
	propOffsetTo:       {"TZOFFSETTO", observanceKind},
	propZoneName:       {"TZNAME", observanceKind},
}

func (n propName) String() string { return held[n].text }

// byLength are the names of each length: few, so that they are found faster
// than by a map.
var byLength = func() (list [32][]propName) {
	for n := propUnknown + 1; n < propNames; n++ {
		length := len(n.String())
		list[length] = append(list[length], n)
	}
	return list
}()

// named finds a name in upper case.
func named[T string | []byte](name T) propName {
	if len(name) < len(byLength) {
		for _, n := range byLength[len(name)] {
			if held[n].text == string(name) {
				return n
			}
		}
	}
	return propUnknown
}

// first returns the first property of that name, nil where there is none.
func (c *component) first(name propName) *property {
	if i := c.index[name].first; i > 0 {
		return &c.props[i-1]
	}
	return nil
}

// value returns the value of the first property of that name, "" where there is
// none.
func (c *component) value(name propName) string {
	if p := c.first(name); p != nil {
		return p.value
	}
	return ""
}

// lineOf returns the line of p, or, where there is no p, that of c.
func (c *component) lineOf(p *property) int {
	if p == nil {
		return c.line
	}
	return p.line
}

// all goes through the properties of that name, in the order of the file.
func (c *component) all(name propName) iter.Seq[*property] {
	return func(yield func(*property) bool) {
		for i := c.index[name].first; i > 0; i = c.props[i-1].next {
			if !yield(&c.props[i-1]) {
				return
			}
		}
	}
}

// add puts p at the end of c's properties.
func (c *component) add(p property) {
	c.props = append(c.props, p)
	at := &c.index[p.name]
	if at.first == 0 {
		at.first = int32(len(c.props))
	} else {
		c.props[at.last-1].next = int32(len(c.props))
	}
	at.last = int32(len(c.props))
}
