package trial

import (
	"errors"
	"time"

	"unmeet/calendars"
)

// State is how far a trial has come.
type State string

// The states of a trial. All but the first three are its end, of which the first two
// can be taken back for a while.
const (
	Running   State = "running"   // an occurrence is ahead, or its update is not settled
	Asking    State = "asking"    // its guests are asked
	Ending    State = "ending"    // its organizer is asked how to go on
	Converted State = "converted" // kept in writing: the series ends
	Shortened State = "shortened" // it goes on, and is shorter
	Restored  State = "restored"  // it is as it was before
	Lapsed    State = "lapsed"    // the organizer did not say: it is as it was before
	Undone    State = "undone"    // the answer that began it was taken back
)

// Over reports whether a trial in this state has come to its end.
func (s State) Over() bool { return s != Running && s != Asking && s != Ending }

// Stage is how far an occurrence of a trial has come.
type Stage string

// The stages of an occurrence; see the package's documentation.
const (
	Planned Stage = "planned"
	Drafted Stage = "drafted"
	Asked   Stage = "asked"
	Sent    Stage = "sent"
	Missed  Stage = "missed"
	Back    Stage = "back"
	Held    Stage = "held"
	Skipped Stage = "skipped"
)

// Verb is what somebody says of a trial, and what a link in its mails is for.
type Verb string

// What the organizer says of one update, and of the trial as a whole.
const (
	SaySent Verb = "sent"       // the update was sent
	SayMeet Verb = "meet"       // it was not: meet next time
	Convert Verb = "convert"    // keep it in writing
	Restore Verb = "restore"    // bring the meeting back
	Shorten Verb = "shorten-it" // meet again, and shorter
	Undo    Verb = "undo"       // take back what was said last
)

// What a guest says: do you miss it?
const (
	MissNo   Verb = "miss-no"
	MissBit  Verb = "miss-bit"
	MissBack Verb = "miss-back" // bring it back
)

// Noted reports whether the organizer is told if a browser that is not known says v.
func (v Verb) Noted() bool { return v == SayMeet || v == Convert || v == Restore || v == Shorten }

// Trial is one trial. It is kept as JSON: keys may be added, never renamed.
type Trial struct {
	State       State        `json:"state"`
	Occurrences []Occurrence `json:"occurrences"` // in order of time
	Guests      int          `json:"guests"`      // how many are asked after the last
	Offered     bool         `json:"offered"`     // to bring back the rest, after misses

	// Wish is what the organizer says of the trial as a whole, while it is held.
	Wish  Answer `json:"wish,omitzero"`
	Noted int    `json:"noted,omitempty"` // mails about what unknown browsers said
	Turn  int    `json:"turn,omitempty"`  // how often a wish has changed the series: tells repeated attempts apart
	Sums  *Sums  `json:"sums,omitempty"`  // what the guests said; nil: too few of them did

	GuestsAt time.Time `json:"guests_at,omitzero"` // when the guests are asked
	EndAt    time.Time `json:"end_at,omitzero"`    // when the organizer is asked how to go on
	LapseAt  time.Time `json:"lapse_at,omitzero"`  // from then on it is too late to say
	// UndoUntil is until when Converted and Shortened can be taken back: the first
	// occurrence that they change.
	UndoUntil time.Time `json:"undo_until,omitzero"`
}

// Occurrence is one that a trial does in writing.
type Occurrence struct {
	Instance  calendars.Instance `json:"instance,omitempty"`
	Start     time.Time          `json:"start"`
	End       time.Time          `json:"end"`
	Stage     Stage              `json:"stage"`
	DraftedAt time.Time          `json:"drafted_at,omitzero"` // zero: it was not written about
	AskedAt   time.Time          `json:"asked_at,omitzero"`
	SentAt    time.Time          `json:"sent_at,omitzero"` // of Sent: when the organizer said so
	Answer    Answer             `json:"answer,omitzero"`  // while it is held
}

// Sums are how many guests said what.
type Sums struct {
	No   int `json:"no"`
	Bit  int `json:"bit"`
	Back int `json:"back"`
}

// Answers is how many guests answered.
func (s Sums) Answers() int { return s.No + s.Bit + s.Back }

// Event is what happens to a trial: time passes ([Tick]), or its organizer says
// something ([Say]).
type Event interface{ event() }

// Tick says that time has passed, and what is known of the world.
type Tick struct {
	// Takes says that the occurrence at Due takes place after all.
	Takes bool
	Due   int // of Takes: as Trial.Due had it
	// Next is when the series takes place next, trial or not; zero if it does not.
	Next   time.Time
	Guests int  // how many can be asked
	Sums   Sums // what guests have said
}

// Say is what the organizer says.
type Say struct {
	Verb    Verb
	Ordinal int  // the occurrence, from 0; of the trial as a whole it does not matter
	Known   bool // the browser is known as the organizer's
}

func (Tick) event() {}
func (Say) event()  {}

// Effect is something that is to be done together with the step it comes of: a
// [Write], [BringBack], [EndSeries], [ShortenSeries], [TakeBack] or [Record].
type Effect interface{ effect() }

// Letter is which mail is to be written.
type Letter string

// The letters of a trial.
const (
	LetterDraft    Letter = "draft"    // to the organizer: the update, to be sent
	LetterQuestion Letter = "question" // to the organizer: was it sent?
	LetterMisses   Letter = "misses"   // to the organizer: shall the rest be brought back?
	LetterGuests   Letter = "guests"   // to each guest: do you miss it?
	LetterEnded    Letter = "ended"    // to the organizer: how does it go on?
	LetterNoted    Letter = "noted"    // to the organizer: a browser that is not known said something in their name
)

// Write is a mail to be written.
type Write struct {
	Letter  Letter
	Ordinal int  // the occurrence that it is about, of a draft or question; -1 for the whole, of one noted
	Said    Verb // of one noted
}

// BringBack are occurrences to be restored in the calendar, by ordinal.
type BringBack struct{ Ordinals []int }

// EndSeries is to end the series before its next occurrence, Turn telling repeated
// attempts apart.
type EndSeries struct{ Turn int }

// ShortenSeries is to shorten the series from its next occurrence on.
type ShortenSeries struct{ Turn int }

// TakeBack is to take back the last EndSeries or ShortenSeries.
type TakeBack struct{ Turn int }

// Record is to be kept as an outcome.
type Record struct{ Outcome Outcome }

// Outcome is what came of a trial, and never changes again.
type Outcome string

// The outcomes of trials.
const (
	WasSent      Outcome = "sent"      // one update
	WasMissed    Outcome = "missed"    // one update
	WasConverted Outcome = "converted" // kept in writing
	WasShortened Outcome = "shortened"
	WasRestored  Outcome = "restored"
	WasLapsed    Outcome = "lapsed" // nobody said how it goes on
	WasUnsaid    Outcome = "unsaid" // converted or shortened, and taken back
)

func (Write) effect()         {}
func (BringBack) effect()     {}
func (EndSeries) effect()     {}
func (ShortenSeries) effect() {}
func (TakeBack) effect()      {}
func (Record) effect()        {}

// ErrOver says that something cannot be said (any more).
var ErrOver = errors.New("that cannot be said of the trial now")

const (
	// AskAfter is how long after the draft the organizer is asked whether it was sent.
	AskAfter = 2 * time.Hour
	// Grace is how long the last update can be sent, and a draft still be written,
	// where no further occurrence sets an end to it.
	Grace = 24 * time.Hour
	// GuestsFor is how long guests can answer.
	GuestsFor = 3 * 24 * time.Hour
	// EndsFor is how long the organizer can say how to go on.
	EndsFor = 14 * 24 * time.Hour
	// Misses is after how many updates that were not sent the rest is offered back.
	Misses = 2
	// noted is how many mails unknown browsers can set off: pressing and undoing in turns
	// is no way to fill somebody's mailbox.
	noted = 3
	// Enough is from how many answers on sums are shown, so that no fewer are asked.
	Enough = 5
)

// Rules are what an organization and an organizer bring to a trial.
type Rules struct {
	Short time.Duration // the hold of what concerns the organizer, or brings back
	Long  time.Duration // the hold of what changes the series, or comes of an unknown browser
	// Work is the next time at t or later at which people may be written to about
	// what does not press; nil: any.
	Work func(t time.Time) time.Time
}

func (r Rules) work(t time.Time) time.Time {
	if r.Work == nil {
		return t
	}
	if w := r.Work(t); w.After(t) {
		return w
	}
	return t
}

// New returns a trial of the given occurrences, which are in order of time.
func New(occurrences []Occurrence) Trial {
	t := Trial{State: Running}
	for _, o := range occurrences {
		o.Stage = Planned
		t.Occurrences = append(t.Occurrences, o)
	}
	return t
}
