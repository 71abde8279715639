package ics

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-ical"
)

// component is one that is being read, with the properties that are held of it.
type component struct {
	name  string
	line  int // of its BEGIN
	kind  kind
	props []property // in the order of the file
	index [propNames]struct{ first, last int32 }
	sub   []*component

	broken string // why it must be passed over; "" if it need not
	cut    bool   // the stream ended inside of it
	bare   bool   // a calendar that has no BEGIN of its own

	text   []byte    // content lines that are not parsed yet
	raw    []rawLine // where they are in it
	params []param   // of all properties
}

// rawLine is where a content line stands in a component's text.
type rawLine struct {
	name       propName
	start, end int
	number     int
}

// parse makes properties of the lines that came since the last time. They share
// one string, and what is retained of them must be cloned.
func (c *component) parse(note func(line int, format string, args ...any)) {
	text := string(c.text)
	for _, l := range c.raw {
		p, ok := parseLine(text[l.start:l.end], &c.params)
		if !ok {
			note(l.number, noValue, l.name, shorten(text[l.start:l.end]))
			continue
		}
		if (l.name == propRule || l.name == propExRule) && strings.TrimSpace(p.value) == "" {
			continue // some programs write "RRULE:" for an event that does not repeat
		}
		p.name, p.line = l.name, l.number
		dequote(&p)
		c.add(p)
	}
	c.text, c.raw = c.text[:0], c.raw[:0]
}

const noValue = "%s has no value, passed over: %s"

// finish parses what c and the components inside it hold.
func (c *component) finish(note func(line int, format string, args ...any)) {
	c.parse(note)
	for _, s := range c.sub {
		s.finish(note)
	}
}

// reset makes c ready to be read into again. Nothing may hold it any more.
func (c *component) reset() {
	clear(c.props)
	clear(c.params)
	*c = component{props: c.props[:0], text: c.text[:0], raw: c.raw[:0], params: c.params[:0]}
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
	book *book

	calendar  *component   // the open VCALENDAR, nil outside of one
	open      []*component // what is open inside it, outermost first
	deeper    int          // components open beyond maxDepth
	size      int          // bytes kept of open[0] and its children
	count     int          // properties kept of it
	found     bool         // something of iCalendar has been seen
	queue     []step       // what the last line finished
	truncated bool         // the stream ended inside a calendar
	free      []*component // to be used for the next ones
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
	if c.kind == 0 {
		return
	}
	name, ok := nameOf(l.text)
	if !ok {
		cs.note(l.number, "not a property, passed over: %s", shorten(string(l.text)))
		return
	}
	if held[name].in&c.kind == 0 {
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
			top.broken = fmt.Sprintf("%s is too large: more than %d MB or %d properties", top.name, maxComponent>>20, maxProperties)
		}
		return
	}
	if name == propAttendee || name == propOrganizer {
		if who := cs.book.guest(l.text); who != nil {
			c.add(property{name: name, guest: who, line: l.number})
		} else {
			cs.note(l.number, noValue, name, shorten(string(l.text)))
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
				cs.note(line, "%s without END before this BEGIN", c.name)
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
	case topLevel[name] && len(cs.open) > 0 && topLevel[cs.open[0].name]:
		cs.note(line, "%s without END before this BEGIN", cs.open[0].name)
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
	var c *component
	if n := len(cs.free); n > 0 {
		c, cs.free = cs.free[n-1], cs.free[:n-1]
	} else {
		c = new(component)
	}
	c.name, c.line, c.kind = name, line, kinds[name]
	return c
}

// maxFree is how many components are kept for use again; an event with an alarm
// is two.
const maxFree = 4

// release gives back a component that nobody holds any more: its arrays serve
// the next one.
func (cs *components) release(c *component) {
	if len(cs.free) < maxFree {
		c.reset()
		cs.free = append(cs.free, c)
	}
}

func (cs *components) end(name string, line int) {
	if cs.deeper > 0 {
		cs.deeper--
		return
	}
	if name == ical.CompCalendar && cs.calendar != nil {
		if len(cs.open) > 0 {
			cs.note(line, "%s without END before the end of the calendar", cs.open[0].name)
		}
		cs.closeCalendar()
		return
	}
	for i := len(cs.open) - 1; i >= 0; i-- {
		if cs.open[i].name != name {
			continue
		}
		if i < len(cs.open)-1 {
			cs.note(line, "%s without END", cs.open[i+1].name)
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
		if parent, c := cs.open[n-1], cs.open[n]; c.kind != 0 {
			parent.sub = append(parent.sub, c)
		} else {
			cs.release(c)
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
			top.broken = "the file is truncated: it ends inside this " + top.name
		} else {
			cs.note(top.line, "the file is truncated: it ends inside this %s", top.name)
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
	rest = bytes.TrimSpace(rest[1:])
	if usual, ok := usualNames[string(rest)]; ok {
		return usual, true
	}
	return canonical(string(rest)), true
}

// usualNames are the components that nearly all calendars consist of; looked up
// here, their names take no memory.
var usualNames = func() map[string]string {
	usual := make(map[string]string)
	for _, name := range []string{ical.CompCalendar, ical.CompEvent, ical.CompAlarm, ical.CompToDo, ical.CompTimezone,
		ical.CompTimezoneStandard, ical.CompTimezoneDaylight} {
		usual[name] = name
	}
	return usual
}()

// nameOf finds the property name that text begins with. ok is false where text
// is no property.
func nameOf(text []byte) (name propName, ok bool) {
	raw, ok := rawName(text)
	if !ok {
		return propUnknown, false
	}
	if name = named(raw); name != propUnknown {
		return name, true
	}
	return named(canonical(string(raw))), true
}

// rawName is the property name that text begins with, as it is written.
func rawName(text []byte) (name []byte, ok bool) {
	i := 0
	for i < len(text) && text[i] != ':' && text[i] != ';' {
		i++
	}
	name = bytes.TrimSpace(text[:i])
	return name, i < len(text) && isName(name)
}

// shorten makes foreign text fit into a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
