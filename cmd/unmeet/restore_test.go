package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	people := o.hire(6)
	o.connect(people...)
	o.command(exitDone, "sync")
	made := filepath.Join(t.TempDir(), "backup.db")
	o.command(exitDone, "backup", made)
	o.command(exitDone, "disconnect", "--yes", people[0])
	o.command(exitDone, "forget", "--yes", people[1])
	o.command(exitDone, "unenroll", "--yes", people[2])
	db := o.database()
	if err := db.Unsubscribe(t.Context(), o.now(), people[3], "page"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out, _ := o.command(exitDone, "restore", "--replace", made)
	if !strings.Contains(out, "since then 2 left and 1 unsubscribed.") {
		t.Error(out)
	}
	db = o.database()
	defer db.Close()
	for i, takes := range []bool{false, false, false, false, true, true} {
		if got, err := db.TakesMail(t.Context(), people[i]); err != nil || got != takes {
			t.Errorf("%s takes mail: %v, %v", people[i], got, err)
		}
	}
	if text := o.read("unmeet.db"); strings.Contains(text, people[1]) {
		t.Error("who was forgotten is in the database again")
	}
}
