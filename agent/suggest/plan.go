package suggest

import (
	"cmp"
	"slices"
	"time"

	"unmeet/calendars"
	"unmeet/rules"
)

// Plan says what p is asked at now, if anything: the offers of one mail, the best
// first, and of every other candidate why not. Candidates are different
// occurrences; their order does not matter.
func (y Policy) Plan(now time.Time, p Person, cs []Candidate, h History) ([]Offer, []Refusal) {
	refused := make([]Refusal, 0, len(cs))
	closed := y.Closed(now, p, h)
	var open []choice
	for _, c := range cs {
		why := closed
		kind := Kind("")
		if why == "" {
			if kind, why = y.meeting(now, p, c); why == "" {
				why = y.before(now, kind, c, h)
			}
		}
		if why != "" {
			refused = append(refused, Refusal{c, why})
			continue
		}
		open = append(open, choice{Candidate: c, kind: kind, certainty: y.certainty(kind, c), gain: y.gain(kind, c)})
	}
	slices.SortFunc(open, func(a, b choice) int { return a.compare(b, len(h.Mails) == 0) })
	room := y.PerMail
	if len(h.Mails) == 0 {
		room = min(room, 1)
	}
	var offers []Offer
	lineages := map[int64]bool{}
	for _, c := range open {
		switch {
		case lineages[c.Lineage]:
			refused = append(refused, Refusal{c.Candidate, SameSeries})
		case len(offers) >= room:
			refused = append(refused, Refusal{c.Candidate, OverBudget})
		default:
			lineages[c.Lineage] = true
			offers = append(offers, y.offer(p, c))
		}
	}
	slices.SortFunc(refused, func(a, b Refusal) int { return a.Candidate.compare(&b.Candidate) })
	return offers, refused
}

// Trials returns the lineages of the candidates that p can be asked at now to do in
// writing, whether or not the mail has room for all of them.
func (y Policy) Trials(now time.Time, p Person, cs []Candidate, h History) map[int64]bool {
	all := map[int64]bool{}
	if y.Closed(now, p, h) != "" {
		return all
	}
	for _, c := range cs {
		kind, why := y.meeting(now, p, c)
		if why == "" && kind == Trial && y.before(now, kind, c, h) == "" {
			all[c.Lineage] = true
		}
	}
	return all
}

// choice is a candidate that may be offered.
type choice struct {
	Candidate
	kind      Kind
	certainty float64
	gain      time.Duration
}

// compare puts the better offer first: the surest for the first mail, which is to
// show that one can trust it, and else the one that is expected to give back most.
func (c choice) compare(d choice, first bool) int {
	worth := func(c choice) float64 { return c.certainty * float64(c.gain) }
	order := cmp.Or(cmp.Compare(worth(d), worth(c)), cmp.Compare(d.certainty, c.certainty))
	if first {
		order = cmp.Or(cmp.Compare(d.certainty, c.certainty), cmp.Compare(d.gain, c.gain))
	}
	return cmp.Or(order, c.Candidate.compare(&d.Candidate))
}

// compare orders occurrences by time, and those that begin together by name.
func (c *Candidate) compare(d *Candidate) int {
	return cmp.Or(c.Start.Compare(d.Start), cmp.Compare(c.UID, d.UID), cmp.Compare(c.Organizer.Address, d.Organizer.Address),
		cmp.Compare(c.Instance, d.Instance))
}

// Closed says why p gets no mail at now, "" if one may go.
func (y Policy) Closed(now time.Time, p Person, h History) Reason {
	soonest, ever := p.soonest(h)
	local := now.In(p.Zone)
	switch {
	case y.Paused:
		return Paused
	case !p.Enrolled:
		return NotEnrolled
	case p.Observing:
		return Observing
	case p.Disconnected:
		return Disconnected
	case p.Unsubscribed:
		return Unsubscribed
	case p.Unreachable:
		return Unreachable
	case !ever:
		return Silent
	case y.Quiet.Has(local):
		return QuietToday
	case p.away(now, now.Add(time.Second)):
		return AwayNow
	case !p.Hours.Open(local) || !p.Hours.Open(local.Add(Leeway)):
		return OffNow
	case local.Before(soonest):
		return TooSoon
	}
	return ""
}

// meeting says what c would be suggested as, or why it is not.
func (y Policy) meeting(now time.Time, p Person, c Candidate) (Kind, Reason) {
	switch {
	case c.Response == calendars.Declined || c.Response == calendars.HandedOn:
		return "", NotAttending
	case c.Private:
		return "", Private
	case !c.HeadsKnown:
		return "", GuestsUnknown
	case !c.OrganizerEnrolled:
		return "", OrganizerNotEnrolled
	case c.OrganizerNever:
		return "", OrganizerNever
	case !c.Judged:
		return "", NotJudged
	}
	kind, why := y.kind(c)
	switch {
	case why != "":
		return "", why
	case c.Presents && !c.Organizing:
		return "", Presenting
	case c.First && c.Rule != "":
		return "", FirstOfSeries
	case c.Start.Before(now.Add(Notice + Leeway)):
		return "", ShortNotice
	case y.Quiet.Has(c.Start.In(p.Zone)):
		return "", QuietThen
	case p.away(c.Start, c.End):
		return "", AwayThen
	case !p.Hours.Meet(c.Start, c.End, p.Zone):
		return "", OffThen
	case kind == Decline && c.Others-c.Leaving < MinOthers:
		return "", TooFewOthers
	case y.gain(kind, c) <= 0:
		return "", NothingGained
	}
	return kind, ""
}

// kind says what fits c by what it is for.
func (y Policy) kind(c Candidate) (Kind, Reason) {
	v := &c.Verdict
	long := c.minutes() >= ShortestSplit
	switch {
	case slices.Contains(v.Guards, rules.GuardNever):
		return "", Never
	case c.Organizing && v.Split() && long && y.certainty(Split, c) >= MixCertainty:
		return Split, ""
	case len(v.Guards) > 0:
		return "", Guarded
	}
	var kind Kind
	switch {
	case c.Organizing && v.Category <= rules.Collaborating:
		kind = Trial
	case c.Organizing && v.Category < rules.Connecting && long && slices.ContainsFunc(v.Tasks, inWriting):
		kind = Shorten
	case !c.Organizing && slices.Contains(y.Declines, v.Category):
		kind = Decline
	case !c.Organizing && c.Optional && v.Category < rules.Connecting:
		kind = Decline // whoever is not needed may read what came of it; a get-together cannot be read
	default:
		return "", NeedsMeeting
	}
	switch certainty := y.certainty(kind, c); {
	case kind == Shorten && certainty < MixCertainty,
		kind != Shorten && !v.Sure,
		kind == Decline && certainty < DeclineCertainty:
		return "", NotSure
	}
	return kind, ""
}

// inWriting reports whether a task can be done in writing.
func inWriting(task rules.Category) bool { return task <= rules.Collaborating }

// certainty is how probable it is that suggesting kind is right. What a trial
// rests on is that the meeting can be done in writing, whichever way; an attendee
// who is needed can only read what informs; and what is to be split is one of the
// tasks found in it, though none of them may be probable enough by itself.
func (y Policy) certainty(kind Kind, c Candidate) float64 {
	v := &c.Verdict
	switch {
	case kind == Split:
		return among(v, v.Tasks) // that it decides is no reason against it
	case kind == Shorten:
		return among(v, v.Tasks) * (1 - v.Guarded)
	case kind == Decline && slices.Contains(y.Declines, v.Category):
		needed := among(v, y.Declines) * (1 - v.Guarded)
		if c.Optional {
			return max(needed, v.Confidence())
		}
		return needed
	}
	return v.Confidence()
}

// among is how probable it is that a verdict's category is one of some.
func among(v *rules.Verdict, some []rules.Category) (sum float64) {
	for c, p := range v.Probabilities {
		if slices.Contains(some, rules.Category(c)) {
			sum += p
		}
	}
	return sum
}

// gain is what the suggestion gives back: to an attendee their own time less the
// reading, to an organizer the net of the whole occurrence.
func (y Policy) gain(kind Kind, c Candidate) time.Duration {
	cost := y.Write + y.Read*time.Duration(c.Ours)
	switch kind {
	case Decline:
		return c.Share - y.Read
	case Trial:
		return c.Gross - cost
	}
	minutes := time.Duration(c.minutes())
	return c.Gross*(minutes-time.Duration(c.shorter(kind)))/minutes - cost
}

// minutes is the length of c.
func (c *Candidate) minutes() int { return int(c.End.Sub(c.Start) / time.Minute) }

// shorter is the length in minutes that is proposed: half where what is left is a
// decision, else two thirds, in steps of five.
func (c *Candidate) shorter(kind Kind) int {
	minutes := c.minutes()
	switch kind {
	case Split:
		return (minutes/2 + 4) / 5 * 5
	case Shorten:
		return (minutes*2/3 + 4) / 5 * 5
	}
	return 0
}

// before says why what was suggested before holds c back, "" if nothing does.
func (y Policy) before(now time.Time, kind Kind, c Candidate, h History) Reason {
	switch {
	case kind == Decline && c.TrialOpen:
		return OrganizerFirst
	case kind == Decline && c.Declines >= MaxDeclines:
		return EnoughDeclines
	case h.Silences[c.Lineage].After(now):
		return KeptBefore
	case y.certainty(kind, c) < Certainty(c.Keeps):
		return KeptByOthers
	}
	worst := Reason("")
	for i := range h.Asked {
		if why := y.asked(now, &h.Asked[i], &c); why != "" && (worst == "" || why.rank() < worst.rank()) {
			worst = why
		}
	}
	if worst == "" && len(c.Leads) > 0 && h.Rules[c.Leads[0]].Quarantined() {
		worst = Quarantined
	}
	return worst
}

// asked says why an earlier question holds c back, "" if it does not.
func (y Policy) asked(now time.Time, a *Asked, c *Candidate) Reason {
	same := a.UID == c.UID && a.Organizer == c.Organizer.Address && a.Instance == c.Instance
	if !same && a.Lineage != c.Lineage {
		return ""
	}
	switch a.State {
	case Open:
		return StillOpen
	case Kept:
		if same || now.Sub(a.At) < y.KeepSilence {
			return KeptBefore
		}
	case Accepted:
		if same || a.FromNowOn || a.Kind != Decline && now.Sub(a.At) < y.KeepSilence {
			return AlreadyDecided
		}
	case Ignored:
		if same || now.Sub(a.At) < AskAgain {
			return AskedLately
		}
	}
	return ""
}

// rank is the place of r among all reasons.
func (r Reason) rank() int { return slices.Index(Reasons, r) }
