package calendartest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"unmeet/calendars"
)

// The shapes below are those of the Calendar API's JSON. A nil or empty field
// is left out, as Google does.

type wireEvent struct {
	Kind                    string                     `json:"kind"`
	ETag                    string                     `json:"etag"`
	ID                      string                     `json:"id"`
	Status                  string                     `json:"status"`
	HTMLLink                string                     `json:"htmlLink"`
	Created                 string                     `json:"created"`
	Updated                 string                     `json:"updated"`
	Summary                 string                     `json:"summary"`
	Description             string                     `json:"description"`
	Location                string                     `json:"location"`
	Creator                 *wireParty                 `json:"creator"`
	Organizer               *wireParty                 `json:"organizer"`
	Start                   *wireTime                  `json:"start"`
	End                     *wireTime                  `json:"end"`
	Recurrence              []string                   `json:"recurrence"`
	RecurringEventID        string                     `json:"recurringEventId"`
	OriginalStartTime       *wireTime                  `json:"originalStartTime"`
	Transparency            string                     `json:"transparency"`
	Visibility              string                     `json:"visibility"`
	ICalUID                 string                     `json:"iCalUID"`
	Sequence                int                        `json:"sequence"`
	Attendees               []wireGuest                `json:"attendees"`
	AttendeesOmitted        bool                       `json:"attendeesOmitted"`
	GuestsCanModify         bool                       `json:"guestsCanModify"`
	GuestsCanSeeOtherGuests *bool                      `json:"guestsCanSeeOtherGuests"`
	Reminders               *wireReminders             `json:"reminders"`
	EventType               string                     `json:"eventType"`
	ExtendedProperties      *wireProperties            `json:"extendedProperties"`
	More                    map[string]json.RawMessage `json:"-"`
}

type wireParty struct {
	Email       string `json:"email"`
	DisplayName string `json:"displayName"`
	Self        bool   `json:"self"`
}

type wireTime struct {
	Date     string `json:"date"`
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type wireGuest struct {
	Email            string `json:"email"`
	DisplayName      string `json:"displayName"`
	Organizer        bool   `json:"organizer"`
	Self             bool   `json:"self"`
	Resource         bool   `json:"resource"`
	Optional         bool   `json:"optional"`
	ResponseStatus   string `json:"responseStatus"`
	Comment          string `json:"comment"`
	AdditionalGuests int    `json:"additionalGuests"`
	AsyncOperation   string `json:"asyncOperation"`
}

type wireProperties struct {
	Private map[string]string `json:"private"`
	Shared  map[string]string `json:"shared"`
}

type wireReminders struct {
	UseDefault bool `json:"useDefault"`
}

type wireEvents struct {
	Kind          string      `json:"kind"`
	ETag          string      `json:"etag"`
	Summary       string      `json:"summary"`
	Updated       string      `json:"updated"`
	TimeZone      string      `json:"timeZone"`
	AccessRole    string      `json:"accessRole"`
	NextPageToken string      `json:"nextPageToken"`
	NextSyncToken string      `json:"nextSyncToken"`
	Items         []wireEvent `json:"items" always:"true"`
}

type wireCalendar struct {
	Kind       string `json:"kind"`
	ETag       string `json:"etag"`
	ID         string `json:"id"`
	Summary    string `json:"summary"`
	TimeZone   string `json:"timeZone"`
	AccessRole string `json:"accessRole"`
	Primary    bool   `json:"primary"`
	Selected   bool   `json:"selected"`
}

type wireCalendars struct {
	Kind          string         `json:"kind"`
	ETag          string         `json:"etag"`
	NextPageToken string         `json:"nextPageToken"`
	Items         []wireCalendar `json:"items" always:"true"`
}

// answers pairs our words for an answer with Google's.
var answers = map[calendars.Response]string{
	calendars.NoAnswer: "needsAction", calendars.Accepted: "accepted",
	calendars.Declined: "declined", calendars.Maybe: "tentative",
}

// millis is how the API writes an instant: RFC 3339 with milliseconds.
func millis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// etag is how the API writes the state of a thing.
func etag(n int64) string { return fmt.Sprintf(`"%d000"`, 3_400_000_000_000+n) }

// rendering says for whom an item is written, and how.
type rendering struct {
	role      string
	zone      string // for times; "" is the calendar's
	maxGuests int    // 0: all
	sparse    bool
	details   bool // of cancelled events too, as a get shows them
}

// render writes an item as a calendar's reader may see it.
func (c *calendar) render(it item, r rendering) wireEvent {
	ev := it.ev
	w := wireEvent{
		Kind: "calendar#event", ETag: etag(it.entry.changed), ID: it.id, Status: "confirmed",
	}
	if it.cancelled {
		w.Status = "cancelled"
		if it.series != "" && !(r.sparse || it.entry.detached) {
			w.RecurringEventID, w.OriginalStartTime = it.series, c.moment(it.original, ev, r.zone)
		}
		if it.bare || !r.details {
			return w
		}
	} else if ev.Tentative {
		w.Status = "tentative"
	}
	w.Start, w.End = c.moment(it.start, ev, r.zone), c.moment(it.end, ev, r.zone)
	w.Updated, w.ICalUID, w.EventType = millis(it.entry.updated), ev.UID, cmp.Or(ev.Type, "default")
	if it.series != "" {
		w.RecurringEventID, w.OriginalStartTime = it.series, c.moment(it.original, ev, r.zone)
	} else {
		w.Recurrence = ev.Recurrence
	}
	if ev.Free {
		w.Transparency = "transparent"
	}
	w.Visibility = ev.Visibility
	if r.role == "freeBusyReader" || r.role == "reader" && ev.Visibility != "" && ev.Visibility != "public" {
		w.Visibility = "private"
		return w
	}
	w.HTMLLink = "https://www.google.com/calendar/event?eid=" + it.id
	w.Created = millis(it.entry.created)
	w.Summary, w.Description, w.Location, w.Sequence = ev.Title, ev.Body, ev.Location, ev.Sequence
	w.Organizer = &wireParty{Email: ev.Organizer, Self: ev.Organizer == c.id}
	w.Creator = w.Organizer
	w.GuestsCanModify = ev.GuestsCanModify
	w.Reminders = &wireReminders{UseDefault: true}
	w.More = ev.More
	if len(ev.Private)+len(ev.Shared) > 0 {
		w.ExtendedProperties = &wireProperties{Private: ev.Private, Shared: ev.Shared}
	}
	if ev.HideGuests {
		w.GuestsCanSeeOtherGuests = new(bool)
	}
	c.renderGuests(&w, ev, r)
	return w
}

func (c *calendar) renderGuests(w *wireEvent, ev *Event, r rendering) {
	guests, _ := c.visibleGuests(ev)
	if r.maxGuests > 0 && len(guests) > r.maxGuests {
		w.AttendeesOmitted = true
		guests = nil
		if i := ev.guest(c.invitedAs(ev)); i >= 0 {
			guests = ev.Guests[i : i+1]
		}
	}
	for _, g := range guests {
		w.Attendees = append(w.Attendees, wireGuest{
			Email: g.Address, DisplayName: g.Name, Organizer: g.Address == ev.Organizer,
			Self: strings.EqualFold(g.Address, c.invitedAs(ev)), Resource: g.Resource, Optional: g.Optional,
			ResponseStatus: answers[ev.answerOf(g.Address)], Comment: g.Comment, AdditionalGuests: g.More,
		})
	}
}

// moment writes a time of an event: a date, or an instant in the zone asked for,
// together with the zone the event is planned in.
func (c *calendar) moment(t time.Time, ev *Event, zone string) *wireTime {
	if ev.AllDay {
		return &wireTime{Date: t.UTC().Format(time.DateOnly)}
	}
	return &wireTime{DateTime: t.In(location(cmp.Or(zone, c.zone))).Format(time.RFC3339), TimeZone: ev.Zone}
}
