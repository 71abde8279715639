// Package wire opens every connection that unmeet makes to other hosts, so that one
// place bounds how long that may take, and tests and figures see where it leads. A
// test of cmd/unmeet holds that nothing else of ours dials.
//
// What is said over a connection, and to whom one may be opened, is for those who
// open it. Nothing else lives here.
package wire

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Service says what a connection is for.
type Service string

// The services that unmeet speaks to.
const (
	Google  Service = "google"  // its calendars, and signing in to them
	CalDAV  Service = "caldav"  // servers of people's calendars
	Feed    Service = "feed"    // where calendars are published
	Mail    Service = "mail"    // the organization's mail server
	SignIn  Service = "sign-in" // the organization's own sign-in, if it has people take part by it
	Checkup Service = "checkup" // what `unmeet doctor` looks at: all of the above, and our own pages
)

// Services are all of them.
var Services = []Service{Google, CalDAV, Feed, Mail, SignIn, Checkup}

const (
	// connectWithin bounds opening a connection, all addresses of a name included.
	connectWithin = 30 * time.Second
	// handshakeWithin bounds agreeing on encryption.
	handshakeWithin = 10 * time.Second
	// beginWithin bounds the wait for an answer to begin, whoever asks and however
	// patient they are: Radicale reads 5,000 events for three minutes when it has just
	// started.
	beginWithin = 5 * time.Minute
	// largestHeader bounds the header of an answer, in bytes.
	largestHeader = 256 << 10
)

// Watcher is told of what goes over the wire. Either function may be nil.
type Watcher struct {
	// Dialed is told of an address, host and port, before a connection to it is opened.
	Dialed func(s Service, address string)
	// Called is told of a request over HTTP once its answer has begun, or when it
	// failed, with a status of 0.
	Called func(s Service, status int, took time.Duration)
}

var (
	watching sync.RWMutex
	watchers []*Watcher
)

// Watch has w told until stop is called.
func Watch(w Watcher) (stop func()) {
	watching.Lock()
	defer watching.Unlock()
	watchers = append(slices.Clone(watchers), &w)
	return func() {
		watching.Lock()
		defer watching.Unlock()
		watchers = slices.DeleteFunc(slices.Clone(watchers), func(known *Watcher) bool { return known == &w })
	}
}

func each(f func(w *Watcher)) {
	watching.RLock()
	all := watchers
	watching.RUnlock()
	for _, w := range all {
		f(w)
	}
}

// Control may refuse an address that is about to be connected to: see [net.Dialer].
type Control func(network, address string, c syscall.RawConn) error

// Dial opens a connection to host and port, for a service. The timeout is 0 for the
// usual one; control may be nil.
func Dial(ctx context.Context, s Service, network, address string, timeout time.Duration, control Control) (net.Conn, error) {
	each(func(w *Watcher) {
		if w.Dialed != nil {
			w.Dialed(s, address)
		}
	})
	if timeout == 0 {
		timeout = connectWithin
	}
	return (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second, Control: control}).DialContext(ctx, network, address)
}

// Transport returns a transport for the requests to one service, with bounds on what
// a server can hold up and fill. It goes through the proxy that the environment names,
// unless control is set, which would know of nothing but the proxy. Callers may change
// it before it is used first.
func Transport(s Service, control Control) *http.Transport {
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return Dial(ctx, s, network, address, 0, control)
		},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    handshakeWithin,
		ExpectContinueTimeout:  time.Second,
		ResponseHeaderTimeout:  beginWithin,
		MaxResponseHeaderBytes: largestHeader,
	}
	if control == nil {
		t.Proxy = http.ProxyFromEnvironment
	}
	return t
}

// Watched has those who watch told of the requests that go over t.
func Watched(s Service, t *http.Transport) http.RoundTripper { return &watched{s, t} }

type watched struct {
	service Service
	*http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (t *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.Transport.RoundTrip(r)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	each(func(w *Watcher) {
		if w.Called != nil {
			w.Called(t.service, status, time.Since(began))
		}
	})
	return resp, err
}
