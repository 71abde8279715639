package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"unmeet/calendars/google"
	"unmeet/store"
)

const (
	// followEvery is how often groups are looked up.
	followEvery = 24 * time.Hour
	// followAgain is when it is tried again after a failure.
	followAgain = time.Hour
)

// follower keeps those whom delegation reads for in step with the directory: who
// joined a group of the configuration is connected, and who left the group that
// they are read for as a member of, or was suspended, is read no longer.
type follower struct {
	*app
	db        *store.DB
	transport google.Transport
	log       *slog.Logger
}

// run looks at once, then daily and whenever it is told to, until ctx ends. config
// returns the configuration in force.
func (f follower) run(ctx context.Context, config func() config, again <-chan struct{}) {
	for {
		wait := followEvery
		if err := f.look(ctx, config()); err != nil && ctx.Err() == nil {
			wait = followAgain
			f.log.Error("looking at the groups of delegation failed", "error", err, "hint", hintOf(err), "again", wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-time.After(wait):
		}
	}
}

// look looks once. A group that there is not has no members; after any other
// failure of the directory nobody is stopped.
func (f follower) look(ctx context.Context, c config) error {
	set := c.Google.Delegation
	connections, err := f.db.Connections(ctx)
	if err != nil {
		return err
	}
	if err := f.stopOutside(ctx, c, connections); err != nil {
		return err
	}
	if set.Impersonate == "" && set.KeyFile == "" {
		return nil
	}
	groups := slices.Clone(set.Groups)
	for _, known := range connections { // groups that were named on the command line
		if followed(known) {
			groups = append(groups, known.Group)
		}
	}
	members, missing, err := f.members(ctx, c, groups)
	if err != nil {
		return errors.Join(err, f.join(ctx, c, nil)) // those on the list need no directory
	}
	if err := f.stop(ctx, connections, members); err != nil {
		return err
	}
	return errors.Join(missing, f.join(ctx, c, members))
}

// followed reports whether a connection lasts as long as its person is in a group.
func followed(c store.Connection) bool {
	return c.Kind == googleKind && c.Via == store.ByDelegation && c.Group != "" && c.State != store.Stopped && c.State != store.Disconnected
}

// members looks groups up. missing tells of those that there are not.
func (f follower) members(ctx context.Context, c config, groups []string) (members map[string][]string, missing, err error) {
	members = map[string][]string{}
	within := *f.app
	within.ctx = ctx
	d := directory{app: &within, config: c, transport: f.transport}
	for _, group := range groups {
		if _, known := members[group]; known {
			continue
		}
		if members[group], err = d.members(group); google.KindOf(err) == google.NotFound {
			members[group], missing, err = []string{}, errors.Join(missing, err), nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return members, missing, nil
}

// stopOutside ends reading for accounts that no domain of the configuration has any
// longer, and that nobody connected who owns them.
func (f follower) stopOutside(ctx context.Context, c config, connections []store.Connection) error {
	for _, known := range connections {
		if known.Kind != googleKind || known.Via != store.ByDelegation || len(c.Organization.Domains) == 0 || !outside(c, known.Owner) {
			continue
		}
		err := f.db.Stop(ctx, f.now(), googleKind, known.Owner, store.Trouble{
			Why:  "not of this organization (organization.domains): what was read is kept, and nothing more is read",
			Hint: fmt.Sprintf("unmeet disconnect %s erases it", known.Owner),
		})
		switch {
		case errors.Is(err, store.ErrNoConnection): // is read no longer
		case err != nil:
			return err
		default:
			f.log.Info("reading stopped", "connection", known.ID, "outside", "organization.domains")
		}
	}
	return nil
}

// stop ends reading for those who are in none of the groups any longer.
func (f follower) stop(ctx context.Context, connections []store.Connection, members map[string][]string) error {
	in := map[string]bool{}
	for people := range maps.Values(members) {
		for _, who := range people {
			in[who] = true
		}
	}
	for _, c := range connections {
		if !followed(c) || in[c.Owner] {
			continue
		}
		err := f.db.Stop(ctx, f.now(), googleKind, c.Owner, store.Trouble{
			Why:  "no longer an active member of " + c.Group + ": what was read is kept, and nothing more is read",
			Hint: fmt.Sprintf("unmeet disconnect %s erases it; unmeet connect google --delegated %s reads on", c.Owner, c.Owner),
		})
		if err != nil && !errors.Is(err, store.ErrNoConnection) {
			return err
		}
		f.log.Info("reading stopped", "connection", c.ID)
	}
	return nil
}

// join connects those who agreed by being on the list or in a group of the
// configuration, but for those who left by their own wish.
func (f follower) join(ctx context.Context, c config, members map[string][]string) (err error) {
	people, _ := invitees(c, c.Google.Delegation.People, false, c.Google.Delegation.Groups, members)
	if len(people) == 0 {
		return nil
	}
	d, err := f.delegation(c, f.transport, readScope)
	if err != nil {
		return err
	}
	j := joining{app: f.app, db: f.db, delegation: d}
	defer func() { err = errors.Join(err, setOrganization(ctx, f.db, c)) }()
	connected, unreached := 0, 0
	defer func() {
		if connected > 0 {
			f.log.Info("connected by delegation", "people", connected)
		}
		if unreached > 0 {
			f.log.Warn("some have no account, or it is suspended", "people", unreached, "hint", "unmeet connect google --delegated tells who")
		}
	}()
	for _, who := range people {
		became, err := j.join(ctx, who)
		switch {
		case err != nil:
			return err
		case became == nowConnected:
			connected++
		case became == outOfReach:
			unreached++
		}
	}
	return nil
}

// hintOf returns what an error says is to be done, "" if nothing.
func hintOf(err error) string {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.hint
	}
	return ""
}
