package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"unmeet/agent/click"
	"unmeet/internal/failpoint"
	"unmeet/store"
)

// Committer does what time brings: an answer stands once its hold is over, and a
// suggestion that nobody answered expires. It goes by what the database says is
// due, so that a process may die anywhere; who wakes it only makes it sooner.
type Committer struct {
	db    *store.DB
	clock Clock
	log   *slog.Logger
	wake  chan struct{}

	Done func() // called after something was done, so that what follows is not late; nil: nobody is
}

// NewCommitter returns a Committer. Without a clock it takes the real one, without
// a log it tells nobody.
func NewCommitter(db *store.DB, clock Clock, log *slog.Logger) *Committer {
	return &Committer{db: db, clock: orReal(clock), log: orSilent(log), wake: make(chan struct{}, 1)}
}

// Wake has Run look again at when something is due. It never waits.
func (c *Committer) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run does what is due until ctx ends. Errors go to the log, and the work is tried
// again.
func (c *Committer) Run(ctx context.Context) {
	for {
		done, err := c.Pass(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "ending holds failed", "error", err)
		}
		if done > 0 && c.Done != nil {
			c.Done()
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-c.clock.After(c.untilDue(ctx)):
		}
	}
}

// untilDue is how long there is nothing to do, as far as that is known. What was
// left undone (unmeet is paused, or the database failed) can wait for a look.
func (c *Committer) untilDue(ctx context.Context) time.Duration {
	next, err := c.db.NextSuggestion(ctx)
	now := c.clock.Now()
	if err != nil || next.IsZero() || !next.After(now) {
		return look
	}
	return min(look, max(time.Second, next.Sub(now)))
}

// atOnce is how many suggestions are looked up at a time.
const atOnce = 200

// errHeld says that a suggestion is not to be changed now.
var errHeld = errors.New("held")

// Pass does what is due now, and returns for how many suggestions. While unmeet is
// paused it does nothing.
func (c *Committer) Pass(ctx context.Context) (done int, err error) {
	now := c.clock.Now()
	for {
		_, paused, err := c.db.Paused(ctx)
		if err != nil || paused {
			return done, err
		}
		due, err := c.db.DueSuggestions(ctx, now, atOnce)
		if err != nil {
			return done, err
		}
		changed := 0
		var failures []error
		for _, id := range due {
			switch err := c.commit(ctx, now, id); {
			case err == nil:
				changed++
			case !errors.Is(err, errHeld):
				failures = append(failures, err)
			}
		}
		done += changed
		if len(failures) > 0 || changed == 0 || len(due) < atOnce {
			return done, errors.Join(failures...)
		}
	}
}

// commit takes one suggestion on whose time has come. Another process, or the
// person, may have been there first; then it is not due any more.
func (c *Committer) commit(ctx context.Context, now time.Time, id int64) error {
	failpoint.Hit("before-accept")
	_, err := steps{db: c.db}.step(ctx, now, id, "agent", func(s store.Case) (click.Event, error) {
		if s.Paused {
			return click.Event{}, errHeld
		}
		switch s.State {
		case string(click.Pending):
			return click.Event{Verb: click.Commit}, nil
		case string(click.Offered):
			return click.Event{Verb: click.Expire}, nil
		}
		return click.Event{}, errHeld
	})
	if err != nil {
		return fmt.Errorf("end the hold: %w", err)
	}
	failpoint.Hit("after-accept")
	return nil
}
