package web

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// An address may be that of a whole office on a Monday morning, or of a scanner
	// that opens the links of all its mail.
	linksPerSecond = 10
	linksAtOnce    = 400
	// missCost is how many requests one for a link that is none counts for.
	missCost = 20
	// The links whose tokens begin alike: a handful in any organization, so more is
	// somebody who tries them out.
	prefixPerSecond = 1
	prefixAtOnce    = 60
	prefixLength    = 6
	// remembered bounds the addresses, and the prefixes, that are kept in memory.
	remembered = 20_000
)

// limiter lets through so many requests for each key, and remembers so many keys.
type limiter struct {
	every rate.Limit
	burst int
	keep  int

	mu   sync.Mutex
	keys map[string]*list.Element
	used list.List // of *bucket, the last used first
}

type bucket struct {
	key  string
	left *rate.Limiter
}

func newLimiter(every rate.Limit, burst, keep int) *limiter {
	return &limiter{every: every, burst: burst, keep: keep, keys: map[string]*list.Element{}}
}

// allow takes n requests of a key, and reports whether it had as many left. Where
// there are more keys than it remembers, the one not seen for longest starts anew.
func (l *limiter) allow(key string, now time.Time, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.keys[key]
	if ok {
		l.used.MoveToFront(e)
	} else {
		if len(l.keys) >= l.keep {
			oldest := l.used.Back()
			delete(l.keys, l.used.Remove(oldest).(*bucket).key)
		}
		e = l.used.PushFront(&bucket{key, rate.NewLimiter(l.every, l.burst)})
		l.keys[key] = e
	}
	return e.Value.(*bucket).left.AllowN(now, n)
}

// miss takes what a miss costs, as far as there is as much.
func (l *limiter) miss(key string, now time.Time) {
	for n := missCost; n > 0 && !l.allow(key, now, n); n /= 2 {
	}
}

// client returns the address that a request comes from, for limits only: the last
// one in X-Forwarded-For that is none of the trusted proxies, if a trusted proxy
// sent it. Addresses of IPv6 count by their /64, which is what one line has.
func client(r *http.Request, trusted []netip.Prefix) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(addr, trusted); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	if addr.Is6() {
		if line, err := addr.WithZone("").Prefix(64); err == nil {
			return line.String()
		}
	}
	return addr.String()
}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
