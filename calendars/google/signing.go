package google

import (
	"io"
	"net/http"
)

// signing adds the access token to requests, and renews it once when the server
// does not take it (the library refreshes by the clock alone).
type signing struct {
	base   http.RoundTripper
	tokens TokenSource
	charge string
}

func (s *signing) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := s.tokens.Token(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err := s.base.RoundTrip(s.sign(req, token))
	if err != nil || resp.StatusCode != http.StatusUnauthorized || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	drain(resp.Body)
	if req.GetBody != nil {
		req = req.Clone(req.Context())
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	if token, err = s.tokens.Renew(req.Context(), token); err != nil {
		return nil, err
	}
	return s.base.RoundTrip(s.sign(req, token))
}

func (s *signing) sign(req *http.Request, token string) *http.Request {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", userAgent)
	if s.charge != "" {
		req.Header.Set("X-Goog-Quota-User", s.charge)
	}
	return req
}

// bounded cuts off answers that are larger than limit, once uncompressed.
type bounded struct {
	base  http.RoundTripper
	limit int64
}

func (b *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{body: resp.Body, left: b.limit}
	return resp, nil
}

type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// One more byte tells an answer of exactly the limit from a larger one.
		var one [1]byte
		n, err := b.body.Read(one[:])
		if n > 0 {
			return 0, errTooLarge
		}
		return 0, err
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }

// drain reads a little of what is left, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
