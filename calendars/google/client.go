package google

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"unmeet/internal/wire"
)

// Google compresses answers only for agents that say so in their name, too.
const userAgent = "unmeet (gzip)"

// The largest answers that are read: a full page of events with many guests, and
// what an endpoint for tokens has to say.
const (
	largestPage  = 64 << 20
	largestToken = 1 << 20
)

// Transport says how to reach a server. The zero value is fit for Google.
type Transport struct {
	Base    http.RoundTripper // nil: one with sensible timeouts and HTTP/2
	Timeout time.Duration     // for one attempt, answer included; 0: a minute
	Clock   Clock             // nil: the real one
	Log     *slog.Logger      // told of calls at debug level, without what they carry; nil: nobody is
}

// shared is the transport of all who bring none: idle connections are worth more
// the more callers can take them up.
var shared = sync.OnceValue(func() http.RoundTripper {
	t := wire.Transport(wire.Google, nil)
	t.MaxIdleConnsPerHost = 32
	return wire.Watched(wire.Google, t)
})

func (t Transport) filled() Transport {
	if t.Base == nil {
		t.Base = shared()
	}
	if t.Timeout == 0 {
		t.Timeout = time.Minute
	}
	t.Clock = orReal(t.Clock)
	if t.Log == nil {
		t.Log = slog.New(slog.DiscardHandler)
	}
	return t
}

// plainClient returns a client for calls that carry no access token. It follows
// no redirect: what it posts is meant for one address only.
func (t Transport) plainClient() *http.Client {
	return &http.Client{
		Transport:     &bounded{base: t.Base, limit: largestToken},
		Timeout:       t.Timeout,
		CheckRedirect: stay,
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// repeat calls f until it succeeds, fails for good or has had its attempts. The
// hooks before and after each attempt may be nil.
func (t Transport) repeat(ctx context.Context, op string, before func(context.Context) error, f func(context.Context) error, after func(*Error)) error {
	for n := 0; ; n++ {
		if before != nil {
			if err := before(ctx); err != nil {
				return wrapError(op, err, t.Clock.Now())
			}
		}
		err := t.attempt(ctx, op, f)
		if after != nil {
			after(err)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !err.again() || err.settled || n+1 == attempts || err.RetryAfter > longestWait {
			err.settled = true
			return err
		}
		wait := backoff(n, err.RetryAfter)
		t.Log.DebugContext(ctx, "google: trying again", "op", op, "attempt", n+1, "status", err.Status, "reason", err.Reason, "wait", wait)
		if err := t.Clock.Sleep(ctx, wait); err != nil {
			return wrapError(op, err, t.Clock.Now())
		}
	}
}

func (t Transport) attempt(ctx context.Context, op string, f func(context.Context) error) *Error {
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	if err := f(ctx); err != nil {
		e := wrapError(op, err, t.Clock.Now())
		t.Log.DebugContext(ctx, "google: call failed", "op", op, "kind", string(e.Kind), "status", e.Status, "reason", e.Reason)
		return e
	}
	t.Log.DebugContext(ctx, "google: called", "op", op)
	return nil
}

// client makes calls to Google's APIs in the name of one person.
type client struct {
	Transport
	http   *http.Client
	tokens TokenSource
	limits *Limits
	person string // whose limit the calls count against
}

// newClient returns a client that signs calls with tokens. With charge, Google
// counts them against person rather than against the service account.
func newClient(t Transport, tokens TokenSource, limits *Limits, person string, charge bool) *client {
	t = t.filled()
	if limits == nil {
		limits = NewLimits(t.Clock)
	}
	signed := &signing{base: &bounded{base: t.Base, limit: largestPage}, tokens: tokens}
	if charge {
		signed.charge = person
	}
	return &client{
		Transport: t, tokens: tokens, limits: limits, person: person,
		http: &http.Client{Transport: signed, CheckRedirect: stay},
	}
}

// call runs f within the limits, and again where that may help. f makes one
// request, which must be safe to repeat: a token that is refused is renewed, and
// the request then made once more under the same turn.
func (c *client) call(ctx context.Context, op string, f func(context.Context) error) error {
	return c.repeat(ctx, op,
		func(ctx context.Context) error { return c.limits.wait(ctx, c.person) },
		f,
		func(err *Error) { c.limits.learn(c.person, err) })
}

// renew has a fresh access token made, though the present one is still good.
func (c *client) renew(ctx context.Context) error {
	stale, err := c.tokens.Token(ctx)
	if err == nil {
		_, err = c.tokens.Renew(ctx, stale)
	}
	return err
}

// getJSON reads the JSON object at address into out.
func (c *client) getJSON(ctx context.Context, op, address string, out any) error {
	return c.call(ctx, op, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		return exchange(c.http, req, out, googleapi.CheckResponse)
	})
}

// postForm posts a form to an endpoint of OAuth; a failure is an
// [*oauth2.RetrieveError]. out may be nil.
func postForm(ctx context.Context, client *http.Client, address string, form url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return exchange(client, req, out, func(resp *http.Response) error {
		if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
			return nil
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		return &oauth2.RetrieveError{Response: resp, Body: body}
	})
}

// exchange sends req and reads the JSON that comes back into out, unless check
// finds that it is an error.
func exchange(client *http.Client, req *http.Request, out any, check func(*http.Response) error) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := check(resp); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
