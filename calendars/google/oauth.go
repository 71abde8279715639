package google

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// The scopes that unmeet asks for, each for one purpose.
const (
	ReadEvents  = "https://www.googleapis.com/auth/calendar.events.readonly"       // reading
	ReadOwned   = "https://www.googleapis.com/auth/calendar.events.owned.readonly" // reading one's own calendars alone
	WriteEvents = "https://www.googleapis.com/auth/calendar.events"                // the first decline
	ReadMembers = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"
)

// implied lists what else grants a scope, since people may have granted more
// than is asked for now.
var implied = map[string][]string{
	ReadOwned: {ReadEvents, WriteEvents, "https://www.googleapis.com/auth/calendar.events.owned",
		"https://www.googleapis.com/auth/calendar.readonly", "https://www.googleapis.com/auth/calendar"},
	ReadEvents: {WriteEvents, "https://www.googleapis.com/auth/calendar.readonly",
		"https://www.googleapis.com/auth/calendar"},
	WriteEvents: {"https://www.googleapis.com/auth/calendar"},
}

// OAuthConfig names the OAuth client of the organization.
type OAuthConfig struct {
	ClientID, ClientSecret string
	Domains                []string // of the organization; others may not connect; none: anybody may
	Endpoints              Endpoints
	Transport              Transport
}

// OAuth leads people through Google's consent, and uses what they granted.
type OAuth struct {
	client    oauth2.Config // without redirect address and scopes
	domains   []string
	endpoints Endpoints
	transport Transport
	http      *http.Client
}

// NewOAuth checks c and returns what uses it.
func NewOAuth(c OAuthConfig) (*OAuth, error) {
	if c.ClientID == "" {
		return nil, errors.New("google: no client_id is set")
	}
	e, err := c.Endpoints.filled()
	if err != nil {
		return nil, err
	}
	t := c.Transport.filled()
	o := &OAuth{endpoints: e, transport: t, http: t.plainClient()}
	for _, d := range c.Domains {
		o.domains = append(o.domains, strings.ToLower(d))
	}
	o.client = oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		// A style that is left open makes the library post everything twice.
		Endpoint: oauth2.Endpoint{AuthURL: e.Auth, TokenURL: e.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	return o, nil
}

// Attempt is one time that a person tries to connect. Keep it, bound to their browser
// and for ten minutes, from the redirect to Google until the callback, and use
// it once.
type Attempt struct {
	State    string // must come back in the callback, compared in constant time
	Verifier string // of PKCE (RFC 7636 §4.1)
	Nonce    string // must come back in the id token
	Redirect string // the callback's address
	Scopes   []string
	Expect   string // address of who is to connect; "" for anybody of the domains
	// Force makes Google show its consent page even to those who agreed before.
	// Without it Google sends no refresh token the second time, so it is needed
	// where none is stored, and a nuisance anywhere else.
	Force bool
}

// NewAttempt begins an attempt to get scopes, for a callback at redirect.
func NewAttempt(redirect string, scopes ...string) Attempt {
	return Attempt{
		State: rand.Text() + rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), // of 260, 130 and 256 random bits
		Redirect: redirect, Scopes: scopes,
	}
}

// AuthCodeURL returns where to send the person's browser.
func (o *OAuth) AuthCodeURL(c Attempt) string {
	opts := []oauth2.AuthCodeOption{
		oauth2.AccessTypeOffline,
		oauth2.S256ChallengeOption(c.Verifier),
		oauth2.SetAuthURLParam("nonce", c.Nonce),
		oauth2.SetAuthURLParam("include_granted_scopes", "true"),
	}
	if c.Force {
		opts = append(opts, oauth2.ApprovalForce)
	}
	if c.Expect != "" {
		opts = append(opts, oauth2.SetAuthURLParam("login_hint", c.Expect))
	}
	switch len(o.domains) {
	case 0:
	case 1:
		opts = append(opts, oauth2.SetAuthURLParam("hd", o.domains[0]))
	default:
		opts = append(opts, oauth2.SetAuthURLParam("hd", "*")) // any Workspace account
	}
	return o.config(c).AuthCodeURL(c.State, opts...)
}

func (o *OAuth) config(c Attempt) *oauth2.Config {
	conf := o.client
	conf.RedirectURL = c.Redirect
	conf.Scopes = append([]string{"openid", "email"}, c.Scopes...)
	return &conf
}

// Granted is what came of a consent.
type Granted struct {
	Address string // verified by Google, lower case
	Domain  string // the Workspace domain; "" for a personal account
	Subject string // never changes, unlike the address
	Scopes  []string
	Refresh string // "" if Google thinks that we have one already
}

// CallbackError explains the error that a callback came with instead of a code
// (RFC 6749 §4.1.2.1).
func CallbackError(code string) error { return newError("connect", 0, code) }

// Exchange redeems the code of a callback, and verifies who consented to what.
// The errors of a person who is not to be connected have Kind Denied, those of
// scopes left out have Kind Consent. What an account of another organization
// granted is given back. It is not repeated: a code is good once.
func (o *OAuth) Exchange(ctx context.Context, c Attempt, code string) (Granted, error) {
	const op = "connect"
	var token *oauth2.Token
	failed := o.transport.attempt(ctx, op, func(ctx context.Context) (err error) {
		token, err = o.config(c).Exchange(o.with(ctx), code, oauth2.VerifierOption(c.Verifier))
		return err
	})
	if failed != nil {
		if failed.Kind == Auth {
			failed.Hint = "the link was used before or is too old: begin again"
		}
		return Granted{}, failed
	}
	id, _ := token.Extra("id_token").(string)
	who, err := readIDToken(id)
	if err != nil {
		return Granted{}, &Error{Op: op, Kind: Permanent, cause: err}
	}
	if err := o.verify(who, c); err != nil {
		if KindOf(err) == Denied && o.stranger(who) {
			o.giveBack(ctx, token)
		}
		return Granted{}, err
	}
	scope, _ := token.Extra("scope").(string)
	granted := strings.Fields(scope)
	if missing := missingScopes(granted, c.Scopes); len(missing) > 0 {
		e := newError(op, 0, "insufficientPermissions")
		e.Hint = "connect again, and tick: " + strings.Join(missing, ", ")
		return Granted{}, e
	}
	return Granted{
		Address: strings.ToLower(who.Email), Domain: strings.ToLower(who.Domain), Subject: who.Subject,
		Scopes: granted, Refresh: token.RefreshToken,
	}, nil
}

// giveBackWithin is how long a person who was refused may be kept waiting.
const giveBackWithin = 10 * time.Second

// giveBack ends the grant of somebody who is not to be connected, so that nothing
// of it is left with Google, as far as Google can be told. (A colleague who is
// refused only because another was expected may well be connected: ending this
// grant would end that of their connection.)
func (o *OAuth) giveBack(ctx context.Context, token *oauth2.Token) {
	ctx, cancel := context.WithTimeout(ctx, giveBackWithin)
	defer cancel()
	if err := o.Revoke(ctx, cmp.Or(token.RefreshToken, token.AccessToken)); err != nil {
		o.transport.Log.WarnContext(ctx, "google: the grant of an account that was refused could not be given back", "error", err)
	}
}

// missingScopes returns which of the wanted scopes were not granted.
func missingScopes(granted, wanted []string) []string {
	var missing []string
	for _, w := range wanted {
		ok := slices.Contains(granted, w) || slices.ContainsFunc(implied[w], func(more string) bool {
			return slices.Contains(granted, more)
		})
		if !ok {
			missing = append(missing, w)
		}
	}
	return missing
}

// refresh gets an access token for a refresh token, and the one that takes its
// place where the server rotates them.
func (o *OAuth) refresh(ctx context.Context, stored string) (fresh minted, next string, err error) {
	const op = "refresh access"
	err = o.transport.repeat(ctx, op, nil, func(ctx context.Context) error {
		// A source is made for each refresh, because it keeps its context.
		token, err := o.client.TokenSource(o.with(ctx), &oauth2.Token{RefreshToken: stored}).Token()
		if err != nil {
			return err
		}
		fresh = minted{token: token.AccessToken, life: time.Duration(token.ExpiresIn) * time.Second}
		next = token.RefreshToken
		return nil
	}, nil)
	return fresh, next, err
}

// Revoke ends a grant at Google, with all its tokens. One that has ended before
// is no error.
func (o *OAuth) Revoke(ctx context.Context, refresh string) error {
	const op = "revoke access"
	err := o.transport.repeat(ctx, op, nil, func(ctx context.Context) error {
		return o.post(ctx, o.endpoints.Revoke, url.Values{"token": {refresh}}, nil)
	}, nil)
	if e, ok := errors.AsType[*Error](err); ok && (e.Reason == "invalid_token" || e.Reason == "invalid_grant") {
		return nil
	}
	return err
}

// with makes the library use our client.
func (o *OAuth) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, o.http)
}

func (o *OAuth) post(ctx context.Context, address string, form url.Values, out any) error {
	return postForm(ctx, o.http, address, form, out)
}
