package caldav

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"unmeet/calendars"
)

// cursor is all that is remembered between two pulls. To callers it is one opaque
// string, stored in the transaction of the data it stands for.
type cursor struct {
	Key   string `json:"k"`           // what the rest is good for; see cursorKey
	Token string `json:"t,omitempty"` // of sync-collection
	// Synced says that the server took a token of its own once; NoSync that it did
	// not. It is asked again when everything is listed for another reason.
	Synced bool `json:"y,omitempty"`
	NoSync bool `json:"n,omitempty"`
	// Where the server has none: its mark for the whole calendar, if it has one, and
	// a hash of the ETag of each object.
	CTag string            `json:"c,omitempty"`
	Tags map[string]string `json:"e,omitempty"`
	// Unread are the names of objects that the server did not give out for now. They
	// are asked for again, changed or not.
	Unread []string `json:"r,omitempty"`

	From int64 `json:"f"` // when the window went from and to that was
	To   int64 `json:"u"` // listed last; Unix seconds
}

// cursorKey names what a cursor is good for: a calendar, and how this version
// reads it.
func cursorKey(calendar string) string { return hashed("2\n" + calendar) }

// hashed is a short name of text.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// largestCursor bounds what is unpacked.
const largestCursor = 32 << 20

// readCursor unpacks a cursor. One that is empty, unreadable or for something
// else is as good as none: then ok is false, and everything is listed anew.
func readCursor(text, key string) (c cursor, ok bool) {
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(packed) == 0 {
		return cursor{}, false
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), largestCursor))
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Key != key {
		return cursor{}, false
	}
	return c, true
}

// String packs the cursor; equal cursors give equal strings.
func (c cursor) String() (string, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("caldav: pack cursor: %w", err)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return "", fmt.Errorf("caldav: pack cursor: %w", err)
	}
	if _, err := w.Write(raw); err != nil {
		return "", fmt.Errorf("caldav: pack cursor: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("caldav: pack cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(packed.Bytes()), nil
}

// relist is how far the window may roll before everything is listed anew: what
// comes into it, nobody tells. Of a window that stays, changes tell all.
const relist = 24 * time.Hour

// due reports whether the calendar must be listed even if nothing changed.
func (c cursor) due(at calendars.Collection) bool {
	return at.To.Unix()-c.To >= int64(relist/time.Second) || at.From.Unix() < c.From
}
