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
	// One link: a handful of people and scanners open it. Of the tokens that begin
	// alike there is seldom more than one in any organization.
	linksPerSecond = 1
	linksAtOnce    = 60
	beginning      = 6
	// Links that are none, of one address, which may be that of a whole office on a
	// Monday morning. Whoever tries out more is told less; that keeps nobody from a
	// link that is one, as tokens are far too long to be found by trying.
	missesPerSecond = 1
	missesAtOnce    = 20
	// Links to sign in by, asked for from one address: as much of an office.
	ringsPerSecond = 0.1
	ringsAtOnce    = 20
	// remembered bounds the links, and the addresses, that are kept in memory.
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

// allow takes a request of a key, and reports whether it had one left. Where there
// are more keys than it remembers, the one not seen for longest starts anew.
func (l *limiter) allow(key string, now time.Time) bool {
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
	return e.Value.(*bucket).left.AllowN(now, 1)
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
		next, ok := hop(hops[i])
		if !ok {
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

// hop reads one address of X-Forwarded-For. Some proxies write the port, too, and
// those of IPv6 in brackets.
func hop(text string) (a netip.Addr, ok bool) {
	text = strings.TrimSpace(text)
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr(), true
	}
	if inner, found := strings.CutPrefix(text, "["); found {
		text = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil
}

// thisMachine is where a proxy usually is.
var thisMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func within(a netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
