package rules

import (
	"fmt"
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
	x := Explanation{Headline: headline(s, v), So: e.follows(s, v), Change: e.changes(s, v)}
	for _, ev := range v.Evidence {
		i, known := e.byName[ev.Rule]
		if !known || e.rules[i].category == none {
			continue // guards speak in what follows
		}
		r := &e.rules[i]
		switch {
		case r.category == v.Category && ev.Weight > 0 && len(x.Because) < becauseLines:
			x.Because = append(x.Because, reason(ev))
		case r.category != v.Category && ev.Weight >= plainDoubt && len(x.But) < butLines:
			x.But = append(x.But, reason(ev)+" ("+r.category.String()+")")
		}
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
	text := fmt.Sprintf("%s %s %s (%.0f %%)", title, looks, v.Category, 100*p)
	rest := v.Probabilities
	rest[v.Category] = -1
	if second := top(rest); v.Probabilities[second] >= 0.15 {
		text += fmt.Sprintf(", or else %s (%.0f %%)", second, 100*v.Probabilities[second])
	}
	return text + "."
}

// together says why a harder task is better met for.
var together = [Categories]string{
	ProblemSolving: "a cause is found and mended faster together",
	Creating:       "ideas come easier in company; the questions could go out ahead",
	DecisionMaking: "a decision needs the people who carry it",
	Innovating:     "making something new wants everybody's hands",
	Connecting:     "this is about the people, and nothing written replaces it",
}

const splitIt = "It could be split: send the updates ahead, and meet shorter for the decision."

// follows says what becomes of the meeting.
func (e *Engine) follows(s Subject, v Verdict) string {
	switch {
	case v.Split():
		return splitIt
	case len(v.Guards) > 0:
		return "Left alone, " + strings.Join(v.Guards, " and ") + ": " + e.guardReason(v) + "."
	case v.Category > Collaborating:
		return "Left as it is: " + together[v.Category] + "."
	case !v.Sure && v.Confidence() < e.scale.threshold:
		return fmt.Sprintf("Left as it is: not sure enough (%.0f %%, and %.0f %% are needed).",
			100*v.Confidence(), 100*e.scale.threshold)
	case !v.Sure:
		return "Left as it is: there is too little to go by."
	}
	form, _ := e.Form(s, v)
	if v.Category == Informing {
		return "It could be read or watched instead. " + form.sentence()
	}
	return "It is worth a trial in writing. " + form.sentence()
}

// guardReason is the reason of the first guard that gives one.
func (e *Engine) guardReason(v Verdict) string {
	for _, ev := range v.Evidence {
		if i, known := e.byName[ev.Rule]; known && e.rules[i].guard != none &&
			e.guards[e.rules[i].guard] == v.Guards[0] {
			return reason(ev)
		}
	}
	return "the organization says so"
}

// changes tries what might be learnt of the meeting, and tells what would make
// a difference.
func (e *Engine) changes(s Subject, v Verdict) []string {
	var changes []string
	try := func(says string, change func(*Subject)) {
		other := s
		change(&other)
		if e.Judge(other).Suggest() != v.Suggest() {
			changes = append(changes, says)
		}
	}
	if v.Suggest() {
		try("only two people came", func(t *Subject) { t.People, t.Names = 2, nil })
		try("somebody from outside was invited", func(t *Subject) { t.People, t.External = max(t.People, 4), 0.25 })
		try("a decision hung on it, such as a vote on the agenda", func(t *Subject) {
			t.Body = "Purpose: vote and approve the proposals; final decision.\n\n" + t.Body
		})
		return changes
	}
	if s.PeopleHidden {
		try("the guests could be counted", func(t *Subject) { t.PeopleHidden, t.People = false, 8 })
	}
	if s.People > 0 && s.People < 3 {
		try("more people came", func(t *Subject) { t.People = 6 })
	}
	if v.Category <= Collaborating && strings.TrimSpace(s.Body) == "" {
		try("its description said that it is for sharing updates", func(t *Subject) {
			t.Body = "Purpose: share updates. Each team gives a short update."
		})
	}
	return changes
}
