package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/rules"
)

func TestNothingIsLost(t *testing.T) {
	var places Places
	rapid.Check(t, func(t *rapid.T) {
		category := rapid.Map(rapid.IntRange(0, rules.Categories-1), func(c int) rules.Category { return rules.Category(c) })
		want := rules.Verdict{
			Category: category.Draw(t, "category"),
			Tasks:    rapid.SliceOfN(category, 1, 3).Draw(t, "tasks"),
			Guards:   rapid.SliceOfN(rapid.OneOf(rapid.StringMatching(`[a-z-]+`), rapid.Just(`,"evidence":[`)), 1, 2).Draw(t, "guards"),
			Sure:     rapid.Bool().Draw(t, "sure"),
			Guarded:  rapid.SampledFrom([]float64{0, 0.25}).Draw(t, "guarded"),
			Evidence: []rules.Evidence{{
				Rule:   rapid.StringMatching(`[a-z-]+`).Draw(t, "rule"),
				Weight: rapid.Float64Range(-9, 9).Draw(t, "weight"),
				Why:    rapid.OneOf(rapid.String(), rapid.Just(`,"evidence":[`)).Draw(t, "why"),
				Phrase: rapid.String().Draw(t, "phrase"),
			}},
		}
		for c := range want.Probabilities {
			want.Probabilities[c] = rapid.Float64Range(0, 1).Draw(t, "probability")
		}
		text, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		place := Place{want.Category, want.Guards[0], want.Sure}
		for range 2 { // read, and known
			if got, err := places.Decode(text); err != nil || got != place {
				t.Errorf("place of %s is %+v (%v), want %+v", text, got, err, place)
			}
		}
	})
}

// plain takes the methods off a verdict, by which cmp would compare it.
func plain(v rules.Verdict) kept { return kept(v) }

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", `{"category":"idling"}`, `{"probabilities":"all"}`} {
		if v, err := Decode([]byte(text)); err == nil {
			t.Errorf("Decode(%q) = %+v, want an error", text, v)
		}
	}
}

func TestPlaces(t *testing.T) {
	var places Places
	for text, want := range map[string]Place{
		`{"category":"collaborating","sure":true}`:                                                {rules.Collaborating, "", true},
		`{"category":"connecting","guards":["private","external"],"sure":false}`:                  {rules.Connecting, "private", false},
		`{"category":"connecting","probabilities":[0,1],"sure":true,"later":[1],"evidence":[{}]}`: {rules.Connecting, "", true},
		`{"category":"connecting","probabilities":[1,0],"sure":false,"guarded":0.5}`:              {rules.Connecting, "", false},
	} {
		for range 2 {
			if got, err := places.Decode([]byte(text)); err != nil || got != want {
				t.Errorf("place of %q is %+v, %v, want %+v", text, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "[]", "{", `{"category":"idling","sure":true}`, `{"category":"informing"}`, `{"sure":true}`, `,"evidence":[`, `,"probabilities":[`} {
		if p, err := places.Decode([]byte(text)); err == nil {
			t.Errorf("place of %q is %+v, want an error", text, p)
		}
	}
}
