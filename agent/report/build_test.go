package report

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/agent/verdict"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

const rulesHash = "rules of the test"

// event is a generated meeting, as simple as can be counted by hand.
type event struct {
	Organizer int
	Listed    bool // the organizer stands in the guest list
	Guests    []int
	Strangers int // guests outside the organization
	Declined  []int
	Unknown   bool // guests cannot be counted; those named came by chance
	Free      bool
	AllDay    bool
	Cancelled bool
	Private   bool
	Start     int // minutes after the period's first day begins
	Minutes   int
	Days      int // takes place on so many days in a row
	Category  rules.Category
	Unsure    bool
	Guarded   bool
}

const folk = 5 // people of the organization

func address(person int) string { return fmt.Sprintf("p%d@kite.example", person) }

// events generates a few events around a period of two days, many of them at the
// same time, some across midnight. There are never more than six at once, so
// that every minute splits into whole seconds.
func events(t *rapid.T) []event {
	person := rapid.IntRange(0, folk-1)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		rarely := func(label string) bool { return rapid.IntRange(0, 7).Draw(t, label) == 0 }
		return event{
			Organizer: person.Draw(t, "organizer"),
			Listed:    rapid.Bool().Draw(t, "listed"),
			Guests:    rapid.SliceOfNDistinct(person, 0, folk, rapid.ID).Draw(t, "guests"),
			Strangers: max(0, rapid.IntRange(-3, 2).Draw(t, "strangers")),
			Declined:  rapid.SliceOfNDistinct(person, 0, 2, rapid.ID).Draw(t, "declined"),
			Unknown:   rarely("unknown"),
			Free:      rarely("free"),
			AllDay:    rarely("all day"),
			Cancelled: rarely("cancelled"),
			Private:   rarely("private"),
			Start:     rapid.IntRange(-24*60, 48*60).Draw(t, "start"),
			Minutes:   rapid.IntRange(1, 10*60).Draw(t, "minutes"),
			Days:      rapid.IntRange(1, 3).Draw(t, "days"),
			Category:  rules.Category(rapid.SampledFrom([]int{0, 0, 1, 1, 2, 6}).Draw(t, "category")),
			Unsure:    rarely("unsure"),
			Guarded:   rarely("guarded"),
		}
	}), 0, 6).Draw(t, "events")
}

// people are all of the organization that e invites, in order.
func (e event) people() []int {
	invited := append([]int{e.Organizer}, e.Guests...)
	slices.Sort(invited)
	return slices.Compact(invited)
}

func (e event) heads() int { return len(e.people()) + e.Strangers }

// attends says whether the event takes p's time.
func (e event) attends(p int) bool {
	return !e.Free && !e.AllDay && !e.Cancelled && e.heads() > 1 && slices.Contains(e.people(), p) && !e.declined(p)
}

// declined says whether p said no. An organizer who is not listed cannot.
func (e event) declined(p int) bool {
	return slices.Contains(e.Declined, p) && (slices.Contains(e.Guests, p) || p == e.Organizer && e.Listed)
}

func (e event) start(from time.Time, day int) time.Time {
	return from.Add(time.Duration(e.Start+day*24*60) * time.Minute)
}

// copy is the event as a calendar has it.
func (e event) copy(n int, from time.Time) calendars.Copy {
	uid := fmt.Sprint("event ", n)
	length := time.Duration(e.Minutes) * time.Minute
	c := calendars.Copy{
		Remote: calendars.RemoteID(uid), UID: uid, Title: fmt.Sprint(n), Busy: !e.Free, Status: calendars.Confirmed,
		Private: e.Private, AllDay: e.AllDay, Zone: "UTC", HeadsKnown: !e.Unknown,
		Start: e.start(from, 0), End: e.start(from, 0).Add(length),
		Organizer: calendars.Party{Address: address(e.Organizer)},
	}
	if e.Cancelled {
		c.Status = calendars.Cancelled
	}
	if e.Days > 1 {
		c.Rule = fmt.Sprint("FREQ=DAILY;COUNT=", e.Days)
		for day := range e.Days {
			start := e.start(from, day)
			c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(length)})
		}
	}
	for _, p := range e.people() {
		if p == e.Organizer && !e.Listed && !slices.Contains(e.Guests, p) {
			continue
		}
		response := calendars.NoAnswer
		if e.declined(p) {
			response = calendars.Declined
		}
		c.People = append(c.People, calendars.Attendee{
			Party: calendars.Party{Address: address(p)}, Kind: calendars.Individual, Response: response,
		})
	}
	for s := range e.Strangers {
		c.People = append(c.People, calendars.Attendee{
			Party: calendars.Party{Address: fmt.Sprintf("s%d@other.example", s)}, Kind: calendars.Individual,
		})
	}
	return c
}

// fill puts every event into the calendars of all of the organization whom it
// invites, through a real store, and has it judged as it says.
func fill(t testing.TB, events []event, from time.Time) *store.DB {
	t.Helper()
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.SetOrganization(ctx, store.Organization{Name: "Kite", Domains: []string{"kite.example"}}); err != nil {
		t.Fatal(err)
	}
	for p := range folk {
		id, err := db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: "calendar", Owner: address(p)})
		if err != nil {
			t.Fatal(err)
		}
		delta := calendars.Delta{Full: true, From: from.AddDate(0, 0, -9), To: from.AddDate(0, 0, 9)}
		for n, e := range events {
			if slices.Contains(e.people(), p) {
				delta.Copies = append(delta.Copies, e.copy(n, from))
			}
		}
		if _, err := db.Apply(ctx, id, delta); err != nil {
			t.Fatal(err)
		}
	}
	judge(t, db, func(s store.Subject) rules.Verdict {
		// A private event has no title to go by; it is judged alike whichever it is.
		e := event{Guarded: true}
		if !s.Private {
			var n int
			if _, err := fmt.Sscan(s.Title, &n); err != nil {
				t.Fatal(err)
			}
			e = events[n]
		}
		return e.verdict()
	})
	return db
}

func (e event) verdict() rules.Verdict {
	v := judgedAs(e.Category, "")
	v.Sure = !e.Unsure
	if e.Guarded {
		v.Guards = []string{"guard"}
	}
	return v
}

// judge saves the verdicts that the given rules would.
func judge(t testing.TB, db *store.DB, of func(store.Subject) rules.Verdict) {
	t.Helper()
	var all []store.Verdict
	for s, err := range db.Subjects(context.Background(), nil, rulesHash) {
		if err != nil {
			t.Fatal(err)
		}
		v := of(s)
		text, err := verdict.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, store.Verdict{SubjectHash: s.Hash, RulesHash: rulesHash, Category: v.Category.String(), Verdict: text})
	}
	if err := db.SaveVerdicts(context.Background(), all); err != nil {
		t.Fatal(err)
	}
}

func build(t testing.TB, db *store.DB, o Options) *Report {
	t.Helper()
	r, err := Build(context.Background(), db, rulesHash, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// twoDays are a Sunday of 25 hours, on which Berlin's clocks go back, and the
// Monday after it, which begins another week.
func twoDays(t testing.TB) Period {
	berlin := zone(t, "Europe/Berlin")
	return Period{From: Day(2026, 10, 25, berlin), To: Day(2026, 10, 27, berlin), Zone: berlin}
}

// byHand counts, minute by minute and person by person, what a report of p has
// to say. Net is allotted in fractions of a second here.
type byHand struct {
	people, occurrences            int
	meeting, left, unsure, unknown int // seconds
	categories                     [rules.Categories]int
	suggestable                    int
	recoverable, trial             float64
	cut                            int // occurrences whose net is allotted: each may be a second off
}

func countByHand(events []event, p Period) byHand {
	const day = 24 * 60
	type meeting struct {
		event
		minutes     []int // that it takes, after the period begins
		gross, part int   // seconds, whole and within p
	}
	var meetings []*meeting
	for _, e := range events {
		for d := range e.Days {
			m := &meeting{event: e}
			for minute := range e.Minutes {
				m.minutes = append(m.minutes, e.Start+d*day+minute)
			}
			meetings = append(meetings, m)
		}
	}
	end := int(p.To.Sub(p.From) / time.Minute)
	inside := func(minute int) bool { return 0 <= minute && minute < end }
	var h byHand
	for person := range folk {
		at := map[int]int{} // in how many meetings the person is, by minute
		for _, m := range meetings {
			for _, minute := range m.minutes {
				if m.attends(person) {
					at[minute]++
				}
			}
		}
		seen := false
		for _, m := range meetings {
			for _, minute := range m.minutes {
				if !m.attends(person) {
					continue
				}
				m.gross += 60 / at[minute]
				if inside(minute) {
					m.part += 60 / at[minute]
					seen = true
				}
			}
		}
		if seen {
			h.people++
		}
	}
	for _, m := range meetings {
		minutes := 0
		for _, minute := range m.minutes {
			if inside(minute) {
				minutes++
			}
		}
		if minutes == 0 || m.AllDay || m.Cancelled {
			continue
		}
		if m.Unknown && m.heads() < 2 && !m.Free {
			h.unknown += minutes * 60
			continue
		}
		ours := 0
		for person := range folk {
			if m.attends(person) {
				ours++
			}
		}
		if ours == 0 {
			continue
		}
		if m.Private {
			m.event.Guarded, m.event.Unsure, m.event.Category = true, false, rules.Informing
		}
		h.occurrences++
		h.meeting += m.part
		h.categories[m.Category] += m.part
		if m.Unknown {
			h.unknown += m.part
		}
		switch {
		case m.Category > rules.Collaborating:
		case m.Guarded || m.Unknown:
			h.left += m.part
		case m.Unsure:
			h.unsure += m.part
		default:
			net := max(0, m.gross-20*60-5*60*ours)
			part := float64(net) * float64(minutes) / float64(m.Minutes)
			if m.Category == rules.Informing {
				h.recoverable += part
			} else {
				h.trial += part
			}
			h.suggestable += m.part
			h.cut++
		}
	}
	return h
}

// TestAgainstCountingByHand puts generated calendars through the real store,
// compares the report with a count of every minute of every person, and cuts its
// period in two.
func TestAgainstCountingByHand(t *testing.T) {
	p := twoDays(t)
	rapid.Check(t, func(rt *rapid.T) {
		all := events(rt)
		db := fill(t, all, p.From)
		defer db.Close()
		r := build(t, db, Options{Period: p, Cost: cost, By: ByWeek})
		want := countByHand(all, p)
		checkSums(t, r)
		checkCut(t, db, r, Day(2026, 10, 26, p.Zone))

		var categories [rules.Categories]int
		for c := range r.Categories {
			categories[c] = int(r.Categories[c].MeetingHours)
		}
		type exact struct {
			People, Occurrences, Meeting, Left, Unsure, Unknown, Suggestable int
			Categories                                                       [rules.Categories]int
		}
		if diff := cmp.Diff(
			exact{want.people, want.occurrences, want.meeting, want.left, want.unsure, want.unknown, want.suggestable, want.categories},
			exact{int(r.People), int(r.Occurrences), int(r.MeetingHours), int(r.LeftAloneHours), int(r.UnsureHours), int(r.UnknownHeadcountHours),
				int(r.AsyncCostHours + r.RecoverableHours + r.TrialHours), categories},
		); diff != "" {
			t.Errorf("-by hand +report, in seconds:\n%s", diff)
		}
		for name, pair := range map[string][2]float64{
			"recoverable": {want.recoverable, float64(r.RecoverableHours)}, "trial": {want.trial, float64(r.TrialHours)},
		} {
			if off := pair[1] - pair[0]; off > float64(want.cut) || off < -float64(want.cut) {
				t.Errorf("%s is %v s, by hand %v", name, pair[1], pair[0])
			}
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// checkCut fails unless the reports of two adjoining periods add up to r, which
// is of both, in every figure but the numbers of occurrences and people, and
// unless the weeks are what reports of those weeks say.
func checkCut(t testing.TB, db *store.DB, r *Report, cut time.Time) {
	t.Helper()
	whole := r.Period
	first := build(t, db, Options{Period: Period{From: whole.From, To: cut, Zone: whole.Zone}, Cost: cost})
	second := build(t, db, Options{Period: Period{From: cut, To: whole.To, Zone: whole.Zone}, Cost: cost})
	for name, of := range map[string]func(*Report) Hours{
		"meeting":     func(r *Report) Hours { return r.MeetingHours },
		"recoverable": func(r *Report) Hours { return r.RecoverableHours },
		"trial":       func(r *Report) Hours { return r.TrialHours },
		"async cost":  func(r *Report) Hours { return r.AsyncCostHours },
		"left alone":  func(r *Report) Hours { return r.LeftAloneHours },
		"unsure":      func(r *Report) Hours { return r.UnsureHours },
		"unknown":     func(r *Report) Hours { return r.UnknownHeadcountHours },
		"hard":        func(r *Report) Hours { return r.Categories[rules.ProblemSolving].MeetingHours },
	} {
		if of(first)+of(second) != of(r) {
			t.Errorf("%s: %d + %d s, together %d", name, of(first), of(second), of(r))
		}
	}
	sums := func(r *Report) Sums { return Sums{r.Occurrences, r.MeetingHours, r.RecoverableHours, r.TrialHours} }
	if len(r.Weeks) != 2 || r.Weeks[0].Sums != sums(first) || r.Weeks[1].Sums != sums(second) {
		t.Errorf("weeks %+v are not those of their own reports", r.Weeks)
	}
}

func TestBuildNeedsVerdicts(t *testing.T) {
	p := twoDays(t)
	db := fill(t, []event{{Guests: []int{0, 1}, Minutes: 60, Days: 1}}, p.From)
	if _, err := Build(context.Background(), db, "other rules", Options{Period: p, Cost: cost}); err == nil {
		t.Error("no error though nothing was judged under these rules")
	}
	if r := build(t, db, Options{Period: p, Cost: cost}); r.Occurrences != 1 || r.Coverage != (Coverage{Connected: folk, People: folk}) {
		t.Errorf("report = %+v", r)
	}
}
