// Command learn makes the word list of the rules anew from labelled meetings:
// our own corpus and cases, and the file of labelled meetings of organizations
// beside the repository. What it learns of a word it learns, more faintly, of
// its kindred (kindred.txt). Run it from the repository's root:
//
//	go run ./rules/internal/learn          print how well words do on what they were not learned from
//	go run ./rules/internal/learn -write   and write rules/words.tsv, and priors and scale of rules/default.toml
//
// It is deterministic. Nothing of the organizations' texts goes into the list
// but weights of words that two of them use.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"unmeet/rules"
	"unmeet/rules/eval"
	"unmeet/rules/fit"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("learn: ")
	write := flag.Bool("write", false, "write the files")
	precision := flag.Float64("precision", 0.93, "of suggestions on meetings of other writers, that the threshold has to reach")
	flag.Parse()
	if err := run(*write, *precision); err != nil {
		log.Fatal(err)
	}
}

func run(write bool, precision float64) error {
	testdata := filepath.Join("rules", "testdata")
	corpus, err := fit.Corpus(filepath.Join(testdata, "corpus"))
	if err != nil {
		return err
	}
	cases, err := fit.Cases(filepath.Join(testdata, "cases.tsv"))
	if err != nil {
		return err
	}
	shared := cmp.Or(os.Getenv("UNMEET_SHARED"), filepath.Join("..", "shared"))
	open, aside, err := fit.Labelled(filepath.Join(shared, "judgement", "dev.jsonl"), filepath.Join(testdata, "set-aside.txt"))
	if err != nil {
		return fmt.Errorf("the list is learned from labelled meetings of organizations too: %w", err)
	}
	e, err := rules.Load(toLearnBeside()...)
	if err != nil {
		return err
	}

	kindred, err := fit.ReadKindred(filepath.Join("rules", "internal", "learn", "kindred.txt"))
	if err != nil {
		return err
	}
	silent, err := e.WithWords(rules.File{})
	if err != nil {
		return err
	}
	row("corpus: rules alone", corpus, eval.Evaluate(silent.Judge, corpus))
	row("open: rules alone", open, eval.Evaluate(silent.Judge, open))
	row("set aside: rules alone", aside, eval.Evaluate(silent.Judge, aside))
	all := fit.Material{Open: open, Aside: aside, Corpus: corpus, Cases: cases}
	alone := fit.WordOptions{NoRules: true, Kindred: kindred}
	both := fit.WordOptions{Kindred: kindred}
	var byWriter, apart []rules.Verdict
	for _, try := range []struct {
		name   string
		o      fit.WordOptions
		pool   []eval.Meeting
		by     func(*rules.Engine, fit.WordOptions) ([]rules.Verdict, error)
		judged *[]rules.Verdict
	}{
		{"open: words alone, of others", alone, open, all.ByOrganization, nil},
		{"open: rules and words of others", both, open, all.ByOrganization, nil},
		{"set aside: words alone, of others", alone, aside, all.Apart, nil},
		{"set aside: rules and words of others", both, aside, all.Apart, &apart},
		{"corpus: words alone, of others", alone, corpus, all.ByWriter, nil},
		{"corpus: rules and words of others", both, corpus, all.ByWriter, &byWriter},
	} {
		judged, err := try.by(e, try.o)
		if err != nil {
			return err
		}
		row(try.name, try.pool, eval.Compare(try.pool, judged))
		if try.judged != nil {
			*try.judged = judged
		}
	}

	// How sure to be is learned from real meetings: ours tell what they are too well.
	cooling := fit.Cooling(aside, apart)
	apart, byWriter = fit.Cool(apart, cooling), fit.Cool(byWriter, cooling)
	fmt.Printf("temperature to be multiplied by %.2f\n", cooling)
	row("set aside, cooler", aside, eval.Compare(aside, apart))
	row("corpus, cooler", corpus, eval.Compare(corpus, byWriter))
	threshold := 0.98
	curve := fit.Curve(corpus, byWriter, open)
	for _, p := range slices.Backward(curve) {
		if int(math.Round(100*p.Threshold))%5 == 0 {
			fmt.Printf("from %.2f on: precision %.3f, recall %.3f, async = no %.3f\n", p.Threshold, p.Precision, p.Recall, p.AsyncNo)
		}
		if p.Precision >= precision {
			threshold = p.Threshold
		}
	}
	words, err := fit.LearnWords(e, all.Lessons(), both)
	if err != nil {
		return err
	}
	words.Temperature = math.Round(100*words.Temperature*cooling) / 100
	fmt.Printf("prior %.2f, temperature %.2f, threshold %.2f\n", words.Prior, words.Temperature, threshold)
	if !write {
		return nil
	}
	return save(e, words, threshold, len(open), len(corpus), len(cases))
}

// toLearnBeside are the rule files without the word list, and without their
// tests: they are to pass with the words that are still to be learned.
func toLearnBeside() []rules.File {
	var files []rules.File
	for _, f := range rules.DefaultFiles() {
		if filepath.Ext(f.Name) == ".tsv" {
			continue
		}
		head, _, _ := strings.Cut(string(f.Data), "[[test]]") // they stand at the end
		files = append(files, rules.File{Name: f.Name, Data: []byte(head)})
	}
	return files
}

func save(e *rules.Engine, words fit.Words, threshold float64, open, corpus, cases int) error {
	head := fmt.Sprintf(`# What words say that no rule knows: made by "go run ./rules/internal/learn -write",
# from %d meetings of our own corpus, %d cases of our own, and %d labelled
# meetings of organizations, of which only words that two or more of them use
# are here. Do not edit it: write a rule, which speaks louder.
#
# A line holds a word or two adjacent ones as they are mostly written; other
# endings count as the same word. Then what it adds to each category's score
# when it stands in the title, or in the description (there the less, the longer
# it is), and what to the log odds of a guard that no rule raises.
#
# part	words	informing	collaborating	problem-solving	creating	decision-making	innovating	connecting	guard
`, corpus, cases, open)
	if err := os.WriteFile(filepath.Join("rules", "words.tsv"), append([]byte(head), words.List.Data...), 0o644); err != nil {
		return err
	}
	weights := e.Weights()
	weights.Prior, weights.Temperature, weights.Threshold = words.Prior, words.Temperature, threshold
	name := filepath.Join("rules", "default.toml")
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	rewritten, err := e.Rewrite(rules.File{Name: "default.toml", Data: data}, weights)
	if err != nil {
		return err
	}
	return os.WriteFile(name, rewritten.Data, 0o644)
}

func row(name string, meetings []eval.Meeting, r eval.Result) {
	bare := 0.0
	if r.Bare != nil {
		bare = r.Bare.Accuracy
	}
	fmt.Printf("%-36s %4d meetings  accuracy %.3f  macro-F1 %.3f (%.3f to %.3f)  ECE %.3f  bare titles %.3f\n",
		name, len(meetings), r.All.Accuracy, r.All.MacroF1, r.All.MacroF1Low, r.All.MacroF1Hi, r.All.ECE, bare)
}
