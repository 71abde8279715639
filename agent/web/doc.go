// Package web is what the daemon shows in a browser. Today that is connecting:
//
//	GET  /connect                      what is read and why, and a button
//	POST /connect/{service}            begins an attempt, and goes on to the service
//	GET  /connect/{service}/callback   where the service sends the browser back to
//
// [Site] is the handler of these pages, [Terminal] does the same for a person at
// a terminal, and [NewServer] runs a handler with limits that a server on the
// internet needs.
//
// GET and HEAD change nothing; the one exception is a callback, which carries a
// state that only the browser that pressed the button can know: 32 random bytes,
// good once and for ten minutes, kept as a hash, and bound to a cookie. Pages
// have no script, load nothing, and are kept by no cache. The log has routes,
// never addresses, queries or tokens.
//
// The package knows no service: [Service] is what it wants of one. What people
// granted goes to a [Keeper]. Whatever may be shown to a person about a
// failure is a [Refusal]; of all other errors they learn that something went
// wrong, and the log learns what.
package web
