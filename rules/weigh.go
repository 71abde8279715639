package rules

import (
	"math"
	"slices"
)

// scratch is the space one judgement works in.
type scratch struct {
	reader    reader
	finds     []find  // by rule
	touched   []int32 // rules with anything in finds
	spoken    []int32 // rules that spoke
	hits      []hit   // phrases found
	loud      []hit   // those of them that are in a language of the words
	masks     []hit   // phrases that hide others
	leads     []span  // tokens that tell the purpose
	aways     []span  // tokens that tell what the meeting is not
	title     int     // tokens of the title; those of the description follow
	hearing   hearing
	foreign   uint8 // parts in another language than the first: a set of inTitle, inBody
	guards    []float64
	forbidden bool
	listed    span // the words of the title that are listed under [never], in bytes
	facts     facts
}

// hit is a phrase found: tokens [from, to).
type hit struct {
	rule     int32
	from, to int32
}

type span struct{ from, to int32 }

// find is what was found of one rule.
type find struct {
	touched  bool
	title    bool  // a phrase in the title
	lead     bool  // a phrase where the description tells its purpose
	body     int32 // phrases in the description
	beside   bool  // a phrase that the rule needs
	silent   uint8 // where a phrase silences it: inTitle, inBody
	where    uint8 // where the words below stand: inTitle, inBody, 0 nowhere
	start    int32 // the words that matter most, in bytes
	end      int32
	from, to int32 // the tokens of the last find in the title
	strength float64
}

// phrase is the words that the rule found, as the subject has them.
func (f *find) phrase(s *Subject) string {
	switch f.where {
	case inTitle:
		return s.Title[f.start:f.end]
	case inBody:
		return s.Body[f.start:f.end]
	}
	return ""
}

const (
	bodyLimit  = 8 << 10 // bytes of a description that are read: what comes later says little
	leadWords  = 25      // words at the beginning of a description that tell its purpose
	denyWindow = 3       // words that a negation reaches
	modifier   = 0.45    // what "retro" counts in "retro planning"
	beside     = 0.5     // what "meeting" counts in "board meeting"
	strongest  = 1.1     // what finds in a description count at most
	shortGain  = 1.3     // the most that a find in a short description gains
	retreat    = 3       // evidence in the description that halves what a generic title says
)

func (e *Engine) borrow() *scratch {
	if w, ok := e.scratch.Get().(*scratch); ok {
		return w
	}
	return &scratch{finds: make([]find, len(e.rules)), guards: make([]float64, len(e.guards))}
}

// weigh finds out which rules speak of s, and how strongly.
func (e *Engine) weigh(w *scratch, s *Subject) {
	for _, i := range w.touched {
		w.finds[i] = find{}
	}
	w.touched, w.spoken = w.touched[:0], w.spoken[:0]
	w.hits, w.masks, w.leads, w.aways = w.hits[:0], w.masks[:0], w.leads[:0], w.aways[:0]
	clear(w.guards)
	w.forbidden = false

	r := &w.reader
	r.reset()
	r.read(e.lexicon, s.Title)
	title := len(r.tokens)
	w.title = title
	body := readable(s.Body)
	r.read(e.lexicon, body)
	if title < len(r.tokens) {
		r.tokens[title].clause, r.tokens[title].line = true, true
		w.leads = append(w.leads, span{int32(title), int32(min(title+leadWords, len(r.tokens)))})
	}
	for i := range r.tokens {
		e.findFrom(w, i, title, body)
	}
	e.hush(w, title)
	e.count(w, title)
	w.facts.note(s, r.tokens, title)
	e.strengthen(w, len(r.tokens)-title)
	e.listen(w)
}

const outspoken = 4 // evidence of rules that halves what the word list says

// Faintness is what words count beside rules that say so much for one category:
// words are there for what rules do not know.
func Faintness(said float64) float64 { return 1 / (1 + max(said, 0)/outspoken) }

// listen lets the word list speak through its rules: how much more it says for
// their category than for all on average.
func (e *Engine) listen(w *scratch) {
	v := e.lexicon.vocabulary
	if v == nil {
		return
	}
	tokens := w.reader.tokens
	mute := w.foreign // the list is in the first language
	if w.facts.title != anyTitle {
		mute |= inTitle // "weekly sync" says nothing beside the names of two people
	}
	for i := range tokens {
		if mute&inTitle != 0 && i < w.title || mute&inBody != 0 && i >= w.title {
			tokens[i].stem = noWord
		}
	}
	v.listen(&w.hearing, tokens, w.title)
	mean := 0.0
	for _, x := range w.hearing.sum[:Categories] {
		mean += float64(x) / Categories
	}
	var said [Categories]float64
	for _, i := range w.spoken {
		if r := &e.rules[i]; r.category != none {
			said[r.category] += r.weight * w.finds[i].strength
		}
	}
	quiet := Faintness(slices.Max(said[:]))
	for _, i := range e.listening {
		if strength := quiet * (float64(w.hearing.sum[e.rules[i].category]) - mean); strength != 0 {
			w.touch(i).strength = strength
			w.spoken = append(w.spoken, i)
		}
	}
}

// findFrom finds the phrases that begin with token i.
func (e *Engine) findFrom(w *scratch, i, title int, body string) {
	t := &w.reader.tokens[i]
	if t.word >= 0 && int(t.word) < len(e.phrases.root) {
		e.follow(w, e.phrases.root[t.word], i, i+1, title, body)
	}
	for _, word := range w.reader.also[t.also:t.alsoEnd] {
		if int(word) < len(e.phrases.root) {
			e.follow(w, e.phrases.root[word], i, i+1, title, body)
		}
	}
}

// follow walks the tree of phrases along the tokens.
func (e *Engine) follow(w *scratch, at int32, from, to, title int, body string) {
	if at == 0 {
		return
	}
	n := &e.phrases.nodes[at]
	part := uint8(inBody)
	if from < title {
		part = inTitle
	}
	for _, u := range n.ends {
		if u.part&part != 0 {
			e.take(w, u, from, to, title, body)
		}
	}
	if len(n.edges) == 0 || to == len(w.reader.tokens) {
		return
	}
	next := &w.reader.tokens[to]
	if next.clause {
		return
	}
	if next.word >= 0 {
		e.follow(w, n.after(next.word), from, to+1, title, body)
	} else if next.marks&figure != 0 { // "sprint 14 review" is a sprint review
		e.skip(w, n, from, to+1, title, body)
	}
	for _, word := range w.reader.also[next.also:next.alsoEnd] {
		e.follow(w, n.after(word), from, to+1, title, body)
	}
}

// skip goes on behind a number that no phrase knows.
func (e *Engine) skip(w *scratch, n *node, from, to, title int, body string) {
	if to == len(w.reader.tokens) {
		return
	}
	if next := &w.reader.tokens[to]; !next.clause && next.word >= 0 {
		e.follow(w, n.after(next.word), from, to+1, title, body)
	}
}

// take notes a phrase for what it is used for.
func (e *Engine) take(w *scratch, u use, from, to, title int, body string) {
	switch u.kind {
	case speaks:
		w.hits = append(w.hits, hit{u.rule, int32(from), int32(to)})
	case hides, plainly:
		w.masks = append(w.masks, hit{u.rule, int32(from), int32(to)})
	case besides:
		w.touch(u.rule).beside = true
	case silences:
		if from < title {
			w.touch(u.rule).silent |= inTitle
		} else {
			w.touch(u.rule).silent |= inBody
		}
	case headsLead:
		w.leads = append(w.leads, span{int32(to), int32(min(to+leadWords, len(w.reader.tokens)))})
	case headsAway:
		if w.reader.tokens[from].line {
			w.aways = append(w.aways, span{int32(to), int32(w.sectionEnd(to, body))})
		}
	case forbids:
		w.forbidden, w.listed = true, span{w.reader.tokens[from].start, w.reader.tokens[to-1].end}
	}
}

func (w *scratch) touch(rule int32) *find {
	f := &w.finds[rule]
	if !f.touched {
		f.touched = true
		w.touched = append(w.touched, rule)
	}
	return f
}

// sectionEnd returns the token at which the section ends whose heading ends
// before token i: at the first empty line after some of its text.
func (w *scratch) sectionEnd(i int, body string) int {
	tokens := w.reader.tokens
	for j := i + 1; j < len(tokens); j++ {
		if tokens[j].line && emptyLine(body[tokens[j-1].end:tokens[j].start]) {
			return j
		}
	}
	return len(tokens)
}

func emptyLine(between string) bool {
	breaks := 0
	for i := range len(between) {
		switch between[i] {
		case '\n':
			breaks++
		case ' ', '\t', '\r':
		default:
			if breaks < 2 {
				breaks = 0
			}
		}
		if breaks == 2 {
			return true
		}
	}
	return false
}

// count sums up what was found of each rule, without what is hidden or denied.
func (e *Engine) count(w *scratch, title int) {
	for _, h := range w.hits {
		r := &e.rules[h.rule]
		if r.masked && w.covered(h) || w.denied(h) || within(w.aways, h.from) ||
			int(h.from) < title && r.guard == none && e.contained(w, h) {
			continue
		}
		f := w.touch(h.rule)
		first := &w.reader.tokens[h.from]
		last := &w.reader.tokens[h.to-1]
		if int(h.from) < title {
			switch {
			case !f.title:
				f.title, f.where, f.start, f.end = true, inTitle, first.start, last.end
			case h.from == f.to: // "daily" and "standup" are one find
				f.end = last.end
			}
			if h.to > f.to {
				f.from, f.to = h.from, h.to
			}
			continue
		}
		lead := within(w.leads, h.from)
		if f.where == 0 || f.where == inBody && lead && !f.lead {
			f.where, f.start, f.end = inBody, first.start, last.end
		}
		f.body++
		f.lead = f.lead || lead
	}
}

// covered reports whether a phrase of the rule's "unless" lies over h.
func (w *scratch) covered(h hit) bool {
	for _, m := range w.masks {
		if m.rule == h.rule && m.from <= h.from && h.to <= m.to {
			return true
		}
	}
	return false
}

// contained reports whether h is a part of a longer phrase that speaks for
// another category: "architecture review" in "architecture review board".
func (e *Engine) contained(w *scratch, h hit) bool {
	for _, o := range w.hits {
		if o.from <= h.from && h.to <= o.to && o.to-o.from > h.to-h.from &&
			e.rules[o.rule].category != none && e.rules[o.rule].category != e.rules[h.rule].category &&
			!(e.rules[o.rule].masked && w.covered(o)) {
			return true
		}
	}
	return false
}

// denied reports whether a negation stands shortly before h in its clause.
func (w *scratch) denied(h hit) bool {
	for i := h.from; i > 0 && i > h.from-denyWindow; i-- {
		if w.reader.tokens[i].clause {
			return false
		}
		if w.reader.tokens[i-1].marks&negates != 0 && !w.covered(hit{noRule, i - 1, i}) {
			return true
		}
	}
	return false
}

const noRule = -1

func within(spans []span, token int32) bool {
	for _, s := range spans {
		if s.from <= token && token < s.to {
			return true
		}
	}
	return false
}

// strengthen turns finds and structure into strengths. The first find counts
// most; a long description has to say a thing more often.
func (e *Engine) strengthen(w *scratch, bodyWords int) {
	length := min(shortGain, math.Sqrt(e.scale.length/float64(max(bodyWords, 1))))
	generic, specific := e.settle(w)
	said := 0.0 // by the description
	for _, i := range w.touched {
		r, f := &e.rules[i], &w.finds[i]
		if r.generic && i != generic {
			f.title = false
		}
		if !f.title && f.body == 0 {
			continue
		}
		if f.body > 0 {
			f.strength = e.scale.body
			if f.lead {
				f.strength = e.scale.lead
			}
			f.strength = min(strongest, length*f.strength*(1+math.Log2(float64(f.body))/2))
			if r.category != none {
				said += math.Abs(r.weight) * f.strength
			}
		}
		if f.title {
			f.strength = 1 + f.strength/4
			if r.category != none && e.modifies(w, i) {
				f.strength *= modifier
			}
		}
		w.spoken = append(w.spoken, i)
	}
	if generic != noRule {
		f := &w.finds[generic]
		if f.strength /= 1 + said/retreat; specific {
			f.strength *= beside
		}
	}
	for _, i := range e.structural {
		r := &e.rules[i]
		f := &w.finds[i]
		if (!r.beside || f.beside) && f.silent == 0 && r.when.holds(&w.facts) {
			w.touch(i).strength = 1
			w.spoken = append(w.spoken, i)
		}
	}
}

// settle takes out finds whose rule asks for more than its phrases. It returns
// the one generic rule that may speak of the title, the weightiest, and whether
// another rule says something more specific there.
func (e *Engine) settle(w *scratch) (generic int32, specific bool) {
	generic = noRule
	for _, i := range w.touched {
		r, f := &e.rules[i], &w.finds[i]
		if r.beside && !f.beside || !r.when.holds(&w.facts) {
			f.title, f.body = false, 0
		}
		if f.silent&inTitle != 0 {
			f.title = false
		}
		if f.silent&inBody != 0 {
			f.body = 0
		}
		switch {
		case !f.title || r.category == none:
		case !r.generic:
			specific = specific || r.weight > 0
		case generic == noRule || r.weight > e.rules[generic].weight || r.weight == e.rules[generic].weight && i < generic:
			generic = i
		}
	}
	return generic, specific
}

// modifies reports whether the title words of rule i only tell more of what
// another rule finds: "retro planning" and "planning of the retro" are
// plannings. The former is so in English; other languages put the main thing
// first, or into one word.
func (e *Engine) modifies(w *scratch, i int32) bool {
	this := &w.finds[i]
	for _, h := range w.hits {
		r, f := &e.rules[h.rule], &w.finds[h.rule]
		if h.rule == i || r.category == none || r.generic || r.category == e.rules[i].category ||
			!f.title || h.to != f.to {
			continue
		}
		if this.from < h.from && h.from < this.to && this.to < h.to || // "security review board"
			this.to <= h.from && w.between(this.to, h.from) == joined && r.language == 0 && e.rules[i].language == 0 ||
			f.to <= this.from && w.between(f.to, this.from) == turned {
			return true
		}
	}
	return false
}

// How two finds in a title stand to each other.
const (
	joined = iota // "retro planning"
	turned        // "planning of the retro"
	apart         // "retro and planning", "retro: planning"
)

// between says how the words before token a stand to those from token b on.
func (w *scratch) between(a, b int32) int {
	how := joined
	for k := a; k <= b; k++ {
		t := &w.reader.tokens[k]
		switch {
		case t.clause || k < b && t.marks&links != 0:
			return apart
		case k < b && t.marks&turns != 0:
			how = turned
		}
	}
	return how
}
