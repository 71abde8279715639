package click

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// start is when the tests begin; meetings start a day later.
var start = time.Date(2026, 11, 23, 10, 10, 0, 0, time.UTC)

// fresh is a suggestion that was just offered.
func fresh(kind Kind) Suggestion {
	starts := start.Add(24 * time.Hour)
	s := Suggestion{Kind: kind, Recurring: true, Starts: starts, ExpiresAt: starts, ClosesAt: starts, State: Offered}
	if kind == KindTrial {
		s.ClosesAt = starts.Add(21 * 24 * time.Hour)
	}
	return s
}

// act is an event some time after the last.
type act struct {
	after time.Duration
	Event
}

func known(v Verb) Event   { return Event{Verb: v, Known: true, Visitor: "laptop"} }
func unknown(v Verb) Event { return Event{Verb: v} }

// play runs acts one after the other from start, and returns where they lead and
// all that came of them.
func play(t *testing.T, s Suggestion, acts ...act) (Suggestion, []Effect, time.Time) {
	t.Helper()
	now := start
	var all []Effect
	for _, a := range acts {
		now = now.Add(a.after)
		after, effects, err := Step(s, a.Event, now)
		if err != nil {
			t.Fatalf("%s at %v: %v", a.Verb, now, err)
		}
		s, all = after, append(all, effects...)
	}
	return s, all, now
}

// outcomes are those that effects record.
func outcomes(effects []Effect) []Outcome {
	var all []Outcome
	for _, e := range effects {
		if r, ok := e.(Record); ok {
			all = append(all, r.Outcome)
		}
	}
	return all
}

func TestStep(t *testing.T) {
	const lasting = time.Duration(0)
	quarter := 90 * 24 * time.Hour
	tests := []struct {
		name    string
		kind    Kind
		acts    []act
		state   State
		choice  Verb
		effects []Effect
	}{
		{"declined, and the hold ends", KindDecline,
			[]act{{0, known(Decline)}, {2 * time.Minute, Event{Verb: Commit}}}, Accepted, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Record{Outcome: WasAccepted, Choice: Decline, Scope: This}, Act{}}},
		{"the hold has not ended", KindDecline,
			[]act{{0, known(Decline)}, {119 * time.Second, Event{Verb: Commit}}}, Pending, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}}},
		{"an unknown browser brings a receipt", KindDecline,
			[]act{{0, unknown(Decline)}}, Pending, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Receipt{1}}},
		{"every trial brings a receipt", KindTrial,
			[]act{{0, known(Trial)}}, Pending, Trial,
			[]Effect{Record{Outcome: WasPressed, Choice: Trial, Scope: This}, Receipt{1}}},
		{"a trial is held for longer", KindTrial,
			[]act{{0, known(Trial)}, {14 * time.Minute, Event{Verb: Commit}}}, Pending, Trial,
			[]Effect{Record{Outcome: WasPressed, Choice: Trial, Scope: This}, Receipt{1}}},
		{"kept", KindDecline,
			[]act{{0, known(Keep)}}, Kept, Keep,
			[]Effect{Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep}}},
		{"kept, then undone", KindDecline,
			[]act{{0, known(Keep)}, {time.Hour, known(Undo)}}, Offered, "",
			[]Effect{
				Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep},
				Record{Outcome: WasUndone, Choice: Keep, Scope: This}, Unsilence{},
			}},
		{"an attendee: not this meeting", KindDecline,
			[]act{{0, known(Never)}}, Kept, Never,
			[]Effect{Record{Outcome: WasNever, Choice: Never, Scope: This}, Silence{For: lasting, Why: Never}}},
		{"an organizer: none of mine", KindTrial,
			[]act{{0, known(Never)}}, Kept, Never,
			[]Effect{Record{Outcome: WasNever, Choice: Never, Scope: This}, Silence{For: lasting, After: 15 * time.Minute, Organizer: true, Why: Never}, Receipt{1}}},
		{"wrong answers what nobody has answered", KindDecline,
			[]act{{0, Event{Verb: Wrong, Known: true, Category: "connecting"}}}, Kept, Wrong,
			[]Effect{Silence{For: quarter, Why: Wrong}, Record{Outcome: WasWrong, Choice: Wrong, Scope: This, Category: "connecting"}}},
		{"wrong leaves an answer as it is", KindDecline,
			[]act{{0, known(Decline)}, {time.Second, Event{Verb: Wrong, Known: true, Category: "connecting"}}}, Pending, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Record{Outcome: WasWrong, Choice: Wrong, Scope: This, Category: "connecting"}}},
		{"accepted, then kept", KindDecline,
			[]act{{0, known(Decline)}, {time.Hour, Event{Verb: Commit}}, {time.Hour, known(Keep)}}, Kept, Keep,
			[]Effect{
				Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Record{Outcome: WasAccepted, Choice: Decline, Scope: This}, Act{},
				Record{Outcome: WasUndone, Choice: Decline, Scope: This}, TakeBack{}, Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep},
			}},
		{"once, then from now on", KindDecline,
			[]act{{0, known(Decline)}, {time.Minute, Event{Verb: Decline, Scope: Onward, Known: true}}}, Pending, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Record{Outcome: WasPressed, Choice: Decline, Scope: Onward}}},
		{"nobody answers", KindDecline,
			[]act{{23 * time.Hour, Event{Verb: Expire}}, {time.Hour, Event{Verb: Expire}}}, Expired, "",
			[]Effect{Record{Outcome: WasExpired}}},
		{"what is answered does not expire", KindDecline,
			[]act{{0, known(Keep)}, {25 * time.Hour, Event{Verb: Expire}}}, Kept, Keep,
			[]Effect{Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep}}},
		{"withdrawn while held", KindDecline,
			[]act{{0, known(Decline)}, {time.Minute, Event{Verb: Withdraw, Note: "the meeting is gone"}}, {time.Minute, Event{Verb: Commit}}}, Withdrawn, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Record{Outcome: WasWithdrawn, Choice: Decline, Scope: This, Why: "the meeting is gone"}}},
		{"what stands is not withdrawn", KindDecline,
			[]act{{0, known(Keep)}, {time.Minute, Event{Verb: Withdraw}}}, Kept, Keep,
			[]Effect{Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep}}},
		{"a trial is undone after it has begun", KindTrial,
			[]act{{0, known(Trial)}, {time.Hour, Event{Verb: Commit}}, {48 * time.Hour, known(Undo)}}, Offered, "",
			[]Effect{
				Record{Outcome: WasPressed, Choice: Trial, Scope: This}, Receipt{1}, Record{Outcome: WasAccepted, Choice: Trial, Scope: This}, Act{}, Supersede{},
				Record{Outcome: WasUndone, Choice: Trial, Scope: This}, TakeBack{},
			}},
		{"nothing to undo", KindDecline, []act{{0, unknown(Undo)}}, Offered, "", nil},
		{"right after a known browser's answer, unknown ones change nothing", KindDecline,
			[]act{{0, known(Decline)}, {0, unknown(Decline)}, {time.Second, unknown(Keep)}, {time.Second, unknown(Undo)}}, Pending, Decline,
			[]Effect{Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Forget{start.Add(time.Second - VoidWithin)}, Record{Outcome: WasVoid}, Forget{start.Add(2*time.Second - VoidWithin)}}},
		{"a minute after it, they do", KindDecline,
			[]act{{0, known(Decline)}, {time.Minute, unknown(Keep)}}, Kept, Keep,
			[]Effect{
				Record{Outcome: WasPressed, Choice: Decline, Scope: This},
				Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep},
			}},
		{"different answers a minute apart", KindDecline,
			[]act{{0, unknown(Keep)}, {time.Minute, unknown(Decline)}}, Pending, Decline,
			[]Effect{
				Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep},
				Unsilence{}, Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Receipt{1},
			}},
		{"a known browser in between", KindDecline,
			[]act{{0, unknown(Decline)}, {time.Second, known(Wrong)}, {time.Second, unknown(Keep)}}, Kept, Keep,
			[]Effect{
				Record{Outcome: WasPressed, Choice: Decline, Scope: This}, Receipt{1}, Record{Outcome: WasWrong, Choice: Wrong, Scope: This},
				Record{Outcome: WasKept, Choice: Keep, Scope: This}, Silence{For: quarter, Why: Keep},
			}},
		{"something else is wrong", KindDecline,
			[]act{{0, Event{Verb: Wrong, Known: true, Category: "creating"}}, {0, Event{Verb: Wrong, Known: true, Category: "connecting"}}}, Kept, Wrong,
			[]Effect{
				Silence{For: quarter, Why: Wrong}, Record{Outcome: WasWrong, Choice: Wrong, Scope: This, Category: "creating"},
				Record{Outcome: WasWrong, Choice: Wrong, Scope: This, Category: "connecting"},
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, effects, _ := play(t, fresh(tt.kind), tt.acts...)
			if s.State != tt.state || s.Choice != tt.choice {
				t.Errorf("%s %q, want %s %q", s.State, s.Choice, tt.state, tt.choice)
			}
			if d := gocmp.Diff(tt.effects, effects); d != "" {
				t.Errorf("effects (-want +got):\n%s", d)
			}
		})
	}
}

func TestStepRefuses(t *testing.T) {
	late := start.Add(24 * time.Hour)
	accepted, _, _ := play(t, fresh(KindDecline), act{0, known(Decline)}, act{time.Hour, Event{Verb: Commit}})
	tests := []struct {
		name string
		s    Suggestion
		e    Event
		now  time.Time
		want error
	}{
		{"an answer of another kind", fresh(KindDecline), known(Trial), start, ErrOther},
		{"from now on, of a trial", fresh(KindTrial), Event{Verb: Trial, Scope: Onward}, start, ErrOther},
		{"from now on, of a one-off", Suggestion{Kind: KindDecline, ExpiresAt: late, ClosesAt: late, State: Offered}, Event{Verb: Decline, Scope: Onward}, start, ErrOther},
		{"a link's verb", fresh(KindDecline), known(Other), start, ErrOther},
		{"the mark of what was cancelled", fresh(KindDecline), known(void), start, ErrOther},
		{"an unknown verb", fresh(KindDecline), known("explode"), start, ErrOther},
		{"an answer when the meeting begins", fresh(KindDecline), known(Decline), late, ErrOver},
		{"an undo when the meeting begins", accepted, known(Undo), late, ErrOver},
		{"an answer to what was withdrawn", Suggestion{Kind: KindDecline, ExpiresAt: late, State: Withdrawn}, known(Keep), start, ErrOver},
		{"an undo of what expired", Suggestion{Kind: KindDecline, ExpiresAt: late, State: Expired}, known(Undo), start, ErrOver},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, effects, err := Step(tt.s, tt.e, tt.now)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if d := gocmp.Diff(tt.s, s); d != "" || effects != nil {
				t.Errorf("it changed all the same: %v\n%s", effects, d)
			}
		})
	}
}

func TestHoldEndsBeforeTheMeetingBegins(t *testing.T) {
	s, _, err := Step(fresh(KindDecline), known(Decline), start.Add(24*time.Hour-30*time.Second))
	if err != nil || !s.CommitAt.Equal(s.Starts) {
		t.Errorf("commits at %v (%v), want %v", s.CommitAt, err, s.Starts)
	}
}

// TestStrayAfterAShortHold has a scanner go on after the hold, as it can be in a
// demo: what stood once it was over comes back.
func TestStrayAfterAShortHold(t *testing.T) {
	holds := Holds{Short: 10 * time.Second}
	s, all := fresh(KindDecline), []Effect(nil)
	for i, e := range []Event{unknown(Decline), {Verb: Commit}, unknown(Keep), unknown(Wrong)} {
		after, effects, err := holds.Step(s, e, start.Add(time.Duration(i)*10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		s, all = after, append(all, effects...)
	}
	want := []Outcome{WasPressed, WasAccepted, WasUndone, WasKept, WasVoid, WasAccepted}
	if d := gocmp.Diff(want, outcomes(all)); d != "" || s.State != Accepted || silences(all) != 0 {
		t.Errorf("%s (-want +got):\n%s", s.State, d)
	}
}

func TestTimesAreWholeSeconds(t *testing.T) {
	s, _, err := Step(fresh(KindDecline), unknown(Decline), start.Add(900*time.Millisecond))
	if err != nil || !s.PressedAt.Equal(start) || !s.UnknownAt.Equal(start) || !s.CommitAt.Equal(start.Add(2*time.Minute)) {
		t.Errorf("pressed at %v, held until %v, %v", s.PressedAt, s.CommitAt, err)
	}
}

func TestNote(t *testing.T) {
	first := Event{Verb: Decline, Known: true, Note: "ping me"}
	second := Event{Verb: Decline, Known: true, Note: "your notes are enough"}
	s, effects, _ := play(t, fresh(KindDecline), act{0, first}, act{time.Minute, second})
	if s.Note != second.Note || !s.CommitAt.Equal(start.Add(2*time.Minute)) || len(effects) != 1 {
		t.Errorf("note %q, hold until %v, effects %v", s.Note, s.CommitAt, effects)
	}
	third := second
	third.Known = false
	s, _, _ = play(t, fresh(KindDecline), act{0, first}, act{time.Minute, third})
	if s.Note != first.Note {
		t.Errorf("an unknown browser has a known one's note say %q", s.Note)
	}
	s, _, _ = play(t, fresh(KindDecline), act{0, first}, act{time.Minute, known(Keep)})
	if s.Note != "" {
		t.Errorf("the note %q is kept though the meeting is", s.Note)
	}
}

func TestReceiptsAreFew(t *testing.T) {
	var acts []act
	for range 10 {
		acts = append(acts, act{time.Minute, unknown(Decline)}, act{time.Minute, unknown(Undo)})
	}
	_, effects, _ := play(t, fresh(KindDecline), acts...)
	mails := 0
	for _, e := range effects {
		if _, ok := e.(Receipt); ok {
			mails++
		}
	}
	if mails != receipts {
		t.Errorf("%d receipts, want %d", mails, receipts)
	}
}

func TestAllowed(t *testing.T) {
	accept, onward, keep, wrong, never, undo := Choice{Decline, This}, Choice{Decline, Onward}, Choice{Keep, This}, Choice{Wrong, This}, Choice{Never, This}, Choice{Undo, This}
	late := start.Add(24 * time.Hour)
	tests := []struct {
		name string
		acts []act
		now  time.Time
		want []Choice
	}{
		{"offered", nil, start, []Choice{accept, onward, keep, wrong, never}},
		{"pending", []act{{0, known(Decline)}}, start, []Choice{onward, keep, wrong, never, undo}},
		{"kept", []act{{0, known(Keep)}}, start, []Choice{accept, onward, wrong, never, undo}},
		{"called wrong", []act{{0, known(Wrong)}}, start, []Choice{accept, onward, keep, never, undo}},
		{"never", []act{{0, known(Never)}}, start, []Choice{accept, onward, keep, wrong, undo}},
		{"offered, too late", nil, late, nil},
		{"kept, too late", []act{{0, known(Keep)}}, late, nil},
		{"held over the beginning", []act{{24*time.Hour - time.Second, known(Decline)}}, late, []Choice{undo}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _ := play(t, fresh(KindDecline), tt.acts...)
			if d := gocmp.Diff(tt.want, s.Allowed(tt.now)); d != "" {
				t.Errorf("allowed (-want +got):\n%s", d)
			}
		})
	}
}
