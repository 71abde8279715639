package trial

import (
	"slices"
	"time"
)

// Step says what becomes of t by e at now, and what is to be done about it. What
// cannot be said (any more) is an [ErrOver], and changes nothing. Times are whole
// seconds; Step rounds now down.
func (r Rules) Step(t Trial, e Event, now time.Time) (Trial, []Effect, error) {
	s := step{Trial: t, Rules: r, now: now.Truncate(time.Second).UTC()}
	s.Occurrences = slices.Clone(t.Occurrences)
	switch e := e.(type) {
	case Tick:
		s.tick(e)
	case Say:
		switch {
		case slices.Contains(t.Sayable(e.Ordinal, s.now), e.Verb), t.Says(e.Ordinal, e.Verb) && e.Known:
			s.say(e)
		case !t.Says(e.Ordinal, e.Verb):
			return t, nil, ErrOver
		}
	}
	return s.Trial, s.effects, nil
}

// step is one step under way.
type step struct {
	Trial
	Rules
	now     time.Time
	effects []Effect
}

func (s *step) do(e ...Effect) { s.effects = append(s.effects, e...) }

// tick does what time brings: held answers first, then what comes next.
func (s *step) tick(e Tick) {
	if s.State.Over() {
		return
	}
	for i := range s.Occurrences {
		if s.Occurrences[i].Answer.due(s.now) {
			s.settle(i)
		}
	}
	if s.Wish.due(s.now) && !s.sending() {
		s.fulfil(e)
	}
	if s.State == Running {
		for i := range s.Occurrences {
			s.advance(i, e)
		}
		s.count()
		s.close()
	}
	if s.State == Running && s.reached(s.GuestsAt) {
		s.State, s.EndAt = Asking, s.now
		if e.Guests >= Enough { // what fewer say would be shown to nobody
			s.Guests = e.Guests
			s.EndAt = s.work(s.now.Add(GuestsFor))
			s.do(Write{Letter: LetterGuests})
		}
	}
	if s.State == Asking && s.reached(s.EndAt) {
		s.State, s.LapseAt = Ending, s.now.Add(EndsFor)
		if e.Sums.Answers() >= Enough { // what cannot be shown is not kept either
			s.Sums = &e.Sums
		}
		s.do(Write{Letter: LetterEnded})
	}
	if s.State == Ending && s.reached(s.LapseAt) && !s.Wish.pending() && !s.sending() {
		s.State = Lapsed
		s.do(Record{WasLapsed})
	}
}

// sending reports whether it was said that an update was sent, which does not stand yet:
// that minute is waited for before the trial ends.
func (t *Trial) sending() bool {
	return slices.ContainsFunc(t.Occurrences, func(o Occurrence) bool { return o.Answer.Verb == SaySent })
}

// reached reports whether t, which may not be set yet, has come.
func (s *step) reached(t time.Time) bool { return !t.IsZero() && !s.now.Before(t) }

// advance takes an occurrence on by time.
func (s *step) advance(i int, e Tick) {
	o := &s.Occurrences[i]
	switch o.Stage {
	case Planned:
		switch {
		case s.now.Before(o.Start):
		case !s.now.Before(s.end(i, o.Start)):
			o.Stage = Skipped
		case e.Takes && e.Due == i:
			o.Stage = Held
		default:
			o.Stage, o.DraftedAt = Drafted, s.now
			s.do(Write{Letter: LetterDraft, Ordinal: i})
		}
	case Drafted:
		switch {
		case o.Answer.pending() || s.now.Before(o.DraftedAt.Add(AskAfter)):
		case !s.now.Before(s.end(i, o.DraftedAt.Add(AskAfter))):
			o.Stage = Skipped // who was never asked did not fail to answer
		default:
			o.Stage, o.AskedAt = Asked, s.now
			s.do(Write{Letter: LetterQuestion, Ordinal: i})
		}
	case Asked:
		if !o.Answer.pending() && !s.now.Before(s.end(i, o.AskedAt)) {
			o.Stage = Missed
			s.do(Record{WasMissed})
		}
	}
}

// end is until when what an occurrence waits for since then can come: until the
// next one begins, or for a day where there is none.
func (t *Trial) end(i int, since time.Time) time.Time {
	if i+1 < len(t.Occurrences) {
		return t.Occurrences[i+1].Start
	}
	return since.Add(Grace)
}

// count offers to bring back the rest, once, after too many were missed.
func (s *step) count() {
	missed := 0
	for _, o := range s.Occurrences {
		if o.Stage == Missed {
			missed++
		}
	}
	if missed >= Misses && !s.Offered && !s.Wish.pending() && len(s.ahead()) > 0 {
		s.Offered = true
		s.do(Write{Letter: LetterMisses})
	}
}

// ahead are the ordinals of the occurrences that can still be brought back.
func (s *step) ahead() []int { return s.Ahead(s.now) }

// close says when guests are asked, once all is settled; a trial without a single
// update ends there.
func (s *step) close() {
	if !s.GuestsAt.IsZero() {
		return
	}
	last := time.Time{}
	for _, o := range s.Occurrences {
		if o.Stage == Planned || o.Stage == Drafted || o.Stage == Asked || o.Answer.pending() {
			return
		}
		last = o.Start
	}
	if s.Written() == 0 {
		s.State = Lapsed
		s.do(Record{WasLapsed})
		return
	}
	at := last.Add(Grace)
	if at.Before(s.now) {
		at = s.now
	}
	s.GuestsAt = s.work(at)
}

// settle has an answer about an update stand.
func (s *step) settle(i int) {
	o := &s.Occurrences[i]
	verb := o.Answer.Verb
	o.Answer = Answer{}
	if verb == SaySent {
		o.Stage, o.SentAt = Sent, s.now
		s.do(Record{WasSent})
		return
	}
	if o.Stage != Missed {
		o.Stage = Missed
		s.do(Record{WasMissed})
	}
	for _, next := range s.ahead() {
		if next > i {
			s.bring([]int{next})
			return
		}
	}
}

func (s *step) bring(ordinals []int) {
	if len(ordinals) == 0 {
		return
	}
	for _, i := range ordinals {
		s.Occurrences[i].Stage = Back
	}
	s.do(BringBack{ordinals})
}

// fulfil has what the organizer said of the trial as a whole stand.
func (s *step) fulfil(e Tick) {
	verb := s.Wish.Verb
	s.Wish = Answer{}
	switch verb {
	case Restore:
		s.bring(s.ahead())
		s.State = Restored
		s.do(Record{WasRestored})
	case Convert:
		s.State, s.UndoUntil = Converted, e.Next
		s.Turn++
		s.do(EndSeries{s.Turn}, Record{WasConverted})
	case Shorten:
		s.State, s.UndoUntil = Shortened, e.Next
		s.Turn++
		s.do(ShortenSeries{s.Turn}, Record{WasShortened})
	}
}

// say takes what the organizer says, which can be said.
func (s *step) say(e Say) {
	if s.State.Over() && e.Verb != Undo || e.Verb == SaySent && s.Occurrences[e.Ordinal].Stage == Sent {
		return // it stands
	}
	switch e.Verb {
	case SaySent:
		s.press(&s.Occurrences[e.Ordinal].Answer, e, Within)
	case SayMeet:
		s.press(&s.Occurrences[e.Ordinal].Answer, e, s.Short)
	case Restore:
		e.Ordinal = -1
		s.press(&s.Wish, e, s.Short)
	case Convert, Shorten:
		e.Ordinal = -1
		s.press(&s.Wish, e, s.Long)
	case Undo:
		s.undo(e)
	}
}

// press takes an answer that is held. Of one that others would notice, and that a
// browser gave which is not known, the organizer hears in time to undo it.
func (s *step) press(a *Answer, e Say, hold time.Duration) {
	tell := !e.Known && e.Verb != SaySent
	if tell {
		hold = max(hold, s.Long)
	}
	before := *a
	*a = Press(before, e.Verb, e.Known, s.now, hold)
	if tell && a.Verb == e.Verb && *a != before && s.Noted < noted {
		s.Noted++
		s.do(Write{LetterNoted, e.Ordinal, e.Verb})
	}
}

// undo takes back what was said last: of the trial as a whole, else of an update.
func (s *step) undo(e Say) {
	switch {
	case s.Wish.pending():
		s.Wish = Answer{}
	case s.State.Over():
		s.do(TakeBack{s.Turn}, Record{WasUnsaid})
		s.State, s.UndoUntil, s.LapseAt = Ending, time.Time{}, s.now.Add(EndsFor)
	default:
		o := &s.Occurrences[e.Ordinal]
		if o.Answer.pending() {
			o.Answer = Answer{}
			return
		}
		// Nobody is asked once more; what is not said until its end is missed.
		o.Stage, o.SentAt, o.AskedAt = Asked, time.Time{}, s.now
	}
}

// Says reports whether that has been said already, of an occurrence or of the trial as
// a whole, and holds or waits to.
func (t *Trial) Says(ordinal int, v Verb) bool {
	of := ordinal >= 0 && ordinal < len(t.Occurrences)
	switch v {
	case SaySent:
		return of && (t.Occurrences[ordinal].Answer.Verb == v || t.Occurrences[ordinal].Stage == Sent)
	case SayMeet:
		return of && t.Occurrences[ordinal].Answer.Verb == v
	case Convert:
		return t.Wish.Verb == v || t.State == Converted
	case Restore:
		return t.Wish.Verb == v || t.State == Restored
	case Shorten:
		return t.Wish.Verb == v || t.State == Shortened
	}
	return false
}

// Sayable returns what the organizer can say at now of an occurrence and of the trial
// as a whole. An ordinal that there is none of is of the whole alone.
func (t *Trial) Sayable(ordinal int, now time.Time) (all []Verb) {
	now = now.Truncate(time.Second)
	changed := (t.State == Converted || t.State == Shortened) && now.Before(t.UndoUntil)
	undoable := t.Wish.pending() || changed
	if ordinal >= 0 && ordinal < len(t.Occurrences) && !t.State.Over() {
		o := &t.Occurrences[ordinal]
		open := !o.DraftedAt.IsZero() && o.Stage != Sent
		if open && o.Answer.Verb != SaySent {
			all = append(all, SaySent)
		}
		if open && o.Answer.Verb != SayMeet && o.Stage != Missed && o.Stage != Skipped && t.State == Running {
			all = append(all, SayMeet)
		}
		undoable = undoable || o.Answer.pending() || o.Stage == Sent && t.State == Running
	}
	wishes := []Verb{}
	switch {
	case t.State == Running && len(t.Ahead(now)) > 0:
		wishes = []Verb{Restore}
	case t.State == Ending:
		wishes = []Verb{Convert, Restore, Shorten}
	}
	for _, v := range wishes {
		if t.Wish.Verb != v {
			all = append(all, v)
		}
	}
	if undoable {
		all = append(all, Undo)
	}
	return all
}

// Ahead are the ordinals of the occurrences that are called off and can still be
// brought back at now.
func (t *Trial) Ahead(now time.Time) (all []int) {
	for i, o := range t.Occurrences {
		if o.Stage == Planned && o.Start.After(now) {
			all = append(all, i)
		}
	}
	return all
}

// Written is how many occurrences were done in writing, or should have been.
func (t *Trial) Written() (n int) {
	for _, o := range t.Occurrences {
		if !o.DraftedAt.IsZero() {
			n++
		}
	}
	return n
}

// Updates is of how many occurrences the organizer said that the update was sent.
func (t *Trial) Updates() (n int) {
	for _, o := range t.Occurrences {
		if o.Stage == Sent {
			n++
		}
	}
	return n
}

// Due returns the occurrence whose draft is due at now: before that somebody should
// look whether it takes place after all.
func (t *Trial) Due(now time.Time) (ordinal int, due bool) {
	for i, o := range t.Occurrences {
		if t.State == Running && o.Stage == Planned && !now.Before(o.Start) && now.Before(t.end(i, o.Start)) {
			return i, true
		}
	}
	return 0, false
}

// Next is when time changes t next; zero if it never does. A time that is past says
// that a tick is overdue.
func (t *Trial) Next() time.Time {
	var next time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if t.State.Over() {
		return next
	}
	if !t.sending() {
		sooner(t.Wish.CommitAt)
	}
	for i, o := range t.Occurrences {
		sooner(o.Answer.CommitAt)
		if t.State != Running {
			continue
		}
		switch {
		case o.Stage == Planned:
			sooner(o.Start)
		case o.Answer.pending():
		case o.Stage == Drafted:
			sooner(o.DraftedAt.Add(AskAfter))
		case o.Stage == Asked:
			sooner(t.end(i, o.AskedAt))
		}
	}
	switch t.State {
	case Running:
		sooner(t.GuestsAt)
	case Asking:
		sooner(t.EndAt)
	case Ending:
		if !t.Wish.pending() && !t.sending() {
			sooner(t.LapseAt)
		}
	}
	return next
}
