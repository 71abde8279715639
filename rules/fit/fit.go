package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// Options say how to fit. The zero value is replaced by what is usual.
type Options struct {
	Folds     int     // organizations are dealt into so many folds; 10
	Spread    float64 // how far a weight may move: standard deviation of its prior; 0 tries several
	Precision float64 // of suggestions, that the threshold has to reach; 0.97
}

// Outcome is what was fitted, and how well it does on organizations that it was
// not fitted to.
type Outcome struct {
	Weights rules.Weights
	Spread  float64
	Loss    map[float64]float64 // cross-validated mean log loss by spread, before temperature

	Hand   eval.Result // the weights as they stood, judged on the same meetings
	Fitted eval.Result // each fold judged by weights fitted to the other folds
}

var spreads = []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.8}

// Fit fits the weights of e to the meetings.
func Fit(e *rules.Engine, meetings []eval.Meeting, o Options) (Outcome, error) {
	o.Folds = cmp.Or(o.Folds, 10)
	o.Precision = cmp.Or(o.Precision, 0.97)
	folds := Folds(meetings, o.Folds)
	if folds < 2 {
		return Outcome{}, fmt.Errorf("cross-validation needs meetings of two organizations or more")
	}
	fold := assign(meetings, o.Folds)
	problem := newProblem(e, meetings)
	tried := spreads
	if o.Spread > 0 {
		tried = []float64{o.Spread}
	}

	out := Outcome{Hand: eval.Evaluate(e.Judge, meetings), Loss: map[float64]float64{}}
	var best []rules.Weights
	lowest := math.Inf(1)
	for _, spread := range tried {
		fitted := make([]rules.Weights, folds)
		loss := 0.0
		for k := range fitted {
			fitted[k] = problem.solve(spread, func(i int) bool { return fold[i] != k })
			loss += problem.loss(fitted[k], 1, func(i int) bool { return fold[i] == k })
		}
		out.Loss[spread] = loss / float64(len(meetings))
		if loss < lowest {
			lowest, best, out.Spread = loss, fitted, spread
		}
	}
	temperature := problem.temperature(best, fold)
	judged := make([]rules.Verdict, len(meetings))
	judge := func(threshold float64) {
		for k := range best {
			w := best[k]
			w.Temperature, w.Threshold = temperature, threshold
			engine := e.WithWeights(w)
			for i, m := range meetings {
				if fold[i] == k {
					judged[i] = engine.Judge(m.Subject)
				}
			}
		}
	}
	judge(0)
	threshold := Threshold(meetings, judged, o.Precision)
	judge(threshold)
	out.Fitted = eval.Compare(meetings, judged)
	out.Weights = problem.solve(out.Spread, func(int) bool { return true })
	out.Weights.Temperature, out.Weights.Threshold = temperature, threshold
	return out, nil
}

// Folds is how many folds there can be: not more than organizations.
func Folds(meetings []eval.Meeting, wanted int) int {
	orgs := map[string]bool{}
	for _, m := range meetings {
		orgs[m.Org] = true
	}
	return min(wanted, len(orgs))
}

// assign deals the organizations into folds of about the same size, the largest
// first, and returns each meeting's fold.
func assign(meetings []eval.Meeting, wanted int) []int {
	count := map[string]int{}
	var orgs []string
	for _, m := range meetings {
		if count[m.Org] == 0 {
			orgs = append(orgs, m.Org)
		}
		count[m.Org]++
	}
	slices.SortFunc(orgs, func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	size := make([]int, Folds(meetings, wanted))
	of := map[string]int{}
	for _, org := range orgs {
		smallest := slices.Index(size, slices.Min(size))
		of[org] = smallest
		size[smallest] += count[org]
	}
	fold := make([]int, len(meetings))
	for i, m := range meetings {
		fold[i] = of[m.Org]
	}
	return fold
}

// CrossValidate judges each fold by whatever train makes of the other folds, and
// returns the verdicts in the order of the meetings. Baselines go through it to
// be compared on the same folds.
func CrossValidate(meetings []eval.Meeting, folds int, train func([]eval.Meeting) eval.Judge) []rules.Verdict {
	fold := assign(meetings, folds)
	judged := make([]rules.Verdict, len(meetings))
	for k := range Folds(meetings, folds) {
		var others []eval.Meeting
		for i, m := range meetings {
			if fold[i] != k {
				others = append(others, m)
			}
		}
		judge := train(others)
		for i, m := range meetings {
			if fold[i] == k {
				judged[i] = judge(m.Subject)
			}
		}
	}
	return judged
}

// Threshold is the lowest confidence, in steps of 0.01 from 0.5, from which
// suggestions reach the precision with at most one in fifty labelled async =
// no, at it and at each higher one of practical use. 0.99 if there is none.
func Threshold(meetings []eval.Meeting, judged []rules.Verdict, precision float64) float64 {
	found := 0.99
	for step := 99; step >= 50; step-- {
		at := float64(step) / 100
		suggested, right, no := 0, 0, 0
		for i, m := range meetings {
			v := judged[i]
			if !v.Suggest() || v.Confidence() < at {
				continue
			}
			suggested++
			if m.Suggestable() {
				right++
			}
			if m.Async == "no" {
				no++
			}
		}
		switch {
		case suggested < 20:
			continue // too few to tell
		case float64(right) < precision*float64(suggested) || 50*no > suggested:
			return found
		}
		found = at
	}
	return found
}
