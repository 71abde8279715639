package suggest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
	"unmeet/rules"
)

// anyScene draws a person, their history, and what is ahead of them: most of it is
// fit to be offered, so that budgets matter, and anything may stand against it.
func anyScene(t *rapid.T) *scene {
	s := &scene{policy: Standard(), person: ben(), history: veteran()}
	odd := func(label string) bool { return rapid.IntRange(0, 15).Draw(t, label) == 15 } // rapid likes small numbers
	s.now = monday.Add(time.Duration(rapid.IntRange(-2*24*60, 5*24*60).Draw(t, "now")) * time.Minute)
	if rapid.IntRange(0, 3).Draw(t, "at any time") < 3 {
		s.now = monday
	}
	s.policy.PerMail = rapid.IntRange(1, 3).Draw(t, "per mail")
	s.policy.Paused = odd("paused")
	if odd("quiet") {
		s.policy.Quiet = Dates{s.now.AddDate(0, 0, rapid.IntRange(0, 7).Draw(t, "quiet day")).Format(time.DateOnly): true}
	}
	s.person.Enrolled, s.person.Unsubscribed, s.person.Observing = !odd("not enrolled"), odd("unsubscribed"), odd("observing")
	s.person.Rhythm = rapid.SampledFrom([]Rhythm{"", "", "", Weekly, Weekly, Fortnightly, Stopped}).Draw(t, "rhythm")
	if odd("away") {
		from := s.now.Add(time.Duration(rapid.IntRange(-48, 200).Draw(t, "away from")) * time.Hour)
		s.person.Away = []Span{{from, from.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "away for")) * time.Hour)}}
	}
	s.history.Mails = nil
	last := s.now.Add(-time.Duration(20-rapid.IntRange(0, 19).Draw(t, "last mail")) * day)
	for n := range rapid.IntRange(0, 6).Draw(t, "mails") {
		s.history.Mails = slices.Insert(s.history.Mails, 0, Mail{At: last.Add(-time.Duration(n) * week), Answered: rapid.Bool().Draw(t, "answered"), Void: odd("void")})
	}
	for n := range 12 - rapid.IntRange(0, 12).Draw(t, "candidates") {
		c := another(update(), int64(n))
		c.Lineage = rapid.Int64Range(1, 8).Draw(t, "lineage")
		c.move(s.now.Add(time.Duration(240-rapid.IntRange(0, 250).Draw(t, "start")) * time.Hour))
		if rapid.Bool().Draw(t, "by day") {
			c.move(monday.Add(time.Duration(4-rapid.IntRange(0, 4).Draw(t, "day"))*day + 2*time.Hour))
		}
		c.Organizing = rapid.IntRange(0, 3).Draw(t, "organizing") == 3
		c.Verdict = sure(rapid.SampledFrom([]rules.Category{0, 0, 0, 1, 2, 4, 6}).Draw(t, "category"), rapid.SliceOfN(rapid.SampledFrom([]rules.Category{0, 1, 4}), 0, 2).Draw(t, "tasks")...)
		c.Verdict.Sure = !odd("unsure")
		if odd("guarded") {
			c.Verdict.Guards = []string{rapid.SampledFrom([]string{"one-to-one", rules.GuardNever, rules.GuardDecision}).Draw(t, "guard")}
		}
		c.Verdict.Probabilities[0] = 1.4 - rapid.Float64Range(0.46, 0.9).Draw(t, "probability")
		c.Private, c.HeadsKnown, c.OrganizerEnrolled, c.OrganizerNever = odd("private"), !odd("hidden"), !odd("outsider"), odd("organizer never")
		c.Presents, c.First, c.Optional, c.Judged = odd("presents"), odd("first"), odd("optional"), !odd("not judged")
		c.Others, c.Leaving, c.Declines = 8-rapid.IntRange(0, 7).Draw(t, "others"), rapid.IntRange(0, 2).Draw(t, "leaving"), rapid.IntRange(0, 2).Draw(t, "declines")
		c.TrialOpen, c.Keeps = odd("trial"), rapid.IntRange(0, 3).Draw(t, "keeps")
		c.Share = time.Duration(60-rapid.IntRange(0, 60).Draw(t, "share")) * time.Minute
		if odd("answered no") {
			c.Response = calendars.Declined
		}
		if odd("silence") {
			s.history.Silences[c.Lineage] = s.now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "until")) * day)
		}
		if odd("asked") {
			s.history.Asked = append(s.history.Asked, Asked{
				Kind: Decline, Lineage: c.Lineage, At: s.now.Add(-time.Duration(rapid.IntRange(1, 60).Draw(t, "asked at")) * day),
				State: rapid.SampledFrom([]State{Open, Accepted, Kept, Ignored, Withdrawn}).Draw(t, "state"), FromNowOn: rapid.Bool().Draw(t, "from now on"),
			})
		}
		s.candidates = append(s.candidates, c)
	}
	return s
}

// TestPlanKeepsItsPromises restates what must hold of every mail, without the order
// in which Plan looks.
func TestPlanKeepsItsPromises(t *testing.T) {
	sent := 0
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene(t)
		offers, refused := s.plan()
		if len(offers)+len(refused) != len(s.candidates) {
			t.Fatalf("%d offers and %d refusals of %d candidates", len(offers), len(refused), len(s.candidates))
		}
		most := s.policy.PerMail
		if len(s.history.Mails) == 0 {
			most = 1
		}
		if len(offers) > most {
			t.Fatalf("%d offers, at most %d are allowed", len(offers), most)
		}
		for _, r := range refused {
			if r.Why.Sentence() == "" {
				t.Fatalf("%q is no reason", r.Why)
			}
		}
		if len(offers) == 0 {
			return
		}
		sent++
		p, local := s.person, s.now.In(berlin)
		if s.policy.Paused || !p.Enrolled || p.Unsubscribed || p.Observing || p.Rhythm == Stopped {
			t.Fatalf("a mail to somebody who gets none: %+v", p)
		}
		if weekday := local.Weekday(); weekday == time.Saturday || weekday == time.Sunday || local.Hour() < 9 || local.Hour() >= 17 {
			t.Fatalf("a mail at %v", local)
		}
		if n := len(s.history.Mails); n > 0 && local.Sub(s.history.Mails[n-1].At) < 6*day {
			t.Fatalf("a mail at %v, the last was at %v", local, s.history.Mails[n-1].At)
		}
		lineages := map[int64]bool{}
		for _, o := range offers {
			c := o.Candidate
			v := c.Verdict
			if lineages[c.Lineage] {
				t.Fatalf("two of lineage %d", c.Lineage)
			}
			lineages[c.Lineage] = true
			if len(v.Guards) > 0 && !(o.Snapshot.Kind == Split && slices.Equal(slices.Compact(slices.Clone(v.Guards)), []string{rules.GuardDecision})) {
				t.Fatalf("%s of what is guarded: %v", o.Snapshot.Kind, v.Guards)
			}
			if !v.Sure && o.Snapshot.Kind != Split && o.Snapshot.Kind != Shorten || c.Private || !c.HeadsKnown || !c.OrganizerEnrolled || c.OrganizerNever || !c.Judged || c.First || c.Response == calendars.Declined {
				t.Fatalf("offered: %+v", c)
			}
			if c.Start.Sub(s.now) < Notice+Leeway || s.policy.Quiet.Has(c.Start.In(berlin)) || p.away(c.Start, c.End) {
				t.Fatalf("offered at %v for %v: %+v", s.now, c.Start, p.Away)
			}
			if c.Organizing != (o.Snapshot.Kind != Decline) {
				t.Fatalf("%s to an organizer: %v", o.Snapshot.Kind, c.Organizing)
			}
			if o.Snapshot.Kind == Decline && (c.Presents || c.TrialOpen || c.Declines >= 2 || c.Others-c.Leaving < 3) {
				t.Fatalf("a decline of %+v", c)
			}
			if s.history.Silences[c.Lineage].After(s.now) {
				t.Fatalf("a silenced lineage: %d", c.Lineage)
			}
			if o.Gain <= 0 || len(o.Snapshot.Facts) < 2 || len(o.Snapshot.Facts) > 3 || o.ClosesAt.Before(o.ExpiresAt) || o.ExpiresAt.After(c.Start) {
				t.Fatalf("not fit to be shown: %+v", o)
			}
		}
	})
	if sent == 0 && !testing.Short() { // which draws few scenes
		t.Error("not one scene led to a mail: nothing was tested")
	}
}

func TestPlanDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene(t)
		offers, refused := s.plan()
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 3 {
			r.Shuffle(len(s.candidates), func(i, j int) { s.candidates[i], s.candidates[j] = s.candidates[j], s.candidates[i] })
			r.Shuffle(len(s.history.Asked), func(i, j int) {
				s.history.Asked[i], s.history.Asked[j] = s.history.Asked[j], s.history.Asked[i]
			})
			again, refusedAgain := s.plan()
			if d := gocmp.Diff(offers, again); d != "" {
				t.Fatalf("offers in another order (-want +got):\n%s", d)
			}
			if d := gocmp.Diff(refused, refusedAgain); d != "" {
				t.Fatalf("refusals in another order (-want +got):\n%s", d)
			}
		}
	})
}

// TestRefusedCandidatesDoNotMatter says that what is offered stays so when what
// was refused is taken away.
func TestRefusedCandidatesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene(t)
		offers, _ := s.plan()
		s.candidates = nil
		for _, o := range offers {
			s.candidates = append(s.candidates, o.Candidate)
		}
		again, refused := s.plan()
		if d := gocmp.Diff(offers, again); d != "" || len(refused) != 0 {
			t.Fatalf("refused %v, offers (-want +got):\n%s", refused, d)
		}
	})
}

// TestTurnsFallIntoOpenHours says that whoever comes back at their turn finds the
// door open, and that a year of turns keeps the rhythm.
func TestTurnsFallIntoOpenHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScene(t)
		s.policy.Paused, s.person.Enrolled, s.person.Observing, s.person.Unsubscribed = false, true, false, false
		for range 10 {
			next := s.policy.Next(s.now, s.person, s.history)
			if next.IsZero() {
				if why := s.policy.Closed(s.now, s.person, s.history); why != Silent {
					t.Fatalf("no turn comes, though they are not silent: %q", why)
				}
				return
			}
			if !next.After(s.now) || next.In(berlin).Before(nextMonday(s.now.In(berlin))) {
				t.Fatalf("after %v comes %v", s.now, next)
			}
			if why := s.policy.Closed(next, s.person, s.history); why != "" {
				t.Fatalf("the turn at %v is closed: %s", next, why)
			}
			s.now = next
			if rapid.Bool().Draw(t, "sent") {
				s.history.Mails = append(s.history.Mails, Mail{At: next, Answered: rapid.Bool().Draw(t, "answered")})
			}
		}
	})
}
