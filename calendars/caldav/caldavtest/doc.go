// Package caldavtest starts real CalDAV servers for tests: Radicale, Xandikos
// and Cyrus as Debian packages them, on loopback, each with a folder of its own that
// goes with the test.
//
// Only tests may import this package. Where a server is not installed its tests
// are skipped by name; under CI=true that is a failure.
package caldavtest
