package ics

import (
	"strings"

	"github.com/emersion/go-ical"
)

// parseLine makes a property of a content line, in time linear in its length,
// with parameters in room.
// It forgives what can be understood: quotes that are never closed, text after
// a quoted value, parameters without a value, blanks around names. ok is false
// for a line that is no property: without a name or without a colon.
func parseLine(text string, room *paramRoom) (prop ical.Prop, ok bool) {
	i := stop(text, 0, ':')
	if i == len(text) {
		return prop, false
	}
	name := strings.TrimSpace(text[:i])
	if !isName(name) {
		return prop, false
	}
	prop.Name = canonical(name)
	if text[i] == ':' {
		prop.Value = text[i+1:]
		return prop, true
	}
	for _, quotes := range []bool{true, false} { // a stray quote may swallow the colon: then quotes are letters
		params := room.params()
		if end, ok := scanParams(text, i, quotes, room, params); ok {
			prop.Params, prop.Value = params, text[end+1:]
			return prop, true
		}
	}
	return prop, false
}

// paramRoom is where the parameters of a component's properties live, so that
// the next component can use it again.
type paramRoom struct {
	maps   []ical.Params
	used   int
	values []string // each value that is alone under its name is a slice of it
}

func (r *paramRoom) params() ical.Params {
	if r.used == len(r.maps) {
		r.maps = append(r.maps, make(ical.Params))
	}
	r.used++
	return r.maps[r.used-1]
}

func (r *paramRoom) add(params ical.Params, name, value string) {
	if have, ok := params[name]; ok {
		params[name] = append(have, value)
		return
	}
	if len(r.values) == cap(r.values) {
		r.values = make([]string, 0, max(16, 2*cap(r.values)))
	}
	r.values = append(r.values, value)
	n := len(r.values)
	params[name] = r.values[n-1 : n : n]
}

// reset takes everything back.
func (r *paramRoom) reset() {
	for _, m := range r.maps[:r.used] {
		clear(m)
	}
	r.used = 0
	clear(r.values)
	r.values = r.values[:0]
}

// scanParams reads the parameters that begin with the ";" at text[i] into params
// and returns the place of the colon after them.
func scanParams(text string, i int, quotes bool, room *paramRoom, params ical.Params) (colon int, ok bool) {
	for i < len(text) && text[i] == ';' {
		i++
		n := stop(text, i, '=')
		if n == len(text) {
			return 0, false
		}
		name := canonical(strings.TrimSpace(text[i:n]))
		if i = n; text[i] != '=' { // ";QUOTED-PRINTABLE", as vCalendar 1.0 wrote
			if name != "" {
				room.add(params, name, "")
			}
			continue
		}
		for {
			value, end := paramValue(text, i+1, quotes)
			if end == len(text) {
				return 0, false
			}
			room.add(params, name, value)
			if i = end; text[i] != ',' {
				break
			}
		}
	}
	return i, i < len(text)
}

// stop is the place of the first ":", ";" or c in text from i on, or len(text).
func stop(text string, i int, c byte) int {
	for i < len(text) && text[i] != ':' && text[i] != ';' && text[i] != c {
		i++
	}
	return i
}

// paramValue reads the value at text[i] and returns where the "," ";" or ":"
// after it is, or len(text).
func paramValue(text string, i int, quotes bool) (value string, end int) {
	if !quotes || i == len(text) || text[i] != '"' {
		end = stop(text, i, ',')
		return uncaret(text[i:end]), end
	}
	n := strings.IndexByte(text[i+1:], '"')
	if n < 0 {
		return "", len(text)
	}
	value = text[i+1 : i+1+n]
	after := i + n + 2
	if end = stop(text, after, ','); end > after {
		value += text[after:end] // "Doe" John
	}
	return uncaret(value), end
}

// uncaret decodes RFC 6868: ^n is a line break, ^' a double quote, ^^ a caret.
func uncaret(s string) string {
	if strings.IndexByte(s, '^') < 0 {
		return s
	}
	return caretDecoder.Replace(s)
}

var (
	caretDecoder = strings.NewReplacer("^n", "\n", "^N", "\n", "^'", `"`, "^^", "^")
	caretEncoder = strings.NewReplacer("\r\n", "^n", "\n", "^n", `"`, "^'", "^", "^^")
)

// isName reports whether s is a property name: letters, digits, hyphens; dots
// and underscores are seen, too.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			continue
		}
		return false
	}
	return s != ""
}

// canonical returns name in upper case; no allocation for the usual names.
func canonical(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= 'a' && c <= 'z' || c >= 0x80 {
			return strings.ToUpper(name)
		}
	}
	return name
}
