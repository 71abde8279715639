package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"unmeet/agent"
	"unmeet/agent/mail"
	"unmeet/agent/report"
	"unmeet/agent/suggest"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// step is something that a daemon does, or a command beside it.
type step struct {
	name string
	do   func(*load, context.Context) (said string, err error)
}

var steps = []step{
	{"fill", (*load).fill},
	{"tick", (*load).tick},
	{"digest", (*load).digest},
	{"report", (*load).report},
}

// load is what steps share.
type load struct {
	db     *store.DB
	engine *rules.Engine
	people int
	copies int // calendars that hold a meeting, at most
	now    time.Time
	sink   int
	began  time.Time // when what is measured began: after it was prepared
}

// measure does one step.
func measure(ctx context.Context, name, path string, l load) (m measurement, err error) {
	i := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	if i < 0 {
		return m, fmt.Errorf("there is no step %q", name)
	}
	engine, err := rules.Load(rules.DefaultFiles()...)
	if err != nil {
		return m, err
	}
	db, err := store.Open(ctx, path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	l.db, l.engine, l.now, l.began = db, engine, monday.Add(34*time.Hour), time.Now()
	m.Said, err = steps[i].do(&l, ctx)
	m.Seconds = time.Since(l.began).Seconds()
	return m, err
}

// begin says that what was done so far was preparing.
func (l *load) begin() { l.began = time.Now() }

// fixed is a clock that stands.
type fixed struct{ time.Time }

func (f fixed) Now() time.Time { return f.Time }

func (f fixed) After(time.Duration) <-chan time.Time { return nil }

// source is everybody's calendar.
type source struct {
	world  *world // nil: nothing has changed
	person int
}

// Pull implements [agent.Source].
func (s source) Pull(_ context.Context, _ calendars.Collection, cursor string) (calendars.Delta, error) {
	if cursor == "" {
		return s.world.calendar(s.person), nil
	}
	n, err := strconv.Atoi(cursor)
	return calendars.Delta{From: from, To: to, Cursor: strconv.Itoa(n + 1)}, err
}

// syncer reads all calendars from w.
func (l *load) syncer(w *world) *agent.Syncer {
	s := &agent.Syncer{DB: l.db, Clock: fixed{l.now}, By: "load", Sources: func(_ context.Context, c store.Connection) (agent.Source, error) {
		name, _, _ := strings.Cut(c.Owner, "@")
		person, err := strconv.Atoi(strings.TrimPrefix(name, "person"))
		return source{w, person}, err
	}}
	s.Set(agent.Plan{Past: 7 * weeksPast, Future: 7 * weeksAhead, Every: 10 * time.Minute, Workers: 4}, l.engine)
	return s
}

func (l *load) sync(ctx context.Context, w *world) (agent.Summary, error) {
	all, err := l.db.Connections(ctx)
	if err != nil {
		return agent.Summary{}, err
	}
	progress := func(done int) {
		if every := l.people / 10; os.Getenv("VERBOSE") != "" && done%max(1, every) == 0 {
			fmt.Fprintf(os.Stderr, "  %d of %d after %.0f s\n", done, len(all), time.Since(l.began).Seconds())
		}
	}
	sum, err := l.syncer(w).Pass(ctx, all, progress)
	if err == nil && (len(sum.Failed) > 0 || sum.Synced != l.people) {
		err = fmt.Errorf("%d of %d calendars were read, and %d failed", sum.Synced, l.people, len(sum.Failed))
	}
	return sum, err
}

// fill reads everybody's calendar for the first time.
func (l *load) fill(ctx context.Context) (string, error) {
	if err := l.db.SetOrganization(ctx, store.Organization{Name: "Acme", Domains: []string{"acme.example"}}); err != nil {
		return "", err
	}
	w := newWorld(l.people, l.copies)
	for person := range l.people {
		if _, err := l.db.Connect(ctx, l.now, store.NewConnection{Kind: "load", Owner: address(person), Via: store.ByGrant, Remotes: []string{"primary"}}); err != nil {
			return "", err
		}
	}
	connected := time.Since(l.began)
	l.begin()
	sum, err := l.sync(ctx, w)
	return fmt.Sprintf("%d copies of %d meetings read, %d judged; connecting took %.1f s", sum.Copies, l.people*meetingsPerPerson, sum.Judged, connected.Seconds()), err
}

// tick reads everybody's calendar, in which nothing has changed.
func (l *load) tick(ctx context.Context) (string, error) {
	sum, err := l.sync(ctx, nil)
	return fmt.Sprintf("%d calendars without news", sum.Synced), err
}

// digest asks everybody in one run, and sends the mails.
func (l *load) digest(ctx context.Context) (string, error) {
	for person := range l.people {
		if err := l.db.SetTurn(ctx, address(person), l.now.Add(-time.Minute)); err != nil {
			return "", err
		}
	}
	l.begin()
	hours, err := suggest.ParseHours("Mo-Fr 09:00-17:00")
	if err != nil {
		return "", err
	}
	d := &agent.Digester{
		DB: l.db, Clock: fixed{l.now}, PublicURL: "https://unmeet.acme.example",
		Writer: mail.Writer{Sender: mail.Sender{Organization: "Acme", From: mail.Address{Name: "unmeet", Address: "unmeet@acme.example"}, PublicURL: "https://unmeet.acme.example"}},
	}
	d.Set(agent.Asking{Policy: suggest.Standard(), Zone: time.UTC, Group: func(string) agent.Group {
		return agent.Group{Language: "en", Hours: hours, ReplyWithin: 24 * time.Hour}
	}}, l.engine)
	tally, err := d.Pass(ctx)
	if err != nil {
		return "", err
	}
	thought := time.Since(l.began)
	outbox := &mail.Outbox{
		DB: l.db, By: "load", PerMinute: 1_000_000, Now: func() time.Time { return l.now }, Check: agent.Gate{DB: l.db}.Check,
		Server: func() mail.Server { return mail.Server{Host: "127.0.0.1", Port: l.sink, Security: mail.Plain} },
	}
	sent, err := outbox.Send(ctx)
	if err == nil && sent.Away != "" {
		err = errors.New(sent.Away)
	}
	return fmt.Sprintf("%d mails thought of in %.1f s, %d sent", tally.Mails, thought.Seconds(), sent.Sent), err
}

// report reports on twelve weeks, as the command does.
func (l *load) report(ctx context.Context) (string, error) {
	r, err := report.Build(ctx, l.db, l.engine.Hash(), report.Options{
		Period: report.Period{From: from, To: monday, Zone: time.UTC}, By: report.ByWeek, MinGroup: 5,
		Cost: hours.Cost{Write: 20 * 60, Read: 5 * 60},
	})
	if err != nil {
		return "", err
	}
	if err := r.Table(io.Discard, report.TableOptions{}); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d occurrences of %d weeks", r.Occurrences, len(r.Weeks)), nil
}
