package token

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// Length is how many letters and digits a token has.
const Length = 26

// alphabet is Crockford's base 32 in lower case: without i, l, o and u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// New returns a token that nobody can guess.
func New() string {
	var bits [16]byte
	rand.Read(bits[:]) // never fails
	return encode(bits)
}

// encode writes 128 bits as 26 digits of five bits each, the first of which only
// has three.
func encode(bits [16]byte) string {
	var text [Length]byte
	carry, have := uint(0), 2 // two leading zeros make 130
	next := 0
	for i := range text {
		for have < 5 {
			carry = carry<<8 | uint(bits[next])
			have += 8
			next++
		}
		have -= 5
		text[i] = alphabet[carry>>have&31]
	}
	return string(text[:])
}

// Parse reads a token as it came in a link, and returns it as New wrote it. Case
// does not matter, o reads as 0, i and l as 1; white space, hyphens and soft line
// breaks that mail programs put into long links are skipped, and so is punctuation
// that they took for part of it. ok is false for anything that New cannot have
// written.
func Parse(link string) (token string, ok bool) {
	if len(link) > 4*Length { // enough for anything that a mail program puts in
		return "", false
	}
	link = strings.TrimRight(link, ".,;:!?)>]}'\" \t\r\n")
	text := make([]byte, 0, Length)
	for i := range len(link) {
		c := link[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-' || c == '=':
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		switch c {
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		if strings.IndexByte(alphabet, c) < 0 || len(text) == Length {
			return "", false
		}
		text = append(text, c)
	}
	if len(text) != Length || text[0] > '7' { // more than 128 bits
		return "", false
	}
	return string(text), true
}

// Hash is what the database keeps of a token: the SHA-256 of it as New wrote it.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Link returns the whole link with the token of an answer, below the public address
// of the pages (an origin, with or without a slash).
func Link(public, token string) string { return strings.TrimSuffix(public, "/") + "/a/" + token }

// LeaveLink returns the whole link with a token to unsubscribe. It has a path of its
// own because mail programs post to it by themselves (RFC 8058), from anywhere.
func LeaveLink(public, token string) string { return strings.TrimSuffix(public, "/") + "/u/" + token }
