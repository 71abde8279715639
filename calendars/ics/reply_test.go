package ics

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// invitation is what Ann is invited to.
func invitation() calendars.Copy {
	return calendars.Copy{
		UID: "weekly@acme.example", Sequence: 4, Title: "Kite; status, weekly", Zone: "Europe/Berlin",
		Start: time.Date(2026, 3, 9, 9, 0, 0, 0, berlin), End: time.Date(2026, 3, 9, 9, 30, 0, 0, berlin),
		Organizer: calendars.Party{Address: "ño%el@acme.example", Name: "Ito, \"Bo\""},
		People:    []calendars.Attendee{{Party: calendars.Party{Address: ann, Name: "Ann Ünal"}, Response: calendars.Accepted}},
	}
}

func replyTime() time.Time { return time.Date(2026, 3, 1, 12, 30, 5, 0, time.UTC) }

// TestReply writes answers, which must be what RFC 5546 §3.2.3 says, byte for byte.
func TestReply(t *testing.T) {
	one := invitation()
	one.Instance = "20260309T080000Z"
	series := invitation()
	series.Rule = "FREQ=WEEKLY"
	day := invitation()
	day.AllDay, day.Instance, day.Title = true, "20260309", ""
	day.Start, day.End = time.Date(2026, 3, 9, 0, 0, 0, 0, berlin), time.Date(2026, 3, 10, 0, 0, 0, 0, berlin)
	const who = "ORGANIZER;CN=\"Ito, ^'Bo^'\":mailto:%C3%B1o%25el@acme.example\r\n"
	const head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Calendar answer//NONSGML 1.0//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n" +
		"UID:weekly@acme.example\r\nDTSTAMP:20260301T123005Z\r\nSEQUENCE:4\r\n"
	const tail = "REQUEST-STATUS:2.0;Success\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	attendee := func(partstat string) string {
		return "ATTENDEE;CN=Ann Ünal;PARTSTAT=" + partstat + ":mailto:ann@acme.example\r\n"
	}
	for _, test := range []struct {
		name   string
		intent calendars.Intent
		copy   calendars.Copy
		want   string
	}{
		{"one of a series", calendars.Intent{Ref: calendars.Ref{Instance: one.Instance}, Response: calendars.Declined, Note: "I read, and answer;\nthanks"}, one,
			"RECURRENCE-ID:20260309T080000Z\r\nDTSTART:20260309T080000Z\r\nDTEND:20260309T083000Z\r\nSUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("DECLINED") + "COMMENT:I read\\, and answer\\;\\nthanks\r\n"},
		{"one of a series, of which there is no copy", calendars.Intent{Ref: calendars.Ref{Instance: "20260316T080000Z"}, Response: calendars.Accepted}, series,
			"RECURRENCE-ID:20260316T080000Z\r\nDTSTART:20260316T080000Z\r\nDTEND:20260316T083000Z\r\nSUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("ACCEPTED")},
		{"a series", calendars.Intent{Ref: calendars.Ref{Instance: one.Instance}, Response: calendars.Declined, Onward: true}, series,
			"SUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("DECLINED")},
		{"a one-off", calendars.Intent{Response: calendars.Maybe}, invitation(),
			"DTSTART:20260309T080000Z\r\nDTEND:20260309T083000Z\r\nSUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("TENTATIVE")},
		{"a day", calendars.Intent{Ref: calendars.Ref{Instance: "20260309"}, Response: calendars.Declined}, day,
			"RECURRENCE-ID;VALUE=DATE:20260309\r\nDTSTART;VALUE=DATE:20260309\r\nDTEND;VALUE=DATE:20260310\r\n" + who + attendee("DECLINED")},
		{"taken back", calendars.Intent{Response: calendars.Declined, Was: calendars.Accepted, Note: "never mind", Back: &calendars.Receipt{}}, invitation(),
			"DTSTART:20260309T080000Z\r\nDTEND:20260309T083000Z\r\nSUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("ACCEPTED")},
		{"taken back to none", calendars.Intent{Response: calendars.Declined, Back: &calendars.Receipt{}}, series,
			"SUMMARY:Kite\\; status\\, weekly\r\n" + who + attendee("NEEDS-ACTION")},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.intent.Verb, test.intent.Owner = calendars.Respond, ann
			got, err := Reply(test.intent, test.copy, replyTime())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(head+test.want+tail, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReplyRefuses(t *testing.T) {
	good := calendars.Intent{Verb: calendars.Respond, Owner: ann, Response: calendars.Declined}
	for name, spoil := range map[string]func(*calendars.Intent, *calendars.Copy){
		"no UID":       func(_ *calendars.Intent, k *calendars.Copy) { k.UID = "" },
		"no organizer": func(_ *calendars.Intent, k *calendars.Copy) { k.Organizer.Address = "" },
		"no answer":    func(i *calendars.Intent, _ *calendars.Copy) { i.Response = calendars.HandedOn },
		"no respond":   func(i *calendars.Intent, _ *calendars.Copy) { i.Verb = calendars.Cancel },
		"no address":   func(i *calendars.Intent, _ *calendars.Copy) { i.Owner = "ann" },
	} {
		i, k := good, invitation()
		spoil(&i, &k)
		if text, err := Reply(i, k, replyTime()); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// readByOthers prints what python3-icalendar makes of a calendar.
const readByOthers = `
import icalendar, json, sys
c = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
[e] = c.walk("VEVENT")
assert not isinstance(e["ATTENDEE"], list) and not list(e.subcomponents)
print(json.dumps({
    "method": str(c["METHOD"]), "uid": str(e["UID"]), "sequence": int(e["SEQUENCE"]), "stamp": e["DTSTAMP"].dt.isoformat(),
    "instance": e["RECURRENCE-ID"].dt.isoformat(), "attendee": str(e["ATTENDEE"]), "partstat": str(e["ATTENDEE"].params["PARTSTAT"]),
    "name": str(e["ATTENDEE"].params["CN"]), "organizer": str(e["ORGANIZER"]), "title": str(e["SUMMARY"]), "comment": str(e["COMMENT"]),
}))`

// TestReplyIsReadByOthers has an independent program read an answer.
func TestReplyIsReadByOthers(t *testing.T) {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import icalendar").Run() == nil {
			python = name
			break
		}
	}
	switch {
	case python == "" && os.Getenv("CI") == "true":
		t.Fatal("python3-icalendar is not here: make deps installs it")
	case python == "":
		t.Skip("python3-icalendar not present")
	}
	one := invitation()
	one.Instance, one.Title = "20260309T080000Z", strings.Repeat("Kite; größer, ", 12)
	i := calendars.Intent{Verb: calendars.Respond, Owner: ann, Ref: calendars.Ref{Instance: one.Instance}, Response: calendars.Declined, Note: "I read, and\nanswer"}
	text, err := Reply(i, one, replyTime())
	if err != nil {
		t.Fatal(err)
	}
	read := exec.Command(python, "-c", readByOthers)
	read.Stdin = bytes.NewReader(text)
	read.Stderr = t.Output()
	out, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"method": "REPLY", "uid": "weekly@acme.example", "sequence": 4.0, "stamp": "2026-03-01T12:30:05+00:00",
		"instance": "2026-03-09T08:00:00+00:00", "attendee": "mailto:" + ann, "partstat": "DECLINED", "name": "Ann Ünal",
		"organizer": "mailto:%C3%B1o%25el@acme.example", "title": one.Title, "comment": i.Note,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
