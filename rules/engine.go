package rules

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Engine judges meetings by the rules it was loaded with. Once it knows the Groups of
// the organization, it does not change: any number of goroutines may use one.
type Engine struct {
	rules  []rule
	byName map[string]int
	prior  [Categories]float64
	scale  scale
	never  never
	groups groups // who is in which, as Groups was told
	hash   string
	guards []string // the names of all guards; rule.guard points here

	lexicon    *lexicon
	phrases    trie
	structural []int32 // rules without phrases
	listening  []int32 // rules that the word list speaks through
	languages  []string
	tests      []test
	scratch    sync.Pool // *scratch
}

// scale says how evidence is weighed against evidence.
type scale struct {
	temperature float64 // scores are divided by it: above 1 is less confident
	threshold   float64 // the probability from which a verdict is sure
	body        float64 // what the first find in the description counts, beside 1 in the title
	lead        float64 // the same where the description begins, and after "Purpose:"
	length      float64 // descriptions of more words than this count less for each find
	task        float64 // evidence from which a task counts as found
}

// rule is a rule as the engine uses it.
type rule struct {
	name     string
	category Category // none for a rule that only guards
	guard    int      // in Engine.guards; none for a rule that only weighs
	weight   float64
	guarding float64 // what it adds to its guard, which is raised from 1 on
	why      string
	form     string // the async form that fits what it speaks of, "" none
	when     when
	language marks // of the language it speaks; 0 for all
	phrases  bool
	generic  bool // says little, and less where another rule finds words in the title
	words    bool // the word list speaks through it
	masked   bool // has phrases that hide finds inside them
	beside   bool // needs another phrase
	without  bool // is silenced by another phrase
	doc      ruleDoc
	place    string // file:line
}

// wordListSuffix is how the names of word lists end; all other files are TOML.
const wordListSuffix = ".tsv"

const none = -1

// What a phrase is used for.
const (
	speaks    = iota // its rule speaks
	hides            // a find inside it does not count for its rule
	besides          // its rule needs it
	silences         // its rule must not speak beside it in the same text
	headsLead        // a heading: what follows is what the meeting is for
	headsAway        // a heading: what follows is what the meeting is not for
	plainly          // words that look like a negation and are none
	forbids          // the organization never wants such titles suggested
)

// use says what a phrase is for, and where it must stand.
type use struct {
	rule int32
	kind uint8
	part uint8 // a set of inTitle, inBody
}

const (
	inTitle = 1 << iota
	inBody
)

// Activation is how strongly one rule speaks of a subject: what its weight is
// multiplied with.
type Activation struct {
	Rule     int // index into Engine.Rules
	Strength float64
}

// Judge says what kind of meeting s is. It is pure: the same subject gets the
// same verdict.
func (e *Engine) Judge(s Subject) Verdict {
	w := e.borrow()
	defer e.scratch.Put(w)
	e.weigh(w, &s)

	v := Verdict{Evidence: make([]Evidence, 0, len(w.spoken))}
	scores := e.prior
	var found, heard [Categories]float64
	for _, i := range w.spoken {
		r, f := &e.rules[i], &w.finds[i]
		if r.category != none {
			scores[r.category] += r.weight * f.strength
			if r.words {
				heard[r.category] += r.weight * f.strength
			} else {
				found[r.category] += r.weight * f.strength
			}
		}
		if r.guard != none {
			w.guards[r.guard] += r.guarding
		}
	}
	for g, sum := range w.guards {
		if sum > 1-1e-9 {
			v.Guards = append(v.Guards, e.guards[g])
		}
	}
	if e.never.forbids(&s, w.forbidden) {
		v.Guards = append(v.Guards, GuardNever)
	}
	v.Probabilities = softmax(scores, e.scale.temperature)
	v.Category = top(v.Probabilities)
	v.Tasks = e.tasks(v.Category, found)
	if e.lexicon.vocabulary != nil {
		v.Guarded = 1 / (1 + math.Exp(-float64(w.hearing.sum[guardColumn])))
	}
	spoken := found[v.Category] > 0 || heard[v.Category] >= plainSum // unknown words are no evidence
	v.Sure = v.Confidence() >= e.scale.threshold && spoken
	slices.SortStableFunc(w.spoken, func(a, b int32) int { return cmp.Compare(e.rank(w, b), e.rank(w, a)) })
	for _, i := range w.spoken {
		r, f := &e.rules[i], &w.finds[i]
		if r.category == none && w.guards[r.guard] <= 1-1e-9 {
			continue // a hint of a guard that nothing else supports
		}
		if r.words {
			if r.weight*f.strength < plainSum {
				continue // what they say against a category goes without saying
			}
			e.point(w, i)
		}
		evidence := Evidence{Rule: r.name, Why: r.why, Phrase: f.phrase(&s)}
		if r.category != none {
			evidence.Weight = r.weight * f.strength
		}
		v.Evidence = append(v.Evidence, evidence)
	}
	return v
}

// plainSum is the weight from which the word list speaks for a category.
const plainSum = 0.3

// point notes which words of the list speak loudest through rule i.
func (e *Engine) point(w *scratch, i int32) {
	tokens := w.reader.tokens
	from, to := e.lexicon.vocabulary.strongest(tokens, w.title, e.rules[i].category)
	if from == to {
		return
	}
	f := &w.finds[i]
	f.where, f.start, f.end = inBody, tokens[from].start, tokens[to-1].end
	if int(from) < w.title {
		f.where = inTitle
	}
}

// rank orders evidence: guards first, for they settle it, then by weight, and
// the word list last.
func (e *Engine) rank(w *scratch, i int32) float64 {
	if e.rules[i].category == none {
		return math.Inf(1)
	}
	weight := math.Abs(e.rules[i].weight * w.finds[i].strength)
	if e.rules[i].words {
		return weight - 1000
	}
	return weight
}

// Activations tells which rules speak of s and how strongly, in the order of
// Rules. Fitting weights starts here.
func (e *Engine) Activations(s Subject) []Activation {
	w := e.borrow()
	defer e.scratch.Put(w)
	e.weigh(w, &s)
	all := make([]Activation, 0, len(w.spoken))
	for _, i := range w.spoken {
		if e.rules[i].category != none {
			all = append(all, Activation{Rule: int(i), Strength: w.finds[i].strength})
		}
	}
	slices.SortFunc(all, func(a, b Activation) int { return cmp.Compare(a.Rule, b.Rule) })
	return all
}

// tasks are the categories that a meeting plainly mixes, the main one first.
func (e *Engine) tasks(main Category, found [Categories]float64) []Category {
	tasks := make([]Category, 1, 3)
	tasks[0] = main
	for c, weight := range found {
		if Category(c) != main && weight >= e.scale.task {
			tasks = append(tasks, Category(c))
		}
	}
	slices.SortStableFunc(tasks[1:], func(a, b Category) int { return cmp.Compare(found[b], found[a]) })
	return tasks
}

func softmax(scores [Categories]float64, temperature float64) (p [Categories]float64) {
	highest, sum := slices.Max(scores[:]), 0.0
	for i, s := range scores {
		p[i] = math.Exp((s - highest) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// top is the most probable category; of equals the harder one.
func top(p [Categories]float64) Category {
	best := 0
	for i := range p {
		if p[i] >= p[best] {
			best = i
		}
	}
	return Category(best)
}
