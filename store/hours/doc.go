// Package hours is the arithmetic of meeting time: how a person's double-booked
// time is shared between meetings, what writing and reading the update would
// cost, and how both are clipped to a period.
//
// Everything is pure and in whole seconds, so that sums are exact: over people,
// over meetings, and over a period cut in two. Here is no database, no calendar
// type and no rendering.
package hours
