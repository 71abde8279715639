package suggest

import "unmeet/rules"

// maxFacts is how many facts a suggestion gives, and manyUnanswered from which
// share of the people invited on it is worth saying that they never answered.
const (
	maxFacts       = 3
	manyUnanswered = 0.5
)

// offer makes of a choice what p is shown.
func (y Policy) offer(p Person, c choice) Offer {
	s := Snapshot{
		Kind: c.kind, Title: c.Title, UID: c.UID, Organizer: c.Organizer, Instance: c.Instance,
		Start: c.Start.UTC(), End: c.End.UTC(), Zone: p.Zone.String(), Minutes: c.minutes(), People: c.People,
		Cadence: CadenceOf(c.Rule), Shorter: c.shorter(c.kind), Facts: c.facts(),
		Category: c.Verdict.Category, Tasks: c.Verdict.Tasks, Link: c.Link,
		Rules: c.Leads, RulesHash: c.RulesHash, Subject: c.Subject,
		Occurrences: []Time{{c.Instance, c.Start.UTC(), c.End.UTC()}},
	}
	if c.kind == Decline || c.kind == Trial {
		s.Form = c.Form
	}
	if c.kind == Trial {
		s.ReplyWithin = p.ReplyWithin
	}
	o := Offer{Candidate: c.Candidate, Gain: c.gain, ExpiresAt: s.Start, ClosesAt: s.Start}
	if c.kind == Trial {
		if len(c.Ahead) > 0 {
			s.Occurrences = s.Occurrences[:0]
			for _, t := range c.Ahead[:min(len(c.Ahead), y.TrialLength)] {
				s.Occurrences = append(s.Occurrences, Time{t.Instance, t.Start.UTC(), t.End.UTC()})
			}
		}
		o.ClosesAt = s.Occurrences[len(s.Occurrences)-1].End
	}
	o.Snapshot = s
	return o
}

// facts are what speaks for a suggestion and can be checked, the strongest first.
func (c *choice) facts() []Fact {
	var facts []Fact
	if c.kind == Decline && c.Optional {
		facts = append(facts, Fact{Kind: FactOptional})
	}
	if c.kind == Split || c.kind == Shorten {
		facts = append(facts, Fact{Kind: FactMix})
	}
	if quote := quoted(c.Verdict); quote != "" {
		facts = append(facts, Fact{Kind: FactWords, Quote: quote})
	}
	if c.Unanswered >= 3 && float64(c.Unanswered) >= manyUnanswered*float64(c.People) {
		facts = append(facts, Fact{Kind: FactUnanswered, Count: c.Unanswered})
	}
	facts = append(facts, Fact{Kind: FactCadence}, Fact{Kind: FactPeople, Count: c.People})
	return facts[:min(len(facts), maxFacts)]
}

// quoted is the strongest of the words that were found, "" if structure alone
// spoke.
func quoted(v rules.Verdict) string {
	for _, e := range v.Evidence {
		if e.Phrase != "" && e.Weight > 0 {
			return e.Phrase
		}
	}
	return ""
}
