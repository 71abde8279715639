package ics

import (
	"strings"

	"github.com/emersion/go-ical"
)

// parseLine makes a property of a content line, in time linear in its length.
// It forgives what can be understood: quotes that are never closed, text after
// a quoted value, parameters without a value, blanks around names. ok is false
// for a line that is no property: without a name or without a colon.
func parseLine(text string) (prop ical.Prop, ok bool) {
	i := strings.IndexAny(text, ":;")
	if i < 0 {
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
	var s paramScanner
	if end, ok := s.scan(text, i, true); ok {
		prop.Params, prop.Value = s.params, text[end+1:]
		return prop, true
	}
	// A stray quote may have swallowed the colon: take quotes as letters.
	s = paramScanner{}
	if end, ok := s.scan(text, i, false); ok {
		prop.Params, prop.Value = s.params, text[end+1:]
		return prop, true
	}
	return prop, false
}

// paramScanner reads the parameters of one content line.
type paramScanner struct {
	params ical.Params
	values []string // room for the values, so that each needs none of its own
}

// scan reads the parameters that begin with the ";" at text[i] and returns the
// place of the colon after them.
func (s *paramScanner) scan(text string, i int, quotes bool) (colon int, ok bool) {
	s.params = make(ical.Params)
	for i < len(text) && text[i] == ';' {
		i++
		n := strings.IndexAny(text[i:], "=;:")
		if n < 0 {
			return 0, false
		}
		name := canonical(strings.TrimSpace(text[i : i+n]))
		i += n
		if text[i] != '=' { // ";QUOTED-PRINTABLE", as vCalendar 1.0 wrote
			if name != "" {
				s.add(name, "")
			}
			continue
		}
		for {
			value, end := paramValue(text, i+1, quotes)
			if end == len(text) {
				return 0, false
			}
			s.add(name, value)
			if i = end; text[i] != ',' {
				break
			}
		}
	}
	return i, i < len(text)
}

func (s *paramScanner) add(name, value string) {
	if have, ok := s.params[name]; ok {
		s.params[name] = append(have, value)
		return
	}
	if len(s.values) == 0 {
		s.values = make([]string, 8)
	}
	s.values[0] = value
	s.params[name], s.values = s.values[:1:1], s.values[1:]
}

// paramValue reads the value at text[i] and returns where the "," ";" or ":"
// after it is, or len(text).
func paramValue(text string, i int, quotes bool) (value string, end int) {
	if !quotes || i == len(text) || text[i] != '"' {
		end = i + len(text[i:])
		if n := strings.IndexAny(text[i:], ",;:"); n >= 0 {
			end = i + n
		}
		return uncaret(text[i:end]), end
	}
	n := strings.IndexByte(text[i+1:], '"')
	if n < 0 {
		return "", len(text)
	}
	value, end = text[i+1:i+1+n], i+n+2
	if n := strings.IndexAny(text[end:], ",;:"); n < 0 {
		end = len(text)
	} else if n > 0 {
		value += text[end : end+n] // "Doe" John
		end += n
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
