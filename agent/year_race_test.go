//go:build race

package agent

// yearPeople is how many people TestYear has under the race detector, which makes
// it ten times slower.
const yearPeople = 24
