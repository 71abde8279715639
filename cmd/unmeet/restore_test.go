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
