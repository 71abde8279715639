package click

import (
	"errors"
	"time"
)

// Kind is what is suggested.
type Kind string

// The kinds of suggestions.
const (
	KindDecline Kind = "decline" // an attendee reads it instead
	KindTrial   Kind = "trial"   // the organizer does it in writing a few times
	KindSplit   Kind = "split"   // the organizer sends the updates ahead and meets shorter
	KindShorten Kind = "shorten" // the organizer meets shorter
)

// Accept is the answer that accepts a suggestion of this kind.
func (k Kind) Accept() Verb { return Verb(k) }

// State is how far a suggestion has come.
type State string

// The states of a suggestion.
const (
	Offered   State = "offered"
	Pending   State = "pending"
	Accepted  State = "accepted"
	Kept      State = "kept"
	Expired   State = "expired"
	Withdrawn State = "withdrawn"
)

// Verb is what a person answers, what a link is for, or what time brings.
type Verb string

// What people answer. Each kind is accepted by the verb of its name.
const (
	Decline Verb = "decline"
	Trial   Verb = "trial"
	Split   Verb = "split"
	Shorten Verb = "shorten"
	Keep    Verb = "keep"
	Wrong   Verb = "wrong" // the meeting is something else than it was classified as
	Never   Verb = "never" // an organizer: none of my meetings; an attendee: not this one
	Undo    Verb = "undo"  // take back whatever was answered
)

// What links are for beside an answer. Step refuses them.
const (
	Other       Verb = "other"       // shows all answers, gives none
	Unsubscribe Verb = "unsubscribe" // of the mail as a whole
	Alone       Verb = "alone"       // ends that an assistant answers, or lets them again
)

// What the agent tells.
const (
	Commit   Verb = "commit"   // the hold may be over
	Expire   Verb = "expire"   // the time to answer may be over
	Withdraw Verb = "withdraw" // the suggestion no longer makes sense, Note says why
)

// Scope is how much of a series an answer is about.
type Scope string

// The scopes. An Event without one means This.
const (
	This   Scope = "this"   // the occurrence that was suggested
	Onward Scope = "onward" // that one and all after it
)

// Choice is an answer that can be given.
type Choice struct {
	Verb  Verb
	Scope Scope
}

// NoNote stands for a note where the person wants nothing to be said.
const NoNote = "-"

// Suggestion is a suggestion as far as answering it goes. Times are whole seconds;
// Step rounds down what it is given.
type Suggestion struct {
	Kind      Kind
	Recurring bool      // it can be answered for all occurrences from this one on
	Starts    time.Time // the occurrence, or the first of a trial
	ExpiresAt time.Time // from then on it cannot be answered any more
	ClosesAt  time.Time // from then on an answer cannot be taken back; not before ExpiresAt

	State     State
	Choice    Verb // that led to Pending, Accepted or Kept; "" while there is none
	Scope     Scope
	Note      string    // what the person wants to be said, or NoNote; "" for as suggested
	Visitor   string    // browser that answered, "" if unknown
	Known     bool      // the browser was known
	PressedAt time.Time // when it answered
	CommitAt  time.Time // when the hold is over; zero unless Pending
	Epoch     int       // answers so far that are held: tells repeated attempts apart
	Wrong     bool      // the person said that the classification is wrong
	Category  string    // what it is instead, "" if they did not say
	Never     bool      // Choice is Never

	// The last answer of an unknown browser, Undo included, whatever came of it since.
	Unknown   Choice
	UnknownAt time.Time        // zero: none that still matters
	Before    Standing         // what stood before the first of those that can still cancel each other
	Lately    [Thoughts]Choice // the different ones among those, without Undo
	VoidedAt  time.Time        // when answers last cancelled each other, zero: never
}

// Standing is how far a suggestion has come by answers, as it can be restored.
type Standing struct {
	State     State
	Choice    Verb
	Scope     Scope
	Note      string    `json:",omitempty"`
	Visitor   string    `json:",omitempty"`
	Known     bool      `json:",omitempty"`
	PressedAt time.Time `json:",omitzero"`
	CommitAt  time.Time `json:",omitzero"`
	Wrong     bool      `json:",omitempty"`
	Category  string    `json:",omitempty"`
	Never     bool      `json:",omitempty"`
}

// Event is what happens to a suggestion.
type Event struct {
	Verb     Verb
	Scope    Scope
	Known    bool   // the browser is known as the person's
	Visitor  string // which one, "" if unknown
	Category string // with Wrong
	Note     string // with an accepting verb: what the person wants to be said, or NoNote; with Withdraw: why

	// When this browser last answered, if it is not known, and can show so by the
	// cookie that it was given then; zero if it cannot.
	Answered time.Time
	Gesture  bool // nothing speaks against a person having pressed a button of a page
}

// Outcome is what is recorded of a suggestion and never changed again.
type Outcome string

// The outcomes. Suggested, Left and Returned are not of Step: a suggestion begins
// with the first, people leave and return without one.
const (
	WasSuggested Outcome = "suggested"
	WasPressed   Outcome = "pressed" // accepted, hold begins
	WasUndone    Outcome = "undone"
	WasAccepted  Outcome = "accepted" // the hold is over
	WasKept      Outcome = "kept"
	WasVoid      Outcome = "void"
	WasWrong     Outcome = "wrong"
	WasNever     Outcome = "never"
	WasExpired   Outcome = "expired"
	WasWithdrawn Outcome = "withdrawn"
	HasLeft      Outcome = "left"
	HasReturned  Outcome = "returned"
)

// Effect is something that is to be done together with the step it comes of:
// a [Record], [Receipt], [Silence] or [Unsilence], [Forget], [Supersede], [Act] or
// [TakeBack].
type Effect interface{ effect() }

// Record is to be kept as an outcome.
type Record struct {
	Outcome  Outcome
	Choice   Verb   // the answer it is about, "" if none
	Scope    Scope  // of that answer
	Category string // with WasWrong
	Why      string // with WasWithdrawn
}

// Receipt is to be mailed to the person: what was answered in their name, with a
// link to undo it.
type Receipt struct{ Epoch int }

// Silence ends suggestions about something.
type Silence struct {
	For       time.Duration // 0: lasting
	After     time.Duration // how long it is held until it begins
	Organizer bool          // about all meetings of the person, to anybody; else about this lineage, to this person
	Why       Verb          // Keep, Wrong or Never
}

// Unsilence takes back the silences that this suggestion has brought.
type Unsilence struct{}

// Forget revokes browsers that came to be known by pressing a button since then, or
// for this suggestion: answers cancelled each other, so whoever pressed is no person.
type Forget struct{ Since time.Time }

// Supersede takes back what others were asked about the meeting and have not
// answered: its organizer does it in writing.
type Supersede struct{}

// Act has done in the calendar what was accepted.
type Act struct {
	// Again says that it was accepted before, and that taking it back was cancelled:
	// what has not been taken back yet is not taken back.
	Again bool
}

// TakeBack has taken back in the calendar what was accepted, as far as it was done.
type TakeBack struct {
	// After is how long it is held: answers of unknown browsers may be cancelled.
	After time.Duration
}

func (Record) effect()    {}
func (Receipt) effect()   {}
func (Silence) effect()   {}
func (Unsilence) effect() {}
func (Forget) effect()    {}
func (Supersede) effect() {}
func (Act) effect()       {}
func (TakeBack) effect()  {}

// What Step refuses. The suggestion it returns with one of them is the one it was
// given.
var (
	ErrOver  = errors.New("the suggestion is over")              // expired, withdrawn, or its time is up
	ErrOther = errors.New("that is no answer to the suggestion") // of another kind, or unknown
)

// Holds is how long nothing is done after an answer.
type Holds struct {
	Short   time.Duration // of accepting what concerns the person alone
	Trial   time.Duration // of accepting a trial, which concerns others
	Silence time.Duration // how long a refusal keeps a lineage silent
}

// DefaultHolds are the holds of an organization that chose nothing.
var DefaultHolds = Holds{Short: 2 * time.Minute, Trial: 15 * time.Minute, Silence: 90 * 24 * time.Hour}

const (
	// VoidWithin is how close different answers of unknown browsers cancel each other.
	VoidWithin = time.Minute
	// Thought is the least time between an answer and a second thought. What comes
	// sooner may be a program that presses one button after the other.
	Thought = 3 * time.Second
	// Thoughts is how many different answers one browser can give within the time in
	// which answers cancel each other: a second thought, and no tour of all buttons.
	Thoughts = 2
	// receipts is how many mails one suggestion can set off: pressing and undoing
	// in turns is no way to fill somebody's mailbox.
	receipts = 3
)
