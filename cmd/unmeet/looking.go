package main

import (
	"errors"
	"fmt"
	"os/user"
	"strings"

	"unmeet/store"
)

// looking are the flags by which whoever runs unmeet looks at what is a person's
// own: when that person asks for it, or for help.
type looking struct {
	As     string `placeholder:"EMAIL" help:"What is this person's own. That you looked is recorded, and shown to them with it."`
	Reason string `placeholder:"TEXT" help:"With --as: why you look."`
}

// check refuses a look without a reason.
func (l *looking) check() error {
	switch l.Reason = strings.TrimSpace(l.Reason); {
	case l.As == "" && l.Reason != "":
		return usage("--as EMAIL says whose", "--reason goes with --as")
	case l.As == "":
		return nil
	case l.Reason == "":
		return usage(`--reason "she asked for it"`, "looking at what is a person's own takes a reason")
	}
	if err := checkAddress(l.As); err != nil {
		return usage("--as takes the address of a person", "%w", err)
	}
	l.As = strings.ToLower(l.As)
	return nil
}

// record keeps that somebody looks, before anything is shown.
func (l looking) record(a *app, db *store.DB) error {
	err := db.Look(a.ctx, l.As, store.Look{At: a.now(), By: a.operator(), What: "unmeet " + a.command, Why: l.Reason})
	if errors.Is(err, store.ErrNoPerson) {
		return unknownPerson(l.As)
	}
	if err == nil {
		a.note("it is recorded that you looked: %s", l.Reason)
	}
	return err
}

// unknownPerson says that nobody has an address.
func unknownPerson(address string) error {
	return hinted(fmt.Errorf("nobody is known by the address %s", address), "unmeet people --format json lists who is")
}

// operator names who runs the command, as this system knows them.
func (a *app) operator() string {
	if name := a.getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// errTooFew says that there are too few people to tell anything of.
func errTooFew(c config, format string, args ...any) error {
	return hinted(fmt.Errorf(format+": figures of fewer than %d people are not shown", append(args, c.Organization.MinGroup)...),
		"organization.min_group says how many it takes; --as EMAIL --reason TEXT shows people what is their own")
}
