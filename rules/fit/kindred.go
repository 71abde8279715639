package fit

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"unmeet/rules"
)

// Kindred are groups of words that mean much the same to somebody who sorts
// meetings: "lunch", "dinner", "pizza". What is learned of a group holds, faintly,
// for each of its words, though no lesson has it. The zero value has none.
type Kindred struct {
	groups map[string][]string // by stem: the groups that it is in
	forms  map[string]string   // by stem: as the file has it
}

// groupMark begins the name of a group among terms: no stem does.
const groupMark = "~"

func isGroup(term string) bool { return strings.HasPrefix(term, groupMark) }

// ReadKindred reads lines of a group's name, a colon and its words, which may be
// two joined by a hyphen. Empty lines and such as begin with # are passed over.
func ReadKindred(name string) (Kindred, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return Kindred{}, err
	}
	k := Kindred{groups: map[string][]string{}, forms: map[string]string{}}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		group, words, ok := strings.Cut(line, ":")
		if !ok {
			return Kindred{}, fmt.Errorf("%s:%d: no colon after the name of a group", name, number)
		}
		for word := range strings.FieldsSeq(words) {
			terms := rules.TermsOf(rules.Subject{Title: word}).Title
			if len(terms) != 1 && len(terms) != 3 { // of two words, the pair comes last
				return Kindred{}, fmt.Errorf("%s:%d: %q is not one word or two", name, number, word)
			}
			term := terms[len(terms)-1]
			if in := k.groups[term.Stem]; !slices.Contains(in, groupMark+group) {
				k.groups[term.Stem] = append(in, groupMark+group)
			}
			k.forms[term.Stem] = term.Form
		}
	}
	return k, nil
}

// names are the groups' names, in order.
func (k Kindred) names() []string {
	all := map[string]bool{}
	for _, in := range k.groups {
		for _, group := range in {
			all[group] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
