package google

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

func TestPeopleSemantics(t *testing.T) {
	t.Run("13 copies of one meeting share UID and instance", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob, cat))
		b.Answer(bob, id, week(1), calendars.Declined, "")
		refs := map[calendars.Ref]int{}
		for _, who := range []string{ann, bob, cat} {
			for _, c := range b.pull(b.source(who), "").Copies {
				refs[c.Ref()]++
			}
		}
		for ref, n := range refs {
			if n != 3 {
				t.Errorf("%v is in %d calendars", ref, n)
			}
		}
		if len(refs) != 2 {
			t.Errorf("%d references, want the series and the declined instance", len(refs))
		}
	})

	t.Run("14 unknown headcount, rooms, further guests", func(t *testing.T) {
		b := newBench(t)
		hidden := meeting("hidden", now, bob, cat)
		hidden.HideGuests = true
		b.Create(hidden)
		full := meeting("full", now.Add(2*time.Hour), bob)
		full.Guests[0].More = 2
		full.Guests = append(full.Guests, calendartest.Guest{Address: "c_room@resource.calendar.google.com", Resource: true})
		b.Create(full)
		guests := named(b.follow(bob).sync())
		if c := guests["hidden/"]; c.HeadsKnown || len(c.People) != 1 {
			t.Errorf("hidden guests: known %t, %d people", c.HeadsKnown, len(c.People))
		}
		c := guests["full/"]
		if !c.HeadsKnown || len(c.People) != 2 || c.People[0].Guests != 2 || !c.People[0].Person() || c.People[1].Kind != calendars.Resource || c.People[1].Person() {
			t.Errorf("full list: %+v", c)
		}
		if c := named(b.follow(ann).sync())["hidden/"]; !c.HeadsKnown || len(c.People) != 2 {
			t.Errorf("the organizer sees all: known %t, %d people", c.HeadsKnown, len(c.People))
		}

		b.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				ev["attendeesOmitted"] = true
			}
		})
		for _, c := range b.pull(b.source(ann), "").Copies {
			if c.HeadsKnown {
				t.Errorf("%s: guests were left out, yet their number is known", c.Title)
			}
		}
	})

	t.Run("15 self is who the calendar says", func(t *testing.T) {
		b := newBench(t)
		b.Create(calendartest.Event{Organizer: bob, Title: "m", Start: now, End: now.Add(time.Hour), Guests: []calendartest.Guest{{Address: ann}, {Address: cat}}})
		b.meddle(func(_ *http.Request, answer map[string]any) {
			for _, ev := range items(answer) {
				for _, a := range ev["attendees"].([]any) {
					if a := a.(map[string]any); a["email"] == ann {
						a["email"] = "ann.k@acme.example" // invited under an alias
					}
				}
			}
		})
		if c := b.one(b.pull(b.source(ann), "")); c.Self != "ann.k@acme.example" || c.Organizer.Address != bob {
			t.Errorf("self %q, organizer %q", c.Self, c.Organizer.Address)
		}
		if c := b.one(b.pull(b.source(bob), "")); c.Self != bob {
			t.Errorf("the organizer's self is %q", c.Self)
		}
	})
}

func TestEventSemantics(t *testing.T) {
	ctx := context.Background()

	t.Run("16 types of events", func(t *testing.T) {
		b := newBench(t)
		for i, kind := range []string{"", calendartest.OutOfOffice, calendartest.FocusTime, calendartest.WorkingLocation, calendartest.Birthday, calendartest.FromGmail} {
			ev := meeting("type "+kind, now.Add(time.Duration(i)*time.Hour))
			ev.Type = kind
			b.Create(ev)
		}
		got := map[string]calendars.EventType{}
		for _, c := range b.pull(b.source(ann), "").Copies {
			got[c.Title] = c.Type
		}
		want := map[string]calendars.EventType{
			"type": calendars.Ordinary, "type outOfOffice": calendars.OutOfOffice,
			"type focusTime": calendars.FocusTime, "type workingLocation": calendars.WorkingLocation,
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, r := range b.calls() {
			if !slices.Equal(r.Query["eventTypes"], []string{"default", "outOfOffice", "focusTime", "workingLocation"}) {
				t.Errorf("asked for %v", r.Query["eventTypes"])
			}
		}
		for kind, want := range map[any]int{"birthday": 0, "fromGmail": 0, "ofTheFuture": 4, nil: 4} {
			b.meddle(func(_ *http.Request, answer map[string]any) {
				for _, ev := range items(answer) {
					if ev["eventType"] = kind; kind == nil {
						delete(ev, "eventType")
					}
				}
			})
			d := b.pull(b.source(ann), "")
			if len(d.Copies) != want {
				t.Errorf("type %v: %d copies, want %d", kind, len(d.Copies), want)
			}
			for _, c := range d.Copies {
				if c.Type != calendars.Ordinary {
					t.Errorf("type %v became %q", kind, c.Type)
				}
			}
		}
	})

	t.Run("17 details that a role hides", func(t *testing.T) {
		b := newBench(t)
		open := meeting("open", now, bob)
		b.Create(open)
		secret := meeting("secret", now.Add(2*time.Hour), bob)
		secret.Visibility, secret.Body = "private", "of whom"
		b.Create(secret)
		at := span()
		at.Remote = ann
		for role, want := range map[string]int{"freeBusyReader": 2, "reader": 1, "owner": 1} {
			who := bob
			if role == "owner" {
				who = ann
			} else {
				b.Share(ann, bob, role)
			}
			d, err := b.source(who).Pull(ctx, at, "")
			if err != nil {
				t.Fatal(err)
			}
			private := 0
			for _, c := range d.Copies {
				if !c.Private {
					continue
				}
				private++
				if c.Title+c.Body+c.Location != "" || !c.Busy || c.Start.IsZero() {
					t.Errorf("%s: a private copy says %+v", role, c)
				}
				if role != "owner" && (c.HeadsKnown || len(c.People) > 0) {
					t.Errorf("%s: guests of a private copy are told", role)
				}
			}
			if private != want || len(d.Copies) != 2 {
				t.Errorf("%s: %d of %d copies are private, want %d of 2", role, private, len(d.Copies), want)
			}
		}
	})

	t.Run("17 details that slip through", func(t *testing.T) {
		b := newBench(t)
		b.Create(meeting("words", now, bob))
		b.meddle(func(_ *http.Request, answer map[string]any) { answer["accessRole"] = "freeBusyReader" })
		if c := b.one(b.pull(b.source(ann), "")); !c.Private || c.Title != "" || len(c.People) != 0 || c.HeadsKnown || c.Organizer.Address != "" {
			t.Errorf("for a reader of busy times alone: %+v", c)
		}
	})

	t.Run("18 days begin in the calendar's zone", func(t *testing.T) {
		b := newBench(t)
		b.Create(calendartest.Event{
			Organizer: bob, Title: "offsite", AllDay: true, Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=3"},
			Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		})
		c := b.one(b.follow(bob).sync())
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		if !c.AllDay || c.Zone != "America/New_York" || !c.Start.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, zone)) {
			t.Errorf("all-day series %+v", c)
		}
		var got []string
		for _, s := range c.Spans {
			got = append(got, string(s.Instance)+" "+s.End.Sub(s.Start).String())
		}
		// The clock goes forward on the 8th: that day has 23 hours.
		if diff := gocmp.Diff([]string{"20260301 24h0m0s", "20260308 23h0m0s", "20260315 24h0m0s"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
