package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/store"
)

// Answering is an answer to an invitation, from whom it went to, to whoever sent it.
type Answering struct {
	From, To Address
	Language string // of the words; a tag
	Snapshot suggest.Snapshot
	Response calendars.Response
	Always   bool   // of the series, from that occurrence on
	Note     string // what the person wants to be said
	Calendar []byte // the same in iCalendar, with METHOD:REPLY (RFC 5546 §3.2.3)
}

// ComposeReply writes an answer as a message of iMIP (RFC 6047): its calendar is what
// the calendar of whoever gets it reads, the text is for people. It names no product:
// it is the person's own. Errors are an [ErrLetter] or an [ErrTooLarge].
func ComposeReply(a Answering, id string, now time.Time) ([]byte, error) {
	for _, address := range []Address{a.From, a.To} {
		if !sendable(address.Address) {
			return nil, fmt.Errorf("%w: %q is no address that mail can be sent to or from", ErrLetter, address.Address)
		}
	}
	if !sendable(id) || len(a.Calendar) == 0 {
		return nil, fmt.Errorf("%w: an answer to an invitation has a Message-ID and a calendar", ErrLetter)
	}
	sum := sha256.Sum256([]byte(id))
	boundary := "=_" + hex.EncodeToString(sum[:16])
	subject, body := a.words()
	var m message
	m.field("From", addressField(a.From))
	m.field("To", addressField(a.To))
	m.field("Subject", encodeWords(subject))
	m.field("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	m.field("Message-ID", "<"+id+">")
	m.field("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN")
	m.field("MIME-Version", "1.0")
	m.field("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	m.line("")
	m.parts(boundary, []part{{"text/plain; charset=utf-8", body}, {"text/calendar; charset=utf-8; method=REPLY", string(a.Calendar) + "\r\n"}})
	if m.Len() > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, m.Len())
	}
	return m.Bytes(), nil
}

// words are the subject and the text of an answer.
func (a Answering) words() (subject, body string) {
	v := speak(a.Language)
	key := "reply.open"
	switch a.Response {
	case calendars.Accepted, calendars.Declined, calendars.Maybe:
		key = "reply." + string(a.Response)
	}
	start := language.In(a.Snapshot.Start, a.Snapshot.Zone)
	when := v.When(start, language.In(a.Snapshot.End, a.Snapshot.Zone))
	if a.Always {
		when = v.say("reply.always", "day", v.Day(start))
	}
	subject = v.say(key, "title", v.title(a.Snapshot.Title, subjectTitle))
	body = v.say(key, "title", v.title(a.Snapshot.Title, wholeTitle)) + "\n" + when + "\n"
	if note := foreign(a.Note, longestNote); note != "" {
		body += "\n" + text.Wrap(note, columns) + "\n"
	}
	return subject, body
}

// Reply composes an answer to an invitation for the outbox. The id is its Message-ID;
// person is their address in the store. It goes as from the person alone, so that what
// cannot be delivered comes back to them.
func (w Writer) Reply(a Answering, id, person string, now, deadline time.Time) (store.NewMail, error) {
	message, err := ComposeReply(a, id, now)
	if err == nil && w.Signer != nil && domainOf(a.From.Address) == domainOf(w.Sender.From.Address) {
		message, err = w.Signer.Sign(message, now)
	}
	if err != nil {
		return store.NewMail{}, err
	}
	return store.NewMail{
		MessageID: id, Person: person, Kind: string(Reply), From: a.From.Address, To: a.To.Address, MIME: message, Next: now, Deadline: deadline,
	}, nil
}
