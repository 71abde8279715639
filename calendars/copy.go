package calendars

import (
	"strings"
	"time"
)

// RemoteID is the address of a calendar object within its collection: a CalDAV
// href, a Google event id, a file name with UID. Opaque to all but its source.
type RemoteID string

// Status is the state of an event (RFC 5545 §3.8.1.11).
type Status string

// The states of an event. An event that names none is confirmed.
const (
	Confirmed Status = "confirmed"
	Tentative Status = "tentative"
	Cancelled Status = "cancelled"
)

// Response is what an invited person answered (PARTSTAT, RFC 5545 §3.2.12).
type Response string

// The answers to an invitation. NoAnswer counts as attending.
const (
	NoAnswer    Response = "needs-action"
	Accepted    Response = "accepted"
	Declined    Response = "declined"
	Maybe       Response = "tentative"
	HandedOn    Response = "delegated"
	Unspecified Response = "" // the calendar does not say
)

// Kind says who or what an attendee is (CUTYPE, RFC 5545 §3.2.3).
type Kind string

// Only individuals are people; the rest is listed and never counted.
const (
	Individual Kind = "individual"
	Group      Kind = "group"
	Resource   Kind = "resource"
	Room       Kind = "room"
)

// EventType says what an event is for, where the calendar tells such apart.
type EventType string

// Only ordinary events are meetings; the others tell when a person cannot be
// met or does not want to be.
const (
	Ordinary        EventType = ""
	OutOfOffice     EventType = "out-of-office"
	FocusTime       EventType = "focus-time"
	WorkingLocation EventType = "working-location"
)

// Party is somebody an event names.
type Party struct {
	Address string // lower case, without mailto:; "" if the event gives none
	Name    string
}

// Attendee is one line of a guest list.
type Attendee struct {
	Party
	Kind     Kind
	Response Response
	Optional bool // OPT-PARTICIPANT or NON-PARTICIPANT
	Guests   int  // further people this attendee brings (X-NUM-GUESTS)
}

// Person reports whether a is a human being of whom we know an address: not a
// room, a resource, a group or a calendar.
func (a Attendee) Person() bool {
	return a.Kind == Individual && a.Address != "" && !calendarAddress(a.Address)
}

// calendarAddress reports whether address belongs to a calendar rather than to
// a person. Google names secondary calendars and rooms so.
func calendarAddress(address string) bool {
	return strings.HasSuffix(address, "calendar.google.com")
}

// Span is one occurrence in time that has nothing of its own to say: an
// instance of a series as its rule makes it.
type Span struct {
	Instance   Instance
	Start, End time.Time // End is exclusive and never before Start
}

// Copy is what one collection says of one event: a one-off, a series with its
// occurrences within the listed span, or one instance that differs from its
// series. All times are instants; AllDay copies begin and end at midnight in
// Zone.
type Copy struct {
	Remote   RemoteID
	ETag     string
	UID      string
	Instance Instance
	// SplitFrom is the UID of the series that this one was split off from ("this
	// and following"), "" where the calendar does not say. It links lineage and
	// nothing else.
	SplitFrom string
	Sequence  int
	Modified  time.Time // DTSTAMP or LAST-MODIFIED, the later; zero if unknown

	Title    string
	Body     string // the description, as plain text
	Location string
	Private  bool // CLASS:PRIVATE or CONFIDENTIAL; such a copy is kept without words
	Busy     bool // false when marked free (TRANSP:TRANSPARENT)
	Status   Status
	Type     EventType

	Start, End time.Time
	AllDay     bool
	// Zone is the IANA name of the zone that the event recurs in. It is "UTC"
	// where the event's zone has no such name: one that only its file defines,
	// an offset. Spans are right then, too, for whoever made them knew the zone;
	// only what Zone says of local time is not.
	Zone string

	// Rule is the recurrence in the source's words (an RRULE value), "" for a
	// one-off. It tells the cadence; the occurrences are in Spans.
	Rule string
	// Spans are the occurrences of a series that start or end within the listed
	// span, in order of time, without those that have a Copy of their own. A
	// one-off and a changed instance have none: they occur from Start to End.
	Spans []Span

	Organizer Party
	People    []Attendee
	// Self is the address under which the event knows the owner of the calendar,
	// as the calendar itself says: possibly an alias; "" if it does not say.
	Self string
	// HeadsKnown is false where the number of guests cannot be told: hidden
	// guests, a truncated list, an export without attendees.
	HeadsKnown bool
}

// Series reports whether c stands for a whole series.
func (c *Copy) Series() bool { return c.Instance == "" && (c.Rule != "" || len(c.Spans) > 0) }

// Ref names the meeting, or the instance of it, that c is a copy of.
func (c *Copy) Ref() Ref {
	return Ref{UID: c.UID, Organizer: c.Organizer.Address, Instance: c.Instance}
}
