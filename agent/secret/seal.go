package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Purpose says what a secret is for. One that was sealed for another cannot be
// opened.
type Purpose string

// The purposes there are.
const (
	RefreshToken Purpose = "refresh token"
	Attempt      Purpose = "attempt to connect" // belongs to connection 0: there is none yet
)

// Reasons why a secret cannot be opened.
var (
	ErrNoKey   = errors.New("the key that sealed it is not in the key file")
	ErrDamaged = errors.New("it is damaged, or was sealed for something else")
)

// Seal encrypts plain for one connection and purpose with the newest key, and
// names that key.
func (f *File) Seal(plain []byte, connection int64, purpose Purpose) (sealed []byte, keyID string, err error) {
	keys, err := f.read()
	if err != nil {
		return nil, "", fmt.Errorf("seal: %w", err)
	}
	newest := keys[0]
	box, err := newest.box(purpose)
	if err != nil {
		return nil, "", fmt.Errorf("seal: %w", err)
	}
	return box.Seal([]byte(newest.id), nil, plain, bound(connection, purpose)), newest.id, nil
}

// Open decrypts what Seal made for the same connection and purpose. Errors are
// ErrNoKey, ErrDamaged, or of reading the key file.
func (f *File) Open(sealed []byte, connection int64, purpose Purpose) ([]byte, error) {
	keys, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if len(sealed) < idSize {
		return nil, fmt.Errorf("open: %w", ErrDamaged)
	}
	for _, k := range keys {
		if k.id != KeyID(sealed) {
			continue
		}
		box, err := k.box(purpose)
		if err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
		plain, err := box.Open(nil, nil, sealed[idSize:], bound(connection, purpose))
		if err != nil {
			return nil, fmt.Errorf("open: %w", ErrDamaged)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("open: %w", ErrNoKey)
}

// Prove answers a challenge so that whoever has the same key can tell that we have it,
// too, and nobody else can say the same: a code of the newest key, in hex.
func (f *File) Prove(challenge string) (string, error) {
	keys, err := f.read()
	if err != nil {
		return "", fmt.Errorf("prove: %w", err)
	}
	derived, err := hkdf.Key(sha256.New, keys[0].secret, nil, "unmeet proof", keySize)
	if err != nil {
		return "", fmt.Errorf("prove: %w", err)
	}
	code := hmac.New(sha256.New, derived)
	code.Write([]byte(challenge)) // never fails
	return hex.EncodeToString(code.Sum(nil)), nil
}

// KeyID returns the id of the key that something was sealed with.
func KeyID(sealed []byte) string { return string(sealed[:min(idSize, len(sealed))]) }

// bound is what a secret is tied to, so that it cannot be moved to another row.
func bound(connection int64, purpose Purpose) []byte {
	return fmt.Appendf(nil, "unmeet connection %d %s", connection, purpose)
}

// box returns the cipher of a key for one purpose.
func (k key) box(purpose Purpose) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, k.secret, nil, "unmeet "+string(purpose), keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
