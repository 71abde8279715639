package click

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// silences is how many silences hold after effects.
func silences(effects []Effect) int {
	n := 0
	for _, e := range effects {
		switch e.(type) {
		case Silence:
			n++
		case Unsilence:
			n = 0
		}
	}
	return n
}

// heard is what unknown browsers answered since a known one last did.
type heard struct {
	c  Choice
	at time.Time
}

// TestAnySequence plays anything that people, scanners and time can do.
func TestAnySequence(t *testing.T) {
	verbs := []Verb{Decline, Trial, Split, Shorten, Keep, Wrong, Never, Undo, Commit, Expire, Withdraw, Other, "nonsense"}
	rapid.Check(t, func(t *rapid.T) {
		s := fresh(rapid.SampledFrom([]Kind{KindDecline, KindTrial, KindSplit, KindShorten}).Draw(t, "kind"))
		s.Recurring = rapid.Bool().Draw(t, "recurring")
		now := start
		var effects []Effect
		var strays []heard
		accepted, mails := false, 0
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 5, 30, 59, 60, 61, 120, 900, 40000}).Draw(t, "seconds")) * time.Second)
			e := Event{
				Verb: rapid.SampledFrom(verbs).Draw(t, "verb"), Known: rapid.Bool().Draw(t, "known"),
				Scope: rapid.SampledFrom([]Scope{"", This, Onward}).Draw(t, "scope"),
				Note:  rapid.SampledFrom([]string{"", "ping me"}).Draw(t, "note"),
			}
			before := s
			after, came, err := Step(s, e, now)
			if err != nil {
				if d := gocmp.Diff(before, after); d != "" || came != nil {
					t.Fatalf("refused, and changed all the same:\n%s", d)
				}
				continue
			}
			s, effects = after, append(effects, came...)

			for _, effect := range came {
				switch f := effect.(type) {
				case Receipt:
					mails++
				case Record:
					switch f.Outcome {
					case WasAccepted:
						if accepted {
							t.Fatal("accepted twice without an undo between")
						}
						accepted = true
					case WasUndone:
						accepted = false
					case WasVoid:
						c := Choice{e.Verb, e.Scope}
						if c.Scope == "" {
							c.Scope = This
						}
						near := slices.ContainsFunc(strays, func(h heard) bool { return h.c != c && now.Sub(h.at) < VoidWithin })
						if e.Known || !near {
							t.Fatalf("void by %+v after %v", e, strays)
						}
					}
				}
			}
			if e.Verb == Commit && s.State != before.State {
				strays = nil
			} else if answer := !slices.Contains([]Verb{Commit, Expire, Withdraw}, e.Verb) && (e.Verb != Undo || before.State != Offered); answer && e.Known {
				strays = nil
			} else if answer {
				c := Choice{e.Verb, e.Scope}
				if c.Scope == "" {
					c.Scope = This
				}
				strays = append(strays, heard{c, now})
			}

			if (s.State == Pending) == s.CommitAt.IsZero() || s.CommitAt.After(s.ExpiresAt) {
				t.Fatalf("%s until %v", s.State, s.CommitAt)
			}
			if (s.State == Accepted) != accepted {
				t.Fatalf("%s, though the outcomes say accepted: %v", s.State, accepted)
			}
			if (silences(effects) == 1) != (s.State == Kept) || silences(effects) > 1 {
				t.Fatalf("%s with %d silences", s.State, silences(effects))
			}
			if s.State == Offered && (s.Choice != "" || s.Wrong || s.Never || s.Note != "") {
				t.Fatalf("offered with leftovers: %+v", s)
			}
			if s.Never != (s.State == Kept && s.Choice == Never) {
				t.Fatalf("%s %s, never: %v", s.State, s.Choice, s.Never)
			}
			if mails > receipts {
				t.Fatalf("%d receipts", mails)
			}
			if before.State == Expired || before.State == Withdrawn {
				if d := gocmp.Diff(before, s); d != "" {
					t.Fatalf("what is over has changed:\n%s", d)
				}
			}
			if before.Known && now.Sub(before.PressedAt) < VoidWithin && !e.Known && e.Verb != Commit && e.Verb != Withdraw && s.Choice != before.Choice {
				t.Fatalf("an unknown browser changed what a known one had just answered: %s to %s", before.Choice, s.Choice)
			}
			// The same once more changes nothing, except that who presses twice is a person.
			if twice, more, err := Step(s, e, now); err != nil || len(outcomes(more)) > 0 {
				t.Fatalf("%s once more: %v, %v", e.Verb, more, err)
			} else if d := gocmp.Diff(withoutMemory(s), withoutMemory(twice)); d != "" {
				t.Fatalf("%s once more:\n%s", e.Verb, d)
			}
		}

		allowed := s.Allowed(now)
		for _, c := range allowed {
			e := Event{Verb: c.Verb, Scope: c.Scope, Known: true}
			after, _, err := Step(s, e, now)
			if err != nil || gocmp.Equal(withoutMemory(s), withoutMemory(after)) {
				t.Fatalf("%v is allowed, and changes nothing: %v", c, err)
			}
		}
		for _, c := range append(s.choices(), Choice{Undo, This}) {
			if slices.Contains(allowed, c) {
				continue
			}
			after, more, err := Step(s, Event{Verb: c.Verb, Scope: c.Scope, Known: true, Category: s.Category}, now)
			if err == nil && (after.State != s.State || len(more) > 0) {
				t.Fatalf("%v is not allowed, and leads from %s to %s: %v", c, s.State, after.State, more)
			}
		}
	})
}

// TestScannersEndVoid plays unknown browsers only, less than a minute apart: as soon
// as two of their answers differ, nothing is left of any.
func TestScannersEndVoid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := fresh(KindDecline)
		now := start
		var given []Choice
		var effects []Effect
		for range rapid.IntRange(2, 12).Draw(t, "presses") {
			c := rapid.SampledFrom([]Choice{{Decline, This}, {Decline, Onward}, {Keep, This}, {Wrong, This}, {Never, This}, {Undo, This}}).Draw(t, "button")
			nothing := c.Verb == Undo && s.State == Offered // is no answer, and must not stretch the minute
			if !nothing {
				now = now.Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "seconds")) * time.Second)
			}
			after, more, err := Step(s, Event{Verb: c.Verb, Scope: c.Scope}, now)
			if err != nil {
				t.Fatal(err)
			}
			s, effects = after, append(effects, more...)
			if !nothing {
				given = append(given, c)
			}
		}
		different := slices.ContainsFunc(given, func(c Choice) bool { return c != given[0] })
		if different && (s.State != Offered || silences(effects) > 0 || slices.Contains(outcomes(effects), WasAccepted)) {
			t.Fatalf("%v ends %s, %v", given, s.State, effects)
		}
		if !different && slices.Contains(outcomes(effects), WasVoid) {
			t.Fatalf("%v ends void", given)
		}
	})
}
