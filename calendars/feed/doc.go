// Package feed reads calendars that are published at an address as one iCalendar
// file (https://…/basic.ics, webcal://…), as nearly every calendar can be. The
// address is often all that it takes to read one, and is treated as a secret.
//
// A feed can be read only. What may not live here: reading iCalendar text (ics),
// limits and failures of servers (reach), keeping addresses (the agent).
package feed
