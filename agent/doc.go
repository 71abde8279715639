// Package agent is the daemon. It carries what one part of unmeet knows to the
// next, in one direction:
//
//	sync     pull what changed from every calendar into the store
//	judge    let the rules say what the meetings touched by it are for
//	suggest  choose who is asked about which of them, and when
//	mail     send the questions out
//	act      carry out what a click decided: decline, cancel, restore
//	verify   see in a later sync whether it came true, and count only that
//
// The decisions along the way are pure functions in rooms of their own; one
// that is there already is agent/report, which counts the hours. Here is only
// the glue between them: it reads the store, asks, and writes down the answer.
//
// [Syncer] is the first half of it: it finds work by its time, leases it, pulls
// outside of any transaction and applies inside one, has judged what was touched,
// and then lets go of the words. Each step can be repeated, so that a process may
// die anywhere; internal/failpoint marks where tests make it.
//
// [Desk] and [Committer] are what answers come to: a page hands over what was
// pressed, agent/click says what becomes of it, and the store keeps both in one
// transaction; once the hold is over the answer stands. [Gate] asks once more
// before each mail.
//
// [Digester] is the second: when a person's turn comes, it gathers what is ahead of
// them, has package suggest choose, and queues one mail together with the
// suggestions in it. [Desk] takes the answers, [Committer] ends their holds.
//
// [Actor] then does what was decided, through a [Responder] for each calendar: it looks
// first, writes the intent down, and does it once. [Herald] tells by mail whoever the
// calendar does not tell, and the person what could not be done; the pages say how far
// it has come, and how it would be done, before and after.
//
// [Trialist] sees an organizer's trial through, by what agent/trial says comes next:
// the draft of the update when the meeting would begin, one question whether it went
// out, and in the end those to the guests and to the organizer. It looks into the
// calendar before each draft, in case the meeting takes place after all.
//
// What may not live here: SQL (store), the words and weights of a judgement
// (rules), and calendar protocols. The agent declares the small interfaces that
// it wants of a calendar; sources satisfy them, and only cmd/unmeet knows which
// sources there are.
package agent
