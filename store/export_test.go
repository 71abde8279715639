package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"unmeet/calendars"
)

// notExported are the tables that an export leaves out, and why.
var notExported = map[string]string{
	"meta":        "is about the organization",
	"lineage":     "is numbers alone",
	"pending":     "is encrypted, and tells nobody whose it is until they come back",
	"attempt":     "counts how often calendars were written to",
	"plan_week":   "counts how often a meeting was to take place",
	"forgotten":   "is of people of whom nothing else is known",
	"audit":       "is told by Audits",
	"audit_about": "is told by Audits",
}

func TestEveryTableIsExportedOrSaysWhyNot(t *testing.T) {
	db := openFile(t)
	told := map[string]bool{}
	for _, e := range exports {
		for _, table := range e.tables {
			told[table] = true
		}
	}
	must(t, each(t.Context(), db.read, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`, func(rows *sql.Rows) error {
		var table string
		err := rows.Scan(&table)
		if told[table] == (notExported[table] != "") {
			t.Errorf("%s: say in exports (export.go) what of it is a person's, or in notExported why nothing is", table)
		}
		return err
	}))
}

func TestAnExportIsOfOnePersonAlone(t *testing.T) {
	db := openFile(t)
	team := []string{"ann", "bob=accepted", "cid"}
	ann, bob := db.connectGoogle(t, "ann"), db.connectGoogle(t, "bob")
	db.apply(t, ann, full(event("sync", weekly, team...), event("annsown", nil, "ann", "dan")))
	db.apply(t, bob, full(event("sync", weekly, team...), event("bobsown", func(c *calendars.Copy) { c.Organizer.Address = address("bob") }, "bob", "dan")))
	for n, name := range []string{"bob", "cid"} {
		d := newDigest(name, fmt.Sprint("mail", n))
		d.Suggestions[0].Snapshot = fmt.Appendf(nil, `{"title":"shown to %s"}`, name)
		d.Suggestions[0].Cost, d.Suggestions[0].Occurrences = usual, []calendars.Instance{calendars.InstanceAt(at(7, 9))}
		s := db.offer(t, monday, d)
		db.decide(t, at(1, 0), s.ID, func(c Case) (Decision, error) {
			a := c.Answer
			a.State, a.Choice, a.Scope, a.Epoch, a.Note = "accepted", "decline", "this", 1, "a note by "+name
			return Decision{Answer: a, Accepted: true}, nil
		})
		must(t, db.Visit(t.Context(), at(1, 0), secretHash("accept "+fmt.Sprint("mail", n)), "opened by "+name))
		must(t, db.Look(t.Context(), address(name), Look{At: at(1, 0), By: "root", What: "outcomes", Why: name + " asked"}))
	}
	sections, err := db.Export(t.Context(), "BOB@acme.example")
	must(t, err)
	text, err := json.MarshalIndent(sections, "", " ")
	must(t, err)
	for _, word := range []string{"Title of sync", "Title of bobsown", "Body of bobsown", `"shown": {`, "shown to bob", "a note by bob", "opened by bob", "bob asked", "bob's account", "the words of mail0", `"start_at": "2026-11-09T09:00:00Z"`} {
		if !strings.Contains(string(text), word) {
			t.Errorf("it does not tell %q", word)
		}
	}
	for _, word := range []string{"annsown", "shown to cid", "by cid", "cid asked", "ann's account", "secret of", "mail1"} {
		if strings.Contains(string(text), word) {
			t.Errorf("it tells %q", word)
		}
	}
	for _, s := range sections {
		switch s.Name {
		case "person", "connections", "events", "meetings", "suggestions", "plans", "outcomes", "mails", "links_in_mails", "visits_of_links", "who_looked":
			if len(s.Rows) == 0 {
				t.Errorf("nothing about %s", s.Name)
			}
		}
	}
	if _, err := db.Export(t.Context(), address("stranger")); !errors.Is(err, ErrNoPerson) {
		t.Errorf("of a stranger: %v", err)
	}
}
