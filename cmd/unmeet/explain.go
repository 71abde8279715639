package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"unmeet/agent"
	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/rules"
	"unmeet/store"
)

// explainCmd says in words why a meeting is sorted as it is.
type explainCmd struct {
	Meeting     string `arg:"" help:"A title in quotes; with --uid a calendar: an .ics file, a folder, a .zip or -."`
	UID         string `name:"uid" placeholder:"UID" help:"Explain the meeting with this UID (unmeet events FILE --format json shows them)."`
	Description string `placeholder:"TEXT" help:"What the invitation says beside its title."`
	People      amount `placeholder:"N" help:"How many are invited, the organizer included."`
	Minutes     amount `placeholder:"M" help:"How long it takes."`
	Recurrence  string `placeholder:"RULE" help:"How often: an RRULE, or words such as weekly."`

	ownership
}

// Help teaches both uses.
func (explainCmd) Help() string {
	return `Says what kind of meeting it looks like, which rules speak for that and which against, what follows, and what would change it. Of a meeting in a calendar that takes no meeting hours it says so first, and why.

    unmeet explain "Weekly status" --people 8 --minutes 30
    unmeet explain "Roadmap" --description "Agenda: vote on the plan"
    unmeet explain calendar.ics --uid 1234@acme.example`
}

// amount is a number of people or minutes on the command line.
type amount struct {
	n     int
	given bool
}

// UnmarshalText reads digits.
func (m *amount) UnmarshalText(digits []byte) error {
	n, err := strconv.Atoi(string(digits))
	if err != nil || n < 0 {
		return fmt.Errorf("%q does not count anything: it takes a number from 0 on, such as 8", digits)
	}
	m.n, m.given = n, true
	return nil
}

// Run explains a title, or a meeting of a calendar.
func (cmd *explainCmd) Run(a *app) error {
	if err := cmd.check(); err != nil {
		return err
	}
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
	return a.explain(engine, rules.Subject{
		Title: cmd.Meeting, Body: cmd.Description, People: cmd.People.n, Minutes: cmd.Minutes.n,
		Recurrence: strings.TrimPrefix(cmd.Recurrence, "RRULE:"), External: -1, Acceptance: -1,
	})
}

// check refuses what is probably meant otherwise.
func (cmd *explainCmd) check() error {
	flag := cmd.ofTitle()
	switch {
	case cmd.UID != "" && flag != "":
		return usage("leave it out: the calendar says it", "%s is about a title, and --uid about a meeting in a calendar", flag)
	case cmd.UID == "" && cmd.Person != "", cmd.UID == "" && len(cmd.Domain) > 0:
		return usage("they go with --uid", "--person and --domain say whose a calendar is, and there is none")
	case cmd.UID == "" && cmd.namesCalendar():
		hint := fmt.Sprintf("name a meeting with --uid; unmeet events %s --format json shows the UIDs", cmd.Meeting)
		return usage(hint, "%s is a calendar, not a title: --uid is needed", cmd.Meeting)
	}
	return cmd.ownership.check()
}

// ofTitle returns the first flag given that describes a title, "" if none is.
func (cmd *explainCmd) ofTitle() string {
	switch {
	case cmd.Description != "":
		return "--description"
	case cmd.People.given:
		return "--people"
	case cmd.Minutes.given:
		return "--minutes"
	case cmd.Recurrence != "":
		return "--recurrence"
	}
	return ""
}

// namesCalendar reports whether the argument is no title but the name of a file,
// be it there or not. Who describes a title means one, though a file be called
// like it.
func (cmd *explainCmd) namesCalendar() bool {
	switch strings.ToLower(filepath.Ext(cmd.Meeting)) {
	case ".ics", ".zip":
		return true
	}
	_, err := os.Stat(cmd.Meeting)
	return cmd.Meeting == "-" || err == nil && cmd.ofTitle() == ""
}

// explain judges s and prints why.
func (a *app) explain(engine *rules.Engine, s rules.Subject) error {
	words := text.CleanLines(engine.Explain(s, engine.Judge(s)).String())
	_, err := io.WriteString(a.stdout, text.Wrap(words, width(a.stdout)))
	return err
}

// fromCalendar explains the meeting of a calendar that --uid names: once for
// each organizer, and for changed instances with words or guests of their own.
func (cmd *explainCmd) fromCalendar(a *app, c config, engine *rules.Engine) error {
	library, err := a.readCalendars([]string{cmd.Meeting}, ics.Options{})
	if err != nil {
		return err
	}
	meetings, err := a.find(library, cmd.UID, cmd.ownership, c, engine)
	if err != nil {
		return err
	}
	if len(meetings) > 0 {
		return a.explainAll(engine, meetings)
	}
	a.showLost(library)
	if err := library.check([]string{cmd.Meeting}); err != nil {
		return err
	}
	return nothing("unmeet events "+cmd.Meeting+" --format json shows them", "no meeting has the UID %s", text.Clean(cmd.UID))
}

// candidate is a meeting to explain.
type candidate struct {
	rules.Subject
	uncounted store.Uncounted // why it takes no meeting hours; "" if it takes some
}

// find returns what there is to judge of the meeting called uid. It goes through
// a database, as everything that is judged does.
func (a *app) find(l *library, uid string, o ownership, c config, engine *rules.Engine) ([]candidate, error) {
	first, last := l.extent(a.now().AddDate(1, 0, 0))
	from, to := first.AddDate(0, 0, -1), last.AddDate(0, 0, 1)
	organization := a.organization(l, o, c)
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
	var candidates []candidate
	for _, meeting := range found {
		for _, s := range meeting.Subjects {
			candidates = append(candidates, candidate{agent.Subject(engine, s), meeting.Uncounted[s.Hash]})
		}
	}
	return candidates, nil
}

// explainAll explains meetings, each after a blank line but the first, and says
// of those that no report counts that it does not.
func (a *app) explainAll(engine *rules.Engine, meetings []candidate) error {
	for i, m := range meetings {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if m.uncounted != "" {
			const rest = " If it counted, this would be said of it:"
			fmt.Fprint(a.stdout, text.Wrap("Not counted: "+notCounted[m.uncounted]+"."+rest+"\n\n", width(a.stdout)))
		}
		if err := a.explain(engine, m.Subject); err != nil {
			return err
		}
	}
	return nil
}

// notCounted says in words why a report leaves a meeting out.
var notCounted = map[store.Uncounted]string{
	store.NeverHeld:     "it takes place at no time",
	store.AllDay:        "it is for whole days, which take no meeting hours",
	store.CalledOff:     "it is cancelled",
	store.NoLength:      "it ends when it begins",
	store.Alone:         "only one person is in it",
	store.GuestsUnknown: "its guests are not listed, so that nobody can tell whether it is a meeting",
	store.OthersOnly:    "none of your people is invited",
	store.AllDeclined:   "all of your people have declined",
	store.MarkedFree:    "it is marked as free time",
}
