package sample

import (
	"bytes"
	"cmp"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// berlin is Zone as calendars define it (RFC 5545 §3.6.5).
var berlin = []string{
	"BEGIN:VTIMEZONE",
	"TZID:" + Zone,
	"BEGIN:DAYLIGHT",
	"TZOFFSETFROM:+0100",
	"TZOFFSETTO:+0200",
	"TZNAME:CEST",
	"DTSTART:19700329T020000",
	"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
	"END:DAYLIGHT",
	"BEGIN:STANDARD",
	"TZOFFSETFROM:+0200",
	"TZOFFSETTO:+0100",
	"TZNAME:CET",
	"DTSTART:19701025T030000",
	"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
	"END:STANDARD",
	"END:VTIMEZONE",
}

// file is an iCalendar text in the making.
type file struct{ bytes.Buffer }

// line appends a content line, folded at 75 octets (RFC 5545 §3.1).
func (f *file) line(format string, args ...any) {
	text, limit := fmt.Sprintf(format, args...), 75
	for len(text) > limit {
		cut := limit
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		f.WriteString(text[:cut] + "\r\n ")
		text, limit = text[cut:], 74
	}
	f.WriteString(text + "\r\n")
}

// escape writes text as a value (RFC 5545 §3.3.11).
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`).Replace(strings.TrimSpace(text))
}

// calendar returns p's calendar: their copy of each meeting that they organize
// or are invited to.
func (c *Company) calendar(p Person, end time.Time) ([]byte, error) {
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, err
	}
	end = time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, zone)

	var f file
	f.line("BEGIN:VCALENDAR")
	f.line("VERSION:2.0")
	f.line("PRODID:-//unmeet//sample//EN")
	f.line("X-WR-CALNAME:%s", p.Address)
	f.line("X-WR-TIMEZONE:%s", Zone)
	for _, text := range berlin {
		f.line("%s", text)
	}
	for _, m := range c.Meeting {
		if m.By != p.ID && !slices.Contains(m.People, p.ID) {
			continue
		}
		if err := c.series(&f, m, end); err != nil {
			return nil, fmt.Errorf("%q: %w", m.Title, err)
		}
	}
	f.line("END:VCALENDAR")
	return f.Bytes(), nil
}

// series writes m and the weeks of it that differ.
func (c *Company) series(f *file, m Meeting, end time.Time) error {
	start, err := m.start(m.firstWeek(), end)
	if err != nil {
		return err
	}
	rule := ""
	switch {
	case m.Every == "day":
		rule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
	case rhythms[m.Every] == 1:
		rule = "FREQ=WEEKLY"
	case rhythms[m.Every] > 1:
		rule = fmt.Sprintf("FREQ=WEEKLY;INTERVAL=%d", rhythms[m.Every])
	}
	c.event(f, m, start, rule, time.Time{}, false)

	for _, change := range m.Change {
		planned, err := m.start(change.Week, end)
		if err != nil {
			return err
		}
		changed := m
		changed.Title = cmp.Or(change.Title, m.Title)
		changed.On, changed.At = cmp.Or(change.On, m.On), cmp.Or(change.At, m.At)
		if change.Minutes > 0 {
			changed.Minutes = change.Minutes
		}
		start, err := changed.start(change.Week, end)
		if err != nil {
			return err
		}
		c.event(f, changed, start, "", planned, change.Cancelled)
	}
	return nil
}

// event writes one VEVENT: a series with its rule, a one-off, or, where planned
// is not zero, the instance that was planned for then.
func (c *Company) event(f *file, m Meeting, start time.Time, rule string, planned time.Time, cancelled bool) {
	const local = "20060102T150405"
	f.line("BEGIN:VEVENT")
	f.line("UID:%s", m.UID(c))
	f.line("DTSTAMP:%s", start.AddDate(0, 0, -7).UTC().Format(local+"Z"))
	if !planned.IsZero() {
		f.line("RECURRENCE-ID;TZID=%s:%s", Zone, planned.Format(local))
		f.line("SEQUENCE:1")
	}
	if m.AllDay {
		f.line("DTSTART;VALUE=DATE:%s", start.Format("20060102"))
		f.line("DTEND;VALUE=DATE:%s", start.AddDate(0, 0, 1).Format("20060102"))
	} else {
		f.line("DTSTART;TZID=%s:%s", Zone, start.Format(local))
		f.line("DTEND;TZID=%s:%s", Zone, start.Add(time.Duration(m.Minutes)*time.Minute).Format(local))
	}
	if rule != "" {
		f.line("RRULE:%s", rule)
	}
	f.line("SUMMARY:%s", escape(m.Title))
	if m.Body != "" {
		f.line("DESCRIPTION:%s", escape(m.Body))
	}
	if m.Room != "" {
		f.line("LOCATION:%s", escape(m.Room))
	}
	if m.Private {
		f.line("CLASS:PRIVATE")
	}
	if cancelled {
		f.line("STATUS:CANCELLED")
	} else {
		f.line("STATUS:CONFIRMED")
	}
	c.guests(f, m)
	f.line("END:VEVENT")
}

// guests writes who invites and who is invited. A block of one's own names
// nobody.
func (c *Company) guests(f *file, m Meeting) {
	if len(m.People) == 0 && len(m.Guests) == 0 {
		return
	}
	by := c.person(m.By)
	f.line("ORGANIZER;CN=%q:mailto:%s", by.Name, by.Address)
	f.line("ATTENDEE;CN=%q;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=ACCEPTED:mailto:%s", by.Name, by.Address)
	for _, id := range m.People {
		role, answer := "REQ-PARTICIPANT", "ACCEPTED"
		if slices.Contains(m.Optional, id) {
			role = "OPT-PARTICIPANT"
		}
		switch {
		case slices.Contains(m.Declined, id):
			answer = "DECLINED"
		case slices.Contains(m.Maybe, id):
			answer = "TENTATIVE"
		case slices.Contains(m.Unanswered, id):
			answer = "NEEDS-ACTION"
		}
		p := c.person(id)
		f.line("ATTENDEE;CN=%q;CUTYPE=INDIVIDUAL;ROLE=%s;PARTSTAT=%s:mailto:%s", p.Name, role, answer, p.Address)
	}
	for _, guest := range m.Guests {
		if g, err := mail.ParseAddress(guest); err == nil { // checked by Kite
			f.line("ATTENDEE;CN=%q;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:%s", g.Name, g.Address)
		}
	}
	if m.Room != "" {
		f.line("ATTENDEE;CN=%q;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:%s@rooms.%s", m.Room, plain(m.Room, "-"), c.Domain)
	}
}
