// Package calendars is the vocabulary that sources, the store, the rules and
// the agent share: what one calendar says of one event ([Copy]), which one of a
// series is meant ([Instance], [Ref]), and what a pull from a source brings
// home ([Delta]).
//
// Here live plain types and the arithmetic on them, on the standard library
// alone. Nothing here reads a file, speaks a protocol, stores or judges: that
// is what the packages around it are for (calendars/ics and its siblings
// produce these types, store keeps them, rules judge what is derived from
// them).
package calendars
