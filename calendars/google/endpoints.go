package google

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Endpoints are the addresses of Google's services. An empty one is Google's
// own; all of them can be pointed at a compatible server.
type Endpoints struct {
	Calendar  string // base of the Calendar API, ending in "/"
	Directory string // base of the Directory API, ending in "/"
	Auth      string // where people consent
	Token     string
	Revoke    string
	IAM       string // base of the IAM Credentials API, ending in "/"
	Issuer    string // "iss" of id tokens
}

// googleEndpoints are those of Google itself.
var googleEndpoints = Endpoints{
	Calendar:  "https://www.googleapis.com/calendar/v3/",
	Directory: "https://admin.googleapis.com/admin/directory/v1/",
	Auth:      "https://accounts.google.com/o/oauth2/v2/auth",
	Token:     "https://oauth2.googleapis.com/token",
	Revoke:    "https://oauth2.googleapis.com/revoke",
	IAM:       "https://iamcredentials.googleapis.com/v1/",
	Issuer:    "https://accounts.google.com",
}

// EndpointsAt returns the endpoints of a server that serves everything under one
// address, as the configuration's google.endpoint names it; "" is Google.
func EndpointsAt(base string) Endpoints {
	if base == "" {
		return googleEndpoints
	}
	base = strings.TrimRight(base, "/")
	return Endpoints{
		Calendar:  base + "/calendar/v3/",
		Directory: base + "/admin/directory/v1/",
		Auth:      base + "/o/oauth2/v2/auth",
		Token:     base + "/token",
		Revoke:    base + "/revoke",
		IAM:       base + "/v1/",
		Issuer:    googleEndpoints.Issuer, // such a server poses as Google
	}
}

// filled returns e with Google's address for each that is empty. It is an error
// if a token would travel unencrypted to another machine.
func (e Endpoints) filled() (Endpoints, error) {
	for _, f := range []struct {
		name  string
		field *string
		own   string
		base  bool
	}{
		{"calendar", &e.Calendar, googleEndpoints.Calendar, true},
		{"directory", &e.Directory, googleEndpoints.Directory, true},
		{"authorization", &e.Auth, googleEndpoints.Auth, false},
		{"token", &e.Token, googleEndpoints.Token, false},
		{"revocation", &e.Revoke, googleEndpoints.Revoke, false},
		{"IAM", &e.IAM, googleEndpoints.IAM, true},
		{"issuer", &e.Issuer, googleEndpoints.Issuer, false},
	} {
		if *f.field == "" {
			*f.field = f.own
		}
		if f.base && !strings.HasSuffix(*f.field, "/") {
			*f.field += "/"
		}
		if err := private(*f.field); err != nil {
			return e, fmt.Errorf("google: %s endpoint: %w", f.name, err)
		}
	}
	return e, nil
}

// private reports an address at which a secret could be overheard.
func private(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is no address of a server", address)
	}
	if u.Scheme == "https" {
		return nil
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%q must begin with https://", address)
}
