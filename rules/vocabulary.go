package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Opinion is what a term of the word list says: what it adds to each category's
// score, and to the log odds of a guard that no rule knows.
type Opinion [Categories + 1]float32

const (
	guardColumn = Categories // of an Opinion
	inTitles    = 0          // of an entry
	inBodies    = 1
)

// entry is what a term says in a title and in a description.
type entry [2]Opinion

// vocabulary is the word list as the engine uses it: words and pairs of them, by
// their stems. Words that no rule knows speak through it, faintly: each says
// little, and only their sum is evidence.
type vocabulary struct {
	slots   []slot // of stems, by their hash
	mask    uint64
	stems   []string
	single  []int32 // by stem: its entry + 1, 0 none
	pairs   []pairSlot
	entries []entry
	always  float32 // of a guard, before any word is read
}

type pairSlot struct {
	key   uint64
	entry int32 // + 1; 0 is an empty slot
}

// listed is a line of a word list.
type listed struct {
	part  string // "always", "title", "body"
	stems string
	says  Opinion
}

// parts of a word list.
const (
	partAlways = "always" // only the last number counts: categories have a prior
	partTitle  = "title"
	partBody   = "body"
)

// parseWords reads a word list: lines of part, words, and a number for each
// category and for the guard, with tabs between them; "." is 0. Empty lines and
// such as begin with # are passed over.
func parseWords(f File) ([]listed, FileErrors) {
	var all []listed
	var faults FileErrors
	number := 0
	for line := range strings.Lines(string(f.Data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		l, err := parseListed(line)
		if err != nil {
			faults = append(faults, &FileError{
				File: f.Name, Line: number, Column: 1, Message: err.Error(),
				Hint: "a line is: title or body, one or two words, seven numbers and one for the guard, with tabs between them",
			})
			continue
		}
		all = append(all, l)
	}
	return all, faults
}

func parseListed(line string) (l listed, err error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 2+len(l.says) {
		return l, fmt.Errorf("%d columns, not %d", len(fields), 2+len(l.says))
	}
	terms, _ := termsIn(fields[1])
	switch l.part = fields[0]; l.part {
	case partAlways:
	case partTitle, partBody:
		if len(terms) != 1 && len(terms) != 2 && len(terms) != 3 {
			return l, fmt.Errorf("%q is not one word or two", fields[1])
		}
		l.stems = terms[len(terms)-1].Stem // of two words, the pair comes last
	default:
		return l, fmt.Errorf("%q is neither title nor body", l.part)
	}
	for i, field := range fields[2:] {
		if field == "." {
			continue
		}
		x, err := strconv.ParseFloat(field, 32)
		if err != nil || math.IsNaN(x) || math.Abs(x) > 20 {
			return l, fmt.Errorf("%q is not a number from -20 to 20", field)
		}
		l.says[i] = float32(x)
	}
	return l, nil
}

// compileWords lays the lines out; of two for the same words in the same part
// the later holds. It returns nil where there are none.
func compileWords(lines []listed) *vocabulary {
	if len(lines) == 0 {
		return nil
	}
	v := &vocabulary{}
	numbers := map[string]int32{}
	stemOf := func(stem string) int32 {
		n, ok := numbers[stem]
		if !ok {
			n = int32(len(v.stems))
			numbers[stem] = n
			v.stems, v.single = append(v.stems, stem), append(v.single, 0)
		}
		return n
	}
	at := map[string]int32{}
	pairs := map[uint64]int32{}
	for _, l := range lines {
		if l.part == partAlways {
			v.always = l.says[guardColumn]
			continue
		}
		i, ok := at[l.stems]
		if !ok {
			i = int32(len(v.entries))
			at[l.stems] = i
			v.entries = append(v.entries, entry{})
			if a, b, two := strings.Cut(l.stems, " "); two {
				pairs[pairKey(stemOf(a), stemOf(b))] = i
			} else {
				v.single[stemOf(a)] = i + 1
			}
		}
		if l.part == partTitle {
			v.entries[i][inTitles] = l.says
		} else {
			v.entries[i][inBodies] = l.says
		}
	}
	v.slots = make([]slot, tableSize(len(v.stems)))
	v.mask = uint64(len(v.slots) - 1)
	for n, stem := range v.stems {
		hash := hashBytes([]byte(stem))
		i := hash & v.mask
		for v.slots[i].word != 0 {
			i = (i + 1) & v.mask
		}
		v.slots[i] = slot{hash, int32(n) + 1}
	}
	v.pairs = make([]pairSlot, tableSize(len(pairs)))
	for key, n := range pairs {
		i := v.pairAt(key)
		for v.pairs[i].entry != 0 {
			i = (i + 1) & (len(v.pairs) - 1)
		}
		v.pairs[i] = pairSlot{key, n + 1}
	}
	return v
}

// tableSize is a power of two that leaves a table of so many things half empty.
func tableSize(things int) int {
	size := 16
	for size < 4*things {
		size *= 2
	}
	return size
}

func hashBytes(word []byte) uint64 {
	hash := uint64(hashSeed)
	for _, b := range word {
		hash = (hash ^ uint64(b)) * hashPrime
	}
	return hash
}

func pairKey(a, b int32) uint64 { return uint64(a)<<32 | uint64(b) }

func (v *vocabulary) pairAt(key uint64) int {
	return int((key*0x9e3779b97f4a7c15)>>32) & (len(v.pairs) - 1)
}

// find returns the number of a folded word's stem, noWord where the list does
// not have it.
func (v *vocabulary) find(word []byte) int32 {
	if !speaking(word) {
		return noWord
	}
	word = word[:stem(word)]
	hash := hashBytes(word)
	for i := hash & v.mask; v.slots[i].word != 0; i = (i + 1) & v.mask {
		if v.slots[i].hash == hash && v.stems[v.slots[i].word-1] == string(word) {
			return v.slots[i].word - 1
		}
	}
	return noWord
}

// pair returns the entry of two stems in a row, noWord if there is none.
func (v *vocabulary) pair(a, b int32) int32 {
	key := pairKey(a, b)
	for i := v.pairAt(key); v.pairs[i].entry != 0; i = (i + 1) & (len(v.pairs) - 1) {
		if v.pairs[i].key == key {
			return v.pairs[i].entry - 1
		}
	}
	return noWord
}

// hearing is the space that listening works in.
type hearing struct {
	heard []uint32 // by entry and part: the round in which it last spoke
	round uint32
	sum   Opinion
}

// listen sums up what the words of a subject say, each term once for each part.
func (v *vocabulary) listen(h *hearing, tokens []token, title int) {
	h.sum = Opinion{guardColumn: v.always}
	if h.heard == nil {
		h.heard = make([]uint32, 2*len(v.entries))
	}
	h.round++
	loud := float32(bodyLoud(len(tokens) - title))
	v.each(tokens, title, func(e int32, part int, _, _ int32) {
		if at := 2*int(e) + part; h.heard[at] != h.round {
			h.heard[at] = h.round
			times := float32(1)
			if part == inBodies {
				times = loud
			}
			for c, x := range v.entries[e][part] {
				h.sum[c] += times * x
			}
		}
	})
}

// each calls f for every term found: its entry, where it stands, and its tokens
// [from, to).
func (v *vocabulary) each(tokens []token, title int, f func(entry int32, part int, from, to int32)) {
	last := int32(noWord)
	for i := range tokens {
		t := &tokens[i]
		part := inTitles
		if i >= title {
			part = inBodies
		}
		if t.stem != noWord {
			if e := v.single[t.stem]; e != 0 {
				f(e-1, part, int32(i), int32(i)+1)
			}
			if last != noWord && !t.clause && i != title {
				if e := v.pair(last, t.stem); e != noWord {
					f(e, part, int32(i)-1, int32(i)+1)
				}
			}
		}
		last = t.stem
	}
}

// strongest finds the term that says most for a category: the tokens [from, to).
func (v *vocabulary) strongest(tokens []token, title int, c Category) (from, to int32) {
	best := float32(0)
	loud := float32(bodyLoud(len(tokens) - title))
	v.each(tokens, title, func(e int32, part int, f, t int32) {
		says := v.entries[e][part][c]
		if part == inBodies {
			says *= loud
		}
		if says > best {
			best, from, to = says, f, t
		}
	})
	return from, to
}
