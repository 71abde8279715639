package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/store"
)

// TestRestoreBesideADaemon: nothing is restored under a daemon that runs, and whose
// key is lost is told so.
func TestRestoreBesideADaemon(t *testing.T) {
	o := newCompany(t, true)
	o.connect(o.hire(2)...)
	made := filepath.Join(t.TempDir(), "backup.db")
	o.command(exitDone, "backup", made)
	done, err := o.app(nil, nil).alone(config{Database: databaseConfig{URL: filepath.Join(o.folder, "unmeet.db")}})
	if err != nil {
		t.Fatal(err)
	}
	_, said := o.command(exitFailed, "restore", "--replace", made)
	if !strings.Contains(said, "another unmeet runs on") {
		t.Errorf("beside a daemon: %s", said)
	}
	if moved, err := filepath.Glob(filepath.Join(o.folder, "unmeet.db.replaced-*")); err != nil || len(moved) > 0 {
		t.Errorf("under a daemon, its database was moved: %v, %v", moved, err)
	}
	done()

	if err := os.Rename(filepath.Join(o.folder, "unmeet.key"), filepath.Join(t.TempDir(), "unmeet.key")); err != nil {
		t.Fatal(err)
	}
	if out, said := o.command(exitDone, "restore", "--replace", made); !strings.Contains(said, "was sealed with a key that") || !strings.Contains(out, "2 calendars to be read whole again") {
		t.Errorf("without the key: %s%s", out, said)
	}
}

// TestRestoreLeavesAlone: who wanted to be left alone since the backup is, where the
// database that is replaced says so.
func TestRestoreLeavesAlone(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(8)
	o.connect(people[:6]...)
	o.command(exitDone, "sync")
	made := filepath.Join(t.TempDir(), "backup.db")
	o.command(exitDone, "backup", made)
	o.command(exitDone, "disconnect", "--yes", people[0])
	o.command(exitDone, "forget", "--yes", people[1])
	o.command(exitDone, "unenroll", "--yes", people[2])
	o.connect(people[6]) // whom the backup does not know, and the next
	o.command(exitDone, "disconnect", "--yes", people[6])
	o.command(exitDone, "enroll", people[7])
	o.command(exitDone, "unenroll", "--yes", people[7])
	o.command(exitDone, "export", people[4], "--reason", "he is curious", "--output", filepath.Join(t.TempDir(), "theirs.json"))
	db := o.database()
	err := errors.Join(
		db.Unsubscribe(t.Context(), o.now(), people[3], "page"),
		db.SetAlone(t.Context(), people[4], o.now()),
		db.Set(t.Context(), people[5], store.Settings{Rhythm: "stopped"}),
		db.Close())
	if err != nil {
		t.Fatal(err)
	}
	out, _ := o.command(exitDone, "restore", "--replace", made)
	if !strings.Contains(out, "since then 2 left and 1 unsubscribed.") {
		t.Error(out)
	}
	for range 2 { // and restored again, nothing is kept twice
		audit, _ := o.command(exitDone, "audit")
		if n := strings.Count(audit, "unmeet export "+people[4]); n != 1 {
			t.Errorf("the backup hides %d times that somebody looked:\n%s", n, audit)
		}
		theirs, _ := o.command(exitDone, "export", people[5], "--reason", "they asked")
		if !strings.Contains(theirs, "they asked") {
			t.Error(theirs)
		}
		o.command(exitDone, "restore", "--replace", made)
	}
	db = o.database()
	defer db.Close()
	if looks, err := db.LooksAt(t.Context(), people[4]); err != nil || len(looks) != 1 || looks[0].Why != "he is curious" {
		t.Errorf("who looked at what is their own: %+v, %v", looks, err)
	}
	if looks, err := db.LooksAt(t.Context(), people[5]); err != nil || len(looks) != 2 {
		t.Errorf("two looks: %+v, %v", looks, err)
	}
	for i, takes := range []bool{false, false, false, false, true, true, false, false} {
		if got, err := db.TakesMail(t.Context(), people[i]); err != nil || got != takes {
			t.Errorf("%s takes mail: %v, %v", people[i], got, err)
		}
	}
	if s, err := db.Settings(t.Context(), people[4]); err != nil || s.Alone.IsZero() {
		t.Errorf("somebody may answer for them again: %+v, %v", s, err)
	}
	if s, err := db.Settings(t.Context(), people[5]); err != nil || s.Rhythm != "stopped" {
		t.Errorf("they are asked again: %+v, %v", s, err)
	}
	if c, err := db.Connection(t.Context(), googleKind, people[6]); err != nil || c.State != store.Disconnected {
		t.Errorf("an administrator's consent would do to read their calendar again: %+v, %v", c.State, err)
	}
	if takes, err := db.Invite(t.Context(), people[7]); takes || err != nil {
		t.Errorf("a list enrols whom the backup did not know to have left: %v, %v", takes, err)
	}
	if text := o.read("unmeet.db"); strings.Contains(text, people[1]) {
		t.Error("who was forgotten is in the database again")
	}
}

// TestMailsThatMayHaveArrived: they are counted, without whom they were to, until resume.
func TestMailsThatMayHaveArrived(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	db := o.database()
	for _, to := range people {
		if _, err := db.QueueMail(t.Context(), o.now(), store.NewMail{
			MessageID: to, Person: to, Kind: "trouble", From: "u@acme.example", To: to, MIME: []byte("words"), Deadline: o.now().AddDate(0, 0, 1),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "backup.db")
	o.command(exitDone, "backup", made)
	o.command(exitDone, "restore", "--replace", made)
	_, said := o.command(exitDone, "people")
	if said = strings.Join(strings.Fields(said), " "); !strings.Contains(said, "2 mails on the way when the backup was made: not sent again, since they may have arrived") || strings.Contains(said, "a mail to") {
		t.Error(said)
	}
	o.command(exitDone, "resume")
	if _, said := o.command(exitDone, "people"); strings.Contains(said, "backup") {
		t.Error(said)
	}
}

// TestCopiesThatAreLeft: a backup that was killed leaves all there is beside the
// database. The next one removes it, and forgetting tells of it and of what was replaced.
func TestCopiesThatAreLeft(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	old, young := filepath.Join(o.folder, ".unmeet-backup-1"), filepath.Join(o.folder, ".unmeet-restore-2")
	for _, folder := range []string{old, young} {
		if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "copy.db"), []byte(people[0]), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "backup.db")
	o.command(exitDone, "backup", made)
	o.command(exitDone, "restore", "--replace", made)
	if !missing(old) || missing(young) {
		t.Error("what a killed backup left stays, or one under way was disturbed")
	}
	_, said := o.command(exitDone, "forget", "--yes", people[0])
	if said = strings.Join(strings.Fields(said), " "); !strings.Contains(said, young+" is an older copy") || !strings.Contains(said, "unmeet.db.replaced-") {
		t.Errorf("forgetting says nothing of copies: %s", said)
	}
}

// TestTakingPlaceMovesAllOrNothing: a database is moved aside with its write-ahead log,
// and stays as it is where that, or taking its place, fails.
func TestTakingPlaceMovesAllOrNothing(t *testing.T) {
	folder := t.TempDir()
	to, from := filepath.Join(folder, "unmeet.db"), filepath.Join(folder, "restored.db")
	parts := map[string]string{to: "old", to + "-wal": "log", from: "new"}
	for path, text := range parts {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want map[string]string) {
		t.Helper()
		for path, text := range want {
			if got, err := os.ReadFile(path); string(got) != text {
				t.Errorf("%s holds %q, want %q: %v", path, got, text, err)
			}
		}
	}
	now := time.Now()
	a := &app{ctx: t.Context(), now: func() time.Time { return now }}
	if _, err := a.takePlace(filepath.Join(folder, "none"), to); err == nil {
		t.Error("what is not there took the place")
	}
	holds(parts)
	aside, err := a.takePlace(from, to)
	if err != nil {
		t.Fatal(err)
	}
	holds(map[string]string{to: "new", aside: "old", aside + "-wal": "log"})
	if !missing(to + "-wal") {
		t.Error("the log of one database lies beside another")
	}
	if err := os.WriteFile(from, []byte("newer"), 0o600); err != nil { // within the same second
		t.Fatal(err)
	}
	again, err := a.takePlace(from, to)
	if err != nil {
		t.Fatal(err)
	}
	holds(map[string]string{to: "newer", again: "new", aside: "old"})
}

// TestTakingPlaceEmptiesTheLog: what only the log of the replaced database held is in
// the database that is put aside, so that cutting the move off loses none of it.
func TestTakingPlaceEmptiesTheLog(t *testing.T) {
	folder := t.TempDir()
	live, to, from := filepath.Join(folder, "live.db"), filepath.Join(folder, "unmeet.db"), filepath.Join(folder, "restored.db")
	db, err := store.Open(t.Context(), live)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const ann = "ann@acme.example"
	if err := db.Enrol(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"", "-wal"} { // as a crash leaves them
		text, err := os.ReadFile(live + part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+part, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(from, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	aside, err := (&app{ctx: t.Context(), now: time.Now}).takePlace(from, to)
	if err != nil {
		t.Fatal(err)
	}
	if !missing(to+"-wal") || !missing(aside+"-wal") {
		t.Error("there is a log still")
	}
	before, err := store.Open(t.Context(), aside)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if all, err := before.Members(t.Context()); err != nil || len(all) != 1 || all[0].Address != ann {
		t.Errorf("%v take part in what was put aside, %v", all, err)
	}
}
