package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strings"
	"time"

	"unmeet/agent/suggest"
)

// Address is a name, which may be empty, and the bare address.
type Address = netmail.Address

// Kind is what a letter is for.
type Kind string

// The kinds of letters.
const (
	Digest       Kind = "digest"       // one to three suggestions
	Receipt      Kind = "receipt"      // an answer was given, and can be taken back
	Result       Kind = "result"       // an answer was not simply entered in the calendar
	Reply        Kind = "reply"        // an answer to the organizer, in the person's name: see [ComposeReply]
	Trouble      Kind = "trouble"      // a calendar cannot be read until its person acts
	SignIn       Kind = "signin"       // a link by which whoever asked for it signs in
	Announcement Kind = "announcement" // a draft for whoever runs unmeet, to tell people of it
)

// Letter is all that a mail says. Links are absolute, with https unless they lead
// to this very machine.
type Letter struct {
	Kind     Kind
	To       Address
	Language string // a tag, "de" or "de-AT"; one without a catalogue is English
	Sender   Sender

	Items []Item // of a digest one to three, of a receipt the one that was answered
	// First says that the person never had a digest: it says who writes, and why.
	First bool
	// For is whose suggestions a digest brings to their assistant, zero if they are the
	// reader's own.
	For Address
	// Unsubscribe leads to the page that stops suggestions; of digests and receipts.
	Unsubscribe string

	InReplyTo  string     // of a receipt: Message-ID of the digest, without brackets
	Answer     Answer     // of a receipt or result
	Result     Came       // of a result
	File       []byte     // of a result that brings one: an answer in iCalendar
	Connection Connection // of a trouble
	Trial      Trial      // of a letter about a trial, which has one item
	Draft      Draft      // of a receipt: what its reader may tell others; zero: nothing
	Enter      string     // of a sign-in: the link
	Closed     bool       // of an announcement: there is no page where people connect themselves
}

// Sender is who a mail comes from.
type Sender struct {
	From         Address
	ReplyTo      Address // zero: From
	Organization string  // as its people call it; "" if that is not known
	Contact      string  // bare address of whoever runs unmeet
	PublicURL    string  // where its pages are
}

// Item is a suggestion with its links.
type Item struct {
	suggest.Snapshot
	Links Links
}

// Links are the ways to answer a suggestion; of those that are empty a mail says
// nothing.
type Links struct {
	Accept string // does what the suggestion's kind says
	Keep   string
	Wrong  string // says that a fact is wrong, or what the meeting is for
	Other  string // leads to all further answers
	Undo   string // of a receipt
	Allow  string // leads to where the person lets unmeet write to their calendar
	Alone  string // of a receipt: leads to where the person ends that an assistant answers
}

// Answer is what a receipt tells of.
type Answer struct {
	At     time.Time // when it was given
	Always bool      // from now on, not this once
	Never  bool      // whatever was suggested, the answer is Never
	// Way is how it gets into the calendar, as pages call it: calendar, consent, reply,
	// file; "" if that is left to the person.
	Way string
	By  string // address of the assistant who gave it; "" if none did
}

// Came is what came of an answer, in a calendar.
type Came string

// What came of answers that were not simply entered.
const (
	CameFailed  Came = "failed"  // it could not be written
	CameStuck   Came = "stuck"   // it could not be taken back
	CameMoved   Came = "moved"   // the meeting was moved before, so nothing was written
	CameConsent Came = "consent" // it waits for the person's consent
	CameFile    Came = "file"    // nothing can be written: the person gets a file for the organizer
	CameUntold  Came = "untold"  // it was written, and the organizer not told: the same file
	CameUnfile  Came = "unfile"  // it was taken back, and the organizer not told: a file with the answer before
)

// Connection is what a letter about trouble tells of.
type Connection struct {
	Service string    // as people call it: "Google Calendar"
	Since   time.Time // when it was paused
	Again   string    // link to where one connects again
	Zone    string    // IANA name, the reader's; "" is UTC
}

// Reasons not to write a letter.
var (
	ErrLetter   = errors.New("the letter is not complete")
	ErrTooLarge = errors.New("the mail is larger than 100 kB")
)

// check says what is wrong with a letter.
func (l Letter) check() error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrLetter, fmt.Sprintf(format, args...))
	}
	if l.For != (Address{}) && l.For.Address == "" {
		return fault("it does not say for whom an assistant is to answer")
	}
	for _, a := range []Address{l.To, l.Sender.From} {
		if !sendable(a.Address) {
			return fault("%q is no address that mail can be sent to or from", a.Address)
		}
	}
	if a := l.Sender.ReplyTo.Address; a != "" && !sendable(a) {
		return fault("%q is no address to reply to", a)
	}
	links := []string{l.Sender.PublicURL, l.Unsubscribe, l.Connection.Again, l.Enter}
	links = append(links, l.Trial.Links.all()...)
	for _, i := range l.Items {
		links = append(links, i.Links.Accept, i.Links.Keep, i.Links.Wrong, i.Links.Other, i.Links.Undo, i.Links.Allow, i.Links.Alone)
		if i.End.Before(i.Start) || i.Start.IsZero() {
			return fault("%q has no time", i.Title)
		}
	}
	for _, link := range links {
		if link != "" && !followable(link) {
			return fault("%q is no link for a mail", link)
		}
	}
	switch l.Kind {
	case Digest:
		if len(l.Items) < 1 || len(l.Items) > 3 || l.Unsubscribe == "" {
			return fault("a digest has one to three suggestions, and a way to unsubscribe")
		}
		for _, i := range l.Items {
			if i.Links.Accept == "" || i.Links.Keep == "" || i.Links.Wrong == "" || len(i.Facts) == 0 {
				return fault("%q lacks a way to answer or a reason", i.Title)
			}
		}
	case Receipt:
		if len(l.Items) != 1 || l.Items[0].Links.Undo == "" || l.Answer.At.IsZero() {
			return fault("a receipt is for one suggestion, and has an undo")
		}
	case Result:
		if len(l.Items) != 1 || l.Items[0].Links.Other == "" || l.Result == "" || l.Result == CameConsent && l.Items[0].Links.Allow == "" ||
			l.Result.file() != (len(l.File) > 0) {
			return fault("a result says what came of one suggestion, and has the file that it tells of")
		}
	case Trouble:
		if l.Connection.Service == "" || l.Connection.Again == "" || l.Connection.Since.IsZero() {
			return fault("it does not say what is paused, since when, and where to connect again")
		}
	case TrialDraft, TrialQuestion, TrialMisses, TrialGuests, TrialEnded, TrialNoted:
		if len(l.Items) != 1 || l.Unsubscribe == "" {
			return fault("a letter about a trial is about one meeting, and has a way to unsubscribe")
		}
		if lack := l.Trial.check(l.Kind); lack != "" {
			return fault("a letter about a trial: %s", lack)
		}
	case SignIn:
		if l.Enter == "" {
			return fault("it has no link to sign in by")
		}
	case Announcement:
	default:
		return fault("there are no letters of kind %q", l.Kind)
	}
	return nil
}

// file reports whether there is a file with it.
func (c Came) file() bool { return c == CameFile || c == CameUntold || c == CameUnfile }

// sendable reports whether a is a bare address in ASCII, as SMTP takes it without
// extensions.
func sendable(a string) bool {
	if strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[],;:\"`, r) }) {
		return false
	}
	local, domain, found := strings.Cut(a, "@")
	return found && local != "" && len(local) <= 64 && domain != "" && len(domain) <= 255 && !strings.Contains(domain, "@")
}

// maxLink is the longest link that a mail has, in bytes.
const maxLink = 1000

// followable reports whether a link can be clicked in a mail, and is in one piece.
func followable(link string) bool {
	if len(link) > maxLink || strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"", r) }) {
		return false
	}
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}
