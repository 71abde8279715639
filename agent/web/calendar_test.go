package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/calendars"
	"unmeet/store"
)

// wall is the calendar of whoever is asked: what is written to it, or why nothing is.
type wall struct {
	may     error // why nothing can be written to it at all
	refuse  error // of what is tried
	moved   bool
	answers map[calendars.Instance]calendars.Response
}

// Look implements [agent.Responder].
func (w *wall) Look(_ context.Context, i calendars.Intent) (calendars.Copy, error) {
	c := calendars.Copy{UID: i.Ref.UID, Instance: i.Ref.Instance, Start: i.Start, People: []calendars.Attendee{
		{Party: calendars.Party{Address: i.Owner}, Kind: calendars.Individual, Response: w.answers[i.Ref.Instance]},
	}}
	if w.moved {
		c.Start = c.Start.Add(time.Hour)
	}
	return c, nil
}

// Do implements [agent.Responder].
func (w *wall) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	c, err := w.Look(ctx, i)
	if err == nil {
		err = i.Check(c)
	}
	if errors.Is(err, calendars.ErrAlready) {
		return calendars.Receipt{Already: true}, nil
	}
	r := calendars.Receipt{Told: true, Before: string(w.answers[i.Ref.Instance])}
	if err == nil {
		err = begin(r)
	}
	if err == nil {
		err = w.refuse
	}
	if err != nil {
		return calendars.Receipt{}, err
	}
	if w.answers[i.Ref.Instance] = i.Response; i.Back != nil {
		w.answers[i.Ref.Instance] = calendars.Response(i.Back.Before)
	}
	return r, nil
}

// hang gives Ann a calendar with what she is asked about, and somebody who writes to it.
func (o *office) hang(w *wall, all ...*asked) *wall {
	o.t.Helper()
	must := func(err error) {
		o.t.Helper()
		if err != nil {
			o.t.Fatal(err)
		}
	}
	w.answers = map[calendars.Instance]calendars.Response{}
	id, err := o.db.Connect(o.t.Context(), o.Now(), store.NewConnection{Kind: "acme", Owner: ann, Account: "1", Via: store.ByGrant, Remotes: []string{"primary"}})
	must(err)
	taken, err := o.db.Take(o.t.Context(), id, o.Now(), "a test", time.Minute)
	must(err)
	var copies []calendars.Copy
	for _, a := range all {
		s := a.meeting
		copies = append(copies, calendars.Copy{
			Remote: calendars.RemoteID(s.UID), UID: s.UID, Title: s.Title, Busy: true, Zone: s.Zone, HeadsKnown: true, Start: s.Start, End: s.End,
			Rule: "FREQ=WEEKLY", Organizer: calendars.Party{Address: s.Organizer.Address}, Status: calendars.Confirmed,
			Spans:  []calendars.Span{{Instance: s.Instance, Start: s.Start, End: s.End}},
			People: []calendars.Attendee{{Party: calendars.Party{Address: ann}, Kind: calendars.Individual}, {Party: calendars.Party{Address: bob}, Kind: calendars.Individual}},
		})
	}
	_, err = o.db.Apply(o.t.Context(), taken.Collections[0].ID, calendars.Delta{Full: true, From: o.Now().AddDate(0, 0, -1), To: o.Now().AddDate(0, 1, 0), Copies: copies}, store.At(o.Now()))
	must(err)
	must(o.db.Done(o.t.Context(), taken.Lease, o.Now(), o.Now().Add(time.Hour)))
	o.desk.Responders = func(context.Context, store.Connection) (agent.Responder, error) { return w, w.may }
	return w
}

// enter does what is due in calendars.
func (o *office) enter() {
	o.t.Helper()
	actor := agent.NewActor(&agent.Actor{DB: o.db, Responders: o.desk.Responders, By: "a test", Clock: o, Log: o.logger()})
	if _, err := actor.Pass(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// inCalendar has pages that tell of a calendar, in every state.
func (o *office) inCalendar() (all []scene) {
	o.t.Helper()
	states := []struct {
		name string
		w    wall
		did  string // looked at, after that
	}{
		{"entered", wall{}, ""},
		{"entered-undone", wall{}, "undo"},
		{"may-not", wall{may: calendars.ErrNoConsent}, ""},
		{"may-not-declined", wall{may: calendars.ErrNoConsent}, "allow.declined"},
		{"read-only", wall{may: calendars.ErrReadOnly}, ""},
		{"refused", wall{refuse: &agent.Trouble{Why: "no", Err: calendars.ErrRefused, Final: true}}, ""},
		{"moved", wall{moved: true}, ""},
		{"not-yet", wall{refuse: errors.New("busy")}, ""},
	}
	var questions []*asked
	for i := range states {
		s := weekly(click.KindDecline, "Ops weekly")
		s.UID = "in a calendar " + string(rune('a'+i))
		questions = append(questions, o.ask(ann, s))
	}
	w := o.hang(&wall{}, questions...)
	b := o.browser().known(ann)
	for i, a := range questions {
		s := states[i]
		w.may, w.refuse, w.moved, w.answers = s.w.may, s.w.refuse, s.w.moved, map[calendars.Instance]calendars.Response{}
		path := a.path(click.Other)
		b.post(path, "do", "decline")
		o.pass(3 * time.Minute)
		o.enter()
		if s.did == "undo" {
			b.post(path, "do", "undo")
			o.enter()
		}
		if s.did != "" {
			path += "?done=" + s.did
		}
		all = append(all, scene{"calendar-" + s.name, path})
	}
	w.may = nil
	return all
}

// TestAllow leads to the service only who has to agree, from their link and back to it,
// once.
func TestAllow(t *testing.T) {
	o := newOffice(t, public)
	a := o.ask(ann, weekly(click.KindDecline, "Ops weekly"))
	w := o.hang(&wall{may: calendars.ErrNoConsent}, a)
	b := o.browser()
	b.open(a.path(click.Decline)).sees(200, "Decline Ops weekly on Tue 24 Nov?", "The next page asks for your permission")
	refused := func(what string) {
		t.Helper()
		if b.post(a.path(click.Decline) + "/allow"); !strings.Contains(b.path, "done=refused") {
			t.Errorf("%s: it leads to %s", what, b.path)
		}
	}
	b.post(a.path(click.Decline), "do", "decline").sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "Let unmeet write to it", "Acme asks you for that.")
	b.post(a.path(click.Decline) + "/allow")
	b.sees(200, "Going on to Acme")
	if !strings.Contains(b.page, `<meta http-equiv="refresh" content="0; url=https://login.acme.example/">`) || b.header.Get("Location") != "" {
		t.Errorf("it does not lead to the service:\n%s", b.page)
	}
	// Another browser gets nowhere with the state, and spoils nothing.
	o.browser().open("/connect/acme/callback?state=the-state&code=1").sees(403, "Please go on in the browser you began in")
	b.open("/connect/acme/callback?state=the-state&error=access_denied")
	if to := b.header.Get("Location"); b.status != http.StatusSeeOther || to != a.path(click.Decline)+"?done=allow.declined" {
		t.Fatalf("back to %d %q", b.status, to)
	}
	b.open(b.header.Get("Location")).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "You said no at Acme, so nothing is written.", "Let unmeet write to it")

	b.post(a.path(click.Decline) + "/allow")
	b.open("/connect/acme/callback?state=the-state&code=1")
	if to := b.header.Get("Location"); to != a.path(click.Decline)+"?done=allow.done" {
		t.Fatalf("back to %d %q", b.status, to)
	}
	w.may = nil
	b.open(b.header.Get("Location")).sees(200, "Noted: you decline Ops weekly on Tue 24 Nov", "Thank you: unmeet may write to your calendar now.", "Then unmeet declines it in your calendar.")
	if b.open("/connect/acme/callback?state=the-state&code=1"); !strings.HasSuffix(b.header.Get("Location"), "?done=asked") {
		t.Errorf("the second time it leads to %q", b.header.Get("Location"))
	}
	refused("what is allowed already")
	o.pass(3 * time.Minute)
	o.enter()
	b.open(a.path(click.Decline)).sees(200, "You’re out of Ops weekly on Tue 24 Nov", "Your calendar shows it.")

	r := httptest.NewRequest(http.MethodPost, public+a.path(click.Decline)+"/allow", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(r)
	b.sees(403, "This came from another site")
	b.send(httptest.NewRequest(http.MethodGet, public+a.path(click.Decline)+"/allow", nil))
	if b.status != http.StatusNotFound {
		t.Errorf("got, it answers %d", b.status)
	}
	if b.post("/a/" + strings.Repeat("7", 26) + "/allow"); b.status != http.StatusNotFound {
		t.Errorf("a link that is none answers %d", b.status)
	}
	if found := regexp.MustCompile(a.links[click.Decline]).FindString(o.logged() + o.dump()); found != "" {
		t.Error("the log or the database has a token")
	}
}

// TestInCalendar holds what the pages say in each state of a calendar.
func TestInCalendar(t *testing.T) {
	o := newOffice(t, public)
	b := o.browser()
	says := map[string][]string{
		"entered":          {"You’re out of Ops weekly on Tue 24 Nov", "Your calendar shows it.", "It went with your answer."},
		"entered-undone":   {"Your answer for Ops weekly", "Undone: no answer is recorded. Your calendar is as it was before."},
		"may-not":          {"Noted: you decline Ops weekly on Tue 24 Nov", "unmeet may only read it.", "Let unmeet write to it", "Copy the note"},
		"may-not-declined": {"Noted: you decline Ops weekly on Tue 24 Nov", "You said no at Acme", "Let unmeet write to it"},
		"read-only":        {"Noted: you decline Ops weekly on Tue 24 Nov", "unmeet cannot write to your calendar, and has told nobody.", "Copy the note"},
		"refused":          {"Noted: you decline Ops weekly on Tue 24 Nov", "is not tried any more.", "Copy the note"},
		"moved":            {"Noted: you decline Ops weekly on Tue 24 Nov", "at another time by now"},
		"not-yet":          {"Noted: you decline Ops weekly on Tue 24 Nov", "It is not written to your calendar yet."},
	}
	for _, s := range o.inCalendar() {
		want := says[strings.TrimPrefix(s.name, "calendar-")]
		if want == nil {
			t.Fatalf("nothing is known of %s", s.name)
		}
		b.open(s.path).sees(200, want[0], want[1:]...)
	}
}
