package fit_test

import (
	"cmp"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"unmeet/rules"
	"unmeet/rules/eval"
	"unmeet/rules/fit"
)

// labelled reads the labelled meetings that lie beside the repository, in two
// parts: those that rules may be written from, and the set-aside organizations.
func labelled(t *testing.T) (open, aside []eval.Meeting) {
	t.Helper()
	shared := cmp.Or(os.Getenv("UNMEET_SHARED"), filepath.Join("..", "..", "..", "shared"))
	name := filepath.Join(shared, "judgement", "dev.jsonl")
	open, aside, err := fit.Labelled(name, filepath.Join("..", "testdata", "set-aside.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s not present", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return open, aside
}

// mostCommon judges every meeting to be of the most common category.
func mostCommon(meetings []eval.Meeting) eval.Judge {
	var count [rules.Categories]int
	for _, m := range meetings {
		count[m.Category]++
	}
	var v rules.Verdict
	for c, n := range count {
		if n > count[v.Category] {
			v.Category = rules.Category(c)
		}
	}
	v.Probabilities[v.Category] = 1
	return func(rules.Subject) rules.Verdict { return v }
}

// naiveBayes judges by the words of title and description, add-one smoothed.
func naiveBayes(meetings []eval.Meeting) eval.Judge {
	var docs, total [rules.Categories]float64
	counts := map[string]*[rules.Categories]float64{}
	for _, m := range meetings {
		docs[m.Category]++
		for _, word := range bag(m.Subject) {
			if counts[word] == nil {
				counts[word] = &[rules.Categories]float64{}
			}
			counts[word][m.Category]++
			total[m.Category]++
		}
	}
	size := float64(len(counts))
	return func(s rules.Subject) rules.Verdict {
		var v rules.Verdict
		best := math.Inf(-1)
		for c := range docs {
			score := math.Log((docs[c] + 1) / (float64(len(meetings)) + rules.Categories))
			for _, word := range bag(s) {
				if n := counts[word]; n != nil {
					score += math.Log((n[c] + 1) / (total[c] + size))
				}
			}
			if score > best {
				best, v.Category = score, rules.Category(c)
			}
		}
		v.Probabilities[v.Category] = 1
		return v
	}
}

func bag(s rules.Subject) []string {
	return strings.FieldsFunc(strings.ToLower(s.Title+" "+s.Body), func(r rune) bool { return !unicode.IsLetter(r) })
}

// annotator judges each meeting by one annotator; the other two's agreement is
// then the label, and meetings on which they differ are left out.
func annotator(meetings []eval.Meeting, who int) (kept []eval.Meeting, judged []rules.Verdict) {
	for _, m := range meetings {
		a, b := m.Votes[(who+1)%3], m.Votes[(who+2)%3]
		if a != b {
			continue
		}
		m.Category = a
		v := rules.Verdict{Category: m.Votes[who]}
		v.Probabilities[v.Category] = 1
		kept, judged = append(kept, m), append(judged, v)
	}
	return kept, judged
}

// The rules against labelled meetings, beside what is easy and what people do.
// The rules were written from the open organizations and words learned from all,
// so the figures flatter them. Honest ones, of words learned without the
// organization, take minutes: see rules/internal/learn.
func TestMeasure(t *testing.T) {
	open, aside := labelled(t)
	e := rules.Default()
	row := func(name string, r eval.Result) {
		t.Logf("%-34s accuracy %.3f  macro-F1 %.3f (%.3f to %.3f)  ECE %.3f", name, r.All.Accuracy, r.All.MacroF1, r.All.MacroF1Low, r.All.MacroF1Hi, r.All.ECE)
	}
	byHand := eval.Evaluate(e.Judge, open)
	common := eval.Compare(open, fit.CrossValidate(open, 10, mostCommon))
	bayes := eval.Compare(open, fit.CrossValidate(open, 10, naiveBayes))
	row("open: most common class", common)
	row("open: naive Bayes, same folds", bayes)
	for who := range 3 {
		kept, judged := annotator(open, who)
		row("open: one annotator against two", eval.Compare(kept, judged))
	}
	row("open: the rules", byHand)
	out, err := fit.Fit(e, open, fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row("open: the rules fitted, same folds", out.Fitted)
	t.Logf("open:\n%s", byHand.Table(0))
	if byHand.All.MacroF1 < bayes.All.MacroF1+0.2 || byHand.All.Accuracy < 0.85 {
		t.Errorf("the rules: accuracy %.3f, macro-F1 %.3f", byHand.All.Accuracy, byHand.All.MacroF1)
	}
	if s := byHand.All.Suggested; s.Precision < 0.95 || s.AsyncNo > 0.02 {
		t.Errorf("suggestions: %+v", s)
	}

	silent, err := e.WithWords(rules.File{})
	if err != nil {
		t.Fatal(err)
	}
	row("set aside: most common class", eval.Evaluate(mostCommon(open), aside))
	row("set aside: naive Bayes of the open", eval.Evaluate(naiveBayes(open), aside))
	alone := eval.Evaluate(silent.Judge, aside)
	row("set aside: rules alone", alone)
	row("set aside: rules and words, in sample", eval.Evaluate(e.Judge, aside))
	if alone.All.Accuracy < 0.65 || alone.All.MacroF1 < 0.6 {
		t.Errorf("on organizations the rules were not written from: accuracy %.3f, macro-F1 %.3f", alone.All.Accuracy, alone.All.MacroF1)
	}
}
