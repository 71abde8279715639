//go:build race

package caldav

// modes are the ways of syncing that the suite is run in on Xandikos. Under the race
// detector it is one, as that takes its time, and what differs between them races
// with nothing.
var modes = []string{"etags"}
