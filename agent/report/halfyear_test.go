package report

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

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
	var all FunnelSums
	for seed := range halfYears {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { all = all.plus(playHalfYear(t, uint64(seed))) })
	}
	for i, h := range all.figures() {
		if h == 0 && i > 1 && !raceDetector {
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

// recovered reports whether the time of a row was really given back.
func (y *halfYear) recovered(r *ledgerRow) bool {
	if r.thawed || r.unsent || r.slot.sat[r.who] {
		return false
	}
	return !slices.ContainsFunc(y.extras, func(m *makeUp) bool { return m.slot == r.slot })
}

// compareOwn holds that what is read of one person alone makes their funnel the one that
// is read of everybody.
func (y *halfYear) compareOwn(p Period) {
	y.t.Helper()
	ctx := context.Background()
	for _, who := range worldPeople {
		o := FunnelOptions{Period: p, Cost: cost, Person: at2(who)}
		own, err := BuildOwn(ctx, y.db, rulesHash, o)
		y.must(err)
		for by, got := range map[By]*Funnel{ByCategory: own.ByCategory, ByWeek: own.ByWeek} {
			o.By = by
			want, err := BuildFunnel(ctx, y.db, rulesHash, o)
			y.must(err)
			want.Connected, want.Known = 0, 0 // are told of everybody alone
			var wanted, gotten strings.Builder
			y.must(want.JSON(&wanted))
			y.must(got.JSON(&gotten))
			if diff := gocmp.Diff(wanted.String(), gotten.String()); diff != "" {
				y.t.Errorf("%s's own by %s (-of everybody's +of theirs):\n%s", who, by, diff)
			}
		}
	}
}

// compare holds the funnel against what the simulator knows, week by week.
func (y *halfYear) compare(when string) FunnelSums {
	y.t.Helper()
	judge(y.t, y.db, func(store.Subject) rules.Verdict { return judgedAs(rules.Informing, "") })
	f, err := BuildFunnel(context.Background(), y.db, rulesHash, FunnelOptions{
		Period: Period{From: y.first, To: addDays(y.first, 7*worldWeeks, y.zone), Zone: y.zone}, By: ByWeek, Cost: cost,
	})
	y.must(err)
	y.compareOwn(f.Period)
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
