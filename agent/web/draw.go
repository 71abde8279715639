package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/language"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/rules"
)

// draw returns the page that shows a slip.
func draw(s Slip, l looking, about About) sheet {
	p := newSpeaker(s.Language, about)
	p.slip = s
	v := p.blank()
	v.Action, v.Meeting = l.Path, p.meeting()
	v.Foot.Person = p.say("foot.person")
	switch {
	case s.Acting != "":
		v.Foot.Person = p.say("foot.acting", "assistant", masked(s.Acting))
	case s.Answerer != "":
		v.Notices = append(v.Notices, p.say("answered", "assistant", masked(s.Answerer)))
	}
	switch {
	case s.ID != 0:
		v.Back = &link{homePath, p.own.Say("me.back")}
	case l.Known:
		v.Forget = &forget{p.say("foot.known"), p.say("foot.forget")}
	}
	if s.Unsubscribed && !l.Known {
		all := len(s.Allowed)
		s.Allowed = slices.DeleteFunc(slices.Clone(s.Allowed), func(c click.Choice) bool { return c.Verb == s.Suggestion.Kind.Accept() })
		p.slip.Allowed = s.Allowed
		if len(s.Allowed) < all {
			v.Notices = append(v.Notices, p.say("untold"))
		}
	}
	wanted := s.Link
	if l.Choose != nil {
		wanted = *l.Choose
	}
	open := s.Suggestion.State == click.Offered
	// Who declined from now on and comes back by the link to decline once sees that.
	stands := !open && l.Choose == nil && wanted.Verb == s.Suggestion.Choice && wanted.Verb == s.Suggestion.Kind.Accept()
	switch {
	case s.Ended || s.Suggestion.State == click.Expired || s.Suggestion.State == click.Withdrawn:
		p.over(&v)
		return v
	case wanted.Verb == click.Other && open:
		p.choose(&v, l)
	case stands:
		p.tell(&v, l)
	case slices.Contains(s.Allowed, wanted) && (l.Did == "" || open):
		p.ask(&v, wanted, l)
	case open:
		p.choose(&v, l)
	default:
		p.tell(&v, l)
	}
	v.Notices = append(p.notices(wanted, l), v.Notices...)
	if s.Paused {
		v.Buttons, v.Others, v.Levels, v.Auto = nil, nil, nil, false
		if open {
			v.Lead, v.Times, v.Then, v.Note = nil, nil, "", nil
		}
	}
	return v
}

// blank is a page without anything on it.
func (p speaker) blank() sheet {
	organization := p.about.Organization
	if organization == "" {
		organization = p.own.Say("organization")
	}
	return sheet{Lang: p.own.Tag, Dir: p.Dir, Foot: foot{
		Run: p.own.Say("foot.run", "organization", organization), Ask: p.own.Say("foot.ask"), Contact: p.about.Contact,
	}}
}

// notices are what is to be said before all else.
func (p speaker) notices(wanted click.Choice, l looking) (all []string) {
	s := p.slip.Suggestion
	did := readDoing(l.Did)
	switch {
	case slices.Contains(consents, l.Did):
		all = append(all, p.say(l.Did, "service", l.Service))
	case l.Did == "forget":
		all = append(all, p.say("forgotten"))
	case l.Did == "refused":
		all = append(all, p.say("refused"))
	case l.Did == "untold": // the page says so anyway
	case s.State == click.Offered && s.Voided(l.Now) && !l.Known:
		all = append(all, p.say("voided.now"))
	case s.State == click.Offered && did.Verb == click.Undo:
		all = append(all, strings.TrimSpace(p.say("undone")+" "+p.tookBack(l.Refused)))
	case s.State == click.Offered && wanted.Verb == click.Undo:
		all = append(all, p.say("nothing"))
	case s.State == click.Offered && p.slip.Voided:
		all = append(all, p.say("voided"))
	case s.State != click.Offered && s.Voided(l.Now) && !l.Known:
		all = append(all, p.say("voided.stands"))
	case l.Did != "" && s.State != click.Offered && did.Verb != click.Wrong && did != (click.Choice{Verb: s.Choice, Scope: s.Scope}):
		all = append(all, p.say("guarded"))
	}
	if e := p.slip.Effect; s.State == click.Offered && e.Back && e.Stage != Done && did.Verb != click.Undo {
		all = append(all, p.tookBack(true)) // whoever comes back later wants to know, too
	}
	if p.slip.Paused {
		all = append(all, p.say("paused"))
	}
	return all
}

// ask is the page that says what an answer would do, with its button.
func (p speaker) ask(v *sheet, c click.Choice, l looking) {
	s, snap := p.slip.Suggestion, p.slip.Snapshot
	v.Title = p.say("ask." + p.key(c))
	if s.State != click.Offered && c.Verb != click.Undo {
		v.Notices = append(v.Notices, p.say("sofar."+p.key(click.Choice{Verb: s.Choice, Scope: s.Scope})))
	}
	v.Buttons = []button{p.button(c)}
	v.Auto = l.Known && !l.Ahead && l.Did == "" && l.Choose == nil && byItself(c) && !p.slip.Paused
	if v.Auto {
		v.Notices = append(v.Notices, p.say("sending"))
	}
	switch c.Verb {
	case click.Trial:
		v.Lead = []string{p.say("what.trial")}
		if p.Form(snap.Form) != "" {
			v.Lead = []string{p.say("what.trial.form")}
		}
		v.Lead = append(v.Lead, p.say("what.trial.times"))
		for _, o := range snap.Occurrences {
			v.Times = append(v.Times, p.When(language.In(o.Start, snap.Zone), language.In(o.End, snap.Zone)))
		}
		v.Then = p.say("what.trial.then") + " " + p.way(c.Verb)
		if p.slip.Effect.Way == ByCalendar {
			v.Then += " " + p.say("what.trial.told", "people", strconv.Itoa(snap.People))
		}
	case click.Wrong:
		v.Lead, v.Levels = []string{p.say("what.wrong")}, p.levels()
	case click.Decline:
		v.Lead, v.Note = []string{p.say("what." + p.key(c)), p.way(c.Verb)}, p.note(c, "note."+p.slip.Effect.Way.key(), "", "")
	case click.Split, click.Shorten:
		v.Lead = []string{p.say("what." + p.key(c)), p.way(c.Verb)}
	default:
		v.Lead = []string{p.say("what." + p.key(c))}
	}
	// Refusing is as near as accepting.
	if keep := (click.Choice{Verb: click.Keep, Scope: click.This}); c.Verb == s.Kind.Accept() && slices.Contains(p.slip.Allowed, keep) {
		v.Buttons = append(v.Buttons, p.button(keep))
	}
	v.Others = p.others(v, l)
}

// choose is the page of all answers. Those that need no page of their own have
// their button here.
func (p speaker) choose(v *sheet, l looking) {
	v.Title, v.Lead = p.say("ask.other"), []string{p.say("what.other")}
	for _, c := range p.slip.Allowed {
		if byItself(c) {
			v.Buttons = append(v.Buttons, p.button(c))
		}
	}
	v.Others = p.others(v, l)
}

// until returns the time of day when a hold ends, with seconds where its last minute
// has begun: "held until 08:04" at 08:04 would be no news.
func (p speaker) until(now, at time.Time, zone string) string {
	at = language.In(at, zone)
	if at.Sub(now) < time.Minute {
		return at.Format(time.TimeOnly)
	}
	return p.Clock(at)
}

// tell is the page that says what was answered, and what is left to do.
func (p speaker) tell(v *sheet, l looking) {
	s, snap := p.slip.Suggestion, p.slip.Snapshot
	answer := p.key(click.Choice{Verb: s.Choice, Scope: s.Scope})
	v.Title = p.say("is." + answer)
	if e := p.slip.Effect; s.Choice == click.Decline && s.State == click.Accepted && e.Stage == Done && (e.Way == ByCalendar || e.Way == ByReply) {
		v.Title = p.say("out." + answer)
	}
	undo := click.Choice{Verb: click.Undo, Scope: click.This}
	if slices.Contains(p.slip.Allowed, undo) {
		v.Buttons = append(v.Buttons, p.button(undo))
	}
	switch {
	case s.State == click.Kept:
		key := "kept"
		switch s.Choice {
		case click.Wrong:
			key = "wrong.thanks"
		case click.Never:
			key = answer // "never" or "never.mine"
		}
		v.Lead = []string{p.say(key)}
	case s.State == click.Pending && p.slip.Paused:
		v.Lead = []string{p.say("held.paused")}
	case s.State == click.Pending && s.CommitAt.Before(s.ClosesAt):
		v.Lead = []string{p.say("held", "clock", p.until(l.Now, s.CommitAt, snap.Zone))}
	case s.State == click.Pending:
		v.Lead = []string{p.say("held.short", "clock", p.until(l.Now, s.CommitAt, snap.Zone))}
	case len(v.Buttons) > 0:
		v.Lead = []string{p.say("recorded")}
	default:
		v.Lead = []string{p.say("recorded.final")}
	}
	if s.Wrong {
		v.Lead = append(v.Lead, p.corrected())
	}
	if s.State == click.Kept && len(v.Buttons) > 0 {
		v.Lead = append(v.Lead, p.say("undo.until"))
	}
	switch {
	case s.State != click.Kept:
		p.outcome(v, l)
		p.draft(v, l)
	case p.slip.Effect.Back:
		v.Lead = append(v.Lead, p.tookBack(true))
	}
	// A browser that is not known and presses at once again would cancel what it said.
	lately := !l.Known && !s.Known && l.Now.Sub(s.PressedAt) < click.VoidWithin
	if keep := (click.Choice{Verb: click.Keep, Scope: click.This}); s.State == click.Pending && !lately && slices.Contains(p.slip.Allowed, keep) {
		v.Buttons = append(v.Buttons, p.button(keep))
	}
	v.Others = p.others(v, l)
}

func (p speaker) corrected() string {
	c, err := rules.ParseCategory(p.slip.Suggestion.Category)
	if err != nil {
		return p.say("wrong.said")
	}
	return p.own.Say("wrong.as", "category", p.Category(c))
}

// over is the page of a link that nothing can be done with any more.
func (p speaker) over(v *sheet) {
	s := p.slip.Suggestion
	stands := s.State == click.Pending || s.State == click.Accepted || s.State == click.Kept
	which := "ended"
	if s.State == click.Withdrawn || s.State == click.Expired && !p.slip.Ended {
		which = string(s.State)
	}
	v.Title, v.Lead = p.say("over."+which), []string{p.say("over." + which + ".text")}
	switch {
	case stands:
		v.Lead = append(v.Lead, p.say("over.stands"))
	case which == "withdrawn" && p.slip.Why == OrganizerLeft:
		v.Lead = append(v.Lead, p.say("over.withdrawn.left"))
	case which == "ended":
		v.Lead = append(v.Lead, p.say("over.none"))
	}
}

func (p speaker) button(c click.Choice) button {
	return button{doing(c), p.say("button." + p.key(c))}
}

// others links to the pages of the answers that v has no button for.
func (p speaker) others(v *sheet, l looking) *others {
	var all []link
	for _, c := range p.slip.Allowed {
		if !slices.Contains(v.Buttons, p.button(c)) && c.Verb != click.Undo {
			all = append(all, link{l.Path + "?choose=" + url.QueryEscape(doing(c)), p.say("other." + p.key(c))})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &others{p.say("other.heading"), all}
}

func (p speaker) meeting() *meeting {
	s := p.slip.Snapshot
	m := &meeting{Label: p.say("meeting"), Title: p.title(), Why: p.say("why")}
	m.When = p.When(language.In(s.Start, s.Zone), language.In(s.End, s.Zone))
	if s.Zone != "" {
		m.When += " (" + text.Clean(s.Zone) + ")"
	}
	guest := p.slip.Trial != nil && p.slip.Trial.Guest
	switch {
	case guest:
		m.About = p.say("organizer")
	case s.Kind != suggest.Decline: // those are asked of whom the meeting is
		m.About = p.say("yours")
	case s.Organizer != (suggest.Party{}):
		m.About = p.say("organizer")
	}
	for _, f := range s.Facts {
		if said := p.Fact(f, s); said != "" && !guest { // why somebody was asked is theirs alone
			m.Facts = append(m.Facts, isolated(said))
		}
	}
	return m
}

func (p speaker) levels() *levels {
	all := &levels{Legend: p.say("wrong.legend")}
	for c := range rules.Category(rules.Categories) {
		all.All = append(all.All, level{
			Value: c.String(), Name: p.Category(c), Meaning: p.Meaning(c), Chosen: p.slip.Suggestion.Category == c.String(),
		})
	}
	all.All = append(all.All, level{Name: p.say("wrong.none"), Chosen: p.slip.Suggestion.Category == ""})
	return all
}

// note returns the note to the organizer that goes with an answer, nil if there is
// none to be sent.
func (p speaker) note(c click.Choice, hint, copies, copied string) *note {
	words := p.slip.Suggestion.Note
	if words == click.NoNote {
		return &note{Label: p.say("note"), Hint: p.say(hint), Longest: longestNote}
	}
	if words == "" {
		words = p.slip.Snapshot.Note
	}
	if words == "" {
		return nil
	}
	if c.Scope == click.Onward && words == p.slip.Snapshot.Note { // which is about one occurrence
		words = p.own.Say("note.onward")
	}
	return &note{Label: p.say("note"), Hint: p.say(hint), Text: cutNote(words), Copy: copies, Copied: copied, Longest: longestNote}
}

// cutNote is a note as it may be kept and shown: its lines, without what no
// keyboard types.
func cutNote(words string) string {
	words = text.CleanLines(strings.ReplaceAll(words, "\r\n", "\n"))
	if letters := []rune(words); len(letters) > longestNote {
		words = string(letters[:longestNote])
	}
	return strings.TrimSpace(words)
}

// webLink is an address that a page may link to, "" for one of another kind.
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// plain is a page with a heading and words.
func (p speaker) plain(key string) sheet {
	v := p.blank()
	v.Title, v.Lead = p.own.Say(key), []string{p.own.Say(key + ".text")}
	return v
}

// alone is the page of a link that ends that an assistant answers for a person. Only
// the person can have it begin again.
func (p speaker) alone(v sheet, r Reader, person string) sheet {
	values := []string{"person", person, "assistant", masked(r.Assistant)}
	key, lead, do, label := "alone.ask", "alone.ask.text", "leave", "alone.button"
	if r.Alone {
		key, lead, do, label = "alone.done", "alone.done.text", "return", "alone.back"
	}
	v.Title, v.Lead = p.own.Say(key), []string{p.own.Say(lead, values...)}
	if !r.Alone || !r.Acting {
		v.Buttons = []button{{do, p.own.Say(label)}}
	}
	v.Foot.Person = p.own.Say("foot.person", values...)
	return v
}

// leaving is the page of a link to unsubscribe.
func leaving(r Reader, l looking, about About) sheet {
	p := newSpeaker(r.Language, about)
	v := p.blank()
	v.Action = l.Path
	person := masked(r.Person)
	if r.Assistant != "" {
		return p.alone(v, r, person)
	}
	key, do, label := "leave.ask", "leave", "leave.button"
	lead := p.own.Say("leave.what", "person", person)
	switch {
	case r.Unsubscribed:
		key, do, label = "leave.done", "return", "leave.back"
		lead = p.own.Say("leave.done.text", "person", person)
	case l.Did == "return":
		key = "leave.stays"
		lead = p.own.Say("leave.stays.text", "person", person)
	}
	v.Title, v.Lead, v.Buttons = p.own.Say(key), []string{lead}, []button{{do, p.own.Say(label)}}
	v.Foot.Person = p.own.Say("foot.person", "person", person)
	return v
}
