package ics

import (
	"slices"
	"strings"
)

// parseLine takes a content line apart, in time linear in its length, with its
// parameters at the end of room.
// It forgives what can be understood: quotes that are never closed, text after
// a quoted value, parameters without a value, blanks around names. ok is false
// for a line that is no property: without a name or without a colon.
func parseLine(text string, room *[]param) (p property, ok bool) {
	i := stop(text, 0, ':')
	if i == len(text) || !isName(strings.TrimSpace(text[:i])) {
		return p, false
	}
	if text[i] == ':' {
		p.value = text[i+1:]
		return p, true
	}
	begin := len(*room)
	for _, quotes := range []bool{true, false} { // a stray quote may swallow the colon: then quotes are letters
		if end, ok := scanParams(text, i, quotes, room); ok {
			p.params, p.value = slices.Clip((*room)[begin:]), text[end+1:]
			return p, true
		}
		*room = (*room)[:begin]
	}
	return p, false
}

// scanParams appends the parameters that begin with the ";" at text[i] to room
// and returns the place of the colon after them.
func scanParams(text string, i int, quotes bool, room *[]param) (colon int, ok bool) {
	for i < len(text) && text[i] == ';' {
		i++
		n := stop(text, i, '=')
		if n == len(text) {
			return 0, false
		}
		name := canonical(strings.TrimSpace(text[i:n]))
		if i = n; text[i] != '=' { // ";QUOTED-PRINTABLE", as vCalendar 1.0 wrote
			if name != "" {
				*room = append(*room, param{name, ""})
			}
			continue
		}
		for {
			value, end := paramValue(text, i+1, quotes)
			if end == len(text) {
				return 0, false
			}
			*room = append(*room, param{name, value})
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
func isName[T string | []byte](s T) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			continue
		}
		return false
	}
	return len(s) > 0
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
