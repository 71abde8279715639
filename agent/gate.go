package agent

import (
	"context"
	"fmt"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/store"
)

// Gate says before every attempt whether a mail is still to be sent: the world may
// have moved since it was written.
type Gate struct{ DB *store.DB }

// Check returns why a mail is not to be sent any more at now, "" if it is. It is an error
// that wraps [store.ErrPaused] while unmeet is paused: then it waits.
func (g Gate) Check(ctx context.Context, m store.Mail, now time.Time) (why string, err error) {
	if _, paused, err := g.DB.Paused(ctx); err != nil || paused {
		if err == nil {
			err = fmt.Errorf("mail %d: %w", m.ID, store.ErrPaused)
		}
		return "", err
	}
	switch takes, err := g.DB.TakesMail(ctx, m.Person); {
	case err != nil:
		return "", err
	case !takes:
		return "the person takes no mail any more", nil
	}
	if m.Kind == string(mail.Trouble) {
		return g.mended(ctx, m.Person)
	}
	if m.Kind != string(mail.Digest) {
		return "", nil
	}
	of, err := g.DB.SuggestionsOf(ctx, m.ID)
	if err != nil {
		return "", err
	}
	for _, s := range of {
		switch {
		case s.State != string(click.Offered):
			return "it asks what is no question any more: " + s.State, nil
		case s.Starts.Sub(now) < suggest.Notice:
			return "a meeting in it is near", nil
		}
	}
	return "", nil
}

// mended says so if a person has no connection any more that waits for them.
func (g Gate) mended(ctx context.Context, person string) (why string, err error) {
	all, err := g.DB.Connections(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		if c.Owner == person && c.State == store.Paused {
			return "", nil
		}
	}
	return "the person connected again", nil
}
