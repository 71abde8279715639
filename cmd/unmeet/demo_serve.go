package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/agent/web"
	"unmeet/cmd/unmeet/mailbox"
	"unmeet/cmd/unmeet/sample"
)

// serve asks the company's people, and serves their mailboxes until the command is
// interrupted.
func (s show) serve(listener net.Listener) error {
	d, err := s.startAgent(&sampleClock{shown: s.monday.Add(begins), begun: time.Now()}, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	defer d.Close()
	handler, err := d.handler()
	if err != nil {
		return err
	}
	if err := d.invite(); err != nil {
		return err
	}

	server := web.NewServer(handler, d.log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	working, stop := context.WithCancel(s.ctx)
	var work sync.WaitGroup
	work.Go(func() { d.run(working) })

	var failure error
	select {
	case <-s.ctx.Done():
	case failure = <-served:
	}
	stop()
	closing, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), time.Second)
	defer cancel()
	if server.Shutdown(closing) != nil {
		_ = server.Close() // whoever keeps a page open does not hold the demo up
	}
	work.Wait()
	fmt.Fprintln(s.stdout) // after the ^C that terminals show
	return failure
}

// handler is everything that is served: the mailboxes, and the pages behind the
// links in their mails.
func (d *demoAgent) handler() (http.Handler, error) {
	site, err := d.pages(d.config, web.Keeper{DB: d.db, Now: d.clock.Now}, d.room, d.log)
	if err != nil {
		return nil, err
	}
	o := mailbox.Options{Company: d.company.Name, Box: d.box, News: d.news, Jump: d.goOn, Log: d.log}
	for _, p := range d.company.People {
		o.People = append(o.People, mailbox.Person{Name: p.Name, Address: p.Address})
	}
	mux := http.NewServeMux()
	mux.Handle("/a/", site)
	mux.Handle("/u/", site)
	mux.Handle("/", mailbox.New(o))
	return mux, nil
}

// news is what the mailboxes show beside mails.
func (d *demoAgent) news(ctx context.Context) (mailbox.News, error) {
	t, err := d.count(ctx)
	if err != nil {
		return mailbox.News{}, err
	}
	f, err := d.funnel()
	if err != nil {
		return mailbox.News{}, err
	}
	n := mailbox.News{Now: d.clock.Now(), Answers: "Of the suggestions so far: " + t.String() + ".", Funnel: figuresOf(f), Report: d.report}
	next, err := d.db.NextTrial(ctx)
	if next.After(n.Now) {
		n.Next = mailbox.Next{At: next.In(d.monday.Location()), What: "Then a trial goes on. Mostly its organizer or its guests get a mail; now and then only something can no longer be said or undone."}
	}
	return n, err
}

// invite says where the mailboxes are, and what to do there.
func (d *demoAgent) invite() error {
	who, day, err := d.example()
	if err != nil {
		return err
	}
	try := "Open a mail and answer it"
	if who != nil {
		try = fmt.Sprintf("Open %s’s and click “Decline %s”", who.Name, day)
	}
	fmt.Fprintf(d.stdout, "\n%s\n\n  %s/\n\n%s\n",
		text.Wrap(d.asked()+" Their mailboxes are at", width(d.stdout)),
		d.config.Web.PublicURL,
		text.Wrap(try+": it is held for ten seconds (at work it is two minutes, and fifteen for a trial), and then written to the calendar, which is read again soon after. What comes of it is told here, until you end it with Ctrl-C.", width(d.stdout)))
	return nil
}

// asked says who was written to.
func (d *demoAgent) asked() string {
	return fmt.Sprintf("And asked: on %s, unmeet writes to %d of %d people.", d.clock.Now().Format("Mon 2 Jan, 15:04"), len(d.box.Mails()), len(d.company.People))
}

// example returns the attendee who was asked about the first of all meetings, nil if
// only organizers were, and the day of that meeting.
func (d *demoAgent) example() (who *sample.Person, day string, err error) {
	all, err := d.db.SuggestionsSince(d.ctx, time.Time{})
	var first time.Time
	for _, s := range all {
		if s.Kind != string(suggest.Decline) || who != nil && !s.Starts.Before(first) {
			continue
		}
		first, day = s.Starts, s.Starts.In(d.monday.Location()).Format("Mon 2 Jan")
		who = d.company.At(s.Person)
	}
	return who, day, err
}

// worksEvery is how often it is looked whether there is something to do, and to tell.
const worksEvery = 250 * time.Millisecond

// run works, and prints what comes of suggestions as it comes, until ctx ends.
func (d *demoAgent) run(ctx context.Context) {
	tick := time.NewTicker(worksEvery)
	defer tick.Stop()
	var known sight
	told := ""
	for {
		now, err := d.status(ctx, &known, told)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.log.ErrorContext(ctx, "the demo stumbled", "error", err)
		case told == "": // what was suggested has been told
			told = now
		case now != told:
			told = now
			fmt.Fprintf(d.stdout, "%s  %s\n", d.clock.Now().In(d.monday.Location()).Format("Mon 2 Jan 15:04:05"), now)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sight is what tells whether anything has happened.
type sight struct {
	done    int
	answers tally
}

// status works, and says what came of suggestions so far: what it said before, where
// nothing has happened since known.
func (d *demoAgent) status(ctx context.Context, known *sight, before string) (string, error) {
	done, err := d.work(ctx)
	if err != nil {
		return "", err
	}
	answers, err := d.count(ctx)
	now := sight{done, answers}
	if err != nil || now == *known {
		return before, err
	}
	f, err := d.funnel()
	if err != nil {
		return "", err
	}
	*known = now
	return answers.String() + "; recovered: " + recovered(f), nil
}
