package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"unmeet/agent/signin"
	"unmeet/agent/web"
)

// signinConfig says how people sign in: by the organization's own sign-in (OpenID
// Connect), or by a link.
type signinConfig struct {
	Issuer           string `toml:"issuer"` // its address; "" has nobody take part or sign in by it
	ClientID         string `toml:"client_id"`
	ClientSecretFile string `toml:"client_secret_file"` // relative to the configuration

	Link         bool     `toml:"link"`         // a link sent to people's own address signs them in
	Organization []string `toml:"organization"` // addresses of those who may see the organization's page
}

// check reports the first key whose value cannot be meant, and why.
func (s signinConfig) check(c config) (key string, err error) {
	for _, who := range s.Organization {
		if err := checkAddress(who); err != nil {
			return "organization", err
		}
	}
	switch {
	case s.Issuer == "" && s.ClientID != "":
		return "client_id", errors.New("it does nothing without issuer, the address of the sign-in")
	case s.Issuer == "" && s.ClientSecretFile != "":
		return "client_secret_file", errors.New("it does nothing without issuer, the address of the sign-in")
	case s.Issuer == "":
		return "", nil
	case s.ClientID == "":
		return "issuer", errors.New("it needs client_id")
	case len(c.Organization.Domains) == 0:
		return "issuer", errors.New("it needs organization.domains: who signs in has to be of the organization")
	}
	u, err := url.Parse(s.Issuer)
	ip := net.ParseIP("")
	if err == nil {
		ip = net.ParseIP(u.Hostname())
	}
	if here := ip != nil && ip.IsLoopback(); err != nil || u.Host == "" || u.RawQuery+u.Fragment != "" || u.Scheme != "https" && !(here && u.Scheme == "http") {
		return "issuer", fmt.Errorf("%q is no address of a sign-in: it takes one such as https://login.acme.example", s.Issuer)
	}
	return "", nil
}

// signinCredential is the systemd credential that takes the place of
// signin.client_secret_file.
const signinCredential = "signin-secret"

// signIn returns what people take part by without connecting a calendar, nil if there
// is no such thing.
func (a *app) signIn(c config) (web.Service, error) {
	if c.SignIn.Issuer == "" {
		return nil, nil
	}
	set := signin.Config{Issuer: c.SignIn.Issuer, ClientID: c.SignIn.ClientID, Domains: c.Organization.Domains}
	if c.SignIn.ClientSecretFile != "" {
		_, secret, err := a.secretFile(signinCredential, c.SignIn.ClientSecretFile)
		if err != nil {
			return nil, hintedByMode(fmt.Errorf("reading signin.client_secret_file: %w", err), "signin.client_secret_file names a file with the secret and nothing else")
		}
		set.ClientSecret = strings.TrimSpace(string(secret))
	}
	return signInService{signin.New(set)}, nil
}

// signInService leads people through the organization's sign-in, for package web.
type signInService struct{ provider *signin.Provider }

var _ web.Service = signInService{}

// Name implements [web.Service].
func (signInService) Name() string { return "Sign-in" }

// Leave implements [web.Service].
func (s signInService) Leave(w web.Wish) (web.Leaving, error) {
	link, attempt, err := s.provider.Leave(w.Redirect)
	if err != nil {
		return web.Leaving{}, signInRefusal(err)
	}
	keep, err := json.Marshal(attempt)
	return web.Leaving{URL: link, State: attempt.State, Keep: keep}, err
}

// Return implements [web.Service].
func (s signInService) Return(ctx context.Context, keep []byte, code string) (web.Grant, error) {
	var attempt signin.Attempt
	if err := json.Unmarshal(keep, &attempt); err != nil {
		return web.Grant{}, fmt.Errorf("read an attempt: %w", err)
	}
	address, err := s.provider.Return(ctx, attempt, code)
	if err != nil {
		return web.Grant{}, signInRefusal(err)
	}
	return web.Grant{Address: address, Enrols: true}, nil
}

// Refused implements [web.Service].
func (signInService) Refused(code string) error {
	r := &web.Refusal{Reason: web.Unavailable, Err: fmt.Errorf("the sign-in answered %q", code)}
	switch code {
	case "access_denied":
		r.Reason = web.Declined
	case "unauthorized_client", "invalid_scope", "unsupported_response_type", "invalid_request":
		r.Reason = web.Administrator
	}
	return r
}

// signInRefusal says what a failure of signing in means to the person.
func signInRefusal(err error) error {
	reasons := []struct {
		err error
		web.Reason
	}{{signin.ErrElsewhere, web.WrongAccount}, {signin.ErrUnproven, web.Administrator}, {signin.ErrRefused, web.CodeUsed}, {signin.ErrSilent, web.Unavailable}}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return &web.Refusal{Reason: r.Reason, Err: err}
		}
	}
	return err
}
