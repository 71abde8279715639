// Package recur expands recurrence sets (RFC 5545 §3.8.5): DTSTART, RRULE,
// RDATE, EXDATE and EXRULE of one event become its occurrences in time.
//
// Rules are followed on the wall clock of the event's own zone and only then
// turned into instants, as §3.3.10 asks: a meeting at 9:00 stays at 9:00 when
// the clocks change. What does not exist on the wall, or exists twice, is read
// as zone.At does.
//
// Overrides (RECURRENCE-ID) are events of their own and live in calendars/ics.
package recur
