package fit

import (
	"math"
	"slices"

	"unmeet/rules"
)

// example is a labelled meeting as the word model sees it.
type example struct {
	features []feature
	rules    [rules.Categories]float64 // what the rules say
	trusts   bool                      // the rules did not see it: how loud they are can be learned from it
	label    int
	source   int // which lessons it is of
	weight   float64
}

type feature struct {
	at    int32
	value float64
}

// model is a fitted log-linear model.
type model struct {
	classes int
	weights []float64   // by feature, then class
	bias    [][]float64 // by source, then class
	loud    float64     // what the rules' scores are multiplied with
}

// features are the features of a subject.
func (t *terms) features(s rules.Subject) []feature {
	var all []feature
	found := rules.TermsOf(s)
	note := func(stem string, part int32, value float64) {
		if at, ok := t.number[stem]; ok {
			value *= t.room(stem)
			all = append(all, feature{at, value}, feature{at + 1 + part, value * t.part})
		}
	}
	add := func(list []rules.Term, part int32, value float64) {
		for _, term := range list {
			note(term.Stem, part, value)
			for _, group := range t.kindred.groups[term.Stem] {
				note(group, part, value)
			}
		}
	}
	add(found.Title, 0, 1)
	add(found.Body, 1, found.BodyLoud)
	return all
}

// examples are the lessons as both models see them: of the task, and of guards
// where no rule raises one.
func examples(e *rules.Engine, t *terms, lessons []Lessons, o WordOptions) (tasks, guards []example) {
	scores := ruleScores(e)
	for source, l := range lessons {
		for _, m := range l.Meetings {
			x := example{features: t.features(m.Subject), label: int(m.Category), source: source, weight: l.Weight}
			g := example{features: x.features, source: source, weight: l.Weight}
			if !l.Seen && !o.NoRules {
				x.hear(scores(m.Subject))
			}
			tasks = append(tasks, x)
			if l.Guards && len(e.Judge(m.Subject).Guards) == 0 {
				if m.Guard != "" {
					g.label = 1
				}
				guards = append(guards, g)
			}
			if !m.Bare() && o.Bare > 0 {
				title := m.Subject
				title.Body = ""
				x := example{features: t.features(title), label: int(m.Category), source: source, weight: l.Weight * o.Bare}
				if !l.Seen && !o.NoRules {
					x.hear(scores(title))
				}
				tasks = append(tasks, x)
			}
		}
	}
	return tasks, guards
}

// hear lets the rules speak beside the words, which are the fainter for it.
func (x *example) hear(said [rules.Categories]float64) {
	x.rules, x.trusts = said, true
	faint := rules.Faintness(slices.Max(said[:]))
	x.features = slices.Clone(x.features)
	for i := range x.features {
		x.features[i].value *= faint
	}
}

// ruleScores returns what the rules add to the categories' scores, without
// their priors.
func ruleScores(e *rules.Engine) func(rules.Subject) [rules.Categories]float64 {
	weights := e.Weights()
	category := make([]rules.Category, len(weights.Rules))
	for i, r := range e.Rules() {
		category[i], _ = rules.ParseCategory(r.Category) // rules that only guard are never active
	}
	return func(s rules.Subject) (sum [rules.Categories]float64) {
		for _, a := range e.Activations(s) {
			sum[category[a.Rule]] += weights.Rules[a.Rule] * a.Strength
		}
		return sum
	}
}

const (
	biasPull = 0.5
	rounds   = 200
)

// train fits a model: maximum a posteriori with Gaussian priors around 0. The
// rules' scores get one factor; where learnLoud is false it is 0.
func train(examples []example, features, classes, sources int, pull float64, learnLoud bool) *model {
	words := features * classes
	size := words + sources*classes + 1
	start := make([]float64, size)
	if learnLoud {
		start[size-1] = 1
	}
	objective := func(x, g []float64) float64 {
		clear(g)
		sum := 0.0
		for i := range size - 1 {
			p := pull
			if i >= words {
				p = biasPull
			}
			sum += p * x[i] * x[i] / 2
			g[i] = p * x[i]
		}
		loud := x[size-1]
		var s [rules.Categories]float64
		for k := range examples {
			e := &examples[k]
			bias := words + e.source*classes
			for c := range classes {
				s[c] = x[bias+c] + loud*e.rules[c]
			}
			for _, f := range e.features {
				at := int(f.at) * classes
				for c, w := range x[at : at+classes] {
					s[c] += f.value * w
				}
			}
			highest, total := slices.Max(s[:classes]), 0.0
			sum -= e.weight * (s[e.label] - highest)
			for c := range classes {
				s[c] = math.Exp(s[c] - highest)
				total += s[c]
			}
			sum += e.weight * math.Log(total)
			for c := range classes {
				s[c] *= e.weight / total
			}
			s[e.label] -= e.weight
			for c := range classes {
				g[bias+c] += s[c]
				if learnLoud && e.trusts {
					g[size-1] += s[c] * e.rules[c]
				}
			}
			for _, f := range e.features {
				at := int(f.at) * classes
				for c := range classes {
					g[at+c] += f.value * s[c]
				}
			}
		}
		return sum
	}
	x := minimize(objective, start, rounds)
	m := &model{classes: classes, weights: x[:words], loud: x[size-1]}
	for k := range sources {
		m.bias = append(m.bias, x[words+k*classes:words+(k+1)*classes])
	}
	return m
}
