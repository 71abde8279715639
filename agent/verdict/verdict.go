// Package verdict writes a verdict of the rules in the form in which the
// database keeps it, and reads it back. It is not the form that `unmeet
// classify` prints: nothing of the verdict is lost or rounded here.
//
// What may not live here: judging (rules) and SQL (store).
package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"

	"unmeet/rules"
)

// kept has the keys of the stored form. Rows outlive releases: keys may be
// added, never renamed.
type kept struct {
	Category      rules.Category            `json:"category"`
	Probabilities [rules.Categories]float64 `json:"probabilities"`
	Tasks         []rules.Category          `json:"tasks,omitempty"`
	Guards        []string                  `json:"guards,omitempty"`
	Sure          bool                      `json:"sure"`
	Guarded       float64                   `json:"guarded,omitempty"`
	Evidence      []rules.Evidence          `json:"evidence,omitempty"`
}

// Encode writes v as one JSON object.
func Encode(v rules.Verdict) ([]byte, error) {
	text, err := json.Marshal(kept(v))
	if err != nil {
		return nil, fmt.Errorf("encode verdict: %w", err)
	}
	return text, nil
}

// Decode is the inverse of Encode.
func Decode(text []byte) (rules.Verdict, error) {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return rules.Verdict{}, fmt.Errorf("decode verdict: %w", err)
	}
	return rules.Verdict(k), nil
}

// evidenceKey is what comes last in the stored form, and takes most of it. Nothing in a
// JSON string reads like this: its quotes would be escaped.
var evidenceKey = []byte(`,"evidence":[`)

// Head returns how many bytes of text, from its beginning, [DecodePlace] needs.
func Head(text []byte) int {
	if n := bytes.Index(text, evidenceKey); n >= 0 {
		return n + 1
	}
	return len(text)
}

// Place is what a verdict says of where a meeting belongs in a report.
type Place struct {
	Category rules.Category
	Guard    string // the first one, "" if there is none
	Sure     bool
}

// DecodePlace reads the place of a verdict from what Encode wrote, or its head.
func DecodePlace(text []byte) (Place, error) {
	var k struct {
		Category *rules.Category `json:"category"`
		Guards   []string        `json:"guards"`
		Sure     *bool           `json:"sure"`
	}
	if n := Head(text); n < len(text) || n > 0 && text[n-1] == ',' {
		text = append(bytes.Clone(text[:n-1]), '}')
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return Place{}, fmt.Errorf("decode verdict: %w", err)
	}
	if k.Category == nil || k.Sure == nil {
		return Place{}, fmt.Errorf("decode verdict: it says no category, or not whether it is sure")
	}
	p := Place{Category: *k.Category, Sure: *k.Sure}
	if len(k.Guards) > 0 {
		p.Guard = k.Guards[0]
	}
	return p, nil
}
