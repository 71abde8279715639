package ics

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
)

// withParam returns a content line with a parameter set, or taken away for "".
func withParam(text, param, value string) string {
	colon, spans, quotes := paramSpans(text)
	if !quotes { // a stray quote would pair up with one of ours
		text = strings.ReplaceAll(text[:colon], `"`, "^'") + text[colon:]
		colon, spans, _ = paramSpans(text)
	}
	encoded := ""
	if value != "" {
		encoded = ";" + param + "=" + paramText(value)
	}
	out := text[:colon]
	for i := len(spans) - 1; i >= 0; i-- {
		s := spans[i]
		if canonical(strings.TrimSpace(sendable(text[s.name:s.equals]))) != param {
			continue
		}
		out = out[:s.name-1] + encoded + out[s.end:]
		encoded = "" // a second one of that name goes
	}
	return out + encoded + text[colon:]
}

// paramSpan is where a parameter stands in a content line: its name from name to
// equals, all of it up to end.
type paramSpan struct{ name, equals, end int }

// paramSpans finds the parameters of a content line that parseLine can read, and
// the colon that ends them. quotes is false where they only make sense if quotes
// are letters.
func paramSpans(text string) (colon int, spans []paramSpan, quotes bool) {
	i := stop(text, 0, ':')
	if text[i] == ':' {
		return i, nil, true
	}
	_, quotes = scanParams(text, i, true, new([]param))
	for i < len(text) && text[i] == ';' {
		span := paramSpan{name: i + 1}
		span.equals = stop(text, i+1, '=')
		for i = span.equals; text[i] == '=' || text[i] == ',' && i > span.equals; {
			_, i = paramValue(text, i+1, quotes)
		}
		span.end = i
		spans = append(spans, span)
	}
	return i, spans, quotes
}

// propText writes a property as a content line without folds. Parameters stand
// in order of their names. Value is taken as it is, apart from line breaks and
// control characters, which no value can hold.
func propText(prop ical.Prop) (string, error) {
	if !isName(prop.Name) || canonical(prop.Name) == "BEGIN" || canonical(prop.Name) == "END" {
		return "", fmt.Errorf("%q is no property name", shorten(prop.Name))
	}
	var b strings.Builder
	b.WriteString(prop.Name)
	names := make([]string, 0, len(prop.Params))
	for name := range prop.Params {
		if !isName(name) {
			return "", fmt.Errorf("%q is no parameter name", shorten(name))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for i, v := range prop.Params[name] {
			if i == 0 {
				b.WriteString(";" + name + "=")
			} else {
				b.WriteByte(',')
			}
			b.WriteString(paramText(v))
		}
	}
	b.WriteByte(':')
	b.WriteString(sendable(lineBreaks.Replace(prop.Value)))
	return b.String(), nil
}

var lineBreaks = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// paramText writes a parameter's value, with RFC 6868's escapes and in quotes
// where it needs them.
func paramText(v string) string {
	v = sendable(caretEncoder.Replace(v))
	if v == "" || strings.ContainsAny(v, ":;,") || v != strings.TrimSpace(v) {
		return `"` + v + `"`
	}
	return v
}

// sendable is s as what a line can hold: valid UTF-8 without control characters.
func sendable(s string) string {
	if b := []byte(s); !clean(b) {
		return string(tidy(nil, b))
	}
	return s
}

// maxOctets is how long a physical line may be, without its end (RFC 5545 §3.1).
const maxOctets = 75

// fold breaks a content line into physical lines, between characters.
func fold(text, newline string) string {
	if len(text) <= maxOctets {
		return text + newline
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/20)
	for room := maxOctets; len(text) > room; room = maxOctets - 1 {
		n := room
		for n > room-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		b.WriteString(text[:n])
		b.WriteString(newline)
		b.WriteByte(' ')
		text = text[n:]
	}
	b.WriteString(text)
	b.WriteString(newline)
	return b.String()
}

// Text returns a property with a TEXT value, escaped.
func Text(name, text string) ical.Prop { return ical.Prop{Name: canonical(name), Value: escape(text)} }

// TextOf is the TEXT value of prop, unescaped.
func TextOf(prop ical.Prop) string { return unescape(prop.Value) }

// UTC returns a property that holds t as a DATE-TIME in UTC.
func UTC(name string, t time.Time) ical.Prop {
	return ical.Prop{Name: canonical(name), Value: t.UTC().Format("20060102T150405Z")}
}
