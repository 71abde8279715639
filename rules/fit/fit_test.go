package fit_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
	"unmeet/rules/eval"
	"unmeet/rules/fit"
)

// Two rules set by hand the wrong way round: "alpha" is said to inform weakly
// and "beta" strongly, and in the meetings it is the other way.
func made(t *testing.T) (*rules.Engine, []eval.Meeting) {
	t.Helper()
	e, err := rules.Load(rules.File{Name: "made.toml", Data: []byte(`
[prior]
collaborating = 1.0
[[rule]]
name = "alpha"
category = "informing"
weight = 1.0
phrases = ["alpha"]
why = "alpha informs"
[[rule]]
name = "beta"
category = "informing"
weight = 3.0
phrases = ["beta"]
why = "beta informs"
[[rule]]
name = "only guards"
guard = "people"
phrases = ["gamma"]
why = "gamma guards"
`)})
	if err != nil {
		t.Fatal(err)
	}
	var all []eval.Meeting
	for i := range 200 {
		m := eval.Meeting{ID: fmt.Sprint(i), Org: fmt.Sprint("org", i%7), Category: rules.Collaborating, Async: "maybe"}
		m.Subject = rules.Subject{Title: "beta gamma"}
		if i%2 == 0 {
			m.Subject.Title, m.Category = "alpha", rules.Informing
		}
		all = append(all, m)
	}
	return e, all
}

func TestFitLearnsFromMeetings(t *testing.T) {
	e, meetings := made(t)
	out, err := fit.Fit(e, meetings, fit.Options{Spread: 2})
	if err != nil {
		t.Fatal(err)
	}
	w := out.Weights.Rules
	if w[0] < 1.5 || w[1] > 2 || w[2] != 0 {
		t.Errorf("weights %v: alpha was to rise, beta to fall, a guard to stay", w)
	}
	if out.Hand.All.Accuracy > 0.6 || out.Fitted.All.Accuracy < 0.99 {
		t.Errorf("accuracy by hand %v, fitted %v", out.Hand.All.Accuracy, out.Fitted.All.Accuracy)
	}
	again, _ := fit.Fit(e, meetings, fit.Options{Spread: 2})
	if diff := cmp.Diff(out, again); diff != "" {
		t.Errorf("not the same twice: %s", diff)
	}
}

func TestStrongPriorKeepsWeights(t *testing.T) {
	e, meetings := made(t)
	out, err := fit.Fit(e, meetings, fit.Options{Spread: 0.001})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range e.Weights().Rules {
		if math.Abs(w-out.Weights.Rules[i]) > 0.01 {
			t.Errorf("weight %d moved from %v to %v", i, w, out.Weights.Rules[i])
		}
	}
}

func TestFitNeedsTwoOrganizations(t *testing.T) {
	e, meetings := made(t)
	for i := range meetings {
		meetings[i].Org = "one"
	}
	if _, err := fit.Fit(e, meetings, fit.Options{}); err == nil {
		t.Error("no error")
	}
}

// No organization is ever judged by what was trained on it.
func TestCrossValidateKeepsOrganizationsApart(t *testing.T) {
	_, meetings := made(t)
	judged := fit.CrossValidate(meetings, 4, func(others []eval.Meeting) eval.Judge {
		seen := map[string]bool{}
		for _, m := range others {
			seen[m.Org] = true
		}
		if len(seen) == 7 {
			t.Error("trained on all organizations")
		}
		return func(s rules.Subject) rules.Verdict { return rules.Verdict{Sure: seen[orgOf(meetings, s)]} }
	})
	if len(judged) != len(meetings) {
		t.Fatalf("%d verdicts of %d meetings", len(judged), len(meetings))
	}
}

func orgOf(meetings []eval.Meeting, s rules.Subject) string {
	for _, m := range meetings {
		if cmp.Equal(m.Subject, s) {
			return m.Org
		}
	}
	return ""
}

func TestThreshold(t *testing.T) {
	var meetings []eval.Meeting
	var judged []rules.Verdict
	for i := range 100 { // right from 0.7 on, wrong below
		p := float64(i) / 100
		m := eval.Meeting{Category: rules.Informing}
		if p < 0.7 {
			m.Category = rules.Connecting
		}
		v := rules.Verdict{Category: rules.Informing, Sure: true}
		v.Probabilities[rules.Informing] = p
		meetings, judged = append(meetings, m), append(judged, v)
	}
	if got := fit.Threshold(meetings, judged, 1); got != 0.7 {
		t.Errorf("threshold %v, want 0.7", got)
	}
	if got := fit.Threshold(meetings[:70], judged[:70], 0.9); got != 0.99 {
		t.Errorf("threshold %v where nothing is right, want 0.99", got)
	}
}
