package eval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"unmeet/rules"
)

// Meeting is a labelled meeting: what there is to judge, and what people say of
// it.
type Meeting struct {
	ID       string
	Org      string
	Subject  rules.Subject
	Category rules.Category
	Votes    []rules.Category // of the annotators, where the file has them
	Async    string           // "yes", "maybe", "no", "" unknown
	Guard    string           // "" none
}

// Suggestable reports whether a suggestion about m would be right: its task is
// informing or collaborating, and nothing guards it.
func (m Meeting) Suggestable() bool { return m.Category <= rules.Collaborating && m.Guard == "" }

// Bare reports whether m has a title and no description.
func (m Meeting) Bare() bool { return m.Subject.Body == "" }

// Read reads labelled meetings, one JSON object a line: the keys of
// rules.ReadSubject, and category; org, votes, async and guard where known.
// Errors name file and line.
func Read(name string, r io.Reader) ([]Meeting, error) {
	var all []Meeting
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		_, subject, err := rules.ReadSubject(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		var label struct {
			ID       any              `json:"id"`
			Org      string           `json:"org"`
			Category *rules.Category  `json:"category"`
			Votes    []rules.Category `json:"votes"`
			Async    *string          `json:"async"`
			Guard    *string          `json:"guard"`
		}
		if err := json.Unmarshal(lines.Bytes(), &label); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if label.Category == nil {
			return nil, fmt.Errorf("%s:%d: no category: this meeting is not labelled", name, n)
		}
		m := Meeting{Org: label.Org, Subject: subject, Category: *label.Category, Votes: label.Votes}
		if label.ID != nil {
			m.ID = fmt.Sprint(label.ID)
		}
		if label.Async != nil {
			m.Async = *label.Async
		}
		if label.Guard != nil {
			m.Guard = *label.Guard
		}
		all = append(all, m)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}
