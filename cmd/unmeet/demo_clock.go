package main

import (
	"sync"
	"time"
)

// sampleClock is the company's. It stands still, or goes on as the real one does, and
// can be put forward.
type sampleClock struct {
	mu    sync.Mutex
	shown time.Time
	begun time.Time // when it showed that, by the real clock; zero: it stands still
}

// Now implements [agent.Clock].
func (c *sampleClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *sampleClock) now() time.Time {
	if c.begun.IsZero() {
		return c.shown
	}
	return c.shown.Add(time.Since(c.begun))
}

// After implements [agent.Clock]. Nobody in the demo waits for it: see
// [demoAgent.work].
func (*sampleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// to puts the clock forward. A time that is past changes nothing.
func (c *sampleClock) to(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !t.After(c.now()) {
		return
	}
	c.shown = t.In(c.shown.Location())
	if !c.begun.IsZero() {
		c.begun = time.Now()
	}
}
