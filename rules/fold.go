package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one word of a text, folded: lower case, without accents.
type token struct {
	word       int32 // its number in the lexicon, noWord where no phrase knows it
	stem       int32 // its number in the word list, noWord where that does not have it
	also       int32 // wildcards it fits besides, as a range of reader.also
	alsoEnd    int32
	start, end int32 // bytes of the text it was read from
	marks      marks
	clause     bool // a clause begins here: phrases do not reach across
	line       bool // a line begins here
}

// reader cuts texts into tokens. It is scratch space that is used again and
// again, so that reading a text allocates nothing once the space has grown.
type reader struct {
	tokens []token
	also   []int32
	folded []byte // the words of tokens, one after another (only the last matters to lookups)
	bounds []int32
}

// reset forgets the texts read so far and keeps the space.
func (r *reader) reset() {
	r.tokens, r.also, r.folded, r.bounds = r.tokens[:0], r.also[:0], r.folded[:0], r.bounds[:0]
}

// What a byte is to the reader.
const (
	other    = iota
	letter   // a letter or digit, lower case already or one bit away from it
	wide     // the first byte of a rune past ASCII
	tick     // an apostrophe, dropped within a word
	joint    // joins digits: 1:1, 2.0, 2026-11-22
	stop     // ends a clause
	line     // a line break
	bracket  // perhaps markup, perhaps "<>"
	ampersat // an address
	amper    // & and + are read as "and"
)

var byteClass = func() (class [256]byte) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			class[c] = letter
		case c >= utf8.RuneSelf:
			class[c] = wide
		}
	}
	class['\''] = tick
	for _, c := range ":./-" {
		class[c] = joint
	}
	for _, c := range "!?;|" {
		class[c] = stop
	}
	class['\n'], class['<'], class['@'], class['&'], class['+'] = line, bracket, ampersat, amper, amper
	return class
}()

// read appends the words of text. Addresses of pages and people are passed
// over: they tell where, not what for. Markup is passed over too.
func (r *reader) read(lex *lexicon, text string) {
	clause, newline := true, true
	for i := 0; i < len(text); {
		c := text[i]
		switch byteClass[c] {
		case letter, wide:
			i = r.word(lex, text, i, &clause, &newline)
			continue
		case stop:
			clause = true
		case joint:
			// "a. b", "a: b" and "a - b" part clauses; "a.b" and "a-b" do not.
			if i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n' {
				clause = true
			}
		case line:
			newline = true
			if endsLine(text[i+1:]) {
				clause = true
			}
		case bracket:
			if n := markup(text[i:]); n > 0 {
				clause = clause || breaks(text[i:i+n])
				newline = newline || clause
				i += n
				continue
			}
			if strings.HasPrefix(text[i:], "<>") {
				i = r.sign(lex, "<>", i, i+2, &clause, &newline)
				continue
			}
		case amper:
			if n := entity(text[i:]); c == '&' && n > 0 {
				i += n
				continue
			}
			i = r.sign(lex, "and", i, i+1, &clause, &newline)
			continue
		case ampersat:
			if i > 0 && byteClass[text[i-1]] == letter {
				r.dropLast(&clause, &newline)
				for i < len(text) && text[i] > ' ' {
					i++
				}
				continue
			}
		}
		i++
	}
}

// word reads the word that begins at text[i] and returns where it ends.
func (r *reader) word(lex *lexicon, text string, i int, clause, newline *bool) int {
	if (text[i] == 'h' || text[i] == 'w') && address(text[i:]) {
		for i < len(text) && text[i] > ' ' {
			i++
		}
		*clause = true
		return i
	}
	begin, from := i, len(r.folded)
	hash := uint64(hashSeed)
	for i < len(text) {
		c := text[i]
		switch byteClass[c] {
		case letter:
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			r.folded = append(r.folded, c)
			hash = (hash ^ uint64(c)) * hashPrime
			i++
			continue
		case tick:
			if i+1 < len(text) && byteClass[text[i+1]] != other && !elided(r.folded[from:]) {
				i++
				continue
			}
		case joint:
			if i+1 < len(text) && digit(text[i-1]) && digit(text[i+1]) {
				r.folded = append(r.folded, c)
				hash = (hash ^ uint64(c)) * hashPrime
				i++
				continue
			}
		case wide:
			next, size := utf8.DecodeRuneInString(text[i:])
			if next == '’' { // an apostrophe too
				if i += size; elided(r.folded[from:]) {
					goto done
				}
				continue
			}
			kept := len(r.folded)
			kind := r.foldRune(next)
			if kind == alone && kept > from || kind == space {
				r.folded = r.folded[:kept]
				if kind == space {
					i += size
					dash := next == '–' || next == '—' || next == '•'
					if len(r.folded) > from {
						r.push(lex, hash, from, begin, i-size, clause, newline)
					}
					*clause = *clause || dash
					return i
				}
				goto done
			}
			for _, b := range r.folded[kept:] {
				hash = (hash ^ uint64(b)) * hashPrime
			}
			i += size
			if kind == alone {
				goto done
			}
			continue
		}
		break
	}
done:
	if len(r.folded) > from {
		r.push(lex, hash, from, begin, i, clause, newline)
	}
	return i
}

// elided reports whether a word before an apostrophe is a French article or the
// like, and so a word of its own: l'équipe, d'information.
func elided(word []byte) bool {
	return len(word) == 1 && strings.IndexByte("cdjlmnst", word[0]) >= 0 || string(word) == "qu"
}

// sign reads a sign that stands for a word of its own.
func (r *reader) sign(lex *lexicon, word string, begin, end int, clause, newline *bool) int {
	from := len(r.folded)
	hash := uint64(hashSeed)
	for j := range len(word) {
		r.folded = append(r.folded, word[j])
		hash = (hash ^ uint64(word[j])) * hashPrime
	}
	r.push(lex, hash, from, begin, end, clause, newline)
	return end
}

func (r *reader) push(lex *lexicon, hash uint64, from, begin, end int, clause, newline *bool) {
	t := token{word: noWord, stem: noWord, start: int32(begin), end: int32(end), clause: *clause, line: *newline}
	*clause, *newline = false, false
	if lex == nil {
		r.bounds = append(r.bounds, int32(from))
	} else {
		t.also = int32(len(r.also))
		t.word, t.marks = lex.find(hash, r.folded[from:], &r.also)
		t.alsoEnd = int32(len(r.also))
		if lex.vocabulary != nil && t.marks&firstName == 0 {
			t.stem = lex.vocabulary.find(r.folded[from:])
		}
		r.folded = r.folded[:from]
	}
	r.tokens = append(r.tokens, t)
}

// dropLast takes back the last word: it was the name part of an address.
func (r *reader) dropLast(clause, newline *bool) {
	if n := len(r.tokens); n > 0 {
		t := r.tokens[n-1]
		*clause, *newline = t.clause, t.line
		r.tokens = r.tokens[:n-1]
		r.also = r.also[:t.also]
		if m := len(r.bounds); m > 0 {
			r.folded, r.bounds = r.folded[:r.bounds[m-1]], r.bounds[:m-1]
		}
	}
}

// How a rune past ASCII takes part in words.
const (
	inside = iota // a letter among others
	alone         // a word by itself: an emoji, a Chinese character
	space         // parts words
)

// foldRune appends r folded and says how it takes part in words.
func (r *reader) foldRune(c rune) int {
	switch {
	case c >= 0xC0 && c < 0xC0+rune(len(latin)):
		if s := latin[c-0xC0]; s != "" {
			r.folded = append(r.folded, s...)
			return inside
		}
		return space // × and ÷
	case c >= 0x300 && c < 0x370, c == 0x200D, c >= 0xFE00 && c <= 0xFE0F, c >= 0x1F3FB && c <= 0x1F3FF:
		return inside // combining accents, joiners, variants: nothing to add
	case c >= 0x2E80 && c < 0xA000, c >= 0xAC00 && c < 0xD7B0, c >= 0xF900 && c < 0xFB00:
		r.folded = utf8.AppendRune(r.folded, c)
		return alone
	case c < 0x2190 && !unicode.IsLetter(c) && !unicode.IsDigit(c):
		return space
	case unicode.IsLetter(c) || unicode.IsDigit(c):
		r.folded = utf8.AppendRune(r.folded, unicode.ToLower(c))
		return inside
	case c >= 0x2190 && unicode.IsSymbol(c):
		r.folded = utf8.AppendRune(r.folded, c)
		return alone
	}
	return space
}

// latin spells the letters from U+00C0 to U+017F without accents.
var latin = strings.Split(""+
	"a,a,a,a,a,a,ae,c,e,e,e,e,i,i,i,i,d,n,o,o,o,o,o,,o,u,u,u,u,y,th,ss,"+
	"a,a,a,a,a,a,ae,c,e,e,e,e,i,i,i,i,d,n,o,o,o,o,o,,o,u,u,u,u,y,th,y,"+
	"a,a,a,a,a,a,c,c,c,c,c,c,c,c,d,d,d,d,e,e,e,e,e,e,e,e,e,e,g,g,g,g,"+
	"g,g,g,g,h,h,h,h,i,i,i,i,i,i,i,i,i,i,ij,ij,j,j,k,k,k,l,l,l,l,l,l,l,"+
	"l,l,l,n,n,n,n,n,n,n,n,n,o,o,o,o,o,o,oe,oe,r,r,r,r,r,r,s,s,s,s,s,s,"+
	"s,s,t,t,t,t,t,t,u,u,u,u,u,u,u,u,u,u,u,u,w,w,y,y,y,z,z,z,z,z,z,s", ",")

func digit(c byte) bool { return c >= '0' && c <= '9' }

// endsLine reports whether a line break parts clauses: the next line is empty,
// an item of a list or a heading. Texts wrapped at some column do not part.
func endsLine(rest string) bool {
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			continue
		case c == '\n' || c == '-' || c == '*' || c == '#' || c == '+' || digit(c) || c == 0xE2: // • and its kin
			return true
		default:
			return c >= 'A' && c <= 'Z'
		}
	}
	return true
}

// address reports whether text begins with the address of a page.
func address(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "www.")
}

// markup returns the length of the HTML tag that text begins with, or 0.
func markup(text string) int {
	if len(text) < 3 || text[1] != '/' && byteClass[text[1]] != letter {
		return 0
	}
	n := strings.IndexByte(text[:min(len(text), 500)], '>')
	return n + 1
}

// breaks reports whether an HTML tag parts clauses: all but those that only
// change how words look.
func breaks(tag string) bool {
	name := strings.Trim(tag, "</>")
	if i := strings.IndexByte(name, ' '); i >= 0 {
		name = name[:i]
	}
	switch name {
	case "b", "i", "u", "a", "em", "strong", "span", "B", "I", "U", "A":
		return false
	}
	return true
}

// entity returns the length of the HTML entity that text begins with, or 0.
func entity(text string) int {
	for i := 1; i < min(len(text), 9); i++ {
		if text[i] == ';' && i > 2 {
			return i + 1
		}
		if byteClass[text[i]] != letter && text[i] != '#' {
			return 0
		}
	}
	return 0
}

// words folds a phrase of a rule file into its words. A star stands at the end
// or the beginning of a word for whatever may follow or precede: "retro*".
func words(phrase string) []string {
	var r reader
	r.read(nil, phrase)
	out := make([]string, len(r.tokens))
	for i, t := range r.tokens {
		end := len(r.folded)
		if i+1 < len(r.tokens) {
			end = int(r.bounds[i+1])
		}
		out[i] = string(r.folded[r.bounds[i]:end])
		if t.start > 0 && phrase[t.start-1] == '*' {
			out[i] = "*" + out[i]
		}
		if int(t.end) < len(phrase) && phrase[t.end] == '*' {
			out[i] += "*"
		}
	}
	return out
}

// loneStar reports whether a star of the phrase stands at neither end of a word.
func loneStar(phrase string) bool {
	for i := range len(phrase) {
		if phrase[i] != '*' {
			continue
		}
		before := i > 0 && phrase[i-1] > ' ' && phrase[i-1] != '*'
		after := i+1 < len(phrase) && phrase[i+1] > ' ' && phrase[i+1] != '*'
		if before == after {
			return true
		}
	}
	return false
}
