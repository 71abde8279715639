//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/store"
)

// failpoints are the boundaries of a sync.
var failpoints = []string{
	"before-fetch", "after-fetch", "before-apply", "in-apply", "after-commit", "before-judging", "before-forgetting", "after-judging", "before-done",
}

// TestProcessKilledAtEveryBoundary kills a real `unmeet sync` at every boundary of
// a sync, at the first person it comes to and at a later one, lets the calendars
// change meanwhile, and runs it again: nothing is lost, nothing is doubled.
func TestProcessKilledAtEveryBoundary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := mortal(t)
	for _, place := range failpoints {
		for _, times := range []string{"1", "3"} {
			t.Run(place+" "+times, func(t *testing.T) {
				t.Parallel()
				dieAndGoOn(t, program, place+":"+times)
			})
		}
	}
}

// mortal builds a program that can be killed at failpoints.
func mortal(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "unmeet")
	if out, err := exec.Command("go", "build", "-tags", "failpoints", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return program
}

// died fails unless err is of a program that was killed.
func died(t *testing.T, failpoint string, err error) {
	t.Helper()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it did not die at %s: %v", failpoint, err)
	}
}

func dieAndGoOn(t *testing.T, program, failpoint string) {
	o := newCompany(t, true)
	people := o.hire(5)
	o.connect(people...)
	sync := func(failpoint string) error {
		command := exec.CommandContext(t.Context(), program, "--config", o.config, "sync")
		command.Env = append(os.Environ(), "UNMEET_FAILPOINT="+failpoint)
		var out bytes.Buffer
		command.Stdout, command.Stderr = &out, &out
		err := command.Run()
		if failpoint == "" && err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		return err
	}
	change := func(title string) {
		start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 2)
		all := calendartest.Event{Organizer: people[0], Title: title, Body: "private words on " + strings.ToUpper(title), Start: start, End: start.Add(time.Hour)}
		for _, who := range people {
			all.Guests = append(all.Guests, calendartest.Guest{Address: who, Answer: calendars.Accepted})
		}
		o.Create(all)
	}
	for _, title := range []string{"One-off", "Another"} { // the first sync, and one with a cursor
		change(title)
		died(t, failpoint, sync(failpoint))
		change(title + " since")
		sync("")
		o.sameAsNew(people)
	}
}

// sameAsNew holds the database against the calendars, and against one that read
// them at once without dying: every occurrence with the same shares, every subject
// with the same verdict, no words left.
func (o *company) sameAsNew(people []string) {
	o.Helper()
	other := *o
	other.folder = o.TempDir()
	for _, file := range []string{"unmeet.toml", "client-secret"} {
		other.write(file, o.read(file))
	}
	other.config = filepath.Join(other.folder, "unmeet.toml")
	other.connect(people...)
	other.command(0, "sync")

	grown, fresh := o.database(), other.database()
	defer grown.Close()
	defer fresh.Close()
	o.check(grown, people)
	if diff := gocmp.Diff(o.counted(fresh), o.counted(grown)); diff != "" {
		o.Fatalf("the store differs from one that never died (-new +grown):\n%s", diff)
	}
}

// counted is how often each occurrence and subject is in a database, with what
// hangs on it.
func (o *company) counted(db *store.DB) map[string]int {
	o.Helper()
	lines := map[string]int{}
	for occ, err := range db.Occurrences(o.Context(), time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0)) {
		if err != nil {
			o.Fatal(err)
		}
		lines[fmt.Sprintf("%s at %v: %v of %d people, subject %s", occ.Title, occ.Start, occ.WholeGross, occ.People, occ.SubjectHash)]++
	}
	c, err := o.app(nil, nil).loadConfig()
	if err != nil {
		o.Fatal(err)
	}
	engine, err := c.engine()
	if err != nil {
		o.Fatal(err)
	}
	verdicts, err := db.Verdicts(o.Context(), engine.Hash())
	if err != nil {
		o.Fatal(err)
	}
	for s, err := range db.Subjects(o.Context(), nil, "") {
		if err != nil {
			o.Fatal(err)
		}
		v, ok := verdicts[s.Hash]
		if !ok {
			o.Errorf("%q was never judged", s.Title)
		}
		if s.Whole {
			o.Errorf("the words of %q were not let go: %q", s.Title, s.Body)
		}
		lines[fmt.Sprintf("%s %s %q: %s %s", s.Hash, s.Title, s.Body, v.Category, v.Verdict)]++
	}
	if len(lines) == 0 {
		o.Fatal("the database is empty")
	}
	return lines
}

// TestRestoreKilledAtEveryBoundary: cut off at any moment, restoring leaves the database
// that was there or the one of the backup, whole, and can be done again.
func TestRestoreKilledAtEveryBoundary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := mortal(t)
	for place, want := range map[string]string{"restore-aside": "ann bo", "restore-log-aside": "ann bo", "restore-in-place": "ann"} {
		t.Run(place, func(t *testing.T) {
			folder := t.TempDir()
			unmeet := func(failpoint string, words ...string) (string, error) {
				command := exec.CommandContext(t.Context(), program, words...)
				command.Dir, command.Env = folder, append(os.Environ(), "UNMEET_FAILPOINT="+failpoint)
				out, err := command.CombinedOutput()
				if failpoint == "" && err != nil {
					t.Fatalf("%s: %v\n%s", words, err, out)
				}
				return string(out), err
			}
			takePart := func() string {
				db, err := store.Open(t.Context(), filepath.Join(folder, "unmeet.db"))
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				all, err := db.Members(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, m := range all {
					name, _, _ := strings.Cut(m.Address, "@")
					names = append(names, name)
				}
				return strings.Join(names, " ")
			}
			if err := os.WriteFile(filepath.Join(folder, "unmeet.toml"), []byte("[organization]\ndomains = [\"acme.example\"]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			unmeet("", "enroll", "ann@acme.example")
			unmeet("", "backup", "then.db")
			unmeet("", "enroll", "bo@acme.example")
			_, err := unmeet(place+":1", "restore", "--replace", "then.db")
			died(t, place, err)
			if got := takePart(); got != want {
				t.Errorf("%s take part, want %s", got, want)
			}
			unmeet("", "restore", "--replace", "then.db")
			if got := takePart(); got != "ann" {
				t.Errorf("restored again, %s take part", got)
			}
		})
	}
}
