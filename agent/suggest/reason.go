package suggest

import "fmt"

// Reason is why a meeting is not suggested to a person. There are no others than
// [Reasons].
type Reason string

// Reasons that lie in the person: nothing is sent to them, or not now.
const (
	Paused       Reason = "paused"
	NotEnrolled  Reason = "not-enrolled"
	Observing    Reason = "observing"
	Disconnected Reason = "disconnected"
	Unsubscribed Reason = "unsubscribed"
	Unreachable  Reason = "unreachable"
	Silent       Reason = "stopped"
	QuietToday   Reason = "quiet-today"
	AwayNow      Reason = "away-now"
	OffNow       Reason = "off-hours-now"
	TooSoon      Reason = "too-soon"
)

// Reasons that lie in the meeting.
const (
	NotAttending         Reason = "not-attending"
	Private              Reason = "private"
	GuestsUnknown        Reason = "guests-unknown"
	OrganizerNotEnrolled Reason = "organizer-not-enrolled"
	OrganizerNever       Reason = "organizer-never"
	NotJudged            Reason = "not-judged"
	Never                Reason = "never"
	Guarded              Reason = "left-alone"
	NeedsMeeting         Reason = "needs-meeting"
	NotSure              Reason = "not-sure"
	Presenting           Reason = "presents"
	FirstOfSeries        Reason = "first-of-series"
	ShortNotice          Reason = "short-notice"
	QuietThen            Reason = "quiet-then"
	AwayThen             Reason = "away-then"
	OffThen              Reason = "off-hours-then"
	TooFewOthers         Reason = "too-few-others"
	NothingGained        Reason = "nothing-gained"
)

// Reasons that lie in what was suggested before, and in what else there is.
const (
	OrganizerFirst Reason = "organizer-first"
	EnoughDeclines Reason = "enough-declines"
	KeptBefore     Reason = "kept-before"
	KeptByOthers   Reason = "kept-by-others"
	StillOpen      Reason = "still-open"
	AlreadyDecided Reason = "already-decided"
	AskedLately    Reason = "asked-lately"
	Quarantined    Reason = "quarantined"
	SameSeries     Reason = "same-series"
	OverBudget     Reason = "over-budget"
)

// Reasons are all there are, in the order in which they are looked for: of
// several the first is given.
var Reasons = []Reason{
	Paused, NotEnrolled, Observing, Disconnected, Unsubscribed, Unreachable, Silent, QuietToday, AwayNow, OffNow, TooSoon,
	NotAttending, Private, GuestsUnknown, OrganizerNotEnrolled, OrganizerNever, NotJudged, Never, Guarded, NeedsMeeting, NotSure,
	Presenting, FirstOfSeries, ShortNotice, QuietThen, AwayThen, OffThen, TooFewOthers, NothingGained,
	OrganizerFirst, EnoughDeclines, KeptBefore, KeptByOthers, StillOpen, AlreadyDecided, AskedLately, Quarantined,
	SameSeries, OverBudget,
}

var sentences = map[Reason]string{
	Paused:       "unmeet is paused",
	NotEnrolled:  "the person has not agreed to be written to",
	Observing:    "the person's group only observes",
	Disconnected: "the person was told that a calendar of theirs cannot be read until they connect it again",
	Unsubscribed: "the person wants no mails",
	Unreachable:  "the mail server said that there is no such address",
	Silent:       "the person asked for no more mails, or left four in a row unanswered",
	QuietToday:   "their turn falls on one of the quiet dates, and comes again after them",
	AwayNow:      "the person is out of office when their turn comes",
	OffNow:       "their turn is outside the person's working hours, or within an hour of their end",
	TooSoon:      "their last mail is less than a week old, whether it was sent or still waits (two weeks, after two without an answer)",

	NotAttending:         "the person does not attend",
	Private:              "the meeting is private",
	GuestsUnknown:        "it is not known who is invited",
	OrganizerNotEnrolled: "the organizer has not agreed to take part",
	OrganizerNever:       "the organizer wants none of their meetings suggested",
	NotJudged:            "the rules have not looked at it yet",
	Never:                "the organization lists it under [never]",
	Guarded:              "a rule says to leave it alone",
	NeedsMeeting:         "it is for something that is better done together",
	NotSure:              "the rules are not sure enough what it is for",
	Presenting:           "by the words of the invitation, the person presents or leads",
	FirstOfSeries:        "it is the first of its series",
	ShortNotice:          "it begins within 25 hours, which is too soon to ask",
	QuietThen:            "it falls on one of the quiet dates",
	AwayThen:             "the person is out of office then",
	OffThen:              "it lies outside the person's working hours",
	TooFewOthers:         "too few others would be left",
	NothingGained:        "writing and reading would take as long as meeting",

	OrganizerFirst: "its organizer is asked first, to do it in writing",
	EnoughDeclines: "two others were asked to decline it already",
	KeptBefore:     "the person kept it, and is left in peace about it for a while",
	KeptByOthers:   "others kept it, so that the rules would have to be surer",
	StillOpen:      "the person may still answer an earlier question about it",
	AlreadyDecided: "the person decided about it already",
	AskedLately:    "the person was asked about it less than four weeks ago",
	Quarantined:    "hardly anybody accepts what the rule behind it suggests",
	SameSeries:     "another one of its series is in the same mail",
	OverBudget:     "the mail is full: three suggestions, one in the first mail",
}

// Sentence says r to people, without a full stop. It panics on a reason that is
// not one of [Reasons].
func (r Reason) Sentence() string {
	s, ok := sentences[r]
	if !ok {
		panic(fmt.Sprintf("no such reason: %q", string(r)))
	}
	return s
}
