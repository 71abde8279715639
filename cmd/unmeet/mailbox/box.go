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
	HTML    string // a whole document
}

// Box holds mails in the order in which they came. Its zero value is empty. It can
// be used by several goroutines at once.
type Box struct {
	mu    sync.Mutex
	mails []Mail
}

// Put keeps a message (RFC 5322) that was sent to the address to. One that is not
// of a text and an HTML part is an error.
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
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		return Mail{}, err
	}
	if kind != "multipart/alternative" {
		return Mail{}, fmt.Errorf("it is %s and not of two parts", kind)
	}
	return m, m.readParts(multipart.NewReader(parsed.Body, parameters["boundary"]))
}

func (m *Mail) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		words, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		switch kind {
		case "text/plain":
			m.Text = strings.ReplaceAll(string(words), "\r\n", "\n")
		case "text/html":
			m.HTML = string(words)
		}
	}
	if m.Text == "" || m.HTML == "" {
		return errors.New("a part is missing")
	}
	return nil
}
