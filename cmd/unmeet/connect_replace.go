package main

import (
	"bufio"
	"errors"
	"fmt"
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
	before, keep := "another published calendar", ""
	if kind == caldavKind { // its account is whose it is, and which calendars
		_, list, _ := strings.Cut(known.Account, "\n")
		before = strings.ReplaceAll(list, "\n", ", ")
		keep = "connect all that are to be read at once, by one login; "
	}
	if !isTerminal(a.stdin) {
		return usage(keep+"add --yes to mean it", "connecting erases what was read before of %s: %s", next.Address, before)
	}
	answer, err := a.ask(in, fmt.Sprintf("Erase what was read before of %s: %s? [y/N] ", next.Address, before))
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}
