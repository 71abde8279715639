package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/rules"
)

func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		category := rapid.Map(rapid.IntRange(0, rules.Categories-1), func(c int) rules.Category { return rules.Category(c) })
		want := rules.Verdict{
			Category: category.Draw(t, "category"),
			Tasks:    rapid.SliceOfN(category, 1, 3).Draw(t, "tasks"),
			Guards:   rapid.SliceOfN(rapid.StringMatching(`[a-z-]+`), 1, 2).Draw(t, "guards"),
			Sure:     rapid.Bool().Draw(t, "sure"),
			Evidence: []rules.Evidence{{
				Rule:   rapid.StringMatching(`[a-z-]+`).Draw(t, "rule"),
				Weight: rapid.Float64Range(-9, 9).Draw(t, "weight"),
				Why:    rapid.String().Draw(t, "why"),
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
