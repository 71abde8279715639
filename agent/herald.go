package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/store"
)

// Herald writes the mails that go with what is done in calendars: to whoever is to
// know that something could not be done, and, where the calendar itself tells nobody,
// to whoever organizes the meeting.
type Herald struct {
	DB        *store.DB
	Writer    mail.Writer
	PublicURL string // of the pages, for links
	// AsAttendees says that the mail server lets us send in the names of our people.
	// Otherwise they get their answers as files.
	AsAttendees bool
	// Reply writes an answer to an invitation in iCalendar (RFC 5546 §3.2.3); nil: that
	// cannot be done, and nobody is told.
	Reply func(i calendars.Intent, invited calendars.Copy, now time.Time) ([]byte, error)
	Group func(address string) Group // what people did not choose themselves; nil: nothing
	Clock Clock                      // nil: the real one
	Log   *slog.Logger               // nil: nobody is told
}

// instead is the way of an answer to an invitation that cannot be written to the
// calendar, or that the calendar tells nobody of.
func (h *Herald) instead(unsubscribed bool, i calendars.Intent) web.Way {
	switch {
	case h == nil || h.Reply == nil || i.Verb != calendars.Respond || i.Ref.Organizer == "":
		return web.ByHand
	case h.AsAttendees:
		return web.ByReply
	case unsubscribed:
		return web.ByHand
	}
	return web.ByFile
}

// What the mails about actions are named by; what is mailed once is not mailed again.
const (
	aReply = "reply"
	aFile  = "file"
)

// messageID names the mail of a kind about what has a key.
func (h *Herald) messageID(kind, key string, from string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + key + "\x00" + h.Writer.Sender.From.Address))
	_, domain, _ := strings.Cut(from, "@")
	return fmt.Sprintf("%x@%s", sum[:16], domain)
}

// told returns how the organizer is told of an action that the calendar told nobody of:
// by a mail that is on its way, or arrived.
func (h *Herald) told(ctx context.Context, a store.Action) (web.Way, error) {
	if h == nil {
		return web.ByHand, nil
	}
	for _, m := range []struct {
		id  string
		way web.Way
	}{{h.messageID(aReply, a.Key, a.Intent.Owner), web.ByReply}, {h.messageID(aFile, a.Key, h.Writer.Sender.From.Address), web.ByFile}} {
		state, err := h.DB.MailStateOf(ctx, m.id)
		if state == store.MailQueued || state == store.MailSent || err != nil {
			return m.way, err
		}
	}
	return web.ByHand, nil
}

// Mails writes what is to be mailed of an action as it is now. What cannot be written
// is no reason to stop the action: the log tells of it.
func (h *Herald) Mails(ctx context.Context, c store.Case, a store.Action) []store.ActionMail {
	var m *store.ActionMail
	var err error
	respond := a.Intent.Verb == calendars.Respond
	back := a.Undoes != 0
	switch {
	case a.State == store.ActionApplied && respond && (a.Receipt == nil || !a.Receipt.Told), a.State == store.ActionHanded && respond:
		m, err = h.forOrganizer(ctx, c, a)
	case a.State == store.ActionFailed && back:
		m, err = h.result(ctx, c, a, mail.CameStuck, nil)
	case a.State == store.ActionFailed:
		m, err = h.result(ctx, c, a, mail.CameFailed, nil)
	case a.State == store.ActionSuperseded && a.Overtaken == calendars.Moved && !back:
		m, err = h.result(ctx, c, a, mail.CameMoved, nil)
	case a.State == store.ActionWaiting && a.Needs == store.NeedsConsent && !back && c.Known && c.Kind != string(click.KindTrial):
		m, err = h.result(ctx, c, a, mail.CameConsent, nil) // the others had a receipt that says so
	}
	if err != nil {
		orSilent(h.Log).ErrorContext(ctx, "no mail could be written about an action", "action", a.ID, "error", err)
	}
	if m == nil {
		return nil
	}
	return []store.ActionMail{*m}
}

// forOrganizer has the organizer told of an answer: by a mail in the person's name, or
// by a file that the person gets.
func (h *Herald) forOrganizer(ctx context.Context, c store.Case, a store.Action) (*store.ActionMail, error) {
	way := h.instead(c.Unsubscribed, a.Intent)
	if way == web.ByHand {
		return nil, nil
	}
	now := orReal(h.Clock).Now()
	shot, invited, file, err := h.answer(ctx, c, a, now)
	if err != nil {
		return nil, err
	}
	id := h.messageID(aReply, a.Key, a.Intent.Owner)
	if has, err := h.DB.HasMail(ctx, id); has || err != nil {
		return nil, err
	}
	if way == web.ByFile {
		return h.result(ctx, c, a, broughtBy(a), file)
	}
	from := mail.Address{Address: a.Intent.Owner}
	if who, ok := invited.Invited(a.Intent.Owner); ok {
		from = mail.Address{Address: who.Address, Name: who.Name} // as it is the one that is expected to answer
	}
	answer := mail.Answering{
		From: from,
		To:   mail.Address{Address: a.Intent.Ref.Organizer, Name: shot.Organizer.Name}, Language: h.language(c), Snapshot: shot,
		Response: a.Intent.Response, Always: a.Intent.Onward, Note: a.Intent.Note, Calendar: file,
	}
	if a.Undoes != 0 {
		answer.Response, answer.Note = a.Intent.Was, ""
	}
	m, err := h.Writer.Reply(answer, id, c.Person, now, h.deadline(a, now))
	return &store.ActionMail{Mail: m}, err
}

// answer writes what an action answers to an invitation in iCalendar.
func (h *Herald) answer(ctx context.Context, c store.Case, a store.Action, now time.Time) (suggest.Snapshot, calendars.Copy, []byte, error) {
	shot, err := suggest.DecodeSnapshot(c.Snapshot)
	if err != nil {
		return shot, calendars.Copy{}, nil, err
	}
	invited, err := h.invited(ctx, a.Intent, shot)
	if err != nil {
		return shot, invited, nil, err
	}
	file, err := h.Reply(a.Intent, invited, now)
	return shot, invited, file, err
}

// broughtBy is what came of an action whose answer the person gets as a file.
func broughtBy(a store.Action) mail.Came {
	switch {
	case a.Undoes != 0:
		return mail.CameUnfile
	case a.State == store.ActionApplied:
		return mail.CameUntold
	}
	return mail.CameFile
}

// Parked has the person told that a mail in their name was not taken, on which they
// count: they get their answer as a file. Other mails are none of its business.
func (h *Herald) Parked(ctx context.Context, m store.Mail) error {
	if mail.Kind(m.Kind) != mail.Reply {
		return nil
	}
	asked, err := h.DB.SuggestionsTo(ctx, m.Person)
	if err != nil {
		return err
	}
	for _, s := range asked {
		all, err := h.DB.ActionsOf(ctx, s.ID)
		if err != nil {
			return err
		}
		for _, a := range all {
			if h.messageID(aReply, a.Key, a.Intent.Owner) == m.MessageID {
				return h.DB.TellOf(ctx, orReal(h.Clock).Now(), a.ID, func(c store.Case, a store.Action) []store.ActionMail { return h.brought(ctx, c, a) })
			}
		}
	}
	return nil
}

// brought writes the mail that brings an answer as a file, if it still stands, or if
// nothing does any more.
func (h *Herald) brought(ctx context.Context, c store.Case, a store.Action) []store.ActionMail {
	if stands := click.State(c.State) == click.Accepted && c.Epoch == a.Epoch; stands != (a.Undoes == 0) {
		return nil
	}
	_, _, file, err := h.answer(ctx, c, a, orReal(h.Clock).Now())
	var m *store.ActionMail
	if err == nil {
		m, err = h.result(ctx, c, a, broughtBy(a), file)
	}
	if err != nil {
		orSilent(h.Log).ErrorContext(ctx, "no mail could be written about an action", "action", a.ID, "error", err)
	}
	if m == nil {
		return nil
	}
	return []store.ActionMail{*m}
}

// invited is the invitation that an intent answers: as somebody's calendar has it, else
// as the person was asked about it.
func (h *Herald) invited(ctx context.Context, i calendars.Intent, shot suggest.Snapshot) (calendars.Copy, error) {
	invited, err := h.DB.Invitation(ctx, i.Owner, i.Ref)
	if !errors.Is(err, store.ErrNoInvitation) {
		return invited, err
	}
	return calendars.Copy{
		UID: i.Ref.UID, Instance: i.Ref.Instance, Title: shot.Title, Start: shot.Start, End: shot.End, Zone: shot.Zone,
		Organizer: calendars.Party{Address: i.Ref.Organizer, Name: shot.Organizer.Name},
		People:    []calendars.Attendee{{Party: calendars.Party{Address: i.Owner}, Kind: calendars.Individual, Response: i.Was}},
	}, nil
}

// leastTold is how long there is at least to tell somebody of something.
const leastTold = time.Hour

// deadline is until when it is of use to tell of an action.
func (h *Herald) deadline(a store.Action, now time.Time) time.Time {
	if least := now.Add(leastTold); a.Intent.Start.Before(least) {
		return least
	}
	return a.Intent.Start
}

func (h *Herald) language(c store.Case) string {
	if c.Language == "" && h.Group != nil {
		return h.Group(c.Person).Language
	}
	return c.Language
}

// result writes the mail to the person that says what came of their answer, once for
// each answer. Who unsubscribed gets none.
func (h *Herald) result(ctx context.Context, c store.Case, a store.Action, came mail.Came, file []byte) (*store.ActionMail, error) {
	if c.Unsubscribed {
		return nil, nil
	}
	kind, key := string(came), fmt.Sprintf("%d/%d", a.Suggestion, a.Epoch)
	if file != nil {
		kind, key = aFile, a.Key
	}
	id := h.messageID(kind, key, h.Writer.Sender.From.Address)
	if has, err := h.DB.HasMail(ctx, id); has || err != nil {
		return nil, err
	}
	shot, err := suggest.DecodeSnapshot(c.Snapshot)
	if err != nil {
		return nil, err
	}
	now := orReal(h.Clock).Now()
	shot.Note = a.Intent.Note
	if !a.Intent.Start.IsZero() { // of a trial there are several
		shot.Start, shot.End = a.Intent.Start, a.Intent.Start.Add(shot.End.Sub(shot.Start))
	}
	page, allow, unsubscribe := token.New(), token.New(), token.New()
	l := mail.Letter{
		Kind: mail.Result, Result: came, File: file, To: mail.Address{Address: c.Person}, Language: h.language(c),
		Items:       []mail.Item{{Snapshot: shot, Links: mail.Links{Other: token.Link(h.PublicURL, page)}}},
		Unsubscribe: token.LeaveLink(h.PublicURL, unsubscribe), InReplyTo: c.MessageID,
	}
	deadline := h.deadline(a, now)
	epoch := 0
	if a.Undoes == 0 {
		epoch, l.Answer = a.Epoch, mail.Answer{At: c.PressedAt, Always: a.Intent.Onward}
	}
	closes := c.Closes
	if closes.Before(deadline) {
		closes = deadline
	}
	tokens := []store.NewToken{
		{Hash: token.Hash(page), Verb: string(click.Other), Epoch: epoch, Expires: closes},
		{Hash: token.Hash(unsubscribe), Suggestion: -1, Verb: string(click.Unsubscribe)},
	}
	if came == mail.CameConsent {
		l.Items[0].Links.Allow = token.Link(h.PublicURL, allow)
		tokens = append(tokens, store.NewToken{Hash: token.Hash(allow), Verb: string(click.Other), Expires: closes})
	}
	m, err := h.Writer.Write(l, id, c.Person, now, now, deadline)
	if err != nil {
		return nil, err
	}
	return &store.ActionMail{Mail: m, Tokens: tokens}, nil
}
