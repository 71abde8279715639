package ics

import (
	"bytes"
	"io"
)

// Limits on foreign input. What is beyond them is passed over and reported.
const (
	maxLine       = 4 << 20  // bytes of an unfolded line
	maxComponent  = 16 << 20 // bytes kept of one component and its children
	maxProperties = 100_000  // properties kept of one component and its children
	maxDepth      = 16       // components inside each other
	maxBlank      = 16       // line ends between a line and its continuation
)

// lexer cuts a stream into content lines (RFC 5545 §3.1): it joins folds, even
// those inside of a character, ends lines at CRLF, LF or, in a file that has
// nothing else, CR, and gives each the number of its first physical line. It
// holds one line and a buffer, whatever the length of the stream.
type lexer struct {
	r          io.Reader
	buf        []byte
	start, end int   // unread part of buf
	err        error // of r, once it ended
	read       int64 // bytes taken from r

	eol    byte // what ends a line: '\n' or '\r'; 0 until the first line
	number int  // of the physical line that comes next, from 1
	joined []byte
	tidied []byte
	torn   bool   // the stream ended inside its last line
	head   string // its beginning, to tell what it is
}

// contentLine is one unfolded line. Its text is valid until the next is read.
type contentLine struct {
	text   []byte
	number int  // of its first physical line
	long   bool // beyond maxLine, text is only its beginning
}

func newLexer(r io.Reader) *lexer {
	return &lexer{r: r, buf: make([]byte, 64<<10), number: 1}
}

// next returns the next line that is not empty, or the reader's error: io.EOF at
// the end.
func (l *lexer) next() (contentLine, error) {
	for {
		line, err := l.unfold()
		if err != nil {
			return line, err
		}
		if !clean(line.text) {
			l.tidied = tidy(l.tidied[:0], line.text)
			line.text = l.tidied
		}
		if len(bytes.TrimSpace(line.text)) > 0 {
			return line, nil
		}
	}
}

// unfold joins physical lines to a content line.
func (l *lexer) unfold() (contentLine, error) {
	line := contentLine{number: l.number}
	part, ended, err := l.part()
	if err != nil {
		return line, err
	}
	if ended && !l.continues(part) { // by far the most: no copy
		line.text = part
		return line, nil
	}
	l.joined = l.joined[:0]
	for {
		if room := maxLine - len(l.joined); len(part) > room {
			part, line.long = part[:room], true
		}
		l.joined = append(l.joined, part...)
		if ended {
			switch {
			case l.softBreak(l.joined):
				l.joined = l.joined[:len(l.joined)-1]
			case l.folded():
				l.skipBlank()
				l.start++
			default:
				line.text = l.joined
				return line, nil
			}
		}
		if part, ended, err = l.part(); err != nil {
			line.text = l.joined
			return line, nil // the error comes back at the next call
		}
	}
}

// continues reports whether the line that part ends goes on in the next one.
func (l *lexer) continues(part []byte) bool {
	return l.start < l.end && l.buf[l.start] <= ' ' && l.folded() ||
		len(part) > 0 && part[len(part)-1] == '=' && l.softBreak(part)
}

// part returns the rest of a physical line without its end, or, where that does
// not fit into the buffer, a piece of it. At least one byte follows in the
// buffer after a line that ended, unless the stream is over.
func (l *lexer) part() (text []byte, ended bool, err error) {
	for {
		window := l.buf[l.start:l.end]
		if l.eol == 0 && !l.findEnding(window) {
			if l.fill() {
				continue
			}
			l.eol = '\n'
		}
		if i := bytes.IndexByte(window, l.eol); i >= 0 {
			if !settled(window[i+1:]) && l.fill() {
				continue
			}
			text = trimCR(l.buf[l.start : l.start+i]) // fill may have moved it
			l.start += i + 1
			l.number++
			return text, true, nil
		}
		if l.fill() {
			continue
		}
		window = l.buf[l.start:l.end]
		if len(window) == 0 {
			return nil, false, l.err
		}
		full := l.err == nil
		if full && window[len(window)-1] == '\r' {
			window = window[:len(window)-1] // it may belong to the end of the line
		}
		l.start += len(window)
		if !full {
			l.number++
			l.torn = true
		}
		return window, !full, nil
	}
}

// settled reports whether ahead is enough to tell if a line goes on: it reaches
// past the empty lines that are forgiven.
func settled(ahead []byte) bool {
	for i, c := range ahead {
		if c != '\r' && c != '\n' || i >= maxBlank {
			return true
		}
	}
	return false
}

// findEnding tells by the first line how lines end. It needs a byte after a CR.
func (l *lexer) findEnding(window []byte) bool {
	i := bytes.IndexAny(window, "\r\n")
	if i < 0 {
		return false
	}
	if window[i] == '\r' {
		rest := bytes.TrimLeft(window[i:], "\r")
		if len(rest) == 0 && l.err == nil && len(window) < len(l.buf) {
			return false
		}
		if len(rest) > 0 && rest[0] != '\n' {
			l.eol = '\r'
			return true
		}
	}
	l.eol = '\n'
	return true
}

// fill reads more into the buffer; false where it is full or the stream over.
// Either way it may move what is there.
func (l *lexer) fill() bool {
	if l.err != nil {
		return false
	}
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		return false
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		if len(l.head) < 16 {
			l.head += string(l.buf[l.end:][:min(n, 64)])
		}
		l.end += n
		l.read += int64(n)
		l.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// folded reports whether the next physical line is a continuation. Empty lines
// before it are forgiven: several programs let them slip into long texts.
func (l *lexer) folded() bool {
	for i, c := range l.buf[l.start:l.end] {
		switch {
		case c == ' ' || c == '\t':
			return true
		case c != '\r' && c != '\n' || i >= maxBlank:
			return false
		}
	}
	return false
}

// skipBlank passes over the empty lines before a continuation.
func (l *lexer) skipBlank() {
	for l.buf[l.start] == '\r' || l.buf[l.start] == '\n' {
		if l.buf[l.start] == l.eol {
			l.number++
		}
		l.start++
	}
}

// softBreak reports whether text is a quoted-printable value that goes on in
// the next line, as vCalendar 1.0 wrote them.
func (l *lexer) softBreak(text []byte) bool {
	if len(text) == 0 || text[len(text)-1] != '=' || l.start == l.end {
		return false
	}
	head, _, _ := bytes.Cut(text, []byte(":"))
	return bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

func trimCR(line []byte) []byte {
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}
