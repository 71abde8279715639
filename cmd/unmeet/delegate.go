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
	named   bool // on the command line, and so by somebody who knows
}

// delegated connects people by domain-wide delegation. Who agreed is kept here,
// as a connection each: what an administrator allowed goes further.
func (cmd *connectGoogleCmd) delegated(a *app, c config) error {
	d, err := a.delegation(c, google.Transport{}, readScope)
	if err != nil {
		return err
	}
	people, err := cmd.invitees(a, c)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return nothing("name them, or a --group, or set people or groups under [google.delegation]", "nobody to connect")
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()

	j := joining{app: a, db: db, delegation: d, dry: cmd.DryRun}
	for _, who := range people {
		if err := j.join(a.ctx, who); err != nil {
			return err
		}
	}
	return j.summary()
}

// invitees returns those named on the command line, or else in the
// configuration, each once, in order of address.
func (cmd *connectGoogleCmd) invitees(a *app, c config) ([]invitee, error) {
	people, groups := cmd.People, cmd.Group
	named := len(people)+len(groups) > 0
	if !named {
		people, groups = c.Google.Delegation.People, c.Google.Delegation.Groups
	}
	all := map[string]invitee{}
	for _, address := range people {
		address = strings.ToLower(address)
		all[address] = invitee{address, named}
	}
	members, err := a.members(c, groups)
	if err != nil {
		return nil, err
	}
	strangers := 0
	for _, address := range members {
		if !colleague(c, address) {
			strangers++
		} else if _, known := all[address]; !known {
			all[address] = invitee{address: address}
		}
	}
	if strangers > 0 {
		fmt.Fprintf(a.stderr, "%s of other domains left out\n", text.Count(strangers, "group member"))
	}
	var sorted []invitee
	for _, who := range all {
		sorted = append(sorted, who)
	}
	slices.SortFunc(sorted, func(x, y invitee) int { return strings.Compare(x.address, y.address) })
	return sorted, nil
}

// colleague reports whether an address is in a domain of the organization.
func colleague(c config, address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	domains := c.Organization.Domains
	if len(domains) == 0 {
		_, own, _ := strings.Cut(c.Google.Delegation.Admin, "@")
		domains = []string{own}
	}
	return slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// members returns who is in any of the groups; suspended accounts are not.
func (a *app) members(c config, groups []string) ([]string, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	admin := c.Google.Delegation.Admin
	if admin == "" {
		return nil, hinted(errors.New("groups are looked up as an administrator, and none is set"), "set admin under [google.delegation]")
	}
	d, err := a.delegation(c, google.Transport{}, google.ReadMembers)
	if err != nil {
		return nil, err
	}
	directory, err := google.NewDirectory(google.DirectoryOptions{
		Person: admin, Tokens: d.For(admin), Endpoints: google.EndpointsAt(c.Google.Endpoint),
	})
	if err != nil {
		return nil, err
	}
	var all []string
	for _, group := range groups {
		people, err := directory.Members(a.ctx, group)
		if err != nil {
			return nil, hintedByGoogle(fmt.Errorf("group %s: %w", group, err), "check the group's address, and that "+admin+" is an administrator")
		}
		all = append(all, people...)
	}
	return all, nil
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

// join connects one person, unless they are connected or have left. Somebody
// whose calendar cannot be read is told of and counted; others go on.
func (j *joining) join(ctx context.Context, who invitee) error {
	known, err := j.db.Connection(ctx, googleKind, who.address)
	switch {
	case errors.Is(err, store.ErrNoConnection):
	case err != nil:
		return err
	case known.State == store.Disconnected:
		if !who.named {
			j.left++
			fmt.Fprintf(j.stderr, "%s: has left, and stays so\n", who.address)
			return nil
		}
	case known.State != store.Paused || known.Via == store.ByGrant:
		j.already++
		return nil
	}
	if _, err := j.delegation.For(who.address).Token(ctx); err != nil {
		if google.KindOf(err) != google.Auth && google.KindOf(err) != google.Session {
			return hintedByGoogle(fmt.Errorf("%s: %w", who.address, err), "check [google.delegation]") // the next would fail likewise
		}
		j.failed++
		fmt.Fprintf(j.stderr, "%s: no such account, or it is suspended\n", who.address)
		return nil
	}
	j.connected++
	if j.dry {
		_, err := fmt.Fprintln(j.stdout, who.address)
		return err
	}
	_, err = j.db.Connect(ctx, j.now(), store.NewConnection{
		Kind: googleKind, Owner: who.address, Via: store.ByDelegation, Scopes: []string{readScope}, Remotes: []string{googleRemote},
	})
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
