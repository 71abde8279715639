// Package caldav reads calendars of CalDAV servers (RFC 4791): Nextcloud,
// Radicale, Xandikos, Cyrus, SOGo, Zimbra and their like.
//
// [Client.Discover] finds a person's calendars from what they know: an address
// of a server, of a calendar, or their mail address (RFC 6764). [Source] pulls
// one of them: the first time as a whole, then by sync-collection (RFC 6578)
// where the server has it, else by comparing ETags. [Source.Do] answers and
// organizes in the objects that the server keeps, which then tells whom it
// concerns, if it can (RFC 6638).
//
// It speaks HTTP and XML itself, on the standard library, since answers of
// foreign servers are read as a stream and within limits, one broken object
// must not spoil the others, and what a failure means has to be known: see
// [Error]. The objects themselves are read by package ics.
//
// What may not live here: reading iCalendar text (ics), keeping passwords (the
// agent), and the database.
package caldav
