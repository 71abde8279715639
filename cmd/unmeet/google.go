package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"unmeet/agent/web"
	"unmeet/calendars/google"
	"unmeet/store"
)

// googleKind is the kind of Google's connections.
const googleKind = "google"

// googleRemote is the one calendar of a person that is read.
const googleRemote = "primary"

// readScope is all that connecting asks for: to read the events of the calendars
// that a person owns.
const readScope = google.ReadOwned

// writeScope is asked for when a person first wants something done in their
// calendar. It lets read, too.
const writeScope = google.WriteEvents

// oauth returns the organization's OAuth client, which calls over t.
func (a *app) oauth(c config, t google.Transport) (*google.OAuth, error) {
	if c.Google.ClientID == "" {
		return nil, hinted(errors.New("no OAuth client is set"),
			"make one in your Google Cloud project, and name it under [google] in unmeet.toml: README.md shows how, in five minutes")
	}
	o := google.OAuthConfig{
		ClientID: c.Google.ClientID, Domains: c.Organization.Domains,
		Endpoints: google.EndpointsAt(c.Google.Endpoint), Transport: t,
	}
	if c.Google.ClientSecretFile != "" {
		_, secret, err := a.secretFile(clientCredential, c.Google.ClientSecretFile)
		if err != nil {
			return nil, hintedByMode(fmt.Errorf("reading the secret of the OAuth client: %w", err), "google.client_secret_file names a file with the secret and nothing else")
		}
		o.ClientSecret = strings.TrimSpace(string(secret))
	}
	return google.NewOAuth(o)
}

// delegation returns the service account that may read for people, with the given
// scopes. It calls over t.
func (a *app) delegation(c config, t google.Transport, scopes ...string) (*google.Delegation, error) {
	d := google.DelegationConfig{
		Impersonate: c.Google.Delegation.Impersonate, Scopes: scopes,
		Endpoints: google.EndpointsAt(c.Google.Endpoint), Transport: t,
	}
	const named = "google.delegation.key_file names the JSON file that Google gave you"
	file := ""
	if c.Google.Delegation.KeyFile != "" {
		var err error
		if file, d.KeyJSON, err = a.secretFile(delegationCredential, c.Google.Delegation.KeyFile); err != nil {
			return nil, hintedByMode(fmt.Errorf("reading the key of the service account: %w", err), named)
		}
		if len(d.KeyJSON) == 0 {
			return nil, hinted(fmt.Errorf("the key file %s of the service account is empty", file), named)
		}
	} else if d.Impersonate == "" {
		return nil, hinted(errors.New("no delegation is set"), "set impersonate (or key_file) under [google.delegation]")
	}
	service, err := google.NewDelegation(a.ctx, d)
	switch {
	case err != nil && file != "":
		return nil, hinted(fmt.Errorf("%s: %w", file, err), named)
	case err != nil:
		return nil, hinted(err, "run it on a machine at Google, or name credentials with GOOGLE_APPLICATION_CREDENTIALS: docs/google.md shows how")
	}
	return service, nil
}

// checkGoogle reports the first key under [google] whose value cannot be meant, and
// why.
func (c config) checkGoogle() (key string, err error) {
	if c.Google.Endpoint != "" {
		u, err := url.Parse(c.Google.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return "endpoint", fmt.Errorf("%q is no address of a server: it takes one such as https://calendar.acme.example, and \"\" for Google", c.Google.Endpoint)
		}
	}
	if key, err := c.Google.Delegation.check(); err != nil {
		return "delegation." + key, err
	}
	for _, address := range c.Google.Delegation.People {
		if len(c.Organization.Domains) > 0 && outside(c, address) {
			return "delegation.people", fmt.Errorf("%s is in none of organization.domains", address)
		}
	}
	return "", nil
}

// googleService leads people through Google's consent, for package web.
type googleService struct{ oauth *google.OAuth }

var _ web.Service = googleService{}

// Name implements [web.Service].
func (googleService) Name() string { return "Google" }

// Leave implements [web.Service].
func (s googleService) Leave(w web.Wish) (web.Leaving, error) {
	scope := readScope
	if w.Write {
		scope = writeScope
	}
	attempt := google.NewAttempt(w.Redirect, scope)
	attempt.Expect, attempt.Force = w.Expect, w.Force
	keep, err := json.Marshal(attempt)
	return web.Leaving{URL: s.oauth.AuthCodeURL(attempt), State: attempt.State, Keep: keep}, err
}

// Return implements [web.Service].
func (s googleService) Return(ctx context.Context, keep []byte, code string) (web.Grant, error) {
	var attempt google.Attempt
	if err := json.Unmarshal(keep, &attempt); err != nil {
		return web.Grant{}, fmt.Errorf("read an attempt: %w", err)
	}
	g, err := s.oauth.Exchange(ctx, attempt, code)
	if err != nil {
		return web.Grant{}, refusal(err)
	}
	return web.Grant{Address: g.Address, Account: g.Subject, Scopes: g.Scopes, Remotes: []string{googleRemote}, Secret: g.Refresh}, nil
}

// Refused implements [web.Service].
func (googleService) Refused(code string) error { return refusal(google.CallbackError(code)) }

// refusal says what a failure of connecting means to the person.
func refusal(err error) error {
	e, ok := errors.AsType[*google.Error](err)
	if !ok {
		return err
	}
	r := &web.Refusal{Err: err}
	switch {
	case e.Reason == "access_denied":
		r.Reason = web.Declined
	case e.Kind == google.Consent:
		r.Reason = web.Unticked
	case e.Kind == google.Denied:
		r.Reason, r.Hint = web.WrongAccount, e.Hint
	case e.Kind == google.Auth || e.Kind == google.Session:
		r.Reason = web.CodeUsed
	case e.Kind == google.Admin:
		r.Reason, r.Hint = web.Administrator, e.Hint
	case e.Kind == google.Transient || e.Kind == google.Rate || e.Kind == google.Quota:
		r.Reason = web.Unavailable
	default:
		r.Reason = web.Broken
	}
	return r
}

// eventLink returns a link to the week of an event in a person's own calendar, "" if
// none is known. Google gives no lasting address of an event that leads everybody to
// their own copy; the week does.
func (c config) eventLink(address string, k *store.Candidate) string {
	if c.Google.Endpoint != "" || c.Google.ClientID == "" && c.Google.Delegation.Impersonate+c.Google.Delegation.KeyFile == "" {
		return ""
	}
	return "https://calendar.google.com/calendar/r/week/" + k.Start.UTC().Format("2006/1/2") + "?authuser=" + url.QueryEscape(address)
}
