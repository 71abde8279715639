package calendartest

import (
	"time"

	"unmeet/calendars"
)

// decline is the owner's decline of one occurrence of what they are invited to.
func (c *counter) decline(onward bool) calendars.Intent {
	c.Helper()
	i := c.intent(calendars.Respond, invited, on(1))
	i.Response, i.Onward = calendars.Declined, onward
	return i
}

// answer is the owner's answer by hand to the first or all occurrences.
func (c *counter) answer(at time.Time, answer calendars.Response) {
	c.byHand(func(w *World) { w.Answer(Owner, c.ids[invited], at, answer, "") })
}

func answeredByHand(c *counter) {
	for _, onward := range []bool{false, true} {
		i := c.decline(onward)
		c.answer(time.Time{}, calendars.Maybe)
		before := c.rows(time.Time{})
		_, err := c.do(i)
		c.wantOvertaken(err, 0, calendars.Answered)
		c.wantRows("answered by hand,", before, c.rows(time.Time{}))
		c.answer(time.Time{}, calendars.Accepted)
	}
	// The same answer by hand is no reason to do anything.
	i := c.decline(false)
	c.answer(on(1), calendars.Declined)
	if r, err := c.Responder.Do(c.Context(), i, nil); err != nil || !r.Already || c.Effects() != 0 {
		c.Errorf("receipt %+v, error %v, %d effects", r, err, c.Effects())
	}
}

func answeredMeanwhile(c *counter) {
	if c.Between == nil {
		c.Skip("nothing can come between here")
	}
	i := c.decline(false)
	c.Between(func() { c.answer(on(1), calendars.Maybe) })
	_, err := c.do(i)
	c.wantOvertaken(err, 0, calendars.Answered)
	seen, err := c.Responder.Look(c.Context(), i)
	if answer, _ := seen.Own(Owner); err != nil || answer != calendars.Maybe {
		c.Errorf("the answer by hand became %q (%v)", answer, err)
	}
	// What others change at that moment does not keep us from answering.
	i = c.decline(false)
	c.Between(func() { c.byHand(func(w *World) { w.Answer(Colleague, c.ids[invited], on(1), calendars.Maybe, "") }) })
	c.must(i)
	seen, err = c.Responder.Look(c.Context(), i)
	if err != nil {
		c.Fatal(err)
	}
	for who, want := range map[string]calendars.Response{Owner: calendars.Declined, Colleague: calendars.Maybe} {
		if answer, _ := (&calendars.Copy{People: seen.People}).Own(who); answer != want {
			c.Errorf("%s: %q, want %q", who, answer, want)
		}
	}
}

func answeredSince(c *counter) {
	for _, onward := range []bool{false, true} {
		i := c.decline(onward)
		r := c.must(i)
		effects := c.Effects()
		at := on(1)
		if onward {
			at = time.Time{}
		}
		c.answer(at, calendars.Maybe)
		before := c.rows(time.Time{})
		_, err := c.do(back(i, r))
		c.wantOvertaken(err, effects, calendars.Changed)
		c.wantRows("answered by hand since,", before, c.rows(time.Time{}))
		c.answer(at, calendars.Accepted)
	}
}

func restoredSince(c *counter) {
	i := c.decline(false)
	r := c.must(i)
	c.answer(on(1), calendars.Accepted)
	effects := c.Effects()
	if again, err := c.Responder.Do(c.Context(), back(i, r), nil); err != nil || !again.Already || c.Effects() != effects {
		c.Errorf("receipt %+v, error %v, %d effects, want %d", again, err, c.Effects(), effects)
	}
}

// oneByHandSince leaves an answer alone that was given by hand to one of many that
// were declined together.
func oneByHandSince(c *counter) {
	i := c.decline(true)
	r := c.must(i)
	c.byHand(func(w *World) {
		w.Answer(Owner, c.ids[invited], time.Time{}, calendars.Declined, "")
		w.Answer(Owner, c.ids[invited], on(3), calendars.Accepted, "")
	})
	c.must(back(i, r))
	for week, want := range map[int]calendars.Response{1: calendars.Accepted, 2: calendars.Accepted, 3: calendars.Accepted} {
		i := c.intent(calendars.Respond, invited, on(week))
		if i.Was != want {
			c.Errorf("week %d: %q, want %q", week, i.Was, want)
		}
	}
}

func organizerFirst(c *counter) {
	i := c.decline(false)
	once := c.intent(calendars.Respond, invitedOnce, time.Time{})
	once.Response = calendars.Declined
	own1 := on(1).Add(3 * time.Hour)
	shorten, cancel := c.intent(calendars.Shorten, own, own1), c.intent(calendars.Cancel, own, own1)
	shorten.Length = 25 * time.Minute
	c.byHand(func(w *World) {
		w.CancelInstance(c.ids[invited], on(1))
		w.CancelInstance(c.ids[own], own1)
		w.Cancel(c.ids[invitedOnce])
	})
	for _, i := range []calendars.Intent{i, once, shorten} {
		_, err := c.do(i)
		c.wantOvertaken(err, 0, calendars.CalledOff, calendars.Gone)
	}
	if r, err := c.Responder.Do(c.Context(), cancel, nil); err != nil || !r.Already || c.Effects() != 0 {
		c.Errorf("cancelled before: %+v, %v, %d effects", r, err, c.Effects())
	}
}

func movedFirst(c *counter) {
	own1 := on(1).Add(3 * time.Hour)
	var intents []calendars.Intent
	for _, verb := range []calendars.Verb{calendars.Cancel, calendars.Shorten, calendars.End} {
		i := c.intent(verb, own, own1)
		i.Length, i.Onward = 25*time.Minute, verb == calendars.End
		intents = append(intents, i)
	}
	intents = append(intents, c.decline(false), c.decline(true))
	c.byHand(func(w *World) {
		w.ChangeInstance(c.ids[own], own1, shift(time.Hour))
		w.ChangeInstance(c.ids[invited], on(1), shift(time.Hour))
	})
	before := c.rows(time.Time{})
	for _, i := range intents {
		_, err := c.do(i)
		c.wantOvertaken(err, 0, calendars.Moved)
	}
	c.wantRows("moved,", before, c.rows(time.Time{}))
}

func goneFirst(c *counter) {
	own2 := on(2).Add(3 * time.Hour)
	intents := []calendars.Intent{c.decline(false), c.decline(true), c.intent(calendars.Shorten, own, own2), c.intent(calendars.End, own, own2)}
	intents[2].Length = 25 * time.Minute
	c.byHand(func(w *World) {
		w.Cancel(c.ids[invited])
		w.Cancel(c.ids[own])
	})
	before := c.rows(time.Time{})
	for _, i := range intents {
		_, err := c.do(i)
		c.wantOvertaken(err, 0, calendars.Gone, calendars.CalledOff)
	}
	c.wantRows("gone,", before, c.rows(time.Time{}))
}

func uninvitedFirst(c *counter) {
	i := c.decline(false)
	c.byHand(func(w *World) {
		w.Change(c.ids[invited], func(e *Event) {
			for n, g := range e.Guests {
				if g.Address == Owner {
					e.Guests = append(e.Guests[:n:n], e.Guests[n+1:]...)
					return
				}
			}
		})
	})
	_, err := c.do(i)
	c.wantOvertaken(err, 0, calendars.Uninvited, calendars.Gone, calendars.CalledOff)
}
