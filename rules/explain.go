package rules

import (
	"fmt"
	"strings"
)

// Explanation is a verdict in words.
type Explanation struct {
	Headline string   // what it looks like, and how sure that is
	Because  []string // the reasons, strongest first
	Against  []string // what speaks for something else
	Verdict  string   // what follows: suggested or not, and why
	Change   []string // what would change it
}

// String is the explanation as a text of a few lines.
func (x Explanation) String() string {
	var b strings.Builder
	b.WriteString(x.Headline + "\n")
	for _, line := range x.Because {
		b.WriteString("  + " + line + "\n")
	}
	for _, line := range x.Against {
		b.WriteString("  - " + line + "\n")
	}
	b.WriteString(x.Verdict + "\n")
	for _, line := range x.Change {
		b.WriteString("  ? " + line + "\n")
	}
	return b.String()
}

// Explain puts v, which Judge said of s, into words: why, what follows, and
// what would change it. What it says would change the verdict has been tried.
func (e *Engine) Explain(s Subject, v Verdict) Explanation {
	x := Explanation{Headline: headline(s, v)}
	for _, ev := range v.Evidence {
		i, known := e.byName[ev.Rule]
		if !known {
			continue
		}
		r := &e.rules[i]
		line := quoted(ev.Phrase) + ev.Why
		switch {
		case r.category == none || r.category == v.Category && ev.Weight > 0:
			x.Because = append(x.Because, line)
		case ev.Weight > 0:
			x.Against = append(x.Against, line)
		}
	}
	x.Verdict = e.follows(s, v)
	x.Change = e.changes(s, v)
	return x
}

func quoted(phrase string) string {
	if phrase == "" {
		return ""
	}
	return "“" + strings.Join(strings.Fields(phrase), " ") + "”: "
}

// headline says what the meeting looks like.
func headline(s Subject, v Verdict) string {
	title := strings.TrimSpace(s.Title)
	if title == "" {
		title = "This meeting"
	} else {
		title = "“" + title + "”"
	}
	p := v.Probabilities[v.Category]
	looks := "is most likely"
	switch {
	case p >= 0.85:
		looks = "is"
	case p < 0.5:
		looks = "may be"
	}
	text := fmt.Sprintf("%s %s %s (%.0f %%)", title, looks, v.Category, 100*p)
	if second := runnerUp(v); v.Probabilities[second] >= 0.15 {
		text += fmt.Sprintf(", or else %s (%.0f %%)", second, 100*v.Probabilities[second])
	}
	return text + "."
}

func runnerUp(v Verdict) Category {
	p := v.Probabilities
	p[v.Category] = -1
	return top(p)
}

// follows says what becomes of the meeting.
func (e *Engine) follows(s Subject, v Verdict) string {
	switch {
	case len(v.Guards) > 0:
		return "Left alone: " + strings.Join(v.Guards, ", ") + "."
	case v.Category > Collaborating && v.Split():
		return "Could be split: send the updates ahead, and meet shorter for the decision."
	case v.Category > Collaborating:
		return "Left as it is: this is better done together."
	case !v.Sure:
		return fmt.Sprintf("Left as it is: not sure enough (%.0f %%, %.0f %% needed).", 100*v.Confidence(), 100*e.scale.threshold)
	case v.Split():
		return "Could be split: send the updates ahead, and meet shorter for the decision."
	}
	form, _ := e.Form(s, v)
	if v.Category == Informing {
		return "Could be read instead. What fits " + form.String() + "."
	}
	return "Worth a trial in writing. What fits " + form.String() + "."
}

// changes tries what might be learnt of the meeting, and tells what would make
// a difference.
func (e *Engine) changes(s Subject, v Verdict) []string {
	var changes []string
	try := func(change func(*Subject), says string) {
		other := s
		change(&other)
		if w := e.Judge(other); w.Suggest() != v.Suggest() {
			changes = append(changes, says)
		}
	}
	if v.Suggest() {
		try(func(t *Subject) { t.People = 2; t.Names = nil }, "if only two people came, it would be left alone")
		try(func(t *Subject) { t.External, t.People = 0.5, max(t.People, 4) }, "if guests from outside came, it would be left alone")
		try(func(t *Subject) { t.Body = "Agenda: vote and approve. " + t.Body }, "if its description said that people vote or approve something, it would be left alone")
		return changes
	}
	if s.PeopleHidden {
		try(func(t *Subject) { t.PeopleHidden, t.People = false, 8 }, "if the guests could be counted, it could be suggested")
	}
	if strings.TrimSpace(s.Body) == "" {
		try(func(t *Subject) { t.Body = "Purpose: share updates." }, "if its description said that it is for sharing updates, it could be suggested")
	}
	if s.People > 0 && s.People < 3 {
		try(func(t *Subject) { t.People = 6 }, "if more people came, it could be suggested")
	}
	return changes
}
