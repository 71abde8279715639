package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// plural counts things: "1 week", "4 weeks", "12 people".
func plural(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case thing == "person":
		return fmt.Sprintf("%d people", n)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	leftToRightMark    = "\u200e"
)

// escapes are what terminals take for commands (ECMA-48 §5.4 and §8.3.89).
var escapes = regexp.MustCompile(`(\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]|(\x1b\]|\x{9d})[^\x07\x1b]*(\x07|\x1b\\)`)

// clean makes foreign text safe to print on one line: terminal escapes, control
// characters, marks that reorder or hide text, and broken UTF-8 are taken out,
// and white space is one space. Joiners stay: scripts and emoji need them.
func clean(text string) string {
	safe := strings.Map(func(r rune) rune {
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
	return strings.Join(strings.Fields(safe), " ")
}

func width(text string) int { return uniseg.StringWidth(text) }

// fit cuts clean text to at most columns on the terminal, marking the cut with
// "…", and never cuts through a grapheme cluster.
func fit(text string, columns int) string {
	if width(text) <= columns {
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

// cell fits foreign text into a column and pads it. Text that runs from right to
// left is fenced in marks of no width, so that it does not pull the figures
// beside it along.
func cell(text string, columns int) string {
	text = fit(clean(text), columns)
	pad := strings.Repeat(" ", columns-width(text))
	if strings.ContainsFunc(text, rightToLeft) {
		text = leftToRightMark + text + leftToRightMark
	}
	return text + pad
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
}
