package fit

import (
	"fmt"
	"math"
	"slices"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// ByWriter judges the corpus of each writer by words learned without that
// writer. Rules were written from none of it, so this is what rules and words do
// on meetings of others, apart from what is peculiar to our corpus.
func (m Material) ByWriter(e *rules.Engine, o WordOptions) ([]rules.Verdict, error) {
	return m.crossLearn(e, m.Corpus, Folds(m.Corpus, len(m.Corpus)), o, func(m *Material) *[]eval.Meeting { return &m.Corpus })
}

// ByOrganization judges the open meetings by words learned without the
// organization's fold. The rules know these meetings: only the words' part in it
// is honest.
func (m Material) ByOrganization(e *rules.Engine, o WordOptions) ([]rules.Verdict, error) {
	return m.crossLearn(e, m.Open, 8, o, func(m *Material) *[]eval.Meeting { return &m.Open })
}

// Apart judges the meetings of each organization that was set aside by words
// learned without that organization.
func (m Material) Apart(e *rules.Engine, o WordOptions) ([]rules.Verdict, error) {
	return m.crossLearn(e, m.Aside, Folds(m.Aside, len(m.Aside)), o, func(m *Material) *[]eval.Meeting { return &m.Aside })
}

// crossLearn judges pool, which is part of m, by words learned without the fold.
func (m Material) crossLearn(e *rules.Engine, pool []eval.Meeting, folds int, o WordOptions, part func(*Material) *[]eval.Meeting) ([]rules.Verdict, error) {
	var failed error
	judged := CrossValidate(pool, folds, func(rest []eval.Meeting) eval.Judge {
		without := m
		*part(&without) = rest
		words, err := LearnWords(e, without.Lessons(), o)
		if err == nil {
			base := e
			if o.NoRules {
				base = Wordy(e)
			}
			if e, err := words.Engine(base, 0); err == nil {
				return e.Judge
			}
		}
		failed = err
		return e.Judge
	})
	return judged, failed
}

// Wordy is e with rules that say nothing, but for those that words speak through.
func Wordy(e *rules.Engine) *rules.Engine {
	w := e.Weights()
	for i, r := range e.Rules() {
		if !r.Listens {
			w.Rules[i] = 0
		}
	}
	return e.WithWeights(w)
}

// Cooling is by how much temperature is to be multiplied so that the
// probabilities of verdicts claim what they hold: where log loss is least.
func Cooling(meetings []eval.Meeting, judged []rules.Verdict) float64 {
	best, lowest := 1.0, math.Inf(1)
	for t := 0.5; t <= 2; t += 0.05 {
		loss := 0.0
		for i, m := range meetings {
			loss -= math.Log(max(cooled(judged[i].Probabilities, t)[m.Category], 1e-12))
		}
		if loss < lowest {
			best, lowest = t, loss
		}
	}
	return best
}

// Cool returns verdicts as they would be at a temperature times as high.
func Cool(judged []rules.Verdict, times float64) []rules.Verdict {
	out := slices.Clone(judged)
	for i := range out {
		out[i].Probabilities = cooled(out[i].Probabilities, times)
	}
	return out
}

func cooled(p [rules.Categories]float64, times float64) [rules.Categories]float64 {
	sum := 0.0
	for c := range p {
		p[c] = math.Pow(p[c], 1/times)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

// Point is how suggestions do from a threshold on.
type Point struct {
	Threshold, Precision, Recall, AsyncNo float64
}

// Curve tells how suggestions do from thresholds of 0.5 to 0.98 on, each meeting
// weighted so that categories and guards are as frequent as among like.
func Curve(meetings []eval.Meeting, judged []rules.Verdict, like []eval.Meeting) []Point {
	kind := func(m eval.Meeting) string { return fmt.Sprint(m.Category, m.Guard != "") }
	share := func(all []eval.Meeting) map[string]float64 {
		of := map[string]float64{}
		for _, m := range all {
			of[kind(m)] += 1 / float64(len(all))
		}
		return of
	}
	here, there := share(meetings), share(like)
	const least = 0.002 // so that a kind that like does not have still counts
	var curve []Point
	for step := 50; step <= 98; step++ {
		at := float64(step) / 100
		var all, suggested, right, no float64
		for i, m := range meetings {
			w := (there[kind(m)] + least) / (here[kind(m)] + least)
			if m.Suggestable() {
				all += w
			}
			if !judged[i].Suggest() || judged[i].Confidence() < at {
				continue
			}
			suggested += w
			if m.Suggestable() {
				right += w
			}
			if m.Async == "no" {
				no += w
			}
		}
		if suggested > 0 {
			curve = append(curve, Point{at, right / suggested, right / all, no / suggested})
		}
	}
	return curve
}
