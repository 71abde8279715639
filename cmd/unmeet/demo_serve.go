package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/agent/web"
	"unmeet/cmd/unmeet/mailbox"
)

// sampleClock is the company's: it shows a time when it is begun, and goes on from
// there as the real one does.
type sampleClock struct{ shown, begun time.Time }

func (c sampleClock) Now() time.Time { return c.shown.Add(time.Since(c.begun)) }

func (sampleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// serve asks the company's people, and serves their mailboxes until the command is
// interrupted.
func (s show) serve(listener net.Listener) error {
	d, err := s.startAgent(sampleClock{s.monday.Add(begins), time.Now()}, "http://"+listener.Addr().String())
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
	work.Go(func() { d.room.Run(working) })
	work.Go(func() { d.tell(working) })

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
	return failure
}

// handler is everything that is served: the mailboxes, and the pages behind the
// links in their mails.
func (d *demoAgent) handler() (http.Handler, error) {
	site, err := d.pages(d.config, web.Keeper{DB: d.db, Now: d.clock.Now}, d.room, d.log)
	if err != nil {
		return nil, err
	}
	o := mailbox.Options{Company: d.company.Name, Box: d.box, News: d.news, Log: d.log}
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
	f, err := d.sum(ctx)
	return mailbox.News{Now: d.clock.Now(), Funnel: f.figures(), Report: d.report}, err
}

// invite says where the mailboxes are, and what to do there.
func (d *demoAgent) invite() error {
	f, err := d.sum(d.ctx)
	if err != nil {
		return err
	}
	example, err := d.example()
	if err != nil {
		return err
	}
	try := "Open a mail and answer it"
	if example != nil {
		try = fmt.Sprintf("Open %s’s and click “Decline %s”", d.nameOf(example.person), example.day)
	}
	fmt.Fprintf(d.stdout, "\n%s\n\n  %s/\n\n%s\n",
		text.Wrap(fmt.Sprintf("And asked: on %s, of %d people %d have mail (%s). It lies at", d.clock.Now().Format("Mon 2 Jan"), len(d.company.People), len(d.box.Mails()), f), width(d.stdout)),
		d.config.Web.PublicURL,
		text.Wrap(try+": it is held for ten seconds, can be undone, and then stands. What comes of it is told here, until you end it with Ctrl-C.", width(d.stdout)))
	return nil
}

// example is an attendee who was asked about a meeting, and its day.
type example struct{ person, day string }

// example returns the first of them to be asked about, nil if there is none.
func (d *demoAgent) example() (*example, error) {
	all, err := d.db.SuggestionsSince(d.ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	var first *example
	starts := time.Time{}
	for _, s := range all {
		if s.Kind != string(suggest.Decline) || first != nil && !s.Starts.Before(starts) {
			continue
		}
		starts = s.Starts
		first = &example{s.Person, s.Starts.In(d.monday.Location()).Format("Mon 2 Jan")}
	}
	return first, nil
}

// nameOf returns the first name of whoever has an address.
func (d *demoAgent) nameOf(address string) string {
	for _, p := range d.company.People {
		if p.Address == address {
			return p.Name
		}
	}
	return address
}

// tellEvery is how often it is looked whether there is something to tell.
const tellEvery = 250 * time.Millisecond

// tell prints what comes of suggestions as it comes, until ctx ends.
func (d *demoAgent) tell(ctx context.Context) {
	told, err := d.sum(ctx)
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var now funnel
		if now, err = d.sum(ctx); err == nil && now != told {
			told = now
			fmt.Fprintf(d.stdout, "%s  %s\n", d.clock.Now().Format("15:04:05"), now)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			d.log.ErrorContext(ctx, "counting what came of suggestions failed", "error", err)
			return
		}
	}
}
