package agent

import (
	"context"
	"encoding/json"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

// organizing is what an accepted suggestion to an organizer comes to in their
// calendar: the occurrences of a trial are called off, and what gets shorter does so
// from the occurrence on that was suggested.
func organizing(c store.Case, accepted click.Suggestion) (all []calendars.Intent) {
	shot, err := suggest.DecodeSnapshot(c.Snapshot)
	if err != nil {
		return nil // there is nothing that could be said of it, and nothing to be done
	}
	i := about(c.Suggestion)
	switch accepted.Choice {
	case click.Trial:
		for _, o := range shot.Occurrences {
			i.Verb, i.Ref.Instance, i.Start = calendars.Cancel, o.Instance, o.Start
			all = append(all, i)
		}
	case click.Split, click.Shorten:
		i.Verb, i.Onward, i.Length = calendars.Shorten, i.Ref.Instance != "", time.Duration(shot.Shorter)*time.Minute
		if i.Length > 0 {
			all = append(all, i)
		}
	}
	return all
}

// trialOf is the trial that an accepted answer begins, nil if it begins none.
func trialOf(c store.Case, accepted click.Suggestion, now time.Time) *store.NewTrial {
	shot, err := suggest.DecodeSnapshot(c.Snapshot)
	if accepted.Choice != click.Trial || err != nil || len(shot.Occurrences) == 0 {
		return nil
	}
	var occurrences []trial.Occurrence
	n := &store.NewTrial{Next: now}
	for _, o := range shot.Occurrences {
		occurrences = append(occurrences, trial.Occurrence{Instance: o.Instance, Start: o.Start.UTC(), End: o.End.UTC()})
		n.Occurrences = append(n.Occurrences, o.Instance)
	}
	begun := trial.New(occurrences)
	n.State = string(begun.State)
	if n.Machine, err = json.Marshal(begun); err != nil {
		return nil // it always can be
	}
	return n
}

// guestsOf returns the addresses of whoever is invited beside the organizer.
func guestsOf(ctx context.Context, db *store.DB, s store.Suggestion) (to []string, err error) {
	invited, err := db.Invited(ctx, s.UID, s.Organizer, s.Instance)
	for _, g := range invited {
		if !g.Organizer && g.Address != "" && g.Address != s.Organizer && g.Address != s.Person {
			to = append(to, g.Address)
		}
	}
	return to, err
}

// proposal is the mail that an organizer may send to their guests about an answer.
func proposal(ctx context.Context, db *store.DB, s store.Suggestion, shot suggest.Snapshot, language string) (mail.Draft, error) {
	if shot.Kind == suggest.Decline {
		return mail.Draft{}, nil
	}
	to, err := guestsOf(ctx, db, s)
	return mail.Propose(language, shot, to), err
}

// draft is the proposal as a page shows it, once it was answered; nil where there is
// none.
func (d *Desk) draft(ctx context.Context, s store.Suggestion, shot suggest.Snapshot, language string) (*web.Draft, error) {
	answered := s.State == string(click.Pending) || s.State == string(click.Accepted)
	if !answered || shot.Kind == suggest.Decline {
		return nil, nil
	}
	m, err := proposal(ctx, d.DB, s, shot, language)
	if err != nil {
		return nil, err
	}
	return shown(m), nil
}

// shown is a mail that an organizer may send as a page shows it.
func shown(m mail.Draft) *web.Draft {
	plain := m
	plain.To = nil
	return &web.Draft{Subject: m.Subject, Body: m.Body, Link: m.Link(), Plain: plain.Link()}
}
