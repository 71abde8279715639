package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/web"
	"unmeet/rules"
	"unmeet/store"
)

// What a person's own page shows of their meetings.
const (
	meetingsBack  = 28 * 24 * time.Hour
	meetingsAhead = 14 * 24 * time.Hour
)

// Meetings implements [web.Home].
func (h *Home) Meetings(ctx context.Context, person string, from, to time.Time) ([]web.Meeting, error) {
	now := h.now()
	if earliest := now.Add(-meetingsBack); from.Before(earliest) {
		from = earliest
	}
	if latest := now.Add(meetingsAhead); to.After(latest) {
		to = latest
	}
	thought, err := h.Thinks.prospectOf(ctx, person)
	if err != nil {
		return nil, err
	}
	known, verdicts, err := h.candidates(ctx, person, from, to)
	if err != nil {
		return nil, err
	}
	said, err := h.DB.SilencesOf(ctx, person, now)
	if err != nil {
		return nil, err
	}
	offers, refusals := map[occurrenceKey]suggest.Kind{}, map[occurrenceKey]suggest.Reason{}
	for i := range thought.Offers {
		offers[keyOf(&thought.Offers[i].Candidate)] = thought.Offers[i].Snapshot.Kind
	}
	for i := range thought.Refusals {
		refusals[keyOf(&thought.Refusals[i].Candidate)] = thought.Refusals[i].Why
	}
	all := make([]web.Meeting, 0, len(known))
	for i := range known {
		k := &known[i]
		key := occurrenceKey{k.UID, k.Organizer.Address, k.Instance}
		m := web.Meeting{
			ID: meetingID(key), Title: k.Subject.Title, Private: k.Subject.Private, Start: k.Start, End: k.End,
			Organizer: suggest.Party{Address: k.Organizer.Address, Name: k.Organizer.Name}, Own: k.Own, People: k.Heads, Known: k.Known, Response: k.Response,
			Recurring: k.Subject.Rule != "", Ahead: k.Start.After(now), Turn: thought.At, Offer: offers[key], Why: refusals[key],
		}
		m.Verdict, m.Judged = verdicts[k.Subject.Hash]
		for _, s := range said {
			if s.Lineage != 0 && s.Lineage == k.Lineage {
				m.Silence, m.SilentUntil = s.Why, s.Until
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// candidates returns what a person attends or is invited to that begins in [from, to),
// and what the rules said of it.
func (h *Home) candidates(ctx context.Context, person string, from, to time.Time) ([]store.Candidate, map[string]rules.Verdict, error) {
	now, set := h.now(), h.Thinks.settings.Load()
	known, err := h.DB.Candidates(ctx, person, now, from, to, now.Add(-set.Policy.KeepSilence))
	if err != nil {
		return nil, nil, err
	}
	g := gathering{db: h.DB, set: set, now: now, verdicts: map[string]rules.Verdict{}}
	return known, g.verdicts, g.judged(ctx, known)
}

// meetingID tells a person's occurrences apart without telling whose they are.
func meetingID(k occurrenceKey) string {
	sum := sha256.Sum256([]byte(k.uid + "\x00" + k.organizer + "\x00" + string(k.instance)))
	return hex.EncodeToString(sum[:12])
}

// SayOf implements [web.Home].
func (h *Home) SayOf(ctx context.Context, person, id string, verb click.Verb, category string) error {
	if verb != click.Wrong && verb != click.Never {
		return web.ErrNotOffered
	}
	if _, err := rules.ParseCategory(category); err != nil && category != "" {
		return web.ErrNotOffered
	}
	now := h.now()
	known, verdicts, err := h.candidates(ctx, person, now.Add(-meetingsBack), now.Add(meetingsAhead))
	if err != nil {
		return err
	}
	for i := range known {
		k := &known[i]
		key := occurrenceKey{k.UID, k.Organizer.Address, k.Instance}
		if meetingID(key) == id {
			return h.sayOf(ctx, person, k, verdicts[k.Subject.Hash], verb, category)
		}
	}
	return web.ErrNotTheirs
}

// sayOf records what a person says of a meeting: as the answer to what is asked about it
// just now, or on its own.
func (h *Home) sayOf(ctx context.Context, person string, k *store.Candidate, v rules.Verdict, verb click.Verb, category string) error {
	asked, err := h.DB.SuggestionsTo(ctx, person)
	if err != nil {
		return err
	}
	for _, s := range asked {
		// To never suggest this one is no answer to an organizer's trial: that is about all of theirs.
		fits := verb == click.Never && s.Kind == string(click.KindDecline) || verb == click.Wrong && s.Instance == k.Instance
		if fits && s.UID == k.UID && s.Organizer == k.Organizer.Address && s.State == string(click.Offered) {
			err := h.AnswerTo(ctx, person, s.ID, web.Answer{Choice: click.Choice{Verb: verb, Scope: click.This}, Category: category})
			if err == nil || !errors.Is(err, web.ErrNotOffered) {
				return err
			}
		}
	}
	s := store.Said{
		Person: person, UID: k.UID, Organizer: k.Organizer.Address, Verb: string(verb), Via: string(web.ViaOwnPage), RulesHash: h.Engine.Hash(),
		Detail: store.Detail{Category: v.Category.String(), Starts: k.Start, Said: category, Choice: string(verb)},
	}
	if verb == click.Wrong {
		s.Until = h.now().Add(h.Holds.Silence)
	}
	for _, e := range v.Evidence {
		if e.Weight > 0 {
			s.Detail.Rules = append(s.Detail.Rules, e.Rule)
		}
	}
	return h.DB.Say(ctx, h.now(), s)
}

// Hushed implements [web.Home].
func (h *Home) Hushed(ctx context.Context, person string) (all []web.Hushed, err error) {
	said, err := h.DB.SilencesOf(ctx, person, h.now())
	for _, s := range said {
		all = append(all, web.Hushed{ID: s.ID, Title: s.Title, All: s.UID == "", Why: s.Why, Until: s.Until})
	}
	return all, err
}

// Unhush implements [web.Home].
func (h *Home) Unhush(ctx context.Context, person string, id int64) error {
	err := h.DB.LiftSilence(ctx, person, id)
	if errors.Is(err, store.ErrNoSilence) {
		err = web.ErrNotTheirs
	}
	return err
}
