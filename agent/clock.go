package agent

import (
	"log/slog"
	"time"
)

// Clock tells the time and wakes. Tests bring their own.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// RealClock is the time as it passes.
type RealClock struct{}

// Now implements [Clock].
func (RealClock) Now() time.Time { return time.Now() }

// After implements [Clock].
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// orReal is c, or the real clock where there is none.
func orReal(c Clock) Clock {
	if c == nil {
		return RealClock{}
	}
	return c
}

// orSilent is log, or one that tells nobody where there is none.
func orSilent(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
