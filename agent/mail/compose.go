package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"time"
)

// MaxSize is how large a mail may be, in bytes: Gmail cuts off longer ones.
const MaxSize = 100_000

// Compose writes a letter as a whole message in the Internet Message Format (RFC
// 5322), lines ending in CRLF, not signed yet. The id is its Message-ID without
// brackets, and now its date; the same letter, id and date give the same bytes.
// Errors are an [ErrLetter] or an [ErrTooLarge].
func Compose(l Letter, id string, now time.Time) ([]byte, error) {
	if !sendable(id) {
		return nil, fmt.Errorf("%w: %q is no Message-ID", ErrLetter, id)
	}
	r, err := Render(l)
	if err != nil {
		return nil, err
	}
	// RFC 2046 §5.1.1: no line of the parts begins like this; quoted-printable has no "=_".
	sum := sha256.Sum256([]byte(id))
	boundary := "=_" + hex.EncodeToString(sum[:16])

	var m message
	l.fields(&m, r.Subject, id, now)
	m.field("MIME-Version", "1.0")
	parts := []part{{"text/plain; charset=utf-8", r.Text}, {"text/html; charset=utf-8", r.HTML}}
	if len(l.File) == 0 {
		m.field("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
		m.line("")
		m.parts(boundary, parts)
	} else {
		inner := "=_in" + boundary[2:] // neither begins like the other
		m.field("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
		m.line("")
		m.line("--" + boundary)
		m.field("Content-Type", `multipart/alternative; boundary="`+inner+`"`)
		m.line("")
		m.parts(inner, parts)
		m.line("--" + boundary)
		// Without its method: a mail program is to show it, not to take it in.
		m.field("Content-Type", `text/calendar; charset=utf-8; name="answer.ics"`)
		m.field("Content-Disposition", `attachment; filename="answer.ics"`)
		m.field("Content-Transfer-Encoding", "quoted-printable")
		m.line("")
		m.quotedPrintable(string(l.File))
		m.line("") // its last line ends, and so does what comes before a boundary
		m.line("--" + boundary + "--")
	}
	if m.Len() > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, m.Len())
	}
	return m.Bytes(), nil
}

// fields writes the fields that say what a mail is.
func (l Letter) fields(m *message, subject, id string, now time.Time) {
	s := l.Sender
	if l.Kind == Announcement {
		m.field("X-Unsent", "1") // Outlook opens it as a draft
	}
	m.field("From", addressField(s.From))
	if s.ReplyTo.Address != "" {
		m.field("Reply-To", addressField(s.ReplyTo))
	}
	m.field("To", addressField(l.To))
	m.field("Subject", encodeWords(subject))
	m.field("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	m.field("Message-ID", "<"+id+">")
	if (l.Kind == Receipt || l.Kind == Result) && sendable(l.InReplyTo) {
		m.field("In-Reply-To", "<"+l.InReplyTo+">")
		m.field("References", "<"+l.InReplyTo+">")
	}
	if l.Kind == Announcement {
		return // a person sends it, to people
	}
	m.field("List-Id", "unmeet <unmeet."+domainOf(s.From.Address)+">") // RFC 2919
	if l.Unsubscribe != "" {
		m.field("List-Unsubscribe", "<"+l.Unsubscribe+">") // RFC 2369
		if strings.HasPrefix(l.Unsubscribe, "https://") {
			m.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") // RFC 8058
		}
	}
	m.field("Auto-Submitted", "auto-generated")                    // RFC 3834
	m.field("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN") // not All: failures are to be told
}

// message is a message being written.
type message struct{ bytes.Buffer }

// part is one body of a multipart, as its Content-Type says.
type part struct{ kind, words string }

// parts writes the bodies of a multipart, and its end.
func (m *message) parts(boundary string, all []part) {
	for _, p := range all {
		m.line("--" + boundary)
		m.field("Content-Type", p.kind)
		m.field("Content-Transfer-Encoding", "quoted-printable")
		m.line("")
		m.quotedPrintable(p.words)
	}
	m.line("--" + boundary + "--")
}

func (m *message) line(text string) {
	m.WriteString(text)
	m.WriteString("\r\n")
}

// field writes a header field, folded at blanks where it is longer than 78
// characters (RFC 5322 §2.1.1). Its value is in printable ASCII.
func (m *message) field(name, value string) {
	const width = 78
	m.WriteString(name + ":")
	used := len(name) + 1
	for i, word := range strings.Split(value, " ") {
		if i > 0 && used+1+len(word) > width {
			m.WriteString("\r\n")
			used = 0
		}
		m.WriteString(" " + word)
		used += 1 + len(word)
	}
	m.line("")
}

// quotedPrintable writes words in the encoding of that name (RFC 2045 §6.7).
func (m *message) quotedPrintable(words string) {
	w := quotedprintable.NewWriter(&m.Buffer)
	_, _ = w.Write([]byte(words)) // a buffer never fails
	_ = w.Close()
	if !bytes.HasSuffix(m.Bytes(), []byte("\r\n")) {
		m.line("")
	}
}
