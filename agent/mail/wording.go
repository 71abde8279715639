package mail

import (
	"embed"
	"net/url"
	"strings"
	"unicode"

	"unmeet/agent/language"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
)

//go:embed catalogue/*.toml
var files embed.FS

var catalogues = language.MustRead(files, "catalogue")

// How much of foreign words a mail shows, in columns.
const (
	subjectTitle = 40
	wholeTitle   = 80
	longestName  = 40
	longestNote  = 1000
)

// voice says things in one language: what is said of meetings everywhere, and what
// only mails say.
type voice struct {
	language.Language
	mail language.Catalogue
}

func speak(tag string) voice {
	return voice{language.Pick(tag), catalogues.Pick(tag)}
}

func (v voice) say(key string, values ...string) string { return v.mail.Say(key, values...) }

// foreign makes words of a calendar fit to stand in a sentence of ours: cleaned,
// cut to columns, and, where they run from right to left, set apart from it.
func foreign(words string, columns int) string {
	words = text.Fit(text.Clean(words), columns)
	if strings.ContainsFunc(words, rightToLeft) {
		const isolate, end = "\u2068", "\u2069" // UAX #9, 2.4
		return isolate + words + end
	}
	return words
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

func (v voice) title(words string, columns int) string {
	if words = foreign(words, columns); words == "" {
		return v.say("untitled")
	}
	return words
}

func (v voice) organizer(p suggest.Party) string {
	if name := foreign(p.Name, longestName); name != "" {
		return name
	}
	return foreign(p.Address, longestName)
}

func (v voice) organization(s Sender) string {
	if name := foreign(s.Organization, longestName); name != "" {
		return name
	}
	return v.say("organization")
}

// days lists when the occurrences of a trial are.
func (v voice) days(s suggest.Snapshot) string {
	var all []string
	for _, o := range s.Occurrences {
		all = append(all, v.Day(language.In(o.Start, s.Zone)))
	}
	return strings.Join(all, ", ")
}

// subject is the subject of a digest: that of its first suggestion, and how many
// more there are.
func (v voice) subject(items []Item) string {
	s := items[0].Snapshot
	words := v.say("subject."+string(s.Kind), "title", v.title(s.Title, subjectTitle),
		"weekday", v.Weekday(language.In(s.Start, s.Zone)), "minutes", v.Minutes(s.Minutes), "shorter", v.Minutes(s.Shorter))
	if more := len(items) - 1; more > 0 {
		words = v.mail.Count("subject.more", more, "subject", words)
	}
	return words
}

// Note proposes what to tell the organizer of a meeting that a person declines, in
// the person's language. There is nobody to tell of the other kinds of
// suggestions: of those it is "".
func Note(tag string, s suggest.Snapshot) string {
	if s.Kind != suggest.Decline {
		return ""
	}
	v := speak(tag)
	return v.say("note.decline", "weekday", v.Weekday(language.In(s.Start, s.Zone)))
}

// host is where links lead.
func (s Sender) host() string {
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Host == "" {
		return domainOf(s.From.Address)
	}
	return u.Host
}

// domainOf is what stands behind the @ of an address.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
