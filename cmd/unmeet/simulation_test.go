package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
)

// inProcess is a server without a network between.
type inProcess struct{ http.Handler }

func (s inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	resp := answer.Result()
	resp.Request = r
	return resp, nil
}

// TestADay lets the daemon's loop run through a day in which calendars change all
// the time, the first sync of everybody included, and holds what that took against
// ten calls a person: 100,000 for 10,000 people. UNMEET_TEST_PEOPLE says how many.
func TestADay(t *testing.T) {
	n := manyPeople(t, 60)
	synctest.Test(t, func(t *testing.T) {
		o := &company{TB: t, folder: t.TempDir(), log: &lockedBuffer{}, now: time.Now}
		o.World = calendartest.NewWorld(time.Now)
		o.google = calendartest.NewGoogle(o.World)
		o.google.URL = "http://127.0.0.1:1"
		o.google.AddClient(calendartest.OAuthClient{ID: companyClient, Secret: "a client's secret", Desktop: true})
		o.config = filepath.Join(o.folder, "unmeet.toml")
		o.write("unmeet.toml", "[organization]\ndomains = [\"acme.example\"]\n")
		people := o.hire(n)
		o.connect(people...)

		a := &app{ctx: t.Context(), stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now, config: o.config}
		c, err := a.loadConfig()
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.startSyncing(c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s.sources.transport.Base = inProcess{o.google}
		s.sources.oauth, err = google.NewOAuth(google.OAuthConfig{
			ClientID: companyClient, ClientSecret: "a client's secret", Endpoints: google.EndpointsAt(o.google.URL), Transport: s.sources.transport,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.agent.Run(ctx) }()
		dice := rand.New(rand.NewPCG(1, 2))
		var ids []string
		for minute := range 24 * 60 {
			time.Sleep(time.Minute)
			// Two new meetings of three people each, and one change, a person and week.
			for range (minute+1)*n*2/7/1440 - minute*n*2/7/1440 {
				who := dice.IntN(n)
				start := time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, dice.IntN(20))
				event := calendartest.Event{
					Organizer: people[who], Title: fmt.Sprint("Meeting ", len(ids)), Start: start, End: start.Add(time.Hour),
					Guests: []calendartest.Guest{{Address: people[who], Answer: calendars.Accepted}, {Address: people[(who+7)%n]}, {Address: people[(who+11)%n]}},
				}
				if dice.IntN(4) == 0 {
					event.Recurrence = []string{"RRULE:FREQ=WEEKLY"}
				}
				ids = append(ids, o.Create(event))
				o.Change(ids[dice.IntN(len(ids))], func(e *calendartest.Event) { e.Title += "!" })
			}
		}
		time.Sleep(8 * time.Hour) // until everybody was looked at once more
		calls := o.google.Requests(func(r calendartest.Request) bool {
			return r.At.Before(time.Now().Add(-8*time.Hour)) && r.Path != "/token"
		})
		t.Logf("%d people: %d calls in a day", n, len(calls))
		if len(calls) > 10*n || len(calls) < 5*n {
			t.Errorf("%d calls for %d people in a day", len(calls), n)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		o.check(s.db, people)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
