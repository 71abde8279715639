package web

import (
	"strings"
	"time"

	"unmeet/agent/click"
)

const (
	// longestTitle bounds a title or name on a page, in columns.
	longestTitle = 80
	// longestNote bounds the note, in characters.
	longestNote = 1000
)

// sheet is a page behind a link, in a person's language. It holds words and where
// buttons lead; the template only arranges them.
type sheet struct {
	Lang, Dir string
	Title     string
	Nonce     string // of the script; "" for none
	Notices   []string
	Lead      []string
	Times     []string // what a trial would cover
	Then      string   // said after Times
	Meeting   *meeting

	Action  string // where the buttons post to
	Auto    bool   // the first button presses itself
	Buttons []button
	Levels  *levels
	Onward  *link // where the browser is to go on to by itself
	Note    *note
	Compose *link // opens the mail that the note is
	Todo    *todo
	Others  *others
	Forget  *forget
	Back    *link // to the list that it is from
	Foot    foot
}

type button struct{ Do, Label string }

// meeting is the card that says which meeting it is about.
type meeting struct {
	Label, Title, When, About, Why string
	Facts                          []string
}

// levels are the seven categories to choose from.
type levels struct {
	Legend string
	All    []level
}

type level struct {
	Value, Name, Meaning string
	Chosen               bool
}

// note is the text that the person may send to the organizer.
type note struct {
	Label, Hint, Text string
	Copy, Copied      string // label of the button that copies, and what it says then; "" for none
	Fixed             bool   // it is shown as it goes, or went
	Longest           int
}

// todo is what comes of an answer in the calendar, and what unmeet leaves to the
// person.
type todo struct {
	Heading     string
	Text        []string
	Allow       *allow
	Link, Label string
}

// allow is the button that leads to the service, to ask for consent.
type allow struct{ Action, Label, Text string }

// others are the answers that have a page of their own.
type others struct {
	Heading string
	All     []link
}

type link struct{ Address, Label string }

type forget struct{ Text, Label string }

// foot says whom a page is for and who runs unmeet.
type foot struct{ Person, Run, Ask, Contact string }

// looking is how a browser looks at a link.
type looking struct {
	Path   string        // of the page, without a query
	Known  bool          // the browser is known as the person's
	Ahead  bool          // it fetches ahead, perhaps for nobody
	Choose *click.Choice // the answer that it wants to see the page of; nil for the link's own
	Did    string        // what it has just pressed; "" for nothing
	// Service is the name of the one that the person may be asked for consent at.
	Service string
	Chosen  string // of a trial: what it wants to see the page of; "" for the link's own
	// Refused says that what it has just taken back was no acceptance: there was
	// nothing to do or to tell.
	Refused bool
	Now     time.Time
}

// doing is a choice as forms and queries spell it.
func doing(c click.Choice) string {
	if c.Scope == click.Onward {
		return string(c.Verb) + "-onward"
	}
	return string(c.Verb)
}

// readDoing is the inverse of doing. What is no answer is the Desk's to refuse.
func readDoing(text string) click.Choice {
	if verb, ok := strings.CutSuffix(text, "-onward"); ok {
		return click.Choice{Verb: click.Verb(verb), Scope: click.Onward}
	}
	return click.Choice{Verb: click.Verb(text), Scope: click.This}
}

// byItself reports whether a page in a known browser may give an answer without a
// button: those that concern the person alone, and one occurrence.
func byItself(c click.Choice) bool {
	return c.Scope != click.Onward && (c.Verb == click.Decline || c.Verb == click.Keep || c.Verb == click.Undo)
}
