package web

import "context"

// Service is a calendar service that people let unmeet in to on the service's own
// pages (OAuth 2.0, RFC 6749 §4.1).
type Service interface {
	// Name is what people call the service, such as "Google". In lower case it is
	// its part of our addresses.
	Name() string
	// Leave begins an attempt.
	Leave(Wish) (Leaving, error)
	// Return redeems the code that came back. keep is the attempt's Leaving.Keep.
	// A failure that the person should understand is a [Refusal].
	Return(ctx context.Context, keep []byte, code string) (Grant, error)
	// Refused explains the error that came back instead of a code.
	Refused(code string) error
}

// Wish is what a person is led to a service for.
type Wish struct {
	Redirect string // where the service is to send the browser back to
	Expect   string // address of who is to agree; "" if anybody of the organization may
	Write    bool   // unmeet wants to change events, too; else it only reads
	// Force makes the service ask even those who agreed before, and so give a new
	// secret.
	Force bool
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
	Enrols  bool     // it says who somebody is and no more: they take part, and nothing is read by it
}
