package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/calendars/google"
	"unmeet/store"
)

// invitee is somebody who may be connected by delegation.
type invitee struct {
	address string
	named   bool   // on the command line, and so by somebody who knows
	group   string // as a member of which, "" if by name
}

// delegated connects people by domain-wide delegation. Who agreed is kept here,
// as a connection each: what an administrator allowed goes further.
func (cmd *connectGoogleCmd) delegated(a *app, c config) error {
	people, groups := cmd.People, cmd.Group
	named := len(people)+len(groups) > 0
	if !named {
		people, groups = c.Google.Delegation.People, c.Google.Delegation.Groups
	}
	for _, address := range people {
		if len(c.Organization.Domains) > 0 && outside(c, address) {
			return hinted(fmt.Errorf("%s is not of this organization (%s)", address, strings.Join(c.Organization.Domains, ", ")),
				"organization.domains lists the domains whose people are read for")
		}
	}
	dir := directory{app: a, config: c}
	d, err := a.delegation(c, google.Transport{}, readScope)
	if err != nil {
		return err
	}
	members := map[string][]string{}
	for _, group := range groups {
		if members[group], err = dir.members(group); err != nil {
			return err
		}
	}
	chosen, strangers := invitees(c, people, named, groups, members)
	if strangers > 0 {
		fmt.Fprintf(a.stderr, "%s of other domains left out\n", text.Count(strangers, "group member"))
	}
	if len(chosen) == 0 {
		return nothing("name them, or a --group, or set people or groups under [google.delegation]", "nobody to connect")
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()

	j := joining{app: a, db: db, delegation: d, dry: cmd.DryRun}
	for _, who := range chosen {
		if err := j.tell(who); err != nil {
			return err
		}
	}
	if !j.dry {
		if err := setOrganization(a.ctx, db, c); err != nil {
			return err
		}
	}
	return j.summary()
}

// invitees returns people and the members of groups, each once, in order of
// address, and how many members were left out as of other domains. Who is named is
// so whatever groups they are in; of several groups, the first counts.
func invitees(c config, people []string, named bool, groups []string, members map[string][]string) (sorted []invitee, strangers int) {
	all := map[string]invitee{}
	for _, address := range people {
		address = strings.ToLower(address)
		all[address] = invitee{address: address, named: named}
	}
	for _, group := range groups {
		for _, address := range members[group] {
			if outside(c, address) {
				strangers++
			} else if _, known := all[address]; !known {
				all[address] = invitee{address: address, group: strings.ToLower(group)}
			}
		}
	}
	for _, who := range all {
		sorted = append(sorted, who)
	}
	slices.SortFunc(sorted, func(x, y invitee) int { return strings.Compare(x.address, y.address) })
	return sorted, strangers
}

// outside reports whether an address is in none of the organization's domains.
// Where none are set, only the administrator of delegation tells of one.
func outside(c config, address string) bool {
	domains := c.Organization.Domains
	if own := domainOf(c.Google.Delegation.Admin); len(domains) == 0 && own != "" {
		domains = []string{own}
	}
	return len(domains) > 0 && !slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, domainOf(address)) })
}

// directory looks groups up, as the administrator that the configuration names.
type directory struct {
	*app
	config    config
	transport google.Transport

	client *google.Directory // nil until needed
}

// members returns who is in a group; suspended accounts are not.
func (d *directory) members(group string) ([]string, error) {
	admin := d.config.Google.Delegation.Admin
	if admin == "" {
		return nil, hinted(errors.New("groups are looked up as an administrator, and none is set"), "set admin under [google.delegation]")
	}
	if d.client == nil {
		service, err := d.delegation(d.config, d.transport, google.ReadMembers)
		if err != nil {
			return nil, err
		}
		d.client, err = google.NewDirectory(google.DirectoryOptions{
			Person: admin, Tokens: service.For(admin), Endpoints: google.EndpointsAt(d.config.Google.Endpoint), Transport: d.transport,
		})
		if err != nil {
			return nil, err
		}
	}
	people, err := d.client.Members(d.ctx, group)
	if err != nil {
		return nil, hintedByGoogle(fmt.Errorf("group %s: %w", group, err), "check the group's address, and that "+admin+" is an administrator")
	}
	return people, nil
}

// hintedByGoogle adds to err what Google's error says to do, or otherwise.
func hintedByGoogle(err error, otherwise string) error {
	if e, ok := errors.AsType[*google.Error](err); ok && e.Hint != "" {
		return hinted(err, e.Hint)
	}
	return hinted(err, otherwise)
}

// joining connects invitees, and counts what became of them.
type joining struct {
	*app
	db         *store.DB
	delegation *google.Delegation
	dry        bool

	connected, already, left, failed int
}

// outcome is what became of an invitee.
type outcome int

const (
	nowConnected outcome = iota
	connectedBefore
	hasLeft // by their own wish, which stands
	outOfReach
)

// join connects one person, unless they are connected or have left.
func (j *joining) join(ctx context.Context, who invitee) (outcome, error) {
	known, err := j.db.Connection(ctx, googleKind, who.address)
	if errors.Is(err, store.ErrNoConnection) {
		err = nil
	}
	forgotten := false
	if err == nil {
		forgotten, err = j.db.Forgotten(ctx, who.address)
	}
	became := nowConnected
	switch {
	case err != nil:
		return outOfReach, err
	case forgotten:
		j.left++
		return hasLeft, nil
	case known.State == store.Disconnected && !who.named:
		j.left++
		return hasLeft, nil
	case known.Via == store.ByGrant && known.State != store.Disconnected:
		j.already++
		return connectedBefore, nil
	case known.State == store.Connected || known.State == store.Failing:
		if !who.named || known.Group == "" {
			j.already++
			return connectedBefore, nil
		}
		became = connectedBefore // but from now on by name, whatever group they leave
	}
	if _, err := j.delegation.For(who.address).Token(ctx); err != nil {
		if google.KindOf(err) != google.Auth && google.KindOf(err) != google.Session {
			return outOfReach, hintedByGoogle(fmt.Errorf("%s: %w", who.address, err), "check [google.delegation]") // the next would fail likewise
		}
		j.failed++
		return outOfReach, nil
	}
	if became == connectedBefore {
		j.already++
	} else {
		j.connected++
	}
	if j.dry {
		return became, nil
	}
	_, err = j.db.Connect(ctx, j.now(), store.NewConnection{
		Kind: googleKind, Owner: who.address, Via: store.ByDelegation, Group: who.group, Scopes: []string{readScope}, Remotes: []string{googleRemote},
	})
	return became, err
}

// tell is join, and says what became of those who need a word. Somebody whose
// calendar cannot be read is told of; others go on.
func (j *joining) tell(who invitee) error {
	became, err := j.join(j.ctx, who)
	switch {
	case err != nil:
		return err
	case became == hasLeft:
		fmt.Fprintf(j.stderr, "%s: has left, and stays so\n", who.address)
	case became == outOfReach:
		fmt.Fprintf(j.stderr, "%s: no such account, or it is suspended\n", who.address)
	case became == nowConnected && j.dry:
		_, err = fmt.Fprintln(j.stdout, who.address)
	}
	return err
}

// summary says what became of all.
func (j *joining) summary() error {
	verb := "connected"
	if j.dry {
		verb = "would be connected"
	}
	line := text.Count(j.connected, "calendar") + " " + verb
	for _, part := range []struct {
		n    int
		what string
	}{{j.already, "connected before"}, {j.left, "left out by their own wish"}, {j.failed, "could not be reached"}} {
		if part.n > 0 {
			line += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	out := j.stdout
	if j.dry {
		out = j.stderr // what is listed stands alone
	}
	if _, err := fmt.Fprintln(out, line); err != nil {
		return err
	}
	if j.failed > 0 {
		return errReported
	}
	return nil
}
