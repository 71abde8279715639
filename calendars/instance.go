package calendars

import (
	"strings"
	"time"
)

// Instance names one member of a series by its RECURRENCE-ID as text
// (RFC 5545 §3.8.4.4): "" for the series itself or a one-off, "20260301" for an
// all-day instance, "20260301T090000Z" (always UTC) for a timed one. It names
// the time the instance was first planned for; a moved instance keeps it.
type Instance string

const (
	instanceDay  = "20060102"
	instanceTime = "20060102T150405Z"
)

// InstanceAt names the timed instance planned for t.
func InstanceAt(t time.Time) Instance {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return Instance(t.Format(instanceTime))
	}
	hour, minute, second := t.Clock()
	text := [len(instanceTime)]byte{8: 'T', 15: 'Z'}
	putDay(text[:], year, month, day)
	putDigits(text[9:11], hour)
	putDigits(text[11:13], minute)
	putDigits(text[13:15], second)
	return Instance(text[:])
}

// InstanceOn names the all-day instance planned for the calendar day of t, read
// in t's own location.
func InstanceOn(t time.Time) Instance {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return Instance(t.Format(instanceDay))
	}
	var text [len(instanceDay)]byte
	putDay(text[:], year, month, day)
	return Instance(text[:])
}

// putDay writes yyyymmdd: a fifth of what Format takes, which tells where
// hundreds of thousands of occurrences are named.
func putDay(text []byte, year int, month time.Month, day int) {
	putDigits(text[:4], year)
	putDigits(text[4:6], int(month))
	putDigits(text[6:8], day)
}

// putDigits fills text with the last digits of n.
func putDigits(text []byte, n int) {
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
}

// Time returns when the instance was planned for: an instant in UTC, or, for an
// all-day instance, midnight of that day in zone. ok is false for "" and for
// text that is no instance.
func (i Instance) Time(zone *time.Location) (t time.Time, ok bool) {
	layout := instanceDay
	if strings.HasSuffix(string(i), "Z") {
		layout, zone = instanceTime, time.UTC
	}
	t, err := time.ParseInLocation(layout, string(i), zone)
	return t, err == nil
}

// Ref points at one meeting, or one instance of it, across all calendars.
type Ref struct {
	UID       string
	Organizer string // address, lower case; "" where the event names none
	Instance  Instance
}
