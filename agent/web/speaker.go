package web

import (
	"embed"
	"slices"
	"strconv"
	"strings"

	"unmeet/agent/click"
	"unmeet/agent/language"
	"unmeet/agent/text"
)

//go:embed catalogue/*.toml
var catalogueFiles embed.FS

var catalogues = language.MustRead(catalogueFiles, "catalogue")

// speaker says things of one slip, in its reader's language.
type speaker struct {
	language.Language // what mails say, too
	own               language.Catalogue
	slip              Slip
	about             About
}

func newSpeaker(tag string, about About) speaker {
	return speaker{Language: language.Pick(tag), own: catalogues.Pick(tag), about: about}
}

// say returns a text of the pages, with what every text may name.
func (p speaker) say(key string, more ...string) string {
	if p.slip.Person == "" {
		return p.own.Say(key, more...)
	}
	s := p.slip.Snapshot
	start, closes := language.In(s.Start, s.Zone), language.In(p.slip.Suggestion.ClosesAt, s.Zone)
	values := []string{
		"silence", p.Days(p.slip.Silence), "until", p.Day(closes) + ", " + p.Clock(closes),
		"title", p.title(), "day", p.Day(start), "organizer", p.organizer(), "person", masked(p.slip.Person),
		"minutes", strconv.Itoa(s.Minutes), "shorter", strconv.Itoa(s.Shorter),
		"category", p.Category(s.Category), "meaning", p.Meaning(s.Category), "form", p.Form(s.Form),
	}
	return p.own.Say(key, slices.Concat(more, values)...) // of two of one name the first counts
}

// isolated keeps the direction of foreign text from reordering what is around it
// (UAX #9 §2.4.2).
func isolated(foreign string) string { return "\u2068" + foreign + "\u2069" }

func (p speaker) title() string {
	if t := text.Fit(text.Clean(p.slip.Snapshot.Title), longestTitle); t != "" {
		return isolated(t)
	}
	return p.own.Say("untitled")
}

func (p speaker) organizer() string {
	who := p.slip.Snapshot.Organizer
	for _, name := range []string{who.Name, who.Address} {
		if name = text.Fit(text.Clean(name), longestTitle); name != "" {
			return isolated(name)
		}
	}
	return p.own.Say("organizer.none")
}

// masked shows enough of an address for its owner to know it.
func masked(address string) string {
	local, domain, _ := strings.Cut(text.Clean(address), "@")
	letters := []rune(local)
	return strings.TrimRight(string(letters[:min(4, (len(letters)+1)/2)]), ".-_+") + "…\u2060@" + domain // not torn apart at the end of a line
}

// key is the part of a text's key that stands for a choice.
func (p speaker) key(c click.Choice) string {
	switch {
	case c.Scope == click.Onward:
		return string(c.Verb) + ".onward"
	case c.Verb == click.Never && p.slip.Suggestion.Kind != click.KindDecline:
		return "never.mine"
	}
	return string(c.Verb)
}
