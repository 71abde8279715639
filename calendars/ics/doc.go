// Package ics reads and edits iCalendar text (RFC 5545) as people's programs
// really write it: files, folders and archives of them become [Calendar]s,
// whose events become [calendars.Copy] for a window of time.
//
// The way of the data, and where to look: charset.go and lexer.go make lines of
// bytes, component.go gathers those that something is made of (property.go names
// them), line.go takes them apart, event.go, people.go and value.go read them,
// series.go puts masters, overrides and duplicates together, calendar.go answers
// questions about the whole, read.go opens files. Object (edit.go) changes one
// calendar object in its own text, for everything that we write.
//
// go-ical gives the object model of what is edited. Its decoder, encoder and
// typed accessors are not used: they fail, and panic, on what is found in the
// wild. Reading makes no objects: a component lives only until its event is
// known, and most of its lines nobody asks for.
//
// Time zones and recurrence rules live in the packages below this one. What may
// not live here: network protocols, the database, judging of meetings.
package ics
