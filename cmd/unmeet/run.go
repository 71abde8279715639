package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"

	"unmeet/agent/watch"
	"unmeet/agent/web"
	"unmeet/rules"
)

// runCmd is the daemon.
type runCmd struct {
	Debug bool `help:"Log every sync and every repeated call, too."`
}

// Help says what signals do.
func (runCmd) Help() string {
	return `Keeps connected calendars in step, and serves the pages where people connect and answer. With a mail server under [mail], it asks people about their meetings by mail: those who agreed, in groups whose mode is suggest. "unmeet pause" stops that at once, and "unmeet suggest --dry-run" shows what would be asked.

It logs to stderr and runs until SIGTERM or Ctrl-C, which it obeys within 10 seconds. SIGHUP reads the configuration and the rules anew, and looks at the groups of delegation, as is done once a day; [database], [secrets], web.listen, web.metrics, log.format and sync.workers want a restart.

GET /healthz answers 200 while the daemon is alive: its database answers, and it looks for work. It answers 503 otherwise. GET /readyz answers 200 when all that is its own is in place, and otherwise 503 with what is missing. Calendars that cannot be read, a mail server that is away, and a pause count in neither, since a restart would not mend them: unmeet people shows those. A service manager is told by sd_notify, and its watchdog fed as long as the daemon is alive.`
}

const (
	// closeWithin is how long requests under way may take to end.
	closeWithin = 5 * time.Second
	// looksForPause is how often the log is told of a pause, and of its end.
	looksForPause = 10 * time.Second
)

// Run runs the daemon until ctx ends.
func (cmd *runCmd) Run(a *app) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	d := &daemon{app: a, began: c, debug: cmd.Debug}
	d.level.Set(c.Log.level(d.debug))
	d.log = c.Log.newLog(a.stderr, &d.level)
	done, err := a.alone(c)
	if err != nil {
		return err
	}
	defer done()
	if d.syncing, err = a.startSyncing(c, d.log); err != nil {
		return err
	}
	err = d.run(d.sources.inForce())
	return errors.Join(err, d.syncing.Close())
}

// daemon is what runs.
type daemon struct {
	*app
	*syncing
	log   *slog.Logger
	began config                   // with which it started
	site  atomic.Pointer[web.Site] // as the configuration in force makes it
	shut  func()                   // ends the mailroom at work, and waits for it

	room    atomic.Pointer[mailroom] // at work
	leaving atomic.Bool              // it is about to end
	meters  *watch.Meters            // nil: nobody asks for figures

	level slog.LevelVar // of the log
	debug bool          // as --debug says

	paused bool // as the log says
}

// run serves, syncs and asks until ctx ends, then closes what it opened: no new
// requests, syncs and mails, and those under way let go.
func (d *daemon) run(c config) error {
	figures, err := d.measure(c)
	if err != nil {
		return err
	}
	defer figures()
	room, site, err := d.open(c, d.engine)
	if err != nil {
		return err
	}
	d.site.Store(site)
	listener, err := web.Listen(c.Web.Listen)
	if err != nil {
		return hinted(fmt.Errorf("web.listen: %w", err), "it names an address of this machine, and a port that nothing else listens at")
	}
	server := web.NewServer(d.handler(), d.log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)

	syncing, stop := context.WithCancel(d.ctx)
	synced := make(chan error, 1)
	go func() { synced <- d.agent.Run(syncing) }()
	again := make(chan struct{}, 1)
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() {
		f := follower{app: d.app, db: d.db, transport: d.sources.transport, log: d.log}
		f.run(syncing, d.sources.inForce, again)
	})
	defer stop()
	d.log.Info("running", "listen", listener.Addr().String(), "version", version())
	d.showSetUp(c)
	d.employ(c, room)
	d.notify(systemd.SdNotifyReady, "STATUS=serving at "+listener.Addr().String())
	following.Go(func() { d.feed(syncing) })
	following.Go(func() { retainer{d.app, d.db, d.log}.run(syncing, d.sources.inForce) })

	look := time.NewTicker(looksForPause)
	defer look.Stop()
	var failure error
	for done := false; !done; {
		select {
		case <-d.ctx.Done():
			done = true
		case failure = <-served:
			done = true
		case failure = <-synced:
			synced <- nil
			done = true
		case <-look.C:
			d.showPause()
			d.knowAgain()
		case <-reload:
			reread := d.reloading()
			d.reread()
			reread()
			select {
			case again <- struct{}{}:
			default: // it is told already
			}
		}
	}
	d.log.Info("stopping")
	defer func() { d.site.Load().Wait() }()
	d.leaving.Store(true)
	d.notify(systemd.SdNotifyStopping)
	stop()
	left := make(chan struct{})
	go func() {
		defer close(left)
		d.shut()
	}()
	closing, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), closeWithin)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		d.log.Warn("requests were cut off", "error", errors.Join(err, server.Close()))
	}
	<-left
	return errors.Join(failure, <-synced)
}

// open makes the mailroom and the pages as c has them. Nothing runs yet.
func (d *daemon) open(c config, engine *rules.Engine) (*mailroom, *web.Site, error) {
	room, err := d.newMailroom(c, mailroomOptions{db: d.db, engine: engine, clock: appClock(d.now), log: d.log, responders: d.sources.responder, pulses: &watch.Pulses{}, meters: d.meters})
	if err != nil {
		return nil, nil, err
	}
	saved := func(ctx context.Context, kind, address string) {
		d.saved(ctx, kind, address)
		room.actor.Wake() // they may have allowed what waits for that
	}
	site, err := d.pages(c, web.Keeper{DB: d.db, Keys: d.sources.keys, Now: d.now, Saved: saved}, room, d.log)
	return room, site, err
}

// employ sets a mailroom to work, and says in the log what that comes to.
func (d *daemon) employ(c config, room *mailroom) {
	working, stop := context.WithCancel(context.WithoutCancel(d.ctx))
	left := make(chan struct{})
	d.room.Store(room)
	go func() {
		defer close(left)
		room.Run(working)
	}()
	d.shut = func() {
		stop()
		<-left
	}
	switch {
	case !c.mails():
		d.log.Info("nobody is asked anything: there is no mail server under [mail]")
	case !c.asks():
		d.log.Info("nobody is asked anything: no group has the mode suggest, nor has [suggest]")
	}
	d.showPause()
}

// showPause tells the log that unmeet was paused or resumed, unless it knows.
func (d *daemon) showPause() {
	p, paused, err := d.db.Paused(d.ctx)
	switch {
	case d.ctx.Err() != nil:
	case err != nil:
		d.log.Error("whether unmeet is paused cannot be read", "error", err)
	case paused && !d.paused:
		d.log.Warn("paused: no mail leaves, and nothing is written to calendars, until unmeet resume", "by", p.By, "since", p.Since) // why is free text, which may name people
	case !paused && d.paused:
		d.log.Info("resumed")
	}
	if err == nil {
		d.paused = paused
	}
}

// reread takes over the configuration as it is now; a bad one changes nothing.
func (d *daemon) reread() {
	c, err := d.takeOver()
	if err != nil {
		d.log.Error("the configuration was not taken over", "error", err, "hint", hintOf(err))
		return
	}
	d.log.Info("configuration and rules read anew")
	if keys := restarts(d.began, c); len(keys) > 0 {
		d.log.Warn("some of what changed is taken up only with a restart", "keys", keys)
	}
	d.showSetUp(c)
	d.judgeAgain()
}

// judgeAgain has all meetings judged by rules that were just taken over.
func (d *daemon) judgeAgain() {
	if err := d.agent.Resume(d.ctx); err != nil && d.ctx.Err() == nil {
		d.log.Warn("not all meetings were judged by the new rules; each sync judges those of its calendar", "error", err)
	}
}

// knowAgain takes the configuration in force over anew once a calendar has told of
// another address of somebody whom it names.
func (d *daemon) knowAgain() {
	c := d.sources.inForce()
	known, err := c.knowing(d.ctx, d.db)
	same := reflect.DeepEqual(c.Groups, known.Groups) && reflect.DeepEqual(c.Assistants, known.Assistants) && slices.Equal(c.Never.Organizers, known.Never.Organizers)
	if err == nil && same {
		return
	}
	if err == nil {
		err = d.takeUp(known)
	}
	switch {
	case d.ctx.Err() != nil:
	case err != nil:
		d.log.Error("whom the configuration names by other addresses of theirs could not be looked up; it is tried again", "error", err)
	default:
		d.log.Info("the configuration names somebody by another address of theirs, and is taken to mean them")
		d.judgeAgain()
	}
}

// takeOver makes what the configuration as it is now asks for, and puts it to work
// once all of it is sound.
func (d *daemon) takeOver() (config, error) {
	c, err := d.loadConfig()
	if err == nil {
		c, err = c.knowing(d.ctx, d.db)
	}
	if err == nil {
		err = d.takeUp(c)
	}
	return c, err
}

// takeUp puts c to work once all that it asks for is sound.
func (d *daemon) takeUp(c config) error {
	engine, err := c.engine()
	if err != nil {
		return err
	}
	room, site, err := d.open(c, engine)
	if err != nil {
		return err
	}
	if err := d.reload(d.ctx, c, engine); err != nil {
		return err
	}
	d.level.Set(c.Log.level(d.debug))
	d.shut() // two outboxes of one process would not see each other's leases
	d.employ(c, room)
	d.site.Store(site)
	return nil
}

// handler is everything that is served.
func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", d.health)
	mux.HandleFunc("GET /readyz", d.ready)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.site.Load().ServeHTTP(w, r) })
	return watch.Requests(d.meters.Pages(mux))
}

// saved takes note of somebody who connected: with a person of a domain that is
// new, others may become ours.
func (d *daemon) saved(ctx context.Context, kind, address string) {
	known, err := d.db.Connection(ctx, kind, address)
	if err == nil {
		d.log.Info("connected", "connection", known.ID) // whose it is, people --format json tells
		err = setOrganization(ctx, d.db, d.sources.inForce())
	}
	if err != nil {
		d.log.Error("somebody connected, and whose people are ours could not be written down; the next start does", "error", err)
	}
}

// showSetUp logs where people connect, and what will not work.
func (d *daemon) showSetUp(c config) {
	if c.Google.ClientID != "" {
		redirect := d.site.Load().Callback("google")
		d.log.Info("people connect here", "page", strings.TrimSuffix(redirect, "/google/callback"), "redirect", redirect,
			"hint", "the OAuth client has to have this redirect address")
	}
	if c.SignIn.Issuer != "" {
		d.log.Info("people take part by signing in", "redirect", d.site.Load().Callback(signInService{}.Name()),
			"hint", "the sign-in's client has to have this redirect address")
	}
	if info, err := os.Stat(c.Database.URL); err == nil && openToOthers(info) {
		d.log.Warn("the database can be read by others than its owner", "mode", fmt.Sprintf("%04o", info.Mode().Perm()), "hint", "chmod 600 "+c.Database.URL)
	}
	d.showDoubts(c)
}
