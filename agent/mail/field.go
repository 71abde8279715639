package mail

import (
	"strings"
	"unicode/utf8"
)

// addressField writes an address as a header field has it.
func addressField(a Address) string {
	name := foreign(a.Name, longestName)
	switch {
	case name == "":
		return "<" + a.Address + ">"
	case plainWords(name):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `" <` + a.Address + ">"
	}
	return encodeWords(name) + " <" + a.Address + ">"
}

// plainWords reports whether text can stand in a header field as it is: printable
// ASCII that nobody takes for an encoded word, and that folding leaves alone.
func plainWords(text string) bool {
	return !strings.Contains(text, "=?") && !strings.Contains(text, "  ") && strings.TrimSpace(text) == text &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// encodeWords writes text as encoded words (RFC 2047), unless it can stand as it
// is. No character is split between two of them.
func encodeWords(text string) string {
	if plainWords(text) {
		return text
	}
	const open, end, longest = "=?utf-8?q?", "?=", 64 // lines of at most 76 characters
	var b strings.Builder
	b.WriteString(open)
	used := len(open) + len(end)
	for _, r := range text {
		var bytes [utf8.UTFMax]byte
		var word strings.Builder
		for _, c := range bytes[:utf8.EncodeRune(bytes[:], r)] {
			switch {
			case c == ' ':
				word.WriteByte('_')
			case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9': // RFC 2047 §5 (3)
				word.WriteByte(c)
			default:
				const digits = "0123456789ABCDEF"
				word.Write([]byte{'=', digits[c>>4], digits[c&15]})
			}
		}
		if used+word.Len() > longest {
			b.WriteString(end + " " + open)
			used = len(open) + len(end)
		}
		b.WriteString(word.String())
		used += word.Len()
	}
	b.WriteString(end)
	return b.String()
}
