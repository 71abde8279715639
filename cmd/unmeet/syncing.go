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
	if _, err := c.engine(); err != nil {
		return nil, err
	}
	db, err := a.openDatabase(c)
	if err != nil {
		return nil, err
	}
	var engine *rules.Engine
	if c, err = c.knowing(a.ctx, db); err == nil {
		engine, err = c.engine()
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
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
	s.agent = &agent.Syncer{DB: db, Sources: s.sources.of, Clock: appClock(a.now), Log: log, By: processName()}
	s.agent.Set(c.plan(), engine)
	return s, nil
}

// reload takes over a changed configuration and its rules, if what it names is
// sound; after an error nothing has changed. What other rules judged is not judged anew
// yet: see [agent.Syncer.Resume].
func (s *syncing) reload(ctx context.Context, c config, engine *rules.Engine) error {
	if c.Google.Delegation.KeyFile != "" || c.Google.Delegation.Impersonate != "" {
		if _, err := s.sources.app.delegation(c, s.sources.transport, readScope); err != nil {
			return err
		}
	}
	if err := setOrganization(ctx, s.db, c); err != nil {
		return err
	}
	s.sources.set(c)
	s.agent.Set(c.plan(), engine)
	return nil
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

// settleWithin is how long closing waits for Google's answers: with closeWithin
// less than the ten seconds in which the daemon ends.
const settleWithin = 4 * time.Second

// Close waits for tokens that are being refreshed, since those that Google has
// rotated must be stored, and closes the database. Nothing is to be syncing.
func (s *syncing) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	if err := s.sources.settle(ctx); err != nil {
		s.sources.transport.Log.Warn("Google was asked for a token and did not answer in time; who is paused after this connects again")
	}
	return s.db.Close()
}

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
	source       agent.Source // nil: to be made anew
	account, via string
	grant        *google.Grant // nil under delegation
}

// set changes the configuration; sources made by another are made anew. Their
// grants stay, since there is to be one a connection, and as they may hold a token
// that could not be stored yet.
func (s *sources) set(c config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config, s.oauth, s.delegation = c, nil, nil
	for id, known := range s.open {
		known.source = nil
		s.open[id] = known
	}
}

// settle waits until no grant is being refreshed. The error is that of ctx.
func (s *sources) settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.open {
		if known.grant == nil {
			continue
		}
		if err := known.grant.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// inForce returns the configuration that set set last.
func (s *sources) inForce() config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config
}

// of is an [agent.Sources].
func (s *sources) of(ctx context.Context, c store.Connection) (agent.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.open[c.ID]
	if known.account != c.Account || known.via != c.Via {
		known = openSource{account: c.Account, via: c.Via}
	}
	if known.source != nil {
		return known.source, nil
	}
	if c.Kind == icsKind {
		files, err := filesOf(s.config)
		if err != nil {
			return nil, setupTrouble(err)
		}
		return files, nil
	}
	if c.Kind == caldavKind || c.Kind == feedKind {
		return s.remoteSource(ctx, c)
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
			if s.delegation, err = s.app.delegation(s.config, s.transport, readScope); err != nil {
				return nil, setupTrouble(err)
			}
		}
		o.Tokens, o.Charge = s.delegation.For(c.Owner), true
	default:
		if s.oauth == nil {
			if s.oauth, err = s.app.oauth(s.config, s.transport); err != nil {
				return nil, setupTrouble(err)
			}
		}
		if known.grant == nil {
			known.grant = s.oauth.Grant(agent.Vault{DB: s.db, Keys: s.keys, Connection: c.ID})
		} else {
			known.grant.Use(s.oauth)
		}
		o.Tokens = known.grant
	}
	made, err := google.New(o)
	if err != nil {
		return nil, setupTrouble(err)
	}
	known.source = googleSource{made, c.Via}
	s.open[c.ID] = known
	return known.source, nil
}

// setupTrouble is an error of the configuration, which only whoever runs unmeet
// can mend.
func setupTrouble(err error) error {
	t := &agent.Trouble{Why: err.Error(), Hint: "check [google] in the configuration", Err: err}
	if hint := hintOf(err); hint != "" {
		t.Hint = hint
	}
	return t
}

// googleSource says to the agent what Google's errors mean.
type googleSource struct {
	*google.Source
	via string
}

// Pull implements [agent.Source].
func (s googleSource) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	delta, err := s.Source.Pull(ctx, at, cursor)
	if e, ok := errors.AsType[*google.Error](err); ok {
		return delta, googleTrouble(e, s.via)
	}
	return delta, err
}

// quotaLasts is how long a daily quota may be used up.
const quotaLasts = 24 * time.Hour

// googleTrouble says what e means to a sync that reads by grant or by delegation.
func googleTrouble(e *google.Error, via string) *agent.Trouble {
	t := &agent.Trouble{Why: e.Error(), Hint: e.Hint, RetryAfter: e.RetryAfter, Err: e}
	switch e.Kind {
	case google.Auth:
		t.Pause, t.Why = true, fmt.Sprintf("Google no longer lets us in (%s)", e.Reason)
	case google.Session, google.Consent:
		t.Pause = true
	case google.Admin:
		t.Lasts = true
	case google.Quota:
		t.RetryAfter = max(t.RetryAfter, quotaLasts)
	}
	if via == store.ByDelegation && t.Pause {
		// There is nobody who could connect again, and what ails one may ail all: the
		// clock, the key, what the administrator allowed. It ends when that is mended.
		t.Pause = false
		if e.Kind != google.Auth {
			t.Lasts, t.Hint = true, "a Workspace administrator must authorize the service account's client id for reading calendars"
		}
	}
	return t
}
