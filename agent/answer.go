package agent

import (
	"context"
	"encoding/json"
	"time"

	"unmeet/agent/click"
	"unmeet/store"
)

// memory is what is kept of stray answers as one text.
type memory struct {
	click.Standing
	Lately [click.Thoughts]click.Choice `json:",omitzero"`
}

// clickOf says to package click what the store knows of a suggestion.
func clickOf(s store.Suggestion) click.Suggestion {
	c := click.Suggestion{
		Kind: click.Kind(s.Kind), Recurring: s.Recurring, Starts: s.Starts, ExpiresAt: s.Expires, ClosesAt: s.Closes,
		State: click.State(s.State), Choice: click.Verb(s.Choice), Scope: click.Scope(s.Scope), Note: s.Note,
		Visitor: s.Visitor, Known: s.Known, PressedAt: s.PressedAt, CommitAt: s.CommitAt, Epoch: s.Epoch,
		Wrong: s.Wrong, Category: s.Said, Never: s.Never,
		VoidedAt: s.VoidedAt,
	}
	var m memory
	if json.Unmarshal([]byte(s.Stood), &m) == nil { // else there was no stray answer
		c.Before, c.Lately = m.Standing, m.Lately
		c.Unknown, c.UnknownAt = click.Choice{Verb: click.Verb(s.StrayVerb), Scope: click.Scope(s.StrayScope)}, s.StrayAt
	}
	return c
}

// answerOf is the inverse of clickOf, as far as answers change a suggestion.
func answerOf(c click.Suggestion, why string) store.Answer {
	stood := ""
	if !c.UnknownAt.IsZero() {
		if text, err := json.Marshal(memory{c.Before, c.Lately}); err == nil { // it always can be
			stood = string(text)
		}
	}
	return store.Answer{
		State: string(c.State), Why: why, Choice: string(c.Choice), Scope: string(c.Scope), Note: c.Note,
		Visitor: c.Visitor, Known: c.Known, PressedAt: c.PressedAt, CommitAt: c.CommitAt, Epoch: c.Epoch,
		Wrong: c.Wrong, Said: c.Category, Never: c.Never,
		StrayVerb: string(c.Unknown.Verb), StrayScope: string(c.Unknown.Scope), StrayAt: c.UnknownAt, Stood: stood, VoidedAt: c.VoidedAt,
	}
}

// steps takes suggestions from one state to the next, in the store.
type steps struct {
	db    *store.DB
	holds click.Holds
	// receipt writes the mail that tells a person what was answered in their name;
	// nil where nothing brings one.
	receipt func(store.Case, click.Suggestion) (*store.NewMail, []store.NewToken)
	// answers says that somebody answers: acting, an assistant's address, or the person
	// where that is "". Else time goes on.
	answers bool
	acting  string
}

// step takes one suggestion on by an event, with all that comes of it, in one
// transaction. Event is asked inside of it, and may refuse.
func (s steps) step(ctx context.Context, now time.Time, id int64, via string, event func(store.Case) (click.Event, error)) (store.Suggestion, error) {
	return s.db.Decide(ctx, now, id, via, func(c store.Case) (store.Decision, error) {
		e, err := event(c)
		if err != nil {
			return store.Decision{}, err
		}
		after, effects, err := s.holds.Step(clickOf(c.Suggestion), e, now)
		if err != nil {
			return store.Decision{}, err
		}
		return s.decision(c, after, effects, now), nil
	})
}

// decision says to the store what came of a step.
func (s steps) decision(c store.Case, after click.Suggestion, effects []click.Effect, now time.Time) store.Decision {
	d := store.Decision{Next: nextAt(after)}
	why := c.Why
	for _, effect := range effects {
		switch e := effect.(type) {
		case click.Record:
			d.Outcomes = append(d.Outcomes, store.NewOutcome{
				Outcome: string(e.Outcome), Choice: string(e.Choice), Scope: string(e.Scope), Said: e.Category, Why: e.Why,
			})
			if e.Outcome == click.WasWithdrawn {
				why = e.Why
			}
		case click.Silence:
			silence := store.NewSilence{Organizer: e.Organizer, Why: string(e.Why)}
			if e.After > 0 {
				silence.From = now.Add(e.After)
			}
			if e.For > 0 {
				silence.Until = now.Add(e.For)
			}
			d.Silences = append(d.Silences, silence)
		case click.Unsilence:
			d.Lift, d.Silences = true, nil
		case click.Forget:
			d.Forget = e.Since
		case click.Supersede:
			d.Supersede = true
		case click.Act:
			d.Accepted, d.Again = true, e.Again
			d.Actions, d.Trial = actions(c, after), trialOf(c, after, now)
		case click.TakeBack:
			d.TakeBack, d.TakeBackAt = true, now.Add(e.After)
			d.UpcomingOnly = c.Kind == string(click.KindTrial)
		case click.Receipt:
			if s.receipt != nil {
				d.Mail, d.Tokens = s.receipt(c, after)
			}
		}
	}
	d.Look = after.State == click.Pending && after.Epoch != c.Epoch
	d.Answer = answerOf(after, why)
	switch d.Answer.Acting = c.Acting; {
	case s.answers && s.acting == "" && after.State == click.Offered && c.State != string(click.Offered):
		d.Answer.Acting = c.Person // no assistant answers anew what they took back
	case s.answers && s.acting != "" && after.State == click.Offered:
		d.Answer.Acting = ""
	case s.answers && after.State != click.Offered:
		d.Answer.Acting = s.acting
	}
	if d.Forget.IsZero() && c.Choice != "" && !c.Known && (d.Answer.Choice != c.Choice || d.Answer.Scope != c.Scope) {
		d.Forget = now // whoever answered before is contradicted
	}
	return d
}

// nextAt is when time changes a suggestion: its hold ends, or its time to be
// answered; zero if it never does.
func nextAt(s click.Suggestion) time.Time {
	switch s.State {
	case click.Pending:
		return s.CommitAt
	case click.Offered:
		return s.ExpiresAt
	}
	return time.Time{}
}
