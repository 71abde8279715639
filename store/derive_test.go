package store

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// listing is what one person's calendar holds.
type listing struct {
	owner  string
	copies []calendars.Copy
}

func TestDerive(t *testing.T) {
	series := event("sync", weekly, "ann=accepted", "bob=accepted")
	rescheduled := event("sync", func(c *calendars.Copy) {
		c.Sequence, c.Start, c.End = 1, at(1, 14), at(1, 15)
		weekly(c)
	}, "ann=accepted", "bob=accepted")
	with := func(c calendars.Copy, change func(*calendars.Copy)) calendars.Copy {
		change(&c)
		return c
	}

	tests := []struct {
		name      string
		calendars []listing
		want      []string
	}{
		{
			"a one-off",
			[]listing{{"ann", []calendars.Copy{event("plan", nil, "ann=accepted", "bob")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann own:accepted 60m, bob organizer:needs-action 60m`},
		},
		{
			"an organizer who is not listed attends",
			[]listing{{"bob", []calendars.Copy{event("plan", nil, "bob=accepted")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann none: 60m, bob own:accepted 60m`},
		},
		{
			"words and times from the organizer's own copy, answers from each person's own",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) {
					c.Title, c.Sequence, c.Start, c.End = "Bob's words", 7, at(0, 15), at(0, 16)
				}, "ann=declined", "bob=declined", "cid=accepted")}},
				{"ann", []calendars.Copy{event("plan", nil, "ann=accepted", "bob=accepted", "cid=tentative")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:accepted 60m, bob own:declined, cid organizer:tentative 60m`},
		},
		{
			"without the organizer's copy the newest sequence tells",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Title, c.Modified = "older", monday }, "bob=accepted", "cid=declined")}},
				{"cid", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Title, c.Sequence, c.Start = "newer", 1, at(0, 9.5) }, "bob=declined", "cid=accepted")}},
			},
			[]string{`plan by ann: Mon 2 09:30-10:00, 3 heads, 3 people 90m; "newer"; ann none: 30m, bob own:accepted 30m, cid own:accepted 30m`},
		},
		{
			"of one sequence the last modified tells",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Title, c.Modified = "older", monday }, "bob")}},
				{"cid", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Title, c.Modified = "newer", monday.Add(1e9) }, "bob")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "newer"; ann none: 60m, bob own:needs-action 60m`},
		},
		{
			"a private copy neither hides words nor shows its own",
			[]listing{
				{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Private, c.Title = true, "secret" }, "ann", "bob")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Title = "plain" }, "ann", "bob")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "plain"; ann own:needs-action 60m, bob own:needs-action 60m`},
		},
		{
			"an attendee's private copy",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Private, c.Title, c.Sequence = true, "secret", 9 }, "ann", "bob=declined")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 1 people 60m; "Title of plan"; ann own:needs-action 60m, bob own:declined`},
		},
		{
			"private in every copy",
			[]listing{{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Private = true }, "ann", "bob")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; private; ""; ann own:needs-action 60m, bob organizer:needs-action 60m`},
		},
		{
			"a stranger who reuses a UID has another meeting",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) {
					c.Organizer.Address, c.Title, c.Sequence = "eve@evil.example", "win a prize", 99
					c.Start, c.End = at(0, 13), at(0, 14)
				}, "bob=accepted")}},
			},
			[]string{
				`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann own:needs-action 60m, bob organizer:needs-action 60m`,
				`plan by eve@evil.example: Mon 2 13:00-14:00, 2 heads, 1 people 60m; "win a prize"; bob own:accepted 60m`,
			},
		},
		{
			"in one calendar too",
			[]listing{{"bob", []calendars.Copy{
				event("plan", nil, "bob"),
				event("plan", func(c *calendars.Copy) {
					c.Remote, c.Organizer.Address, c.Start, c.End = "other", "eve@evil.example", at(0, 13), at(0, 14)
				}, "bob"),
			}}},
			[]string{
				`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann none: 60m, bob own:needs-action 60m`,
				`plan by eve@evil.example: Mon 2 13:00-14:00, 2 heads, 1 people 60m; "Title of plan"; bob own:needs-action 60m`,
			},
		},
		{
			"an export without attendees: unknown",
			[]listing{{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.HeadsKnown, c.Organizer = false, calendars.Party{} })}}},
			[]string{`plan by alone: ann: Mon 2 09:00-10:00, 1 heads or more, unknown; "Title of plan"; ann none:`},
		},
		{
			"an export without attendees, of nobody known",
			[]listing{{"", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.HeadsKnown, c.Organizer = false, calendars.Party{} })}}},
			[]string{`plan by nobody: Mon 2 09:00-10:00, 0 heads or more, unknown; "Title of plan"`},
		},
		{
			"guests unknown, but somebody else organizes",
			[]listing{{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.HeadsKnown = false })}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads or more, 2 people 120m; "Title of plan"; ann none: 60m, bob none: 60m`},
		},
		{
			"guests unknown in one's own event",
			[]listing{{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.HeadsKnown = false })}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 1 heads or more, unknown; "Title of plan"; ann none:`},
		},
		{
			"guests that one copy hides and another knows",
			[]listing{
				{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.HeadsKnown = false })}},
				{"bob", []calendars.Copy{event("plan", nil, "ann", "bob=accepted", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 3 people 180m; "Title of plan"; ann other:needs-action 60m, bob own:accepted 60m, cid other:needs-action 60m`},
		},
		{
			"a group stands for people unknown",
			[]listing{{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) {
				c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: "all@acme.example"}, Kind: calendars.Group})
			}, "ann")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads or more, 2 people 120m; "Title of plan"; ann other:needs-action 60m, bob none: 60m`},
		},
		{
			"rooms, resources and calendars are nobody",
			[]listing{{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) {
				c.People = append(c.People,
					calendars.Attendee{Party: calendars.Party{Address: "room@acme.example"}, Kind: calendars.Room},
					calendars.Attendee{Party: calendars.Party{Address: "beamer@acme.example"}, Kind: calendars.Resource},
					calendars.Attendee{Party: calendars.Party{Address: "c_1@group.calendar.google.com"}, Kind: calendars.Individual})
			}, "ann")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 1 heads, not counted; "Title of plan"; ann own:needs-action`},
		},
		{
			"people that guests bring, and people without an address, are heads",
			[]listing{{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) {
				c.People[0].Guests = 2
				c.People = append(c.People,
					calendars.Attendee{Party: calendars.Party{Name: "Dee"}, Kind: calendars.Individual},
					calendars.Attendee{Party: calendars.Party{Name: "Dee"}, Kind: calendars.Individual})
			}, "ann")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 4 heads, 1 people 60m; "Title of plan"; ann own:needs-action 60m`},
		},
		{
			"a calendar whose owner a complete list leaves out",
			[]listing{{"dan", []calendars.Copy{event("plan", nil, "ann", "bob")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann other:needs-action 60m, bob other:needs-action 60m`},
		},
		{
			"guests of an event without organizer are its owner's",
			[]listing{{"dan", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Organizer = calendars.Party{} }, "bob")}}},
			[]string{`plan by nobody: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; bob other:needs-action 60m, dan none: 60m`},
		},
		{
			"time of one's own",
			[]listing{
				{"dan", []calendars.Copy{event("focus", func(c *calendars.Copy) { c.Organizer = calendars.Party{} })}},
				{"bob", []calendars.Copy{event("focus", func(c *calendars.Copy) { c.Organizer = calendars.Party{} })}},
			},
			[]string{
				`focus by alone: bob: Mon 2 09:00-10:00, 1 heads, not counted; "Title of focus"; bob none:`,
				`focus by alone: dan: Mon 2 09:00-10:00, 1 heads, not counted; "Title of focus"; dan none:`,
			},
		},
		{
			"people of other organizations are heads and no more",
			[]listing{{"ann", []calendars.Copy{event("plan", nil, "ann", "zoe@other.example", "joe@sub.acme.example")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 1 people 60m; "Title of plan"; ann own:needs-action 60m`},
		},
		{
			"all day, cancelled, free, without length",
			[]listing{{"ann", []calendars.Copy{
				event("a", func(c *calendars.Copy) { c.AllDay, c.Start, c.End = true, at(0, 0), at(1, 0) }, "ann", "bob"),
				event("b", func(c *calendars.Copy) { c.Status = calendars.Cancelled }, "ann", "bob"),
				event("c", func(c *calendars.Copy) { c.Busy = false }, "ann", "bob"),
				event("d", func(c *calendars.Copy) { c.End = c.Start }, "ann", "bob"),
			}}},
			[]string{
				`a by ann: Mon 2 00:00-00:00, all day, 2 heads, not counted; "Title of a"; ann own:needs-action, bob organizer:needs-action`,
				`b by ann: Mon 2 09:00-10:00, cancelled, 2 heads, not counted; "Title of b"; ann own:needs-action, bob organizer:needs-action`,
				`c by ann: Mon 2 09:00-10:00, 2 heads, 0 people 0m; "Title of c"; ann own:needs-action free, bob organizer:needs-action free`,
				`d by ann: Mon 2 09:00-09:00, 2 heads, not counted; "Title of d"; ann own:needs-action, bob organizer:needs-action`,
			},
		},
		{
			"free for one is not free for all",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Busy = false }, "ann", "bob")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 1 people 60m; "Title of plan"; ann own:needs-action 60m, bob own:needs-action free`},
		},
		{
			"everyone declined but the organizer",
			[]listing{{"ann", []calendars.Copy{event("plan", nil, "ann=accepted", "bob=declined")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 1 people 60m; "Title of plan"; ann own:accepted 60m, bob organizer:declined`},
		},
		{
			"uninvited by a cancellation of one's own copy",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob", "cid")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Status = calendars.Cancelled }, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:needs-action 60m, bob own:declined, cid organizer:needs-action 60m`},
		},
		{
			"two calendars of one person",
			[]listing{
				{"bob", []calendars.Copy{event("plan", nil, "bob=accepted")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Remote = "again" }, "bob=accepted")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann none: 60m, bob own:accepted 60m`},
		},
		{
			"a series, double-booked once",
			[]listing{{"ann", []calendars.Copy{series, event("plan", func(c *calendars.Copy) { c.Start, c.End = at(7, 9), at(7, 9.5) }, "ann", "cid")}}},
			[]string{
				`plan by ann: Mon 9 09:00-09:30, 2 heads, 2 people 45m; "Title of plan"; ann own:needs-action 15m, cid organizer:needs-action 30m`,
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
				`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 2 people 105m; "Title of sync"; ann own:accepted 45m, bob organizer:accepted 60m`,
				`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
				`sync by ann 20261123T090000Z: Mon 23 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
			},
		},
		{
			"changed instances: moved with new words, declined once, called off",
			[]listing{{"ann", []calendars.Copy{
				series,
				changed(series, 0, func(c *calendars.Copy) { c.Title, c.Start, c.End = "Kick-off", at(1, 13), at(1, 15) }),
				changed(series, 1, func(c *calendars.Copy) {
					c.People = []calendars.Attendee{attending("ann=accepted"), attending("bob=declined")}
				}),
				changed(series, 2, func(c *calendars.Copy) { c.Status = calendars.Cancelled }),
			}}},
			[]string{
				`sync by ann 20261102T090000Z: Tue 3 13:00-15:00, 2 heads, 2 people 240m; "Kick-off"; ann own:accepted 120m, bob organizer:accepted 120m`,
				`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 1 people 60m; "Title of sync"; ann own:accepted 60m, bob organizer:declined`,
				`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, cancelled, 2 heads, not counted; "Title of sync"; ann own:accepted, bob organizer:accepted`,
				`sync by ann 20261123T090000Z: Mon 23 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
			},
		},
		{
			"a changed instance that names no organizer belongs to its series",
			[]listing{{"ann", []calendars.Copy{
				with(series, func(c *calendars.Copy) { without(1, c); without(2, c); without(3, c) }),
				changed(series, 1, func(c *calendars.Copy) { c.Organizer = calendars.Party{} }),
			}}},
			[]string{
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
				`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob organizer:accepted 60m`,
			},
		},
		{
			"somebody invited to one instance only",
			[]listing{{"bob", []calendars.Copy{changed(series, 2, func(*calendars.Copy) {})}}},
			[]string{`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann other:accepted 60m, bob own:accepted 60m`},
		},
		{
			"one person takes an instance out of their calendar",
			[]listing{
				{"ann", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans = c.Spans[:2] })}},
				{"bob", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans = c.Spans[:1] })}},
			},
			[]string{
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob own:accepted 60m`,
				`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 1 people 60m; "Title of sync"; ann own:accepted 60m, bob own:declined`,
			},
		},
		{
			"the organizer takes an instance out",
			[]listing{
				{"ann", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans = c.Spans[:1] })}},
				{"bob", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans = c.Spans[:2] })}},
			},
			[]string{`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:accepted 60m, bob own:accepted 60m`},
		},
		{
			"of guests alone, one takes an instance out",
			[]listing{
				{"bob", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans, c.Modified = c.Spans[:1], monday })}},
				{"cid", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans = c.Spans[:2] })}},
			},
			[]string{
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann other:accepted 60m, bob own:accepted 60m`,
				`sync by ann 20261109T090000Z: Mon 9 09:00-10:00, 2 heads, 1 people 60m; "Title of sync"; ann other:accepted 60m, bob own:declined`,
			},
		},
		{
			"a stale copy of a series that moved adds nothing",
			[]listing{
				{"bob", []calendars.Copy{with(rescheduled, func(c *calendars.Copy) { c.Spans = c.Spans[:1] })}},
				{"cid", []calendars.Copy{series}},
			},
			[]string{`sync by ann 20261103T140000Z: Tue 3 14:00-15:00, 2 heads, 2 people 120m; "Title of sync"; ann other:accepted 60m, bob own:accepted 60m`},
		},
		{
			"nor does one that has become a series",
			[]listing{
				{"bob", []calendars.Copy{with(series, func(c *calendars.Copy) { c.Spans, c.Modified = c.Spans[:1], monday })}},
				{"cid", []calendars.Copy{event("sync", nil, "ann=accepted", "bob=accepted")}},
			},
			[]string{`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann other:accepted 60m, bob own:accepted 60m`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkDerived(t, tt.calendars, tt.want) })
	}
}

// checkDerived applies calendars, each as a collection of its own, and holds what
// is derived against want. Whoever comes first, all is the same.
func checkDerived(t *testing.T, calendars []listing, want []string) {
	t.Helper()
	for _, order := range []string{"in order", "in reverse"} {
		db := openFile(t)
		for i := range calendars {
			if order == "in reverse" {
				i = len(calendars) - 1 - i
			}
			l := calendars[i]
			id, err := db.AddCollection(t.Context(), Collection{Kind: "ics", Remote: fmt.Sprint(i), Owner: address(l.owner)})
			if err != nil {
				t.Fatal(err)
			}
			db.apply(t, id, full(l.copies...))
		}
		if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
			t.Errorf("%s (-want +got):\n%s", order, d)
		}
	}
}

func TestSubjects(t *testing.T) {
	series := event("sync", func(c *calendars.Copy) {
		c.End = c.Start.Add(25 * time.Minute)
		c.Organizer.Name = "Ann"
		weekly(c)
	}, "ann=accepted", "bob=accepted", "cid", "dan=declined", "eve@other.example=tentative")
	series.People[2].Optional = true
	sameWords := changed(series, 0, func(c *calendars.Copy) {
		c.Start, c.End = at(0, 15), at(0, 15.5)
		c.People = []calendars.Attendee{attending("ann"), attending("bob=declined"), attending("cid"), attending("dan"), attending("eve@other.example")}
	})
	otherWords := changed(series, 1, func(c *calendars.Copy) { c.Title, c.End = "Retro", c.Start.Add(time.Hour) })
	otherGuests := changed(series, 2, func(c *calendars.Copy) { c.People = c.People[:2] })

	db := openFile(t)
	id := db.calendar(t, "ann")
	touched := db.apply(t, id, full(series, sameWords, otherWords, otherGuests))
	ann, bob := Guest{Address: address("ann"), Name: "Ann", Organizer: true}, Guest{Address: address("bob")}
	cid, dan, eve := Guest{Address: address("cid")}, Guest{Address: address("dan")}, Guest{Address: "eve@other.example"}
	meeting := touched.Meetings[0]
	all := Subject{
		Meeting: meeting, Title: "Title of sync", Body: "Body of sync", BodyHash: hashOf("Body of sync"), Whole: true, Minutes: 25, Rule: "FREQ=WEEKLY",
		Heads: 5, HeadsKnown: true, External: 1, Optional: 1, Accepted: 1, Declined: 1, Unanswered: 2,
		People: []Guest{ann, bob, cid, dan, eve},
	}
	retro, two := all, all
	retro.Title = "Retro"
	two.Heads, two.External, two.Optional, two.Declined, two.Unanswered = 2, 0, 0, 0, 0
	two.People = []Guest{ann, bob}

	got := map[string]Subject{}
	for _, s := range db.allSubjects(t) {
		if s.Hash != s.hash() {
			t.Errorf("%q is kept under %s, its hash is %s", s.Title, s.Hash, s.hash())
		}
		s.Hash = ""
		got[s.Title+" of "+string(rune('0'+s.Heads))] = s
	}
	want := map[string]Subject{"Title of sync of 5": all, "Retro of 5": retro, "Title of sync of 2": two}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("subjects (-want +got):\n%s", d)
	}

	t.Run("a private copy is kept without words", func(t *testing.T) {
		secret := event("secret", func(c *calendars.Copy) { c.Private, c.Location = true, "the vault" }, "ann", "bob")
		db := openFile(t)
		db.apply(t, db.calendar(t, "ann"), full(secret))
		var title, body, location string
		if err := db.read.QueryRow(`SELECT title, body, location FROM copy`).Scan(&title, &body, &location); err != nil {
			t.Fatal(err)
		}
		if title+body+location != "" {
			t.Errorf("kept words %q, %q, %q", title, body, location)
		}
	})
}

func TestSubjectHashTellsAllFieldsApart(t *testing.T) {
	base := Subject{}
	seen := map[string]string{base.hash(): "the zero value"}
	for name, s := range map[string]Subject{
		"title": {Title: "x"}, "body": {BodyHash: 1}, "rule": {Rule: "x"}, "private": {Private: true}, "minutes": {Minutes: 1},
		"heads": {Heads: 1}, "known": {HeadsKnown: true}, "external": {External: 1}, "optional": {Optional: 1}, "accepted": {Accepted: 1},
		"declined": {Declined: 1}, "unanswered": {Unanswered: 1}, "address": {People: []Guest{{Address: "x"}}},
		"name": {People: []Guest{{Name: "x"}}}, "organizer": {People: []Guest{{Organizer: true}}}, "guest": {People: []Guest{{}}},
	} {
		if other, twice := seen[s.hash()]; twice {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[s.hash()] = name
	}
	if (&Subject{Meeting: 7}).hash() != base.hash() {
		t.Error("the hash depends on the meeting")
	}
}
