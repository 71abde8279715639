package calendartest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gcal "google.golang.org/api/calendar/v3"

	"github.com/google/go-cmp/cmp"
)

func TestFeedAndWindowComeFromOneLog(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	s := service(t, g, bob)
	feed, token := full(t, s)
	if diff := cmp.Diff([]string{id}, ids(feed)); diff != "" {
		t.Fatal(diff)
	}
	window, _ := pull(t, expanded(s, 0, 3))
	want := []string{id + "_20260302T090000Z", id + "_20260309T090000Z", id + "_20260316T090000Z"}
	if diff := cmp.Diff(want, ids(window)); diff != "" {
		t.Fatal(diff)
	}

	g.ChangeInstance(id, week(1), later)
	g.CancelInstance(id, week(2))
	delta, _ := pull(t, s.Events.List("primary").SyncToken(token))
	if diff := cmp.Diff(want[1:], ids(delta)); diff != "" {
		t.Fatal(diff)
	}
	if moved, gone := delta[want[1]], delta[want[2]]; moved.RecurringEventId != id || gone.Status != "cancelled" {
		t.Errorf("delta: moved %+v, cancelled %+v", moved, gone)
	}
	window, _ = pull(t, expanded(s, 0, 3))
	if diff := cmp.Diff(want[:2], ids(window)); diff != "" {
		t.Error(diff)
	}
	if got := window[want[1]]; got.Start.DateTime != "2026-03-09T11:00:00+01:00" || got.OriginalStartTime.DateTime != "2026-03-09T10:00:00+01:00" {
		t.Errorf("moved: start %v, original %v", got.Start, got.OriginalStartTime)
	}
}

func TestSyncTokenRules(t *testing.T) {
	g, clock := newGoogle(t)
	weekly(g)
	s := service(t, g, bob)
	_, token := full(t, s)
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"made up", "invalid", func() error { _, err := s.Events.List("primary").SyncToken("abc").Do(); return err }},
		{"of another calendar", "invalid", func() error {
			_, err := service(t, g, ada).Events.List("primary").SyncToken(token).Do()
			return err
		}},
		{"other parameters", "invalid", func() error { _, err := s.Events.List("primary").SingleEvents(true).SyncToken(token).Do(); return err }},
		{"other fields", "invalid", func() error { _, err := s.Events.List("primary").Fields("items").SyncToken(token).Do(); return err }},
		{"timeMin", "badRequest", func() error {
			_, err := s.Events.List("primary").TimeMin(stamp(monday)).SyncToken(token).Do()
			return err
		}},
		{"q", "badRequest", func() error { _, err := s.Events.List("primary").Q("x").SyncToken(token).Do(); return err }},
		{"iCalUID", "badRequest", func() error { _, err := s.Events.List("primary").ICalUID("x").SyncToken(token).Do(); return err }},
		{"orderBy", "badRequest", func() error {
			_, err := s.Events.List("primary").SingleEvents(true).OrderBy("updated").SyncToken(token).Do()
			return err
		}},
		{"updatedMin", "badRequest", func() error {
			_, err := s.Events.List("primary").UpdatedMin(stamp(monday)).SyncToken(token).Do()
			return err
		}},
		{"without the deleted", "badRequest", func() error { _, err := s.Events.List("primary").ShowDeleted(false).SyncToken(token).Do(); return err }},
		{"expired", "fullSyncRequired", func() error {
			g.ExpireTokens(bob)
			_, err := s.Events.List("primary").SyncToken(token).Do()
			return err
		}},
		{"spoiled by sharing", "fullSyncRequired", func() error {
			_, token := full(t, s)
			g.Share(bob, cat, "reader")
			_, err := s.Events.List("primary").SyncToken(token).Do()
			return err
		}},
		{"too old", "fullSyncRequired", func() error {
			g.Configure(func(s *Settings) { s.SyncTokenLife = 30 * time.Minute })
			_, token := full(t, s)
			clock.Advance(30 * time.Minute)
			_, err := s.Events.List("primary").SyncToken(token).Do()
			return err
		}},
		{"updatedMin too long ago", "updatedMinTooLongAgo", func() error {
			_, err := s.Events.List("primary").UpdatedMin("2020-01-01T00:00:00Z").Do()
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reason(t, c.do()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A list that is ordered or searched yields no sync token; one with a window
// does, and its deltas know no window.
func TestSyncTokenOfWindow(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	s := service(t, g, bob)
	if _, token := pull(t, expanded(s, 0, 1).OrderBy("startTime")); token != "" {
		t.Errorf("an ordered list yields a sync token")
	}
	_, token := pull(t, expanded(s, 0, 1))
	g.ChangeInstance(id, week(3), later)
	delta, _ := pull(t, s.Events.List("primary").SingleEvents(true).SyncToken(token))
	if diff := cmp.Diff([]string{id + "_20260323T090000Z"}, ids(delta)); diff != "" {
		t.Error(diff)
	}
	g.Change(id, func(e *Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=2"} })
	delta, _ = pull(t, s.Events.List("primary").SingleEvents(true).SyncToken(token))
	if delta[id+"_20260302T090000Z"].Status != "confirmed" || delta[id+"_20260316T090000Z"].Status != "cancelled" {
		t.Errorf("the expanded delta of a shortened series has neither instances nor tombstones: %v", ids(delta))
	}
}

func TestPages(t *testing.T) {
	g, clock := newGoogle(t)
	for i := range 7 {
		g.Create(Event{Organizer: ada, Title: fmt.Sprint(i), Start: monday.Add(time.Duration(i) * time.Hour), End: monday.Add(time.Duration(i+1) * time.Hour)})
	}
	s := service(t, g, ada)
	want, _ := full(t, s)
	if len(want) != 7 {
		t.Fatalf("got %d events, want 7", len(want))
	}
	for _, c := range []struct {
		name  string
		set   Settings
		pages int
		shown int
	}{
		{"short", Settings{PageMax: 3}, 3, 7},
		{"empty", Settings{PageMax: 3, EmptyPages: true}, 6, 7},
		{"overlapping", Settings{PageMax: 3, RepeatItems: true}, 3, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			g.Configure(func(s *Settings) { *s = c.set })
			pages, shown, tokens := 0, 0, 0
			seen := map[string]bool{}
			err := s.Events.List("primary").Pages(t.Context(), func(p *gcal.Events) error {
				pages++
				shown += len(p.Items)
				for _, e := range p.Items {
					seen[e.Id] = true
				}
				if p.NextSyncToken != "" {
					tokens++
				}
				if (p.NextSyncToken != "") == (p.NextPageToken != "") {
					t.Errorf("page %d has both tokens or none", pages)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if pages != c.pages || shown != c.shown || len(seen) != 7 || tokens != 1 {
				t.Errorf("got %d pages, %d items, %d events, %d sync tokens; want %d, %d, 7, 1", pages, shown, len(seen), tokens, c.pages, c.shown)
			}
		})
	}

	g.Configure(func(s *Settings) { *s = Settings{PageMax: 3, PageTokenLife: time.Minute} })
	first, err := s.Events.List("primary").Do()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Events.List("primary").ShowDeleted(true).PageToken(first.NextPageToken).Do(); reason(t, err) != "invalid" {
		t.Error("a page token is good for another query")
	}
	clock.Advance(time.Minute)
	if _, err := s.Events.List("primary").PageToken(first.NextPageToken).Do(); reason(t, err) != "invalid" {
		t.Error("a page token does not expire")
	}
}

// What changes while pages are read is either on a later page or in the delta
// after it: never lost.
func TestChangeDuringPaging(t *testing.T) {
	g, _ := newGoogle(t)
	g.Configure(func(s *Settings) { s.PageMax = 2 })
	var made []string
	for range 6 {
		made = append(made, g.Create(Event{Organizer: ada, Title: "before", Start: monday, End: monday.Add(time.Hour)}))
	}
	s := service(t, g, ada)
	got := map[string]string{}
	page := 0
	list := func(l *gcal.EventsListCall) (token string) {
		err := l.Pages(t.Context(), func(p *gcal.Events) error {
			if page++; page == 2 {
				g.Change(made[0], func(e *Event) { e.Title = "after" })
				g.Cancel(made[1])
				g.Cancel(made[5])
			}
			for _, e := range p.Items {
				got[e.Id] = e.Status + " " + e.Summary
			}
			token = p.NextSyncToken
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	list(s.Events.List("primary").SyncToken(list(s.Events.List("primary"))))
	if got[made[0]] != "confirmed after" || got[made[1]] != "cancelled " || !slices.Contains([]string{"", "cancelled "}, got[made[5]]) {
		t.Errorf("after list and delta: %v", got)
	}
}

func TestTombstones(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	one := g.Create(Event{Organizer: ada, Start: monday, End: monday.Add(time.Hour), Guests: []Guest{{Address: bob}}})
	s := service(t, g, bob)
	_, token := full(t, s)
	g.CancelInstance(id, week(1))
	g.Cancel(one)

	delta := func() map[string]*gcal.Event {
		events, _ := pull(t, s.Events.List("primary").SyncToken(token))
		return events
	}
	instance := id + "_20260309T090000Z"
	if got := delta()[instance]; got.RecurringEventId != id || got.OriginalStartTime == nil || got.ICalUID != "" {
		t.Errorf("cancelled instance: %+v", got)
	}
	g.SparseTombstones(true)
	for _, name := range []string{instance, one} {
		got := *delta()[name]
		want := gcal.Event{Id: name, Status: "cancelled", Kind: "calendar#event", Etag: got.Etag}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	feed, _ := full(t, s)
	if diff := cmp.Diff([]string{id, instance}, ids(feed)); diff != "" {
		t.Errorf("the full feed keeps cancelled instances of a living series, and no deleted event: %s", diff)
	}
	window, _ := pull(t, expanded(s, 0, 3))
	if window[instance] != nil || len(window) != 2 {
		t.Errorf("window: %v", ids(window))
	}
	g.Cancel(id)
	if feed, _ := full(t, s); len(feed) != 0 {
		t.Errorf("a deleted series leaves its children: %v", ids(feed))
	}
}

func TestSplit(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	g.ChangeInstance(id, week(3), later)
	s := service(t, g, bob)
	_, token := full(t, s)
	second := g.Split(id, week(2), later)
	if want := id + "_R20260316T090000"; second != want {
		t.Fatalf("got %s, want %s", second, want)
	}
	delta, _ := pull(t, s.Events.List("primary").SyncToken(token))
	if got := delta[id].Recurrence; len(got) != 1 || got[0] != "RRULE:FREQ=WEEKLY;UNTIL=20260316T085959Z" {
		t.Errorf("first half: %q", got)
	}
	if delta[second] == nil || delta[second].ICalUID == delta[id].ICalUID {
		t.Errorf("second half: %+v", delta[second])
	}
	if gone := delta[id+"_20260323T090000Z"]; gone == nil || gone.Status != "cancelled" {
		t.Errorf("the changed instance after the split: %+v", gone)
	}
	window, _ := pull(t, expanded(s, 0, 5))
	// The second half names its instances after the first, by its own times.
	want := []string{
		id + "_20260302T090000Z", id + "_20260309T090000Z",
		id + "_20260316T100000Z", id + "_20260323T100000Z", id + "_20260330T090000Z",
	}
	if diff := cmp.Diff(want, ids(window)); diff != "" {
		t.Error(diff)
	}
	for name, e := range window {
		half := id
		if name > id+"_20260316" {
			half = second
		}
		if e.RecurringEventId != half {
			t.Errorf("%s belongs to %s, want %s", name, e.RecurringEventId, half)
		}
	}
}

func TestOrphanException(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	g.ChangeInstance(id, week(1), func(e *Event) { e.Guests = append(e.Guests, Guest{Address: cat}) })
	s := service(t, g, cat)
	feed, token := full(t, s)
	instance := id + "_20260309T090000Z"
	if diff := cmp.Diff([]string{instance}, ids(feed)); diff != "" {
		t.Fatal(diff)
	}
	if feed[instance].RecurringEventId != id {
		t.Errorf("the orphan names no series: %+v", feed[instance])
	}
	g.CancelInstance(id, week(1))
	if delta, _ := pull(t, s.Events.List("primary").SyncToken(token)); delta[instance] == nil || delta[instance].Status != "cancelled" {
		t.Errorf("delta: %v", delta)
	}
}

func TestRareEvents(t *testing.T) {
	g, _ := newGoogle(t)
	create := func(e Event) string {
		e.Organizer, e.End = ada, e.Start.Add(time.Hour)
		return g.Create(e)
	}
	broken := create(Event{Start: monday, Recurrence: []string{"RRULE:FREQ=SOMETIMES"}})
	imported := create(Event{Start: monday, UID: "040000008200E00074C5B7101A82E008@exchange"})
	future := create(Event{Start: monday, Type: "somethingNew"})
	away := create(Event{Start: monday, Type: OutOfOffice})
	summer := create(Event{Start: time.Date(2026, 3, 23, 9, 0, 0, 0, time.UTC), Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=2"}})

	s := service(t, g, ada)
	window, _ := pull(t, expanded(s, 0, 5))
	if window[broken+"_20260302T090000Z"] == nil {
		t.Error("a series whose rule cannot be read does not occur once")
	}
	if !strings.HasPrefix(imported, "_") || window[imported] == nil {
		t.Errorf("imported: %s", imported)
	}
	if window[future].EventType != "somethingNew" {
		t.Errorf("unknown type: %s", window[future].EventType)
	}
	if e := window[summer+"_20260330T080000Z"]; e == nil || e.Start.DateTime != "2026-03-30T10:00:00+02:00" {
		t.Errorf("after the clocks changed: %+v in %v", e, ids(window))
	}
	typed, _ := pull(t, expanded(s, 0, 5).EventTypes("default", "outOfOffice"))
	if typed[future] != nil || typed[away] == nil || typed[imported] == nil {
		t.Errorf("by type: %v", ids(typed))
	}
}

func TestGuestsShown(t *testing.T) {
	g, _ := newGoogle(t)
	hidden := g.Create(Event{
		Organizer: ada, Start: monday, End: monday.Add(time.Hour), HideGuests: true,
		Guests: []Guest{{Address: bob}, {Address: cat}, {Address: "guest@else.example", More: 2}},
	})
	see := func(who string) *gcal.Event {
		e, err := service(t, g, who).Events.Get("primary", hidden).Do()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := see(ada); len(e.Attendees) != 3 || e.Attendees[2].AdditionalGuests != 2 {
		t.Errorf("the organizer sees %d guests", len(e.Attendees))
	}
	if e := see(bob); len(e.Attendees) != 1 || !e.Attendees[0].Self || e.GuestsCanSeeOtherGuests == nil || *e.GuestsCanSeeOtherGuests {
		t.Errorf("a guest sees %+v", e)
	}
	if o := g.Window(bob, monday, week(1))[0]; o.HeadsKnown || o.Heads != 1 {
		t.Errorf("truth for a guest: %+v", o)
	}
	if o := g.Window(ada, monday, week(1))[0]; !o.HeadsKnown || o.Heads != 5 {
		t.Errorf("truth for the organizer: %+v", o)
	}
	e, err := service(t, g, ada).Events.Get("primary", hidden).MaxAttendees(2).Do()
	if err != nil {
		t.Fatal(err)
	}
	if !e.AttendeesOmitted || len(e.Attendees) != 0 {
		t.Errorf("maxAttendees: %+v", e)
	}
}

func TestRolesAndPrivacy(t *testing.T) {
	g, _ := newGoogle(t)
	g.Create(Event{ID: "private0", Organizer: ada, Title: "secret", Start: monday, End: monday.Add(time.Hour), Visibility: "private"})
	g.Create(Event{ID: "public00", Organizer: ada, Title: "open", Start: monday, End: monday.Add(time.Hour)})
	list := func() *gcal.Events {
		t.Helper()
		l, err := service(t, g, bob).Events.List(ada).Do()
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if _, err := service(t, g, bob).Events.List(ada).Do(); reason(t, err) != "notFound" {
		t.Error("a calendar that is not shared can be read")
	}
	g.Share(ada, bob, "reader")
	if l := list(); l.AccessRole != "reader" || l.Items[0].Summary != "" || l.Items[1].Summary != "open" {
		t.Errorf("reader sees %+v", l)
	}
	g.Share(ada, bob, "freeBusyReader")
	if l := list(); l.AccessRole != "freeBusyReader" || l.Items[1].Summary != "" || l.Items[1].Start == nil {
		t.Errorf("free/busy reader sees %+v", l)
	}
	if e, err := service(t, g, ada).Events.Get("primary", "private0").Do(); err != nil || e.Summary != "secret" || e.Visibility != "private" {
		t.Errorf("the owner sees %+v, %v", e, err)
	}
}

func TestAllDayInCalendarZone(t *testing.T) {
	g, _ := newGoogle(t)
	day := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	id := g.Create(Event{Organizer: ada, AllDay: true, Start: day, End: day.AddDate(0, 0, 1)})
	s := service(t, g, ada)
	ask := func(from, to string) int {
		t.Helper()
		l, err := s.Events.List("primary").SingleEvents(true).TimeMin(from).TimeMax(to).Do()
		if err != nil {
			t.Fatal(err)
		}
		return len(l.Items)
	}
	// In Berlin the day begins an hour before it does in UTC.
	if n := ask("2026-03-02T22:00:00Z", "2026-03-02T23:00:01Z"); n != 1 {
		t.Errorf("the first second of the day: %d events", n)
	}
	if n := ask("2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z"); n != 0 {
		t.Errorf("the day after: %d events", n)
	}
	e, err := s.Events.Get("primary", id).Do()
	if err != nil || e.Start.Date != "2026-03-03" || e.Start.DateTime != "" || e.End.Date != "2026-03-04" {
		t.Errorf("all-day: %+v %v", e, err)
	}
}

func TestInstances(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	weekly(g)
	g.ChangeInstance(id, week(1), later)
	g.CancelInstance(id, week(2))
	s := service(t, g, bob)
	l, err := s.Events.Instances("primary", id).TimeMin(stamp(week(0))).TimeMax(stamp(week(4))).Do()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Items) != 3 {
		t.Errorf("got %d instances, want 3", len(l.Items))
	}
	l, err = s.Events.Instances("primary", id).TimeMin(stamp(week(0))).TimeMax(stamp(week(4))).ShowDeleted(true).Do()
	if err != nil || len(l.Items) != 4 {
		t.Errorf("with the deleted: %d instances, %v", len(l.Items), err)
	}
}

func TestWipe(t *testing.T) {
	g, _ := newGoogle(t)
	weekly(g)
	s := service(t, g, bob)
	_, token := full(t, s)
	g.Wipe(bob)
	if _, err := s.Events.List("primary").SyncToken(token).Do(); reason(t, err) != "fullSyncRequired" {
		t.Error("tokens outlive a wipe")
	}
	if feed, _ := full(t, s); len(feed) != 0 {
		t.Errorf("feed: %v", ids(feed))
	}
}
