package main

import (
	"maps"
	"slices"
	"strings"

	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/store"
)

// domainOf returns what stands after the @ of address.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// peopleOf returns the addresses of the people c names, each once.
func peopleOf(c *calendars.Copy) []string {
	organizer := calendars.Attendee{Party: c.Organizer, Kind: calendars.Individual}
	people := make([]string, 0, len(c.People)+1)
	listed := false
	for _, attendee := range c.People {
		listed = listed || attendee.Address == c.Organizer.Address
		if attendee.Person() && !slices.Contains(people, attendee.Address) {
			people = append(people, attendee.Address)
		}
	}
	if !listed && organizer.Person() {
		people = append(people, organizer.Address)
	}
	return people
}

// owners are whose calendars the files are, in order.
type owners struct {
	named   []string // on the command line, or in a calendar's name
	guessed []string // by who is in nearly all events of a calendar
}

// ownerOf returns the owner of c: as c tells, else person. Of the only calendar
// there is, it is person, if there is one.
func (l *library) ownerOf(c *ics.Calendar, person string) string {
	person = strings.ToLower(person)
	if owner := c.Owner(); owner != "" && (person == "" || len(l.calendars) > 1) {
		return owner
	}
	return person
}

// owners returns whose the calendars are, as far as that can be told. The person
// that was named is among them.
func (l *library) owners(person string) owners {
	var o owners
	if person != "" {
		o.named = append(o.named, strings.ToLower(person))
	}
	for _, c := range l.calendars {
		owner := l.ownerOf(c, person)
		switch {
		case owner == "" || slices.Contains(o.named, owner):
		case owner == c.NamedOwner():
			o.named = append(o.named, owner)
		default:
			o.guessed = append(o.guessed, owner)
		}
	}
	slices.Sort(o.named)
	slices.Sort(o.guessed)
	o.named, o.guessed = slices.Compact(o.named), slices.Compact(o.guessed)
	return o
}

// organizationOf says whose people are ours: those of the domains that were
// named, which is final; else those of the owners' domains. Only where no owner
// is named do those that are guessed stand for it, and of them the most. An
// owner at a public provider stands for nobody else.
func organizationOf(domains []string, o owners, person string) store.Organization {
	var organization store.Organization
	if len(domains) > 0 {
		for _, domain := range domains {
			organization.Domains = append(organization.Domains, strings.ToLower(domain))
		}
		o = owners{}
		if person != "" {
			o.named = []string{strings.ToLower(person)}
		}
	}
	ours := o.named
	if len(ours) == 0 {
		ours = most(o.guessed)
	}
	for _, owner := range ours {
		domain := domainOf(owner)
		switch {
		case slices.Contains(organization.Domains, domain):
		case len(domains) == 0 && !publicProvider(domain):
			organization.Domains = append(organization.Domains, domain)
		default:
			organization.Addresses = append(organization.Addresses, owner)
		}
	}
	slices.Sort(organization.Domains)
	slices.Sort(organization.Addresses)
	organization.Domains, organization.Addresses = slices.Compact(organization.Domains), slices.Compact(organization.Addresses)
	return organization
}

// most returns the owners at the domain that more than half of them are at; all
// of them if there is no such domain, or if it is a public provider's.
func most(owners []string) []string {
	at := map[string][]string{}
	for _, owner := range owners {
		domain := domainOf(owner)
		at[domain] = append(at[domain], owner)
	}
	for domain, there := range at {
		if 2*len(there) > len(owners) && !publicProvider(domain) {
			return there
		}
	}
	return owners
}

// named counts whom the events of all calendars name, whatever the time.
func (l *library) named() ics.Named {
	all := ics.Named{Addresses: map[string]int{}, Domains: map[string]int{}}
	for _, c := range l.calendars {
		of := c.Named()
		all.Events += of.Events
		for address, n := range of.Addresses {
			all.Addresses[address] += n
		}
		for domain, n := range of.Domains {
			all.Domains[domain] += n
		}
	}
	return all
}

// everyone is the organization where nothing tells whose calendars these are:
// the domain that more than half of the events have people of, if it is one of
// its own; else all the people in them.
func everyone(named ics.Named) store.Organization {
	first := ""
	for domain, n := range named.Domains {
		if publicProvider(domain) || 2*n <= named.Events {
			continue
		}
		if best := named.Domains[first]; first == "" || n > best || n == best && domain < first {
			first = domain
		}
	}
	if first != "" {
		return store.Organization{Domains: []string{first}}
	}
	return store.Organization{Addresses: slices.Sorted(maps.Keys(named.Addresses))}
}
