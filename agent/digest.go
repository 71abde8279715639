package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/calendars"
	"unmeet/internal/failpoint"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// Group is what a person's group says of them, where they did not choose
// themselves.
type Group struct {
	Language  string
	Hours     suggest.Hours
	Observing bool // the group takes no suggestions yet
	// ReplyWithin is how long its people take to answer in writing.
	ReplyWithin time.Duration
	// Assistant is the address of who answers for the person, "" if nobody does: their
	// suggestions go there, unless they want that nobody answers for them.
	Assistant string
}

// Asking says how people are asked.
type Asking struct {
	Policy suggest.Policy
	Zone   *time.Location                                  // of those whose own is not known
	Group  func(address string) Group                      // of whoever has an address
	Link   func(address string, c *store.Candidate) string // to an event in a person's calendar; nil: there are none
}

// Writer writes letters for the outbox; [mail.Writer] does.
type Writer interface {
	Write(l mail.Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error)
}

// Digester asks people about their meetings: when their turn comes, it reads what
// is ahead of them, lets package suggest choose, and queues one mail with the
// suggestions. Call Set before anything else.
type Digester struct {
	DB        *store.DB
	Writer    Writer
	PublicURL string       // where people reach the pages
	Clock     Clock        // nil: the real one
	Log       *slog.Logger // nil: nobody is told
	Wake      func()       // called after mails were queued; nil: nobody is

	settings atomic.Pointer[asking]
}

type asking struct {
	Asking
	engine    *rules.Engine
	speaksFor map[string]string // by rule: its category, "" of those that only guard
}

// Set changes how to ask, and by which rules, from the next person on. What the
// rules have not judged yet is not suggested.
func (d *Digester) Set(a Asking, engine *rules.Engine) {
	set := &asking{a, engine, map[string]string{}}
	for _, r := range engine.Rules() {
		set.speaksFor[r.Name] = r.Category
	}
	d.settings.Store(set)
}

func (d *Digester) clock() Clock { return orReal(d.Clock) }

func (d *Digester) log() *slog.Logger { return orSilent(d.Log) }

// turnsAtOnce is how many people at least are thought of before looking again whose turn
// it is, and lookAgain into how many parts that splits a crowd at most: each look reads
// what there is of everybody, and would cost more than all the thinking.
const (
	turnsAtOnce = 100
	lookAgain   = 10
)

// Run asks people as their turns come until ctx ends. Errors go to the log, and the
// work is tried again.
func (d *Digester) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := d.Pass(ctx); err != nil && ctx.Err() == nil {
			d.log().ErrorContext(ctx, "thinking of what to suggest failed", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-d.clock().After(askEvery):
		}
	}
}

// askEvery is how often the loop looks whose turn it is.
const askEvery = time.Minute

// Pass thinks of everybody whose turn it is, and returns what came of it. While
// unmeet is paused nobody's turn comes. A person of whom something fails does not
// hold up the others.
func (d *Digester) Pass(ctx context.Context) (Tally, error) {
	sum := Tally{}
	var failures []error
	failed := map[string]bool{}
	if err := d.withdraw(ctx); err != nil {
		failures = append(failures, err)
	}
	for {
		_, paused, err := d.DB.Paused(ctx)
		if err != nil || paused {
			return sum, errors.Join(append(failures, err)...)
		}
		now := d.clock().Now()
		due, err := d.due(ctx, now, failed)
		if err != nil {
			return sum, errors.Join(append(failures, err)...)
		}
		done, err := d.round(ctx, now, due, failed, &sum)
		if err != nil {
			failures = append(failures, err)
		}
		if done == 0 || ctx.Err() != nil {
			return sum, errors.Join(failures...)
		}
	}
}

// withdraw takes back what was asked about meetings that were called off or moved
// since. That is nothing that leaves unmeet, so a pause does not hold it up.
func (d *Digester) withdraw(ctx context.Context) error {
	now := d.clock().Now()
	ids, err := d.DB.Overtaken(ctx, now)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = d.DB.Withdraw(ctx, now, ids, "agent", "the meeting was called off or moved")
	return err
}

// due returns whose turn it is, but for those of whom something failed: first those
// who organize meetings, because they are asked before their guests.
func (d *Digester) due(ctx context.Context, now time.Time, failed map[string]bool) ([]string, error) {
	due, err := d.DB.DueTurns(ctx, now)
	if err != nil {
		return nil, err
	}
	due = slices.DeleteFunc(due, func(address string) bool { return failed[address] })
	if len(due) < 2 {
		return due, nil
	}
	organizers, err := d.DB.Organizers(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(due, func(a, b string) int { return rank(organizers[a]) - rank(organizers[b]) })
	return due, nil
}

// rank puts organizers first.
func rank(organizes bool) int {
	if organizes {
		return 0
	}
	return 1
}

// round thinks of the first of the given people, whose turn it is, and returns for
// how many it could.
func (d *Digester) round(ctx context.Context, now time.Time, due []string, failed map[string]bool, sum *Tally) (done int, err error) {
	if len(due) == 0 {
		return 0, nil
	}
	set := d.settings.Load()
	g, err := gather(ctx, d.DB, set, now)
	if err != nil {
		return 0, err
	}
	members, err := d.members(ctx)
	if err != nil {
		return 0, err
	}
	for _, address := range due {
		g.waiting[address] = members[address]
	}
	var failures []error
	for _, address := range due[:min(len(due), max(turnsAtOnce, len(due)/lookAgain))] {
		if ctx.Err() != nil {
			break
		}
		delete(g.waiting, address)
		if err := d.take(ctx, g, members[address], sum); err != nil {
			failed[address] = true
			failures = append(failures, fmt.Errorf("%s: %w", address, err))
			if errors.Is(err, store.ErrPaused) {
				break
			}
			continue
		}
		done++
	}
	return done, errors.Join(failures...)
}

func (d *Digester) members(ctx context.Context) (map[string]store.Member, error) {
	all, err := d.DB.Members(ctx)
	if err != nil {
		return nil, err
	}
	members := make(map[string]store.Member, len(all))
	for _, m := range all {
		members[m.Address] = m
	}
	return members, nil
}

// take thinks of one person, asks them, and says when their turn comes again.
func (d *Digester) take(ctx context.Context, g *gathering, m store.Member, sum *Tally) error {
	turn, err := d.DB.Turn(ctx, m.Address)
	if err != nil {
		return err
	}
	p, h, err := g.person(ctx, m, g.now)
	if err != nil {
		return err
	}
	if turn.IsZero() { // nobody is written to the moment they enrol
		return d.DB.SetTurn(ctx, m.Address, later(g.set.Policy.First(g.now, p, h), g.now))
	}
	if why := g.set.Policy.Closed(g.now, p, h); why != "" {
		sum.close(why)
		next := g.set.Policy.Next(g.now, p, h)
		if postpones(why) {
			next = g.set.Policy.First(g.now.Add(time.Second), p, h) // never at once
		}
		return d.DB.SetTurn(ctx, m.Address, later(next, g.now))
	}
	t, err := g.think(ctx, p, h, g.now)
	if err != nil {
		return err
	}
	if len(t.Offers) > 0 {
		err := d.offer(ctx, g.now, &t, len(h.Mails) == 0)
		switch {
		case errors.Is(err, store.ErrNotAsked), errors.Is(err, mail.ErrLetter), errors.Is(err, mail.ErrTooLarge), errors.Is(err, store.ErrSuppressed):
			// They left, or answered, just now, or cannot be written to.
			d.log().WarnContext(ctx, "nothing was suggested", "person", m.Address, "error", err)
		case err != nil:
			return err
		case len(t.Offers) > 0:
			sum.Mails++
			if d.Wake != nil {
				d.Wake()
			}
		}
	}
	sum.add(t)
	failpoint.Hit("before-turn")
	return d.DB.SetTurn(ctx, m.Address, later(g.set.Policy.Next(g.now, p, h), g.now))
}

// later is when to think of somebody again of whom there is nothing to be asked as
// things stand: things change.
func later(next, now time.Time) time.Time {
	if next.IsZero() {
		return now.AddDate(0, 0, 7)
	}
	return next
}

// offer asks a person what was thought of. What the database refuses meanwhile is
// refused in t, too, and the rest is asked.
func (d *Digester) offer(ctx context.Context, now time.Time, t *Thought, first bool) error {
	for len(t.Offers) > 0 {
		err := d.send(ctx, now, t.Person, t.Offers, first)
		var refused *store.RefusedError
		if !errors.As(err, &refused) {
			return err
		}
		kept := t.Offers[:0:0]
		for i := range t.Offers {
			if why := refused.Why[i]; why != nil {
				t.Refusals = append(t.Refusals, suggest.Refusal{Candidate: t.Offers[i].Candidate, Why: reasonOf(why)})
			} else {
				kept = append(kept, t.Offers[i])
			}
		}
		t.Offers = kept
	}
	return nil
}

// reasonOf says why the database refused a suggestion in the words of the policy.
func reasonOf(err error) suggest.Reason {
	switch {
	case errors.Is(err, store.ErrEnough):
		return suggest.EnoughDeclines
	case errors.Is(err, store.ErrTrial):
		return suggest.OrganizerFirst
	case errors.Is(err, store.ErrSilenced):
		return suggest.KeptBefore
	}
	return suggest.StillOpen
}

// cost is what doing an occurrence in writing costs.
func (a *asking) cost() hours.Cost {
	return hours.Cost{Write: int64(a.Policy.Write / time.Second), Read: int64(a.Policy.Read / time.Second)}
}

func instancesOf(times []suggest.Time) []calendars.Instance {
	all := make([]calendars.Instance, len(times))
	for i, t := range times {
		all[i] = t.Instance
	}
	return all
}

// send writes a mail with offers to p, and queues it. It arrives within working
// hours, and with due notice of the first meeting, or not at all.
func (d *Digester) send(ctx context.Context, now time.Time, p suggest.Person, offers []suggest.Offer, first bool) error {
	digest := store.Digest{Person: p.Address, MaxDeclines: suggest.MaxDeclines}
	acting, err := assistantOf(ctx, d.DB, d.settings.Load().Group, p.Address)
	if err != nil {
		return err
	}
	unsubscribe := token.New()
	letter := mail.Letter{
		Kind: mail.Digest, To: mail.Address{Name: p.Name, Address: p.Address}, Language: p.Language,
		First: first, Unsubscribe: token.LeaveLink(d.PublicURL, unsubscribe),
	}
	if acting.address != "" {
		letter.For, letter.To, letter.Language = letter.To, mail.Address{Address: acting.address}, acting.language
		letter.First = false // that is for the person to be told
	}
	digest.Tokens = append(digest.Tokens, store.NewToken{Hash: token.Hash(unsubscribe), Suggestion: -1, Verb: string(click.Unsubscribe), Acting: acting.address})
	deadline := p.Hours.Until(now.In(p.Zone))
	for i := range offers {
		o := &offers[i]
		o.Snapshot.Note = mail.Note(p.Language, o.Snapshot)
		text, err := o.Snapshot.Encode()
		if err != nil {
			return err
		}
		digest.Suggestions = append(digest.Suggestions, store.NewSuggestion{
			UID: o.Snapshot.UID, Organizer: o.Snapshot.Organizer.Address, Instance: o.Snapshot.Instance,
			Kind: string(o.Snapshot.Kind), Recurring: o.Candidate.Rule != "", Minutes: int(o.Gain / time.Minute),
			Category: o.Snapshot.Category.String(), Starts: o.Snapshot.Start, Expires: o.ExpiresAt, Closes: o.ClosesAt,
			SubjectHash: o.Snapshot.Subject, RulesHash: o.Snapshot.RulesHash, Rules: o.Snapshot.Rules, Snapshot: text,
			Occurrences: instancesOf(o.Snapshot.Occurrences), Cost: d.settings.Load().cost(),
		})
		link := func(verb click.Verb) string {
			text := token.New()
			digest.Tokens = append(digest.Tokens, store.NewToken{Hash: token.Hash(text), Suggestion: i, Verb: string(verb), Expires: o.ClosesAt, Acting: acting.address})
			return token.Link(d.PublicURL, text)
		}
		letter.Items = append(letter.Items, mail.Item{Snapshot: o.Snapshot, Links: mail.Links{
			Accept: link(o.Snapshot.Kind.Accept()), Keep: link(click.Keep), Wrong: link(click.Wrong), Other: link(click.Other),
		}})
		if near := o.Snapshot.Start.Add(-suggest.Notice); near.Before(deadline) {
			deadline = near
		}
	}
	if digest.Mail, err = d.Writer.Write(letter, "", p.Address, now, now, deadline); err != nil {
		return err
	}
	failpoint.Hit("before-offer")
	if err := d.DB.Offer(ctx, now, digest); err != nil {
		return err
	}
	failpoint.Hit("after-offer")
	return nil
}
