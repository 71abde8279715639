package store

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// known is an event as a calendar tells it that knows its owner by an address.
func known(self string, c calendars.Copy) calendars.Copy {
	c.Self = address(self)
	return c
}

// Whoever is invited by an alias is the one whose calendar says that it is theirs.
func TestAliasesAreOnePerson(t *testing.T) {
	byAlias := event("status", func(c *calendars.Copy) { c.Organizer.Address = address("bob") }, "ann.berg=accepted", "bob=accepted")
	byName := event("plan", func(c *calendars.Copy) { c.Organizer.Address = address("bob") }, "ann=accepted", "bob=accepted")
	const (
		one = `status by bob: Mon 2 09:00-10:00, 2 heads, 2 people 60m; "Title of status"; ann own:accepted 30m, bob own:accepted 30m`
		two = `status by bob: Mon 2 09:00-10:00, 2 heads, 2 people 90m; "Title of status"; ann.berg organizer:accepted 60m, bob own:accepted 30m`
	)
	type step func(*testing.T, *DB)
	read := func(who string, copies ...calendars.Copy) step {
		return func(t *testing.T, db *DB) { db.apply(t, db.primary(t, who), full(copies...)) }
	}
	connect := func(who string) step { return func(t *testing.T, db *DB) { db.connected(t, who) } }
	bobs := read("bob", byAlias, byName)
	anns := read("ann", known("ann.berg", byAlias), known("ann", byName))
	tests := []struct {
		name   string
		steps  []step
		status string
		people []string
	}{
		{"nobody says so", []step{bobs, read("ann", byAlias, byName)}, two, []string{"ann.berg", "ann", "bob"}},
		{"the alias is seen first", []step{bobs, anns}, one, []string{"ann", "bob"}},
		{"the owner is read first", []step{anns, bobs}, one, []string{"ann", "bob"}},
		{"and again", []step{anns, bobs, anns, bobs}, one, []string{"ann", "bob"}},
		{"what changed since", []step{bobs, anns, read("bob", known("bob", byAlias), byName)}, one, []string{"ann", "bob"}},
		{"it is somebody who connected", []step{connect("ann.berg"), bobs, anns}, two, []string{"ann.berg", "ann", "bob"}},
		{"who connects later", []step{bobs, anns, connect("ann.berg")}, two, []string{"ann.berg", "ann", "bob"}},
		{"it is somebody who left", []step{connect("ann.berg"), func(t *testing.T, db *DB) {
			if err := db.Disconnect(t.Context(), noon, "google", address("ann.berg")); err != nil {
				t.Fatal(err)
			}
		}, bobs, anns}, two, []string{"ann.berg", "ann", "bob"}},
		{"it is somebody who takes part", []step{func(t *testing.T, db *DB) {
			if err := db.Enrol(t.Context(), address("ann.berg")); err != nil {
				t.Fatal(err)
			}
		}, bobs, anns}, two, []string{"ann.berg", "ann", "bob"}},
		{"two claim it", []step{bobs, anns, read("cid", known("ann.berg", byAlias))}, two, []string{"ann.berg", "ann", "bob", "cid"}},
		{"and the other first", []step{read("cid", known("ann.berg", byAlias)), anns, bobs}, two, []string{"ann.berg", "ann", "bob", "cid"}},
		{"and go on claiming", []step{bobs, anns, read("cid", known("ann.berg", byAlias)), anns, bobs}, two, []string{"ann.berg", "ann", "bob", "cid"}},
		{"the organizer's own", []step{bobs, read("ann", known("bob", byAlias), byName)}, two, []string{"ann.berg", "ann", "bob"}},
		{"no address", []step{bobs, read("ann", known("@", byAlias), known("c_1@group.calendar.google.com", byName))}, two, []string{"ann.berg", "ann", "bob"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			db.connected(t, "ann")
			db.connected(t, "bob")
			for _, do := range tt.steps {
				do(t, db)
			}
			if d := gocmp.Diff(tt.status, db.derivedLines(t)[1]); d != "" {
				t.Errorf("derived (-want +got):\n%s", d)
			}
			everyone, err := db.Everyone(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var people []string
			for _, p := range everyone {
				people = append(people, short(p.Address))
			}
			if d := gocmp.Diff(tt.people, people); d != "" {
				t.Errorf("people (-want +got):\n%s", d)
			}
			if d := gocmp.Diff(db.sharesFromScratch(t), db.storedShares(t)); d != "" {
				t.Errorf("shares (-from scratch +stored):\n%s", d)
			}
		})
	}
}

// An alias of another domain is the owner's too, and a meeting that one organizes
// by an alias is one's own.
func TestAliasesOfOtherDomainsAndOfOrganizers(t *testing.T) {
	db := openFile(t)
	db.connected(t, "ann")
	lead := event("lead", func(c *calendars.Copy) { c.Organizer.Address = "ann@old.example" }, "ann@old.example=accepted", "bob=accepted")
	db.apply(t, db.calendar(t, "bob"), full(lead))
	db.apply(t, db.primary(t, "ann"), full(known("ann@old.example", lead)))
	want := []string{`lead by ann@old.example: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of lead"; ann own:accepted 60m, bob own:accepted 60m`}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
	if s := db.allSubjects(t); len(s) != 1 || s[0].External != 0 {
		t.Errorf("subjects %+v, want one without strangers", s)
	}
}

// Who disconnects leaves nothing of what their calendar said of their addresses.
func TestAliasesAreErased(t *testing.T) {
	db := openFile(t)
	db.connected(t, "ann")
	status := event("status", nil, "ann.berg", "bob")
	db.apply(t, db.calendar(t, "bob"), full(status))
	db.apply(t, db.primary(t, "ann"), full(known("ann.berg", status)))
	if err := db.Disconnect(t.Context(), noon, "google", address("ann")); err != nil {
		t.Fatal(err)
	}
	want := []string{`status by ann: Mon 2 09:00-10:00, 3 heads, 3 people 180m; "Title of status"; ann.berg other:needs-action 60m, ann none: 60m, bob own:needs-action 60m`}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("derived (-want +got):\n%s", d)
	}
	var aliases int
	if err := db.read.QueryRow(`SELECT COUNT(*) FROM alias`).Scan(&aliases); err != nil || aliases != 0 {
		t.Errorf("%d aliases are left, %v", aliases, err)
	}
}
