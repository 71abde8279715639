package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
	"unmeet/store"
)

// TestEnteringInAFile has an answer entered in a calendar that lies in a file.
func TestEnteringInAFile(t *testing.T) {
	t.Parallel()
	enterAndBack(t, func(e *entering, text string) func() string {
		e.write("ann.ics", text)
		e.command(0, "connect", "ics", filepath.Join(e.folder, "ann.ics"))
		return func() string { return e.read("ann.ics") }
	}, func(was, is string) bool {
		added, ok := strings.CutPrefix(is, strings.TrimSuffix(was, "END:VCALENDAR\r\n"))
		return ok && strings.Count(added, "BEGIN:VEVENT") == 1 && strings.Contains(added, "PARTSTAT=DECLINED") && strings.Contains(added, "RECURRENCE-ID;TZID=UTC:20261124T090000\r\n")
	}, func(was, is string) bool { return was == is })
}

// TestEnteringOverCalDAV has an answer entered in a calendar on a server that writes
// objects in its own way, and tells nobody.
func TestEnteringOverCalDAV(t *testing.T) {
	t.Parallel()
	enterAndBack(t, func(e *entering, text string) func() string {
		server := caldavtest.Xandikos(t)
		calendar := server.Calendar(t, "work")
		objects := caldavtest.Objects(text)
		if len(objects) != 1 {
			t.Fatalf("%d objects", len(objects))
		}
		for name, object := range objects {
			server.Put(t, calendar, name, object)
			calendar += name
		}
		e.write("password", caldavtest.Password)
		e.command(0, "connect", "caldav", server.URL, "--person", enterAnn, "--calendar", "work", "--password-file", filepath.Join(e.folder, "password"))
		return func() string { return strings.ReplaceAll(server.Do(t, "GET", calendar, ""), "\r\n ", "") }
	}, func(_, is string) bool {
		return strings.Count(is, "BEGIN:VEVENT") == 2 && strings.Count(is, "PARTSTAT=DECLINED") == 1 && strings.Contains(is, "RECURRENCE-ID;TZID=UTC:20261124T090000")
	}, func(_, is string) bool {
		return !strings.Contains(is, "PARTSTAT=DECLINED") && strings.Contains(is, "PARTSTAT=TENTATIVE")
	})
}

// enterAndBack has an answer entered in a calendar, which place connects: it returns
// how to read the text that is there. The organizer is told by a mail, as the calendar
// tells nobody; then all is taken back. declined and restored look at the text.
func enterAndBack(t *testing.T, place func(e *entering, text string) (read func() string), declined, restored func(was, is string) bool) {
	e := &entering{company: newCompany(t, false), links: map[click.Verb]string{}}
	e.write("unmeet.toml", strings.Replace(e.read("unmeet.toml"), "listen = ", "public_url = \"https://unmeet.acme.example\"\nlisten = ", 1)+"[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom = \"unmeet@acme.example\"\nsend_as_attendees = true\n")
	for _, who := range []string{enterAna, enterAnn} {
		e.AddPerson(calendartest.Person{Address: who, Zone: "UTC"})
	}
	e.tuesday = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	e.Create(calendartest.Event{
		Organizer: enterAna, Title: "Ops weekly", Start: e.tuesday.AddDate(0, 0, -14), End: e.tuesday.AddDate(0, 0, -14).Add(25 * time.Minute), Zone: "UTC",
		Recurrence: []string{"RRULE:FREQ=WEEKLY"},
		Guests:     []calendartest.Guest{{Address: enterAna, Answer: calendars.Accepted}, {Address: enterAnn, Answer: calendars.Maybe}, {Address: "cy@acme.example"}},
	})
	read := place(e, e.ICalendar(enterAnn))
	text := read()
	e.sync = e.syncing()
	e.settle(e.sync)
	e.open()
	e.ask()
	answer := func(verb click.Verb) {
		t.Helper()
		cookie, err := e.room.desk.Recognize(t.Context(), enterAnn)
		if err != nil {
			t.Fatal(err)
		}
		a := web.Answer{Choice: click.Choice{Verb: verb}, Gesture: true, Cookie: cookie}
		if _, err := e.room.desk.Answer(t.Context(), e.links[verb], a); err != nil {
			t.Fatal(err)
		}
		e.wait(3 * time.Minute)
	}
	// known is what the database has of Ann's answer to Tuesday's, and to the next.
	known := func() (answers [2]calendars.Response) {
		t.Helper()
		e.clock.Advance(7 * time.Hour)
		e.settle(e.sync)
		for week := range answers {
			all, err := e.sync.db.SuggestionsTo(t.Context(), enterAnn)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			at := e.tuesday.AddDate(0, 0, 7*week)
			place, err := e.sync.db.PlaceOf(t.Context(), enterAnn, calendars.Ref{UID: all[0].UID, Organizer: enterAna, Instance: calendars.InstanceAt(at)})
			if err != nil {
				t.Fatal(err)
			}
			answers[week] = place.Response
		}
		return answers
	}
	answer(click.Decline)
	if after := read(); !declined(text, after) {
		t.Errorf("the calendar became\n%s", after)
	}
	if got, want := known(), [2]calendars.Response{calendars.Declined, calendars.Maybe}; got != want {
		t.Errorf("after the next sync, answers are %q, want %q", got, want)
	}
	replies := e.mailed("reply")
	if len(replies) != 1 || !strings.Contains(replies[0], "method=REPLY") || !strings.Contains(replies[0], "<"+enterAna+">\r\n") {
		t.Errorf("replies: %q", replies)
	}
	answer(click.Undo)
	if back := read(); !restored(text, back) {
		t.Errorf("taken back, the calendar is\n%s", back)
	}
	if got, want := known(), [2]calendars.Response{calendars.Maybe, calendars.Maybe}; got != want {
		t.Errorf("taken back, answers are %q, want %q", got, want)
	}
	all, err := e.sync.db.ActionsIn(t.Context(), 10, store.ActionApplied)
	if err != nil || len(all) != 2 {
		t.Errorf("applied are %+v (%v)", all, err)
	}
}
