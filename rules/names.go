package rules

import (
	_ "embed"
	"strings"
)

// titleShape says whom a title names.
type titleShape uint8

const (
	anyTitle  titleShape = iota
	pairTitle            // two people and nothing but them: "Anna / Tom", "Anna <> Tom weekly"
	nameTitle            // one person: "Catch up with Anna", "Tom"
	noTitle              // no word at all
)

var titleShapes = [...]string{"", "pair", "name", "none"}

// firstNames are common first names of several languages, folded. Names that
// are rather words of calendars (April, Will, Art) are left out.
//
//go:embed names.txt
var firstNames string

// shapeOf tells whom the title of s names. tokens are its words.
//
// A name is a first name that is common, or one of the invited people's, with
// a family name after it or not. Words such as "weekly", "sync" and numbers may
// stand beside; any other word makes it no title of names.
func shapeOf(s *Subject, tokens []token) titleShape {
	if len(tokens) == 0 {
		return noTitle
	}
	people, linked := 0, false
	for i := 0; i < len(tokens); i++ {
		t := &tokens[i]
		word := s.Title[t.start:t.end]
		switch {
		case t.marks&links != 0:
			linked = true
		case t.marks&firstName != 0 && capital(word) || invited(s.Names, word):
			people++
			if i+1 < len(tokens) && surname(s.Title, t, &tokens[i+1]) {
				i++
			}
			if i+1 < len(tokens) && strings.ContainsAny(s.Title[tokens[i].end:tokens[i+1].start], "/+|-–—,·") {
				linked = true
			}
		case t.marks&fills != 0 || digit(word[0]):
		default:
			return anyTitle
		}
	}
	switch {
	case people == 2 && linked:
		return pairTitle
	case people == 1:
		return nameTitle
	}
	return anyTitle
}

// surname reports whether next goes on the name that t begins: "Anna Berg",
// "Anna B."
func surname(title string, t, next *token) bool {
	between := title[t.end:next.start]
	return (between == " " || between == ". ") && next.marks&(links|fills|firstName) == 0 &&
		capital(title[next.start:next.end])
}

func capital(word string) bool {
	return word[0] >= 'A' && word[0] <= 'Z' || word[0] >= 0xC3 // Ä, É and the like begin so
}

// invited reports whether word is the first name of one of the people invited.
func invited(names []string, word string) bool {
	for _, name := range names {
		first, _, _ := strings.Cut(name, " ")
		if len(first) > 1 && strings.EqualFold(first, word) {
			return true
		}
	}
	return false
}
