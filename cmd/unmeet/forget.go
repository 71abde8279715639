package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/store"
)

// forgetCmd erases a person.
type forgetCmd struct {
	Email string `arg:"" help:"Who is to be forgotten."`
	Yes   bool   `short:"y" help:"Do not ask."`
}

// Help says what stays.
func (forgetCmd) Help() string {
	return `Gives Google the permission back, and erases a person: their connections and what was read from their calendars alone, what they were asked, answered and were mailed, and their name and addresses in other people's calendars, suggestions and the audit log. What could still be read in the file of the database is overwritten. It works for guests from outside, too.

Other calendars go on naming them: whatever comes in with one of their addresses is kept under a name that nobody can find them by. So nothing brings them back but connecting themselves.

What stays are numbers: how often something came of suggestions and what it gave back, and their time in meetings of the past that other people's calendars show. A title in which they are named without an address stays as those calendars have it. In the audit log, in reasons and in the words of commands, they are found by their addresses, what stands before the @ of those, and their name as calendars give it: a nickname stays. Backups and logs are older copies: erase those, too, or let them expire.

"unmeet export" first writes down for the person what is kept of them.`
}

// Run forgets.
func (cmd *forgetCmd) Run(a *app) error {
	if err := checkAddress(cmd.Email); err != nil {
		return usage("it takes the address of a person", "%w", err)
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	who := strings.ToLower(cmd.Email)
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) {
		return unknownPerson(who)
	}
	if err != nil {
		return err
	}
	defer db.Close()
	if !cmd.Yes {
		if !isTerminal(a.stdin) {
			return usage("add --yes to mean it", "this erases all that is known of %s, and cannot be taken back", who)
		}
		if err := a.confirm(bufio.NewReader(a.stdin), fmt.Sprintf("Erase all that is known of %s? It cannot be taken back.", who)); err != nil {
			return err
		}
	}
	theirs, err := cmd.connections(a, db, who)
	if err != nil {
		return err
	}
	var told error
	for _, connection := range theirs {
		if connection.Kind == googleKind && connection.State != store.Disconnected {
			told = cmp.Or(told, a.revoke(c, db, connection))
		}
	}
	err = db.Erase(a.ctx, a.now(), who)
	if errors.Is(err, store.ErrNoPerson) {
		return unknownPerson(who)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.stdout, "Forgot %s: what is theirs, and their addresses, are gone from %s.\n", who, c.Database.URL); err != nil {
		return err
	}
	a.showUntold(who, told)
	cmd.showRest(a, c, who, theirs)
	return nil
}

// connections returns those of all addresses of a person.
func (cmd *forgetCmd) connections(a *app, db *store.DB, who string) ([]store.Connection, error) {
	everyone, err := db.Everyone(a.ctx)
	if err != nil {
		return nil, err
	}
	all, err := db.Connections(a.ctx) // with secrets
	if err != nil {
		return nil, err
	}
	theirs := map[int64]bool{}
	for _, p := range everyone {
		if p.Address == who || slices.ContainsFunc(p.Connections, func(known store.Connection) bool { return known.Owner == who }) {
			for _, known := range p.Connections {
				theirs[known.ID] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(known store.Connection) bool { return !theirs[known.ID] }), nil
}

// showRest says where else they are named: what of it is ours to read.
func (cmd *forgetCmd) showRest(a *app, c config, who string, theirs []store.Connection) {
	for _, connection := range theirs {
		if connection.Via == store.ByFile {
			a.note("files of their calendar stay: %s", strings.ReplaceAll(connection.Account, "\n", ", "))
		}
	}
	path := cmp.Or(a.config, defaultConfig)
	if text, err := os.ReadFile(path); err == nil && strings.Contains(strings.ToLower(string(text)), who) {
		a.note("%s still names them: take them out", path)
	}
	for _, copied := range besides(c.Database.URL) {
		a.note("%s is an older copy of the database, and may hold them: remove it", copied)
	}
	a.hint("titles of meetings, and reasons that call them otherwise than calendars do, may still name them; backups and logs may still hold all")
}

// forgetAgain erases from a restored database whoever was forgotten since, as the
// database that it takes the place of tells.
func (a *app) forgetAgain(restored, replaced *store.DB) error {
	f, err := replaced.Forgettings(a.ctx)
	if err != nil {
		return err
	}
	n, err := restored.EraseAgain(a.ctx, a.now(), f)
	if n > 0 {
		a.note("forgotten again, as they were since the backup was made: %s", text.Count(n, "address"))
	}
	return err
}
