package calendartest

import (
	"cmp"
	"slices"
	"time"

	"unmeet/calendars"
)

// Occurrence is one event at one time as a person's calendar truly shows it.
type Occurrence struct {
	ID        string // of Google's
	Series    string // its series' id; "" for a one-off
	UID       string
	Organizer string
	Instance  calendars.Instance
	Title     string

	Start, End time.Time // instants; days begin at midnight in the calendar's zone
	AllDay     bool

	Answer     calendars.Response // of the calendar's owner
	Tentative  bool
	Free       bool
	Visibility string
	Type       string // eventType, "default" spelled out

	// Guests are the answers of those the calendar shows, by address, rooms and
	// things left out. HeadsKnown is false where guests are hidden from the owner.
	Guests     map[string]calendars.Response
	Heads      int // guests and those they bring
	HeadsKnown bool
}

// Window returns what a calendar truly shows between from and to, in order of
// time: nothing that is cancelled, series as their occurrences.
func (w *World) Window(id string, from, to time.Time) []Occurrence {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(id)
	var shown []Occurrence
	for _, it := range c.all(view{expanded: true, span: span{from, to}}, w.now()) {
		shown = append(shown, c.truth(it))
	}
	slices.SortFunc(shown, func(a, b Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return shown
}

func (c *calendar) truth(it item) Occurrence {
	ev := it.ev
	o := Occurrence{
		ID: it.id, Series: it.series, UID: ev.UID, Organizer: ev.Organizer, Title: ev.Title,
		AllDay: ev.AllDay, Answer: ev.answerOf(c.invitedAs(ev)), Tentative: ev.Tentative, Free: ev.Free,
		Visibility: ev.Visibility, Type: cmp.Or(ev.Type, "default"),
		Guests: map[string]calendars.Response{}, HeadsKnown: true,
	}
	o.Start, o.End = c.instants(ev.AllDay, it.start, it.end)
	o.Instance = it.instance()
	guests, hidden := c.visibleGuests(ev)
	o.HeadsKnown = !hidden
	for _, g := range guests {
		if g.Resource {
			continue
		}
		o.Guests[g.Address] = ev.answerOf(g.Address)
		o.Heads += 1 + g.More
	}
	return o
}

// visibleGuests returns the guests that the calendar's owner may see, and
// whether there may be others.
func (c *calendar) visibleGuests(ev *Event) (guests []Guest, hidden bool) {
	if !ev.HideGuests || ev.Organizer == c.id || ev.GuestsCanModify {
		return ev.Guests, false
	}
	if i := ev.guest(c.invitedAs(ev)); i >= 0 {
		return ev.Guests[i : i+1], true
	}
	return nil, true
}

// Starts returns when the instances of a series are planned for, until a year
// from now, changed and cancelled ones included.
func (w *World) Starts(id string) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	ev := w.lead(id).ev
	if ev.rule == nil {
		panic("calendartest: no series: " + id)
	}
	return slices.Clone(ev.rule.between(ev.Start, w.now().Add(horizon)))
}
