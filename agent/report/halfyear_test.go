package report

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

// halfYears is how many simulated half-years a test plays.
const halfYears = 14

// ledgerKey is one person's time at one slot, as one kind of suggestion is about it.
type ledgerKey struct {
	who  string
	slot *slot
	kind string
}

// askedKey is what a suggestion names: a slot that was rewritten is another occurrence.
type askedKey struct {
	ledgerKey
	uid      string
	instance calendars.Instance
}

// ledgerRow is what the simulator itself keeps of a plan.
type ledgerRow struct {
	ledgerKey
	suggestion int64
	uid        string
	instance   calendars.Instance
	start      time.Time // as it was planned
	net        Hours
	thawed     bool
	unsent     bool
}

// simOffer is a suggestion that was made.
type simOffer struct {
	id       int64
	kind     string
	who      string // to whom
	slots    []*slot
	uid      string
	at       []calendars.Instance // of slots, when it was made
	state    string
	onward   bool
	accepted time.Time
}

// halfYear plays.
type halfYear struct {
	simulated
	t       *testing.T
	rand    *rand.Rand
	db      *store.DB
	now     time.Time
	day     int
	ids     map[string]int64 // collections
	stale   map[string]bool  // whose calendar was not read yesterday
	changed bool             // something was, this evening
	offers  []*simOffer
	ledger  []*ledgerRow
	asked   map[askedKey]Hours // the most that was suggested
	mails   int
	later   []func() // what calendars come to show of this evening
}

func (y *halfYear) chance(percent int) bool { return y.rand.IntN(100) < percent }

// TestSimulatedHalfYear plays half-years of meetings, suggestions, answers and what
// becomes of them, and compares the funnel, week by week and to the second, with what
// the simulator knows of who sat where. And nothing of it changes while all of it rolls
// out of sight.
func TestSimulatedHalfYear(t *testing.T) {
	n := halfYears
	if raceDetector {
		n = 1
	}
	var all FunnelSums
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { all = all.plus(playHalfYear(t, uint64(seed))) })
	}
	for i, h := range all.figures() {
		if h == 0 && i > 1 {
			t.Errorf("figure %d is never anything: the test proves nothing", i)
		}
	}
}

func playHalfYear(t *testing.T, seed uint64) FunnelSums {
	zone := zone(t, "Europe/Berlin")
	y := &halfYear{
		t: t, rand: rand.New(rand.NewPCG(seed, 7)), ids: map[string]int64{}, stale: map[string]bool{}, asked: map[askedKey]Hours{},
		simulated: simulated{zone: zone, first: Day(2026, time.August, 3, zone)},
	}
	all := worldPeople
	y.add("status", "ann", 9, time.Hour, worldAhead, all, 0)
	y.add("review", "bob", 10, 45*time.Minute, worldAhead, []string{"ann", "bob", "cid", "dan", "fay"}, 1)
	y.add("daily", "ann", 14, 30*time.Minute, worldAhead, []string{"ann", "bob", "cid", "dan"}, 2, 4)
	y.add("project", "bob", 11, 100*time.Minute, 18, all, 3)
	y.open()
	for y.day = 0; y.day < 7*worldWeeks; y.day++ {
		y.pass(y.evening())
		if y.day > 0 {
			y.live()
		}
		y.sync()
	}
	y.pass(y.evening())
	y.sync()
	first := y.compare("at the end")
	for range 12 {
		y.day += 7
		y.pass(y.evening())
		y.sync()
	}
	if later := y.compare("once out of sight"); later != first {
		t.Errorf("once out of sight the funnel is %+v, it was %+v", later, first)
	}
	return first
}

func (y *halfYear) evening() time.Time {
	y.now = y.first.AddDate(0, 0, y.day).Add(20 * time.Hour)
	return y.now
}

func (y *halfYear) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatalf("on day %d: %v", y.day, err)
	}
}

func (y *halfYear) open() {
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	y.must(err)
	y.t.Cleanup(func() { db.Close() })
	y.db = db
	y.must(db.SetOrganization(ctx, store.Organization{Name: "Kite", Domains: []string{"kite.example"}}))
	for _, who := range worldPeople {
		y.must(db.Enrol(ctx, at2(who)))
		if who == "fay" {
			continue
		}
		y.ids[who], err = db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: who, Owner: at2(who)})
		y.must(err)
	}
	y.evening()
	y.sync()
}

// sync reads all calendars, but now and then one a day late.
func (y *halfYear) sync() {
	ctx := context.Background()
	now := y.now.Add(time.Hour)
	clear(y.stale)
	for _, who := range worldPeople {
		if y.ids[who] == 0 {
			continue
		}
		if y.day%3 == 1 && y.day < 7*worldWeeks && y.chance(10) && who != "ann" && who != "bob" && !y.changed {
			y.stale[who] = true
			continue
		}
		midnight := Day(y.now.Year(), y.now.Month(), y.now.Day(), time.UTC)
		d := y.listing(who, midnight.AddDate(0, 0, -21), midnight.AddDate(0, 0, 36))
		_, err := y.db.Apply(ctx, y.ids[who], d, store.At(now), store.AcceptLoss())
		y.must(err)
		_, err = y.db.Verify(ctx, now, at2(who))
		y.must(err)
	}
}

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

// recovered reports whether the time of a row was really given back.
func (y *halfYear) recovered(r *ledgerRow) bool {
	if r.thawed || r.unsent || r.slot.sat[r.who] {
		return false
	}
	return !slices.ContainsFunc(y.extras, func(m *makeUp) bool { return m.slot == r.slot })
}

// compare holds the funnel against what the simulator knows, week by week.
func (y *halfYear) compare(when string) FunnelSums {
	y.t.Helper()
	judge(y.t, y.db, func(store.Subject) rules.Verdict { return judgedAs(rules.Informing, "") })
	f, err := BuildFunnel(context.Background(), y.db, rulesHash, FunnelOptions{
		Period: Period{From: y.first, To: addDays(y.first, 7*worldWeeks, y.zone), Zone: y.zone}, By: ByWeek, Cost: cost,
	})
	y.must(err)
	type both struct{ Declines, Trials Stages }
	want, got := map[string]both{}, map[string]both{}
	note := func(k ledgerKey, s Stages) {
		week := monday(k.slot.date, y.zone)
		if !week.Before(f.Period.To) {
			return
		}
		b := want[f.Period.date(week)]
		if k.kind == "trial" {
			b.Trials = b.Trials.plus(s)
		} else {
			b.Declines = b.Declines.plus(s)
		}
		want[f.Period.date(week)] = b
	}
	for k, net := range y.asked {
		note(k.ledgerKey, Stages{SuggestedHours: net})
	}
	for _, r := range y.ledger {
		if r.thawed {
			continue
		}
		s := Stages{AcceptedHours: r.net}
		if y.recovered(r) {
			s.RecoveredHours = r.net
		}
		note(r.ledgerKey, s)
	}
	for _, w := range f.Weeks {
		if b := (both{w.Declines, w.Trials}); b != (both{}) {
			got[w.From] = b
		}
	}
	if d := gocmp.Diff(want, got); d != "" {
		y.t.Errorf("%s (-truth +funnel), seconds:\n%s", when, d)
	}
	if y.t.Failed() {
		y.explain(f.Period)
	}
	return FunnelSums{Declines: f.Declines, Trials: f.Trials}
}

// explain says which rows the simulator and the database do not agree on.
func (y *halfYear) explain(p Period) {
	type row struct {
		who, kind string
		start     int64
		net       Hours
	}
	plans, err := y.db.Plans(context.Background(), p.From, p.To)
	y.must(err)
	kept := map[row]string{}
	for _, f := range plans {
		if f.Accepted {
			kept[row{f.Address, f.Kind, f.Start.Unix(), hoursOf(f.Net)}] = fmt.Sprint("recovered ", f.Recovered)
		}
	}
	for _, r := range y.ledger {
		if r.thawed || !r.start.Before(p.To) {
			continue
		}
		k := row{at2(r.who), r.kind, r.start.Unix(), r.net}
		if want := fmt.Sprint("recovered ", y.recovered(r)); kept[k] != want {
			y.t.Logf("%s, %s %s at %s: the database says %q, truth is %q; own %v, gone %v, cancelled %v, sat %v", k.who, r.kind, r.uid, r.start, kept[k], want, r.slot.own, r.slot.gone, r.slot.cancelled, r.slot.sat)
		}
		delete(kept, k)
	}
	for k := range kept {
		y.t.Logf("%s, %s at %s: the database alone has it", k.who, k.kind, time.Unix(k.start, 0).In(y.zone))
	}
}
