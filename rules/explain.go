package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Explanation is a verdict in words. Its parts are sentences or lines without
// markup.
type Explanation struct {
	Headline string   // what the meeting looks like, and how sure that is
	Because  []string // the reasons, strongest first
	But      []string // what speaks for something else
	So       string   // what follows: suggested, and as what, or left alone, and why
	Change   []string // what would change that, as ends of "if …"; each has been tried
}

const (
	becauseLines = 4   // reasons that are shown; more do not convince anybody
	butLines     = 2   // the same of reasons against
	plainDoubt   = 0.5 // evidence from which a reason against is worth a line
)

// String is the explanation as a text of some lines.
func (x Explanation) String() string {
	var b strings.Builder
	b.WriteString(x.Headline + "\n")
	section := func(head string, lines []string) {
		for i, line := range lines {
			if i > 0 {
				head = ""
			}
			fmt.Fprintf(&b, "  %-9s%s\n", head, line)
		}
	}
	section("because", x.Because)
	section("but", x.But)
	b.WriteString(x.So + "\n")
	if len(x.Change) > 0 {
		b.WriteString("That would change if " + orList(x.Change) + ".\n")
	}
	return b.String()
}

// orList is "a", "a or b", "a, b, or c".
func orList(parts []string) string {
	switch n := len(parts); n {
	case 1:
		return parts[0]
	case 2:
		return parts[0] + " or " + parts[1]
	default:
		return strings.Join(parts[:n-1], ", ") + ", or " + parts[n-1]
	}
}

// Explain puts v, which Judge said of s, into words: why, what follows, and
// what would change it.
func (e *Engine) Explain(s Subject, v Verdict) Explanation {
	faint := "" // what words say convinces only where no rule does
	x := Explanation{Headline: headline(s, v), So: e.follows(s, v), Change: e.changes(s, v)}
	said := map[string]bool{} // what several rules find is given once, with the strongest reason
	for _, ev := range v.Evidence {
		i, known := e.byName[ev.Rule]
		if !known || e.rules[i].category == none {
			continue // guards speak in what follows
		}
		r := &e.rules[i]
		words := strings.ToLower(ev.Phrase)
		if words != "" && said[words] {
			continue
		}
		said[words] = true
		switch {
		case r.words:
			if r.category == v.Category {
				faint = reason(ev)
			}
		case r.category == v.Category && ev.Weight > 0 && len(x.Because) < becauseLines:
			x.Because = append(x.Because, reason(ev))
		case r.category != v.Category && ev.Weight >= plainDoubt && len(x.But) < butLines:
			x.But = append(x.But, reason(ev)+" ("+r.category.String()+")")
		}
	}
	if len(x.Because) == 0 && faint != "" {
		x.Because = []string{faint}
	}
	if len(x.Because) == 0 {
		x.Because = []string{"nothing in its words says otherwise: most meetings are of this kind"}
	}
	return x
}

// reason is a piece of evidence as a line: the words found, and what they say.
func reason(ev Evidence) string {
	if ev.Phrase == "" {
		return ev.Why
	}
	return "“" + strings.Join(strings.Fields(ev.Phrase), " ") + "”: " + ev.Why
}

// headline says what the meeting looks like.
func headline(s Subject, v Verdict) string {
	title := strings.Join(strings.Fields(s.Title), " ")
	if title == "" {
		title = "This meeting"
	} else {
		title = "“" + title + "”"
	}
	p := v.Probabilities[v.Category]
	looks := "looks like"
	switch {
	case p >= 0.85:
		looks = "is"
	case p < 0.5:
		looks = "may be"
	}
	text := fmt.Sprintf("%s %s %s (%d %%)", title, looks, v.Category, percent(p))
	rest := v.Probabilities
	rest[v.Category] = -1
	if second := top(rest); v.Probabilities[second] >= 0.15 {
		text += fmt.Sprintf(", or else %s (%d %%)", second, percent(v.Probabilities[second]))
	}
	return text + "."
}

// percent is a probability in whole percent: never 100, for nothing is certain.
func percent(p float64) int { return min(int(math.Round(100*p)), 99) }

const plainGuard = 0.15 // probability of a guard from which it is worth a word

// either tells what a suggestion rests on where one category alone does not
// reach the threshold: "informing or collaborating: 58 + 21 %". The sum of the
// rounded numbers stays on the threshold's side that the verdict is on. What its
// words say of a guard is taken off, and said where it is much.
func (e *Engine) either(v Verdict) string {
	free := 1 - v.Guarded
	inform, collaborate := percent(free*v.Probabilities[Informing]), percent(free*v.Probabilities[Collaborating])
	sum, threshold := inform+collaborate, 100*e.scale.threshold
	switch sure := v.Confidence() >= e.scale.threshold; {
	case sum > 99 || !sure && float64(sum) >= threshold:
		collaborate--
	case sure && float64(sum) < threshold:
		collaborate++
	}
	text := fmt.Sprintf("informing or collaborating: %d + %d %%", inform, collaborate)
	if v.Guarded >= plainGuard {
		text += fmt.Sprintf(", for its words are often those of guarded ones: %d %%", percent(v.Guarded))
	}
	return text
}

// together says why a harder task is better met for.
var together = [Categories]string{
	ProblemSolving: "a cause is found and mended faster together",
	Creating:       "ideas come easier in company; the questions could go out ahead",
	DecisionMaking: "a decision needs the people who carry it",
	Innovating:     "making something new wants everybody's hands",
	Connecting:     "this is about the people, and nothing written replaces it",
}

const (
	splitIt   = "It could be split: send the updates ahead, and meet shorter for the decision."
	onePerson = "Left as it is: only one person is invited, which is no meeting."
)

// follows says what becomes of the meeting.
func (e *Engine) follows(s Subject, v Verdict) string {
	switch {
	case onlyOne(s):
		return onePerson
	case v.Split():
		return splitIt
	case len(v.Guards) > 0:
		return "Left alone, " + strings.Join(v.Guards, " and ") + ": " + e.guardReason(s, v) + "."
	case v.Category > Collaborating:
		return "Left as it is: " + together[v.Category] + "."
	case !v.Sure && v.Confidence() < e.scale.threshold:
		return fmt.Sprintf("Left as it is: not sure enough (%s; %.4g %% are needed).", e.either(v), 100*e.scale.threshold)
	case !v.Sure:
		return "Left as it is: there is too little to go by."
	}
	counts := ""
	if v.Probabilities[v.Category] < e.scale.threshold {
		counts = " (" + e.either(v) + ")"
	}
	form, _ := e.Form(s, v)
	if v.Category == Informing {
		return "It could be read or watched instead" + counts + ". " + form.sentence()
	}
	return "It is worth a trial in writing" + counts + ". " + form.sentence()
}

// onlyOne reports whether only one person is invited.
func onlyOne(s Subject) bool { return s.People == 1 && !s.PeopleHidden }

// guardReason is what the organization's own list says, else the reason of the
// first guard.
func (e *Engine) guardReason(s Subject, v Verdict) string {
	if listed := e.listed(&s); listed != "" {
		return "the organization's own [never] list holds " + listed
	}
	for _, ev := range v.Evidence {
		if i, known := e.byName[ev.Rule]; known && e.rules[i].guard != none &&
			e.guards[e.rules[i].guard] == v.Guards[0] {
			return reason(ev)
		}
	}
	return "the rules say so"
}

// changes tries what might be learnt of the meeting, and tells what would make
// a difference.
func (e *Engine) changes(s Subject, v Verdict) []string {
	var changes []string
	suggested := v.Suggest() && !onlyOne(s)
	try := func(says string, change func(*Subject)) {
		other := s
		change(&other)
		if (e.Judge(other).Suggest() && !onlyOne(other)) != suggested {
			changes = append(changes, says)
		}
	}
	if suggested {
		try("only two people came", func(t *Subject) { t.People, t.Names = 2, nil })
		try("somebody from outside was invited", func(t *Subject) { t.People, t.External = max(t.People, 4), 0.25 })
		try("a decision hung on it, such as a vote on the agenda", func(t *Subject) {
			t.Body = "Purpose: vote and approve the proposals; final decision.\n\n" + t.Body
		})
		return changes
	}
	if slices.Contains(v.Guards, GuardNever) {
		free := v
		free.Guards = slices.DeleteFunc(slices.Clone(v.Guards), func(g string) bool { return g == GuardNever })
		if free.Suggest() {
			changes = append(changes, "the organization took that off its list")
		}
		return changes
	}
	if s.PeopleHidden {
		try("the guests could be counted", func(t *Subject) { t.PeopleHidden, t.People = false, 8 })
	}
	if s.People > 0 && s.People < 3 {
		try("more people came", func(t *Subject) { t.People, t.Names = 6, nil })
	}
	for _, guard := range v.Guards {
		if len(changes) > 0 {
			break // the simplest change is enough
		}
		switch guard {
		case GuardDecision:
			try("the decision was made elsewhere, and it only shared updates", func(t *Subject) {
				e.strike(t, func(r *rule) bool { return e.raises(r, guard) || r.category == DecisionMaking })
				t.purpose()
			})
		case guardPair:
			try("it was for more people than two, to share updates", func(t *Subject) {
				e.strike(t, func(r *rule) bool { return e.raises(r, guard) || r.category == Connecting })
				t.People, t.Names = 6, nil
				t.purpose()
			})
		case guardExternal:
			try("nobody from outside came", func(t *Subject) {
				e.strike(t, func(r *rule) bool { return e.raises(r, guard) })
				t.External = 0
			})
		case guardPrivate:
			try("it was not private, and said that it is for sharing updates", func(t *Subject) {
				e.strike(t, func(r *rule) bool { return e.raises(r, guard) })
				t.Private = false
				t.purpose()
			})
		}
	}
	switch {
	case len(v.Guards) > 0 || len(changes) > 0:
	case v.Category > Collaborating:
		try("it was only for sharing updates, and said so", func(t *Subject) {
			e.strike(t, func(r *rule) bool { return r.category == v.Category })
			t.purpose()
		})
	case strings.TrimSpace(s.Body) == "":
		try("its description said that it is for sharing updates", (*Subject).purpose)
	}
	return changes
}

// Guards whose meetings could be other ones.
const (
	guardPair     = "one-to-one"
	guardExternal = "external"
	guardPrivate  = "private"
)

// raises reports whether a rule speaks for a guard.
func (e *Engine) raises(r *rule, guard string) bool {
	return r.guard != none && e.guards[r.guard] == guard
}

// purpose lets a description say that the meeting is for sharing updates.
func (s *Subject) purpose() {
	s.Body = "Purpose: share updates. Each team gives a short update.\n\n" + s.Body
	if strings.TrimSpace(s.Title) == "" {
		s.Title = "Update"
	}
}

const strikes = 8 // a rule speaks of more than this only where nothing else is said

// strike takes out of s the words by which rules speak.
func (e *Engine) strike(s *Subject, which func(*rule) bool) {
	for range strikes {
		struck := false
		for _, ev := range e.Judge(*s).Evidence {
			i, known := e.byName[ev.Rule]
			if !known || ev.Phrase == "" || !which(&e.rules[i]) {
				continue
			}
			s.Title = strings.ReplaceAll(s.Title, ev.Phrase, "")
			s.Body = strings.ReplaceAll(s.Body, ev.Phrase, "")
			struck = true
		}
		if !struck {
			return
		}
	}
}
