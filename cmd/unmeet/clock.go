package main

import "time"

// appClock is the [agent.Clock] of an [app]: it tells that one's time, and waits as
// long as it takes.
type appClock func() time.Time

// Now implements [agent.Clock].
func (now appClock) Now() time.Time { return now() }

// After implements [agent.Clock].
func (appClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
