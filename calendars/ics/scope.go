package ics

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars/ics/zone"
)

// place is a time zone that an event's times stand in.
type place struct {
	loc  *time.Location
	name string // IANA; "" for a zone that only the file knows
}

// iana is what a Copy calls p.
func (p place) iana() string {
	if p.name == "" {
		return "UTC"
	}
	return p.name
}

// scope is what holds for all events of one VCALENDAR: its method and its time
// zones.
type scope struct {
	calendar *component
	seen     int // properties of calendar that were looked at
	method   string
	name     string
	gregory  bool

	caller   place            // of floating times, where the calendar does not say
	floating place            // of floating times
	wrZone   string           // X-WR-TIMEZONE, as written
	zones    map[string]place // by TZID as it is written
	unknown  map[string]*unknownZone
	last     bool // the calendar is over: what is not defined by now never will be
}

// unknownZone counts the uses of a zone that nobody can tell.
type unknownZone struct {
	line, uses int
	place      place // what stands in for it
}

func newScope(calendar *component, caller place) *scope {
	return &scope{
		calendar: calendar, caller: caller, floating: caller, gregory: true,
		zones: make(map[string]place), unknown: make(map[string]*unknownZone),
	}
}

// look reads the properties of the calendar that have come since the last look.
func (s *scope) look() {
	for ; s.seen < len(s.calendar.props); s.seen++ {
		p := &s.calendar.props[s.seen]
		value := strings.TrimSpace(unescape(p.value))
		switch p.name {
		case propMethod:
			s.method = strings.ToUpper(value)
		case propWRName:
			s.name = oneLine(value)
		case propCalendarName: // RFC 7986 §5.1
			if s.name == "" {
				s.name = oneLine(value)
			}
		case propCalScale:
			s.gregory = value == "" || strings.EqualFold(value, "GREGORIAN")
		case propWRZone:
			s.wrZone = value
		}
	}
	if s.wrZone != "" {
		if at, ok := s.lookup(s.wrZone); ok {
			s.floating, s.wrZone = at, ""
		}
	}
}

// lookup finds a zone by its TZID.
func (s *scope) lookup(tzid string) (place, bool) {
	if at, ok := s.zones[tzid]; ok {
		return at, true
	}
	id := strings.Trim(strings.TrimSpace(tzid), `"'`)
	loc, iana, ok := zone.Lookup(id)
	if ok {
		s.zones[strings.Clone(tzid)] = place{loc, iana}
		return s.zones[tzid], true
	}
	at, ok := s.zones[definedKey(id)]
	return at, ok
}

// definedKey is where a zone that the calendar defines itself is kept.
func definedKey(tzid string) string {
	return "\x00" + strings.ToLower(strings.Trim(strings.TrimSpace(tzid), `"'`))
}

// errNotYet says that an event needs a zone that may be defined further down.
var errNotYet = errors.New("its time zone is not defined")

// place returns the zone tzid, named in line: floating for "". An unknown one is,
// once the calendar is over, the offset in its name, if any, else floating.
func (s *scope) place(tzid string, line int) (place, error) {
	if tzid == "" {
		return s.floating, nil
	}
	if at, ok := s.lookup(tzid); ok {
		return at, nil
	}
	if !s.last {
		return place{}, errNotYet
	}
	u := s.unknown[tzid]
	if u == nil {
		u = &unknownZone{line: line}
		s.unknown[tzid] = u
	}
	u.uses++
	if loc, ok := zone.Guess(tzid); ok {
		_, iana, _ := zone.Lookup(loc.String())
		u.place = place{loc, iana}
	} else {
		u.place = s.floating
	}
	return u.place, nil
}

// days is the place whose midnights days begin at: that of floating times, if it
// has a name by which others find the same midnights.
func (s *scope) days() place {
	if s.floating.name == "" {
		return place{time.UTC, "UTC"}
	}
	return s.floating
}

// define takes up a VTIMEZONE. What has an IANA name needs no definition.
func (s *scope) define(c *component) error {
	def := zone.Definition{TZID: strings.TrimSpace(unescape(c.value(propZoneID))), Location: strings.TrimSpace(c.value(propZoneLocation))}
	if def.TZID == "" {
		return errors.New("VTIMEZONE without a TZID")
	}
	key := definedKey(def.TZID)
	if _, twice := s.zones[key]; twice {
		return nil
	}
	if loc, iana, ok := zone.Lookup(strings.Trim(def.TZID, `"'`)); ok {
		s.zones[key] = place{loc, iana}
		return nil
	}
	if def.Location != "" {
		if loc, iana, ok := zone.Lookup(def.Location); ok {
			s.zones[key] = place{loc, iana}
			return nil
		}
	}
	for _, sub := range c.sub {
		o, err := observance(sub)
		if err != nil {
			return fmt.Errorf("time zone %q: %w", shorten(def.TZID), err)
		}
		def.Observances = append(def.Observances, o)
	}
	loc, err := zone.Compile(def)
	if err != nil {
		return fmt.Errorf("time zone %q: %w", shorten(def.TZID), err)
	}
	s.zones[key] = place{loc: loc}
	return nil
}

func observance(c *component) (zone.Observance, error) {
	o := zone.Observance{Daylight: c.name == ical.CompTimezoneDaylight, Start: c.value(propStart), Name: unescape(c.value(propZoneName))}
	var err error
	if o.From, err = parseOffset(c.value(propOffsetFrom)); err != nil {
		return o, fmt.Errorf("TZOFFSETFROM: %w", err)
	}
	if o.To, err = parseOffset(c.value(propOffsetTo)); err != nil {
		return o, fmt.Errorf("TZOFFSETTO: %w", err)
	}
	for p := range c.all(propRule) {
		o.Rules = append(o.Rules, p.value)
	}
	for p := range c.all(propDates) {
		o.Dates = append(o.Dates, strings.Split(p.value, ",")...)
	}
	return o, nil
}

// parseOffset reads a UTC-OFFSET (RFC 5545 §3.3.14): +0100, -053000; also +1
// and +01:00.
func parseOffset(s string) (time.Duration, error) {
	text := strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	sign := time.Duration(1)
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = -1, rest
	} else {
		text = strings.TrimPrefix(text, "+")
	}
	if len(text)%2 == 1 {
		text = "0" + text
	}
	h, rest, ok := digits(text, 2, "")
	m, second := 0, 0
	if ok && rest != "" {
		m, rest, ok = digits(rest, 2, "")
	}
	if ok && rest != "" {
		second, rest, ok = digits(rest, 2, "")
	}
	if !ok || rest != "" || h > 23 || m > 59 || second > 59 {
		return 0, fmt.Errorf("%q is no offset from UTC", shorten(s))
	}
	return sign * (time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(second)*time.Second), nil
}
