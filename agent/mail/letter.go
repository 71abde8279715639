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
	Trouble      Kind = "trouble"      // a calendar cannot be read until its person acts
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
	// Unsubscribe leads to the page that stops suggestions; of digests and receipts.
	Unsubscribe string

	InReplyTo  string     // of a receipt: Message-ID of the digest, without brackets
	Answer     Answer     // of a receipt
	Connection Connection // of a trouble
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
}

// Answer is what a receipt tells of.
type Answer struct {
	At     time.Time // when it was given
	Always bool      // from now on, not this once
	Never  bool      // whatever was suggested, the answer is Never
}

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
	for _, a := range []Address{l.To, l.Sender.From} {
		if !sendable(a.Address) {
			return fault("%q is no address that mail can be sent to or from", a.Address)
		}
	}
	if a := l.Sender.ReplyTo.Address; a != "" && !sendable(a) {
		return fault("%q is no address to reply to", a)
	}
	links := []string{l.Sender.PublicURL, l.Unsubscribe, l.Connection.Again}
	for _, i := range l.Items {
		links = append(links, i.Links.Accept, i.Links.Keep, i.Links.Wrong, i.Links.Other, i.Links.Undo)
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
	case Trouble:
		if l.Connection.Service == "" || l.Connection.Again == "" || l.Connection.Since.IsZero() {
			return fault("it does not say what is paused, since when, and where to connect again")
		}
	case Announcement:
	default:
		return fault("there are no letters of kind %q", l.Kind)
	}
	return nil
}

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
