package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
	"unmeet/agent/web"
	"unmeet/store"
)

// trialSlip says what a page may show behind a link in a mail about a trial.
func (d *Desk) trialSlip(ctx context.Context, t store.Token) (web.Slip, error) {
	if t.Verb == string(click.Unsubscribe) {
		return web.Slip{}, web.ErrUnknownLink
	}
	known, err := d.DB.Trial(ctx, t.Trial)
	if err != nil {
		return web.Slip{}, err
	}
	set, err := d.DB.Settings(ctx, t.Person)
	if err != nil {
		return web.Slip{}, err
	}
	slip := web.Slip{Person: t.Person, Language: d.language(t.Person, set.Language), Paused: known.Paused, Unsubscribed: !set.Unsubscribed.IsZero()}
	about := &web.Trial{Link: trial.Verb(t.Verb), Ordinal: t.Ordinal, Guest: t.Suggestion == 0}
	slip.Trial = about
	if known.Machine == nil { // its organizer left, and what it was about is forgotten
		about.Trial.State, slip.Ended = trial.State(known.State), true
		return slip, nil
	}
	if slip.Snapshot, err = suggest.DecodeSnapshot(known.Suggestion.Snapshot); err != nil {
		return web.Slip{}, err
	}
	if err := json.Unmarshal(known.Machine, &about.Trial); err != nil {
		return web.Slip{}, err
	}
	about.Trial.State = trial.State(known.State) // it may have been undone
	now := d.now()
	if about.Guest {
		return d.guestSlip(slip, known, t.Person, now), nil
	}
	about.Sayable, about.Shorter = about.Trial.Sayable(t.Ordinal, now), shorter(slip.Snapshot.Minutes)
	about.Sayable = slices.DeleteFunc(about.Sayable, func(v trial.Verb) bool { return v == trial.Shorten && about.Shorter == 0 })
	slip.Ended = about.Trial.State.Over() && len(about.Sayable) == 0
	next, _, err := nextOf(ctx, d.DB, known.Suggestion, now)
	if err != nil {
		return web.Slip{}, err
	}
	if about.Next = next.Start; next.Instance == "" {
		about.Next = time.Time{} // no series goes on
	}
	if slip.Draft, err = d.change(ctx, known.Suggestion, slip); err != nil {
		return web.Slip{}, err
	}
	slip.Effect, err = d.way(ctx, known.Suggestion, !set.Unsubscribed.IsZero())
	return slip, err
}

// change is the mail by which an organizer tells guests how their trial goes on; nil
// where nothing is to be told, or not known from when on.
func (d *Desk) change(ctx context.Context, s store.Suggestion, slip web.Slip) (*web.Draft, error) {
	t, shot := slip.Trial, slip.Snapshot
	from := t.Next
	if t.Trial.State.Over() {
		from = t.Trial.UndoUntil
	}
	ends := t.Trial.Wish.Verb == trial.Convert || t.Trial.State == trial.Converted
	shortens := t.Trial.Wish.Verb == trial.Shorten || t.Trial.State == trial.Shortened
	if from.IsZero() || !ends && !shortens {
		return nil, nil
	}
	to, err := guestsOf(ctx, d.DB, s)
	if err != nil {
		return nil, err
	}
	m := mail.ProposeEnd(slip.Language, shot, from, to)
	if shortens {
		shot.Kind, shot.Start, shot.Shorter = suggest.Shorten, from, t.Shorter
		m = mail.Propose(slip.Language, shot, to)
	}
	return shown(m), nil
}

// guestSlip is what a guest is shown of a trial: whether they can say something, and
// what they said.
func (d *Desk) guestSlip(slip web.Slip, known store.Trial, person string, now time.Time) web.Slip {
	t := slip.Trial
	slip.Snapshot.Facts, slip.Snapshot.Note, slip.Snapshot.Link = nil, "", "" // the organizer's, too
	for _, g := range known.Guests {
		if g.Address == person && g.Answer != nil {
			_ = json.Unmarshal(g.Answer, &t.Said) // what cannot be read was not said
		}
	}
	if all := t.Trial.Occurrences; len(all) > 0 { // as the mail says it
		slip.Snapshot.Start, slip.Snapshot.End = all[len(all)-1].Start, all[len(all)-1].End
	}
	t.Until = t.Trial.EndAt
	if t.Trial.State == trial.Asking && now.Before(t.Until) {
		for _, v := range []trial.Verb{trial.MissNo, trial.MissBit, trial.MissBack} {
			if v != t.Said.Verb {
				t.Sayable = append(t.Sayable, v)
			}
		}
	}
	slip.Ended = len(t.Sayable) == 0
	t.Trial = trial.Trial{State: t.Trial.State} // the rest is the organizer's
	return slip
}

// sayOfTrial takes an answer behind a link in a mail about a trial.
func (d *Desk) sayOfTrial(ctx context.Context, t store.Token, a web.Answer) (web.Slip, error) {
	known, _, err := d.known(ctx, t, a.Cookie)
	if err != nil {
		return web.Slip{}, err
	}
	slip, err := d.trialSlip(ctx, t)
	switch {
	case err != nil:
		return slip, err
	case slip.Paused:
		return slip, web.ErrPaused
	case a.Auto && !known:
		return slip, web.ErrNotKnown
	}
	verb := trial.Verb(a.Verb)
	if slip.Unsubscribed && !known && verb.Noted() {
		return slip, web.ErrUntold
	}
	if slip.Trial.Guest {
		err = d.sayMiss(ctx, t, verb, known)
	} else if err = web.ErrNotOffered; slices.Contains(slip.Trial.Sayable, verb) || slip.Trial.Trial.Says(t.Ordinal, verb) {
		err = d.trialist().step(ctx, t.Trial, string(web.ViaButton), trial.Say{Verb: verb, Ordinal: t.Ordinal, Known: known})
	}
	switch {
	case errors.Is(err, trial.ErrOver), errors.Is(err, errHeld), errors.Is(err, web.ErrNotOffered):
		return slip, web.ErrNotOffered
	case err != nil:
		return web.Slip{}, err
	}
	if d.Wake != nil {
		d.Wake()
	}
	return d.trialSlip(ctx, t)
}

// trialist is what takes a trial on by what its organizer says.
func (d *Desk) trialist() *Trialist {
	t := Trialist{DB: d.DB, PublicURL: d.PublicURL, Holds: d.Holds, Group: d.Group, Clock: d.Clock, Log: d.Log}
	if d.Mail != nil {
		t.Writer = d.Mail
	}
	return NewTrialist(t)
}

// sayMiss keeps what a guest said.
func (d *Desk) sayMiss(ctx context.Context, t store.Token, verb trial.Verb, known bool) error {
	now := d.now()
	return d.DB.SayOfTrial(ctx, t.Trial, t.Person, func(s store.Trial, before []byte) ([]byte, error) {
		m, err := machineOf(s)
		if err != nil {
			return nil, err
		}
		misses := verb == trial.MissNo || verb == trial.MissBit || verb == trial.MissBack
		if !misses || s.State != string(trial.Asking) || !now.Before(m.EndAt) {
			return nil, trial.ErrOver
		}
		var said trial.Answer
		if before != nil {
			if err := json.Unmarshal(before, &said); err != nil {
				return nil, err
			}
		}
		return json.Marshal(trial.Press(said, verb, known, now.Truncate(time.Second).UTC(), trial.Within))
	})
}
