package suggest

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/rules"
)

// scene is what Plan is told.
type scene struct {
	policy     Policy
	now        time.Time
	person     Person
	candidates []Candidate
	history    History
}

func (s *scene) plan() ([]Offer, []Refusal) {
	return s.policy.Plan(s.now, s.person, s.candidates, s.history)
}

// first is the candidate that a case is about.
func (s *scene) first() *Candidate { return &s.candidates[0] }

// attending and organizing are scenes in which the one candidate is offered.
func attending() *scene {
	return &scene{Standard(), monday, ben(), []Candidate{update()}, veteran()}
}

func organizing() *scene {
	s := attending()
	s.candidates = []Candidate{own()}
	return s
}

// refusals has at least one case for each reason: a scene in which all is offered
// but for what change does. Without the rule that it is about, it would be
// offered, too.
var refusals = []struct {
	name   string
	scene  func() *scene
	change func(*scene)
	want   Reason
}{
	{"unmeet is paused", attending, func(s *scene) { s.policy.Paused = true }, Paused},
	{"not enrolled", attending, func(s *scene) { s.person.Enrolled = false }, NotEnrolled},
	{"the group only observes", attending, func(s *scene) { s.person.Observing = true }, Observing},
	{"a calendar that cannot be read", attending, func(s *scene) { s.person.Disconnected = true }, Disconnected},
	{"unsubscribed", attending, func(s *scene) { s.person.Unsubscribed = true }, Unsubscribed},
	{"bounced", attending, func(s *scene) { s.person.Unreachable = true }, Unreachable},
	{"no mail wanted", attending, func(s *scene) { s.person.Rhythm = Stopped }, Silent},
	{"four mails ignored", attending, func(s *scene) { s.history.Mails = ignored(4) }, Silent},
	{"a quiet date today", attending, func(s *scene) { s.policy.Quiet = Dates{"2026-11-23": true} }, QuietToday},
	{"out of office now", attending, func(s *scene) { s.person.Away = []Span{{monday.Add(-day), monday.Add(time.Minute)}} }, AwayNow},
	{"before work", attending, func(s *scene) { s.now = monday.Add(-time.Second) }, OffNow},
	{"just before work ends", attending, func(s *scene) { s.now = monday.Add(7*time.Hour + time.Second) }, OffNow},
	{"on a Sunday", attending, func(s *scene) { s.now = monday.Add(-day) }, OffNow},
	{"a mail six days ago", attending, func(s *scene) { s.history.Mails[1].At = monday.Add(-6 * day) }, TooSoon},
	{"a fortnight wanted", attending, func(s *scene) { s.person.Rhythm = Fortnightly }, TooSoon},
	{"two mails ignored", attending, func(s *scene) { s.history.Mails = ignored(2) }, TooSoon},

	{"declined already", attending, func(s *scene) { s.first().Response = calendars.Declined }, NotAttending},
	{"handed on", attending, func(s *scene) { s.first().Response = calendars.HandedOn }, NotAttending},
	{"private", attending, func(s *scene) { s.first().Private = true }, Private},
	{"hidden guests", attending, func(s *scene) { s.first().HeadsKnown = false }, GuestsUnknown},
	{"an organizer from elsewhere", attending, func(s *scene) { s.first().OrganizerEnrolled = false }, OrganizerNotEnrolled},
	{"an organizer who wants none", attending, func(s *scene) { s.first().OrganizerNever = true }, OrganizerNever},
	{"not judged yet", attending, func(s *scene) { s.first().Judged = false }, NotJudged},
	{"listed under never", attending, func(s *scene) { s.first().Verdict.Guards = []string{rules.GuardNever} }, Never},
	{"listed under never, to its organizer", organizing, func(s *scene) { s.first().Verdict.Guards = []string{rules.GuardNever} }, Never},
	{"guarded", attending, func(s *scene) { s.first().Verdict.Guards = []string{"one-to-one"} }, Guarded},
	{"guarded, to its organizer", organizing, func(s *scene) { s.first().Verdict.Guards = []string{"one-to-one"} }, Guarded},
	{"a decision that is guarded, too", organizing, func(s *scene) {
		s.first().Verdict = sure(rules.DecisionMaking, rules.Informing)
		s.first().Verdict.Guards = []string{rules.GuardDecision, "external"}
	}, Guarded},
	{"common work, to a guest", attending, func(s *scene) { s.first().Verdict = sure(rules.Collaborating) }, NeedsMeeting},
	{"a problem, to a guest", attending, func(s *scene) { s.first().Verdict = sure(rules.ProblemSolving) }, NeedsMeeting},
	{"a get-together, though optional", attending, func(s *scene) {
		s.first().Verdict, s.first().Optional = sure(rules.Connecting), true
	}, NeedsMeeting},
	{"a problem, to its organizer", organizing, func(s *scene) { s.first().Verdict = sure(rules.ProblemSolving) }, NeedsMeeting},
	{"a get-together with news, to its organizer", organizing, func(s *scene) { s.first().Verdict = sure(rules.Connecting, rules.Informing) }, NeedsMeeting},
	{"too short to be shortened", organizing, func(s *scene) {
		s.first().Verdict = sure(rules.ProblemSolving, rules.Informing)
		s.first().End = s.first().Start.Add(29 * time.Minute)
	}, NeedsMeeting},
	{"no category declined", attending, func(s *scene) { s.policy.Declines = nil }, NeedsMeeting},
	{"not sure", attending, func(s *scene) { s.first().Verdict.Sure = false }, NotSure},
	{"not sure, to its organizer", organizing, func(s *scene) { s.first().Verdict.Sure = false }, NotSure},
	{"not sure that it is such a mix, to its organizer", organizing, func(s *scene) {
		s.first().Verdict = mixed(rules.ProblemSolving, rules.Informing, 0.4, 0.34)
	}, NotSure},
	{"updates and a decision, not sure", organizing, func(s *scene) {
		s.first().Verdict = mixed(rules.DecisionMaking, rules.Informing, 0.4, 0.34)
		s.first().Verdict.Guards = []string{rules.GuardDecision}
	}, Guarded},
	{"as probably common work", attending, func(s *scene) {
		s.first().Verdict.Probabilities[rules.Informing], s.first().Verdict.Probabilities[rules.Collaborating] = 0.5, 0.45
	}, NotSure},
	{"presents", attending, func(s *scene) { s.first().Presents = true }, Presenting},
	{"the first of its series", attending, func(s *scene) { s.first().First = true }, FirstOfSeries},
	{"the first of its series, to its organizer", organizing, func(s *scene) { s.first().First = true }, FirstOfSeries},
	{"within 24 hours", attending, func(s *scene) { s.first().move(monday.Add(24*time.Hour + 59*time.Minute)) }, ShortNotice},
	{"on a quiet date", attending, func(s *scene) { s.policy.Quiet = Dates{"2026-11-25": true} }, QuietThen},
	{"out of office then", attending, func(s *scene) { s.person.Away = []Span{{s.first().End.Add(-time.Minute), s.first().End}} }, AwayThen},
	{"in the evening", attending, func(s *scene) { s.first().move(monday.Add(2*day + 8*time.Hour)) }, OffThen},
	{"on a Saturday", attending, func(s *scene) { s.first().move(monday.Add(5 * day)) }, OffThen},
	{"three attend", attending, func(s *scene) { s.first().Others = 2 }, TooFewOthers},
	{"others leave", attending, func(s *scene) { s.first().Others, s.first().Leaving = 4, 2 }, TooFewOthers},
	{"no time of theirs", attending, func(s *scene) { s.first().Share = 5 * time.Minute }, NothingGained},
	{"writing takes as long", organizing, func(s *scene) { s.first().Gross = 80 * time.Minute }, NothingGained},
	{"splitting gives less than the updates take", organizing, func(s *scene) {
		s.first().Verdict = sure(rules.DecisionMaking, rules.Informing)
		s.first().Gross = 2 * time.Hour
	}, NothingGained},

	{"a trial is open", attending, func(s *scene) { s.first().TrialOpen = true }, OrganizerFirst},
	{"two were asked", attending, func(s *scene) { s.first().Declines = 2 }, EnoughDeclines},
	{"silenced", attending, func(s *scene) { s.history.Silences[1] = monday.Add(time.Second) }, KeptBefore},
	{"kept last month", attending, func(s *scene) { s.asked(Decline, Kept, 4*week) }, KeptBefore},
	{"two others kept it", attending, func(s *scene) { s.first().Keeps, s.first().Verdict.Probabilities[rules.Informing] = 2, 0.89 }, KeptByOthers},
	{"three others kept it", attending, func(s *scene) { s.first().Keeps = 3 }, KeptByOthers},
	{"asked and open", attending, func(s *scene) { s.asked(Decline, Open, 5*week) }, StillOpen},
	{"a trial on the way", organizing, func(s *scene) { s.asked(Trial, Open, week) }, StillOpen},
	{"declined for ever", attending, func(s *scene) { s.asked(Decline, Accepted, 20*week); s.history.Asked[0].FromNowOn = true }, AlreadyDecided},
	{"this one was declined", attending, func(s *scene) {
		s.asked(Decline, Accepted, week)
		s.history.Asked[0].UID, s.history.Asked[0].Instance = "update", s.first().Instance
		s.history.Asked[0].Organizer = "ana@acme.example"
	}, AlreadyDecided},
	{"done in writing", organizing, func(s *scene) { s.asked(Trial, Accepted, 4*week) }, AlreadyDecided},
	{"asked three weeks ago", attending, func(s *scene) { s.asked(Decline, Ignored, 3*week) }, AskedLately},
	{"a rule that people refuse", attending, func(s *scene) { s.history.Rules["status"] = Answers{Answered: 20} }, Quarantined},
	{"a rule that organizers refuse", organizing, func(s *scene) { s.history.Rules["status"] = Answers{Answered: 50, Accepted: 3} }, Quarantined},
}

// move changes when c takes place and what follows it, and keeps its length.
func (c *Candidate) move(start time.Time) {
	by := start.Sub(c.Start)
	c.Start, c.End, c.Ahead = c.Start.Add(by), c.End.Add(by), slices.Clone(c.Ahead)
	for i := range c.Ahead {
		c.Ahead[i].Start, c.Ahead[i].End = c.Ahead[i].Start.Add(by), c.Ahead[i].End.Add(by)
	}
}

// asked says what was suggested of the first candidate's series some time ago, of
// another occurrence.
func (s *scene) asked(kind Kind, state State, ago time.Duration) {
	s.history.Asked = append(s.history.Asked, Asked{
		Kind: kind, Lineage: 1, UID: "update before a split", Organizer: "ana@acme.example", Instance: "20260101", At: s.now.Add(-ago), State: state,
	})
}

// ignored is a history of one answered mail and then n without an answer, the last
// a week ago.
func ignored(n int) []Mail {
	mails := []Mail{{At: monday.Add(-time.Duration(n+1) * week), Answered: true}}
	for i := n; i > 0; i-- {
		mails = append(mails, Mail{At: monday.Add(-time.Duration(i) * week)})
	}
	return mails
}

func TestPlanRefuses(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.scene()
			if offers, refused := s.plan(); len(offers) != 1 || len(refused) != 0 {
				t.Fatalf("before the change, it is not offered: %v", refused)
			}
			tt.change(s)
			offers, refused := s.plan()
			if len(offers) != 0 || len(refused) != 1 || refused[0].Why != tt.want {
				t.Errorf("offers %v, refusals %v; want one refusal: %s", offers, refused, tt.want)
			}
		})
	}
}

// offered has what looks like a reason to refuse, and is none.
var offered = []struct {
	name   string
	scene  func() *scene
	change func(*scene)
	want   Kind
}{
	{"an update, to a guest", attending, func(*scene) {}, Decline},
	{"an update, to its organizer", organizing, func(*scene) {}, Trial},
	{"common work, to its organizer", organizing, func(s *scene) { s.first().Verdict = sure(rules.Collaborating) }, Trial},
	{"common work, to a guest where the organization wants that", attending, func(s *scene) {
		s.policy.Declines = []rules.Category{rules.Informing, rules.Collaborating}
		s.first().Verdict = sure(rules.Collaborating)
	}, Decline},
	{"a decision, to whom it is optional", attending, func(s *scene) { s.first().Verdict, s.first().Optional = sure(rules.DecisionMaking), true }, Decline},
	{"as probably common work, to whom it is optional", attending, func(s *scene) {
		s.first().Optional = true
		s.first().Verdict.Probabilities[rules.Informing], s.first().Verdict.Probabilities[rules.Collaborating] = 0.5, 0.45
	}, Decline},
	{"updates and a decision, to its organizer", organizing, func(s *scene) { s.first().Verdict = sure(rules.DecisionMaking, rules.Informing) }, Split},
	{"an update that decides, too, guarded by that", organizing, func(s *scene) {
		s.first().Verdict = sure(rules.Informing, rules.DecisionMaking)
		s.first().Verdict.Guards = []string{rules.GuardDecision}
	}, Split},
	{"as probably updates as a decision", organizing, func(s *scene) { s.first().Verdict = mixed(rules.DecisionMaking, rules.Informing, 0.4, 0.4) }, Split},
	{"as probably updates as a problem", organizing, func(s *scene) { s.first().Verdict = mixed(rules.ProblemSolving, rules.Informing, 0.4, 0.4) }, Shorten},
	{"updates and a problem, to its organizer", organizing, func(s *scene) { s.first().Verdict = sure(rules.ProblemSolving, rules.Informing) }, Shorten},
	{"the organizer presents", organizing, func(s *scene) { s.first().Presents = true }, Trial},
	{"a one-off", attending, func(s *scene) { s.first().Rule, s.first().First = "", true }, Decline},
	{"25 hours away", attending, func(s *scene) { s.first().move(monday.Add(25 * time.Hour)) }, Decline},
	{"begins before work", attending, func(s *scene) { s.first().move(monday.Add(2*day - 15*time.Minute)) }, Decline},
	{"three others attend", attending, func(s *scene) { s.first().Others = 3 }, Decline},
	{"two attend, to its organizer", organizing, func(s *scene) { s.first().Others = 1 }, Trial},
	{"one other was asked", attending, func(s *scene) { s.first().Declines = 1 }, Decline},
	{"one other kept it", attending, func(s *scene) { s.first().Keeps = 1 }, Decline},
	{"two others kept it, and the rules are surer", attending, func(s *scene) { s.first().Keeps = 2 }, Decline},
	{"the organizer's own trial", organizing, func(s *scene) { s.first().TrialOpen = true }, Trial},
	{"two guests were asked, then the organizer is", organizing, func(s *scene) { s.first().Declines = 2 }, Trial},
	{"two others kept it, and it is one or the other that can be written", organizing, func(s *scene) {
		s.first().Keeps = 2
		s.first().Verdict.Probabilities[rules.Informing], s.first().Verdict.Probabilities[rules.Collaborating] = 0.5, 0.45
	}, Trial},
	{"another series was asked about", attending, func(s *scene) {
		s.asked(Decline, Open, week)
		s.history.Asked[0].Lineage = 2
	}, Decline},
	{"the silence is over", attending, func(s *scene) { s.history.Silences[1] = monday }, Decline},
	{"another series is silenced", attending, func(s *scene) { s.history.Silences[2] = monday.Add(week) }, Decline},
	{"kept three months ago", attending, func(s *scene) { s.asked(Decline, Kept, 90*day) }, Decline},
	{"last week's was declined", attending, func(s *scene) { s.asked(Decline, Accepted, week) }, Decline},
	{"asked four weeks ago", attending, func(s *scene) { s.asked(Decline, Ignored, 4*week) }, Decline},
	{"the question was taken back", attending, func(s *scene) { s.asked(Decline, Withdrawn, week) }, Decline},
	{"nineteen refused the rule", attending, func(s *scene) { s.history.Rules["status"] = Answers{Answered: 19} }, Decline},
	{"one in twenty accepted the rule", attending, func(s *scene) { s.history.Rules["status"] = Answers{Answered: 20, Accepted: 1} }, Decline},
	{"another rule is refused", attending, func(s *scene) { s.history.Rules["town hall"] = Answers{Answered: 100} }, Decline},
	{"one mail ignored", attending, func(s *scene) { s.history.Mails = ignored(1) }, Decline},
	{"two ignored, a fortnight ago", attending, func(s *scene) {
		s.history.Mails = []Mail{{At: monday.Add(-3 * week)}, {At: monday.Add(-2 * week)}}
	}, Decline},
	{"four ignored before they came back", attending, func(s *scene) {
		s.history.Mails, s.history.Since = ignored(4), monday.Add(-day)
	}, Decline},
	{"mails that were taken back are not ignored", attending, func(s *scene) {
		s.history.Mails = ignored(4)
		for i := range s.history.Mails[1:] {
			s.history.Mails[i+1].Void = true
		}
	}, Decline},
	{"back at work", attending, func(s *scene) { s.person.Away = []Span{{monday.Add(-week), monday}} }, Decline},
}

func TestPlanOffers(t *testing.T) {
	for _, tt := range offered {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.scene()
			tt.change(s)
			offers, refused := s.plan()
			if len(offers) != 1 || offers[0].Snapshot.Kind != tt.want {
				t.Errorf("offers %v, refusals %v; want one %s", offers, refused, tt.want)
			}
		})
	}
}

// TestEveryReasonIsReached sees to it that the list of reasons has none that never
// applies, and that each has a sentence.
func TestEveryReasonIsReached(t *testing.T) {
	reached := map[Reason]bool{}
	for _, tt := range refusals {
		reached[tt.want] = true
	}
	s := attending()
	again := update()
	again.Instance = "20261126T090000Z"
	s.candidates = append(s.candidates, again, another(update(), 1), another(update(), 2), another(update(), 3), another(update(), 4))
	_, refused := s.plan()
	for _, r := range refused {
		reached[r.Why] = true
	}
	for _, r := range Reasons {
		if !reached[r] {
			t.Errorf("nothing is refused because of %q", r)
		}
		if r.Sentence() == "" {
			t.Errorf("%q has no sentence", r)
		}
	}
	if len(reached) != len(Reasons) || len(sentences) != len(Reasons) || !slices.Equal(slices.Compact(slices.Clone(Reasons)), Reasons) {
		t.Errorf("%d reasons are reached and %d have a sentence, of %d", len(reached), len(sentences), len(Reasons))
	}
}

// uids are which meetings are offered, in order.
func uids(offers []Offer) []string {
	var all []string
	for i := range offers {
		all = append(all, offers[i].Snapshot.UID)
	}
	return all
}

func TestBudget(t *testing.T) {
	var many []Candidate
	for n := range int64(6) {
		c := another(update(), n+1)
		c.Verdict.Probabilities[rules.Informing] -= float64(n) / 100 // ever less sure
		c.Share += time.Duration(n) * 10 * time.Minute               // of ever more
		many = append(many, c)
	}
	tests := []struct {
		name   string
		change func(*scene)
		want   []string
	}{
		{"three that give back most", func(*scene) {}, []string{"update-6", "update-5", "update-4"}},
		{"the first mail has the surest", func(s *scene) { s.history.Mails = nil }, []string{"update-1"}},
		{"one for each series", func(s *scene) { s.candidates[4].Lineage = s.candidates[5].Lineage }, []string{"update-6", "update-4", "update-3"}},
		{"as many as the organization wants", func(s *scene) { s.policy.PerMail = 2 }, []string{"update-6", "update-5"}},
		{"none", func(s *scene) { s.candidates = nil }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := attending()
			s.candidates = slices.Clone(many)
			tt.change(s)
			offers, refused := s.plan()
			if d := gocmp.Diff(tt.want, uids(offers)); d != "" {
				t.Errorf("offers (-want +got):\n%s", d)
			}
			if len(offers)+len(refused) != len(s.candidates) {
				t.Errorf("%d offers and %d refusals of %d candidates", len(offers), len(refused), len(s.candidates))
			}
		})
	}
}

func TestSnapshot(t *testing.T) {
	tests := []struct {
		name   string
		scene  func() *scene
		change func(*scene)
		check  func(Offer) (got, want any)
	}{
		{"an optional guest", attending, func(s *scene) { s.first().Optional = true }, func(o Offer) (any, any) {
			return o.Snapshot.Facts, []Fact{{Kind: FactOptional}, {Kind: FactWords, Quote: "status update"}, {Kind: FactCadence}}
		}},
		{"structure alone", attending, func(s *scene) { s.first().Verdict.Evidence[0].Phrase = "" }, func(o Offer) (any, any) {
			return o.Snapshot.Facts, []Fact{{Kind: FactCadence}, {Kind: FactPeople, Count: 12}}
		}},
		{"most never answered", attending, func(s *scene) { s.first().Unanswered = 6 }, func(o Offer) (any, any) {
			return o.Snapshot.Facts, []Fact{{Kind: FactWords, Quote: "status update"}, {Kind: FactUnanswered, Count: 6}, {Kind: FactCadence}}
		}},
		{"a mix", organizing, func(s *scene) { s.first().Verdict = sure(rules.DecisionMaking, rules.Informing) }, func(o Offer) (any, any) {
			return o.Snapshot.Facts[0], Fact{Kind: FactMix}
		}},
		{"half an hour is split", organizing, func(s *scene) { s.first().Verdict = sure(rules.DecisionMaking, rules.Informing) }, func(o Offer) (any, any) {
			return o.Snapshot.Shorter, 15
		}},
		{"half an hour is shortened", organizing, func(s *scene) { s.first().Verdict = sure(rules.ProblemSolving, rules.Informing) }, func(o Offer) (any, any) {
			return o.Snapshot.Shorter, 20
		}},
		{"a split has no form of its own", organizing, func(s *scene) { s.first().Verdict = sure(rules.DecisionMaking, rules.Informing) }, func(o Offer) (any, any) {
			return o.Snapshot.Form, Form{}
		}},
		{"a trial names its occurrences", organizing, func(*scene) {}, func(o Offer) (any, any) {
			return len(o.Snapshot.Occurrences), 2
		}},
		{"at most as many as the organization chose", organizing, func(s *scene) { s.first().Ahead = slices.Repeat(s.first().Ahead, 3) }, func(o Offer) (any, any) {
			return len(o.Snapshot.Occurrences), Standard().TrialLength
		}},
		{"a trial closes with its last occurrence", organizing, func(*scene) {}, func(o Offer) (any, any) {
			return []time.Time{o.ExpiresAt, o.ClosesAt}, []time.Time{update().Start.UTC(), update().Ahead[1].End.UTC()}
		}},
		{"a decline closes as the meeting begins", attending, func(*scene) {}, func(o Offer) (any, any) {
			return []time.Time{o.ExpiresAt, o.ClosesAt}, []time.Time{update().Start.UTC(), update().Start.UTC()}
		}},
		{"the decline of one", attending, func(*scene) {}, func(o Offer) (any, any) { return len(o.Snapshot.Occurrences), 1 }},
		{"a decline gives back the person's time", attending, func(*scene) {}, func(o Offer) (any, any) { return o.Gain, 25 * time.Minute }},
		{"a trial gives back everybody's", organizing, func(*scene) {}, func(o Offer) (any, any) { return o.Gain, (360 - 20 - 60) * time.Minute }},
		{"times are UTC, shown in the reader's zone", attending, func(*scene) {}, func(o Offer) (any, any) {
			return []string{o.Snapshot.Start.Location().String(), o.Snapshot.Zone}, []string{"UTC", "Europe/Berlin"}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.scene()
			tt.change(s)
			offers, refused := s.plan()
			if len(offers) != 1 {
				t.Fatalf("refused: %v", refused)
			}
			got, want := tt.check(offers[0])
			if d := gocmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			text, err := offers[0].Snapshot.Encode()
			if err != nil {
				t.Fatal(err)
			}
			back, err := DecodeSnapshot(text)
			if err != nil {
				t.Fatal(err)
			}
			if d := gocmp.Diff(offers[0].Snapshot, back); d != "" {
				t.Errorf("written and read again (-was +is):\n%s", d)
			}
		})
	}
}
