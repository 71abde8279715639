package ics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestOrganizers reads what two organizers say under one UID: they have a
// meeting each. The same organizer, however written, has but one.
func TestOrganizers(t *testing.T) {
	event := func(organizer, title string, more ...string) string {
		lines := append([]string{"SUMMARY:" + title}, more...)
		if organizer != "" {
			lines = append(lines, organizer)
		}
		return eventOf(lines...)
	}
	const ana, eve = "ORGANIZER:mailto:ana@acme.example", "ORGANIZER:mailto:eve@evil.example"
	const weekly = "RRULE:FREQ=WEEKLY;COUNT=2"
	const second = "RECURRENCE-ID:20260309T090000Z"
	const moved = "DTSTART:20260309T110000Z"
	reply := func(text string) string { return strings.Replace(text, "UID:1", "UID:1#eve@evil.example", 1) }
	for _, test := range []struct {
		name, text string
		want       []string // remote, title, instance or number of occurrences
	}{
		{"two", calendar(event(ana, "A"), event(eve, "E")), []string{"1 A", "1#eve@evil.example E"}},
		{"two, though one is newer", calendar(event(ana, "A"), event(eve, "E", "SEQUENCE:5")), []string{"1 A", "1#eve@evil.example E"}},
		{"upper case", calendar(event(ana, "A"), event("ORGANIZER;CN=Ana:MAILTO:ANA@Acme.Example", "B", "SEQUENCE:1")), []string{"1 B"}},
		{"missing on the first", calendar(event("", "A"), event(ana, "B", "SEQUENCE:1")), []string{"1 B"}},
		{"missing on the second", calendar(event(ana, "A"), event("", "B", "SEQUENCE:1")), []string{"1 B"}},
		{"a name alone", calendar(event(ana, "A"), event("ORGANIZER:/O=ACME/CN=ANA", "B", "SEQUENCE:1")), []string{"1 B"}},
		{"missing on the first, and then two", calendar(event("", "A"), event(ana, "B", "SEQUENCE:1"), event(eve, "E")), []string{"1 B", "1#eve@evil.example E"}},
		{"versions of both", calendar(event(ana, "A"), event(eve, "E"), event(ana, "B", "SEQUENCE:1"), event(eve, "F", "SEQUENCE:1")), []string{"1 B", "1#eve@evil.example F"}},
		{"changed instance without organizer", calendar(event(eve, "E"), event(ana, "A", weekly), event("", "M", second, moved)), []string{"1 E", "1#ana@acme.example A 1", "1#ana@acme.example M 20260309T090000Z"}},
		{"changed instance without organizer, first", calendar(event("", "M", second, moved), event(eve, "E"), event(ana, "A", weekly)), []string{"1 E", "1#ana@acme.example A 1", "1#ana@acme.example M 20260309T090000Z"}},
		{"changed instances of each", calendar(event(ana, "A", weekly), event(eve, "E", weekly), event(eve, "F", second, moved), event(ana, "B", second, moved)),
			[]string{"1 A 1", "1 B 20260309T090000Z", "1#eve@evil.example E 1", "1#eve@evil.example F 20260309T090000Z"}},
		{"changed instance of somebody else", calendar(event(ana, "A", weekly), event(eve, "F", second, moved)), []string{"1 A 2", "1#eve@evil.example F 20260309T090000Z"}},
		{"a UID that looks like it", calendar(event(ana, "A"), event(eve, "E"), reply(event(eve, "R"))), []string{"1 A", "1#eve@evil.example# E", "1#eve@evil.example R"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			window := Options{From: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)}
			for _, opt := range []Options{{}, window} {
				var got []string
				copies, _ := readAll(t, test.text, opt)[0].Copies(yearFrom, yearTo)
				for _, k := range copies {
					line := fmt.Sprint(k.Remote, " ", k.Title)
					if k.Series() {
						line += fmt.Sprint(" ", len(k.Spans))
					} else if k.Instance != "" {
						line += fmt.Sprint(" ", k.Instance)
					}
					got = append(got, line)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestOrganizersInWindow: of two organizers, one has a meeting that is let go.
func TestOrganizersInWindow(t *testing.T) {
	text := calendar(eventOf("DTSTART:20250302T090000Z", "ORGANIZER:mailto:ana@acme.example"), eventOf("SUMMARY:E", "ORGANIZER:mailto:eve@evil.example"),
		eventOf("DTSTART:20250303T090000Z", "SEQUENCE:1", "ORGANIZER:mailto:eve@evil.example", "RECURRENCE-ID:20250303T090000Z"),
		eventOf("SEQUENCE:1", "SUMMARY:A", "ORGANIZER:mailto:ana@acme.example"))
	for _, opt := range []Options{{}, {From: yearFrom, To: yearTo}} {
		c := readAll(t, text, opt)[0]
		var got []string
		copies, _ := c.Copies(yearFrom, yearTo)
		for _, k := range copies {
			got = append(got, string(k.Remote)+" "+k.Title)
		}
		if len(got) == 2 && got[0] > got[1] {
			got[0], got[1] = got[1], got[0]
		}
		if diff := cmp.Diff([]string{"1 A", "1#eve@evil.example E"}, got); diff != "" || c.Events() != 3 {
			t.Errorf("%d events (-want +got):\n%s", c.Events(), diff)
		}
	}
}
