package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"unmeet/internal/wire"
)

// Config says which sign-in it is.
type Config struct {
	Issuer       string // as its documents name it: "https://login.acme.example"
	ClientID     string
	ClientSecret string   // "" for a public client
	Domains      []string // of mail, one of which an address has to be in
}

// Why somebody was not signed in.
var (
	ErrElsewhere = errors.New("the address is none of the organization's")
	ErrUnproven  = errors.New("the sign-in does not vouch for an address (email, email_verified)")
	ErrRefused   = errors.New("the sign-in does not take the code")
	ErrSilent    = errors.New("the sign-in does not answer")
)

const (
	// answerWithin bounds each call to the sign-in.
	answerWithin = 20 * time.Second
	// failsFor is how long a failed look stands: who waited for it meanwhile does not
	// wait once more.
	failsFor = 5 * time.Second
	// longestQuote is how much of an error is told, in bytes: some quote whole pages.
	longestQuote = 300
	// largestAnswer bounds what it answers, in bytes.
	largestAnswer = 1 << 20

	// Google, as its ID tokens name it with https:// or without, and the domain of the
	// mail that it has itself.
	googleIssuer = "accounts.google.com"
	googleMail   = "gmail.com"
)

// Provider is the sign-in of an organization. It is looked up when it is first needed,
// and any number of goroutines may use one.
type Provider struct {
	config Config
	client *http.Client

	looking sync.Mutex
	found   *oidc.Provider
	failure error     // of the last look
	failed  time.Time // when that was
}

// New returns a Provider; nothing is looked up yet.
func New(c Config) *Provider {
	return &Provider{config: c, client: &http.Client{
		Transport: bounded{wire.Watched(wire.SignIn, wire.Transport(wire.SignIn, nil))}, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bounded ends answers that are too large.
type bounded struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, largestAnswer)
	}
	return resp, err
}

// Attempt is what has to be known when somebody comes back. It is secret.
type Attempt struct{ Redirect, State, Nonce, Verifier string }

// Leave begins an attempt: URL is where the browser has to go.
func (p *Provider) Leave(redirect string) (url string, a Attempt, err error) {
	a = Attempt{Redirect: redirect, State: rand.Text() + rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	o, _, err := p.lookUp(context.Background(), redirect)
	if err != nil {
		return "", a, err
	}
	return o.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

// Return redeems the code that came back, and returns the address that the sign-in
// vouches for, in lower case.
func (p *Provider) Return(ctx context.Context, a Attempt, code string) (address string, err error) {
	o, found, err := p.lookUp(ctx, a.Redirect)
	if err != nil {
		return "", err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	granted, err := o.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		if answer, answered := errors.AsType[*oauth2.RetrieveError](err); answered { // what else it says may be secret
			return "", fmt.Errorf("%w: it says %q", ErrRefused, answer.ErrorCode)
		}
		return "", fmt.Errorf("%w: %w", ErrSilent, err)
	}
	raw, _ := granted.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrUnproven, brief(err))
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return "", fmt.Errorf("%w: it is of another attempt", ErrUnproven)
	}
	return p.addressIn(id)
}

// addressIn is the address that an ID token vouches for.
func (p *Provider) addressIn(id *oidc.IDToken) (string, error) {
	var claims struct {
		Email    string          `json:"email"`
		Verified json.RawMessage `json:"email_verified"`
		Hosted   string          `json:"hd"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	// Some write the truth as a string.
	if verified := string(claims.Verified); claims.Email == "" || verified != "true" && verified != `"true"` {
		return "", ErrUnproven
	}
	address := strings.ToLower(claims.Email)
	_, domain, _ := strings.Cut(address, "@")
	// Anybody can make an account of Google's with a work address, and keep it once that
	// is no longer theirs: it speaks for its own addresses, and those that it hosts, alone.
	if strings.TrimPrefix(id.Issuer, "https://") == googleIssuer && claims.Hosted == "" && domain != googleMail {
		return "", fmt.Errorf("%w: an account that is none of an organization at Google (hd)", ErrElsewhere)
	}
	for _, ours := range p.config.Domains {
		if strings.EqualFold(ours, domain) {
			return address, nil
		}
	}
	return "", ErrElsewhere
}

// brief is what an error says, without the rest of a page that it may quote.
func brief(err error) string {
	if text := err.Error(); len(text) > longestQuote {
		return strings.ToValidUTF8(text[:longestQuote], "") + "…"
	}
	return err.Error()
}

// lookUp reads what the sign-in says of itself, once.
func (p *Provider) lookUp(ctx context.Context, redirect string) (*oauth2.Config, *oidc.Provider, error) {
	p.looking.Lock()
	defer p.looking.Unlock()
	if p.found == nil && p.failure != nil && time.Since(p.failed) < failsFor {
		return nil, nil, p.failure
	}
	if p.found == nil {
		// It goes on using the client of the context for its keys, but not the rest.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), strings.TrimSuffix(p.config.Issuer, "/"))
		if err != nil && strings.HasSuffix(p.config.Issuer, "/") { // some end in a slash
			found, err = oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
		}
		if err != nil {
			p.failure, p.failed = fmt.Errorf("%w: %s", ErrSilent, brief(err)), time.Now()
			return nil, nil, p.failure
		}
		p.found = found
	}
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "email"},
	}, p.found, nil
}
