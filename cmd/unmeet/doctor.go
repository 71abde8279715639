package main

import (
	"cmp"
	"fmt"
	"net"
	"strings"

	"unmeet/agent/text"
	"unmeet/internal/wire"
	"unmeet/store"
)

// doctorCmd checks all that unmeet needs.
type doctorCmd struct {
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
	Local  bool   `help:"Only what is on this machine: speak to nobody."`
}

// Help says what is checked.
func (doctorCmd) Help() string {
	return `Checks, and changes nothing: the configuration and what of it cannot work; the key, and whether others can read what is secret; the database, read through; whether a daemon runs; room on the disk; calendars that cannot be read. Then, unless --local: this machine's clock, by what calendar servers say the time is; the name in web.public_url, and whether the daemon answers there, as people outside would reach it; the mail server, encrypted and with its login, but without a mail; whether the DNS has the DKIM key; and whether Google knows the OAuth client and its redirect address. It speaks to nobody that unmeet does not speak to anyway. Where the configuration has a fault, what can be checked on this machine is.

Each is ok, warn or fail, with what to do. It leaves with 1 if anything fails, with 0 otherwise.

    unmeet doctor
    unmeet doctor --format json | jq '.checks[] | select(.state != "ok")'

Run it as whoever may read the configuration's files, with the same --config as the daemon.`
}

// verdicts of a check.
const (
	well    = "ok"
	dubious = "warn"
	ill     = "fail"
)

// finding is what a check found.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"`
	Found string `json:"found"`
	Hint  string `json:"hint,omitempty"`
}

// findings are all of them, as JSON has them.
type findings struct {
	Checks []finding      `json:"checks"`
	Counts map[string]int `json:"counts"` // by state
}

// checkup is one run of the doctor.
type checkup struct {
	*app
	config
	resolver *net.Resolver
	times    timekeeper
	found    []finding

	running bool               // a daemon is
	conns   []store.Connection // nil if there are none, or they cannot be read
	unread  bool               // there is a database, and who is connected cannot be read
}

// say adds what a check found.
func (k *checkup) say(check, state, hint, format string, args ...any) {
	k.found = append(k.found, finding{Check: check, State: state, Found: text.Clean(fmt.Sprintf(format, args...)), Hint: text.Clean(hint)})
}

// sayError adds that a check failed.
func (k *checkup) sayError(check string, err error, otherwise string) {
	k.say(check, ill, cmp.Or(hintOf(err), otherwise), "%v", err)
}

// Run checks everything.
func (cmd *doctorCmd) Run(a *app) error {
	return cmd.show(a, a.checkup(cmd.Local, net.DefaultResolver))
}

// checkup checks one thing after the other, what lies nearest first. Names are looked
// up with the resolver.
func (a *app) checkup(local bool, resolver *net.Resolver) []finding {
	k := &checkup{app: a, resolver: resolver}
	k.times = timekeeper{now: a.now, base: wire.Watched(wire.Checkup, wire.Transport(wire.Checkup, nil)), read: map[string]reading{}}
	unsound := k.checkConfig()
	if unsound != nil {
		k.sayError("configuration", unsound, "")
		guess, ok := a.guessConfig()
		if !ok {
			return k.found
		}
		k.config = guess
	}
	checks := []func(){k.checkSecrets, k.checkDaemon, k.checkDatabase, k.checkDisk}
	switch {
	case unsound != nil: // what it says of others cannot be relied on
	case local:
		checks = append(checks, k.checkDoubts)
	default:
		checks = append(checks, k.checkDoubts, k.checkPublic, k.checkMail, k.checkSigning, k.checkGoogleClient, k.checkServers, k.checkClock)
	}
	for _, check := range checks {
		if a.ctx.Err() == nil {
			check()
		}
	}
	return k.found
}

// show prints what was found.
func (cmd *doctorCmd) show(a *app, found []finding) error {
	all := findings{Checks: found, Counts: map[string]int{well: 0, dubious: 0, ill: 0}}
	for _, f := range found {
		all.Counts[f.State]++
	}
	var err error
	if cmd.Format == "json" {
		err = printJSON(a.stdout, all)
	} else {
		_, err = fmt.Fprint(a.stdout, all.table(a.ink(), width(a.stdout)))
	}
	if err != nil {
		return err
	}
	if all.Counts[ill] > 0 {
		return errReported
	}
	return nil
}

// table is all of it, for people.
func (all findings) table(paint text.Ink, columns int) string {
	var b strings.Builder
	for _, f := range all.Checks {
		state := fmt.Sprintf("%-5s", f.State)
		if f.State != well {
			state = paint.Bold(state)
		}
		head := fmt.Sprintf("%-14s", f.Check)
		lines := text.Hang("      "+head+" ", f.Found, columns)
		b.WriteString(state + " " + strings.TrimPrefix(lines, "      ") + "\n")
		if f.Hint != "" && f.State != well {
			b.WriteString(text.Hang("      hint: ", f.Hint, columns) + "\n")
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d warn, %d fail\n", all.Counts[well], all.Counts[dubious], all.Counts[ill])
	return b.String()
}
