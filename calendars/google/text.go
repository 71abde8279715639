package google

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainText returns a description, which is HTML or was never meant to be, as
// text: with line breaks where blocks end, without scripts and styles.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := 0
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken: // the end; the tokenizer takes anything
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(strings.ReplaceAll(html.UnescapeString(string(z.Raw())), "\u00a0", " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Script, atom.Style, atom.Title:
				if kind == html.StartTagToken {
					hidden++
				} else if hidden > 0 {
					hidden--
				}
			case atom.Br, atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table,
				atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.Blockquote:
				newline(&b)
			case atom.Td, atom.Th:
				if s := b.String(); !strings.HasSuffix(s, "\n") && !strings.HasSuffix(s, " ") {
					b.WriteByte(' ')
				}
			}
		}
	}
}

// newline begins a new line, unless one has just begun.
func newline(b *strings.Builder) {
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		b.WriteByte('\n')
	}
}
