package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

// domainKey is a key as an admin has it, and what the domain publishes of it.
func domainKey(t *testing.T, kind string) (private []byte, record string) {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		if public, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
			t.Fatal(err)
		}
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		fmt.Sprintf("v=DKIM1; k=%s; p=%s", kind, base64.StdEncoding.EncodeToString(public))
}

// TestSignature has mails verified by another library than the one that signs them.
func TestSignature(t *testing.T) {
	for _, kind := range []string{"rsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			private, record := domainKey(t, kind)
			s, err := NewSigner("acme.example", "unmeet2026", private)
			if err != nil {
				t.Fatal(err)
			}
			verify := func(message []byte) error {
				options := dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
					if name != "unmeet2026._domainkey.acme.example" {
						t.Errorf("the key is looked for at %s", name)
					}
					return []string{record}, nil
				}}
				found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &options)
				switch {
				case err != nil:
					return err
				case len(found) != 1 || found[0].Domain != "acme.example":
					t.Fatalf("%d signatures", len(found))
				}
				for _, want := range []string{"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"} {
					if !slices.ContainsFunc(found[0].HeaderKeys, func(have string) bool { return strings.EqualFold(have, want) }) {
						t.Errorf("the signature does not cover %s", want)
					}
				}
				return found[0].Err
			}
			for name, l := range samples() {
				w := Writer{Sender: sender(), Signer: s}
				m, err := w.Write(l, id, "bo@acme.example", now, now, now.AddDate(0, 0, 1))
				if err != nil {
					t.Fatal(err)
				}
				again, err := w.Write(l, id, "bo@acme.example", now, now, now.AddDate(0, 0, 1))
				if err != nil || !bytes.Equal(m.MIME, again.MIME) {
					t.Errorf("%s: signed again it is another mail (%v)", name, err)
				}
				if err := verify(m.MIME); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if name != "digest-en" {
					continue
				}
				for what, forged := range map[string][]byte{
					"another way out":   bytes.Replace(m.MIME, []byte("List-Unsubscribe: <https://unmeet"), []byte("List-Unsubscribe: <https://evil"), 1),
					"no one-click":      bytes.Replace(m.MIME, []byte("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), nil, 1),
					"a second way out":  slices.Concat([]byte("List-Unsubscribe: <https://evil.example/>\r\n"), m.MIME),
					"a second sender":   slices.Concat([]byte("From: <ceo@acme.example>\r\n"), m.MIME),
					"a second subject":  slices.Concat([]byte("Subject: urgent\r\n"), m.MIME),
					"another link":      bytes.Replace(m.MIME, []byte("/a/0q7m"), []byte("/a/1111"), -1),
					"another recipient": bytes.Replace(m.MIME, []byte(`To: "Bo Lind"`), []byte(`To: "Al Lind"`), 1),
				} {
					if bytes.Equal(forged, m.MIME) {
						t.Fatalf("%s: nothing was forged", what)
					}
					if verify(forged) == nil {
						t.Errorf("%s: the signature still holds", what)
					}
				}
			}
		})
	}
}

// TestNoSigner holds what is refused as a key, without showing any of it.
func TestNoSigner(t *testing.T) {
	private, _ := domainKey(t, "ed25519")
	for _, c := range []struct{ domain, selector, key string }{
		{"acme.example", "unmeet", "no key at all"},
		{"acme.example", "unmeet", strings.Replace(string(private), "M", "X", 1)},
		{"", "unmeet", string(private)},
		{"acme.example", "", string(private)},
	} {
		_, err := NewSigner(c.domain, c.selector, []byte(c.key))
		if err == nil {
			t.Errorf("domain %q and selector %q were accepted", c.domain, c.selector)
			continue
		}
		for line := range strings.Lines(c.key) {
			if line = strings.TrimSpace(line); len(line) > 40 && strings.Contains(err.Error(), line) {
				t.Errorf("the error shows the key: %v", err)
			}
		}
	}
	s, err := NewSigner("acme.example", "unmeet", private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign([]byte("no fields"), now); err == nil {
		t.Error("what is no mail was signed")
	}
}
