package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"unmeet/agent/suggest"
	"unmeet/store"
)

// Thought is what came of thinking of one person.
type Thought struct {
	Person   suggest.Person
	At       time.Time // for when it was thought
	Offers   []suggest.Offer
	Refusals []suggest.Refusal
}

// Tally counts what came of thinking of people. It says nothing of any one of them.
type Tally struct {
	People     int                    // thought of
	Closed     map[suggest.Reason]int // of People, to whom no mail may go now, whatever is ahead of them
	Mails      int                    // with at least one offer
	Candidates int                    // meetings looked at; each is offered or refused once
	Offers     map[suggest.Kind]int
	Refusals   map[suggest.Reason]int
}

// close counts a person to whom no mail may go.
func (t *Tally) close(why suggest.Reason) {
	if t.Closed == nil {
		t.Closed = map[suggest.Reason]int{}
	}
	t.People++
	t.Closed[why]++
}

func (t *Tally) add(one Thought) {
	if t.Offers == nil {
		t.Offers, t.Refusals = map[suggest.Kind]int{}, map[suggest.Reason]int{}
	}
	t.People++
	t.Candidates += len(one.Offers) + len(one.Refusals)
	for i := range one.Offers {
		t.Offers[one.Offers[i].Snapshot.Kind]++
	}
	for i := range one.Refusals {
		t.Refusals[one.Refusals[i].Why]++
	}
}

// think lets the policy choose for p at a time.
func (g *gathering) think(ctx context.Context, p suggest.Person, h suggest.History, at time.Time) (Thought, error) {
	candidates, err := g.candidates(ctx, &p, h, at)
	if err != nil {
		return Thought{}, err
	}
	if err := g.organizersFirst(ctx, candidates, at); err != nil {
		return Thought{}, err
	}
	t := Thought{Person: p, At: at}
	t.Offers, t.Refusals = g.set.Policy.Plan(at, p, candidates, h)
	return t, nil
}

// postpones reports whether there is no mail now only because of the time.
func postpones(why suggest.Reason) bool {
	switch why {
	case suggest.Disconnected, suggest.QuietToday, suggest.AwayNow, suggest.OffNow, suggest.TooSoon:
		return true
	}
	return false
}

// prospectOf says what would be suggested to one person as things stand when their turn
// comes next, and why not what else is ahead of them. It writes nothing.
func (d *Digester) prospectOf(ctx context.Context, address string) (Thought, error) {
	set := *d.settings.Load()
	now := d.clock().Now()
	_, paused, err := d.DB.Paused(ctx)
	if err != nil {
		return Thought{}, err
	}
	set.Policy.Paused = set.Policy.Paused || paused
	g, err := gather(ctx, d.DB, &set, now)
	if err != nil {
		return Thought{}, err
	}
	own, err := d.DB.Settings(ctx, address)
	if err != nil {
		return Thought{}, err
	}
	who, err := d.DB.Whose(ctx, address)
	if err != nil {
		return Thought{}, err
	}
	p, h, err := g.person(ctx, store.Member{Address: address, Settings: own}, now)
	if err != nil {
		return Thought{}, err
	}
	p.Enrolled = who.State == "enrolled"
	at, err := d.DB.Turn(ctx, address)
	if err != nil {
		return Thought{}, err
	}
	return g.think(ctx, p, h, g.turn(p, h, at))
}

// turn is when a person is thought of whose turn is at a time: later, if there is no
// mail then only because of the time.
func (g *gathering) turn(p suggest.Person, h suggest.History, at time.Time) time.Time {
	if !at.Before(g.now) {
		return at
	}
	if g.set.Policy.Closed(g.now, p, h) != "" {
		return later(g.set.Policy.First(g.now, p, h), g.now)
	}
	return g.now
}

// turn is whose turn comes when.
type turn struct {
	store.Member
	at time.Time
	p  suggest.Person
	h  suggest.History
}

// Prospect says what would be suggested as things stand, and writes nothing: of
// each member, in order of address, what they are asked when their turn comes
// next. They are thought of in the order of their turns and, where those are at the
// same time, as in one round of [Digester.Pass]: the organizers first. While unmeet is
// paused, nobody is asked anything. The tally is of all of them.
func (d *Digester) Prospect(ctx context.Context) ([]Thought, Tally, error) {
	fail := func(err error) ([]Thought, Tally, error) { return nil, Tally{}, err }
	set := *d.settings.Load()
	now := d.clock().Now()
	_, paused, err := d.DB.Paused(ctx)
	if err != nil {
		return fail(err)
	}
	set.Policy.Paused = set.Policy.Paused || paused
	g, err := gather(ctx, d.DB, &set, now)
	if err != nil {
		return fail(err)
	}
	members, err := d.DB.Members(ctx)
	if err != nil {
		return fail(err)
	}
	organizers, err := d.DB.Organizers(ctx)
	if err != nil {
		return fail(err)
	}
	comes := make([]turn, len(members))
	for i, m := range members {
		at, err := d.DB.Turn(ctx, m.Address)
		if err != nil {
			return fail(err)
		}
		t := turn{Member: m}
		if t.p, t.h, err = g.person(ctx, m, now); err != nil {
			return fail(err)
		}
		t.at = g.turn(t.p, t.h, at)
		comes[i] = t
	}
	slices.SortStableFunc(comes, func(a, b turn) int {
		return cmp.Or(a.at.Compare(b.at), rank(organizers[a.Address])-rank(organizers[b.Address]))
	})
	var all []Thought
	sum := Tally{}
	for i, c := range comes {
		if i == 0 || !c.at.Equal(comes[i-1].at) { // a round begins
			g.writing = map[string]map[int64]bool{}
			for j := i; j < len(comes) && comes[j].at.Equal(c.at); j++ {
				g.waiting[comes[j].Address] = comes[j].Member
			}
		}
		delete(g.waiting, c.Address)
		t, err := g.think(ctx, c.p, c.h, c.at)
		if err != nil {
			return fail(err)
		}
		g.note(t.Offers)
		if len(t.Offers) > 0 {
			sum.Mails++
		}
		sum.add(t)
		if why := set.Policy.Closed(c.at, c.p, c.h); why != "" {
			sum.People-- // counted once
			sum.close(why)
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Thought) int { return cmp.Compare(a.Person.Address, b.Person.Address) })
	return all, sum, nil
}
