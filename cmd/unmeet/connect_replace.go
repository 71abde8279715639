package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unmeet/agent/web"
	"unmeet/store"
)

// mayReplace ends connecting what would take the place of other calendars, which erases
// what was read of them, unless somebody means it.
func (a *app) mayReplace(in *bufio.Reader, db *store.DB, kind string, next web.Grant, yes bool) error {
	known, err := db.Connection(a.ctx, kind, next.Address)
	switch {
	case errors.Is(err, store.ErrNoConnection):
		return nil
	case err != nil:
		return err
	case yes || known.State == store.Disconnected || store.SameAccount(known.Account, next.Account):
		return nil
	}
	read, keep := strings.Split(known.Account, "\n"), ""
	if kind == caldavKind {
		read = read[1:] // the first line is whose they are
		keep = "connect all that are to be read at once, by one login; "
	}
	gone := slices.DeleteFunc(read, func(calendar string) bool { return slices.Contains(strings.Split(next.Account, "\n"), calendar) })
	if len(gone) == 0 {
		return nil
	}
	before := strings.Join(gone, ", ")
	if kind == feedKind { // its address is a secret
		before = "another published calendar"
	}
	if !isTerminal(a.stdin) {
		return usage(keep+"add --yes to mean it", "connecting erases what was read before of %s: %s", next.Address, before)
	}
	return a.confirm(in, fmt.Sprintf("Erase what was read before of %s: %s?", next.Address, before))
}
