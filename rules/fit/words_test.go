package fit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
	"unmeet/rules/eval"
	"unmeet/rules/fit"
)

// Meetings whose words tell what they are, of four organizations; a word that
// only one of them uses tells nothing to others.
func lessons() []fit.Lessons {
	var open, own []eval.Meeting
	for i := range 80 {
		m := eval.Meeting{Org: fmt.Sprint("org ", i%4), Category: rules.Informing, Subject: rules.Subject{Title: "Zebra hour"}}
		if i%2 == 1 {
			m.Category, m.Guard, m.Subject.Title = rules.Connecting, "social", "Yak hour"
		}
		if m.Org == "org 0" {
			m.Subject.Title += " secretum"
		}
		open = append(open, m)
		own = append(own, m)
	}
	return []fit.Lessons{
		{Meetings: open, Seen: true, Guards: true, Weight: 1},
		{Meetings: own[:10], Guards: true, Weight: 1},
	}
}

func TestLearnWords(t *testing.T) {
	words, err := fit.LearnWords(rules.Default(), lessons(), fit.WordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	list := string(words.List.Data)
	if strings.Contains(list, "secretum") || !strings.Contains(list, "title\tzebra\t") {
		t.Errorf("the list:\n%s", list)
	}
	e, err := words.Engine(rules.Default(), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	zebra, yak := e.Judge(rules.Subject{Title: "The zebra"}), e.Judge(rules.Subject{Title: "The yak"})
	if zebra.Category != rules.Informing || yak.Category != rules.Connecting || zebra.Guarded > 0.3 || yak.Guarded < 0.5 {
		t.Errorf("zebra %s, guarded %.2f; yak %s, guarded %.2f", zebra.Category, zebra.Guarded, yak.Category, yak.Guarded)
	}
	again, err := fit.LearnWords(rules.Default(), lessons(), fit.WordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words, again); diff != "" {
		t.Errorf("not the same twice: %s", diff)
	}
}

func TestCorpusIsLabelled(t *testing.T) {
	corpus, err := fit.Corpus("../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	if len(corpus) < 1000 || fit.Folds(corpus, len(corpus)) < 4 {
		t.Errorf("%d meetings of %d writers", len(corpus), fit.Folds(corpus, len(corpus)))
	}
	e := rules.Default()
	judged := make([]rules.Verdict, len(corpus))
	for i, m := range corpus {
		judged[i] = e.Judge(m.Subject)
	}
	if r := eval.Compare(corpus, judged); r.All.Accuracy < 0.85 { // in sample
		t.Errorf("accuracy %.3f on what the words were learned from", r.All.Accuracy)
	}
}
