package web

import (
	"context"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/rules"
)

// Home is what a person sees and chooses on pages of their own. Whose it is, is said
// by the address that unmeet knows them by: what is somebody else's is an
// [ErrNotTheirs], as is what there is not.
type Home interface {
	// Asked returns what was suggested to a person, the latest first.
	Asked(ctx context.Context, person string) ([]Slip, error)
	// LookAt returns one of these, and AnswerTo takes an answer to it, as [Desk] does
	// behind a link, from a browser that is known.
	LookAt(ctx context.Context, person string, suggestion int64) (Slip, error)
	AnswerTo(ctx context.Context, person string, suggestion int64, a Answer) error

	// Hours returns what their meetings take and gave back in whole weeks.
	Hours(ctx context.Context, person string) (Hours, error)
}

// ErrNotTheirs says that something is not the person's, or not there.
var ErrNotTheirs = errors.New("that is not theirs, or not there")

// Hours are a person's own, in seconds: what "unmeet report --funnel --as" counts.
type Hours struct {
	From, To   time.Time // whole weeks
	Zone       *time.Location
	Total      HourRow
	Categories []HourRow // all seven, in order
	Weeks      []HourRow
	Read       bool // something was read of those weeks
}

// HourRow is one row of them.
type HourRow struct {
	Category rules.Category
	From, To time.Time // of a week; To is the day after

	Meetings    int64
	Recoverable int64
	Trial       int64
	Suggested   int64 // declines and trials together, as the next two
	Accepted    int64
	Recovered   int64
}

// undoable reports whether an answer can be taken back now.
func (s Slip) undoable() bool {
	for _, c := range s.Allowed {
		if c.Verb == click.Undo {
			return true
		}
	}
	return false
}
