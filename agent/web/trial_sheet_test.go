package web

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/trial"
)

// trials are those that a trial of three weeks becomes as its organizer goes one of
// several ways, and what becomes of it on the way by all that can be said, in browsers
// known and unknown; with the time that goes with each.
func trials(t *testing.T) (all []trial.Trial, at []time.Time) {
	t.Helper()
	rules := trial.Rules{Short: 2 * time.Minute, Long: 15 * time.Minute}
	var three []trial.Occurrence
	for week := range 3 {
		start := soon.AddDate(0, 0, 7*week)
		three = append(three, trial.Occurrence{Start: start, End: start.Add(25 * time.Minute)})
	}
	for way, wishes := range [][]trial.Verb{{}, {trial.Convert}, {trial.Shorten, trial.Undo, trial.Restore}} {
		is, now := trial.New(three), noted
		step := func(e trial.Event) {
			next, _, err := rules.Step(is, e, now)
			if err != nil {
				t.Fatalf("%+v, of %+v: %v", e, is, err)
			}
			is, all, at = next, append(all, next), append(at, now)
		}
		for !is.State.Over() || len(wishes) > 0 {
			for _, v := range is.Sayable(0, now) {
				for _, known := range []bool{true, false} {
					if next, _, err := rules.Step(is, trial.Say{Verb: v, Known: known}, now); err == nil {
						all, at = append(all, next), append(at, now)
						next, _, _ = rules.Step(next, trial.Say{Verb: trial.Restore}, now) // another at once
						all, at = append(all, next), append(at, now)
					}
				}
			}
			switch says := is.Sayable(0, now); {
			case way == 1 && is.State == trial.Running && slices.Contains(says, trial.SaySent) && !slices.Contains(says, trial.Undo):
				step(trial.Say{Verb: trial.SaySent, Known: true})
			case way == 2 && is.State == trial.Running && slices.Contains(says, trial.SayMeet) && !slices.Contains(says, trial.Undo):
				step(trial.Say{Verb: trial.SayMeet, Known: true})
			case (is.State == trial.Ending || is.State.Over()) && len(wishes) > 0 && is.Wish.Verb == "":
				for undone := true; undone; wishes = wishes[1:] {
					step(trial.Say{Verb: wishes[0], Known: true})
					undone = wishes[0] == trial.Undo
				}
			}
			if next := is.Next(); next.After(now) {
				now = next
			}
			step(trial.Tick{Next: now.Add(time.Hour), Guests: 6, Sums: trial.Sums{No: 3 * way, Bit: 1}, Takes: way == 2 && now.After(three[2].Start.Add(-time.Hour)), Due: 2})
		}
	}
	return all, at
}

// TestEveryTrialSheet draws the page of every link of a trial in every state, in both
// languages, and reads it as a browser would.
func TestEveryTrialSheet(t *testing.T) {
	left := regexp.MustCompile(`\{\w+\}|ZgotmplZ|&lt;no value`)
	titles := map[string]bool{}
	states, seen := map[trial.State]bool{}, map[string]bool{}
	draw := func(slip Slip, l looking) sheet {
		t.Helper()
		v := drawTrial(slip, l, About{Organization: "Acme"})
		w := httptest.NewRecorder()
		if err := sheetPage.Execute(w, v); err != nil {
			t.Fatal(err)
		}
		page := w.Body.String()
		if found := left.FindString(page); found != "" || v.Title == "" || len(v.Lead) == 0 || slices.Contains(v.Lead, "") {
			t.Fatalf("%+v: %q is left, or something is empty: %s", slip.Trial, found, page)
		}
		if !seen[page] {
			checkHTML(t, v.Title, page)
		}
		seen[page] = true
		for _, b := range v.Buttons {
			if !slices.Contains(slip.Trial.Sayable, trial.Verb(b.Do)) {
				t.Errorf("%s: a button for %s, of %q", v.Title, b.Do, slip.Trial.Sayable)
			}
		}
		titles[v.Title] = true
		return v
	}
	all, at := trials(t)
	for i, machine := range all {
		states[machine.State] = true
		slip := Slip{
			Person: "ann@acme.example", Language: []string{"en", "de"}[i%2], Effect: Effect{Way: []Way{ByCalendar, ByHand, ByConsent}[i%3]},
			Snapshot: suggest.Snapshot{Kind: suggest.Trial, Title: "Ops", Start: soon, End: soon.Add(25 * time.Minute), Zone: "Europe/Berlin", Minutes: 25},
		}
		for ordinal := -1; ordinal < 2; ordinal++ {
			for _, link := range []trial.Verb{trial.SaySent, trial.Convert, trial.Restore} {
				s := Trial{Link: link, Ordinal: ordinal, Trial: machine, Shorter: 15, Sayable: machine.Sayable(ordinal, at[i])}
				if i%4 > 0 {
					s.Next = soon.AddDate(0, 0, 28)
				}
				slip.Trial, slip.Paused = &s, i%11 == 0
				if slip.Draft = nil; i%2 == 0 {
					slip.Draft = &Draft{Subject: "Ops", Body: "Hello", Link: "mailto:bo@acme.example", Plain: "mailto:"}
				}
				v := draw(slip, looking{Path: "/a/x", Known: i%3 == 0, Now: at[i], Did: []string{"", "refused", "forget", "sent"}[i%4]})
				if tells := v.Todo != nil; tells != (slip.Draft != nil && (machine.Wish.Verb != "" || machine.State.Over())) || tells && (v.Note == nil || v.Compose == nil) {
					t.Errorf("%s: a mail to guests %v", v.Title, tells)
				}
				if slip.Paused && (len(v.Buttons) > 0 || v.Others != nil) {
					t.Errorf("%s: buttons while paused", v.Title)
				}
				if v.Others != nil {
					for _, other := range v.Others.All {
						_, chosen, _ := strings.Cut(other.Address, "=")
						asks := draw(slip, looking{Path: "/a/x", Chosen: chosen, Now: at[i]})
						if !slices.ContainsFunc(asks.Buttons, func(b button) bool { return b.Do == chosen }) {
							t.Errorf("behind %q: %q has no such button", other.Label, asks.Title)
						}
					}
				}
			}
		}
	}
	for _, said := range []trial.Answer{{}, {Verb: trial.MissBit, At: noted}, {At: noted}} {
		for _, sayable := range [][]trial.Verb{nil, {trial.MissNo, trial.MissBit, trial.MissBack}} {
			s := Trial{Link: trial.MissNo, Ordinal: -1, Guest: true, Said: said, Sayable: sayable, Until: soon}
			v := draw(Slip{Person: "bo@acme.example", Language: "en", Trial: &s, Snapshot: suggest.Snapshot{
				Kind: suggest.Trial, Title: "Ops", Organizer: suggest.Party{Name: "Ann"}, Zone: "UTC", Facts: []suggest.Fact{{Kind: suggest.FactUnanswered, Count: 9}},
			}}, looking{Path: "/a/x", Now: noted, Did: "miss-no"})
			if len(v.Meeting.Facts) > 0 || !strings.Contains(v.Meeting.About, "Ann") {
				t.Errorf("a guest is told %q, and why its organizer was asked: %q", v.Meeting.About, v.Meeting.Facts)
			}
		}
	}
	for _, state := range []trial.State{trial.Undone, "left"} {
		s := Trial{Link: trial.SaySent, Trial: trial.Trial{State: state}}
		draw(Slip{Person: "ann@acme.example", Language: "de", Trial: &s}, looking{Path: "/a/x", Now: noted})
	}
	p := newSpeaker("en", About{})
	for _, key := range p.own.Keys() {
		if rest, ok := strings.CutPrefix(key, "trial.is."); ok && !strings.Contains(rest, ".") {
			name := strings.NewReplacer("{title}", "\u2068Ops\u2069", "{update}", "Tue 24 Nov").Replace(p.own.Say(key))
			if !titles[name] && !titles[strings.Replace(name, "24 Nov", "1 Dec", 1)] {
				t.Errorf("no page is headed %q", name)
			}
		}
	}
	for _, state := range []trial.State{trial.Running, trial.Asking, trial.Ending, trial.Converted, trial.Shortened, trial.Restored, trial.Lapsed} {
		if !states[state] {
			t.Errorf("no trial was %s", state)
		}
	}
}

// TestTrialSheetSaysWhen holds that pages of trials name the times that they are about,
// and not those of the meeting that was first.
func TestTrialSheetSaysWhen(t *testing.T) {
	began, later := soon.AddDate(0, 0, -21), soon.AddDate(0, 0, 7)
	week := func(i int, s trial.Stage) trial.Occurrence {
		start := began.AddDate(0, 0, 7*i)
		return trial.Occurrence{Start: start, End: start.Add(time.Hour), Stage: s, DraftedAt: start}
	}
	ahead := week(4, trial.Planned)
	ahead.DraftedAt = time.Time{}
	held := trial.Answer{Verb: trial.Restore, At: soon, CommitAt: soon.Add(time.Minute)}
	answers := []trial.Verb{trial.MissNo}
	for what, c := range map[string]struct {
		trial Trial
		says  string
	}{
		"until when a guest answers":   {Trial{Link: trial.MissNo, Ordinal: -1, Guest: true, Sayable: answers, Until: later}, "There is time until " + newSpeaker("en", About{}).Day(later)},
		"until when it can be undone":  {Trial{Ordinal: -1, Trial: trial.Trial{State: trial.Converted, UndoUntil: later}, Sayable: []trial.Verb{trial.Undo}}, "You can undo this until " + newSpeaker("en", About{}).Day(later)},
		"what comes back":              {Trial{Ordinal: -1, Trial: trial.Trial{State: trial.Running, Wish: held, Occurrences: []trial.Occurrence{ahead}}}, "these go back into your calendar"},
		"what came back for an update": {Trial{Ordinal: 0, Trial: trial.Trial{State: trial.Running, Occurrences: []trial.Occurrence{week(0, trial.Missed), week(4, trial.Back)}}}, "the one on " + newSpeaker("en", About{}).Day(later) + " takes place"},
	} {
		slip := Slip{Person: "ann@acme.example", Language: "en", Trial: &c.trial, Snapshot: suggest.Snapshot{Kind: suggest.Trial, Title: "Ops", Start: began, End: began.Add(time.Hour), Zone: "UTC"}}
		v := drawTrial(slip, looking{Path: "/a/x", Now: soon}, About{})
		if said := strings.Join(v.Lead, " "); !strings.Contains(said, c.says) {
			t.Errorf("%s: it says %q, not %q", what, said, c.says)
		}
		if what == "what comes back" && len(v.Times) != 1 {
			t.Errorf("%s: %q", what, v.Times)
		}
	}
}

// TestDraftInAnUnknownBrowser holds that a browser that is not known is told where the
// recipients are which it is not shown.
func TestDraftInAnUnknownBrowser(t *testing.T) {
	for _, known := range []bool{true, false} {
		p := newSpeaker("en", About{})
		p.slip.Draft = &Draft{Subject: "s", Body: "b", Link: "mailto:bo@acme.example", Plain: "mailto:"}
		var v sheet
		p.draft(&v, looking{Known: known})
		if strings.Contains(v.Note.Hint, "confirms your answer") == known || strings.Contains(v.Compose.Address, "@") != known {
			t.Errorf("known %v: %q, %q", known, v.Note.Hint, v.Compose.Address)
		}
	}
}
