package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"unmeet/agent"
	"unmeet/agent/secret"
	"unmeet/calendars"
	"unmeet/calendars/google"
	"unmeet/rules"
	"unmeet/store"
)

// plan is what the configuration says of syncing.
func (c config) plan() agent.Plan {
	return agent.Plan{
		Past: c.Sync.PastDays, Future: c.Sync.FutureDays, Every: time.Duration(c.Sync.Every), Workers: c.Sync.Workers,
		KeepWords: c.Organization.StoreDescriptions,
	}
}

// syncing is what sync and run have in common: the database, the sources, and
// what carries from these to that.
type syncing struct {
	db      *store.DB
	sources *sources
	agent   *agent.Syncer
	engine  *rules.Engine // as the configuration had it at the start
}

// startSyncing opens all that syncing takes. Close ends it.
func (a *app) startSyncing(c config, log *slog.Logger) (*syncing, error) {
	engine, err := c.engine()
	if err != nil {
		return nil, err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return nil, err
	}
	s := &syncing{db: db, engine: engine, sources: &sources{
		app: a, db: db, limits: google.NewLimits(nil), transport: google.Transport{Log: log}, open: map[int64]openSource{},
	}}
	if s.sources.keys, err = a.keys(c, db); err == nil {
		err = setOrganization(a.ctx, db, c)
	}
	if err == nil {
		err = releaseDead(a.ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.sources.set(c)
	s.agent = &agent.Syncer{DB: db, Sources: s.sources.of, Log: log, By: processName()}
	s.agent.Set(c.plan(), engine)
	return s, nil
}

// reload takes over a changed configuration and its rules.
func (s *syncing) reload(ctx context.Context, c config, engine *rules.Engine) error {
	if err := setOrganization(ctx, s.db, c); err != nil {
		return err
	}
	s.sources.set(c)
	s.agent.Set(c.plan(), engine)
	return s.agent.Resume(ctx) // what other rules judged is judged anew
}

// setOrganization tells the database whose people are ours.
func setOrganization(ctx context.Context, db *store.DB, c config) error {
	organization, err := organizationNow(ctx, db, c)
	if err != nil {
		return err
	}
	return db.SetOrganization(ctx, organization)
}

// organizationNow says whose people are ours: as the configuration has it, else those
// at the domains of whoever is connected.
func organizationNow(ctx context.Context, db *store.DB, c config) (store.Organization, error) {
	connections, err := db.Connections(ctx)
	if err != nil {
		return store.Organization{}, err
	}
	var connected []string
	for _, connection := range connections {
		if len(c.Organization.Domains) == 0 && connection.State != store.Disconnected {
			connected = append(connected, connection.Owner)
		}
	}
	return organizationOf(c.Organization.Domains, owners{named: connected}, ""), nil
}

func (s *syncing) Close() error { return s.db.Close() }

// processName names this process in leases: so that, after a crash, the next one
// on this machine can tell that it is no more.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "/" + strconv.Itoa(os.Getpid())
}

// releaseDead takes leases from processes of this machine that are no more.
func releaseDead(ctx context.Context, db *store.DB) error {
	holders, err := db.Holders(ctx)
	if err != nil {
		return err
	}
	own, _, _ := strings.Cut(processName(), "/")
	for _, by := range holders {
		host, text, _ := strings.Cut(by, "/")
		pid, err := strconv.Atoi(text)
		if err != nil || host != own || pid != os.Getpid() && alive(pid) {
			continue
		}
		if err := db.ReleaseAll(ctx, by); err != nil {
			return err
		}
	}
	return nil
}

// alive reports whether a process is, as far as this system tells.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || !errors.Is(err, os.ErrProcessDone)
}

// sources are the sources of all connections, made when they are first asked for.
type sources struct {
	app       *app
	db        *store.DB
	keys      *secret.File
	limits    *google.Limits
	transport google.Transport

	mu         sync.Mutex
	config     config
	oauth      *google.OAuth // nil until needed, as is the next
	delegation *google.Delegation
	open       map[int64]openSource
}

// openSource is a source, and the connection it was made for.
type openSource struct {
	source       agent.Source
	account, via string
}

// set changes the configuration; sources made by another are made anew.
func (s *sources) set(c config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config, s.oauth, s.delegation = c, nil, nil
	clear(s.open)
}

// of is an [agent.Sources].
func (s *sources) of(ctx context.Context, c store.Connection) (agent.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.open[c.ID]; ok && known.account == c.Account && known.via == c.Via {
		return known.source, nil
	}
	if c.Kind != googleKind {
		return nil, &agent.Trouble{Why: "calendars of kind " + c.Kind + " are not known to this version", Hint: "update unmeet"}
	}
	o := google.Options{
		Person: c.Owner, Limits: s.limits, Endpoints: google.EndpointsAt(s.config.Google.Endpoint),
		Transport: s.transport,
	}
	var err error
	switch c.Via {
	case store.ByDelegation:
		if s.delegation == nil {
			if s.delegation, err = s.app.delegation(s.config, readScope); err != nil {
				return nil, setupTrouble(err)
			}
		}
		o.Tokens, o.Charge = s.delegation.For(c.Owner), true
	default:
		if s.oauth == nil {
			if s.oauth, err = s.app.oauth(s.config); err != nil {
				return nil, setupTrouble(err)
			}
		}
		o.Tokens = s.oauth.Grant(agent.Vault{DB: s.db, Keys: s.keys, Connection: c.ID})
	}
	made, err := google.New(o)
	if err != nil {
		return nil, setupTrouble(err)
	}
	s.open[c.ID] = openSource{googleSource{made}, c.Account, c.Via}
	return s.open[c.ID].source, nil
}

// setupTrouble is an error of the configuration, which only whoever runs unmeet
// can mend.
func setupTrouble(err error) error {
	t := &agent.Trouble{Why: err.Error(), Hint: "check [google] in the configuration", Err: err}
	if f, ok := errors.AsType[*failure](err); ok && f.hint != "" {
		t.Hint = f.hint
	}
	return t
}

// googleSource says to the agent what Google's errors mean.
type googleSource struct{ *google.Source }

// Pull implements [agent.Source].
func (s googleSource) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	delta, err := s.Source.Pull(ctx, at, cursor)
	if e, ok := errors.AsType[*google.Error](err); ok {
		return delta, googleTrouble(e)
	}
	return delta, err
}

// googleTrouble says what e means to a sync.
func googleTrouble(e *google.Error) *agent.Trouble {
	t := &agent.Trouble{Why: e.Error(), Hint: e.Hint, RetryAfter: e.RetryAfter, Err: e}
	switch e.Kind {
	case google.Auth:
		t.Pause, t.Why = true, fmt.Sprintf("Google no longer lets us in (%s)", e.Reason)
	case google.Session, google.Consent:
		t.Pause = true
	}
	return t
}
