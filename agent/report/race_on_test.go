//go:build race

package report

// Under the race detector SQLite is twenty times slower: what is simulated then is
// shorter.
const (
	raceDetector = true
	halfYears    = 1
	worldWeeks   = 7
)
