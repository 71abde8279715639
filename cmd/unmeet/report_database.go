package main

import (
	"errors"
	"os"
	"time"

	"unmeet/agent"
	"unmeet/agent/report"
	"unmeet/agent/text"
	"unmeet/rules"
	"unmeet/store"
)

// ofDatabase counts the hours of the daemon's database. Unlike those of files,
// which are whoever's who has them, they are shown only as sums: of whole weeks,
// in each of which at least min_group people met, so that neither a sum nor the
// difference of two tells of a person.
func (cmd *reportCmd) ofDatabase(a *app, c config) error {
	if cmd.Person != "" || len(cmd.Domain) > 0 {
		return usage("unmeet report calendar.ics --person you@acme.example reads a file", "--person and --domain go with files")
	}
	if report.By(cmd.By) == report.ByMeeting {
		return usage("--by category or --by week", "--by meeting is for calendars of your own: from the database, only sums are shown")
	}
	job, err := cmd.job(a, c)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database.URL); err != nil {
		return usage("unmeet report calendar.ics reads a file; unmeet demo needs none; "+howToConnect+" begins a database", "no calendar to read")
	}
	period := job.period(time.Time{}, time.Time{})
	if err := cmd.mayTell(c, period); err != nil {
		return err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if c, err = c.knowing(a.ctx, db); err != nil {
		return err
	}
	if job.rules, err = c.engine(); err != nil {
		return err
	}
	var p *report.Page
	if cmd.page() {
		p, err = a.pageOf(db, c, job.rules, period, job.now)
	} else {
		p, err = judged(a, db, job.rules, func() (*report.Page, error) {
			o := c.reportOptions(a, period)
			o.By = job.by
			r, err := report.BuildCompared(a.ctx, db, job.rules.Hash(), o)
			return &report.Page{Report: r}, err
		})
	}
	if err != nil {
		return err
	}
	if err := cmd.write(a, *p); err != nil {
		return err
	}
	r := p.Report
	if r.Coverage.NotRead > 0 && (cmd.Format == "csv" || cmd.Format == "json") { // the others say it
		a.note("%s", r.Coverage.Note(period.Zone))
	}
	if n := len(r.LeftOut); n > 0 {
		if cmd.Format == "csv" { // the other formats say it
			a.note("%s left out: fewer than %d people met", text.Count(n, "week"), r.MinGroup)
		}
		a.hint("connect more people; organization.min_group says how many it takes")
	}
	return a.showRead(c, db, period)
}

// fresh is since when a calendar has to have been read to pass for being read: it
// may have been missed once.
func (c config) fresh(now time.Time) time.Time {
	return now.Add(-max(2*time.Duration(c.Sync.Every), 24*time.Hour))
}

// judgedAgain is how often a report is begun anew because a daemon that works
// beside it has just changed a meeting.
const judgedAgain = 20

// judged counts. Where something is not judged, it judges and counts again: looking for
// that beforehand would take as long as counting.
func judged[T any](a *app, db *store.DB, engine *rules.Engine, count func() (T, error)) (counted T, err error) {
	for range 1 + judgedAgain {
		counted, err = count()
		if !errors.Is(err, report.ErrUnjudged) {
			return counted, err
		}
		if _, err := agent.Judge(a.ctx, db, engine, nil); err != nil {
			return counted, err
		}
	}
	return counted, hinted(err, "meetings change faster than they can be counted at the moment: try again in a minute")
}

// showRead says what of a period no calendar was read for, so that it does not pass
// for a time of few meetings.
func (a *app) showRead(c config, db *store.DB, p report.Period) error {
	from, to, err := db.Listed(a.ctx)
	if err != nil {
		return err
	}
	kept, err := keptFrom(a.ctx, db, c, a.now())
	switch {
	case err != nil:
		return err
	case from.IsZero():
		a.note("no calendar has been read yet")
		a.hint("unmeet sync reads them now; unmeet people shows who is connected")
	case p.From.Before(from) || p.To.After(to):
		a.note("calendars were read from %s to %s only: what is before or after is not counted",
			from.Format(time.DateOnly), to.AddDate(0, 0, -1).Format(time.DateOnly))
		if p.From.Before(kept.From) {
			a.hint("organization.keep_days (%d) says how long it is kept: what was before %s is let go of", c.Organization.KeepDays, kept.From.Format(time.DateOnly))
		} else {
			a.hint("sync.past_days and sync.future_days say how much is read")
		}
	}
	return nil
}

// mayTell refuses a period that is not of whole weeks, or not of those that all
// reports have: weeks that begin an hour later would tell of that hour.
func (cmd *reportCmd) mayTell(c config, p report.Period) error {
	own, err := zoneOf("", c)
	if err != nil {
		return err
	}
	if p.Zone.String() != own.String() {
		return usage("from the database, weeks are those of organization.zone: leave out --zone", "--zone %s is not the organization's (%s)", p.Zone, own)
	}
	const weeks = "from the database, whole weeks are shown: --from and --to take Mondays"
	for flag, t := range map[string]time.Time{"--from": p.From, "--to": p.To} {
		if day := t.In(p.Zone); day.Weekday() != time.Monday {
			return usage(weeks, "%s %s is a %s", flag, day.Format(time.DateOnly), day.Weekday())
		}
	}
	return nil
}
