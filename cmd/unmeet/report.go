package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/agent/report"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// reportCmd counts the hours of calendar files, or of the daemon's database.
type reportCmd struct {
	Files []string `arg:"" optional:"" name:"file" help:"An .ics file, a folder of them, a .zip as Google exports it, or - for standard input. Without any, the daemon's database."`
	ownership
	From   day    `placeholder:"DATE" help:"First day, such as 2026-10-26; without --from and --to, the last four whole weeks."`
	To     day    `placeholder:"DATE" help:"The day after the last."`
	Zone   string `placeholder:"ZONE" help:"IANA time zone that days and weeks are counted in; UTC, or the configuration's."`
	Now    string `placeholder:"TIME" help:"Take this as the present, as 2026-11-22 or RFC 3339."`
	By     string `enum:"category,meeting,week,group" default:"category" placeholder:"WHAT" help:"List the hours by category, meeting or week; with --funnel by category, group or week."`
	Format string `enum:"table,json,csv,md,html" default:"table" placeholder:"FORMAT" help:"table, json, csv, md or html: a page to look at."`
	Output string `short:"o" name:"output" placeholder:"FILE" help:"Write it there, for its owner alone to read; - or without it, to standard output."`
	Funnel bool   `help:"Of the daemon's database: what became of suggestions, from what there is to recover to what was recovered."`
	Mail   bool   `help:"Send the report of the daemon's database, as a page, to whom report.mail_to names: once for each period."`
	Again  bool   `help:"With --mail: also to whom it was sent before."`
	looking
}

// check refuses flags that do not go together.
func (cmd *reportCmd) check() error {
	switch {
	case cmd.Funnel && len(cmd.Files) > 0:
		return usage("leave out the file: suggestions are in the daemon's database", "--funnel does not go with files")
	case cmd.Funnel && report.By(cmd.By) == report.ByMeeting:
		return usage("--by category, --by group or --by week", "--funnel shows sums, not meetings")
	case cmd.Mail && (len(cmd.Files) > 0 || cmd.Funnel || cmd.Output != "" || cmd.Format != "table" && !cmd.page()):
		return usage("unmeet report --mail; --from and --to say of when", "--mail sends the page of the daemon's database")
	case cmd.Again && !cmd.Mail:
		return usage("unmeet report --mail --again", "--again goes with --mail")
	case (cmd.page() || cmd.Mail) && (cmd.Funnel || report.By(cmd.By) != report.ByCategory):
		return usage("leave out --funnel and --by: the page has all of them", "a page shows the whole report")
	case !cmd.Funnel && report.By(cmd.By) == report.ByGroup:
		return usage("unmeet report --funnel --by group", "--by group goes with --funnel")
	case !cmd.Funnel && cmd.As != "":
		return usage("unmeet report --funnel --as "+cmd.As, "--as goes with --funnel")
	}
	return cmd.looking.check()
}

// ownership says whose calendars those in files are.
type ownership struct {
	Person string   `placeholder:"EMAIL" help:"Whose calendar it is; of several, those that do not tell by name or guests."`
	Domain []string `placeholder:"DOMAIN" help:"Whose addresses are your people, and nobody else's; can be given several times. Without it, the configuration's, else the owner's domain."`
}

// Help teaches by examples.
func (reportCmd) Help() string {
	return `Counts the hours in meetings, and how many of them a written or recorded update would give back, net of writing and reading it.

    unmeet report calendar.ics
    unmeet report team/ --domain acme.example --zone Europe/Berlin
    unmeet report export.zip --from 2026-09-01 --to 2026-12-01 --by week
    curl -s https://acme.example/cal.ics | unmeet report - --format json

Without a file it counts what the daemon has read of connected calendars: only sums, of whole weeks and of enough people (organization.min_group). Weeks in which fewer met are left out, and kinds of meetings that fewer had in a week are put together as others.

    unmeet report --funnel --by week
    unmeet report --funnel --from 2026-11-23 --to 2026-11-30
    unmeet report --funnel --as ann@acme.example --reason "she asked for it"

    unmeet report --format html -o report.html

With --format html it is one page with charts and all figures, and with --funnel's where it is of the daemon's database; it loads nothing, and prints. "unmeet report --mail" sends that of the daemon's database, with a short form of it, to whom report.mail_to names: once for each period, by the mail server under [mail], and not while unmeet is paused.

With --funnel it says what became of suggestions: hours recoverable and worth a trial, suggested, accepted, recovered; declines and trials apart, at the time of the meetings. Recovered is what calendars have shown since: the answer is no, the meeting is cancelled or gone, and none came in its stead. Of a trial it counts once the update was sent. --as shows one person what is theirs.

What is left alone, why, and what the words mean: README.md and docs/reports.md. What could not be read is in the report (for CSV: on stderr), what was read otherwise than it is written on stderr. Keys of the JSON: from, to, zone, people, occurrences, meeting_hours, recoverable_hours, trial_hours, async_cost_hours, left_alone_hours, unsure_hours, unknown_headcount_hours, cost (with hours.cost), categories, others (without a file), weeks, weeks_left_out (without a file), previous (the period before, where it can be compared), meetings, skipped.`
}

// Run reads the files into a database that lasts as long as this, has its
// meetings judged, and prints what they add up to.
func (cmd *reportCmd) Run(a *app) error {
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	if err := cmd.check(); err != nil {
		return err
	}
	switch {
	case len(cmd.Files) == 0 && cmd.Funnel:
		return cmd.funnel(a, config)
	case cmd.Mail:
		return cmd.mail(a, config)
	case len(cmd.Files) == 0:
		return cmd.ofDatabase(a, config)
	}
	job, err := cmd.job(a, config)
	if err != nil {
		return err
	}
	counted, err := a.count(job)
	if err != nil {
		return err
	}
	if err := cmd.write(a, report.Page{Report: counted.report, Cost: config.Hours.cost(), Made: job.now}); err != nil {
		return err
	}
	library := counted.library
	a.showNotices(library)
	if cmd.Format == "csv" { // the other formats show them
		a.showLost(library)
	}
	if library.lost()+len(library.notices()) > 0 {
		a.showCounts(library)
	}
	if err := library.check(cmd.Files); err != nil {
		return err
	}
	a.showDeadEnds(counted)
	if !zoneSaid(cmd.Zone, config) {
		a.noteZone(library, "days are counted", job.now)
	}
	return nil
}

// job is a report to make: what `unmeet report` was asked for.
type job struct {
	files     []string
	ownership ownership
	from, to  time.Time // beginnings of days; zero where not given
	zone      *time.Location
	now       time.Time
	by        report.By
	config    config
	rules     *rules.Engine
}

// job checks the flags.
func (cmd *reportCmd) job(a *app, c config) (job, error) {
	j := job{files: cmd.Files, ownership: cmd.ownership, config: c, by: report.By(cmd.By)}
	if cmd.page() {
		j.by = report.ByWeek
	}
	var err error
	if err := cmd.ownership.check(); err != nil {
		return j, err
	}
	if j.zone, err = zoneOf(cmd.Zone, c); err != nil {
		return j, err
	}
	if j.now, err = a.clock(cmd.Now, j.zone); err != nil {
		return j, err
	}
	if j.from, j.to, err = window(cmd.From, cmd.To, j.zone); err != nil {
		return j, err
	}
	j.rules, err = c.engine()
	return j, err
}

// check refuses what is no address and no domain.
func (o ownership) check() error {
	if o.Person != "" {
		if err := checkAddress(o.Person); err != nil {
			return usage("it takes the address that invitations go to", "--person: %w", err)
		}
	}
	for _, domain := range o.Domain {
		if err := checkDomain(domain); err != nil {
			return usage("it takes what stands after the @ of your addresses", "--domain: %w", err)
		}
	}
	return nil
}

// count reads the calendars of j, has their meetings judged, and adds up the
// hours.
func (a *app) count(j job) (counting, error) {
	counted := counting{job: j}
	library, period, err := a.readPeriod(j)
	if err != nil {
		return counted, err
	}
	counted.library = library
	db, err := store.OpenTemporary(a.ctx)
	if err != nil {
		return counted, fmt.Errorf("opening a temporary database: %w", err)
	}
	defer db.Close()
	from, to := library.around(withBefore(period))
	counted.organization = a.organization(library, j.ownership, j.config)
	if err := db.SetOrganization(a.ctx, counted.organization); err != nil {
		return counted, err
	}
	if err := a.apply(db, library, j.ownership, from, to, func(*calendars.Delta) {}); err != nil {
		return counted, err
	}
	if _, err := agent.Judge(a.ctx, db, j.rules, nil); err != nil {
		return counted, err
	}
	counted.report, err = report.BuildCompared(a.ctx, db, j.rules.Hash(), report.Options{
		Title: titleOf(j.config, counted.organization), Period: period, By: j.by,
		Cost:    j.config.Hours.cost(),
		Price:   j.config.Hours.price(),
		Skipped: library.skipped,
	})
	return counted, err
}

// cost is what doing an occurrence in writing costs.
func (h hoursConfig) cost() hours.Cost {
	return hours.Cost{Write: 60 * int64(h.WriteMinutes), Read: 60 * int64(h.ReadMinutes)}
}

// price is what an hour costs, if it has a price.
func (h hoursConfig) price() report.Price {
	return report.Price{PerHour: h.Cost, Currency: h.Currency}
}

// titleOf names the organization: as the configuration has it, else by its
// domains, else by its only person.
func titleOf(c config, o store.Organization) string {
	switch {
	case c.Organization.Name != "":
		return c.Organization.Name
	case len(o.Domains) > 0:
		return strings.Join(o.Domains, ", ")
	case len(o.Addresses) == 1:
		return o.Addresses[0]
	}
	return ""
}

// period is the time to report on, of data that spans [first, last): what was
// asked for; the four weeks after or before it where only one end was given.
func (j job) period(first, last time.Time) report.Period {
	const days = 28
	p := report.DefaultPeriod(j.now, first, last, j.zone)
	switch {
	case !j.from.IsZero() && !j.to.IsZero():
		p.From, p.To = j.from, j.to
	case !j.from.IsZero():
		p.From = j.from
		if !p.From.Before(p.To) {
			p.To = addDays(p.From, days)
		}
	case !j.to.IsZero():
		p.From, p.To = addDays(j.to, -days), j.to
	}
	return p
}

// organization says whose people are counted.
func (a *app) organization(l *library, o ownership, c config) store.Organization {
	domains := o.Domain
	if len(domains) == 0 {
		domains = c.Organization.Domains
	}
	organization := organizationOf(domains, l.owners(o.Person), o.Person)
	if len(organization.Domains)+len(organization.Addresses) == 0 {
		organization = a.guess(l)
	}
	return organization
}

// guess says whom to count where nothing tells whose calendars these are. Where
// that is anybody, it says so on stderr.
func (a *app) guess(l *library) store.Organization {
	organization := everyone(l.named())
	switch {
	case len(organization.Domains) > 0:
		a.note("whose calendar this is cannot be told; counted are all people at %s", strings.Join(organization.Domains, ", "))
	case len(organization.Addresses) > 0:
		a.note("whose calendar this is cannot be told; counted is everybody in it")
	default: // it names nobody
		return organization
	}
	a.hint("name its owner with --person you@acme.example, or your people with --domain acme.example")
	return organization
}

// apply registers each calendar of the library in the database, and applies
// what change leaves of its pull.
func (a *app) apply(db *store.DB, l *library, o ownership, from, to time.Time, change func(*calendars.Delta)) error {
	ids := make([]int64, len(l.calendars))
	for i, c := range l.calendars {
		var err error
		ids[i], err = db.AddCollection(a.ctx, store.Collection{
			Kind: "ics", Remote: fmt.Sprintf("%s#%d", c.File, i), Owner: l.ownerOf(c, o.Person),
		})
		if err != nil {
			return err
		}
	}
	_, err := db.ApplyAll(a.ctx, func(yield func(store.Pull, error) bool) {
		for i, id := range ids {
			delta := l.pull(i, from, to)
			change(&delta)
			if !yield(store.Pull{Collection: id, Delta: delta}, nil) {
				return
			}
		}
	})
	return err
}

// render writes r as a format has it.
func (a *app) render(w io.Writer, r *report.Report, format string) error {
	switch format {
	case "json":
		return r.JSON(w)
	case "csv":
		return r.CSV(w)
	case "md":
		return r.Markdown(w)
	case "table":
		return r.Table(w, a.tableOptions(w))
	}
	return errors.New("no such format: " + format)
}
