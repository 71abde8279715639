package web

import (
	"slices"
	"strconv"
	"time"

	"unmeet/agent/language"
	"unmeet/agent/trial"
)

// Trial is what a page may show behind a link in a mail about a trial.
type Trial struct {
	Link    trial.Verb // what the link is for
	Ordinal int        // the occurrence that it is about, from 0; -1: the trial as a whole
	Guest   bool       // it is a guest's, not the organizer's
	// Of the organizer's: how far it has come. Of a guest's, only the state.
	Trial   trial.Trial
	Sayable []trial.Verb // what would be taken now
	Said    trial.Answer // of a guest's: what they said
	Until   time.Time    // until when a guest can say something else
	Next    time.Time    // when the meeting takes place next; zero if that is not known
	Shorter int          // minutes that it could be shortened to
}

// Draft is a mail that the organizer may send in their own name.
type Draft struct {
	Subject, Body string
	// Link opens it in their mail program, and has the recipients; Plain does without.
	Link, Plain string
}

// longestDraft bounds a draft on a page, in characters.
const longestDraft = 4000

// draft puts the mail on a page that its organizer may send. Whom to is shown to
// nobody but them.
func (p speaker) draft(v *sheet, l looking) {
	d := p.slip.Draft
	if d == nil {
		return
	}
	text := d.Subject + "\n\n" + d.Body
	v.Note = &note{
		Label: p.say("draft"), Hint: p.say("draft.hint"), Text: text, Copy: p.say("draft.copy"), Copied: p.say("note.copied"), Longest: longestDraft,
	}
	v.Compose = &link{d.Plain, p.say("draft.open")}
	switch {
	case l.Known:
		v.Compose.Address = d.Link
	case d.Link != d.Plain && p.slip.Trial == nil: // which its receipt has, too
		v.Note.Hint += " " + p.say("draft.unknown")
	}
}

// drawTrial returns the page behind a link in a mail about a trial.
func drawTrial(s Slip, l looking, about About) sheet {
	p := newSpeaker(s.Language, about)
	p.slip = s
	v := p.blank()
	v.Action, v.Meeting = l.Path, p.meeting()
	v.Foot.Person = p.say("foot.person")
	if l.Known {
		v.Forget = &forget{p.say("foot.known"), p.say("foot.forget")}
	}
	if s.Unsubscribed && !l.Known {
		shown := *s.Trial
		shown.Sayable = slices.DeleteFunc(slices.Clone(shown.Sayable), trial.Verb.Noted)
		if len(shown.Sayable) < len(s.Trial.Sayable) {
			v.Notices = append(v.Notices, p.say("untold"))
		}
		s.Trial, p.slip.Trial = &shown, &shown
	}
	t := s.Trial
	switch l.Did {
	case "forget":
		v.Notices = append(v.Notices, p.say("forgotten"))
	case "refused":
		v.Notices = append(v.Notices, p.say("refused"))
	}
	switch {
	case t.Guest:
		p.guest(&v, l)
	case t.Ordinal >= 0 && t.Ordinal < len(t.Trial.Occurrences) && !t.Trial.State.Over() && t.Trial.Wish.Verb == "" && l.Chosen == "":
		p.update(&v, l)
	default:
		p.whole(&v, l)
	}
	if m := t.Trial; !t.Guest && (m.Wish.Verb != "" || m.State.Over()) && s.Draft != nil {
		v.Todo = &todo{Heading: p.say("todo.heading"), Text: []string{p.say("trial.tell")}}
		p.draft(&v, l)
	}
	if s.Paused {
		v.Notices = append(v.Notices, p.say("paused"))
		v.Buttons, v.Others = nil, nil
	}
	return v
}

// sayButton is the button by which a page says v.
func (p speaker) sayButton(v trial.Verb) button {
	return button{string(v), p.say("trial.button."+string(v), "short", strconv.Itoa(p.slip.Trial.Shorter))}
}

// guest is the page of a guest.
func (p speaker) guest(v *sheet, l looking) {
	t := p.slip.Trial
	if t.Said.Void(l.Now) && !l.Known {
		v.Notices = append(v.Notices, p.say("voided.now"))
	}
	until := p.Day(language.In(t.Until, p.slip.Snapshot.Zone))
	switch {
	case len(t.Sayable) == 0 && t.Said.Verb == "":
		v.Title, v.Lead = p.say("trial.guest.over"), []string{p.say("trial.guest.over.text")}
	case len(t.Sayable) == 0:
		v.Title, v.Lead = p.say("trial.guest.over"), []string{p.say("trial.guest.said", "said", p.sayButton(t.Said.Verb).Label)}
	case t.Said.Verb != "":
		v.Title, v.Lead = p.say("trial.guest.thanks"), []string{p.say("trial.guest.said", "said", p.sayButton(t.Said.Verb).Label), p.say("trial.guest.change", "day", until)}
	default:
		v.Title, v.Lead = p.say("trial.guest.ask"), []string{p.say("trial.guest.sums"), p.say("trial.guest.until", "day", until)}
	}
	if l.Did != "" && t.Said.Verb != "" && string(t.Said.Verb) != l.Did && len(v.Notices) == 0 {
		v.Notices = append(v.Notices, p.say("guarded"))
	}
	for _, verb := range t.Sayable {
		v.Buttons = append(v.Buttons, p.sayButton(verb))
	}
}

// update is the page about one update, for the organizer.
func (p speaker) update(v *sheet, l looking) {
	t := p.slip.Trial
	o := t.Trial.Occurrences[t.Ordinal]
	zone := p.slip.Snapshot.Zone
	day := p.Day(language.In(o.Start, zone))
	v.Meeting.When = p.When(language.In(o.Start, zone), language.In(o.End, zone))
	say := func(key string, more ...string) string { return p.say("trial."+key, append(more, "update", day)...) }
	if o.Answer.Void(l.Now) && !l.Known {
		v.Notices = append(v.Notices, p.say("voided.now"))
	}
	clock := p.until(l.Now, o.Answer.CommitAt, zone)
	switch {
	case o.Answer.Verb == trial.SaySent:
		v.Title, v.Lead = say("is.sent"), []string{say("is.sent.held", "clock", clock), say("is.sent.text")}
	case o.Answer.Verb == trial.SayMeet:
		v.Title, v.Lead = say("is.meet"), []string{p.meetNext(t, l.Now, "trial.is.meet.", clock)}
	case o.Stage == trial.Sent:
		v.Title, v.Lead = say("is.sent"), []string{say("is.sent.text")}
	case o.Stage == trial.Back || o.Stage == trial.Held:
		v.Title, v.Lead = say("is.back"), []string{say("is.back.text")}
	case o.Stage == trial.Planned:
		v.Title, v.Lead = say("is.planned"), []string{say("is.planned.text")}
	case !slices.Contains(t.Sayable, trial.SayMeet):
		v.Title, v.Lead = say("is.missed"), []string{say("is.missed.text")}
		for i, next := range t.Trial.Occurrences {
			if i > t.Ordinal && next.Stage == trial.Back {
				v.Lead = []string{say("is.missed.meet", "next", p.Day(language.In(next.Start, zone))), say("is.missed.text")}
				break
			}
		}
	default:
		v.Title, v.Lead = say("ask.sent"), []string{say("ask.sent.text"), p.meetNext(t, l.Now, "trial.ask.meet.", "")}
	}
	for _, verb := range t.Sayable {
		if verb == trial.SaySent || verb == trial.SayMeet || verb == trial.Undo {
			v.Buttons = append(v.Buttons, p.sayButton(verb))
		}
	}
	v.Others = p.otherWishes("", l)
}

// meetNext says what meeting next time comes to.
func (p speaker) meetNext(t *Trial, now time.Time, key, clock string) string {
	zone := p.slip.Snapshot.Zone
	for _, i := range t.Trial.Ahead(now) {
		if i > t.Ordinal {
			return p.say(key+"back", "clock", clock, "next", p.Day(language.In(t.Trial.Occurrences[i].Start, zone)))
		}
	}
	return p.say(key+"as-always", "clock", clock)
}

// whole is the page about the trial as a whole, for the organizer.
func (p speaker) whole(v *sheet, l looking) {
	t := p.slip.Trial
	m := &t.Trial
	zone := p.slip.Snapshot.Zone
	if m.Wish.Void(l.Now) && !l.Known {
		v.Notices = append(v.Notices, p.say("voided.now"))
	}
	next := ""
	if !t.Next.IsZero() {
		next = p.Day(language.In(t.Next, zone))
	}
	effect := func(verb trial.Verb) string {
		key := "trial.does." + string(verb)
		switch {
		case verb == trial.Restore:
		case next == "":
			key += ".none"
		case p.slip.Effect.Way == ByCalendar:
			key += ".calendar"
		default:
			key += ".hand"
		}
		return p.say(key, "next", next, "short", strconv.Itoa(t.Shorter))
	}
	wanted := t.Link
	if l.Chosen != "" {
		wanted = trial.Verb(l.Chosen)
	}
	if !slices.Contains([]trial.Verb{trial.Convert, trial.Restore, trial.Shorten}, wanted) || !slices.Contains(t.Sayable, wanted) {
		wanted = ""
	}
	switch {
	case m.Wish.Verb != "" && wanted == "":
		v.Title = p.say("trial.is." + string(m.Wish.Verb))
		v.Lead = []string{p.say("held.short", "clock", p.until(l.Now, m.Wish.CommitAt, zone))}
		if v.Times = p.returning(m.Wish.Verb, l.Now); len(v.Times) > 0 {
			v.Lead = append(v.Lead, p.say("trial.does.restore.ahead"))
		} else {
			v.Lead = append(v.Lead, effect(m.Wish.Verb))
		}
	case m.State == trial.Converted || m.State == trial.Shortened:
		verb := trial.Convert
		if m.State == trial.Shortened {
			verb = trial.Shorten
		}
		v.Title, v.Lead = p.say("trial.is."+string(verb)), []string{p.say("trial.over." + string(m.State))}
		if !m.UndoUntil.IsZero() && slices.Contains(t.Sayable, trial.Undo) {
			v.Lead = append(v.Lead, p.say("trial.undo", "day", p.Day(language.In(m.UndoUntil, zone))))
		}
	case m.State.Over():
		v.Title, v.Lead = p.say("trial.is.over"), []string{p.say("trial.over." + string(m.State))}
	case wanted == "" && m.State == trial.Ending:
		v.Title, v.Lead = p.say("trial.ask.ended"), p.sums()
	case wanted == "":
		v.Title, v.Lead = p.say("trial.is.running"), []string{p.say("trial.is.running.text")}
	default:
		v.Title, v.Lead = p.say("trial.ask."+string(wanted)), []string{effect(wanted)}
		if v.Times = p.returning(wanted, l.Now); len(v.Times) > 0 {
			v.Lead = []string{p.say("trial.does.restore.ahead")}
		} else {
			v.Lead = append(v.Lead, p.sums()...)
		}
		v.Buttons = append(v.Buttons, p.sayButton(wanted))
	}
	if wanted == "" && slices.Contains(t.Sayable, trial.Undo) && (m.Wish.Verb != "" || m.State.Over()) {
		v.Buttons = append(v.Buttons, p.sayButton(trial.Undo))
	}
	v.Others = p.otherWishes(wanted, l)
}

// returning are the times that go back into the calendar by what is said of the trial.
func (p speaker) returning(v trial.Verb, now time.Time) (times []string) {
	m := &p.slip.Trial.Trial
	if v != trial.Restore || m.State != trial.Running {
		return nil
	}
	for _, i := range m.Ahead(now) {
		o, zone := m.Occurrences[i], p.slip.Snapshot.Zone
		times = append(times, p.When(language.In(o.Start, zone), language.In(o.End, zone)))
	}
	return times
}

// sums says how the trial went, and what guests said of it.
func (p speaker) sums() []string {
	m := p.slip.Trial.Trial
	all := []string{p.say("trial.went", "n", strconv.Itoa(m.Written()), "sent", strconv.Itoa(m.Updates()))}
	switch {
	case m.Sums != nil:
		all = append(all, p.say("trial.sums", "no", strconv.Itoa(m.Sums.No), "bit", strconv.Itoa(m.Sums.Bit), "back", strconv.Itoa(m.Sums.Back)))
	case m.Guests > 0:
		all = append(all, p.say("trial.few"))
	}
	return all
}

// otherWishes links to the pages of what else can be said of the trial as a whole.
func (p speaker) otherWishes(but trial.Verb, l looking) *others {
	var all []link
	for _, verb := range p.slip.Trial.Sayable {
		if verb != but && (verb == trial.Convert || verb == trial.Restore || verb == trial.Shorten) {
			all = append(all, link{l.Path + "?choose=" + string(verb), p.sayButton(verb).Label + " …"})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &others{p.say("other.heading"), all}
}
