package store

import (
	"database/sql"
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// Who was erased is on guest lists still, and counts no longer, whatever comes.
func TestErasedPeopleStayErased(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	plan := event("plan", nil, "ann", "bob")
	db.apply(t, ann, full(plan))
	err := db.change(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE person SET state = 'erased', email = NULL WHERE email = 'bob@acme.example'`)
		return errors.Join(err, peopleChanged(t.Context(), tx))
	})
	if err != nil {
		t.Fatal(err)
	}
	known := func() (all []string) {
		people, err := db.People(t.Context(), monday, lastDay)
		if err != nil || people != (PeopleCount{Known: 1, Connected: 1, Meeting: 1}) {
			t.Errorf("people %+v, %v", people, err)
		}
		return db.dump(t)["person"]
	}
	before := db.dump(t)["person"]

	plan.Title = "Another title"
	db.apply(t, ann, full(plan, event("later", func(c *calendars.Copy) { c.Start, c.End = at(1, 9), at(1, 10) }, "ann", "bob")))
	want := []string{
		`later by ann: Tue 3 09:00-10:00, 2 heads, 1 people 60m; "Title of later"; ann own:needs-action 60m`,
		`plan by ann: Mon 2 09:00-10:00, 2 heads, 1 people 60m; "Another title"; ann own:needs-action 60m`,
	}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
	for _, s := range db.allSubjects(t) {
		if s.External != 0 {
			t.Errorf("%q has %d guests from outside", s.Title, s.External)
		}
	}
	if d := gocmp.Diff(before, known()); d != "" {
		t.Errorf("invited (-before +after):\n%s", d)
	}

	bob := db.calendar(t, "bob")
	db.apply(t, bob, full(plan))
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("with a calendar (-want +got):\n%s", d)
	}
	if err := db.SetOrganization(t.Context(), Organization{Domains: []string{"acme.example", "other.example"}}); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(before, known()); d != "" {
		t.Errorf("with a calendar (-before +after):\n%s", d)
	}
}

// An owner's own event is theirs alone, and nobody is said to organize it.
func TestAloneIsNobodysName(t *testing.T) {
	db := openFile(t)
	alone := event("busy", func(c *calendars.Copy) { c.Organizer, c.HeadsKnown = calendars.Party{}, false })
	db.apply(t, db.calendar(t, "ann"), full(alone))
	db.apply(t, db.calendar(t, "bob"), full(alone))
	found, err := db.Find(t.Context(), "busy")
	if err != nil || len(found) != 2 {
		t.Fatalf("found %+v, %v", found, err)
	}
	for _, f := range found {
		if f.Organizer != "" {
			t.Errorf("found as organized by %q", f.Organizer)
		}
	}
	all := db.inPeriod(t, monday, lastDay)
	if len(all) != 2 {
		t.Fatalf("%d occurrences, want 2", len(all))
	}
	for _, o := range all {
		if o.Organizer != "" || o.Counted {
			t.Errorf("organized by %q, counted %t", o.Organizer, o.Counted)
		}
	}
	for _, s := range db.allSubjects(t) {
		for _, g := range s.People {
			if g.Organizer {
				t.Errorf("%s is said to organize it", g.Address)
			}
		}
	}

	t.Run("until somebody is invited", func(t *testing.T) {
		invited := alone
		invited.HeadsKnown, invited.People = true, []calendars.Attendee{attending("cid")}
		db.apply(t, db.calendar(t, "ann"), full(invited), At(lastDay))
		want := []string{
			`busy by nobody: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of busy"; ann none: 60m, cid other:needs-action 60m`,
			`busy by alone: bob: Mon 2 09:00-10:00, 1 heads or more, unknown; "Title of busy"; bob none:`,
		}
		if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
			t.Errorf("derived (-want +got):\n%s", d)
		}
	})
}
