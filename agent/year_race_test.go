//go:build race

package agent

import "time"

// How many people TestYear has, and how much time passes at a time, under the race
// detector, which makes it twenty times slower.
const (
	raceDetector = true
	yearPeople   = 12
	yearStep     = 4 * time.Hour
)
