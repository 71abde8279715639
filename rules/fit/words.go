package fit

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"unmeet/rules"
	"unmeet/rules/eval"
)

// Lessons are labelled meetings to learn words from. Those that rules were
// written from cannot tell how far rules are to be trusted elsewhere: they teach
// words as if there were no rules.
type Lessons struct {
	Meetings []eval.Meeting
	Seen     bool    // rules were written from them
	Own      bool    // our own writing: no words to keep to ourselves
	Guards   bool    // guards are labelled
	Weight   float64 // of each meeting
}

// WordOptions say how words are learned. The zero value is replaced by what
// cross-validation found best.
type WordOptions struct {
	Pull      float64 // how strongly weights are pulled to nothing: 1 / variance of their prior
	GuardPull float64 // the same for guards
	Part      float64 // room of what a term says in titles or descriptions only
	Pair      float64 // room of a pair of words beside a single one
	Bare      float64 // weight of a meeting's bare title as a lesson of its own
	Terms     int     // how many are kept
	NoRules   bool    // learn and judge by words alone
	Kindred   Kindred // words that mean much the same
	Kin       float64 // room of what is learned of them together
}

func (o *WordOptions) usual() {
	o.Pull, o.GuardPull = cmp.Or(o.Pull, 0.7), cmp.Or(o.GuardPull, 1)
	o.Part, o.Pair = cmp.Or(o.Part, 0.7), cmp.Or(o.Pair, 0.7)
	o.Bare, o.Terms = cmp.Or(o.Bare, 0.3), cmp.Or(o.Terms, 3000)
	o.Kin = cmp.Or(o.Kin, 1)
}

// Words is what was learned.
type Words struct {
	List        rules.File
	Prior       [rules.Categories]float64
	Temperature float64
}

// Engine is e with what was learned in place of its own words and priors.
func (w Words) Engine(e *rules.Engine, threshold float64) (*rules.Engine, error) {
	weights := e.Weights()
	weights.Prior, weights.Temperature, weights.Threshold = w.Prior, w.Temperature, threshold
	return e.WithWeights(weights).WithWords(w.List)
}

// LearnWords fits the weights of words by maximum a posteriori: a log-linear
// model of the category beside the rules' own scores, and one of guards that no
// rule raises. It is deterministic.
func LearnWords(e *rules.Engine, lessons []Lessons, o WordOptions) (Words, error) {
	o.usual()
	silent, err := e.WithWords(rules.File{})
	if err != nil {
		return Words{}, err
	}
	terms := newTerms(lessons, o)
	tasks, guards := examples(silent, terms, lessons, o)
	room := len(lessons)
	task := train(tasks, len(terms.names), rules.Categories, room, o.Pull, !o.NoRules)
	guard := train(guards, len(terms.names), 2, room, o.GuardPull, false)
	if terms.keep(o.Terms, task, guard) {
		tasks, guards = examples(silent, terms, lessons, o)
		task = train(tasks, len(terms.names), rules.Categories, room, o.Pull, !o.NoRules)
		guard = train(guards, len(terms.names), 2, room, o.GuardPull, false)
	}
	unit := task.loud // words are written in the unit of the rules' weights
	if o.NoRules {
		unit = 1
	}
	w := Words{Temperature: 1 / unit, List: terms.file(task, guard, unit)}
	w.Prior = prior(lessons, task)
	for c := range w.Prior {
		w.Prior[c] /= unit
	}
	return w, nil
}

// prior is the bias of the lessons that the rules did not see (of several, those
// with most meetings), or else of the first, moved to the shares that the
// categories have among the first: in our corpus the rare ones are less rare than
// in calendars.
func prior(lessons []Lessons, task *model) (p [rules.Categories]float64) {
	from := 0
	for i, l := range lessons {
		if !l.Seen && (lessons[from].Seen || len(l.Meetings) > len(lessons[from].Meetings)) {
			from = i
		}
	}
	copy(p[:], task.bias[from])
	here, there := shares(lessons[from].Meetings), shares(lessons[0].Meetings)
	for c := range p {
		p[c] += math.Log(there[c] / here[c])
	}
	return p
}

const unseenCategory = 5 // meetings that each category is taken to have had before counting

func shares(meetings []eval.Meeting) (s [rules.Categories]float64) {
	for c := range s {
		s[c] = unseenCategory
	}
	for _, m := range meetings {
		s[m.Category]++
	}
	for c := range s {
		s[c] /= float64(len(meetings) + rules.Categories*unseenCategory)
	}
	return s
}

// terms are the words, pairs of words and groups of kindred words that may get a
// weight. Each has three features: what it says anywhere, and what more in a title
// or a description.
type terms struct {
	part, pair float64
	kin        float64
	kindred    Kindred
	number     map[string]int32
	names      []string // by feature, three in a row the same
	forms      map[string]string
	count      []float64 // by feature / 3: lessons that have it
}

const (
	perTerm   = 3
	leastUses = 2
)

// newTerms numbers the terms that two meetings have. Of texts that are not ours
// only words of two organizations count: a word of one could tell which it is.
func newTerms(lessons []Lessons, o WordOptions) *terms {
	users := map[string]map[string]bool{}
	forms := map[string]map[string]int{}
	for k, l := range lessons {
		for i, m := range l.Meetings {
			user := m.Org
			if l.Own {
				user = fmt.Sprint(k, " ", i)
			}
			t := rules.TermsOf(m.Subject)
			for _, term := range slices.Concat(t.Title, t.Body) {
				if users[term.Stem] == nil {
					users[term.Stem], forms[term.Stem] = map[string]bool{}, map[string]int{}
				}
				users[term.Stem][user] = true
				forms[term.Stem][term.Form]++
			}
		}
	}
	t := &terms{
		part: o.Part, pair: o.Pair, kin: o.Kin, kindred: o.Kindred,
		number: map[string]int32{}, forms: maps.Clone(o.Kindred.forms),
	}
	if t.forms == nil {
		t.forms = map[string]string{}
	}
	for _, group := range o.Kindred.names() {
		t.add(group)
		t.count = append(t.count, 0)
	}
	for _, stem := range slices.Sorted(maps.Keys(o.Kindred.forms)) {
		if users[stem] == nil {
			users[stem] = map[string]bool{}
		}
	}
	for _, stem := range slices.Sorted(maps.Keys(users)) {
		if len(users[stem]) < leastUses && t.kindred.groups[stem] == nil {
			continue
		}
		t.add(stem)
		t.count = append(t.count, float64(len(users[stem])))
		for _, form := range slices.Sorted(maps.Keys(forms[stem])) {
			if best := t.forms[stem]; best == "" || forms[stem][form] > forms[stem][best] {
				t.forms[stem] = form
			}
		}
	}
	return t
}

func (t *terms) add(stem string) {
	t.number[stem] = int32(len(t.names))
	t.names = append(t.names, stem, stem, stem)
}

// room is how much a term's features count: less for a pair, which is rarer.
func (t *terms) room(stem string) float64 {
	if isGroup(stem) {
		return t.kin
	}
	if strings.Contains(stem, " ") {
		return t.pair
	}
	return 1
}

// says is what a term and its groups say in a part, in column c of a model.
func (t *terms) says(m *model, stem string, part, c int) float64 {
	at := t.number[stem]
	weight := func(feature int32) float64 { return m.weights[int(feature)*m.classes+c] }
	sum := t.room(stem) * (weight(at) + t.part*weight(at+1+int32(part)))
	for _, group := range t.kindred.groups[stem] {
		sum += t.says(m, group, part, c)
	}
	return sum
}

// opinions are the columns of the word list for a term in a part, in the unit of
// the rules' weights.
func (t *terms) opinions(task, guard *model, stem string, part int, unit float64) (row [rules.Categories + 1]float64) {
	mean := 0.0
	for c := range rules.Categories {
		row[c] = t.says(task, stem, part, c) / unit
		mean += row[c] / rules.Categories
	}
	for c := range rules.Categories {
		row[c] -= mean
	}
	row[rules.Categories] = t.says(guard, stem, part, 1) - t.says(guard, stem, part, 0)
	return row
}

// keep drops all but the terms that say most, kindred words and their groups, and
// reports whether any were dropped.
func (t *terms) keep(most int, task, guard *model) bool {
	var stems, kept []string
	for _, stem := range slices.Sorted(maps.Keys(t.number)) {
		if isGroup(stem) || t.kindred.groups[stem] != nil {
			kept = append(kept, stem)
		} else {
			stems = append(stems, stem)
		}
	}
	if len(stems) <= most {
		return false
	}
	loud := map[string]float64{}
	for _, stem := range stems {
		for part := range 2 {
			for _, x := range t.opinions(task, guard, stem, part, 1) {
				loud[stem] = max(loud[stem], math.Abs(x)*math.Sqrt(t.count[t.number[stem]/perTerm]))
			}
		}
	}
	count := map[string]float64{}
	for stem, n := range t.number {
		count[stem] = t.count[n/perTerm]
	}
	slices.SortStableFunc(stems, func(a, b string) int { return cmp.Compare(loud[b], loud[a]) })
	stems = append(stems[:most], kept...)
	slices.Sort(stems)
	t.number, t.names, t.count = map[string]int32{}, nil, nil
	for _, stem := range stems {
		t.add(stem)
		t.count = append(t.count, count[stem])
	}
	return true
}

const faintest = 0.05 // lines that say less are left out

// file writes the word list.
func (t *terms) file(task, guard *model, unit float64) rules.File {
	var b strings.Builder
	number := func(x float64) string {
		text := strconv.FormatFloat(x, 'f', 2, 64)
		if text == "0.00" || text == "-0.00" {
			return "."
		}
		return strings.TrimSuffix(strings.Replace(text, "0.", ".", 1), "0")
	}
	row := func(part, form string, row [rules.Categories + 1]float64) {
		line, silent := part+"\t"+form, true
		for _, x := range row {
			text := number(x)
			silent = silent && math.Abs(x) < faintest
			line += "\t" + text
		}
		if !silent {
			b.WriteString(line + "\n")
		}
	}
	var always [rules.Categories + 1]float64
	always[rules.Categories] = guard.bias[0][1] - guard.bias[0][0]
	row("always", "", always)
	for _, stem := range slices.Sorted(maps.Keys(t.number)) {
		if isGroup(stem) {
			continue // its words say it
		}
		for part, name := range []string{"title", "body"} {
			row(name, t.forms[stem], t.opinions(task, guard, stem, part, unit))
		}
	}
	return rules.File{Name: "words.tsv", Data: []byte(b.String())}
}
