package suggest

import "math"

// A rule is quarantined once enough people answered what it suggests, and hardly
// anybody accepts: then the whole interval in which the share of those who do must
// lie (Wilson's, at 95 %) is below a fifth.
const (
	QuarantineAnswers = 20
	QuarantineBelow   = 0.2
)

// Wilson returns the ends of Wilson's score interval at 95 % for a share of which
// accepted of answered were seen; 0 and 1 where nobody answered.
func Wilson(accepted, answered int) (low, high float64) {
	if answered <= 0 {
		return 0, 1
	}
	const z = 1.959964 // of the normal distribution, 2.5 % on each side
	n := float64(answered)
	p := float64(accepted) / n
	middle := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return max(0, (middle-spread)/scale), min(1, (middle+spread)/scale)
}

// Quarantined reports whether a rule with these answers may not lead to further
// suggestions.
func (a Answers) Quarantined() bool {
	_, high := Wilson(a.Accepted, a.Answered)
	return a.Answered >= QuarantineAnswers && high < QuarantineBelow
}

// Two people who keep a meeting are right more often than the rules, for
// everybody: from then on the rules must be as sure as DoubtedCertainty, at which
// they err less often than at their usual threshold of 0.75 (5 of 100 suggestions
// instead of 8, where they were measured; and they find two thirds of what they
// found). Each further person halves what doubt may remain: 0.95, 0.975, …
const (
	Doubters         = 2
	DoubtedCertainty = 0.9
)

// Certainty is how sure a verdict must be once keeps other people kept the
// meeting; 0 asks for no more than the rules' own threshold.
func Certainty(keeps int) float64 {
	if keeps < Doubters {
		return 0
	}
	return 1 - (1-DoubtedCertainty)*math.Pow(0.5, float64(keeps-Doubters))
}
