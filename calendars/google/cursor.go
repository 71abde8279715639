package google

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"unmeet/calendars"
)

// cursor is all that is remembered between two pulls. To callers it is one opaque
// string, stored in the transaction of the data it stands for.
type cursor struct {
	Key    string            `json:"k"`           // what the rest is good for; see cursorKey
	Sync   string            `json:"t"`           // the feed's sync token; "" asks for everything
	From   int64             `json:"f"`           // from when until when the window went that was
	To     int64             `json:"u"`           // listed last; Unix seconds
	Series map[string]series `json:"m,omitempty"` // by id of their master
}

// series is what must be known of a master to make sense of its instances, which
// the window lists without it.
type series struct {
	Rule   string             `json:"r,omitempty"` // of RRULE; "" for a series of single dates
	Start  calendars.Instance `json:"s,omitempty"` // the first one
	Length int64              `json:"d,omitempty"` // of an occurrence, in seconds
	Zone   string             `json:"z,omitempty"` // of a timed one
	Words  string             `json:"h,omitempty"` // its fingerprint; see fingerprint
	// Orphan says that the calendar holds instances of the series but not the
	// series: its owner is invited to those alone.
	Orphan bool `json:"o,omitempty"`
}

// cursorKey names what a cursor is good for. Google takes a sync token only with
// the very query that it came from, and data fetched with another mask of fields
// lacks what is asked for now.
func cursorKey(person, calendar string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"1", person, calendar, feedQuery().Encode(), windowQuery(calendars.Collection{}).Encode()}, "\n")))
	return hex.EncodeToString(sum[:8])
}

// largestCursor bounds what is unpacked.
const largestCursor = 32 << 20

// readCursor unpacks a cursor. One that is empty, unreadable or for something
// else is as good as none: everything is listed anew.
func readCursor(text, key string) cursor {
	none := cursor{Key: key, Series: map[string]series{}}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(packed) == 0 {
		return none
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), largestCursor))
	if err != nil {
		return none
	}
	var c cursor
	if json.Unmarshal(raw, &c) != nil || c.Key != key || c.Sync == "" {
		return none
	}
	if c.Series == nil {
		c.Series = map[string]series{}
	}
	return c
}

// String packs the cursor; equal cursors give equal strings.
func (c cursor) String() (string, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("google: pack cursor: %w", err)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return "", fmt.Errorf("google: pack cursor: %w", err)
	}
	_, err = w.Write(raw)
	if err := firstError(err, w.Close()); err != nil {
		return "", fmt.Errorf("google: pack cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(packed.Bytes()), nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// relist is how far the window may roll before it is listed anew. Of a window that
// stays where it is the feed tells all.
const relist = 24 * time.Hour

// due reports whether the window must be listed even if nothing changed.
func (c cursor) due(at calendars.Collection) bool {
	return at.To.Unix()-c.To >= int64(relist/time.Second)
}

// forget drops series that ended before the window and cannot come back into it.
func (c cursor) forget(from time.Time) {
	for id, s := range c.Series {
		if end, ok := until(s.Rule); ok && end.Add(48*time.Hour).Before(from) {
			delete(c.Series, id)
		}
	}
}

// forgetOrphans drops series of which the window no longer holds an instance:
// without a master, no feed will ever tell of their end.
func (c cursor) forgetOrphans(seen map[string][]*calendar.Event) {
	for id, s := range c.Series {
		if s.Orphan && seen[id] == nil {
			delete(c.Series, id)
		}
	}
}

// until returns the end that a rule names (RFC 5545 §3.3.10), if it names one.
func until(rule string) (time.Time, bool) {
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		if !strings.EqualFold(name, "UNTIL") {
			continue
		}
		for _, layout := range []string{"20060102T150405Z", "20060102T150405", "20060102"} {
			if t, err := time.Parse(layout, value); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// itemFields are the fields of events that are asked for, in three parts.
const (
	eventFields = "id,etag,status,updated,summary,description,location,visibility,transparency," +
		"iCalUID,sequence,eventType,start,end,recurrence,recurringEventId,originalStartTime," +
		"organizer(email,displayName,self),attendeesOmitted,guestsCanSeeOtherGuests,guestsCanModify,extendedProperties/shared"
	guestFields = "email,displayName,organizer,self,resource,optional,responseStatus,additionalGuests,asyncOperation"
	itemFields  = eventFields + ",attendees(" + guestFields + ")"
)

// pageSize is the most that Google lists at a time.
const pageSize = 2500

// query holds what both lists have in common. Birthdays, and what Gmail finds in
// mails, are nobody's meetings.
func query() url.Values {
	return url.Values{
		"maxResults": {strconv.Itoa(pageSize)},
		"eventTypes": {"default", "outOfOffice", "focusTime", "workingLocation"},
		"fields":     {"nextPageToken,nextSyncToken,timeZone,accessRole,items(" + itemFields + ")"},
	}
}

// feedQuery asks for series as they were made. It must stay the same from one
// pull to the next; a change here makes all cursors void, as cursorKey sees to.
func feedQuery() url.Values { return query() }

// windowQuery asks for every occurrence within the span.
func windowQuery(at calendars.Collection) url.Values {
	q := query()
	q.Set("singleEvents", "true")
	q.Set("timeMin", at.From.UTC().Format(time.RFC3339))
	q.Set("timeMax", at.To.UTC().Format(time.RFC3339))
	return q
}
