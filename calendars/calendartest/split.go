package calendartest

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// untilLayout is how RRULE writes an instant, and how Google marks the second
// half of a split series (there without the Z).
const untilLayout = "20060102T150405Z"

var limit = regexp.MustCompile(`;(UNTIL|COUNT)=[^;]*`)

// Split changes "this and following": the series ends before the instance
// planned for at, and a new one, whose id and UID are those of the old with
// "_R" and the time, goes on as edit says. at is not the first instance: then
// nothing would be left of the old. It returns the id of the new series.
func (w *World) Split(id string, at time.Time, edit func(*Event)) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.lead(id).ev
	if old.rule == nil || !old.rule.has(at) || at.Equal(old.Start) {
		panic(fmt.Sprintf("calendartest: %s cannot be split at %s", id, at))
	}
	base, _, _ := strings.Cut(id, "_R")
	next := old.clone()
	next.ID = base + "_R" + strings.TrimSuffix(at.UTC().Format(untilLayout), "Z")
	next.UID = next.ID + "@google.com"
	next.Start, next.End = at, at.Add(old.End.Sub(old.Start))
	next.Recurrence = w.rest(old, at)
	edit(next)

	w.dropExceptions(id, func(e *entry) bool { return !e.original.Before(at) })
	w.change(id, func(ev *Event) {
		for i, line := range ev.Recurrence {
			if strings.HasPrefix(line, "RRULE:") {
				ev.Recurrence[i] = limit.ReplaceAllString(line, "") + ";UNTIL=" + until(at, ev.AllDay)
			}
		}
	})
	return w.create(next)
}

// rest returns the recurrence of a series from at on.
func (w *World) rest(ev *Event, at time.Time) []string {
	lines := append([]string(nil), ev.Recurrence...)
	for i, line := range lines {
		var count int
		found := limit.FindString(line)
		if _, err := fmt.Sscanf(found, ";COUNT=%d", &count); err == nil {
			before := len(ev.rule.between(ev.Start, at.Add(-1)))
			lines[i] = strings.Replace(line, found, fmt.Sprintf(";COUNT=%d", count-before), 1)
		}
	}
	return lines
}

// until is the last moment before at, as RRULE says it.
func until(at time.Time, allDay bool) string {
	if allDay {
		return at.UTC().AddDate(0, 0, -1).Format("20060102")
	}
	return at.UTC().Add(-time.Second).Format(untilLayout)
}
