package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/store"
)

// Alarm tells people by mail, once, that their calendar cannot be read until they
// connect it again.
type Alarm struct {
	DB      *store.DB
	Writer  *mail.Writer
	Again   string                     // where one connects again, an absolute link
	Service func(kind string) string   // what people call a kind of connection; nil: as it is
	Group   func(address string) Group // what people did not choose themselves; nil: nothing
	Zone    *time.Location             // of those whose own is not known; nil: UTC
	Clock   Clock                      // nil: the real one
	Log     *slog.Logger               // nil: nobody is told
	Wake    func()                     // called when mails were queued; nil: nobody is
}

const (
	// lookAround is how often connections are looked at.
	lookAround = time.Minute
	// worthTelling is how long it makes sense to tell somebody.
	worthTelling = 7 * 24 * time.Hour
)

// Run tells people until ctx ends. Errors go to the log, and are tried again.
func (a *Alarm) Run(ctx context.Context) {
	for {
		if _, err := a.Tell(ctx); err != nil && ctx.Err() == nil {
			orSilent(a.Log).ErrorContext(ctx, "telling people of trouble failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.clock().After(lookAround):
		}
	}
}

func (a *Alarm) clock() Clock { return orReal(a.Clock) }

// Tell queues a mail for each person who has to act and was not told, and returns
// how many. What a delegation reads is for whoever runs unmeet to mend: nobody is
// told of that.
func (a *Alarm) Tell(ctx context.Context) (told int, err error) {
	all, err := a.DB.Connections(ctx)
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		if c.State != store.Paused || c.Via != store.ByGrant {
			continue
		}
		queued, failure := a.tell(ctx, c)
		if queued {
			told++
		}
		err = errors.Join(err, failure)
	}
	if told > 0 && a.Wake != nil {
		a.Wake()
	}
	return told, err
}

// tell queues the mail about one connection. Its Message-ID is of this pause, so that
// there is no second one.
func (a *Alarm) tell(ctx context.Context, c store.Connection) (queued bool, err error) {
	now := a.clock().Now()
	if now.Sub(c.Since) >= worthTelling {
		return false, nil
	}
	_, domain, _ := strings.Cut(a.Writer.Sender.From.Address, "@")
	id := fmt.Sprintf("trouble-%d-%d@%s", c.ID, c.Since.Unix(), domain)
	if told, err := a.DB.HasMail(ctx, id); err != nil || told {
		return false, err
	}
	if takes, err := a.DB.TakesMail(ctx, c.Owner); err != nil || !takes {
		return false, err
	}
	own, err := a.DB.Settings(ctx, c.Owner)
	if err != nil {
		return false, err
	}
	next, deadline := now, c.Since.Add(worthTelling)
	if a.Group != nil {
		group := a.Group(c.Owner)
		own.Language = first(own.Language, group.Language)
		if next, err = a.atWork(ctx, c.Owner, own.Zone, group.Hours, now); err != nil || !next.Before(deadline) {
			return false, err
		}
	}
	service := c.Kind
	if a.Service != nil {
		service = a.Service(c.Kind)
	}
	m, err := a.Writer.Write(mail.Letter{
		Kind: mail.Trouble, To: mail.Address{Address: c.Owner}, Language: own.Language,
		Connection: mail.Connection{Service: service, Since: c.Since, Again: a.Again, Zone: own.Zone},
	}, id, c.Owner, now, next, deadline)
	if err != nil {
		return false, fmt.Errorf("write to %s: %w", c.Owner, err)
	}
	switch _, err := a.DB.QueueMail(ctx, now, m); {
	case errors.Is(err, store.ErrMailKnown) || errors.Is(err, store.ErrSuppressed):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// atWork is when a person works next, at now or later; now where no hours are known.
func (a *Alarm) atWork(ctx context.Context, address, zone string, hours suggest.Hours, now time.Time) (time.Time, error) {
	away, err := a.DB.Away(ctx, address, now, now.Add(worthTelling))
	if err != nil {
		return time.Time{}, err
	}
	organization := a.Zone
	if organization == nil {
		organization = time.UTC
	}
	return hours.Next(now.In(zoneOf(organization, zone, away.Zone))), nil
}
