package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"unmeet/agent/secret"
	"unmeet/store"
)

const (
	// nobody is the connection that attempts are sealed for.
	nobody = 0
	// attemptLife is how long a person may take on the service's pages.
	attemptLife = 10 * time.Minute
	// longestState bounds what is looked up; ours have 52 characters.
	longestState = 128
	// longestCode bounds what is passed on to a service.
	longestCode = 2048
)

// attempt is what must be known when a browser comes back. It is sealed in the
// database, since it has the verifier of PKCE.
type attempt struct {
	Service string
	Browser []byte // SHA-256 of the cookie of the browser that began it
	Keep    []byte // what the service wants to know
}

// begin remembers that the browser with a cookie left for a service.
func (s *Site) begin(ctx context.Context, service string, l Leaving, cookie string) error {
	browser := sha256.Sum256([]byte(cookie))
	plain, err := json.Marshal(attempt{Service: service, Browser: browser[:], Keep: l.Keep})
	if err != nil {
		return err
	}
	sealed, _, err := s.keep.Keys.Seal(plain, nobody, secret.Attempt)
	if err != nil {
		return err
	}
	now := s.now()
	return s.keep.DB.Remember(ctx, l.State, sealed, now, now.Add(attemptLife))
}

// comeBack takes what begin remembered. It succeeds once for a state, and only in
// the browser that has the cookie.
func (s *Site) comeBack(ctx context.Context, service, state, cookie string) (keep []byte, err error) {
	sealed, err := s.keep.DB.Recall(ctx, state, s.now())
	if errors.Is(err, store.ErrNotPending) {
		return nil, &Refusal{Reason: Used, Err: err}
	}
	if err != nil {
		return nil, err
	}
	plain, err := s.keep.Keys.Open(sealed, nobody, secret.Attempt)
	if err != nil {
		return nil, err
	}
	var a attempt
	if err := json.Unmarshal(plain, &a); err != nil {
		return nil, fmt.Errorf("read an attempt: %w", err)
	}
	browser := sha256.Sum256([]byte(cookie))
	if a.Service != service || subtle.ConstantTimeCompare(browser[:], a.Browser) != 1 {
		return nil, &Refusal{Reason: Elsewhere}
	}
	return a.Keep, nil
}

// cookieName names the cookie of one attempt, so that several tabs can each have
// theirs. Behind https the prefix keeps other hosts of the domain from setting it.
func (s *Site) cookieName(state string) string {
	name := "unmeet-connect-" + store.StateHash(state)[:16]
	if s.public.Scheme == "https" {
		return "__Host-" + name
	}
	return name
}

// bind gives the browser the cookie of an attempt, and returns its value. back is the
// token of the link whose page it is to come back to, "" for none.
func (s *Site) bind(w http.ResponseWriter, state, back string) string {
	value := bound(back)
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(state), Value: value, Path: "/",
		// Longer than an attempt, so that one that took too long is told from one
		// of another browser.
		MaxAge:   int((6 * attemptLife).Seconds()),
		HttpOnly: true, Secure: s.public.Scheme == "https",
		SameSite: http.SameSiteLaxMode, // coming back from the service is a navigation
	})
	return value
}

// result is what a service sends a browser back with.
type result struct{ state, code, refused string }

// readResult reads the query of a callback. A parameter given twice, or longer
// than any that is meant, is as good as none (RFC 6749 §3.1).
func readResult(q url.Values) result {
	one := func(name string, longest int) string {
		if v := q[name]; len(v) == 1 && len(v[0]) <= longest {
			return v[0]
		}
		return ""
	}
	return result{state: one("state", longestState), code: one("code", longestCode), refused: one("error", longestState)}
}

// redeem gets what was granted from a result.
func redeem(ctx context.Context, service Service, keep []byte, r result) (Grant, error) {
	switch {
	case r.refused != "":
		return Grant{}, service.Refused(r.refused)
	case r.code == "":
		return Grant{}, &Refusal{Reason: CodeUsed, Err: errors.New("the callback has neither a code nor an error")}
	}
	return service.Return(ctx, keep, r.code)
}
