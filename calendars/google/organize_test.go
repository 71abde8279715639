package google

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// An organizer's own calendar, seen through what takes place in it.
func (b *bench) starts(person string) []string {
	var all []string
	for _, o := range b.Window(person, now.AddDate(0, 0, -1), now.AddDate(0, 0, 36)) {
		all = append(all, o.Start.In(berlin).Format("01-02 15:04")+"+"+o.End.Sub(o.Start).String())
	}
	return all
}

func TestEndTakesChangedInstancesAlong(t *testing.T) {
	for _, lasting := range []bool{false, true} {
		b := newBench(t)
		b.LastingExceptions(lasting)
		id := b.Create(weekly("w", bob))
		b.ChangeInstance(id, week(2), func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(90*time.Minute) })
		b.CancelInstance(id, week(3))
		before := b.starts(bob)
		i := b.intent(calendars.End, ann, id, week(1))
		i.Onward = true
		r := b.do(i)
		if diff := gocmp.Diff([]string{"03-02 13:00+1h0m0s"}, b.starts(bob)); diff != "" {
			t.Errorf("lasting %t, ended (-want +got):\n%s", lasting, diff)
		}
		i.Back = &r
		b.do(i)
		if diff := gocmp.Diff(before, b.starts(bob)); diff != "" {
			t.Errorf("lasting %t, taken back (-want +got):\n%s", lasting, diff)
		}
	}
}

func TestEndChangedSince(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	i := b.intent(calendars.End, ann, id, week(1))
	r := b.do(i)
	b.Change(id, func(e *calendartest.Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;INTERVAL=2"} })
	i.Back = &r
	_, err := b.writer(ann).Do(t.Context(), i, nil)
	wantLate(t, err, calendars.Changed)
}

func TestOnlyTheOrganizerOrganizes(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	for _, verb := range []calendars.Verb{calendars.Cancel, calendars.End, calendars.Shorten} {
		for _, onward := range []bool{false, true} {
			i := b.intent(verb, bob, id, week(1))
			i.Length, i.Onward = 25*time.Minute, onward
			_, err := b.writer(bob).Do(t.Context(), i, nil)
			wantLate(t, err, calendars.Uninvited)
		}
	}
	if n := len(b.writes()); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// split makes a series of Ann's shorter from next week on.
func (b *bench) split(id string) (calendars.Intent, calendars.Receipt, error) {
	b.t.Helper()
	i := b.intent(calendars.Shorten, ann, id, week(1))
	i.Length, i.Onward = 25*time.Minute, true
	r, err := b.writer(ann).Do(b.t.Context(), i, nil)
	return i, r, err
}

func TestSplitIsOneLineage(t *testing.T) {
	b := newBench(t)
	ev := weekly("w", bob, cat)
	ev.Guests[0].Answer, ev.Guests[1].Optional = calendars.Accepted, true
	ev.Shared = map[string]string{"team": "kite"}
	ev.Private = map[string]string{"mine": "1"}
	ev.More = map[string]json.RawMessage{"conferenceData": json.RawMessage(`{"conferenceId":"abc"}`), "ofTheFuture": json.RawMessage(`[1]`)}
	id := b.Create(ev)
	b.CancelInstance(id, week(2))
	i, r, err := b.split(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{ann, bob, cat} {
		found := false
		for _, c := range b.pull(b.source(who), "").Copies {
			if c.UID == r.SplitOff {
				found = c.SplitFrom == id+"@google.com" && c.Title == "w" && c.Organizer.Address == ann && len(c.People) == 2
			}
		}
		if !found {
			t.Errorf("%s: no series %s that was split from %s", who, r.SplitOff, id)
		}
	}
	want := []string{"03-02 13:00+1h0m0s", "03-09 13:00+25m0s", "03-23 13:00+25m0s", "03-30 13:00+25m0s", "04-06 13:00+25m0s"}
	if diff := gocmp.Diff(want, b.starts(cat)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, after, err := statesOf(&r)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := b.source(ann).raw(t.Context(), primary, after.Split)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"conferenceData": `{"conferenceId":"abc"}`, "ofTheFuture": `[1]`,
		"extendedProperties": `{"private":{"mine":"1"},"shared":{"team":"kite","unmeet_split_from":"` + id + `@google.com"}}`,
	} {
		if string(fields[name]) != want {
			t.Errorf("%s of the new series: %s, want %s", name, fields[name], want)
		}
	}
	// Were the new series changed by hand, it is not ours to delete.
	i.Back = &r
	for _, change := range []func(e *calendartest.Event){
		func(e *calendartest.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY"} },
		func(e *calendartest.Event) { e.Recurrence, e.End = after.Rest, e.End.Add(5*time.Minute) },
	} {
		b.Change(after.Split, change)
		_, err = b.writer(ann).Do(t.Context(), i, nil)
		wantLate(t, err, calendars.Changed)
	}
}

// Of two who split the same series, the slower must not undo what the other did.
func TestSplitTwice(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	b.Inject(calendartest.Fault{Method: "GET", Path: id, Skip: 1, Times: 1, Do: calendartest.Meanwhile(func() {
		if _, _, err := b.split(id); err != nil {
			t.Error(err)
		}
	})})
	if _, r, err := b.split(id); err != nil || r.SplitOff == "" {
		t.Errorf("receipt %+v, error %v", r, err)
	}
	want := []string{"03-02 13:00+1h0m0s", "03-09 13:00+25m0s", "03-16 13:00+25m0s", "03-23 13:00+25m0s", "03-30 13:00+25m0s", "04-06 13:00+25m0s"}
	if diff := gocmp.Diff(want, b.starts(bob)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplitKeepsWhatWasChangedAhead(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	b.ChangeInstance(id, week(3), func(e *calendartest.Event) { e.Title = "special" })
	before := b.starts(bob)
	_, _, err := b.split(id)
	if !errors.Is(err, calendars.ErrRefused) || !errors.Is(err, errAhead) || len(b.writes()) != 0 {
		t.Errorf("error %v, %d writes", err, len(b.writes()))
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.Hint == "" {
		t.Error("no hint says what to do")
	}
	if diff := gocmp.Diff(before, b.starts(bob)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A split that cannot be finished leaves nothing behind.
func TestSplitHalfDone(t *testing.T) {
	for what, c := range map[string]struct {
		trouble func(b *bench, id string)
		late    bool
	}{
		"the series cannot be ended": {func(b *bench, id string) {
			b.Inject(calendartest.Fault{Method: "PATCH", Path: id, Times: 1, Do: calendartest.Refuse("forbidden", 0)})
		}, false},
		"the organizer cancels meanwhile": {func(b *bench, id string) {
			b.Inject(calendartest.Fault{Method: "POST", Times: 1, Do: calendartest.Meanwhile(func() { b.CancelInstance(id, week(1)) })})
		}, true},
		"all of it is deleted meanwhile": {func(b *bench, id string) {
			b.Inject(calendartest.Fault{Method: "POST", Times: 1, Do: calendartest.Meanwhile(func() { b.Cancel(id) })})
		}, true},
	} {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		c.trouble(b, id)
		_, _, err := b.split(id)
		if _, late := errors.AsType[*calendars.OvertakenError](err); err == nil || late != c.late {
			t.Errorf("%s: error %v", what, err)
		}
		for _, o := range b.Window(bob, now.AddDate(0, 0, -1), now.AddDate(0, 0, 36)) {
			if o.Series != id {
				t.Errorf("%s: left behind is %+v", what, o)
			}
		}
	}
}

// Cut off after the new series was made, a split finds the old one deleted.
func TestSplitCutOff(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	i := b.intent(calendars.Shorten, ann, id, week(1))
	i.Length, i.Onward = 25*time.Minute, true
	b.Inject(calendartest.Fault{Method: "PATCH", Do: calendartest.Refuse("backendError", 0)})
	if _, err := b.writer(ann).Do(t.Context(), i, func(r calendars.Receipt) error {
		i.Begun = &r
		return nil
	}); KindOf(err) != Transient {
		t.Fatalf("error %v", err)
	}
	b.Heal()
	b.Cancel(id)
	_, err := b.writer(ann).Do(t.Context(), i, nil)
	wantLate(t, err, calendars.CalledOff)
	if left := b.starts(bob); len(left) != 0 {
		t.Errorf("left behind is %v", left)
	}
}

// With its series, a cancelled occurrence is gone for good.
func TestRestoreWithoutSeries(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	i := b.intent(calendars.Cancel, ann, id, week(1))
	r := b.do(i)
	b.Cancel(id)
	i.Back = &r
	_, err := b.writer(ann).Do(t.Context(), i, nil)
	wantLate(t, err, calendars.CalledOff)
}

// Whoever is invited to one instance alone holds no series to ask for it.
func TestDeclineOfAnOrphan(t *testing.T) {
	for _, onward := range []bool{false, true} {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		b.ChangeInstance(id, week(1), func(e *calendartest.Event) {
			e.Guests = append(e.Guests, calendartest.Guest{Address: cat})
		})
		i := b.intent(calendars.Respond, cat, id, week(1))
		i.Onward = onward
		r := b.do(i)
		if got := b.shown(ann, week(1)).Guests[cat]; got != calendars.Declined {
			t.Errorf("onward %t: the organizer sees %q", onward, got)
		}
		i.Back = &r
		b.do(i)
		if got := b.shown(ann, week(1)).Guests[cat]; got != calendars.NoAnswer {
			t.Errorf("onward %t: taken back, the organizer sees %q", onward, got)
		}
	}
}

// Instances of the second half of a series may be named after the first.
func TestDeclineAfterSplit(t *testing.T) {
	b := newBench(t)
	id := b.Split(b.Create(weekly("w", bob)), week(1), func(*calendartest.Event) {})
	i := b.intent(calendars.Respond, bob, id, week(2))
	b.do(i)
	if got := b.shown(ann, week(2)).Guests[bob]; got != calendars.Declined {
		t.Errorf("the organizer sees %q", got)
	}
}

// A tombstone need not say what it is of.
func TestSparseTombstones(t *testing.T) {
	b := newBench(t)
	id := b.Create(weekly("w", bob))
	i, cancel := b.intent(calendars.Respond, bob, id, week(1)), b.intent(calendars.Cancel, ann, id, week(1))
	b.SparseTombstones(true)
	r := b.do(cancel)
	_, err := b.writer(bob).Do(t.Context(), i, nil)
	wantLate(t, err, calendars.CalledOff)
	if again, err := b.writer(ann).Do(t.Context(), cancel, nil); err != nil || !again.Already {
		t.Errorf("cancelled again: %+v, %v", again, err)
	}
	cancel.Back = &r
	b.do(cancel)
	if got := b.shown(bob, week(1)).Answer; got != calendars.NoAnswer {
		t.Errorf("restored, the answer is %q", got)
	}
}

func TestAnotherCalendar(t *testing.T) {
	b := newBench(t)
	const team = "team@group.calendar.google.com"
	b.AddCalendar(ann, team, "Europe/Berlin")
	ev := weekly("w", bob)
	ev.Organizer = team
	id := b.Create(ev)
	i := calendars.Intent{Verb: calendars.Cancel, Owner: ann, Collection: team, Remote: calendars.RemoteID(id), Start: week(1),
		Ref: calendars.Ref{UID: id + "@google.com", Organizer: team, Instance: calendars.InstanceAt(week(1))}}
	b.do(i)
	for _, o := range b.Window(bob, now, now.AddDate(0, 0, 14)) {
		if o.Start.Equal(week(1)) {
			t.Error("it still takes place")
		}
	}
}
