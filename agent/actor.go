package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"unmeet/calendars"
	"unmeet/internal/failpoint"
	"unmeet/store"
)

// Actor does in people's calendars what they decided: for each person one thing after
// the other, so that a calendar that hangs holds up nobody else. What there is to do stands in the database, written down before it is done: a process may
// die anywhere, and the next one goes on. It looks at the truth first, for the world
// moves: whoever answers by hand, wins.
type Actor struct {
	DB         *store.DB
	Responders Responders
	By         string // names this process in leases
	// PerHour bounds how often calendars are written to, all together; zero is
	// [DefaultPerHour].
	PerHour int
	// Mails says what is mailed of an action whose way has ended, or that waits; nil:
	// nothing.
	Mails func(context.Context, store.Case, store.Action) []store.ActionMail
	// Saw is told of each action whose way has ended, or that was put off. It may be nil.
	Saw   func(store.ActionState)
	Ended func()       // called after mails may have been queued, or calendars changed; nil: nobody is
	Clock Clock        // nil: the real one
	Log   *slog.Logger // nil: nobody is told

	wake   chan struct{}
	saying sync.Mutex
	capped time.Time // until when nothing is written, as the log was told
}

// DefaultPerHour is how often calendars are written to within an hour at most.
const DefaultPerHour = 60

const (
	// actLease outlasts doing one thing with all its steps.
	actLease = 5 * time.Minute
	// actWithin is less, so that no lease ends under somebody who is at work.
	actWithin = time.Minute
	// hands is how many things Run does at a time at most.
	hands = 4
	// leastActing is the shortest wait before something is tried again, and longestActing
	// the longest that comes of failing alone.
	leastActing   = 5 * time.Second
	longestActing = time.Hour
	// graceful is for how long after it is too late it may be found out whether
	// something was done.
	graceful = time.Hour
	// lastsFor is the least wait where somebody has to see to something.
	lastsFor = time.Hour
)

// NewActor gets a ready to run, and returns it.
func NewActor(a *Actor) *Actor {
	a.wake = make(chan struct{}, 1)
	if a.PerHour == 0 {
		a.PerHour = DefaultPerHour
	}
	a.Clock, a.Log = orReal(a.Clock), orSilent(a.Log)
	return a
}

// Wake has Run look again at what is to be done. It never waits.
func (a *Actor) Wake() {
	select {
	case a.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run does what is due until ctx ends. Errors go to the log, and the work is tried
// again.
func (a *Actor) Run(ctx context.Context) {
	var all sync.WaitGroup
	for range hands - 1 {
		all.Go(func() { a.repeat(ctx, a.work) })
	}
	a.repeat(ctx, a.Pass) // one of them looks at calendars, too
	all.Wait()
}

// repeat does what is due until ctx ends.
func (a *Actor) repeat(ctx context.Context, pass func(context.Context) (int, error)) {
	for {
		if _, err := pass(ctx); err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "writing to calendars failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-a.Clock.After(a.untilDue(ctx)):
		}
	}
}

// untilDue is how long there is nothing to do, as far as that is known. What is due and
// was not done (unmeet is paused, or enough was done this hour) can wait for a look.
func (a *Actor) untilDue(ctx context.Context) time.Duration {
	now := a.Clock.Now()
	next, err := a.DB.NextAction(ctx, now)
	if err != nil || next.IsZero() || !next.After(now) {
		return look
	}
	return min(look, max(time.Second, next.Sub(now)))
}

// Pass does what is due now, and returns how many actions it took up. While unmeet is
// paused it does nothing, and stops where enough was written this hour. Errors are of
// the store.
func (a *Actor) Pass(ctx context.Context) (done int, err error) {
	if _, paused, err := a.DB.Paused(ctx); err != nil || paused {
		return 0, err
	}
	if err := a.glance(ctx); err != nil {
		return 0, err
	}
	return a.work(ctx)
}

// work does actions as long as some are due, and nothing else.
func (a *Actor) work(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		until, err := a.DB.Capped(ctx, a.Clock.Now(), a.PerHour)
		if err != nil {
			return done, err
		}
		if !until.IsZero() {
			a.sayCapped(ctx, until)
			return done, nil
		}
		taken, err := a.DB.TakeActions(ctx, a.Clock.Now(), a.By, actLease, 1)
		if err != nil || len(taken) == 0 {
			return done, err
		}
		switch err := a.do(ctx, &taken[0]); {
		case errors.Is(err, store.ErrPaused), errors.As(err, new(*store.CappedError)):
			return done, nil
		case errors.Is(err, store.ErrActionTaken): // taken back in this moment
		case err != nil:
			return done, err
		}
		done++
		if a.Ended != nil {
			a.Ended()
		}
	}
	return done, nil
}

// sayCapped tells the log once that nothing is written until then.
func (a *Actor) sayCapped(ctx context.Context, until time.Time) {
	a.saying.Lock()
	defer a.saying.Unlock()
	if !until.Equal(a.capped) {
		a.Log.WarnContext(ctx, "enough was written to calendars this hour", "until", until, "per_hour", a.PerHour, "hint", "actions.per_hour bounds it")
	}
	a.capped = until
}

// task is one action under way.
type task struct {
	*Actor
	action *store.Action
	noting context.Context // what has happened is written down though nobody waits for it any more
	// doubt says that an earlier try may have done it, of which this one has found out
	// nothing so far.
	doubt *bool
}

// do sees one action off. What came of it is noted though ctx ends meanwhile.
func (a *Actor) do(ctx context.Context, action *store.Action) error {
	doubt := action.Unsure()
	t := task{a, action, context.WithoutCancel(ctx), &doubt}
	working, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	late := !a.Clock.Now().Before(action.Until)
	if late && !action.Unsure() {
		return t.end(ctx, store.Ending{State: store.ActionFailed, Why: whyTooLate(action), Hint: action.Hint})
	}
	r, err := t.responder(working)
	if err == nil {
		if late || action.Revoked {
			err = t.findOut(working, r)
		} else {
			err = t.write(working, r)
		}
	}
	if err == nil {
		return nil
	}
	if interrupted := ctx.Err(); interrupted != nil && !action.Unsure() {
		return errors.Join(ignoreTaken(a.DB.ReleaseAction(t.noting, *action)), interrupted)
	}
	return t.failed(ctx, err)
}

// whyTooLate is why an action was not done in time.
func whyTooLate(a *store.Action) string {
	if a.Why == "" {
		return "it was too late"
	}
	return "it was too late; before that: " + a.Why
}

// ignoreTaken is err, unless it says that there is no lease to give back.
func ignoreTaken(err error) error {
	if errors.Is(err, store.ErrActionTaken) {
		return nil
	}
	return err
}

// responder finds out where the action is to be done, and by whom.
func (t task) responder(ctx context.Context) (Responder, error) {
	i := &t.action.Intent
	place, err := t.DB.PlaceOf(ctx, i.Owner, i.Ref)
	switch {
	case errors.Is(err, store.ErrNoPlace):
		return nil, &calendars.OvertakenError{Why: calendars.Gone}
	case errors.Is(err, store.ErrUnread):
		return nil, &Trouble{Why: store.ErrUnread.Error(), Err: err}
	case errors.Is(err, store.ErrNoCalendar):
		return nil, fmt.Errorf("%w: %w", calendars.ErrReadOnly, err)
	case err != nil:
		return nil, err
	}
	i.Collection, i.Remote = place.Collection, place.Remote
	if place.Connection.State == store.Paused {
		return nil, &Trouble{Why: place.Connection.Why, Hint: place.Connection.Hint, Pause: true}
	}
	return t.Responders(ctx, place.Connection)
}

// write does what is intended.
func (t task) write(ctx context.Context, r Responder) error {
	i := &t.action.Intent
	if t.action.Unsure() {
		i.Begun = t.action.Receipt
	} else if i.Verb == calendars.Respond && i.Was == calendars.Unspecified && i.Back == nil {
		now, err := r.Look(ctx, *i) // nobody could while the answer was held
		if err != nil {
			return err
		}
		i.Was, _ = now.Own(i.Owner)
	}
	begun := t.action.Receipt
	if !t.action.Unsure() {
		begun = nil
	}
	receipt, err := r.Do(ctx, *i, func(planned calendars.Receipt) error {
		before := t.action.Receipt
		t.action.Receipt = &planned
		err := t.DB.BeginAction(t.noting, t.action, t.Clock.Now(), t.PerHour)
		if err != nil {
			t.action.Receipt = before
		} else {
			*t.doubt = false // it was looked at, and was not done
		}
		return err
	})
	failpoint.Hit("action-after-effect")
	if err != nil && !errors.Is(err, calendars.ErrAlready) {
		return err
	}
	if err != nil || receipt.Already {
		return t.already(ctx, begun, receipt)
	}
	return t.applied(ctx, receipt)
}

// already ends an action that was found to be done: begun is what we said that we were
// about to do when last we tried, nil if we never did.
func (t task) already(ctx context.Context, begun *calendars.Receipt, found calendars.Receipt) error {
	switch {
	case begun != nil:
		begun.Told = begun.Told || found.Told
		return t.applied(ctx, *begun)
	case t.action.Undoes != 0: // it is as it was before, whoever did that
		return t.applied(ctx, found)
	}
	return t.end(ctx, store.Ending{State: store.ActionSuperseded})
}

func (t task) applied(ctx context.Context, r calendars.Receipt) error {
	r.Already = false
	err := t.end(ctx, store.Ending{State: store.ActionApplied, Receipt: &r})
	failpoint.Hit("action-after-mark")
	return err
}

// findOut finds out whether an action was done that may have been, and is not to be
// done any more: it is too late, or taken back.
func (t task) findOut(ctx context.Context, r Responder) error {
	i := t.action.Intent
	if series := i.Verb == calendars.End || i.Verb == calendars.Shorten; series && t.action.Revoked && t.action.Unsure() {
		// One occurrence does not tell. Whoever takes it back sees whether it was done.
		return t.applied(ctx, *t.action.Receipt)
	}
	now, err := r.Look(ctx, i)
	if err == nil {
		err = i.Check(now)
	}
	switch {
	case errors.Is(err, calendars.ErrAlready):
		return t.applied(ctx, *t.action.Receipt)
	case err != nil:
		return err
	case t.action.Revoked:
		return t.end(ctx, store.Ending{State: store.ActionDropped, Why: "taken back"})
	}
	return t.end(ctx, store.Ending{State: store.ActionFailed, Why: whyTooLate(t.action), Hint: t.action.Hint})
}

// failed notes why an action was not done, and when to go on.
func (t task) failed(ctx context.Context, err error) error {
	now := t.Clock.Now()
	trouble, troubled := errors.AsType[*Trouble](err)
	overtaken, isOvertaken := errors.AsType[*calendars.OvertakenError](err)
	refused := errors.Is(err, calendars.ErrRefused) && !*t.doubt
	switch {
	case errors.Is(err, store.ErrActionTaken):
		return err
	case errors.Is(err, store.ErrPaused), errors.As(err, new(*store.CappedError)):
		return errors.Join(err, ignoreTaken(t.DB.ReleaseAction(t.noting, *t.action)))
	case isOvertaken:
		return t.end(ctx, store.Ending{State: store.ActionSuperseded, Overtaken: overtaken.Why})
	case errors.Is(err, store.ErrNoPart):
		return t.end(ctx, store.Ending{State: store.ActionDropped, Why: err.Error()})
	case errors.Is(err, calendars.ErrReadOnly):
		return t.end(ctx, store.Ending{State: store.ActionHanded, Why: err.Error()})
	case now.Sub(t.action.Until) > graceful:
		return t.end(ctx, store.Ending{State: store.ActionFailed, Why: "whether it was done could not be found out in time: " + err.Error()})
	case errors.Is(err, calendars.ErrNoConsent):
		return t.putOff(ctx, store.PutOff{Needs: store.NeedsConsent, Why: err.Error(), Next: now.Add(lastsFor), Undone: !*t.doubt})
	case !troubled:
		trouble = &Trouble{Why: "the calendar could not be written to", Err: err, Final: refused}
	}
	if trouble.Final && !*t.doubt {
		return t.end(ctx, store.Ending{State: store.ActionFailed, Why: trouble.Why, Hint: trouble.Hint})
	}
	p := store.PutOff{Why: trouble.Why, Hint: trouble.Hint, Undone: refused}
	least := min(trouble.RetryAfter, longestAsked)
	if trouble.Lasts {
		least = max(least, lastsFor)
	}
	p.Next = now.Add(max(leastActing, least) + backoff(t.action.Tries, longestActing))
	if trouble.Pause {
		p.Needs = store.NeedsConnection
	}
	where := store.Calendar{Remote: t.action.Intent.Collection}
	t.Log.WarnContext(ctx, "a calendar could not be written to", "action", t.action.ID, "why", nowhere(trouble.Why, where), "error", errors.New(nowhere(fmt.Sprint(trouble.Err), where)), "again", p.Next)
	return t.putOff(ctx, p)
}

func (t task) end(ctx context.Context, e store.Ending) error {
	tell := t.mails()
	if e.State == store.ActionDropped { // the person knows, or takes no part
		tell = nil
	}
	err := t.DB.EndAction(t.noting, t.action, t.Clock.Now(), e, tell)
	if err == nil && t.Saw != nil {
		t.Saw(e.State)
	}
	if err == nil {
		t.Log.InfoContext(ctx, "action ended", "action", t.action.ID, "state", e.State, "overtaken", e.Overtaken) // unmeet actions tells why
	}
	return err
}

func (t task) putOff(ctx context.Context, p store.PutOff) error {
	tell := t.mails()
	if p.Needs == "" {
		tell = nil
	}
	err := t.DB.PutOffAction(t.noting, t.action, t.Clock.Now(), p, tell)
	if err == nil && t.Saw != nil {
		t.Saw(store.ActionWaiting)
	}
	return err
}

// mails writes what is mailed of the action.
func (t task) mails() store.Tell {
	if t.Mails == nil {
		return nil
	}
	return func(c store.Case, a store.Action) []store.ActionMail { return t.Mails(t.noting, c, a) }
}

// glance looks at the calendars of those who have just answered: what they had answered
// before is noted while the answer is held, so that it is seen if they answer otherwise
// by hand, and can be restored.
func (a *Actor) glance(ctx context.Context) error {
	for ctx.Err() == nil {
		now := a.Clock.Now()
		due, err := a.DB.DueGlances(ctx, now, 1)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := a.glanceAt(ctx, now, due[0]); err != nil {
			return err
		}
	}
	return nil
}

func (a *Actor) glanceAt(ctx context.Context, now time.Time, s store.Suggestion) error {
	working, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	intent := about(s)
	t := task{Actor: a, action: &store.Action{Intent: intent}, noting: ctx}
	r, err := t.responder(working)
	var seen calendars.Copy
	if err == nil {
		seen, err = r.Look(working, t.action.Intent)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		a.Log.DebugContext(ctx, "no look at a calendar", "suggestion", s.ID, "error", err)
		if errors.Is(err, calendars.ErrReadOnly) {
			// What was read last is what a mail has to restore then.
			if place, err := a.DB.PlaceOf(ctx, s.Person, intent.Ref); err == nil && place.Response != calendars.Unspecified {
				return a.DB.Glanced(ctx, s, store.Glance{At: now, Response: place.Response, Start: s.Starts})
			}
		}
		return a.DB.GlanceAgain(ctx, s, a.lookAgain(now, s, err))
	}
	response, _ := seen.Own(s.Person)
	return a.DB.Glanced(ctx, s, store.Glance{At: now, Response: response, Start: seen.Start})
}

// lookAgain is when to look again after an error; zero: not any more.
func (a *Actor) lookAgain(now time.Time, s store.Suggestion, err error) time.Time {
	if errors.Is(err, calendars.ErrReadOnly) || errors.Is(err, calendars.ErrNoConsent) || errors.As(err, new(*calendars.OvertakenError)) {
		return time.Time{}
	}
	next := now.Add(20 * time.Second)
	if trouble, ok := errors.AsType[*Trouble](err); ok {
		if trouble.Pause || trouble.Lasts {
			return time.Time{}
		}
		next = next.Add(trouble.RetryAfter)
	}
	if !next.Before(s.CommitAt) {
		return time.Time{}
	}
	return next
}
