package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/store"
)

// actionsCmd shows what is to be done in people's calendars, and what failed.
type actionsCmd struct {
	Retry  int64  `placeholder:"ID" help:"Have this one tried again that failed, or waits."`
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
	looking
}

// Help says what the states mean.
func (actionsCmd) Help() string {
	return `Shows what is still to be done in people's calendars for what they decided, and what could not be done, with what to do about it. The rest is counted.

States: due; waiting, for the person's consent to write to their calendar, or until they connect again; begun, which was tried without an answer, and is looked at again; applied; failed; superseded, as somebody was faster; handed on, where a calendar cannot be written to and a mail says what to do; dropped, taken back before it was done.

    unmeet actions
    unmeet actions --retry 17
    unmeet actions --as ann@acme.example --reason "she asked what became of it" --format json

Whose they are and what about is their own business: --as shows it for one person, all there was, and says who looked.`
}

// actionRow is an action as JSON has it. Times are RFC 3339 in UTC.
type actionRow struct {
	ID      int64      `json:"id"`
	State   string     `json:"state"`
	Needs   string     `json:"needs,omitempty"`     // of one that waits: consent, connection, effect
	Moved   string     `json:"overtaken,omitempty"` // of one superseded: how the world moved
	Made    time.Time  `json:"made"`
	Ended   *time.Time `json:"ended,omitempty"`
	Next    *time.Time `json:"next,omitempty"` // when it is tried
	Until   time.Time  `json:"until"`          // from then on it is too late
	Tries   int        `json:"tries"`
	Why     string     `json:"why,omitempty"`
	Hint    string     `json:"hint,omitempty"`
	Own     *ownAction `json:"own,omitempty"` // with --as
	overdue bool
}

// ownAction is what of an action only its person is shown.
type ownAction struct {
	Title    string    `json:"title"`
	Starts   time.Time `json:"starts"`
	Verb     string    `json:"verb"` // respond, cancel, end, shorten
	Response string    `json:"response,omitempty"`
	Onward   bool      `json:"onward,omitempty"`
	Undoes   int64     `json:"undoes,omitempty"` // the action that it takes back
}

// actionList is all of them, as JSON has it.
type actionList struct {
	Actions []actionRow    `json:"actions"`
	Counts  map[string]int `json:"counts"` // by state
}

// Run lists actions, or has one tried again.
func (cmd *actionsCmd) Run(a *app) error {
	if err := cmd.check(); err != nil {
		return err
	}
	if cmd.Retry != 0 && cmd.As != "" {
		return usage("one after the other", "--retry and --as do not go together")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	db, err := a.openBegun(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if cmd.Retry != 0 {
		return cmd.retry(a, db)
	}
	list := actionList{Actions: []actionRow{}}
	if list.Counts, err = db.ActionCounts(a.ctx); err != nil {
		return err
	}
	if cmd.As != "" {
		list.Actions, err = cmd.ownRows(a, db)
		list.Counts = map[string]int{}
		for _, r := range list.Actions {
			list.Counts[r.State]++
		}
	} else {
		list.Actions, err = a.actionRows(db)
	}
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, list)
	}
	return a.showActions(list)
}

// retry has an action tried again.
func (cmd *actionsCmd) retry(a *app, db *store.DB) error {
	err := db.RetryAction(a.ctx, a.now(), cmd.Retry)
	switch {
	case errors.Is(err, store.ErrNoAction):
		return hinted(fmt.Errorf("there is no action %d", cmd.Retry), "unmeet actions lists them")
	case errors.Is(err, store.ErrNoRetry):
		return hinted(err, "only what failed, or is still to be done, can be tried again, and before its meeting begins")
	case err != nil:
		return err
	}
	a.note("action %d is due: the daemon takes it up within ten seconds", cmd.Retry)
	return nil
}

// mostActions is how many of each state are listed.
const mostActions = 200

// actionRows are the actions that somebody may have to see to.
func (a *app) actionRows(db *store.DB) ([]actionRow, error) {
	all, err := db.ActionsIn(a.ctx, mostActions, store.ActionFailed, store.ActionWaiting, store.ActionBegun, store.ActionDue)
	rows := []actionRow{}
	for _, one := range all {
		rows = append(rows, a.actionRow(one))
	}
	return rows, err
}

// ownRows are all actions of one person, the oldest first.
func (cmd *actionsCmd) ownRows(a *app, db *store.DB) ([]actionRow, error) {
	if err := cmd.record(a, db); err != nil {
		return nil, err
	}
	asked, err := db.SuggestionsTo(a.ctx, cmd.As)
	if err != nil {
		return nil, err
	}
	rows := []actionRow{}
	for _, s := range asked {
		all, err := db.ActionsOf(a.ctx, s.ID)
		if err != nil {
			return nil, err
		}
		shot, err := suggest.DecodeSnapshot(s.Snapshot)
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			row := a.actionRow(one)
			i := one.Intent
			row.Own = &ownAction{Title: shot.Title, Starts: i.Start.UTC(), Verb: string(i.Verb), Response: string(i.Response), Onward: i.Onward, Undoes: one.Undoes}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (a *app) actionRow(one store.Action) actionRow {
	r := actionRow{
		ID: one.ID, State: string(one.State), Needs: string(one.Needs), Moved: string(one.Overtaken), Made: one.Made, Ended: some(one.Ended),
		Until: one.Until, Tries: one.Tries, Why: one.Why, Hint: one.Hint,
	}
	if one.State == store.ActionDue || one.State == store.ActionBegun {
		r.Next = some(one.Next)
		r.overdue = !one.Next.After(a.now())
	}
	if r.Hint == "" && one.Needs == store.NeedsConsent {
		r.Hint = "the person is asked for it by mail, and on the page of their answer"
	}
	if r.Hint == "" && one.State == store.ActionFailed && a.now().Before(one.Until) {
		r.Hint = fmt.Sprintf("unmeet actions --retry %d has it tried again", one.ID)
	}
	return r
}

// showActions prints a table.
func (a *app) showActions(list actionList) error {
	var b strings.Builder
	paint := a.ink()
	if len(list.Actions) > 0 {
		b.WriteString(paint.Bold(fmt.Sprintf("%5s  %-20s  %-9s  %5s  %-9s  %s", "ID", "STATE", "SINCE", "TRIES", "NEXT", "UNTIL")) + "\n")
	}
	now := a.now()
	for _, r := range list.Actions {
		next := "-"
		switch {
		case r.overdue:
			next = "now"
		case r.Next != nil:
			next = "in " + ago(r.Next.Sub(now))
		}
		state := strings.TrimSpace(r.State + " " + cmp.Or(r.Needs, r.Moved))
		line := fmt.Sprintf("%5d  %-20s  %-9s  %5d  %-9s  %s", r.ID, state, ago(now.Sub(r.Made))+" ago", r.Tries, next, r.Until.Format("2006-01-02 15:04"))
		if r.State == string(store.ActionFailed) {
			line = paint.Bold(line)
		}
		b.WriteString(line + "\n")
		if o := r.Own; o != nil {
			fmt.Fprintf(&b, "  %s: %s, %s\n", o.words(), text.Clean(o.Title), o.Starts.Format("2006-01-02 15:04"))
		}
		if r.Why != "" {
			fmt.Fprintf(&b, "  %s\n", text.Clean(r.Why))
		}
		if r.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", text.Clean(r.Hint))
		}
	}
	var parts []string
	for _, state := range []store.ActionState{
		store.ActionDue, store.ActionWaiting, store.ActionBegun, store.ActionFailed, store.ActionApplied, store.ActionSuperseded, store.ActionHanded, store.ActionDropped,
	} {
		if n := list.Counts[string(state)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing was to be done in a calendar yet"}
	}
	if len(list.Actions) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(strings.Join(parts, ", ") + "\n")
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// words say what is done, for the person.
func (o ownAction) words() string {
	said := o.Verb
	if o.Verb == string(calendars.Respond) {
		said = "answer " + o.Response
	}
	if o.Onward {
		said += " from then on"
	}
	if o.Undoes != 0 {
		said = fmt.Sprintf("take back %d (%s)", o.Undoes, said)
	}
	return said
}
