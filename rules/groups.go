package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Group is a part of the organization, for its [never] list.
type Group struct {
	Name    string
	Members []string // addresses, or @domain for all of one
}

// groups are Groups to look people up in.
type groups struct {
	names map[string]string // by address, lower case
	rest  map[string]string // by domain: of people whose address is not named
}

// Groups lets e know who is in which group. It is called before e is used. Where a
// [never] list names one, who is in them is among what the hash stands for, so that
// meetings are judged anew when that changes.
func (e *Engine) Groups(all ...Group) {
	e.groups = groups{map[string]string{}, map[string]string{}}
	widely := false // a group that is never asked takes a domain, less those named elsewhere
	for _, g := range all {
		for _, who := range g.Members {
			who = strings.ToLower(strings.TrimSpace(who))
			if domain, whole := strings.CutPrefix(who, "@"); whole {
				e.groups.rest[domain] = g.Name
				widely = widely || e.never.groups[strings.ToLower(g.Name)]
			} else {
				e.groups.names[who] = g.Name
			}
		}
	}
	if len(e.never.groups) == 0 {
		return
	}
	var lines []string
	note := func(sign string, in map[string]string) {
		for who, group := range in {
			if widely || e.never.groups[strings.ToLower(group)] {
				lines = append(lines, fmt.Sprintf("%s%s %q", sign, who, group))
			}
		}
	}
	note("", e.groups.names)
	note("@", e.groups.rest)
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(e.hash + "\n" + strings.Join(lines, "\n")))
	e.hash = hex.EncodeToString(sum[:8])
}

// NeverGroups are the groups that [never] lists name, in lower case and in order.
func (e *Engine) NeverGroups() []string { return slices.Sorted(maps.Keys(e.never.groups)) }

// of returns the group of an address, "" if it is in none.
func (g groups) of(address string) string {
	address = strings.ToLower(address)
	if name, named := g.names[address]; named {
		return name
	}
	_, domain, _ := strings.Cut(address, "@")
	return g.rest[domain]
}

// GroupsOf returns the groups whose meeting it is: that of its organizer, and one
// that more than half of the people invited are in. Both are addresses; organizer is
// "" if unknown, and people has the organizer in it where they are invited.
func (e *Engine) GroupsOf(organizer string, people []string) []string {
	if len(e.groups.names)+len(e.groups.rest) == 0 {
		return nil
	}
	var found []string
	if group := e.groups.of(organizer); group != "" {
		found = append(found, group)
	}
	count := map[string]int{}
	for _, who := range people {
		group := e.groups.of(who)
		if count[group]++; group != "" && 2*count[group] > len(people) && !slices.Contains(found, group) {
			found = append(found, group)
		}
	}
	return found
}
