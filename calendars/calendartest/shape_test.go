package calendartest

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	gcal "google.golang.org/api/calendar/v3"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// ask sends a GET without any help of the client library.
func ask(t *testing.T, g *Google, path string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, g.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := g.Client(bob).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// token matches what differs between two runs: opaque tokens.
var token = regexp.MustCompile(`"(next(?:Sync|Page)Token)":"[^"]*"`)

// TestShapes pins the JSON of the fake, field by field, to the shapes that the
// API's reference documents: the Event resource, the list of events, tombstones
// and errors.
func TestShapes(t *testing.T) {
	g, _ := newGoogle(t)
	g.Create(Event{
		ID: "series01", Organizer: ada, Title: "Weekly status", Body: "What is new", Location: "Room 5",
		Start: monday, End: monday.Add(time.Hour), Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=3"}, HideGuests: true, Visibility: "private",
		Guests: []Guest{
			{Address: ada, Name: "Ada", Answer: calendars.Accepted}, {Address: bob, Answer: calendars.Maybe, Comment: "late", Optional: true, More: 1},
			{Address: "room@resource.calendar.google.com", Resource: true},
		},
		More: map[string]json.RawMessage{"hangoutLink": json.RawMessage(`"https://meet.google.com/a"`)},
	})
	g.ChangeInstance("series01", week(1), func(e *Event) { later(e); e.Tentative, e.Free = true, true })
	g.CancelInstance("series01", week(2))
	g.Create(Event{
		ID: "allday01", Organizer: bob, Title: "Away", AllDay: true, Type: OutOfOffice,
		Start: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC),
	})
	const events = "/calendar/v3/calendars/primary/events"
	for name, path := range map[string]string{
		"feed":     events,
		"window":   events + "?singleEvents=true&orderBy=startTime&maxResults=2",
		"event":    events + "/series01",
		"instance": events + "/series01_20260316T090000Z",
		"error":    events + "?syncToken=x",
		"calendar": "/calendar/v3/users/me/calendarList/primary",
	} {
		t.Run(name, func(t *testing.T) {
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, token.ReplaceAll(ask(t, g, path), []byte(`"$1":"opaque"`)), "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestShapesAreTheClients holds the pinned files against the types of Google's
// own client: no field of ours is unknown to it.
func TestShapesAreTheClients(t *testing.T) {
	for name, into := range map[string]any{
		"feed": &gcal.Events{}, "window": &gcal.Events{}, "event": &gcal.Event{}, "instance": &gcal.Event{}, "calendar": &gcal.CalendarListEntry{},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
