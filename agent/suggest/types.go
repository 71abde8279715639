package suggest

import (
	"time"

	"unmeet/calendars"
	"unmeet/rules"
)

// Policy is what an organization chose of how people are asked. The rest is
// fixed: see the constants in this package.
type Policy struct {
	// Declines are the categories whose meetings attendees may read instead.
	Declines []rules.Category
	// PerMail is how many suggestions one mail has at most. The first mail to
	// anybody has one.
	PerMail int
	// KeepSilence is how long nobody is asked again about what they kept.
	KeepSilence time.Duration
	// TrialLength is how many occurrences a trial does in writing.
	TrialLength int
	Quiet       Dates // no mail goes out then, and no meeting then is suggested
	Paused      bool  // nothing goes out at all
	// Write and Read are what the update costs that replaces an occurrence: whoever
	// writes it once, and each reader.
	Write, Read time.Duration
}

// Standard is the policy of an organization that chose nothing.
func Standard() Policy {
	return Policy{
		Declines: []rules.Category{rules.Informing}, PerMail: 3, KeepSilence: 90 * 24 * time.Hour, TrialLength: 4,
		Write: 20 * time.Minute, Read: 5 * time.Minute,
	}
}

// What an organization cannot choose.
const (
	// Notice is how long before a meeting it is too late to ask about it.
	Notice = 24 * time.Hour
	// Leeway is what is left for a mail to arrive, within working hours and with due
	// notice.
	Leeway = time.Hour
	// MaxDeclines is to how many people one occurrence is suggested to be declined.
	MaxDeclines = 2
	// MinOthers is how many others must attend once everybody who was asked has
	// declined: fewer are no audience any more.
	MinOthers = 3
	// ReplyWithin is how long people take to answer in writing where nothing says
	// otherwise.
	ReplyWithin = 48 * time.Hour
	// ShortestSplit is the length in minutes of the shortest meeting that is worth
	// splitting or shortening.
	ShortestSplit = 30
	// DeclineCertainty is how probable those categories must be together whose
	// meetings may be declined. The rules' own threshold is for what can be done in
	// writing at all; an attendee who stays away from common work is missed.
	DeclineCertainty = 0.6
	// MixCertainty is how probable the tasks found in a meeting must be together
	// where it is to be split or shortened: as much as the rules ask of one.
	MixCertainty = 0.75
	// AskAgain is how long after a question about a series that was left unanswered
	// the next one about it may come.
	AskAgain = 28 * 24 * time.Hour
	// IgnoredSlow and IgnoredStop are how many mails in a row must stay without any
	// answer before they come half as often, and no more.
	IgnoredSlow = 2
	IgnoredStop = 4
)

// Person is somebody who may be asked.
type Person struct {
	Address      string
	Name         string
	Language     string // of their mails, "en"
	Zone         *time.Location
	Hours        Hours // when they work, in Zone
	Enrolled     bool  // agreed to be written to
	Observing    bool  // their group does not take suggestions yet
	Disconnected bool  // a calendar of theirs cannot be read until they connect it again
	Unsubscribed bool
	Unreachable  bool          // the mail server said that there is no such address
	Rhythm       Rhythm        // as they chose it
	ReplyWithin  time.Duration // how long their group takes to answer in writing
	Away         []Span        // out of office, in any order
}

// Rhythm is how often somebody gets a mail, at most.
type Rhythm string

// The rhythms, from often to never.
const (
	Weekly      Rhythm = "weekly"
	Fortnightly Rhythm = "fortnightly"
	Stopped     Rhythm = "stopped"
)

// Span is a stretch of time, End exclusive.
type Span struct{ Start, End time.Time }

// Candidate is an occurrence ahead of a person, which they might be asked about.
type Candidate struct {
	UID       string
	Organizer Party // Address is "" if none is named
	Instance  calendars.Instance
	Lineage   int64
	Title     string // "" for a private meeting
	Private   bool
	Start     time.Time
	End       time.Time
	Rule      string // RRULE of the series, "" for a one-off
	First     bool   // the first of its series that there ever was
	Link      string // to the event in the person's calendar, "" if there is none

	People     int // invited, organizer included
	HeadsKnown bool
	Unanswered int // of People
	Others     int // of the people invited, who attend beside the person, as far as answers tell
	// OrganizerEnrolled is true where whoever organizes it takes suggestions too.
	OrganizerEnrolled bool
	OrganizerNever    bool // the organizer wants none of their meetings suggested to anybody

	Organizing bool // the person is the organizer
	Optional   bool // the person is invited as optional
	Presents   bool // the person presents by the words of the invitation; see [Presents]
	Response   calendars.Response

	Judged  bool // Verdict is there
	Verdict rules.Verdict
	Form    Form
	Subject string // hash of what was judged
	// Leads are the rules that speak for the verdict's category, the strongest first.
	Leads     []string
	RulesHash string // of all rules

	Share time.Duration // of it, of the person's own time
	Gross time.Duration // of it, of the time of all of our people
	Ours  int           // how many of our people attend

	// Ahead are the occurrences of the series from this one on that are like it, in
	// order of time: what a trial can do in writing.
	Ahead []Time

	Declines  int  // to how many people it was suggested to decline it
	Leaving   int  // of Others, of whom a decline of it may come yet, or was decided
	TrialOpen bool // its organizer is asked to do it in writing, now or before, and may still answer; or does so
	Keeps     int  // how many others kept a meeting of its lineage, as long as that is heard
}

// History is what was suggested to a person before.
type History struct {
	Mails    []Mail              // digests sent to them, in order of time
	Since    time.Time           // when they last subscribed anew: what they ignored before is forgiven
	Asked    []Asked             // suggestions put to them, in any order
	Silences map[int64]time.Time // by lineage: until when they are not asked about it
	Rules    map[string]Answers  // by rule: what people said to suggestions that rest on it
}

// Mail is a digest that was sent.
type Mail struct {
	At       time.Time
	Answered bool // at least one of its suggestions was
	Void     bool // it was never seen: all of its suggestions were withdrawn
}

// Asked is a suggestion that was put to a person.
type Asked struct {
	Kind      Kind
	Lineage   int64
	UID       string
	Organizer string
	Instance  calendars.Instance
	At        time.Time
	State     State
	FromNowOn bool // accepted for all that come
}

// State is how far a suggestion came, as far as the next one depends on it.
type State string

// The states of a suggestion.
const (
	Open      State = "open"      // they may still answer
	Accepted  State = "accepted"  // or on the way there
	Kept      State = "kept"      // refused
	Ignored   State = "ignored"   // it ended without an answer
	Withdrawn State = "withdrawn" // taken back before they answered
)

// Answers counts what people said to suggestions.
type Answers struct {
	Suggested int
	Answered  int // accepted or refused
	Accepted  int
	Wrong     int // of Answered, those that were called wrong
}

// Offer is a suggestion to be made.
type Offer struct {
	Snapshot  Snapshot // without Note
	Candidate Candidate
	Gain      time.Duration // that it gives back, of one occurrence
	ExpiresAt time.Time     // from then on it cannot be answered: the occurrence begins
	ClosesAt  time.Time     // from then on an answer cannot be taken back: a trial's end, else the same
}

// Refusal says why a candidate is not offered.
type Refusal struct {
	Candidate Candidate
	Why       Reason
}
