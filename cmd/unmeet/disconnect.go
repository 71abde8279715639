package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/calendars/google"
	"unmeet/store"
)

// disconnectCmd ends reading a calendar.
type disconnectCmd struct {
	Email string `arg:"" help:"Whose calendar."`
	Yes   bool   `short:"y" help:"Do not ask."`
}

// Help says what stays.
func (disconnectCmd) Help() string {
	return `Gives Google the permission back, and erases the token or login, the copies of events that were read from this person's calendars, and everything that was known from them alone. What other people's connected calendars say of the same meetings stays. Files of calendars stay, too.

The person takes no part any longer, and a list or group does not bring them back.`
}

// revokeWithin is how long Google may take to be told.
const revokeWithin = 20 * time.Second

// Run disconnects.
func (cmd *disconnectCmd) Run(a *app) error {
	if err := checkAddress(cmd.Email); err != nil {
		return usage("it takes the address of a person", "%w", err)
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	owner := strings.ToLower(cmd.Email)
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted(fmt.Errorf("%s is not connected", owner), "unmeet people shows who is")
	}
	if err != nil {
		return err
	}
	defer db.Close()
	connections, err := db.Connections(a.ctx)
	if err != nil {
		return err
	}
	connections = slices.DeleteFunc(connections, func(known store.Connection) bool {
		return known.Owner != owner || known.State == store.Disconnected
	})
	if len(connections) == 0 {
		return hinted(fmt.Errorf("%s is not connected", owner), "unmeet people shows who is")
	}
	if !cmd.Yes {
		if !isTerminal(a.stdin) {
			return usage("add --yes to mean it", "disconnecting erases what was read from the calendar of %s", owner)
		}
		if err := a.confirm(bufio.NewReader(a.stdin), fmt.Sprintf("Erase what was read from the calendar of %s?", owner)); err != nil {
			return err
		}
	}
	var told error
	erased := "what was read is erased"
	for _, connection := range connections {
		if connection.Kind == googleKind {
			told = a.revoke(c, db, connection)
			erased = "the token and what was read are erased"
		} else if connection.Sealed != nil {
			erased = "the login and what was read are erased"
		}
		if err := db.Disconnect(a.ctx, a.now(), connection.Kind, owner); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(a.stdout, "Disconnected %s: %s.\n", owner, erased); err != nil {
		return err
	}
	a.showUntold(owner, told)
	return nil
}

// showUntold says that a grant could not be given back, and what its person can do.
func (a *app) showUntold(owner string, err error) {
	if err != nil {
		fmt.Fprintf(a.stderr, "unmeet: Google could not be told: %v\nhint: %s can take the permission back at https://myaccount.google.com/connections\n", err, owner)
	}
}

// revokeAll gives back all that a person granted, by any of their addresses.
func (a *app) revokeAll(ctx context.Context, c config, db *store.DB, person string) error {
	all, err := db.Connections(ctx)
	for _, known := range all {
		if known.Kind != googleKind || known.State == store.Disconnected {
			continue
		}
		if who, failed := db.Whose(ctx, known.Owner); failed == nil && who.Address == person {
			err = errors.Join(err, a.revoke(c, db, known))
		}
	}
	return err
}

// revoke gives a grant back. What fails does not keep us from erasing our side.
func (a *app) revoke(c config, db *store.DB, connection store.Connection) error {
	if connection.Via != store.ByGrant || connection.Sealed == nil {
		return nil // an administrator's permission is not this person's
	}
	oauth, err := a.oauth(c, google.Transport{})
	if err != nil {
		return err
	}
	keys, err := a.keys(c, db)
	if err != nil {
		return err
	}
	token, err := agent.Vault{DB: db, Keys: keys, Connection: connection.ID}.Refresh(a.ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, revokeWithin)
	defer cancel()
	return oauth.Revoke(ctx, token)
}
