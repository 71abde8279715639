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
// What may not live here: SQL (store), the words and weights of a judgement
// (rules), and calendar protocols. The agent declares the small interfaces that
// it wants of a calendar; sources satisfy them, and only cmd/unmeet knows which
// sources there are.
package agent
