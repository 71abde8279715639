package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// intent is what a person is to do at the instance of an event planned for at; a zero
// time means a one-off.
func (b *bench) intent(verb calendars.Verb, person, id string, at time.Time) calendars.Intent {
	b.t.Helper()
	i := calendars.Intent{Verb: verb, Owner: person, Remote: calendars.RemoteID(id), Ref: calendars.Ref{UID: id + "@google.com", Organizer: ann}}
	if !at.IsZero() {
		i.Ref.Instance = calendars.InstanceAt(at)
	}
	seen, err := b.source(person).Look(b.t.Context(), i)
	if err != nil {
		b.t.Fatal(err)
	}
	i.Start = seen.Start
	if verb == calendars.Respond {
		i.Was, _ = seen.Own(person)
		i.Response, i.Note = calendars.Declined, "I read the notes"
	}
	b.Forget()
	return i
}

// do carries an intent out, and fails the test on an error.
func (b *bench) do(i calendars.Intent) calendars.Receipt {
	b.t.Helper()
	r, err := b.writer(i.Owner).Do(b.t.Context(), i, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// writes are the requests so far that were to change a calendar.
func (b *bench) writes() []calendartest.Request {
	return b.Requests(func(r calendartest.Request) bool {
		return r.Method != http.MethodGet && strings.HasPrefix(r.Path, "/calendar/")
	})
}

// shown is the occurrence of a calendar that starts at a time.
func (b *bench) shown(person string, at time.Time) calendartest.Occurrence {
	b.t.Helper()
	for _, o := range b.Window(person, at, at.Add(time.Minute)) {
		if o.Start.Equal(at) {
			return o
		}
	}
	b.t.Fatalf("%s has nothing at %s", person, at)
	return calendartest.Occurrence{}
}

func wantLate(t *testing.T, err error, why calendars.Overtaken) {
	t.Helper()
	if late, ok := errors.AsType[*calendars.OvertakenError](err); !ok || late.Why != why {
		t.Errorf("error %v, want overtaken: %s", err, why)
	}
}

func TestDeclineSemantics(t *testing.T) {
	t.Run("19 what is there is looked at first", func(t *testing.T) {
		for what, c := range map[string]struct {
			change func(b *bench, id string)
			why    calendars.Overtaken
		}{
			"cancelled":   {func(b *bench, id string) { b.CancelInstance(id, week(1)) }, calendars.CalledOff},
			"deleted":     {func(b *bench, id string) { b.Cancel(id) }, calendars.CalledOff},
			"never there": {func(b *bench, id string) { b.Wipe(bob) }, calendars.Gone},
			"retimed": {func(b *bench, id string) {
				b.Change(id, func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
			}, calendars.Moved},
			"ended": {func(b *bench, id string) {
				b.Change(id, func(e *calendartest.Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=1"} })
			}, calendars.Gone},
			"moved": {func(b *bench, id string) {
				b.ChangeInstance(id, week(1), func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
			}, calendars.Moved},
			"answered": {func(b *bench, id string) { b.Answer(bob, id, week(1), calendars.Maybe, "") }, calendars.Answered},
			"no attendee": {func(b *bench, id string) {
				b.EditOwn(bob, id, func(e *calendartest.Event) { e.Guests = e.Guests[1:] })
			}, calendars.Uninvited},
		} {
			b := newBench(t)
			id := b.Create(weekly("w", bob, cat))
			i := b.intent(calendars.Respond, bob, id, week(1))
			c.change(b, id)
			_, err := b.writer(bob).Do(t.Context(), i, func(calendars.Receipt) error {
				t.Errorf("%s: it was begun", what)
				return nil
			})
			if late, ok := errors.AsType[*calendars.OvertakenError](err); !ok || late.Why != c.why {
				t.Errorf("%s: %v, want %s", what, err, c.why)
			}
			if n := len(b.writes()); n != 0 {
				t.Errorf("%s: %d writes", what, n)
			}
		}

		b := newBench(t)
		id := b.Create(weekly("w", bob))
		i := b.intent(calendars.Respond, bob, id, week(1))
		b.Answer(bob, id, week(1), calendars.Declined, "")
		if r := b.do(i); !r.Already || len(b.writes()) != 0 {
			t.Errorf("declined before: receipt %+v, %d writes", r, len(b.writes()))
		}
	})

	t.Run("19 the organizer cannot decline", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", ann, bob))
		_, err := b.writer(ann).Do(t.Context(), b.intent(calendars.Respond, ann, id, week(1)), nil)
		if KindOf(err) != Denied || !errors.Is(err, calendars.ErrRefused) || len(b.writes()) != 0 {
			t.Errorf("error %v, %d writes", err, len(b.writes()))
		}
	})

	t.Run("20 one's own answer and nothing else", func(t *testing.T) {
		b := newBench(t)
		ev := meeting("m", now.Add(time.Hour), bob, cat)
		ev.Guests[1].Answer = calendars.Accepted
		ev.More = map[string]json.RawMessage{"conferenceData": json.RawMessage(`{"conferenceId":"abc"}`), "ofTheFuture": json.RawMessage(`[1,{"a":2}]`)}
		id := b.Create(ev)
		b.do(b.intent(calendars.Respond, bob, id, time.Time{}))
		writes := b.writes()
		if len(writes) != 1 || writes[0].Method != http.MethodPatch {
			t.Fatalf("writes %+v, want one PATCH", writes)
		}
		var sent, want any
		text := `{"attendeesOmitted":true,"attendees":[{"email":"bob@acme.example","responseStatus":"declined","comment":"I read the notes"}]}`
		if json.Unmarshal(writes[0].Body, &sent) != nil || json.Unmarshal([]byte(text), &want) != nil {
			t.Fatalf("sent %s", writes[0].Body)
		}
		if diff := gocmp.Diff(want, sent); diff != "" {
			t.Error(diff)
		}
		for _, who := range []string{ann, bob, cat} {
			fields, err := b.source(who).raw(t.Context(), primary, id)
			if err != nil {
				t.Fatal(err)
			}
			if string(fields["conferenceData"]) != `{"conferenceId":"abc"}` || string(fields["ofTheFuture"]) != `[1,{"a":2}]` {
				t.Errorf("%s: unknown fields became %s and %s", who, fields["conferenceData"], fields["ofTheFuture"])
			}
			answers := b.shown(who, now.Add(time.Hour)).Guests
			if diff := gocmp.Diff(map[string]calendars.Response{bob: calendars.Declined, cat: calendars.Accepted}, answers); diff != "" {
				t.Errorf("%s sees (-want +got):\n%s", who, diff)
			}
		}
	})

	t.Run("20 self is who the calendar says", func(t *testing.T) {
		b := newBench(t)
		ev := meeting("m", now.Add(time.Hour), "ann.k@acme.example")
		ev.Organizer = bob
		id := b.Create(ev)
		i := b.intent(calendars.Respond, ann, id, time.Time{})
		if i.Was != calendars.NoAnswer {
			t.Errorf("the answer of an alias is %q", i.Was)
		}
		b.do(i)
		if got := b.shown(bob, now.Add(time.Hour)).Guests["ann.k@acme.example"]; got != calendars.Declined {
			t.Errorf("the organizer sees %q", got)
		}
	})

	t.Run("21 a comment that is dropped is written with the whole list", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.DropComments = true })
		ev := meeting("m", now.Add(time.Hour), bob, cat)
		ev.Guests[1].More, ev.Guests[1].Optional = 2, true
		id := b.Create(ev)
		i := b.intentOf(calendars.Respond, bob, id)
		// Cat answers after the list was read, before it is written.
		b.Inject(calendartest.Fault{Method: http.MethodGet, Path: id, Skip: 2, Times: 1, Do: calendartest.Meanwhile(func() {
			b.Answer(cat, id, time.Time{}, calendars.Accepted, "")
		})})
		b.do(i)
		writes := b.writes()
		var statuses []int
		for _, w := range writes {
			statuses = append(statuses, w.Status)
		}
		if diff := gocmp.Diff([]int{200, 412, 200}, statuses); diff != "" {
			t.Fatalf("writes (-want +got):\n%s", diff)
		}
		seen, err := b.source(ann).look(t.Context(), primary, id)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, a := range seen.Attendees {
			got[a.Email] = a.ResponseStatus + " " + a.Comment
			if a.Email == cat && (a.AdditionalGuests != 2 || !a.Optional) {
				t.Errorf("another guest became %+v", a)
			}
		}
		if diff := gocmp.Diff(map[string]string{bob: "declined I read the notes", cat: "accepted "}, got); diff != "" {
			t.Errorf("the organizer sees (-want +got):\n%s", diff)
		}
		if n := b.Notices(); len(n) != 1 {
			t.Errorf("mails %+v, want one", n)
		}
	})

	t.Run("21 a list that is not whole is not written", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.DropComments = true })
		ev := meeting("m", now.Add(time.Hour), bob, cat)
		ev.HideGuests = true
		id := b.Create(ev)
		i := b.intentOf(calendars.Respond, bob, id)
		r := b.do(i)
		if n := len(b.writes()); n != 1 {
			t.Errorf("%d writes, want the answer alone", n)
		}
		if _, after, err := answersOf(&r); err != nil || after[0].Comment != "" {
			t.Errorf("the receipt tells of a comment: %+v", r)
		}
		fields := map[string]json.RawMessage{"attendeesOmitted": json.RawMessage("true"), "attendees": json.RawMessage(`[{"email":"bob@acme.example","self":true,"responseStatus":"declined"}]`)}
		if _, ok := commented(fields, said{Answer: calendars.Declined}); ok {
			t.Error("a list of which guests were left out is taken for whole")
		}
	})

	t.Run("21 every field of every guest survives", func(t *testing.T) {
		fields := map[string]json.RawMessage{"attendees": json.RawMessage(`[{"email":"cat@acme.example","ofTheFuture":{"a":[1,2]}},{"email":"bob@acme.example","self":true,"responseStatus":"declined","x":1.50}]`)}
		list, ok := commented(fields, said{Answer: calendars.Declined, Comment: `so "be" it`})
		got, err := json.Marshal(list)
		want := `[{"email":"cat@acme.example","ofTheFuture":{"a":[1,2]}},{"comment":"so \"be\" it","email":"bob@acme.example","responseStatus":"declined","self":true,"x":1.50}]`
		if !ok || err != nil || string(got) != want {
			t.Errorf("got %s", got)
		}
		if _, ok := commented(fields, said{Answer: calendars.Accepted}); ok {
			t.Error("the comment is put to another answer")
		}
	})

	t.Run("21 what Google does not keep is no success", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.IgnoreWrites = true })
		id := b.Create(weekly("w", bob))
		for _, i := range []calendars.Intent{
			b.intent(calendars.Respond, bob, id, week(1)), b.intent(calendars.Cancel, ann, id, week(1)),
			b.intent(calendars.End, ann, id, week(1)), b.intent(calendars.Shorten, ann, id, week(1)),
		} {
			i.Length = time.Minute
			if _, err := b.writer(i.Owner).Do(t.Context(), i, nil); !errors.Is(err, calendars.ErrRefused) {
				t.Errorf("%s: error %v", i.Verb, err)
			}
		}
	})

	t.Run("22 whoever it concerns is told, also outside", func(t *testing.T) {
		b := newBench(t)
		ev := meeting("m", now.Add(time.Hour), bob)
		ev.Organizer = "eve@else.example"
		id := b.Create(ev)
		r := b.do(b.intentOf(calendars.Respond, bob, id))
		want := []calendartest.Notice{{To: "eve@else.example", UID: id + "@google.com", What: "answer", Answer: calendars.Declined, Comment: "I read the notes"}}
		if diff := gocmp.Diff(want, b.Notices()); diff != "" || !r.Told {
			t.Errorf("told %t, mails (-want +got):\n%s", r.Told, diff)
		}

		own := b.Create(weekly("w", bob, "zoe@else.example"))
		b.do(b.intent(calendars.Cancel, ann, own, week(1)))
		var told []string
		for _, n := range b.Notices()[1:] {
			told = append(told, n.What+" "+n.To+" "+string(n.Instance))
		}
		at := string(calendars.InstanceAt(week(1)))
		if diff := gocmp.Diff([]string{"cancellation bob@acme.example " + at, "cancellation zoe@else.example " + at}, told); diff != "" {
			t.Errorf("of a cancellation (-want +got):\n%s", diff)
		}
	})

	t.Run("22 a declined series leaves no exception accepted", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		later := func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) }
		b.ChangeInstance(id, week(-1), later)
		b.ChangeInstance(id, week(2), later)
		b.Answer(bob, id, week(-1), calendars.Accepted, "")
		b.Answer(bob, id, week(2), calendars.Accepted, "")
		i := b.intent(calendars.Respond, bob, id, week(1))
		i.Onward = true
		r := b.do(i)
		for at, want := range map[time.Time]calendars.Response{
			week(-1).Add(time.Hour): calendars.Accepted, week(1): calendars.Declined, week(2).Add(time.Hour): calendars.Declined, week(3): calendars.Declined,
		} {
			if got := b.shown(bob, at).Answer; got != want {
				t.Errorf("%s: %q, want %q", at, got, want)
			}
		}
		i.Back = &r
		b.do(i)
		for at, want := range map[time.Time]calendars.Response{week(1): calendars.NoAnswer, week(2).Add(time.Hour): calendars.Accepted} {
			if got := b.shown(bob, at).Answer; got != want {
				t.Errorf("taken back, %s: %q, want %q", at, got, want)
			}
		}
	})

	t.Run("22 what is cut off half way is brought to an end, and back", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		for n, answer := range []calendars.Response{calendars.Accepted, calendars.Maybe} {
			b.ChangeInstance(id, week(2+n), func(e *calendartest.Event) { e.Title = "special" })
			b.Answer(bob, id, week(2+n), answer, "")
		}
		i := b.intent(calendars.Respond, bob, id, week(1))
		i.Onward = true
		note := func(r calendars.Receipt) error {
			i.Begun = &r
			return nil
		}
		// The series and one exception are answered, the other is not.
		b.Inject(calendartest.Fault{Method: http.MethodPatch, Skip: 2, Do: calendartest.Refuse("backendError", 0)})
		if _, err := b.writer(bob).Do(t.Context(), i, note); KindOf(err) != Transient {
			t.Fatalf("error %v", err)
		}
		b.Heal()
		r, err := b.writer(bob).Do(t.Context(), i, note)
		if err != nil || r.Already || len(b.Notices()) != 3 {
			t.Fatalf("receipt %+v, error %v, %d mails", r, err, len(b.Notices()))
		}
		i.Back, i.Begun = &r, nil
		b.do(i)
		for n, want := range []calendars.Response{calendars.NoAnswer, calendars.Accepted, calendars.Maybe} {
			if got := b.shown(bob, week(1+n)).Answer; got != want {
				t.Errorf("week %d: %q, want %q", 1+n, got, want)
			}
		}
	})

	t.Run("22 what is begun is brought to an end, but no answer by hand is undone", func(t *testing.T) {
		for what, c := range map[string]struct {
			meanwhile func(b *bench, id string)
			series    calendars.Response
		}{
			"moved": {func(b *bench, id string) {
				b.ChangeInstance(id, week(1), func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
			}, calendars.Declined},
			"answered": {func(b *bench, id string) { b.Answer(bob, id, time.Time{}, calendars.Maybe, "") }, calendars.Maybe},
		} {
			b := newBench(t)
			id := b.Create(weekly("w", bob))
			b.Answer(bob, id, week(2), calendars.Accepted, "")
			i := b.intent(calendars.Respond, bob, id, week(1))
			i.Onward = true
			// The series is answered and read back, when all this happens.
			b.Inject(calendartest.Fault{Method: http.MethodGet, Path: id, Skip: 2, Times: 1, Do: calendartest.Meanwhile(func() {
				c.meanwhile(b, id)
				b.Answer(cat, id, week(2), calendars.Maybe, "") // what is still to be answered changes
				b.ChangeInstance(id, week(2), func(e *calendartest.Event) { e.Title = "special" })
			})})
			b.do(i)
			if got := b.shown(bob, week(2)).Answer; got != calendars.Declined {
				t.Errorf("%s: the changed instance is %q", what, got)
			}
			if got := b.shown(bob, week(3)).Answer; got != c.series {
				t.Errorf("%s: the series is %q, want %q", what, got, c.series)
			}
		}
	})

	t.Run("23 an answer that got lost on its way is known to be ours", func(t *testing.T) {
		b := newBench(t)
		series, once := b.Create(weekly("w", bob)), b.Create(meeting("m", now.Add(time.Hour), bob))
		onward := b.intent(calendars.Respond, bob, series, week(3))
		onward.Onward = true
		for _, i := range []calendars.Intent{
			b.intentOf(calendars.Respond, bob, once), b.intent(calendars.Respond, bob, series, week(1)), onward,
			b.intent(calendars.Shorten, ann, series, week(2)), b.intent(calendars.Cancel, ann, series, week(2)), b.intent(calendars.End, ann, series, week(3)),
		} {
			i.Length = 25 * time.Minute
			var begun calendars.Receipt
			b.Inject(calendartest.Fault{Method: http.MethodPatch, Times: 1, Do: calendartest.ResetAfter()})
			r, err := b.writer(i.Owner).Do(t.Context(), i, func(r calendars.Receipt) error {
				begun = r
				return nil
			})
			if err != nil || r.Already || r != begun {
				t.Errorf("%s %s: %+v, %v", i.Verb, i.Ref.Instance, r, err)
			}
			i.Begun = &begun
			if r, err := b.writer(i.Owner).Do(t.Context(), i, nil); err != nil || r != begun {
				t.Errorf("%s %s once more: %+v, %v", i.Verb, i.Ref.Instance, r, err)
			}
		}
	})

	t.Run("23 many at once are one", func(t *testing.T) {
		b := newBench(t)
		id := b.Create(weekly("w", bob))
		i := b.intent(calendars.Respond, bob, id, week(1))
		s := b.writer(bob)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := s.Do(t.Context(), i, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		done := slices.DeleteFunc(b.writes(), func(r calendartest.Request) bool { return r.Status != http.StatusOK })
		if len(done) != 1 || len(b.Notices()) != 1 {
			t.Errorf("%d writes and %d mails", len(done), len(b.Notices()))
		}
	})
}

// intentOf is an intent on a one-off.
func (b *bench) intentOf(verb calendars.Verb, person, id string) calendars.Intent {
	b.t.Helper()
	return b.intent(verb, person, id, time.Time{})
}

func TestWriteErrors(t *testing.T) {
	t.Run("24 what a failure means is told by its reason", func(t *testing.T) {
		for _, c := range []struct {
			reason string
			status int
			kind   Kind
			is     error // what it wraps beside
			calls  int   // that were to write
		}{
			{"rateLimitExceeded", 0, Rate, nil, attempts},
			{"userRateLimitExceeded", 429, Rate, nil, attempts},
			{"quotaExceeded", 0, Quota, nil, 1},
			{"quotaExceeded", 429, Quota, nil, 1},
			{"insufficientPermissions", 0, Consent, calendars.ErrNoConsent, 2},
			{"accessNotConfigured", 0, Admin, calendars.ErrRefused, 1},
			{"domainPolicy", 0, Admin, calendars.ErrRefused, 1},
			{"forbiddenForNonOrganizer", 0, Denied, calendars.ErrRefused, 1},
			{"forbidden", 0, Denied, calendars.ErrReadOnly, 1},
			{"authError", 0, Refused, nil, 2},
			{"invalid", 0, Permanent, calendars.ErrRefused, 1},
			{"backendError", 0, Transient, nil, attempts},
			{"internalError", 0, Transient, nil, attempts},
			{"conditionNotMet", 0, Transient, nil, mostRounds},
			{"conflict", 0, Transient, nil, mostRounds},
			// Of what is there when it is looked at, no refusal proves that it is gone.
			{"notFound", 0, Transient, nil, mostRounds},
			{"deleted", 0, Transient, nil, mostRounds},
		} {
			b := newBench(t)
			i := b.intent(calendars.Respond, bob, b.Create(weekly("w", bob)), week(1))
			b.Inject(calendartest.Fault{Method: http.MethodPatch, Do: calendartest.Refuse(c.reason, c.status)})
			_, err := b.writer(bob).Do(t.Context(), i, nil)
			if KindOf(err) != c.kind {
				t.Errorf("%s (%d): error %v of kind %q, want %q", c.reason, c.status, err, KindOf(err), c.kind)
			}
			for _, is := range []error{calendars.ErrNoConsent, calendars.ErrReadOnly, calendars.ErrRefused} {
				if errors.Is(err, is) != (is == c.is) {
					t.Errorf("%s (%d): %q: is it %q? %t", c.reason, c.status, err, is, is != c.is)
				}
			}
			if n := len(b.writes()); n != c.calls {
				t.Errorf("%s (%d): %d tries, want %d", c.reason, c.status, n, c.calls)
			}
			if len(b.Notices()) != 0 {
				t.Errorf("%s: somebody was told", c.reason)
			}
		}
	})

	t.Run("24 patience is asked for", func(t *testing.T) {
		b := newBench(t)
		i := b.intent(calendars.Respond, bob, b.Create(weekly("w", bob)), week(1))
		b.Inject(calendartest.Fault{Method: http.MethodPatch, Do: calendartest.Refuse("userRateLimitExceeded", 0).After("3600")})
		_, err := b.writer(bob).Do(t.Context(), i, nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.RetryAfter != time.Hour || len(b.writes()) != 1 {
			t.Errorf("error %v after %d tries", err, len(b.writes()))
		}
	})

	t.Run("24 a token that the server refuses is renewed once, and all is sent again", func(t *testing.T) {
		b := newBench(t)
		i := b.intent(calendars.Respond, bob, b.Create(weekly("w", bob)), week(1))
		b.Inject(calendartest.Fault{Method: http.MethodPatch, Times: 1, Do: calendartest.Refuse("authError", 0)})
		b.do(i)
		writes := b.writes()
		if n := len(b.clock.slept()); n != 0 {
			t.Errorf("it took %d waits", n)
		}
		if len(writes) != 2 || string(writes[0].Body) != string(writes[1].Body) || b.shown(bob, week(1)).Answer != calendars.Declined {
			t.Errorf("writes %+v", writes)
		}
	})

	t.Run("24 what is allowed later needs no new source", func(t *testing.T) {
		b := newBench(t)
		i := b.intent(calendars.Respond, bob, b.Create(weekly("w", bob)), week(1))
		o := b.options(bob)
		tokens, v := b.grant(bob)
		o.Tokens = tokens
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Do(t.Context(), i, nil); !errors.Is(err, calendars.ErrNoConsent) {
			t.Fatalf("without consent: %v", err)
		}
		v.put(b.RefreshToken(bob, clientID, ReadEvents, WriteEvents))
		if _, err := s.Do(t.Context(), i, nil); err != nil {
			t.Errorf("with consent: %v", err)
		}
	})

	t.Run("24 a calendar that cannot be found proves nothing of its events", func(t *testing.T) {
		for _, at := range []time.Time{week(1), {}} {
			b := newBench(t)
			ev := weekly("w", bob)
			if at.IsZero() {
				ev.Recurrence = nil
			}
			i := b.intent(calendars.Respond, bob, b.Create(ev), at)
			b.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Refuse("notFound", 0)})
			_, err := b.writer(bob).Do(t.Context(), i, nil)
			if _, late := errors.AsType[*calendars.OvertakenError](err); late || KindOf(err) != NotFound {
				t.Errorf("at %v: error %v", at, err)
			}
		}
	})

	t.Run("25 a grant that ended", func(t *testing.T) {
		for _, c := range []struct {
			code, subtype string
			kind          Kind
		}{{"invalid_grant", "", Auth}, {"invalid_grant", "invalid_rapt", Session}} {
			b := newBench(t)
			i := b.intent(calendars.Respond, bob, b.Create(weekly("w", bob)), week(1))
			b.Inject(calendartest.Fault{Path: "/token", Do: calendartest.RefuseToken(c.code, c.subtype)})
			_, err := b.writer(bob).Do(t.Context(), i, nil)
			if KindOf(err) != c.kind || len(b.writes()) != 0 {
				t.Errorf("%s %s: error %v", c.code, c.subtype, err)
			}
		}
	})
}
