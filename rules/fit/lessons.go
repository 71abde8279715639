package fit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// Corpus reads our own labelled meetings, folder/*.jsonl: each file is of
// another writer, whose worlds stand for organizations.
func Corpus(folder string) ([]eval.Meeting, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	if len(names) < 2 {
		return nil, fmt.Errorf("corpus: %s has %d .jsonl files, and learning needs two writers", folder, len(names))
	}
	var all []eval.Meeting
	for _, name := range names {
		meetings, err := readFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range meetings {
			m.Org = "writer " + strings.TrimSuffix(filepath.Base(name), ".jsonl")
			all = append(all, m)
		}
	}
	return all, nil
}

// Cases reads lines of title, description and category with tabs between them.
func Cases(name string) ([]eval.Meeting, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all []eval.Meeting
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s:%d: %d columns, not 3", name, number, len(fields))
		}
		c, err := rules.ParseCategory(fields[2])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		s := rules.Subject{Title: fields[0], Body: fields[1], External: -1, Acceptance: -1}
		all = append(all, eval.Meeting{Org: "cases", Subject: s, Category: c})
	}
	return all, nil
}

// Labelled reads the labelled meetings of a file in two parts: those that rules
// are written from, and those of the organizations that the list setAside names,
// one a line. An error that wraps fs.ErrNotExist says that the file is not there.
func Labelled(name, setAside string) (open, aside []eval.Meeting, err error) {
	all, err := readFile(name)
	if err != nil {
		return nil, nil, err
	}
	list, err := os.ReadFile(setAside)
	if err != nil {
		return nil, nil, fmt.Errorf("organizations set aside: %v", err)
	}
	set := map[string]bool{}
	for org := range strings.Lines(string(list)) {
		set[strings.TrimSpace(org)] = true
	}
	for _, m := range all {
		if set[m.Org] {
			aside = append(aside, m)
		} else {
			open = append(open, m)
		}
	}
	return open, aside, nil
}

func readFile(name string) ([]eval.Meeting, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return eval.Read(name, f)
}

const casesWeight = 0.5 // of a case beside a meeting: most are bare titles, and many are alike

// Material is what words are learned from.
type Material struct {
	Open   []eval.Meeting // labelled meetings of organizations, of which the rules were written
	Aside  []eval.Meeting // those of organizations that were set aside
	Corpus []eval.Meeting // of our own writing
	Cases  []eval.Meeting // of our own too: titles that tests ask for
}

// Lessons are all of it.
func (m Material) Lessons() []Lessons {
	all := []Lessons{
		{Meetings: m.Open, Seen: true, Guards: true, Weight: 1},
		{Meetings: m.Corpus, Own: true, Guards: true, Weight: 1},
		{Meetings: m.Cases, Seen: true, Own: true, Weight: casesWeight},
	}
	if len(m.Aside) > 0 {
		all = append(all, Lessons{Meetings: m.Aside, Guards: true, Weight: 1})
	}
	return all
}
