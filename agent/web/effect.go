package web

import (
	"time"

	"unmeet/agent/click"
	"unmeet/agent/language"
	"unmeet/calendars"
)

// Way is how an answer gets into the calendar of the person who gave it.
type Way string

// The ways. An answer that goes none of them is the person's to enter.
const (
	ByHand     Way = ""         // unmeet cannot write there, and can tell nobody
	ByCalendar Way = "calendar" // unmeet writes it there
	ByConsent  Way = "consent"  // unmeet would, but its person has not allowed it to
	ByReply    Way = "reply"    // unmeet cannot write there: a mail in the person's name tells the organizer
	ByFile     Way = "file"     // unmeet cannot write there: a mail brings the person a file for the organizer
)

// Stage is how far an answer has come on its way.
type Stage string

// The stages.
const (
	Unbegun    Stage = ""           // nothing was done: it is held, or was taken back in time
	Underway   Stage = "underway"   // it is written as soon as that can be
	Waiting    Stage = "waiting"    // for the person's consent, or their calendar
	Done       Stage = "done"       // it was written, or handed over by mail
	Failed     Stage = "failed"     // it could not be written, and is not tried any more
	Superseded Stage = "superseded" // the world moved first: nothing was written
)

// Effect is how far the answer that stands has come outside of unmeet; or, where
// Back is set, the taking back of the one before.
type Effect struct {
	Way   Way
	Stage Stage
	Back  bool
	// Why says how the world moved, with Superseded; "" if it was so already.
	Why   calendars.Overtaken
	Reset bool // with Answered: the calendar shows no answer at all any more
	// Away says, with Waiting, that the person has to connect the calendar again.
	Away bool
	// At is when it is taken back, with Underway; zero for at once.
	At time.Time
	// Tells says, with Done by calendar, who tells the organizer: ByCalendar, ByReply,
	// ByFile, or ByHand for nobody.
	Tells Way
	// With ByConsent: the service to ask, in lower case, and whose calendar it is.
	Service, Owner string
}

// family is what the texts about an answer have in common.
func family(v click.Verb) string {
	if v == click.Split {
		return string(click.Shorten) // in a calendar it is the same
	}
	return string(v)
}

// asksConsent reports whether the page is to ask for the person's consent: for what
// waits for it, or comes once its hold is over.
func (p speaker) asksConsent() bool {
	e := p.slip.Effect
	comes := e.Stage == Unbegun && p.slip.Suggestion.State == click.Pending
	return e.Way == ByConsent && p.slip.Acting == "" && !e.Back && (comes || e.Stage == Waiting)
}

// way says, before anything was done, how an answer of this kind gets into the
// calendar.
func (p speaker) way(v click.Verb) string {
	return p.say("way." + family(v) + "." + p.slip.Effect.Way.key())
}

// key is the part of a text's key that stands for a way.
func (w Way) key() string {
	if w == ByHand {
		return "hand"
	}
	return string(w)
}

// outcome is the part of a page that says how far the answer that stands has come
// outside, and what is left to the person. While it is held, it says what comes.
func (p speaker) outcome(v *sheet, l looking) {
	s, e := p.slip.Suggestion, p.slip.Effect
	t := &todo{Heading: p.say("effect.heading"), Link: webLink(p.slip.Snapshot.Link), Label: p.say("calendar")}
	byHand := false
	switch kind := family(s.Choice); {
	case e.Stage == Done && e.Way == ByCalendar:
		t.Text = []string{p.say("effect.done")}
		if s.Choice == click.Decline {
			t.Text = append(t.Text, p.say("tells."+e.Tells.key()))
			byHand = e.Tells == ByHand || e.Tells == ByFile
		}
	case e.Stage == Done && e.Way != ByHand:
		t.Text, byHand = []string{p.say("handed." + e.Way.key())}, e.Way == ByFile
	case e.Stage == Failed:
		t.Text, byHand = []string{p.say("effect.failed"), p.say("do." + kind)}, true
	case e.Stage == Superseded && e.Reset:
		t.Text = []string{p.say("overtaken.reset")}
	case e.Stage == Superseded:
		t.Text = []string{p.say("overtaken." + overtakenKey(e.Why))}
	case p.asksConsent():
		t.Text, byHand = []string{p.say("effect.consent"), p.say("or." + kind)}, true
		t.Allow = &allow{v.Action + allowEnd, p.say("allow.button", "service", l.Service), p.say("allow.what", "service", l.Service)}
	case e.Way == ByConsent && p.slip.Acting != "" && !e.Back && (e.Stage == Waiting || e.Stage == Unbegun):
		t.Text = []string{p.say("effect.acting")}
	case e.Stage == Waiting && e.Way == ByCalendar && e.Away:
		t.Text, t.Link, t.Label = []string{p.say("effect.away")}, "/connect", p.say("effect.connect")
	case e.Stage == Waiting && e.Way == ByCalendar:
		t.Text = []string{p.say("effect.waiting")}
	case e.Stage == Underway && p.slip.Paused:
		t.Text = []string{p.say("effect.paused")}
	case e.Stage == Underway:
		t.Text = []string{p.say("effect.underway")}
	case s.State == click.Pending && e.Way != ByHand && e.Way != ByConsent:
		t.Text = []string{p.say("then." + kind + "." + e.Way.key())}
	default:
		t.Text, byHand = []string{p.say("effect.none"), p.say("do." + kind)}, true
	}
	if byHand && t.Allow == nil {
		t.Heading = p.say("todo.heading")
	}
	v.Todo = t
	if s.Note == click.NoNote || s.Scope == click.Onward && s.Note == "" && !byHand {
		return // nothing goes with it
	}
	choice := click.Choice{Verb: s.Choice, Scope: s.Scope}
	switch {
	case byHand:
		v.Note = p.note(choice, "note.hint", p.say("note.copy"), p.say("note.copied"))
	case e.Stage == Superseded: // it was told to nobody
	case e.Stage == Done:
		v.Note = p.note(choice, "note.went", "", "")
	default:
		v.Note = p.note(choice, "note.goes", "", "")
	}
	if v.Note != nil {
		v.Note.Fixed = !byHand
	}
}

// overtakenKey is the part of a text's key that stands for how the world moved.
func overtakenKey(why calendars.Overtaken) string {
	switch why {
	case calendars.Gone, calendars.Moved, calendars.Uninvited, calendars.Answered, calendars.Changed:
		return string(why)
	case calendars.CalledOff:
		return "off"
	}
	return "already"
}

// tookBack says what became of an answer that was taken back, outside. refusal says
// that it was none that had an effect.
func (p speaker) tookBack(refusal bool) string {
	e := p.slip.Effect
	switch {
	case refusal && !e.Back:
		return ""
	case !e.Back && e.Stage == Unbegun && (e.Way == ByCalendar || e.Way == ByReply):
		return p.say("back.unbegun")
	case !e.Back:
		return p.say("todo.undone")
	case e.Stage == Done && e.Way == ByCalendar && p.slip.Suggestion.Kind == click.KindTrial:
		return p.say("back.ahead")
	case e.Stage == Done && e.Way == ByCalendar:
		return p.say("back.done")
	case e.Stage == Done && e.Way == ByReply:
		return p.say("back.reply")
	case e.Stage == Done:
		return p.say("todo.undone")
	case e.Stage == Failed:
		return p.say("back.failed")
	case e.Stage == Superseded:
		return p.say("back." + overtakenKey(e.Why))
	case e.Stage == Waiting && e.Away:
		return p.say("back.away")
	case !e.At.IsZero():
		return p.say("back.soon", "clock", p.Clock(language.In(e.At, p.slip.Snapshot.Zone)))
	}
	return p.say("back.underway")
}
