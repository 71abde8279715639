//go:build !race

package caldav

// modes are the ways of syncing that the suite is run in on Xandikos.
var modes = []string{"sync-collection", "etags"}
