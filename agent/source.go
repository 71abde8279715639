package agent

import (
	"context"
	"time"

	"unmeet/calendars"
	"unmeet/store"
)

// Source reads calendars. It is all that the agent wants of one.
type Source interface {
	// Pull tells what changed in a calendar since cursor, which an earlier Pull
	// returned, "" for everything. After an error nothing is applied and the old
	// cursor stays good. An error that is a [*Trouble] says what is to be done.
	Pull(ctx context.Context, at calendars.Collection, cursor string) (calendars.Delta, error)
}

// Sources returns the source that reads over a connection. There is to be one for
// each connection, since sources keep access tokens.
type Sources func(ctx context.Context, c store.Connection) (Source, error)

// Trouble is a failure of a source or a responder, in words that hold no secret and nothing of
// what is in a calendar. Any other error is taken for one that passes by itself.
type Trouble struct {
	Why        string        // "the grant was revoked"
	Hint       string        // what to do, "" if there is nothing to do
	Pause      bool          // until the person connects again: trying is of no use
	Lasts      bool          // until somebody sees to it: trying more often than syncing is of no use
	Final      bool          // of writing: trying it again is of no use
	RetryAfter time.Duration // at least so long is to be waited; beyond a day, a day
	Err        error
}

// Error says why.
func (t *Trouble) Error() string { return t.Why }

// Unwrap returns what failed, or nil.
func (t *Trouble) Unwrap() error { return t.Err }
