package ics

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"unmeet/calendars/ics/zone"
)

// civil is a DATE or DATE-TIME value as it is written (RFC 5545 §3.3.4, §3.3.5).
type civil struct {
	year, day            int
	month                time.Month
	hour, minute, second int
	timed                bool // it has a time of day
	fixed                bool // it is an instant: in UTC, or with an offset
	offset               int  // seconds east of UTC, where fixed
}

// parseCivil reads 20260301, 20260301T090000 and 20260301T090000Z, and what
// scripts write instead: lower case, ISO 8601 with hyphens and colons, no
// seconds, an offset.
func parseCivil(s string) (civil, error) {
	s = strings.TrimSpace(s)
	bad := func() (civil, error) { return civil{}, fmt.Errorf("%q is no date or time", shorten(s)) }
	var c civil
	rest := s
	var ok bool
	var month int
	if c.year, rest, ok = digits(rest, 4, ""); !ok {
		return bad()
	}
	if month, rest, ok = digits(rest, 2, "-"); !ok {
		return bad()
	}
	if c.day, rest, ok = digits(rest, 2, "-"); !ok {
		return bad()
	}
	c.month = time.Month(month)
	if month < 1 || month > 12 || c.day < 1 || c.day > daysIn(c.year, c.month) || c.year < 1 {
		return civil{}, fmt.Errorf("%q is a day that does not exist", shorten(s))
	}
	if rest == "" || rest == "Z" || rest == "z" { // a day is a day everywhere
		return c, nil
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return bad()
	}
	c.timed = true
	if c.hour, rest, ok = digits(rest[1:], 2, ""); !ok {
		return bad()
	}
	if c.minute, rest, ok = digits(rest, 2, ":"); !ok {
		return bad()
	}
	if second, after, ok := digits(rest, 2, ":"); ok {
		c.second, rest = second, after
	}
	if strings.HasPrefix(rest, ".") { // fractions of a second
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	if c.hour > 24 || c.minute > 59 || c.second > 60 || c.hour == 24 && c.minute+c.second > 0 {
		return civil{}, fmt.Errorf("%q is a time that does not exist", shorten(s))
	}
	switch {
	case rest == "":
	case rest == "Z" || rest == "z":
		c.fixed = true
	case rest[0] == '+' || rest[0] == '-':
		var h, m int
		sign := rest[0]
		if h, rest, ok = digits(rest[1:], 2, ""); !ok {
			return bad()
		}
		if rest != "" {
			if m, rest, ok = digits(rest, 2, ":"); !ok || rest != "" {
				return bad()
			}
		}
		c.fixed, c.offset = true, h*3600+m*60
		if sign == '-' {
			c.offset = -c.offset
		}
	default:
		return bad()
	}
	return c, nil
}

// digits reads a number of n digits from the beginning of s, after an optional
// separator.
func digits(s string, n int, separator string) (value int, rest string, ok bool) {
	s = strings.TrimPrefix(s, separator)
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		c := s[i] - '0'
		if c > 9 {
			return 0, s, false
		}
		value = value*10 + int(c)
	}
	return value, s[n:], true
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// in is the instant of c on the clocks of loc; midnight for a DATE.
func (c civil) in(loc *time.Location) time.Time {
	if c.fixed {
		at := time.Date(c.year, c.month, c.day, c.hour, c.minute, c.second, 0, time.UTC)
		return at.Add(-time.Duration(c.offset) * time.Second)
	}
	return zone.At(c.year, c.month, c.day, c.hour, c.minute, c.second, loc)
}

// midnight is the beginning of c's day in loc, as the day is written.
func (c civil) midnight(loc *time.Location) time.Time {
	return zone.At(c.year, c.month, c.day, 0, 0, 0, loc)
}

// length is how long an event takes: days by the calendar, and then a time by
// the stopwatch. A day by the calendar may have 23 or 25 hours.
type length struct {
	days int
	time time.Duration
}

// after is the end of what begins at t. It is never before t.
func (l length) after(t time.Time) time.Time {
	end := t
	if l.days != 0 {
		y, m, d := t.Date()
		h, mi, s := t.Clock()
		end = zone.At(y, m, d+l.days, h, mi, s, t.Location())
	}
	if end = end.Add(l.time); end.Before(t) {
		return t
	}
	return end
}

// most is an upper bound of l by the stopwatch.
func (l length) most() time.Duration {
	if l.days == 0 {
		return max(l.time, 0)
	}
	return max(time.Duration(l.days)*24*time.Hour+l.time+26*time.Hour, 0) // a zone's leap, of a day at most
}

func (l length) negative() bool {
	return time.Duration(l.days)*24*time.Hour+l.time < 0
}

// maxLength bounds how long an event may take; it keeps sums from overflowing.
const maxLength = 20 * 366 * 24 * time.Hour

var errDuration = errors.New("is no duration")

// parseDuration reads a DURATION (RFC 5545 §3.3.6): +P1W, P1DT2H, -PT15M, and in
// lower case. Weeks and days go by the calendar.
func parseDuration(s string) (length, error) {
	rest := strings.ToUpper(strings.TrimSpace(s))
	bad := fmt.Errorf("%q %w", shorten(s), errDuration)
	sign := 1
	switch {
	case strings.HasPrefix(rest, "-"):
		sign, rest = -1, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	if !strings.HasPrefix(rest, "P") || len(rest) == 1 {
		return length{}, bad
	}
	rest = rest[1:]
	var l length
	inTime := false
	for rest != "" {
		if rest[0] == 'T' && !inTime {
			inTime, rest = true, rest[1:]
			if rest == "" {
				break // "P1DT", as some write it
			}
		}
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		value, err := strconv.ParseInt(rest[:n], 10, 32)
		if err != nil || n == len(rest) {
			return length{}, bad
		}
		switch unit := rest[n]; {
		case !inTime && unit == 'W':
			l.days += 7 * int(value)
		case !inTime && unit == 'D':
			l.days += int(value)
		case inTime && unit == 'H':
			l.time += time.Duration(value) * time.Hour
		case inTime && unit == 'M':
			l.time += time.Duration(value) * time.Minute
		case inTime && unit == 'S':
			l.time += time.Duration(value) * time.Second
		default:
			return length{}, bad
		}
		rest = rest[n+1:]
		if l.days > int(maxLength/(24*time.Hour)) || l.time > maxLength {
			return length{}, fmt.Errorf("%q is longer than 20 years", shorten(s))
		}
	}
	return length{days: sign * l.days, time: time.Duration(sign) * l.time}, nil
}
