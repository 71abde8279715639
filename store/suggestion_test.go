package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// secretHash is what the database keeps of a link with the given secret.
func secretHash(secret string) []byte { return []byte("hash of " + secret) }

// newDigest asks name one thing about the meeting "sync" of week 1, in a mail with
// two links.
func newDigest(name, id string) Digest {
	return Digest{
		Person: address(name),
		Suggestions: []NewSuggestion{{
			UID: "sync", Organizer: address("ann"), Instance: "20261109T090000Z", Kind: "decline", Recurring: true, Minutes: 25, Category: "informing",
			Starts: at(7, 9), Expires: at(7, 9), Closes: at(7, 9), SubjectHash: "subject", RulesHash: "rules",
			Rules: []string{"words.update", "many"}, Snapshot: []byte("Ops weekly by Ann"),
		}},
		Tokens: []NewToken{
			{Hash: secretHash("accept " + id), Suggestion: 0, Verb: "decline", Expires: at(7, 9)},
			{Hash: secretHash("leave " + id), Suggestion: -1, Verb: "unsubscribe"},
		},
		Mail: NewMail{MessageID: id + "@acme.example", Person: address(name), Kind: "digest", From: "unmeet@acme.example", To: address(name),
			MIME: []byte("the words of " + id), Deadline: at(7, 9)},
	}
}

// offer makes an offer that must be taken, and returns the last of what was put to
// the person.
func (db *DB) offer(t testing.TB, now time.Time, d Digest) Suggestion {
	t.Helper()
	if err := db.Enrol(t.Context(), d.Person); err != nil {
		t.Fatal(err)
	}
	if err := db.Offer(t.Context(), now, d); err != nil {
		t.Fatal(err)
	}
	all, err := db.SuggestionsTo(t.Context(), d.Person)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d suggestions, %v", len(all), err)
	}
	return all[len(all)-1]
}

// count is how many rows a table has that where finds.
func (db *DB) count(t testing.TB, from string, args ...any) (n int) {
	t.Helper()
	if err := db.read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+from, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// become returns a decision that takes a suggestion to another state, with one
// outcome.
func become(state, outcome string) func(Case) (Decision, error) {
	return func(c Case) (Decision, error) {
		a := c.Answer
		a.State, a.Choice = state, "decline"
		return Decision{Answer: a, Outcomes: []NewOutcome{{Outcome: outcome, Choice: "decline", Scope: "this"}}}, nil
	}
}

func (db *DB) decide(t testing.TB, now time.Time, id int64, f func(Case) (Decision, error)) Suggestion {
	t.Helper()
	s, err := db.Decide(t.Context(), now, id, "test", f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOffer(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(event("sync", weekly, "ann", "bob")))
	d := newDigest("bob", "m1")
	got := db.offer(t, monday, d)
	n := d.Suggestions[0]
	want := Suggestion{
		ID: 1, Person: address("bob"), Mail: 1, Offered: monday, UID: n.UID, Organizer: n.Organizer, Instance: n.Instance, Lineage: db.lineages(t)["sync"],
		Kind: n.Kind, Recurring: true, Minutes: 25, Category: n.Category, Starts: n.Starts, Expires: n.Expires, Closes: n.Closes,
		SubjectHash: n.SubjectHash, RulesHash: n.RulesHash, Snapshot: n.Snapshot, Answer: Answer{State: "offered"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("suggestion (-want +got):\n%s", diff)
	}
	for secret, want := range map[string]Token{
		"accept m1": {Mail: 1, Suggestion: 1, Person: address("bob"), Verb: "decline", Expires: at(7, 9)},
		"leave m1":  {Mail: 1, Person: address("bob"), Verb: "unsubscribe"},
	} {
		token, err := db.Token(t.Context(), secretHash(secret))
		want.Hash = secretHash(secret)
		if diff := gocmp.Diff(want, token); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", secret, err, diff)
		}
	}
	if _, err := db.Token(t.Context(), secretHash("another")); !errors.Is(err, ErrNoToken) {
		t.Errorf("an unknown link: %v", err)
	}
	outcomes, err := db.OutcomesOf(t.Context(), "BOB@acme.example")
	if diff := gocmp.Diff([]Outcome{{
		ID: 1, At: monday, Suggestion: 1, Outcome: "suggested", Kind: "decline", Minutes: 25, Via: "mail", RulesHash: "rules",
		Detail: Detail{Category: "informing", Rules: []string{"many", "words.update"}, Starts: at(7, 9)},
	}}, outcomes); diff != "" || err != nil {
		t.Errorf("outcomes: %v\n%s", err, diff)
	}
	if mails, err := db.Mails(t.Context(), MailQueued, 10); err != nil || len(mails) != 1 || string(mails[0].MIME) != "the words of m1" {
		t.Errorf("mails: %v, %v", mails, err)
	}
}

func TestOfferIsAllOrNothing(t *testing.T) {
	tests := []struct {
		name   string
		before func(t *testing.T, db *DB)
		change func(*Digest)
		want   error // nil: any
	}{
		{"paused", func(t *testing.T, db *DB) { pause(t, db) }, nil, ErrPaused},
		{"nobody", nil, func(d *Digest) { d.Person = address("stranger") }, ErrNotAsked},
		{"somebody who left", func(t *testing.T, db *DB) { must(t, db.Leave(t.Context(), monday, address("bob"), "cli")) }, nil, ErrNotAsked},
		{"unsubscribed", func(t *testing.T, db *DB) { must(t, db.Unsubscribe(t.Context(), monday, address("bob"), "header")) }, nil, ErrNotAsked},
		{"the same once more", func(t *testing.T, db *DB) { db.offer(t, monday, newDigest("bob", "m0")) }, nil, ErrAsked},
		{"the same twice at once", nil, func(d *Digest) { d.Suggestions = append(d.Suggestions, d.Suggestions[0]) }, ErrAsked},
		{"nothing is sent there", func(t *testing.T, db *DB) {
			_, err := db.write.Exec(`INSERT INTO suppressed (address, why, at) VALUES ($1, 'no such user', 1)`, address("bob"))
			must(t, err)
		}, nil, ErrSuppressed},
		{"a link that there is already", nil, func(d *Digest) { d.Tokens[1].Hash = d.Tokens[0].Hash }, nil},
		{"too late", nil, func(d *Digest) { d.Suggestions[0].Expires = monday }, nil},
		{"closed before it expires", nil, func(d *Digest) { d.Suggestions[0].Closes = at(6, 0) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			must(t, db.Enrol(t.Context(), address("bob")))
			if tt.before != nil {
				tt.before(t, db)
			}
			d := newDigest("bob", "m1")
			if tt.change != nil {
				tt.change(&d)
			}
			tables := []string{"suggestion", "suggestion_rule", "token", "outcome", "mail"}
			var before, after []int
			for _, table := range tables {
				before = append(before, db.count(t, table))
			}
			err := db.Offer(t.Context(), monday, d)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			for _, table := range tables {
				after = append(after, db.count(t, table))
			}
			if diff := gocmp.Diff(before, after); diff != "" {
				t.Errorf("rows of %v (-before +after):\n%s", tables, diff)
			}
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func pause(t *testing.T, db *DB) {
	t.Helper()
	must(t, db.Pause(t.Context(), Pause{By: "ops", Since: monday, Why: "maintenance"}))
}

// TestDecide writes every field of an answer, with all that may come of it.
func TestDecide(t *testing.T) {
	db := openFile(t)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	must(t, db.KnowBrowser(t.Context(), secretHash("old"), Browser{Person: address("bob"), Pressed: true, Since: monday, Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("new"), Browser{Person: address("bob"), Pressed: true, Since: at(0, 1), Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("connected"), Browser{Person: address("bob"), Since: at(0, 1), Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("another's"), Browser{Person: address("bob"), Since: at(0, 1), Until: lastDay}))

	answer := Answer{
		State: "pending", Choice: "decline", Scope: "onward", Note: "ping me", Visitor: "laptop", Known: true, PressedAt: at(0, 1), CommitAt: at(0, 2), Epoch: 3,
		Wrong: true, Said: "creating", Never: true, StrayVerb: "keep", StrayScope: "this", StrayAt: at(0, 3), VoidedAt: at(0, 4),
	}
	receipt := newDigest("bob", "receipt").Mail
	got := db.decide(t, at(0, 1), s.ID, func(c Case) (Decision, error) {
		if c.Paused || c.Unsubscribed || c.MessageID != "m1@acme.example" {
			t.Errorf("around it: %+v", c)
		}
		return Decision{
			Answer: answer, Next: at(0, 2), Forget: at(0, 0.5), Mail: &receipt,
			Tokens:   []NewToken{{Hash: secretHash("undo"), Verb: "undo", Expires: at(7, 9)}},
			Outcomes: []NewOutcome{{Outcome: "wrong", Choice: "wrong", Scope: "this", Said: "creating"}, {Outcome: "pressed"}},
			Silences: []NewSilence{{Why: "keep", Until: at(90, 0)}},
		}, nil
	})
	if diff := gocmp.Diff(answer, got.Answer); diff != "" {
		t.Errorf("answer returned (-want +got):\n%s", diff)
	}
	kept, err := db.Suggestion(t.Context(), s.ID)
	if diff := gocmp.Diff(got, kept); diff != "" || err != nil {
		t.Errorf("answer kept: %v\n%s", err, diff)
	}
	if due, err := db.DueSuggestions(t.Context(), at(0, 2), 10); err != nil || !slices.Equal(due, []int64{s.ID}) {
		t.Errorf("due: %v, %v", due, err)
	}
	if due, err := db.DueSuggestions(t.Context(), at(0, 1.9), 10); err != nil || len(due) != 0 {
		t.Errorf("due too early: %v, %v", due, err)
	}
	if next, err := db.NextSuggestion(t.Context()); err != nil || !next.Equal(at(0, 2)) {
		t.Errorf("next: %v, %v", next, err)
	}
	if token, err := db.Token(t.Context(), secretHash("undo")); err != nil || token.Suggestion != s.ID || token.Mail == s.Mail || token.Person != address("bob") {
		t.Errorf("the receipt's link: %+v, %v", token, err)
	}
	for cookie, want := range map[string]error{"old": nil, "new": ErrNoBrowser, "connected": nil} {
		if _, err := db.Browser(t.Context(), at(1, 0), secretHash(cookie)); !errors.Is(err, want) {
			t.Errorf("the browser %s: %v, want %v", cookie, err, want)
		}
	}
	if n := db.count(t, "silence"); n != 1 {
		t.Errorf("%d silences", n)
	}

	// With an error of f nothing is changed, and the suggestion comes back as it is.
	refused := errors.New("refused")
	back, err := db.Decide(t.Context(), at(0, 3), s.ID, "test", func(Case) (Decision, error) {
		return Decision{Answer: Answer{State: "kept"}, Lift: true}, refused
	})
	if diff := gocmp.Diff(got, back); diff != "" || !errors.Is(err, refused) {
		t.Errorf("refused: %v\n%s", err, diff)
	}
	// Neither is it where what came of it cannot be kept.
	twice := receipt
	back, err = db.Decide(t.Context(), at(0, 3), s.ID, "test", func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "kept"}, Lift: true, Mail: &twice}, nil
	})
	if diff := gocmp.Diff(got, back); diff != "" || !errors.Is(err, ErrMailKnown) || db.count(t, "silence") != 1 {
		t.Errorf("a mail of the same name: %v\n%s", err, diff)
	}
	if _, err := db.Decide(t.Context(), monday, 99, "test", become("kept", "kept")); !errors.Is(err, ErrNoSuggestion) {
		t.Errorf("no suggestion: %v", err)
	}
}

// TestDecideWithoutReceipt sees that an address that takes no mail is no reason to
// refuse an answer.
func TestDecideWithoutReceipt(t *testing.T) {
	db := openFile(t)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	_, err := db.write.Exec(`INSERT INTO suppressed (address, why, at) VALUES ($1, 'no such user', 1)`, address("bob"))
	must(t, err)
	receipt := newDigest("bob", "receipt").Mail
	got := db.decide(t, at(0, 1), s.ID, func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "pending"}, Mail: &receipt, Tokens: []NewToken{{Hash: secretHash("undo"), Verb: "undo"}}}, nil
	})
	if got.State != "pending" || db.count(t, "mail") != 1 || db.count(t, "token") != 2 {
		t.Errorf("%s, %d mails, %d links", got.State, db.count(t, "mail"), db.count(t, "token"))
	}
}

// TestDecideOneAfterTheOther lets many decide at once: each sees what the one before
// it left.
func TestDecideOneAfterTheOther(t *testing.T) {
	db := openFile(t)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	const n = 40
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			_, err := db.Decide(context.Background(), monday, s.ID, "test", func(c Case) (Decision, error) {
				a := c.Answer
				a.Epoch++
				return Decision{Answer: a, Outcomes: []NewOutcome{{Outcome: "pressed"}}}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := db.Suggestion(t.Context(), s.ID)
	if err != nil || got.Epoch != n || db.count(t, "outcome WHERE outcome = 'pressed'") != n {
		t.Errorf("%d answers were kept of %d, %v", got.Epoch, n, err)
	}
}

func TestWithdraw(t *testing.T) {
	db := openFile(t)
	open := db.offer(t, monday, newDigest("bob", "m1"))
	held := db.offer(t, monday, newDigest("cid", "m2"))
	db.decide(t, monday, held.ID, become("pending", "pressed"))
	kept := db.offer(t, monday, newDigest("dan", "m3"))
	db.decide(t, monday, kept.ID, become("kept", "kept"))
	for range 2 { // the second time nothing is left
		_, err := db.Withdraw(t.Context(), at(0, 1), []int64{open.ID, held.ID, kept.ID, 99}, "sync", "the meeting is gone")
		must(t, err)
	}
	for id, want := range map[int64]string{open.ID: "withdrawn", held.ID: "withdrawn", kept.ID: "kept"} {
		if s, err := db.Suggestion(t.Context(), id); err != nil || s.State != want || (s.Why == "the meeting is gone") != (want == "withdrawn") {
			t.Errorf("suggestion %d is %s because %q, %v; want %s", id, s.State, s.Why, err, want)
		}
	}
	if n := db.count(t, "outcome WHERE outcome = 'withdrawn'"); n != 2 {
		t.Errorf("%d outcomes say withdrawn, want 2", n)
	}
	if n := db.count(t, "suggestion WHERE next_at > 0 AND state = 'withdrawn'"); n != 0 {
		t.Errorf("%d wait for time to change them", n)
	}
}

func TestOutcomesStay(t *testing.T) {
	db := openFile(t)
	db.offer(t, monday, newDigest("bob", "m1"))
	before := db.count(t, "outcome")
	for _, statement := range []string{
		`DELETE FROM outcome`,
		`UPDATE outcome SET outcome = 'accepted'`,
		`UPDATE outcome SET at = at + 1`,
		`UPDATE outcome SET suggestion_id = NULL`,
		`UPDATE outcome SET detail = '{}'`,
		`UPDATE outcome SET minutes = 60`,
		`UPDATE outcome SET via = 'cli', person_id = NULL`,
		`UPDATE outcome SET person_id = person_id + 1`,
		`UPDATE outcome SET person_id = person_id`,
		`INSERT OR REPLACE INTO outcome (id, at, outcome, kind, minutes, via, rules_hash, detail) SELECT id, at, 'accepted', kind, minutes, via, rules_hash, detail FROM outcome`,
	} {
		if _, err := db.write.Exec(statement); err == nil {
			t.Errorf("%s: no error", statement)
		}
	}
	if db.count(t, "outcome WHERE outcome = 'suggested' AND person_id IS NOT NULL") != before {
		t.Error("an outcome was changed")
	}
	if _, err := db.write.Exec(`UPDATE outcome SET person_id = NULL`); err != nil {
		t.Errorf("whose it is cannot be forgotten: %v", err)
	}
}

func TestSilences(t *testing.T) {
	db := openFile(t)
	base, split := event("sync", weekly, "ann", "bob", "cid"), event("sync_R1", weekly, "ann", "bob", "cid")
	split.SplitFrom = "sync"
	ann := db.calendar(t, "ann")
	db.apply(t, ann, full(base, split, event("other", weekly, "ann", "bob")))
	s := db.offer(t, monday, newDigest("bob", "m1"))
	about := func(name, uid, id string) Digest {
		d := newDigest(name, id)
		d.Suggestions[0].UID = uid
		return d
	}
	silence := func(n ...NewSilence) {
		t.Helper()
		db.decide(t, at(0, 1), s.ID, func(c Case) (Decision, error) {
			return Decision{Answer: Answer{State: "kept"}, Lift: true, Silences: n}, nil
		})
	}
	refused := func(when time.Time, d Digest) bool {
		t.Helper()
		must(t, db.Enrol(t.Context(), d.Person))
		err := db.Offer(t.Context(), when, d)
		if err != nil && !errors.Is(err, ErrNotAsked) {
			t.Fatal(err)
		}
		return err != nil
	}
	silence(NewSilence{Until: at(20, 0), Why: "keep"})
	all, err := db.Silences(t.Context(), at(1, 0))
	if diff := gocmp.Diff([]Silence{{Person: address("bob"), UID: "sync", Organizer: address("ann"), Lineage: db.lineages(t)["sync"], Until: at(20, 0), Why: "keep"}}, all); diff != "" || err != nil {
		t.Errorf("silences: %v\n%s", err, diff)
	}
	if all, err := db.Silences(t.Context(), at(20, 0)); err != nil || len(all) != 0 {
		t.Errorf("after it has ended: %v, %v", all, err)
	}
	for _, tt := range []struct {
		what string
		d    Digest
		want bool
	}{
		{"the same meeting", about("bob", "sync", "a"), true},
		{"one split off from it", about("bob", "sync_R1", "b"), true},
		{"another meeting", about("bob", "other", "c"), false},
		{"somebody else", about("cid", "sync", "d"), false},
	} {
		if got := refused(at(0, 2), tt.d); got != tt.want {
			t.Errorf("%s is silenced: %v, want %v", tt.what, got, tt.want)
		}
	}
	silence(NewSilence{Organizer: true, Why: "never"})
	all, err = db.Silences(t.Context(), at(1000, 0))
	if diff := gocmp.Diff([]Silence{{Organizer: address("bob"), Why: "never"}}, all); diff != "" || err != nil {
		t.Errorf("an organizer's: %v\n%s", err, diff)
	}
	mine := about("dan", "any", "e")
	mine.Suggestions[0].Organizer = address("bob")
	if !refused(at(0, 3), mine) {
		t.Error("a meeting is suggested whose organizer wants none of theirs to be")
	}
	if refused(at(0, 3), about("dan", "sync", "f")) {
		t.Error("another organizer's meeting is silenced")
	}
	silence() // only lifts
	if all, err := db.Silences(t.Context(), monday); err != nil || len(all) != 0 {
		t.Errorf("after they were lifted: %v, %v", all, err)
	}
}

// TestSuggestionsOutliveCalendars erases all that was read of calendars, and reads
// it again: suggestions, silences and outcomes stay, and find their lineage.
func TestSuggestionsOutliveCalendars(t *testing.T) {
	db := openFile(t)
	connect := func(account string) int64 {
		t.Helper()
		id, err := db.Connect(t.Context(), monday, NewConnection{Kind: "google", Owner: address("ann"), Account: account, Remotes: []string{"primary"}})
		must(t, err)
		var collection int64
		must(t, db.read.QueryRow(`SELECT id FROM collection WHERE connection_id = $1`, id).Scan(&collection))
		return collection
	}
	meetings := full(event("first", nil, "ann", "bob"), event("sync", weekly, "ann", "bob"))
	db.apply(t, connect("one"), meetings)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	db.decide(t, monday, s.ID, func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "kept"}, Silences: []NewSilence{{Why: "never"}}, Outcomes: []NewOutcome{{Outcome: "never"}}}, nil
	})
	outcomes, err := db.OutcomesOf(t.Context(), address("bob"))
	must(t, err)
	again := connect("two") // another account: what was read of the first is erased
	wiped, err := db.Suggestion(t.Context(), s.ID)
	if diff := gocmp.Diff(s, wiped, cmpopts.IgnoreFields(Suggestion{}, "Lineage", "Answer")); diff != "" || err != nil || wiped.Lineage != 0 || wiped.State != "kept" {
		t.Errorf("after a wipe: lineage %d, %s, %v\n%s", wiped.Lineage, wiped.State, err, diff)
	}
	db.apply(t, again, full(event("another", nil, "ann", "bob"), event("sync", weekly, "ann", "bob")))
	silences, err := db.Silences(t.Context(), monday)
	if err != nil || len(silences) != 1 || silences[0].Lineage == 0 || silences[0].Lineage != db.lineages(t)["sync"] {
		t.Errorf("silences %v, %v, want one on lineage %d", silences, err, db.lineages(t)["sync"])
	}
	if after, err := db.OutcomesOf(t.Context(), address("bob")); err != nil || !gocmp.Equal(outcomes, after) {
		t.Errorf("outcomes: %v, %v", after, err)
	}
}

func TestSumsAndRuleStats(t *testing.T) {
	db := openFile(t)
	for i, end := range []string{"accepted", "kept", "expired", "pending", "withdrawn", "wrong"} {
		name := fmt.Sprintf("p%d", i)
		d := newDigest(name, name)
		if end == "kept" {
			d.Suggestions[0].Rules = []string{"many"}
		}
		s := db.offer(t, at(i, 0), d)
		db.decide(t, at(i, 1), s.ID, func(c Case) (Decision, error) {
			a := Answer{State: end}
			if end == "wrong" {
				a.State, a.Wrong = "kept", true
			}
			return Decision{Answer: a, Outcomes: []NewOutcome{{Outcome: end}}}, nil
		})
	}
	stats, err := db.RuleStats(t.Context(), monday)
	if diff := gocmp.Diff([]RuleStats{
		{Rule: "many", Suggested: 5, Answered: 3, Accepted: 1, Wrong: 1},
		{Rule: "words.update", Suggested: 4, Answered: 2, Accepted: 1, Wrong: 1},
	}, stats); diff != "" || err != nil {
		t.Errorf("rules: %v\n%s", err, diff)
	}
	if stats, err := db.RuleStats(t.Context(), at(6, 0)); err != nil || len(stats) != 0 {
		t.Errorf("rules of later: %v, %v", stats, err)
	}
	for _, tt := range []struct {
		name     string
		from, to time.Time
		of       []string
		want     []Sum
		people   int
	}{
		{"everybody, first two days", monday, at(2, 0), nil,
			[]Sum{{"accepted", "decline", 1, 25}, {"kept", "decline", 1, 25}, {"suggested", "decline", 2, 50}}, 2},
		{"a group", monday, lastDay, []string{"P0@acme.example", address("p5"), address("stranger")},
			[]Sum{{"accepted", "decline", 1, 25}, {"suggested", "decline", 2, 50}, {"wrong", "decline", 1, 25}}, 2},
		{"an empty group", monday, lastDay, []string{}, nil, 0},
		{"another time", lastDay, at(60, 0), nil, nil, 0},
	} {
		sums, people, err := db.Sums(t.Context(), tt.from, tt.to, tt.of)
		if diff := gocmp.Diff(tt.want, sums); diff != "" || people != tt.people || err != nil {
			t.Errorf("%s: %d people, %v\n%s", tt.name, people, err, diff)
		}
	}
	before, _, err := db.Sums(t.Context(), monday, lastDay, nil)
	must(t, err)
	must(t, db.Leave(t.Context(), at(6, 0), address("p0"), "cli"))
	after, _, err := db.Sums(t.Context(), monday, lastDay, nil)
	must(t, err)
	after = slices.DeleteFunc(after, func(s Sum) bool { return s.Outcome == "left" })
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("somebody left, and the sums changed:\n%s", diff)
	}
}

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
	db.offer(t, monday, newDigest("bob", "m1"))
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

	b := Browser{Person: address("bob"), Pressed: true, Since: monday, Until: at(90, 0)}
	must(t, db.KnowBrowser(t.Context(), secretHash("cookie"), b))
	if got, err := db.Browser(t.Context(), at(89, 0), secretHash("cookie")); err != nil || got != b {
		t.Errorf("browser %+v, %v", got, err)
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
	must(t, db.KnowBrowser(t.Context(), secretHash("one"), b))
	must(t, db.KnowBrowser(t.Context(), secretHash("two"), b))
	if n, err := db.ForgetBrowsers(t.Context(), address("bob")); err != nil || n != 2 {
		t.Errorf("revoked %d, %v", n, err)
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

// TestMailDroppedWithdraws sees that what nobody was asked after all is not kept as
// asked.
func TestMailDroppedWithdraws(t *testing.T) {
	db := openFile(t)
	s, other := db.offer(t, monday, newDigest("bob", "m1")), db.offer(t, monday, newDigest("cid", "m2"))
	must(t, db.change(t.Context(), func(tx *sql.Tx) error { return mailDropped(t.Context(), tx, at(0, 1), s.Mail, "the person is away") }))
	for id, want := range map[int64]string{s.ID: "withdrawn", other.ID: "offered"} {
		if got, err := db.Suggestion(t.Context(), id); err != nil || got.State != want {
			t.Errorf("suggestion %d is %s, %v, want %s", id, got.State, err, want)
		}
	}
}
