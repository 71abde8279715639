package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/internal/failpoint"
	"unmeet/store"
)

// paper is Bob's calendar in a file: each line is a change of it, by hand or by us, so
// that it outlives the process.
type paper struct {
	t    testing.TB
	path string
	// before and after are asked around each write of ours: what they return, fails.
	before, after func() error
	refuse        error // of whatever is tried
}

// entry is one line of a paper.
type entry struct {
	Ours     bool
	Start    time.Time
	Status   calendars.Status
	Response calendars.Response
	Invited  bool
}

func (p *paper) lines() (all []entry) {
	p.t.Helper()
	file, err := os.Open(p.path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		var e entry
		fatal(p.t, json.Unmarshal(s.Bytes(), &e))
		all = append(all, e)
	}
	return all
}

// now is what the calendar says; ok is false if the event is not there.
func (p *paper) now() (e entry, ok bool) {
	all := p.lines()
	if len(all) == 0 {
		return e, false
	}
	e = all[len(all)-1]
	return e, !e.Start.IsZero()
}

// change changes the calendar by hand.
func (p *paper) change(f func(*entry)) {
	p.t.Helper()
	e, _ := p.now()
	e.Ours = false
	f(&e)
	p.write(e)
}

func (p *paper) write(e entry) {
	p.t.Helper()
	text, err := json.Marshal(e)
	fatal(p.t, err)
	file, err := os.OpenFile(p.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	fatal(p.t, err)
	_, err = file.Write(append(text, '\n'))
	fatal(p.t, errors.Join(err, file.Close()))
}

// effects are the answers that we wrote.
func (p *paper) effects() (all []calendars.Response) {
	for _, e := range p.lines() {
		if e.Ours {
			all = append(all, e.Response)
		}
	}
	return all
}

func (p *paper) copy(i calendars.Intent) (calendars.Copy, error) {
	e, ok := p.now()
	if !ok {
		return calendars.Copy{}, &calendars.OvertakenError{Why: calendars.Gone}
	}
	c := calendars.Copy{UID: i.Ref.UID, Instance: i.Ref.Instance, Start: e.Start, Status: e.Status}
	if e.Invited {
		c.People = []calendars.Attendee{{Party: calendars.Party{Address: i.Owner}, Kind: calendars.Individual, Response: e.Response}}
	}
	return c, nil
}

// Look implements [Responder].
func (p *paper) Look(_ context.Context, i calendars.Intent) (calendars.Copy, error) {
	if p.refuse != nil {
		return calendars.Copy{}, p.refuse
	}
	return p.copy(i)
}

// Do implements [Responder].
func (p *paper) Do(_ context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	if p.refuse != nil {
		return calendars.Receipt{}, p.refuse
	}
	c, err := p.copy(i)
	if err == nil {
		err = i.Check(c)
	}
	if errors.Is(err, calendars.ErrAlready) {
		return calendars.Receipt{Already: true}, nil
	}
	if err != nil {
		return calendars.Receipt{}, err
	}
	before, _ := p.now()
	after := before
	after.Ours, after.Response = true, i.Response
	if i.Back != nil {
		after.Response = calendars.Response(i.Back.Before)
	}
	r := calendars.Receipt{Told: true, Before: string(before.Response), After: string(after.Response)}
	if err := begin(r); err != nil {
		return calendars.Receipt{}, err
	}
	if p.before != nil {
		if err := p.before(); err != nil {
			return calendars.Receipt{}, err
		}
	}
	failpoint.Hit("action-in-effect")
	p.write(after)
	if p.after != nil {
		if err := p.after(); err != nil {
			return calendars.Receipt{}, err
		}
	}
	return r, nil
}

// office is a desk with an actor, and Bob's calendar.
type office struct {
	*counter
	*paper
	actor *Actor
	mails []store.Action // told of
}

func newOffice(t testing.TB) *office {
	t.Helper()
	c := newCounter(t)
	o := officeAt(t, c)
	fatal(t, o.DB.SetOrganization(t.Context(), store.Organization{Domains: []string{"acme.example"}}))
	o.connect()
	o.paper.write(entry{Start: meetsAt, Status: calendars.Confirmed, Response: calendars.Accepted, Invited: true})
	fatal(t, o.read(opsSeries(bobAcme)))
	return o
}

// read has the agent read Bob's calendar, which is as given.
func (o *office) read(copies ...calendars.Copy) error {
	all, err := o.DB.Connections(o.Context())
	if err != nil {
		return err
	}
	taken, err := o.DB.Take(o.Context(), all[0].ID, o.Now(), "test", time.Minute)
	if err != nil {
		return err
	}
	_, err = o.DB.Apply(o.Context(), taken.Collections[0].ID, calendars.Delta{
		Full: true, From: asked.AddDate(0, 0, -1), To: asked.AddDate(0, 0, 28), Copies: copies,
	}, store.At(o.Now()))
	return errors.Join(err, o.DB.Done(o.Context(), taken.Lease, o.Now(), o.Now().Add(time.Hour)))
}

// officeAt is an office on the database of c, as it is.
func officeAt(t testing.TB, c *counter) *office {
	o := &office{counter: c, paper: &paper{t: t, path: c.path + ".calendar"}}
	o.actor = NewActor(&Actor{
		DB: c.DB, By: "test", Clock: c.hand, Log: c.Desk.Log,
		Responders: func(context.Context, store.Connection) (Responder, error) { return o.paper, nil },
		Mails: func(_ context.Context, _ store.Case, a store.Action) []store.ActionMail {
			o.mails = append(o.mails, a)
			return nil
		},
	})
	return o
}

// connect connects Bob's calendar, anew where it is.
func (o *office) connect() {
	o.Helper()
	_, err := o.DB.Connect(o.Context(), o.Now(), store.NewConnection{Kind: "google", Owner: bobAcme, Via: store.ByGrant, Remotes: []string{"primary"}})
	fatal(o.TB, err)
}

// opsSeries is the weekly meeting that Bob is asked about, in four weeks.
func opsSeries(guest string) calendars.Copy {
	c := calendars.Copy{
		Remote: "ops", UID: "ops", Title: "Ops weekly", Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
		Start: meetsAt, End: meetsAt.Add(25 * time.Minute), Rule: "FREQ=WEEKLY", Organizer: calendars.Party{Address: annAcme},
		People: []calendars.Attendee{
			{Party: calendars.Party{Address: annAcme}, Kind: calendars.Individual, Response: calendars.Accepted},
			{Party: calendars.Party{Address: guest}, Kind: calendars.Individual, Response: calendars.Accepted},
		},
	}
	for week := range 4 {
		start := meetsAt.AddDate(0, 0, 7*week)
		c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(25 * time.Minute)})
	}
	return c
}

// run does what is due: looks, holds, actions.
func (o *office) run() {
	o.Helper()
	o.act()
	o.commit()
	o.act()
}

func (o *office) act() {
	o.Helper()
	if _, err := o.actor.Pass(o.Context()); err != nil {
		o.Fatal(err)
	}
}

// decline has Bob decline with a known browser, and returns the link.
func (o *office) decline() string {
	o.Helper()
	link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
	o.known(link, click.Decline)
	return link
}

// known answers by a known browser.
func (o *office) known(link string, verb click.Verb) {
	o.Helper()
	o.answer(link, web.Answer{Choice: click.Choice{Verb: verb}, Cookie: o.recognized(bobAcme)})
}

// actions are those of the first suggestion.
func (o *office) actions() []store.Action {
	o.Helper()
	all, err := o.DB.ActionsOf(o.Context(), 1)
	fatal(o.TB, err)
	return all
}

// states are how far the actions have come: "applied, due consent".
func (o *office) states() (all []string) {
	o.Helper()
	for _, a := range o.actions() {
		words := string(a.State)
		for _, more := range []string{string(a.Needs), string(a.Overtaken)} {
			if more != "" {
				words += " " + more
			}
		}
		all = append(all, words)
	}
	return all
}

// want fails unless actions and what was written are as given.
func (o *office) want(states []string, effects ...calendars.Response) {
	o.Helper()
	if got := o.states(); !slices.Equal(got, states) {
		o.Errorf("actions are %q, want %q", got, states)
	}
	if got := o.effects(); !slices.Equal(got, effects) {
		o.Errorf("written was %q, want %q", got, effects)
	}
}
