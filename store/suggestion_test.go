package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
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
	d := newDigest("bob", "m0")
	d.Suggestions[0].UID = "another"
	other := db.offer(t, monday, d)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	must(t, db.KnowBrowser(t.Context(), secretHash("this"), Browser{Person: address("bob"), Suggestion: s.ID, Since: monday, Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("old"), Browser{Person: address("bob"), Suggestion: other.ID, Since: monday, Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("new"), Browser{Person: address("bob"), Suggestion: other.ID, Since: at(0, 1), Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("connected"), Browser{Person: address("bob"), Since: at(0, 1), Until: lastDay}))
	must(t, db.KnowBrowser(t.Context(), secretHash("another's"), Browser{Person: address("bob"), Since: at(0, 1), Until: lastDay}))

	answer := Answer{
		State: "pending", Choice: "decline", Scope: "onward", Note: "ping me", Visitor: "laptop", Known: true, PressedAt: at(0, 1), CommitAt: at(0, 2), Epoch: 3,
		Wrong: true, Said: "creating", Never: true, StrayVerb: "keep", StrayScope: "this", StrayAt: at(0, 3), Stood: "{}", VoidedAt: at(0, 4),
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
	for cookie, want := range map[string]error{"old": nil, "this": ErrNoBrowser, "new": ErrNoBrowser, "connected": nil} {
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
