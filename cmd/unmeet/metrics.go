package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"unmeet/agent"
	"unmeet/agent/watch"
	"unmeet/agent/web"
	"unmeet/store"
)

// measure begins to count what the daemon does, and serves the figures where c says,
// if it does. Stop ends that.
func (d *daemon) measure(c config) (stop func(), err error) {
	if c.Web.Metrics == "" {
		return func() {}, nil
	}
	listener, err := web.Listen(c.Web.Metrics)
	if err != nil {
		return nil, hinted(fmt.Errorf("web.metrics: %w", err), "it names an address of this machine, and a port that nothing else listens at")
	}
	d.meters = watch.NewMeters(version(), d.state)
	d.agent.Saw = func(r agent.Result, took time.Duration, err error) {
		result := watch.SyncRead
		switch {
		case err != nil:
			result = watch.SyncFailed
		case r.Trouble != nil:
			result = watch.SyncTrouble
		}
		d.meters.Synced(result, r.Touched.Copies, len(r.Skipped), took)
	}
	server := web.NewServer(d.meters.Handler(), d.log)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // it ends with Close, or asking for figures fails
	}()
	d.log.Info("figures for Prometheus are served", "listen", listener.Addr().String())
	return func() {
		server.Close()
		<-served
		d.meters.Close()
	}, nil
}

// state looks up what figures tell of this moment. What cannot be looked up is left
// as it was; that the daemon is not up says so.
func (d *daemon) state(ctx context.Context) watch.State {
	c, now := d.sources.inForce(), d.now()
	s := watch.State{Up: d.ails(ctx) == "", Ready: len(d.lacks(ctx)) == 0, Few: true, Bytes: map[string]int64{}}
	if room := d.room.Load(); room != nil {
		s.Silent = room.options.pulses.Since()
	} else {
		s.Silent = map[string]time.Duration{}
	}
	if ago, polled := d.agent.Polled(); polled {
		s.Silent["syncing"] = ago
	}
	for file, suffix := range map[string]string{"database": "", "log": "-wal"} {
		if info, err := os.Stat(d.began.Database.URL + suffix); err == nil {
			s.Bytes[file] = info.Size()
		}
	}
	if _, paused, err := d.db.Paused(ctx); err == nil {
		s.Paused = paused
	}
	if trouble, err := d.db.ServerTrouble(ctx); err == nil {
		s.MailServerAway = trouble.Why != ""
	}
	b, err := d.db.Backlog(ctx, now)
	if err != nil {
		return s
	}
	s.Connections = map[string]int{}
	for state, n := range b.Connections {
		s.Connections[string(state)] = n
	}
	s.Due, s.Overdue = map[string]int{}, map[string]time.Duration{}
	for name, q := range map[string]store.Queue{
		watch.QueueCalendars: b.Calendars, watch.QueueMails: b.Mails, watch.QueueActions: b.Actions, watch.QueueHolds: b.Suggestions, watch.QueueTrials: b.Trials,
	} {
		s.Due[name] = q.Due
		if !q.Oldest.IsZero() {
			s.Overdue[name] = now.Sub(q.Oldest)
		}
	}
	s.Few = d.fewAsked(ctx, c)
	return s
}

// fewAsked reports whether so few people are asked that what moves with their answers
// could tell what one of them did.
func (d *daemon) fewAsked(ctx context.Context, c config) bool {
	members, err := d.db.Members(ctx)
	if err != nil {
		return true
	}
	way, asked := c.ways(), 0
	for _, m := range members {
		if !way(m.Address).Observing {
			asked++
		}
	}
	return asked < c.Organization.MinGroup
}
