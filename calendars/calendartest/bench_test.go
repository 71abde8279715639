package calendartest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// crowd is a world of n people with ten weekly series each, eight guests to one.
func crowd(n int) *World {
	w := NewWorld(NewClock(monday).Now)
	name := func(i int) string { return fmt.Sprintf("p%05d@acme.example", i%n) }
	for i := range n {
		w.AddPerson(Person{Address: name(i), Zone: "Europe/Berlin"})
	}
	for i := range n * 10 / 8 {
		ev := Event{
			Organizer: name(i), Title: "Weekly", Start: monday.Add(time.Duration(i%40) * time.Hour), Recurrence: []string{"RRULE:FREQ=WEEKLY"},
		}
		ev.End = ev.Start.Add(time.Hour)
		for g := range 8 {
			ev.Guests = append(ev.Guests, Guest{Address: name(i + g*97)})
		}
		w.Create(ev)
	}
	return w
}

func BenchmarkCrowd(b *testing.B) {
	for b.Loop() {
		crowd(10_000)
	}
}

func BenchmarkWindow(b *testing.B) {
	g := NewGoogle(crowd(2_000))
	g.URL = "http://fake.example"
	token := g.Token("p00000@acme.example")
	r := httptest.NewRequest(http.MethodGet, "/calendar/v3/calendars/primary/events?singleEvents=true&timeMin=2026-03-01T00:00:00Z&timeMax=2026-08-01T00:00:00Z&maxResults=2500&fields=items(id,start,end,attendees(email,responseStatus)),nextPageToken", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		g.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
}

func BenchmarkIdleFeed(b *testing.B) {
	g := NewGoogle(crowd(2_000))
	token := g.Token("p00000@acme.example")
	sync := g.seal("sync", syncToken{
		Calendar: "p00000@acme.example", Reader: "p00000@acme.example", Query: hashQuery(nil), Number: g.World.log, At: monday.Unix(),
	})
	r := httptest.NewRequest(http.MethodGet, "/calendar/v3/calendars/primary/events?syncToken="+sync, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for b.Loop() {
		rec := httptest.NewRecorder()
		g.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
}
