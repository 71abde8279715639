package ics

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNamed: each event counts once for each address and each domain, whether it
// is in the window that is read for or not.
func TestNamed(t *testing.T) {
	called := func(uid string, lines ...string) string {
		return strings.Replace(eventOf(lines...), "UID:1\r", "UID:"+uid+"\r", 1)
	}
	text := calendar(
		called("a", "DTSTART:20200101T100000Z", "ORGANIZER:mailto:ana@acme.example", "ATTENDEE:mailto:ana@acme.example", "ATTENDEE:mailto:bo@acme.example"),
		called("b", "DTSTART:20261104T100000Z", "RRULE:FREQ=DAILY;COUNT=5", "ORGANIZER:mailto:cy@acme.example", "ATTENDEE:mailto:zoe@zig.example", "ATTENDEE:mailto:ana@acme.example"),
		called("c", "DTSTART:20261105T100000Z"),
		called("d", "DTSTART:20261105T100000Z", "ATTENDEE;CUTYPE=ROOM:mailto:room@acme.example"),
	)
	want := Named{
		Events:    2,
		Addresses: map[string]int{"ana@acme.example": 2, "bo@acme.example": 1, "cy@acme.example": 1, "zoe@zig.example": 1},
		Domains:   map[string]int{"acme.example": 2, "zig.example": 1},
	}
	window := Options{From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, options := range []Options{{}, window} {
		if diff := cmp.Diff(want, readAll(t, text, options)[0].Named()); diff != "" {
			t.Errorf("from %v: %s", options.From, diff)
		}
	}
}
