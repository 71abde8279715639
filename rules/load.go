package rules

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

//go:embed default.toml words.tsv languages/*.toml
var embedded embed.FS

// DefaultFiles are the rule files that come with unmeet: default.toml, the word
// list, and one file for each further language.
func DefaultFiles() []File {
	names := []string{"default.toml", "words" + wordListSuffix}
	entries, _ := embedded.ReadDir("languages") // embedded: it is there
	for _, entry := range entries {
		names = append(names, "languages/"+entry.Name())
	}
	files := make([]File, len(names))
	for i, name := range names {
		data, _ := embedded.ReadFile(name)
		files[i] = File{Name: name, Data: data}
	}
	return files
}

// Default is the engine of the rules that come with unmeet.
var Default = sync.OnceValue(func() *Engine {
	e, err := Load(DefaultFiles()...)
	if err != nil {
		panic("the rules that come with unmeet are broken: " + err.Error()) // a test loads them
	}
	return e
})

// Load builds an engine from rule files. Later files lie over earlier ones: a
// rule of a name that is known already changes only the fields it gives ("off
// = true" takes it out), other rules are added, settings replace settings, and
// the lists of [words] and [never] add up. To lay a file over the rules that
// come with unmeet, load it after DefaultFiles. A file whose name ends in .tsv is
// a word list; its lines lie over those of earlier ones in the same way.
//
// Whatever is wrong comes back as FileErrors with file, line, column and a
// hint; so does a [[test]] of the files that fails.
func Load(files ...File) (*Engine, error) {
	var b builder
	b.scale = scale{temperature: 1, threshold: 0.8, body: 0.5, lead: 0.7, length: 60, task: 1}
	b.names = map[string]int{}
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%d\n", len(f.Data))
		sum.Write(f.Data)
		if strings.HasSuffix(f.Name, wordListSuffix) {
			listed, faults := parseWords(f)
			b.listed, b.faults = append(b.listed, listed...), append(b.faults, faults...)
			continue
		}
		s, faults := parse(f)
		if faults != nil {
			b.faults = append(b.faults, faults...)
			continue
		}
		b.lay(s)
	}
	if len(b.faults) == 0 {
		b.check()
	}
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	e := b.build()
	e.hash = hex.EncodeToString(sum.Sum(nil)[:8])
	if failures := e.Test(); len(failures) > 0 {
		var faults FileErrors
		for _, f := range failures {
			faults = append(faults, &FileError{
				File: f.File, Line: f.Line, Column: 1, Message: f.String(),
				Hint: "mend the rules or the test; `unmeet explain` tells which rules spoke",
			})
		}
		return nil, faults
	}
	return e, nil
}

// builder collects what the files say.
type builder struct {
	prior  [Categories]float64
	scale  scale
	laid   []laid // the rules, in the order of their first appearance
	names  map[string]int
	never  neverDoc
	words  []wordList
	listed []listed // the lines of word lists
	tests  []test
	faults FileErrors
}

// laid is a rule with whatever later files changed about it.
type laid struct {
	ruleDoc
	source *source
	key    string // "rule[3]": its place in source
}

type wordList struct {
	wordsDoc
	language string
}

// lay puts a file over those before it.
func (b *builder) lay(s *source) {
	for name, value := range s.Prior {
		c, err := ParseCategory(name)
		if err != nil {
			b.fail(s.fault("", err.Error(), "prior."+name))
			continue
		}
		b.prior[c] = value
	}
	set(&b.scale.temperature, s.Scale.Temperature)
	set(&b.scale.threshold, s.Scale.Threshold)
	set(&b.scale.body, s.Scale.Body)
	set(&b.scale.lead, s.Scale.Lead)
	set(&b.scale.task, s.Scale.Task)
	if s.Scale.Length != nil {
		b.scale.length = float64(*s.Scale.Length)
	}
	if b.scale.temperature <= 0 {
		b.fail(s.fault("1 leaves the scores as they are", "temperature must be above 0", "scale.temperature"))
	}
	if b.scale.length < 1 {
		b.fail(s.fault("", "length must be 1 word or more", "scale.length"))
	}
	b.words = append(b.words, wordList{s.Words, s.Language})
	b.never.Titles = append(b.never.Titles, s.Never.Titles...)
	b.never.Organizers = append(b.never.Organizers, s.Never.Organizers...)
	b.never.Groups = append(b.never.Groups, s.Never.Groups...)
	for i, title := range s.Never.Titles {
		if len(words(title)) == 0 {
			b.fail(s.fault("write words that such titles contain", fmt.Sprintf("empty title %d in [never]", i+1), "never.titles"))
		}
	}

	here := map[string]string{}
	for i, doc := range s.Rules {
		key := fmt.Sprintf("rule[%d]", i)
		if doc.Name == "" {
			b.fail(s.fault("every rule has a name of its own", "a rule without a name", key))
			continue
		}
		if first, ok := here[doc.Name]; ok {
			b.fail(s.fault(fmt.Sprintf("the first is in line %d; give one another name", s.places[first].line),
				fmt.Sprintf("duplicate rule name %q", doc.Name), key+".name", key))
			continue
		}
		here[doc.Name] = key
		if doc.Language == "" {
			doc.Language = s.Language
		}
		if at, ok := b.names[doc.Name]; ok {
			b.laid[at].change(doc, s, key)
			continue
		}
		b.names[doc.Name] = len(b.laid)
		b.laid = append(b.laid, laid{doc, s, key})
	}
	for i, doc := range s.Tests {
		t, err := compileTest(doc)
		if err != nil {
			b.fail(s.fault("", err.Error(), fmt.Sprintf("test[%d]", i)))
			continue
		}
		t.file, t.line = s.Name, s.places[fmt.Sprintf("test[%d]", i)].line
		t.scale = b.scale
		b.tests = append(b.tests, t)
	}
}

func set(to *float64, from *float64) {
	if from != nil {
		*to = *from
	}
}

// change lays doc over l, field by field.
func (l *laid) change(doc ruleDoc, s *source, key string) {
	for _, p := range []struct{ to, from *[]string }{
		{&l.Phrases, &doc.Phrases}, {&l.Title, &doc.Title}, {&l.Body, &doc.Body},
		{&l.Unless, &doc.Unless}, {&l.Beside, &doc.Beside}, {&l.Without, &doc.Without},
	} {
		if *p.from != nil {
			*p.to = *p.from
		}
	}
	if doc.Category != nil {
		l.Category = doc.Category
	}
	if doc.Guard != nil {
		l.Guard = doc.Guard
	}
	if doc.Weight != nil {
		l.Weight = doc.Weight
	}
	if doc.When != nil {
		l.When = doc.When
	}
	if doc.Why != nil {
		l.Why = doc.Why
	}
	if doc.Generic != nil {
		l.Generic = doc.Generic
	}
	if doc.Listens != nil {
		l.Listens = doc.Listens
	}
	if doc.Form != nil {
		l.Form = doc.Form
	}
	if doc.What != nil {
		l.What = doc.What
	}
	if doc.Off != nil {
		l.Off = doc.Off
	}
	l.source, l.key = s, key
}

// listens reports whether the word list speaks through the rule.
func (l *laid) listens() bool { return l.Listens != nil && *l.Listens }

func (b *builder) fail(e *FileError) { b.faults = append(b.faults, e) }

// check finds what is wrong with the rules as they lie.
func (b *builder) check() {
	for i := range b.laid {
		l := &b.laid[i]
		wrong := func(hint, message, field string) {
			b.fail(l.source.fault(hint, fmt.Sprintf("rule %q: %s", l.Name, message), l.key+"."+field, l.key))
		}
		if l.Category == nil && l.Guard == nil {
			wrong("write category = \"informing\" or guard = \"people\"", "neither category nor guard", "name")
		}
		if l.Category != nil {
			if _, err := ParseCategory(*l.Category); err != nil {
				wrong("the seven are "+strings.Join(categoryNames[:], ", "), fmt.Sprintf("unknown category %q", *l.Category), "category")
			}
			if l.Weight == nil {
				wrong("a weight from 1 (a hint) to 4 (all but certain)", "no weight", "category")
			}
		}
		if l.Guard != nil && len(words(*l.Guard)) == 0 {
			wrong("a guard has a name people understand: \"people\"", "empty guard", "guard")
		}
		if l.Weight != nil && (math.IsNaN(*l.Weight) || math.Abs(*l.Weight) > 20) {
			wrong("weights of 1 to 4 are usual", "a weight outside -20 to 20", "weight")
		}
		if l.Why == nil || strings.TrimSpace(*l.Why) == "" {
			wrong("say in a sentence why the rule is right: people will read it", "no why", "why")
		}
		if len(l.Phrases)+len(l.Title)+len(l.Body) == 0 && l.When == nil && !l.listens() {
			wrong("give phrases, title, body or when", "it can never speak", "name")
		}
		for _, list := range []struct {
			field   string
			phrases []string
		}{
			{"phrases", l.Phrases}, {"title", l.Title}, {"body", l.Body},
			{"unless", l.Unless}, {"beside", l.Beside}, {"without", l.Without},
		} {
			for _, phrase := range list.phrases {
				if loneStar(phrase) {
					wrong("write it at the beginning or the end of a word: \"retro*\"", fmt.Sprintf("a star by itself in %q", phrase), list.field)
				}
				if len(words(phrase)) == 0 {
					wrong("a phrase is one or more words", fmt.Sprintf("empty phrase %q", phrase), list.field)
				}
			}
		}
		if l.Form != nil && !slices.Contains(forms[:], *l.Form) {
			wrong("the forms are "+strings.Join(forms[:], ", "), fmt.Sprintf("unknown form %q", *l.Form), "form")
		}
		if _, err := compileWhen(l.When); err != nil {
			wrong("", err.Error(), "when")
		}
	}
	languages := map[string]bool{}
	for _, w := range b.words {
		languages[w.language] = true
	}
	if len(languages) > maxLanguages {
		b.fail(&FileError{File: b.words[maxLanguages].language, Message: fmt.Sprintf("more than %d languages", maxLanguages)})
	}
}

// build compiles what check found to be right.
func (b *builder) build() *Engine {
	e := &Engine{prior: b.prior, scale: b.scale, byName: map[string]int{}, tests: b.tests}
	var lex lexiconBuilder
	marksOf := func(lang string) marks {
		if lang == "" {
			return 0
		}
		i := slices.Index(e.languages, lang)
		if i < 0 {
			i = len(e.languages)
			e.languages = append(e.languages, lang)
		}
		return language << i
	}
	add := func(phrases []string, rule int, kind, part uint8) {
		for _, phrase := range phrases {
			var numbers []int32
			for _, word := range words(phrase) {
				numbers = append(numbers, lex.number(word))
			}
			e.phrases.add(numbers, use{int32(rule), kind, part})
		}
	}
	for _, w := range b.words {
		for _, word := range w.Common {
			lex.mark(word, marksOf(w.language))
		}
		for _, list := range [][]string{w.Common, w.Known, w.Negation, w.Links, w.Fills, w.Turns} {
			lex.know(list, marksOf(w.language))
		}
		for _, word := range w.Negation {
			lex.mark(word, negates)
		}
		for _, word := range w.Links {
			lex.mark(word, links)
		}
		for _, word := range w.Fills {
			lex.mark(word, fills)
		}
		for _, word := range w.Turns {
			lex.mark(word, turns)
		}
		add(w.Plain, noRule, plainly, inTitle|inBody)
		add(w.Lead, noRule, headsLead, inBody)
		add(w.Aside, noRule, headsAway, inBody)
	}
	for name := range strings.FieldsSeq(firstNames) {
		lex.mark(name, firstName)
	}
	// The first language is the one whose words turn up in all others ("Daily",
	// "Kick-off"): its rules speak everywhere.
	for i := range b.laid {
		l := &b.laid[i]
		if l.Off != nil && *l.Off {
			continue
		}
		n := len(e.rules)
		r := rule{
			name: l.Name, category: none, guard: none, why: strings.TrimSpace(*l.Why),
			language: marksOf(l.Language) &^ language, doc: l.ruleDoc,
			place: fmt.Sprintf("%s:%d", l.source.Name, l.source.places[l.key].line),
			words: l.listens(), masked: len(l.Unless) > 0, beside: len(l.Beside) > 0, without: len(l.Without) > 0,
			phrases: len(l.Phrases)+len(l.Title)+len(l.Body) > 0,
		}
		if l.Category != nil {
			r.category, _ = ParseCategory(*l.Category)
			r.weight = *l.Weight
		}
		if l.Guard != nil {
			r.guarding = 1
			if l.Category == nil && l.Weight != nil {
				r.guarding = *l.Weight
			}
			if r.guard = slices.Index(e.guards, *l.Guard); r.guard < 0 {
				r.guard = len(e.guards)
				e.guards = append(e.guards, *l.Guard)
			}
		}
		r.when, _ = compileWhen(l.When)
		r.generic = l.Generic != nil && *l.Generic
		if l.Form != nil {
			r.form = *l.Form
		}
		e.rules = append(e.rules, r)
		e.byName[r.name] = n
		for _, list := range [][]string{l.Phrases, l.Title, l.Body} {
			lex.know(list, marksOf(l.Language))
		}
		add(l.Phrases, n, speaks, inTitle|inBody)
		add(l.Title, n, speaks, inTitle)
		add(l.Body, n, speaks, inBody)
		add(l.Unless, n, hides, inTitle|inBody)
		add(l.Beside, n, besides, inTitle|inBody)
		add(l.Without, n, silences, inTitle|inBody)
		switch {
		case r.words:
			e.listening = append(e.listening, int32(n))
		case !r.phrases:
			e.structural = append(e.structural, int32(n))
		}
	}
	add(b.never.Titles, noRule, forbids, inTitle)
	e.never = compileNever(b.never)
	e.lexicon = lex.build()
	e.lexicon.vocabulary = compileWords(b.listed)
	return e
}
