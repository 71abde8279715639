package trial

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestProperties lets trials live with whatever people, scanners and crashes can do,
// and holds what must always be so.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "occurrences")
		trial := weekly(n)
		guests := rapid.IntRange(0, 6).Draw(t, "guests")
		gap := time.Duration(rapid.SampledFrom([]int{1, 24, 24 * 7}).Draw(t, "hours between")) * time.Hour
		for i := range trial.Occurrences {
			o := &trial.Occurrences[i]
			o.Start = first.Add(time.Duration(i) * gap)
			o.End = o.Start.Add(30 * time.Minute)
		}
		now := first.Add(-time.Hour)
		told := map[string]int{}
		taken := map[int]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "time") {
			case 0: // the worker wakes in time
				if next := trial.Next(); next.After(now) {
					now = next
				}
			case 1:
				now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			case 2:
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			}
			var e Event = Say{
				rapid.SampledFrom([]Verb{SaySent, SayMeet, Convert, Restore, Shorten, Undo, MissBack}).Draw(t, "verb"),
				rapid.IntRange(-1, n).Draw(t, "ordinal"), rapid.Bool().Draw(t, "known"),
			}
			if rapid.IntRange(0, 2).Draw(t, "tick") > 0 {
				tick := Tick{Guests: guests, Next: now.Add(week), Sums: Sums{rapid.IntRange(0, 4).Draw(t, "no"), 1, 0}}
				if due, ok := trial.Due(now); ok {
					tick.Due, tick.Takes = due, rapid.IntRange(0, 9).Draw(t, "takes place") == 0
				}
				e = tick
			}
			before, _ := json.Marshal(trial)
			after, effects, err := plain.Step(trial, e, now)
			if again, _ := json.Marshal(trial); string(again) != string(before) {
				t.Fatalf("%+v changed what it was given", e)
			}
			if err != nil && (effects != nil || !cmp.Equal(after, trial)) {
				t.Fatalf("%+v was refused, and changed something", e)
			}
			hold(t, trial, after, e, effects, now, told, taken)
			trial = after
		}
	})
}

// hold fails if a step breaks what must always be so.
func hold(t *rapid.T, before, after Trial, e Event, effects []Effect, now time.Time, told map[string]int, taken map[int]bool) {
	if _, tick := e.(Tick); tick {
		if next := after.Next(); !next.IsZero() && !next.After(now) {
			t.Fatalf("at %v it is overdue since %v: %+v", now, next, after)
		}
		if _, due := after.Due(now); due {
			t.Fatal("a draft is due still")
		}
	}
	for _, effect := range effects {
		word := words(effect)
		told[word]++
		switch e := effect.(type) {
		case Write:
			if told[word] > 1 && e.Letter != LetterNoted {
				t.Fatalf("%s twice", word)
			}
			o := Occurrence{}
			if e.Letter == LetterDraft || e.Letter == LetterQuestion {
				o = after.Occurrences[e.Ordinal]
			}
			switch e.Letter {
			case LetterNoted:
				if told[word] > noted {
					t.Fatalf("%d times %s", told[word], word)
				}
			case LetterDraft:
				if now.Before(o.Start) || o.Stage != Drafted {
					t.Fatalf("a draft at %v of %+v", now, o)
				}
			case LetterQuestion:
				if now.Before(o.DraftedAt.Add(AskAfter)) || o.DraftedAt.IsZero() || o.Stage != Asked {
					t.Fatalf("a question at %v of %+v", now, o)
				}
			case LetterGuests, LetterEnded:
				if len(after.Ahead(now)) > 0 || after.Written() == 0 {
					t.Fatalf("%s, and it is not over", word)
				}
			}
			if e.Letter == LetterGuests && after.Guests < Enough {
				t.Fatal("nobody is asked")
			}
		case BringBack:
			for _, i := range e.Ordinals {
				if o := before.Occurrences[i]; taken[i] || o.Stage != Planned || !o.Start.After(now) {
					t.Fatalf("at %v %+v is brought back", now, o)
				}
				taken[i] = true
			}
		case EndSeries, ShortenSeries:
			if before.State != Ending || told[word] > 1 {
				t.Fatalf("%s of a trial that is %s", word, before.State)
			}
		case TakeBack:
			if told[word] > 1 || before.State != Converted && before.State != Shortened || !now.Before(before.UndoUntil) {
				t.Fatalf("%s of a trial that is %s", word, before.State)
			}
		}
	}
	sent := 0
	for i, o := range after.Occurrences {
		was := before.Occurrences[i].Stage
		if (o.Stage == Sent) != !o.SentAt.IsZero() || o.Stage == Sent && o.DraftedAt.IsZero() {
			t.Fatalf("sent when? %+v", o)
		}
		if o.Stage == Sent {
			sent++
		}
		if was != o.Stage && (was == Back || was == Held) {
			t.Fatalf("an occurrence that takes place became %s", o.Stage)
		}
		if taken[i] != (o.Stage == Back) {
			t.Fatalf("brought back? %+v", o)
		}
	}
	if sent > told["+sent"] || sent != after.Updates() {
		t.Fatalf("%d were sent, %d told", sent, told["+sent"])
	}
	if before.State.Over() && before.State != after.State {
		if say, ok := e.(Say); !ok || say.Verb != Undo || after.State != Ending {
			t.Fatalf("%s became %s", before.State, after.State)
		}
	}
	if after.State == Restored && len(after.Ahead(now)) > 0 {
		t.Fatal("restored, and something is left called off")
	}
	if after.Sums != nil && after.Sums.Answers() < Enough {
		t.Fatal("sums of too few")
	}
}

// TestAlwaysEnds holds that a trial that nobody answers comes to its end by itself,
// with one mail after the other and none twice.
func TestAlwaysEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trial := weekly(rapid.IntRange(1, 8).Draw(t, "occurrences"))
		guests := rapid.IntRange(0, 3).Draw(t, "guests")
		now := first
		var told []string
		for steps := 0; !trial.State.Over(); steps++ {
			if steps > 100 {
				t.Fatalf("it is %s still", trial.State)
			}
			if next := trial.Next(); next.After(now) {
				now = next
			}
			// The process may have been away.
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30, 400}).Draw(t, "late")) * time.Hour)
			after, effects, err := plain.Step(trial, Tick{Guests: guests}, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range effects {
				told = append(told, words(e))
			}
			trial = after
		}
		if trial.State != Lapsed || told[len(told)-1] != "+lapsed" {
			t.Fatalf("it ended %s, after %s", trial.State, strings.Join(told, " "))
		}
		told = slices.DeleteFunc(told, func(s string) bool { return s == "+missed" })
		slices.Sort(told)
		if len(slices.Compact(slices.Clone(told))) != len(told) {
			t.Fatalf("something came twice: %s", strings.Join(told, " "))
		}
	})
}
