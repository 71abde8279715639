//go:build race

package agent

import "time"

// How many people TestYear has, how much time passes at a time, and until when, under the race
// detector, which makes it twenty times slower.
const (
	raceDetector = true
	yearPeople   = 12
	weeksOfYear  = 20
	yearStep     = 4 * time.Hour
)

// Days of looking every ten seconds take minutes then.
func init() { look = time.Minute }
