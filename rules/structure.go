package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// facts are what a subject's structure says.
type facts struct {
	people, minutes                int
	cadence                        cadence
	optional, external, acceptance float64
	private, hidden, described     bool
	title                          titleShape
	titleWords                     int
}

// note reads the facts off a subject whose title and description are tokens.
func (f *facts) note(s *Subject, tokens []token, title int) {
	*f = facts{
		people: s.People, minutes: s.Minutes, cadence: cadenceOf(s.Recurrence),
		optional: s.Optional, external: s.External, acceptance: s.Acceptance,
		private: s.Private, hidden: s.PeopleHidden, described: len(tokens) > title,
		title: shapeOf(s, tokens[:title]), titleWords: title,
	}
	if f.people == 0 && len(s.Names) > 1 && !s.PeopleHidden {
		f.people = len(s.Names)
	}
}

// when is a condition on structure. Its zero value always holds.
type when struct {
	always                                bool
	peopleMin, peopleMax                  int
	minutesMin, minutesMax                int
	cadences                              uint16 // a set; 0 is any
	recurring                             int8   // 1 yes, -1 no, 0 either
	described                             int8
	optionalMin, externalMin, acceptsLess float64
	title                                 titleShape
	titleWords                            int
	private, hidden                       bool
}

// holds reports whether the facts meet the condition. What is not known meets
// no condition about it.
func (w *when) holds(f *facts) bool {
	if w.always {
		return true
	}
	return (w.peopleMin == 0 || f.people >= w.peopleMin) &&
		(w.peopleMax == 0 || f.people > 0 && f.people <= w.peopleMax && !f.hidden) &&
		(w.minutesMin == 0 || f.minutes >= w.minutesMin) &&
		(w.minutesMax == 0 || f.minutes > 0 && f.minutes <= w.minutesMax) &&
		(w.cadences == 0 || w.cadences&(1<<f.cadence) != 0) &&
		(w.recurring == 0 || (w.recurring > 0) == (f.cadence != once)) &&
		(w.described == 0 || (w.described > 0) == f.described) &&
		(w.optionalMin == 0 || f.optional >= w.optionalMin) &&
		(w.externalMin == 0 || f.external >= w.externalMin) &&
		(w.acceptsLess == 0 || f.acceptance > 0 && f.acceptance <= w.acceptsLess) &&
		(w.title == anyTitle || w.title == f.title) &&
		(w.titleWords == 0 || f.titleWords > 0 && f.titleWords <= w.titleWords) &&
		(!w.private || f.private) && (!w.hidden || f.hidden)
}

// compileWhen checks a condition and brings it into the engine's form.
func compileWhen(d *whenDoc) (when, error) {
	if d == nil {
		return when{always: true}, nil
	}
	w := when{
		peopleMin: d.PeopleMin, peopleMax: d.PeopleMax, minutesMin: d.MinutesMin, minutesMax: d.MinutesMax,
		recurring: tristate(d.Recurring), described: tristate(d.Described),
		optionalMin: d.OptionalMin, externalMin: d.ExternalMin, acceptsLess: d.AcceptanceMax,
		private: d.Private, hidden: d.Hidden, titleWords: d.TitleWordsMax,
	}
	for _, name := range d.Cadence {
		c := slices.Index(cadenceNames[:], name)
		if c < 0 {
			return w, fmt.Errorf("unknown cadence %q (one of %s)", name, strings.Join(cadenceNames[:], ", "))
		}
		w.cadences |= 1 << c
	}
	if d.Title != "" {
		i := slices.Index(titleShapes[:], d.Title)
		if i < 0 {
			return w, fmt.Errorf("unknown title shape %q (one of %s)", d.Title, strings.Join(titleShapes[1:], ", "))
		}
		w.title = titleShape(i)
	}
	if min(d.PeopleMin, d.PeopleMax, d.MinutesMin, d.MinutesMax, d.TitleWordsMax) < 0 {
		return w, fmt.Errorf("people, minutes and words are 0 or more")
	}
	if w.peopleMax > 0 && w.peopleMin > w.peopleMax || w.minutesMax > 0 && w.minutesMin > w.minutesMax {
		return w, fmt.Errorf("the least is more than the most: this can never hold")
	}
	if w == (when{}) {
		return w, fmt.Errorf("the condition is empty")
	}
	return w, nil
}

func tristate(b *bool) int8 {
	switch {
	case b == nil:
		return 0
	case *b:
		return 1
	}
	return -1
}

// cadence is how often a meeting comes.
type cadence uint8

const (
	once cadence = iota // or not known
	daily
	weekly
	biweekly
	monthly
	quarterly
	yearly
	sometimes // it recurs, but who knows how often
)

var cadenceNames = [...]string{"once", "daily", "weekly", "biweekly", "monthly", "quarterly", "yearly", "sometimes"}

// cadenceOf reads an RRULE value or words.
func cadenceOf(recurrence string) cadence {
	if recurrence == "" {
		return once
	}
	if i := strings.Index(recurrence, "FREQ="); i >= 0 {
		return ruleCadence(recurrence[i:])
	}
	return wordCadence(recurrence)
}

// ruleCadence reads the parts of an RRULE that tell how often
// (RFC 5545 §3.3.10).
func ruleCadence(rule string) cadence {
	frequency, interval, days := "", 1, 1
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "FREQ":
			frequency = value
		case "INTERVAL":
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				interval = n
			}
		case "COUNT":
			if value == "1" {
				return once
			}
		case "BYDAY":
			days = 1 + strings.Count(value, ",")
		}
	}
	gap := 0.0
	switch frequency {
	case "DAILY":
		gap = float64(interval)
	case "WEEKLY":
		gap = 7 * float64(interval) / float64(days)
	case "MONTHLY":
		gap = 30 * float64(interval)
	case "YEARLY":
		gap = 365 * float64(interval)
	default:
		return sometimes
	}
	return everyDays(gap)
}

// everyDays names the cadence of something that comes every so many days.
func everyDays(gap float64) cadence {
	switch {
	case gap < 2:
		return daily
	case gap < 10:
		return weekly
	case gap < 22:
		return biweekly
	case gap < 75:
		return monthly
	case gap < 150:
		return quarterly
	}
	return yearly
}

// wordCadences are words for how often, the more telling first.
var wordCadences = []struct {
	words string
	cadence
}{
	{"as needed|one-off|one off|once only|does not repeat|ad hoc|ad-hoc|none", once},
	{"every day|daily|each day|weekday|every morning|täglich|quotidien|diario", daily},
	{"twice a month|twice monthly|semimonthly|bi-weekly|biweekly|fortnight|every other|every two weeks|every 2 weeks|sprint|iteration|zweiwöchentlich|alle zwei wochen|quinzaine|quincenal", biweekly},
	{"twice a week|per week|week|wöchentlich|hebdo|semana", weekly},
	{"semi-annual|semiannual|twice a year|annual|year|jährlich|jahr|annuel|anual", yearly},
	{"quarter|quartal|trimest|every 3 months|every three months", quarterly},
	{"month|monat|mensuel|mensual", monthly},
	{"monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles|jueves|viernes", weekly},
}

func wordCadence(words string) cadence {
	words = strings.ToLower(words)
	var number int
	if n, _ := fmt.Sscanf(words, "every %d days", &number); n == 1 {
		return everyDays(float64(number))
	}
	if n, _ := fmt.Sscanf(words, "every %d weeks", &number); n == 1 {
		return everyDays(7 * float64(number))
	}
	for _, w := range wordCadences {
		for word := range strings.SplitSeq(w.words, "|") {
			if strings.Contains(words, word) {
				if w.cadence == weekly && strings.Contains(words, " of ") && strings.Contains(words, "month") {
					return monthly // "third Wednesday of every month"
				}
				return w.cadence
			}
		}
	}
	return sometimes
}
