package ics

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
)

var berlin = location("Europe/Berlin")

func location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// The year that all tests look at.
var yearFrom, yearTo = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

// calendar wraps lines in a VCALENDAR.
func calendar(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

// event wraps lines in a VEVENT with a UID; one without a DTSTART is given one.
func eventOf(lines ...string) string {
	text := strings.Join(lines, "\r\n")
	if !strings.Contains(strings.ToUpper("\r\n"+text), "\r\nDTSTART") {
		text = "DTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n" + text
	}
	return "BEGIN:VEVENT\r\nUID:1\r\n" + text + "\r\nEND:VEVENT"
}

func readAll(t *testing.T, text string, opt Options) []*Calendar {
	t.Helper()
	list, err := Read(context.Background(), strings.NewReader(text), "test.ics", opt)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// read reads text, which holds one calendar, with floating times in Berlin.
func read(t *testing.T, text string) *Calendar {
	t.Helper()
	list := readAll(t, text, Options{Zone: berlin})
	if len(list) != 1 {
		t.Fatalf("%d calendars, want one", len(list))
	}
	return list[0]
}

// copiesOf returns what text says of the year.
func copiesOf(t *testing.T, text string) []calendars.Copy {
	t.Helper()
	list, skipped := read(t, text).Copies(yearFrom, yearTo)
	if len(skipped) > 0 {
		t.Fatalf("skipped %v", skipped)
	}
	return list
}

// copyOf reads an event of these lines, which must occur in the year.
func copyOf(t *testing.T, lines ...string) calendars.Copy {
	t.Helper()
	list := copiesOf(t, calendar(eventOf(lines...)))
	if len(list) != 1 {
		t.Fatalf("%d copies, want one: %v", len(list), list)
	}
	return list[0]
}

// show writes the occurrences of copies, one in a line, as a person would check
// them: when, which instance, what.
func show(list []calendars.Copy) string {
	var lines []string
	add := func(k calendars.Copy, id calendars.Instance, start, end time.Time) {
		layout := "2006-01-02 15:04 MST"
		if k.AllDay {
			layout = "2006-01-02"
		}
		line := fmt.Sprintf("%s to %s", start.Format(layout), end.Format(layout))
		if id != "" {
			line += " as " + string(id)
		}
		if k.Title != "" {
			line += ": " + k.Title
		}
		if k.Status != calendars.Confirmed {
			line += " (" + string(k.Status) + ")"
		}
		lines = append(lines, line)
	}
	for _, k := range list {
		for _, s := range k.Spans {
			add(k, s.Instance, s.Start, s.End)
		}
		if len(k.Spans) == 0 && !k.Series() {
			add(k, k.Instance, k.Start, k.End)
		}
	}
	return strings.Join(lines, "\n")
}

// reasons writes what was passed over or remarked.
func reasons(list []calendars.Skip) string {
	var lines []string
	for _, s := range list {
		lines = append(lines, fmt.Sprintf("%d: %s", s.Line, s.Reason))
	}
	return strings.Join(lines, "\n")
}
