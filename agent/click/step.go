package click

import (
	"cmp"
	"slices"
	"time"
)

// Step says what becomes of a suggestion by e at now, and what is to be done about
// it. What has been said or done already changes nothing and is no error. Answers
// that come too late are an [ErrOver], those that do not fit an [ErrOther].
func (h Holds) Step(s Suggestion, e Event, now time.Time) (Suggestion, []Effect, error) {
	now = now.Truncate(time.Second)
	e.Scope = cmp.Or(e.Scope, This)
	t := turn{Suggestion: s, now: now, holds: h}
	var err error
	switch e.Verb {
	case Commit:
		t.commit()
	case Expire:
		t.expire()
	case Withdraw:
		t.withdraw(e.Note)
	case Undo:
		err = t.undo(e)
	default:
		err = t.answer(e)
	}
	if err != nil {
		return s, nil, err
	}
	return t.Suggestion, t.effects, nil
}

// Allowed returns the answers that would change something at now, the accepting
// ones first.
func (s Suggestion) Allowed(now time.Time) []Choice {
	now = now.Truncate(time.Second)
	var all []Choice
	if s.answerable(now) {
		for _, c := range s.choices() {
			if !s.stands(c) {
				all = append(all, c)
			}
		}
	}
	if s.undoable(now) {
		all = append(all, Choice{Undo, This})
	}
	return all
}

// Voided reports whether answers have cancelled each other so lately that further
// ones of unknown browsers would, too.
func (s Suggestion) Voided(now time.Time) bool {
	return s.Unknown.Verb == void && now.Truncate(time.Second).Sub(s.UnknownAt) < VoidWithin
}

// void stands as the last answer once answers have cancelled each other: every
// further one differs from it.
const void Verb = "void"

// choices are the answers that fit a suggestion.
func (s Suggestion) choices() []Choice {
	all := []Choice{{s.Kind.Accept(), This}}
	if s.Kind == KindDecline && s.Recurring {
		all = append(all, Choice{Decline, Onward})
	}
	return append(all, Choice{Keep, This}, Choice{Wrong, This}, Choice{Never, This})
}

// stands reports whether c has been answered and was not taken back.
func (s Suggestion) stands(c Choice) bool {
	switch c.Verb {
	case Wrong:
		return s.Wrong
	case Never:
		return s.Never
	}
	return s.Choice == c.Verb && s.Scope == c.Scope
}

// answerable reports whether an answer would be taken.
func (s Suggestion) answerable(now time.Time) bool {
	return s.State != Expired && s.State != Withdrawn && now.Before(s.ExpiresAt)
}

// undoable reports whether there is an answer that can be taken back.
func (s Suggestion) undoable(now time.Time) bool {
	switch s.State {
	case Pending: // nothing has been done yet, however late it is
		return true
	case Accepted, Kept:
		return now.Before(s.ClosesAt)
	}
	return false
}

// turn is one step under way.
type turn struct {
	Suggestion
	now     time.Time
	holds   Holds
	effects []Effect
}

func (t *turn) do(e ...Effect) { t.effects = append(t.effects, e...) }

func (t *turn) record(o Outcome) {
	t.do(Record{Outcome: o, Choice: t.Choice, Scope: t.Scope})
}

func (t *turn) commit() {
	if t.State == Pending && !t.now.Before(t.CommitAt) {
		t.State, t.CommitAt = Accepted, time.Time{}
		t.record(WasAccepted)
		t.do(Act{})
		t.calm() // it outlasted its hold: no stray press cancels it any more
		if t.Choice == Trial {
			t.do(Supersede{})
		}
	}
}

func (t *turn) expire() {
	if t.State == Offered && !t.now.Before(t.ExpiresAt) {
		t.State = Expired
		t.record(WasExpired)
	}
}

func (t *turn) withdraw(why string) {
	if t.State == Offered || t.State == Pending {
		t.State, t.CommitAt = Withdrawn, time.Time{}
		t.do(Record{Outcome: WasWithdrawn, Choice: t.Choice, Scope: t.Scope, Why: why})
	}
}

func (t *turn) undo(e Event) error {
	switch {
	case t.State == Offered:
		return nil
	case !t.undoable(t.now):
		return ErrOver
	case e.Known:
		t.calm()
	case t.contradicts(e):
		return nil
	}
	t.record(WasUndone)
	t.takeBack(e.Known)
	t.open()
	return nil
}

// takeBack has taken back what was done, if anything was to be.
func (t *turn) takeBack(known bool) {
	switch {
	case t.State != Accepted:
	case known:
		t.do(TakeBack{})
	default:
		t.do(TakeBack{After: VoidWithin})
	}
}

// guarded reports whether a known browser has answered so lately that no unknown
// one may change it: gateways look at links just when people click them.
func (t *turn) guarded() bool {
	return t.Known && t.now.Sub(t.PressedAt) < VoidWithin
}

// open takes the suggestion back to where it was offered, with nothing answered.
func (t *turn) open() {
	if t.State == Kept {
		t.do(Unsilence{})
	}
	t.State, t.Choice, t.Scope, t.Note, t.Visitor, t.Known = Offered, "", "", "", "", false
	t.PressedAt, t.CommitAt = time.Time{}, time.Time{}
	t.Wrong, t.Category, t.Never = false, "", false
}

func (t *turn) answer(e Event) error {
	c := Choice{e.Verb, e.Scope}
	if !slices.Contains(t.choices(), c) {
		return ErrOther
	}
	if !t.answerable(t.now) {
		return ErrOver
	}
	if e.Known {
		t.calm()
	} else if t.contradicts(e) {
		return nil
	}
	if t.stands(c) && (e.Verb != Wrong || e.Category == t.Category) {
		t.again(e)
		return nil
	}
	switch e.Verb {
	case Keep, Never:
		t.refuse(e)
	case Wrong:
		t.wrong(e)
	default:
		t.accept(e)
	}
	return nil
}

// calm forgets what unknown browsers answered: it cannot be cancelled any more.
func (t *turn) calm() {
	t.Unknown, t.UnknownAt, t.Before, t.Lately = Choice{}, time.Time{}, Standing{}, [Thoughts]Choice{}
}

// contradicts takes note of an unknown browser's answer, and reports whether it
// comes to nothing: because it cancels, and is cancelled by, the one before it, or
// because a known browser has just answered. A second thought cancels nothing.
func (t *turn) contradicts(e Event) bool {
	c := Choice{e.Verb, e.Scope}
	if c.Verb == Undo {
		c.Scope = This
	}
	before, first := t.Unknown, t.UnknownAt.IsZero() || t.now.Sub(t.UnknownAt) >= VoidWithin
	if first {
		t.Before, t.Lately = t.standing(), [Thoughts]Choice{}
	}
	second := t.few(c) && t.secondThought(e)
	t.Unknown, t.UnknownAt = c, t.now
	switch {
	case first, before == c, second:
		return t.guarded() && !t.stands(c)
	case c.Verb == Undo && t.Before.State == Offered:
		return false // nothing stood before: taking it back and cancelling it are the same
	}
	t.Unknown, t.Lately = Choice{Verb: void}, [Thoughts]Choice{}
	t.do(Forget{Since: t.now.Add(-VoidWithin)})
	t.VoidedAt = t.now
	if t.standing() != t.Before {
		t.record(WasVoid)
		t.restore(t.Before)
	} else if before.Verb != void {
		t.do(Record{Outcome: WasVoid})
	}
	return true
}

// secondThought reports whether an unknown browser changes its own mind, as people
// do: with a gesture, and after a moment.
func (t *turn) secondThought(e Event) bool {
	same := e.Answered.Equal(t.UnknownAt) || e.Answered.Equal(t.PressedAt) && t.stands(t.Unknown)
	return same && !e.Answered.IsZero() && e.Gesture && t.Unknown.Verb != void &&
		t.now.Sub(t.UnknownAt) >= Thought
}

// few takes note of an answer, and reports whether there are no more different ones
// than a person gives who thinks twice. Taking back is none.
func (t *turn) few(c Choice) bool {
	if c.Verb == Undo {
		return true
	}
	for i, had := range t.Lately {
		if had == (Choice{}) {
			t.Lately[i] = c
		}
		if t.Lately[i] == c {
			return true
		}
	}
	return false
}

// standing is how far the suggestion has come by answers.
func (t *turn) standing() Standing {
	return Standing{
		State: t.State, Choice: t.Choice, Scope: t.Scope, Note: t.Note, Visitor: t.Visitor, Known: t.Known,
		PressedAt: t.PressedAt.UTC(), CommitAt: t.CommitAt.UTC(), Wrong: t.Wrong, Category: t.Category, Never: t.Never,
	}
}

// restore takes the suggestion back to b. What was ended in between is recorded anew.
func (t *turn) restore(b Standing) {
	was := t.State
	if was == Kept && b.State != Kept {
		t.do(Unsilence{})
	}
	if b.State != Accepted {
		t.takeBack(false)
	}
	t.State, t.Choice, t.Scope, t.Note, t.Visitor, t.Known = b.State, b.Choice, b.Scope, b.Note, b.Visitor, b.Known
	t.PressedAt, t.CommitAt, t.Wrong, t.Category, t.Never = b.PressedAt, b.CommitAt, b.Wrong, b.Category, b.Never
	switch {
	case b.State == Accepted && was != Accepted:
		t.record(WasAccepted)
		t.Epoch++
		t.do(Act{Again: true})
	case b.State == Pending && was == Offered:
		t.record(WasPressed)
	case b.State == Kept:
		o, silence := t.refusal(b.Choice)
		if was == Offered {
			t.record(o)
		}
		if was == Kept { // by another answer, and with its silence
			t.do(Unsilence{})
		}
		t.do(silence)
	}
}

// refusal is what a refusing answer is recorded as, and the silence that it brings.
func (t *turn) refusal(v Verb) (Outcome, Silence) {
	switch v {
	case Wrong:
		return WasWrong, Silence{For: t.holds.Silence, Why: Wrong}
	case Never:
		s := Silence{Why: Never}
		if t.Kind != KindDecline { // it is about others, too
			s.Organizer, s.After = true, t.holds.Trial
		}
		return WasNever, s
	}
	return WasKept, Silence{For: t.holds.Silence, Why: Keep}
}

// again takes the same answer once more: a known browser makes it its own, and the
// words to be said may have changed.
func (t *turn) again(e Event) {
	if t.Choice != e.Verb || t.Known && !e.Known {
		return
	}
	if e.Known && !t.Known {
		t.Known, t.Visitor, t.PressedAt = true, e.Visitor, t.now
	}
	if e.Note != "" && t.State == Pending {
		t.Note = e.Note
	}
}

// leave ends the answer that stands, if there is one, for another.
func (t *turn) leave(e Event) {
	switch t.State {
	case Accepted:
		t.record(WasUndone)
		t.takeBack(e.Known)
	case Kept:
		t.do(Unsilence{})
	}
	t.Never, t.CommitAt = false, time.Time{}
}

// by notes who answered what.
func (t *turn) by(e Event) {
	t.Choice, t.Scope, t.Known, t.Visitor, t.PressedAt = e.Verb, e.Scope, e.Known, e.Visitor, t.now
}

func (t *turn) accept(e Event) {
	t.leave(e)
	t.by(e)
	t.Note = e.Note
	hold := t.holds.Short
	if t.Kind == KindTrial {
		hold = t.holds.Trial
	}
	t.State, t.CommitAt = Pending, t.now.Add(hold).Truncate(time.Second)
	if t.CommitAt.After(t.ExpiresAt) {
		t.CommitAt = t.ExpiresAt
	}
	t.Epoch++
	t.record(WasPressed)
	if !e.Known || t.Kind == KindTrial {
		t.tell()
	}
}

func (t *turn) refuse(e Event) {
	t.leave(e)
	t.by(e)
	t.State, t.Note, t.Never = Kept, "", e.Verb == Never
	o, silence := t.refusal(e.Verb)
	t.record(o)
	t.do(silence)
	if silence.Organizer {
		t.Epoch++
		t.tell()
	}
}

// tell has the person told what was answered in their name.
func (t *turn) tell() {
	if t.Epoch <= receipts {
		t.do(Receipt{t.Epoch})
	}
}

// Tells reports whether one more answer in the person's name would be told them: a
// suggestion sets off a few mails at most.
func (s Suggestion) Tells() bool { return s.Epoch < receipts }

// wrong notes what the person says of the classification. It answers a suggestion
// that nobody has answered; one that was answered stays so.
func (t *turn) wrong(e Event) {
	if t.State == Offered {
		t.by(e)
		t.State = Kept
		_, silence := t.refusal(Wrong)
		t.do(silence)
	}
	t.Wrong, t.Category = true, e.Category
	t.do(Record{Outcome: WasWrong, Choice: Wrong, Scope: This, Category: e.Category})
}
