package caldav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Limits on what is read of a server, and on how long it may take.
const (
	largestAnswer = 256 << 20 // bytes of a whole listing
	largestObject = 16 << 20  // bytes of one object in it
	mostHops      = 5         // redirects followed for one request
)

// TokenSource hands out bearer tokens (RFC 6750). It is safe for concurrent use.
type TokenSource interface {
	// Token returns a token that should be good for a while.
	Token(ctx context.Context) (string, error)
	// Renew returns another token than stale, which a server has refused.
	Renew(ctx context.Context, stale string) (string, error)
}

// Options say how to reach a server, and as whom.
type Options struct {
	User, Password string      // of Basic authentication, unless Tokens is set
	Tokens         TokenSource // of bearer tokens; nil: Basic

	// Insecure allows a login to travel without encryption. It always may to this
	// machine itself.
	Insecure bool

	Base     http.RoundTripper // nil: one that all clients share
	Patience time.Duration     // how long nothing may come; 0: two minutes
	Timeout  time.Duration     // for one request, its answer included; 0: four minutes
	Log      *slog.Logger      // told of requests at debug level, without what they carry; nil: nobody is
}

// Client speaks to servers in the name of one person. It is safe for concurrent
// use.
type Client struct {
	opt  Options
	http *http.Client
	now  func() time.Time
}

// shared is the transport of all clients that bring none.
var shared = sync.OnceValue(func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
})

// New returns a client.
func New(opt Options) *Client {
	if opt.Base == nil {
		opt.Base = shared()
	}
	if opt.Patience == 0 {
		opt.Patience = 2 * time.Minute
	}
	if opt.Timeout == 0 {
		opt.Timeout = 4 * time.Minute
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{opt: opt, now: time.Now, http: &http.Client{Transport: opt.Base, CheckRedirect: stay}}
}

// request is one request, which may have to be made several times.
type request struct {
	op     string // for errors: "list events"
	method string
	url    *url.URL
	header http.Header
	body   string
}

// answer is a response that is being read. Close it.
type answer struct {
	*http.Response
	url  *url.URL // where it came from, in the end
	ctx  context.Context
	body *patient
}

// Close ends reading.
func (a *answer) Close() { a.body.Close() }

// do makes a request: with the person's login, following redirects within the
// host, within the limits. Any status comes back as an answer, but 401, which is
// an error; so is a redirect to elsewhere. Errors are an *Error.
func (c *Client) do(ctx context.Context, r request) (*answer, error) {
	at := r.url
	for hop := 0; ; hop++ {
		a, err := c.signed(ctx, r, at)
		if err != nil {
			return nil, err
		}
		next, err := c.redirect(r, at, a.Response)
		if next == nil && err == nil {
			a.url = at
			return a, nil
		}
		a.Close()
		if err == nil && hop == mostHops {
			err = newError(r.op, Moved, a.StatusCode, "the server sends us in circles")
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
}

// redirect returns where a response sends us, nil where it does not. Only the
// same host is followed: the login is for nobody else.
func (c *Client) redirect(r request, at *url.URL, resp *http.Response) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusSeeOther:
	default:
		return nil, nil
	}
	next, err := at.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return nil, newError(r.op, Permanent, resp.StatusCode, "the server sends us nowhere")
	}
	upgrade := at.Scheme == "http" && next.Scheme == "https"
	if !strings.EqualFold(next.Hostname(), at.Hostname()) || next.Scheme != at.Scheme && !upgrade || next.Port() != at.Port() && !upgrade {
		return nil, newError(r.op, Moved, resp.StatusCode, "the server sends us to "+next.Scheme+"://"+next.Host+", which we do not follow")
	}
	if resp.StatusCode == http.StatusSeeOther {
		return nil, newError(r.op, Foreign, resp.StatusCode, "the server sends us to a page")
	}
	next.User = nil
	return next, nil
}

// signed makes a request at one address, with a new token if the first is refused.
func (c *Client) signed(ctx context.Context, r request, at *url.URL) (*answer, error) {
	if at.Scheme != "https" && !c.opt.Insecure && !loopback(at.Hostname()) {
		e := newError(r.op, Denied, 0, "a password must not travel without encryption")
		e.Hint = "use an https:// address"
		return nil, e
	}
	stale := ""
	for {
		token, err := c.token(ctx, stale)
		if err != nil {
			e := newError(r.op, Auth, 0, "no access token: "+err.Error())
			e.cause = err
			return nil, e
		}
		a, err := c.once(ctx, r, at, token)
		if err != nil || a.StatusCode != http.StatusUnauthorized {
			return a, err
		}
		a.Close()
		if c.opt.Tokens == nil || stale != "" {
			return nil, statusError(r.op, a.Response, c.now())
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

func (c *Client) once(ctx context.Context, r request, at *url.URL, token string) (*answer, error) {
	ctx, giveUp := context.WithTimeoutCause(ctx, c.opt.Timeout, errSlow)
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(c.opt.Patience, func() { cancel(errSlow) })
	end := func() {
		timer.Stop()
		cancel(nil)
		giveUp()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at.String(), strings.NewReader(r.body))
	if err != nil {
		end()
		return nil, newError(r.op, Permanent, 0, "no such address")
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "unmeet")
	if r.body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	} else if c.opt.User != "" {
		req.SetBasicAuth(c.opt.User, c.opt.Password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		failed := wrapError(ctx, r.op, err)
		end()
		c.opt.Log.DebugContext(ctx, "caldav: request failed", "op", r.op, "method", r.method, "kind", string(failed.Kind))
		return nil, failed
	}
	c.opt.Log.DebugContext(ctx, "caldav: answered", "op", r.op, "method", r.method, "status", resp.StatusCode)
	body := &patient{r: resp.Body, timer: timer, patience: c.opt.Patience, left: largestAnswer, end: end}
	return &answer{Response: resp, ctx: ctx, body: body}, nil
}

// patient reads an answer as long as something comes, up to a limit.
type patient struct {
	r        io.ReadCloser
	timer    *time.Timer
	patience time.Duration
	left     int64 // bytes that may still come
	element  int64 // bytes that may still come of what is being read, if not 0
	end      func()
}

// begin says that one element of the answer begins, of no more than limit bytes.
func (p *patient) begin(limit int64) { p.element = limit }

// Read implements io.Reader.
func (p *patient) Read(buf []byte) (int, error) {
	if p.left <= 0 || p.element < 0 {
		return 0, errTooLarge
	}
	n, err := p.r.Read(buf)
	p.timer.Reset(p.patience)
	p.left -= int64(n)
	if p.element > 0 {
		if p.element -= int64(n); p.element == 0 {
			p.element = -1
		}
	}
	return n, err
}

// Close ends the request.
func (p *patient) Close() error {
	err := p.r.Close()
	p.end()
	return err
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// page reports whether an answer is a web page.
func page(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
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
