package rules

import "slices"

// Rule is a rule as people read it: what a file says, with what files over it
// changed.
type Rule struct {
	Name     string   `json:"name"`
	Category string   `json:"category,omitempty"`
	Guard    string   `json:"guard,omitempty"`
	Weight   float64  `json:"weight"` // for its category; for a guard 1 raises it
	Phrases  []string `json:"phrases,omitempty"`
	Title    []string `json:"title,omitempty"`
	Body     []string `json:"body,omitempty"`
	Generic  bool     `json:"generic,omitempty"` // says less where another rule finds words in the title
	Listens  bool     `json:"listens,omitempty"` // the word list speaks through it
	Form     string   `json:"form,omitempty"`
	Language string   `json:"language,omitempty"`
	Why      string   `json:"why"`
	Place    string   `json:"place"` // file:line
}

// Rules lists the rules in force, in the order of the files.
func (e *Engine) Rules() []Rule {
	all := make([]Rule, len(e.rules))
	for i := range e.rules {
		r := &e.rules[i]
		all[i] = Rule{
			Name: r.name, Weight: r.weight, Phrases: slices.Clone(r.doc.Phrases),
			Title: slices.Clone(r.doc.Title), Body: slices.Clone(r.doc.Body),
			Generic: r.generic, Listens: r.words, Form: r.form, Language: r.doc.Language, Why: r.why, Place: r.place,
		}
		if r.category != none {
			all[i].Category = r.category.String()
		} else {
			all[i].Weight = r.guarding
		}
		if r.guard != none {
			all[i].Guard = e.guards[r.guard]
		}
	}
	return all
}

// Rule returns the rule of that name.
func (e *Engine) Rule(name string) (Rule, bool) {
	i, ok := e.byName[name]
	if !ok {
		return Rule{}, false
	}
	return e.Rules()[i], true
}

// Guards lists the guards that the rules can raise.
func (e *Engine) Guards() []string { return append(slices.Clone(e.guards), GuardNever) }

// Hash names the rules: verdicts of another hash are out of date. Sixteen
// hexadecimal digits.
func (e *Engine) Hash() string { return e.hash }

// Threshold is the probability from which a verdict is sure.
func (e *Engine) Threshold() float64 { return e.scale.threshold }

// Temperature is what scores are divided by; Prior the scores before any rule
// speaks.
func (e *Engine) Temperature() float64       { return e.scale.temperature }
func (e *Engine) Prior() [Categories]float64 { return e.prior }
