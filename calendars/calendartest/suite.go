package calendartest

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/store"
)

// Puller is a source, as the agent knows it.
type Puller interface {
	Pull(ctx context.Context, c calendars.Collection, cursor string) (calendars.Delta, error)
}

// Fixture tells [TestSource] how to set up one kind of source.
type Fixture struct {
	Kind string // of the connection: "ics", "google", "caldav"
	// Open returns a source that reads owner's calendar in w, where it is as late
	// as clock says.
	Open func(t *testing.T, w *World, clock *Clock, owner string) Backend
}

// Backend is a source under test, and the place it reads from. What a backend
// cannot do is nil; tests of it are skipped.
type Backend struct {
	Source Puller
	Remote string // address of the calendar, for the source
	// Publish brings what the world holds to where the source reads it. nil: the
	// source reads the world itself.
	Publish func()
	Expire  func() // spoils all cursors given out so far
	Hostile func() // from now on, lists come in the most unkind way
	Break   func() // the next pull breaks off half way
	Whole   bool   // it holds no instance without its series
}

// The people of the suite's world. The calendar under test is Owner's.
const (
	Owner     = "owner@acme.example"
	Colleague = "colleague@acme.example"
	Outsider  = "outsider@else.example"
)

// suiteZone is where the suite's people live; its clocks change within the span
// that the suite lists.
const suiteZone = "Europe/Berlin"

// suiteStart is when the suite's meetings begin: a Monday at nine in Berlin.
var suiteStart = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// bench is one test of the suite: a world, a source that reads it, and a store
// that what was pulled is applied to.
type bench struct {
	*testing.T
	Backend
	world      *World
	clock      *Clock
	db         *store.DB
	collection int64
	at         calendars.Collection
	cursor     string
}

func newBench(t *testing.T, f Fixture) *bench {
	t.Helper()
	clock := NewClock(suiteStart)
	w := NewWorld(clock.Now)
	w.AddPerson(Person{Address: Owner, Zone: suiteZone})
	w.AddPerson(Person{Address: Colleague, Zone: suiteZone})
	b := &bench{T: t, world: w, clock: clock, Backend: f.Open(t, w, clock, Owner)}
	b.at = calendars.Collection{Remote: b.Remote, From: suiteStart.AddDate(0, 0, -28), To: suiteStart.AddDate(0, 0, 56)}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	b.db = db
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.SetOrganization(t.Context(), store.Organization{Name: "Acme", Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	b.collection, err = db.AddCollection(t.Context(), store.Collection{Kind: f.Kind, Remote: b.Remote, Owner: Owner})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fetch pulls once, with the cursor of what was applied last.
func (b *bench) fetch() (calendars.Delta, error) {
	b.Helper()
	if b.Publish != nil {
		b.Publish()
	}
	delta, err := b.Source.Pull(b.Context(), b.at, b.cursor)
	if err == nil {
		b.wellFormed(delta)
	}
	return delta, err
}

// pull fetches, and fails the test where that fails.
func (b *bench) pull() calendars.Delta {
	b.Helper()
	delta, err := b.fetch()
	if err != nil {
		b.Fatalf("pull: %v", err)
	}
	if len(delta.Skipped) > 0 {
		b.Errorf("skipped %v", delta.Skipped)
	}
	return delta
}

// apply keeps a delta and its cursor.
func (b *bench) apply(delta calendars.Delta, opts ...store.ApplyOption) store.Touched {
	b.Helper()
	touched, err := b.db.Apply(b.Context(), b.collection, delta, append(opts, store.At(b.clock.Now()))...)
	if err != nil {
		b.Fatal(err)
	}
	b.cursor = delta.Cursor
	return touched
}

// sync pulls, applies, and holds the store against the truth.
func (b *bench) sync() store.Touched {
	b.Helper()
	touched := b.apply(b.pull())
	b.check()
	return touched
}

// wellFormed holds a delta to what its type promises.
func (b *bench) wellFormed(d calendars.Delta) {
	b.Helper()
	if d.Full && (!d.From.Equal(b.at.From) || !d.To.Equal(b.at.To)) {
		b.Errorf("a full delta speaks of %s to %s, asked for was %s to %s", d.From, d.To, b.at.From, b.at.To)
	}
	for _, c := range d.Copies {
		where := fmt.Sprintf("copy %s %s %q", c.Remote, c.UID, c.Instance)
		if c.Remote == "" || c.UID == "" {
			b.Errorf("%s has no name", where)
		}
		if c.End.Before(c.Start) {
			b.Errorf("%s ends before it starts", where)
		}
		if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" {
			b.Errorf("%s is in no zone: %q", where, c.Zone)
		}
		if c.Organizer.Address != strings.ToLower(c.Organizer.Address) {
			b.Errorf("%s has an organizer in upper case", where)
		}
		if c.Instance != "" && len(c.Spans) > 0 {
			b.Errorf("%s is an instance with spans", where)
		}
		if !slices.IsSortedFunc(c.Spans, func(x, y calendars.Span) int { return x.Start.Compare(y.Start) }) {
			b.Errorf("%s has spans out of order", where)
		}
	}
}

// fact is an occurrence in the words that store and world have in common.
type fact struct {
	Title, Organizer string
	Instance         calendars.Instance
	Start, End       string
	Heads, People    int
}

func (f fact) compare(g fact) int {
	return cmp.Or(cmp.Compare(f.Start, g.Start), cmp.Compare(f.Title, g.Title), cmp.Compare(f.Instance, g.Instance))
}

// check holds what the store knows against what the calendar truly shows.
func (b *bench) check() {
	b.Helper()
	if diff := gocmp.Diff(b.truth(), b.stored()); diff != "" {
		b.Fatalf("the store differs from the calendar (-calendar +store):\n%s", diff)
	}
}

func (b *bench) stored() []fact {
	b.Helper()
	var facts []fact
	for o, err := range b.db.Occurrences(b.Context(), b.at.From, b.at.To) {
		if err != nil {
			b.Fatal(err)
		}
		if !o.HeadsKnown {
			b.Errorf("the guests of %q are not known", o.Title)
		}
		if b.ahead(o.End) {
			facts = append(facts, fact{o.Title, o.Organizer, o.Instance, stampOf(o.Start), stampOf(o.End), o.Heads, o.People})
		}
	}
	slices.SortFunc(facts, fact.compare)
	return facts
}

// truth is what the store should know: timed events that some of ours attend.
func (b *bench) truth() []fact {
	var facts []fact
	for _, o := range b.world.Window(Owner, b.at.From, b.at.To) {
		f := fact{o.Title, o.Organizer, o.Instance, stampOf(o.Start), stampOf(o.End), o.Heads, 0}
		if o.Visibility == "private" || o.Visibility == "confidential" {
			f.Title = ""
		}
		for address, answer := range o.Guests {
			free := o.Free && address == Owner
			if strings.HasSuffix(address, "@acme.example") && answer != calendars.Declined && !free {
				f.People++
			}
		}
		if !o.AllDay && f.People > 0 && f.Heads > 1 && b.ahead(o.End) {
			facts = append(facts, f)
		}
	}
	slices.SortFunc(facts, fact.compare)
	return facts
}

// ahead reports whether what ends at end still lies ahead: a store keeps what was
// over when a calendar let go of it.
func (b *bench) ahead(end time.Time) bool { return end.After(b.clock.Now()) }

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// on returns the time n weeks after suiteStart, on the clocks of suiteZone.
func on(week int) time.Time {
	return suiteStart.In(location(suiteZone)).AddDate(0, 0, 7*week).UTC()
}

// oneOff puts a meeting of an hour into Owner's calendar.
func (b *bench) oneOff(title string, start time.Time) string {
	return b.world.Create(Event{
		Organizer: Colleague, Title: title, Start: start, End: start.Add(time.Hour), Zone: suiteZone,
		Guests: []Guest{{Address: Colleague, Answer: calendars.Accepted}, {Address: Owner}, {Address: Outsider}},
	})
}

// series puts a weekly meeting of an hour into Owner's calendar.
func (b *bench) series(title, rule string) string {
	return b.world.Create(Event{
		Organizer: Owner, Title: title, Start: on(-2), End: on(-2).Add(time.Hour), Zone: suiteZone, Recurrence: []string{"RRULE:" + rule},
		Guests: []Guest{{Address: Owner, Answer: calendars.Accepted}, {Address: Colleague, Optional: true}},
	})
}

// shift moves an event by d.
func shift(d time.Duration) func(*Event) {
	return func(e *Event) { e.Start, e.End = e.Start.Add(d), e.End.Add(d) }
}

func retitle(title string) func(*Event) { return func(e *Event) { e.Title = title } }
