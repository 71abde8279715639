// Package ics reads and edits iCalendar text (RFC 5545) as people's programs
// really write it: files, folders and archives of them become [Calendar]s,
// whose events become [calendars.Copy] for a window of time.
//
// The way of the data, and where to look: charset.go and lexer.go make lines of
// bytes, line.go makes properties of lines, component.go gathers them into
// go-ical's components, event.go, people.go and value.go read those, series.go
// puts masters, overrides and duplicates together, calendar.go answers questions
// about the whole, read.go opens files. Object (edit.go) changes one calendar
// object in its own text, for everything that we write.
//
// go-ical gives the object model. Its decoder, encoder and typed accessors are
// not used: they fail, and panic, on what is found in the wild.
//
// Time zones and recurrence rules live in the packages below this one. What may
// not live here: network protocols, the database, judging of meetings.
package ics
