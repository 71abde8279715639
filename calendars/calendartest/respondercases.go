package calendartest

import (
	"errors"
	"maps"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// underFaults does a task under each fault, or, unless it is thorough, under every
// fifth, and takes it back. A fault leaves no
// other trace than the time that it costs: the same comes of it, and as often.
func underFaults(c *counter, k task) {
	if len(c.Faults) == 0 {
		c.Skip("no trouble can be made here")
	}
	i := k.intent(c)
	before, want := c.rows(counts(i)), k.want(c.rows(counts(i)))
	// cycle does and takes back, and tells how many effects each had.
	cycle := func(name string, trouble func()) (effects [2]int) {
		c.Helper()
		started := c.Effects()
		trouble()
		r := c.must(i)
		done := c.Effects()
		c.wantRows("done under "+name, want, c.rows(counts(i)))
		trouble()
		c.must(back(i, r))
		c.wantRows("taken back under "+name, before, c.rows(counts(i)))
		return [2]int{done - started, c.Effects() - done}
	}
	clean := cycle("no fault", func() {})
	for n, name := range slices.Sorted(maps.Keys(c.Faults)) {
		if !k.thorough && n%5 != k.number%5 {
			continue
		}
		if effects := cycle(name, c.Faults[name]); effects != clean {
			c.Errorf("under %s: %v effects, want %v", name, effects, clean)
		}
	}
}

func onceAndBack(c *counter, k task) {
	i := k.intent(c)
	before := c.rows(counts(i))
	want := k.want(c.rows(counts(i)))
	if gocmp.Equal(before, want) {
		c.Fatal("the task changes nothing")
	}
	var begun []calendars.Receipt
	r, err := c.Responder.Do(c.Context(), i, func(r calendars.Receipt) error {
		if n := c.Effects(); n != 0 {
			c.Errorf("%d effects before it was begun", n)
		}
		begun = append(begun, r)
		return nil
	})
	if err != nil {
		c.Fatal(err)
	}
	if len(begun) != 1 || begun[0].Before != r.Before {
		c.Errorf("begun %+v, receipt %+v", begun, r)
	}
	if r.Already || r.Told != c.Told || (r.SplitOff != "") != k.split {
		c.Errorf("receipt %+v", r)
	}
	c.wantRows("done,", want, c.rows(counts(i)))
	done := c.Effects()
	if done == 0 {
		c.Error("the log tells of no effect")
	}
	// A second time nothing is left to be done.
	again, err := c.Responder.Do(c.Context(), i, nil)
	if late, ok := errors.AsType[*calendars.OvertakenError](err); ok && i.Verb != calendars.Respond && i.Verb != calendars.Cancel {
		c.Logf("done again: %v", late) // what was ended is not there to be ended
	} else if err != nil || !again.Already {
		c.Errorf("done again: %+v, %v", again, err)
	}
	if n := c.Effects(); n != done {
		c.Errorf("done again, there are %d effects, want %d", n, done)
	}
	if _, err := c.Responder.Do(c.Context(), back(i, r), nil); err != nil {
		c.Fatalf("back: %v", err)
	}
	c.wantRows("taken back,", before, c.rows(counts(i)))
	undone := c.Effects()
	if undone == done {
		c.Error("the log tells of no effect of taking it back")
	}
	if again, err := c.Responder.Do(c.Context(), back(i, r), nil); err != nil || !again.Already || c.Effects() != undone {
		c.Errorf("taken back again: %+v, %v, %d effects, want %d", again, err, c.Effects(), undone)
	}
	// And all of it anew.
	r = c.must(i)
	c.wantRows("done anew,", want, c.rows(counts(i)))
	c.must(back(i, r))
	c.wantRows("taken back anew,", before, c.rows(counts(i)))
}

// unsplit has a responder refuse what would split a series: before anything is begun,
// and by a type that says that another way is to be gone.
func unsplit(c *counter, k task) {
	i := k.intent(c)
	before := c.rows(suiteStart)
	r, err := c.Responder.Do(c.Context(), i, func(calendars.Receipt) error {
		c.Error("it was begun")
		return nil
	})
	if !errors.Is(err, calendars.ErrReadOnly) {
		c.Errorf("receipt %+v, error %v, want %v", r, err, calendars.ErrReadOnly)
	}
	c.wantRows("refused,", before, c.rows(suiteStart))
	if n := c.Effects(); n != 0 {
		c.Errorf("%d effects, want none", n)
	}
}

// cutOff loses what came of an intent, and of taking it back.
func cutOff(c *counter, k task) {
	i := k.intent(c)
	before := c.rows(counts(i))
	lose := func(i calendars.Intent) calendars.Receipt {
		c.Helper()
		if _, err := c.Responder.Do(c.Context(), i, func(r calendars.Receipt) error {
			i.Begun = &r
			return nil
		}); err != nil {
			c.Fatal(err)
		}
		effects := c.Effects()
		r := c.must(i)
		if c.Effects() != effects {
			c.Errorf("%d effects, want %d", c.Effects(), effects)
		}
		return r
	}
	r := lose(i)
	lose(back(i, r))
	c.wantRows("taken back,", before, c.rows(counts(i)))
}

// notBegun refuses each try at the last moment.
func notBegun(c *counter, k task) {
	paused := errors.New("paused")
	refuse := func(calendars.Receipt) error { return paused }
	i := k.intent(c)
	if _, err := c.Responder.Do(c.Context(), i, refuse); !errors.Is(err, paused) {
		c.Errorf("error %v", err)
	}
	if n := c.Effects(); n != 0 {
		c.Errorf("%d effects", n)
	}
	i = back(i, c.must(i))
	effects := c.Effects()
	if _, err := c.Responder.Do(c.Context(), i, refuse); !errors.Is(err, paused) {
		c.Errorf("back: error %v", err)
	}
	if n := c.Effects(); n != effects {
		c.Errorf("back: %d effects, want %d", n, effects)
	}
}

// atOnce does the same several times side by side.
func atOnce(c *counter, k task) {
	i := k.intent(c)
	want := k.want(c.rows(counts(i)))
	const many = 3
	results := make(chan error, many)
	for range many {
		go func() {
			var err error
			for range mostTries {
				if _, err = c.Responder.Do(c.Context(), i, nil); err == nil {
					break
				}
			}
			if _, late := errors.AsType[*calendars.OvertakenError](err); late && i.Verb != calendars.Respond {
				err = nil // what another ended is not there to be ended
			}
			results <- err
		}()
	}
	for range many {
		if err := <-results; err != nil {
			c.Error(err)
		}
	}
	c.wantRows("done by many,", want, c.rows(counts(i)))
}

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
