package store

import "time"

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

// Touched says what an Apply changed, so that it can be judged again.
type Touched struct {
	Meetings []int64 // ids of meetings whose words, structure or occurrences changed
	Copies   int     // copies written
	Ended    int     // occurrences that are no more
}

// Subject is what there is to judge: the words and the structure that a series,
// or those of its occurrences that have words of their own, show to an invited
// person.
type Subject struct {
	Hash       string // of all fields below; verdicts are kept under it
	Meeting    int64
	Title      string // "" for a private meeting
	Body       string
	Private    bool
	Minutes    int    // length of a typical occurrence
	Rule       string // RRULE of the series, "" for a one-off
	Heads      int    // people invited, organizer included
	HeadsKnown bool   // false: Heads is a lower bound
	External   int    // of Heads, those outside the organization
	Optional   int    // of Heads, those invited as optional
	Accepted   int    // answers, as far as known
	Declined   int
	Unanswered int
	People     []Guest // who is invited, in order of address
}

// Guest is an invited person as a subject shows them.
type Guest struct {
	Address, Name string
	Organizer     bool
}

// Verdict is what the rules said of a subject, kept as they said it. The
// database looks into none of its JSON.
type Verdict struct {
	SubjectHash string
	RulesHash   string
	Category    string
	Verdict     []byte // JSON of the whole verdict
}

// Occurrence is one meeting at one time as a report counts it, clipped to the
// asked period.
type Occurrence struct {
	ID          int64
	Meeting     int64
	SubjectHash string
	Title       string // "" for a private meeting
	Organizer   string // address, "" if none
	Start, End  time.Time
	Heads       int
	HeadsKnown  bool
	People      int           // of the organization who attend
	Gross       time.Duration // their shares inside the period
	WholeGross  time.Duration // their shares of the whole occurrence
	Inside      time.Duration // the part of [Start, End) inside the period
}
