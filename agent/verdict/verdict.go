// Package verdict writes a verdict of the rules in the form in which the
// database keeps it, and reads it back. It is not the form that `unmeet
// classify` prints: nothing of the verdict is lost or rounded here.
//
// What may not live here: judging (rules) and SQL (store).
package verdict

import (
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
