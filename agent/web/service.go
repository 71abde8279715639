package web

import (
	"context"
	"errors"
	"time"
)

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
	Secret  string   // the refresh token; "" if the service thinks that we have one
}

// Attempts remembers attempts between leaving and coming back; [store.DB] does.
type Attempts interface {
	// Remember keeps sealed until expires, and of state no more than a hash.
	Remember(ctx context.Context, state string, sealed []byte, now, expires time.Time) error
	// Recall returns what was kept for a state, once; else a [store.ErrNotPending].
	Recall(ctx context.Context, state string, now time.Time) (sealed []byte, err error)
}

// Box seals what must not be read in the database. What was sealed for one purpose
// opens for no other.
type Box interface {
	Seal(purpose string, plain []byte) ([]byte, error)
	Open(purpose string, sealed []byte) ([]byte, error)
}

// Connections keeps what people granted.
type Connections interface {
	// Save makes g the way in to the calendar of the person with its address, and
	// notes that they agreed. It returns [ErrNoSecret] if g has no secret and none
	// that works is kept.
	Save(ctx context.Context, service string, g Grant) error
}

// ErrNoSecret says that the service has to be asked once more, with force.
var ErrNoSecret = errors.New("the service gave no refresh token, and none is kept")
