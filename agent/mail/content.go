package mail

import (
	"cmp"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
)

// content is what a letter says, in words, in the order in which it says it. Both
// parts of a mail are made of it, so that each says all.
type content struct {
	Lang, Dir string
	Subject   string
	Title     string
	Lead      []string
	Sections  []section
	After     string
	Foot      []string
	Stop      link
}

// section is one suggestion, or what else there is to do.
type section struct {
	Title   string // of the meeting
	When    string
	Whose   string
	Ask     []string
	Why     string // heads the facts
	Facts   []string
	Wrong   link
	NoteFor string // heads the note
	Note    string
	Draft   []string // lines of a mail to be sent, headed like a note
	Buttons []link   // one, or two or three of the same weight
	More    []link
}

// link is words that lead somewhere; none if it leads nowhere.
type link struct {
	Label string
	About string // what it is about, for those who hear links without what is around them
	URL   string
}

// write puts a letter into words.
func write(l Letter) content {
	v := speak(l.Language)
	c := content{Lang: v.Tag, Dir: v.Dir}
	switch l.Kind {
	case Digest:
		v.digest(l, &c)
	case Receipt:
		v.receipt(l, &c)
	case Result:
		v.result(l, &c)
	case Trouble:
		v.trouble(l, &c)
	case SignIn:
		v.signIn(l, &c)
	case Announcement:
		v.announcement(l, &c)
	case TrialDraft, TrialQuestion, TrialMisses, TrialGuests, TrialEnded, TrialNoted:
		v.trial(l, &c)
	}
	return c
}

func (v voice) digest(l Letter, c *content) {
	c.Subject = v.subject(l.Items)
	c.Title = v.mail.Count("titles", len(l.Items))
	c.Lead = []string{v.say("lead")}
	if l.First {
		c.Lead = []string{v.say("first", "organization", v.organization(l.Sender))}
	}
	why, stop := v.say("foot.why", "organization", v.organization(l.Sender)), v.say("foot.stop")
	if l.For != (Address{}) {
		who := v.who(l.For)
		c.Subject = v.say("subject.for", "person", who, "subject", c.Subject)
		c.Lead = append([]string{v.say("for", "person", who)}, v.say("lead"))
		why, stop = v.say("foot.for", "person", who, "organization", v.organization(l.Sender)), v.say("foot.stop.for", "person", who)
	}
	for _, i := range l.Items {
		c.Sections = append(c.Sections, v.item(i))
	}
	c.After = v.say("after")
	c.Foot = append(v.foot(l.Sender), v.say("foot.secret"), why, v.say("foot.links", "host", l.Sender.host()))
	c.Stop = link{Label: stop, URL: l.Unsubscribe}
}

// who is a person as others know them.
func (v voice) who(a Address) string {
	return cmp.Or(foreign(a.Name, longestName), foreign(a.Address, longestName))
}

// head is what every letter says of the meeting it is about.
func (v voice) head(s suggest.Snapshot) section {
	whose := v.say("whose.yours")
	if s.Kind == suggest.Decline {
		whose = v.say("whose.invited", "organizer", v.organizer(s.Organizer))
	}
	return section{
		Title: v.title(s.Title, wholeTitle),
		When:  v.When(language.In(s.Start, s.Zone), language.In(s.End, s.Zone)) + " · " + v.Minutes(s.Minutes),
		Whose: whose,
	}
}

// item is one suggestion of a digest.
func (v voice) item(i Item) section {
	s := v.head(i.Snapshot)
	kind, shorter := string(i.Kind), v.Minutes(i.Shorter)
	switch i.Kind {
	case suggest.Trial:
		s.Ask = []string{v.mail.Count("ask.trial", len(i.Occurrences), "days", v.days(i.Snapshot))}
	case suggest.Decline:
		s.Ask = []string{v.say("ask.decline")}
	default:
		s.Ask = []string{v.say("ask."+kind, "shorter", shorter)}
	}
	if form := v.form(i.Snapshot); form != "" && i.Kind != suggest.Decline {
		s.Ask = append(s.Ask, form)
	}
	s.Why = v.say("why")
	for _, f := range i.Facts {
		if words := v.Fact(f, i.Snapshot); words != "" && len(s.Facts) < 3 {
			s.Facts = append(s.Facts, foreign(words, 2*wholeTitle))
		}
	}
	s.Wrong = link{Label: v.say("wrong"), About: s.Title, URL: i.Links.Wrong}
	if note := foreign(i.Note, longestNote); note != "" {
		s.NoteFor, s.Note = v.say("note", "organizer", v.organizer(i.Organizer)), note
	}
	s.Buttons = []link{
		{v.say("button."+kind, "day", v.Day(language.In(i.Start, i.Zone)), "shorter", shorter), s.Title, i.Links.Accept},
		{v.say("button.keep"), s.Title, i.Links.Keep},
	}
	s.More = []link{{v.say("other"), s.Title, i.Links.Other}, v.open(s.Title, i.Link)}
	return s
}

// form says what fits instead of meeting, and how long there is to answer; "" if
// nothing fits better than the rest.
func (v voice) form(s suggest.Snapshot) string {
	form, days := v.Form(s.Form), replyDays(s.ReplyWithin)
	switch {
	case form == "":
		return ""
	case days < 1:
		return v.say("form", "form", form)
	}
	return v.mail.Count("form.reply", days, "form", form)
}

// open leads to the event in its calendar, if that says where it is.
func (v voice) open(title, to string) link {
	if !followable(to) {
		return link{}
	}
	return link{v.say("open"), title, to}
}

func (v voice) receipt(l Letter, c *content) {
	i := l.Items[0]
	answer := v.answer(l)
	start := language.In(i.Start, i.Zone)
	c.Subject = v.say("subject.receipt", "title", v.title(i.Title, subjectTitle), "day", v.Day(start), "answer", answer)
	c.Title = v.say("receipt.title")
	s := v.head(i.Snapshot)
	at := language.In(l.Answer.At, i.Zone)
	s.Ask = []string{v.say("receipt", "day", v.Day(at), "clock", v.Clock(at), "answer", answer)}
	if l.Answer.By != "" {
		s.Ask = append(s.Ask, v.say("receipt.by", "assistant", foreign(l.Answer.By, wholeTitle)))
	}
	if i.Kind == suggest.Trial && !l.Answer.Never {
		s.Ask = append(s.Ask, v.say("receipt.trial", "days", v.days(i.Snapshot)))
	} else {
		s.Ask = append(s.Ask, v.say("receipt.undo", "when", v.Day(start)+", "+v.Clock(start)))
	}
	if l.Answer.Always && i.Kind == suggest.Decline && !l.Answer.Never {
		s.Ask = append(s.Ask, v.say("receipt.always"))
	}
	s.Buttons = []link{{v.say("button.undo"), s.Title, i.Links.Undo}}
	if !l.Answer.Never {
		c.After = v.say("receipt."+wayKey(l.Answer.Way), "organizer", v.organizer(i.Organizer))
		if i.Links.Allow != "" {
			s.Buttons = append(s.Buttons, link{v.say("button.allow"), s.Title, i.Links.Allow})
		}
	}
	if note := foreign(i.Note, longestNote); note != "" {
		s.NoteFor, s.Note = v.say("note.receipt", "organizer", v.organizer(i.Organizer)), note
	}
	s.More = []link{{v.say("other"), s.Title, i.Links.Other}, v.open(s.Title, i.Link)}
	if i.Links.Alone != "" {
		s.More = append(s.More, link{v.say("alone"), s.Title, i.Links.Alone})
	}
	if compose := l.Draft.Link(); compose != "" && !l.Answer.Never {
		s.NoteFor, s.Draft = v.say("draft.receipt"), v.draft(l.Draft)
		s.More = append([]link{{v.say("draft.open"), s.Title, compose}}, s.More...)
	}
	c.Sections = []section{s}
	c.Foot = append(v.foot(l.Sender), v.say("foot.secret"), v.say("foot.receipt"), v.say("foot.links", "host", l.Sender.host()))
	c.Stop = link{Label: v.say("foot.stop"), URL: l.Unsubscribe}
}

// wayKey is the part of a text's key that stands for how an answer gets into the
// calendar.
func wayKey(way string) string { return cmp.Or(way, "hand") }

// answer says what was answered.
func (v voice) answer(l Letter) string {
	switch {
	case l.Answer.Never:
		return v.say("answer.never")
	case l.Answer.Always && l.Items[0].Kind == suggest.Decline:
		return v.say("answer.always")
	}
	return v.say("answer." + string(l.Items[0].Kind))
}

func (v voice) result(l Letter, c *content) {
	i := l.Items[0]
	start := language.In(i.Start, i.Zone)
	values := []string{"title", v.title(i.Title, subjectTitle), "day", v.Day(start), "organizer", v.organizer(i.Organizer)}
	came := string(l.Result)
	c.Subject, c.Title = v.say("subject."+came, values...), v.say(came+".title", values...)
	s := v.head(i.Snapshot)
	if !l.Answer.At.IsZero() {
		at := language.In(l.Answer.At, i.Zone)
		s.Ask = append(s.Ask, v.say("receipt", "day", v.Day(at), "clock", v.Clock(at), "answer", v.answer(l)))
	}
	if l.Result == CameFailed && i.Kind == suggest.Trial {
		s.Ask = append(s.Ask, v.say("failed.trial"))
	} else {
		s.Ask = append(s.Ask, v.say(came+".text", values...))
	}
	s.Buttons = []link{{v.say("button.look"), s.Title, i.Links.Other}}
	if l.Result == CameConsent {
		s.Buttons = []link{{v.say("button.allow"), s.Title, i.Links.Allow}}
	}
	if note := foreign(i.Note, longestNote); note != "" && (l.Result == CameFailed || l.Result == CameConsent) {
		s.NoteFor, s.Note = v.say("note.receipt", "organizer", v.organizer(i.Organizer)), note
	}
	s.More = []link{v.open(s.Title, i.Link)}
	c.Sections = []section{s}
	c.Foot = append(v.foot(l.Sender), v.say("foot.secret"), v.say("foot.receipt"), v.say("foot.links", "host", l.Sender.host()))
	c.Stop = link{Label: v.say("foot.stop"), URL: l.Unsubscribe}
}

func (v voice) trouble(l Letter, c *content) {
	service := foreign(l.Connection.Service, longestName)
	c.Subject = v.say("subject.trouble", "service", service)
	c.Title = v.say("trouble.title", "service", service)
	c.Lead = []string{
		v.say("trouble", "service", service, "day", v.Day(language.In(l.Connection.Since, l.Connection.Zone))),
		v.say("trouble.until"),
	}
	c.Sections = []section{{
		Buttons: []link{{v.say("button.again"), service, l.Connection.Again}},
	}}
	c.After = v.say("trouble.once")
	c.Foot = append(v.foot(l.Sender), v.say("foot.trouble"))
}

func (v voice) signIn(l Letter, c *content) {
	c.Subject, c.Title = v.say("subject.signin"), v.say("signin.title")
	c.Lead = []string{v.say("signin.what", "address", foreign(l.To.Address, wholeTitle))}
	c.Sections = []section{{Buttons: []link{{Label: v.say("button.signin"), URL: l.Enter}}}}
	c.After = v.say("signin.unasked")
	c.Foot = append(v.foot(l.Sender), v.say("foot.signin", "host", l.Sender.host()))
}

func (v voice) announcement(l Letter, c *content) {
	c.Subject = v.say("subject.announcement")
	c.Title = v.say("announce.title")
	c.Lead = []string{
		v.say("announce.what", "organization", v.organization(l.Sender)),
		v.say("announce.mail", "from", l.Sender.From.Address),
		v.say("announce.links", "host", l.Sender.host()),
		v.say("announce.trust"),
	}
	switch {
	case l.Closed:
		c.Lead = append(c.Lead, v.say("announce.closed"))
	case l.Sender.PublicURL != "":
		c.Sections = []section{{
			Ask:     []string{v.say("announce.join")},
			Buttons: []link{{Label: v.say("button.connect"), URL: l.Sender.PublicURL}},
		}}
	}
	c.Foot = v.foot(l.Sender)
}

// foot says who runs unmeet.
func (v voice) foot(s Sender) []string {
	if s.Contact == "" {
		return []string{v.say("foot.silent", "organization", v.organization(s))}
	}
	return []string{v.say("foot.run", "organization", v.organization(s), "contact", foreign(s.Contact, wholeTitle))}
}
