package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"unmeet/agent/report"
	"unmeet/agent/text"
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

// ascii reports whether what is written to w should be drawn with ASCII alone: on a
// terminal whose locale (POSIX.1-2024, XBD 8.2) names another character set than UTF-8.
func (a *app) ascii(w io.Writer) bool { return isTerminal(w) && !unicodeLocale(a.getenv) }

// unicodeLocale reports whether the locale has UTF-8, or there is none.
func unicodeLocale(getenv func(string) string) bool {
	locale := strings.ToLower(cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")))
	return locale == "" || strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// tableOptions says what w can show.
func (a *app) tableOptions(w io.Writer) report.TableOptions {
	colour := a.colour(w)
	return report.TableOptions{Width: width(w), Color: colour, Bars: colour || isTerminal(w), ASCII: a.ascii(w)}
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

// ink returns what to colour results with.
func (a *app) ink() text.Ink { return text.Ink(a.colour(a.stdout)) }

// note says something on stderr that is no failure, on lines as wide as it has.
func (a *app) note(format string, args ...any) { a.remark("note: ", format, args...) }

// hint says on stderr what can be done about what was said before.
func (a *app) hint(format string, args ...any) { a.remark("hint: ", format, args...) }

func (a *app) remark(head, format string, args ...any) {
	fmt.Fprintln(a.stderr, text.Hang(head, text.Clean(fmt.Sprintf(format, args...)), width(a.stderr)))
}
