package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
	"unmeet/calendars/ics/recur"
)

// Limits on what is kept of one event.
const (
	maxTitle = 1 << 10  // bytes of a title or place
	maxBody  = 16 << 10 // bytes of a description, as plain text
	maxMark  = 64 << 10 // bytes of a description before its HTML is taken away
)

// event is a VEVENT as it was read: what every copy made of it has in common.
type event struct {
	copy     calendars.Copy // without Spans; Instance and HeadsKnown come last
	line     int
	length   length
	listed   bool // it has attendees
	open     bool // among them a group whose members are not listed
	cancels  bool // from a METHOD:CANCEL calendar
	message  bool // from a METHOD:REQUEST calendar
	bare     bool // such a cancellation, without times of its own
	stripped bool // its words were let go
	classed  bool // it has a CLASS of its own

	repeats *recur.Set // nil for what happens once
	change  *change    // nil for what is no override
}

// change says which instance of a series an override is about.
type change struct {
	planned moment
	onward  bool // RANGE=THISANDFUTURE
}

// moment is a DATE or DATE-TIME where it stands.
type moment struct {
	civil
	place    place
	floating bool
	at       time.Time // midnight in place for a DATE
}

// day reports whether m is a DATE.
func (m moment) day() bool { return !m.timed }

// skipped is m as it is written, in UTC, if the clocks of its place skip that
// time; zero if they show it.
func (m moment) skipped() time.Time {
	if !m.timed || m.fixed {
		return time.Time{}
	}
	written := m.civil.in(time.UTC)
	if written.Equal(onClock(m.at, m.place.loc)) {
		return time.Time{}
	}
	return written
}

// reader reads the events of one file.
type reader struct {
	pool *pool
	note func(line int, uid, format string, args ...any)
}

// moment reads one value of a property that holds times.
func (s *scope) moment(p *property, value string) (moment, error) {
	c, err := parseCivil(value)
	if err != nil {
		return moment{}, fmt.Errorf("%s: %w", p.name, err)
	}
	m := moment{civil: c}
	if c.hour+c.minute+c.second == 0 && strings.EqualFold(p.param(ical.ParamValue), "DATE") {
		m.timed = false
	}
	tzid := p.param(ical.PropTimezoneID)
	if m.timed && c.fixed {
		m.place = place{time.UTC, "UTC"}
		if tzid != "" && c.offset == 0 { // scripts put a Z behind whatever time they have
			at, ok := s.lookup(tzid)
			if !ok && !s.last {
				return moment{}, errNotYet
			}
			if ok {
				m.fixed, m.place = false, at
			}
		}
		m.at = m.in(m.place.loc)
		return m, nil
	}
	if !m.timed { // a day is a day everywhere: no TZID holds
		m.place = s.days()
		m.at = c.midnight(m.place.loc)
		return m, nil
	}
	if m.place, err = s.place(tzid, p.line); err != nil {
		return moment{}, err
	}
	m.floating = tzid == ""
	m.at = c.in(m.place.loc)
	return m, nil
}

// event reads a VEVENT. errNotYet asks to try again when the calendar is over;
// any other error is the reason why the event is passed over. line is where.
func (r *reader) event(c *component, s *scope) (e *event, line int, err error) {
	e = &event{line: c.line, cancels: s.method == "CANCEL", message: s.method == "REQUEST"}
	k := &e.copy
	k.UID = strings.Clone(strings.TrimSpace(unescape(c.value(propUID))))
	if !s.gregory {
		return e, c.line, fmt.Errorf("the calendar is not Gregorian (CALSCALE), which is not supported")
	}
	if line, err := r.times(e, c, s); err != nil {
		return e, line, err
	}
	r.words(e, c)
	r.state(e, c, s)
	r.people(e, c)
	if p := c.first(propRecurrenceID); p != nil {
		m, err := s.moment(p, p.value)
		if err != nil {
			return e, p.line, err
		}
		e.change = &change{planned: m, onward: strings.EqualFold(p.param(ical.ParamRange), "THISANDFUTURE")}
		if e.bare {
			r.begin(e, m)
		}
	} else if s.method == "ADD" { // RFC 5546 §3.2.4: one more instance of a series
		e.change = &change{planned: r.start(c, s)}
	}
	if line, err := r.repetition(e, c, s); err != nil {
		return e, line, err
	}
	if k.UID == "" {
		k.UID = derivedUID(k)
		r.note(c.line, k.UID, "an event without a UID was given one of its content")
	}
	k.Remote = calendars.RemoteID(k.UID)
	return e, c.line, nil
}

// derivedUID names an event without UID by what makes it itself, so that the
// same export read again gives the same name.
func derivedUID(k *calendars.Copy) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %d %t %q %q %q", k.Title, k.Start.Unix(), k.End.Unix(), k.AllDay, k.Rule, k.Organizer.Address, k.Location))
	return "unmeet-" + hex.EncodeToString(sum[:12])
}

// start reads DTSTART again, which is known to be there and right.
func (r *reader) start(c *component, s *scope) moment {
	p := c.first(propStart)
	m, _ := s.moment(p, p.value)
	return m
}

// begin sets the beginning of e.
func (r *reader) begin(e *event, m moment) {
	k := &e.copy
	k.Start, k.AllDay, k.Zone = m.at, m.day(), m.place.iana()
	k.End = e.length.after(m.at)
}

// times reads DTSTART and DTEND or DURATION.
func (r *reader) times(e *event, c *component, s *scope) (line int, err error) {
	p := c.first(propStart)
	if p == nil || strings.TrimSpace(p.value) == "" {
		if e.cancels {
			e.bare = true
			return 0, nil
		}
		return c.lineOf(p), errors.New("DTSTART is missing")
	}
	start, err := s.moment(p, p.value)
	if err != nil {
		return p.line, err
	}
	end, hasEnd := moment{}, false
	if q := c.first(propEnd); q != nil && strings.TrimSpace(q.value) != "" {
		if end, err = s.moment(q, q.value); err == errNotYet {
			return q.line, err
		} else if err != nil {
			r.note(q.line, e.copy.UID, "%v: read as if it were missing", err)
		} else {
			hasEnd = true
		}
		if end.floating && start.timed && !start.floating { // only the start names the zone of both
			end.at = end.in(start.place.loc)
		}
	}
	if start.timed && strings.EqualFold(strings.TrimSpace(c.value(propAllDay)), "TRUE") {
		start, end = wholeDays(start, end, hasEnd, s.floating, s.days())
	}
	switch q := c.first(propDuration); {
	case hasEnd:
		e.length = between(start, end)
		if e.length.negative() {
			r.note(c.first(propEnd).line, e.copy.UID, "DTEND is before DTSTART: read as no time at all")
			e.length = length{}
		}
	case q != nil && strings.TrimSpace(q.value) != "":
		if e.length, err = parseDuration(q.value); err != nil {
			r.note(q.line, e.copy.UID, "DURATION: %v: read as if it were missing", err)
		} else if e.length.negative() {
			r.note(q.line, e.copy.UID, "DURATION is negative: read as no time at all")
			e.length = length{}
		}
	}
	if start.day() {
		if e.length.time > 0 { // P1DT12H of a day: the days it touches
			e.length.days += int((e.length.time + 24*time.Hour - 1) / (24 * time.Hour))
		}
		e.length = length{days: max(e.length.days, 1)}
	}
	if e.length.most() > maxLength {
		return c.line, fmt.Errorf("it is longer than 20 years")
	}
	r.begin(e, start)
	return 0, nil
}

// between is the length of what begins at start and ends at end. A time and a
// day do not mix: the start tells which is meant.
func between(start, end moment) length {
	switch {
	case start.day():
		from := time.Date(start.year, start.month, start.civil.day, 0, 0, 0, 0, time.UTC)
		if end.timed && end.fixed {
			y, m, d := end.at.In(start.place.loc).Date()
			return length{days: int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(from) / (24 * time.Hour))}
		}
		return length{days: int(time.Date(end.year, end.month, end.civil.day, 0, 0, 0, 0, time.UTC).Sub(from) / (24 * time.Hour))}
	case end.day():
		return length{time: end.midnight(start.place.loc).Sub(start.at)}
	}
	return length{time: end.at.Sub(start.at)}
}

// wholeDays reads the times of an event that Outlook marks as all-day but writes
// with times: midnight in its own zone, or whole days that are midnight in a
// zone that nobody named.
func wholeDays(start, end moment, hasEnd bool, floating, days place) (moment, moment) {
	day := func(m moment) (moment, bool) {
		for _, loc := range []*time.Location{m.place.loc, floating.loc} {
			local := m.at.In(loc)
			if h, mi, s := local.Clock(); h+mi+s == 0 {
				return dayOf(local, days), true
			}
		}
		return m, false
	}
	from, ok := day(start)
	if !ok {
		// Midnight in Berlin is 23:00 of the day before in UTC, in New York
		// it is 05:00 of the day itself: the nearest midnight is meant.
		if !hasEnd || end.at.Sub(start.at)%(24*time.Hour) != 0 {
			return start, end
		}
		from = dayOf(start.at.UTC().Add(12*time.Hour), days)
	}
	if !hasEnd {
		return from, end
	}
	to, ok := day(end)
	if !ok {
		to = dayOf(end.at.UTC().Add(12*time.Hour), days)
	}
	return from, to
}

// dayOf is the calendar day that t shows, as a DATE in at.
func dayOf(t time.Time, at place) moment {
	var m moment
	m.year, m.month, m.civil.day = t.Date()
	m.place = at
	m.at = m.midnight(at.loc)
	return m
}

// words reads what an event says.
func (r *reader) words(e *event, c *component) {
	k := &e.copy
	k.Title = r.pool.text(clip(oneLine(unescape(c.value(propSummary))), maxTitle))
	k.Location = r.pool.text(clip(oneLine(unescape(c.value(propLocation))), maxTitle))
	body := unescape(clip(c.value(propDescription), maxMark))
	if strings.TrimSpace(body) == "" {
		body = unescape(clip(c.value(propHTML), maxMark))
	}
	if looksHTML(body) {
		body = plain(body)
	}
	k.Body = strings.Clone(clip(strings.TrimSpace(body), maxBody))
}

// clip cuts s after at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// state reads how an event stands: confirmed, busy, private, which version.
func (r *reader) state(e *event, c *component, s *scope) {
	k := &e.copy
	switch upper(c, propStatus) {
	case "CANCELLED", "CANCELED":
		k.Status = calendars.Cancelled
	case "TENTATIVE":
		k.Status = calendars.Tentative
	default:
		k.Status = calendars.Confirmed
	}
	if e.cancels {
		k.Status = calendars.Cancelled
	}
	busy := upper(c, propBusyStatus)
	intended := busy == "" || busy == "TENTATIVE" && s.method == "REQUEST" // how it will show once accepted
	k.Busy = upper(c, propTransparency) != "TRANSPARENT" && busy != "FREE" && !(intended && upper(c, propIntendedStatus) == "FREE")
	class := upper(c, propClass)
	e.classed = class != ""
	k.Private = e.classed && class != "PUBLIC" && class != "DEFAULT" // RFC 5545 §3.8.1.3: unknown is private
	k.SplitFrom = strings.Clone(strings.TrimSpace(unescape(c.value(propSplitFrom))))
	if n, err := strconv.Atoi(strings.TrimSpace(c.value(propSequence))); err == nil && n > 0 {
		k.Sequence = n
	}
	for _, name := range []propName{propStamp, propModified} {
		if t, err := parseCivil(c.value(name)); err == nil && t.timed {
			if at := t.in(time.UTC).UTC(); at.After(k.Modified) {
				k.Modified = at
			}
		}
	}
}

func upper(c *component, name propName) string {
	return strings.ToUpper(strings.TrimSpace(c.value(name)))
}

// people reads organizer and guests.
func (r *reader) people(e *event, c *component) {
	k := &e.copy
	if p := c.first(propOrganizer); p != nil {
		k.Organizer = p.guest.Party
	}
	k.People, e.open = attendees(c.all(propAttendee))
	e.listed = len(k.People) > 0
}

// repetition reads RRULE, RDATE, EXRULE and EXDATE. A rule that cannot be
// expanded refuses the event: half a series would be a wrong one.
func (r *reader) repetition(e *event, c *component, s *scope) (line int, err error) {
	if e.change != nil || e.bare || c.first(propRule) == nil && c.first(propDates) == nil && c.first(propExDates) == nil {
		return 0, nil
	}
	k := &e.copy
	set := &recur.Set{Start: k.Start, AllDay: k.AllDay, Wall: r.start(c, s).skipped(), Limit: maxOccurrences}
	for p := range c.all(propRule) {
		set.Rules = append(set.Rules, r.pool.text(strings.TrimSpace(p.value)))
	}
	for p := range c.all(propExRule) {
		set.ExRules = append(set.ExRules, r.pool.text(strings.TrimSpace(p.value)))
	}
	for p := range c.all(propDates) {
		for v := range strings.SplitSeq(p.value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			date, err := s.date(p, v, e)
			if err == errNotYet {
				return c.line, err
			}
			if err != nil {
				r.note(p.line, k.UID, "%v: passed over", err)
				continue
			}
			set.Dates = append(set.Dates, date)
		}
	}
	for p := range c.all(propExDates) {
		for v := range strings.SplitSeq(p.value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			m, err := s.moment(p, v)
			if err == errNotYet {
				return c.line, err
			}
			if err != nil {
				r.note(p.line, k.UID, "%v: passed over", err)
				continue
			}
			at, day := m.within(k)
			set.Except = append(set.Except, recur.Except{Time: at, Day: day})
		}
	}
	if len(set.Rules)+len(set.Dates) == 0 {
		if last, _, err := set.Last(k.Start); err != nil || !last.IsZero() {
			return 0, nil
		} // else its only date is taken out
	}
	for _, name := range []propName{propRule, propExRule} { // each rule alone, to tell which is wrong
		for p := range c.all(name) {
			if err := recur.Check(strings.TrimSpace(p.value), k.AllDay); err != nil {
				return p.line, fmt.Errorf("%s %q: %w", name, shorten(p.value), err)
			}
		}
	}
	if len(set.Rules) > 0 {
		k.Rule = set.Rules[0]
	}
	e.repeats = set
	return 0, nil
}

// date reads one value of an RDATE, a time or a period (RFC 5545 §3.3.9).
func (s *scope) date(p *property, v string, e *event) (recur.Date, error) {
	v, till, period := strings.Cut(strings.TrimSpace(v), "/")
	m, err := s.moment(p, v)
	if err != nil {
		return recur.Date{}, err
	}
	at, day := m.within(&e.copy)
	if day && !e.copy.AllDay { // the day alone: at the series' own hour
		h, mi, sec := e.copy.Start.Clock()
		at = civil{year: m.year, month: m.month, day: m.civil.day, hour: h, minute: mi, second: sec, timed: true}.in(e.copy.Start.Location())
	}
	d := recur.Date{Time: at, Duration: -1}
	if !period || e.copy.AllDay {
		return d, nil
	}
	if strings.HasPrefix(strings.TrimLeft(strings.ToUpper(till), "+-"), "P") {
		l, err := parseDuration(till)
		if err != nil {
			return d, fmt.Errorf("%s: %w", p.name, err)
		}
		d.Duration = l.after(at).Sub(at)
		return d, nil
	}
	end, err := s.moment(p, till)
	if err != nil {
		return d, err
	}
	d.Duration = min(max(end.at.Sub(at), 0), maxLength)
	return d, nil
}

// within reads m, which names an instance of the series k, in k's own terms: a
// day of an all-day series, whatever time was written with it; in k's zone where
// it names none. day says that only the day counts.
func (m moment) within(k *calendars.Copy) (at time.Time, day bool) {
	loc := k.Start.Location()
	switch {
	case k.AllDay && m.timed && m.fixed:
		if local := m.at.In(loc); local.Hour()+local.Minute() == 0 {
			y, mo, d := local.Date()
			return civil{year: y, month: mo, day: d}.midnight(loc), true
		}
		return m.midnight(loc), true
	case k.AllDay || m.day():
		return m.midnight(loc), true
	case m.floating:
		return m.in(loc), false
	}
	return m.at.In(loc), false
}
