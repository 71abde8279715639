package google

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	googleoauth "golang.org/x/oauth2/google"
	"golang.org/x/oauth2/jwt"
	"google.golang.org/api/googleapi"
)

// DelegationConfig names the service account that may read people's calendars
// because an administrator said so (domain-wide delegation). Either KeyJSON or
// Impersonate is set.
type DelegationConfig struct {
	// KeyJSON is the key file of the service account. Its token_uri is where
	// assertions go.
	KeyJSON []byte
	// Impersonate is the address of a service account whose key stays with
	// Google: the machine's own account, or Machine, asks Google to sign for it.
	// It needs the role Service Account Token Creator on it.
	Impersonate string
	// Machine signs in for Impersonate; nil finds the credentials that the
	// environment provides (GOOGLE_APPLICATION_CREDENTIALS, a metadata server).
	Machine oauth2.TokenSource

	Scopes    []string
	Endpoints Endpoints
	Transport Transport
}

// Delegation acts for people of the organization without asking them. Who wants
// that is decided elsewhere.
type Delegation struct {
	sign      func(ctx context.Context, person string) (minted, error)
	transport Transport
}

// NewDelegation reads c's key, or finds the machine's credentials.
func NewDelegation(ctx context.Context, c DelegationConfig) (*Delegation, error) {
	e, err := c.Endpoints.filled()
	if err != nil {
		return nil, err
	}
	d := &Delegation{transport: c.Transport.filled()}
	client := d.transport.plainClient()
	switch {
	case (len(c.KeyJSON) > 0) == (c.Impersonate != ""):
		return nil, errors.New("google: delegation needs either a key file or an account to impersonate")
	case len(c.KeyJSON) > 0:
		key, err := googleoauth.JWTConfigFromJSON(c.KeyJSON, c.Scopes...)
		if err != nil || !readable(key.PrivateKey) {
			return nil, errNoKey // the library's errors may show what is in the file
		}
		if err := private(key.TokenURL); err != nil {
			return nil, fmt.Errorf("google: token_uri of the key file: %w", err)
		}
		d.sign = withKey(key, client)
	default:
		machine := c.Machine
		if machine == nil {
			found, err := googleoauth.FindDefaultCredentials(context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, client), "https://www.googleapis.com/auth/cloud-platform")
			if err != nil {
				return nil, fmt.Errorf("google: find the machine's credentials: %w", err)
			}
			machine = found.TokenSource
		}
		k := keyless{account: c.Impersonate, machine: machine, scopes: c.Scopes, endpoints: e, http: client, clock: d.transport.Clock}
		d.sign = k.mint
	}
	return d, nil
}

var errNoKey = errors.New("google: the key file holds no readable key of a service account")

// readable reports whether the library will be able to sign with a key.
func readable(key []byte) bool {
	der := key
	if block, _ := pem.Decode(key); block != nil {
		der = block.Bytes
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		_, err = x509.ParsePKCS1PrivateKey(der)
		return err == nil
	}
	_, ok := parsed.(*rsa.PrivateKey)
	return ok
}

// For returns the token source for one person's data.
func (d *Delegation) For(person string) TokenSource {
	return newCached(d.transport.Clock, func(ctx context.Context) (fresh minted, err error) {
		const op = "act for a person"
		err = d.transport.repeat(ctx, op, nil, func(ctx context.Context) error {
			fresh, err = d.sign(ctx, person)
			return err
		}, nil)
		if e, ok := errors.AsType[*Error](err); ok && e.Reason == "invalid_grant" {
			e.Hint = "check that " + person + " is an active account of the organization; if nobody's calendar can be read, check this machine's clock and the service account's key"
		}
		return fresh, err
	})
}

// withKey signs assertions with the key of a file.
func withKey(key *jwt.Config, client *http.Client) func(context.Context, string) (minted, error) {
	return func(ctx context.Context, person string) (minted, error) {
		conf := *key
		conf.Subject = person
		token, err := conf.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)).Token()
		if err != nil {
			return minted{}, err
		}
		seconds, _ := token.Extra("expires_in").(float64)
		return minted{token: token.AccessToken, life: time.Duration(seconds) * time.Second}, nil
	}
}

// keyless has Google sign assertions. The library's impersonate package does the
// same, but to fixed addresses, without a context, and with errors that hide
// what Google answered.
type keyless struct {
	account   string
	machine   oauth2.TokenSource
	scopes    []string
	endpoints Endpoints
	http      *http.Client
	clock     Clock
}

func (k keyless) mint(ctx context.Context, person string) (minted, error) {
	now := k.clock.Now()
	payload, err := json.Marshal(map[string]any{
		"iss": k.account, "sub": person, "scope": strings.Join(k.scopes, " "), "aud": k.endpoints.Token,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		return minted{}, err
	}
	machine, err := k.machine.Token()
	if err != nil {
		return minted{}, &Error{
			Op: "sign in as this machine", Kind: Admin, settled: true, cause: networkCause(err),
			Hint: "check the credentials that the environment provides (GOOGLE_APPLICATION_CREDENTIALS or a metadata server)",
		}
	}
	var signed struct {
		JWT string `json:"signedJwt"`
	}
	body, err := json.Marshal(map[string]string{"payload": string(payload)})
	if err != nil {
		return minted{}, err
	}
	address := k.endpoints.IAM + "projects/-/serviceAccounts/" + url.PathEscape(k.account) + ":signJwt"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(string(body)))
	if err != nil {
		return minted{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	machine.SetAuthHeader(req)
	if err := exchange(k.http, req, &signed, googleapi.CheckResponse); err != nil {
		return minted{}, err
	}
	var token struct {
		Access  string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	err = postForm(ctx, k.http, k.endpoints.Token, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed.JWT},
	}, &token)
	if err == nil && token.Access == "" {
		err = io.ErrUnexpectedEOF
	}
	return minted{token: token.Access, life: time.Duration(token.Seconds) * time.Second}, err
}
