package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"time"
)

// Mail is a mail that was delivered.
type Mail struct {
	ID      int    // 1 is the first that came
	To      string // bare address, in lower case
	From    string // as people read it
	Subject string
	Date    time.Time
	Text    string // lines end in "\n"
	HTML    string // a whole document; "" where a calendar is the other half
	// Calendar is the iCalendar object that came along, lines ending in "\n"; "" for
	// none.
	Calendar string
}

// Box holds mails in the order in which they came. Its zero value is empty. It can
// be used by several goroutines at once.
type Box struct {
	mu    sync.Mutex
	mails []Mail
}

// Put keeps a message (RFC 5322) that was sent to the address to. One without a text
// and a second part, of HTML or of a calendar, is an error.
func (b *Box) Put(to string, message []byte) error {
	m, err := read(message)
	if err != nil {
		return fmt.Errorf("reading a mail: %w", err)
	}
	m.To = strings.ToLower(to)
	b.mu.Lock()
	defer b.mu.Unlock()
	m.ID = len(b.mails) + 1
	b.mails = append(b.mails, m)
	return nil
}

// Mails returns all mails, the first that came first.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail(nil), b.mails...)
}

// find returns the mail with an ID.
func (b *Box) find(id int) (Mail, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id < 1 || id > len(b.mails) {
		return Mail{}, false
	}
	return b.mails[id-1], true
}

func read(message []byte) (Mail, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return Mail{}, err
	}
	var m Mail
	words := new(mime.WordDecoder)
	if m.Subject, err = words.DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return Mail{}, err
	}
	if m.Date, err = parsed.Header.Date(); err != nil {
		return Mail{}, err
	}
	from, err := parsed.Header.AddressList("From")
	if err != nil {
		return Mail{}, err
	}
	m.From = from[0].Address
	if from[0].Name != "" {
		m.From = from[0].Name + " <" + from[0].Address + ">"
	}
	if err := m.readPart(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body); err != nil {
		return Mail{}, err
	}
	if m.Text == "" || m.HTML == "" && m.Calendar == "" {
		return Mail{}, errors.New("a part is missing")
	}
	return m, nil
}

// readPart reads a part of a message, and those within it.
func (m *Mail) readPart(kind, encoding string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = m.readPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
			}
			if err != nil {
				return err
			}
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	words, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	lines := strings.ReplaceAll(string(words), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = lines
	case "text/html":
		m.HTML = string(words)
	case "text/calendar":
		m.Calendar = lines
	}
	return nil
}
