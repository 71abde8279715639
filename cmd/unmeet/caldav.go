package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"unmeet/agent"
	"unmeet/calendars"
	"unmeet/calendars/caldav"
	"unmeet/calendars/feed"
	"unmeet/calendars/reach"
	"unmeet/store"
)

// The kinds of connections to other servers than Google's.
const (
	caldavKind = "caldav"
	feedKind   = "feed" // a calendar that is published at an address
)

// login is the secret of a CalDAV connection, as it is sealed, and what the server
// said of the account when it was made.
type login struct {
	User      string   `json:"user,omitempty"`
	Password  string   `json:"password,omitempty"`
	Token     string   `json:"token,omitempty"` // a bearer token, instead of both
	Addresses []string `json:"addresses,omitempty"`
	Schedules bool     `json:"schedules,omitempty"`
}

// client returns what speaks to the server of l.
func (a *app) client(l login, log *slog.Logger) *caldav.Client {
	opt := a.server
	opt.User, opt.Password, opt.Log = l.User, l.Password, log
	if l.Token != "" {
		opt.Tokens = fixedToken(l.Token)
	}
	return caldav.New(opt)
}

// fixedToken is a bearer token that nobody renews.
type fixedToken string

func (t fixedToken) Token(context.Context) (string, error)         { return string(t), nil }
func (t fixedToken) Renew(context.Context, string) (string, error) { return string(t), nil }

// remoteSource returns what reads a connection to a server other than Google's, and
// writes to it where that can be. It is made for each sync, so that a login that was
// renewed holds at once.
func (s *sources) remoteSource(ctx context.Context, c store.Connection) (agent.Source, error) {
	zone, err := zoneOf("", s.config)
	if err != nil {
		return nil, setupTrouble(err)
	}
	sealed, err := agent.Vault{DB: s.db, Keys: s.keys, Connection: c.ID}.Refresh(ctx)
	if err == nil && sealed == "" {
		err = errors.New("no login is kept")
	}
	if err != nil {
		return nil, &agent.Trouble{Why: "the login cannot be opened", Hint: "bring the key file back from a backup, or connect again", Lasts: true, Err: err}
	}
	if c.Kind == feedKind {
		address, err := feed.ParseAddress(sealed)
		if err != nil {
			return nil, &agent.Trouble{Why: err.Error(), Hint: "connect the feed again", Lasts: true, Err: err}
		}
		return feedSource{feed.New(address, feed.Options{Zone: zone, Private: s.config.Sync.PrivateFeeds, Log: s.transport.Log})}, nil
	}
	var l login
	if err := json.Unmarshal([]byte(sealed), &l); err != nil {
		return nil, &agent.Trouble{Why: "the login cannot be read", Hint: "connect again", Lasts: true, Err: err}
	}
	return caldavSource{&caldav.Source{
		Client: s.app.client(l, s.transport.Log), Addresses: append([]string{c.Owner}, l.Addresses...), Zone: zone, Schedules: l.Schedules, Now: s.app.now,
	}}, nil
}

// caldavSource says to the agent what troubles of servers mean.
type caldavSource struct{ *caldav.Source }

var (
	_ agent.Source    = caldavSource{}
	_ agent.Responder = caldavSource{}
)

// Pull implements [agent.Source].
func (s caldavSource) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	delta, err := s.Source.Pull(ctx, at, cursor)
	return delta, reachTrouble(err)
}

// Look implements [agent.Responder].
func (s caldavSource) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	seen, err := s.Source.Look(ctx, i)
	return seen, reachTrouble(err)
}

// Do implements [agent.Responder].
func (s caldavSource) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	receipt, err := s.Source.Do(ctx, i, begin)
	return receipt, reachTrouble(err)
}

// feedSource is the same for feeds, which nobody writes to.
type feedSource struct{ *feed.Source }

var _ agent.Source = feedSource{}

// Pull implements [agent.Source].
func (s feedSource) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	delta, err := s.Source.Pull(ctx, at, cursor)
	return delta, reachTrouble(err)
}

// reachTrouble says what the failure of a server means to a sync, and to what was to
// be written. What it wraps stays to be seen; other errors stay as they are.
func reachTrouble(err error) error {
	e, ok := errors.AsType[*reach.Error](err)
	if !ok {
		return err
	}
	t := &agent.Trouble{Why: e.Error(), Hint: e.Hint, RetryAfter: e.RetryAfter, Err: err}
	switch e.Kind {
	case reach.Auth:
		t.Pause = true
	case reach.Denied, reach.NotFound, reach.Moved, reach.Foreign, reach.Certificate, reach.TooLarge, reach.Inside, reach.Permanent:
		t.Lasts = true
		t.Final = errors.Is(err, calendars.ErrRefused)
	}
	return t
}
