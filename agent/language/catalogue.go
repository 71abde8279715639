package language

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Fallback is the language of people whose own there is no file for.
const Fallback = "en"

// Catalogue has the texts of one room in one language.
type Catalogue struct {
	Tag   string // "en"
	texts map[string]string
}

// Catalogues has a room's languages by their tags.
type Catalogues map[string]Catalogue

// Read reads a room's catalogues: the TOML files of dir, each named after its
// language. It is an error if there is none for [Fallback], or if one lacks a key
// or a place that another has.
func Read(files fs.FS, dir string) (Catalogues, error) {
	names, err := fs.Glob(files, dir+"/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	all := Catalogues{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read a catalogue: %w", err)
		}
		tag := strings.TrimSuffix(path.Base(name), ".toml")
		c := Catalogue{Tag: tag, texts: map[string]string{}}
		if err := toml.Unmarshal(text, &c.texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[tag] = c
	}
	model, ok := all[Fallback]
	if !ok {
		return nil, fmt.Errorf("%s has no catalogue for %q", dir, Fallback)
	}
	var wrong []error
	for _, c := range all {
		wrong = append(wrong, model.differences(c)...)
	}
	return all, errors.Join(wrong...)
}

// MustRead is Read for catalogues that are embedded: an error is a mistake of ours.
func MustRead(files fs.FS, dir string) Catalogues {
	all, err := Read(files, dir)
	if err != nil {
		panic(err)
	}
	return all
}

// place is where a value goes in a text.
var place = regexp.MustCompile(`\{[a-z]+\}`)

func (c Catalogue) differences(other Catalogue) (wrong []error) {
	keys := map[string]bool{}
	for _, m := range []map[string]string{c.texts, other.texts} {
		for key := range m {
			keys[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		mine, has := c.texts[key]
		theirs, have := other.texts[key]
		if !has || !have {
			wrong = append(wrong, fmt.Errorf("%q is in one of %s and %s only", key, c.Tag, other.Tag))
			continue
		}
		if a, b := places(mine), places(theirs); !slices.Equal(a, b) {
			wrong = append(wrong, fmt.Errorf("%q has %v in %s and %v in %s", key, a, c.Tag, b, other.Tag))
		}
	}
	return wrong
}

// places are the places of a text, each once, in order.
func places(text string) []string {
	found := place.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Pick returns the catalogue for a language tag: "de" for "de-AT", and
// [Fallback] for one that there is none for.
func (all Catalogues) Pick(tag string) Catalogue {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	if c, ok := all[base]; ok {
		return c
	}
	return all[Fallback]
}

// Has reports whether there is a text for a key.
func (c Catalogue) Has(key string) bool {
	_, ok := c.texts[key]
	return ok
}

// Keys returns all keys, sorted.
func (c Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts)) }

// Say returns the text of a key with values, given as name and value in turn, in
// their places. Values are put in as they are, whatever braces they have. A key
// that there is no text for is a mistake of ours, and panics.
func (c Catalogue) Say(key string, values ...string) string {
	text, ok := c.texts[key]
	if !ok {
		panic(fmt.Sprintf("no text %q in %s", key, c.Tag))
	}
	if len(values) == 0 {
		return text
	}
	pairs := make([]string, len(values))
	for i, v := range values {
		if pairs[i] = v; i%2 == 0 {
			pairs[i] = "{" + v + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Count is Say for a text that speaks of n things: that of key.one if n is 1. The
// place {n} has the number.
func (c Catalogue) Count(key string, n int, values ...string) string {
	if n == 1 {
		key += ".one"
	}
	return c.Say(key, append(values, "n", strconv.Itoa(n))...)
}
