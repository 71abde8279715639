package rate

import "math"

// z95 is the quantile of the normal distribution for an interval that holds the
// true share in 95 of 100 cases.
const z95 = 1.959963984540054

// Wilson returns the 95 % interval of Wilson's score for a share of which hits of n
// were counted: the true share lies between low and high. Without anything counted
// it may be anything, 0 to 1.
func Wilson(hits, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	total, share := float64(n), float64(hits)/float64(n)
	square := z95 * z95
	middle := (share + square/(2*total)) / (1 + square/total)
	around := z95 / (1 + square/total) * math.Sqrt(share*(1-share)/total+square/(4*total*total))
	low, high = max(0, middle-around), min(1, middle+around)
	if hits == 0 {
		low = 0 // but for rounding
	}
	if hits == n {
		high = 1
	}
	return low, high
}
