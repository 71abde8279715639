// Package verdict writes a verdict of the rules in the form in which the
// database keeps it, and reads it back. It is not the form that `unmeet
// classify` prints: nothing of the verdict is lost or rounded here.
//
// What may not live here: judging (rules) and SQL (store).
package verdict

import (
	"bytes"
	"encoding/json"
	"errors"
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

// Place is what a verdict says of where a meeting belongs in a report.
type Place struct {
	Category rules.Category
	Guard    string // the first one, "" if there is none
	Sure     bool
}

// Places reads the places of verdicts. It is for very many of them: there are few
// places, so that nearly always it finds one that it has read before. It is for one
// goroutine at a time.
type Places struct {
	known map[string]Place // by what of a text tells a place
	part  []byte
}

// Keys of the stored form whose values take most of it and tell nothing of a place.
// Nothing in a JSON string reads like these: its quotes would be escaped.
var (
	probabilitiesKey = []byte(`,"probabilities":[`)
	guardedKey       = []byte(`,"guarded":`)
	evidenceKey      = []byte(`,"evidence":[`)
)

// Decode reads the place of a verdict from what [Encode] wrote.
func (p *Places) Decode(text []byte) (Place, error) {
	head, _, cut := bytes.Cut(text, evidenceKey) // comes last, and guarded before it
	head, _, guarded := bytes.Cut(head, guardedKey)
	p.part = p.part[:0]
	if before, numbers, ok := bytes.Cut(head, probabilitiesKey); ok {
		_, head, _ = bytes.Cut(numbers, []byte{']'})
		p.part = append(p.part, before...)
	}
	p.part = append(p.part, head...)
	if cut || guarded {
		p.part = append(p.part, '}')
	}
	if place, ok := p.known[string(p.part)]; ok {
		return place, nil
	}
	place, err := decodePlace(p.part)
	if err != nil {
		return Place{}, fmt.Errorf("decode verdict: %w", err)
	}
	if p.known == nil {
		p.known = map[string]Place{}
	}
	p.known[string(p.part)] = place
	return place, nil
}

func decodePlace(part []byte) (Place, error) {
	var k struct {
		Category *rules.Category `json:"category"`
		Guards   []string        `json:"guards"`
		Sure     *bool           `json:"sure"`
	}
	if err := json.Unmarshal(part, &k); err != nil {
		return Place{}, err
	}
	if k.Category == nil || k.Sure == nil {
		return Place{}, errors.New("it says no category, or not whether it is sure")
	}
	place := Place{Category: *k.Category, Sure: *k.Sure}
	if len(k.Guards) > 0 {
		place.Guard = k.Guards[0]
	}
	return place, nil
}
