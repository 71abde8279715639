package suggest

import (
	"encoding/json"
	"fmt"
	"time"

	"unmeet/agent/click"
	"unmeet/calendars"
	"unmeet/rules"
)

// Kind is what a suggestion proposes.
type Kind = click.Kind

// The kinds of suggestions. A decline is put to an attendee, the others to the
// organizer.
const (
	Decline = click.KindDecline // read it instead, this once or from now on
	Trial   = click.KindTrial   // do it in writing a few times
	Split   = click.KindSplit   // send the updates ahead, and meet shorter for the decision
	Shorten = click.KindShorten // send the updates ahead, and meet shorter for the rest
)

// Snapshot is all that a mail and the pages behind its links show of a
// suggestion, as it was when it was made. Times are UTC; Zone says how to show
// them. Words of the calendar (Title, names, quotes) are as foreign as they came:
// whoever shows them cleans them.
type Snapshot struct {
	Kind      Kind               `json:"kind"`
	Title     string             `json:"title"`
	UID       string             `json:"uid"`
	Organizer Party              `json:"organizer"`
	Instance  calendars.Instance `json:"instance,omitempty"`
	Start     time.Time          `json:"start"`
	End       time.Time          `json:"end"`
	Zone      string             `json:"zone"`    // IANA name, the reader's
	Minutes   int                `json:"minutes"` // length of the occurrence
	People    int                `json:"people"`  // invited, organizer included
	Cadence   Cadence            `json:"cadence"`
	// Occurrences are those that a trial would do in writing, the next one first;
	// of the other kinds only the one at Start.
	Occurrences []Time `json:"occurrences"`
	// Shorter is the length in minutes that a split or shorten proposes, else 0.
	Shorter  int              `json:"shorter,omitempty"`
	Facts    []Fact           `json:"facts"` // why, two or three that can be checked, the strongest first
	Category rules.Category   `json:"category"`
	Tasks    []rules.Category `json:"tasks"` // found in the meeting, the main one first
	Form     Form             `json:"form"`  // the async form that fits; zero if none is better than another
	// ReplyWithin is how long the organizer's group takes to answer in writing, of a trial.
	ReplyWithin time.Duration `json:"reply_within,omitempty"`
	// Note is the text proposed for the organizer, in the reader's language; ""
	// where there is nobody to send it to (the reader is the organizer).
	Note      string   `json:"note,omitempty"`
	Link      string   `json:"link,omitempty"` // to the event in its calendar, "" if there is none
	Rules     []string `json:"rules"`          // that spoke for it; the first is the one that it rests on
	RulesHash string   `json:"rules_hash"`     // the version of all rules
	Subject   string   `json:"subject"`        // hash of what was judged
}

// Party is somebody named by an event.
type Party struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
}

// Time is when an occurrence takes place.
type Time struct {
	Instance calendars.Instance `json:"instance,omitempty"`
	Start    time.Time          `json:"start"`
	End      time.Time          `json:"end"`
}

// Unit is what a cadence counts in.
type Unit string

// The units of a cadence. A meeting without a rule, or with one that recurs in
// hours or less, is held Once.
const (
	Once    Unit = ""
	Workday Unit = "workday" // Monday to Friday
	Day     Unit = "day"
	Week    Unit = "week"
	Month   Unit = "month"
	Year    Unit = "year"
)

// Cadence is how often a series takes place, as data: every Every units, Times
// times in each.
type Cadence struct {
	Unit  Unit `json:"unit,omitempty"`
	Every int  `json:"every,omitempty"` // 1 or more; 0 for Once
	Times int  `json:"times,omitempty"` // a week: on how many days; else 1
}

// FactKind says what a fact tells.
type FactKind string

// The kinds of facts. Each can be checked in the invitation.
const (
	FactCadence    FactKind = "cadence"    // how often: Snapshot.Cadence
	FactPeople     FactKind = "people"     // Count people are invited
	FactOptional   FactKind = "optional"   // the reader is invited as optional
	FactUnanswered FactKind = "unanswered" // Count invited people never answered
	FactWords      FactKind = "words"      // the invitation says Quote
	FactMix        FactKind = "mix"        // it both tells and does what Snapshot.Tasks name
)

// Fact is one reason for a suggestion.
type Fact struct {
	Kind  FactKind `json:"kind"`
	Count int      `json:"count,omitempty"`
	Quote string   `json:"quote,omitempty"` // words of the invitation
}

// Form is an async form that fits; see [rules.Form], whose names it bears.
type Form struct {
	Name string `json:"name,omitempty"`
	Why  string `json:"why,omitempty"` // in English: "an update to 14 people"
}

// Encode writes s as one JSON object. Rows outlive releases: keys may be added,
// never renamed.
func (s Snapshot) Encode() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return text, nil
}

// DecodeSnapshot is the inverse of Encode.
func DecodeSnapshot(text []byte) (Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return Snapshot{}, fmt.Errorf("decode snapshot: %w", err)
	}
	return s, nil
}
