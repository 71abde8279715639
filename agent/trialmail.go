package agent

import (
	"errors"
	"fmt"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/trial"
	"unmeet/store"
)

// kinds are the letters of trials as package mail has them.
var kinds = map[trial.Letter]mail.Kind{
	trial.LetterDraft: mail.TrialDraft, trial.LetterQuestion: mail.TrialQuestion, trial.LetterMisses: mail.TrialMisses,
	trial.LetterGuests: mail.TrialGuests, trial.LetterEnded: mail.TrialEnded, trial.LetterNoted: mail.TrialNoted,
}

// write writes the mails that a step of a trial calls for: one to the organizer, or one
// to each guest. Where there is no way to write to people, or a mail cannot be written,
// there is none: the trial goes on.
func (b trialling) write(after trial.Trial, w trial.Write) ([]store.TrialMail, error) {
	if b.Writer == nil {
		return nil, nil
	}
	s := b.known.Suggestion
	readers := []store.TrialGuest{{Address: s.Person, Language: b.known.Language, Takes: !b.known.Unsubscribed}}
	if w.Letter == trial.LetterGuests {
		readers = b.guests()
	}
	var all []store.TrialMail
	for _, reader := range readers {
		if !reader.Takes || reader.Address == "" {
			continue
		}
		m, err := b.letter(after, w, reader)
		if errors.Is(err, mail.ErrLetter) || errors.Is(err, mail.ErrTooLarge) {
			b.Log.Error("no mail could be written about a trial", "trial", b.known.ID, "kind", w.Letter, "error", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// letter writes one mail about a trial, with its links.
func (b trialling) letter(after trial.Trial, w trial.Write, reader store.TrialGuest) (store.TrialMail, error) {
	var m store.TrialMail
	ordinal := -1
	if w.Letter == trial.LetterDraft || w.Letter == trial.LetterQuestion || w.Letter == trial.LetterNoted {
		ordinal = w.Ordinal
	}
	of := 0 // the trial's suggestion
	if w.Letter == trial.LetterGuests {
		of = -1
	}
	link := func(v trial.Verb) string {
		text, about := token.New(), ordinal
		if v == trial.Restore {
			about = -1
		}
		m.Tokens = append(m.Tokens, store.NewToken{Hash: token.Hash(text), Suggestion: of, Verb: string(v), Ordinal: about})
		return token.Link(b.PublicURL, text)
	}
	unsubscribe := token.New()
	m.Tokens = append(m.Tokens, store.NewToken{Hash: token.Hash(unsubscribe), Suggestion: -1, Verb: string(click.Unsubscribe), Ordinal: -1})
	about := b.about(after, w)
	language := first(reader.Language, b.group(reader.Address).Language)
	switch w.Letter {
	case trial.LetterDraft:
		about.Draft = b.update(after.Occurrences[w.Ordinal], language)
		about.Links.Sent = link(trial.SaySent)
	case trial.LetterQuestion:
		about.Links.Sent, about.Links.Meet = link(trial.SaySent), link(trial.SayMeet)
	case trial.LetterGuests:
		about.Links = mail.TrialLinks{No: link(trial.MissNo), Bit: link(trial.MissBit), Back: link(trial.MissBack)}
	case trial.LetterEnded:
		about.Links.Convert = link(trial.Convert)
		if about.Shorter = shorter(b.shot.Minutes); about.Shorter > 0 {
			about.Links.Shorten = link(trial.Shorten)
		}
	case trial.LetterNoted:
		about.Links.Undo = link(trial.Undo)
	}
	if w.Letter == trial.LetterEnded || w.Letter != trial.LetterGuests && w.Letter != trial.LetterNoted && len(about.Ahead) > 0 {
		about.Links.Restore = link(trial.Restore)
	}
	var err error
	m.Mail, err = b.Writer.Write(mail.Letter{
		Kind: kinds[w.Letter], To: mail.Address{Address: reader.Address}, Language: language,
		Items: []mail.Item{{Snapshot: b.shot}}, Trial: about, Unsubscribe: token.LeaveLink(b.PublicURL, unsubscribe),
	}, "", reader.Address, b.now, b.now, b.deadline(after, w))
	if err != nil {
		return m, fmt.Errorf("trial %d, %s: %w", b.known.ID, w.Letter, err)
	}
	return m, nil
}

// about is what all letters of a trial tell of it.
func (b trialling) about(after trial.Trial, w trial.Write) mail.Trial {
	o := after.Occurrences[len(after.Occurrences)-1]
	said := after.Wish
	switch {
	case w.Letter == trial.LetterDraft, w.Letter == trial.LetterQuestion:
		o = after.Occurrences[w.Ordinal]
	case w.Letter == trial.LetterNoted && w.Ordinal >= 0:
		o = after.Occurrences[w.Ordinal]
		said = o.Answer
	}
	t := mail.Trial{Start: o.Start, End: o.End, Times: after.Written(), Sent: after.Updates(), Next: b.next.Start, Asked: after.Guests > 0, Until: after.EndAt, Said: string(w.Said), At: said.At, Held: said.CommitAt}
	if w.Letter == trial.LetterEnded {
		t.Until = after.LapseAt
	}
	for _, i := range after.Ahead(b.now) {
		t.Ahead = append(t.Ahead, after.Occurrences[i].Start)
	}
	if len(t.Ahead) > 0 {
		t.Next, t.Brings = t.Ahead[0], true
	}
	if after.Sums != nil {
		t.Sums = &mail.Sums{No: after.Sums.No, Bit: after.Sums.Bit, Back: after.Sums.Back}
	}
	return t
}

// update is the draft of the update that takes the place of an occurrence.
func (b trialling) update(o trial.Occurrence, language string) mail.Draft {
	zone, week := b.week(b.known)
	within := b.shot.ReplyWithin
	if within == 0 {
		within = b.group(b.known.Suggestion.Person).ReplyWithin
	}
	if within == 0 {
		within = suggest.ReplyWithin
	}
	return mail.ProposeUpdate(language, b.shot, mail.Update{
		Start: o.Start, Headings: b.known.Headings, ReplyBy: week.ReplyBy(b.now.In(zone), within), To: b.to,
	})
}

// deadline is until when a letter is of use.
func (b trialling) deadline(after trial.Trial, w trial.Write) time.Time {
	end := b.now.Add(trial.Grace)
	switch w.Letter {
	case trial.LetterGuests:
		end = after.EndAt
	case trial.LetterEnded:
		end = after.LapseAt
	case trial.LetterDraft, trial.LetterQuestion:
		if w.Ordinal+1 < len(after.Occurrences) {
			end = after.Occurrences[w.Ordinal+1].Start
		}
	}
	if !end.After(b.now) {
		end = b.now.Add(time.Hour)
	}
	return end
}
