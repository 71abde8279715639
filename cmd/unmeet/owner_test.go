package main

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/store"
)

// event returns a copy that names people; the first one organizes it.
func event(uid string, people ...string) calendars.Copy {
	c := calendars.Copy{UID: uid}
	for i, address := range people {
		party := calendars.Party{Address: address}
		if i == 0 {
			c.Organizer = party
		}
		c.People = append(c.People, calendars.Attendee{Party: party, Kind: calendars.Individual})
	}
	return c
}

func TestOrganizationOf(t *testing.T) {
	for _, c := range []struct {
		says            string
		domains, owners []string
		want            store.Organization
	}{
		{"nobody", nil, nil, store.Organization{}},
		{"the owner's domain", nil, []string{"me@acme.example"}, store.Organization{Domains: []string{"acme.example"}}},
		{"a public provider", nil, []string{"me@gmail.com"}, store.Organization{Addresses: []string{"me@gmail.com"}}},
		{"what was said counts", []string{"Kite.example"}, []string{"me@gmail.com"}, store.Organization{Domains: []string{"kite.example"}, Addresses: []string{"me@gmail.com"}}},
		{"an owner of the domain that was said", []string{"acme.example"}, []string{"me@acme.example"}, store.Organization{Domains: []string{"acme.example"}}},
		{"many owners", nil, []string{"b@acme.example", "a@acme.example", "c@web.de", "d@zig.example"}, store.Organization{Domains: []string{"acme.example", "zig.example"}, Addresses: []string{"c@web.de"}}},
	} {
		t.Run(c.says, func(t *testing.T) {
			if diff := cmp.Diff(c.want, organizationOf(c.domains, c.owners)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryone(t *testing.T) {
	company := []calendars.Copy{event("a", "a@acme.example", "b@acme.example"), event("b", "c@acme.example", "x@zig.example"), event("c")}
	if diff := cmp.Diff(store.Organization{Domains: []string{"acme.example"}}, everyone(each(company))); diff != "" {
		t.Errorf("a company's events: %s", diff)
	}
	friends := []calendars.Copy{event("a", "b@gmail.com", "a@web.de"), event("b", "b@gmail.com")}
	if diff := cmp.Diff(store.Organization{Addresses: []string{"a@web.de", "b@gmail.com"}}, everyone(each(friends))); diff != "" {
		t.Errorf("friends' events: %s", diff)
	}
	var mixed []calendars.Copy
	for i := range 4 {
		mixed = append(mixed, event(fmt.Sprint(i), fmt.Sprintf("p%d@firm%d.example", i, i)))
	}
	if got := everyone(each(mixed)); len(got.Domains) > 0 || !strings.HasPrefix(strings.Join(got.Addresses, " "), "p0@firm0.example") {
		t.Errorf("events of four firms: %+v", got)
	}
}

// each yields all copies.
func each(copies []calendars.Copy) iter.Seq[*calendars.Copy] {
	return func(yield func(*calendars.Copy) bool) {
		for i := range copies {
			if !yield(&copies[i]) {
				return
			}
		}
	}
}
