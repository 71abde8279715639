package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/store"
)

// TestPeopleAreCountedOnce: who has several connections is one person, with what most
// needs looking at beside their name, and is not told of as disconnected.
func TestPeopleAreCountedOnce(t *testing.T) {
	d := newDesk(t, "")
	db, err := store.Open(t.Context(), filepath.Join(d.folder, "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	connect := func(kind, who string) {
		t.Helper()
		if _, err := db.Connect(t.Context(), now, store.NewConnection{Kind: kind, Owner: who, Via: store.ByFile, Remotes: []string{kind + who}}); err != nil {
			t.Fatal(err)
		}
	}
	end := func(kind, who string) {
		t.Helper()
		if err := db.Disconnect(t.Context(), now, kind, who); err != nil {
			t.Fatal(err)
		}
	}
	const ann, bob, eve = "ann@acme.example", "bob@acme.example", "eve@acme.example"
	connect(icsKind, ann)
	connect(caldavKind, ann)
	connect(feedKind, ann)
	end(feedKind, ann)
	connect(feedKind, bob)
	end(feedKind, bob)
	connect(icsKind, bob)
	connect(icsKind, eve)
	end(icsKind, eve)
	connect(feedKind, eve)
	end(feedKind, eve)
	known, err := db.Connection(t.Context(), icsKind, ann)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := db.Take(t.Context(), known.ID, now, "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Failed(t.Context(), taken.Lease, store.Trouble{Why: "the file is gone", Hint: "bring it back"}, now, now.Add(90*time.Minute)); err != nil {
		t.Fatal(err)
	}

	const annsLines = ann + "  failing\n" +
		"  caldav          connected     never        now\n" +
		"  ics             failing       never        in 1h\n" +
		"    the file is gone\n" +
		"    hint: bring it back\n"
	want := "PERSON            STATE         LAST SYNC    NEXT\n" + annsLines +
		bob + "  connected     never        now\n" +
		eve + "  disconnected  never        -\n" +
		"\n1 connected, 1 failing, 1 disconnected\n"
	if got := d.must("", "", "people"); got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
	if got := d.must("", "", "people", "--failing"); !strings.HasSuffix(got, annsLines+"\n1 failing\n") || strings.Contains(got, bob) {
		t.Errorf("who is failing:\n%s", got)
	}
	var rows []personRow
	if err := json.Unmarshal([]byte(d.must("", "", "people", "--format", "json")), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || len(rows[0].Connections) != 2 || len(rows[1].Connections) != 1 || len(rows[2].Connections) != 1 {
		t.Fatalf("%+v", rows)
	}
	if r := rows[0]; r.Address != ann || r.State != "failing" || r.Kind != icsKind || r.Why != "the file is gone" || r.Connection != known.ID || r.Failures != 1 {
		t.Errorf("of several, the one that fails is told: %+v", r)
	}
	if rows[1].State != "connected" || rows[2].State != "disconnected" {
		t.Errorf("%+v", rows[1:])
	}
}
