package google

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

func TestReadEvent(t *testing.T) {
	var ev calendar.Event
	if err := json.Unmarshal([]byte(`{
		"id": "abc", "etag": "\"1\"", "status": "tentative", "updated": "2026-02-01T10:00:00.000Z",
		"summary": " Weekly sync ", "description": "<p>Agenda:</p><ul><li>news &amp; plans</li></ul>", "location": "Room 1",
		"iCalUID": "abc@google.com", "sequence": 3, "transparency": "transparent",
		"organizer": {"email": "Ann@ACME.example", "displayName": "Ann"},
		"start": {"dateTime": "2026-03-02T09:00:00+01:00", "timeZone": "Europe/Berlin"},
		"end": {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "Europe/Berlin"},
		"attendees": [
			{"email": "BOB@acme.example", "displayName": "Bob", "self": true, "responseStatus": "declined", "optional": true},
			{"email": "cat@acme.example", "responseStatus": "accepted", "additionalGuests": 1},
			{"email": "dan@acme.example", "responseStatus": "tentative"},
			{"email": "eve@acme.example", "responseStatus": "needsAction"},
			{"email": "fay@acme.example", "responseStatus": "perhaps"}
		]}`), &ev); err != nil {
		t.Fatal(err)
	}
	got, err := newReader("Europe/Berlin", "owner").read(&ev)
	if err != nil {
		t.Fatal(err)
	}
	guest := func(address string, r calendars.Response) calendars.Attendee {
		return calendars.Attendee{Party: calendars.Party{Address: address}, Kind: calendars.Individual, Response: r}
	}
	want := calendars.Copy{
		Remote: "abc", ETag: `"1"`, UID: "abc@google.com", Sequence: 3, Modified: time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC),
		Title: "Weekly sync", Body: "Agenda:\nnews & plans", Location: "Room 1", Status: calendars.Tentative,
		Start: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Zone: "Europe/Berlin",
		Organizer: calendars.Party{Address: "ann@acme.example", Name: "Ann"}, Self: "bob@acme.example", HeadsKnown: true,
		People: []calendars.Attendee{
			guest("bob@acme.example", calendars.Declined), guest("cat@acme.example", calendars.Accepted),
			guest("dan@acme.example", calendars.Maybe), guest("eve@acme.example", calendars.NoAnswer),
			guest("fay@acme.example", calendars.Unspecified),
		},
	}
	want.People[0].Name, want.People[0].Optional, want.People[1].Guests = "Bob", true, 1
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrivateEventsHaveNoWords(t *testing.T) {
	for visibility, private := range map[string]bool{"": false, "default": false, "public": false, "private": true, "confidential": true} {
		ev := calendar.Event{
			Summary: "Performance review", Description: "of Bob", Location: "Room 1", Visibility: visibility,
			Start: &calendar.EventDateTime{Date: "2026-03-02"}, End: &calendar.EventDateTime{Date: "2026-03-03"},
		}
		got, err := newReader("UTC", "owner").read(&ev)
		if err != nil || got.Private != private || (got.Title+got.Body+got.Location == "") != private {
			t.Errorf("visibility %q: %+v, error %v", visibility, got, err)
		}
	}
}

func TestHeadsKnown(t *testing.T) {
	no, yes := false, true
	me := &calendar.EventOrganizer{Email: ann, Self: true}
	other := &calendar.EventOrganizer{Email: bob}
	two := []*calendar.EventAttendee{{Email: ann}, {Email: bob}}
	for what, c := range map[string]struct {
		ev   calendar.Event
		want bool
	}{
		"alone":                 {calendar.Event{Organizer: me}, true},
		"a list":                {calendar.Event{Organizer: other, Attendees: two}, true},
		"shown on purpose":      {calendar.Event{Organizer: other, Attendees: two, GuestsCanSeeOtherGuests: &yes}, true},
		"hidden":                {calendar.Event{Organizer: other, Attendees: two, GuestsCanSeeOtherGuests: &no}, false},
		"hidden from others":    {calendar.Event{Organizer: me, Attendees: two, GuestsCanSeeOtherGuests: &no}, true},
		"hidden, may modify":    {calendar.Event{Organizer: other, Attendees: two, GuestsCanSeeOtherGuests: &no, GuestsCanModify: true}, true},
		"cut short":             {calendar.Event{Organizer: me, Attendees: two, AttendeesOmitted: true}, false},
		"somebody else's alone": {calendar.Event{Organizer: other}, false},
		"nobody's":              {calendar.Event{}, false},
		"a group still listed":  {calendar.Event{Organizer: me, Attendees: []*calendar.EventAttendee{{Email: bob, AsyncOperation: "inProgress"}}}, false},
	} {
		c.ev.Start = &calendar.EventDateTime{Date: "2026-03-02"}
		c.ev.End = &calendar.EventDateTime{Date: "2026-03-03"}
		got, err := newReader("UTC", "owner").read(&c.ev)
		if err != nil || got.HeadsKnown != c.want {
			t.Errorf("%s: known %t, error %v", what, got.HeadsKnown, err)
		}
	}
}

func TestSelfIsNoSecondaryCalendar(t *testing.T) {
	ev := calendar.Event{
		Organizer: &calendar.EventOrganizer{Email: "c_1@group.calendar.google.com", Self: true},
		Start:     &calendar.EventDateTime{DateTime: "2026-03-02T09:00:00", TimeZone: "Europe/Berlin"},
		End:       &calendar.EventDateTime{DateTime: "2026-03-02T09:30:00", TimeZone: "Europe/Berlin"},
	}
	got, err := newReader("UTC", "owner").read(&ev)
	if err != nil || got.Self != "" {
		t.Errorf("self %q, error %v", got.Self, err)
	}
	if want := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC); !got.Start.Equal(want) {
		t.Errorf("a time without offset is read as %v, want %v", got.Start, want)
	}
}

func TestSplitFrom(t *testing.T) {
	for uid, want := range map[string]string{
		"abc@google.com":                                   "",
		"abc_R20260310T080000@google.com":                  "abc@google.com",
		"abc_R20260310T080000Z@google.com":                 "abc@google.com",
		"abc_R20260310@google.com":                         "abc@google.com",
		"abc_R20260310T080000":                             "abc",
		"_60q30c1g60o30e1i60o4ac1g60rj8_R20260310@x.y":     "_60q30c1g60o30e1i60o4ac1g60rj8@x.y",
		"abc_R20260310T080000_R20260417T080000@google.com": "abc@google.com",
		"abc_Room@google.com":                              "",
		"abc_R2026@google.com":                             "",
		"_R20260310@google.com":                            "",
		"":                                                 "",
	} {
		if got := splitFrom(uid); got != want {
			t.Errorf("splitFrom(%q) = %q, want %q", uid, got, want)
		}
	}
}

func TestRuleOf(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{"RRULE:FREQ=WEEKLY;BYDAY=MO"}, "FREQ=WEEKLY;BYDAY=MO"},
		{[]string{"EXDATE;TZID=Europe/Berlin:20260302T090000", "rrule:FREQ=DAILY"}, "FREQ=DAILY"},
		{[]string{"RDATE;VALUE=DATE:20260302,20260401"}, ""},
		{[]string{"EXRULE:FREQ=DAILY", "nonsense", "RRULE:FREQ=SOMETIMES"}, "FREQ=SOMETIMES"},
	} {
		if got := ruleOf(c.lines); got != c.want {
			t.Errorf("ruleOf(%q) = %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		" plain, 1 < 2 & 3 > 2 ":                 "plain, 1 < 2 & 3 > 2",
		"R&D":                                    "R&D",
		"a<br>b<br/>c":                           "a\nb\nc",
		"<p>one</p><p>two</p>":                   "one\ntwo",
		"<b>bold</b>&nbsp;text":                  "bold text",
		"<style>p{}</style>x<script>y</script>":  "x",
		"<a href=\"https://x.example\">link</a>": "link",
		"<table><tr><td>a</td><td>b</td></tr></table>": "a b",
		"broken <b":   "broken",
		"&lt;b&gt;":   "<b>",
		"<!-- c -->z": "z",
	} {
		if got := plainText(in); got != want {
			t.Errorf("plainText(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCursor(t *testing.T) {
	c := cursor{Key: "k", Sync: "s", From: 2, To: 3, Series: map[string]series{
		"a": {Rule: "FREQ=WEEKLY;UNTIL=20260101T000000Z", Start: "20250101T090000Z", Length: 3600, Zone: "Europe/Berlin", Words: "w"},
		"b": {Rule: "FREQ=WEEKLY;UNTIL=20270101", Start: "20250101"},
		"c": {Rule: "FREQ=WEEKLY;COUNT=3"},
		"d": {Orphan: true},
	}}
	text, err := c.String()
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(c, readCursor(text, "k")); diff != "" {
		t.Errorf("it changed on the way:\n%s", diff)
	}
	if again, err := c.String(); err != nil || again != text {
		t.Error("equal cursors give different strings")
	}
	none := cursor{Key: "k", Series: map[string]series{}}
	for _, bad := range []string{"", "x", text[:len(text)/2], text[1:]} {
		if diff := gocmp.Diff(none, readCursor(bad, "k")); diff != "" {
			t.Errorf("%q: %s", bad, diff)
		}
	}
	c.forget(now)
	c.forgetOrphans(nil)
	if _, kept := c.Series["a"]; kept || len(c.Series) != 2 {
		t.Errorf("kept %v", c.Series)
	}
}

// Whatever a server sends as an event, reading it ends in a copy that makes sense
// or in a reason.
func FuzzReadEvent(f *testing.F) {
	for _, seed := range []string{
		`{}`,
		`{"id":"a","start":{"dateTime":"2026-03-02T09:00:00Z"},"end":{"dateTime":"2026-03-02T10:00:00Z"}}`,
		`{"id":"a_20260302","recurringEventId":"a","originalStartTime":{"date":"2026-03-02"},"start":{"date":"2026-03-03"},"end":{"date":"2026-03-04"}}`,
		`{"id":"a","status":"cancelled"}`,
		`{"id":"a","start":{"date":"0000-00-00"},"end":{"dateTime":"9999-12-31T23:59:59Z"},"attendees":[null,{"additionalGuests":-1}],"organizer":null}`,
		`{"id":"a","description":"<p><","recurrence":["RRULE","RRULE:FREQ=X",":"],"iCalUID":"a_R20260302@google.com"}`,
	} {
		f.Add(seed, "Europe/Berlin", "owner")
	}
	f.Add(`{"id":"a","start":{"date":"2026-03-29"},"end":{"date":"2026-03-30"}}`, "Local", "freeBusyReader")
	f.Fuzz(func(t *testing.T, text, zone, role string) {
		var ev calendar.Event
		if json.Unmarshal([]byte(text), &ev) != nil {
			return
		}
		r := newReader(zone, role)
		ruleOf(ev.Recurrence)
		c, err := r.read(&ev)
		if err != nil {
			if err.Error() == "" {
				t.Error("no reason is given")
			}
			return
		}
		if c.End.Before(c.Start) || c.Zone == "" || c.Private && c.Title+c.Body+c.Location != "" {
			t.Errorf("%+v", c)
		}
		if ev.RecurringEventId != "" {
			if _, ok := c.Instance.Time(r.zone); !ok {
				t.Errorf("instance %q", c.Instance)
			}
		}
		for _, p := range c.People {
			if p.Guests < 0 || p.Address != strings.ToLower(p.Address) {
				t.Errorf("guest %+v", p)
			}
		}
	})
}

func FuzzReadCursor(f *testing.F) {
	text, err := cursor{Key: "k", Sync: "s", Series: map[string]series{"a": {Rule: "FREQ=DAILY"}}}.String()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c := readCursor(text, "k")
		if c.Key != "k" || c.Series == nil {
			t.Errorf("%+v", c)
		}
	})
}
