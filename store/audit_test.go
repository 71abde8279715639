package store

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestTheAuditLogTellsWhoRanWhat(t *testing.T) {
	db := openFile(t)
	want := []Audited{
		{ID: 1, At: at(1, 0), By: "root", Command: "enroll", Words: "{1} {2}", About: []string{address("bob"), address("cid")}, Outcome: "done", Ended: at(1, 1)},
		{ID: 2, At: at(2, 0), By: "eve", Command: "outcomes", Words: "--as {1}", About: []string{address("bob")}, Why: "he asked"},
		{ID: 3, At: at(3, 0), By: "eve", Command: "pause"},
	}
	for _, a := range want {
		id, err := db.BeginAudit(t.Context(), a)
		must(t, err)
		if a.Outcome != "" {
			must(t, db.EndAudit(t.Context(), a.Ended, id, a.Outcome))
			if err := db.EndAudit(t.Context(), a.Ended, id, "failed"); !errors.Is(err, ErrNotAudited) {
				t.Errorf("ended twice: %v", err)
			}
		}
	}
	for _, ask := range []struct {
		since time.Time
		of    string
		want  []Audited
	}{
		{time.Time{}, "", want},
		{at(2, 0), "", want[1:]},
		{time.Time{}, "CID@acme.example", want[:1]},
		{time.Time{}, address("bob"), want[:2]},
	} {
		got, err := db.Audits(t.Context(), ask.since, ask.of)
		if diff := gocmp.Diff(ask.want, got); diff != "" || err != nil {
			t.Errorf("since %v, of %q: %v (-want +got):\n%s", ask.since, ask.of, err, diff)
		}
	}
	if got := want[0].Line(); got != "enroll bob@acme.example cid@acme.example" {
		t.Errorf("as it was called: %q", got)
	}
	for _, statement := range []string{
		`DELETE FROM audit`,
		`DELETE FROM audit_about`,
		`UPDATE audit SET by_whom = 'nobody'`,
		`UPDATE audit SET words = 'other'`,
		`UPDATE audit SET outcome = 'failed' WHERE id = 1`,
		`UPDATE audit_about SET address = 'eve@acme.example'`,
		`INSERT OR REPLACE INTO audit (id, at, by_whom, command, words, why) SELECT id, at, 'nobody', command, words, why FROM audit`,
		`INSERT OR REPLACE INTO audit_about (audit_id, ordinal, address) SELECT audit_id, ordinal, '' FROM audit_about`,
	} {
		if _, err := db.write.Exec(statement); err == nil {
			t.Errorf("%s: no error", statement)
		}
	}
}

// What names somebody who is forgotten is blanked, and no more: whom else a command named
// is still told, and what flags are called is nobody's name.
func TestForgettingHidesNoCommand(t *testing.T) {
	db := openFile(t)
	const planted = "add@elsewhere.example" // as whoever writes an invitation likes
	db.apply(t, db.calendar(t, "bob"), full(event("sync", nil, "bob", planted)))
	logged := func(a Audited) Audited {
		t.Helper()
		a.At, a.By = at(1, 0), "root"
		id, err := db.BeginAudit(t.Context(), a)
		must(t, err)
		all, err := db.Audits(t.Context(), time.Time{}, "")
		must(t, err)
		return all[id-1]
	}
	logged(Audited{Command: "outcomes", Words: "--add {1}", About: []string{address("cid")}})
	logged(Audited{Command: "export", Words: "{1} --output bob.json", About: []string{address("cid")}})
	must(t, db.Erase(t.Context(), at(2, 0), planted))
	must(t, db.Erase(t.Context(), at(2, 0), address("bob")))
	after, err := db.Audits(t.Context(), time.Time{}, "")
	must(t, err)
	for i, want := range []string{"outcomes --add " + address("cid"), "export " + address("cid")} { // the name of the file is gone
		if got := after[i].Line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}

	// A reason given since may call them by a name that is not known any more.
	why := address("bob") + " called, Robert Berg was angry"
	if a := logged(Audited{Command: "pause", Why: why}); a.Why != "" {
		t.Errorf("the audit log has %q", a.Why)
	}
	db.calendar(t, "cid")
	must(t, db.Look(t.Context(), address("cid"), Look{At: at(3, 0), By: "root", What: "export", Why: why}))
	must(t, db.Pause(t.Context(), Pause{By: "root", Since: at(3, 0), Why: why}))
	must(t, db.AddToPause(t.Context(), why))
	if db.holds(t, "Berg") {
		t.Error("the file holds their name")
	}
}

// A database that is replaced hands on what its log has, and what it has blanked.
func TestCarryingLogsOver(t *testing.T) {
	was, restored := openFile(t), openFile(t)
	run := func(db *DB, n int, a Audited) {
		t.Helper()
		a.At, a.By = at(n, 0), "root"
		id, err := db.BeginAudit(t.Context(), a)
		must(t, err)
		if a.Outcome != "" {
			must(t, db.EndAudit(t.Context(), at(n, 1), id, a.Outcome))
		}
	}
	about := []string{address("bob")}
	run(restored, 1, Audited{Command: "enroll", Words: "{1}", About: about, Why: "Bob asked", Outcome: "done"})
	run(restored, 2, Audited{Command: "run"}) // while the backup was made
	run(was, 1, Audited{Command: "enroll", About: []string{""}, Outcome: "done"})
	run(was, 2, Audited{Command: "run", Outcome: "done"})
	run(was, 3, Audited{Command: "export", Words: "{1}", About: []string{address("cid")}, Why: "curious", Outcome: "done"})
	for _, want := range []int{1, 0} {
		if n, err := restored.CarryLogs(t.Context(), was); n != want || err != nil {
			t.Errorf("%d commands, want %d: %v", n, want, err)
		}
	}
	theirs, err := was.Audits(t.Context(), time.Time{}, "")
	must(t, err)
	got, err := restored.Audits(t.Context(), time.Time{}, "")
	if diff := gocmp.Diff(theirs, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Looks are handed on, too, each once, though the person goes by another address since.
func TestCarryingLooksOver(t *testing.T) {
	was, restored := openFile(t), openFile(t)
	look := Look{At: at(1, 0), By: "root", What: "export", Why: "curious"}
	later := Look{At: at(2, 0), By: "root", What: "export", Why: "curious again"}
	for _, db := range []*DB{was, restored} {
		must(t, db.Enrol(t.Context(), address("bob")))
		must(t, db.Look(t.Context(), address("bob"), look))
	}
	must(t, was.Look(t.Context(), address("bob"), later))
	for _, rename := range []string{`INSERT INTO address (addr, person_id) SELECT 'robert@acme.example', person_id FROM address`, `UPDATE person SET email = 'robert@acme.example'`} {
		_, err := restored.write.Exec(rename)
		must(t, err)
	}
	for range 2 {
		_, err := restored.CarryLogs(t.Context(), was)
		must(t, err)
	}
	got, err := restored.LooksAt(t.Context(), address("bob"))
	if diff := gocmp.Diff([]Look{look, later}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
