package rules

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// File is a rule file: its name, as errors show it, and what is in it.
type File struct {
	Name string
	Data []byte
}

// FileError says what is wrong with a rule file, where, and what to do.
type FileError struct {
	File         string
	Line, Column int // from 1; 0 where the whole file is meant
	Message      string
	Hint         string // "" where the message says it all
}

// Error says where and what, as compilers do.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// FileErrors are all that is wrong with the files of one Load, in order.
type FileErrors []*FileError

// Error lists them, one a line.
func (es FileErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Hint is the first hint among them, "" if there is none.
func (es FileErrors) Hint() string {
	for _, e := range es {
		if e.Hint != "" {
			return e.Hint
		}
	}
	return ""
}

// document is a rule file as TOML has it. Pointers tell what a file leaves out:
// there, the files below it hold.
type document struct {
	Language string             `toml:"language"`
	Prior    map[string]float64 `toml:"prior"`
	Scale    scaleDoc           `toml:"scale"`
	Words    wordsDoc           `toml:"words"`
	Never    neverDoc           `toml:"never"`
	Rules    []ruleDoc          `toml:"rule"`
	Tests    []testDoc          `toml:"test"`
}

type scaleDoc struct {
	Temperature *float64 `toml:"temperature"`
	Threshold   *float64 `toml:"threshold"`
	Body        *float64 `toml:"body"`
	Lead        *float64 `toml:"lead"`
	Length      *int     `toml:"length"`
	Task        *float64 `toml:"task"`
}

type wordsDoc struct {
	Common   []string `toml:"common"`
	Known    []string `toml:"known"`
	Negation []string `toml:"negation"`
	Plain    []string `toml:"plain"`
	Lead     []string `toml:"lead"`
	Aside    []string `toml:"aside"`
	Links    []string `toml:"links"`
	Fills    []string `toml:"fills"`
	Turns    []string `toml:"turns"`
}

type neverDoc struct {
	Titles     []string `toml:"titles"`
	Organizers []string `toml:"organizers"`
	Groups     []string `toml:"groups"`
}

type ruleDoc struct {
	Name     string   `toml:"name"`
	Category *string  `toml:"category"`
	Guard    *string  `toml:"guard"`
	Weight   *float64 `toml:"weight"`
	Phrases  []string `toml:"phrases"`
	Title    []string `toml:"title"`
	Body     []string `toml:"body"`
	Unless   []string `toml:"unless"`
	Beside   []string `toml:"beside"`
	Without  []string `toml:"without"`
	When     *whenDoc `toml:"when"`
	Language string   `toml:"language"`
	Generic  *bool    `toml:"generic"`
	Listens  *bool    `toml:"listens"`
	Form     *string  `toml:"form"`
	What     *string  `toml:"what"`
	Why      *string  `toml:"why"`
	Off      *bool    `toml:"off"`
}

type whenDoc struct {
	PeopleMin     int      `toml:"people_min"`
	PeopleMax     int      `toml:"people_max"`
	MinutesMin    int      `toml:"minutes_min"`
	MinutesMax    int      `toml:"minutes_max"`
	Cadence       []string `toml:"cadence"`
	Recurring     *bool    `toml:"recurring"`
	OptionalMin   float64  `toml:"optional_min"`
	ExternalMin   float64  `toml:"external_min"`
	AcceptanceMax float64  `toml:"acceptance_max"`
	Title         string   `toml:"title"`
	TitleWordsMax int      `toml:"title_words_max"`
	Described     *bool    `toml:"described"`
	Private       bool     `toml:"private"`
	Hidden        bool     `toml:"hidden"`
}

type testDoc struct {
	Title       string   `toml:"title"`
	Description string   `toml:"description"`
	Minutes     int      `toml:"minutes"`
	Recurrence  string   `toml:"recurrence"`
	People      int      `toml:"people"`
	Names       []string `toml:"names"`
	External    *float64 `toml:"external"`
	Optional    float64  `toml:"optional"`
	Acceptance  *float64 `toml:"acceptance"`
	Private     bool     `toml:"private"`
	Hidden      bool     `toml:"hidden"`
	Organizer   string   `toml:"organizer"`
	Groups      []string `toml:"groups"`

	Category string   `toml:"category"`
	Guards   []string `toml:"guards"`
	Tasks    []string `toml:"tasks"`
	Suggest  *bool    `toml:"suggest"`
	Why      string   `toml:"why"`
}

// position is a place in a file, from 1.
type position struct{ line, column int }

// source is a parsed file with the places of its keys.
type source struct {
	File
	document
	places map[string]position // "rule[2].weight", "rule[2]", "prior.informing"
}

// fault makes an error at the place of the first of keys that the file has.
func (s *source) fault(hint, message string, keys ...string) *FileError {
	e := &FileError{File: s.Name, Message: message, Hint: hint}
	for _, key := range keys {
		if p, ok := s.places[key]; ok {
			e.Line, e.Column = p.line, p.column
			break
		}
	}
	return e
}

// parse reads a file strictly: a key that is not known is an error.
func parse(f File) (*source, FileErrors) {
	s := &source{File: f}
	decoder := toml.NewDecoder(bytes.NewReader(f.Data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&s.document)

	var missing *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &missing):
		var all FileErrors
		for i := range missing.Errors {
			e := &missing.Errors[i]
			row, column := e.Position()
			all = append(all, &FileError{
				File: f.Name, Line: row, Column: column,
				Message: fmt.Sprintf("unknown key %q", strings.Join(e.Key(), ".")), Hint: knownKeys(e.Key()),
			})
		}
		return nil, all
	case errors.As(err, &wrong):
		row, column := wrong.Position()
		message, hint := TOMLFault(f.Data, wrong)
		return nil, FileErrors{{File: f.Name, Line: row, Column: column, Message: message, Hint: hint}}
	case err != nil:
		return nil, FileErrors{{File: f.Name, Message: err.Error()}}
	}
	s.places = places(f.Data)
	return s, nil
}

// knownKeys lists the keys that may stand where an unknown one was found.
func knownKeys(key []string) string {
	if len(key) > 1 {
		switch strings.Join(key[:len(key)-1], ".") {
		case "rule":
			return "a rule has name, category, guard, weight, phrases, title, body, unless, beside, without, when, generic, listens, form, language, why, off"
		case "rule.when":
			return "when has people_min, people_max, minutes_min, minutes_max, cadence, recurring, optional_min, external_min, acceptance_max, title, title_words_max, described, private, hidden"
		case "test":
			return "a test has title, description, minutes, recurrence, people, names, external, optional, acceptance, private, hidden, organizer, groups, and expects category, guards, tasks, suggest; why is for people"
		case "never":
			return "never has titles, organizers, groups"
		case "scale":
			return "scale has temperature, threshold, body, lead, length, task"
		case "words":
			return "words has common, negation, plain, lead, aside, links, fills, turns"
		}
	}
	return "a rule file has language, [prior], [scale], [words], [never], [[rule]] and [[test]]"
}

// places finds where each key of a file stands.
func places(data []byte) map[string]position {
	found := map[string]position{}
	count := map[string]int{}
	var parser unstable.Parser
	parser.Reset(data)
	prefix := ""
	starts := []int{0} // of lines
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	at := func(n *unstable.Node) position {
		offset := int(n.Raw.Offset)
		line, found := slices.BinarySearch(starts, offset)
		if !found {
			line--
		}
		return position{line + 1, offset - starts[line] + 1}
	}
	for parser.NextExpression() {
		expression := parser.Expression()
		var parts []string
		var first *unstable.Node
		for it := expression.Key(); it.Next(); {
			node := it.Node()
			if first == nil {
				copied := *node
				first = &copied
			}
			parts = append(parts, string(node.Data))
		}
		if first == nil {
			continue
		}
		switch expression.Kind {
		case unstable.ArrayTable:
			name := strings.Join(parts, ".")
			prefix = fmt.Sprintf("%s[%d]", name, count[name])
			count[name]++
			found[prefix] = at(first)
		case unstable.Table:
			if n := count[parts[0]]; n > 0 {
				parts[0] = fmt.Sprintf("%s[%d]", parts[0], n-1)
			}
			prefix = strings.Join(parts, ".")
			found[prefix] = at(first)
		case unstable.KeyValue:
			key := strings.Join(parts, ".")
			if prefix != "" {
				key = prefix + "." + key
			}
			found[key] = at(first)
		}
	}
	return found
}
