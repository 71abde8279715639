// Command bench measures calendars/ics beside libical and beside Python's
// icalendar with recurring-ical-events: how much processor time each takes to
// decode generated events and to expand one year of them, how much memory, and
// whether they find the same number of occurrences.
//
//	go run ./calendars/ics/bench [-events 20000] [-python 2000] [-runs 3]
//
// It needs gcc, libical-dev, python3-icalendar and python3-recurring-ical-events
// and leaves out, by name, what is not there. Every figure is the least of the
// runs, of a process of its own. Python gets fewer events, for it takes minutes
// where others take a second; its figures are for as many events as it got, and
// the comparison is with ours for the same file.
package main
