package rules

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Terms are what the word list can know of a subject: each word and each two
// adjacent words of a text, by their stems, every one once.
type Terms struct {
	Title, Body []Term
	BodyLoud    float64 // what a term of the description counts, beside 1 in the title
}

// Term is a word, or two words with a space between them.
type Term struct {
	Stem string
	Form string // as the text has it, folded
}

// TermsOf takes a subject apart as judging does.
func TermsOf(s Subject) Terms {
	body, length := termsIn(readable(s.Body))
	title, _ := termsIn(s.Title)
	return Terms{Title: title, Body: body, BodyLoud: bodyLoud(length)}
}

// readable is the part of a description that is read.
func readable(body string) string { return body[:min(len(body), bodyLimit)] }

// termsIn returns the terms of a text and how many words it has.
func termsIn(text string) (terms []Term, length int) {
	var r reader
	r.read(nil, text)
	r.bounds = append(r.bounds, int32(len(r.folded)))
	seen := map[string]bool{}
	add := func(t Term) {
		if !seen[t.Stem] {
			seen[t.Stem] = true
			terms = append(terms, t)
		}
	}
	var last Term
	for i, t := range r.tokens {
		word := r.folded[r.bounds[i]:r.bounds[i+1]]
		if !speaking(word) || namesOfPeople()[string(word)] {
			last = Term{}
			continue
		}
		this := Term{string(word[:stem(word)]), string(word)}
		add(this)
		if last.Stem != "" && !t.clause {
			add(Term{last.Stem + " " + this.Stem, last.Form + " " + this.Form})
		}
		last = this
	}
	return terms, len(r.tokens)
}

// namesOfPeople are the common first names, which say nothing of a meeting.
var namesOfPeople = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(firstNames) {
		names[name] = true
	}
	return names
})

// speaking reports whether a word can be in the list: numbers and single
// letters cannot.
func speaking(word []byte) bool {
	return !digit(word[0]) && len(word) > 1 || string(word) == "1:1"
}

const loudWords = 12 // words of a description from which each counts less

// bodyLoud is what each term of a description of so many words counts.
func bodyLoud(length int) float64 {
	return math.Sqrt(loudWords / float64(max(length, loudWords)))
}

// stem returns how much of a folded word is left without the endings of
// English: "plans", "planned" and "planning" are the same term.
func stem(word []byte) int {
	n := len(word)
	ends := func(suffix string, least int) bool {
		return n >= least+len(suffix) && string(word[n-len(suffix):n]) == suffix
	}
	switch {
	case n < 4 || slices.Contains(keptWhole, string(word)):
		return n
	case ends("ies", 3):
		n -= 3
	case ends("ing", 3):
		n = single(word, n-3)
	case ends("ed", 3):
		n = single(word, n-2)
	case ends("es", 3):
		n -= 2
	case ends("s", 3) && word[n-2] != 's' && word[n-2] != 'u' && word[n-2] != 'i':
		n--
	}
	if n > 3 && (word[n-1] == 'e' || word[n-1] == 'y') {
		n--
	}
	return n
}

// keptWhole are words whose endings are none.
var keptWhole = []string{"news", "meeting", "meetings", "during", "need", "business"}

// single takes one of two equal consonants from the end: "plann" is "plan".
func single(word []byte, n int) int {
	if n > 3 && word[n-1] == word[n-2] && word[n-1] != 'l' && word[n-1] != 's' && word[n-1] != 'e' && word[n-1] != 'o' {
		return n - 1
	}
	return n
}
