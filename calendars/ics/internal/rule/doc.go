// Package rule is one recurrence rule (RFC 5545 §3.3.10): its text parsed, and
// expanded into local seconds.
//
// It knows no time zones. A local second is what a clock on the wall shows,
// counted from 1970-01-01 00:00 on that wall; who asks turns it into an instant
// (recur for events, zone for the rules inside a VTIMEZONE). Sets of rules,
// RDATE and EXDATE do not belong here either: see recur.
package rule
