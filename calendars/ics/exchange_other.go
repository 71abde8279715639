//go:build !linux && !darwin

package ics

// exchange cannot be done in one step on this system.
func exchange(string, string) error { return errNoExchange }
