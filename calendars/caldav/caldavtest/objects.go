package caldavtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// Objects cuts a whole calendar, as a world writes it, into the objects that a
// CalDAV server holds: all events of one UID in one (RFC 4791 §4.1). They are
// returned by their names.
func Objects(calendar string) map[string]string {
	events := map[string][]string{}
	for _, part := range strings.Split(calendar, "BEGIN:VEVENT\r\n")[1:] {
		event, _, _ := strings.Cut(part, "END:VEVENT\r\n")
		_, rest, _ := strings.Cut("\r\n"+event, "\r\nUID:")
		uid, _, _ := strings.Cut(rest, "\r\n")
		events[uid] = append(events[uid], "BEGIN:VEVENT\r\n"+event+"END:VEVENT\r\n")
	}
	objects := map[string]string{}
	for uid, list := range events {
		objects[url.PathEscape(uid)+".ics"] = Object(list...)
	}
	return objects
}

// Object writes an object of events, with the one time zone that tests use.
func Object(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//unmeet//caldavtest//EN\r\n" + berlin + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

const berlin = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n" +
	"BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n" +
	"BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n" +
	"END:VTIMEZONE\r\n"

// Publisher brings what a calendar should hold to a server, by what changed.
type Publisher struct {
	Server   *Server
	Calendar string
	stored   map[string]string
}

// Publish makes the server hold just the given objects.
func (p *Publisher) Publish(t testing.TB, objects map[string]string) {
	t.Helper()
	for name := range p.stored {
		if _, still := objects[name]; !still {
			p.Server.Delete(t, p.Calendar, name)
		}
	}
	for name, text := range objects {
		if p.stored[name] != text {
			p.Server.Put(t, p.Calendar, name, text)
		}
	}
	p.stored = objects
}

// Overwrite is Publish where somebody else may have written to the server.
func (p *Publisher) Overwrite(t testing.TB, objects map[string]string) {
	t.Helper()
	for name := range p.stored {
		p.stored[name] = ""
	}
	p.Publish(t, objects)
}

// Weekly writes n objects of series that begin in the week of 2026-03-02, one of
// four with a changed instance.
func Weekly(n int) map[string]string {
	objects := map[string]string{}
	for i := range n {
		uid := fmt.Sprintf("weekly-%05d@acme.example", i)
		head := fmt.Sprintf("BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260201T080000Z\r\nSEQUENCE:%d\r\n", uid, i%3)
		tail := fmt.Sprintf("SUMMARY:Status of team %d\r\nORGANIZER;CN=Team %[1]d:mailto:team%[1]d@acme.example\r\n", i%40) +
			"ATTENDEE;CN=Owner;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:" + User + "\r\n" +
			fmt.Sprintf("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:colleague%d@acme.example\r\n", i%17) +
			"DESCRIPTION:What was done\\, what comes next\\, what is in the way.\r\nEND:VEVENT\r\n"
		day, hour := 2+i%5, 8+i%9
		series := head + fmt.Sprintf("DTSTART;TZID=Europe/Berlin:202603%02dT%02d0000\r\nDTEND;TZID=Europe/Berlin:202603%02[1]dT%02[2]d3000\r\n", day, hour) +
			"RRULE:FREQ=WEEKLY;COUNT=12\r\n" + tail
		text := series
		if i%4 == 0 {
			text += head + fmt.Sprintf("RECURRENCE-ID;TZID=Europe/Berlin:202603%02dT%02d0000\r\nDTSTART;TZID=Europe/Berlin:202603%02[1]dT%02[3]d0000\r\nDTEND;TZID=Europe/Berlin:202603%02[1]dT%02[3]d3000\r\n",
				day+7, hour, hour+1) + tail
		}
		objects[fmt.Sprintf("%05d.ics", i)] = Object(text)
	}
	return objects
}
