//go:build race

package store

import "flag"

// The race detector makes SQLite twenty times slower: under it, properties are held
// against fewer databases, unless -rapid.checks asks for more.
func init() {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
}
