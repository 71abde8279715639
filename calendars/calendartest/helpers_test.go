package calendartest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	gcal "google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"unmeet/calendars"
)

const (
	ada = "ada@acme.example"
	bob = "bob@acme.example"
	cat = "cat@acme.example"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday

// newGoogle runs a server for Ada, Bob and Cat, on the Sunday before monday.
func newGoogle(t *testing.T) (*Google, *Clock) {
	t.Helper()
	clock := NewClock(monday.Add(-21 * time.Hour))
	w := NewWorld(clock.Now)
	for _, address := range []string{ada, bob, cat} {
		w.AddPerson(Person{Address: address, Zone: "Europe/Berlin"})
	}
	return StartGoogle(t, w), clock
}

// service is the real client, let in as address.
func service(t *testing.T, g *Google, address string, scopes ...string) *gcal.Service {
	t.Helper()
	s, err := gcal.NewService(t.Context(), option.WithHTTPClient(g.Client(address, scopes...)), option.WithEndpoint(g.URL+"/calendar/v3/"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// weekly is a series of Ada's on Mondays at nine with Bob.
func weekly(g *Google) string {
	return g.Create(Event{
		Organizer: ada, Title: "Weekly status", Start: monday, End: monday.Add(time.Hour),
		Recurrence: []string{"RRULE:FREQ=WEEKLY"},
		Guests:     []Guest{{Address: ada, Answer: calendars.Accepted}, {Address: bob}},
	})
}

// reason returns the reason of an API error, and fails where there is none.
func reason(t *testing.T, err error) string {
	t.Helper()
	var e *googleapi.Error
	if !errors.As(err, &e) || len(e.Errors) == 0 {
		t.Fatalf("got %v, want an error of the API", err)
	}
	return e.Errors[0].Reason
}

// week is when the meeting of week n takes place, on the clocks of Berlin.
func week(n int) time.Time { return monday.In(location("Europe/Berlin")).AddDate(0, 0, 7*n).UTC() }

// full lists Bob's feed to its end and returns it with the sync token.
func full(t *testing.T, s *gcal.Service) (map[string]*gcal.Event, string) {
	t.Helper()
	return pull(t, s.Events.List("primary"))
}

// pull reads all pages of a list: the events by id, the last of each, and the
// sync token.
func pull(t *testing.T, l *gcal.EventsListCall) (map[string]*gcal.Event, string) {
	t.Helper()
	events := map[string]*gcal.Event{}
	var token string
	err := l.Pages(t.Context(), func(p *gcal.Events) error {
		for _, e := range p.Items {
			events[e.Id] = e
		}
		token = p.NextSyncToken
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, token
}

// expanded asks for occurrences from week a up to week b.
func expanded(s *gcal.Service, a, b int) *gcal.EventsListCall {
	return s.Events.List("primary").SingleEvents(true).TimeMin(stamp(week(a))).TimeMax(stamp(week(b)))
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

func ids(events map[string]*gcal.Event) []string { return slices.Sorted(maps.Keys(events)) }

// later moves an event on by an hour.
func later(e *Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) }

func TestListenAndServe(t *testing.T) {
	g := NewGoogle(NewWorld(NewClock(monday).Now))
	ctx, stop := context.WithCancel(t.Context())
	stop() // it ends at once, and without an error
	if err := g.ListenAndServe(ctx, "127.0.0.1:0"); err != nil {
		t.Error(err)
	}
	if err := g.ListenAndServe(t.Context(), "127.0.0.1:none"); err == nil {
		t.Error("an address that is none is taken")
	}
}
