//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package main

// belong does nothing: files belong to whom the system says.
func belong(path, folder string) error { return nil }
