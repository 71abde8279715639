package calendartest

import (
	"errors"
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

// week n, counted from the first.
func week(n int) time.Time { return monday.AddDate(0, 0, 7*n) }

func TestFeedAndWindowComeFromOneLog(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	s := service(t, g, bob)

	feed, err := s.Events.List("primary").Do()
	if err != nil {
		t.Fatal(err)
	}
	if len(feed.Items) != 1 || feed.Items[0].Id != id || feed.NextSyncToken == "" {
		t.Fatalf("full feed: %+v", feed)
	}
	window := func() map[string]*gcal.Event {
		t.Helper()
		l, err := s.Events.List("primary").SingleEvents(true).TimeMin(week(0).Format(time.RFC3339)).TimeMax(week(3).Format(time.RFC3339)).Do()
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]*gcal.Event{}
		for _, e := range l.Items {
			byID[e.Id] = e
		}
		return byID
	}
	if got := window(); len(got) != 3 || got[id+"_20260309T090000Z"] == nil {
		t.Fatalf("window before: %v", got)
	}

	g.ChangeInstance(id, week(1), func(e *Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
	g.CancelInstance(id, week(2))
	delta, err := s.Events.List("primary").SyncToken(feed.NextSyncToken).Do()
	if err != nil {
		t.Fatal(err)
	}
	if len(delta.Items) != 2 || delta.Items[0].RecurringEventId != id || delta.Items[1].Status != "cancelled" {
		t.Fatalf("delta: %+v", delta.Items)
	}
	got := window()
	if len(got) != 2 || got[id+"_20260309T090000Z"].Start.DateTime != "2026-03-09T11:00:00+01:00" {
		t.Fatalf("window after: %v", got)
	}
	if truth := g.Window(bob, week(0), week(3)); len(truth) != 2 || truth[1].Instance != "20260309T090000Z" {
		t.Fatalf("truth: %v", truth)
	}
}
