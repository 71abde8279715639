package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"unmeet/agent"
	"unmeet/agent/click"
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

// demoAgent is unmeet at work for the sample company, whose calendars are the files in
// its folder: it reads them, and writes to them what people decide.
type demoAgent struct {
	show
	config  config
	clock   *sampleClock
	log     *slog.Logger
	engine  *rules.Engine
	db      *store.DB
	scratch string // folder of the database
	box     *mailbox.Box
	server  *mailbox.Server
	room    *mailroom

	mu    sync.Mutex // held while it works
	done  int        // how much it has done so far
	last  time.Time  // when calendars were read
	reads time.Time  // when calendars are read again; zero: they are as they were read
}

// startAgent opens all that it takes to ask the company's people, and asks them. The
// pages behind the links of their mails are at the address public. Close ends it.
func (s show) startAgent(clock *sampleClock, public string) (*demoAgent, error) {
	d := &demoAgent{show: s, clock: clock, engine: rules.Default(), box: &mailbox.Box{}}
	d.log = slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	err := d.open(public)
	if err == nil {
		err = d.learn()
	}
	if err == nil {
		_, err = d.work(d.ctx)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *demoAgent) open(public string) (err error) {
	if d.scratch, err = os.MkdirTemp("", "unmeet-demo-"); err != nil {
		return fmt.Errorf("making a folder for the database: %w", err)
	}
	if d.db, err = store.Open(d.ctx, filepath.Join(d.scratch, "unmeet.db")); err != nil {
		return err
	}
	if d.server, err = mailbox.Listen(d.box); err != nil {
		return err
	}
	d.config = d.demoConfig(public, d.server.Port())
	d.room, err = d.newMailroom(d.config, mailroomOptions{
		db: d.db, engine: d.engine, clock: d.clock, log: d.log, holds: demoHolds,
		responders: func(context.Context, store.Connection) (agent.Responder, error) { return d.calendars(), nil },
	})
	return err
}

// calendars reads the company's calendars, and writes to them.
func (d *demoAgent) calendars() folderSource {
	return folderSource{ics.Folder{Source: ics.Source{Zone: d.monday.Location()}, Now: d.clock.Now}}
}

// demoConfig is what the company has set.
func (s show) demoConfig(public string, port int) config {
	c := defaults()
	c.Organization.Name, c.Organization.Domains, c.Organization.Zone = s.company.Name, []string{s.company.Domain}, sample.Zone
	c.Organization.Contact = "it@" + s.company.Domain
	c.Web.PublicURL = public
	c.Mail.Host, c.Mail.Port, c.Mail.TLS = "127.0.0.1", port, "none"
	c.Mail.From, c.Mail.PerMinute, c.Mail.SendAsAttendees = "unmeet <unmeet@"+s.company.Domain+">", 6000, true
	c.Suggest.Mode, c.Suggest.WorkingHours = modeSuggest, sampleHours
	return c
}

// fileOf is the calendar of whoever has an address.
func (s show) fileOf(address string) string { return filepath.Join(s.folder, address+".ics") }

// learn connects the company's people, each with the file that is their calendar, and
// reads them.
func (d *demoAgent) learn() error {
	if err := d.db.SetOrganization(d.ctx, organizationOf(d.config.Organization.Domains, owners{}, "")); err != nil {
		return err
	}
	for _, p := range d.company.People {
		file, err := filepath.Abs(d.fileOf(p.Address))
		if err != nil {
			return err
		}
		_, err = d.db.Connect(d.ctx, d.clock.Now(), store.NewConnection{
			Kind: icsKind, Owner: p.Address, Via: store.ByFile, Account: file, Remotes: []string{file},
		})
		if err != nil {
			return err
		}
	}
	if err := d.read(d.ctx); err != nil {
		return err
	}
	for _, p := range d.company.People {
		turn := d.clock.Now()
		if slices.Contains(nextWeek, p.ID) {
			turn = turn.AddDate(0, 0, 7)
		}
		if err := d.db.SetTurn(d.ctx, p.Address, turn); err != nil {
			return err
		}
	}
	return nil
}

// Close ends it, and forgets everything.
func (d *demoAgent) Close() {
	if d.server != nil {
		_ = d.server.Close() // only this process talks to it
	}
	if d.db != nil {
		_ = d.db.Close() // nobody needs it any more
	}
	if d.scratch != "" {
		_ = os.RemoveAll(d.scratch) // what is left lies in the folder for temporary files
	}
}
