package ics

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-ical"
)

// component is one of go-ical's, with the lines it was read from.
type component struct {
	ical.Component
	line  int // of its BEGIN
	kind  kind
	props []ical.Prop // in the order of the file
	lines []int       // of props
	sub   []*component

	broken string // why it must be passed over; "" if it need not
	cut    bool   // the stream ended inside of it
	bare   bool   // a calendar that has no BEGIN of its own

	text   []byte    // content lines that are not parsed yet
	raw    []rawLine // where they are in it
	params paramRoom
}

// rawLine is where a content line stands in a component's text.
type rawLine struct {
	name       string // canonical
	start, end int
	number     int
}

// lineOf returns the line of the property p of c, or that of c.
func (c *component) lineOf(p *ical.Prop) int {
	for i := range c.props {
		if p != nil && c.props[i].Name == p.Name && c.props[i].Value == p.Value {
			return c.lines[i]
		}
	}
	return c.line
}

// parse makes properties of the lines that came since the last time. They share
// one string, and what is retained of them must be cloned.
func (c *component) parse(note func(line int, format string, args ...any)) {
	text := string(c.text)
	for _, l := range c.raw {
		p, ok := parseLine(text[l.start:l.end], &c.params)
		if !ok {
			note(l.number, "%s has no value, passed over: %s", l.name, shorten(text[l.start:l.end]))
			continue
		}
		p.Name = l.name
		dequote(&p)
		c.props = append(c.props, p)
		c.lines = append(c.lines, l.number)
	}
	c.text, c.raw = c.text[:0], c.raw[:0]
}

// finish fills go-ical's maps. Properties that occur once, as nearly all do,
// share one array.
func (c *component) finish(note func(line int, format string, args ...any)) {
	c.parse(note)
	if c.Props == nil {
		c.Props = make(ical.Props, len(c.props))
	}
	for i := range c.props {
		p := &c.props[i]
		if have, ok := c.Props[p.Name]; ok {
			c.Props[p.Name] = append(have, *p)
		} else {
			c.Props[p.Name] = c.props[i : i+1 : i+1]
		}
	}
	for _, s := range c.sub {
		s.finish(note)
		c.Children = append(c.Children, &s.Component)
	}
}

// reset makes c ready to be read into again. Nothing may hold it any more.
func (c *component) reset() {
	clear(c.Props)
	clear(c.props)
	c.params.reset()
	*c = component{
		Component: ical.Component{Props: c.Props}, props: c.props[:0], lines: c.lines[:0],
		text: c.text[:0], raw: c.raw[:0], params: c.params,
	}
}

// kind tells the components whose properties are held in memory. The rest is
// checked for its form and let go: attachments, alarms, tasks.
type kind uint8

const (
	calendarKind kind = 1 << iota
	eventKind
	zoneKind
	observanceKind
)

var kinds = map[string]kind{
	ical.CompCalendar:         calendarKind,
	ical.CompEvent:            eventKind,
	ical.CompTimezone:         zoneKind,
	ical.CompTimezoneStandard: observanceKind,
	ical.CompTimezoneDaylight: observanceKind,
}

// knownName is a property that is held, and in which components.
type knownName struct {
	name string // one for all, so that they share their memory
	in   kind
}

var knownNames = func() map[string]knownName {
	all := make(map[string]knownName)
	for in, list := range map[kind][]string{
		calendarKind: {"METHOD", "PRODID", "VERSION", "CALSCALE", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE"},
		eventKind: {"UID", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "DESCRIPTION", "X-ALT-DESC", "LOCATION",
			"CLASS", "TRANSP", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "ORGANIZER", "ATTENDEE",
			"X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-MICROSOFT-CDO-ALLDAYEVENT"},
		zoneKind:       {"TZID", "X-LIC-LOCATION"},
		observanceKind: {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE", "RDATE"},
	} {
		for _, n := range list {
			all[n] = knownName{n, all[n].in | in}
		}
	}
	return all
}()

func names(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, n := range list {
		set[n] = true
	}
	return set
}

// components reads a stream component by component: whole calendars are never
// held, only what stands inside of them, one after the other.
type components struct {
	lex  *lexer
	note func(line int, format string, args ...any) // told what was passed over

	calendar  *component   // the open VCALENDAR, nil outside of one
	open      []*component // what is open inside it, outermost first
	deeper    int          // components open beyond maxDepth
	size      int          // bytes kept of open[0] and its children
	count     int          // properties kept of it
	found     bool         // something of iCalendar has been seen
	queue     []step       // what the last line finished
	truncated bool         // the stream ended inside a calendar
	free      *component   // to be used for the next one
}

// step is a thing that the stream has come to the end of.
type step struct {
	calendar  *component
	component *component // a child of it that is complete; nil where ended
	ended     bool       // the calendar itself is over
}

// next returns what is finished next: each child of a calendar, then the
// calendar itself with its own properties. io.EOF is the end of the stream.
func (cs *components) next() (step, error) {
	for len(cs.queue) == 0 {
		line, err := cs.lex.next()
		if err == io.EOF {
			if cs.atEnd() {
				continue
			}
			return step{}, io.EOF
		}
		if err != nil {
			return step{}, err
		}
		cs.line(line)
	}
	s := cs.queue[0]
	cs.queue = cs.queue[1:]
	return s, nil
}

// current returns the component that lines belong to now.
func (cs *components) current() *component {
	if n := len(cs.open); n > 0 {
		return cs.open[n-1]
	}
	return cs.calendar
}

func (cs *components) line(l contentLine) {
	if name, ok := keyword(l.text, "BEGIN"); ok {
		cs.begin(name, l.number)
		return
	}
	if name, ok := keyword(l.text, "END"); ok {
		cs.end(name, l.number)
		return
	}
	c := cs.current()
	if cs.deeper > 0 || c == nil {
		return // nothing to do with a calendar: mail headers, another format
	}
	name, in, ok := nameOf(l.text)
	if !ok {
		if c.kind != 0 {
			cs.note(l.number, "not a property, passed over: %s", shorten(string(l.text)))
		}
		return
	}
	if in&c.kind == 0 {
		return
	}
	if l.long {
		cs.note(l.number, "%s is longer than %d MB and was passed over", name, maxLine>>20)
		return
	}
	top := c
	if len(cs.open) > 0 {
		top = cs.open[0]
	}
	cs.size += len(l.text)
	cs.count++
	if cs.size > maxComponent || cs.count > maxProperties {
		if top.broken == "" {
			top.broken = fmt.Sprintf("%s is too large: more than %d MB or %d properties", top.Name, maxComponent>>20, maxProperties)
		}
		return
	}
	start := len(c.text)
	c.text = append(c.text, l.text...)
	c.raw = append(c.raw, rawLine{name, start, len(c.text), l.number})
	if c == cs.calendar {
		c.parse(cs.note) // what it says holds for the events that follow
	}
}

func (cs *components) begin(name string, line int) {
	cs.found = cs.found || name == ical.CompCalendar || name == ical.CompEvent
	switch {
	case cs.deeper > 0:
		cs.deeper++
		return
	case name == ical.CompCalendar:
		if cs.calendar != nil {
			if c := cs.current(); !c.bare {
				cs.note(line, "%s without END before this BEGIN", c.Name)
			}
			cs.closeCalendar()
		}
		cs.calendar = cs.component(name, line)
		return
	case cs.calendar == nil: // events without a calendar around them
		if name != ical.CompEvent && name != ical.CompTimezone {
			return
		}
		cs.note(line, "%s outside of a calendar", name)
		cs.calendar = cs.component(ical.CompCalendar, line)
		cs.calendar.bare = true
	case topLevel[name] && len(cs.open) > 0 && topLevel[cs.open[0].Name]:
		cs.note(line, "%s without END before this BEGIN", cs.open[0].Name)
		cs.closeTop()
	case len(cs.open) >= maxDepth:
		cs.note(line, "components inside each other more than %d deep were passed over", maxDepth)
		cs.deeper++
		return
	}
	cs.open = append(cs.open, cs.component(name, line))
}

// topLevel names the components that stand directly in a calendar only.
var topLevel = names(ical.CompEvent, ical.CompToDo, ical.CompJournal, ical.CompFreeBusy, ical.CompTimezone)

func (cs *components) component(name string, line int) *component {
	c := cs.free
	if c == nil {
		c = new(component)
	}
	cs.free = nil
	c.Name, c.line, c.kind = name, line, kinds[name]
	return c
}

// release gives back a component that next returned and nobody holds any more:
// its maps and arrays serve the next one.
func (cs *components) release(c *component) {
	c.reset()
	cs.free = c
}

func (cs *components) end(name string, line int) {
	if cs.deeper > 0 {
		cs.deeper--
		return
	}
	if name == ical.CompCalendar && cs.calendar != nil {
		if len(cs.open) > 0 {
			cs.note(line, "%s without END before the end of the calendar", cs.open[0].Name)
		}
		cs.closeCalendar()
		return
	}
	for i := len(cs.open) - 1; i >= 0; i-- {
		if cs.open[i].Name != name {
			continue
		}
		if i < len(cs.open)-1 {
			cs.note(line, "%s without END", cs.open[i+1].Name)
		}
		if i == 0 {
			cs.closeTop()
		} else {
			cs.closeTo(i)
		}
		return
	}
	if cs.calendar != nil {
		cs.note(line, "END:%s without its BEGIN", shorten(name))
	}
}

// closeTo closes what is open from depth i on.
func (cs *components) closeTo(i int) {
	for n := len(cs.open) - 1; n >= i; n-- {
		if parent := cs.open[n-1]; cs.open[n].kind != 0 {
			parent.sub = append(parent.sub, cs.open[n])
		}
		cs.open = cs.open[:n]
	}
}

// closeTop closes the outermost component inside the calendar.
func (cs *components) closeTop() {
	cs.closeTo(1)
	top := cs.open[0]
	cs.open, cs.size, cs.count = cs.open[:0], 0, 0
	top.finish(cs.note)
	cs.queue = append(cs.queue, step{calendar: cs.calendar, component: top})
}

func (cs *components) closeCalendar() {
	if len(cs.open) > 0 {
		cs.closeTop()
	}
	cs.calendar.finish(cs.note)
	cs.queue = append(cs.queue, step{calendar: cs.calendar, ended: true})
	cs.calendar = nil
}

// atEnd closes what the end of the stream left open; false where nothing was.
func (cs *components) atEnd() bool {
	if cs.calendar == nil {
		return false
	}
	if len(cs.open) > 0 {
		top := cs.open[0]
		top.cut = true
		if cs.lex.torn {
			top.broken = "the file is truncated: it ends inside this " + top.Name
		} else {
			cs.note(top.line, "the file is truncated: it ends inside this %s", top.Name)
		}
	} else if !cs.calendar.bare {
		cs.note(cs.lex.number, "the file is truncated: it ends without END:VCALENDAR")
	}
	cs.deeper, cs.truncated = 0, len(cs.open) > 0 || !cs.calendar.bare
	cs.closeCalendar()
	return true
}

// keyword returns the name after BEGIN or END where text is such a line.
func keyword(text []byte, word string) (name string, ok bool) {
	if len(text) <= len(word) || text[0]|0x20 != word[0]|0x20 || !strings.EqualFold(string(text[:len(word)]), word) {
		return "", false
	}
	rest := bytes.TrimLeft(text[len(word):], " \t")
	if len(rest) == 0 || rest[0] != ':' {
		return "", false
	}
	return canonical(string(bytes.TrimSpace(rest[1:]))), true
}

// nameOf returns the canonical property name that text begins with, and the
// components in which that property is held.
func nameOf(text []byte) (name string, in kind, ok bool) {
	i := 0
	for i < len(text) && text[i] != ':' && text[i] != ';' {
		i++
	}
	if i == len(text) {
		return "", 0, false
	}
	if known, ok := knownNames[string(text[:i])]; ok {
		return known.name, known.in, true
	}
	name = canonical(string(bytes.TrimSpace(text[:i])))
	return name, knownNames[name].in, isName(name)
}

// shorten makes foreign text fit into a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
