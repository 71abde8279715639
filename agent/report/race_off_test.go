//go:build !race

package report

const (
	raceDetector = false
	halfYears    = 3  // how many are simulated
	worldWeeks   = 26 // of each
)
