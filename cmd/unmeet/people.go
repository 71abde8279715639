package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"unmeet/agent/secret"
	"unmeet/agent/text"
	"unmeet/store"
)

// peopleCmd shows how reading everybody's calendar is doing.
type peopleCmd struct {
	Failing bool   `help:"Only those whose calendar cannot be read at the moment."`
	Format  string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
}

// Help says what the states mean.
func (peopleCmd) Help() string {
	return `States: connected; failing, which is tried again by itself; paused, until the person connects again (what was read is kept); stopped, as they left the group that they were read for as a member of, or the organization's domains (what was read is kept); disconnected, erased by the person's own wish; seen, only in guest lists.

Nothing of what is in a calendar is shown here.`
}

// personRow is a person as JSON has them. Times are RFC 3339 in UTC.
type personRow struct {
	Address    string     `json:"address"`
	State      string     `json:"state"`
	Kind       string     `json:"kind,omitempty"`       // of calendar
	Connection int64      `json:"connection,omitempty"` // as the log names it
	Since      *time.Time `json:"since,omitempty"`
	LastSync   *time.Time `json:"last_sync,omitempty"`
	NextSync   *time.Time `json:"next_sync,omitempty"`
	Failures   int        `json:"failures,omitempty"`
	Why        string     `json:"why,omitempty"`
	Hint       string     `json:"hint,omitempty"`
}

// Run lists people.
func (cmd *peopleCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) { // none is made for nobody
		db, err = store.OpenTemporary(a.ctx)
	}
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := a.peopleRows(c, db)
	if err != nil {
		return err
	}
	if cmd.Failing {
		rows = slices.DeleteFunc(rows, func(r personRow) bool { return r.Why == "" })
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, rows)
	}
	if err := a.showPeople(rows, cmd.Failing); err != nil {
		return err
	}
	return a.showDelivery(db)
}

// peopleRows reads who there is.
func (a *app) peopleRows(c config, db *store.DB) ([]personRow, error) {
	people, err := db.Everyone(a.ctx)
	if err != nil {
		return nil, err
	}
	rows := rowsOf(people)
	return rows, a.showLostKeys(c, db, rows)
}

// showLostKeys says of whom the key file has no key to the token: they cannot be
// read for, whatever came of the last sync.
func (a *app) showLostKeys(c config, db *store.DB, rows []personRow) error {
	connections, err := db.Connections(a.ctx)
	if err != nil {
		return err
	}
	connections = slices.DeleteFunc(connections, func(known store.Connection) bool { return known.Sealed == nil })
	if len(connections) == 0 {
		return nil
	}
	path, _ := a.keyFile(c)
	keys, err := a.loadKeys(c)
	if err != nil { // the daemon may well have another
		a.note("whether tokens can be opened is not known: %v", err)
		a.hint("UNMEET_KEY_FILE names the key file")
		return nil
	}
	held := map[string]bool{} // by id of the key
	lost := map[int64]bool{}  // by connection
	for _, known := range connections {
		id := secret.KeyID(known.Sealed)
		if _, seen := held[id]; !seen {
			_, err := keys.Open(known.Sealed, known.ID, secret.RefreshToken)
			held[id] = !errors.Is(err, secret.ErrNoKey)
		}
		lost[known.ID] = !held[id]
	}
	for i := range rows {
		if r := &rows[i]; lost[r.Connection] {
			r.Why = "the token cannot be opened: the key that sealed it is not in the key file " + path
			r.Hint = "bring that key back from a backup, or name its file with UNMEET_KEY_FILE; else " + r.Address + " has to connect again"
		}
	}
	return nil
}

// rowsOf makes a row of each connection, or of somebody who has none.
func rowsOf(people []store.Person) []personRow {
	rows := []personRow{}
	for _, p := range people {
		if len(p.Connections) == 0 {
			rows = append(rows, personRow{Address: p.Address, State: p.State})
		}
		for _, c := range p.Connections {
			r := personRow{
				Address: p.Address, State: string(c.State), Connection: c.ID, Kind: c.Kind, Since: some(c.Since), LastSync: some(c.LastOK),
				Failures: c.Failures, Why: c.Why, Hint: c.Hint,
			}
			if c.State == store.Connected || c.State == store.Failing {
				r.NextSync = some(c.Next)
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// showPeople prints rows as a table: those who are connected or were; the rest is
// counted.
func (a *app) showPeople(rows []personRow, failing bool) error {
	var b strings.Builder
	paint := a.ink()
	widest, shown, enrolled, seen := len("PERSON"), 0, 0, 0
	for _, r := range rows {
		switch {
		case r.Kind != "":
			widest = max(widest, len(r.Address))
			shown++
		case r.State == "enrolled":
			enrolled++
		case r.State == "seen":
			seen++
		}
	}
	states := map[string]int{}
	now := a.now()
	if shown > 0 {
		fmt.Fprintf(&b, "%s  %s  %s  %s\n", text.PadRight("PERSON", widest), text.PadRight("STATE", 12), text.PadRight("LAST SYNC", 11), "NEXT")
	}
	for _, r := range rows {
		if r.Kind == "" {
			continue
		}
		states[r.State]++
		next := "-"
		if r.NextSync != nil {
			next = "in " + ago(r.NextSync.Sub(now))
			if !r.NextSync.After(now) {
				next = "now"
			}
		}
		last := "never"
		if r.LastSync != nil {
			last = ago(now.Sub(*r.LastSync)) + " ago"
		}
		line := fmt.Sprintf("%s  %s  %s  %s", text.PadRight(r.Address, widest), text.PadRight(r.State, 12), text.PadRight(last, 11), next)
		if r.Why != "" {
			line = paint.Bold(line)
		}
		b.WriteString(line + "\n")
		if r.Why != "" {
			fmt.Fprintf(&b, "  %s\n", text.Clean(r.Why))
		}
		if r.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", text.Clean(r.Hint))
		}
	}
	switch {
	case shown > 0:
		b.WriteString("\n")
		var parts []string
		for _, state := range []string{"connected", "failing", "paused", "stopped", "disconnected"} {
			if n := states[state]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, state))
			}
		}
		b.WriteString(strings.Join(parts, ", "))
		if enrolled > 0 {
			fmt.Fprintf(&b, "; %d take part without a calendar of their own here", enrolled)
		}
		if seen > 0 {
			fmt.Fprintf(&b, "; %d more seen in guest lists", seen)
		}
		b.WriteString("\n")
	case failing:
		b.WriteString("every connected calendar can be read\n")
	case enrolled > 0:
		fmt.Fprintf(&b, "nobody is connected; %d take part without a calendar of their own here\n", enrolled)
	case seen > 0:
		fmt.Fprintf(&b, "nobody is connected; %d people seen in guest lists\n", seen)
	default:
		b.WriteString("nobody is connected; " + howToConnect + " connects calendars\n")
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// ago writes a length of time in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	}
	return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
}
