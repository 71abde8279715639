package main

import (
	"context"
	"log/slog"
	"time"

	"unmeet/store"
)

const (
	// retainEvery is how often what is old is let go.
	retainEvery = 24 * time.Hour
	// retainAgain is when it is tried again after a failure.
	retainAgain = time.Hour
)

// retainer lets go of what is older than the organization keeps.
type retainer struct {
	*app
	db  *store.DB
	log *slog.Logger
}

// run lets go of it at once, and then daily until ctx ends. config returns the
// configuration in force.
func (r retainer) run(ctx context.Context, config func() config) {
	for {
		wait := retainEvery
		if err := r.sweep(ctx, config()); err != nil && ctx.Err() == nil {
			wait = retainAgain
			r.log.Error("what is older than organization.keep_days could not be let go", "error", err, "again", wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// sweep lets go of it once.
func (r retainer) sweep(ctx context.Context, c config) error {
	kept, err := keptFrom(ctx, r.db, c, r.now())
	if err != nil {
		return err
	}
	swept, err := r.db.Retain(ctx, r.now(), kept)
	if err == nil && swept.Any() {
		r.log.Info("let go of what is old", "before", kept.From.Format(time.DateOnly), "copies", swept.Copies, "suggestions", swept.Suggestions,
			"outcomes", swept.Outcomes, "mails", swept.Mails, "looks", swept.Looks, "commands", swept.Commands)
	}
	return err
}

// keptFrom says from which Monday on things are kept. Of outcomes, all weeks that are
// told together (see tellable) are kept while one of them is: if some of them went, the
// weeks after would be put together in another way, and telling both ways would tell of
// fewer people than one way does.
func keptFrom(ctx context.Context, db *store.DB, c config, now time.Time) (store.Kept, error) {
	zone, err := zoneOf("", c)
	if err != nil {
		return store.Kept{}, err
	}
	now = now.In(zone)
	from := mondayOf(addDays(now, -c.Organization.KeepDays))
	first, err := db.FirstOutcome(ctx)
	if err != nil || first.IsZero() {
		return store.Kept{From: from, Outcomes: from}, err
	}
	begin := mondayOf(first.In(zone))
	for next := begin; begin.Before(from); {
		next = addDays(next, 7)
		if next.After(now) {
			break // these weeks were never told of
		}
		_, people, err := db.Sums(ctx, begin, next)
		switch {
		case err != nil:
			return store.Kept{}, err
		case people < c.Organization.MinGroup:
		case next.After(from):
			return store.Kept{From: from, Outcomes: begin}, nil
		default:
			begin = next
		}
	}
	return store.Kept{From: from, Outcomes: from}, nil
}
