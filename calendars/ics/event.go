package ics

import (
	"crypto/sha256"
	"encoding/hex"
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
	bare     bool // such a cancellation, without times of its own
	stripped bool // its words were let go

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

// reader reads the events of one file.
type reader struct {
	pool *pool
	note func(line int, uid, format string, args ...any)
}

// moment reads one value of a property that holds times.
func (s *scope) moment(p *ical.Prop, value string, line int) (moment, error) {
	c, err := parseCivil(value)
	if err != nil {
		return moment{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	m := moment{civil: c}
	switch {
	case strings.EqualFold(param(p, ical.ParamValue), "DATE"):
		m.timed = false
	case c.fixed:
		m.place = place{time.UTC, "UTC"}
		m.at = c.in(time.UTC)
		return m, nil
	}
	if !m.timed { // a day is a day everywhere: no TZID holds
		m.place = s.floating
		m.at = c.midnight(m.place.loc)
		return m, nil
	}
	tzid := param(p, ical.PropTimezoneID)
	if m.place, err = s.place(tzid, line); err != nil {
		return moment{}, err
	}
	m.floating = tzid == ""
	m.at = c.in(m.place.loc)
	return m, nil
}

// event reads a VEVENT. errNotYet asks to try again when the calendar is over;
// any other error is the reason why the event is passed over. line is where.
func (r *reader) event(c *component, s *scope) (e *event, line int, err error) {
	e = &event{line: c.line, cancels: s.method == "CANCEL"}
	k := &e.copy
	k.UID = r.pool.text(strings.TrimSpace(unescape(value(c, "UID"))))
	if !s.gregory {
		return e, c.line, fmt.Errorf("the calendar is not Gregorian (CALSCALE), which is not supported")
	}
	if line, err := r.times(e, c, s); err != nil {
		return e, line, err
	}
	r.words(e, c)
	r.state(e, c, s)
	r.people(e, c)
	if p := first(c, "RECURRENCE-ID"); p != nil {
		m, err := s.moment(p, p.Value, c.lineOf(p))
		if err != nil {
			return e, c.lineOf(p), err
		}
		e.change = &change{planned: m, onward: strings.EqualFold(param(p, ical.ParamRange), "THISANDFUTURE")}
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
	m, _ := s.moment(first(c, "DTSTART"), value(c, "DTSTART"), c.line)
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
	p := first(c, "DTSTART")
	if p == nil || strings.TrimSpace(p.Value) == "" {
		if e.cancels {
			e.bare = true
			return 0, nil
		}
		return c.lineOf(p), fmt.Errorf("DTSTART is missing")
	}
	start, err := s.moment(p, p.Value, c.lineOf(p))
	if err != nil {
		return c.lineOf(p), err
	}
	end, hasEnd := moment{}, false
	if q := first(c, "DTEND"); q != nil && strings.TrimSpace(q.Value) != "" {
		if end, err = s.moment(q, q.Value, c.lineOf(q)); err == errNotYet {
			return c.lineOf(q), err
		} else if err != nil {
			r.note(c.lineOf(q), e.copy.UID, "%v: read as if it were missing", err)
		} else {
			hasEnd = true
		}
	}
	if start.timed && strings.EqualFold(strings.TrimSpace(value(c, "X-MICROSOFT-CDO-ALLDAYEVENT")), "TRUE") {
		start, end = wholeDays(start, end, hasEnd, s.floating)
	}
	switch q := first(c, "DURATION"); {
	case hasEnd:
		e.length = between(start, end)
		if e.length.negative() {
			r.note(c.lineOf(first(c, "DTEND")), e.copy.UID, "DTEND is before DTSTART: read as no time at all")
			e.length = length{}
		}
	case q != nil && strings.TrimSpace(q.Value) != "":
		if e.length, err = parseDuration(q.Value); err != nil {
			r.note(c.lineOf(q), e.copy.UID, "DURATION: %v: read as if it were missing", err)
		} else if e.length.negative() {
			r.note(c.lineOf(q), e.copy.UID, "DURATION is negative: read as no time at all")
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
func wholeDays(start, end moment, hasEnd bool, floating place) (moment, moment) {
	day := func(m moment) (moment, bool) {
		for _, loc := range []*time.Location{m.place.loc, floating.loc} {
			local := m.at.In(loc)
			if h, mi, s := local.Clock(); h+mi+s == 0 {
				return dayOf(local, floating), true
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
		from = dayOf(start.at.UTC().Add(12*time.Hour), floating)
	}
	if !hasEnd {
		return from, end
	}
	to, ok := day(end)
	if !ok {
		to = dayOf(end.at.UTC().Add(12*time.Hour), floating)
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
	k.Title = r.pool.text(clip(oneLine(unescape(value(c, "SUMMARY"))), maxTitle))
	k.Location = r.pool.text(clip(oneLine(unescape(value(c, "LOCATION"))), maxTitle))
	body := unescape(clip(value(c, "DESCRIPTION"), maxMark))
	if strings.TrimSpace(body) == "" {
		body = unescape(clip(value(c, "X-ALT-DESC"), maxMark))
	}
	if looksHTML(body) {
		body = plain(body)
	}
	k.Body = r.pool.text(clip(strings.TrimSpace(body), maxBody))
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
	switch upper(c, "STATUS") {
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
	busy := upper(c, "X-MICROSOFT-CDO-BUSYSTATUS")
	intended := busy == "" || busy == "TENTATIVE" && s.method == "REQUEST" // how it will show once accepted
	k.Busy = upper(c, "TRANSP") != "TRANSPARENT" && busy != "FREE" && !(intended && upper(c, "X-MICROSOFT-CDO-INTENDEDSTATUS") == "FREE")
	class := upper(c, "CLASS")
	k.Private = class != "" && class != "PUBLIC" && class != "DEFAULT" // RFC 5545 §3.8.1.3: unknown is private
	if n, err := strconv.Atoi(strings.TrimSpace(value(c, "SEQUENCE"))); err == nil && n > 0 {
		k.Sequence = n
	}
	for _, name := range []string{"DTSTAMP", "LAST-MODIFIED"} {
		if t, err := parseCivil(value(c, name)); err == nil && t.timed {
			if at := t.in(time.UTC).UTC(); at.After(k.Modified) {
				k.Modified = at
			}
		}
	}
}

func upper(c *component, name string) string {
	return strings.ToUpper(strings.TrimSpace(value(c, name)))
}

// people reads organizer and guests.
func (r *reader) people(e *event, c *component) {
	k := &e.copy
	if p := first(c, "ORGANIZER"); p != nil {
		k.Organizer = r.pool.party(party(p))
	}
	k.People, e.open = attendees(c.Props["ATTENDEE"])
	e.listed = len(k.People) > 0
	k.People = r.pool.people(k.People)
}

// repetition reads RRULE, RDATE, EXRULE and EXDATE. A rule that cannot be
// expanded refuses the event: half a series would be a wrong one.
func (r *reader) repetition(e *event, c *component, s *scope) (line int, err error) {
	if e.change != nil || e.bare || len(c.Props["RRULE"])+len(c.Props["RDATE"]) == 0 {
		return 0, nil
	}
	k := &e.copy
	set := &recur.Set{Start: k.Start, AllDay: k.AllDay, Limit: maxOccurrences}
	for i := range c.Props["RRULE"] {
		p := &c.Props["RRULE"][i]
		set.Rules = append(set.Rules, r.pool.text(strings.TrimSpace(p.Value)))
	}
	for i := range c.Props["EXRULE"] {
		set.ExRules = append(set.ExRules, strings.TrimSpace(c.Props["EXRULE"][i].Value))
	}
	for i := range c.Props["RDATE"] {
		p := &c.Props["RDATE"][i]
		for v := range strings.SplitSeq(p.Value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			date, err := s.date(p, v, e, c.lineOf(p))
			if err == errNotYet {
				return c.line, err
			}
			if err != nil {
				r.note(c.lineOf(p), k.UID, "%v: passed over", err)
				continue
			}
			set.Dates = append(set.Dates, date)
		}
	}
	for i := range c.Props["EXDATE"] {
		p := &c.Props["EXDATE"][i]
		for v := range strings.SplitSeq(p.Value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			m, err := s.moment(p, v, c.lineOf(p))
			if err == errNotYet {
				return c.line, err
			}
			if err != nil {
				r.note(c.lineOf(p), k.UID, "%v: passed over", err)
				continue
			}
			at, day := m.within(k)
			set.Except = append(set.Except, recur.Except{Time: at, Day: day})
		}
	}
	if len(set.Rules)+len(set.Dates) == 0 {
		return 0, nil
	}
	for _, name := range []string{"RRULE", "EXRULE"} { // each rule alone, to tell which is wrong
		for i := range c.Props[name] {
			p := &c.Props[name][i]
			alone := recur.Set{Start: k.Start, AllDay: k.AllDay, Rules: []string{strings.TrimSpace(p.Value)}}
			if _, _, err := alone.Last(k.Start); err != nil {
				return c.lineOf(p), fmt.Errorf("%s %q: %w", name, shorten(p.Value), err)
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
func (s *scope) date(p *ical.Prop, v string, e *event, line int) (recur.Date, error) {
	v, till, period := strings.Cut(strings.TrimSpace(v), "/")
	m, err := s.moment(p, v, line)
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
			return d, fmt.Errorf("%s: %w", p.Name, err)
		}
		d.Duration = l.after(at).Sub(at)
		return d, nil
	}
	end, err := s.moment(p, till, line)
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
