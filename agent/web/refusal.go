package web

import (
	"errors"
	"net/http"
)

// Reason is why somebody was not connected.
type Reason string

// The reasons.
const (
	Used          Reason = "used"          // the state was used before, has expired or was never given out
	Elsewhere     Reason = "elsewhere"     // the attempt began in another browser
	Declined      Reason = "declined"      // the person said no
	WrongAccount  Reason = "wrong account" // not of the organization, or not the one expected
	Unticked      Reason = "unticked"      // what is needed was not allowed
	CodeUsed      Reason = "code used"     // the service does not take the code (any more)
	Administrator Reason = "administrator" // only an administrator can mend it
	Unavailable   Reason = "unavailable"   // the service does not answer
	Crossed       Reason = "crossed"       // a form of another site
	Busy          Reason = "busy"          // too many attempts at the moment
	Unknown       Reason = "unknown"       // there is no such page
	Broken        Reason = "broken"        // our fault
)

// Refusal is a failure that a person is told of, and what they can do.
type Refusal struct {
	Reason Reason
	Hint   string // what else helps, as a sentence without a full stop; "" for nothing
	Err    error  // the cause, for the log; may be nil
}

// Error says why, and the cause.
func (r *Refusal) Error() string {
	if r.Err == nil {
		return "not connected: " + string(r.Reason)
	}
	return "not connected: " + string(r.Reason) + ": " + r.Err.Error()
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// refusalOf makes a Refusal of any error: of our own side, unless it is one.
func refusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Reason: Broken, Err: err}
}

// told is how a reason is told.
type told struct {
	status int
	title  string
	text   string // {service} and {organization} are replaced
	again  string // the label of the way back to the start; "" if there is none
}

// telling has the words for every reason.
var telling = map[Reason]told{
	Used: {http.StatusGone, "This link is used up",
		"It was used before, or it is older than ten minutes. If you have seen that you are connected, all is well. If not, begin again.", "Begin again"},
	Elsewhere: {http.StatusForbidden, "Please go on in the browser you began in",
		"This link belongs to an attempt in another browser, or cookies are switched off here. If somebody sent you this link, do not go on: it may connect you to something you did not ask for.", "Begin here"},
	Declined: {http.StatusForbidden, "Not connected",
		"You said no to {service}, and nothing was connected. That is fine. You can change your mind at any time.", "Begin again"},
	WrongAccount: {http.StatusForbidden, "This is another account",
		"The account you chose is not one of {organization}. Nothing of it was read or kept. Choose your work account.", "Choose another account"},
	Unticked: {http.StatusForbidden, "One box was left unticked",
		"{service} asks with a box whether unmeet may see the events of your calendar. Without it there is nothing unmeet can do, so nothing was connected.", "Begin again, and tick the box"},
	CodeUsed: {http.StatusGone, "{service} did not accept this link",
		"It was used before, or it is too old. If you have seen that you are connected, all is well. If not, begin again.", "Begin again"},
	Administrator: {http.StatusForbidden, "An administrator has to allow this first",
		"{service} does not let unmeet in at {organization} yet. Please show this page to whoever runs unmeet.", ""},
	Unavailable: {http.StatusBadGateway, "{service} does not answer",
		"Nothing was connected. Try again in a few minutes.", "Try again"},
	Crossed: {http.StatusForbidden, "Please begin on our own page",
		"This came from another site, so nothing was done.", "Begin here"},
	Busy: {http.StatusTooManyRequests, "Too many at once",
		"Many people are connecting at the moment. Try again in a minute.", "Try again"},
	Unknown: {http.StatusNotFound, "There is no such page",
		"The address may be incomplete.", "Connect your calendar"},
	Broken: {http.StatusInternalServerError, "Something went wrong here",
		"Nothing was connected. Whoever runs unmeet finds the cause in its log.", "Try again"},
}
