// Package click is the state machine of an answer: what becomes of a suggestion
// when somebody presses a button, presses another, takes it back, or nobody does
// anything until time is up. [Step] is all of it.
//
// It is pure: the time is a parameter, what is to be done comes back as effects,
// and nothing here knows of databases, mails, pages or calendars. Those who do
// (package agent) run a step and its effects in one transaction.
//
//	offered   put to the person, no answer yet
//	pending   accepted, and the hold runs: nothing has been done so far
//	accepted  the hold is over, the decision stands
//	kept      the person refused it
//	expired   nobody answered in time
//	withdrawn taken back before it was answered
//
// Scanners of mail gateways follow links and press buttons. Two different answers
// from browsers that are not known, within a minute, cancel each other, and so does
// every further one, until a minute was quiet: then stands what stood before the
// first of them, such as an answer whose hold was over, or of a known browser. For a
// minute no unknown browser can change what a known one has answered.
//
// A person who thinks twice is no scanner: an answer replaces the one before it if
// it comes from the same browser, by a gesture and after a moment ([Thought]). A
// third different one ([Thoughts]) shows a scanner after all, and cancels them.
package click
