package rules

import "slices"

// Change is a subject on which two engines differ.
type Change struct {
	Subject     Subject
	Before, Now Verdict
}

// Diff judges the subjects by both engines and returns those on which they
// differ in what people would notice: category, guards, or whether it would be
// suggested. An organization sees with it what new rules would do.
func Diff(before, now *Engine, subjects []Subject) []Change {
	var changes []Change
	for _, s := range subjects {
		a, b := before.Judge(s), now.Judge(s)
		if a.Category != b.Category || a.Suggest() != b.Suggest() || !slices.Equal(a.Guards, b.Guards) {
			changes = append(changes, Change{Subject: s, Before: a, Now: b})
		}
	}
	return changes
}
