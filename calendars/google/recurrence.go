package google

import (
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// The functions here edit the recurrence of a series, which is lines of iCalendar
// (RFC 5545 §3.8.5). Lines that are not concerned stay as they are.

// endedBefore returns lines so that no occurrence is left from the one named at on.
func endedBefore(lines []string, at calendars.Instance, zone *time.Location) []string {
	var kept []string
	for _, line := range lines {
		switch lineName(line) {
		case "RRULE":
			line = limited(line, at)
		case "RDATE":
			if line = datesWhere(line, zone, func(d calendars.Instance) bool { return before(d, at) }); line == "" {
				continue
			}
		}
		kept = append(kept, line)
	}
	return kept
}

// endsBefore reports whether lines make no occurrence from the one named at on, as
// far as lines alone can tell: a COUNT they cannot.
func endsBefore(lines []string, at calendars.Instance, zone *time.Location) bool {
	return !slices.ContainsFunc(lines, func(line string) bool {
		switch lineName(line) {
		case "RRULE":
			end, ok := until(valueOf(line))
			start, known := at.Time(time.UTC)
			return !ok || !known || !end.Before(start)
		case "RDATE":
			return datesWhere(line, zone, func(d calendars.Instance) bool { return !before(d, at) }) != ""
		}
		return false
	})
}

// restFrom returns the recurrence of a series that goes on, from the occurrence
// named at, where another is made to end. last is its last occurrence, "" where
// there is none; out are the occurrences that do not take place.
func restFrom(lines []string, at, last calendars.Instance, out []calendars.Instance, zone *time.Location) []string {
	var kept []string
	for _, line := range lines {
		switch lineName(line) {
		case "RRULE":
			if last != "" && strings.Contains(strings.ToUpper(line), "COUNT=") {
				line = withParts(line, "UNTIL="+string(last))
			}
		case "RDATE":
			if line = datesWhere(line, zone, func(d calendars.Instance) bool { return !before(d, at) }); line == "" {
				continue
			}
		}
		kept = append(kept, line)
	}
	for _, x := range out {
		name := "EXDATE:"
		if len(x) == len("20060102") {
			name = "EXDATE;VALUE=DATE:"
		}
		kept = append(kept, name+string(x))
	}
	return kept
}

// before compares what both are dates, or instants in UTC.
func before(a, b calendars.Instance) bool { return a < b }

// limited ends a rule before an occurrence, unless it ends earlier anyway.
func limited(line string, at calendars.Instance) string {
	start, ok := at.Time(time.UTC)
	if !ok {
		return line
	}
	if end, ok := until(valueOf(line)); ok && end.Before(start) {
		return line
	}
	last := calendars.InstanceOn(start.AddDate(0, 0, -1))
	if len(at) > len(last) {
		last = calendars.InstanceAt(start.Add(-time.Second))
	}
	return withParts(line, "UNTIL="+string(last))
}

// withParts replaces what limits a rule.
func withParts(line, limit string) string {
	name, value, _ := strings.Cut(line, ":")
	var parts []string
	for part := range strings.SplitSeq(value, ";") {
		key, _, _ := strings.Cut(part, "=")
		if !strings.EqualFold(key, "UNTIL") && !strings.EqualFold(key, "COUNT") && part != "" {
			parts = append(parts, part)
		}
	}
	return name + ":" + strings.Join(append(parts, limit), ";")
}

// datesWhere keeps of a line of dates those that keep wants, "" if none is left.
// What cannot be read is kept.
func datesWhere(line string, zone *time.Location, keep func(calendars.Instance) bool) string {
	name, value, _ := strings.Cut(line, ":")
	for param := range strings.SplitSeq(name, ";") {
		if key, id, ok := strings.Cut(param, "="); ok && strings.EqualFold(key, "TZID") {
			zone, _ = location(id)
		}
	}
	var kept []string
	for date := range strings.SplitSeq(value, ",") {
		if d, ok := instanceOfDate(date, zone); !ok || keep(d) {
			kept = append(kept, date)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return name + ":" + strings.Join(kept, ",")
}

// instanceOfDate names the occurrence that an RDATE makes: at a date, a time or the
// start of a period.
func instanceOfDate(text string, zone *time.Location) (calendars.Instance, bool) {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "/")
	if _, err := time.Parse("20060102", text); err == nil {
		return calendars.Instance(text), true
	}
	if _, err := time.Parse("20060102T150405Z", text); err == nil {
		return calendars.Instance(text), true
	}
	t, err := time.ParseInLocation("20060102T150405", text, zone)
	return calendars.InstanceAt(t), err == nil
}

// lineName returns the name of a line in upper case, without its parameters.
func lineName(line string) string {
	name, _, _ := strings.Cut(line, ":")
	name, _, _ = strings.Cut(name, ";")
	return strings.ToUpper(strings.TrimSpace(name))
}

func valueOf(line string) string {
	_, value, _ := strings.Cut(line, ":")
	return value
}
