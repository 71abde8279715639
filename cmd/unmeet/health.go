package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

const (
	// quietFor is how long the loop may be silent before it counts as stuck.
	quietFor = 5 * time.Minute
	// silentFor is the same of the mailroom's parts, of which one may be handing over a
	// mail to a server that takes its time (RFC 5321 §4.5.3.2), or be about as long in a
	// calendar.
	silentFor = 20 * time.Minute
)

// starting is what ails a daemon that has only just begun.
const starting = "starting"

// ails says why the daemon does not work, "" if it does: its database does not
// answer, or a part of it does not look for work. A restart may help.
func (d *daemon) ails(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, closeWithin)
	defer cancel()
	if _, err := d.db.NextDue(ctx, d.now()); err != nil {
		d.log.ErrorContext(ctx, "the database does not answer", "error", err)
		return "the database does not answer"
	}
	switch ago, polled := d.agent.Polled(); {
	case !polled:
		return starting
	case ago > quietFor:
		return "syncing is stuck"
	}
	if room := d.room.Load(); room != nil {
		if silent := room.options.pulses.Silent(silentFor); len(silent) > 0 {
			return "stuck: " + strings.Join(silent, ", ")
		}
	}
	return ""
}

// lacks says what of its own the daemon needs and does not have.
func (d *daemon) lacks(ctx context.Context) (all []string) {
	ctx, cancel := context.WithTimeout(ctx, closeWithin)
	defer cancel()
	if d.leaving.Load() {
		return []string{"stopping"}
	}
	if ails := d.ails(ctx); ails != "" {
		all = append(all, ails)
	}
	if used, err := d.db.KeysInUse(ctx); err == nil { // else the database ails
		switch lacking, err := d.sources.keys.Lacks(used); {
		case err != nil:
			d.log.ErrorContext(ctx, "the key file cannot be read", "error", err)
			all = append(all, "the key file cannot be read: calendars cannot be opened")
		case len(lacking) > 0:
			all = append(all, "the key file lacks the key of some connections: "+strings.Join(lacking, ", "))
		}
	}
	if d.site.Load() == nil {
		all = append(all, "there are no pages yet")
	}
	if d.room.Load() == nil {
		all = append(all, "nobody takes answers and mails yet")
	}
	return all
}

// health answers whether the daemon works, and proves to the doctor whose it is. It
// tells nothing else.
func (d *daemon) health(w http.ResponseWriter, r *http.Request) {
	prove(d.sources.keys, w, r)
	if ails := d.ails(r.Context()); ails != "" {
		tell(w, http.StatusServiceUnavailable, ails)
		return
	}
	tell(w, http.StatusOK, "ok")
}

// ready answers whether all that is the daemon's own is in place, and what is missing:
// nothing that is about anybody, and nothing that others have to mend.
func (d *daemon) ready(w http.ResponseWriter, r *http.Request) {
	if lacks := d.lacks(r.Context()); len(lacks) > 0 {
		tell(w, http.StatusServiceUnavailable, lacks...)
		return
	}
	tell(w, http.StatusOK, "ok")
}

// tell answers with lines of text.
func tell(w http.ResponseWriter, status int, lines ...string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}

// notify tells the service manager, if there is one, what state the daemon is in
// (sd_notify).
func (d *daemon) notify(state ...string) {
	if _, err := systemd.SdNotify(false, strings.Join(state, "\n")); err != nil {
		d.log.Warn("the service manager cannot be told", "error", err)
	}
}

// feed keeps the service manager's watchdog quiet as long as the daemon works, until
// ctx ends. Where none watches, it returns at once.
func (d *daemon) feed(ctx context.Context) {
	every, err := systemd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		if err != nil {
			d.log.Warn("the service manager's watchdog cannot be fed", "error", err)
		}
		return
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for ailed := false; ; {
		switch ails := d.ails(ctx); {
		case ctx.Err() != nil:
			return
		case ails == "" || ails == starting:
			state := []string{systemd.SdNotifyWatchdog}
			if ailed {
				state = append(state, "STATUS=serving again")
			}
			d.notify(state...)
			ailed = false
		default:
			d.log.Error("the watchdog is not fed", "why", ails)
			d.notify("STATUS=" + ails)
			ailed = true
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// reloading tells the service manager that the configuration is being read, and
// returns what tells it that it was.
func (d *daemon) reloading() (done func()) {
	d.notify(systemd.SdNotifyReloading, strings.TrimSpace(systemd.SdNotifyMonotonicUsec()))
	return func() { d.notify(systemd.SdNotifyReady) }
}
