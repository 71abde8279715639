package web

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"unmeet/store"
)

// Terminal connects a person who sits at a terminal. Their browser comes back to
// a port of this machine (RFC 8252 §7.3).
type Terminal struct {
	Service Service
	Keep    Keeper
	About   About
	// Standing is as in [Options].
	Standing func(address string) Standing
	Expect   string // address of who is to connect; "" for anybody
	Force    bool   // the service is to ask even who agreed before
	Port     int    // to come back to; 0: any that is free
	// Show is told where the browser has to go, and where it has to come back to;
	// again, where the service gave no secret and has to be asked once more.
	Show func(link, redirect string, again bool)
	// Paste is read for the address that a browser on another machine ended at,
	// a line of it; nil if nobody can type.
	Paste io.Reader
}

// Connect waits until the person has come back, ctx ends, or ten minutes are
// over. It returns whose calendar was connected.
func (t Terminal) Connect(ctx context.Context) (address string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attemptLife, ErrTooLong)
	defer cancel()
	var listen net.ListenConfig
	// The address, not the name: nobody else can listen there, and it is not
	// looked up.
	l, err := listen.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(t.Port)))
	if err != nil {
		return "", fmt.Errorf("listen for the browser to come back: %w", err)
	}
	v := &visit{Terminal: t, ctx: ctx, redirect: "http://" + l.Addr().String() + callbackPath(t.Service.Name()), ended: make(chan ending, 1)}
	server := NewServer(v, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() {
		// The last page is still on its way. Connections that a browser opened in
		// advance are not worth waiting for.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}()
	link, err := v.leave(t.Force)
	if err != nil {
		return "", err
	}
	t.Show(link, v.redirect, false)
	if t.Paste != nil {
		go v.readPasted()
	}
	select {
	case e := <-v.ended:
		return e.address, e.err
	case err := <-served:
		return "", err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// ErrTooLong ends a Connect that nobody came back to.
var ErrTooLong = errors.New("nobody came back within ten minutes")

// visit is one Connect under way.
type visit struct {
	Terminal
	ctx      context.Context
	redirect string
	ended    chan ending

	mu      sync.Mutex
	leaving Leaving // State is "" once somebody came back with it
}

type ending struct {
	address string
	err     error
}

// leave begins an attempt, and returns where the browser has to go.
func (v *visit) leave(force bool) (string, error) {
	l, err := v.Service.Leave(Wish{Redirect: v.redirect, Expect: v.Expect, Force: force})
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.leaving = l
	return l.URL, nil
}

// take returns what was kept for a state, once.
func (v *visit) take(state string) (keep []byte, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.leaving.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(v.leaving.State)) != 1 {
		return nil, false
	}
	v.leaving.State = ""
	return v.leaving.Keep, true
}

// finish redeems a result and saves what was granted. mine is false if it belongs
// to another attempt, of which nothing ends. next is where to go on to where the
// service has to ask once more.
func (v *visit) finish(res result) (address, next string, mine bool, err error) {
	keep, ok := v.take(res.state)
	if !ok {
		return "", "", false, &Refusal{Reason: Used, Err: store.ErrNotPending}
	}
	ctx, cancel := context.WithTimeout(v.ctx, finishWithin)
	defer cancel()
	g, err := redeem(ctx, v.Service, keep, res)
	if err == nil {
		err = v.Keep.Save(ctx, strings.ToLower(v.Service.Name()), g)
	}
	if errors.Is(err, ErrNoSecret) && !v.Force {
		v.Force = true
		if next, err = v.leave(true); err == nil {
			v.Show(next, v.redirect, true)
			return "", next, true, nil
		}
	}
	return g.Address, "", true, err
}

// ServeHTTP answers the browser that comes back.
func (v *visit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := v.Service.Name()
	if r.Method != http.MethodGet || r.URL.Path != callbackPath(name) {
		showRefusal(w, v.About, name, "", "", &Refusal{Reason: Unknown})
		return
	}
	address, next, mine, err := v.finish(readResult(r.URL.Query()))
	switch {
	case next != "":
		show(w, http.StatusOK, againPage, view{About: v.About, Title: "One more step", Service: name, Next: next})
		return
	case err != nil:
		showRefusal(w, v.About, name, "", "", refusalOf(err))
	default:
		showConnected(w, r, v.About, v.Standing, address, false)
	}
	if mine {
		v.end(address, err)
	}
}

// readPasted takes addresses that are typed in.
func (v *visit) readPasted() {
	lines := bufio.NewScanner(v.Paste)
	for lines.Scan() {
		u, err := url.Parse(strings.TrimSpace(lines.Text()))
		if err != nil || u.RawQuery == "" {
			continue
		}
		address, next, mine, err := v.finish(readResult(u.Query()))
		if mine && next == "" {
			v.end(address, err)
			return
		}
	}
}

// end tells Connect; the first to do so counts.
func (v *visit) end(address string, err error) {
	select {
	case v.ended <- ending{address, err}:
	default:
	}
}
