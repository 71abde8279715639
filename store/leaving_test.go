package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestLeavingLeavesNoWayBack: whoever left is not to be found by what stays.
func TestLeavingLeavesNoWayBack(t *testing.T) {
	db := openFile(t)
	db.offer(t, monday, newDigest("bob", "m1"))
	taken, err := db.TakeMail(t.Context(), monday, "here", time.Hour, 1)
	if err != nil || len(taken) != 1 {
		t.Fatal(taken, err)
	}
	must(t, db.Suppress(t.Context(), taken[0], monday, "the server answered the recipient with 550 5.1.1 <bob@acme.example>: no such user"))
	e := newDigest("bob", "m2")
	e.Mail.To = "bob@elsewhere.example"
	e.Suggestions[0].Instance = "20261116T090000Z"
	s := db.offer(t, monday, e)
	db.decide(t, monday, s.ID, func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "kept", Never: true, Stood: "{}"}, Outcomes: []NewOutcome{{Outcome: "never"}}, Silences: []NewSilence{{Organizer: true, Why: "never"}}}, nil
	})
	must(t, db.Leave(t.Context(), at(2, 0), address("bob"), "cli"))
	for what, from := range map[string]string{
		"mails say whom they were for":        "mail WHERE why LIKE '%bob@acme.example%'",
		"addresses are suppressed":            "suppressed WHERE address LIKE 'bob@%' OR why LIKE '%bob@%'",
		"outcomes are tied to a silence":      "outcome o JOIN silence s ON s.suggestion_id = o.suggestion_id",
		"suggestions name what was judged":    "suggestion WHERE subject_hash <> '' OR stood <> ''",
		"silences of the leaver's are lifted": "(SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM silence WHERE organizer = 'bob@acme.example'))",
	} {
		if n := db.count(t, from); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// TestSumsOfThePastStay: sums of the same time must not tell what whoever left
// answered.
func TestSumsOfThePastStay(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"bob", "cid", "dan", "eve", "fay"} {
		s := db.offer(t, monday, newDigest(name, "m"+name))
		db.decide(t, monday, s.ID, become("kept", "kept"))
	}
	before, n, err := db.Sums(t.Context(), monday, at(1, 0))
	must(t, err)
	for _, name := range []string{"bob", "eve"} {
		must(t, db.Leave(t.Context(), at(2, 0), address(name), "cli"))
	}
	after, m, err := db.Sums(t.Context(), monday, at(1, 0))
	must(t, err)
	if d := gocmp.Diff(before, after); d != "" || n != 5 || m != 5 {
		t.Errorf("%d people, then %d (-before +after):\n%s", n, m, d)
	}
}

// TestOwnPrivateCopy: whoever marked an event private in their own calendar gets no
// mail about it; others do.
func TestOwnPrivateCopy(t *testing.T) {
	db := openFile(t)
	must(t, db.Enrol(t.Context(), address("ann")))
	db.apply(t, db.calendar(t, "ann"), full(event("sync", weekly, "ann", "bob", "cyd", "dan")))
	own := event("sync", weekly, "ann", "bob", "cyd", "dan")
	own.Private, own.Title, own.Body = true, "", ""
	db.apply(t, db.calendar(t, "bob"), full(own))
	for name, want := range map[string]bool{"bob": true, "cyd": false} {
		all := db.candidates(t, name)
		if len(all) == 0 {
			t.Errorf("%s has no candidates", name)
		}
		for _, c := range all {
			if c.Subject.Private != want || (c.Subject.Title == "") != want {
				t.Fatalf("for %s it is private %v, %q", name, c.Subject.Private, c.Subject.Title)
			}
		}
	}
}
