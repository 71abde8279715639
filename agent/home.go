package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/report"
	"unmeet/agent/token"
	"unmeet/agent/web"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// Home is what people see and choose on pages of their own, once they signed in. It is
// the [web.Door] and the [web.Home] of the pages.
type Home struct {
	*Desk
	Engine *rules.Engine
	Thinks *Digester      // what would be suggested; it asks nobody anything
	Zone   *time.Location // the organization's
	Cost   hours.Cost     // of doing an occurrence in writing
	// Links says that links to sign in by are sent; Mail of the Desk writes them.
	Links bool
	// Revoke gives back what a person granted to read their calendars; nil: nothing was.
	Revoke func(ctx context.Context, person string) error
	// Shown has the addresses of those who may see the organization's page.
	Shown []string
}

var (
	_ web.Door = (*Home)(nil)
	_ web.Home = (*Home)(nil)
)

// ByLink implements [web.Door].
func (h *Home) ByLink() bool { return h.Links && h.Mail != nil }

// mayEnter returns the address that a link to sign in by may be sent to, "" if none may
// be: that of whom is written to anyway, or was, and of those who may see the
// organization's page. Nobody else gets a mail because somebody typed their address.
func (h *Home) mayEnter(ctx context.Context, address string) (bool, error) {
	if h.mayView(address) {
		return true, nil
	}
	who, err := h.DB.Whose(ctx, address)
	if errors.Is(err, store.ErrNoPerson) {
		return false, nil
	}
	return err == nil && (who.State == "enrolled" || who.State == "out"), err
}

// mayView reports whether somebody may see the organization's page.
func (h *Home) mayView(address string) bool {
	return slices.ContainsFunc(h.Shown, func(a string) bool { return strings.EqualFold(a, address) })
}

// Send implements [web.Door].
func (h *Home) Send(ctx context.Context, address, language string) error {
	if !h.ByLink() {
		return nil
	}
	if may, err := h.mayEnter(ctx, address); err != nil || !may {
		return err
	}
	own, err := h.DB.Settings(ctx, address)
	if err != nil && !errors.Is(err, store.ErrNoPerson) {
		return err
	}
	now, text := h.now(), token.New()
	until := now.Add(web.LinkLife)
	m, err := h.Mail.Write(mail.Letter{
		Kind: mail.SignIn, To: mail.Address{Address: address}, Language: first(h.language(address, own.Language), language),
		Enter: strings.TrimSuffix(h.PublicURL, "/") + web.EnterPath(text),
	}, "", address, now, now, until)
	if err != nil {
		return err
	}
	err = h.DB.BeginLogin(ctx, now, address, token.Hash(text), until, m)
	if errors.Is(err, store.ErrManyLogins) || errors.Is(err, store.ErrSuppressed) {
		return nil
	}
	if err == nil && h.Wake != nil {
		h.Wake()
	}
	return err
}

// Opens implements [web.Door].
func (h *Home) Opens(ctx context.Context, link string) (address string, err error) {
	text, ok := token.Parse(link)
	if !ok {
		return "", web.ErrUnknownLink
	}
	address, err = h.DB.Login(ctx, h.now(), token.Hash(text))
	if errors.Is(err, store.ErrNoLogin) {
		err = web.ErrUnknownLink
	}
	return address, err
}

// Enter implements [web.Door].
func (h *Home) Enter(ctx context.Context, link string) (cookie string, err error) {
	text, ok := token.Parse(link)
	if !ok {
		return "", web.ErrUnknownLink
	}
	cookie, now := token.New(), h.now()
	_, err = h.DB.UseLogin(ctx, now, token.Hash(text), token.Hash(cookie), now.Add(web.SignedInFor))
	if errors.Is(err, store.ErrNoLogin) {
		err = web.ErrUnknownLink
	}
	return cookie, err
}

// Admit implements [web.Door].
func (h *Home) Admit(ctx context.Context, address string) (cookie string, err error) {
	cookie, now := token.New(), h.now()
	return cookie, h.DB.BeginSession(ctx, now, address, token.Hash(cookie), now.Add(web.SignedInFor))
}

// Visitor implements [web.Door].
func (h *Home) Visitor(ctx context.Context, cookie string) (web.Visitor, error) {
	text, ok := token.Parse(cookie)
	if !ok {
		return web.Visitor{}, web.ErrSignedOut
	}
	s, err := h.DB.Session(ctx, h.now(), token.Hash(text))
	if errors.Is(err, store.ErrNoSession) {
		err = web.ErrSignedOut
	}
	if err != nil {
		return web.Visitor{}, err
	}
	v := web.Visitor{Address: s.Address, Zone: h.zone(""), Organization: h.mayView(s.Address)}
	who, err := h.DB.Whose(ctx, s.Address)
	if errors.Is(err, store.ErrNoPerson) {
		return v, nil
	}
	if err != nil {
		return web.Visitor{}, err
	}
	own, err := h.DB.Settings(ctx, who.Address)
	if err != nil {
		return web.Visitor{}, err
	}
	v.Person, v.Takes, v.Left = who.Address, who.State == "enrolled", who.State == "out"
	v.Language, v.Zone = h.language(who.Address, own.Language), h.zone(own.Zone)
	return v, nil
}

func (h *Home) zone(own string) *time.Location {
	organization := h.Zone
	if organization == nil {
		organization = time.UTC
	}
	return zoneOf(organization, own)
}

// Out implements [web.Door].
func (h *Home) Out(ctx context.Context, cookie string) error {
	text, ok := token.Parse(cookie)
	if !ok {
		return nil
	}
	return h.DB.EndSession(ctx, token.Hash(text))
}

// OutEverywhere implements [web.Door].
func (h *Home) OutEverywhere(ctx context.Context, address string) error {
	return h.DB.EndSessions(ctx, address)
}

// Asked implements [web.Home].
func (h *Home) Asked(ctx context.Context, person string) ([]web.Slip, error) {
	all, err := h.DB.SuggestionsTo(ctx, person)
	if err != nil {
		return nil, err
	}
	slips := make([]web.Slip, 0, len(all))
	for _, s := range slices.Backward(all) {
		slip, err := h.slip(ctx, ownLink(person, s.ID), s)
		if err != nil {
			return nil, err
		}
		slip.ID, slip.Offered = s.ID, s.Offered
		slips = append(slips, slip)
	}
	return slips, nil
}

// signedIn is what answers call the browsers of those who signed in.
const signedIn = "signed in"

// ownLink is what a link of a mail would stand for that leads to all answers.
func ownLink(person string, suggestion int64) store.Token {
	return store.Token{Person: person, Suggestion: suggestion, Verb: string(click.Other)}
}

// own returns a person's suggestion.
func (h *Home) own(ctx context.Context, person string, id int64) (store.Suggestion, error) {
	s, err := h.DB.Suggestion(ctx, id)
	if errors.Is(err, store.ErrNoSuggestion) || err == nil && (s.Person == "" || s.Person != person) {
		err = web.ErrNotTheirs
	}
	return s, err
}

// LookAt implements [web.Home].
func (h *Home) LookAt(ctx context.Context, person string, id int64) (web.Slip, error) {
	s, err := h.own(ctx, person, id)
	if err != nil {
		return web.Slip{}, err
	}
	slip, err := h.slip(ctx, ownLink(person, id), s)
	slip.ID, slip.Offered = s.ID, s.Offered
	return slip, err
}

// AnswerTo implements [web.Home].
func (h *Home) AnswerTo(ctx context.Context, person string, id int64, a web.Answer) error {
	if _, err := h.own(ctx, person, id); err != nil {
		return err
	}
	e := click.Event{Verb: a.Verb, Scope: a.Scope, Category: a.Category, Note: cut(a.Note), Known: true, Visitor: signedIn}
	_, err := h.take(ctx, ownLink(person, id), e, web.ViaOwnPage)
	return err
}

// Hours implements [web.Home].
func (h *Home) Hours(ctx context.Context, person string) (web.Hours, error) {
	zone := h.zone("")
	period := report.DefaultPeriod(h.now(), time.Time{}, time.Time{}, zone)
	o := report.FunnelOptions{Period: period, By: report.ByCategory, Person: person, Cost: h.Cost}
	w := web.Hours{From: period.From, To: period.To, Zone: zone}
	var own *report.Own
	for range 20 { // what is not judged, or changes meanwhile, is: looking for it beforehand takes longer than counting
		var err error
		if own, err = report.BuildOwn(ctx, h.DB, h.Engine.Hash(), o); err == nil {
			break
		} else if !errors.Is(err, report.ErrUnjudged) {
			return w, err
		}
		if _, err := Judge(ctx, h.DB, h.Engine, nil); err != nil {
			return w, err
		}
	}
	if own == nil {
		return w, report.ErrUnjudged
	}
	row := func(f report.FunnelSums, meetings report.Hours) web.HourRow {
		return web.HourRow{
			Meetings: int64(meetings), Recoverable: int64(f.RecoverableHours), Trial: int64(f.TrialHours),
			Suggested: int64(f.Declines.SuggestedHours + f.Trials.SuggestedHours),
			Accepted:  int64(f.Declines.AcceptedHours + f.Trials.AcceptedHours),
			Recovered: int64(f.Declines.RecoveredHours + f.Trials.RecoveredHours),
		}
	}
	for i, c := range own.ByCategory.Categories {
		r := row(c.FunnelSums, own.Meetings[c.Category])
		r.Category = rules.Category(i)
		w.Categories = append(w.Categories, r)
		w.Total.Meetings += r.Meetings
	}
	for i, f := range own.ByWeek.Weeks {
		r := row(f.FunnelSums, own.Meetings[f.From])
		r.From, r.To = period.From.AddDate(0, 0, 7*i), period.From.AddDate(0, 0, 7*(i+1))
		w.Weeks = append(w.Weeks, r)
	}
	meetings := w.Total.Meetings
	w.Total = row(own.ByCategory.FunnelSums, report.Hours(meetings))
	return w, nil
}
