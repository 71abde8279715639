package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"unmeet/agent/text"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/calendars/feed"
	"unmeet/store"
)

// published reports whether it is the address of a feed that is to be connected.
func (cmd *connectICSCmd) published() bool { return strings.Contains(cmd.Path, "://") || cmd.hidden() }

// hidden reports whether the address is to be read from elsewhere than the command line.
func (cmd *connectICSCmd) hidden() bool { return cmd.Path == "-" || cmd.URLFile != "" }

// connectFeed connects the calendar that is published at an address. Such a one can
// only be read.
func (cmd *connectICSCmd) connectFeed(a *app, c config) error {
	if len(cmd.Person) != 1 {
		return usage("--person EMAIL says it", "whose calendar it is has to be said")
	}
	owner := strings.ToLower(cmd.Person[0])
	if outside(c, owner) {
		return fmt.Errorf("%s is in none of organization.domains", owner)
	}
	zone, err := zoneOf("", c)
	if err != nil {
		return err
	}
	given, in := cmd.Path, bufio.NewReader(a.stdin)
	if cmd.hidden() {
		given, err = a.secretly(in, cmd.URLFile, "--url-file", "the address of a calendar", "Address of the calendar: ")
		if err != nil {
			return err
		}
	} else {
		a.note("whoever knows the address can read the calendar, and on a command line it stays in the shell's history and is seen by who else uses this machine: a - in its place asks for it")
	}
	address, err := feed.ParseAddress(given)
	if err != nil {
		return usage("most calendars show such an address in their settings", "%w", err)
	}
	today := a.now().UTC().Truncate(24 * time.Hour)
	source := feed.New(address, feed.Options{Zone: zone, Private: c.Sync.PrivateFeeds})
	delta, err := source.Pull(a.ctx, calendars.Collection{Remote: feed.Name(address), From: today.AddDate(0, 0, -c.Sync.PastDays), To: today.AddDate(0, 0, c.Sync.FutureDays+1)}, "")
	if err != nil {
		return attempt{kind: feedKind}.told(err)
	}
	for _, skip := range delta.Skipped {
		a.note("%s", skip)
	}
	keep, done, err := a.keeper(c)
	if err != nil {
		return err
	}
	defer done()
	switch forgotten, err := keep.DB.Forgotten(a.ctx, owner); {
	case err != nil:
		return err
	case forgotten:
		return hinted(fmt.Errorf("%s: %w", owner, store.ErrForgotten), forgottenHint)
	}
	grant := web.Grant{Address: owner, Account: feed.Name(address), Remotes: []string{feed.Name(address)}, Secret: address.String()}
	if err := a.mayReplace(in, keep.DB, feedKind, grant, cmd.Yes); err != nil {
		return err
	}
	if err := keep.Save(a.ctx, feedKind, grant); err != nil {
		return err
	}
	if err := setOrganization(a.ctx, keep.DB, c); err != nil {
		return err
	}
	uids := map[string]bool{}
	for _, k := range delta.Copies {
		uids[k.UID] = true
	}
	if len(uids) == 0 {
		a.note("the calendar holds nothing around today")
	}
	_, err = fmt.Fprintf(a.stdout, "Connected the calendar of %s, for reading: %s around today. Next: unmeet sync %[1]s\n", owner, text.Count(len(uids), "event"))
	return err
}
