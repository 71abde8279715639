package main

import (
	"cmp"
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

Who has several connections has a line for each, and counts as the one that most needs looking at. Nothing of what is in a calendar is shown here.`
}

// personRow is a person as JSON has them: what is told of the connection that most
// needs somebody to look at it stands beside the address, for there mostly is one.
type personRow struct {
	Address string `json:"address"`
	connectionRow
	Connections []connectionRow `json:"connections,omitempty"`
}

// connectionRow is a connection as JSON has it. Times are RFC 3339 in UTC.
type connectionRow struct {
	State      string     `json:"state"`                // of who has no connection: seen, enrolled or out
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
		ails := func(c connectionRow) bool { return c.Why != "" }
		rows = slices.DeleteFunc(rows, func(r personRow) bool { return !slices.ContainsFunc(r.Connections, ails) })
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
	if err := a.showLostKeys(c, db, rows); err != nil {
		return nil, err
	}
	for i := range rows {
		if r := &rows[i]; len(r.Connections) > 0 {
			r.connectionRow = slices.MinFunc(r.Connections, connectionRow.compare)
		}
	}
	return rows, nil
}

// states are those of connections, the first one that a person has being theirs:
// whoever can be read over one is not disconnected.
var states = []store.State{store.Paused, store.Failing, store.Connected, store.Stopped, store.Disconnected}

// compare puts what most needs somebody to look at it first.
func (c connectionRow) compare(d connectionRow) int {
	well := func(c connectionRow) int {
		if c.Why == "" {
			return 1
		}
		return 0
	}
	rank := func(c connectionRow) int { return slices.Index(states, store.State(c.State)) }
	return cmp.Or(cmp.Compare(rank(c), rank(d)), cmp.Compare(well(c), well(d)))
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
	for _, r := range rows {
		for i := range r.Connections {
			if c := &r.Connections[i]; lost[c.Connection] {
				c.Why = "the token cannot be opened: the key that sealed it is not in the key file " + path
				c.Hint = "bring that key back from a backup, or name its file with UNMEET_KEY_FILE; else " + r.Address + " has to connect again"
			}
		}
	}
	return nil
}

// rowsOf makes a row of each person, with their connections. One that was ended is
// told of only where there is no other.
func rowsOf(people []store.Person) []personRow {
	rows := []personRow{}
	for _, p := range people {
		r := personRow{Address: p.Address, connectionRow: connectionRow{State: p.State}}
		connections := slices.DeleteFunc(slices.Clone(p.Connections), func(c store.Connection) bool { return c.State == store.Disconnected })
		if len(connections) == 0 && len(p.Connections) > 0 {
			last := func(c, d store.Connection) int { return c.Since.Compare(d.Since) }
			connections = []store.Connection{slices.MaxFunc(p.Connections, last)}
		}
		for _, c := range connections {
			row := connectionRow{
				State: string(c.State), Connection: c.ID, Kind: c.Kind, Since: some(c.Since), LastSync: some(c.LastOK),
				Failures: c.Failures, Why: c.Why, Hint: c.Hint,
			}
			if c.State == store.Connected || c.State == store.Failing {
				row.NextSync = some(c.Next)
			}
			r.Connections = append(r.Connections, row)
		}
		rows = append(rows, r)
	}
	return rows
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// showPeople prints rows as a table: those who are connected or were, with a line for
// each connection of who has several; the rest is counted.
func (a *app) showPeople(rows []personRow, failing bool) error {
	var b strings.Builder
	t := peopleTable{Builder: &b, widest: len("PERSON"), now: a.now(), ink: a.ink()}
	shown, of := 0, map[string]int{} // people by state
	for _, r := range rows {
		if of[r.State]++; r.Kind != "" {
			t.widest = max(t.widest, len(r.Address))
			shown++
		}
	}
	if shown > 0 {
		t.line("PERSON", "STATE", "LAST SYNC", "NEXT", false)
	}
	for _, r := range rows {
		switch len(r.Connections) {
		case 0:
		case 1:
			t.connection(r.Address, r.connectionRow, "")
		default:
			t.line(r.Address, r.State, "", "", r.Why != "")
			for _, c := range r.Connections {
				t.connection("  "+c.Kind, c, "  ")
			}
		}
	}
	enrolled, seen := of["enrolled"], of["seen"]
	switch {
	case shown > 0:
		b.WriteString("\n")
		var parts []string
		for _, state := range []store.State{store.Connected, store.Failing, store.Paused, store.Stopped, store.Disconnected} {
			if n := of[string(state)]; n > 0 {
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

// peopleTable writes what `unmeet people` shows line by line.
type peopleTable struct {
	*strings.Builder
	widest int // of the first column
	now    time.Time
	ink    text.Ink
}

// line writes one line, in bold where something ails.
func (t peopleTable) line(who, state, last, next string, ails bool) {
	line := strings.TrimRight(fmt.Sprintf("%s  %s  %s  %s", text.PadRight(who, t.widest), text.PadRight(state, 12), text.PadRight(last, 11), next), " ")
	if ails {
		line = t.ink.Bold(line)
	}
	t.WriteString(line + "\n")
}

// connection writes what is told of one.
func (t peopleTable) connection(name string, c connectionRow, indent string) {
	last, next := "never", "-"
	if c.LastSync != nil {
		last = ago(t.now.Sub(*c.LastSync)) + " ago"
	}
	if c.NextSync != nil {
		next = "in " + ago(c.NextSync.Sub(t.now))
		if !c.NextSync.After(t.now) {
			next = "now"
		}
	}
	t.line(name, c.State, last, next, c.Why != "")
	if c.Why != "" {
		fmt.Fprintf(t, "%s  %s\n", indent, text.Clean(c.Why))
	}
	if c.Hint != "" {
		fmt.Fprintf(t, "%s  hint: %s\n", indent, text.Clean(c.Hint))
	}
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
