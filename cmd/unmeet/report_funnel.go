package main

import (
	"io"
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
		Cost: c.Hours.cost(), Price: c.Hours.price(), Fresh: c.fresh(a.now()), Balance: cmd.Format == "json",
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
	if c, err = c.knowing(a.ctx, db); err != nil {
		return err
	}
	if job.rules, err = c.engine(); err != nil {
		return err
	}
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
	if err := cmd.deliver(a, func(w io.Writer) error { return a.renderFunnel(w, f, cmd.Format) }); err != nil {
		return err
	}
	return a.showRead(c, db, o.Period)
}

// renderFunnel writes f as a format has it.
func (a *app) renderFunnel(w io.Writer, f *report.Funnel, format string) error {
	switch format {
	case "json":
		return f.JSON(w)
	case "csv":
		return f.CSV(w)
	case "md":
		return f.Markdown(w)
	}
	return f.Table(w, a.tableOptions(w))
}
