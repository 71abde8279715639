package agent

import (
	"context"
	"slices"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/verdict"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// gathering is what one round of thinking knows beside the database: nothing in it
// outlives the round.
type gathering struct {
	db       *store.DB
	set      *asking
	now      time.Time
	verdicts map[string]rules.Verdict // by subject, under the engine's rules
	silences []store.Silence
	answers  map[string]suggest.Answers // by rule
	// What would be suggested in this round and is not written.
	declines map[occurrenceKey]int
	trials   map[int64]bool // by lineage
	// Those whose turn it is in this round and who were not thought of yet, and what
	// they can be asked to do in writing, by lineage, as far as that was looked up.
	waiting map[string]store.Member
	writing map[string]map[int64]bool
	broken  map[string]bool // by address: unmeet cannot read a calendar of theirs until they connect it again
}

// occurrenceKey names an occurrence whoever attends it.
type occurrenceKey struct {
	uid, organizer string
	instance       calendars.Instance
}

// AnswersFor is how long what people said to a rule's suggestions speaks of it: a
// rule in quarantine gets another chance a year later.
const AnswersFor = 365 * 24 * time.Hour

// gather begins a round at now.
func gather(ctx context.Context, db *store.DB, set *asking, now time.Time) (*gathering, error) {
	g := &gathering{db: db, set: set, now: now, verdicts: map[string]rules.Verdict{}, answers: map[string]suggest.Answers{}, declines: map[occurrenceKey]int{}, trials: map[int64]bool{}, waiting: map[string]store.Member{}, writing: map[string]map[int64]bool{}, broken: map[string]bool{}}
	var err error
	if g.silences, err = db.Silences(ctx, now); err != nil {
		return nil, err
	}
	connections, err := db.Connections(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		if c.State == store.Paused {
			g.broken[c.Owner] = true
		}
	}
	stats, err := db.RuleStats(ctx, now.Add(-AnswersFor))
	if err != nil {
		return nil, err
	}
	for _, s := range stats {
		g.answers[s.Rule] = suggest.Answers{Suggested: s.Suggested, Answered: s.Answered, Accepted: s.Accepted, Wrong: s.Wrong}
	}
	return g, nil
}

// person is who a member is, and what was suggested to them before.
func (g *gathering) person(ctx context.Context, m store.Member, now time.Time) (suggest.Person, suggest.History, error) {
	fail := func(err error) (suggest.Person, suggest.History, error) {
		return suggest.Person{}, suggest.History{}, err
	}
	away, err := g.db.Away(ctx, m.Address, now.AddDate(0, 0, -1), now.AddDate(1, 0, 0))
	if err != nil {
		return fail(err)
	}
	group := g.set.Group(m.Address)
	p := suggest.Person{
		Address: m.Address, Language: first(m.Language, group.Language), Hours: group.Hours,
		Enrolled: true, Observing: group.Observing, Disconnected: g.broken[m.Address], Unsubscribed: !m.Unsubscribed.IsZero(), Rhythm: suggest.Rhythm(m.Rhythm),
		ReplyWithin: group.ReplyWithin,
		Zone:        zoneOf(g.set.Zone, m.Zone, away.Zone),
	}
	for _, t := range away.Times {
		p.Away = append(p.Away, suggest.Span{Start: t.Start, End: t.End})
	}
	unreachable, err := g.db.Suppressed(ctx, m.Address)
	if err != nil {
		return fail(err)
	}
	p.Unreachable = unreachable != ""
	put, err := g.db.PutTo(ctx, m.Address)
	if err != nil {
		return fail(err)
	}
	return p, g.history(m, put, now), nil
}

func first(choices ...string) string {
	for _, c := range choices {
		if c != "" {
			return c
		}
	}
	return ""
}

// zoneOf is the first zone that there is, else the organization's.
func zoneOf(organization *time.Location, names ...string) *time.Location {
	for _, name := range names {
		if name == "" || name == "Local" {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return organization
}

// history is what was put to m, oldest first.
func (g *gathering) history(m store.Member, put []store.Put, now time.Time) suggest.History {
	h := suggest.History{Since: m.Subscribed, Silences: map[int64]time.Time{}, Rules: g.answers}
	last := int64(0)
	for _, p := range put {
		a := suggest.Asked{
			Kind: suggest.Kind(p.Kind), Lineage: p.Lineage, UID: p.UID, Organizer: p.Organizer, Instance: p.Instance,
			At: p.Offered, State: stateOf(p, now), FromNowOn: p.Scope == "onward",
		}
		h.Asked = append(h.Asked, a)
		if p.MailState != store.MailQueued && p.MailState != store.MailSent && !p.Unsure {
			continue // it never came
		}
		if p.Mail != last {
			last = p.Mail
			h.Mails = append(h.Mails, suggest.Mail{At: p.Offered, Void: true})
		}
		mail := &h.Mails[len(h.Mails)-1]
		mail.Answered = mail.Answered || p.Wrong || p.State == "pending" || a.State == suggest.Accepted || a.State == suggest.Kept
		mail.Void = mail.Void && a.State == suggest.Withdrawn
	}
	for _, s := range g.silences {
		if s.Person == m.Address && s.Lineage != 0 {
			until := s.Until
			if until.IsZero() {
				until = now.AddDate(100, 0, 0)
			}
			if until.After(h.Silences[s.Lineage]) {
				h.Silences[s.Lineage] = until
			}
		}
	}
	return h
}

// stateOf is how far a suggestion has come, as the next one sees it.
func stateOf(p store.Put, now time.Time) suggest.State {
	switch p.State {
	case "offered":
		if now.Before(p.Expires) {
			return suggest.Open
		}
		return suggest.Ignored
	case "pending":
		return suggest.Open
	case "accepted":
		return suggest.Accepted
	case "kept":
		return suggest.Kept
	case "withdrawn":
		return suggest.Withdrawn
	}
	return suggest.Ignored
}

// candidates are the occurrences ahead of p, and their name as invitations have it.
func (g *gathering) candidates(ctx context.Context, p *suggest.Person, h suggest.History, now time.Time) ([]suggest.Candidate, error) {
	known, err := g.db.Candidates(ctx, p.Address, now, now, p.Ahead(now, h), now.Add(-g.set.Policy.KeepSilence))
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		for _, guest := range k.Subject.People {
			if guest.Address == p.Address {
				p.Name = first(p.Name, guest.Name)
			}
		}
	}
	if err := g.judged(ctx, known); err != nil {
		return nil, err
	}
	all := make([]suggest.Candidate, len(known))
	for i := range known {
		all[i] = g.candidate(p, &known[i])
	}
	return all, nil
}

// judged learns what the rules said of candidates.
func (g *gathering) judged(ctx context.Context, known []store.Candidate) error {
	var unknown []string
	for i := range known {
		hash := known[i].Subject.Hash
		if _, ok := g.verdicts[hash]; !ok && !slices.Contains(unknown, hash) {
			unknown = append(unknown, hash)
		}
	}
	found, err := g.db.VerdictsOn(ctx, unknown, g.set.engine.Hash())
	if err != nil {
		return err
	}
	for hash, row := range found {
		if g.verdicts[hash], err = verdict.Decode(row.Verdict); err != nil {
			return err
		}
	}
	return nil
}

func (g *gathering) candidate(p *suggest.Person, k *store.Candidate) suggest.Candidate {
	s := &k.Subject
	c := suggest.Candidate{
		UID: k.UID, Organizer: suggest.Party{Address: k.Organizer.Address, Name: k.Organizer.Name}, Instance: k.Instance, Lineage: k.Lineage,
		Title: s.Title, Private: s.Private, Start: k.Start, End: k.End, Rule: s.Rule, First: k.First,
		People: k.Heads, HeadsKnown: k.Known, Unanswered: s.Unanswered, Others: k.Others, OrganizerEnrolled: k.Enrolled,
		Organizing: k.Own, Optional: k.Optional, Response: k.Response,
		Subject: s.Hash, RulesHash: g.set.engine.Hash(), Share: k.Share, Gross: k.Gross, Ours: k.Ours,
		Declines: k.Asked.Declines, Leaving: k.Asked.Leaving, TrialOpen: k.Asked.Trial, Keeps: k.Asked.Keeps,
	}
	planned := g.declines[keyOf(&c)]
	c.Declines += planned
	c.Leaving += planned
	c.TrialOpen = c.TrialOpen || g.trials[c.Lineage]
	for _, t := range k.Ahead {
		c.Ahead = append(c.Ahead, suggest.Time{Instance: t.Instance, Start: t.Start, End: t.End})
	}
	for _, silence := range g.silences {
		if silence.Person == "" && silence.UID == "" && silence.Organizer == c.Organizer.Address {
			c.OrganizerNever = true
		}
	}
	if g.set.Link != nil {
		c.Link = g.set.Link(p.Address, k)
	}
	c.Presents = suggest.Presents(s.Title, s.Body, suggest.Party{Address: p.Address, Name: p.Name})
	c.Verdict, c.Judged = g.verdicts[s.Hash]
	if !c.Judged {
		return c
	}
	for _, e := range c.Verdict.Evidence {
		if e.Weight > 0 && g.set.speaksFor[e.Rule] == c.Verdict.Category.String() {
			c.Leads = append(c.Leads, e.Rule)
		}
	}
	if form, ok := g.set.engine.Form(Subject(g.set.engine, *s), c.Verdict); ok {
		c.Form = suggest.Form(form)
	}
	return c
}

// organizersFirst marks what its organizer may be asked, later in the round of now, to
// do in writing.
func (g *gathering) organizersFirst(ctx context.Context, all []suggest.Candidate, now time.Time) error {
	for i := range all {
		c := &all[i]
		who, ok := g.waiting[c.Organizer.Address]
		if !ok || c.Organizing || c.TrialOpen {
			continue
		}
		if g.writing[who.Address] == nil {
			p, h, err := g.person(ctx, who, now)
			if err != nil {
				return err
			}
			theirs, err := g.candidates(ctx, &p, h, now)
			if err != nil {
				return err
			}
			g.writing[who.Address] = g.set.Policy.Trials(now, p, theirs, h)
		}
		c.TrialOpen = g.writing[who.Address][c.Lineage]
	}
	return nil
}

func keyOf(c *suggest.Candidate) occurrenceKey {
	return occurrenceKey{c.UID, c.Organizer.Address, c.Instance}
}

// note keeps in mind what would be suggested to one person, for those who are
// thought of after them in the same round.
func (g *gathering) note(offers []suggest.Offer) {
	for i := range offers {
		switch c := &offers[i].Candidate; offers[i].Snapshot.Kind {
		case suggest.Decline:
			g.declines[keyOf(c)]++
		case suggest.Trial:
			g.trials[c.Lineage] = true
		}
	}
}
