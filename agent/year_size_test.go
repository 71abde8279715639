//go:build !race

package agent

import "time"

// How many people TestYear has, and how much time passes at a time.
const (
	raceDetector = false
	yearPeople   = 200
	yearStep     = 30 * time.Minute
)
