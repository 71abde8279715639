package rules

import (
	"fmt"
	"slices"
	"strings"
)

// test is a [[test]] of a rule file: a subject and what must come out.
type test struct {
	subject  Subject
	category Category // none: any
	guards   []string // these and no others; nil: any
	tasks    []Category
	suggest  *bool
	scale    scale // that the file was written for
	file     string
	line     int
}

// Failure is a [[test]] that did not come out as the file says.
type Failure struct {
	File  string
	Line  int
	Title string
	Want  string
	Got   string
}

// String says what was expected of which meeting, and what came out.
func (f Failure) String() string {
	return fmt.Sprintf("test %q: want %s, got %s", f.Title, f.Want, f.Got)
}

func compileTest(d testDoc) (test, error) {
	t := test{
		category: none, suggest: d.Suggest, guards: d.Guards,
		subject: Subject{
			Title: d.Title, Body: d.Description, Minutes: d.Minutes, Recurrence: d.Recurrence,
			People: d.People, Names: d.Names, External: -1, Optional: d.Optional, Acceptance: -1,
			Private: d.Private, PeopleHidden: d.Hidden, Organizer: d.Organizer, Groups: d.Groups,
		},
	}
	set(&t.subject.External, d.External)
	set(&t.subject.Acceptance, d.Acceptance)
	if d.Category == "" && d.Guards == nil && d.Suggest == nil && d.Tasks == nil {
		return t, fmt.Errorf("test %q expects nothing (category, guards, tasks or suggest)", d.Title)
	}
	if d.Category != "" {
		c, err := ParseCategory(d.Category)
		if err != nil {
			return t, err
		}
		t.category = c
	}
	for _, name := range d.Tasks {
		c, err := ParseCategory(name)
		if err != nil {
			return t, err
		}
		t.tasks = append(t.tasks, c)
	}
	return t, nil
}

// Test runs the [[test]] entries of the rule files and returns those that fail,
// in the order of the files. What a file wants suggested need not be where a later
// file has changed the scale: it may ask to be surer.
func (e *Engine) Test() []Failure {
	var failures []Failure
	for _, t := range e.tests {
		v := e.Judge(t.subject)
		fail := func(want, got string) {
			failures = append(failures, Failure{File: t.file, Line: t.line, Title: t.subject.Title, Want: want, Got: got})
		}
		if t.category != none && v.Category != t.category {
			fail(t.category.String(), fmt.Sprintf("%s (%.0f %%)", v.Category, 100*v.Probabilities[v.Category]))
		}
		if t.guards != nil && !sameNames(t.guards, v.Guards) {
			fail("guards "+list(t.guards), list(v.Guards))
		}
		if t.suggest != nil && *t.suggest != v.Suggest() && (!*t.suggest || t.scale == e.scale) {
			fail(fmt.Sprintf("suggest = %t", *t.suggest),
				fmt.Sprintf("%s, %.0f %% sure, guards %s", v.Category, 100*v.Confidence(), list(v.Guards)))
		}
		if t.tasks != nil && !slices.Equal(t.tasks, v.Tasks) {
			fail(fmt.Sprint("tasks ", t.tasks), fmt.Sprint(v.Tasks))
		}
	}
	return failures
}

// Tests is how many [[test]] entries the rule files have.
func (e *Engine) Tests() int { return len(e.tests) }

func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
