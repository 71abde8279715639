package text

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Count says how many of a thing there are: "1 week", "4 weeks", "12 people".
func Count(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case thing == "person":
		return fmt.Sprintf("%d people", n)
	case strings.HasSuffix(thing, "ss"):
		return fmt.Sprintf("%d %ses", n, thing)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	leftToRightMark    = "\u200e"
	isolate            = "\u2068" // FSI and PDI (UAX #9, 2.4.2)
	isolateEnd         = "\u2069"
)

// escapes are what terminals take for commands (ECMA-48 §5.4 and §8.3.89).
var escapes = regexp.MustCompile(`(\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]|(\x1b\]|\x{9d})[^\x07\x1b]*(\x07|\x1b\\)`)

// Clean makes foreign text safe to print on one line: terminal escapes, control
// characters, marks that reorder or hide text, and broken UTF-8 are taken out,
// and white space is one space. Joiners stay: scripts and emoji need them.
func Clean(text string) string {
	return strings.Join(strings.Fields(strip(text)), " ")
}

// CleanLines makes text that has foreign words in it safe to print as Clean does,
// but leaves its lines and its blanks as they are.
func CleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strip(line)
	}
	return strings.Join(lines, "\n")
}

// strip takes out of text what is not safe to print, and turns each white space
// into a blank.
func strip(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
			return r
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs):
			return -1
		}
		return r
	}, escapes.ReplaceAllString(text, ""))
}

// Width is how many columns clean text takes.
func Width(text string) int { return uniseg.StringWidth(text) }

// Fit cuts clean text to at most columns on the terminal, marking the cut with
// "…", and never cuts through a grapheme cluster.
func Fit(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	var b strings.Builder
	used := 1 // the mark
	state, rest, cluster, size := -1, text, "", 0
	for rest != "" {
		cluster, rest, size, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+size > columns {
			break
		}
		b.WriteString(cluster)
		used += size
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

// Cell fits foreign text into a column and pads it. Text that runs from right to
// left is fenced in marks of no width, so that it does not pull the figures
// beside it along: isolated, so that it reads as its first letter has it, between
// marks that hold the line from left to right also where isolates are not known.
func Cell(text string, columns int) string {
	text = Fit(Clean(text), columns)
	blank := strings.Repeat(" ", columns-Width(text))
	if strings.ContainsFunc(text, rightToLeft) {
		text = leftToRightMark + isolate + text + isolateEnd + leftToRightMark
	}
	return text + blank
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

// PadRight fills clean text up to columns with blanks behind it.
func PadRight(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-Width(text), 0))
}

// PadLeft fills clean text up to columns with blanks before it.
func PadLeft(text string, columns int) string {
	return strings.Repeat(" ", max(columns-Width(text), 0)) + text
}

// lastColumn finds where the last column of a line begins: behind its indent,
// or behind the last two blanks or more.
var lastColumn = regexp.MustCompile(`^(?:.*\S)?  +|^ *`)

// Wrap breaks the lines of clean text at blanks, so that each takes at most
// columns. What is carried over goes on below where the last column of its line
// begins, columns standing apart by two blanks or more. A word longer than the
// room there is stays whole.
func Wrap(text string, columns int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, ended := strings.CutSuffix(line, "\n")
		head := lastColumn.FindString(line)
		b.WriteString(Hang(head, line[len(head):], columns))
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Hang writes head and words on lines of at most columns, those after the first
// indented by the width of head. A word longer than the room there is stays
// whole.
func Hang(head, words string, columns int) string {
	var b strings.Builder
	b.WriteString(head)
	indent := Width(head)
	used := indent
	for i, word := range strings.Split(words, " ") {
		size := Width(word)
		switch {
		case i == 0:
		case used+1+size > columns:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += size
	}
	return b.String()
}

// Ink paints text with ANSI colours, or leaves it alone.
type Ink bool

// Bold, Dim, Green and Yellow paint text.
func (i Ink) Bold(text string) string   { return i.paint("1", text) }
func (i Ink) Dim(text string) string    { return i.paint("2", text) }
func (i Ink) Green(text string) string  { return i.paint("32", text) }
func (i Ink) Yellow(text string) string { return i.paint("33", text) }

func (i Ink) paint(code, text string) string {
	if !i || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
