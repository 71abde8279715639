package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"unmeet/calendars"
	"unmeet/store"
)

// bench is a store with connected people, whose calendars are functions.
type bench struct {
	testing.TB
	*Syncer
	start time.Time
	ctx   context.Context
	stop  context.CancelFunc
	ended chan error // of Run

	mu     sync.Mutex
	pulls  map[string][]time.Time // by owner
	atOnce int
	most   int
	pull   func(ctx context.Context, owner, cursor string) (calendars.Delta, error)
}

// newBench connects n people p0, p1 … at once. By default their calendars hold one
// weekly meeting.
func newBench(t testing.TB, n int) *bench {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetOrganization(t.Context(), store.Organization{Domains: []string{"kite.example"}}); err != nil {
		t.Fatal(err)
	}
	b := &bench{TB: t, start: time.Now(), pulls: map[string][]time.Time{}, ended: make(chan error, 1)}
	b.ctx, b.stop = context.WithCancel(t.Context())
	b.pull = func(_ context.Context, owner, cursor string) (calendars.Delta, error) {
		return calendars.Delta{Cursor: cursor + "."}, nil
	}
	b.Syncer = &Syncer{DB: db, By: "test", Sources: func(_ context.Context, c store.Connection) (Source, error) { return source{b, c.Owner}, nil }}
	b.Set(Plan{Past: 90, Future: 60, Every: 6 * time.Hour, Workers: 4}, engine(t.(*testing.T), "4"))
	for i := range n {
		b.connect(fmt.Sprintf("p%d@kite.example", i))
	}
	return b
}

func (b *bench) connect(owner string) {
	b.Helper()
	_, err := b.DB.Connect(b.Context(), time.Now(), store.NewConnection{Kind: "google", Owner: owner, Account: owner, Via: store.ByDelegation, Remotes: []string{"primary"}})
	if err != nil {
		b.Fatal(err)
	}
}

// run runs the loop for d.
func (b *bench) run(d time.Duration) {
	b.Helper()
	go func() { b.ended <- b.Run(b.ctx) }()
	b.pass(d)
}

// pass lets d go by, and whatever began in it come to rest: a sync that is due in
// the last instant is not under way while a test looks.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// read returns when each calendar was read so far.
func (b *bench) read() map[string][]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]time.Time{}
	for owner, at := range b.pulls {
		out[owner] = slices.Clone(at)
	}
	return out
}

func (b *bench) close() {
	b.Helper()
	b.stop()
	if err := <-b.ended; err != nil {
		b.Error(err)
	}
	if err := b.DB.Close(); err != nil {
		b.Error(err)
	}
}

func (b *bench) of(owner string) store.Connection {
	b.Helper()
	c, err := b.DB.Connection(b.Context(), "google", owner)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

type source struct {
	*bench
	owner string
}

func (s source) Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error) {
	s.mu.Lock()
	s.pulls[s.owner] = append(s.pulls[s.owner], time.Now())
	s.atOnce++
	s.most = max(s.most, s.atOnce)
	pull := s.pull
	s.mu.Unlock()
	delta, err := pull(ctx, s.owner, cursor)
	s.mu.Lock()
	s.atOnce--
	s.mu.Unlock()
	delta.From, delta.To = at.From, at.To
	return delta, err
}

func TestEverybodyIsSyncedInTimeWithJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 20)
		b.run(36 * time.Hour)
		last := b.of("p0@kite.example")
		b.close()
		pulls, different := b.read(), map[time.Duration]bool{}
		for owner, at := range pulls {
			if at[0].Sub(b.start) > time.Minute {
				t.Errorf("%s was first read after %v", owner, at[0].Sub(b.start))
			}
			for i := 1; i < len(at); i++ {
				gap := at[i].Sub(at[i-1])
				// The loop looks every few seconds.
				if gap < 270*time.Minute-time.Second || gap > 450*time.Minute+look {
					t.Errorf("%s was read again after %v, which is not within a quarter of 6h", owner, gap)
				}
				different[gap] = true
			}
			if len(at) < 5 || len(at) > 9 {
				t.Errorf("%s was read %d times in a day and a half", owner, len(at))
			}
		}
		if len(pulls) != 20 || len(different) < 60 {
			t.Errorf("%d people, %d different gaps", len(pulls), len(different))
		}
		if last.State != store.Connected || last.LastOK.IsZero() || !last.Next.After(last.LastOK) {
			t.Errorf("in the end: %+v", last)
		}
	})
}

func TestWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 30)
		b.pull = func(context.Context, string, string) (calendars.Delta, error) {
			time.Sleep(time.Second)
			return calendars.Delta{}, nil
		}
		b.run(time.Minute)
		b.close()
		if b.most != 4 || len(b.read()) != 30 {
			t.Errorf("%d at a time, %d people; want 4 and 30", b.most, len(b.read()))
		}
	})
}

func TestFailuresBackOffAndRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 20)
		healed := b.start.Add(24 * time.Hour)
		b.pull = func(_ context.Context, owner, _ string) (calendars.Delta, error) {
			if time.Now().Before(healed) {
				return calendars.Delta{}, errors.New("the moon is full")
			}
			return calendars.Delta{}, nil
		}
		b.run(24*time.Hour - time.Second)
		c, pulls := b.of("p0@kite.example"), b.read()
		if c.State != store.Failing || c.Why != "the calendar could not be read" || c.Failures != len(pulls[c.Owner]) {
			t.Errorf("failing: %+v after %d attempts", c, len(pulls[c.Owner]))
		}
		total, first := 0, map[time.Duration]bool{}
		for owner, at := range pulls {
			total += len(at)
			first[at[1].Sub(at[0])] = true
			for i := 1; i < len(at); i++ {
				if gap, limit := at[i].Sub(at[i-1]), min(time.Minute<<min(i-1, 20), 6*time.Hour); gap > limit+look {
					t.Errorf("%s: attempt %d came %v after the one before, the limit is %v", owner, i+1, gap, limit)
				}
			}
		}
		// Nine attempts while the limit doubles to 6 hours, then one in three hours
		// on average.
		if mean := total / 20; mean < 9 || mean > 30 {
			t.Errorf("%d attempts in a day", mean)
		}
		if len(first) < 10 {
			t.Errorf("the first waits are %d different ones of 20", len(first))
		}
		b.pass(7 * time.Hour)
		if c := b.of("p0@kite.example"); c.State != store.Connected || c.Failures != 0 || c.Why != "" || c.LastOK.Before(healed) {
			t.Errorf("once healed: %+v", c)
		}
		b.close()
	})
}

func TestTroubleIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 2)
		b.pull = func(_ context.Context, owner, _ string) (calendars.Delta, error) {
			if owner == "p0@kite.example" {
				return calendars.Delta{}, fmt.Errorf("wrapped: %w", &Trouble{Why: "revoked", Hint: "connect again", Pause: true})
			}
			return calendars.Delta{}, &Trouble{Why: "busy", RetryAfter: 3 * time.Hour}
		}
		b.run(2 * time.Hour)
		c, pulls := b.of("p0@kite.example"), b.read()
		if n := len(pulls[c.Owner]); n != 1 || c.State != store.Paused || c.Why != "revoked" || c.Hint != "connect again" {
			t.Errorf("paused: %+v after %d attempts", c, n)
		}
		if n := len(pulls["p1@kite.example"]); n != 1 {
			t.Errorf("asked to wait 3 hours, it was tried %d times in 2", n)
		}
		b.connect("p0@kite.example")
		b.mu.Lock()
		b.pull = func(context.Context, string, string) (calendars.Delta, error) { return calendars.Delta{}, nil }
		b.mu.Unlock()
		b.pass(time.Minute)
		if c := b.of("p0@kite.example"); c.State != store.Connected || c.LastOK.IsZero() {
			t.Errorf("connected again: %+v", c)
		}
		b.close()
	})
}

// However long a source asks to wait, a day is the most, and never less than that.
func TestWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]time.Duration{
			"p0@kite.example": 20 * 365 * 24 * time.Hour,
			"p1@kite.example": 9223372036 * time.Second, // with any backoff more than a Duration holds
			"p2@kite.example": -time.Hour,
		}
		b := newBench(t, 3)
		b.pull = func(_ context.Context, owner, _ string) (calendars.Delta, error) {
			return calendars.Delta{}, &Trouble{Why: "busy", RetryAfter: asked[owner]}
		}
		b.run(longestAsked - time.Minute)
		pulls := b.read()
		for owner, wait := range asked {
			if n := len(pulls[owner]); wait > 0 && n != 1 || wait < 0 && n < 5 {
				t.Errorf("%s: asked to wait %v, it was tried %d times in a day", owner, wait, n)
			}
			if c := b.of(owner); time.Until(c.Next) > 6*time.Hour {
				t.Errorf("%s: asked to wait %v, it is tried again in %v", owner, wait, time.Until(c.Next))
			}
		}
		b.close()
	})
}

// What takes somebody to mend is not tried more often than a calendar is synced.
func TestLastingTroubleIsNotTriedOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10)
		b.pull = func(context.Context, string, string) (calendars.Delta, error) {
			return calendars.Delta{}, &Trouble{Why: "switched off", Lasts: true}
		}
		b.run(24 * time.Hour)
		for owner, at := range b.read() {
			for i := 1; i < len(at); i++ {
				if gap := at[i].Sub(at[i-1]); gap < 6*time.Hour-time.Second {
					t.Errorf("%s was tried again after %v", owner, gap)
				}
			}
			if len(at) < 2 {
				t.Errorf("%s was tried %d times in a day", owner, len(at))
			}
		}
		b.close()
	})
}

func TestUnexplainedErrorsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1)
		var log bytes.Buffer
		b.Syncer.Log = slog.New(slog.NewTextHandler(&log, nil))
		b.pull = func(context.Context, string, string) (calendars.Delta, error) {
			return calendars.Delta{}, errors.New("the disk is on fire")
		}
		b.run(time.Second)
		if c := b.of("p0@kite.example"); strings.Contains(c.Why+c.Hint, "fire") {
			t.Errorf("the person is told %q", c.Why+c.Hint)
		}
		b.close()
		if !strings.Contains(log.String(), "on fire") {
			t.Errorf("the log:\n%s", &log)
		}
	})
}

// A calendar that hangs holds one worker, and its lease, for less than the lease.
func TestAHungCalendarIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1)
		b.pull = func(ctx context.Context, _, _ string) (calendars.Delta, error) {
			<-ctx.Done()
			return calendars.Delta{}, ctx.Err()
		}
		b.run(syncWithin - time.Second)
		if c := b.of("p0@kite.example"); c.Lease.By != "test" || c.Failures != 0 {
			t.Errorf("while it hangs: %+v", c)
		}
		b.pass(2 * time.Second)
		if c := b.of("p0@kite.example"); c.State != store.Failing || c.Lease.By != "" || len(b.read()[c.Owner]) != 1 {
			t.Errorf("let go: %+v", c)
		}
		b.close()
	})
}

// Whoever lost the lease, being thought dead, changes nothing any more.
func TestALateSyncChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1)
		defer b.DB.Close()
		ctx := b.Context()
		due, err := b.DB.TakeDue(ctx, time.Now(), "slow", leaseLife, 1)
		if err != nil || len(due) != 1 {
			t.Fatal(due, err)
		}
		b.pull = func(_ context.Context, _, cursor string) (calendars.Delta, error) {
			return calendars.Delta{Cursor: cursor + ".", Copies: []calendars.Copy{status("late", "late")}}, nil
		}
		time.Sleep(leaseLife + time.Second)
		next, err := b.DB.TakeDue(ctx, time.Now(), "next", leaseLife, 1)
		if err != nil || len(next) != 1 {
			t.Fatalf("after its lease: %v, %v", next, err)
		}
		r, err := b.sync(ctx, due[0])
		if err != nil || !r.Busy || r.Touched.Copies != 0 {
			t.Errorf("the late one: %+v, %v", r, err)
		}
		if r, err = b.sync(ctx, next[0]); err != nil || r.Busy || r.Touched.Copies != 1 {
			t.Errorf("the next one: %+v, %v", r, err)
		}
	})
}

// A sync that is cut off by the end of the daemon counts as none.
func TestStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 9)
		b.pull = func(ctx context.Context, _, _ string) (calendars.Delta, error) {
			<-ctx.Done()
			return calendars.Delta{}, ctx.Err()
		}
		b.run(time.Second)
		b.stop()
		if err := <-b.ended; err != nil {
			t.Error(err)
		}
		all, err := b.DB.Connections(b.Context())
		if err != nil || len(all) != 9 {
			t.Fatal(all, err)
		}
		for _, c := range all {
			if c.Failures != 0 || c.State != store.Connected || c.Lease.By != "" || !c.Next.Equal(c.Since) {
				t.Errorf("%+v", c)
			}
		}
		if err := b.DB.Close(); err != nil {
			t.Error(err)
		}
	})
}

// status is a meeting in the present with a description.
func status(uid, body string) calendars.Copy {
	start := time.Now().UTC().Truncate(time.Hour)
	return calendars.Copy{
		Remote: calendars.RemoteID(uid), UID: uid, Title: "Weekly", Body: body, Busy: true, Status: calendars.Confirmed,
		Start: start, End: start.Add(time.Hour), Zone: "UTC", HeadsKnown: true, Organizer: calendars.Party{Address: "p0@kite.example"},
		People: []calendars.Attendee{
			{Party: calendars.Party{Address: "p0@kite.example"}, Kind: calendars.Individual, Response: calendars.Accepted},
			{Party: calendars.Party{Address: "p1@kite.example"}, Kind: calendars.Individual},
			{Party: calendars.Party{Address: "p2@kite.example"}, Kind: calendars.Individual, Response: calendars.Accepted},
		},
	}
}

// Who is disconnected while their calendar is read is not synced by somebody else.
func TestLeavingWhileSynced(t *testing.T) {
	b := newBench(t, 2)
	defer b.DB.Close()
	all, err := b.DB.Connections(b.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.pull = func(_ context.Context, owner, _ string) (calendars.Delta, error) {
		delta := calendars.Delta{Copies: []calendars.Copy{status("s", "a status")}}
		if owner == "p0@kite.example" {
			return delta, b.DB.Disconnect(b.Context(), time.Now(), "google", owner)
		}
		return delta, b.DB.Stop(b.Context(), time.Now(), "google", owner, store.Trouble{})
	}
	sum, err := b.Pass(b.Context(), all, nil)
	if err != nil || sum.Left != 2 || sum.Busy != 0 || sum.Synced != 0 || sum.Copies != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// Each calendar of a connection counts.
func TestSummaryCountsCalendars(t *testing.T) {
	b := newBench(t, 0)
	defer b.DB.Close()
	_, err := b.DB.Connect(b.Context(), time.Now(), store.NewConnection{Kind: "google", Owner: "p0@kite.example", Remotes: []string{"own", "team"}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.DB.Connections(b.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := b.Pass(b.Context(), all, nil); err != nil || sum.Synced != 2 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 6)
		defer b.DB.Close()
		b.pull = func(_ context.Context, owner, cursor string) (calendars.Delta, error) {
			switch owner {
			case "p1@kite.example", "p4@kite.example":
				return calendars.Delta{}, &Trouble{Why: "closed"}
			}
			return calendars.Delta{Cursor: cursor + ".", Copies: []calendars.Copy{status("s", "a status")}, Skipped: []calendars.Skip{{Reason: owner}}}, nil
		}
		all, err := b.DB.Connections(b.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.DB.Take(b.Context(), all[2].ID, time.Now(), "somebody else", time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := b.DB.Disconnect(b.Context(), time.Now(), "google", all[5].Owner); err != nil {
			t.Fatal(err)
		}
		var told []int
		sum, err := b.Pass(b.Context(), all, func(done int) { told = append(told, done) })
		if err != nil {
			t.Fatal(err)
		}
		if sum.Synced != 2 || sum.Busy != 1 || sum.Left != 1 || len(sum.Failed) != 2 || sum.Failed[0].Owner != "p1@kite.example" || len(sum.Skipped) != 2 || sum.Copies != 2 {
			t.Errorf("%+v", sum)
		}
		if !slices.Equal(told, []int{1, 2, 3, 4, 5, 6}) {
			t.Errorf("told %v", told)
		}
		stopped, stop := context.WithCancel(b.Context())
		stop()
		if _, err := b.Pass(stopped, all, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: %v", err)
		}
	})
}

// TestTheLogDoesNotSayWhereACalendarIs: a folder is often named after whose it is.
func TestTheLogDoesNotSayWhereACalendarIs(t *testing.T) {
	b := newBench(t, 0)
	var log bytes.Buffer
	b.Syncer.Log = slog.New(slog.NewTextHandler(&log, nil))
	const folder = "/srv/calendars/mei.lin"
	_, err := b.DB.Connect(t.Context(), time.Now(), store.NewConnection{Kind: "ics", Owner: "mei@kite.example", Via: store.ByFile, Remotes: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	b.pull = func(context.Context, string, string) (calendars.Delta, error) {
		return calendars.Delta{}, &Trouble{Why: folder + " is not there", Err: &fs.PathError{Op: "open", Path: folder + "/work", Err: fs.ErrNotExist}}
	}
	all, err := b.DB.Connections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum, err := b.Pass(t.Context(), all, nil)
	if err != nil || len(sum.Failed) != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if said := log.String(); strings.Contains(said, "mei") || !strings.Contains(said, "is not there") {
		t.Error(said)
	}
}

// TestASetClockIsNoSilence: a clock that is set, or shows that the machine has slept,
// does not make it look as though nobody looked for work.
func TestASetClockIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1)
		if _, polled := b.Polled(); polled {
			t.Error("it looked before it ran")
		}
		b.Clock = skipping{RealClock{}}
		b.run(time.Minute)
		if ago, polled := b.Polled(); !polled || ago > look {
			t.Errorf("%t, %v ago", polled, ago)
		}
		b.close()
	})
}

// skipping is a clock that is a day ahead by now.
type skipping struct{ RealClock }

func (s skipping) Now() time.Time { return s.RealClock.Now().Add(24 * time.Hour).Round(0) }
