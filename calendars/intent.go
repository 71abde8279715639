package calendars

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Verb is what is to be done to an event in a calendar.
type Verb string

// The verbs. Respond is for anybody who is invited, the others for the organizer.
const (
	Respond Verb = "respond" // answer the invitation
	Cancel  Verb = "cancel"  // call one occurrence off; its series stays
	End     Verb = "end"     // end a series before an occurrence
	Shorten Verb = "shorten" // end earlier, the start stays
)

// Intent is one thing to be done to one event, in the calendar of the person in
// whose name it is done, and nowhere else: what others see of it comes by the
// calendar service, or by mail.
type Intent struct {
	Verb  Verb   `json:"verb"`
	Owner string `json:"owner"` // whose calendar it is, address in lower case
	// Collection and Remote are where the owner's copy of the event was last seen,
	// in the source's words.
	Collection string   `json:"collection"`
	Remote     RemoteID `json:"remote"`
	Ref        Ref      `json:"ref"`    // Instance is "" for a one-off
	Onward     bool     `json:"onward"` // Ref.Instance and all after it, not that one alone; End always means that
	// Start is when the occurrence begins as the owner saw it. One that begins at
	// another time now was moved.
	Start time.Time `json:"start"`

	Was      Response      `json:"was,omitempty"`      // of Respond: the owner's answer as they saw it; "" if nobody looked
	Response Response      `json:"response,omitempty"` // of Respond: what is answered
	Note     string        `json:"note,omitempty"`     // of Respond: the comment that goes with it
	Length   time.Duration `json:"length,omitempty"`   // of Shorten: from start to end

	// Back is the receipt of the effect that is to be taken back; nil: it is to be
	// done. The rest stands as it stood then.
	Back *Receipt `json:"back,omitempty"`
	// Begun is what an earlier try, whose end nobody knows, said that it was about to
	// do; nil: there was none.
	Begun *Receipt `json:"-"`
}

// Receipt is what came of an Intent.
type Receipt struct {
	// Already says that nothing had to be done: it was so before.
	Already bool `json:"already,omitempty"`
	// Told says that the calendar service tells whom it concerns. Where it does not,
	// somebody else has to.
	Told bool `json:"told,omitempty"`
	// Before is what there was and After what was written, in the source's words: as
	// much as it takes to see that After still stands, and to restore Before.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// SplitOff is the UID of the series that was split off from Ref's, "" if none was.
	SplitOff string `json:"split_off,omitempty"`
}

// Overtaken is how the world moved before an Intent was done.
type Overtaken string

// What overtakes an Intent.
const (
	Gone      Overtaken = "gone"       // the event is not in the calendar any more
	CalledOff Overtaken = "called off" // it was cancelled
	Moved     Overtaken = "moved"      // it begins at another time
	Uninvited Overtaken = "uninvited"  // the owner is not invited any more, or organizes it no more
	Answered  Overtaken = "answered"   // the owner answered by hand
	Changed   Overtaken = "changed"    // what is to be taken back is not there any more: somebody changed it since
)

// OvertakenError says that an Intent came too late. Nothing was done.
type OvertakenError struct{ Why Overtaken }

// Error implements error.
func (e *OvertakenError) Error() string { return fmt.Sprintf("overtaken: the event is %s", e.Why) }

// Why an Intent cannot be done, or need not be.
var (
	ErrAlready   = errors.New("it is so already")
	ErrReadOnly  = errors.New("the calendar cannot be written to")
	ErrNoConsent = errors.New("its owner has not allowed us to write to the calendar")
	// ErrRefused is a clear no: nothing was done. Any other error of somebody who was
	// already writing leaves open whether it was.
	ErrRefused = errors.New("the calendar service refused it")
)

// Check says whether i is to be done, given the occurrence as the calendar has it
// now: nil, [ErrAlready], or an [OvertakenError]. Whoever does it asks between
// reading and writing. Of End and Shorten, what stands there already only the
// source can tell.
func (i Intent) Check(now Copy) error {
	overtaken := func(why Overtaken) error { return &OvertakenError{why} }
	cancelled := now.Status == Cancelled
	if i.Verb == Cancel {
		switch {
		case cancelled && i.Back == nil, !cancelled && i.Back != nil:
			return ErrAlready
		case !now.Start.Equal(i.Start):
			return overtaken(Moved)
		}
		return nil
	}
	switch {
	case cancelled:
		return overtaken(CalledOff)
	case !now.Start.Equal(i.Start) && i.Back == nil:
		return overtaken(Moved)
	case i.Verb != Respond:
		return nil
	}
	own, invited := now.Own(i.Owner)
	if !invited {
		return overtaken(Uninvited)
	}
	from, to := i.Was, i.Response
	if i.Back != nil {
		from, to = i.Response, i.Was
	}
	switch {
	case own == to || own == Unspecified && to == NoAnswer:
		return ErrAlready
	case i.Back != nil && own != from:
		return overtaken(Changed)
	case i.Back == nil && from != Unspecified && own != from:
		return overtaken(Answered)
	}
	return nil
}

// Own returns what the person with an address, whose calendar c is of, answered.
// invited is false if c does not list them.
func (c *Copy) Own(address string) (answer Response, invited bool) {
	a, invited := c.Invited(address)
	return a.Response, invited
}

// Invited returns how c lists the person with an address, whose calendar it is of:
// perhaps by another of their addresses. ok is false if it does not.
func (c *Copy) Invited(address string) (a Attendee, ok bool) {
	i := slices.IndexFunc(c.People, func(a Attendee) bool {
		return a.Address != "" && (a.Address == c.Self || a.Address == address)
	})
	if i < 0 {
		return Attendee{}, false
	}
	return c.People[i], true
}
