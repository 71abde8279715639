package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"unmeet/agent"
	"unmeet/agent/text"
	"unmeet/store"
)

// syncCmd reads connected calendars once.
type syncCmd struct {
	People     []string `arg:"" optional:"" name:"email" help:"Whose calendars; without it, all that are connected."`
	AcceptLoss bool     `help:"Believe a calendar that more than half of its events have vanished from."`
	Verbose    bool     `short:"v" help:"Show every attempt on stderr."`
}

// Help says when to use it.
func (syncCmd) Help() string {
	return `Reads what changed in connected calendars, sorts the meetings that it touches, and says what came of it. "unmeet run" does the same all the time; both can run side by side.

    unmeet sync
    unmeet sync ann@acme.example
    unmeet sync --accept-loss ann@acme.example

A calendar that suddenly lacks more than half of ten or more known events is not believed, and nothing is changed: look at it, then use --accept-loss if that is right.`
}

// Run syncs.
func (cmd *syncCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	chosen, paused, err := cmd.chosen(a, c) // before a key is made for nobody
	if err != nil {
		return err
	}
	level := slog.LevelError + 1 // failures are in the summary
	if cmd.Verbose {
		level = slog.LevelDebug
	}
	s, err := a.startSyncing(c, c.Log.newLog(a.stderr, level))
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.agent.Resume(a.ctx); err != nil {
		return err
	}
	var opts []store.ApplyOption
	if cmd.AcceptLoss {
		opts = append(opts, store.AcceptLoss())
	}
	progress := a.startCount(len(chosen), "syncing")
	sum, err := s.agent.Pass(a.ctx, chosen, func(done int) { progress.at(int64(done)) }, opts...)
	progress.end()
	if err != nil {
		if a.ctx.Err() != nil {
			return errors.New("interrupted; what was read so far is kept")
		}
		return err
	}
	if err := s.db.Scrub(a.ctx); err != nil {
		return err
	}
	return a.showSync(sum, paused)
}

// chosen returns whom to sync: those named, paused or not, or else everybody who
// is not paused; and how many are.
func (cmd *syncCmd) chosen(a *app, c config) (chosen []store.Connection, paused int, err error) {
	all, err := a.connections(c)
	if err != nil {
		return nil, 0, err
	}
	for _, address := range cmd.People {
		address = strings.ToLower(address)
		known := slices.DeleteFunc(slices.Clone(all), func(c store.Connection) bool {
			return c.Owner != address || c.State == store.Disconnected
		})
		if len(known) == 0 {
			return nil, 0, hinted(fmt.Errorf("%s is not connected", address), "unmeet people shows who is; "+howToConnect+" connects calendars")
		}
		read := slices.DeleteFunc(slices.Clone(known), func(c store.Connection) bool { return c.State == store.Stopped })
		if len(read) == 0 {
			return nil, 0, hinted(fmt.Errorf("%s is not read any longer: %s", address, known[0].Why), known[0].Hint)
		}
		chosen = append(chosen, read...)
	}
	if len(cmd.People) > 0 {
		return chosen, 0, nil
	}
	for _, c := range all {
		switch c.State {
		case store.Connected, store.Failing:
			chosen = append(chosen, c)
		case store.Paused:
			paused++
		}
	}
	if len(chosen)+paused == 0 {
		return nil, 0, nothing(howToConnect+" connects calendars", "no calendar is connected")
	}
	return chosen, paused, nil
}

// connections returns all that are known, without making a database for them.
func (a *app) connections(c config) ([]store.Connection, error) {
	db, err := a.openKnown(c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.Connections(a.ctx)
}

// showSync prints what came of a pass. Failures make the command fail.
func (a *app) showSync(sum agent.Summary, paused int) error {
	line := text.Count(sum.Synced, "calendar") + " synced"
	for _, part := range []struct {
		n    int
		text string
	}{
		{sum.Copies, text.Count(sum.Copies, "event") + " changed"},
		{sum.Meetings, text.Count(sum.Meetings, "meeting") + " touched"},
		{sum.Ended, text.Count(sum.Ended, "occurrence") + " gone"},
		{sum.Judged, fmt.Sprintf("%d sorted", sum.Judged)},
		{len(sum.Skipped), fmt.Sprintf("%d skipped", len(sum.Skipped))},
		{len(sum.Failed), fmt.Sprintf("%d failed", len(sum.Failed))},
		{sum.Busy, fmt.Sprintf("%d synced by another process at the moment", sum.Busy)},
		{sum.Left, fmt.Sprintf("%d stopped or disconnected meanwhile", sum.Left)},
		{paused, fmt.Sprintf("%d paused", paused)},
	} {
		if part.n > 0 {
			line += ", " + part.text
		}
	}
	if _, err := fmt.Fprintln(a.stdout, line); err != nil {
		return err
	}
	a.showSkipped(sum.Skipped)
	for _, f := range sum.Failed {
		fmt.Fprintf(a.stderr, "%s: %s\n", f.Owner, f.Trouble.Why)
		if f.Trouble.Hint != "" {
			fmt.Fprintf(a.stderr, "  hint: %s\n", f.Trouble.Hint)
		}
	}
	if paused > 0 {
		fmt.Fprintln(a.stderr, "hint: unmeet people shows who is paused, and what to do")
	}
	if len(sum.Failed) > 0 {
		return errReported
	}
	return nil
}
