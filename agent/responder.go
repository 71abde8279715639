package agent

import (
	"context"

	"unmeet/calendars"
	"unmeet/store"
)

// Responder does things in one person's calendar.
type Responder interface {
	// Look returns the occurrence that an intent is about, as the calendar has it now,
	// also where the intent is about all from it on. One that is not there is a
	// [calendars.OvertakenError].
	Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error)
	// Do does what is intended, once: what was so before stays as it is, which the
	// receipt says. It looks first whether the world has moved, and then does nothing: an
	// [calendars.OvertakenError].
	//
	// Right before anything is written, begin (unless nil) is told the receipt as it is
	// to be; after an error of begin, nothing is written, and Do returns it. Errors that
	// come later leave open whether it was done, unless they wrap
	// [calendars.ErrRefused]; then Do is to be called again, with Intent.Begun.
	//
	// Where the calendar cannot be written to, errors wrap [calendars.ErrReadOnly], or
	// [calendars.ErrNoConsent]. One that is a [*Trouble] says what is to be done.
	Do(ctx context.Context, i calendars.Intent, begin func(calendars.Receipt) error) (calendars.Receipt, error)
}

// Responders returns what does things over a connection. Errors are those of
// [Responder.Do] that hold for all that could be done.
type Responders func(ctx context.Context, c store.Connection) (Responder, error)
