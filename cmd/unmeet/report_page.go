package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"unmeet/agent/report"
	"unmeet/rules"
	"unmeet/store"
)

// htmlFormat is the format of a page to look at.
const htmlFormat = "html"

func (cmd *reportCmd) page() bool { return cmd.Format == htmlFormat }

// write writes p in the format asked for, to where --output says.
func (cmd *reportCmd) write(a *app, p report.Page) error {
	return cmd.deliver(a, func(w io.Writer) error {
		if cmd.page() {
			return p.HTML(w)
		}
		return a.render(w, p.Report, cmd.Format)
	})
}

// deliver has a report written to standard output, or to the file that --output names:
// that has its name once it is whole, and only its owner may read it.
func (cmd *reportCmd) deliver(a *app, render func(io.Writer) error) error {
	if cmd.Output == "" || cmd.Output == "-" {
		if err := render(a.stdout); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		return nil
	}
	const named = "--output takes a file in a folder that is there, that you may write to, and that has room"
	if info, err := os.Stat(cmd.Output); err == nil && !info.Mode().IsRegular() {
		return usage(named, "--output %s: it is no file", cmd.Output)
	}
	var whole bytes.Buffer
	if err := render(&whole); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(cmd.Output), ".unmeet-*") // with mode 0600
	if err != nil {
		return hinted(fmt.Errorf("writing the report: %w", err), named)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(whole.Bytes())
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), cmd.Output)
	}
	if err != nil {
		return hinted(fmt.Errorf("writing the report: %w", err), named)
	}
	return nil
}

// pageOf is the page of the daemon's database about whole weeks: sums as `unmeet
// report` and `unmeet report --funnel` show them.
func (a *app) pageOf(db *store.DB, c config, engine *rules.Engine, period report.Period, now time.Time) (*report.Page, error) {
	return judged(a, db, engine, func() (*report.Page, error) {
		return report.BuildPage(a.ctx, db, engine.Hash(), c.reportOptions(a, period), now)
	})
}

// reportOptions are those of a report on the daemon's database.
func (c config) reportOptions(a *app, period report.Period) report.Options {
	return report.Options{
		Title: titleOf(c, organizationOf(c.Organization.Domains, owners{}, "")), Period: period,
		MinGroup: c.Organization.MinGroup, Cost: c.Hours.cost(), Price: c.Hours.price(), Fresh: c.fresh(a.now()),
	}
}
