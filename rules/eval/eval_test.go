package eval_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// verdict is a made-up verdict: category c with probability p, sure from 0.8 on.
func verdict(c rules.Category, p float64, guards ...string) rules.Verdict {
	v := rules.Verdict{Category: c, Sure: p >= 0.8, Guards: guards}
	for k := range v.Probabilities {
		v.Probabilities[k] = (1 - p) / (rules.Categories - 1)
	}
	v.Probabilities[c] = p
	return v
}

func meeting(title, body string, c rules.Category, async, guard string) eval.Meeting {
	return eval.Meeting{ID: title, Subject: rules.Subject{Title: title, Body: body}, Category: c, Async: async, Guard: guard}
}

func TestCompare(t *testing.T) {
	meetings := []eval.Meeting{
		meeting("a", "", rules.Informing, "yes", ""),
		meeting("b", "text", rules.Informing, "maybe", ""),
		meeting("c", "text", rules.Collaborating, "no", "external"),
		meeting("d", "text", rules.Connecting, "no", "social"),
	}
	verdicts := []rules.Verdict{
		verdict(rules.Informing, 0.9),             // right, suggested, right
		verdict(rules.Collaborating, 0.7),         // wrong, not sure
		verdict(rules.Collaborating, 0.85),        // right, suggested, but guarded
		verdict(rules.Connecting, 0.95, "social"), // right
	}
	r := eval.Compare(meetings, verdicts)
	f := r.All
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("accuracy", f.Accuracy, 0.75)
	near("macro-F1", f.MacroF1, (2.0/3+2.0/3+1)/3)
	near("ECE", f.ECE, (0.7+0.15+math.Abs(2-0.9-0.95))/4) // bins 0.7, 0.8 and 0.9
	near("precision", f.Suggested.Precision, 0.5)
	near("recall", f.Suggested.Recall, 0.5)
	near("async no", f.Suggested.AsyncNo, 0.5)
	near("async yes", f.Suggested.AsyncPrecision, 0.5)
	if f.Suggested.Guarded != 1 || f.Suggested.Suggestable != 2 || f.Suggested.Suggested != 2 {
		t.Errorf("suggestions: %+v", f.Suggested)
	}
	if r.Confusion[rules.Informing][rules.Collaborating] != 1 || r.Confusion[rules.Connecting][rules.Connecting] != 1 {
		t.Errorf("confusion: %v", r.Confusion)
	}
	if len(r.Errors) != 2 || r.Errors[0].ID != "c" || r.Errors[1].ID != "b" {
		t.Errorf("errors, surest first: %+v", r.Errors)
	}
	if r.Bare == nil || r.Bare.Meetings != 1 || r.Bare.Accuracy != 1 {
		t.Errorf("bare titles: %+v", r.Bare)
	}
	if f.MacroF1Low > f.MacroF1 || f.MacroF1Hi < f.MacroF1 {
		t.Errorf("macro-F1 %v outside %v to %v", f.MacroF1, f.MacroF1Low, f.MacroF1Hi)
	}
	table := r.Table(5)
	for _, want := range []string{"all: 4 meetings", "accuracy 0.750", "bare titles: 1 meetings", "1 guarded", "worst errors", `c "c": labelled collaborating [external], judged collaborating (85 %) [suggested]`} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestCompareNothing(t *testing.T) {
	r := eval.Compare(nil, nil)
	if r.All.Meetings != 0 || r.Bare != nil || !strings.Contains(r.Table(3), "all: 0 meetings") {
		t.Errorf("%+v", r)
	}
}

func TestRead(t *testing.T) {
	got, err := eval.Read("x.jsonl", strings.NewReader(`{"id":"m1","org":"Acme","title":"Status","description":null,"category":"informing","votes":["informing","collaborating"],"async":"yes","guard":null}`+"\n\n"+`{"id":2,"title":"Lunch","category":"connecting","guard":"social"}`))
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if m := got[0]; m.ID != "m1" || m.Org != "Acme" || !m.Suggestable() || !m.Bare() || len(m.Votes) != 2 || m.Async != "yes" {
		t.Errorf("%+v", m)
	}
	if m := got[1]; m.ID != "2" || m.Suggestable() || m.Guard != "social" {
		t.Errorf("%+v", m)
	}
	for _, c := range []struct{ line, want string }{
		{`{"title":"a"}`, "x.jsonl:1: no category"},
		{`{"title":"a","category":"meeting"}`, "x.jsonl:1: unknown category"},
		{`{`, "x.jsonl:1: not JSON"},
	} {
		if _, err := eval.Read("x.jsonl", strings.NewReader(c.line)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.line, err, c.want)
		}
	}
}
