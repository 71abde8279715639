// Package suggest decides who is asked about which meetings, and when. [Plan]
// is the whole policy: it takes a person, the meetings ahead of them and what
// was suggested before, and returns at most three offers and, for each meeting
// that is not offered, the one [Reason] that held it back. [Next] says when a
// person's turn comes again.
//
// A meeting passes gates in a fixed order: those of the person (may they be
// written to at all, and now), those of the meeting (what it is for, whose, when,
// who remains), those of what was suggested before (silences, open questions,
// rules that people refuse), and last the budget. The first gate that stays shut
// names the reason, so that the counts of reasons and offers add up to the
// meetings looked at.
//
// Two readings of "out of hours" both hold: no mail goes out when its reader does
// not work, and a meeting that lies wholly outside their working hours is not
// suggested to them. Who put it there, for another time zone or for the evening,
// did so on purpose, and its people agreed to it; one that only begins before work
// or ends after it is like any other.
//
// Organizers come first: while one is asked to do a series in writing, or does so,
// its guests are not nudged. An organizer who was not asked yet does not hold them
// up, for that may take weeks.
//
// [Snapshot] is what a mail and the pages show of a suggestion. It is kept with
// the suggestion, so that both show the same though the calendar moved on. It
// says nothing in any language: facts are data, and catalogues make words of
// them.
//
// Everything here is pure: the time is an argument, and nothing depends on the
// order of the candidates. What may not live here: the database (store and
// package agent), words for people other than the sentences of reasons that an
// operator reads, and the answer to a suggestion (package click).
package suggest
