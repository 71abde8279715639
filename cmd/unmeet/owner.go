package main

import (
	"iter"
	"slices"
	"strings"

	"unmeet/calendars"
	"unmeet/store"
)

// publicProviders are mail domains whose addresses have nothing in common:
// there, an owner is an organization of one.
var publicProviders = map[string]bool{
	"aol.com": true, "fastmail.com": true, "free.fr": true, "gmail.com": true,
	"gmx.at": true, "gmx.ch": true, "gmx.com": true, "gmx.de": true, "gmx.net": true,
	"googlemail.com": true, "hey.com": true, "hotmail.co.uk": true, "hotmail.com": true,
	"hotmail.de": true, "hotmail.fr": true, "icloud.com": true, "laposte.net": true,
	"libero.it": true, "live.com": true, "mac.com": true, "mail.com": true,
	"mail.ru": true, "mailbox.org": true, "me.com": true, "msn.com": true,
	"naver.com": true, "orange.fr": true, "outlook.com": true, "outlook.de": true,
	"outlook.fr": true, "pm.me": true, "posteo.de": true, "proton.me": true,
	"protonmail.com": true, "qq.com": true, "163.com": true, "t-online.de": true,
	"tutanota.com": true, "tuta.io": true, "wanadoo.fr": true, "web.de": true,
	"yahoo.co.jp": true, "yahoo.co.uk": true, "yahoo.com": true, "yahoo.de": true,
	"yahoo.es": true, "yahoo.fr": true, "yandex.ru": true, "zoho.com": true,
}

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

// organizationOf says whose people are ours: those of the domains that were
// named, else of the owners' domains. An owner at a public provider stands for
// nobody else.
func organizationOf(domains, owners []string) store.Organization {
	var o store.Organization
	for _, domain := range domains {
		o.Domains = append(o.Domains, strings.ToLower(domain))
	}
	if len(domains) == 0 {
		for _, owner := range owners {
			if domain := domainOf(owner); !publicProviders[domain] {
				o.Domains = append(o.Domains, domain)
			}
		}
	}
	for _, owner := range owners {
		if !slices.Contains(o.Domains, domainOf(owner)) {
			o.Addresses = append(o.Addresses, owner)
		}
	}
	slices.Sort(o.Domains)
	slices.Sort(o.Addresses)
	o.Domains, o.Addresses = slices.Compact(o.Domains), slices.Compact(o.Addresses)
	return o
}

// everyone is the organization where nothing tells whose calendars these are:
// the domain that more than half of the events have people of, if it is one of
// its own; else all the people in them.
func everyone(copies iter.Seq[*calendars.Copy]) store.Organization {
	in := map[string]int{}
	var o store.Organization
	events := 0
	for c := range copies {
		people := peopleOf(c)
		if len(people) == 0 {
			continue
		}
		events++
		o.Addresses = append(o.Addresses, people...)
		var domains []string
		for _, address := range people {
			domains = append(domains, domainOf(address))
		}
		slices.Sort(domains)
		for _, domain := range slices.Compact(domains) {
			in[domain]++
		}
	}
	most := ""
	for domain, n := range in {
		if publicProviders[domain] || 2*n <= events {
			continue
		}
		if most == "" || n > in[most] || (n == in[most] && domain < most) {
			most = domain
		}
	}
	if most != "" {
		return store.Organization{Domains: []string{most}}
	}
	slices.Sort(o.Addresses)
	o.Addresses = slices.Compact(o.Addresses)
	return o
}
