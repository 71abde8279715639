package main

import (
	"fmt"
	"os"
	"time"

	"unmeet/agent/report"
)

// funnel says what became of suggestions, by the daemon's database: sums as in its
// report, or one person's own.
func (cmd *reportCmd) funnel(a *app, c config) error {
	if cmd.Person != "" || len(cmd.Domain) > 0 {
		return usage("--as EMAIL shows a person's own", "--person and --domain go with files")
	}
	job, err := cmd.job(a, c)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database.URL); err != nil {
		return usage(howToConnect+" begins a database; unmeet demo shows one", "no suggestions so far")
	}
	o := report.FunnelOptions{Period: job.period(time.Time{}, time.Time{}), By: job.by, MinGroup: c.Organization.MinGroup, Person: cmd.As,
		Cost: c.Hours.cost(), Price: c.Hours.price(), Fresh: c.fresh(a.now()),
		Group: func(address string) string {
			g, _ := c.groupOf(address)
			return g.Name
		},
	}
	if cmd.As == "" {
		o.Title = titleOf(c, organizationOf(c.Organization.Domains, owners{}, ""))
	}
	if err := cmd.mayTell(c, o.Period); err != nil {
		return err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if cmd.As != "" {
		if err := cmd.record(a, db); err != nil {
			return err
		}
	}
	f, err := judged(a, db, job.rules, func() (*report.Funnel, error) {
		return report.BuildFunnel(a.ctx, db, job.rules.Hash(), o)
	})
	if err != nil {
		return err
	}
	if err := a.renderFunnel(f, cmd.Format); err != nil {
		return fmt.Errorf("writing the funnel: %w", err)
	}
	return a.showRead(db, o.Period)
}

// renderFunnel prints f.
func (a *app) renderFunnel(f *report.Funnel, format string) error {
	switch format {
	case "json":
		return f.JSON(a.stdout)
	case "csv":
		return f.CSV(a.stdout)
	case "md":
		return f.Markdown(a.stdout)
	}
	return f.Table(a.stdout, report.TableOptions{Width: width(a.stdout), Color: a.colour(a.stdout)})
}
