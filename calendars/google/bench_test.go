package google

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// now is when the tests begin: a Monday noon.
var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// patience is a clock that does not take the time it waits for, and keeps a
// record of it.
type patience struct {
	*calendartest.Clock
	mu    sync.Mutex
	waits []time.Duration
}

func (p *patience) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	p.waits = append(p.waits, d)
	p.mu.Unlock()
	p.Advance(d)
	return nil
}

// slept returns the waits so far and forgets them.
func (p *patience) slept() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.waits
	p.waits = nil
	return w
}

// vault keeps a refresh token in memory.
type vault struct {
	mu     sync.Mutex
	token  string
	writes int
	fail   error  // of the next write
	read   func() // runs before each read
}

func (v *vault) Refresh(context.Context) (string, error) {
	if v.read != nil {
		v.read()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.token, nil
}

func (v *vault) Rotate(ctx context.Context, old, next string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.fail; err != nil {
		v.fail = nil
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if v.token != old {
		return fmt.Errorf("the stored token is another one")
	}
	v.token = next
	v.writes++
	return nil
}

func (v *vault) put(token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token = token
}

func (v *vault) stored() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.token
}

// bench is a fake Google with two people, and a source for each.
type bench struct {
	*calendartest.Google
	t     testing.TB
	clock *patience
	url   string
}

const (
	ann = "ann@acme.example"
	bob = "bob@acme.example"
	cat = "cat@acme.example"
)

func newBench(t testing.TB) *bench {
	t.Helper()
	clock := &patience{Clock: calendartest.NewClock(now)}
	w := calendartest.NewWorld(clock.Now)
	w.AddPerson(calendartest.Person{Address: ann, Name: "Ann", Zone: "Europe/Berlin", Aliases: []string{"ann.k@acme.example"}})
	w.AddPerson(calendartest.Person{Address: bob, Name: "Bob", Zone: "America/New_York"})
	w.AddPerson(calendartest.Person{Address: cat, Name: "Cat"})
	return serve(t, w, clock)
}

// serve runs a fake Google for the people of w.
func serve(t testing.TB, w *calendartest.World, clock *patience) *bench {
	t.Helper()
	g := calendartest.StartGoogle(t, w)
	g.AddClient(calendartest.OAuthClient{ID: clientID, Secret: clientSecret, Redirects: []string{callback}})
	return &bench{Google: g, t: t, clock: clock, url: g.URL}
}

func (b *bench) transport() Transport { return Transport{Clock: b.clock, Timeout: 20 * time.Second} }

// The OAuth client of the tests.
const (
	clientID     = "client.apps.example"
	clientSecret = "GOCSPX-the-secret"
	callback     = "https://unmeet.acme.example/callback"
)

func (b *bench) oauth() *OAuth {
	b.t.Helper()
	o, err := NewOAuth(OAuthConfig{
		ClientID: clientID, ClientSecret: clientSecret, Domains: []string{"acme.example"},
		Endpoints: EndpointsAt(b.Google.URL), Transport: b.transport(),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// grant is a person's token source, as if they had connected.
func (b *bench) grant(person string, scopes ...string) (*Grant, *vault) {
	if scopes == nil {
		scopes = []string{ReadEvents}
	}
	v := &vault{token: b.RefreshToken(person, clientID, scopes...)}
	return b.oauth().Grant(v), v
}

func (b *bench) options(person string) Options {
	tokens, _ := b.grant(person)
	return Options{
		Person: person, Tokens: tokens,
		Endpoints: EndpointsAt(b.url), Transport: b.transport(),
	}
}

func (b *bench) source(person string) *Source {
	b.t.Helper()
	s, err := New(b.options(person))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// writer is the source of somebody who allowed writing, too.
func (b *bench) writer(person string) *Source {
	b.t.Helper()
	o := b.options(person)
	o.Tokens, _ = b.grant(person, WriteEvents)
	s, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// span is the window that the tests ask for: six weeks, from two weeks ago.
func span() calendars.Collection {
	day := now.Truncate(24 * time.Hour)
	return calendars.Collection{From: day.AddDate(0, 0, -14), To: day.AddDate(0, 0, 28)}
}

// pull pulls the primary calendar, and fails the test on an error.
func (b *bench) pull(s *Source, cursor string) calendars.Delta {
	b.t.Helper()
	d, err := s.Pull(context.Background(), span(), cursor)
	if err != nil {
		b.t.Fatalf("pull: %v", err)
	}
	return d
}

// calls returns how many calls to the Calendar API were made since it was last
// asked, and with it which.
func (b *bench) calls() []calendartest.Request {
	defer b.Forget()
	return b.Requests(func(r calendartest.Request) bool { return strings.HasPrefix(r.Path, "/calendar/") })
}

func (b *bench) wantCalls(n int) {
	b.t.Helper()
	if got := b.calls(); len(got) != n {
		for _, r := range got {
			b.t.Logf("%s %s?%s %d", r.Method, r.Path, r.Query.Encode(), r.Status)
		}
		b.t.Errorf("%d calls, want %d", len(got), n)
	}
}

// meddle puts a server in front of the fake that changes its answers.
func (b *bench) meddle(change func(r *http.Request, answer map[string]any)) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		rec := httptest.NewRecorder()
		b.Google.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		var answer map[string]any
		if json.Unmarshal(body, &answer) == nil {
			change(r, answer)
			body, _ = json.Marshal(answer)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}))
	b.t.Cleanup(s.Close)
	b.url = s.URL
}

// items are the events of an answer to a list.
func items(answer map[string]any) []map[string]any {
	list, _ := answer["items"].([]any)
	var events []map[string]any
	for _, it := range list {
		events = append(events, it.(map[string]any))
	}
	return events
}

// mirror is what a store makes of deltas.
type mirror map[calendars.RemoteID][]calendars.Copy

func (m mirror) apply(d calendars.Delta) {
	if d.Full {
		clear(m)
	}
	for _, id := range d.Gone {
		delete(m, id)
	}
	fresh := map[calendars.RemoteID]bool{}
	for _, c := range d.Copies {
		if !fresh[c.Remote] {
			m[c.Remote], fresh[c.Remote] = nil, true
		}
		m[c.Remote] = append(m[c.Remote], c)
	}
}

// sight is one occurrence, as a line to compare.
type sight struct {
	UID        string
	Instance   calendars.Instance
	Start, End string
	Title      string
	Busy       bool
	HeadsKnown bool
	Heads      int
}

// sights are the occurrences of a mirror that overlap the window.
func (m mirror) sights(at calendars.Collection) []sight {
	var all []sight
	for _, copies := range m {
		for _, c := range copies {
			if !c.Series() {
				all = append(all, sightOf(c, c.Instance, c.Start, c.End))
			}
			for _, s := range c.Spans {
				all = append(all, sightOf(c, s.Instance, s.Start, s.End))
			}
		}
	}
	slices.SortFunc(all, func(a, b sight) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Instance, b.Instance))
	})
	return all
}

func sightOf(c calendars.Copy, i calendars.Instance, start, end time.Time) sight {
	s := sight{
		UID: c.UID, Instance: i, Title: c.Title, Busy: c.Busy, HeadsKnown: c.HeadsKnown,
		Start: start.UTC().Format(time.RFC3339), End: end.UTC().Format(time.RFC3339),
	}
	for _, p := range c.People {
		if p.Kind == calendars.Individual {
			s.Heads += 1 + p.Guests
		}
	}
	return s
}

// truth is what the fake says that the mirror should hold.
func (b *bench) truth(calendar string, at calendars.Collection) []sight {
	var all []sight
	for _, o := range b.Window(calendar, at.From, at.To) {
		s := sight{
			UID: o.UID, Instance: o.Instance, Title: o.Title, Busy: !o.Free, HeadsKnown: o.HeadsKnown, Heads: o.Heads,
			Start: o.Start.UTC().Format(time.RFC3339), End: o.End.UTC().Format(time.RFC3339),
		}
		if o.Visibility == "private" || o.Visibility == "confidential" {
			s.Title = ""
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b sight) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Instance, b.Instance))
	})
	return all
}

// follower keeps a mirror of one person's primary calendar.
type follower struct {
	*bench
	source *Source
	person string
	mirror mirror
	cursor string
	last   calendars.Delta
}

func (b *bench) follow(person string) *follower {
	return &follower{bench: b, source: b.source(person), person: person, mirror: mirror{}}
}

// sync pulls, and compares with the truth.
func (f *follower) sync() calendars.Delta {
	f.t.Helper()
	f.last = f.pull(f.source, f.cursor)
	f.cursor = f.last.Cursor
	f.mirror.apply(f.last)
	if diff := gocmp.Diff(f.truth(f.person, span()), f.mirror.sights(span())); diff != "" {
		f.t.Fatalf("the mirror differs from the calendar (-calendar +mirror):\n%s", diff)
	}
	return f.last
}

// copies returns the copies of a delta by "title/instance".
func named(d calendars.Delta) map[string]calendars.Copy {
	m := map[string]calendars.Copy{}
	for _, c := range d.Copies {
		m[fmt.Sprintf("%s/%s", c.Title, c.Instance)] = c
	}
	return m
}

// one returns the only copy of a delta.
func (b *bench) one(d calendars.Delta) calendars.Copy {
	b.t.Helper()
	if len(d.Copies) != 1 {
		b.t.Fatalf("%d copies, want one: %v", len(d.Copies), slices.Collect(maps.Keys(named(d))))
	}
	return d.Copies[0]
}

// meeting is a one-off of an hour, invited to by ann.
func meeting(title string, start time.Time, guests ...string) calendartest.Event {
	ev := calendartest.Event{Organizer: ann, Title: title, Start: start, End: start.Add(time.Hour), Zone: "Europe/Berlin"}
	for _, g := range guests {
		ev.Guests = append(ev.Guests, calendartest.Guest{Address: g})
	}
	return ev
}

// weekly is a series that began eight weeks ago.
func weekly(title string, guests ...string) calendartest.Event {
	ev := meeting(title, now.AddDate(0, 0, -56), guests...)
	ev.Recurrence = []string{"RRULE:FREQ=WEEKLY"}
	return ev
}

// week returns when the instance of weekly takes place that is n weeks from now,
// at the same time of the day in its zone.
func week(n int) time.Time { return now.In(berlin).AddDate(0, 0, 7*n).UTC() }

var berlin = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return loc
}()
