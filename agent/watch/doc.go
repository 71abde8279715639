// Package watch is how a running daemon is looked after: its log ([NewLog]), its
// figures for Prometheus ([Meters]), and the pulse of what works in it ([Pulses]),
// by which the service manager and /readyz see whether it does.
//
// Whoever reads logs and figures need not be whoever may read people's calendars.
// So nothing personal lives here: the log names connections, mails and requests by
// numbers and strikes out what looks like an address, and no figure has a person, a
// meeting, an answer or hours in it.
//
// It knows the store and nothing else of ours.
package watch
