package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// Whose copy tells what, where copies contradict each other.
func TestDeriveFromCopiesThatDiffer(t *testing.T) {
	series := event("sync", weekly, "ann", "bob")
	newer := series
	newer.Sequence = 3
	without(1, &newer)
	later := newer
	later.Sequence, later.Modified = 0, at(0, 1)
	free := func(c *calendars.Copy) { c.Busy = false }
	off := func(c *calendars.Copy) { c.Status = calendars.Cancelled }
	unsaid := func(c *calendars.Copy) {
		for i := range c.People {
			c.People[i].Response = calendars.Unspecified
		}
	}
	nobody := func(c *calendars.Copy) { c.Organizer = calendars.Party{} }
	tests := []struct {
		name      string
		calendars []listing
		want      []string
	}{
		{
			"free for the guest who says so, alone",
			[]listing{{"bob", []calendars.Copy{event("plan", free, "ann", "bob", "cid")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann other:needs-action 60m, bob own:needs-action free, cid other:needs-action 60m`},
		},
		{
			"free for all whom the organizer says so, but who says otherwise",
			[]listing{
				{"ann", []calendars.Copy{event("plan", free, "ann", "bob", "cid")}},
				{"bob", []calendars.Copy{event("plan", nil, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 1 people 60m; "Title of plan"; ann own:needs-action free, bob own:needs-action 60m, cid organizer:needs-action free`},
		},
		{
			"who delegated does not attend, their delegate does",
			[]listing{{"ann", []calendars.Copy{event("plan", nil, "ann=accepted", "bob=delegated", "cid=accepted")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:accepted 60m, bob organizer:delegated, cid organizer:accepted 60m`},
		},
		{
			"an own copy without an answer leaves it to the organizer's",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob=declined", "cid")}},
				{"bob", []calendars.Copy{event("plan", unsaid, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:needs-action 60m, bob organizer:declined, cid organizer:needs-action 60m`},
		},
		{
			"an organizer's without one, to any",
			[]listing{
				{"ann", []calendars.Copy{event("plan", unsaid, "ann", "bob", "cid")}},
				{"bob", []calendars.Copy{event("plan", nil, "ann", "bob", "cid=declined")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann other:needs-action 60m, bob own:needs-action 60m, cid other:declined`},
		},
		{
			"answers that nobody knows",
			[]listing{{"bob", []calendars.Copy{event("plan", unsaid, "ann", "bob")}}},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of plan"; ann other: 60m, bob own: 60m`},
		},
		{
			"of two exports by the organizer, the newer lacks an instance",
			[]listing{{"ann", []calendars.Copy{series}}, {"ann", []calendars.Copy{newer}}},
			[]string{
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob organizer:needs-action 60m`,
				`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob organizer:needs-action 60m`,
				`sync by ann 20261123T090000Z: Mon 23 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob organizer:needs-action 60m`,
			},
		},
		{
			"nor does a guest's copy bring it back",
			[]listing{{"ann", []calendars.Copy{series}}, {"ann", []calendars.Copy{later}}, {"bob", []calendars.Copy{series}}},
			[]string{
				`sync by ann 20261102T090000Z: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob own:needs-action 60m`,
				`sync by ann 20261116T090000Z: Mon 16 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob own:needs-action 60m`,
				`sync by ann 20261123T090000Z: Mon 23 09:00-10:00, 2 heads, 2 people 120m; "Title of sync"; ann own:needs-action 60m, bob own:needs-action 60m`,
			},
		},
		{
			"a guest's newer SEQUENCE takes none from the organizer",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob")}},
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { c.Sequence = 9; weekly(c); c.Spans = c.Spans[1:2] }, "ann", "bob")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 2 heads, 1 people 60m; "Title of plan"; ann own:needs-action 60m, bob own:declined`},
		},
		{
			"cancelled in one guest's calendar, without a new SEQUENCE: that guest is out",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { off(c); c.Modified = at(0, 1) }, "ann", "bob", "cid")}},
				{"cid", []calendars.Copy{event("plan", nil, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann other:needs-action 60m, bob own:declined, cid own:needs-action 60m`},
		},
		{
			"cancelled in a guest's calendar, with a new SEQUENCE: called off",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { off(c); c.Sequence = 1 }, "ann", "bob", "cid")}},
				{"cid", []calendars.Copy{event("plan", nil, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, cancelled, 3 heads, not counted; "Title of plan"; ann other:needs-action, bob own:needs-action, cid own:needs-action`},
		},
		{
			"not while the organizer's own says that it takes place",
			[]listing{
				{"bob", []calendars.Copy{event("plan", func(c *calendars.Copy) { off(c); c.Sequence = 1 }, "ann", "bob", "cid")}},
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, 3 heads, 2 people 120m; "Title of plan"; ann own:needs-action 60m, bob own:declined, cid organizer:needs-action 60m`},
		},
		{
			"of two exports by the organizer, the later is cancelled",
			[]listing{
				{"ann", []calendars.Copy{event("plan", nil, "ann", "bob")}},
				{"ann", []calendars.Copy{event("plan", func(c *calendars.Copy) { off(c); c.Modified = at(0, 1) }, "ann", "bob")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, cancelled, 2 heads, not counted; "Title of plan"; ann own:needs-action, bob organizer:needs-action`},
		},
		{
			"cancelled in all calendars",
			[]listing{
				{"bob", []calendars.Copy{event("plan", off, "ann", "bob", "cid")}},
				{"cid", []calendars.Copy{event("plan", off, "ann", "bob", "cid")}},
			},
			[]string{`plan by ann: Mon 2 09:00-10:00, cancelled, 3 heads, not counted; "Title of plan"; ann other:needs-action, bob own:needs-action, cid own:needs-action`},
		},
		{
			"a UID that several have on their own, and some together",
			[]listing{
				{"ann", []calendars.Copy{event("busy", nobody)}},
				{"bob", []calendars.Copy{event("busy", func(c *calendars.Copy) {
					nobody(c)
					c.Start, c.End = at(1, 9), at(1, 10)
					c.People = []calendars.Attendee{attending("bob"), {Party: calendars.Party{Address: "room@acme.example"}, Kind: calendars.Room}}
				})}},
				{"cid", []calendars.Copy{event("busy", nobody, "dan")}},
			},
			[]string{
				`busy by nobody: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of busy"; cid none: 60m, dan other:needs-action 60m`,
				`busy by alone: ann: Mon 2 09:00-10:00, 1 heads, not counted; "Title of busy"; ann none:`,
				`busy by alone: bob: Tue 3 09:00-10:00, 1 heads, not counted; "Title of busy"; bob own:needs-action`,
			},
		},
		{
			"on their own in two exports of one calendar",
			[]listing{{"ann", []calendars.Copy{event("busy", nobody)}}, {"ann", []calendars.Copy{event("busy", nobody)}}},
			[]string{`busy by alone: ann: Mon 2 09:00-10:00, 1 heads, not counted; "Title of busy"; ann none:`},
		},
		{
			"in calendars of nobody known",
			[]listing{{"", []calendars.Copy{event("busy", nobody)}}, {"", []calendars.Copy{event("busy", nobody)}}},
			[]string{`busy by nobody: Mon 2 09:00-10:00, 1 heads, not counted; "Title of busy"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkDerived(t, tt.calendars, tt.want) })
	}
}

// Who delegated is at no meeting, in whatever query, and shares no time with it.
func TestWhoDelegatedIsNotThere(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	long := event("long", func(c *calendars.Copy) { c.Start, c.End = at(0, 8), at(0, 12) }, "ann=delegated", "bob=delegated", "cid")
	db.apply(t, ann, full(long))
	db.apply(t, db.calendar(t, "bob"), full(event("plan", func(c *calendars.Copy) { c.Start, c.End = at(0, 9), at(0, 11) }, "ann", "bob")))
	want := []string{
		`long by ann: Mon 2 08:00-12:00, 3 heads, 1 people 240m; "Title of long"; ann own:delegated, bob organizer:delegated, cid organizer:needs-action 240m`,
		`plan by ann: Mon 2 09:00-11:00, 2 heads, 2 people 240m; "Title of plan"; ann other:needs-action 120m, bob own:needs-action 120m`,
	}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
	for _, o := range db.inPeriod(t, at(0, 10), at(0, 11)) {
		if want := time.Duration(o.People) * time.Hour; o.Gross != want {
			t.Errorf("an hour of %s: %s, want %s", o.Title, o.Gross, want)
		}
	}
	if got, err := db.People(t.Context(), at(0, 8), at(0, 9)); err != nil || got.Meeting != 1 {
		t.Errorf("people %+v (%v), want one who meets", got, err)
	}
	for _, s := range db.allSubjects(t) {
		if s.Title == "Title of long" && (s.Accepted != 0 || s.Declined != 0 || s.Unanswered != 1) {
			t.Errorf("answers %d, %d, %d, want one who owes it", s.Accepted, s.Declined, s.Unanswered)
		}
	}
	long.People = long.People[:2]
	db.apply(t, ann, full(long))
	found, err := db.Find(t.Context(), "long")
	if err != nil || len(found) != 1 || found[0].Uncounted[found[0].Subjects[0].Hash] != AllDeclined {
		t.Errorf("found %+v (%v), want it to be %q", found, err, AllDeclined)
	}
}
