// Package trial is the state machine of a trial: an organizer does a meeting in
// writing a few times, and then says how it goes on. [Rules.Step] is all of it.
//
// Each occurrence of a trial was called off in the calendar before its time comes.
// Then its organizer gets the draft of the update that takes its place, two hours
// later one question (did you send it, or do you meet next time?), and nothing more:
//
//	planned  its time has not come
//	drafted  the draft went out
//	asked    the question did, too
//	sent     the organizer said that the update was sent: only such count as recovered
//	missed   it was not, or nobody said so before the next one
//	back     it was brought back, because the one before it was missed, or all were
//	held     it takes place after all, whoever saw to that: it is no part of the trial
//	skipped  nothing ran when its time came: nobody is blamed
//
// After two that were missed the organizer is offered to bring back the rest. After
// the last the guests are asked once whether they miss the meeting, and some days
// later the organizer how to go on: in writing, as before, or shorter. Who does not
// answer meets again, for the series itself was never touched.
//
// An answer is held for a while before it does anything, and two different ones of
// browsers that are not known cancel each other, as in package click ([Press]).
//
// It is pure: the time is a parameter, what is to be done comes back as effects,
// and nothing here knows of databases, mails, pages or calendars.
package trial
