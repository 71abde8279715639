package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// plainWidth is the width of everything that does not go to a terminal.
const plainWidth = 80

// isTerminal reports whether what is written to (or read from) stream goes to
// (or comes from) a person at a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colour reports whether to colour what is written to w: where --color says so,
// else on a terminal that has not asked for plain text (https://no-color.org,
// TERM=dumb).
func (a *app) colour(w io.Writer) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(w) && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}

// width returns how many columns w has.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return plainWidth
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		return plainWidth
	}
	return columns
}

// clean makes foreign text safe to show on one line: what steers a terminal,
// hides text or turns it round is taken out, and white space is one space.
func clean(text string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c' || r == '\u200d': // joiners: scripts and emoji need them
			return r
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(safe), " ")
}

// shorten cuts clean text to at most columns, and marks the cut with "…".
func shorten(text string, columns int) string {
	if uniseg.StringWidth(text) <= columns {
		return text
	}
	var kept strings.Builder
	used, state := 1, -1 // the mark takes one column
	for text != "" {
		var cluster string
		var size int
		cluster, text, size, state = uniseg.FirstGraphemeClusterInString(text, state)
		if used += size; used > columns {
			break
		}
		kept.WriteString(cluster)
	}
	return strings.TrimRight(kept.String(), " ") + "…"
}

// pad fills text up to columns with spaces.
func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-uniseg.StringWidth(text)))
}

// ink colours text, or leaves it as it is.
type ink bool

// ink returns what to colour results with.
func (a *app) ink() ink { return ink(a.colour(a.stdout)) }

func (on ink) paint(code, text string) string {
	if !on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (on ink) bold(text string) string { return on.paint("1", text) }
func (on ink) dim(text string) string  { return on.paint("2", text) }

// count writes how many of a thing there are: "1 event", "12 events".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
