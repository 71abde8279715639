package agent

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/rules"
	"unmeet/store"
)

// Desk takes what people answer behind the links of their mails: it finds what a
// link stands for, lets package click decide, and writes down what came of it in
// one transaction. It is the [web.Desk] of the pages.
type Desk struct {
	DB    *store.DB
	Holds click.Holds
	Mail  *mail.Writer // writes receipts; nil: there are none
	// Responders do things in people's calendars; nil: nobody does. Here they are only
	// asked whether they could.
	Responders Responders
	Herald     *Herald                    // tells organizers whose calendars do not; nil: nobody does
	PublicURL  string                     // of the pages, for links in receipts
	Group      func(address string) Group // what people did not choose themselves; nil: nothing
	Clock      Clock                      // nil: the real one
	Log        *slog.Logger               // nil: nobody is told
	Wake       func()                     // called after each answer, so that what follows is not late; nil: nobody is
}

var _ web.Desk = (*Desk)(nil)

// maxNote is how long a note may be, in bytes.
const maxNote = 2000

// voidShown is how long a page says that answers have cancelled each other.
const voidShown = 24 * time.Hour

func (d *Desk) now() time.Time { return orReal(d.Clock).Now() }

// language is that of a person's mails and pages: their own, else their group's.
func (d *Desk) language(address, own string) string {
	if own == "" && d.Group != nil {
		return d.Group(address).Language
	}
	return own
}

// find returns what a link stands for.
func (d *Desk) find(ctx context.Context, link string) (store.Token, error) {
	text, ok := token.Parse(link)
	if !ok {
		return store.Token{}, web.ErrUnknownLink
	}
	t, err := d.DB.Token(ctx, token.Hash(text))
	if errors.Is(err, store.ErrNoToken) {
		err = web.ErrUnknownLink
	}
	if err == nil && !isAlone(t) { // ending it can be looked at again
		err = d.acts(ctx, t)
	}
	return t, err
}

// findReader returns whose mail a link to unsubscribe stands in.
func (d *Desk) findReader(ctx context.Context, link string) (store.Token, error) {
	t, err := d.find(ctx, link)
	former := err == nil && t.Acting != "" && (d.Group == nil || !strings.EqualFold(d.Group(t.Person).Assistant, t.Acting))
	if err == nil && (former || t.Verb != string(click.Unsubscribe) && t.Verb != string(click.Alone)) {
		err = web.ErrUnknownLink
	}
	return t, err
}

// Look implements [web.Desk].
func (d *Desk) Look(ctx context.Context, link string) (web.Slip, error) {
	t, err := d.find(ctx, link)
	if err == nil && t.Trial != 0 {
		return d.trialSlip(ctx, t)
	}
	if err == nil && t.Suggestion == 0 {
		err = web.ErrUnknownLink
	}
	if err != nil {
		return web.Slip{}, err
	}
	s, err := d.DB.Suggestion(ctx, t.Suggestion)
	if err != nil {
		return web.Slip{}, err
	}
	return d.slip(ctx, t, s)
}

// slip says what a page may show of a suggestion.
func (d *Desk) slip(ctx context.Context, t store.Token, s store.Suggestion) (web.Slip, error) {
	set, err := d.DB.Settings(ctx, t.Person)
	if err != nil {
		return web.Slip{}, err
	}
	_, paused, err := d.DB.Paused(ctx)
	if err != nil {
		return web.Slip{}, err
	}
	shot, err := suggest.DecodeSnapshot(s.Snapshot)
	if err != nil {
		return web.Slip{}, err
	}
	effect, err := d.effect(ctx, s, !set.Unsubscribed.IsZero())
	if err != nil {
		return web.Slip{}, err
	}
	draft, err := d.draft(ctx, s, shot, d.language(t.Person, set.Language))
	if err != nil {
		return web.Slip{}, err
	}
	now, c := d.now(), clickOf(s)
	slip := web.Slip{
		Effect: effect, Draft: draft,
		Link: click.Choice{Verb: click.Verb(t.Verb), Scope: click.This}, Person: t.Person, Acting: t.Acting, Answerer: s.Acting, Language: d.language(t.Person, set.Language),
		Suggestion: c, Snapshot: shot, Paused: paused, Unsubscribed: !set.Unsubscribed.IsZero(), Silence: d.Holds.Silence, Why: web.Withdrawal(s.Why),
		Voided: c.State == click.Offered && !c.VoidedAt.IsZero() && now.Sub(c.VoidedAt) < voidShown,
	}
	allowed := c.Allowed(now)
	if s.Acting == t.Person {
		slip.Answerer = ""
	}
	if t.Acting != "" {
		allowed = actable(s, allowed)
		who, err := assistantOf(ctx, d.DB, d.Group, t.Person)
		if err != nil {
			return web.Slip{}, err
		}
		slip.Language, slip.Answerer = who.language, ""
	}
	if over(t, now) {
		allowed = nil
	}
	slip.Ended = !now.Before(c.ExpiresAt) && len(allowed) == 0 || over(t, now)
	if !paused {
		slip.Allowed = allowed
	}
	return slip, nil
}

// over reports whether a link has expired.
func over(t store.Token, now time.Time) bool {
	return !t.Expires.IsZero() && !now.Before(t.Expires)
}

// Visit implements [web.Desk].
func (d *Desk) Visit(ctx context.Context, link string, how web.Visit) error {
	t, err := d.find(ctx, link)
	if err != nil {
		return err
	}
	return d.DB.Visit(ctx, d.now(), t.Hash, string(how))
}

// Answer implements [web.Desk].
func (d *Desk) Answer(ctx context.Context, link string, a web.Answer) (web.Slip, error) {
	t, err := d.find(ctx, link)
	if err == nil && t.Trial != 0 {
		return d.sayOfTrial(ctx, t, a)
	}
	if err == nil && t.Suggestion == 0 {
		err = web.ErrUnknownLink
	}
	if err != nil {
		return web.Slip{}, err
	}
	e := click.Event{Verb: a.Verb, Scope: a.Scope, Category: a.Category, Note: cut(a.Note)}
	if e.Known, e.Visitor, err = d.known(ctx, t, a.Cookie); err != nil {
		return web.Slip{}, err
	}
	if !e.Known {
		e.Gesture = a.Gesture
		if e.Answered, err = d.answered(ctx, t, a.Cookie); err != nil {
			return web.Slip{}, err
		}
	}
	if a.Auto && !e.Known {
		return d.refuse(ctx, t, web.ErrNotKnown)
	}
	via := web.ViaButton
	if a.Auto {
		via = web.ViaKnownBrowser
	}
	if t.Acting != "" {
		via = web.ViaAssistant
	}
	return d.take(ctx, t, e, via)
}

// take takes an answer to what a link stands for.
func (d *Desk) take(ctx context.Context, t store.Token, e click.Event, via web.Via) (web.Slip, error) {
	if !answers(e) {
		return d.refuse(ctx, t, web.ErrNotOffered)
	}
	now := d.now()
	s, err := d.steps(ctx, now, t.Acting).step(ctx, now, t.Suggestion, string(via), func(c store.Case) (click.Event, error) {
		switch {
		case c.Paused:
			return e, web.ErrPaused
		case over(t, now):
			return e, click.ErrOver
		case t.Acting != "" && len(actable(c.Suggestion, []click.Choice{{Verb: e.Verb, Scope: e.Scope}})) == 0:
			return e, click.ErrOther
		case c.Unsubscribed && !e.Known && e.Verb == click.Kind(c.Kind).Accept():
			return e, web.ErrUntold
		}
		return e, nil
	})
	switch {
	case errors.Is(err, click.ErrOver) || errors.Is(err, click.ErrOther):
		return d.refuse(ctx, t, web.ErrNotOffered)
	case errors.Is(err, web.ErrPaused):
		return d.refuse(ctx, t, web.ErrPaused)
	case errors.Is(err, web.ErrUntold):
		return d.refuse(ctx, t, web.ErrUntold)
	case err != nil:
		return web.Slip{}, err
	}
	if d.Wake != nil {
		d.Wake()
	}
	return d.slip(ctx, t, s)
}

// answers reports whether e is something that a person may say: all but what the
// agent tells, with a category that there is.
func answers(e click.Event) bool {
	switch e.Verb {
	case click.Commit, click.Expire, click.Withdraw:
		return false
	}
	if e.Category == "" {
		return true
	}
	_, err := rules.ParseCategory(e.Category)
	return err == nil && e.Verb == click.Wrong
}

// refuse returns why an answer is not taken, and what the suggestion is at.
func (d *Desk) refuse(ctx context.Context, t store.Token, why error) (web.Slip, error) {
	s, err := d.DB.Suggestion(ctx, t.Suggestion)
	if err != nil {
		return web.Slip{}, err
	}
	slip, err := d.slip(ctx, t, s)
	if err != nil {
		return web.Slip{}, err
	}
	return slip, why
}

// cut makes a note of what a browser sent: valid text of bounded length.
func cut(note string) string {
	note = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(note, "\x00", ""), ""))
	if len(note) > maxNote {
		note = strings.ToValidUTF8(note[:maxNote], "")
	}
	return note
}

// steps takes suggestions on as the desk does: with receipts. acting is the address of
// the assistant who answers, "" if the person does.
func (d *Desk) steps(ctx context.Context, now time.Time, acting string) steps {
	s := steps{db: d.DB, holds: d.Holds, answers: true, acting: acting}
	if d.Mail != nil {
		s.receipt = func(c store.Case, after click.Suggestion) (*store.NewMail, []store.NewToken) {
			return d.receipt(ctx, c, after, now, acting)
		}
	}
	return s
}

// receipt writes the mail that tells a person what was answered in their name, with
// a link to undo it. A person who unsubscribed gets none. That it cannot be written
// is no reason to refuse the answer.
func (d *Desk) receipt(ctx context.Context, c store.Case, after click.Suggestion, now time.Time, acting string) (*store.NewMail, []store.NewToken) {
	if c.Unsubscribed {
		return nil, nil
	}
	shot, err := suggest.DecodeSnapshot(c.Snapshot)
	shot.Note = noteOf(after.Note, shot.Note)
	var m store.NewMail
	undo, other, allow, unsubscribe := token.New(), token.New(), token.New(), token.New()
	tokens := []store.NewToken{
		{Hash: token.Hash(undo), Verb: string(click.Undo), Epoch: after.Epoch, Expires: c.Closes},
		{Hash: token.Hash(other), Verb: string(click.Other), Expires: c.Closes},
		{Hash: token.Hash(unsubscribe), Suggestion: -1, Verb: string(click.Unsubscribe)},
	}
	alone := ""
	if acting != "" {
		text := token.New()
		alone = token.LeaveLink(d.PublicURL, text)
		tokens = append(tokens, store.NewToken{Hash: token.Hash(text), Suggestion: -1, Verb: string(click.Alone)})
	}
	var effect web.Effect
	if err == nil {
		effect, err = d.way(ctx, c.Suggestion, false)
	}
	var draft mail.Draft
	if err == nil {
		draft, err = proposal(ctx, d.DB, c.Suggestion, shot, d.language(c.Person, c.Language))
	}
	if err == nil {
		links := mail.Links{Undo: token.Link(d.PublicURL, undo), Other: token.Link(d.PublicURL, other), Alone: alone}
		if effect.Way == web.ByConsent && !after.Never {
			links.Allow = token.Link(d.PublicURL, allow)
			tokens = append(tokens, store.NewToken{Hash: token.Hash(allow), Verb: string(click.Other), Expires: c.Closes})
		}
		m, err = d.Mail.Write(mail.Letter{
			Kind: mail.Receipt, To: mail.Address{Address: c.Person}, Language: d.language(c.Person, c.Language),
			Items:       []mail.Item{{Snapshot: shot, Links: links}},
			Unsubscribe: token.LeaveLink(d.PublicURL, unsubscribe), InReplyTo: c.MessageID,
			Answer: mail.Answer{At: now, Always: after.Scope == click.Onward, Never: after.Never, Way: string(effect.Way), By: acting},
			Draft:  draft,
		}, "", c.Person, now, now, c.Closes)
	}
	if err != nil {
		if d.Log != nil {
			d.Log.ErrorContext(ctx, "no receipt could be written", "suggestion", c.ID, "error", err)
		}
		return nil, nil
	}
	return &m, tokens
}

// noteOf is what is said to an organizer: as the person left it, else as suggested.
func noteOf(left, suggested string) string {
	switch left {
	case "":
		return suggested
	case click.NoNote:
		return ""
	}
	return left
}

// Reader implements [web.Desk].
func (d *Desk) Reader(ctx context.Context, link string) (web.Reader, error) {
	t, err := d.findReader(ctx, link)
	if err != nil {
		return web.Reader{}, err
	}
	set, err := d.DB.Settings(ctx, t.Person)
	if err != nil {
		return web.Reader{}, err
	}
	r := web.Reader{Person: t.Person, Language: d.language(t.Person, set.Language), Unsubscribed: !set.Unsubscribed.IsZero()}
	if isAlone(t) {
		r.Assistant, r.Alone, r.Acting = t.Acting, !set.Alone.IsZero(), t.Acting != ""
		if r.Assistant == "" && d.Group != nil {
			r.Assistant = d.Group(t.Person).Assistant
		}
		if r.Assistant == "" { // nobody is named any more
			return web.Reader{}, web.ErrUnknownLink
		}
	}
	return r, nil
}

// Unsubscribe implements [web.Desk].
func (d *Desk) Unsubscribe(ctx context.Context, link string, via web.Via) error {
	t, err := d.findReader(ctx, link)
	if err != nil {
		return err
	}
	if isAlone(t) {
		return d.DB.SetAlone(ctx, t.Person, d.now())
	}
	return d.DB.Unsubscribe(ctx, d.now(), t.Person, string(via))
}

// Resubscribe implements [web.Desk].
func (d *Desk) Resubscribe(ctx context.Context, link string, via web.Via) error {
	t, err := d.findReader(ctx, link)
	if err != nil {
		return err
	}
	switch {
	case t.Acting != "":
		return errNotTheirs
	case isAlone(t):
		return d.DB.SetAlone(ctx, t.Person, time.Time{})
	}
	return d.DB.Resubscribe(ctx, d.now(), t.Person, string(via))
}
