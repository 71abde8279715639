// Package calendartest is test support for sources of calendars. It holds three
// things:
//
//   - [Google], a fake of Google Calendar over real HTTP: OAuth, the parts of
//     the Calendar and Directory APIs that unmeet uses, and faults on demand.
//     Behind it stands a [World] of people and calendars, which a test drives
//     as organizers and guests would, and which tells the truth of what each
//     calendar shows, for comparing with what a sync made of it.
//   - [TestSource], the conformance suite that every source passes, applying
//     what the source pulls to a real store.
//   - [TestResponder], the conformance suite of all who write to calendars: each
//     verb once and back, cut off, side by side, under faults, and with people at it
//     by hand.
//
// The fake is written to be unkind where Google is: tombstones are sparse, a
// changed query spoils a sync token, guests are hidden, pages come short or
// empty. Everything it lists is derived from one log of changes for each
// calendar, so that the view of series and the expanded view cannot disagree.
//
// Only tests, and commands that show unmeet off without Google, may import this
// package. It imports calendars and, for the suite, store; no source. A call
// that asks for the impossible (an unknown event, a person added twice) is a
// bug of the test and panics.
package calendartest
