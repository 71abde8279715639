package main

import (
	"errors"
	"fmt"

	"unmeet/calendars/reach"
)

// attempt is what connecting tries, for saying what went wrong with it. Unlike in the
// daemon, nothing is tried again by itself.
type attempt struct {
	kind   string // caldavKind or feedKind
	user   string // who was tried; "" of a token and of a feed
	domain string // of a mail address that does not say which server it has; else ""
}

// onceMore says what to do about troubles that may pass.
var onceMore = map[reach.Kind]string{
	reach.Unreachable: "check the address, look whether the server runs and this machine can reach it, and run the command again",
	reach.Slow:        "look whether the server runs, and run the command again once it answers",
	reach.Rate:        "run the command again in a few minutes",
	reach.Server:      "run the command again once the server works",
	reach.NotFound:    "check the address",
}

// told gives a failure of connecting the words and the hint that fit it.
func (t attempt) told(err error) error {
	e, ok := errors.AsType[*reach.Error](err)
	if !ok {
		return fmt.Errorf("connect: %w", err)
	}
	switch e.Kind {
	case reach.Stopped:
		return errStopped
	case reach.Auth:
		return t.refused(err)
	case reach.Unreachable, reach.NotFound, reach.Foreign, reach.Moved, reach.Certificate, reach.Permanent:
		if t.domain != "" {
			return hinted(fmt.Errorf("%s does not say which CalDAV server it has, and none was found at it: %w", t.domain, err),
				"give the server's address: unmeet connect caldav https://cloud."+t.domain+" --person EMAIL")
		}
	}
	if hint := onceMore[e.Kind]; hint != "" {
		return hinted(err, hint)
	}
	return hinted(err, e.Hint)
}

// refused says what to do about a login that is not taken.
func (t attempt) refused(err error) error {
	switch {
	case t.kind == feedKind:
		return hinted(err, "a published calendar takes no login: use the secret address that its settings show, or unmeet connect caldav if its server speaks CalDAV")
	case t.user == "":
		return hinted(err, "check that the token is still good and made for this server; without --bearer you are asked for a user name and a password")
	}
	return hinted(fmt.Errorf("%w, of the user %s", err, t.user),
		"check the user name and the password; many servers want an app password, made in their settings")
}
