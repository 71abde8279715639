package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/suggest"
	"unmeet/calendars"
	"unmeet/store"
)

// TestActionsAreShown looks at an action that failed, has it tried again, and looks on
// behalf of its person.
func TestActionsAreShown(t *testing.T) {
	folder := t.TempDir()
	config := filepath.Join(folder, "unmeet.toml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failedAction(t, filepath.Join(folder, "unmeet.db"))
	call := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(t.Context(), append([]string{"--config", config, "actions"}, args...), nil, &out, &out); code != want {
			t.Errorf("%q exits with %d, want %d:\n%s", args, code, want, &out)
		}
		return out.String()
	}
	says := func(text string, want bool, words ...string) {
		t.Helper()
		for _, w := range words {
			if strings.Contains(text, w) != want {
				t.Errorf("%q in it is not %v:\n%s", w, want, text)
			}
		}
	}
	table := call(0)
	says(table, true, "failed", "forbidden by Google", "hint: unmeet actions --retry 1", "1 failed")
	says(table+call(0, "--format", "json"), false, "bob@", "Ops weekly", "declined")
	says(call(0, "--as", "bob@acme.example", "--reason", "he asked"), true, "answer declined: Ops weekly", "it is recorded that you looked")
	says(call(1, "--retry", "2"), true, "there is no action 2")
	says(call(0, "--retry", "1"), true, "action 1 is due")
	says(call(0, "--format", "json"), true, `"state": "due"`, `"due": 1`)
	says(call(2, "--retry", "1", "--as", "bob@acme.example", "--reason", "both"), true, "do not go together")
}

// failedAction makes a database in which what Bob decided could not be done.
func failedAction(t *testing.T, path string) {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	defer func() { must(db.Close()) }()
	now := time.Now().Truncate(time.Second)
	starts := now.AddDate(0, 0, 3)
	const bob = "bob@acme.example"
	must(db.Enrol(t.Context(), bob))
	shot, err := suggest.Snapshot{Title: "Ops weekly", UID: "ops", Start: starts}.Encode()
	must(err)
	must(db.Offer(t.Context(), now, store.Digest{
		Person: bob,
		Suggestions: []store.NewSuggestion{{
			UID: "ops", Organizer: "ann@acme.example", Kind: "decline", Category: "informing", Starts: starts, Expires: starts, Closes: starts, Snapshot: shot,
		}},
		Mail: store.NewMail{MessageID: "one@acme.example", Person: bob, Kind: "digest", From: "unmeet@acme.example", To: bob, MIME: []byte("words"), Deadline: starts},
	}))
	_, err = db.Decide(t.Context(), now, 1, "button", func(c store.Case) (store.Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Epoch = "accepted", "decline", 1
		return store.Decision{Answer: a, Accepted: true, Actions: []store.NewAction{{Intent: calendars.Intent{
			Verb: calendars.Respond, Owner: bob, Start: starts, Response: calendars.Declined, Ref: calendars.Ref{UID: "ops", Organizer: "ann@acme.example"},
		}}}}, nil
	})
	must(err)
	taken, err := db.TakeActions(t.Context(), now, "test", time.Minute, 1)
	if err != nil || len(taken) != 1 {
		t.Fatal(fmt.Sprint(taken), err)
	}
	must(db.EndAction(t.Context(), &taken[0], now, store.Ending{State: store.ActionFailed, Why: "forbidden by Google"}, nil))
}
