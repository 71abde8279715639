package report

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

var cost = hours.Cost{Write: 20 * 60, Read: 5 * 60}

// fourWeeks is a period across a change of clocks.
func fourWeeks(t testing.TB) Period {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from := Day(2026, time.October, 12, berlin)
	return Period{From: from, To: addDays(from, 28, berlin), Zone: berlin}
}

// given is an Input at rest.
type given struct {
	people      int
	occurrences []store.Occurrence // each within one day
	verdicts    map[string]rules.Verdict
}

func (g given) input() Input {
	return Input{
		People: g.people,
		Occurrences: func(p Period) iter.Seq2[store.Occurrence, error] {
			return func(yield func(store.Occurrence, error) bool) {
				for _, o := range g.occurrences {
					if !o.Start.Before(p.From) && o.Start.Before(p.To) && !yield(o, nil) {
						return
					}
				}
			}
		},
		Verdict: func(hash string) (rules.Verdict, error) {
			v, ok := g.verdicts[hash]
			if !ok {
				return v, errors.New("not judged")
			}
			return v, nil
		},
	}
}

// example is an organization that met in ways that show every line of a table.
func example(t testing.TB) (given, Options) {
	o := Options{
		Title: "Kite Robotics (sample)", Period: fourWeeks(t), Cost: cost,
		Coverage: Coverage{Connected: 12, People: 14},
		Skipped: []calendars.Skip{
			{File: "ana.ics", Line: 41, Reason: "DTSTART is missing", UID: "a"},
			{File: "ben.ics", Line: 7, Reason: "DTSTART is missing"},
			{File: "old/\x1b[31mcleo.ics", Reason: "the time zone “Nowhere/Land” is not known, and the file does not define it either"},
		},
	}
	in := given{people: 12, verdicts: map[string]rules.Verdict{}}
	add := func(title, rule string, heads, minutes, times int, v rules.Verdict, change ...func(*store.Subject)) {
		meeting := int64(len(in.verdicts) + 1)
		s := store.Subject{Hash: fmt.Sprint("subject ", meeting), Meeting: meeting, Title: title, Minutes: minutes, Rule: rule, Heads: heads, HeadsKnown: true}
		for _, f := range change {
			f(&s)
		}
		in.verdicts[s.Hash] = v
		for i := range times {
			start := o.Period.From.Add(time.Duration(9+24*((i*28/times)%28)) * time.Hour)
			length := time.Duration(minutes) * time.Minute
			gross := length * time.Duration(heads)
			o := store.Occurrence{
				ID: int64(len(in.occurrences) + 1), Meeting: meeting, SubjectHash: s.Hash,
				Title: s.Title, Private: s.Private, Rule: s.Rule, Organizer: "ana@kite.example", Start: start, End: start.Add(length),
				Heads: s.Heads, HeadsKnown: s.HeadsKnown, Inside: length,
			}
			if o.HeadsKnown || o.Heads > 1 {
				o.Counted, o.People, o.Gross, o.WholeGross = true, heads, gross, gross
			}
			in.occurrences = append(in.occurrences, o)
		}
	}
	unlisted := func(s *store.Subject) { s.HeadsKnown = false }
	unknown := func(s *store.Subject) { s.HeadsKnown = false; s.Heads = 1 }
	secret := func(s *store.Subject) { s.Private, s.Title = true, "" }

	add("Project Kite status", "FREQ=WEEKLY;BYDAY=MO", 7, 60, 4, judgedAs(rules.Informing, "status"))
	add("All hands: what is new, who is new, and a look at the numbers of the quarter", "FREQ=MONTHLY", 12, 60, 1, judgedAs(rules.Informing, "all hands"))
	add("עדכון שבועי 12", "FREQ=WEEKLY", 5, 45, 4, judgedAs(rules.Informing, "עדכון"))
	add("每周进度更新会议", "FREQ=WEEKLY;INTERVAL=2", 6, 45, 2, judgedAs(rules.Collaborating, "进度"))
	add("Sprint board", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", 5, 30, 20, judgedAs(rules.Collaborating, ""))
	add("Ana / Ben", "FREQ=WEEKLY", 2, 60, 4, guarded(rules.Informing, "one-to-one"))
	add("Customer update\x1b[2J\n| pipe", "FREQ=WEEKLY", 5, 60, 4, guarded(rules.Informing, "external"))
	add("=HYPERLINK(\"http://x.example\")", "", 4, 15, 1, judgedAs(rules.Informing, "update"))
	add("Pricing", "FREQ=WEEKLY", 6, 60, 4, judgedAs(rules.DecisionMaking, "decide"))
	add("Review or so", "FREQ=WEEKLY", 6, 60, 4, unsure(rules.Collaborating, rules.DecisionMaking))
	add("Sync", "FREQ=WEEKLY", 3, 30, 4, judgedAs(rules.Informing, "sync"), unlisted)
	add("Dentist", "", 1, 60, 1, judgedAs(rules.Informing, ""), unknown)
	add("Board", "FREQ=MONTHLY", 3, 90, 1, guarded(rules.Informing, "private"), secret)
	add("Retro", "FREQ=WEEKLY;INTERVAL=2", 8, 60, 2, judgedAs(rules.ProblemSolving, "retro"))
	add("Ideas 💡", "", 5, 90, 1, judgedAs(rules.Creating, "brainstorm"))
	add("Prototype lab", "FREQ=WEEKLY", 3, 120, 4, judgedAs(rules.Innovating, "prototype"))
	add("Team lunch", "FREQ=WEEKLY", 12, 60, 4, judgedAs(rules.Connecting, "lunch"))
	return in, o
}

func judgedAs(c rules.Category, phrase string) rules.Verdict {
	v := rules.Verdict{Category: c, Sure: true, Tasks: []rules.Category{c}}
	v.Probabilities[c] = 1
	if phrase != "" {
		v.Evidence = []rules.Evidence{{Rule: "r", Weight: 2, Why: "because", Phrase: phrase}}
	}
	return v
}

func guarded(c rules.Category, guards ...string) rules.Verdict {
	v := judgedAs(c, "")
	v.Guards = guards
	return v
}

func unsure(c, rival rules.Category) rules.Verdict {
	v := judgedAs(c, "")
	v.Probabilities[c], v.Probabilities[rival], v.Sure = 0.6, 0.4, false
	return v
}

func shuffled(in given, seed uint64) given {
	random := rand.New(rand.NewPCG(seed, seed))
	rows := append([]store.Occurrence(nil), in.occurrences...)
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	in.occurrences = rows
	return in
}
