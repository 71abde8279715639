package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"unmeet/store"
)

// Export is all that is kept of one person, as JSON has it: for them alone.
type Export struct {
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

// ExportOf gathers what is kept of whoever has an address.
func ExportOf(ctx context.Context, db *store.DB, address string, now time.Time) (Export, error) {
	e := Export{Address: strings.ToLower(address), Made: now.UTC().Truncate(time.Second), About: exportAbout, Commands: []exportedCommand{}}
	var err error
	if e.Sections, err = db.Export(ctx, address); err != nil {
		return e, err
	}
	commands, err := db.Audits(ctx, time.Time{}, e.Address)
	for _, c := range commands {
		e.Commands = append(e.Commands, exportedCommand{c.At.UTC(), c.By, "unmeet " + c.Command, c.Why, c.Outcome})
	}
	return e, err
}

// Write writes it as JSON.
func (e Export) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(e)
}
