package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
	"unmeet/rules"
	"unmeet/store"
)

// Plan says how much is synced, and how often.
type Plan struct {
	Past, Future int           // days around the present that are read
	Every        time.Duration // from one sync of a calendar to the next, about
	Workers      int           // calendars synced at a time
	KeepWords    bool          // descriptions are kept after judging
}

// Syncer keeps the store in step with people's calendars: it pulls, applies, and
// has judged what was touched. Set Settings before anything else.
type Syncer struct {
	DB      *store.DB
	Sources Sources
	Clock   Clock        // nil: the real one
	Log     *slog.Logger // nil: nobody is told
	By      string       // names this process in leases
	// Saw is told what came of each calendar that Run read, and how long that took; nil:
	// nobody is.
	Saw func(r Result, took time.Duration, err error)

	settings atomic.Pointer[settings]
	polled   atomic.Pointer[time.Time] // when Run last looked for work, as time passes here; nil: it never did
}

type settings struct {
	Plan
	engine *rules.Engine
}

// Set changes how to sync and by which rules to judge, from the next calendar on.
// (The number of workers is fixed while Run runs.)
func (s *Syncer) Set(p Plan, engine *rules.Engine) { s.settings.Store(&settings{p, engine}) }

const (
	// leaseLife is how long a crashed process keeps others from its calendars.
	leaseLife = 5 * time.Minute
	// syncWithin is less, so that no lease ends under somebody who is at work.
	syncWithin = leaseLife - 30*time.Second
)

func (s *Syncer) clock() Clock { return orReal(s.Clock) }

func (s *Syncer) log() *slog.Logger { return orSilent(s.Log) }

// Result is what came of syncing one connection.
type Result struct {
	Owner   string
	Synced  int // calendars that were read and kept
	Touched store.Touched
	Judged  int // subjects
	Skipped []calendars.Skip
	Trouble *Trouble // nil: it went well
	Busy    bool     // somebody else syncs it at the moment
	Left    bool     // it is stopped or disconnected by now
}

// sync syncs a connection that was leased, and ends the lease. The error is of the
// database, or of ctx; trouble with the source is in the result.
func (s *Syncer) sync(ctx context.Context, c store.Connection, opts ...store.ApplyOption) (Result, error) {
	set := s.settings.Load()
	r := Result{Owner: c.Owner}
	pulling, cancel := context.WithTimeout(ctx, syncWithin)
	err := s.pull(pulling, c, set, &r, opts)
	cancel()

	now := s.clock().Now()
	// What has happened is written down even if nobody waits for it any more.
	written := context.WithoutCancel(ctx)
	var failed *Trouble
	switch {
	case err == nil:
		failpoint.Hit("before-done")
		err = s.DB.Done(written, c.Lease, now, now.Add(jitter(set.Every)))
	case ctx.Err() != nil:
		return r, errors.Join(ctx.Err(), s.DB.Release(written, c.Lease))
	case errors.As(err, &failed):
		r.Trouble = failed
		next := now.Add(failed.wait(c.Failures, set.Every))
		err = s.DB.Failed(written, c.Lease, store.Trouble{Why: failed.Why, Hint: failed.Hint, Pause: failed.Pause}, now, next)
		told := []any{"connection", c.ID, "why", nowhere(failed.Why, c.Collections...), "paused", failed.Pause}
		if failed.Err != nil && failed.Err.Error() != failed.Why {
			told = append(told, "error", errors.New(nowhere(failed.Err.Error(), c.Collections...)))
		}
		s.log().WarnContext(ctx, "sync failed", told...)
	case !errors.Is(err, store.ErrLeaseLost):
		t := store.Trouble{Why: "what was read could not be kept", Hint: "see the log of unmeet"}
		err = errors.Join(err, s.DB.Failed(written, c.Lease, t, now, now.Add(backoff(c.Failures, set.Every))))
	}
	if errors.Is(err, store.ErrLeaseLost) {
		now, err := s.DB.Connection(written, c.Kind, c.Owner)
		r.Left = err == nil && (now.State == store.Stopped || now.State == store.Disconnected)
		r.Busy = !r.Left
		return r, err
	}
	return r, err
}

// nowhere is text for the log, without where calendars are: a folder is often named
// after whose it is.
func nowhere(text string, calendars ...store.Calendar) string {
	for _, c := range calendars {
		if strings.ContainsRune(c.Remote, filepath.Separator) {
			text = strings.ReplaceAll(text, c.Remote, "…")
		}
	}
	return text
}

// longestAsked is the most that a source may ask to wait.
const longestAsked = 24 * time.Hour

// wait is how long to wait after t, which came after so many failures in a row.
func (t *Trouble) wait(failures int, every time.Duration) time.Duration {
	least := min(t.RetryAfter, longestAsked)
	if t.Lasts {
		least = max(least, every)
	}
	return max(0, least) + backoff(failures, every)
}

// pull pulls, applies and judges all collections of a connection.
func (s *Syncer) pull(ctx context.Context, c store.Connection, set *settings, r *Result, opts []store.ApplyOption) error {
	source, err := s.Sources(ctx, c)
	if err != nil {
		return trouble(err)
	}
	opts = append(slices.Clone(opts), store.Under(c.Lease))
	for _, k := range c.Collections {
		failpoint.Hit("before-fetch")
		now := s.clock().Now()
		delta, err := source.Pull(ctx, set.span(k.Remote, now), k.Cursor)
		if err != nil {
			return trouble(err)
		}
		failpoint.Hit("after-fetch")
		if n := len(delta.Skipped); n > 0 { // the reasons quote what is in them
			s.log().WarnContext(ctx, "events skipped", "connection", c.ID, "events", n, "hint", "unmeet sync tells which, and why")
		}
		r.Skipped = append(r.Skipped, delta.Skipped...)
		failpoint.Hit("before-apply")
		touched, err := s.DB.Apply(ctx, k.ID, delta, append(opts, store.At(now))...)
		if suspect, ok := errors.AsType[*store.SuspectError](err); ok {
			return &Trouble{
				Why:  fmt.Sprintf("%d of %d known events are missing, which is suspect: nothing was changed", suspect.Missing, suspect.Known),
				Hint: "look at the calendar; if they are meant to be gone: unmeet sync --accept-loss " + c.Owner,
				Err:  suspect, Lasts: true,
			}
		}
		if err != nil {
			return err
		}
		failpoint.Hit("after-commit")
		r.Synced++
		r.Touched.Copies += touched.Copies
		r.Touched.Ended += touched.Ended
		r.Touched.Meetings = append(r.Touched.Meetings, touched.Meetings...)
		if _, err := s.DB.Verify(ctx, now, c.Owner); err != nil {
			return err
		}
		// An earlier sync may have been cut off between committing and judging.
		left, err := s.DB.Unjudged(ctx, k.ID, set.engine.Hash(), !set.KeepWords)
		if err != nil {
			return err
		}
		meetings := append(left, touched.Meetings...)
		slices.Sort(meetings)
		if meetings = slices.Compact(meetings); len(meetings) == 0 {
			continue
		}
		failpoint.Hit("before-judging")
		n, err := s.judge(ctx, set, meetings)
		if err != nil {
			return err
		}
		r.Judged += n
		failpoint.Hit("after-judging")
	}
	return nil
}

// span is the time to read of a calendar. It begins and ends with days, so that it
// moves once a day and not with each sync.
func (p Plan) span(remote string, now time.Time) calendars.Collection {
	today := now.UTC().Truncate(24 * time.Hour)
	return calendars.Collection{Remote: remote, From: today.AddDate(0, 0, -p.Past), To: today.AddDate(0, 0, p.Future+1)}
}

// trouble is what a source's error means. One that no source explains is expected
// to pass; what it says is for whoever runs unmeet, so that only the log is told.
func trouble(err error) error {
	if _, ok := errors.AsType[*Trouble](err); ok {
		return err
	}
	return &Trouble{Why: "the calendar could not be read", Err: err}
}

// judge judges meetings, or all if nil, and lets go of their words.
func (s *Syncer) judge(ctx context.Context, set *settings, meetings []int64) (judged int, err error) {
	judged, err = Judge(ctx, s.DB, set.engine, meetings)
	if err != nil || set.KeepWords {
		return judged, err
	}
	failpoint.Hit("before-forgetting")
	return judged, forget(ctx, s.DB, set.engine, meetings)
}

// Summary is what came of a pass.
type Summary struct {
	Synced   int // calendars that were read and kept
	Copies   int // events that changed
	Meetings int // touched by that
	Ended    int // occurrences that are no more
	Judged   int // subjects
	Skipped  []calendars.Skip
	Failed   []Result // in order of owner
	Busy     int      // connections left to somebody else who syncs them at the moment
	Left     int      // connections that were stopped or disconnected meanwhile
}

// Pass syncs the given connections once, due or not, and returns what came of it.
// Progress, unless nil, is told after each. It stops at an error of the database
// or of ctx.
func (s *Syncer) Pass(ctx context.Context, connections []store.Connection, progress func(done int), opts ...store.ApplyOption) (Summary, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	set := s.settings.Load()
	type end struct {
		Result
		err error
	}
	todo, ends := make(chan store.Connection), make(chan end)
	workers := max(1, min(set.Workers, len(connections)))
	for range workers {
		go func() {
			for c := range todo {
				r, err := s.take(ctx, c, opts)
				ends <- end{r, err}
			}
		}()
	}
	var sum Summary
	var failure error
	for next, done := 0, 0; done < len(connections); {
		var give chan store.Connection
		var c store.Connection
		if failure == nil && next < len(connections) {
			give, c = todo, connections[next]
		} else if next == done {
			break
		}
		select {
		case give <- c:
			next++
		case e := <-ends:
			done++
			if e.err != nil {
				failure = cmp.Or(failure, e.err)
				stop()
				continue
			}
			sum.add(e.Result)
			if progress != nil {
				progress(done)
			}
		}
	}
	close(todo)
	slices.SortFunc(sum.Failed, func(a, b Result) int { return cmp.Compare(a.Owner, b.Owner) })
	return sum, failure
}

// take leases a connection and syncs it.
func (s *Syncer) take(ctx context.Context, c store.Connection, opts []store.ApplyOption) (Result, error) {
	taken, err := s.DB.Take(ctx, c.ID, s.clock().Now(), s.By, leaseLife)
	switch {
	case errors.Is(err, store.ErrLeaseLost):
		return Result{Owner: c.Owner, Busy: true}, nil
	case errors.Is(err, store.ErrNoConnection):
		return Result{Owner: c.Owner, Left: true}, nil
	case err != nil:
		return Result{}, err
	}
	return s.sync(ctx, taken, opts...)
}

func (sum *Summary) add(r Result) {
	sum.Synced += r.Synced
	sum.Copies += r.Touched.Copies
	sum.Meetings += len(r.Touched.Meetings)
	sum.Ended += r.Touched.Ended
	sum.Judged += r.Judged
	sum.Skipped = append(sum.Skipped, r.Skipped...)
	switch {
	case r.Busy:
		sum.Busy++
	case r.Left:
		sum.Left++
	case r.Trouble != nil:
		sum.Failed = append(sum.Failed, r)
	}
}
