package agent

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/store"
)

// Restored is what became of all that a restored database had still to do.
type Restored struct {
	store.Restored
	Answers int // whose hold was not over, and that are open again
	Trials  int // under way, which went on by as much as time had brought meanwhile
}

// mostTicks is how often time is let pass for the trials of a restored database: far more
// often than anything comes due for them in a year.
const mostTicks = 100_000

// Restore makes a database safe that is a copy of what it was earlier, at now, before
// anything else uses it: another one was at work since. Answers whose hold was not over
// are open again, since they may have been undone. Trials go on to where they are at
// now, without a mail. All else is as of [store.DB.Restore]. Trialist says by whose
// hours trials are seen through; it writes to nobody.
func Restore(ctx context.Context, db *store.DB, trialist Trialist, now, next time.Time, p store.Pause) (r Restored, err error) {
	fail := func(err error) (Restored, error) { return Restored{}, fmt.Errorf("restore: %w", err) }
	if before, paused, err := db.Paused(ctx); err != nil {
		return fail(err)
	} else if paused { // nothing may step while it is
		p = store.Pause{By: before.By, Since: before.Since, Why: strings.TrimPrefix(before.Why+"; "+p.Why, "; ")}
		if err := db.Resume(ctx); err != nil {
			return fail(err)
		}
	}
	held, err := db.HeldAnswers(ctx)
	if err != nil {
		return fail(err)
	}
	for _, id := range held {
		_, err := steps{db: db}.step(ctx, now, id, "restore", func(store.Case) (click.Event, error) {
			return click.Event{Verb: click.Undo, Known: true}, nil
		})
		if err != nil {
			return fail(err)
		}
		r.Answers++
	}
	if err := passTime(ctx, db, trialist, now); err != nil {
		return fail(err)
	}
	underWay, err := db.DueTrials(ctx, now.AddDate(100, 0, 0), math.MaxInt32)
	if err != nil {
		return fail(err)
	}
	r.Trials = len(underWay)
	if r.Restored, err = db.Restore(ctx, now, next, p); err != nil {
		return fail(err)
	}
	return r, nil
}

// passTime takes trials on to where they are at now, as if somebody had seen them
// through all the time, without a mail and without a look at calendars.
func passTime(ctx context.Context, db *store.DB, trialist Trialist, now time.Time) error {
	then := &moment{}
	trialist.DB, trialist.Writer, trialist.Responders, trialist.Clock = db, nil, nil, then
	silent := NewTrialist(trialist)
	for range mostTicks {
		next, err := db.NextTrial(ctx)
		if err != nil || next.IsZero() || next.After(now) {
			return err
		}
		then.at = next
		done, err := silent.Pass(ctx)
		if err != nil {
			return err
		}
		if done == 0 {
			break // what is left changes by itself once it goes on
		}
	}
	return nil
}

// moment is a clock that stands.
type moment struct{ at time.Time }

func (m *moment) Now() time.Time                       { return m.at }
func (m *moment) After(time.Duration) <-chan time.Time { return nil }
