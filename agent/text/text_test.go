package text

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
		if got := Clean(test.text); got != test.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestCleanLines(t *testing.T) {
	got := CleanLines("“Weekly \x1b[31mstatus\u202e” is\r\n  because  a\tb\n\x1b]0;title\n\x07two")
	if want := "“Weekly status” is \n  because  a b\n]0;title\ntwo"; got != want {
		t.Errorf("got %q, want %q", got, want)
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
		if got := Fit(test.text, test.columns); got != test.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", test.text, test.columns, got, test.want)
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
		got := Cell(text, columns)
		if Width(got) != columns {
			t.Errorf("Cell(%q, %d) = %q, which is %d wide", text, columns, got, Width(got))
		}
		if !utf8.ValidString(got) {
			t.Errorf("Cell(%q) = %q is no UTF-8", text, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Cell(%q) = %q has control characters", text, got)
		}
	})
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		name, text string
		columns    int
		want       string
	}{
		{"short", "as it is\n", 8, "as it is\n"},
		{"no end", "as it is", 7, "as it\nis"},
		{"indented", "  a longer one\n", 10, "  a longer\n  one\n"},
		{"columns", "  but      hint: words that go on\n", 22, "  but      hint: words\n           that go on\n"},
		{"a word that is too long", "see https://acme.example/long now", 10, "see\nhttps://acme.example/long\nnow"},
		{"lines", "one two\n\nthree four\n", 7, "one two\n\nthree\nfour\n"},
		{"wide", "每周 进度", 4, "每周\n进度"},
	} {
		if got := Wrap(test.text, test.columns); got != test.want {
			t.Errorf("%s: Wrap(%q, %d) = %q, want %q", test.name, test.text, test.columns, got, test.want)
		}
	}
}

// TestWrapKeepsTheWords: wrapping loses no word, and no line is too wide unless
// a word is.
func TestWrapKeepsTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z“”每]{1,9}`), 1, 30).Draw(t, "words")
		columns := rapid.IntRange(24, 60).Draw(t, "columns")
		head := strings.Repeat(" ", rapid.IntRange(0, 4).Draw(t, "indent"))
		got := Wrap(head+strings.Join(words, " "), columns)
		if back := strings.Fields(got); strings.Join(back, " ") != strings.Join(words, " ") {
			t.Errorf("%q came back as %q", words, back)
		}
		for line := range strings.Lines(got) {
			if line = strings.TrimSuffix(line, "\n"); Width(line) > columns || !strings.HasPrefix(line, head) {
				t.Errorf("at %d columns: %q", columns, line)
			}
		}
	})
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"1 week": Count(1, "week"), "0 weeks": Count(0, "week"), "12 people": Count(12, "person"), "2 addresses": Count(2, "address"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
