package mail

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Try connects to the server as for a mail, encrypted and authenticated, and leaves
// without one. Hint says what can be done about an error, "" if that is not known.
func (s Server) Try(ctx context.Context) (hint string, err error) {
	now, err := s.open(ctx)
	if f, ok := errors.AsType[*fault](err); ok {
		return f.hint, err
	}
	if err != nil {
		return "", err
	}
	now.quit()
	return "", nil
}

// Domain is whose name is signed in.
func (s *Signer) Domain() string { return s.domain }

// Name is where the DNS has to hold the record of the key.
func (s *Signer) Name() string { return s.selector + "._domainkey." + s.domain }

// Record is what the DNS has to hold at Name (RFC 6376 §3.6.1, RFC 8463 §4).
func (s *Signer) Record() (string, error) {
	kind, public, err := s.public()
	if err != nil {
		return "", err
	}
	return "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public), nil
}

// public is the kind of the key, and its public half as records hold it.
func (s *Signer) public() (kind string, public []byte, err error) {
	switch key := s.key.Public().(type) {
	case ed25519.PublicKey:
		return "ed25519", key, nil
	case *rsa.PublicKey:
		public, err = x509.MarshalPKIXPublicKey(key)
		return "rsa", public, err
	}
	return "", nil, fmt.Errorf("a key of type %T signs no mails", s.key)
}

// Matches compares a TXT record of the DNS with the public half of the key: nil if it
// holds that, else what it holds instead.
func (s *Signer) Matches(record string) error {
	kind, public, err := s.public()
	if err != nil {
		return err
	}
	tags := map[string]string{"k": "rsa"}
	for tag := range strings.SplitSeq(record, ";") {
		name, value, _ := strings.Cut(tag, "=")
		tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(value), "")
	}
	held, present := tags["p"]
	switch {
	case !present:
		return errors.New("it is no record of a DKIM key")
	case held == "":
		return errors.New("the key was revoked there")
	case tags["k"] != kind:
		return fmt.Errorf("it holds a key of kind %s, and ours is %s", clean(errors.New(tags["k"])), kind)
	}
	raw, err := base64.StdEncoding.DecodeString(held)
	if err != nil {
		return errors.New("its key cannot be read: it may have been cut")
	}
	if kind == "rsa" { // some publish the bare key (RFC 8017), which verifiers take as well
		if bare, err := x509.ParsePKCS1PublicKey(raw); err == nil {
			if raw, err = x509.MarshalPKIXPublicKey(bare); err != nil {
				return err
			}
		}
	}
	if string(raw) != string(public) {
		return errors.New("it holds another key than ours")
	}
	return nil
}
