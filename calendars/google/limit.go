package google

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Google allows 10,000 calls a minute and project, and 600 a minute and person.
// We plan with three fifths, so that others who use the project find room.
const (
	projectPerSecond = 100
	personPerSecond  = 6
)

// Limits keeps all sources of one Cloud project together below what Google
// allows. It halves the pace when Google complains, and takes it up again step
// by step. The zero value is not usable; see [NewLimits].
type Limits struct {
	clock   Clock
	project *pace

	mu     sync.Mutex
	people map[string]*pace
}

// NewLimits returns limits that start at three fifths of Google's default
// quotas. A nil clock is the real one.
func NewLimits(clock Clock) *Limits {
	clock = orReal(clock)
	return &Limits{
		clock:   clock,
		project: newPace(projectPerSecond, clock.Now()),
		people:  map[string]*pace{},
	}
}

// wait blocks until a call for person may be made.
func (l *Limits) wait(ctx context.Context, person string) error {
	now := l.clock.Now()
	d := max(l.project.reserve(now), l.person(person).reserve(now))
	if d <= 0 {
		return ctx.Err()
	}
	return l.clock.Sleep(ctx, d)
}

// learn takes in how a call for person ended.
func (l *Limits) learn(person string, err *Error) {
	now := l.clock.Now()
	switch {
	case err == nil:
		l.project.recover(now)
		l.person(person).recover(now)
	case err.Kind != Rate:
	case err.Reason == "userRateLimitExceeded":
		l.person(person).halve(now)
	default: // may be meant for the person or for the project
		l.person(person).halve(now)
		l.project.halve(now)
	}
}

func (l *Limits) person(who string) *pace {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.people[who]
	if p == nil {
		p = newPace(personPerSecond, l.clock.Now())
		l.people[who] = p
	}
	return p
}

// How a pace changes: calls that were under way together fail together and halve
// it once; from a sixty-fourth back to the whole takes about two minutes.
const (
	halveEvery   = 2 * time.Second
	recoverEvery = 2 * time.Second
	slowest      = 64
	steps        = 64
)

// pace is a token bucket whose rate adapts.
type pace struct {
	mu      sync.Mutex
	full    rate.Limit
	bucket  *rate.Limiter
	changed time.Time
}

func newPace(perSecond float64, now time.Time) *pace {
	// A burst of ten seconds lets a first sync run through without a wait.
	return &pace{full: rate.Limit(perSecond), bucket: rate.NewLimiter(rate.Limit(perSecond), int(perSecond*10)), changed: now}
}

// reserve takes a token and returns how long to wait for it.
func (p *pace) reserve(now time.Time) time.Duration {
	return p.bucket.ReserveN(now, 1).DelayFrom(now)
}

func (p *pace) halve(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bucket.Limit() < p.full && now.Sub(p.changed) < halveEvery {
		return
	}
	p.changed = now
	p.bucket.SetLimitAt(now, max(p.bucket.Limit()/2, p.full/slowest))
	p.bucket.SetBurstAt(now, 1) // what was saved up before the complaint is forfeit
}

func (p *pace) recover(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bucket.Limit() >= p.full || now.Sub(p.changed) < recoverEvery {
		return
	}
	p.changed = now
	p.bucket.SetLimitAt(now, min(p.bucket.Limit()+p.full/steps, p.full))
	p.bucket.SetBurstAt(now, max(1, int(p.bucket.Limit()*10)))
}

// limit returns the present pace in calls a second.
func (p *pace) limit() float64 { return float64(p.bucket.Limit()) }
