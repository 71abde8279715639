//go:build race

package report

// raceDetector says that the race detector looks on, under which SQLite is twenty
// times slower.
const raceDetector = true
