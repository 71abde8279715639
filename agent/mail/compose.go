package mail

import (
	"errors"
	"time"
)

// Compose writes a letter as a whole message in the Internet Message Format (RFC
// 5322), lines ending in CRLF, not signed yet. The id is its Message-ID without
// brackets, and now its date; the same letter, id and date give the same bytes.
// Errors are an [ErrLetter] or an [ErrTooLarge].
func Compose(l Letter, id string, now time.Time) ([]byte, error) {
	return nil, errors.ErrUnsupported
}
