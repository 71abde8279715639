package fit

import (
	"math"
	"slices"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// problem is the labelled meetings as a log-linear model sees them: each rule
// adds weight × strength to its category's score.
type problem struct {
	start    rules.Weights
	category []rules.Category // by rule; only those with a category have a weight
	weighs   []bool
	features [][]rules.Activation
	label    []rules.Category
}

func newProblem(e *rules.Engine, meetings []eval.Meeting) *problem {
	p := &problem{start: e.Weights()}
	for _, r := range e.Rules() {
		c, err := rules.ParseCategory(r.Category)
		p.category, p.weighs = append(p.category, c), append(p.weighs, err == nil)
	}
	for _, m := range meetings {
		p.features = append(p.features, e.Activations(m.Subject))
		p.label = append(p.label, m.Category)
	}
	return p
}

// scores are the categories' scores of meeting i.
func (p *problem) scores(w *rules.Weights, i int) [rules.Categories]float64 {
	s := w.Prior
	for _, a := range p.features[i] {
		s[p.category[a.Rule]] += w.Rules[a.Rule] * a.Strength
	}
	return s
}

// probabilities are the scores' softmax at a temperature.
func probabilities(s [rules.Categories]float64, temperature float64) [rules.Categories]float64 {
	highest, sum := slices.Max(s[:]), 0.0
	for c := range s {
		s[c] = math.Exp((s[c] - highest) / temperature)
		sum += s[c]
	}
	for c := range s {
		s[c] /= sum
	}
	return s
}

// loss is the summed log loss over the meetings that in names.
func (p *problem) loss(w rules.Weights, temperature float64, in func(int) bool) float64 {
	sum := 0.0
	for i := range p.label {
		if in(i) {
			q := probabilities(p.scores(&w, i), temperature)
			sum -= math.Log(max(q[p.label[i]], 1e-12))
		}
	}
	return sum
}

const (
	steps     = 400
	priorRoom = 1.0 // the categories' priors may move further than a rule's weight
)

// solve finds the weights that are most probable for the meetings that in names,
// given a Gaussian prior of that spread around the weights in the files. The
// problem is convex; gradient descent with a step that is halved until it helps.
func (p *problem) solve(spread float64, in func(int) bool) rules.Weights {
	w := p.clone(p.start)
	value := p.objective(w, spread, in)
	step := 0.1
	for range steps {
		rule, prior := p.gradient(w, spread, in)
		next, lower := w, value
		for step > 1e-9 {
			next = p.clone(w)
			for r := range next.Rules {
				next.Rules[r] -= step * rule[r]
			}
			for c := range next.Prior {
				next.Prior[c] -= step * prior[c]
			}
			if lower = p.objective(next, spread, in); lower <= value {
				break
			}
			step /= 2
		}
		gain := value - lower
		w, value = next, lower
		if gain < 1e-7 {
			break
		}
		step *= 1.5
	}
	return w
}

func (p *problem) clone(w rules.Weights) rules.Weights {
	w.Rules = slices.Clone(w.Rules)
	return w
}

func (p *problem) objective(w rules.Weights, spread float64, in func(int) bool) float64 {
	sum := p.loss(w, 1, in)
	for r := range w.Rules {
		d := (w.Rules[r] - p.start.Rules[r]) / spread
		sum += d * d / 2
	}
	for c := range w.Prior {
		d := (w.Prior[c] - p.start.Prior[c]) / priorRoom
		sum += d * d / 2
	}
	return sum
}

func (p *problem) gradient(w rules.Weights, spread float64, in func(int) bool) (rule []float64, prior [rules.Categories]float64) {
	rule = make([]float64, len(w.Rules))
	for i := range p.label {
		if !in(i) {
			continue
		}
		q := probabilities(p.scores(&w, i), 1)
		q[p.label[i]]--
		for c := range prior {
			prior[c] += q[c]
		}
		for _, a := range p.features[i] {
			rule[a.Rule] += q[p.category[a.Rule]] * a.Strength
		}
	}
	for r := range rule {
		if p.weighs[r] {
			rule[r] += (w.Rules[r] - p.start.Rules[r]) / (spread * spread)
		} else {
			rule[r] = 0
		}
	}
	for c := range prior {
		prior[c] += (w.Prior[c] - p.start.Prior[c]) / (priorRoom * priorRoom)
	}
	return rule, prior
}

// temperature is where the loss of each fold, by the weights fitted to the
// others, is least.
func (p *problem) temperature(fitted []rules.Weights, fold []int) float64 {
	best, lowest := 1.0, math.Inf(1)
	for t := 0.5; t <= 3; t += 0.05 {
		sum := 0.0
		for k := range fitted {
			sum += p.loss(fitted[k], t, func(i int) bool { return fold[i] == k })
		}
		if sum < lowest {
			best, lowest = t, sum
		}
	}
	return math.Round(best*100) / 100
}
