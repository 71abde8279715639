package ics

import (
	"cmp"
	"maps"
	"strings"

	"unmeet/calendars"
)

// census counts whom the events of a calendar name, to find whose it is. Series
// count as one, and so does what lies outside of the window that is asked for.
type census struct {
	events    int            // those that name anybody
	addresses map[string]int // events that a person is in
	domains   map[string]at  // events that people of a domain are in
}

// at counts events, and knows the last one it counted.
type at struct{ events, last int }

func newCensus() census {
	return census{addresses: make(map[string]int), domains: make(map[string]at)}
}

// count takes up an event.
func (n *census) count(e *event) {
	number := n.events + 1 // of this event, if it names anybody
	organizer := e.copy.Organizer.Address
	listed := false
	for _, a := range e.copy.People {
		if a.Person() {
			n.add(a.Address, number)
			listed = listed || a.Address == organizer
		}
	}
	if !listed && !calendarAddress(organizer) {
		n.add(organizer, number)
	}
}

func (n *census) add(address string, number int) {
	n.events = number
	n.addresses[address]++
	_, domain, _ := strings.Cut(address, "@")
	if d := n.domains[domain]; d.last != number {
		n.domains[domain] = at{d.events + 1, number}
	}
}

// Named is whom the events of a calendar name.
type Named struct {
	Events    int            // how many name anybody; a series is one
	Addresses map[string]int // of people, and how many of the events each is in
	Domains   map[string]int // what stands after the @ there, and how many events have people of it
}

// Named counts the people in all events of the file, those outside of the window
// that Options names, too.
func (c *Calendar) Named() Named {
	domains := make(map[string]int, len(c.named.domains))
	for domain, d := range c.named.domains {
		domains[domain] = d.events
	}
	return Named{Events: c.named.events, Addresses: maps.Clone(c.named.addresses), Domains: domains}
}

// NamedOwner is the only address in the calendar's name, "" if there is none.
func (c *Calendar) NamedOwner() string {
	if a := cmp.Or(address(c.Name), addressIn(c.Name)); !calendarAddress(a) {
		return a
	}
	return ""
}

// Owner is the address whose calendar this seems to be: the one that its name
// tells, else the only one that is in at least 80 % of its events that name
// anybody, else "".
func (c *Calendar) Owner() string {
	if a := c.NamedOwner(); a != "" {
		return a
	}
	owner := ""
	for a, n := range c.named.addresses {
		if 5*n < 4*c.named.events {
			continue
		}
		if owner != "" {
			return ""
		}
		owner = a
	}
	return owner
}

// calendarAddress reports whether a is of no person.
func calendarAddress(a string) bool {
	return !calendars.Attendee{Party: calendars.Party{Address: a}, Kind: calendars.Individual}.Person()
}
