package mail

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"unmeet/agent/mail/mailtest"
)

// TestTrySendsNothing: trying a server takes the way of a mail up to where one would
// begin.
func TestTrySendsNothing(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Users: map[string]string{"unmeet": "a password"}})
	for _, c := range []struct {
		name     string
		password string
		security Security
		err      string
		hint     string
	}{
		{"well", "a password", StartTLS, "", ""},
		{"wrong password", "another", StartTLS, "does not accept our user and password", ""},
		{"wrong encryption", "a password", TLS, "does not begin with TLS", `tls = "starttls"`},
	} {
		hint, err := Server{
			Host: server.Host, Port: server.Port, Security: c.security, User: "unmeet", Roots: server.CA.Roots(),
			Password: func() (string, error) { return c.password, nil },
		}.Try(t.Context())
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || !strings.Contains(hint, c.hint) {
			t.Errorf("%s: %v, hint %q", c.name, err, hint)
		}
	}
	if n := server.Count("MAIL"); n != 0 || len(server.Messages()) != 0 {
		t.Errorf("%d mails were begun", n)
	}
}

// TestRecordOfAKey holds what the DNS has to say to the key that signs.
func TestRecordOfAKey(t *testing.T) {
	signer := func(key any) *Signer {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSigner("acme.example", "s1", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	_, small, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	elliptic, other := signer(small), signer(large)
	for _, s := range []*Signer{elliptic, other} {
		record, err := s.Record()
		if err != nil || s.Name() != "s1._domainkey.acme.example" {
			t.Fatal(s.Name(), err)
		}
		if err := s.Matches(record); err != nil {
			t.Errorf("%s: %v", record, err)
		}
		folded := strings.ReplaceAll(record, "; ", ";\t ")
		if err := s.Matches(folded + "; t=s"); err != nil {
			t.Errorf("%s: %v", folded, err)
		}
	}
	bare := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&large.PublicKey))
	if err := other.Matches("v=DKIM1; p=" + bare); err != nil {
		t.Error("a bare key:", err)
	}
	ours, err := elliptic.Record()
	if err != nil {
		t.Fatal(err)
	}
	for record, want := range map[string]string{
		"v=spf1 -all":                        "no record of a DKIM key",
		"v=DKIM1; p=":                        "revoked",
		"v=DKIM1; k=ed25519; p=AAAA":         "another key",
		"v=DKIM1; k=ed25519; p=AAA":          "cut",
		"v=DKIM1; p=" + bare:                 "of kind rsa, and ours is ed25519",
		strings.Replace(ours, "p=", "q=", 1): "no record",
	} {
		if err := elliptic.Matches(record); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", record, err, want)
		}
	}
}
