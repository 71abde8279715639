package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Weights are the numbers of an engine that can be fitted to labelled meetings.
type Weights struct {
	Rules       []float64 // in the order of Rules; rules that only guard keep 0
	Prior       [Categories]float64
	Temperature float64
	Threshold   float64
}

// Weights returns the numbers in force.
func (e *Engine) Weights() Weights {
	w := Weights{Prior: e.prior, Temperature: e.scale.temperature, Threshold: e.scale.threshold}
	for i := range e.rules {
		w.Rules = append(w.Rules, e.rules[i].weight)
	}
	return w
}

// WithWeights returns an engine of the same rules with other numbers.
func (e *Engine) WithWeights(w Weights) *Engine {
	other := &Engine{
		rules: slices.Clone(e.rules), byName: e.byName, prior: w.Prior, scale: e.scale, never: e.never,
		guards: e.guards, lexicon: e.lexicon, phrases: e.phrases, structural: e.structural, listening: e.listening,
		languages: e.languages, tests: e.tests,
	}
	other.scale.temperature, other.scale.threshold = w.Temperature, w.Threshold
	for i := range other.rules {
		other.rules[i].weight = w.Rules[i]
	}
	other.hash = fmt.Sprintf("%s+%x", e.hash, hashOf(w))
	return other
}

// WithWords returns an engine of the same rules that listens to another word
// list, or to none where the file is empty.
func (e *Engine) WithWords(f File) (*Engine, error) {
	listed, faults := parseWords(f)
	if faults != nil {
		return nil, faults
	}
	other := e.WithWeights(e.Weights())
	lex := *e.lexicon
	lex.vocabulary = compileWords(listed)
	other.lexicon = &lex
	other.hash = fmt.Sprintf("%s+%x", e.hash, hashBytes(f.Data))
	return other, nil
}

func hashOf(w Weights) uint64 {
	return hashBytes(fmt.Append(nil, w))
}

// Rewrite returns the rule file with other numbers in place of its own, and all
// else, comments included, as it was. Rules that the file does not hold, or
// holds without a weight, are passed over; so are settings it does not make.
func (e *Engine) Rewrite(f File, w Weights) (File, error) {
	if strings.HasSuffix(f.Name, wordListSuffix) {
		return f, nil
	}
	s, faults := parse(f)
	if faults != nil {
		return File{}, faults
	}
	numbers := map[string]string{
		"scale.temperature": number(w.Temperature), "scale.threshold": number(w.Threshold),
	}
	for c, p := range w.Prior {
		numbers["prior."+Category(c).String()] = number(p)
	}
	for i, doc := range s.Rules {
		if at, ok := e.byName[doc.Name]; ok && doc.Weight != nil && e.rules[at].category != none {
			numbers[fmt.Sprintf("rule[%d].weight", i)] = number(w.Rules[at])
		}
	}
	lines := strings.SplitAfter(string(f.Data), "\n")
	for _, key := range slices.Sorted(maps.Keys(numbers)) {
		p, ok := s.places[key]
		if !ok {
			continue
		}
		line := lines[p.line-1]
		equals := p.column - 1 + strings.IndexByte(line[p.column-1:], '=')
		from := equals + 1
		for from < len(line) && (line[from] == ' ' || line[from] == '\t') {
			from++
		}
		to := from
		for to < len(line) && strings.IndexByte("+-.0123456789eE_", line[to]) >= 0 {
			to++
		}
		lines[p.line-1] = line[:from] + numbers[key] + line[to:]
	}
	return File{Name: f.Name, Data: []byte(strings.Join(lines, ""))}, nil
}

func number(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	text = strings.TrimRight(text, "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	if text == "-0.0" {
		return "0.0"
	}
	return text
}
