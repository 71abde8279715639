package suggest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Words after which an invitation names who presents or leads, in the languages
// of the catalogues, and words that may stand right behind such a name.
var (
	leadIns = phrases(`presenter; presenters; presented by; presentation by; presenting; speaker; speakers; host; hosts; hosted by; co-host;
		led by; lead by; lead; leads; facilitator; facilitators; facilitated by; moderator; moderators; moderated by; moderation;
		chair; chaired by; run by; demo by; talk by; update by; session by; training by; owner; scribe; note taker; notes by;
		leitung; geleitet von; moderiert von; moderatorin; referent; referentin; referenten; vortrag von; vortragende; vortragender;
		präsentation von; präsentiert von; vorgestellt von; gastgeber; gastgeberin; sprecher; sprecherin; protokoll`)
	leadOuts = phrases(`presents; will present; is presenting; leads; will lead; is leading; hosts; will host; is hosting; facilitates;
		moderates; chairs; runs; demos; shows; will show; walks; will walk; speaks; will speak; talks;
		präsentiert; moderiert; leitet; zeigt; stellt; berichtet; spricht; führt`)
)

func phrases(list string) (all [][]string) {
	for _, p := range strings.Split(list, ";") {
		all = append(all, wordsOf(p))
	}
	return all
}

// Presents reports whether somebody presents or leads a meeting by the words of
// its invitation: the title names them, or the description does after words such
// as "presenter" or "led by", before ones such as "will present", or as whose turn
// an item of the agenda is. It would rather take one too many for a presenter.
func Presents(title, body string, who Party) bool {
	names := namesOf(who)
	words := wordsOf(title)
	for _, n := range names {
		if find(words, n) >= 0 {
			return true
		}
	}
	if who.Address != "" && strings.Contains(strings.ToLower(title), strings.ToLower(who.Address)) {
		return true
	}
	return presenting(body, who)
}

// Presenters returns a line for each of the people invited who presents or leads
// by the words of a description, such that [Presents] says the same of the lines
// once the description was let go.
func Presenters(body string, people []Party) (lines []string) {
	if body == "" {
		return nil
	}
	for _, who := range people {
		if presenting(body, who) {
			lines = append(lines, "Presenter: "+cmp.Or(who.Name, who.Address))
		}
	}
	return lines
}

// presenting reports whether a line of body says that who presents.
func presenting(body string, who Party) bool {
	names := namesOf(who)
	if len(names) == 0 {
		return false
	}
	plain := strings.NewReplacer(who.Address, strings.Join(names[0], " "), strings.ToLower(who.Address), strings.Join(names[0], " "))
	headed := false // a heading stands above that names a part, and a list follows
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(plain.Replace(line))
		item := strings.TrimLeft(line, "-*•–0123456789.) ")
		words := wordsOf(line)
		if item == line {
			headed = false
		}
		for _, name := range names {
			at := find(words, name)
			if at < 0 {
				continue
			}
			if headed || contains(words[:at], leadIns) || begins(words[at+len(name):], leadOuts) || agendaItem(item, name) {
				return true
			}
		}
		if strings.HasSuffix(line, ":") && len(words) <= 3 && contains(words, leadIns) {
			headed = true
		}
	}
	return false
}

// agendaItem reports whether an item is a name's turn: "Ana: roadmap", or
// "Roadmap (Ana)".
func agendaItem(item string, name []string) bool {
	if i := strings.IndexAny(item, ":–"); i >= 0 && slices.Equal(wordsOf(item[:i]), name) {
		return true
	}
	open := strings.LastIndex(item, "(")
	return open >= 0 && strings.HasSuffix(item, ")") && slices.Equal(wordsOf(item[open:]), name)
}

// shortestName is the length in letters of the shortest part of a name that names
// somebody by itself.
const shortestName = 3

// namesOf returns by which words an invitation may name somebody: the whole name
// in either order, and each part of it that is long enough.
func namesOf(who Party) (names [][]string) {
	whole := wordsOf(who.Name)
	if len(whole) == 0 {
		local, _, _ := strings.Cut(who.Address, "@")
		whole = wordsOf(local)
	}
	if len(whole) > 1 {
		names = append(names, whole, slices.Concat(whole[len(whole)-1:], whole[:len(whole)-1]))
	}
	for _, part := range whole {
		if len([]rune(part)) >= shortestName {
			names = append(names, []string{part})
		}
	}
	return names
}

// wordsOf returns the words of text in lower case.
func wordsOf(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' })
	for i, w := range words {
		w = strings.ReplaceAll(w, "’", "'")
		words[i] = strings.Trim(strings.TrimSuffix(w, "'s"), "'")
	}
	return words
}

// find returns where phrase begins in words, -1 if it is not there.
func find(words, phrase []string) int {
	for i := 0; i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return i
		}
	}
	return -1
}

func contains(words []string, any [][]string) bool {
	return slices.ContainsFunc(any, func(p []string) bool { return find(words, p) >= 0 })
}

// begins reports whether one of any stands among the first words.
func begins(words []string, any [][]string) bool {
	return slices.ContainsFunc(any, func(p []string) bool { return find(words[:min(len(words), len(p)+1)], p) >= 0 })
}
