package main

import (
	"fmt"
	"strings"
	"time"

	"unmeet/agent/text"
	"unmeet/store"
)

// auditCmd shows the audit log.
type auditCmd struct {
	Email  string `arg:"" optional:"" help:"Only commands that named this person."`
	Since  day    `placeholder:"DATE" help:"First day; without it, all that is kept."`
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
}

// Help says what is in the log.
func (auditCmd) Help() string {
	return `Shows which commands were run that changed something or showed what is people's own, this one among them: when, by whom, with what, and what came of it (done, failed, refused: not understood; nothing: to work on; or not over, or cut off). Passwords and addresses of feeds are left out. Nobody can change what is in the log, short of writing into the database file itself.

    unmeet audit
    unmeet audit ann@acme.example --since 2026-10-01

It is kept for organization.keep_days. Of a person who was forgotten, it does not tell any more.`
}

// auditRow is an entry as JSON has it. Times are RFC 3339 in UTC.
type auditRow struct {
	At      time.Time  `json:"at"`
	By      string     `json:"by"`
	Command string     `json:"command"`
	People  []string   `json:"people"` // that it named
	Why     string     `json:"why,omitempty"`
	Outcome string     `json:"outcome"` // "" if it is not over, or was cut off
	Ended   *time.Time `json:"ended,omitempty"`
}

// Run prints the log.
func (cmd *auditCmd) Run(a *app) error {
	if cmd.Email != "" {
		if err := checkAddress(cmd.Email); err != nil {
			return usage("it takes the address of a person", "%w", err)
		}
	}
	c, db, err := a.configured(a.openBegun)
	if err != nil {
		return err
	}
	defer db.Close()
	zone, err := zoneOf("", c)
	if err != nil {
		return err
	}
	var since time.Time
	if cmd.Since.given() {
		since = cmd.Since.in(zone)
	}
	all, err := db.Audits(a.ctx, since, cmd.Email)
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, auditRows(all))
	}
	var b strings.Builder
	for _, e := range all {
		outcome := e.Outcome
		if outcome == "" {
			outcome = "not over"
		}
		fmt.Fprintf(&b, "%s  %-8s  %s: unmeet %s", e.At.In(zone).Format("2006-01-02 15:04 MST"), outcome, text.Clean(e.By), text.Clean(e.Line()))
		if e.Why != "" {
			fmt.Fprintf(&b, " (%s)", text.Clean(e.Why))
		}
		b.WriteString("\n")
	}
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

func auditRows(all []store.Audited) []auditRow {
	rows := []auditRow{}
	for _, e := range all {
		r := auditRow{At: e.At.UTC(), By: e.By, Command: "unmeet " + e.Line(), People: []string{}, Why: e.Why, Outcome: e.Outcome, Ended: some(e.Ended)}
		for _, address := range e.About {
			if address != "" {
				r.People = append(r.People, address)
			}
		}
		rows = append(rows, r)
	}
	return rows
}
