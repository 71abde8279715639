package click

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// The adversarial cases that are decided here. Cases 1, 2, 7-9, 21 and 22 are of
// the pages; 3, 16, 19, 20 and 24 of the desk (package agent); 23 and 25 of mails;
// 14, 15, 17 and 18 need calendars that are written to, which nobody does yet.

func TestCase04ScannerPressesDeclineOnly(t *testing.T) {
	s, effects, _ := play(t, fresh(KindDecline), act{0, unknown(Decline)})
	if s.State != Pending || !slices.Contains(effects, Effect(Receipt{1})) {
		t.Fatalf("%s, %v: it is to be held, with a receipt", s.State, effects)
	}
	s, _, _ = play(t, fresh(KindDecline), act{0, unknown(Decline)}, act{time.Hour, Event{Verb: Commit}}, act{time.Hour, unknown(Undo)})
	if s.State != Offered {
		t.Errorf("the undo of the receipt leads to %s", s.State)
	}
}

func TestCase05ScannerPressesEveryButton(t *testing.T) {
	for _, kind := range []Kind{KindDecline, KindTrial, KindSplit, KindShorten} {
		all := fresh(kind).Allowed(start)
		slices.SortFunc(all, func(a, b Choice) int { return len(a.Verb) - len(b.Verb) })
		for first := range all { // an odd and an even number, in any rotation
			for _, n := range []int{2, 3, len(all)} {
				var acts []act
				for i := range n {
					c := all[(first+i)%len(all)]
					acts = append(acts, act{time.Second, Event{Verb: c.Verb, Scope: c.Scope}}, act{time.Second, unknown(Undo)})
				}
				s, effects, now := play(t, fresh(kind), acts...)
				recorded := outcomes(effects)
				if s.State != Offered || !slices.Contains(recorded, WasVoid) || slices.Contains(recorded, WasAccepted) || silences(effects) != 0 {
					t.Errorf("%s, %d buttons from %v: %s, %v", kind, n, all[first], s.State, effects)
				}
				// The person who clicks afterwards succeeds: at once where the browser is
				// known, after a minute where it is not.
				if later, _, err := Step(s, known(kind.Accept()), now); err != nil || later.State != Pending {
					t.Errorf("a known browser afterwards: %s, %v", later.State, err)
				}
				if later, _, err := Step(s, unknown(kind.Accept()), now.Add(VoidWithin)); err != nil || later.State != Pending {
					t.Errorf("an unknown browser afterwards: %s, %v", later.State, err)
				}
			}
		}
	}
}

func TestCase06KnownBrowserWhileAScannerPresses(t *testing.T) {
	scanner := []Verb{Decline, Keep, Wrong, Never, Undo}
	for before := range len(scanner) + 1 { // the person clicks after so many presses of the scanner
		var acts []act
		for _, v := range scanner[:before] {
			acts = append(acts, act{time.Second, unknown(v)})
		}
		acts = append(acts, act{time.Second, known(Decline)})
		for _, v := range scanner[before:] {
			acts = append(acts, act{time.Second, unknown(v)})
		}
		acts = append(acts, act{2 * time.Minute, Event{Verb: Commit}})
		s, effects, _ := play(t, fresh(KindDecline), acts...)
		n := 0
		for _, o := range outcomes(effects) {
			if o == WasAccepted {
				n++
			}
		}
		if s.State != Accepted || s.Choice != Decline || n != 1 {
			t.Errorf("after %d presses: %s %s, accepted %d times", before, s.State, s.Choice, n)
		}
	}
}

func TestCase10DoubleClickRefreshAndBack(t *testing.T) {
	for _, e := range []Event{known(Decline), unknown(Decline), known(Keep), unknown(Never), {Verb: Wrong, Category: "creating"}} {
		once, effects, _ := play(t, fresh(KindDecline), act{0, e})
		again, more, _ := play(t, once, act{0, e}, act{5 * time.Second, e}, act{time.Minute, e})
		if d := gocmp.Diff(withoutMemory(once), withoutMemory(again)); d != "" || len(more) > 0 || len(effects) == 0 {
			t.Errorf("%s again: %v\n%s", e.Verb, more, d)
		}
	}
}

// A scanner that comes by late leaves what a person answered as it was.
func TestCase05ScannerComesLater(t *testing.T) {
	for name, first := range map[string][]act{
		"a known browser": {{0, known(Decline)}, {2 * time.Minute, Event{Verb: Commit}}},
		"an unknown one":  {{0, unknown(Decline)}, {2 * time.Minute, Event{Verb: Commit}}},
		"still held":      {{0, unknown(Decline)}},
		"kept":            {{0, unknown(Keep)}},
		"never":           {{0, unknown(Never)}},
		"called wrong":    {{0, known(Wrong)}},
	} {
		for _, scanned := range [][]Verb{{Keep, Decline, Wrong}, {Undo, Keep}, {Undo, Decline, Keep, Never}, {Never, Undo}, {Decline, Undo, Wrong, Keep}, {Wrong, Decline}} {
			t.Run(fmt.Sprint(name, " ", scanned), func(t *testing.T) {
				acts := append(slices.Clone(first), act{61 * time.Second, unknown(scanned[0])})
				for _, v := range scanned[1:] {
					acts = append(acts, act{time.Second, unknown(v)})
				}
				stood, _, _ := play(t, fresh(KindDecline), first...)
				s, effects, now := play(t, fresh(KindDecline), acts...)
				if s.Before = (Standing{}); s.State != stood.State || s.Choice != stood.Choice || s.Known != stood.Known || !s.CommitAt.Equal(stood.CommitAt) {
					t.Errorf("%s %q became %s %q by %v", stood.State, stood.Choice, s.State, s.Choice, effects)
				}
				if n := silences(effects); (n == 1) != (s.State == Kept) || n > 1 {
					t.Errorf("%s with %d silences: %v", s.State, n, effects)
				}
				// The person still has the last word.
				if s, _, err := Step(s, unknown(Undo), now.Add(time.Minute)); err != nil || s.State != Offered {
					t.Errorf("the person's undo: %s, %v", s.State, err)
				}
			})
		}
	}
}

// withoutMemory is s without what is only remembered of unknown browsers.
func withoutMemory(s Suggestion) Suggestion {
	s.Unknown, s.UnknownAt, s.Before, s.Lately = Choice{}, time.Time{}, Standing{}, [Thoughts]Choice{}
	return s
}

func TestCase11DeclineThenKeepAfter90Seconds(t *testing.T) {
	for _, by := range []func(Verb) Event{known, unknown} {
		s, effects, _ := play(t, fresh(KindDecline), act{0, by(Decline)}, act{90 * time.Second, by(Keep)}, act{time.Hour, Event{Verb: Commit}})
		if s.State != Kept || slices.Contains(outcomes(effects), WasAccepted) {
			t.Errorf("%s, %v: keep is to win", s.State, outcomes(effects))
		}
	}
}

func TestCase12TwoSuggestionsWithinSeconds(t *testing.T) {
	one, _, _ := play(t, fresh(KindDecline), act{0, unknown(Decline)}, act{2 * time.Minute, Event{Verb: Commit}})
	other, _, _ := play(t, fresh(KindDecline), act{5 * time.Second, unknown(Decline)}, act{2 * time.Minute, Event{Verb: Commit}})
	if one.State != Accepted || other.State != Accepted {
		t.Errorf("%s and %s: both are to stand", one.State, other.State)
	}
}

func TestCase13UndoBesideTheCommit(t *testing.T) {
	commit, undo := Event{Verb: Commit}, known(Undo)
	for _, order := range [][]Event{{commit, undo}, {undo, commit}} {
		s, effects, _ := play(t, fresh(KindDecline), act{0, known(Decline)}, act{2 * time.Minute, order[0]}, act{0, order[1]})
		last := outcomes(effects)
		if s.State != Offered || last[len(last)-1] != WasUndone {
			t.Errorf("%s first: %s, %v", order[0].Verb, s.State, last)
		}
	}
}
