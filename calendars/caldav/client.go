package caldav

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"unmeet/calendars/reach"
	"unmeet/internal/wire"
)

// Limits on what is read of a server.
const (
	largestObject = 16 << 20 // bytes of one object in an answer
	mostHops      = 5        // redirects followed for one request
)

// TokenSource hands out bearer tokens (RFC 6750). It is safe for concurrent use.
type TokenSource interface {
	// Token returns a token that should be good for a while.
	Token(ctx context.Context) (string, error)
	// Renew returns another token than stale, which a server has refused.
	Renew(ctx context.Context, stale string) (string, error)
}

// Options say how to reach a server, and as whom. A login never travels without
// encryption, but to this machine itself.
type Options struct {
	User, Password string      // of Basic authentication, unless Tokens is set
	Tokens         TokenSource // of bearer tokens; nil: Basic

	Base   http.RoundTripper // nil: one that all clients share
	Limits reach.Limits      // for one request
	Pull   int64             // bytes that one pull may read in all its requests; 0: 512 MB
	Log    *slog.Logger      // told of requests at debug level, without what they carry; nil: nobody is
}

// Client speaks to servers in the name of one person. It is safe for concurrent
// use.
type Client struct{ opt Options }

// shared is the transport of all clients that bring none.
var shared = sync.OnceValue(func() http.RoundTripper {
	t := wire.Transport(wire.CalDAV, nil)
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 8, 8 // an organization's people share one small server
	return wire.Watched(wire.CalDAV, t)
})

// New returns a client.
func New(opt Options) *Client {
	if opt.Base == nil {
		opt.Base = shared()
	}
	if opt.Pull == 0 {
		opt.Pull = 512 << 20
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{opt}
}

// bounded is c for one pull, whose requests share what may be read.
func (c *Client) bounded() *Client {
	one := *c
	one.opt.Limits.Left = new(atomic.Int64)
	one.opt.Limits.Left.Store(c.opt.Pull)
	return &one
}

// request is one request, which may have to be made several times.
type request struct {
	op     string // for errors: "list events"
	method string
	url    *url.URL
	header http.Header
	body   string
}

// do makes a request: with the person's login, following redirects within the
// host, within the limits. Any status comes back as an answer, but 401, which is
// an error; so is a redirect to elsewhere. Errors are an [*reach.Error].
func (c *Client) do(ctx context.Context, r request) (*reach.Answer, error) {
	at := r.url
	for hop := 0; ; hop++ {
		a, err := c.signed(ctx, r, at)
		if err != nil {
			return nil, err
		}
		next, err := follow(r, a)
		if next == nil && err == nil {
			return a, nil
		}
		a.Close()
		if err == nil && hop == mostHops {
			err = reach.New(r.op, reach.Moved, a.StatusCode, "the server sends us in circles")
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
}

// follow returns where an answer sends us, nil where it does not. Only the same host
// is followed: the login is for nobody else.
func follow(r request, a *reach.Answer) (*url.URL, error) {
	next, err := a.Redirect()
	if next == nil || err != nil {
		return nil, err
	}
	at := a.From
	upgrade := at.Scheme == "http" && next.Scheme == "https"
	if !strings.EqualFold(next.Hostname(), at.Hostname()) || next.Scheme != at.Scheme && !upgrade || next.Port() != at.Port() && !upgrade {
		return nil, reach.New(r.op, reach.Moved, a.StatusCode, "the server sends us to "+next.Scheme+"://"+next.Host+", which we do not follow")
	}
	if a.StatusCode == http.StatusSeeOther {
		return nil, reach.New(r.op, reach.Foreign, a.StatusCode, "the server sends us to a page")
	}
	return next, nil
}

// signed makes a request at one address, with a new token if the first is refused.
func (c *Client) signed(ctx context.Context, r request, at *url.URL) (*reach.Answer, error) {
	if at.Scheme != "https" && !reach.Loopback(at.Hostname()) {
		e := reach.New(r.op, reach.Denied, 0, "a password must not travel without encryption")
		e.Hint = "use an https:// address"
		return nil, e
	}
	stale := ""
	for {
		token, err := c.token(ctx, stale)
		if err != nil {
			return nil, reach.NewCaused(r.op, reach.Auth, "no access token: "+err.Error(), err)
		}
		a, err := c.once(ctx, r, at, token)
		if err != nil || a.StatusCode != http.StatusUnauthorized {
			return a, err
		}
		a.Close()
		if c.opt.Tokens == nil || stale != "" {
			return nil, a.Failed()
		}
		stale = token
	}
}

// token returns a bearer token other than stale, "" where there are none.
func (c *Client) token(ctx context.Context, stale string) (string, error) {
	switch {
	case c.opt.Tokens == nil:
		return "", nil
	case stale != "":
		return c.opt.Tokens.Renew(ctx, stale)
	}
	return c.opt.Tokens.Token(ctx)
}

func (c *Client) once(ctx context.Context, r request, at *url.URL, token string) (*reach.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, at.String(), strings.NewReader(r.body))
	if err != nil {
		return nil, reach.New(r.op, reach.Permanent, 0, "no such address")
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "unmeet")
	if r.method != http.MethodPut {
		// Not sent: it lets the transport ask again where the server has just closed a
		// connection that was kept.
		req.Header["Idempotency-Key"] = nil
	}
	if r.body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	} else if c.opt.User != "" {
		req.SetBasicAuth(c.opt.User, c.opt.Password)
	}
	return reach.Exchange(c.opt.Base, req, r.op, c.opt.Limits, c.opt.Log)
}

// ParseAddress reads the address of a server or a calendar as people write it:
// without a scheme it is https. A login in it is an error, since it would be shown.
func ParseAddress(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	text = strings.Replace(strings.Replace(text, "caldavs://", "https://", 1), "caldav://", "http://", 1)
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q is no address of a server", text)
	case u.User != nil:
		return nil, errors.New("leave the login out of the address")
	}
	u.Fragment = ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}
