package mail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"unmeet/store"
)

// Report is the kind of mails that bring a report to whom the configuration names.
const Report Kind = "report"

// Reporting is a report in a mail: in short, and whole as a page with it.
type Reporting struct {
	To         Address
	Subject    string
	Text, HTML string // the short one, for mail programs that show HTML and for others
	File       string // name of the page, in ASCII
	Page       []byte // HTML
}

// longestSubject is how many columns the subject of a report takes at most.
const longestSubject = 120

// mostAttached is how large a mail with a page may be, in bytes. What is cut off from
// [MaxSize] on is the text of a mail, not what is attached.
const mostAttached = 1_000_000

// Report composes a report for the outbox, from the organization. The id is its
// Message-ID; it is not sent after deadline. Errors are an [ErrLetter] or an
// [ErrTooLarge].
func (w Writer) Report(r Reporting, id string, now, deadline time.Time) (store.NewMail, error) {
	for _, address := range []Address{r.To, w.Sender.From} {
		if !sendable(address.Address) {
			return store.NewMail{}, fmt.Errorf("%w: %q is no address that mail can be sent to or from", ErrLetter, address.Address)
		}
	}
	if !sendable(id) || r.Subject == "" || len(r.Page) == 0 {
		return store.NewMail{}, fmt.Errorf("%w: a report has a Message-ID, a subject and a page", ErrLetter)
	}
	message, err := w.composeReport(r, id, now)
	if err == nil && w.Signer != nil {
		message, err = w.Signer.Sign(message, now)
	}
	if err != nil {
		return store.NewMail{}, err
	}
	from := w.Bounces
	if from == "" {
		from = w.Sender.From.Address
	}
	return store.NewMail{
		MessageID: id, Person: r.To.Address, Kind: string(Report), From: from, To: r.To.Address, MIME: message, Next: now, Deadline: deadline,
	}, nil
}

func (w Writer) composeReport(r Reporting, id string, now time.Time) ([]byte, error) {
	sum := sha256.Sum256([]byte(id))
	boundary := "=_" + hex.EncodeToString(sum[:16]) // as in Compose
	inner := "=_in" + boundary[2:]
	var m message
	Letter{Kind: Report, To: r.To, Sender: w.Sender}.fields(&m, foreign(r.Subject, longestSubject), id, now)
	m.field("MIME-Version", "1.0")
	m.field("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	m.line("")
	m.line("--" + boundary)
	m.field("Content-Type", `multipart/alternative; boundary="`+inner+`"`)
	m.line("")
	m.parts(inner, []part{{"text/plain; charset=utf-8", r.Text}, {"text/html; charset=utf-8", r.HTML}})
	if m.Len() > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes without its page", ErrTooLarge, m.Len())
	}
	m.line("--" + boundary)
	m.field("Content-Type", `text/html; charset=utf-8; name="`+r.File+`"`)
	m.field("Content-Disposition", `attachment; filename="`+r.File+`"`)
	m.field("Content-Transfer-Encoding", "base64")
	m.line("")
	const bytesALine = 57 // 76 characters (RFC 2045 §6.8)
	for line := range slices.Chunk(r.Page, bytesALine) {
		m.line(base64.StdEncoding.EncodeToString(line))
	}
	m.line("--" + boundary + "--")
	if m.Len() > mostAttached {
		return nil, fmt.Errorf("%w: %d bytes with its page", ErrTooLarge, m.Len())
	}
	return m.Bytes(), nil
}
