package mail

import (
	"strconv"
	"time"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
)

// The kinds of letters that a trial brings. All but Guests go to its organizer.
const (
	TrialDraft    Kind = "draft"    // the update that takes a meeting's place, to be sent
	TrialQuestion Kind = "question" // was it sent?
	TrialMisses   Kind = "misses"   // shall the rest be brought back?
	TrialGuests   Kind = "guests"   // to a guest: do you miss it?
	TrialEnded    Kind = "ended"    // how does it go on?
	TrialNoted    Kind = "noted"    // somebody said something in the organizer's name
)

// Trial is what a letter about a trial tells of.
type Trial struct {
	Start, End time.Time   // the occurrence that a draft or question is about, else the last
	Draft      Draft       // of a draft
	Next       time.Time   // of a question: the occurrence that "meet next time" brings back, else when it takes place next; zero: not known
	Brings     bool        // of a question: Next is to be brought back
	Ahead      []time.Time // of misses: what is still called off
	Times      int         // how many were done in writing
	Sent       int         // of how many the update was sent
	Until      time.Time   // of guests and ended: until when there is time to answer
	Sums       *Sums       // of ended: what guests said; nil: too few of them did
	Asked      bool        // of ended: guests were asked
	Said       string      // of noted: the verb
	At, Held   time.Time   // of noted: when it was said, and until when it is held
	Shorter    int         // of ended: minutes that it could be shortened to
	Links      TrialLinks
}

// Sums are how many guests said what.
type Sums struct{ No, Bit, Back int }

// TrialLinks are the ways to answer; of those that are empty a mail says nothing.
type TrialLinks struct {
	Sent, Meet                string
	Convert, Restore, Shorten string
	No, Bit, Back             string
	Undo                      string
}

// all are those that there are.
func (l TrialLinks) all() []string {
	return []string{l.Sent, l.Meet, l.Convert, l.Restore, l.Shorten, l.No, l.Bit, l.Back, l.Undo}
}

// check says what a letter about a trial lacks, "" if nothing.
func (t Trial) check(k Kind) string {
	links := map[Kind][]string{
		TrialDraft: {t.Links.Sent}, TrialQuestion: {t.Links.Sent, t.Links.Meet}, TrialMisses: {t.Links.Restore},
		TrialGuests: {t.Links.No, t.Links.Bit, t.Links.Back}, TrialEnded: {t.Links.Convert, t.Links.Restore}, TrialNoted: {t.Links.Undo},
	}
	for _, link := range links[k] {
		if link == "" {
			return "it lacks a way to answer"
		}
	}
	switch {
	case t.Start.IsZero() || t.End.Before(t.Start):
		return "it is about no time"
	case k == TrialDraft && (t.Draft.Body == "" || !composable(t.Draft.Link())):
		return "it has no draft"
	case (k == TrialGuests || k == TrialEnded) && t.Times < 1:
		return "nothing was done in writing"
	case k == TrialMisses && len(t.Ahead) == 0:
		return "nothing is left to bring back"
	}
	return ""
}

// trial writes a letter about a trial.
func (v voice) trial(l Letter, c *content) {
	i, t := l.Items[0], l.Trial
	s := v.head(i.Snapshot)
	start := language.In(t.Start, i.Zone)
	s.When = v.When(start, language.In(t.End, i.Zone))
	title, short := s.Title, v.title(i.Title, subjectTitle)
	day, foot := v.Day(start), "foot.trial"
	restore := link{v.say("trial.restore"), title, t.Links.Restore}
	switch l.Kind {
	case TrialDraft:
		c.Subject, c.Title = v.say("subject.draft", "title", short, "day", day), v.say("draft.title")
		s.Ask = []string{v.say("draft.ask")}
		if form := v.form(i.Snapshot); form != "" {
			s.Ask = append(s.Ask, form)
		}
		s.Buttons = []link{{v.say("draft.open"), title, t.Draft.Link()}, {v.say("trial.sent"), title, t.Links.Sent}}
		s.More = []link{restore}
		s.NoteFor, s.Draft = v.say("draft.text"), v.draft(t.Draft)
		c.After = v.say("draft.after")
	case TrialQuestion:
		c.Subject, c.Title = v.say("subject.question", "title", short, "day", day), v.say("question.title")
		s.Ask = []string{v.say("question.ask", "day", day)}
		next := v.Day(language.In(t.Next, i.Zone))
		switch {
		case t.Brings:
			s.Ask = append(s.Ask, v.say("question.brings", "next", next))
		case !t.Next.IsZero():
			s.Ask = append(s.Ask, v.say("question.next", "next", next))
		}
		s.Buttons = []link{{v.say("trial.sent"), title, t.Links.Sent}, {v.say("trial.meet"), title, t.Links.Meet}}
		s.More = []link{restore}
		c.After = v.say("question.after")
	case TrialMisses:
		c.Subject, c.Title = v.say("subject.misses", "title", short), v.say("misses.title")
		s.Ask = []string{v.mail.Count("misses.ask", len(t.Ahead), "days", v.dayList(t.Ahead, i.Zone))}
		s.Buttons = []link{restore}
		c.After = v.say("misses.after")
	case TrialGuests:
		c.Subject, c.Title = v.mail.Count("subject.guests", t.Times, "title", short), v.say("guests.title")
		s.Whose = v.say("whose.invited", "organizer", v.organizer(i.Organizer))
		s.Ask = []string{v.mail.Count("guests.ask", t.Times), v.say("guests.sums", "organizer", v.organizer(i.Organizer))}
		s.Buttons = []link{{v.say("guests.no"), title, t.Links.No}, {v.say("guests.bit"), title, t.Links.Bit}, {v.say("guests.back"), title, t.Links.Back}}
		c.After = v.say("guests.after", "day", v.Day(language.In(t.Until, i.Zone)))
		foot = "foot.guests"
	case TrialEnded:
		c.Subject, c.Title = v.say("subject.ended", "title", short), v.say("ended.title")
		s.Ask = []string{v.mail.Count("ended.ask", t.Times, "sent", v.mail.Count("ended.sent", t.Sent))}
		switch {
		case t.Sums != nil:
			s.Ask = append(s.Ask, v.say("ended.sums", "no", strconv.Itoa(t.Sums.No), "bit", strconv.Itoa(t.Sums.Bit), "back", strconv.Itoa(t.Sums.Back)))
		case t.Asked:
			s.Ask = append(s.Ask, v.say("ended.few"))
		}
		s.Buttons = []link{{v.say("ended.convert"), title, t.Links.Convert}, {v.say("ended.restore"), title, t.Links.Restore}}
		if t.Links.Shorten != "" {
			s.Buttons = append(s.Buttons, link{v.say("ended.shorten", "shorter", v.Minutes(t.Shorter)), title, t.Links.Shorten})
		}
		c.After = v.say("ended.after", "day", v.Day(language.In(t.Until, i.Zone)))
	case TrialNoted:
		said := v.say("noted." + t.Said)
		at, held := language.In(t.At, i.Zone), language.In(t.Held, i.Zone)
		c.Subject, c.Title = v.say("subject.noted", "title", short, "answer", said), v.say("receipt.title")
		s.Ask = []string{v.say("receipt", "day", v.Day(at), "clock", v.Clock(at), "answer", said), v.say("noted.held", "clock", v.Clock(held))}
		s.Buttons = []link{{v.say("button.undo"), title, t.Links.Undo}}
	}
	c.Sections = []section{s}
	c.Foot = append(v.foot(l.Sender), v.say("foot.secret.trial"), v.say(foot), v.say("foot.links", "host", l.Sender.host()))
	c.Stop = link{Label: v.say("foot.stop"), URL: l.Unsubscribe}
}

// draft is a draft as a mail shows it: its subject, and its lines.
func (v voice) draft(d Draft) []string {
	return append([]string{v.say("draft.subject", "subject", d.Subject), ""}, d.lines()...)
}

// dayList lists days: "Tue 24 Nov, Tue 1 Dec".
func (v voice) dayList(times []time.Time, zone string) string {
	var s suggest.Snapshot
	s.Zone = zone
	for _, t := range times {
		s.Occurrences = append(s.Occurrences, suggest.Time{Start: t})
	}
	return v.days(s)
}
