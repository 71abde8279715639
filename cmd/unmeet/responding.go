package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"unmeet/agent"
	"unmeet/calendars"
	"unmeet/calendars/google"
	"unmeet/store"
)

// noResponders is an [agent.Responders] for calendars that nobody writes to.
func noResponders(context.Context, store.Connection) (agent.Responder, error) {
	return nil, calendars.ErrReadOnly
}

// responder is an [agent.Responders]: what reads a calendar writes to it, too, where it
// can and may.
func (s *sources) responder(ctx context.Context, c store.Connection) (agent.Responder, error) {
	if c.Kind == googleKind && !slices.Contains(c.Scopes, google.WriteEvents) {
		if c.Via == store.ByDelegation {
			return nil, fmt.Errorf("%w: what the administrator delegated is reading alone", calendars.ErrReadOnly)
		}
		return nil, calendars.ErrNoConsent
	}
	source, err := s.of(ctx, c)
	if err != nil {
		return nil, err
	}
	if r, ok := source.(agent.Responder); ok {
		return r, nil
	}
	return nil, fmt.Errorf("%w: nothing is written to calendars of kind %s", calendars.ErrReadOnly, c.Kind)
}

// Look implements [agent.Responder].
func (s googleSource) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	seen, err := s.Source.Look(ctx, i)
	return seen, writingTrouble(err, s.via)
}

// Do implements [agent.Responder].
func (s googleSource) Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	receipt, err := s.Source.Do(ctx, i, begin)
	return receipt, writingTrouble(err, s.via)
}

// writingTrouble says to the agent what an error of Google means for what was to be
// written. What it wraps stays to be seen.
func writingTrouble(err error, via string) error {
	e, ok := errors.AsType[*google.Error](err)
	if !ok {
		return err
	}
	t := googleTrouble(e, via)
	t.Err = err
	switch e.Kind {
	case google.Denied, google.NotFound, google.Gone, google.Permanent:
		t.Final = errors.Is(err, calendars.ErrRefused)
	}
	return t
}
