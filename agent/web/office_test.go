package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/secret"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/rules"
	"unmeet/store"
)

const (
	public = "https://unmeet.acme.example"
	ann    = "ann.berg@acme.example"
	bob    = "bob@acme.example"
	boss   = "boss@acme.example" // who may see the organization's page, and is in no calendar
)

// morning is when the mails of an office are read: Monday, 10:00 in Berlin.
var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// office is an organization whose people get mails with links: the real desk on a
// real database.
type office struct {
	t      *testing.T
	db     *store.DB
	desk   *agent.Desk
	commit *agent.Committer
	home   *agent.Home
	keep   web.Keeper
	folder string
	public string
	site   *web.Site

	mu    sync.Mutex
	at    time.Time
	log   bytes.Buffer
	mails int
}

// Now implements [agent.Clock].
func (o *office) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

// After implements [agent.Clock].
func (o *office) After(time.Duration) <-chan time.Time { return nil }

// pass lets time go by, and holds end.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	o.mu.Lock()
	o.at = o.at.Add(d)
	o.mu.Unlock()
	if _, err := o.commit.Pass(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// Write implements [io.Writer] for the log.
func (o *office) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(p)
}

func (o *office) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(o, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (o *office) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
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

func newOffice(t *testing.T, address string) *office {
	t.Helper()
	o := &office{t: t, at: morning, folder: t.TempDir(), public: address}
	empty, err := emptyDatabase()
	if err == nil {
		err = os.WriteFile(filepath.Join(o.folder, "unmeet.db"), empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.db, err = store.Open(t.Context(), filepath.Join(o.folder, "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.db.Close() })
	err = o.db.SetOrganization(t.Context(), store.Organization{Name: "Acme", Domains: []string{"acme.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{ann, bob} {
		if err := o.db.Enrol(t.Context(), person); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(o.folder, "unmeet.key")
	if _, err := secret.New(key); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.Load(key)
	if err != nil {
		t.Fatal(err)
	}
	log := o.logger()
	o.desk = &agent.Desk{
		DB: o.db, Holds: click.DefaultHolds, Clock: o, Log: log,
		Mail: &mail.Writer{Sender: mail.Sender{
			From: mail.Address{Name: "unmeet", Address: "unmeet@acme.example"}, Organization: "Acme", Contact: "it@acme.example", PublicURL: address,
		}},
		PublicURL: address,
	}
	o.commit = agent.NewCommitter(o.db, o, log)
	o.keep = web.Keeper{DB: o.db, Keys: keys, Now: o.Now}
	o.home = &agent.Home{Desk: o.desk, Engine: rules.Default(), Thinks: &agent.Digester{DB: o.db, Clock: o}, Zone: time.UTC, Links: true, Shown: []string{boss}}
	o.home.Thinks.Set(agent.Asking{Policy: suggest.Standard(), Zone: time.UTC, Group: func(string) agent.Group { return agent.Group{} }}, rules.Default())
	o.site, err = web.New(web.Options{
		Public: address, About: web.About{Organization: "Acme", Contact: "it@acme.example"},
		Services: []web.Service{acme{}}, Keep: o.keep, Desk: o.desk, Door: o.home, Home: o.home, Organization: theOrganization, Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// theOrganization is the page of the organization.
func theOrganization(context.Context) (web.Document, error) {
	return web.Document{HTML: []byte("<!DOCTYPE html><title>sums</title>"), Policy: "default-src 'none'"}, nil
}

// acme is a calendar service whose people are all Ann.
type acme struct{}

func (acme) Name() string { return "Acme" }

func (acme) Leave(web.Wish) (web.Leaving, error) {
	return web.Leaving{URL: "https://login.acme.example/", State: "the-state"}, nil
}

func (acme) Return(context.Context, []byte, string) (web.Grant, error) {
	return web.Grant{Address: ann, Account: "1", Secret: "refresh"}, nil
}

func (acme) Refused(string) error { return &web.Refusal{Reason: web.Declined} }

// asked is a suggestion that lies in somebody's mailbox.
type asked struct {
	o       *office
	person  string
	links   map[click.Verb]string // tokens
	id      int64
	meeting suggest.Snapshot
}

// weekly is what a suggestion about a weekly meeting shows: one of the same for
// each kind.
func weekly(kind click.Kind, title string) suggest.Snapshot {
	start := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	s := suggest.Snapshot{
		Kind: suggest.Kind(kind), Title: title, UID: title + "@acme.example", Organizer: suggest.Party{Address: "ana@acme.example", Name: "Ana Silva"},
		Instance: "20261124T090000Z", Start: start, End: start.Add(25 * time.Minute), Zone: "Europe/Berlin", Minutes: 25, People: 14,
		Cadence:     suggest.Cadence{Unit: suggest.Week, Every: 1, Times: 1},
		Occurrences: []suggest.Time{{Start: start, End: start.Add(25 * time.Minute)}},
		Facts:       []suggest.Fact{{Kind: suggest.FactWords, Quote: "status round"}, {Kind: suggest.FactCadence}, {Kind: suggest.FactPeople, Count: 14}},
		Category:    rules.Informing, Tasks: []rules.Category{rules.Informing, rules.DecisionMaking},
		Form: suggest.Form{Name: "shared document", Why: "an update to 14 people"},
		Note: "Skipping Tuesday's to read it instead; your usual notes are enough. If you need me for a decision, ping me and I'll join.",
		Link: "https://calendar.acme.example/event/1",
	}
	switch kind {
	case click.KindDecline:
		s.Facts = append(s.Facts[:1], suggest.Fact{Kind: suggest.FactOptional}, s.Facts[1])
	case click.KindTrial:
		s.Note, s.Organizer = "", suggest.Party{Address: ann, Name: "Ann Berg"}
		for week := 1; week < 3; week++ {
			at := start.AddDate(0, 0, 7*week)
			s.Occurrences = append(s.Occurrences, suggest.Time{Start: at, End: at.Add(25 * time.Minute)})
		}
	default:
		s.Note, s.Shorter, s.Organizer = "", 15, suggest.Party{Address: ann, Name: "Ann Berg"}
		s.Facts = append(s.Facts[:2], suggest.Fact{Kind: suggest.FactMix})
	}
	return s
}

// ask puts a suggestion to a person, and has a link for every answer.
func (o *office) ask(person string, s suggest.Snapshot) *asked {
	o.t.Helper()
	text, err := s.Encode()
	if err != nil {
		o.t.Fatal(err)
	}
	now := o.Now()
	closes := s.Occurrences[len(s.Occurrences)-1].Start
	d := store.Digest{Person: person, Suggestions: []store.NewSuggestion{{
		UID: s.UID, Organizer: s.Organizer.Address, Instance: s.Instance, Kind: string(s.Kind), Recurring: s.Cadence.Unit != suggest.Once,
		Minutes: s.Minutes, Category: s.Category.String(), Starts: s.Start, Expires: s.Start, Closes: closes, Snapshot: text, Rules: []string{"status"},
	}}}
	a := &asked{o: o, person: person, links: map[click.Verb]string{}, meeting: s}
	for _, verb := range []click.Verb{click.Kind(s.Kind).Accept(), click.Keep, click.Wrong, click.Never, click.Undo, click.Other, click.Unsubscribe} {
		secret := token.New()
		t := store.NewToken{Hash: token.Hash(secret), Verb: string(verb), Expires: closes}
		if verb == click.Unsubscribe {
			t.Suggestion, t.Expires = -1, time.Time{}
		}
		a.links[verb], d.Tokens = secret, append(d.Tokens, t)
	}
	o.mails++
	d.Mail = store.NewMail{
		MessageID: fmt.Sprintf("%d@acme.example", o.mails), Person: person, Kind: "digest", From: "unmeet@acme.example", To: person,
		MIME: []byte("Subject: a test\r\n\r\n"), Deadline: closes,
	}
	if err := o.db.Offer(o.t.Context(), now, d); err != nil {
		o.t.Fatal(err)
	}
	all, err := o.db.SuggestionsTo(o.t.Context(), person)
	if err != nil {
		o.t.Fatal(err)
	}
	a.id = all[len(all)-1].ID
	return a
}

// path is where a link leads.
func (a *asked) path(verb click.Verb) string {
	if verb == click.Unsubscribe {
		return "/u/" + a.links[verb]
	}
	return "/a/" + a.links[verb]
}

// now returns how far the suggestion has come.
func (a *asked) now() store.Suggestion {
	a.o.t.Helper()
	s, err := a.o.db.Suggestion(a.o.t.Context(), a.id)
	if err != nil {
		a.o.t.Fatal(err)
	}
	return s
}

// is checks how far the suggestion has come, and by which answer.
func (a *asked) is(state click.State, choice click.Verb) {
	a.o.t.Helper()
	if s := a.now(); s.State != string(state) || s.Choice != string(choice) {
		a.o.t.Errorf("it is %s by %q, want %s by %q", s.State, s.Choice, state, choice)
	}
}

// outcomes returns what came of the suggestion, in order, without "suggested".
func (a *asked) outcomes() (all []string) {
	a.o.t.Helper()
	found, err := a.o.db.OutcomesOf(a.o.t.Context(), a.person)
	if err != nil {
		a.o.t.Fatal(err)
	}
	for _, f := range found {
		if f.Suggestion == a.id && f.Outcome != string(click.WasSuggested) {
			all = append(all, f.Outcome)
		}
	}
	return all
}

// came checks what came of the suggestion.
func (a *asked) came(want ...click.Outcome) {
	a.o.t.Helper()
	var names []string
	for _, w := range want {
		names = append(names, string(w))
	}
	if got := a.outcomes(); !slices.Equal(got, names) {
		a.o.t.Errorf("outcomes %q, want %q", got, names)
	}
}

// via returns by which way the last outcome came.
func (a *asked) via() string {
	a.o.t.Helper()
	found, err := a.o.db.OutcomesOf(a.o.t.Context(), a.person)
	if err != nil || len(found) == 0 {
		a.o.t.Fatal(len(found), err)
	}
	return found[len(found)-1].Via
}

// visits returns how often a link was got, by how.
func (a *asked) visits(verb click.Verb) map[string]int {
	a.o.t.Helper()
	counts, err := a.o.db.Visits(a.o.t.Context(), token.Hash(a.links[verb]))
	if err != nil {
		a.o.t.Fatal(err)
	}
	return counts
}

// receipt returns the last receipt that is queued, "" if there is none.
func (o *office) receipt() string {
	o.t.Helper()
	queued, err := o.db.Mails(o.t.Context(), store.MailQueued, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range queued { // the newest first
		if m.Kind == "receipt" {
			return string(m.MIME)
		}
	}
	return ""
}

// receipts returns how many receipts are queued.
func (o *office) receipts() (n int) {
	o.t.Helper()
	queued, err := o.db.Mails(o.t.Context(), store.MailQueued, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range queued {
		if m.Kind == "receipt" {
			n++
		}
	}
	return n
}

// withdraw takes a suggestion back, as happens when its mail is not sent after all.
func (o *office) withdraw(a *asked) {
	o.t.Helper()
	taken, err := o.db.TakeMail(o.t.Context(), o.Now(), "a test", time.Second, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, m := range taken {
		if m.ID == a.now().Mail {
			if err := o.db.MailDropped(o.t.Context(), m, o.Now(), "the meeting moved"); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	a.is(click.Withdrawn, "")
}

// browser is somebody's browser without script: cookies, and what it saw last.
type browser struct {
	o      *office
	jar    http.CookieJar
	status int
	header http.Header
	page   string
	path   string // of the page, with its query
}

func (o *office) browser() *browser {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &browser{o: o, jar: jar}
}

// send makes one request, without following where it leads.
func (b *browser) send(r *http.Request) *http.Response {
	b.o.t.Helper()
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.o.site.ServeHTTP(rec, r)
	resp := rec.Result()
	b.jar.SetCookies(r.URL, resp.Cookies())
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.o.t.Fatal(err)
	}
	b.status, b.header, b.page, b.path = resp.StatusCode, resp.Header, string(text), r.URL.RequestURI()
	return resp
}

// open gets a page.
func (b *browser) open(path string) *browser {
	b.o.t.Helper()
	b.send(httptest.NewRequest(http.MethodGet, b.o.public+path, nil))
	return b
}

// post sends a form as the page's own, and follows where it leads.
func (b *browser) post(path string, fields ...string) *browser {
	b.o.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, b.o.public+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.send(r)
	if to := b.header.Get("Location"); to != "" {
		b.open(to)
	}
	return b
}

// press opens a page and presses one of its buttons; it fails if there is none.
func (b *browser) press(path, do string) *browser {
	b.o.t.Helper()
	b.open(path)
	if !strings.Contains(b.page, `name="do" value="`+do+`"`) {
		b.o.t.Fatalf("no button %q at %s:\n%s", do, path, b.page)
	}
	return b.post(path, "do", do)
}

// sees checks the status, the heading and other words of the page.
func (b *browser) sees(status int, heading string, more ...string) {
	b.o.t.Helper()
	page := strings.NewReplacer("\u2068", "", "\u2069", "", "\u2060", "", "&#39;", "'").Replace(b.page)
	if b.status != status || !strings.Contains(page, "<h1>"+heading+"</h1>") {
		b.o.t.Errorf("%d, want %d and %q:\n%s", b.status, status, heading, page)
		return
	}
	for _, words := range more {
		if !strings.Contains(page, words) {
			b.o.t.Errorf("the page does not say %q:\n%s", words, page)
		}
	}
}

// known makes the browser known as a person's.
func (b *browser) known(person string) *browser {
	b.o.t.Helper()
	cookie, err := b.o.desk.Recognize(context.Background(), person)
	if err != nil {
		b.o.t.Fatal(err)
	}
	u, err := url.Parse(b.o.public)
	if err != nil {
		b.o.t.Fatal(err)
	}
	name := "__Host-unmeet-known"
	if u.Scheme == "http" {
		name = "unmeet-known"
	}
	b.jar.SetCookies(u, []*http.Cookie{{Name: name, Value: cookie, Path: "/", Secure: u.Scheme == "https"}})
	return b
}

// auto reports whether the page would answer by itself.
func (b *browser) auto() bool {
	return strings.Contains(b.page, "data-auto") && strings.Contains(b.page, "<script")
}

// dump is everything that the database has on disk and in it.
func (o *office) dump() string {
	o.t.Helper()
	var all strings.Builder
	for _, s := range []string{ann, bob} {
		suggestions, err := o.db.SuggestionsTo(o.t.Context(), s)
		if err != nil {
			o.t.Fatal(err)
		}
		text, err := json.Marshal(suggestions)
		if err != nil {
			o.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
