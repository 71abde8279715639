package calendartest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// ICalendar writes what a calendar holds as one iCalendar file (RFC 5545), for
// the fixtures of sources that read such. Cancelled instances become EXDATEs;
// what was deleted is left out. Hidden guests cannot be told in it: all are
// listed.
func (w *World) ICalendar(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(id)
	b := &strings.Builder{}
	line(b, "BEGIN", "VCALENDAR")
	line(b, "VERSION", "2.0")
	line(b, "PRODID", "-//unmeet//calendartest//EN")
	line(b, "X-WR-CALNAME", c.id)
	for _, name := range slices.Sorted(maps.Keys(c.entries)) {
		if e := c.entries[name]; !c.whole(e).cancelled {
			c.export(b, e)
		}
	}
	line(b, "END", "VCALENDAR")
	return b.String()
}

func line(b *strings.Builder, name, value string) { fmt.Fprintf(b, "%s:%s\r\n", name, value) }

// export writes one entry as a VEVENT.
func (c *calendar) export(b *strings.Builder, e *entry) {
	ev := e.ev
	line(b, "BEGIN", "VEVENT")
	line(b, "UID", ev.UID)
	line(b, "DTSTAMP", e.updated.UTC().Format(untilLayout))
	line(b, "SEQUENCE", fmt.Sprint(ev.Sequence))
	moment(b, "DTSTART", ev.Start, ev)
	moment(b, "DTEND", ev.End, ev)
	if e.series != "" {
		moment(b, "RECURRENCE-ID", e.original, ev)
	}
	for _, rule := range ev.Recurrence {
		fmt.Fprintf(b, "%s\r\n", rule)
	}
	for _, x := range c.exceptions[e.id] {
		if x.away && !x.detached {
			moment(b, "EXDATE", x.original, ev)
		}
	}
	line(b, "SUMMARY", escape(ev.Title))
	if ev.Body != "" {
		line(b, "DESCRIPTION", escape(ev.Body))
	}
	line(b, "CLASS", cmp.Or(strings.ToUpper(ev.Visibility), "PUBLIC"))
	status, transparency := "CONFIRMED", "OPAQUE"
	if ev.Tentative {
		status = "TENTATIVE"
	}
	if ev.Free {
		transparency = "TRANSPARENT"
	}
	line(b, "STATUS", status)
	line(b, "TRANSP", transparency)
	line(b, "ORGANIZER", "mailto:"+ev.Organizer)
	for _, g := range ev.Guests {
		kind, role := "INDIVIDUAL", "REQ-PARTICIPANT"
		if g.Resource {
			kind = "RESOURCE"
		}
		if g.Optional {
			role = "OPT-PARTICIPANT"
		}
		line(b, fmt.Sprintf("ATTENDEE;CUTYPE=%s;ROLE=%s;PARTSTAT=%s;X-NUM-GUESTS=%d",
			kind, role, partStat[ev.answerOf(g.Address)], g.More), "mailto:"+g.Address)
	}
	line(b, "END", "VEVENT")
}

// partStat are our answers in the words of RFC 5545 §3.2.12.
var partStat = map[calendars.Response]string{
	calendars.NoAnswer: "NEEDS-ACTION", calendars.Accepted: "ACCEPTED", calendars.Declined: "DECLINED", calendars.Maybe: "TENTATIVE",
}

// moment writes a time of an event: a date, or a local time in the event's zone.
func moment(b *strings.Builder, name string, t time.Time, ev *Event) {
	if ev.AllDay {
		line(b, name+";VALUE=DATE", t.UTC().Format("20060102"))
		return
	}
	line(b, name+";TZID="+ev.Zone, t.In(location(ev.Zone)).Format("20060102T150405"))
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

func escape(s string) string { return escapes.Replace(s) }
