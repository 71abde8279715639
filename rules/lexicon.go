package rules

import "slices"

const (
	noWord    = -1
	hashSeed  = 0xcbf29ce484222325 // FNV-1a
	hashPrime = 0x100000001b3
)

// marks say what a word does besides being part of phrases.
type marks uint32

const (
	negates   marks = 1 << iota // "not", "without": what follows is denied
	firstName                   // "Anna"
	links                       // "and", "<>", "with": between two names
	fills                       // "weekly", "sync": may stand beside names
	turns                       // "of", "for": what stands left of them is the main thing
	figure                      // begins with a digit
	language                    // the first of the languages whose common words are known; the others follow
)

const maxLanguages = 16

// lexicon numbers the words that phrases are made of. Looking one up costs one
// probe of a table by a hash that reading the word computes anyway.
type lexicon struct {
	slots    []slot
	mask     uint64
	list     []string
	marks    []marks
	tongues  []marks   // by word: the languages that know it
	wild     [][]int32 // by word: the wildcards it fits
	prefixes affixes
	suffixes affixes

	vocabulary *vocabulary // the word list; nil if there is none
}

type slot struct {
	hash uint64
	word int32 // number + 1; 0 is an empty slot
}

// lexiconBuilder collects words before the table is laid out.
type lexiconBuilder struct {
	numbers map[string]int32
	list    []string
	marks   []marks
	tongues []marks
}

// number returns the number of a folded word or wildcard, new or known.
func (b *lexiconBuilder) number(word string) int32 {
	if n, ok := b.numbers[word]; ok {
		return n
	}
	if b.numbers == nil {
		b.numbers = map[string]int32{}
	}
	n := int32(len(b.list))
	b.numbers[word], b.list, b.marks = n, append(b.list, word), append(b.marks, 0)
	b.tongues = append(b.tongues, 0)
	return n
}

// mark notes what word does.
func (b *lexiconBuilder) mark(word string, m marks) { b.marks[b.number(word)] |= m }

// know notes that the words of phrases belong to a language.
func (b *lexiconBuilder) know(phrases []string, tongue marks) {
	for _, phrase := range phrases {
		for _, word := range words(phrase) {
			b.tongues[b.number(word)] |= tongue
		}
	}
}

// build lays the table out.
func (b *lexiconBuilder) build() *lexicon {
	size := 16
	for size < 4*len(b.list) {
		size *= 2
	}
	l := &lexicon{
		slots: make([]slot, size), mask: uint64(size - 1),
		list: b.list, marks: b.marks, tongues: b.tongues, wild: make([][]int32, len(b.list)),
	}
	for n, word := range b.list {
		switch {
		case word[0] == '*':
			l.suffixes.add(word[1:], int32(n), true)
		case word[len(word)-1] == '*':
			l.prefixes.add(word[:len(word)-1], int32(n), false)
		default:
			hash := hashBytes([]byte(word))
			i := hash & l.mask
			for l.slots[i].word != 0 {
				i = (i + 1) & l.mask
			}
			l.slots[i] = slot{hash, int32(n) + 1}
		}
	}
	for n, word := range b.list {
		if word[0] != '*' && word[len(word)-1] != '*' {
			l.fit([]byte(word), &l.wild[n])
		}
	}
	return l
}

// find returns the number and marks of a folded word whose hash is given, and
// appends the wildcards it fits. A word that no phrase has is taken for its
// singular or plural, if a phrase has that.
func (l *lexicon) find(hash uint64, word []byte, also *[]int32) (int32, marks) {
	if n := l.exactly(hash, word, ""); n != noWord {
		*also = append(*also, l.wild[n]...)
		return n, l.marks[n]
	}
	l.fit(word, also)
	if digit(word[0]) {
		return noWord, figure
	}
	if n := l.otherNumber(word); n != noWord && l.marks[n]&(negates|firstName) == 0 {
		return n, l.marks[n]
	}
	return noWord, 0
}

// exactly returns the number of a word and an ending, whose hash is given.
func (l *lexicon) exactly(hash uint64, word []byte, ending string) int32 {
	for i := hash & l.mask; l.slots[i].word != 0; i = (i + 1) & l.mask {
		if l.slots[i].hash != hash {
			continue
		}
		n := l.slots[i].word - 1
		if known := l.list[n]; len(known) == len(word)+len(ending) && known[:len(word)] == string(word) && known[len(word):] == ending {
			return n
		}
	}
	return noWord
}

const leastNumbered = 4 // letters of a singular: shorter words are too often something else

// otherNumber returns the word whose English plural or singular word is.
func (l *lexicon) otherNumber(word []byte) int32 {
	n := len(word)
	if n < leastNumbered {
		return noWord
	}
	switch {
	case word[n-1] == 'y':
		return l.spelled(word[:n-1], "ies")
	case word[n-1] != 's':
		return l.spelled(word, "s")
	case n == leastNumbered || word[n-2] == 's':
		return noWord
	}
	if singular := l.spelled(word[:n-1], ""); singular != noWord || word[n-2] != 'e' || n < leastNumbered+2 {
		return singular
	}
	if word[n-3] == 'i' {
		return l.spelled(word[:n-3], "y")
	}
	return l.spelled(word[:n-2], "")
}

// spelled returns the number of a word and an ending.
func (l *lexicon) spelled(word []byte, ending string) int32 {
	hash := hashBytes(word)
	for i := range len(ending) {
		hash = (hash ^ uint64(ending[i])) * hashPrime
	}
	return l.exactly(hash, word, ending)
}

// knownIn returns the languages that know a word, which may fit wildcards.
func (l *lexicon) knownIn(t *token, also []int32) (tongues marks) {
	if t.word >= 0 {
		tongues = l.tongues[t.word]
	}
	for _, wild := range also[t.also:t.alsoEnd] {
		tongues |= l.tongues[wild]
	}
	return tongues
}

// fit appends the wildcards that word fits.
func (l *lexicon) fit(word []byte, also *[]int32) {
	l.prefixes.fit(word, false, also)
	l.suffixes.fit(word, true, also)
}

// affixes is a tree of beginnings, or of endings read backwards.
type affixes struct {
	nodes []affix
}

type affix struct {
	next [256]int16 // 0 is none: the root is nobody's child
	word int32      // number + 1 of the wildcard that ends here
}

func (a *affixes) add(text string, number int32, backwards bool) {
	if len(a.nodes) == 0 {
		a.nodes = append(a.nodes, affix{})
	}
	bytes := []byte(text)
	if backwards {
		slices.Reverse(bytes)
	}
	at := int16(0)
	for _, c := range bytes {
		next := a.nodes[at].next[c]
		if next == 0 {
			next = int16(len(a.nodes))
			a.nodes = append(a.nodes, affix{})
			a.nodes[at].next[c] = next
		}
		at = next
	}
	a.nodes[at].word = number + 1
}

func (a *affixes) fit(word []byte, backwards bool, also *[]int32) {
	if len(a.nodes) == 0 {
		return
	}
	at := int16(0)
	for i := range word {
		c := word[i]
		if backwards {
			c = word[len(word)-1-i]
		}
		if at = a.nodes[at].next[c]; at == 0 {
			return
		}
		if n := a.nodes[at].word; n != 0 {
			*also = append(*also, n-1)
		}
	}
}

// trie finds phrases in a run of tokens.
type trie struct {
	root  []int32 // by word: the node after it, 0 none
	nodes []node
}

type node struct {
	edges []edge
	ends  []use // what phrases that end here are used for
}

type edge struct {
	word int32
	node int32
}

func (t *trie) add(phrase []int32, u use) {
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, node{})
	}
	for int(phrase[0]) >= len(t.root) {
		t.root = append(t.root, 0)
	}
	at := t.root[phrase[0]]
	if at == 0 {
		at = t.grow()
		t.root[phrase[0]] = at
	}
	for _, word := range phrase[1:] {
		next := t.nodes[at].after(word)
		if next == 0 {
			next = t.grow()
			t.nodes[at].edges = append(t.nodes[at].edges, edge{word, next})
		}
		at = next
	}
	t.nodes[at].ends = append(t.nodes[at].ends, u)
}

func (t *trie) grow() int32 {
	t.nodes = append(t.nodes, node{})
	return int32(len(t.nodes) - 1)
}

func (n *node) after(word int32) int32 {
	for _, e := range n.edges {
		if e.word == word {
			return e.node
		}
	}
	return 0
}
