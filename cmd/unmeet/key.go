package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"unmeet/agent"
	"unmeet/agent/text"
)

// keyCmd is about the key that seals refresh tokens.
type keyCmd struct {
	New    keyNewCmd    `cmd:"" help:"Make a key file."`
	Rotate keyRotateCmd `cmd:"" help:"Put a new key in the old one's place."`
}

// Help says where the key is.
func (keyCmd) Help() string {
	return `Refresh tokens are sealed with a key that is kept apart from the database: in the file that UNMEET_KEY_FILE names, else in a systemd credential named unmeet.key, else where secrets.key_file says. Nobody but its owner may read the file.`
}

// keyNewCmd makes a key file.
type keyNewCmd struct {
	Lost bool `help:"The key that sealed what is in the database is lost for good: everybody connects again."`
}

// Run makes the file that the configuration names.
func (cmd *keyNewCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	path, _ := a.keyFile(c)
	if missing(path) && !cmd.Lost {
		if err := a.nothingSealed(c, path); err != nil {
			return err
		}
	}
	id, err := newKeys(path)
	if errors.Is(err, fs.ErrExist) {
		return a.keyThere(c, path)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Made %s with key %s. Back it up, apart from the database.\n", path, id)
	return err
}

// keyThere says what to do about a key file that is at path already, and may be another
// than the one that sealed what is in the database.
func (a *app) keyThere(c config, path string) error {
	there := fmt.Errorf("%s is there already", path)
	if _, err := a.loadKeys(c); err != nil {
		return hinted(there, hintOf(err))
	}
	if db, err := a.openKnown(c); err == nil { // else nothing is known of what was sealed
		defer db.Close()
		if lacking, err := a.lackingKeys(c, db); err == nil && len(lacking) > 0 {
			return hinted(fmt.Errorf("%w, and does not hold the key that sealed what lets unmeet in to calendars (%s)", there, strings.Join(lacking, ", ")), a.lostHint(c))
		}
	}
	return hinted(there, "unmeet key rotate adds a new key to it")
}

// lostHint says what to do where the key file lacks a key that sealed something.
func (a *app) lostHint(c config) string {
	if path, _ := a.keyFile(c); missing(path) {
		return "bring the key file of that time back; if it is lost for good, unmeet key new --lost makes another, and everybody connects again"
	}
	return "put the key file of that time in its place; if it is lost for good, the one that is there serves, and those connect again whom unmeet people --failing names"
}

// nothingSealed refuses to make a key at path beside a database with tokens that
// another one sealed: nothing could open them any more.
func (a *app) nothingSealed(c config, path string) error {
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer db.Close()
	used, err := db.KeysInUse(a.ctx)
	if err != nil || len(used) == 0 {
		return err
	}
	return hinted(fmt.Errorf("%s is not there, but %s has tokens that were sealed with another key (%s)", path, c.Database.URL, strings.Join(used, ", ")),
		"bring that key back from a backup, or name its file with UNMEET_KEY_FILE; if it is lost for good, --lost makes another, and everybody connects again")
}

// keyRotateCmd changes the key.
type keyRotateCmd struct{}

// Help says what happens to the old one.
func (keyRotateCmd) Help() string {
	return `Adds a new key, seals everything with it, and drops keys that nothing is sealed with any longer, but for the last one. A running daemon takes the new key up by itself. Back the file up again.`
}

// Run rotates.
func (keyRotateCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	keys, err := a.loadKeys(c)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted(err, "unmeet key new makes one")
	}
	if err != nil {
		return err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()
	used, err := db.KeysInUse(a.ctx)
	if err != nil {
		return err
	}
	id, err := keys.Rotate(used)
	if err != nil {
		return hinted(err, "a systemd credential is changed where it comes from")
	}
	connections, err := db.Connections(a.ctx)
	if err != nil {
		return err
	}
	sealed, failed := 0, 0
	for _, connection := range connections {
		if connection.Sealed == nil {
			continue
		}
		if err := (agent.Vault{DB: db, Keys: keys, Connection: connection.ID}).Reseal(a.ctx, id); err != nil {
			failed++
			fmt.Fprintf(a.stderr, "unmeet: %s: %v\nhint: %s has to connect again\n", connection.Owner, err, connection.Owner)
			continue
		}
		sealed++
	}
	path, _ := a.keyFile(c)
	if _, err := fmt.Fprintf(a.stdout, "%s begins with key %s now; %s sealed with it.\n", path, id, text.Count(sealed, "token")); err != nil {
		return err
	}
	if failed > 0 {
		return errReported
	}
	return nil
}
