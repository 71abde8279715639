package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"unmeet/agent/suggest"
	"unmeet/store"
)

// LeftAlone is how many people's wish to be left alone a restored database was told
// of.
type LeftAlone struct{ Out, Unsubscribed int }

// LeaveAlone tells a restored database of what people said since it was made, as far as
// the database knows that it takes the place of: who left, disconnected a calendar,
// unsubscribed, stopped being asked, or wants nobody to answer for them. Only what is
// said there counts: whom it does not know stays as they are. (Who was forgotten is for [store.DB.EraseAgain].)
func LeaveAlone(ctx context.Context, restored, replaced *store.DB, now time.Time) (n LeftAlone, err error) {
	fail := func(err error) (LeftAlone, error) {
		return LeftAlone{}, fmt.Errorf("who wants to be left alone: %w", err)
	}
	const via = "restore"
	wishes, err := replaced.Wishes(ctx)
	if err != nil {
		return fail(err)
	}
	for _, c := range wishes.Disconnected {
		known, err := restored.Connection(ctx, c.Kind, c.Owner)
		if errors.Is(err, store.ErrNoConnection) {
			continue
		}
		if err == nil && known.State != store.Disconnected && known.Since.Before(c.Since) {
			n.Out++
			err = restored.Disconnect(ctx, now, c.Kind, c.Owner)
		}
		if err != nil {
			return fail(err)
		}
	}
	members, err := restored.Members(ctx)
	if err != nil {
		return fail(err)
	}
	for _, m := range members {
		_, out := wishes.Out[m.Address]
		since, unsubscribed := wishes.Unsubscribed[m.Address]
		alone, unaided := wishes.Alone[m.Address]
		var err error
		if unaided && !out && m.Alone.IsZero() {
			err = restored.SetAlone(ctx, m.Address, alone)
		}
		if err == nil && wishes.Stopped[m.Address] && !out {
			m.Rhythm = string(suggest.Stopped)
			err = restored.Set(ctx, m.Address, m.Settings)
		}
		switch {
		case err != nil:
		case out:
			n.Out++
			err = restored.Leave(ctx, now, m.Address, via)
		case unsubscribed && m.Unsubscribed.IsZero() && m.Subscribed.Before(since):
			n.Unsubscribed++
			err = restored.Unsubscribe(ctx, now, m.Address, via)
		}
		if err != nil {
			return fail(err)
		}
	}
	if err := restored.KeepOut(ctx, wishes); err != nil {
		return fail(err)
	}
	return n, nil
}
