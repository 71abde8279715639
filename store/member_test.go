package store

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestLeavingForgets looks through the whole file for whoever left.
func TestLeavingForgets(t *testing.T) {
	for name, leave := range map[string]func(*DB) error{
		"leave": func(db *DB) error { return db.Leave(t.Context(), at(2, 0), "Bob@acme.example", "cli") },
		"disconnect": func(db *DB) error {
			if _, err := db.Connect(t.Context(), monday, NewConnection{Kind: "google", Owner: address("bob"), Account: "1"}); err != nil {
				return err
			}
			return db.Disconnect(t.Context(), at(2, 0), "google", address("bob"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := openFile(t)
			theirs := newDigest("cid", "m2")
			theirs.Suggestions[0].UID, theirs.Suggestions[0].Organizer = "of bob", address("bob")
			others := db.offer(t, monday, theirs)
			answered := newDigest("bob", "m0")
			answered.Suggestions[0].UID, answered.Suggestions[0].Snapshot = "budget", []byte("Budget by Ann")
			s := db.offer(t, monday, answered)
			db.decide(t, monday, s.ID, func(c Case) (Decision, error) {
				return Decision{Answer: Answer{State: "kept", Note: "a private note", Visitor: "laptop of bob"},
					Outcomes: []NewOutcome{{Outcome: "kept"}}, Silences: []NewSilence{{Why: "keep"}, {Organizer: true, Why: "never"}}}, nil
			})
			open := db.offer(t, monday, newDigest("bob", "m1"))
			must(t, db.Visit(t.Context(), monday, secretHash("accept m1"), "get"))
			must(t, db.KnowBrowser(t.Context(), secretHash("cookie"), Browser{Person: address("bob"), Since: monday, Until: lastDay}))
			must(t, db.Set(t.Context(), address("bob"), Settings{Language: "de", Rhythm: "fortnightly"}))
			mine := db.offer(t, monday, newDigest("dan", "m3"))

			must(t, leave(db))
			for id, want := range map[int64]string{s.ID: "kept", open.ID: "withdrawn", others.ID: "withdrawn", mine.ID: "offered"} {
				got, err := db.Suggestion(t.Context(), id)
				if err != nil || got.State != want {
					t.Errorf("suggestion %d is %s, want %s, %v", id, got.State, want, err)
				}
				if left := id == s.ID || id == open.ID; left && (got.Person != "" || got.UID != "" || got.Organizer != "" || got.Note != "" || len(got.Snapshot) > 0) {
					t.Errorf("it is still known whose suggestion %d was: %+v", id, got)
				}
			}
			for _, table := range []string{"token", "visit", "browser"} {
				if n := db.count(t, table+` WHERE EXISTS (SELECT 1 FROM person p WHERE p.email = $1 AND `+
					map[string]string{"token": "p.id = person_id", "visit": "token_hash = $2", "browser": "p.id = person_id"}[table]+`)`, address("bob"), secretHash("accept m1")); n != 0 {
					t.Errorf("%d rows of %s are left", n, table)
				}
			}
			if n := db.count(t, "outcome o JOIN person p ON p.id = o.person_id WHERE p.email = $1", address("bob")); n != 0 {
				t.Errorf("%d outcomes are known to be theirs", n)
			}
			if n := db.count(t, "outcome WHERE outcome = 'kept' AND person_id IS NULL"); n != 1 {
				t.Errorf("%d outcomes say kept, want 1", n)
			}
			silences, err := db.Silences(t.Context(), at(3, 0))
			if diff := gocmp.Diff([]Silence{{Organizer: address("bob"), Why: "never"}}, silences); diff != "" || err != nil {
				t.Errorf("silences: %v\n%s", err, diff)
			}
			if set, err := db.Settings(t.Context(), address("bob")); err != nil || set != (Settings{}) {
				t.Errorf("settings: %+v, %v", set, err)
			}
			for _, word := range []string{"Budget by Ann", "private note", "laptop of bob", "the words of m1"} {
				if db.holds(t, word) {
					t.Errorf("%q can still be read in the file", word)
				}
			}
		})
	}
}

// holds reports whether the files of a database have a word in them.
func (db *DB) holds(t testing.TB, word string) bool {
	t.Helper()
	var path string
	must(t, db.read.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path))
	for _, file := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}

func TestSubscribing(t *testing.T) {
	db := openFile(t)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	takes := func(want bool) {
		t.Helper()
		if got, err := db.TakesMail(t.Context(), "BOB@acme.example"); err != nil || got != want {
			t.Errorf("takes mail: %v, %v", got, err)
		}
	}
	takes(true)
	for range 2 {
		must(t, db.Unsubscribe(t.Context(), at(1, 0), address("bob"), "header"))
	}
	takes(false)
	if set, err := db.Settings(t.Context(), address("bob")); err != nil || !set.Unsubscribed.Equal(at(1, 0)) {
		t.Errorf("settings: %+v, %v", set, err)
	}
	if got, err := db.Suggestion(t.Context(), s.ID); err != nil || got.State != "offered" {
		t.Errorf("what was asked before is %s, %v", got.State, err)
	}
	db.decide(t, at(1, 1), s.ID, func(c Case) (Decision, error) {
		if !c.Unsubscribed {
			t.Error("whoever decides is not told")
		}
		return Decision{Answer: c.Answer}, nil
	})
	for range 2 {
		must(t, db.Resubscribe(t.Context(), at(2, 0), address("bob"), "mail-button"))
	}
	takes(true)
	members, err := db.Members(t.Context())
	if diff := gocmp.Diff([]Member{{address("bob"), Settings{Subscribed: at(2, 0)}}}, members); diff != "" || err != nil {
		t.Errorf("members: %v\n%s", err, diff)
	}
	outcomes, err := db.OutcomesOf(t.Context(), address("bob"))
	var said []string
	for _, o := range outcomes {
		said = append(said, o.Outcome+" by "+o.Via)
	}
	if want := []string{"suggested by mail", "left by header", "returned by mail-button"}; !slices.Equal(said, want) || err != nil {
		t.Errorf("outcomes %v, %v, want %v", said, err, want)
	}
	if err := db.Unsubscribe(t.Context(), monday, address("stranger"), "header"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestInvite(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(event("sync", weekly, "ann", "bob", "cid")))
	must(t, db.Enrol(t.Context(), address("cid")))
	must(t, db.Leave(t.Context(), monday, address("cid"), "cli"))
	for name, want := range map[string]bool{"bob": true, "cid": false, "new": true} {
		if got, err := db.Invite(t.Context(), strings.ToUpper(address(name))); err != nil || got != want {
			t.Errorf("%s takes part: %v, %v", name, got, err)
		}
		if n := db.count(t, "person WHERE email = $1 AND state = 'enrolled'", address(name)); (n == 1) != want {
			t.Errorf("%d enrolled by the address of %s", n, name)
		}
	}
	must(t, db.Enrol(t.Context(), address("cid"))) // as by connecting again
	if takes, err := db.TakesMail(t.Context(), address("cid")); err != nil || !takes {
		t.Errorf("who came back takes mail: %v, %v", takes, err)
	}
}

func TestVisitsAndBrowsers(t *testing.T) {
	db := openFile(t)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	for range maxVisits + 20 {
		must(t, db.Visit(t.Context(), monday, secretHash("accept m1"), "head"))
	}
	must(t, db.Visit(t.Context(), monday, secretHash("leave m1"), "get"))
	must(t, db.Visit(t.Context(), monday, secretHash("made up"), "get"))
	for secret, want := range map[string]map[string]int{"accept m1": {"head": maxVisits}, "leave m1": {"get": 1}, "made up": {}} {
		if got, err := db.Visits(t.Context(), secretHash(secret)); err != nil || !gocmp.Equal(got, want) {
			t.Errorf("visits of %s: %v, %v, want %v", secret, got, err, want)
		}
	}

	b := Browser{Person: address("bob"), Suggestion: s.ID, Since: monday, From: at(0, 1), Until: at(90, 0)}
	must(t, db.KnowBrowser(t.Context(), secretHash("cookie"), b))
	if got, err := db.Browser(t.Context(), at(89, 0), secretHash("cookie")); err != nil || got != b {
		t.Errorf("browser %+v, %v", got, err)
	}
	if _, err := db.Browser(t.Context(), at(0, 0.9), secretHash("cookie")); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("before its time: %v", err)
	}
	if _, err := db.Browser(t.Context(), at(90, 0), secretHash("cookie")); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("after its time: %v", err)
	}
	if err := db.KnowBrowser(t.Context(), secretHash("other"), Browser{Person: address("stranger"), Since: monday, Until: lastDay}); !errors.Is(err, ErrNoPerson) {
		t.Errorf("a stranger's: %v", err)
	}
	must(t, db.ForgetBrowser(t.Context(), secretHash("cookie")))
	if _, err := db.Browser(t.Context(), monday, secretHash("cookie")); !errors.Is(err, ErrNoBrowser) {
		t.Errorf("forgotten: %v", err)
	}
}

func TestPause(t *testing.T) {
	db := openFile(t)
	if _, ok, err := db.Paused(t.Context()); ok || err != nil {
		t.Errorf("paused from the start: %v", err)
	}
	first := Pause{By: "ops", Since: monday, Why: "maintenance"}
	must(t, db.Pause(t.Context(), first))
	must(t, db.Pause(t.Context(), Pause{By: "other", Since: at(1, 0)}))
	if got, ok, err := db.Paused(t.Context()); got != first || !ok || err != nil {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	for range 2 {
		must(t, db.Resume(t.Context()))
	}
	if _, ok, err := db.Paused(t.Context()); ok || err != nil {
		t.Errorf("paused after resuming: %v", err)
	}
}

// TestAskingForMailLiftsBounce: whoever asks for mail again is there, though the mail
// server said once that they are not.
func TestAskingForMailLiftsBounce(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"bob", "cid"} {
		db.offer(t, monday, newDigest(name, "m"+name))
	}
	taken, err := db.TakeMail(t.Context(), monday, "here", time.Hour, 2)
	if err != nil || len(taken) != 2 {
		t.Fatal(len(taken), err)
	}
	for _, m := range taken {
		must(t, db.Suppress(t.Context(), m, monday, "550 5.1.1"))
	}
	must(t, db.Unsubscribe(t.Context(), monday, address("bob"), "link"))
	must(t, db.Resubscribe(t.Context(), monday, address("bob"), "link"))
	for name, want := range map[string]string{"bob": "", "cid": "550 5.1.1"} {
		if why, err := db.Suppressed(t.Context(), address(name)); err != nil || why != want {
			t.Errorf("mail to %s is suppressed because %q, want %q (%v)", name, why, want, err)
		}
	}
}
