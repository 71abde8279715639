package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

var errReset = errors.New("connection reset by peer")

// holdsOver is past the hold of a decline.
const holdsOver = 2*time.Minute + time.Second

// TestWhatComesOfADecline presses, lets something happen while the answer is held, and
// has it done.
func TestWhatComesOfADecline(t *testing.T) {
	declined := []calendars.Response{calendars.Declined}
	tests := map[string]struct {
		held    func(*office) // meanwhile
		state   string
		effects []calendars.Response
		mailed  bool
	}{
		"declined":          {nil, "applied", declined, true},
		"answered by hand":  {func(o *office) { o.change(func(e *entry) { e.Response = calendars.Maybe }) }, "superseded answered", nil, true},
		"declined by hand":  {func(o *office) { o.change(func(e *entry) { e.Response = calendars.Declined }) }, "superseded", nil, true},
		"moved":             {func(o *office) { o.change(func(e *entry) { e.Start = meetsAt.Add(time.Hour) }) }, "superseded moved", nil, true},
		"called off":        {func(o *office) { o.change(func(e *entry) { e.Status = calendars.Cancelled }) }, "superseded called off", nil, true},
		"gone":              {func(o *office) { o.change(func(e *entry) { e.Start = time.Time{} }) }, "superseded gone", nil, true},
		"uninvited":         {func(o *office) { o.change(func(e *entry) { e.Invited = false }) }, "superseded uninvited", nil, true},
		"no consent":        {func(o *office) { o.refuse = fmt.Errorf("google: %w", calendars.ErrNoConsent) }, "waiting consent", nil, true},
		"cannot be written": {func(o *office) { o.refuse = calendars.ErrReadOnly }, "handed", nil, true},
		"grant revoked":     {func(o *office) { o.refuse = &Trouble{Why: "revoked", Pause: true} }, "waiting connection", nil, true},
		"away":              {func(o *office) { o.refuse = errReset }, "due", nil, false},
		"refused for good":  {func(o *office) { o.before = func() error { return fmt.Errorf("403: %w", calendars.ErrRefused) } }, "failed", nil, true},
		"refused until seen": {func(o *office) {
			o.before = func() error { return &Trouble{Why: "off", Lasts: true, Err: calendars.ErrRefused} }
		}, "due", nil, false},
		"reset before": {func(o *office) { o.before = func() error { return errReset } }, "begun", nil, false},
		"reset after":  {func(o *office) { o.after = func() error { return errReset } }, "begun", declined, false},
		"left": {func(o *office) {
			fatal(o.TB, o.DB.Stop(o.Context(), o.Now(), "google", bobAcme, store.Trouble{Why: "no group"}))
		}, "dropped", nil, false},
		"paused": {func(o *office) { fatal(o.TB, o.DB.Pause(o.Context(), store.Pause{Since: o.Now()})) }, "", nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.decline()
			o.act()
			if tt.held != nil {
				tt.held(o)
			}
			o.counter.pass(holdsOver)
			o.run()
			want := []string{tt.state}
			if tt.state == "" {
				want = nil
			}
			o.want(want, tt.effects...)
			if (len(o.mails) > 0) != tt.mailed {
				t.Errorf("told of %v", o.mails)
			}
		})
	}
}

// TestDeclineIsNoted looks at what an action keeps: what the person had answered, the
// receipt, the note.
func TestDeclineIsNoted(t *testing.T) {
	o := newOffice(t)
	link := o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.run()
	a := o.actions()[0]
	if a.Key != "1/respond/20261124T090000Z/1" || a.Intent.Was != calendars.Accepted || a.Intent.Remote != "ops" || a.Intent.Collection != "primary" {
		t.Errorf("%s: %+v", a.Key, a.Intent)
	}
	if a.Receipt == nil || a.Receipt.Before != "accepted" || !a.Receipt.Told {
		t.Errorf("receipt %+v", a.Receipt)
	}
	if s := o.look(link).Suggestion; s.State != click.Accepted {
		t.Errorf("the suggestion is %s", s.State)
	}
}

// TestGoesOnByItself has what failed tried again: one effect, whatever happened.
func TestGoesOnByItself(t *testing.T) {
	fails := func(n int, err error) func() error {
		return func() error {
			if n--; n >= 0 {
				return err
			}
			return nil
		}
	}
	for name, trouble := range map[string]func(*office){
		"reset before": func(o *office) { o.before = fails(3, errReset) },
		"reset after":  func(o *office) { o.after = fails(1, errReset) },
		"too many": func(o *office) {
			o.before = fails(2, &Trouble{Why: "429", RetryAfter: time.Minute, Err: calendars.ErrRefused})
		},
		"no look":       func(o *office) { o.refuse = errReset },
		"consent given": func(o *office) { o.refuse = calendars.ErrNoConsent },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.decline()
			trouble(o)
			o.counter.pass(holdsOver)
			o.run()
			o.refuse = nil
			o.connect()
			for range 8 {
				o.counter.pass(time.Hour)
				o.run()
			}
			o.want([]string{"applied"}, calendars.Declined)
			if was := o.actions()[0].Intent.Was; was != calendars.Accepted {
				t.Errorf("the answer before was %q", was)
			}
		})
	}
}

func TestUndo(t *testing.T) {
	t.Run("before it is done", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.counter.pass(holdsOver)
		o.commit()
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"dropped"})
	})
	t.Run("between looking and writing", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.commit()
		o.actor.Responders = func(context.Context, store.Connection) (Responder, error) {
			o.known(link, click.Undo)
			return o.paper, nil
		}
		o.act()
		o.want([]string{"dropped"})
	})
	t.Run("while it is written", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.commit()
		o.before = func() error {
			o.before = nil
			o.known(link, click.Undo)
			return nil
		}
		o.act()
		o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
	})
	t.Run("after", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.run()
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
		if key := o.actions()[1].Key; key != "1/respond/20261124T090000Z/1/back" {
			t.Error(key)
		}
	})
	t.Run("after it was changed by hand", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.run()
		o.change(func(e *entry) { e.Response = calendars.Maybe })
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"applied", "superseded changed"}, calendars.Declined)
	})
	t.Run("while nobody knows whether it was done", func(t *testing.T) {
		for _, done := range []bool{true, false} {
			o := newOffice(t)
			link := o.decline()
			o.act()
			once := func() error {
				o.before, o.after = nil, nil
				return errReset
			}
			if done {
				o.after = once
			} else {
				o.before = once
			}
			o.counter.pass(holdsOver)
			o.run()
			o.known(link, click.Undo)
			o.want([]string{"begun", "waiting effect"}, o.effects()...)
			o.counter.pass(time.Hour)
			o.run()
			if done {
				o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
			} else {
				o.want([]string{"dropped", "dropped"})
			}
		}
	})
	t.Run("while nobody can find out whether it was done", func(t *testing.T) {
		for _, no := range []error{calendars.ErrNoConsent, fmt.Errorf("404: %w", calendars.ErrRefused), &Trouble{Why: "404", Final: true, Err: calendars.ErrRefused}} {
			o := newOffice(t)
			link := o.decline()
			o.act()
			o.after = func() error {
				o.after = nil
				return errReset
			}
			o.counter.pass(holdsOver)
			o.run()
			o.refuse = no
			o.counter.pass(time.Hour)
			o.run()
			o.known(link, click.Undo)
			o.want([]string{"begun", "waiting effect"}, calendars.Declined)
			o.refuse = nil
			o.counter.pass(2 * time.Hour)
			o.run()
			o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
		}
	})
	t.Run("and declined again while the calendar is away", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.run()
		o.refuse = errReset
		o.known(link, click.Undo)
		o.run()
		o.known(link, click.Decline)
		o.counter.pass(holdsOver)
		o.run()
		o.refuse = nil
		for range 3 {
			o.counter.pass(time.Hour)
			o.run()
		}
		o.want([]string{"applied", "applied", "applied"}, calendars.Declined, calendars.Accepted, calendars.Declined)
	})
	t.Run("which failed, of what was declined anew", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.act()
		o.counter.pass(holdsOver)
		o.run()
		o.refuse = &Trouble{Why: "denied", Final: true}
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"applied", "failed"}, calendars.Declined)
		o.refuse = nil
		o.known(link, click.Decline)
		o.counter.pass(holdsOver)
		o.run()
		if err := o.DB.RetryAction(t.Context(), o.Now(), o.actions()[1].ID); !errors.Is(err, store.ErrNoRetry) {
			t.Errorf("what stands again is taken back: %v", err)
		}
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"applied", "applied", "superseded"}, calendars.Declined, calendars.Accepted)
	})
	t.Run("of what could only be handed on", func(t *testing.T) {
		o := newOffice(t)
		link := o.decline()
		o.refuse = calendars.ErrReadOnly
		o.counter.pass(holdsOver)
		o.run()
		o.known(link, click.Undo)
		o.run()
		o.want([]string{"handed", "handed"})
	})
}

// term is a series that can be ended: then no occurrence is left to look at.
type term struct {
	ended bool
	once  error // of the first to write, after it is done
}

func (s *term) Look(_ context.Context, i calendars.Intent) (calendars.Copy, error) {
	if s.ended {
		return calendars.Copy{}, &calendars.OvertakenError{Why: calendars.Gone}
	}
	return calendars.Copy{UID: i.Ref.UID, Instance: i.Ref.Instance, Start: i.Start, Status: calendars.Confirmed}, nil
}

func (s *term) Do(_ context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error) {
	if r := (calendars.Receipt{Before: "goes on"}); s.ended == (i.Back == nil) {
		r.Already = true
		return r, nil
	} else if err := begin(r); err != nil {
		return r, err
	}
	s.ended = i.Back == nil
	err := s.once
	s.once = nil
	return calendars.Receipt{Before: "goes on"}, err
}

// TestUndoOfAnEnd takes the end of a series back while nobody knows whether it was done:
// it goes on.
func TestUndoOfAnEnd(t *testing.T) {
	o := newOffice(t)
	o.ask(bobAcme, click.KindDecline, meetsAt)
	series := &term{once: errReset}
	o.actor.Responders = func(context.Context, store.Connection) (Responder, error) { return series, nil }
	decide := func(d store.Decision) {
		_, err := o.DB.Decide(t.Context(), o.Now(), 1, "button", func(c store.Case) (store.Decision, error) {
			d.Answer = c.Answer
			return d, nil
		})
		fatal(t, err)
	}
	decide(store.Decision{Actions: []store.NewAction{{Intent: calendars.Intent{
		Verb: calendars.End, Owner: bobAcme, Onward: true, Start: meetsAt,
		Ref: calendars.Ref{UID: "ops", Organizer: annAcme, Instance: calendars.InstanceAt(meetsAt)},
	}}}})
	o.act()
	decide(store.Decision{TakeBack: true})
	o.want([]string{"begun", "waiting effect"})
	o.counter.pass(time.Hour)
	o.act()
	o.want([]string{"applied", "applied"})
	if series.ended {
		t.Error("the series is ended, though that was taken back")
	}
}

// TestStrayUndo has a scanner press all buttons after a decline was done: nothing of it
// comes to the calendar.
func TestStrayUndo(t *testing.T) {
	o := newOffice(t)
	link := o.ask(bobAcme, click.KindDecline, meetsAt)[click.Decline]
	o.press(link, click.Decline)
	o.act()
	o.counter.pass(holdsOver)
	o.run()
	o.press(link, click.Undo)
	o.act()
	o.counter.pass(5 * time.Second)
	o.press(link, click.Keep)
	o.counter.pass(time.Hour)
	o.run()
	o.want([]string{"applied", "dropped"}, calendars.Declined)
	o.counter.pass(time.Hour)
	o.press(link, click.Undo) // Bob himself, in another browser
	o.counter.pass(time.Hour)
	o.run()
	o.want([]string{"applied", "applied"}, calendars.Declined, calendars.Accepted)
}

// TestTooLate has a calendar come back when the meeting has begun.
func TestTooLate(t *testing.T) {
	o := newOffice(t)
	o.decline()
	o.refuse = errReset
	o.counter.pass(holdsOver)
	o.run()
	o.refuse = nil
	o.counter.pass(meetsAt.Sub(o.Now()))
	o.run()
	o.want([]string{"failed"})
	if err := o.DB.RetryAction(t.Context(), o.Now(), 1); !errors.Is(err, store.ErrNoRetry) {
		t.Errorf("tried again: %v", err)
	}
}

func TestFailedIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.decline()
	o.refuse = &Trouble{Why: "denied", Hint: "ask for access", Final: true}
	o.counter.pass(holdsOver)
	o.run()
	o.want([]string{"failed"})
	if a := o.actions()[0]; a.Why != "denied" || a.Hint != "ask for access" {
		t.Errorf("%+v", a)
	}
	o.refuse = nil
	fatal(t, o.DB.RetryAction(t.Context(), o.Now(), 1))
	o.run()
	o.want([]string{"applied"}, calendars.Declined)
}

// TestWritesAreCapped has one more to write than an hour allows.
func TestWritesAreCapped(t *testing.T) {
	o := newOffice(t)
	o.actor.PerHour = 2
	link := o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.run()
	o.known(link, click.Undo)
	o.run()
	o.known(link, click.Decline)
	o.counter.pass(holdsOver)
	o.run()
	o.want([]string{"applied", "applied", "due"}, calendars.Declined, calendars.Accepted)
	o.counter.pass(time.Hour)
	o.run()
	o.want([]string{"applied", "applied", "applied"}, calendars.Declined, calendars.Accepted, calendars.Declined)
}

// TestPausedInBetween pauses after it was looked, and before it is written.
func TestPausedInBetween(t *testing.T) {
	o := newOffice(t)
	o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.commit()
	o.actor.Responders = func(context.Context, store.Connection) (Responder, error) {
		return o.paper, o.DB.Pause(t.Context(), store.Pause{Since: o.Now()})
	}
	o.run()
	o.want([]string{"due"})
	fatal(t, o.DB.Resume(t.Context()))
	o.actor.Responders = func(context.Context, store.Connection) (Responder, error) { return o.paper, nil }
	o.run()
	o.want([]string{"applied"}, calendars.Declined)
}

// TestLeavingEndsActions has Bob leave with one to be done: nothing is done, and
// nothing of it is kept.
func TestLeavingEndsActions(t *testing.T) {
	o := newOffice(t)
	o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.commit()
	fatal(t, o.DB.Leave(t.Context(), o.Now(), bobAcme, "button"))
	o.run()
	o.want(nil)

	o = newOffice(t)
	link := o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.run()
	o.known(link, click.Undo)
	fatal(t, o.DB.Leave(t.Context(), o.Now(), bobAcme, "button"))
	o.run()
	o.want(nil, calendars.Declined)
}

// TestActorsRace lets several do what is due.
func TestActorsRace(t *testing.T) {
	o := newOffice(t)
	o.decline()
	o.act()
	o.counter.pass(holdsOver)
	o.commit()
	var race sync.WaitGroup
	for i := range 4 {
		race.Go(func() {
			db, err := store.Open(t.Context(), o.counter.path)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			other := NewActor(&Actor{DB: db, By: fmt.Sprint(i), Clock: o.hand, Responders: o.actor.Responders})
			if _, err := other.Pass(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	o.want([]string{"applied"}, calendars.Declined)
}

// TestAHungCalendarHoldsUpItsPersonAlone has Bob's calendar hang, while Cy's answer is
// to be written, too.
func TestAHungCalendarHoldsUpItsPersonAlone(t *testing.T) {
	const cy = "cy@acme.example"
	o := newOffice(t)
	o.decline()
	link := o.ask(cy, click.KindDecline, meetsAt)[click.Decline]
	o.answer(link, web.Answer{Choice: click.Choice{Verb: click.Decline}, Cookie: o.recognized(cy)})
	o.counter.pass(holdsOver)
	o.commit()
	hung := make(chan struct{})
	o.actor.Responders = func(ctx context.Context, _ store.Connection) (Responder, error) {
		close(hung)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.actor.Run(ctx)
	}()
	<-hung
	for open := true; open && !t.Failed(); time.Sleep(time.Millisecond) {
		all, err := o.DB.ActionsOf(t.Context(), 2)
		if err != nil || len(all) != 1 {
			t.Errorf("%v, %v", all, err)
			break
		}
		open = all[0].State == store.ActionDue
	}
	o.want([]string{"due"})
	stop()
	<-ended
}
