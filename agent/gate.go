package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
	"unmeet/rules"
	"unmeet/store"
)

// Gate says before every attempt whether a mail is still to be sent: the world may
// have moved since it was written.
type Gate struct {
	DB *store.DB
	// Group says of an address whether its group takes no suggestions (any more); nil:
	// all do.
	Group func(address string) Group
	// Engine judges by the rules in force, whose [never] list holds a mail back; nil: none
	// does.
	Engine *rules.Engine
	Quiet  suggest.Dates  // on which nobody is asked, nor about meetings then
	Zone   *time.Location // of those whose own is not known; nil: UTC
}

// Check returns why a mail is not to be sent any more at now, "" if it is. It is an error
// that wraps [store.ErrPaused] while unmeet is paused: then it waits.
func (g Gate) Check(ctx context.Context, m store.Mail, now time.Time) (why string, err error) {
	if _, paused, err := g.DB.Paused(ctx); err != nil || paused {
		if err == nil {
			err = fmt.Errorf("mail %d: %w", m.ID, store.ErrPaused)
		}
		return "", err
	}
	switch mail.Kind(m.Kind) {
	case mail.Reply: // it is no mail to the person, but what they decided
		return "", nil
	case mail.SignIn: // it was just asked for; also by those who want no other mail
		return "", nil
	case mail.Report: // it goes to whom the configuration names, be they people known or not
		return "", nil
	}
	switch takes, err := g.DB.TakesMail(ctx, m.Person); {
	case err != nil:
		return "", err
	case !takes:
		return "the person takes no mail any more", nil
	}
	switch mail.Kind(m.Kind) {
	case mail.Trouble:
		return g.mended(ctx, m.Person)
	case mail.Receipt:
		return g.answered(ctx, m.ID, moot)
	case mail.Result:
		return g.answered(ctx, m.ID, "") // some tell of what was taken back
	case mail.Digest:
		return g.asks(ctx, m, now)
	case mail.TrialDraft, mail.TrialQuestion, mail.TrialMisses, mail.TrialGuests, mail.TrialEnded, mail.TrialNoted:
		return g.trials(ctx, m.ID, mail.Kind(m.Kind), now)
	}
	return "", nil
}

// moot is why a mail about suggestions is not sent: operators see it beside an
// address, so that it must not tell what was answered.
const moot = "what it tells or asks is out of date"

// answered says so if the answer that a mail tells of does not stand any more; of one
// that tells of none, it returns none.
func (g Gate) answered(ctx context.Context, receipt int64, none string) (why string, err error) {
	s, epoch, err := g.DB.ReceiptOf(ctx, receipt)
	if errors.Is(err, store.ErrNoSuggestion) {
		return none, nil
	}
	if err != nil {
		return "", err
	}
	stands := s.Never || s.State == string(click.Pending) || s.State == string(click.Accepted)
	if !stands || s.Epoch != epoch {
		return moot, nil
	}
	return "", nil
}

// asks says so if something in a digest is not to be asked any more.
func (g Gate) asks(ctx context.Context, digest store.Mail, now time.Time) (why string, err error) {
	if g.Group != nil && g.Group(digest.Person).Observing {
		return "their group observes now", nil
	}
	if !strings.EqualFold(digest.To, digest.Person) {
		who, err := assistantOf(ctx, g.DB, g.Group, digest.Person)
		if err != nil {
			return "", err
		}
		if !strings.EqualFold(who.address, digest.To) {
			return "nobody answers for the person any more", nil
		}
	}
	zone, err := g.zone(ctx, digest.Person)
	if err != nil {
		return "", err
	}
	if g.Quiet.Has(now.In(zone)) {
		return "today is one of the quiet dates", nil
	}
	of, err := g.DB.SuggestionsOf(ctx, digest.ID)
	if err != nil {
		return "", err
	}
	for _, s := range of {
		switch {
		case s.State != string(click.Offered):
			return moot, nil
		case s.Starts.Sub(now) < suggest.Notice:
			return "a meeting in it is near", nil
		case g.Quiet.Has(s.Starts.In(zone)):
			return "a meeting in it falls on one of the quiet dates", nil
		}
		if g.Engine == nil {
			continue
		}
		if listed, err := never(ctx, g.DB, g.Engine, s); err != nil || listed {
			return "the organization lists a meeting in it under [never]", err
		}
	}
	return "", nil
}

// zone is that of a person.
func (g Gate) zone(ctx context.Context, person string) (*time.Location, error) {
	organization := g.Zone
	if organization == nil {
		organization = time.UTC
	}
	own, err := g.DB.Settings(ctx, person)
	return zoneOf(organization, own.Zone), err
}

// trials says so if a mail about a trial has come too late.
func (g Gate) trials(ctx context.Context, id int64, kind mail.Kind, now time.Time) (why string, err error) {
	of, ordinal, err := g.DB.TrialOfMail(ctx, id)
	if err != nil {
		return "", err
	}
	known, err := g.DB.Trial(ctx, of)
	if errors.Is(err, store.ErrNoTrial) || err == nil && known.Machine == nil {
		return moot, nil
	}
	if err != nil {
		return "", err
	}
	m, err := machineOf(known)
	if err != nil {
		return "", err
	}
	stands := known.State == string(trial.Running)
	switch kind {
	case mail.TrialDraft, mail.TrialQuestion:
		stands = stands && ordinal >= 0 && ordinal < len(m.Occurrences) && m.Occurrences[ordinal].Stage != trial.Sent && m.Occurrences[ordinal].Answer.Verb == ""
	case mail.TrialNoted:
		held := m.Wish
		if ordinal >= 0 && ordinal < len(m.Occurrences) {
			held = m.Occurrences[ordinal].Answer
		}
		stands = !m.State.Over() && held.Verb != ""
	case mail.TrialMisses:
		stands = stands && len(m.Ahead(now)) > 0
	case mail.TrialGuests:
		stands = known.State == string(trial.Asking)
	case mail.TrialEnded:
		stands = known.State == string(trial.Ending)
	}
	if !stands {
		return moot, nil
	}
	return "", nil
}

// mended says so if a person has no connection any more that waits for them.
func (g Gate) mended(ctx context.Context, person string) (why string, err error) {
	all, err := g.DB.Connections(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		if c.Owner == person && c.State == store.Paused {
			return "", nil
		}
	}
	return "the person connected again", nil
}
