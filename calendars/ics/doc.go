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
// What is written: Folder (folder.go) is a calendar in files that people's decisions
// are entered in. change.go goes the way from an intent to a file, respond.go,
// organize.go and shorten.go know what each verb changes and how it is taken back,
// override.go parts one occurrence from its series, prove.go reads the text before it
// is written, and swap.go puts it into the place of the old one without losing what
// others write. [Reply] answers an invitation by mail instead.
//
// go-ical gives the object model of what is edited. Its decoder, encoder and
// typed accessors are not used: they fail, and panic, on what is found in the
// wild. Reading makes no objects: a component lives only until its event is
// known, and most of its lines nobody asks for.
//
// Time zones and recurrence rules live in the packages below this one. What may
// not live here: network protocols, the database, judging of meetings.
package ics
