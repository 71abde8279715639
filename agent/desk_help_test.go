package agent

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) After(time.Duration) <-chan time.Time { return nil }

func (h *hand) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// counter is a desk on a real database, for acme.example.
type counter struct {
	testing.TB
	*Desk
	*hand
	committer *Committer
	path      string       // of the database
	log       bytes.Buffer // what desk and committer say
}

// Bob is asked on Monday morning about a meeting of Ann's on Tuesday.
var (
	asked   = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	meetsAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	weekOn  = meetsAt.AddDate(0, 0, 7)
	annAcme = "ann@acme.example"
	bobAcme = "bob@acme.example"
)

func newCounter(t testing.TB) *counter {
	t.Helper()
	path := filepath.Join(t.TempDir(), "unmeet.db")
	empty, err := emptyDatabase()
	fatal(t, err)
	fatal(t, os.WriteFile(path, empty, 0o600))
	c := newCounterAt(t, path)
	t.Cleanup(c.close)
	return c
}

// emptyDatabase is the file of a database without anything in it: making each anew
// takes longer than most tests.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "unmeet-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "unmeet.db")
	db, err := store.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// newCounterAt is newCounter on the database at path; who calls it closes it.
func newCounterAt(t testing.TB, path string) *counter {
	t.Helper()
	c := &counter{TB: t, hand: &hand{now: asked}, path: path}
	db, err := store.Open(t.Context(), c.path)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.Desk = &Desk{
		DB: db, Holds: click.DefaultHolds, PublicURL: "https://unmeet.acme.example", Clock: c.hand, Log: log,
		Mail: &mail.Writer{Sender: mail.Sender{From: mail.Address{Address: "unmeet@acme.example"}, Organization: "Acme", Contact: "it@acme.example", PublicURL: "https://unmeet.acme.example"}},
	}
	c.committer = NewCommitter(db, c.hand, log)
	return c
}

func (c *counter) close() {
	if err := c.DB.Close(); err != nil {
		c.Error(err)
	}
}

// links are the secrets of a mail's links, by what they are for.
type links map[click.Verb]string

// ask puts a suggestion to a person, and returns the links of the mail.
func (c *counter) ask(person string, kind click.Kind, start time.Time) links {
	c.Helper()
	if err := c.DB.Enrol(c.Context(), person); err != nil {
		c.Fatal(err)
	}
	shot := suggest.Snapshot{
		Kind: kind, Title: "Ops weekly", UID: "ops", Organizer: suggest.Party{Address: annAcme, Name: "Ann"}, Instance: calendars.InstanceAt(start),
		Start: start, End: start.Add(25 * time.Minute), Zone: "Europe/Berlin", Minutes: 25, People: 14, Category: rules.Informing,
		Facts: []suggest.Fact{{Kind: suggest.FactPeople, Count: 14}},
	}
	text, err := shot.Encode()
	if err != nil {
		c.Fatal(err)
	}
	closes := start
	if kind == click.KindTrial {
		closes = start.AddDate(0, 0, 21)
	}
	id := token.New() + "@acme.example"
	d := store.Digest{
		Person: person,
		Suggestions: []store.NewSuggestion{{
			UID: shot.UID, Organizer: annAcme, Instance: shot.Instance, Kind: string(kind), Recurring: true, Minutes: 20, Category: "informing",
			Starts: start, Expires: start, Closes: closes, SubjectHash: "subject", RulesHash: "rules", Rules: []string{"many"}, Snapshot: text,
		}},
	}
	all := links{}
	var words strings.Builder
	for _, verb := range []click.Verb{kind.Accept(), click.Keep, click.Wrong, click.Other, click.Unsubscribe} {
		secret := token.New()
		all[verb] = secret
		words.WriteString(token.Link(c.PublicURL, secret) + "\r\n")
		n := store.NewToken{Hash: token.Hash(secret), Verb: string(verb), Expires: closes}
		if verb == click.Unsubscribe {
			n.Suggestion, n.Expires = -1, time.Time{}
		}
		d.Tokens = append(d.Tokens, n)
	}
	d.Mail = store.NewMail{MessageID: id, Person: person, Kind: "digest", From: "unmeet@acme.example", To: person, MIME: []byte(words.String()), Deadline: start}
	if err := c.DB.Offer(c.Context(), c.Now(), d); err != nil {
		c.Fatal(err)
	}
	return all
}

// press answers by a button of an unknown browser.
func (c *counter) press(link string, verb click.Verb) web.Slip {
	c.Helper()
	return c.answer(link, web.Answer{Choice: click.Choice{Verb: verb}})
}

func (c *counter) answer(link string, a web.Answer) web.Slip {
	c.Helper()
	slip, err := c.Answer(c.Context(), link, a)
	if err != nil {
		c.Fatalf("%s: %v", a.Verb, err)
	}
	return slip
}

// look returns what a link's suggestion is at.
func (c *counter) look(link string) web.Slip {
	c.Helper()
	slip, err := c.Look(c.Context(), link)
	if err != nil {
		c.Fatal(err)
	}
	return slip
}

// commit ends the holds that are over.
func (c *counter) commit() {
	c.Helper()
	if _, err := c.committer.Pass(c.Context()); err != nil {
		c.Fatal(err)
	}
}

// said is what was recorded of a person, "suggested pressed", without the ways.
func (c *counter) said(person string) string {
	c.Helper()
	all, err := c.DB.OutcomesOf(c.Context(), person)
	if err != nil {
		c.Fatal(err)
	}
	var words []string
	for _, o := range all {
		words = append(words, o.Outcome)
	}
	return strings.Join(words, " ")
}

// receipts returns the receipts on their way.
func (c *counter) receipts() (all []store.Mail) {
	c.Helper()
	mails, err := c.DB.Mails(c.Context(), store.MailQueued, 100)
	if err != nil {
		c.Fatal(err)
	}
	for _, m := range mails {
		if m.Kind == string(mail.Receipt) {
			all = append(all, m)
		}
	}
	return all
}

// recognized makes a browser known as by connecting, and returns its cookie.
func (c *counter) recognized(person string) string {
	c.Helper()
	cookie, err := c.Recognize(context.Background(), person)
	if err != nil {
		c.Fatal(err)
	}
	return cookie
}
