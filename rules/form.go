package rules

import (
	"fmt"
	"slices"
)

// Form is the async form that fits a meeting, as the taxonomy's page has them.
type Form struct {
	Name string // one of "email", "chat message", "recorded video", "audio", "shared document", "project board", "long-form writing"
	Why  string // what it is for, to go before the name: "a demo to 40 people"
}

// String is the form with its reason: "a demo to 40 people: a recorded video".
func (f Form) String() string {
	article := "a "
	if f.Name == "email" || f.Name == "audio" {
		article = "an "
	}
	switch f.Name {
	case "long-form writing":
		article = ""
	case "audio":
		return f.Why + ": an audio message"
	}
	return f.Why + ": " + article + f.Name
}

var forms = [...]string{
	"email", "chat message", "recorded video", "audio", "shared document", "project board", "long-form writing",
}

// sentence is the form with its reason as a sentence.
func (f Form) sentence() string {
	return "What fits " + f.String() + "."
}

// people counts people.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

const (
	manyPeople = 15 // more than this do not fit one chat
	longUpdate = 45 // minutes: more than a message can say
)

// Form says in which async form s could happen instead, judged as v. The rule
// that speaks strongest names the form; where none does, the task and the
// number of people decide. Only informing and collaborating meetings have one.
func (e *Engine) Form(s Subject, v Verdict) (Form, bool) {
	if v.Category > Collaborating {
		return Form{}, false
	}
	name, what := "", ""
	for _, ev := range v.Evidence {
		i, known := e.byName[ev.Rule]
		if known && e.rules[i].form != "" && e.rules[i].category == v.Category && ev.Weight > 0 {
			name = e.rules[i].form
			if named := e.rules[i].doc.What; named != nil {
				what = *named
			}
			break
		}
	}
	between := "of"
	if what == "" || name == "recorded video" || name == "email" { // few tell many
		between = "to"
	}
	if what == "" && v.Category == Collaborating {
		what, between = "work on a known task", "among"
	} else if what == "" {
		what = "an update"
	}
	switch {
	case name == "" && v.Category == Collaborating:
		name = "shared document"
	case name == "" && s.Minutes > longUpdate:
		name = "recorded video"
	case name == "" && s.People > 0 && s.People <= manyPeople:
		name = "chat message"
	case name == "":
		name = "email"
	case name == "chat message" && s.People > manyPeople:
		name = "email"
	}
	if s.People > 0 {
		what += " " + between + " " + people(s.People)
	}
	return Form{Name: name, Why: what}, true
}

// Split reports whether a meeting both informs and decides, each plainly, and
// nothing but the decision guards it: then the updates can go ahead in writing,
// and people meet shorter for the decision.
func (v Verdict) Split() bool {
	for _, guard := range v.Guards {
		if guard != GuardDecision {
			return false
		}
	}
	return slices.Contains(v.Tasks, Informing) && slices.Contains(v.Tasks, DecisionMaking)
}
