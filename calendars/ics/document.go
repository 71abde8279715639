package ics

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/emersion/go-ical"
)

// document is the text of a file, taken apart into the calendars in it that can
// be changed.
type document struct{ objects []*Object }

// loadDocument takes a file apart. An error says why its first calendar cannot be
// changed; from a later one on that cannot be, the rest is only kept.
func loadDocument(raw []byte) (*document, error) {
	first, number, err := loadAt(raw, 1)
	if err != nil {
		return nil, err
	}
	d := &document{objects: []*Object{first}}
	for last := first; ; {
		o, next, err := loadAt(last.tail, number)
		if err != nil {
			return d, nil
		}
		last.tail = nil
		d.objects = append(d.objects, o)
		last, number = o, next
	}
}

// bytes is the whole text.
func (d *document) bytes() []byte {
	var out []byte
	for _, o := range d.objects {
		out = append(out, o.Bytes()...)
	}
	return out
}

// event is the VEVENT that begins in a line of the file; nil where it cannot be
// changed.
func (d *document) event(line int) *Part {
	for _, o := range d.objects {
		for _, p := range o.Events() {
			if p.line == line && line > 0 {
				return p
			}
		}
	}
	return nil
}

// calendar is the component of the calendar that p stands in.
func (p *Part) calendar() *Part { return p.object.calendar }

// take takes the component child, which stands in p, out.
func (p *Part) take(child *Part) {
	p.items = slices.DeleteFunc(p.items, func(it item) bool { return it.part == child })
}

// sum names the text of p.
func (p *Part) sum() string { return sumOf(p.append(nil)) }

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// first returns p's first property of that name.
func (p *Part) first(name string) (ical.Prop, bool) {
	list := p.Props(name)
	if len(list) == 0 {
		return ical.Prop{}, false
	}
	return list[0], true
}

// lines are the content lines of p's properties of that name that match (all where
// match is nil), as they stand there.
func (p *Part) lines(name string, match func(ical.Prop) bool) []string {
	var list []string
	for i := range p.items {
		if prop, ok := p.prop(i, name); ok && (match == nil || match(prop)) {
			list = append(list, string(p.items[i].raw))
		}
	}
	return list
}

// replace puts lines of the properties of one name in the place of others, which
// must all be there, each as it reads without folds. Where there were none, none
// must be there now. It returns false, and changes nothing, where it is not so.
func (p *Part) replace(name string, old, next []string) bool {
	var at []int
	for _, line := range old {
		i := slices.IndexFunc(p.items, func(it item) bool {
			return it.part == nil && bytes.Equal(p.object.unfold(it.raw), p.object.unfold([]byte(line)))
		})
		if i < 0 || slices.Contains(at, i) {
			return false
		}
		at = append(at, i)
	}
	if len(old) == 0 && len(p.lines(name, nil)) > 0 {
		return false
	}
	for n, line := range next {
		switch {
		case n < len(at):
			p.items[at[n]].raw = []byte(line)
		case len(at) > 0:
			p.items = slices.Insert(p.items, slices.Max(at)+n-len(at)+1, item{raw: []byte(line)})
		default:
			p.insert([]byte(line))
		}
	}
	if len(at) > len(next) {
		gone := at[len(next):]
		kept := p.items[:0]
		for i, it := range p.items {
			if !slices.Contains(gone, i) {
				kept = append(kept, it)
			}
		}
		p.items = kept
	}
	return true
}

// setValue gives the properties of that name a
// new value, made of the old one. Their parameters stay as they are
// written.
func (p *Part) setValue(name string, value func(string) string) {
	for i := range p.items {
		if _, ok := p.prop(i, name); !ok {
			continue
		}
		text := string(p.object.unfold(p.items[i].raw))
		colon, _, _ := paramSpans(text)
		if next := value(text[colon+1:]); next != text[colon+1:] {
			p.items[i].raw = []byte(fold(text[:colon+1]+next, p.object.newline))
		}
	}
}
