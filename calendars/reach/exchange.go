package reach

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Limits bound one exchange with a server.
type Limits struct {
	Patience time.Duration // how long nothing may come; 0: three minutes
	Timeout  time.Duration // until all has come; 0: four minutes
	Size     int64         // of an answer, unpacked, in bytes; 0: 256 MB
	// Left is how many bytes may still come in all exchanges that share it; nil: any.
	Left *atomic.Int64
}

func (l Limits) filled() Limits {
	if l.Patience == 0 {
		l.Patience = 3 * time.Minute // Radicale reads 5,000 events that long when it has just started
	}
	if l.Timeout == 0 {
		l.Timeout = 4 * time.Minute
	}
	if l.Size == 0 {
		l.Size = 256 << 20
	}
	return l
}

// Answer is a response that is being read. Close it.
type Answer struct {
	*http.Response
	From *url.URL // the address that answered
	Body *Patient // in place of the response's own

	ctx context.Context
	op  string
}

// Exchange makes one request within limits. It follows no redirect, and any status
// comes back as an answer. op says what is tried, for errors, which are an [*Error].
func Exchange(client http.RoundTripper, req *http.Request, op string, limits Limits, log *slog.Logger) (*Answer, error) {
	limits = limits.filled()
	ctx, giveUp := context.WithTimeoutCause(req.Context(), limits.Timeout, errSlow)
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limits.Patience, func() { cancel(errSlow) })
	end := func() {
		timer.Stop()
		cancel(nil)
		giveUp()
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := (&http.Client{Transport: client, CheckRedirect: stay}).Do(req.WithContext(ctx))
	if err != nil {
		failed := Wrap(ctx, op, err)
		end()
		log.DebugContext(ctx, "request failed", "op", op, "method", req.Method, "kind", string(failed.Kind))
		return nil, failed
	}
	log.DebugContext(ctx, "answered", "op", op, "method", req.Method, "status", resp.StatusCode)
	body := &Patient{r: resp.Body, timer: timer, patience: limits.Patience, left: limits.Size, shared: limits.Left, end: end}
	return &Answer{Response: resp, From: req.URL, Body: body, ctx: ctx, op: op}, nil
}

// Close ends reading.
func (a *Answer) Close() { a.Body.Close() }

// Failed is what the answer's status means, if it is not the one hoped for.
func (a *Answer) Failed() *Error { return ofStatus(a.op, a.Response, time.Now()) }

// Broken is what an error means that reading the answer ended in.
func (a *Answer) Broken(err error) *Error { return Wrap(a.ctx, a.op, err) }

// Page reports whether the answer is a web page.
func (a *Answer) Page() bool {
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

// Redirect returns where the answer sends us, nil where it does not, and an error
// where that is no address.
func (a *Answer) Redirect() (*url.URL, error) {
	switch a.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusSeeOther:
	default:
		return nil, nil
	}
	next, err := a.From.Parse(a.Header.Get("Location"))
	if err != nil || a.Header.Get("Location") == "" {
		return nil, New(a.op, Permanent, a.StatusCode, "the server sends us nowhere")
	}
	next.User = nil
	return next, nil
}

// Patient reads an answer as long as something comes, up to its limits.
type Patient struct {
	r        io.ReadCloser
	timer    *time.Timer
	patience time.Duration
	left     int64         // bytes that may still come
	shared   *atomic.Int64 // the same, of several answers; nil: any number
	element  int64         // bytes that may still come of what is being read, if not 0
	end      func()
}

// Rehearse is a Patient that reads r, for tests of what reads answers.
func Rehearse(r io.Reader, size int64) *Patient {
	return &Patient{r: io.NopCloser(r), timer: time.NewTimer(time.Hour), patience: time.Hour, left: size, end: func() {}}
}

// Begin says that one element of the answer begins, of no more than limit bytes.
func (p *Patient) Begin(limit int64) { p.element = limit }

// Read implements io.Reader.
func (p *Patient) Read(buf []byte) (int, error) {
	if p.left <= 0 || p.element < 0 || p.shared != nil && p.shared.Load() <= 0 {
		return 0, errTooLarge
	}
	n, err := p.r.Read(buf)
	p.timer.Reset(p.patience)
	p.left -= int64(n)
	if p.shared != nil {
		p.shared.Add(-int64(n))
	}
	if p.element > 0 {
		if p.element -= int64(n); p.element == 0 {
			p.element = -1
		}
	}
	return n, err
}

// Close ends the exchange.
func (p *Patient) Close() error {
	err := p.r.Close()
	p.timer.Stop()
	p.end()
	return err
}

// Loopback reports whether host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// errInside says that an address is not one of the public Internet.
var errInside = errors.New("the address lies in a private network")
