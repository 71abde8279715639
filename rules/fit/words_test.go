package fit_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
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

// Of a word that no lesson has, what is known of its kindred is known.
func TestKindredWordsShareWhatIsLearned(t *testing.T) {
	name := filepath.Join(t.TempDir(), "kindred.txt")
	if err := os.WriteFile(name, []byte("# beasts\n\nstriped: zebra okapi zebra-finch\nwoolly: yak llamas\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kindred, err := fit.ReadKindred(name)
	if err != nil {
		t.Fatal(err)
	}
	words, err := fit.LearnWords(rules.Default(), lessons(), fit.WordOptions{Kindred: kindred})
	if err != nil {
		t.Fatal(err)
	}
	e, err := words.Engine(rules.Default(), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]rules.Category{"The okapi": rules.Informing, "Llama": rules.Connecting, "Zebra finches": rules.Informing} {
		if v := e.Judge(rules.Subject{Title: title}); v.Category != want {
			t.Errorf("%s: %s, want %s", title, v.Category, want)
		}
	}
	if list := string(words.List.Data); strings.Contains(list, "striped") || strings.Contains(list, "~") {
		t.Errorf("groups stand in the list:\n%s", list)
	}
}

func TestBadKindred(t *testing.T) {
	for text, want := range map[string]string{
		"\nno colon":          "kindred.txt:2: no colon",
		"a: one two-be-three": `kindred.txt:1: "two-be-three" is not one word or two`,
	} {
		name := filepath.Join(t.TempDir(), "kindred.txt")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := fit.ReadKindred(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCoolingMakesLessSure(t *testing.T) {
	v := rules.Verdict{Category: rules.Creating, Probabilities: [rules.Categories]float64{0.1, 0, 0, 0.8, 0.1}}
	cooled := fit.Cool([]rules.Verdict{v}, 2)[0].Probabilities
	sum := 0.0
	for _, p := range cooled {
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 || cooled[rules.Creating] >= 0.8 || cooled[rules.Creating] <= cooled[rules.Informing] || v.Probabilities[rules.Creating] != 0.8 {
		t.Errorf("cooled: %v", cooled)
	}
}
