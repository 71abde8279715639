package ics

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-ical"
)

// unescape decodes a TEXT value (RFC 5545 §3.3.11). A backslash before anything
// but n, N, comma, semicolon, colon, quote and backslash stays where it is, and
// so do commas and semicolons that should have been escaped.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0 && i+1 < len(s); i = strings.IndexByte(s, '\\') {
		b.WriteString(s[:i])
		switch c := s[i+1]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case ',', ';', ':', '"', '\\':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
		s = s[i+2:]
	}
	b.WriteString(s)
	return b.String()
}

var textEscaper = strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`, ",", `\,`, ";", `\;`)

// escape encodes text as a TEXT value.
func escape(s string) string { return textEscaper.Replace(s) }

// dequote decodes a quoted-printable value (vCalendar 1.0; some programs mix it
// into 2.0).
func dequote(p *property) {
	bare := slices.ContainsFunc(p.params, func(q param) bool { return q.name == "QUOTED-PRINTABLE" })
	if !bare && !strings.EqualFold(p.param(ical.ParamEncoding), "QUOTED-PRINTABLE") {
		return
	}
	p.value = uncontrolled(string(unquotePrintable([]byte(p.value))))
}

// uncontrolled is s as the lexer gives text, without control characters: what
// was encoded may hold some again. Breaks of lines stay.
func uncontrolled(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufeff' || r == utf8.RuneError }) {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = string(tidy(nil, []byte(l)))
	}
	return strings.Join(lines, "\n")
}

// oneLine makes a title or a place of text: blanks and breaks become one blank.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\n\r\t") || strings.Contains(s, "  ") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return s
}

// looksHTML reports whether a description is marked up: Google and Exchange
// export the HTML of their editors under DESCRIPTION.
func looksHTML(s string) bool {
	s = s[:strings.LastIndexByte(s, '>')+1]
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		if knownTags[tagName(s)] {
			return true
		}
	}
}

// tagName returns the lower-case name of the tag whose inside s begins with.
func tagName(s string) string {
	s = strings.TrimPrefix(s, "/")
	n := 0
	for n < len(s) && n < 12 && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	if n == len(s) || strings.IndexByte(" \t\n/>", s[n]) < 0 && (s[n] != ':' || n > 1) { // <o:p> is one of Word's
		return ""
	}
	return strings.ToLower(s[:n])
}

var knownTags = names("a", "b", "blockquote", "body", "br", "center", "code", "div", "em", "font", "h1", "h2", "h3", "h4", "h5",
	"h6", "head", "hr", "html", "i", "img", "li", "meta", "o", "ol", "p", "pre", "s", "script", "section", "small", "span",
	"strong", "style", "sub", "sup", "table", "tbody", "td", "th", "title", "tr", "u", "ul")

// blockTags begin a new line of text.
var blockTags = names("blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section",
	"table", "tr", "ul")

// plain makes plain text of HTML: tags go, blocks begin lines, entities are
// decoded, scripts and styles are left out. It is no sanitizer: what it returns
// is text and must be escaped where it is shown as HTML.
func plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if strings.HasPrefix(s, "!--") {
			_, s, _ = strings.Cut(s, "-->")
			continue
		}
		name := tagName(s)
		inside, rest, closed := strings.Cut(s, ">")
		if !closed {
			b.WriteByte('<')
			b.WriteString(s)
			break
		}
		if name == "" && !strings.HasPrefix(s, "!") && !strings.HasPrefix(s, "?") {
			b.WriteByte('<') // an address in angle brackets, an arrow
			continue
		}
		s = rest
		switch {
		case inside[0] != '/' && (name == "script" || name == "style" || name == "head" || name == "title"):
			if i := indexFold(s, "</"+name); i >= 0 {
				s = s[i:]
			} else {
				s = ""
			}
		case blockTags[name]:
			b.WriteByte('\n')
		case inside[0] != '/' && (name == "td" || name == "th"):
			b.WriteByte(' ')
		}
	}
	return tidyLines(uncontrolled(html.UnescapeString(b.String())))
}

// indexFold is strings.Index for ASCII text whatever its case.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}

// tidyLines trims lines, and leaves at most one empty line between others.
func tidyLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\u00a0", " "), "\n")
	out := lines[:0]
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
