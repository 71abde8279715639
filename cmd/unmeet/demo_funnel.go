package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/report"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/store"
)

// funnelWeeks is how long the time is that the demo's funnel is counted over: that of
// a weekly trial.
const funnelWeeks = 4

// funnel is what `unmeet report --funnel` says of the weeks that the mails are about.
// It tells of single people, as only a made-up company's may.
func (d *demoAgent) funnel() (*report.Funnel, error) {
	return judged(d.app, d.db, d.engine, func() (*report.Funnel, error) {
		return report.BuildFunnel(d.ctx, d.db, d.engine.Hash(), report.FunnelOptions{
			Title: d.company.Name, By: report.ByCategory, Cost: d.config.Hours.cost(),
			Period: report.Period{From: d.monday, To: d.monday.AddDate(0, 0, 7*funnelWeeks), Zone: d.monday.Location()},
		})
	})
}

// figuresOf are the steps of a funnel, as a page shows them.
func figuresOf(f *report.Funnel) []mailbox.Figure {
	figure := func(name string, declines, trials report.Hours, means string) mailbox.Figure {
		return mailbox.Figure{Name: name, Declines: hoursOf(declines), Trials: hoursOf(trials), Means: means}
	}
	return []mailbox.Figure{
		figure("Recoverable", f.RecoverableHours, f.RecoverableHours+f.TrialHours, "in these four weeks, with what calendars do not show any more since: by declines that of informing meetings, by trials that of collaborating ones too"),
		figure("Suggested", f.Declines.SuggestedHours, f.Trials.SuggestedHours, "what people were asked about"),
		figure("Accepted", f.Declines.AcceptedHours, f.Trials.AcceptedHours, "what they decided, and did not take back"),
		figure("Recovered", f.Declines.RecoveredHours, f.Trials.RecoveredHours, "what calendars show by now; of a trial, where the update was sent"),
	}
}

// tally is what came of all suggestions so far.
type tally struct{ suggested, held, accepted, kept int }

// count counts what came of all suggestions so far.
func (d *demoAgent) count(ctx context.Context) (t tally, err error) {
	all, err := d.db.SuggestionsSince(ctx, time.Time{})
	for _, s := range all {
		t.add(s)
	}
	return t, err
}

func (t *tally) add(s store.Suggestion) {
	t.suggested++
	switch click.State(s.State) {
	case click.Pending:
		t.held++
	case click.Accepted:
		t.accepted++
	case click.Kept:
		t.kept++
	}
}

// String says it on one line.
func (t tally) String() string {
	parts := []string{fmt.Sprintf("%d suggested", t.suggested)}
	for _, p := range []struct {
		n    int
		name string
	}{{t.held, "held"}, {t.accepted, "accepted"}, {t.kept, "kept"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.name))
		}
	}
	return strings.Join(parts, ", ")
}

// recovered says how much of what was accepted calendars show by now.
func recovered(f *report.Funnel) string {
	var parts []string
	for _, p := range []struct {
		report.Stages
		how string
	}{{f.Declines, "read instead"}, {f.Trials, "in writing"}} {
		if p.AcceptedHours > 0 {
			parts = append(parts, fmt.Sprintf("%s of %s %s", hoursOf(p.RecoveredHours), hoursOf(p.AcceptedHours), p.how))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}

// hoursOf is a length of time as people read it.
func hoursOf(h report.Hours) string {
	minutes := (int(h) + 30) / 60
	switch hours, rest := minutes/60, minutes%60; {
	case hours == 0:
		return fmt.Sprintf("%d min", rest)
	case rest == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, rest)
	}
}
