package agent

import (
	"errors"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/store"
)

// TestAssistantsLeaveWhatThePersonAnswered: what somebody answered themselves, taking
// back included, is no longer for their assistant to change.
func TestAssistantsLeaveWhatThePersonAnswered(t *testing.T) {
	press := func(v click.Verb) web.Answer {
		return web.Answer{Choice: click.Choice{Verb: v, Scope: click.This}, Gesture: true}
	}
	for name, c := range map[string]struct {
		assistant, person click.Verb // who answers first, if anything; and then
		want              click.State
	}{
		"refused":            {"", click.Keep, click.Kept},
		"accepted":           {"", click.Decline, click.Pending},
		"refused after all":  {click.Decline, click.Keep, click.Kept},
		"accepted after all": {click.Keep, click.Decline, click.Pending},
		"taken back":         {click.Decline, click.Undo, click.Offered},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			r, desk := newAssisted(t)
			link := secretOf(r.asks().Items[0].Links.Accept)
			if c.assistant != "" {
				_, err := desk.Answer(ctx, link, press(c.assistant))
				r.check(err)
			}
			r.pass(2 * time.Hour)
			known, err := r.DB.SuggestionsTo(ctx, team[1])
			r.check(err)
			answered, err := desk.steps(ctx, r.Now(), "").step(ctx, r.Now(), known[0].ID, "mail-button", func(store.Case) (click.Event, error) {
				return click.Event{Verb: c.person, Gesture: true}, nil
			})
			r.check(err)
			r.pass(time.Hour)
			if slip, err := desk.Look(ctx, link); err != nil || len(slip.Allowed) > 0 {
				t.Errorf("the assistant is offered %v, %v", slip.Allowed, err)
			}
			for _, v := range []click.Verb{click.Decline, click.Keep, click.Undo} {
				if _, err := desk.Answer(ctx, link, press(v)); !errors.Is(err, web.ErrNotOffered) {
					t.Errorf("%s: %v", v, err)
				}
				r.pass(time.Hour)
			}
			now, err := r.DB.Suggestion(ctx, answered.ID)
			r.check(err)
			if now.State != string(c.want) || now.Epoch != answered.Epoch {
				t.Errorf("%s, want %s", now.State, c.want)
			}
		})
	}
}

// TestFormerAssistantsEndNothing: the link by which an assistant ends it is theirs, and
// not about whoever is named after them.
func TestFormerAssistantsEndNothing(t *testing.T) {
	ctx := t.Context()
	r, desk := newAssisted(t)
	link := secretOf(r.asks().Unsubscribe)
	group := desk.Group
	desk.Group = func(address string) Group {
		g := group(address)
		if g.Assistant != "" {
			g.Assistant = team[2]
		}
		return g
	}
	if _, err := desk.Reader(ctx, link); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("its page: %v", err)
	}
	if err := desk.Unsubscribe(ctx, link, web.ViaHeader); !errors.Is(err, web.ErrUnknownLink) {
		t.Errorf("pressed: %v", err)
	}
	if own, err := r.DB.Settings(ctx, team[1]); err != nil || !own.Alone.IsZero() {
		t.Errorf("nobody may answer since %v, %v", own.Alone, err)
	}
}

// TestNothingIsAcceptedByAnAssistantUntold: each suggestion brings a few receipts at
// most, and without one an assistant accepts nothing.
func TestNothingIsAcceptedByAnAssistantUntold(t *testing.T) {
	ctx := t.Context()
	r, desk := newAssisted(t)
	link := secretOf(r.asks().Items[0].Links.Accept)
	press := func(v click.Verb) error {
		r.pass(2 * time.Minute)
		_, err := desk.Answer(ctx, link, web.Answer{Choice: click.Choice{Verb: v, Scope: click.This}, Gesture: true})
		return err
	}
	for n := 1; ; n++ {
		told := len(r.queued())
		if err := press(click.Decline); errors.Is(err, web.ErrNotOffered) && n > 1 {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(r.queued()) == told {
			t.Fatalf("the %d. answer was told nobody", n)
		}
		r.check(press(click.Undo))
	}
	slip, err := desk.Look(ctx, link)
	r.check(err)
	for _, choice := range slip.Allowed {
		if choice.Verb == click.Decline {
			t.Error("it is offered all the same")
		}
	}
}
