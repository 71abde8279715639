// Package google reads calendars of Google through its Calendar API v3, answers
// and organizes in them, and holds what that takes: OAuth for people who connect
// themselves, domain-wide delegation, listing an organization's people, limits and
// retries.
//
// [Source.Pull] asks two questions. The feed (series as they were made, and a
// sync token) answers whether anything changed; that is the one call of an idle
// tick. The window (every occurrence between two times, expanded by Google) is
// the truth of what takes place; it is listed when the feed tells of more than a
// plain one-off, and once a day, because it rolls. Whatever must be remembered
// between two pulls is in the cursor: nothing else is kept, and a cursor that is
// lost or no longer good costs one full listing.
//
// [Source.Do] carries out one intent. It looks first, writes only what it saw
// (If-Match), reads back what Google kept, and looks again where somebody was
// faster. Of an event it sends nothing but the fields that change: what Google
// tells of it beyond our knowledge stays. [Source.Look] is that first look alone.
//
// A [TokenSource] hands out access tokens: [Grant] for a person's own consent,
// [Delegation] for an organization's. All failures are an [*Error], whose Kind
// says who has to do what. No token and no text of a server's answer is ever in
// an error or in the log.
//
// Nothing here stores, judges or schedules. Retries within a call are made here,
// up to about a minute; later ones are the caller's.
package google
