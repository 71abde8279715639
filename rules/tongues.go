package rules

import (
	"math/bits"
	"slices"
)

const plainWords = 4 // common words of a language that make a text plainly its own

// hush takes out finds of rules in languages that the words are not in, and of
// two languages that find the same the weaker one.
func (e *Engine) hush(w *scratch, title int) {
	w.foreign = 0
	if !slices.ContainsFunc(w.hits, func(h hit) bool { return e.rules[h.rule].language != 0 }) {
		return
	}
	titleTongue, bodyTongue := e.tongues(w, title)
	if titleTongue != 0 && titleTongue&language == 0 {
		w.foreign |= inTitle
	}
	if bodyTongue != 0 && bodyTongue&language == 0 {
		w.foreign |= inBody
	}
	w.loud = w.loud[:0]
	foreign := false
	for _, h := range w.hits {
		tongue := bodyTongue
		if int(h.from) < title {
			tongue = titleTongue
		}
		if l := e.rules[h.rule].language; l == 0 || l&tongue != 0 {
			w.loud = append(w.loud, h)
			foreign = foreign || l != 0
		}
	}
	w.hits = w.hits[:0]
	for _, h := range w.loud {
		if !foreign || !e.doubled(w, h) {
			w.hits = append(w.hits, h)
		}
	}
}

// tongues are the languages beside the first that the title and the description
// may be in: those that know the most of its words that the first language
// lacks, and for a description with enough common words, theirs.
func (e *Engine) tongues(w *scratch, title int) (inTitle, inBody marks) {
	var own, common [maxLanguages]int
	for i := range w.reader.tokens {
		t := &w.reader.tokens[i]
		if i == title {
			inTitle = most(own[:])
		}
		if t.marks >= language {
			tally(&common, t.marks)
		}
		known := e.lexicon.knownIn(t, w.reader.also)
		if known&language == 0 {
			tally(&own, known)
		}
	}
	plain := slices.Max(common[:])
	if plain < plainWords {
		all := most(own[:])
		if inTitle == 0 {
			inTitle = all
		}
		return inTitle, all
	}
	for l, n := range common {
		if 2*n >= plain {
			inBody |= language << l
		}
	}
	if inTitle == 0 {
		inTitle = inBody
	}
	return inTitle, inBody
}

// tally counts a word for each of the languages.
func tally(counts *[maxLanguages]int, tongues marks) {
	for rest := uint32(tongues / language); rest != 0; rest &= rest - 1 {
		counts[bits.TrailingZeros32(rest)]++
	}
}

// most are the languages that were counted most often, if any was.
func most(counts []int) (tongues marks) {
	highest := slices.Max(counts)
	for l, n := range counts {
		if n > 0 && n == highest {
			tongues |= language << l
		}
	}
	return tongues
}

// doubled reports whether a rule of another language finds the words of h too
// and says the same louder: a word that languages share counts once.
func (e *Engine) doubled(w *scratch, h hit) bool {
	r := &e.rules[h.rule]
	for _, o := range w.loud {
		q := &e.rules[o.rule]
		if q.language == r.language || q.category != r.category || r.category == none && q.guard != r.guard ||
			o.to <= h.from || h.to <= o.from || q.masked && w.covered(o) {
			continue
		}
		if q.weight > r.weight || q.weight == r.weight && o.rule < h.rule {
			return true
		}
	}
	return false
}
