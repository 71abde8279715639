package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestWhatConnectingMeans: before and after, in both languages, people read what
// becomes of having connected, as their group is.
func TestWhatConnectingMeans(t *testing.T) {
	silent := About{Organization: "Acme", PastDays: 90, FutureDays: 60, MinGroup: 7}
	mails := silent
	mails.Sender = "unmeet@acme.example"
	asks := mails
	asks.Asks = true
	site := func(a About) *Site {
		s, err := New(Options{Public: public, About: a, Keep: Keeper{Now: time.Now}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for language, c := range map[string]map[string]struct {
		about About
		group *Standing // nil: before connecting
		want  []string
	}{
		"en-GB,en;q=0.9": {
			"all observe":    {mails, nil, []string{`lang="en"`, "At the moment all groups observe", "at least 7 people", "leave at any time"}},
			"some are asked": {asks, nil, []string{"Groups observe until they are switched", "at least 7 people"}},
			"no mails":       {silent, &Standing{Group: "Design"}, []string{"in the group Design", "sends no mails", "asked nothing"}},
			"observes":       {asks, &Standing{Group: "Design", Observing: true}, []string{"in the group Design. It observes", "at least 7 people", "no suggestions"}},
			"no group":       {asks, &Standing{Observing: true}, []string{"People in no group are asked nothing"}},
			"asked":          {asks, &Standing{Group: "Design"}, []string{"It takes suggestions", "next morning"}},
			"assisted":       {asks, &Standing{Assistant: "kim@acme.example"}, []string{"You get suggestions", "kim@acme.example is named as your assistant", "undo"}},
		},
		"de": {
			"all observe":    {mails, nil, []string{`lang="de"`, "Zurzeit beobachten alle Gruppen", "mindestens 7 Personen", "jederzeit aufhören"}},
			"some are asked": {asks, nil, []string{"Gruppen beobachten, bis sie umgestellt werden", "mindestens 7 Personen"}},
			"no mails":       {silent, &Standing{Group: "Design"}, []string{"in der Gruppe Design", "keine Mails"}},
			"observes":       {asks, &Standing{Group: "Design", Observing: true}, []string{"Sie beobachtet", "mindestens 7 Personen"}},
			"no group":       {asks, &Standing{Observing: true}, []string{"in keiner Gruppe"}},
			"asked":          {asks, &Standing{Group: "Design"}, []string{"Sie bekommt Vorschläge", "nächsten Morgen"}},
			"assisted":       {asks, &Standing{Assistant: "kim@acme.example"}, []string{"kim@acme.example ist als Ihre Assistenz genannt", "rückgängig"}},
		},
	} {
		for name, c := range c {
			r, w := httptest.NewRequest("GET", public+"/connect", nil), httptest.NewRecorder()
			r.Header.Set("Accept-Language", language)
			if c.group == nil {
				site(c.about).ServeHTTP(w, r)
			} else {
				showConnected(w, r, c.about, func(string) Standing { return *c.group }, "ann@acme.example")
			}
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s, %s: no %q in\n%s", language, name, want, w.Body)
				}
			}
		}
	}
}
