package web

import (
	"context"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
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

	// Meetings returns what they attend or are invited to that begins in [from, to), as
	// far as that is at most four weeks ago and two weeks ahead, in order of time.
	Meetings(ctx context.Context, person string, from, to time.Time) ([]Meeting, error)
	// SayOf takes what a person says of one of these, by its ID: that its category is
	// wrong (and which it is, "" if they do not say), or never to suggest it.
	SayOf(ctx context.Context, person, id string, verb click.Verb, category string) error
	// Hushed returns what is not suggested to them because of what they said, and Unhush
	// takes one of these back.
	Hushed(ctx context.Context, person string) ([]Hushed, error)
	Unhush(ctx context.Context, person string, id int64) error

	// Settings returns what they chose, and Choose changes that: [ErrNotOffered] for what
	// there is not to choose, [ErrNoZone] for a zone that there is not.
	Settings(ctx context.Context, person string) (Settings, error)
	Choose(ctx context.Context, person string, c Chosen) error
	// TakeMails ends all mail to them, or begins it again, and AnswerAlone says that no
	// assistant is to answer for them, or that one may again.
	TakeMails(ctx context.Context, person string, take bool) error
	AnswerAlone(ctx context.Context, person string, alone bool) error
	// ForgetBrowser makes a browser of theirs unknown, or all for "".
	ForgetBrowser(ctx context.Context, person, id string) error

	// Export returns all that is kept of them as JSON.
	Export(ctx context.Context, person string) ([]byte, error)
	// Leave ends suggestions to them, and, if disconnect is set, that calendars of theirs
	// are read. Erase forgets them.
	Leave(ctx context.Context, person string, disconnect bool) error
	Erase(ctx context.Context, person string) error

	// Hours returns what their meetings take and gave back in whole weeks.
	Hours(ctx context.Context, person string) (Hours, error)
}

// ErrNotTheirs says that something is not the person's, or not there.
var ErrNotTheirs = errors.New("that is not theirs, or not there")

// ErrNoZone says that there is no time zone of that name.
var ErrNoZone = errors.New("there is no such time zone")

// Chosen is what a person can choose; "" is as their group has it.
type Chosen struct {
	Language string
	Rhythm   string // weekly, fortnightly, stopped
	Zone     string // IANA name
}

// Settings are what a person chose, and what there is to choose.
type Settings struct {
	Chosen
	Languages []string
	Mails     bool   // they take mail
	Assistant string // address of who may answer for them, "" nobody
	Alone     bool   // they want nobody to
	Browsers  []store.KnownBrowser
}

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

// Meeting is one occurrence, as unmeet sees it for a person.
type Meeting struct {
	ID         string // tells it from the person's others
	Title      string // "" if it has none, or is private
	Private    bool
	Start, End time.Time
	Recurring  bool
	Organizer  suggest.Party
	Own        bool // the person is the organizer
	People     int  // invited, organizer included
	Known      bool // these are all
	Response   calendars.Response
	Judged     bool // Verdict is there
	Verdict    rules.Verdict

	Ahead bool           // it begins later than now
	Turn  time.Time      // when the person may be asked next
	Offer suggest.Kind   // what would be suggested at their next turn; "" nothing
	Why   suggest.Reason // nothing would be; "" if it was not looked at, as it lies beyond that
	// Silence is what they said that keeps it from being suggested, "" if they did not,
	// and SilentUntil how long; zero is for good.
	Silence     string
	SilentUntil time.Time
}

// Hushed is what is not suggested to a person because of what they said.
type Hushed struct {
	ID    int64
	Title string // of the meeting, "" if that is not known any more
	All   bool   // all that they organize, to anybody
	Why   string // keep, wrong, never
	Until time.Time
}
