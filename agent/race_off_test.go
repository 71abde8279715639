//go:build !race

package agent

import "time"

// How many people TestYear has, how much time passes at a time, and until when.
const (
	raceDetector = false
	yearPeople   = 200
	weeksOfYear  = 52
	yearStep     = 30 * time.Minute
)
