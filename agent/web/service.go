package web

import "context"

// Service is a calendar service that people let unmeet in to on the service's own
// pages (OAuth 2.0, RFC 6749 §4.1).
type Service interface {
	// Name is what people call the service, such as "Google". In lower case it is
	// its part of our addresses.
	Name() string
	// Leave begins an attempt that comes back to redirect. expect is the address
	// of who is to connect, "" if anybody of the organization may. With force the
	// service asks even those who agreed before, and so gives a new secret.
	Leave(redirect, expect string, force bool) (Leaving, error)
	// Return redeems the code that came back. keep is the attempt's Leaving.Keep.
	// A failure that the person should understand is a [Refusal].
	Return(ctx context.Context, keep []byte, code string) (Grant, error)
	// Refused explains the error that came back instead of a code.
	Refused(code string) error
}

// Leaving is how an attempt begins.
type Leaving struct {
	URL   string // where to send the browser
	State string // comes back with it
	Keep  []byte // what the service has to know then; secret
}

// Grant is what came of a person's consent.
type Grant struct {
	Address string   // verified by the service, lower case
	Account string   // what the service calls the account, whatever its address
	Scopes  []string // as granted
	Remotes []string // the calendars to read, as the service names them
	Secret  string   // the refresh token; "" if the service thinks that we have one
}
