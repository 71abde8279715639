package click

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// same has one unknown browser answer, each press after so many seconds, with the
// cookie of the press before.
func same(t testing.TB, s Suggestion, presses ...press) (Suggestion, []Effect, time.Time) {
	t.Helper()
	now, last := start, time.Time{}
	var all []Effect
	for _, p := range presses {
		now = now.Add(time.Duration(p.after) * time.Second)
		e := Event{Verb: p.verb, Scope: p.scope, Answered: last, Gesture: true}
		switch p.by {
		case another:
			e.Answered = time.Time{}
		case older:
			e.Answered = last.Add(-time.Second)
		case script:
			e.Gesture = false
		}
		after, effects, err := Step(s, e, now)
		if err != nil {
			t.Fatalf("%s at %v: %v", p.verb, now, err)
		}
		s, all, last = after, append(all, effects...), now
	}
	return s, all, now
}

type press struct {
	after int // seconds since the one before
	verb  Verb
	scope Scope
	by    string
}

// By whom presses are that are not by the same browser, or not by a person.
const (
	another = "a browser without a cookie"
	older   = "one with a cookie of an earlier press"
	script  = "a script"
)

func TestSecondThought(t *testing.T) {
	tests := map[string]struct {
		presses []press
		state   State
		choice  Verb
		void    bool
	}{
		"keep after decline":             {[]press{{verb: Decline}, {after: 12, verb: Keep}}, Kept, Keep, false},
		"decline after keep":             {[]press{{verb: Keep}, {after: 12, verb: Decline}}, Pending, Decline, false},
		"undone":                         {[]press{{verb: Decline}, {after: 12, verb: Undo}}, Offered, "", false},
		"undone, then kept":              {[]press{{verb: Decline}, {after: 12, verb: Undo}, {after: 5, verb: Keep}}, Kept, Keep, false},
		"undone at once, then kept":      {[]press{{verb: Decline}, {after: 1, verb: Undo}, {after: 5, verb: Keep}}, Kept, Keep, false},
		"wrong, undone, then declined":   {[]press{{verb: Wrong}, {after: 10, verb: Undo}, {after: 10, verb: Decline}}, Pending, Decline, false},
		"there and back":                 {[]press{{verb: Decline}, {after: 9, verb: Keep}, {after: 9, verb: Decline}, {after: 9, verb: Undo}}, Offered, "", false},
		"from now on after this once":    {[]press{{verb: Decline}, {after: 9, verb: Decline, scope: Onward}}, Pending, Decline, false},
		"twice, then kept":               {[]press{{verb: Decline}, {after: 9, verb: Decline}, {after: 9, verb: Keep}}, Kept, Keep, false},
		"a third answer":                 {[]press{{verb: Decline}, {after: 9, verb: Keep}, {after: 9, verb: Wrong}}, Offered, "", true},
		"a third answer, undone between": {[]press{{verb: Decline}, {after: 9, verb: Undo}, {after: 9, verb: Keep}, {after: 9, verb: Undo}, {after: 9, verb: Never}}, Offered, "", true},
		"after answers cancelled":        {[]press{{verb: Decline}, {after: 1, verb: Keep}, {after: 9, verb: Keep}}, Offered, "", true},
		"a third answer much later":      {[]press{{verb: Decline}, {after: 9, verb: Keep}, {after: 60, verb: Never}}, Kept, Never, false},
		"too soon":                       {[]press{{verb: Decline}, {after: 2, verb: Keep}}, Offered, "", true},
		"soon enough":                    {[]press{{verb: Decline}, {after: 3, verb: Keep}}, Kept, Keep, false},
		"by another browser":             {[]press{{verb: Decline}, {after: 12, verb: Keep, by: another}}, Offered, "", true},
		"by an older cookie":             {[]press{{verb: Decline}, {after: 12, verb: Keep, by: older}}, Offered, "", true},
		"by a script":                    {[]press{{verb: Decline}, {after: 12, verb: Keep, by: script}}, Offered, "", true},
		"another browser after it":       {[]press{{verb: Decline}, {after: 12, verb: Keep}, {after: 12, verb: Decline, by: another}}, Offered, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, effects, _ := same(t, fresh(KindDecline), tt.presses...)
			if s.State != tt.state || s.Choice != tt.choice {
				t.Errorf("%s %q, want %s %q", s.State, s.Choice, tt.state, tt.choice)
			}
			if void := slices.Contains(outcomes(effects), WasVoid); void != tt.void {
				t.Errorf("void: %v, want %v: %v", void, tt.void, outcomes(effects))
			}
		})
	}
}

// TestGuardedFromSecondThoughts: what a known browser has just answered
// stands, whoever thinks twice elsewhere.
func TestGuardedFromSecondThoughts(t *testing.T) {
	s, _, _ := play(t, fresh(KindDecline), act{0, unknown(Keep)}, act{5 * time.Second, known(Decline)})
	s, effects, err := Step(s, Event{Verb: Keep, Answered: start, Gesture: true}, start.Add(10*time.Second))
	if err != nil || s.Choice != Decline || len(effects) > 0 {
		t.Errorf("%s %q, %v, %v", s.State, s.Choice, effects, err)
	}
}

// TestAnyThoughtsOfOneBrowser: of two answers, given in any turns and undone at any
// time, the last stands; from the third on, nothing does.
func TestAnyThoughtsOfOneBrowser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []Choice{{Decline, This}, {Decline, Onward}, {Keep, This}, {Wrong, This}, {Never, This}, {Undo, This}}
		var presses []press
		var given []Choice
		for range rapid.IntRange(1, 10).Draw(t, "presses") {
			c := rapid.SampledFrom(all).Draw(t, "button")
			presses = append(presses, press{after: rapid.IntRange(3, 29).Draw(t, "seconds"), verb: c.Verb, scope: c.Scope})
			if c.Verb != Undo && !slices.Contains(given, c) {
				given = append(given, c)
			}
		}
		s, now, last := fresh(KindDecline), start, time.Time{}
		var effects []Effect
		for _, p := range presses {
			now = now.Add(time.Duration(p.after) * time.Second)
			idle := p.verb == Undo && s.State == Offered // there is no such button
			if idle {
				now = now.Add(-time.Duration(p.after) * time.Second) // and it must not stretch the minute
				continue
			}
			after, came, err := Step(s, Event{Verb: p.verb, Scope: p.scope, Answered: last, Gesture: true}, now)
			if err != nil {
				t.Fatal(err)
			}
			s, effects, last = after, append(effects, came...), now
		}
		void := slices.Contains(outcomes(effects), WasVoid)
		if void != (len(given) > Thoughts) {
			t.Fatalf("%v: void is %v", presses, void)
		}
		if void && (s.State != Offered || silences(effects) > 0) {
			t.Fatalf("%v ends %s", presses, s.State)
		}
		if c := presses[len(presses)-1]; !void && (c.verb == Undo) != (s.State == Offered) {
			t.Fatalf("%v ends %s", presses, s.State)
		} else if said := (Choice{c.verb, c.scope}); !void && c.verb != Undo && c.verb != Wrong && !s.stands(said) {
			t.Fatalf("%v ends %s %s", presses, s.Choice, s.Scope)
		}
	})
}
