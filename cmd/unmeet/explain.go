package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"unmeet/agent"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/rules"
	"unmeet/store"
)

// explainCmd says in words why a meeting is sorted as it is.
type explainCmd struct {
	Meeting     string `arg:"" help:"A title in quotes; with --uid a calendar: an .ics file, a folder, a .zip or -."`
	UID         string `name:"uid" placeholder:"UID" help:"Explain the meeting with this UID (unmeet events shows them)."`
	Description string `placeholder:"TEXT" help:"What the invitation says beside its title."`
	People      int    `placeholder:"N" help:"How many are invited, the organizer included."`
	Minutes     int    `placeholder:"M" help:"How long it takes."`
	Recurrence  string `placeholder:"RULE" help:"How often: an RRULE, or words such as weekly."`

	ownership
}

// Help teaches both uses.
func (explainCmd) Help() string {
	return `Says what kind of meeting it looks like, which rules speak for that and which against, what follows, and what would change it.

    unmeet explain "Weekly status" --people 8 --minutes 30
    unmeet explain "Roadmap" --description "Agenda: vote on the plan"
    unmeet explain calendar.ics --uid 1234@acme.example`
}

// Run explains a title, or a meeting of a calendar.
func (cmd *explainCmd) Run(a *app) error {
	config, err := a.loadConfig()
	if err != nil {
		return err
	}
	engine, err := config.engine()
	if err != nil {
		return err
	}
	if cmd.UID != "" {
		return cmd.fromCalendar(a, config, engine)
	}
	if err := cmd.check(); err != nil {
		return err
	}
	return a.explain(engine, rules.Subject{
		Title: cmd.Meeting, Body: cmd.Description, People: cmd.People, Minutes: cmd.Minutes,
		Recurrence: strings.TrimPrefix(cmd.Recurrence, "RRULE:"), External: -1, Acceptance: -1,
	})
}

// check refuses what was probably meant otherwise.
func (cmd *explainCmd) check() error {
	if cmd.People < 0 || cmd.Minutes < 0 {
		return usage("they count people and minutes", "--people and --minutes cannot be negative")
	}
	if strings.HasSuffix(cmd.Meeting, ".ics") || strings.HasSuffix(cmd.Meeting, ".zip") || cmd.Meeting == "-" {
		_, err := os.Stat(cmd.Meeting)
		if cmd.Meeting == "-" || !errors.Is(err, fs.ErrNotExist) {
			return usage("name one with --uid; unmeet events "+cmd.Meeting+" --format json shows them", "%s holds many meetings", cmd.Meeting)
		}
	}
	return nil
}

// explain judges s and prints why.
func (a *app) explain(engine *rules.Engine, s rules.Subject) error {
	text := engine.Explain(s, engine.Judge(s)).String()
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// fromCalendar explains the meeting of a calendar that --uid names: once for
// each organizer, and for changed instances with words or guests of their own.
func (cmd *explainCmd) fromCalendar(a *app, c config, engine *rules.Engine) error {
	if err := cmd.ownership.check(); err != nil {
		return err
	}
	library, err := a.readCalendars([]string{cmd.Meeting}, ics.Options{})
	if err != nil {
		return err
	}
	subjects, err := a.subjects(library, cmd.UID, cmd.ownership, c)
	if err != nil {
		return err
	}
	if len(subjects) == 0 {
		a.showSkipped(library.skipped)
		return nothing("unmeet events "+cmd.Meeting+" --format json shows them", "no meeting has the UID %s", clean(cmd.UID))
	}
	for i, s := range subjects {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := a.explain(engine, s); err != nil {
			return err
		}
	}
	return nil
}

// subjects returns what there is to judge of the meeting called uid. It goes
// through a database, as everything that is judged does.
func (a *app) subjects(l *library, uid string, o ownership, c config) ([]rules.Subject, error) {
	from, to := l.extent(a.now().AddDate(1, 0, 0))
	organization := a.organization(l, o, c, from, to)
	db, err := store.OpenTemporary(a.ctx)
	if err != nil {
		return nil, fmt.Errorf("opening a temporary database: %w", err)
	}
	defer db.Close()
	if err := db.SetOrganization(a.ctx, organization); err != nil {
		return nil, err
	}
	err = a.apply(db, l, o, from, to, func(d *calendars.Delta) {
		d.Copies = slices.DeleteFunc(d.Copies, func(c calendars.Copy) bool { return c.UID != uid })
	})
	if err != nil {
		return nil, err
	}
	found, err := db.Find(a.ctx, uid)
	if err != nil {
		return nil, err
	}
	var subjects []rules.Subject
	for _, meeting := range found {
		for _, s := range meeting.Subjects {
			subjects = append(subjects, agent.Subject(s))
		}
	}
	return subjects, nil
}
