package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"unmeet/agent"
)

// exportCmd writes down for a person what is kept of them.
type exportCmd struct {
	Email  string `arg:"" help:"Whose."`
	Reason string `placeholder:"TEXT" default:"they asked for it" help:"Why you look; it is recorded, and stands in the export."`
	Output string `placeholder:"FILE" help:"File to write, which only you may read; without it, it is printed."`
}

// Help says what is in it.
func (exportCmd) Help() string {
	return `Writes all that is kept of one person as JSON, to be handed to them and nobody else: what was read from their calendars, the meetings that they are invited to and what those were classified as, what was suggested to them, their answers, what was done in their calendar, mails, links and visits, settings, and who looked at any of this, and ran which commands about them. Times are UTC.

    unmeet export ann@acme.example --output ann.json

That you looked is recorded, and is part of the export. Secrets, such as the permission to read their calendar, are not told. What stands in the configuration is yours to tell: groups, lists, assistants.`
}

// Run exports.
func (cmd *exportCmd) Run(a *app) error {
	if err := checkAddress(cmd.Email); err != nil {
		return usage("it takes the address of a person", "%w", err)
	}
	who := strings.ToLower(cmd.Email)
	if cmd.Reason = strings.TrimSpace(cmd.Reason); cmd.Reason == "" {
		return usage(`--reason "she asked for it"`, "looking at what is a person's own takes a reason")
	}
	_, db, err := a.configured(a.openBegun)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := (looking{As: who, Reason: cmd.Reason}).record(a, db); err != nil {
		return err
	}
	e, err := agent.ExportOf(a.ctx, db, who, a.now())
	if err != nil {
		return err
	}
	if cmd.Output == "" {
		return e.Write(a.stdout)
	}
	file, err := os.OpenFile(cmd.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return hinted(err, "name a file that is not there: none is overwritten")
	}
	if err != nil {
		return err
	}
	if err := errors.Join(e.Write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(cmd.Output))
	}
	_, err = fmt.Fprintf(a.stdout, "Wrote what is kept of %s into %s: hand it to them, and erase it.\n", who, cmd.Output)
	return err
}
