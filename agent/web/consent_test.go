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
				showConnected(w, r, c.about, func(string) Standing { return *c.group }, "ann@acme.example", false)
			}
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s, %s: no %q in\n%s", language, name, want, w.Body)
				}
			}
		}
	}
}

// whois is a sign-in: it says who somebody is, and no more.
type whois struct{ *acme }

func (whois) Name() string { return "Sign-in" }

// TestTakingPartWithoutACalendar: people sign in and take part, and nothing is kept by
// which a calendar could be read. Who left comes back only so.
func TestTakingPartWithoutACalendar(t *testing.T) {
	b := newBench(t, public)
	sign := whois{&acme{}}
	site, err := New(Options{Public: public, About: About{Organization: "Acme", MinGroup: 5}, SignIn: sign, Keep: b.keep})
	if err != nil {
		t.Fatal(err)
	}
	b.site = site
	w := b.browser()
	if page := body(t, w.do("GET", "/connect", nil)); !strings.Contains(page, `action="/connect/sign-in"`) || !strings.Contains(page, "Sign in and take part") {
		t.Errorf("no way to take part:\n%s", page)
	}
	for range 2 {
		if resp := w.do("POST", "/connect/sign-in", nil); resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
		state, code := sign.agree(Grant{Address: "ann@acme.example", Enrols: true})
		page := body(t, w.do("GET", "/connect/sign-in/callback?state="+state+"&code="+code, nil))
		if !strings.Contains(page, "You take part") || !strings.Contains(page, "nothing is read by this") {
			t.Errorf("after it:\n%s", page)
		}
		if takes, err := b.db.TakesMail(t.Context(), "ann@acme.example"); !takes || err != nil {
			t.Errorf("takes part: %t, %v", takes, err)
		}
		if all, err := b.db.Connections(t.Context()); len(all) != 0 || err != nil {
			t.Errorf("connected: %v, %v", all, err)
		}
		if err := b.db.Leave(t.Context(), b.clock, "ann@acme.example", "test"); err != nil {
			t.Fatal(err)
		}
	}
}
