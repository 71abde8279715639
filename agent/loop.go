package agent

import (
	"context"
	"math/rand/v2"
	"time"

	"unmeet/store"
)

// look is how often the loop looks for work that nobody told it of: another process
// may have connected somebody. Tests change it.
var look = 10 * time.Second

const (
	// firstWait is what the first failure in a row may cost.
	firstWait = time.Minute
	// tidyEvery is how often words and verdicts that nobody needs are swept up.
	tidyEvery = 24 * time.Hour
)

// jitter spreads syncs: anything from three to five quarters of d, so that
// calendars connected together do not stay together.
func jitter(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

// backoff is how long to wait after one more failure: anything up to a limit that
// doubles from a minute to longest ("full jitter").
func backoff(failures int, longest time.Duration) time.Duration {
	limit := firstWait << min(failures, 20)
	return rand.N(max(time.Second, min(limit, longest)))
}

// Run syncs what is due until ctx ends, and then waits for those under way, which
// let go at once: at most for a transaction. It begins with what a crash may have
// left half done. Errors are of that beginning; later ones go to the log, and the
// work is tried again.
func (s *Syncer) Run(ctx context.Context) error {
	if err := s.Resume(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	workers := max(1, s.settings.Load().Workers)
	done := make(chan struct{}, workers)
	tidied := s.clock().Now()
	for busy := 0; ; {
		now := s.clock().Now()
		polled := time.Now() // whatever a clock shows that was set, or has slept
		s.polled.Store(&polled)
		var wake <-chan time.Time
		if ctx.Err() == nil && busy < workers {
			due, err := s.DB.TakeDue(ctx, now, s.By, leaseLife, workers-busy)
			if err != nil && ctx.Err() == nil {
				s.log().ErrorContext(ctx, "looking for work failed", "error", err)
			}
			for _, c := range due {
				busy++
				go func() {
					s.work(ctx, c)
					done <- struct{}{}
				}()
			}
			if len(due) == 0 && busy == 0 && now.Sub(tidied) >= tidyEvery {
				tidied = now
				s.tidy(ctx)
			}
		}
		switch {
		case ctx.Err() != nil && busy == 0:
			return nil
		case ctx.Err() != nil:
			<-done
			busy--
			continue
		case busy < workers:
			wake = s.clock().After(s.untilDue(ctx, now))
		}
		select {
		case <-done:
			busy--
		case <-wake:
		case <-ctx.Done():
		}
	}
}

// untilDue is how long there is nothing to do, as far as that is known.
func (s *Syncer) untilDue(ctx context.Context, now time.Time) time.Duration {
	next, err := s.DB.NextDue(ctx, now)
	if err != nil || next.IsZero() {
		return look
	}
	return min(look, max(time.Second, next.Sub(now)))
}

// work syncs one connection for the loop.
func (s *Syncer) work(ctx context.Context, c store.Connection) {
	began := time.Now()
	r, err := s.sync(ctx, c)
	if s.Saw != nil && ctx.Err() == nil && !r.Busy && !r.Left {
		s.Saw(r, time.Since(began), err)
	}
	switch {
	case err != nil && ctx.Err() == nil:
		s.log().ErrorContext(ctx, "sync failed", "connection", c.ID, "error", err)
	case err == nil && r.Trouble == nil && !r.Busy && !r.Left:
		if c.LastOK.IsZero() {
			s.log().InfoContext(ctx, "a calendar was read for the first time", "connection", c.ID, "copies", r.Touched.Copies)
		}
		s.log().DebugContext(ctx, "synced", "connection", c.ID, "copies", r.Touched.Copies, "meetings", len(r.Touched.Meetings))
	}
}

// Resume ends what a process that died may have left undone: meetings that nobody
// judged, and words that nobody let go.
func (s *Syncer) Resume(ctx context.Context) error {
	if _, err := s.judge(ctx, s.settings.Load(), nil); err != nil {
		return err
	}
	return s.DB.Tidy(ctx)
}

// tidy is Resume, and gives back what was deleted. That others fail to judge shows
// with the next sync of the same calendar; of one that is no longer synced, here.
func (s *Syncer) tidy(ctx context.Context) {
	err := s.Resume(ctx)
	if err == nil {
		err = s.DB.Scrub(ctx)
	}
	if err != nil && ctx.Err() == nil {
		s.log().ErrorContext(ctx, "tidying up failed", "error", err)
	}
}

// Polled returns how long ago Run last looked for work; ok is false if it never did.
func (s *Syncer) Polled() (ago time.Duration, ok bool) {
	at := s.polled.Load()
	if at == nil {
		return 0, false
	}
	return time.Since(*at), true
}
