package google

import (
	"context"
	"math/rand/v2"
	"time"
)

// Clock tells the time and waits. Tests bring one that does not take any.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, or until ctx is done, whose error it then returns.
	Sleep(ctx context.Context, d time.Duration) error
}

// realClock is the clock on the wall.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func orReal(c Clock) Clock {
	if c == nil {
		return realClock{}
	}
	return c
}

// How calls are repeated: six attempts take 31.5 seconds of waiting at most, and
// half of that on average. A server that asks for more patience than longestWait
// gets it from whoever plans the next sync.
const (
	attempts    = 6
	firstWait   = 500 * time.Millisecond
	slowestWait = 16 * time.Second
	longestWait = time.Minute
)

// longestAsked is the most patience that a server is believed to ask for.
const longestAsked = 24 * time.Hour

// backoff returns how long to wait after the failure of attempt n, counted from
// 0: anything up to a limit that doubles ("full jitter"), so that many who failed
// together do not come back together, and never less than the server asked for.
func backoff(n int, retryAfter time.Duration) time.Duration {
	limit := min(firstWait<<n, slowestWait)
	return retryAfter + rand.N(limit+1)
}
