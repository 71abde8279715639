package calendartest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	gcal "google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// decline is the documented way to change nothing but one's own answer.
func decline(comment string) *gcal.Event {
	return &gcal.Event{AttendeesOmitted: true, Attendees: []*gcal.EventAttendee{{Email: bob, ResponseStatus: "declined", Comment: comment}}}
}

func get(t *testing.T, g *Google, who, id string) *gcal.Event {
	t.Helper()
	e, err := service(t, g, who).Events.Get("primary", id).Do()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// replies are the answers on an event by address.
func replies(e *gcal.Event) map[string]string {
	m := map[string]string{}
	for _, a := range e.Attendees {
		m[a.Email] = a.ResponseStatus
	}
	return m
}

func TestAnswerIsPassedOn(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	g.ChangeInstance(id, week(1), later)
	_, adas := full(t, service(t, g, ada))
	if _, err := service(t, g, bob).Events.Patch("primary", id, decline("reading instead")).SendUpdates("all").Do(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ada: "accepted", bob: "declined"}
	for _, who := range []string{ada, bob} {
		e := get(t, g, who, id)
		if diff := cmp.Diff(want, replies(e)); diff != "" {
			t.Errorf("%s sees: %s", who, diff)
		}
		if e.Attendees[1].Comment != "reading instead" {
			t.Errorf("%s sees no comment", who)
		}
	}
	// Declining a series leaves what was changed of it as it was answered.
	if got := replies(get(t, g, bob, id+"_20260309T090000Z"))[bob]; got != "needsAction" {
		t.Errorf("the changed instance is %s", got)
	}
	if delta, _ := pull(t, service(t, g, ada).Events.List("primary").SyncToken(adas)); delta[id] == nil {
		t.Error("the organizer's feed does not tell of the answer")
	}
	notices := []Notice{{To: ada, UID: id + "@google.com", What: "answer", Answer: calendars.Declined, Comment: "reading instead"}}
	if diff := cmp.Diff(notices, g.Notices()); diff != "" {
		t.Error(diff)
	}
}

func TestAnswerOneInstance(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	instance := id + "_20260309T090000Z"
	if _, err := service(t, g, bob).Events.Patch("primary", instance, decline("")).Do(); err != nil {
		t.Fatal(err)
	}
	if got := replies(get(t, g, ada, instance))[bob]; got != "declined" {
		t.Errorf("instance: %s", got)
	}
	if got := replies(get(t, g, ada, id))[bob]; got != "needsAction" {
		t.Errorf("series: %s", got)
	}
}

func TestDroppedComment(t *testing.T) {
	g, _ := newGoogle(t)
	g.Configure(func(s *Settings) { s.DropComments = true })
	id := weekly(g)
	e, err := service(t, g, bob).Events.Patch("primary", id, decline("why")).Do()
	if err != nil || e.Attendees[1].ResponseStatus != "declined" || e.Attendees[1].Comment != "" {
		t.Errorf("got %+v, %v", e.Attendees[1], err)
	}
	e.Attendees[1].Comment = "why"
	e, err = service(t, g, bob).Events.Patch("primary", id, &gcal.Event{Attendees: e.Attendees}).Do()
	if err != nil || e.Attendees[1].Comment != "why" {
		t.Errorf("with the full list: %+v, %v", e.Attendees[1], err)
	}
}

// An organizer elsewhere hears of an answer only if mails are asked for.
func TestExternalOrganizer(t *testing.T) {
	g, _ := newGoogle(t)
	id := g.Create(Event{UID: "x@else", Organizer: "eve@else.example", Start: monday, End: monday.Add(time.Hour), Guests: []Guest{{Address: bob}, {Address: ada}}})
	patch := service(t, g, bob).Events.Patch("primary", id, decline(""))
	if _, err := patch.Do(); err != nil {
		t.Fatal(err)
	}
	if n := g.Notices(); len(n) != 0 {
		t.Errorf("mailed though nobody asked: %+v", n)
	}
	if _, err := patch.SendUpdates("externalOnly").Do(); err != nil {
		t.Fatal(err)
	}
	if n := g.Notices(); len(n) != 1 || n[0].To != "eve@else.example" {
		t.Errorf("notices: %+v", n)
	}
	if got := replies(get(t, g, ada, id))[bob]; got != "needsAction" {
		t.Errorf("another guest's copy knows the answer without its organizer: %s", got)
	}
}

func TestPatchReplacesArrays(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	bare := &gcal.Event{Attendees: []*gcal.EventAttendee{{Email: bob, ResponseStatus: "declined"}}}
	if _, err := service(t, g, bob).Events.Patch("primary", id, bare).Do(); err != nil {
		t.Fatal(err)
	}
	if n := len(get(t, g, bob, id).Attendees); n != 1 {
		t.Errorf("a bare list leaves %d guests in the own copy, want 1", n)
	}
	if diff := cmp.Diff(map[string]string{ada: "accepted", bob: "declined"}, replies(get(t, g, ada, id))); diff != "" {
		t.Errorf("the organizer sees: %s", diff)
	}
	if _, err := service(t, g, ada).Events.Patch("primary", id, &gcal.Event{Attendees: []*gcal.EventAttendee{{Email: ada}}}).Do(); err != nil {
		t.Fatal(err)
	}
	if e := get(t, g, bob, id); e.Status != "cancelled" {
		t.Errorf("a guest taken off the list still has it: %s", e.Status)
	}
}

func TestPatchKeepsUnknownFields(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	send := func(body string) string {
		t.Helper()
		r, _ := http.NewRequest(http.MethodPatch, g.URL+"/calendar/v3/calendars/primary/events/"+id, strings.NewReader(body))
		resp, err := g.Client(ada).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return string(text)
	}
	send(`{"conferenceData":{"conferenceId":"abc"},"ofTheFuture":[1,2]}`)
	text := send(`{"summary":"new title"}`)
	for _, want := range []string{`"conferenceData":{"conferenceId":"abc"}`, `"ofTheFuture":[1,2]`, `"summary":"new title"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if text := send(`{"ofTheFuture":null}`); strings.Contains(text, "ofTheFuture") {
		t.Errorf("null does not clear: %s", text)
	}
}

func TestWritesRefused(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	gone := weekly(g)
	g.Cancel(gone)
	g.Share(ada, cat, "reader")
	bobs := service(t, g, bob).Events
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"shared field by a guest", "forbiddenForNonOrganizer", func() error { _, err := bobs.Patch("primary", id, &gcal.Event{Summary: "mine"}).Do(); return err }},
		{"deleted", "deleted", func() error { _, err := bobs.Patch("primary", gone, decline("")).Do(); return err }},
		{"delete twice", "deleted", func() error { return bobs.Delete("primary", gone).Do() }},
		{"unknown", "notFound", func() error { _, err := bobs.Patch("primary", "nothere", decline("")).Do(); return err }},
		{"reader's role", "forbidden", func() error { _, err := service(t, g, cat).Events.Patch(ada, id, decline("")).Do(); return err }},
		{"reading scope", "insufficientPermissions", func() error {
			_, err := service(t, g, bob, scopeRoot+"calendar.events.readonly").Events.Patch("primary", id, decline("")).Do()
			return err
		}},
		{"outdated If-Match", "conditionNotMet", func() error {
			call := bobs.Patch("primary", id, decline(""))
			call.Header().Set("If-Match", get(t, g, bob, id).Etag)
			g.Change(id, func(e *Event) { e.Title = "newer" })
			_, err := call.Do()
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reason(t, c.do()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	call := bobs.Patch("primary", id, decline(""))
	call.Header().Set("If-Match", get(t, g, bob, id).Etag)
	if _, err := call.Do(); err != nil {
		t.Errorf("current If-Match: %v", err)
	}
}

func TestDelete(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	if err := service(t, g, bob).Events.Delete("primary", id).Do(); err != nil {
		t.Fatal(err)
	}
	if got := replies(get(t, g, ada, id)); got[bob] != "declined" {
		t.Errorf("the organizer sees %v", got)
	}
	if n := len(g.Window(bob, monday, week(4))); n != 0 {
		t.Errorf("bob still has %d occurrences", n)
	}
	if err := service(t, g, ada).Events.Delete("primary", id+"_20260302T090000Z").SendUpdates("all").Do(); err != nil {
		t.Fatal(err)
	}
	if n := len(g.Window(ada, monday, week(4))); n != 3 {
		t.Errorf("ada has %d occurrences, want 3", n)
	}
	if n := g.Notices(); len(n) != 1 || n[0].What != "cancellation" || n[0].To != bob {
		t.Errorf("notices: %+v", n)
	}
}

func TestNotModified(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	events := service(t, g, bob).Events
	seen := get(t, g, bob, id)
	_, err := events.Get("primary", id).IfNoneMatch(seen.Etag).Do()
	if !googleapi.IsNotModified(err) {
		t.Errorf("unchanged: %v", err)
	}
	g.Answer(bob, id, time.Time{}, calendars.Accepted, "")
	if e, err := events.Get("primary", id).IfNoneMatch(seen.Etag).Do(); err != nil || e.Etag == seen.Etag {
		t.Errorf("changed: %v", err)
	}
}

func TestFields(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	events := service(t, g, bob).Events
	l, err := events.List("primary").Fields("items(id,start/dateTime,attendees(email,self)),nextPageToken").Do()
	if err != nil {
		t.Fatal(err)
	}
	got := *l.Items[0]
	want := gcal.Event{
		Id: id, Start: &gcal.EventDateTime{DateTime: "2026-03-02T10:00:00+01:00"},
		Attendees: []*gcal.EventAttendee{{Email: ada}, {Email: bob, Self: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if l.NextSyncToken != "" || l.TimeZone != "" {
		t.Errorf("fields that were not asked for came: %q %q", l.NextSyncToken, l.TimeZone)
	}
	for _, bad := range []string{"items(id", "itmes", "items/start/x", "a,,b"} {
		if _, err := events.List("primary").Fields(googleapi.Field(bad)).Do(); reason(t, err) != "invalid" {
			t.Errorf("%q is let through", bad)
		}
	}
}

func TestInsert(t *testing.T) {
	g, _ := newGoogle(t)
	adas := service(t, g, ada).Events
	event := func(id string) *gcal.Event {
		return &gcal.Event{
			Id: id, Summary: "new", Start: &gcal.EventDateTime{DateTime: "2026-03-02T10:00:00+01:00", TimeZone: "Europe/Berlin"},
			End: &gcal.EventDateTime{DateTime: "2026-03-02T10:30:00+01:00", TimeZone: "Europe/Berlin"}, Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=2"},
			Attendees: []*gcal.EventAttendee{{Email: bob}, {Email: "eve@else.example"}},
			ExtendedProperties: &gcal.EventExtendedProperties{
				Private: map[string]string{"mine": "1"}, Shared: map[string]string{"ours": "2"},
			},
		}
	}
	made, err := adas.Insert("primary", event("abc123")).SendUpdates("all").Do()
	if err != nil {
		t.Fatal(err)
	}
	if made.Id != "abc123" || made.ICalUID != "abc123@google.com" || made.Organizer.Email != ada || len(g.Window(bob, monday, week(4))) != 2 {
		t.Errorf("made %+v", made)
	}
	if n := g.Notices(); len(n) != 2 || n[1] != (Notice{To: "eve@else.example", UID: made.ICalUID, What: "invitation"}) {
		t.Errorf("notices %+v", n)
	}
	for who, want := range map[string]gcal.EventExtendedProperties{
		ada: {Private: map[string]string{"mine": "1"}, Shared: map[string]string{"ours": "2"}},
		bob: {Shared: map[string]string{"ours": "2"}},
	} {
		if diff := cmp.Diff(&want, get(t, g, who, "abc123").ExtendedProperties); diff != "" {
			t.Errorf("%s: properties %s", who, diff)
		}
	}
	change := &gcal.Event{ExtendedProperties: &gcal.EventExtendedProperties{Shared: map[string]string{"more": "3"}, Private: map[string]string{"mine": "4"}}}
	if _, err := adas.Patch("primary", "abc123", change).Do(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"ours": "2", "more": "3"}, get(t, g, bob, "abc123").ExtendedProperties.Shared); diff != "" {
		t.Errorf("a patch of properties: %s", diff)
	}
	if err := adas.Delete("primary", "abc123").Do(); err != nil {
		t.Fatal(err)
	}
	endless := event("abc124")
	endless.End = nil
	for name, c := range map[string]struct {
		event *gcal.Event
		who   *gcal.EventsService
		cal   string
		want  string
	}{
		"an id that was used":     {event("abc123"), adas, "primary", "duplicate"},
		"an id that is none":      {event("ABC_1"), adas, "primary", "invalid"},
		"no end":                  {endless, adas, "primary", "required"},
		"no calendar to write to": {event("abc125"), service(t, g, bob).Events, ada, "notFound"},
	} {
		if _, err := c.who.Insert(c.cal, c.event).Do(); reason(t, err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestRestore(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	second := id + "_" + string(calendars.InstanceAt(week(1)))
	confirm := &gcal.Event{Status: "confirmed"}
	events := service(t, g, ada).Events
	shows := func(want int) {
		t.Helper()
		for _, who := range []string{ada, bob} {
			if n := len(g.Window(who, monday, week(3))); n != want {
				t.Errorf("%s has %d occurrences, want %d", who, n, want)
			}
		}
	}
	g.CancelInstance(id, week(1))
	shows(2)
	if _, err := service(t, g, bob).Events.Patch("primary", second, confirm).Do(); reason(t, err) != "deleted" {
		t.Errorf("a guest brings it back: %v", err)
	}
	if _, err := events.Patch("primary", second, confirm).SendUpdates("all").Do(); err != nil {
		t.Fatal(err)
	}
	shows(3)
	if n := g.Notices(); len(n) != 1 || n[0].What != "invitation" || n[0].To != bob {
		t.Errorf("notices %+v", n)
	}
	g.Cancel(id)
	shows(0)
	if _, err := events.Patch("primary", second, confirm).Do(); reason(t, err) != "deleted" {
		t.Errorf("an instance without its series: %v", err)
	}
	g.Restore(id, time.Time{})
	shows(3)
	g.CancelInstance(id, week(1))
	g.Restore(id, week(1))
	shows(3)
}

func TestInstanceByItsPlan(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	g.ChangeInstance(id, week(1), later)
	g.CancelInstance(id, week(2))
	events := service(t, g, bob).Events
	find := func(at time.Time) []string {
		t.Helper()
		l, err := events.Instances("primary", id).OriginalStart(stamp(at)).ShowDeleted(true).Do()
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, e := range l.Items {
			found = append(found, e.Status+" "+e.OriginalStartTime.DateTime)
		}
		return found
	}
	for at, want := range map[time.Time][]string{
		week(0):                {"confirmed 2026-03-02T10:00:00+01:00"},
		week(0).Add(time.Hour): nil,
		week(1):                {"confirmed 2026-03-09T10:00:00+01:00"},
		week(2):                {"cancelled 2026-03-16T10:00:00+01:00"},
	} {
		if diff := cmp.Diff(want, find(at)); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
	}
	if _, err := events.Instances("primary", id).OriginalStart("tomorrow").Do(); reason(t, err) != "invalid" {
		t.Errorf("no time at all: %v", err)
	}
}

func TestLastingExceptions(t *testing.T) {
	for _, lasting := range []bool{false, true} {
		g, _ := newGoogle(t)
		g.LastingExceptions(lasting)
		id := weekly(g)
		g.ChangeInstance(id, week(2), later)
		g.Change(id, func(e *Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=1"} })
		want := map[bool]int{false: 1, true: 2}[lasting]
		if n := len(g.Window(bob, monday, week(4))); n != want {
			t.Errorf("lasting %t: %d occurrences, want %d", lasting, n, want)
		}
	}
}

func TestMeanwhile(t *testing.T) {
	g, _ := newGoogle(t)
	id := weekly(g)
	g.Inject(Fault{Method: http.MethodGet, Times: 1, Do: Meanwhile(func() { g.Change(id, func(e *Event) { e.Title = "newer" }) })})
	events := service(t, g, bob).Events
	seen := get(t, g, bob, id)
	if seen.Summary != "Weekly status" {
		t.Errorf("what was asked for is %q", seen.Summary)
	}
	call := events.Patch("primary", id, decline(""))
	call.Header().Set("If-Match", seen.Etag)
	if _, err := call.Do(); reason(t, err) != "conditionNotMet" {
		t.Errorf("what changed meanwhile is overwritten: %v", err)
	}
}
