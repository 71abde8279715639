// Package web is what the daemon shows in a browser. There people connect:
//
//	GET  /connect                      what is read and why, and a button
//	POST /connect/{service}            begins an attempt, and goes on to the service
//	GET  /connect/{service}/callback   where the service sends the browser back to
//
// and answer what mails suggest, behind the links in them:
//
//	GET  /a/{token}   the page of a link; ?choose= is that of another answer
//	POST /a/{token}   takes an answer, and leads to the page that tells of it
//	POST /a/{token}/allow   leads to the service, to let unmeet write, and back to the page
//	GET  /u/{token}   the page to unsubscribe at, and to come back
//	POST /u/{token}   unsubscribes, also as mail programs do it (RFC 8058)
//
// Who signs in has pages of their own, and some see that of the organization:
//
//	GET  /sign-in            where a link is asked for, or the organization's sign-in left for
//	POST /sign-in            has a link sent; all are answered alike, whoever they are
//	GET  /sign-in/{token}    the page of a link, POST uses it up
//	GET  /me                 what was suggested to them; /me/suggestions/{id} is one of these,
//	                         answered by POST as behind the link of its mail
//	GET  /me/meetings        a week of their meetings; /me/meetings/{id} is one of these, and
//	                         POST says that it is classified wrongly, or never to suggest it
//	GET  /me/hours, /me/settings, /me/data, /me/export.json, /me/leave, /me/erase
//	GET  /organization       the report on all, for those whom the configuration names
//
// [Site] is the handler of these pages, [Terminal] lets a person at a terminal
// connect, and [NewServer] runs a handler with limits that a server on the
// internet needs.
//
// GET and HEAD change nothing; the one exception is a callback, which carries a
// state that only the browser that pressed the button can know: 32 random bytes,
// good once and for ten minutes, kept as a hash, and bound to a cookie. Pages load
// nothing, and are kept by no cache. The log has routes, never addresses, queries
// or tokens.
//
// Behind a link a browser is either known as the person's, by a cookie that it got
// when they connected or pressed a button, or it is not. In one that is known, the
// page of an answer that concerns the person and one occurrence alone gives it by
// itself, once it has been seen for a second: one click. Everywhere else, and
// without a script, there is a button. The cookie opens no page that shows
// anything. Behind https its name begins with __Host- and it is Secure; without,
// which [CheckPublic] allows on this very machine only, browsers accept neither.
//
// A session is a cookie of its own, kept as a hash, for a week at most and until it is
// not used for twelve hours; that it was used is all that looking at a page of one's own
// writes down. [Door] says who is signed in, and [Home] what is theirs. Whose something
// is, they tell by the session alone: what is somebody else's is as if it were not there.
//
// What an answer means is decided elsewhere: [Desk] is what the pages want of it.
// What they say of the person's calendar is what a [Slip] knows of it, its [Effect]:
// as long as nothing was written, they say so.
// A page is a sheet, drawn of a [Slip] without any other state, in the language of
// the person: its words are in catalogue/, a language is a file, and what it says
// of meetings comes of package language, as in mails.
//
// The package knows no service: [Service] is what it wants of one. What people
// granted goes to a [Keeper]. Whatever may be shown to a person about a failure to
// connect is a [Refusal]; of all other errors they learn that something went
// wrong, and the log learns what.
package web
