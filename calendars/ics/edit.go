package ics

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-ical"
)

// Object is a calendar as text that can be changed: lines that are not touched
// stay byte for byte as they were, folds and foreign characters included.
type Object struct {
	head     []byte // what stands before BEGIN:VCALENDAR
	calendar *Part
	tail     []byte // what follows END:VCALENDAR
	newline  string
}

// Part is a component of an Object: the calendar, an event, an alarm.
type Part struct {
	name       string
	line       int    // of its BEGIN in what was loaded; 0 of one that was made
	begin, end []byte // their lines, raw
	items      []item // what stands between, in order
	object     *Object
}

// item is a property's line, raw, or a component.
type item struct {
	raw  []byte
	part *Part
}

// productID names what makes objects (RFC 5545 §3.7.3). It does not name unmeet: an
// answer is the person's own, and is not to tell the organizer who was asked for it.
const productID = "-//Calendar answer//NONSGML 1.0//EN"

// NewObject returns an empty calendar with the given METHOD, or none.
func NewObject(method string) *Object {
	o := &Object{newline: "\r\n"}
	o.calendar = o.newPart(ical.CompCalendar)
	o.calendar.put(ical.Prop{Name: "VERSION", Value: "2.0"})
	o.calendar.put(ical.Prop{Name: "PRODID", Value: productID})
	if method != "" {
		o.calendar.put(ical.Prop{Name: "METHOD", Value: method})
	}
	return o
}

// Load takes apart the first calendar in raw, which must be text of one byte a
// character or UTF-8, with every BEGIN and END in its place: what is broken is
// read (Read), but not written to. An error names the line.
func Load(raw []byte) (*Object, error) {
	o, _, err := loadAt(raw, 1)
	return o, err
}

// loadAt is Load of what stands in a file from a line on. next is the line that its
// tail begins at.
func loadAt(raw []byte, number int) (o *Object, next int, err error) {
	o = &Object{newline: "\r\n"}
	if i := bytes.IndexByte(raw, '\n'); i > 0 && raw[i-1] != '\r' || i == 0 {
		o.newline = "\n"
	} else if i < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		o.newline = "\r"
	}
	var open []*Part
	for rest := raw; len(rest) > 0; {
		line, lines := o.cut(rest)
		rest = rest[len(line):]
		text := o.unfold(line)
		if len(open) == 0 {
			if name, ok := keyword(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), "BEGIN"); ok && name == ical.CompCalendar {
				open = append(open, &Part{name: name, line: number, begin: line, object: o})
			} else {
				o.head = append(o.head, line...)
			}
			number += lines
			continue
		}
		top := open[len(open)-1]
		if name, ok := keyword(text, "BEGIN"); ok {
			if len(open) >= maxDepth {
				return nil, 0, fmt.Errorf("line %d: components inside each other more than %d deep", number, maxDepth)
			}
			p := &Part{name: name, line: number, begin: line, object: o}
			top.items = append(top.items, item{part: p})
			open = append(open, p)
		} else if name, ok := keyword(text, "END"); ok {
			if name != top.name {
				return nil, 0, fmt.Errorf("line %d: END:%s where %s is open", number, shorten(name), shorten(top.name))
			}
			top.end = line
			if open = open[:len(open)-1]; len(open) == 0 {
				o.calendar, o.tail = top, rest
				return o, number + lines, nil
			}
		} else {
			top.items = append(top.items, item{raw: line})
		}
		number += lines
	}
	if len(open) > 0 {
		return nil, 0, fmt.Errorf("line %d: %s has no END", number, shorten(open[len(open)-1].name))
	}
	return nil, 0, errors.New("BEGIN:VCALENDAR is missing")
}

// cut returns the content line that raw begins with, its folds and its end
// included, and how many physical lines that is.
func (o *Object) cut(raw []byte) (line []byte, lines int) {
	end := 0
	for {
		i := bytes.IndexByte(raw[end:], o.newline[len(o.newline)-1])
		if i < 0 {
			return raw, lines + 1
		}
		end += i + 1
		lines++
		if end == len(raw) || raw[end] != ' ' && raw[end] != '\t' {
			return raw[:end], lines
		}
	}
}

// unfold returns the text of a raw content line.
func (o *Object) unfold(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for first := true; len(raw) > 0; first = false {
		line := raw
		if i := bytes.IndexByte(raw, o.newline[len(o.newline)-1]); i >= 0 {
			line = raw[:i+1]
		}
		raw = raw[len(line):]
		if !first {
			line = line[1:]
		}
		text = append(text, bytes.TrimRight(line, "\r\n")...)
	}
	return text
}

// Bytes is the whole text.
func (o *Object) Bytes() []byte {
	out := slices.Clone(o.head)
	out = o.calendar.append(out)
	return append(out, o.tail...)
}

func (p *Part) append(out []byte) []byte {
	out = append(out, p.begin...)
	for _, it := range p.items {
		if it.part != nil {
			out = it.part.append(out)
		} else {
			out = append(out, it.raw...)
		}
	}
	return append(out, p.end...)
}

// Calendar is the outermost component, with METHOD and the like.
func (o *Object) Calendar() *Part { return o.calendar }

// Events are the VEVENTs, in order.
func (o *Object) Events() []*Part { return o.calendar.Parts(ical.CompEvent) }

func (o *Object) newPart(name string) *Part {
	return &Part{name: name, begin: []byte("BEGIN:" + name + o.newline), end: []byte("END:" + name + o.newline), object: o}
}

// Name is the component's name, in upper case.
func (p *Part) Name() string { return p.name }

// Parts are the components inside p that bear name.
func (p *Part) Parts(name string) []*Part {
	var list []*Part
	for _, it := range p.items {
		if it.part != nil && it.part.name == name {
			list = append(list, it.part)
		}
	}
	return list
}

// NewPart puts an empty component at the end of p.
func (p *Part) NewPart(name string) *Part {
	child := p.object.newPart(canonical(name))
	p.items = append(p.items, item{part: child})
	return child
}

// Append puts a copy of other, which may be of another Object, at the end of p.
// It returns the copy.
func (p *Part) Append(other *Part) *Part {
	child := other.clone(p.object)
	p.items = append(p.items, item{part: child})
	return child
}

func (p *Part) clone(o *Object) *Part {
	move := func(raw []byte) []byte {
		if p.object.newline == o.newline {
			return raw
		}
		return []byte(fold(string(p.object.unfold(raw)), o.newline))
	}
	c := &Part{name: p.name, begin: move(p.begin), end: move(p.end), object: o}
	for _, it := range p.items {
		if it.part != nil {
			c.items = append(c.items, item{part: it.part.clone(o)})
		} else {
			c.items = append(c.items, item{raw: move(it.raw)})
		}
	}
	return c
}

// RemoveParts takes the components inside p that bear name out.
func (p *Part) RemoveParts(name string) {
	p.items = slices.DeleteFunc(p.items, func(it item) bool { return it.part != nil && it.part.name == name })
}

// Props are p's properties of that name, in order.
func (p *Part) Props(name string) []ical.Prop {
	var list []ical.Prop
	for i := range p.items {
		if prop, ok := p.prop(i, name); ok {
			list = append(list, prop)
		}
	}
	return list
}

// prop reads the property at items[i] if it bears name.
func (p *Part) prop(i int, name string) (ical.Prop, bool) {
	if p.items[i].part != nil {
		return ical.Prop{}, false
	}
	text := p.object.unfold(p.items[i].raw)
	if raw, ok := rawName(text); !ok || canonical(string(raw)) != canonical(name) {
		return ical.Prop{}, false
	}
	if !clean(text) {
		text = tidy(nil, text)
	}
	line, ok := parseLine(string(text), new([]param))
	return line.object(canonical(name)), ok
}

// Set replaces the first property of prop's name and takes further ones out. If
// there is none, prop is added.
func (p *Part) Set(prop ical.Prop) error {
	text, err := propText(prop)
	if err != nil {
		return err
	}
	raw := []byte(fold(text, p.object.newline))
	done := false
	kept := p.items[:0]
	for i := range p.items {
		it := p.items[i]
		if _, ok := p.prop(i, prop.Name); ok {
			if done {
				continue
			}
			it, done = item{raw: raw}, true
		}
		kept = append(kept, it)
	}
	p.items = kept
	if !done {
		p.insert(raw)
	}
	return nil
}

// Add adds prop after p's other properties.
func (p *Part) Add(prop ical.Prop) error {
	text, err := propText(prop)
	if err != nil {
		return err
	}
	p.insert([]byte(fold(text, p.object.newline)))
	return nil
}

// put is Add for properties that are known to be good.
func (p *Part) put(prop ical.Prop) {
	if err := p.Add(prop); err != nil {
		panic(err) // a name of ours that is none
	}
}

func (p *Part) insert(raw []byte) {
	at := slices.IndexFunc(p.items, func(it item) bool { return it.part != nil })
	if at < 0 {
		at = len(p.items)
	}
	p.items = slices.Insert(p.items, at, item{raw: raw})
}

// Remove takes out the properties of that name that match, or all where match is
// nil, and returns how many they were.
func (p *Part) Remove(name string, match func(ical.Prop) bool) int {
	kept := make([]item, 0, len(p.items))
	for i, it := range p.items {
		if prop, ok := p.prop(i, name); ok && (match == nil || match(prop)) {
			continue
		}
		kept = append(kept, it)
	}
	n := len(p.items) - len(kept)
	p.items = kept
	return n
}

// SetParam gives a parameter of the properties of that name that match (all
// where match is nil) a new value; "" takes it away. The rest of the line stays
// as it is written, but for its folds. It returns how many lines were changed.
func (p *Part) SetParam(name string, match func(ical.Prop) bool, param, value string) (int, error) {
	if !isName(param) {
		return 0, fmt.Errorf("%q is no parameter name", shorten(param))
	}
	n := 0
	for i := range p.items {
		prop, ok := p.prop(i, name)
		if !ok || match != nil && !match(prop) {
			continue
		}
		text := withParam(string(p.object.unfold(p.items[i].raw)), canonical(param), value)
		p.items[i].raw = []byte(fold(text, p.object.newline))
		n++
	}
	return n, nil
}

// Like returns a property that holds t in the form of another one: a DATE, a
// time in the same zone, floating or in UTC. A RECURRENCE-ID must be like the
// DTSTART of its series (RFC 5545 §3.8.4.4). floating is where times without a
// zone are read; an error says that the other's zone is unknown.
func (o *Object) Like(name string, like ical.Prop, t time.Time, floating *time.Location) (ical.Prop, error) {
	s, err := o.scope(floating)
	if err != nil {
		return ical.Prop{}, err
	}
	as := propOf(like)
	m, err := s.moment(&as, as.value)
	if err != nil {
		return ical.Prop{}, err
	}
	p := ical.Prop{Name: canonical(name), Params: ical.Params{}}
	switch {
	case m.day():
		p.Params.Set(ical.ParamValue, "DATE")
		p.Value = t.In(m.place.loc).Format("20060102")
	case m.fixed:
		return UTC(name, t), nil
	default:
		if id := like.Params.Get(ical.PropTimezoneID); id != "" {
			p.Params.Set(ical.PropTimezoneID, id)
		}
		p.Value = t.In(m.place.loc).Format("20060102T150405")
	}
	return p, nil
}

// frame is the text of what holds for all events: the calendar's own properties and
// its time zones.
func (o *Object) frame() []byte {
	out := slices.Clone(o.head)
	out = append(out, o.calendar.begin...)
	for _, it := range o.calendar.items {
		switch {
		case it.part == nil:
			out = append(out, it.raw...)
		case it.part.name == ical.CompTimezone:
			out = it.part.append(out)
		}
	}
	return append(out, o.calendar.end...)
}

// scope reads what the object says of itself and its zones.
func (o *Object) scope(floating *time.Location) (*scope, error) {
	if floating == nil {
		floating = time.UTC
	}
	cs := &components{lex: newLexer(bytes.NewReader(o.frame())), book: newBook(), note: func(int, string, ...any) {}}
	var s *scope
	for {
		step, err := cs.next()
		if err != nil {
			return nil, err
		}
		if s == nil {
			s = newScope(step.calendar, place{floating, floating.String()})
		}
		s.look()
		if step.ended {
			return s, nil
		}
		if step.component.name == ical.CompTimezone {
			if err := s.define(step.component); err != nil {
				continue // its times fail, and say so
			}
		}
	}
}
