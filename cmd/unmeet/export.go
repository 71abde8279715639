package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"unmeet/store"
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

// personalExport is an export, as JSON has it.
type personalExport struct {
	Address  string            `json:"address"`
	Made     time.Time         `json:"made"`
	About    string            `json:"about"`
	Sections exportSections    `json:"kept"`
	Commands []exportedCommand `json:"commands_that_named_you"`
}

// exportedCommand is an entry of the audit log without the other people whom it named.
type exportedCommand struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Command string    `json:"command"`
	Why     string    `json:"why,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
}

// exportSections are written in their order, by name.
type exportSections []store.Section

// MarshalJSON implements json.Marshaler.
func (all exportSections) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteString("{")
	for i, s := range all {
		rows, err := json.Marshal(s.Rows)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "%q:%s", s.Name, rows)
	}
	b.WriteString("}")
	return []byte(b.String()), nil
}

const exportAbout = `All that unmeet keeps of you, but for copies of it in backups. Sections that are empty hold nothing. It is for you alone.`

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
	e := personalExport{Address: who, Made: a.now().UTC().Truncate(time.Second), About: exportAbout, Commands: []exportedCommand{}}
	if e.Sections, err = db.Export(a.ctx, who); err != nil {
		return err
	}
	commands, err := db.Audits(a.ctx, time.Time{}, who)
	if err != nil {
		return err
	}
	for _, c := range commands {
		e.Commands = append(e.Commands, exportedCommand{c.At.UTC(), c.By, "unmeet " + c.Command, c.Why, c.Outcome})
	}
	if cmd.Output == "" {
		return printJSON(a.stdout, e)
	}
	file, err := os.OpenFile(cmd.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return hinted(err, "name a file that is not there: none is overwritten")
	}
	if err != nil {
		return err
	}
	if err := errors.Join(printJSON(file, e), file.Close()); err != nil {
		return errors.Join(err, os.Remove(cmd.Output))
	}
	_, err = fmt.Fprintf(a.stdout, "Wrote what is kept of %s into %s: hand it to them, and erase it.\n", who, cmd.Output)
	return err
}
