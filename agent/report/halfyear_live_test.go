package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"unmeet/calendars"
	"unmeet/store"
)

// live is an evening: people answer suggestions, organizers change their meetings,
// new suggestions come.
func (y *halfYear) live() {
	for _, o := range y.offers {
		switch {
		case o.state == "offered" && y.chance(40):
			y.accept(o)
		case o.state == "accepted" && y.chance(3):
			y.undo(o)
		}
		if o.state == "accepted" && o.kind == "trial" {
			y.tend(o)
		}
	}
	for range 3 {
		y.suggest()
	}
	for _, change := range y.later {
		change()
	}
	y.changed = len(y.later) > 0
	y.later = nil
	y.byHand()
	y.organize()
}

// ahead returns the slots of a series that begin tomorrow or later, in so many days.
func (y *halfYear) ahead(s *simSeries, days int) (all []*slot) {
	for _, k := range s.slots {
		if k.held() && k.start().After(y.now) && k.start().Before(y.now.AddDate(0, 0, days)) {
			all = append(all, k)
		}
	}
	return all
}

// standing is the row by which somebody is out of a slot already.
func (y *halfYear) standing(who string, k *slot) *ledgerRow {
	for _, r := range y.ledger {
		if r.who == who && r.slot == k && !r.thawed {
			return r
		}
	}
	return nil
}

// suggest puts a suggestion to somebody, if it may be.
func (y *halfYear) suggest() {
	s := y.series[y.rand.IntN(len(y.series))]
	ahead := y.ahead(s, 20)
	if len(ahead) < 5 && s.name != "daily" && len(ahead) < 2 || len(y.stale) > 0 {
		return
	}
	if len(ahead) == 0 {
		return
	}
	k := ahead[y.rand.IntN(len(ahead))]
	o := &simOffer{kind: "decline", who: s.guests[y.rand.IntN(len(s.guests))], slots: []*slot{k}, uid: k.v.uid, state: "offered"}
	if y.chance(15) {
		o.kind, o.who, o.slots = "trial", s.organizer, nil
		for _, l := range ahead {
			if l.v == k.v && !l.start().Before(k.start()) && len(o.slots) < 4 {
				o.slots = append(o.slots, l)
			}
		}
	} else if o.who == s.organizer || !k.attends(o.who) {
		return
	}
	for _, k := range o.slots {
		o.at = append(o.at, k.instance())
	}
	y.mails++
	start := o.slots[0].start()
	err := y.db.Offer(context.Background(), y.now, store.Digest{
		Person: at2(o.who),
		Suggestions: []store.NewSuggestion{{
			UID: o.uid, Organizer: at2(s.organizer), Instance: o.at[0], Kind: o.kind, Recurring: true, Category: "informing",
			Starts: start, Expires: start, Closes: o.slots[len(o.slots)-1].start(), SubjectHash: "s", RulesHash: "r", Cost: cost, Occurrences: o.at,
		}},
		Mail: store.NewMail{MessageID: fmt.Sprint(y.mails), Person: at2(o.who), Kind: "digest", From: "u@kite.example", To: at2(o.who), MIME: []byte("x"), Deadline: start},
	})
	if _, refused := errors.AsType[*store.RefusedError](err); refused {
		return
	}
	y.must(err)
	all, err := y.db.SuggestionsTo(context.Background(), at2(o.who))
	y.must(err)
	o.id = all[len(all)-1].ID
	y.offers = append(y.offers, o)
	for _, k := range o.slots {
		for who, net := range y.nets(o, k, false) {
			y.ask(ledgerKey{who, k, o.kind}, net)
		}
	}
}

// ask notes what was suggested.
func (y *halfYear) ask(k ledgerKey, net Hours) {
	key := askedKey{k, k.slot.v.uid, k.slot.instance()}
	y.asked[key] = max(y.asked[key], net)
}

// nets is what a slot gives back to whom, as things stand: to those whom no plan has
// out of it yet, if left is asked.
func (y *halfYear) nets(o *simOffer, k *slot, left bool) map[string]Hours {
	length := Hours(k.v.length / time.Second)
	nets := map[string]Hours{}
	if o.kind == "decline" {
		if k.attends(o.who) && (!left || y.standing(o.who, k) == nil) {
			nets[o.who] = max(0, length-Hours(cost.Read))
		}
		return nets
	}
	var people []string
	for _, who := range worldPeople { // the order in which they came to be known
		if k.attends(who) && (!left || y.standing(who, k) == nil) {
			people = append(people, who)
		}
	}
	n := Hours(len(people))
	whole := max(0, length*n-Hours(cost.Write)-Hours(cost.Read)*n)
	for i, who := range people {
		nets[who] = whole*Hours(i+1)/n - whole*Hours(i)/n
	}
	return nets
}

// accept accepts a suggestion, as far as it is still about what takes place, and mostly
// has the calendar say so.
func (y *halfYear) accept(o *simOffer) {
	if len(y.stale) > 0 {
		return
	}
	first := o.slots[0]
	if !first.start().After(y.now) || first.v.uid != o.uid || first.instance() != o.at[0] {
		o.state = "over"
		return
	}
	var slots []*slot
	for i, k := range o.slots {
		if k.held() && k.v.uid == o.uid && k.instance() == o.at[i] {
			slots = append(slots, k)
		}
	}
	o.onward = o.kind == "decline" && y.chance(25)
	if o.onward {
		slots = nil
		until := first.start().AddDate(0, 0, 7*26)
		for _, k := range first.s.slots[first.n:] {
			if k.held() && k.v == first.v && k.start().Before(until) && !(first.v.ended != nil && k.n >= first.v.ended.n) {
				slots = append(slots, k)
			}
		}
	}
	if o.kind == "decline" && !first.attends(o.who) {
		return
	}
	for _, k := range slots {
		for _, who := range worldPeople {
			if r := y.standing(who, k); r != nil && (r.uid != k.v.uid || r.instance != k.instance()) {
				return // it was rewritten since: the simulator does not plan it twice
			}
		}
	}
	var rows []*ledgerRow
	for _, k := range slots {
		nets := y.nets(o, k, true)
		for who, net := range nets {
			key := ledgerKey{who, k, o.kind}
			y.ask(key, net)
			rows = append(rows, &ledgerRow{ledgerKey: key, suggestion: o.id, uid: k.v.uid, instance: k.instance(), start: k.start(), net: net, unsent: o.kind == "trial"})
		}
	}
	y.ledger = append(y.ledger, rows...)
	_, err := y.db.Decide(context.Background(), y.now, o.id, "test", func(c store.Case) (store.Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Scope, a.Epoch = "accepted", o.kind, "this", a.Epoch+1
		if o.onward {
			a.Scope = "onward"
		}
		d := store.Decision{Answer: a, Accepted: true}
		if o.kind == "trial" {
			d.Trial = &store.NewTrial{State: "running", Machine: []byte("{}"), Occurrences: o.at}
			d.Supersede = true
		}
		return d, nil
	})
	y.must(err)
	o.state, o.accepted = "accepted", y.now
	if o.kind == "trial" {
		for _, other := range y.offers {
			if other.kind == "decline" && other.state == "offered" && other.slots[0].s == first.s {
				other.state = "over"
			}
		}
	}
	if y.chance(15) {
		return // nothing comes of it
	}
	y.later = append(y.later, func() {
		switch {
		case o.onward:
			first.v.answers[o.who] = calendars.Declined
			for _, k := range slots {
				delete(k.own, o.who)
			}
		case o.kind == "decline":
			first.own[o.who] = calendars.Declined
		default:
			for _, k := range slots {
				k.cancelled = true
			}
		}
	})
}

// undo takes an answer back, and mostly has the calendar say so, too.
func (y *halfYear) undo(o *simOffer) {
	if o.onward && o.slots[0].instance() != o.at[0] {
		// Its series was rewritten since. Taking the answer to that back shows the past of
		// the running week as attended, and rather takes an hour back than not.
		return
	}
	_, err := y.db.Decide(context.Background(), y.now, o.id, "test", func(c store.Case) (store.Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Scope = "expired", "", ""
		return store.Decision{Answer: a, TakeBack: true}, nil
	})
	y.must(err)
	o.state = "undone"
	for _, r := range y.ledger {
		if r.suggestion == o.id && !r.slot.over {
			r.thawed = true
		}
	}
	if y.chance(10) {
		return
	}
	y.later = append(y.later, func() {
		switch {
		case o.onward:
			if v := o.slots[0].v; v.uid == o.uid {
				v.answers[o.who] = calendars.Accepted
			}
		case o.kind == "decline":
			if k := o.slots[0]; !k.over {
				delete(k.own, o.who)
			}
		default:
			for _, k := range o.slots {
				if !k.over {
					k.cancelled = false
				}
			}
		}
	})
}

// tend has updates of a trial sent, and after its last maybe ends the series for good.
func (y *halfYear) tend(o *simOffer) {
	ctx := context.Background()
	trial, err := y.db.TrialOf(ctx, o.id)
	y.must(err)
	sent := map[calendars.Instance]bool{}
	all := true
	for i, k := range o.slots {
		all = all && k.over
		if k.over && y.now.Sub(k.end()) < 24*time.Hour && y.chance(75) {
			sent[o.at[i]] = true
			for _, r := range y.ledger {
				if r.suggestion == o.id && r.instance == o.at[i] {
					r.unsent = false
				}
			}
		}
	}
	d := store.TrialDecision{State: "running", Machine: []byte("{}"), Sent: sent}
	s := o.slots[0].s
	if all {
		o.state = "over"
		d.State = "ended"
		rest := y.ahead(s, 400)
		if len(rest) > 1 && rest[0].v.uid == o.uid && !s.ended() && len(y.stale) == 0 && y.chance(30) {
			y.convert(o, rest, &d)
		}
	}
	y.must(y.db.StepTrial(ctx, y.now, trial.ID, "test", func(store.Trial) (store.TrialDecision, error) { return d, nil }))
}

// convert keeps a series async from its next slot but one on.
func (y *halfYear) convert(o *simOffer, rest []*slot, d *store.TrialDecision) {
	from := rest[1]
	until := from.start().AddDate(0, 0, 7*26)
	for _, k := range rest[1:] {
		for _, who := range worldPeople {
			if y.standing(who, k) != nil {
				return // keep to plans that do not cut into each other
			}
		}
	}
	for _, k := range rest[1:] {
		if k.v != from.v || !k.start().Before(until) {
			continue
		}
		for who, net := range y.nets(&simOffer{kind: "trial"}, k, true) {
			key := ledgerKey{who, k, "trial"}
			y.ask(key, net)
			y.ledger = append(y.ledger, &ledgerRow{ledgerKey: key, suggestion: o.id, uid: k.v.uid, instance: k.instance(), start: k.start(), net: net})
		}
	}
	d.Converted, d.Epoch = from.start(), 100
	y.later = append(y.later, func() { o.slots[0].s.end(from) })
}

// byHand has people change their answers in their calendars.
func (y *halfYear) byHand() {
	s := y.series[y.rand.IntN(len(y.series))]
	who := s.guests[y.rand.IntN(len(s.guests))]
	ahead := y.ahead(s, 12)
	if who == s.organizer || len(ahead) == 0 {
		return
	}
	y.changed = true
	k := ahead[y.rand.IntN(len(ahead))]
	switch planned := y.standing(who, k) != nil; {
	case planned && k.answer(who) == calendars.Declined && y.chance(30):
		k.own[who] = calendars.Accepted
	case planned && k.answer(who) != calendars.Declined && y.chance(30):
		k.own[who] = calendars.Declined
	case !planned && s.name != "daily" && k == ahead[0] && k.start().Sub(y.now) < 24*time.Hour && y.chance(50):
		k.own[who] = calendars.Declined
	}
}

// organize has organizers change their meetings: at the weekend whole series, on other
// days one of them.
func (y *halfYear) organize() {
	s := y.series[y.rand.IntN(len(y.series))]
	v := s.versions[len(s.versions)-1]
	ahead := y.ahead(s, 14)
	if len(ahead) < 2 || s.ended() || len(y.stale) > 0 {
		return
	}
	hour := 9 + y.rand.IntN(7)
	if y.day%7 == 5 {
		switch {
		case hour == v.hour:
		case y.chance(8):
			s.retime(hour, y.chance(50))
		case y.chance(8):
			s.split(ahead[0], hour, y.chance(50))
		}
		return
	}
	k := ahead[1]
	if s.name == "daily" || y.day%7 > 3 || k.start().Sub(y.now) < 48*time.Hour || !y.chance(6) {
		return
	}
	k.gone = true
	if y.chance(60) {
		saturday := k.date.AddDate(0, 0, 5-s.days[0])
		start := Day(saturday.Year(), saturday.Month(), saturday.Day(), y.zone).Add(time.Duration(9+2*slices.Index(y.series, s)) * time.Hour)
		y.extras = append(y.extras, &makeUp{slot: k, uid: fmt.Sprintf("extra-%d", y.day), from: k.v.uid, start: start, end: start.Add(v.length)})
	}
}
