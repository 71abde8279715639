package ics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// Options say how files are read. The zero value reads everything, with
// floating times in UTC.
type Options struct {
	Zone *time.Location // of floating times, where the calendar does not say

	// From and To, if set, name the only time that will be asked for: events
	// that have no part in it are let go while reading, so that memory does
	// not grow with the file. They still count in Events, Extent and Owner.
	From, To time.Time

	// Listed says that guests are known to be listed, as servers do: an event that
	// names neither guests nor an organizer is then its owner's alone, also where no
	// other event of the stream has guests.
	Listed bool

	Progress func(bytes int64) // told from time to time how much was read so far
}

// NotCalendarError says that a file is no iCalendar at all.
type NotCalendarError struct {
	File   string
	Reason string // what it seems to be
}

func (e *NotCalendarError) Error() string { return fmt.Sprintf("%s: %s", e.File, e.Reason) }

// Read reads one stream of iCalendar text. name stands for it in reports. The
// calendars of a stream that carry the same name are one Calendar, as the
// messages about one meeting are.
//
// Events that cannot be read are reported in Skipped; an error means that the
// stream itself failed, ctx ended, or that it is no iCalendar (*NotCalendarError).
func Read(ctx context.Context, r io.Reader, name string, opt Options) ([]*Calendar, error) {
	lex := newLexer(plainText(&watched{ctx: ctx, r: r, progress: opt.Progress}))
	f := &file{name: name, opt: opt, caller: place{time.UTC, "UTC"}, byName: make(map[string]*Calendar)}
	if opt.Zone != nil {
		f.caller = place{opt.Zone, opt.Zone.String()}
	}
	f.reader = reader{pool: newPool(), note: f.note}
	cs := &components{lex: lex, book: newBook(), note: func(line int, format string, args ...any) { f.note(line, "", format, args...) }}
	f.components = cs
	for {
		s, err := cs.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		f.step(s)
	}
	if !cs.found {
		return nil, &NotCalendarError{File: name, Reason: notCalendar(lex.head)}
	}
	for _, s := range f.notes { // of what follows the last calendar
		f.calendars[len(f.calendars)-1].notice(s)
	}
	for _, c := range f.calendars {
		c.finish()
	}
	return f.calendars, nil
}

// file is the state of reading one stream.
type file struct {
	name       string
	opt        Options
	caller     place
	components *components
	reader     reader

	calendars []*Calendar
	byName    map[string]*Calendar
	notes     []calendars.Skip // before the first calendar is known

	scope   *scope
	target  *Calendar
	pending []*component // events that wait for the definition of their zone
}

// maxPending is how many events may wait for a time zone that is defined below
// them.
const maxPending = 10_000

func (f *file) note(line int, uid, format string, args ...any) {
	s := calendars.Skip{File: f.name, Line: line, Reason: fmt.Sprintf(format, args...), UID: uid}
	if f.target != nil {
		f.target.notice(s)
	} else if len(f.notes) < maxSkips {
		f.notes = append(f.notes, s)
	}
}

// step takes up what the stream has come to the end of.
func (f *file) step(s step) {
	if f.scope == nil || f.scope.calendar != s.calendar {
		f.scope = newScope(s.calendar, f.caller)
		f.target = nil
	}
	f.scope.look()
	f.choose()
	if s.ended {
		f.end()
		return
	}
	c := s.component
	if c.cut {
		f.target.Complete = false
	}
	switch c.name {
	case ical.CompTimezone:
		if err := f.scope.define(c); err != nil {
			f.note(c.line, "", "%v", err)
		}
	case ical.CompEvent:
		f.event(c)
	}
	if n := len(f.pending); n == 0 || f.pending[n-1] != c {
		f.components.release(c)
	}
}

// choose finds the Calendar that the events of the scope go to.
func (f *file) choose() {
	if f.target != nil {
		return
	}
	c := f.byName[f.scope.name]
	if c == nil {
		c = newCalendar(f.name)
		c.Name, c.Zone = f.scope.name, f.scope.floating.iana()
		c.from, c.to, c.listed = f.opt.From, f.opt.To, f.opt.Listed
		f.byName[c.Name] = c
		f.calendars = append(f.calendars, c)
	}
	f.target = c
	for _, s := range f.notes {
		c.notice(s)
	}
	f.notes = nil
}

// event reads a VEVENT into its calendar.
func (f *file) event(c *component) {
	uid := strings.TrimSpace(unescape(c.value(propUID)))
	if len(uid) > maxTitle {
		uid = "" // too long to be told, and a part of it would name another event
	}
	skip := func(line int, reason string) {
		f.target.skip(calendars.Skip{File: f.name, Line: line, Reason: reason, UID: strings.Clone(uid)})
	}
	if c.broken != "" {
		skip(c.line, c.broken)
		return
	}
	switch f.scope.method {
	case "REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH":
		skip(c.line, fmt.Sprintf("METHOD:%s carries a message about an event, not the event", f.scope.method))
		return
	}
	e, line, err := f.reader.event(c, f.scope)
	if errors.Is(err, errNotYet) {
		if len(f.pending) < maxPending {
			f.pending = append(f.pending, c)
			return
		}
		f.scope.last = true
		e, line, err = f.reader.event(c, f.scope)
		f.scope.last = false
	}
	if err != nil {
		skip(line, err.Error())
		return
	}
	f.target.add(e)
}

// end closes the VCALENDAR of the scope.
func (f *file) end() {
	s := f.scope
	if s.name != "" && f.target.Name == "" && len(f.calendars) == 1 {
		f.target.Name = s.name // named below its events
		f.byName[s.name] = f.target
	}
	if s.wrZone != "" {
		f.note(s.calendar.line, "", "X-WR-TIMEZONE %q is unknown: floating times are read in %s", shorten(s.wrZone), s.floating.iana())
	}
	s.last = true
	for _, c := range f.pending {
		f.event(c)
	}
	f.pending = nil
	ids := make([]string, 0, len(s.unknown))
	for id := range s.unknown {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return s.unknown[ids[i]].line < s.unknown[ids[j]].line })
	for _, id := range ids {
		u := s.unknown[id]
		times := "once"
		if u.uses > 1 {
			times = fmt.Sprintf("%d times", u.uses)
		}
		f.note(u.line, "", "time zone %q is unknown and not defined: read as %s (%s)", shorten(id), u.place.loc, times)
	}
	if f.components.truncated {
		f.target.Complete = false
	}
	f.scope, f.target = nil, nil
}

// jsonHead finds an object, or an array, and not the "[heading]" of a configuration.
var jsonHead = regexp.MustCompile(`^(\{|\[[\[\s]*["{\]\d-])`)

// notCalendar says what a stream without a calendar seems to be.
func notCalendar(head string) string {
	lower := strings.ToLower(strings.TrimSpace(head))
	switch {
	case lower == "":
		return "it is empty"
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return "it is a web page, not a calendar: perhaps the one that asks to log in"
	case strings.HasPrefix(lower, "begin:vcard"):
		return "it holds contacts (vCard), not a calendar"
	case strings.HasPrefix(lower, "pk"):
		return "it is a .zip archive under another name"
	case jsonHead.MatchString(lower):
		return "it is JSON, not a calendar"
	case strings.HasPrefix(lower, "<"):
		return "it is XML, not a calendar"
	}
	return "it is no iCalendar file: BEGIN:VCALENDAR is missing"
}

// watched ends a stream when its context does, and tells how far it is.
type watched struct {
	ctx      context.Context
	r        io.Reader
	read     int64
	progress func(int64)
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.read += int64(n)
	if w.progress != nil && n > 0 {
		w.progress(w.read)
	}
	return n, err
}
