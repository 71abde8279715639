package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"plain", "Project Kite status", "Project Kite status"},
		{"white space", " a\t b\r\n c\u00a0d\u2028e ", "a b c d e"},
		{"colours", "\x1b[1;31mred\x1b[0m", "red"},
		{"eight-bit escape", "\u009b2Jgone", "gone"},
		{"a link in a title", "\x1b]8;;http://x.example\x1b\\click\x1b]8;;\x07", "click"},
		{"an escape without an end", "\x1b]0;title", "]0;title"},
		{"bell and backspace", "a\a\b\x7fb", "ab"},
		{"text turned round", "cod\u202egnp.exe\u202c", "codgnp.exe"},
		{"hidden text", "a\u200bb\u00ad\ufeffc", "abc"},
		{"emoji of several runes", "👩\u200d💻 pair", "👩\u200d💻 pair"},
		{"broken UTF-8", "a\xff\xc3b", "ab"},
	} {
		if got := clean(test.text); got != test.want {
			t.Errorf("%s: clean(%q) = %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"status", 6, "status"},
		{"status", 5, "stat…"},
		{"all hands", 5, "all…"},
		{"每周进度", 8, "每周进度"},
		{"每周进度", 7, "每周进…"},
		{"每周进度", 6, "每周…"}, // a wide character is not cut in half
		{"👩‍💻👩‍💻", 3, "👩‍💻…"},
		{"e\u0301e\u0301", 1, "…"},
	} {
		if got := fit(test.text, test.columns); got != test.want {
			t.Errorf("fit(%q, %d) = %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

// TestCellKeepsItsColumn: whatever the text, a cell is as wide as its column,
// and nothing in it can steer a terminal.
func TestCellKeepsItsColumn(t *testing.T) {
	hostile := rapid.StringOf(rapid.OneOf(
		rapid.Rune(),
		rapid.SampledFrom([]rune("\x1b[]0;\a\x9b|\n\r\t\u200f\u202e\u2066\u200d👩💻每周é\u0301אبfi…")),
	))
	rapid.Check(t, func(t *rapid.T) {
		text := hostile.Draw(t, "text")
		columns := rapid.IntRange(1, 40).Draw(t, "columns")
		got := cell(text, columns)
		if width(got) != columns {
			t.Errorf("cell(%q, %d) = %q, which is %d wide", text, columns, got, width(got))
		}
		if !utf8.ValidString(got) {
			t.Errorf("cell(%q) = %q is no UTF-8", text, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("cell(%q) = %q has control characters", text, got)
		}
	})
}

func TestSpreadsheetsDoNotCompute(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1":          "'=1+1",
		"+49 30 1234":   "'+49 30 1234",
		"-2":            "'-2",
		"@SUM(A1)":      "'@SUM(A1)",
		"\t=1":          "'=1",
		"\x1b[0m=1":     "'=1",
		"\u200b=1":      "'=1",
		"Status = done": "Status = done",
		"":              "",
	} {
		if got := inert(text); got != want {
			t.Errorf("inert(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownIsText(t *testing.T) {
	const text = "a|b `c` *d* _e_ [f](http://x.example) ![g](h) <img src=x> & # \\"
	const want = "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\](http://x.example) !\\[g\\](h) &lt;img src=x&gt; &amp; \\# \\\\"
	if got := markdown(text); got != want {
		t.Errorf("markdown(%q) = %q, want %q", text, got, want)
	}
}
