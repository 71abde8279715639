package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// first is when the trials of the tests begin: a Tuesday at ten.
var first = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

const week = 7 * 24 * time.Hour

// plain are rules under which everybody always works.
var plain = Rules{Short: 2 * time.Minute, Long: 15 * time.Minute}

// weekly is a trial of n weeks.
func weekly(n int) Trial {
	var all []Occurrence
	for i := range n {
		start := first.Add(time.Duration(i) * week)
		all = append(all, Occurrence{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(30 * time.Minute)})
	}
	return New(all)
}

// life lets a trial live: it does what is due as the worker does, and writes down
// what comes of it.
type life struct {
	testing.TB
	Rules
	Trial
	now  time.Time
	told []string
	// world is what ticks tell; takes are the occurrences that take place after all.
	world Tick
	takes map[int]bool
}

// live has six guests to be asked.
func live(t testing.TB, n int) *life {
	return &life{TB: t, Rules: plain, Trial: weekly(n), now: first.Add(-time.Hour), world: Tick{Guests: 6}, takes: map[int]bool{}}
}

// until lets time pass up to t after the beginning of the trial.
func (l *life) until(after time.Duration) *life {
	l.Helper()
	end := first.Add(after)
	for range 1000 {
		next := l.Trial.Next()
		if next.IsZero() || next.After(end) {
			l.now = end
			return l
		}
		if next.After(l.now) {
			l.now = next
		}
		l.tick()
		if next := l.Trial.Next(); !next.IsZero() && !next.After(l.now) {
			l.Fatalf("at %v it is overdue since %v: %+v", l.now, next, l.Trial)
		}
	}
	l.Fatal("it does not come to rest")
	return l
}

func (l *life) tick() {
	l.Helper()
	w := l.world
	if due, ok := l.Due(l.now); ok {
		w.Due, w.Takes = due, l.takes[due]
	}
	l.step(w)
}

func (l *life) step(e Event) {
	l.Helper()
	next, effects, err := l.Rules.Step(l.Trial, e, l.now)
	if err != nil {
		l.Fatalf("%+v at %v: %v", e, l.now, err)
	}
	l.Trial = next
	for _, e := range effects {
		l.told = append(l.told, words(e))
	}
}

// say has the organizer say something in a known browser.
func (l *life) say(v Verb, ordinal int) *life {
	l.Helper()
	l.step(Say{v, ordinal, true})
	return l
}

// words says an effect in short.
func words(e Effect) string {
	switch e := e.(type) {
	case Write:
		if e.Letter == LetterDraft || e.Letter == LetterQuestion {
			return fmt.Sprintf("%s%d", e.Letter, e.Ordinal)
		}
		return string(e.Letter)
	case BringBack:
		return fmt.Sprintf("back%v", e.Ordinals)
	case EndSeries:
		return fmt.Sprintf("end%d", e.Turn)
	case ShortenSeries:
		return fmt.Sprintf("shorten%d", e.Turn)
	case TakeBack:
		return fmt.Sprintf("takeback%d", e.Turn)
	case Record:
		return "+" + string(e.Outcome)
	}
	return "?"
}

// stages are those of all occurrences, by their first letters.
func (l *life) stages() string {
	var all []string
	for _, o := range l.Occurrences {
		all = append(all, string(o.Stage))
	}
	return strings.Join(all, " ")
}

// has compares what a trial has come to.
func (l *life) has(state State, stages, told string) {
	l.Helper()
	if l.State != state {
		l.Errorf("it is %s, want %s", l.State, state)
	}
	if got := l.stages(); got != stages {
		l.Errorf("its occurrences are %q, want %q", got, stages)
	}
	if got := strings.Join(l.told, " "); got != told {
		l.Errorf("it told\n\t%s, want\n\t%s", got, told)
	}
}

const (
	h = time.Hour
	m = time.Minute
)

func TestTrials(t *testing.T) {
	for name, c := range map[string]struct {
		n      int
		live   func(l *life)
		state  State
		stages string
		told   string
	}{
		"before its time": {2, func(l *life) { l.until(-m) }, Running, "planned planned", ""},
		"the draft comes when the meeting would begin, the question two hours later": {2, func(l *life) { l.until(2 * h) },
			Running, "asked planned", "draft0 question0"},
		"who says so at once is not asked": {2, func(l *life) { l.until(h).say(SaySent, 0).until(5 * h) },
			Running, "sent planned", "draft0 +sent"},
		"all sent, kept in writing": {2, func(l *life) {
			l.world.Next, l.world.Sums = first.Add(3*week), Sums{3, 2, 1}
			l.until(3*h).say(SaySent, 0).until(week+3*h).say(SaySent, 1).until(week+5*24*h).say(Convert, -1).until(week + 5*24*h + 16*m)
		}, Converted, "sent sent", "draft0 question0 +sent draft1 question1 +sent guests ended end1 +converted"},
		"nobody says how it goes on": {1, func(l *life) { l.until(3*h).say(SaySent, 0).until(40 * 24 * h) },
			Lapsed, "sent", "draft0 question0 +sent guests ended +lapsed"},
		"no guest to be asked": {1, func(l *life) { l.world.Guests = 0; l.until(3*h).say(SaySent, 0).until(25 * h) },
			Ending, "sent", "draft0 question0 +sent ended"},
		"fewer guests than are shown": {1, func(l *life) { l.world.Guests = Enough - 1; l.until(3*h).say(SaySent, 0).until(25 * h) },
			Ending, "sent", "draft0 question0 +sent ended"},
		"meet next time": {3, func(l *life) { l.until(3*h).say(SayMeet, 0).until(week + 3*h) },
			Running, "missed back planned", "draft0 question0 +missed back[1]"},
		"meet next time, of the last": {1, func(l *life) { l.until(3*h).say(SayMeet, 0).until(4 * h) },
			Running, "missed", "draft0 question0 +missed"},
		"meet next time, thought better of": {2, func(l *life) { l.until(3*h).say(SayMeet, 0).until(3*h+m).say(Undo, 0).until(4 * h) },
			Running, "asked planned", "draft0 question0"},
		"meet next time, and sent after all": {2, func(l *life) { l.until(3*h).say(SayMeet, 0).until(3*h+m).say(SaySent, 0).until(4 * h) },
			Running, "sent planned", "draft0 question0 +sent"},
		"sent late": {3, func(l *life) { l.until(week+h).say(SaySent, 0).until(week + h + m) },
			Running, "sent drafted planned", "draft0 question0 +missed draft1 +sent"},
		"sent, taken back": {2, func(l *life) { l.until(3*h).say(SaySent, 0).until(4*h).say(Undo, 0).until(week) },
			Running, "missed drafted", "draft0 question0 +sent +missed draft1"},
		"two misses offer to bring back the rest, once": {5, func(l *life) { l.until(4*week - h) },
			Running, "missed missed missed asked planned", "draft0 question0 +missed draft1 question1 +missed draft2 misses question2 +missed draft3 question3"},
		"two misses, brought back": {4, func(l *life) { l.until(2*week+h).say(Restore, -1).until(9 * week) },
			Restored, "missed missed drafted back", "draft0 question0 +missed draft1 question1 +missed draft2 misses back[3] +restored"},
		"nothing is left to offer": {2, func(l *life) { l.until(week + 30*h) },
			Asking, "missed missed", "draft0 question0 +missed draft1 question1 +missed guests"},
		"brought back before it began": {2, func(l *life) { l.now = first.Add(-2 * h); l.say(Restore, -1).until(h) },
			Restored, "back back", "back[0 1] +restored"},
		"an occurrence takes place after all": {2, func(l *life) { l.takes[0] = true; l.until(3 * h) },
			Running, "held planned", ""},
		"all take place after all": {2, func(l *life) { l.takes[0], l.takes[1] = true, true; l.until(2 * week) },
			Lapsed, "held held", "+lapsed"},
		"a trial of which the last was brought back": {2, func(l *life) { l.until(3*h).say(SayMeet, 0).until(week + 25*h) },
			Asking, "missed back", "draft0 question0 +missed back[1] guests"},
		"nothing ran for two weeks": {3, func(l *life) { l.now = first.Add(2*week + h); l.tick() },
			Running, "skipped skipped drafted", "draft2"},
		"nothing ran between draft and question": {2, func(l *life) { l.until(0); l.now = first.Add(week); l.tick() },
			Running, "skipped drafted", "draft0 draft1"},
		"nothing ran at the end": {1, func(l *life) { l.now = first.Add(2 * week); l.tick() },
			Lapsed, "skipped", "+lapsed"},
		"shortened, taken back, brought back": {1, func(l *life) {
			l.world.Next = first.Add(2 * week)
			l.until(3*h).say(SaySent, 0).until(5*24*h).say(Shorten, -1).until(6*24*h).say(Undo, -1).until(7*24*h).say(Restore, -1).until(8 * 24 * h)
		}, Restored, "sent", "draft0 question0 +sent guests ended shorten1 +shortened takeback1 +unsaid +restored"},
		"converted twice": {1, func(l *life) {
			l.world.Next = first.Add(2 * week)
			l.until(3*h).say(SaySent, 0).until(5*24*h).say(Convert, -1).until(6*24*h).say(Undo, -1).say(Convert, -1).until(7 * 24 * h)
		}, Converted, "sent", "draft0 question0 +sent guests ended end1 +converted takeback1 +unsaid end2 +converted"},
		"an unknown browser wants to keep it in writing": {1, func(l *life) {
			l.until(3*h).say(SaySent, 0).until(5 * 24 * h)
			l.step(Say{Convert, -1, false})
			l.step(Say{Convert, -1, false})
			l.until(5*24*h+14*m).say(Undo, -1).until(6 * 24 * h)
		}, Ending, "sent", "draft0 question0 +sent guests ended noted"},
		"an unknown browser wants to meet next time, and again and again": {2, func(l *life) {
			l.until(3 * h)
			for range 5 {
				l.step(Say{SayMeet, 0, false})
				l.now = l.now.Add(2 * m)
				l.say(Undo, 0)
			}
			l.until(4 * h)
		}, Running, "asked planned", "draft0 question0 noted noted noted"},
		"a scanner presses all": {1, func(l *life) {
			l.until(5 * 24 * h)
			for _, v := range []Verb{Convert, Restore, Shorten} {
				l.step(Say{v, -1, false})
			}
			l.until(6 * 24 * h)
		}, Ending, "missed", "draft0 question0 +missed guests ended noted"},
		"a wish outlasts the time to answer": {1, func(l *life) {
			l.until(3*h).say(SaySent, 0).until(10 * 24 * h)
			l.now = l.LapseAt.Add(-m)
			l.say(Convert, -1).until(30 * 24 * h)
		}, Converted, "sent", "draft0 question0 +sent guests ended end1 +converted"},
		"said to be sent just before it is kept in writing": {2, func(l *life) {
			l.until(3*h).say(SaySent, 0).until(week+5*24*h).say(Convert, -1)
			l.now = l.Wish.CommitAt.Add(-m / 2)
			l.say(SaySent, 1).until(week + 6*24*h)
		}, Converted, "sent sent", "draft0 question0 +sent draft1 question1 +missed guests ended +sent end1 +converted"},
		"said to be sent just before it is too late": {1, func(l *life) {
			l.until(10 * 24 * h)
			l.now = l.LapseAt.Add(-m / 2)
			l.say(SaySent, 0).until(40 * 24 * h)
		}, Lapsed, "sent", "draft0 question0 +missed guests ended +sent +lapsed"},
	} {
		t.Run(name, func(t *testing.T) {
			l := live(t, c.n)
			c.live(l)
			l.has(c.state, c.stages, c.told)
		})
	}
}

// TestSayable holds what can be said when, and that all else is refused.
func TestSayable(t *testing.T) {
	all := []Verb{SaySent, SayMeet, Convert, Restore, Shorten, Undo, MissNo, "else"}
	for name, c := range map[string]struct {
		live func(l *life)
		want []Verb
	}{
		"before":             {func(l *life) { l.until(-h) }, []Verb{Restore}},
		"drafted":            {func(l *life) { l.until(h) }, []Verb{SaySent, SayMeet, Restore}},
		"asked":              {func(l *life) { l.until(3 * h) }, []Verb{SaySent, SayMeet, Restore}},
		"sent, held":         {func(l *life) { l.until(h).say(SaySent, 0) }, []Verb{SayMeet, Restore, Undo}},
		"sent":               {func(l *life) { l.until(h).say(SaySent, 0).until(2 * h) }, []Verb{Restore, Undo}},
		"missed":             {func(l *life) { l.until(week) }, []Verb{SaySent}},
		"to be brought back": {func(l *life) { l.until(h).say(Restore, 0) }, []Verb{SaySent, SayMeet, Undo}},
		"brought back":       {func(l *life) { l.until(h).say(Restore, 0).until(2 * h) }, nil},
		"at the end":         {func(l *life) { l.until(week + 6*24*h) }, []Verb{SaySent, Convert, Restore, Shorten}},
		"converted, held":    {func(l *life) { l.until(week+6*24*h).say(Convert, 0) }, []Verb{SaySent, Restore, Shorten, Undo}},
		"converted": {func(l *life) {
			l.world.Next = first.Add(3 * week)
			l.until(week+6*24*h).say(Convert, 0).until(week + 7*24*h)
		}, []Verb{Undo}},
		"converted for long": {func(l *life) {
			l.world.Next = first.Add(3 * week)
			l.until(week+6*24*h).say(Convert, 0).until(3 * week)
		}, nil},
		"lapsed": {func(l *life) { l.until(9 * week) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := live(t, 2)
			c.live(l)
			if got := l.Sayable(0, l.now); !slices.Equal(got, c.want) {
				t.Errorf("one can say %q, want %q", got, c.want)
			}
			for _, v := range all {
				next, effects, err := l.Rules.Step(l.Trial, Say{v, 0, true}, l.now)
				if can := slices.Contains(c.want, v) || l.Says(0, v); can != (err == nil) || err != nil && (!errors.Is(err, ErrOver) || effects != nil || !cmp.Equal(next, l.Trial)) {
					t.Errorf("saying %s: %v", v, err)
				}
			}
			if _, _, err := l.Rules.Step(l.Trial, Say{SaySent, 7, true}, l.now); err == nil {
				t.Error("one can say it of an occurrence that there is none of")
			}
		})
	}
}

// TestPress holds when answers replace and when they cancel each other.
func TestPress(t *testing.T) {
	const hold = 2 * time.Minute
	at := func(d time.Duration) time.Time { return first.Add(d) }
	said := func(v Verb, known bool, when time.Duration) Answer {
		return Answer{Verb: v, Known: known, At: at(when), CommitAt: at(when + hold)}
	}
	for name, c := range map[string]struct {
		before Answer
		verb   Verb
		known  bool
		after  time.Duration
		want   Answer
	}{
		"the first":                         {Answer{}, SaySent, false, 0, said(SaySent, false, 0)},
		"the same once more":                {said(SaySent, false, 0), SaySent, false, 5 * time.Second, said(SaySent, false, 0)},
		"the same by a known browser":       {said(SaySent, false, 0), SaySent, true, 5 * time.Second, said(SaySent, true, 5*time.Second)},
		"the same as a known one":           {said(SaySent, true, 0), SaySent, false, 5 * time.Second, said(SaySent, true, 0)},
		"another within a minute":           {said(SaySent, false, 0), SayMeet, false, 59 * time.Second, Answer{At: at(59 * time.Second)}},
		"another after it":                  {said(SaySent, false, 0), SayMeet, false, time.Minute, said(SayMeet, false, time.Minute)},
		"a third":                           {Answer{At: at(0)}, SaySent, false, 30 * time.Second, Answer{At: at(30 * time.Second)}},
		"a third after a minute":            {Answer{At: at(0)}, SaySent, false, time.Minute, said(SaySent, false, time.Minute)},
		"another by a known browser":        {said(SaySent, false, 0), SayMeet, true, time.Second, said(SayMeet, true, time.Second)},
		"another than a known one has said": {said(SaySent, true, 0), SayMeet, false, time.Second, said(SaySent, true, 0)},
		"and after a minute":                {said(SaySent, true, 0), SayMeet, false, time.Minute, said(SayMeet, false, time.Minute)},
		"after a void by a known one":       {Answer{At: at(0)}, SaySent, true, time.Second, said(SaySent, true, time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			got := Press(c.before, c.verb, c.known, at(c.after), hold)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got.Void(at(c.after)) != (got.Verb == "") {
				t.Error("whether it is void")
			}
		})
	}
}

// TestSums holds that what too few guests said is not even kept.
func TestSums(t *testing.T) {
	for said, want := range map[Sums]*Sums{{2, 1, 1}: nil, {2, 2, 1}: {2, 2, 1}, {}: nil} {
		l := live(t, 1)
		l.world.Sums = said
		l.until(3*h).say(SaySent, 0).until(5 * 24 * h)
		if l.State != Ending || !cmp.Equal(l.Sums, want) {
			t.Errorf("of %+v is kept %+v", said, l.Sums)
		}
	}
}

// TestWork holds that guests, and the organizer at the end, are written to when
// people work.
func TestWork(t *testing.T) {
	l := live(t, 1)
	l.Work = func(t time.Time) time.Time {
		for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
			t = t.Add(24 * time.Hour)
		}
		return t
	}
	l.until(3*h).say(SaySent, 0).until(20 * 24 * h)
	if want := first.Add(24 * h); !l.GuestsAt.Equal(want) {
		t.Errorf("guests are asked %v, want %v", l.GuestsAt, want)
	}
	if want := first.Add(6 * 24 * h); !l.EndAt.Equal(want) { // Saturday is four days on
		t.Errorf("the organizer is asked %v, want %v", l.EndAt, want)
	}
}

// TestKept holds that a trial is the same once it was kept.
func TestKept(t *testing.T) {
	l := live(t, 3)
	l.world.Sums = Sums{1, 2, 3}
	l.until(3*h).say(SaySent, 0).until(week+3*h).say(SayMeet, 1)
	text, err := json.Marshal(l.Trial)
	var again Trial
	if err == nil {
		err = json.Unmarshal(text, &again)
	}
	if d := cmp.Diff(l.Trial, again); err != nil || d != "" {
		t.Errorf("%v (-before +after):\n%s", err, d)
	}
}
