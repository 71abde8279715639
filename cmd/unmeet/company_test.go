package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent/secret"
	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
	"unmeet/store"
)

// companyNow is a Wednesday.
var companyNow = time.Date(2026, 11, 18, 9, 30, 0, 0, time.UTC)

// company is an organization whose calendars a fake Google holds, and the folder
// that unmeet is run in for it.
type company struct {
	testing.TB
	*calendartest.World
	google *calendartest.Google
	clock  *calendartest.Clock
	folder string
	config string           // path
	now    func() time.Time // of the fake
	log    *lockedBuffer
	secret []string // refresh tokens
}

const companyClient = "unmeet.apps.example"

// newCompany opens a company without people. With real, its time is the present.
func newCompany(t testing.TB, real bool) *company {
	t.Helper()
	o := &company{TB: t, clock: calendartest.NewClock(companyNow), folder: t.TempDir(), log: &lockedBuffer{}}
	if o.now = o.clock.Now; real {
		o.now = time.Now
	}
	o.World = calendartest.NewWorld(o.now)
	o.google = calendartest.StartGoogle(t, o.World)
	o.google.AddClient(calendartest.OAuthClient{ID: companyClient, Secret: "a client's secret", Desktop: true})
	o.config = filepath.Join(o.folder, "unmeet.toml")
	o.write("client-secret", "a client's secret\n")
	o.write("unmeet.toml", fmt.Sprintf(`
[organization]
domains = ["acme.example"]
[web]
listen = "127.0.0.1:0"
[google]
client_id = %q
client_secret_file = "client-secret"
endpoint = %q
`, companyClient, o.google.URL))
	return o
}

func (o *company) write(name, text string) {
	o.Helper()
	if err := os.WriteFile(filepath.Join(o.folder, name), []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
}

func (o *company) read(name string) string {
	o.Helper()
	text, err := os.ReadFile(filepath.Join(o.folder, name))
	if err != nil {
		o.Fatal(err)
	}
	return string(text)
}

// hire adds people p0 to pn, each with a weekly series that the next two attend.
func (o *company) hire(n int) (people []string) {
	for i := range n {
		people = append(people, fmt.Sprintf("p%d@acme.example", i))
		o.AddPerson(calendartest.Person{Address: people[i], Zone: "Europe/Berlin"})
	}
	for i := range people {
		start := o.now().AddDate(0, 0, -30).Truncate(24 * time.Hour).Add(time.Duration(i%40) * 15 * time.Minute)
		o.Create(calendartest.Event{
			Organizer: people[i], Title: fmt.Sprint("Weekly status ", i), Body: fmt.Sprintf("Agenda: a status update of team %d, private words", i),
			Start: start, End: start.Add(30 * time.Minute), Zone: "Europe/Berlin", Recurrence: []string{"RRULE:FREQ=WEEKLY"},
			Guests: []calendartest.Guest{
				{Address: people[i], Answer: calendars.Accepted}, {Address: people[(i+1)%n]}, {Address: people[(i+2)%n], Answer: calendars.Accepted},
			},
		})
	}
	return people
}

// connect connects people as the pages do, due at once.
func (o *company) connect(people ...string) {
	o.Helper()
	for _, who := range people {
		o.connectWith(who, "id of "+who, readScope)
	}
}

// connectWith connects somebody who granted scopes for an account, "" if that is not
// known.
func (o *company) connectWith(who, account string, scopes ...string) {
	o.Helper()
	db := o.database()
	defer db.Close()
	path := filepath.Join(o.folder, "unmeet.key")
	if _, err := os.Stat(path); err != nil {
		if _, err := secret.New(path); err != nil {
			o.Fatal(err)
		}
	}
	keys, err := secret.Load(path)
	if err != nil {
		o.Fatal(err)
	}
	if err := db.SetOrganization(o.Context(), store.Organization{Domains: []string{"acme.example"}}); err != nil {
		o.Fatal(err)
	}
	token := o.google.RefreshToken(who, companyClient, scopes...)
	o.secret = append(o.secret, token)
	_, err = db.Connect(o.Context(), o.now(), store.NewConnection{
		Kind: googleKind, Owner: who, Account: account, Via: store.ByGrant, Scopes: scopes, Remotes: []string{googleRemote},
		Seal: func(connection int64) ([]byte, string, error) {
			return keys.Seal([]byte(token), connection, secret.RefreshToken)
		},
	})
	if err != nil {
		o.Fatal(err)
	}
}

func (o *company) database() *store.DB {
	o.Helper()
	db, err := store.Open(o.Context(), filepath.Join(o.folder, "unmeet.db"))
	if err != nil {
		o.Fatal(err)
	}
	return db
}

// app is the program as run by run, on the company's clock.
func (o *company) app(stdout, stderr *bytes.Buffer) *app {
	return &app{
		ctx: o.Context(), stdin: strings.NewReader(""), stdout: stdout, stderr: stderr,
		getenv: func(string) string { return "" }, now: o.clock.Now, config: o.config,
	}
}

// syncing is what sync and run work with, on a clock that takes no time.
func (o *company) syncing() *syncing {
	o.Helper()
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		o.Fatal(err)
	}
	s, err := a.startSyncing(c, slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { s.Close() })
	s.sources.transport.Clock = hurried{o.clock}
	s.sources.limits = google.NewLimits(hurried{o.clock})
	s.agent.Clock = standing{o.clock}
	return s
}

// command runs the program, which must exit with code.
func (o *company) command(code int, args ...string) (stdout, stderr string) {
	o.Helper()
	var out, errs bytes.Buffer
	if got := run(o.Context(), append([]string{"--config", o.config}, args...), strings.NewReader(""), &out, &errs); got != code {
		o.Fatalf("unmeet %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

// hurried is a clock whose waits take no time.
type hurried struct{ *calendartest.Clock }

func (h hurried) Sleep(ctx context.Context, d time.Duration) error {
	h.Advance(d)
	return ctx.Err()
}

// standing is the agent's view of a clock that tests move.
type standing struct{ *calendartest.Clock }

func (s standing) After(d time.Duration) <-chan time.Time {
	s.Advance(d)
	now := make(chan time.Time, 1)
	now <- s.Now()
	return now
}

// lockedBuffer is a log that many write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// heldMeeting is an occurrence in the words that store and world share.
type heldMeeting struct {
	Title, Organizer string
	Instance         calendars.Instance
	Start, End       string
	Heads, People    int
}

func (m heldMeeting) compare(n heldMeeting) int {
	return cmp.Or(cmp.Compare(m.Start, n.Start), cmp.Compare(m.Title, n.Title), cmp.Compare(m.Organizer, n.Organizer), cmp.Compare(m.Instance, n.Instance))
}

// truth is what the calendars of people show between from and to.
func (o *company) truth(people []string, from, to time.Time) []heldMeeting {
	all := map[heldMeeting]bool{}
	for _, who := range people {
		for _, occ := range o.Window(who, from, to) {
			m := heldMeeting{occ.Title, occ.Organizer, occ.Instance, occ.Start.UTC().Format(time.RFC3339), occ.End.UTC().Format(time.RFC3339), occ.Heads, 0}
			for address, answer := range occ.Guests {
				if strings.HasSuffix(address, "@acme.example") && answer != calendars.Declined {
					m.People++
				}
			}
			if !occ.AllDay && m.People > 0 && m.Heads > 1 {
				all[m] = true
			}
		}
	}
	var sorted []heldMeeting
	for m := range all {
		sorted = append(sorted, m)
	}
	slices.SortFunc(sorted, heldMeeting.compare)
	return sorted
}

// stored is the same as the database has it.
func (o *company) stored(db *store.DB, from, to time.Time) []heldMeeting {
	o.Helper()
	var all []heldMeeting
	for occ, err := range db.Occurrences(o.Context(), from, to) {
		if err != nil {
			o.Fatal(err)
		}
		all = append(all, heldMeeting{
			occ.Title, occ.Organizer, occ.Instance, occ.Start.Format(time.RFC3339), occ.End.Format(time.RFC3339), occ.Heads, occ.People,
		})
	}
	slices.SortFunc(all, heldMeeting.compare)
	return all
}

// check holds what is stored against the calendars, ten weeks around now.
func (o *company) check(db *store.DB, people []string) {
	o.Helper()
	now := o.now().UTC().Truncate(24 * time.Hour)
	from, to := now.AddDate(0, 0, -60), now.AddDate(0, 0, 40)
	want, got := o.truth(people, from, to), o.stored(db, from, to)
	if len(want) == 0 {
		o.Fatal("the calendars are empty")
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		o.Fatalf("the store differs from the calendars (-calendars +store):\n%.5000s", diff)
	}
}
