package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
)

// acting decides that a suggestion is accepted, with one action about its occurrence
// or all from it on.
func (db *DB) acting(t testing.TB, s Suggestion, onward bool) Action {
	t.Helper()
	_, err := db.Decide(t.Context(), at(0, 10), s.ID, "button", func(c Case) (Decision, error) {
		a := c.Answer
		a.State, a.Choice, a.Epoch = "accepted", "decline", a.Epoch+1
		return Decision{Answer: a, Accepted: true, Actions: []NewAction{{Intent: calendars.Intent{
			Verb: calendars.Respond, Owner: s.Person, Start: s.Starts, Onward: onward, Was: calendars.Accepted, Response: calendars.Declined,
			Ref: calendars.Ref{UID: s.UID, Organizer: s.Organizer, Instance: s.Instance},
		}}}}, nil
	})
	must(t, err)
	return db.takeAction(t, at(0, 10))
}

// takeAction leases the one action that is due.
func (db *DB) takeAction(t testing.TB, now time.Time) Action {
	t.Helper()
	taken, err := db.TakeActions(t.Context(), now, "test", time.Minute, 10)
	if err != nil || len(taken) != 1 {
		t.Fatalf("%d actions are due, %v", len(taken), err)
	}
	return taken[0]
}

// TestDeclinedFromThenOn has Bob decline a series from its second week on: his calendar
// says so of all weeks, and of the first holds what he had answered before.
func TestDeclinedFromThenOn(t *testing.T) {
	answers := func(db *DB) string {
		var said []string
		for _, line := range db.derivedLines(t) {
			_, bob, _ := strings.Cut(line, "bob ")
			said = append(said, strings.Fields(bob)[0])
		}
		return strings.Join(said, " ")
	}
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	series := func(answer string, more ...calendars.Copy) calendars.Delta {
		return full(append([]calendars.Copy{event("sync", weekly, "ann", "bob="+answer)}, more...)...)
	}
	db.apply(t, ann, series("accepted"))
	db.apply(t, bob, series("accepted"))
	a := db.acting(t, db.offer(t, at(0, 8), newDigest("bob", "one")), true)
	a.Receipt = &calendars.Receipt{Before: "accepted"}
	must(t, db.BeginAction(t.Context(), &a, at(0, 10), 1))
	// The sync is faster than whoever writes down that it is done.
	db.apply(t, bob, series("declined"))
	if got, want := answers(db), "own:declined own:declined own:declined own:declined"; got != want {
		t.Errorf("before it is known: %s", got)
	}
	must(t, db.EndAction(t.Context(), &a, at(0, 10), Ending{State: ActionApplied, Receipt: a.Receipt}, nil))
	earlier := "own:accepted own:declined own:declined own:declined"
	if got := answers(db); got != earlier {
		t.Errorf("answers %s, want %s", got, earlier)
	}
	db.apply(t, ann, series("declined")) // what Ann's says of Bob, his own overrules
	if got := answers(db); got != earlier {
		t.Errorf("after Ann's calendar: %s, want %s", got, earlier)
	}
	own := changed(event("sync", weekly, "ann", "bob=declined"), 0, func(c *calendars.Copy) {})
	db.apply(t, bob, series("declined", own))
	if got, want := answers(db), "own:declined own:declined own:declined own:declined"; got != want {
		t.Errorf("declined by an own copy: %s, want %s", got, want)
	}
	db.apply(t, bob, series("declined"))
	_, err := db.Decide(t.Context(), at(0, 11), a.Suggestion, "button", func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "offered", Epoch: 1}, TakeBack: true}, nil
	})
	must(t, err)
	back := db.takeAction(t, at(0, 11))
	must(t, db.EndAction(t.Context(), &back, at(0, 11), Ending{State: ActionApplied}, nil))
	db.apply(t, bob, series("accepted"))
	db.apply(t, bob, series("declined")) // by himself, for good
	if got, want := answers(db), "own:declined own:declined own:declined own:declined"; got != want {
		t.Errorf("taken back: %s, want %s", got, want)
	}
}

func TestPlaceOf(t *testing.T) {
	db := openFile(t)
	ref := calendars.Ref{UID: "sync", Organizer: address("ann"), Instance: "20261109T090000Z"}
	place := func(owner string, want error) Place {
		t.Helper()
		p, err := db.PlaceOf(t.Context(), address(owner), ref)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("of %s: %v, want %v", owner, err, want)
		}
		return p
	}
	connect := func(owner string) Calendar {
		t.Helper()
		id, err := db.Connect(t.Context(), at(0, 8), NewConnection{Kind: "google", Owner: address(owner), Via: ByGrant, Remotes: []string{"primary"}})
		must(t, err)
		place(owner, ErrUnread)
		c, err := db.Take(t.Context(), id, at(0, 8), "test", time.Minute)
		must(t, err)
		must(t, db.Done(t.Context(), c.Lease, at(0, 8), at(0, 9)))
		return c.Collections[0]
	}
	place("bob", ErrNoPart)
	must(t, db.Enrol(t.Context(), address("bob")))
	place("bob", ErrNoCalendar)
	bob := connect("bob")
	place("bob", ErrNoPlace)
	series := event("sync", weekly, "ann", "bob=accepted")
	db.apply(t, bob.ID, full(series))
	if p := place("bob", nil); p.Remote != "sync" || p.Collection != "primary" || p.Response != calendars.Accepted || p.Connection.Kind != "google" {
		t.Errorf("in the series: %+v", p)
	}
	other := changed(series, 1, func(c *calendars.Copy) {
		c.People = []calendars.Attendee{attending("ann"), attending("bob=tentative")}
	})
	db.apply(t, bob.ID, full(series, other))
	if p := place("bob", nil); p.Response != calendars.Maybe {
		t.Errorf("on its own: %+v", p)
	}
	connect("cid")
	place("cid", ErrNoPlace)
	db.apply(t, bob.ID, full())
	place("bob", ErrNoPlace)
	must(t, db.Stop(t.Context(), at(0, 9), "google", address("bob"), Trouble{Why: "left the group"}))
	place("bob", ErrNoPart)
}

// TestConnectingWakes has what waits for somebody to connect, or to allow more, go on
// when they do, and nothing of anybody else.
func TestConnectingWakes(t *testing.T) {
	for _, need := range []ActionNeed{NeedsConsent, NeedsConnection} {
		db := openFile(t)
		a := db.acting(t, db.offer(t, at(0, 8), newDigest("bob", "one")), false)
		must(t, db.PutOffAction(t.Context(), &a, at(0, 10), PutOff{Needs: need, Why: "no", Undone: true}, nil))
		for _, who := range []string{"cid", "bob"} {
			if now, err := db.Action(t.Context(), a.ID); err != nil || now.State != ActionWaiting || now.Needs != need {
				t.Errorf("before %s connects: %s %s, %v", who, now.State, now.Needs, err)
			}
			_, err := db.Connect(t.Context(), at(0, 11), NewConnection{Kind: "google", Owner: address(who), Via: ByGrant})
			must(t, err)
		}
		if got := db.takeAction(t, at(0, 11)); got.ID != a.ID {
			t.Errorf("due is %+v", got)
		}
	}
}

// TestActionLease holds that only whoever has the lease says what became of an action,
// and only while it is open.
func TestActionLease(t *testing.T) {
	db := openFile(t)
	a := db.acting(t, db.offer(t, at(0, 8), newDigest("bob", "one")), false)
	other := a
	other.Lease.By = "other"
	if err := db.BeginAction(t.Context(), &other, at(0, 10), 10); !errors.Is(err, ErrActionTaken) {
		t.Errorf("begun without a lease: %v", err)
	}
	if taken, err := db.TakeActions(t.Context(), at(0, 10), "other", time.Minute, 10); err != nil || len(taken) > 0 {
		t.Errorf("taken twice: %v, %v", taken, err)
	}
	must(t, db.BeginAction(t.Context(), &a, at(0, 10), 10))
	must(t, db.EndAction(t.Context(), &a, at(0, 10), Ending{State: ActionApplied}, nil))
	if err := db.EndAction(t.Context(), &a, at(0, 10), Ending{State: ActionFailed}, nil); !errors.Is(err, ErrActionTaken) {
		t.Errorf("ended twice: %v", err)
	}
	if err := db.RetryAction(t.Context(), at(0, 10), a.ID); !errors.Is(err, ErrNoRetry) {
		t.Errorf("done again: %v", err)
	}
	if err := db.RetryAction(t.Context(), at(0, 10), 99); !errors.Is(err, ErrNoAction) {
		t.Errorf("one that is not there: %v", err)
	}
}

// TestTakenBackTwice takes an action back while nobody knows whether it was done, thinks
// better of it, and takes it back once it was: by the receipt that there is by then.
func TestTakenBackTwice(t *testing.T) {
	db := openFile(t)
	a := db.acting(t, db.offer(t, at(0, 8), newDigest("bob", "one")), false)
	a.Receipt = &calendars.Receipt{Before: "planned"}
	must(t, db.BeginAction(t.Context(), &a, at(0, 10), 10))
	decide := func(d Decision) {
		t.Helper()
		db.decide(t, at(0, 11), a.Suggestion, func(c Case) (Decision, error) {
			d.Answer = c.Answer
			d.Answer.Epoch++
			return d, nil
		})
	}
	decide(Decision{TakeBack: true})
	decide(Decision{Accepted: true, Again: true, Actions: []NewAction{{Intent: a.Intent}}})
	must(t, db.EndAction(t.Context(), &a, at(0, 11), Ending{State: ActionApplied, Receipt: &calendars.Receipt{Before: "in the end"}}, nil))
	decide(Decision{TakeBack: true})
	back := db.takeAction(t, at(0, 11))
	if back.Undoes != a.ID || back.Intent.Back == nil || back.Intent.Back.Before != "in the end" {
		t.Errorf("taken back is %+v by %+v", back, back.Intent.Back)
	}
}

// TestFailedAndTakenBack holds that what was taken back since it failed is not tried
// again.
func TestFailedAndTakenBack(t *testing.T) {
	db := openFile(t)
	a := db.acting(t, db.offer(t, at(0, 8), newDigest("bob", "one")), false)
	must(t, db.EndAction(t.Context(), &a, at(0, 10), Ending{State: ActionFailed, Why: "no"}, nil))
	db.decide(t, at(0, 11), a.Suggestion, func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "offered", Epoch: 1}, TakeBack: true}, nil
	})
	if err := db.RetryAction(t.Context(), at(0, 12), a.ID); !errors.Is(err, ErrNoRetry) {
		t.Errorf("tried again: %v", err)
	}
}

// TestTriedAgainIsPlanned has an action fail and be tried again: what it was to bring is
// planned anew.
func TestTriedAgainIsPlanned(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "bob"), full(answering("accepted", -1)...))
	a := db.acting(t, db.suggested(t, "bob", "decline", 1), false)
	must(t, db.EndAction(t.Context(), &a, at(0, 10), Ending{State: ActionFailed, Why: "no"}, nil))
	db.wantPlan(t, "bob 1109: 55m thawed")
	must(t, db.RetryAction(t.Context(), at(0, 12), a.ID))
	db.wantPlan(t, "bob 1109: 55m planned")
}
