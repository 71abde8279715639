package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/cmd/unmeet/sample"
	"unmeet/rules"
	"unmeet/store"
)

// show is what the demo does after its report: it asks the company's people about
// the week that begins on a Monday, as `unmeet run` would, and has their mail come to
// a mailbox on this machine.
type show struct {
	*app
	company *sample.Company
	folder  string    // of its calendars
	monday  time.Time // midnight, in the company's zone
	report  string    // as a page shows it
}

const (
	// begins is when the show does, after midnight: early enough for mails about
	// Tuesday's meetings.
	begins = 8*time.Hour + 2*time.Minute
	// sampleHours are the company's.
	sampleHours = "Mo-Fr 08:00-17:00"
)

// demoHolds are so short that nobody has to wait for what comes of an answer.
var demoHolds = click.Holds{Short: 10 * time.Second, Trial: 10 * time.Second, Silence: click.DefaultHolds.Silence}

// nextWeek are those whose turn to be asked comes a week after the others'. While it
// is an organizer's turn, nobody else is asked about her meetings; so the demo has
// suggestions to organizers and to attendees.
var nextWeek = []string{"chloe", "yuki", "fatima"}

// demoAgent is unmeet at work for the sample company.
type demoAgent struct {
	show
	config config
	clock  agent.Clock
	log    *slog.Logger
	db     *store.DB
	box    *mailbox.Box
	server *mailbox.Server
	room   *mailroom
}

// startAgent opens all that it takes to ask the company's people, and asks them. The
// pages behind the links of their mails are at the address public. Close ends it.
func (s show) startAgent(clock agent.Clock, public string) (*demoAgent, error) {
	d := &demoAgent{show: s, clock: clock, box: &mailbox.Box{}}
	d.log = slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	engine := rules.Default()
	err := d.open(public, engine)
	if err == nil {
		err = d.learn(engine)
	}
	if err == nil {
		err = d.ask()
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *demoAgent) open(public string, engine *rules.Engine) (err error) {
	if d.db, err = store.OpenTemporary(d.ctx); err != nil {
		return fmt.Errorf("opening a temporary database: %w", err)
	}
	if d.server, err = mailbox.Listen(d.box); err != nil {
		return err
	}
	d.config = d.demoConfig(public, d.server.Port())
	d.room, err = d.newMailroom(d.config, mailroomOptions{db: d.db, engine: engine, clock: d.clock, log: d.log, holds: demoHolds})
	return err
}

// demoConfig is what the company has set.
func (s show) demoConfig(public string, port int) config {
	c := defaults()
	c.Organization.Name, c.Organization.Domains, c.Organization.Zone = s.company.Name, []string{s.company.Domain}, sample.Zone
	c.Organization.Contact = "it@" + s.company.Domain
	c.Web.PublicURL = public
	c.Mail.Host, c.Mail.Port, c.Mail.TLS = "127.0.0.1", port, "none"
	c.Mail.From, c.Mail.PerMinute = "unmeet <unmeet@"+s.company.Domain+">", 6000
	c.Suggest.Mode, c.Suggest.WorkingHours = modeSuggest, sampleHours
	return c
}

// learn reads the company's calendars as syncing would, and enrols its people.
func (d *demoAgent) learn(engine *rules.Engine) error {
	from, to := d.monday.AddDate(0, 0, -d.config.Sync.PastDays), d.monday.AddDate(0, 0, d.config.Sync.FutureDays)
	library, err := d.readCalendars([]string{d.folder}, ics.Options{Zone: d.monday.Location(), From: from, To: to})
	if err != nil {
		return err
	}
	if err := d.db.SetOrganization(d.ctx, organizationOf(d.config.Organization.Domains, owners{}, "")); err != nil {
		return err
	}
	if err := d.apply(d.db, library, ownership{}, from, to, func(*calendars.Delta) {}); err != nil {
		return err
	}
	if _, err := agent.Judge(d.ctx, d.db, engine, nil); err != nil {
		return err
	}
	for _, p := range d.company.People {
		turn := d.clock.Now()
		if slices.Contains(nextWeek, p.ID) {
			turn = turn.AddDate(0, 0, 7)
		}
		if err := d.db.Enrol(d.ctx, p.Address); err != nil {
			return err
		}
		if err := d.db.SetTurn(d.ctx, p.Address, turn); err != nil {
			return err
		}
	}
	return nil
}

// ask thinks of everybody, and has the mails that come of it delivered.
func (d *demoAgent) ask() error {
	if _, err := d.room.digester.Pass(d.ctx); err != nil {
		return err
	}
	sent, err := d.room.outbox.Send(d.ctx)
	if err == nil && (sent.Away != "" || sent.Later+sent.Parked > 0) {
		err = fmt.Errorf("not all mails arrived: %s", sent.Away)
	}
	return err
}

// Close ends it, and forgets everything.
func (d *demoAgent) Close() {
	if d.server != nil {
		_ = d.server.Close() // only this process talks to it
	}
	if d.db != nil {
		_ = d.db.Close() // it is temporary
	}
}

// funnel is what came of all suggestions so far.
type funnel struct{ suggested, held, accepted, kept step }

// step is a number of suggestions, and the minutes that they would give back.
type step struct{ n, minutes int }

func (t *step) add(s store.Suggestion) { t.n, t.minutes = t.n+1, t.minutes+s.Minutes }

// sum adds up what came of all suggestions so far.
func (d *demoAgent) sum(ctx context.Context) (f funnel, err error) {
	all, err := d.db.SuggestionsSince(ctx, time.Time{})
	for _, s := range all {
		f.suggested.add(s)
		switch click.State(s.State) {
		case click.Pending:
			f.held.add(s)
		case click.Accepted:
			f.accepted.add(s)
		case click.Kept:
			f.kept.add(s)
		}
	}
	return f, err
}

// String says it on one line.
func (f funnel) String() string {
	parts := []string{fmt.Sprintf("%d suggested", f.suggested.n)}
	for _, p := range []struct {
		step
		name string
	}{{f.held, "held"}, {f.accepted, "accepted"}, {f.kept, "kept"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", p.n, p.name, hoursOf(p.minutes)))
		}
	}
	return strings.Join(parts, ", ")
}

// figures are the steps of a funnel, as a page shows them.
func (f funnel) figures() []mailbox.Figure {
	figure := func(name string, t step, means string) mailbox.Figure {
		return mailbox.Figure{Name: name, Count: fmt.Sprint(t.n), Hours: hoursOf(t.minutes), Means: means}
	}
	return []mailbox.Figure{
		figure("Suggested", f.suggested, "what one occurrence of each would give back"),
		figure("Held", f.held, "answered, and held for ten seconds"),
		figure("Accepted", f.accepted, "what people decided; none of it is recovered before calendars show it"),
		figure("Kept", f.kept, "refused; whoever did so is not asked again for 90 days"),
	}
}

// hoursOf is a length of time as people read it.
func hoursOf(minutes int) string {
	switch hours, rest := minutes/60, minutes%60; {
	case hours == 0:
		return fmt.Sprintf("%d min", rest)
	case rest == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, rest)
	}
}
