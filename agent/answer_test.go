package agent

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent/click"
	"unmeet/store"
)

// TestNothingOfAnAnswerIsLost says an answer to the store and back, each field with
// a value of its own.
func TestNothingOfAnAnswerIsLost(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0).UTC() }
	want := click.Suggestion{
		Kind: click.KindTrial, Recurring: true, Starts: at(1), ExpiresAt: at(2), ClosesAt: at(3), State: click.Pending, Choice: click.Trial, Scope: click.Onward,
		Note: "note", Visitor: "laptop", Known: true, PressedAt: at(4), CommitAt: at(5), Epoch: 6, Wrong: true, Category: "creating", Never: true,
		Unknown: click.Choice{Verb: click.Keep, Scope: click.This}, UnknownAt: at(7), VoidedAt: at(8),
	}
	got := clickOf(store.Suggestion{
		Kind: string(want.Kind), Recurring: want.Recurring, Starts: want.Starts, Expires: want.ExpiresAt, Closes: want.ClosesAt, Answer: answerOf(want, ""),
	})
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("(-said +heard):\n%s", d)
	}
}

func TestNextAt(t *testing.T) {
	s := click.Suggestion{CommitAt: time.Unix(1, 0), ExpiresAt: time.Unix(2, 0)}
	for state, want := range map[click.State]time.Time{
		click.Offered: s.ExpiresAt, click.Pending: s.CommitAt,
		click.Accepted: {}, click.Kept: {}, click.Expired: {}, click.Withdrawn: {},
	} {
		s.State = state
		if got := nextAt(s); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
	}
}
