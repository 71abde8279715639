package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
	"unmeet/calendars"
	"unmeet/internal/failpoint"
	"unmeet/store"
)

// Trialist sees trials through: it brings organizers the drafts of their updates, asks
// what is to be asked, and does what they say. What there is to do stands in the
// database, so that a process may die anywhere.
type Trialist struct {
	DB     *store.DB
	Writer Writer // nil: there is no way to write to people
	// Responders look whether a meeting takes place after all; nil: nobody can look.
	Responders Responders
	PublicURL  string // of the pages, for links
	Holds      click.Holds
	Group      func(address string) Group // what people did not choose themselves; nil: nothing
	Quiet      suggest.Dates
	Zone       *time.Location // of those whose own is not known; nil: UTC
	Clock      Clock          // nil: the real one
	Log        *slog.Logger   // nil: nobody is told
	Ended      func()         // called after mails were queued, or there is something to do in calendars; nil: nobody is

	wake chan struct{}
}

// NewTrialist returns t with what it takes to run.
func NewTrialist(t Trialist) *Trialist {
	t.wake = make(chan struct{}, 1)
	t.Clock, t.Log = orReal(t.Clock), orSilent(t.Log)
	if t.Zone == nil {
		t.Zone = time.UTC
	}
	return &t
}

// Wake has Run look again at what is due. It never waits.
func (t *Trialist) Wake() {
	select {
	case t.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run does what is due until ctx ends. Errors go to the log, and the work is tried
// again.
func (t *Trialist) Run(ctx context.Context) {
	for {
		if _, err := t.Pass(ctx); err != nil && ctx.Err() == nil {
			t.Log.ErrorContext(ctx, "seeing trials through failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		case <-t.Clock.After(t.untilDue(ctx)):
		}
	}
}

// untilDue is how long there is nothing to do, as far as that is known.
func (t *Trialist) untilDue(ctx context.Context) time.Duration {
	next, err := t.DB.NextTrial(ctx)
	now := t.Clock.Now()
	if err != nil || next.IsZero() || !next.After(now) {
		return look
	}
	return min(look, max(time.Second, next.Sub(now)))
}

// Pass does what is due now, and returns for how many trials. While unmeet is paused
// it does nothing. A trial of which something fails does not hold up the others.
func (t *Trialist) Pass(ctx context.Context) (done int, err error) {
	if _, paused, err := t.DB.Paused(ctx); err != nil || paused {
		return 0, err
	}
	due, err := t.DB.DueTrials(ctx, t.Clock.Now(), atOnce)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range due {
		switch err := t.tick(ctx, id); {
		case err == nil:
			done++
		case !errors.Is(err, errHeld):
			failures = append(failures, err)
		}
	}
	if done > 0 && t.Ended != nil {
		t.Ended()
	}
	return done, errors.Join(failures...)
}

// tick has time pass for one trial.
func (t *Trialist) tick(ctx context.Context, id int64) error {
	known, err := t.DB.Trial(ctx, id)
	if err != nil {
		return err
	}
	machine, err := machineOf(known)
	if err != nil {
		return err
	}
	now := t.Clock.Now()
	if !known.AgendaRead {
		if err := t.readAgenda(ctx, known, machine); err != nil {
			return err
		}
	}
	var e trial.Tick
	if due, ok := machine.Due(now); ok {
		takes, err := t.takesPlace(ctx, known, machine.Occurrences[due])
		if err != nil {
			return err
		}
		e.Due, e.Takes = due, takes
	}
	failpoint.Hit("before-trial")
	err = t.step(ctx, id, "agent", e)
	failpoint.Hit("after-trial")
	return err
}

// step takes a trial on by an event, with all that comes of it, in one transaction.
func (t *Trialist) step(ctx context.Context, id int64, via string, e trial.Event) error {
	known, err := t.DB.Trial(ctx, id)
	if err != nil {
		return err
	}
	now := t.Clock.Now()
	s := known.Suggestion
	next, ok, err := nextOf(ctx, t.DB, s, now)
	if err != nil {
		return err
	}
	to, err := guestsOf(ctx, t.DB, s)
	if err != nil {
		return err
	}
	return t.DB.StepTrial(ctx, now, id, via, func(known store.Trial) (store.TrialDecision, error) {
		if known.Paused || known.Next.IsZero() && known.State == string(trial.Undone) {
			return store.TrialDecision{}, errHeld
		}
		before, err := machineOf(known)
		if err != nil {
			return store.TrialDecision{}, err
		}
		shot, err := suggest.DecodeSnapshot(s.Snapshot)
		if err != nil {
			return store.TrialDecision{}, err
		}
		b := trialling{Trialist: t, known: known, before: before, shot: shot, now: now, to: to}
		if ok {
			b.next = next
		}
		if tick, is := e.(trial.Tick); is {
			tick.Next, tick.Sums, tick.Guests = b.next.Start, b.sums(), len(b.guests())
			e = tick
		}
		after, effects, err := t.rules(known).Step(before, e, now)
		if err != nil {
			return store.TrialDecision{}, err
		}
		return b.decide(after, effects)
	})
}

// nextOf returns when the meeting of a trial takes place next. Where its series had
// ended, and goes on again, that is known before the calendar is read again.
func nextOf(ctx context.Context, db *store.DB, s store.Suggestion, now time.Time) (store.Slot, bool, error) {
	next, ok, err := db.NextOccurrence(ctx, s.UID, s.Organizer, now)
	if ok || err != nil {
		return next, ok, err
	}
	all, err := db.ActionsOf(ctx, s.ID)
	if err != nil {
		return next, false, err
	}
	var end store.Action
	back := map[int64]bool{}
	for _, a := range all {
		switch {
		case a.State == store.ActionDropped || a.State == store.ActionFailed:
		case a.Undoes != 0:
			back[a.Undoes] = true
		case a.Intent.Verb == calendars.End && a.ID > end.ID:
			end = a
		}
	}
	if !back[end.ID] || !end.Intent.Start.After(now) {
		return next, false, nil
	}
	return store.Slot{Instance: end.Intent.Ref.Instance, Start: end.Intent.Start}, true, nil
}

// machineOf is how far a trial has come. What its organizer left behind is an
// [errHeld].
func machineOf(t store.Trial) (trial.Trial, error) {
	var m trial.Trial
	if t.Machine == nil {
		return m, fmt.Errorf("trial %d: its organizer left: %w", t.ID, errHeld)
	}
	if err := json.Unmarshal(t.Machine, &m); err != nil {
		return m, fmt.Errorf("trial %d: %w", t.ID, err)
	}
	return m, nil
}

// rules are what the organizer of a trial brings to it.
func (t *Trialist) rules(known store.Trial) trial.Rules {
	zone, week := t.week(known)
	return trial.Rules{
		Short: t.Holds.Short, Long: t.Holds.Trial,
		Work: func(at time.Time) time.Time { return week.Next(at.In(zone)).UTC() },
	}
}

// week is when the organizer works, and where.
func (t *Trialist) week(known store.Trial) (*time.Location, trial.Week) {
	var shown string
	if shot, err := suggest.DecodeSnapshot(known.Suggestion.Snapshot); err == nil {
		shown = shot.Zone
	}
	return zoneOf(t.Zone, known.Zone, shown), trial.Week{Hours: t.group(known.Suggestion.Person).Hours, Quiet: t.Quiet}
}

func (t *Trialist) group(address string) Group {
	if t.Group == nil {
		return Group{}
	}
	return t.Group(address)
}

// intent is about an occurrence of a trial's meeting.
func intent(s store.Suggestion, instance calendars.Instance, start time.Time) calendars.Intent {
	i := about(s)
	i.Ref.Instance, i.Start = instance, start
	return i
}

// look looks at an occurrence in its organizer's calendar.
func (t *Trialist) look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	if t.Responders == nil {
		return calendars.Copy{}, calendars.ErrReadOnly
	}
	place, err := t.DB.PlaceOf(ctx, i.Owner, i.Ref)
	if err != nil {
		return calendars.Copy{}, err
	}
	r, err := t.Responders(ctx, place.Connection)
	if err != nil {
		return calendars.Copy{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	i.Collection, i.Remote = place.Collection, place.Remote
	return r.Look(ctx, i)
}

// takesPlace reports whether an occurrence of a trial takes place after all: it could
// not be called off, or somebody brought it back, or moved it. Where nobody can look,
// what came of calling it off tells, and what was last read of the calendar.
func (t *Trialist) takesPlace(ctx context.Context, known store.Trial, o trial.Occurrence) (bool, error) {
	found, err := t.look(ctx, intent(known.Suggestion, o.Instance, o.Start))
	if err == nil {
		return found.Status != calendars.Cancelled, nil
	}
	s := known.Suggestion
	all, err := t.DB.ActionsOf(ctx, s.ID)
	if err != nil {
		return false, err
	}
	off := store.ActionDropped // nobody ever tried to call it off
	for _, a := range all {
		if a.Undoes == 0 && a.Intent.Verb == calendars.Cancel && a.Intent.Ref.Instance == o.Instance {
			if off = a.State; off == store.ActionSuperseded && a.Overtaken == "" {
				off = store.ActionApplied // it was off already
			}
		}
	}
	switch off {
	case store.ActionApplied:
		return false, nil
	case store.ActionHanded, store.ActionBegun, store.ActionSuperseded: // somebody else may have, or we
		next, ok, err := t.DB.NextOccurrence(ctx, s.UID, s.Organizer, o.Start.Add(-time.Second))
		return ok && next.Instance == o.Instance, err
	}
	return true, nil
}

// readAgenda keeps what drafts are headed by. Where nobody can look now, that is tried
// again with the next tick, and drafts do without until then.
func (t *Trialist) readAgenda(ctx context.Context, known store.Trial, m trial.Trial) error {
	if len(m.Occurrences) == 0 {
		return nil
	}
	first := m.Occurrences[0]
	found, err := t.look(ctx, intent(known.Suggestion, first.Instance, first.Start))
	if err != nil {
		return nil
	}
	var headings []string
	if !found.Private {
		headings = trial.Headings(found.Body)
	}
	err = t.DB.SetHeadings(ctx, known.ID, headings)
	if errors.Is(err, store.ErrNoTrial) {
		return nil // it has just ended
	}
	return err
}

// trialling is one step of a trial being put to work.
type trialling struct {
	*Trialist
	known  store.Trial
	before trial.Trial
	shot   suggest.Snapshot
	now    time.Time
	next   store.Slot // when the meeting takes place next; zero if that is not known
	to     []string   // whoever is invited beside the organizer
}

// guests are those who can be asked: who get mail, and whose group takes suggestions.
func (b trialling) guests() (all []store.TrialGuest) {
	for _, g := range b.known.Guests {
		if g.Takes && !b.group(g.Address).Observing {
			all = append(all, g)
		}
	}
	return all
}

// sums are what guests have said that stands by now.
func (b trialling) sums() (s trial.Sums) {
	for _, g := range b.known.Guests {
		var a trial.Answer
		if g.Answer == nil || json.Unmarshal(g.Answer, &a) != nil || b.now.Before(a.CommitAt) {
			continue
		}
		switch a.Verb {
		case trial.MissNo:
			s.No++
		case trial.MissBit:
			s.Bit++
		case trial.MissBack:
			s.Back++
		}
	}
	return s
}

// decide says to the store what came of a step.
func (b trialling) decide(after trial.Trial, effects []trial.Effect) (store.TrialDecision, error) {
	d := store.TrialDecision{State: string(after.State), Next: after.Next(), Sent: map[calendars.Instance]bool{}, Over: after.State.Over()}
	var err error
	if d.Machine, err = json.Marshal(after); err != nil {
		return d, err
	}
	for i, o := range after.Occurrences {
		if was := b.before.Occurrences[i].Stage; was != o.Stage && (was == trial.Sent || o.Stage == trial.Sent) {
			d.Sent[o.Instance] = o.Stage == trial.Sent
		}
	}
	for _, effect := range effects {
		switch e := effect.(type) {
		case trial.Record:
			d.Outcomes = append(d.Outcomes, store.NewOutcome{Outcome: string(e.Outcome), Choice: string(click.Trial)})
		case trial.BringBack:
			for _, i := range e.Ordinals {
				d.BringBack = append(d.BringBack, after.Occurrences[i].Instance)
			}
		case trial.EndSeries:
			b.change(&d, e.Turn, calendars.End)
			d.Converted = b.next.Start
		case trial.ShortenSeries:
			b.change(&d, e.Turn, calendars.Shorten)
		case trial.TakeBack:
			d.Epoch, d.TakeBack = b.known.Epoch+e.Turn, calendars.Shorten
			if b.before.State == trial.Converted {
				d.TakeBack, d.Converted = calendars.End, b.before.UndoUntil
			}
		case trial.Write:
			mails, err := b.write(after, e)
			if err != nil {
				return d, err
			}
			d.Mails = append(d.Mails, mails...)
		}
	}
	return d, nil
}

// change has something done to the series from its next occurrence on.
func (b trialling) change(d *store.TrialDecision, turn int, verb calendars.Verb) {
	d.Epoch = b.known.Epoch + turn
	if b.next.Start.IsZero() || b.next.Instance == "" {
		return // it has none: nothing is to be done
	}
	i := intent(b.known.Suggestion, b.next.Instance, b.next.Start)
	i.Verb, i.Onward = verb, true
	if verb == calendars.Shorten {
		i.Length = time.Duration(shorter(b.shot.Minutes)) * time.Minute
	}
	d.Actions = append(d.Actions, store.NewAction{Intent: i})
}

// shortest is the length in minutes of the shortest meeting that can be shortened.
const shortest = 10

// shorter is the length in minutes that a meeting of a length is shortened to: half of
// it, in steps of five; 0 for one that is short already.
func shorter(minutes int) int {
	if minutes < shortest {
		return 0
	}
	return (minutes/2 + 4) / 5 * 5
}

var _ Writer = mail.Writer{}
