package main

import (
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/store"
)

// TestAliasesAreMeantToo: whoever the configuration names by an alias is protected,
// grouped and answered for by the address that the database has them by.
func TestAliasesAreMeantToo(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const ann, alias = "ann@acme.example", "ann.berg@acme.example"
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	id, err := db.AddCollection(ctx, store.Collection{Kind: "google", Remote: ann, Owner: ann})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	event := calendars.Copy{
		UID: "1", Remote: "1", Self: alias, Organizer: calendars.Party{Address: "bob@acme.example"}, Start: at, End: at.Add(time.Hour),
		Zone: "UTC", Status: calendars.Confirmed, Busy: true, HeadsKnown: true,
		People: []calendars.Attendee{{Party: calendars.Party{Address: alias}}, {Party: calendars.Party{Address: "bob@acme.example"}}},
	}
	if _, err := db.Apply(ctx, id, calendars.Delta{Full: true, From: at.AddDate(0, 0, -1), To: at.AddDate(0, 0, 7), Copies: []calendars.Copy{event}}); err != nil {
		t.Fatal(err)
	}
	c := config{
		Groups: []groupConfig{{Name: "Lab", Members: []string{ann, "bob@acme.example"}}, {Name: "Council", Members: []string{"Ann.Berg@acme.example"}}},
		Never:  neverConfig{Organizers: []string{alias}, Groups: []string{"council"}},
		Assistants: []assistantConfig{
			{Address: "kim@acme.example", For: []string{alias}}, {Address: alias, For: []string{"bob@acme.example"}},
		},
	}
	known, err := c.knowing(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	if g, _ := known.groupOf(ann); g.Name != "Council" {
		t.Errorf("in the group %q: the one under [never] counts", g.Name)
	}
	if !contains(known.Never.Organizers, ann) || known.assistantOf(ann) != "kim@acme.example" || known.assistantOf("bob@acme.example") != ann {
		t.Errorf("%+v", known)
	}
	if again, err := known.knowing(ctx, db); err != nil || gocmp.Diff(known.Groups, again.Groups)+gocmp.Diff(known.Assistants, again.Assistants)+gocmp.Diff(known.Never, again.Never) != "" {
		t.Errorf("known anew it changes: %v", err)
	}
	if len(c.Groups[0].Members) != 2 || len(c.Groups[1].Members) != 1 {
		t.Error("the configuration that was read has changed")
	}
	engine, err := known.engine()
	if err != nil {
		t.Fatal(err)
	}
	if got := engine.GroupsOf(ann, nil); gocmp.Diff([]string{"Council"}, got) != "" {
		t.Errorf("her meetings are those of %v", got)
	}
}
