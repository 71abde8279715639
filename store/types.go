package store

import (
	"fmt"
	"time"

	"unmeet/calendars"
)

// Organization says whose people are ours. A person is of the organization when
// their address is in one of Domains (subdomains excluded) or among Addresses.
type Organization struct {
	Name      string
	Domains   []string
	Addresses []string
}

// Collection describes a calendar to be registered with AddCollection.
type Collection struct {
	Kind   string // of its connection: "ics", "google", "caldav"
	Remote string // address within the connection; unique per Owner and Kind
	Owner  string // address of the person whose calendar it is; "" if unknown
}

// Pull is what one pull of a collection brought home.
type Pull struct {
	Collection int64 // as AddCollection returned it
	Delta      calendars.Delta
}

// Touched says what an Apply changed, so that it can be judged again.
type Touched struct {
	Meetings []int64 // ids of meetings whose words, structure or occurrences changed, ascending
	Copies   int     // copies written or removed
	Ended    int     // occurrences that are no more
}

// SuspectError says that a full listing was not applied, because it lacks more
// than half of what its collection is known to hold. See AcceptLoss. What is over,
// and what has ended, may be missing.
type SuspectError struct {
	Collection Collection
	Known      int // events within the listed span that are not over, a series being one
	Missing    int // of Known, those that the listing lacks
}

func (e *SuspectError) Error() string {
	return fmt.Sprintf("suspect listing of %s: %d of %d known events are missing, it was not applied", e.Collection.Remote, e.Missing, e.Known)
}

// Subject is what there is to judge: the words and the structure that a series,
// or those of its occurrences that have words or guests of their own, show to an
// invited person.
type Subject struct {
	Hash       string // of all fields below except Meeting, Body and Whole; verdicts are kept under it
	Meeting    int64
	Title      string // "" for a private meeting
	Body       string // the description, or what is left of it; see Whole
	BodyHash   int64  // of the whole description, 0 if empty
	Whole      bool   // false: of the description only the phrases that mattered are left
	Private    bool   // every copy is private
	Minutes    int    // length of a typical occurrence
	Rule       string // RRULE of the series, "" for a one-off
	Heads      int    // people invited, organizer included
	HeadsKnown bool   // false: Heads is a lower bound
	External   int    // of Heads, those outside the organization
	Optional   int    // of Heads, those invited as optional
	Accepted   int    // answers, the organizer's left out, as far as known
	Declined   int
	Unanswered int
	People     []Guest // who is invited, in order of address
}

// Guest is an invited person as a subject shows them.
type Guest struct {
	Address   string `json:"address"`
	Name      string `json:"name,omitempty"`
	Organizer bool   `json:"organizer,omitempty"`
}

// Verdict is what the rules said of a subject, kept as they said it. The
// database looks into none of its JSON.
type Verdict struct {
	SubjectHash string
	RulesHash   string
	Category    string
	Verdict     []byte // JSON of the whole verdict
	Words       string // of the subject; see Subject.Words
}

// Occurrence is one meeting at one time as a report counts it, clipped to the
// asked period.
type Occurrence struct {
	ID          int64
	Meeting     int64
	Instance    calendars.Instance
	SubjectHash string
	Title       string // "" for a private meeting
	Private     bool   // every copy is private
	Rule        string // RRULE of the series, "" for a one-off
	Organizer   string // address, "" if none
	Start, End  time.Time
	Heads       int // people invited, whatever they answered
	HeadsKnown  bool
	// Counted is false where guests are unknown and fewer than two people are
	// evident: Inside belongs to the hours with unknown headcount and to
	// nothing else; People, Gross and WholeGross are 0.
	Counted    bool
	People     int           // of the organization who attend
	Gross      time.Duration // their shares inside the period
	WholeGross time.Duration // their shares of the whole occurrence
	Inside     time.Duration // the part of [Start, End) inside the period
}

// Found is a meeting that was asked for by its UID.
type Found struct {
	Meeting   int64
	UID       string
	Organizer string // address, "" if none
	Subjects  []Subject
	Uncounted map[string]Uncounted // why, by the hash of those subjects of which no occurrence counts
}

// Uncounted says why an occurrence takes no meeting hours of our people.
type Uncounted string

// Why an occurrence is not counted.
const (
	NeverHeld     Uncounted = "never held"     // a series without an occurrence like that
	AllDay        Uncounted = "all-day"        // it says nothing of hours
	CalledOff     Uncounted = "cancelled"      // as its status says
	NoLength      Uncounted = "no length"      // it ends when it begins
	Alone         Uncounted = "alone"          // one person is invited
	GuestsUnknown Uncounted = "guests unknown" // fewer than two people are evident
	OthersOnly    Uncounted = "others only"    // nobody of the organization is invited
	AllDeclined   Uncounted = "declined"       // by everybody of the organization
	MarkedFree    Uncounted = "free"           // it takes no time of those who attend
)

// PeopleCount says how many of the organization's people are meant.
type PeopleCount struct {
	Known     int // named by any copy
	Connected int // of Known, those whose own calendar was read
	Meeting   int // of Known, those who attend something that counts in the period
}
