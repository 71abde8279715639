package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/store"
)

// enrollCmd has people take part.
type enrollCmd struct {
	Who []string `arg:"" name:"email|group" help:"People who agreed, by address, or groups of them, by their name in the configuration."`
}

// Help says who is to be enrolled.
func (enrollCmd) Help() string {
	return `Has people take part in suggestions who agreed to it in another way than by connecting a calendar, which enrols them by itself. "unmeet announce" is a draft to tell them of it.

    unmeet enroll ann@acme.example bo@acme.example
    unmeet enroll Design

Whether they are asked anything is for the mode of their group to say. Who left comes back only by connecting.

Whoever the mail server did not know gets mail again once they are enrolled anew.`
}

// Run enrols.
func (cmd *enrollCmd) Run(a *app) error {
	c, db, err := a.configured(a.openDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	chosen, err := cmd.chosen(a, c, db)
	if err != nil {
		return err
	}
	enrolled, observing := 0, 0
	var left, again []string
	ways := c.ways()
	for _, address := range chosen {
		takesPart, err := db.Invite(a.ctx, address)
		switch {
		case err != nil:
			return err
		case !takesPart:
			left = append(left, address)
			continue
		case ways(address).Observing:
			observing++
		}
		enrolled++
		switch why, err := db.Suppressed(a.ctx, address); {
		case err != nil:
			return err
		case why != "":
			if err := db.Unsuppress(a.ctx, address); err != nil {
				return err
			}
			again = append(again, address)
		}
	}
	switch {
	case enrolled == 1 && len(chosen) == 1:
		_, err = fmt.Fprintf(a.stdout, "%s takes part now.\n", chosen[0])
	default:
		_, err = fmt.Fprintf(a.stdout, "%d of %s take part now.\n", enrolled, text.Count(len(chosen), "person"))
	}
	if err != nil {
		return err
	}
	for _, address := range again {
		a.note("mail to %s is tried again from their next turn on: the mail server had said that there is no such address", address)
	}
	if observing > 0 {
		a.note("not asked anything, since their group observes: %s", text.Count(observing, "person"))
		a.hint(`mode = "suggest" under [[group]], or under [suggest] for people in no group, changes that`)
	}
	for _, address := range left {
		fmt.Fprintf(a.stderr, "unmeet: %s left, and was not enrolled\nhint: only %s can come back, by connecting: %s/connect\n", address, address, c.publicURL())
	}
	if len(left) > 0 {
		return errReported
	}
	return nil
}

// chosen returns the addresses of whom the arguments name, each once and in order.
func (cmd *enrollCmd) chosen(a *app, c config, db *store.DB) ([]string, error) {
	ours, err := a.ours(c, db)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, who := range cmd.Who {
		if !strings.Contains(who, "@") {
			members, err := a.membersOf(c, db, who)
			if err != nil {
				return nil, err
			}
			all = append(all, members...)
			continue
		}
		if err := checkAddress(who); err != nil {
			return nil, usage("it takes addresses, or names of groups of the configuration", "%w", err)
		}
		all = append(all, strings.ToLower(who))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, address := range all {
		if !ours(address) {
			return nil, hinted(fmt.Errorf("%s is not of the organization", address), "organization.domains says whose people are yours")
		}
	}
	return all, nil
}

// membersOf returns whom a group of the configuration holds: those it names, and
// those known of domains that it names.
func (a *app) membersOf(c config, db *store.DB, name string) (members []string, err error) {
	group, known := c.groupNamed(name)
	if !known {
		var names []string
		for _, g := range c.Groups {
			names = append(names, g.Name)
		}
		if checkDomain(name) == nil {
			return nil, hinted(fmt.Errorf("there is no group %q", name), "a person is named by an address, such as ann@acme.example")
		}
		hint := "the configuration has no [[group]]"
		if len(names) > 0 {
			hint = "the configuration has " + strings.Join(names, ", ")
		}
		return nil, hinted(fmt.Errorf("there is no group %q", name), hint)
	}
	for _, who := range group.Members {
		if !strings.HasPrefix(who, "@") {
			members = append(members, strings.ToLower(who))
		}
	}
	people, err := db.Everyone(a.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if g, ok := c.groupOf(p.Address); ok && g.Name == name {
			members = append(members, p.Address)
		}
	}
	if len(members) == 0 {
		return nil, hinted(fmt.Errorf("nobody is known to be in the group %q", name), "its members are addresses, or domains of people whose calendars were read")
	}
	return members, nil
}

// ours returns what tells whether an address is of the organization's people: as
// the configuration has it, else as those who are connected.
func (a *app) ours(c config, db *store.DB) (func(address string) bool, error) {
	organization, err := organizationNow(a.ctx, db, c)
	if err != nil {
		return nil, err
	}
	return func(address string) bool {
		_, domain, _ := strings.Cut(address, "@")
		is := func(other string) func(string) bool {
			return func(s string) bool { return strings.EqualFold(s, other) }
		}
		return slices.ContainsFunc(organization.Domains, is(domain)) || slices.ContainsFunc(organization.Addresses, is(address))
	}, nil
}

// unenrollCmd has a person take part no more.
type unenrollCmd struct {
	Email string `arg:"" help:"Who leaves."`
	Yes   bool   `short:"y" help:"Do not ask."`
}

// Help says what stays.
func (unenrollCmd) Help() string {
	return `Ends suggestions to a person, for good: only they themselves can come back, by connecting. What they were asked and answered is forgotten but for the numbers, and what others were asked about meetings of theirs is taken back.

Their calendar is still read, for reports: "unmeet disconnect" ends that, too. To end mails and no more, there is a link in each.`
}

// Run has the person leave.
func (cmd *unenrollCmd) Run(a *app) error {
	if err := checkAddress(cmd.Email); err != nil {
		return usage("it takes the address of a person", "%w", err)
	}
	_, db, err := a.configured(a.openDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	who := strings.ToLower(cmd.Email)
	if _, err := db.Settings(a.ctx, who); errors.Is(err, store.ErrNoPerson) {
		return unknownPerson(who)
	} else if err != nil {
		return err
	}
	if !cmd.Yes {
		if !isTerminal(a.stdin) {
			return usage("add --yes to mean it", "this forgets what %s was asked and answered", who)
		}
		if err := a.confirm(bufio.NewReader(a.stdin), fmt.Sprintf("Forget what %s was asked and answered?", who)); err != nil {
			return err
		}
	}
	if err := db.Leave(a.ctx, a.now(), who, "cli"); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s takes part no more: what they were asked and answered is forgotten.\n", who)
	return err
}
