package mail

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Signer signs mails in the name of a domain (DKIM, RFC 6376).
type Signer struct {
	domain, selector string
	key              crypto.Signer
}

// NewSigner returns a signer for the domain of the sender's address. The key, RSA
// or Ed25519 as PEM, is the one whose public half the domain publishes under
// selector. An error never shows the key.
func NewSigner(domain, selector string, pem []byte) (*Signer, error) {
	key, err := gomail.PrivKeyFromPEM(pem)
	if err != nil {
		return nil, fmt.Errorf("read the DKIM key: %w", err)
	}
	s := &Signer{domain, selector, key}
	if err := s.signer(time.Time{}).ValidateConfig(); err != nil {
		return nil, fmt.Errorf("set up DKIM: %w", err)
	}
	return s, nil
}

var (
	// signed are the fields that a signature covers. RFC 8058 §4 wants both that
	// lead to the one-click way out.
	signed = []string{
		"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
		"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "X-Auto-Response-Suppress",
	}
	// oversigned are those that nobody may add a second time on the way.
	oversigned = []string{"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post"}
)

// signer returns go-mail's signer. Each signature takes a new one: it notes in
// itself what it signs with.
func (s *Signer) signer(now time.Time) *gomail.DKIMSigner {
	g := gomail.NewDKIMSigner(s.domain, s.selector, s.key)
	g.SignHeaders(signed...)
	g.OversignHeaders(oversigned...)
	g.NowFunc = func() time.Time { return now }
	return g
}

// Sign returns a message with a signature before its fields. The same message and
// time give the same bytes.
func (s *Signer) Sign(message []byte, now time.Time) ([]byte, error) {
	head, body, found := bytes.Cut(message, []byte("\r\n\r\n"))
	if !found {
		return nil, errors.New("sign a mail: it has no body")
	}
	field, err := s.signer(now).Sign(append(head[:len(head):len(head)], "\r\n"...), body)
	if err != nil {
		return nil, fmt.Errorf("sign a mail: %w", err)
	}
	return append([]byte(refold(field)), message...), nil
}

// refold folds a signature at its blanks. go-mail signs it in one line and then folds
// it in the middle of a long list of fields, which breaks it (as of v0.8.1): what it
// puts in is taken out again.
func refold(field string) string {
	var m message
	name, value, _ := strings.Cut(strings.TrimSuffix(strings.ReplaceAll(field, "\r\n ", ""), "\r\n"), ": ")
	tags, signature, _ := strings.Cut(value, "; b=")
	// White space in the signature itself means nothing (RFC 6376 §3.5).
	const width = 72
	var lines []string
	for len(signature) > width {
		lines, signature = append(lines, signature[:width]), signature[width:]
	}
	m.field(name, tags+"; b="+strings.Join(append(lines, signature), " "))
	return m.String()
}
