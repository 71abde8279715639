package main

import (
	"context"
	"slices"
	"strings"

	"unmeet/store"
)

// knowing returns c as it reads once it is known by which other addresses people are
// invited: whoever it names by one of these under [[group]], [never] or [[assistant]]
// is meant by their main one, too, which is how the database has them. Where two
// groups name one person, one under [never] counts, else the one with the main address.
func (c config) knowing(ctx context.Context, db *store.DB) (config, error) {
	if len(c.Groups)+len(c.Assistants)+len(c.Never.Organizers) == 0 {
		return c, nil
	}
	aliases, err := db.Aliases(ctx)
	if err != nil || len(aliases) == 0 {
		return c, err
	}
	c.Never.Organizers = withMain(c.Never.Organizers, aliases, nil)
	c.Groups = c.groupsWithMain(aliases)
	c.Assistants = slices.Clone(c.Assistants)
	named := func(who string) bool { return c.assistantOf(who) != "" }
	for i, a := range c.Assistants {
		if main, ok := aliases[strings.ToLower(a.Address)]; ok {
			c.Assistants[i].Address = main
		}
		c.Assistants[i].For = withMain(a.For, aliases, named)
	}
	return c, nil
}

// groupsWithMain are the groups of c with people's main addresses among the members.
func (c config) groupsWithMain(aliases map[string]string) []groupConfig {
	all := slices.Clone(c.Groups)
	guarded := func(g groupConfig) bool {
		return slices.ContainsFunc(c.Never.Groups, func(name string) bool { return strings.EqualFold(name, g.Name) })
	}
	for i, g := range all {
		named := func(who string) bool {
			return slices.ContainsFunc(all, func(other groupConfig) bool {
				return (!guarded(g) || guarded(other)) && contains(other.Members, who)
			})
		}
		all[i].Members = withMain(g.Members, aliases, named)
		if !guarded(g) {
			continue
		}
		for j := range all {
			if !guarded(all[j]) {
				all[j].Members = slices.DeleteFunc(slices.Clone(all[j].Members), func(who string) bool { return contains(all[i].Members, who) })
			}
		}
	}
	return all
}

// withMain adds to addresses the main ones of those that are aliases, unless they are
// named already; nil: nowhere else.
func withMain(addresses []string, aliases map[string]string, named func(string) bool) []string {
	all := slices.Clone(addresses)
	for _, who := range addresses {
		main, ok := aliases[strings.ToLower(who)]
		if ok && !contains(all, main) && (named == nil || !named(main)) {
			all = append(all, main)
		}
	}
	return all
}

func contains(addresses []string, who string) bool {
	return slices.ContainsFunc(addresses, func(one string) bool { return strings.EqualFold(one, who) })
}
