package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"unmeet/agent"
	"unmeet/store"
)

// How the demo works. `unmeet run` has a worker for each thing that is to be done,
// and each waits for its own time. Here they take turns, and never at once: so the
// clock can be put forward, and nothing is missed that would have come before.

const (
	// readsAfter is how long after a calendar was written to all are read again.
	readsAfter = 4 * time.Second
	// mostRounds bounds how often one thing leads to the next at one time.
	mostRounds = 10
)

// work does all that is due by the clock, and returns how much was done so far.
func (d *demoAgent) work(ctx context.Context) (done int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err = d.settle(ctx)
	return d.done, err
}

// goOn puts the clock forward to a time, and does all that comes before, when it comes.
func (d *demoAgent) goOn(ctx context.Context, to time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		if err := d.settle(ctx); err != nil {
			return err
		}
		now := d.clock.Now()
		next, err := d.due(ctx, now)
		if err != nil {
			return err
		}
		if next.IsZero() || !next.Before(to) {
			break
		}
		d.clock.to(next)
	}
	d.clock.to(to)
	if to.Sub(d.last) >= time.Duration(d.config.Sync.Every) {
		d.reads = to // by then they would have been, often
	}
	return d.settle(ctx)
}

// settle does what is due, and what follows from that at once.
func (d *demoAgent) settle(ctx context.Context) error {
	for range mostRounds {
		done, err := d.round(ctx)
		d.done += done
		if err != nil || done == 0 {
			return err
		}
	}
	return nil
}

// round does once what the workers of `unmeet run` do, and returns how much that was.
func (d *demoAgent) round(ctx context.Context) (done int, err error) {
	stood, err := d.room.committer.Pass(ctx)
	if err != nil {
		return 0, err
	}
	trials, err := d.room.trialist.Pass(ctx)
	if err != nil {
		return 0, err
	}
	written, err := d.room.actor.Pass(ctx)
	if err != nil {
		return 0, err
	}
	now := d.clock.Now()
	if written > 0 {
		d.reads = now.Add(readsAfter)
	}
	read := 0
	if !d.reads.IsZero() && !now.Before(d.reads) {
		if err := d.read(ctx); err != nil {
			return 0, err
		}
		read = 1
	}
	asked, err := d.room.digester.Pass(ctx)
	if err != nil {
		return 0, err
	}
	sent, err := d.room.outbox.Send(ctx)
	if err == nil && (sent.Away != "" || sent.Later+sent.Parked > 0) {
		err = fmt.Errorf("not all mails arrived: %s", sent.Away)
	}
	return stood + trials + written + read + asked.Mails + sent.Sent, err
}

// read reads all calendars again.
func (d *demoAgent) read(ctx context.Context) error {
	d.reads, d.last = time.Time{}, d.clock.Now()
	all, err := d.db.Connections(ctx)
	if err != nil {
		return err
	}
	syncer := agent.Syncer{
		DB: d.db, Clock: d.clock, Log: d.log, By: processName(),
		Sources: func(context.Context, store.Connection) (agent.Source, error) { return d.calendars(), nil },
	}
	syncer.Set(d.config.plan(), d.engine)
	sum, err := syncer.Pass(ctx, all, nil)
	if err == nil && len(sum.Failed) > 0 {
		t := sum.Failed[0].Trouble
		err = hinted(errors.New(t.Why), t.Hint)
	}
	return err
}

// due returns when there is something to do next after now; zero if never.
func (d *demoAgent) due(ctx context.Context, now time.Time) (next time.Time, err error) {
	sooner := func(t time.Time, failed error) {
		if err == nil {
			err = failed
		}
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	sooner(d.db.NextSuggestion(ctx))
	sooner(d.db.NextTrial(ctx))
	sooner(d.db.NextAction(ctx, now))
	sooner(d.db.NextMail(ctx, now))
	sooner(d.reads, nil)
	return next, err
}
