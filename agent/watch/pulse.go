package watch

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Clock is what the parts of a daemon tell the time by, and wait with.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Pulses notes when each part of the daemon last looked for work. A part is given a
// clock of its own: whoever looks what is due asks for the time. The zero value knows
// no parts, and so does nil.
type Pulses struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// Clock returns c for the use of one part, whose pulse counts from now on.
func (p *Pulses) Clock(part string, c Clock) Clock {
	if p == nil {
		return c
	}
	p.beat(part)
	return pulse{c, p, part}
}

func (p *Pulses) beat(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	p.last[part] = time.Now() // as it passes, whatever a test's clock shows
}

// Silent returns, in order, the parts that did not look for work for longer than
// limit.
func (p *Pulses) Silent(limit time.Duration) (parts []string) {
	for part, since := range p.Since() {
		if since > limit {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts
}

// Since returns how long ago each part looked for work.
func (p *Pulses) Since() map[string]time.Duration {
	since := map[string]time.Duration{}
	if p == nil {
		return since
	}
	p.mu.Lock()
	last := maps.Clone(p.last)
	p.mu.Unlock()
	for part, at := range last {
		since[part] = time.Since(at)
	}
	return since
}

// pulse is the clock of one part.
type pulse struct {
	Clock
	all  *Pulses
	part string
}

// Now implements [Clock].
func (p pulse) Now() time.Time {
	p.all.beat(p.part)
	return p.Clock.Now()
}

// After implements [Clock].
func (p pulse) After(d time.Duration) <-chan time.Time {
	p.all.beat(p.part)
	return p.Clock.After(d)
}
