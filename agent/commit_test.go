package agent

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/store"
)

func TestHoldsEnd(t *testing.T) {
	c := newCounter(t)
	accepted, kept, ignored, later := c.ask(bobAcme, click.KindDecline, meetsAt), c.ask("cid@acme.example", click.KindDecline, meetsAt),
		c.ask("dan@acme.example", click.KindDecline, meetsAt), c.ask("eve@acme.example", click.KindDecline, weekOn)
	c.press(accepted[click.Decline], click.Decline)
	c.press(kept[click.Keep], click.Keep)
	states := func(want ...click.State) {
		t.Helper()
		for i, l := range []links{accepted, kept, ignored, later} {
			if s := c.look(l[click.Keep]).Suggestion; s.State != want[i] {
				t.Errorf("suggestion %d is %s, want %s", i, s.State, want[i])
			}
		}
	}
	pass := func(want int) {
		t.Helper()
		if n, err := c.committer.Pass(t.Context()); err != nil || n != want {
			t.Errorf("did %d, %v, want %d", n, err, want)
		}
	}
	c.pass(2*time.Minute - time.Second)
	pass(0)
	states(click.Pending, click.Kept, click.Offered, click.Offered)
	c.pass(time.Second)
	pass(1)
	pass(0)
	states(click.Accepted, click.Kept, click.Offered, click.Offered)
	c.pass(meetsAt.Sub(c.Now()))
	pass(1)
	pass(0)
	states(click.Accepted, click.Kept, click.Expired, click.Offered)
	for person, want := range map[string]string{bobAcme: "suggested pressed accepted", "cid@acme.example": "suggested kept", "dan@acme.example": "suggested expired"} {
		if got := c.said(person); got != want {
			t.Errorf("of %s: %s, want %s", person, got, want)
		}
	}
}

// TestManyHoldsEnd ends more holds than are looked up at a time.
func TestManyHoldsEnd(t *testing.T) {
	c := newCounter(t)
	const n = atOnce + 10
	for i := range n {
		c.ask(bobAcme, click.KindDecline, meetsAt.Add(time.Duration(i)*time.Minute))
	}
	c.pass(meetsAt.Sub(asked) + n*time.Minute)
	if done, err := c.committer.Pass(t.Context()); err != nil || done != n {
		t.Errorf("did %d of %d, %v", done, n, err)
	}
}

func TestNothingStandsWhilePaused(t *testing.T) {
	c := newCounter(t)
	l := c.ask(bobAcme, click.KindDecline, meetsAt)
	c.press(l[click.Decline], click.Decline)
	fatal(t, c.DB.Pause(t.Context(), store.Pause{By: "ops", Since: c.Now()}))
	c.pass(time.Hour)
	c.commit()
	if err := c.committer.commit(t.Context(), c.Now(), 1); !errors.Is(err, errHeld) { // as if the pause came in between
		t.Errorf("committed while paused: %v", err)
	}
	slip := c.look(l[click.Decline])
	if slip.Suggestion.State != click.Pending || !slip.Paused || slip.Allowed != nil {
		t.Errorf("while paused: %s, %v", slip.Suggestion.State, slip.Allowed)
	}
	fatal(t, c.DB.Resume(t.Context()))
	c.commit()
	if s := c.look(l[click.Decline]).Suggestion; s.State != click.Accepted {
		t.Errorf("after it: %s", s.State)
	}
}

// TestRunCommitsInTime lets the loop run in a time of its own: an answer stands a
// second or so after its hold is over, however long the loop had nothing to do.
func TestRunCommitsInTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unmeet.db")
	synctest.Test(t, func(t *testing.T) {
		c := newCounterAt(t, path)
		c.Desk.Clock, c.committer = nil, NewCommitter(c.DB, nil, nil)
		c.Desk.Wake = c.committer.Wake
		c.hand.now = time.Now()
		start := time.Now().Add(24 * time.Hour).Truncate(time.Second)
		l := c.ask(bobAcme, click.KindDecline, start)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.committer.Run(ctx); close(ended) }()
		time.Sleep(3*time.Hour + 7*time.Second)
		slip := c.answer(l[click.Decline], web.Answer{Choice: click.Choice{Verb: click.Decline}})
		time.Sleep(time.Until(slip.Suggestion.CommitAt) - time.Second)
		if s := c.look(l[click.Decline]).Suggestion; s.State != click.Pending {
			t.Errorf("a second before its hold is over: %s", s.State)
		}
		time.Sleep(3 * time.Second)
		if s := c.look(l[click.Decline]).Suggestion; s.State != click.Accepted {
			t.Errorf("two seconds after: %s", s.State)
		}
		stop()
		<-ended
		c.close()
	})
}
