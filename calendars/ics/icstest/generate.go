package icstest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// Year is the year that generated calendars are about: one-off events lie in
// it, series begin in it or in the three years before.
const Year = 2026

// Generate writes one calendar of so many events (UIDs) to w, as exports look:
// about 2 KB each, with guests, descriptions and alarms; three in ten are
// series of the kinds that calendars have, every tenth of those with an
// instance moved by an hour, every fifth with a date left out. The same
// arguments give the same bytes. Errors are those of w.
func Generate(w io.Writer, events int, seed uint64) error {
	g := generator{
		out:    bufio.NewWriterSize(w, 1<<16),
		random: rand.New(rand.NewPCG(seed, 0)),
	}
	g.line("BEGIN:VCALENDAR")
	g.line("PRODID:-//Kite Robotics (sample)//Calendar 1.0//EN")
	g.line("VERSION:2.0")
	g.line("CALSCALE:GREGORIAN")
	for _, z := range zones {
		g.zone(z)
	}
	for i := range events {
		g.event(i)
	}
	g.line("END:VCALENDAR")
	return g.out.Flush()
}

// zoneText is a time zone with its rules of today, for the VTIMEZONE.
type zoneText struct {
	name               string
	standard, daylight string // offsets; equal where the clocks never change
	spring, autumn     string // DTSTART and RRULE of the changes
}

var zones = []zoneText{
	{"Europe/Berlin", "+0100", "+0200", "19810329T020000 FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "19961027T030000 FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"},
	{"America/New_York", "-0500", "-0400", "20070311T020000 FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "20071104T020000 FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"},
	{"America/Los_Angeles", "-0800", "-0700", "20070311T020000 FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "20071104T020000 FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"},
	{"Asia/Kolkata", "+0530", "+0530", "", "19700101T000000"},
}

const (
	local = "20060102T150405"
	utc   = "20060102T150405Z"
	day   = "20060102"
)

type generator struct {
	out    *bufio.Writer
	random *rand.Rand
}

// line writes a content line, folded at 75 octets. Texts are ASCII.
func (g *generator) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for width := 75; len(text) > width; width = 74 {
		g.out.WriteString(text[:width])
		g.out.WriteString("\r\n ")
		text = text[width:]
	}
	g.out.WriteString(text)
	g.out.WriteString("\r\n")
}

func (g *generator) zone(z zoneText) {
	change := func(kind, when, from, to string) {
		start, rule, found := strings.Cut(when, " ")
		g.line("BEGIN:%s", kind)
		g.line("DTSTART:%s", start)
		g.line("TZOFFSETFROM:%s", from)
		g.line("TZOFFSETTO:%s", to)
		if found {
			g.line("RRULE:%s", rule)
		}
		g.line("END:%s", kind)
	}
	g.line("BEGIN:VTIMEZONE")
	g.line("TZID:%s", z.name)
	if z.spring != "" {
		change("DAYLIGHT", z.spring, z.standard, z.daylight)
	}
	change("STANDARD", z.autumn, z.daylight, z.standard)
	g.line("END:VTIMEZONE")
}

// moment is the time of an event as it is written.
type moment struct {
	start  time.Time // local, as a time in UTC
	zone   string    // "" for an all-day event
	length time.Duration
}

func (m moment) property(name string, t time.Time) string {
	if m.zone == "" {
		return name + ";VALUE=DATE:" + t.Format(day)
	}
	return name + ";TZID=" + m.zone + ":" + t.Format(local)
}

func (g *generator) event(i int) {
	m := moment{zone: zones[g.random.IntN(len(zones))].name, length: time.Duration(1+g.random.IntN(4)) * 30 * time.Minute}
	clock := time.Duration(16+g.random.IntN(18)) * 30 * time.Minute // 8:00 to 16:30
	if i%10 >= 3 {
		m.start = time.Date(Year, 1, 2+g.random.IntN(360), 0, 0, 0, 0, time.UTC).Add(clock)
		if i%40 == 39 {
			m.start, m.zone, m.length = m.start.Truncate(24*time.Hour), "", 24*time.Hour
		}
		g.write(i, m, "", time.Time{})
		return
	}
	m.start = time.Date(Year-3+g.random.IntN(4), 1, 2+g.random.IntN(300), 0, 0, 0, 0, time.UTC).Add(clock)
	rule := g.series(&m)
	weekly := strings.Contains(rule, "WEEKLY")
	var except time.Time
	if weekly && i%10 == 1 {
		except = m.start.AddDate(0, 0, 7*(2+g.random.IntN(8))*interval(rule))
	}
	g.write(i, m, rule, except)
	if planned := m.start.AddDate(0, 0, 7*interval(rule)); weekly && i%10 == 2 && planned.Year() == Year && planned.Month() < 12 {
		g.moved(i, m, planned)
	}
}

func interval(rule string) int {
	if strings.Contains(rule, "INTERVAL=2") {
		return 2
	}
	return 1
}

// series draws a rule, and moves the start onto it.
func (g *generator) series(m *moment) string {
	weekday := func() string { return strings.ToUpper(m.start.Weekday().String()[:2]) }
	toWorkday := func() {
		for m.start.Weekday() == time.Saturday || m.start.Weekday() == time.Sunday {
			m.start = m.start.AddDate(0, 0, 1)
		}
	}
	toWorkday()
	switch n := g.random.IntN(100); {
	case n < 40:
		return "FREQ=WEEKLY;BYDAY=" + weekday()
	case n < 52:
		return "FREQ=WEEKLY;INTERVAL=2;BYDAY=" + weekday()
	case n < 60:
		return "FREQ=WEEKLY;WKST=SU;BYDAY=" + weekday() + ";UNTIL=" + m.start.AddDate(1, 2, 0).Format(utc)
	case n < 67:
		return fmt.Sprintf("FREQ=WEEKLY;COUNT=%d", 5+g.random.IntN(100))
	case n < 75:
		return "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
	case n < 80:
		return "FREQ=DAILY"
	case n < 83:
		return fmt.Sprintf("FREQ=DAILY;COUNT=%d", 3+g.random.IntN(30))
	case n < 90:
		return fmt.Sprintf("FREQ=MONTHLY;BYDAY=%d%s", (m.start.Day()-1)/7+1, weekday())
	case n < 94:
		m.start = m.start.AddDate(0, 0, min(28, m.start.Day())-m.start.Day())
		return fmt.Sprintf("FREQ=MONTHLY;BYMONTHDAY=%d", m.start.Day())
	case n < 97:
		m.start = time.Date(m.start.Year(), m.start.Month()+1, 0, m.start.Hour(), m.start.Minute(), 0, 0, time.UTC)
		for m.start.Weekday() == time.Saturday || m.start.Weekday() == time.Sunday {
			m.start = m.start.AddDate(0, 0, -1)
		}
		return "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
	}
	m.start, m.zone, m.length = m.start.Truncate(24*time.Hour), "", 24*time.Hour
	return "FREQ=YEARLY"
}

// write writes an event; rule and except may be missing.
func (g *generator) write(i int, m moment, rule string, except time.Time) {
	g.line("BEGIN:VEVENT")
	g.line("%s", m.property("DTSTART", m.start))
	g.line("%s", m.property("DTEND", m.start.Add(m.length)))
	if rule != "" {
		g.line("RRULE:%s", rule)
	}
	if !except.IsZero() {
		g.line("%s", m.property("EXDATE", except))
	}
	g.rest(i)
}

// moved writes one instance of a series an hour later.
func (g *generator) moved(i int, m moment, planned time.Time) {
	g.line("BEGIN:VEVENT")
	g.line("%s", m.property("DTSTART", planned.Add(time.Hour)))
	g.line("%s", m.property("DTEND", planned.Add(time.Hour+m.length)))
	g.line("%s", m.property("RECURRENCE-ID", planned))
	g.rest(i)
}

var titles = []string{
	"Weekly status", "Design review", "Planning", "1:1", "Standup", "Retrospective", "Customer call",
	"Budget\\, second round", "Interview", "All hands", "Brainstorming: next release", "Team lunch",
}

func (g *generator) rest(i int) {
	g.line("DTSTAMP:%d1120T080000Z", Year)
	g.line("ORGANIZER;CN=Person %d:mailto:person%d@kite.example", i%50, i%50)
	g.line("UID:event-%d-0123456789abcdef@kite.example", i)
	for range 2 + g.random.IntN(8) {
		n := g.random.IntN(300)
		answer := []string{"ACCEPTED", "ACCEPTED", "NEEDS-ACTION", "TENTATIVE", "DECLINED"}[n%5]
		g.line("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=%s;CN=Person %d;X-NUM-GUESTS=0:mailto:person%d@kite.example", answer, n, n)
	}
	g.line("CREATED:%d0120T080000Z", Year-1)
	g.line("DESCRIPTION:Agenda for number %d\\n\\n- status of each project\\, in turn\\n- open questions\\n- decisions\\n\\n"+
		"Join the call: https://meet.example/abc-defg-hij\\nor dial +49 30 0000000 and enter the code 123 456 789#.\\n"+
		"Please read the notes of last time before you come\\; they are in the usual folder.", i)
	g.line("LAST-MODIFIED:%d1020T080000Z", Year)
	g.line("LOCATION:Room %d\\, second floor", i%17)
	g.line("SEQUENCE:%d", i%3)
	g.line("STATUS:CONFIRMED")
	g.line("SUMMARY:%s of team %d", titles[i%len(titles)], i%200)
	g.line("TRANSP:OPAQUE")
	g.line("BEGIN:VALARM")
	g.line("ACTION:DISPLAY")
	g.line("DESCRIPTION:This is a reminder")
	g.line("TRIGGER:-PT10M")
	g.line("END:VALARM")
	g.line("END:VEVENT")
}
