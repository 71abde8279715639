package language

import (
	"embed"
	"strconv"
	"strings"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/rules"
)

//go:embed catalogue/*.toml
var files embed.FS

var shared = MustRead(files, "catalogue")

// Language says things of meetings in one language.
type Language struct {
	Catalogue
	Dir string // "ltr" or "rtl", as HTML has it
}

// Pick returns the language for a tag such as "de-AT", [Fallback] if there is none.
func Pick(tag string) Language {
	c := shared.Pick(tag)
	return Language{c, c.Say("dir")}
}

// Tags returns the languages that there are.
func Tags() []string {
	var tags []string
	for tag := range shared {
		tags = append(tags, tag)
	}
	return tags
}

// In returns t in the zone with an IANA name; in UTC if there is no such zone.
func In(t time.Time, zone string) time.Time {
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		where = time.UTC
	}
	return t.In(where)
}

// word returns one of the words that a key lists.
func (l Language) word(key string, i int) string {
	return strings.Fields(l.Say(key))[i]
}

// Day returns the day of t in short: "Tue 24 Nov".
func (l Language) Day(t time.Time) string {
	return l.Say("day", "weekday", l.word("weekdays.short", int(t.Weekday())), "day", strconv.Itoa(t.Day()), "month", l.word("months.short", int(t.Month())-1))
}

// Weekday returns the weekday of t: "Tuesday".
func (l Language) Weekday(t time.Time) string { return l.word("weekdays", int(t.Weekday())) }

// Clock returns the time of day of t: "10:12".
func (l Language) Clock(t time.Time) string { return t.Format("15:04") }

// When returns the day and the hours: "Tue 24 Nov, 10:00–10:25". Both ends are in
// the zone that people are to read them in.
func (l Language) When(start, end time.Time) string {
	return l.Say("when", "day", l.Day(start), "start", l.Clock(start), "end", l.Clock(end))
}

// Minutes returns a length: "25 min".
func (l Language) Minutes(n int) string { return l.Count("minutes", n) }

// Days returns a span of time in whole days: "90 days".
func (l Language) Days(span time.Duration) string { return l.Count("days", int(span/(24*time.Hour))) }

// Cadence says how often a series takes place: "every 2 weeks"; "" for a meeting
// that does not recur.
func (l Language) Cadence(c suggest.Cadence) string {
	switch {
	case c.Unit == suggest.Once:
		return ""
	case c.Times > 1 && c.Unit == suggest.Week && c.Every <= 1:
		return l.Count("cadence.times", c.Times)
	case c.Times > 1 && c.Unit == suggest.Week:
		return l.Say("cadence.times.every", "n", strconv.Itoa(c.Times), "weeks", strconv.Itoa(c.Every))
	case c.Every > 1 && c.Unit != suggest.Workday:
		return l.Say("cadence.every."+string(c.Unit), "n", strconv.Itoa(c.Every))
	}
	return l.Say("cadence." + string(c.Unit))
}

// longestQuote bounds the words of an invitation that are quoted, in columns.
const longestQuote = 60

// Fact says one fact of a suggestion, in lower case and without a full stop; ""
// for a kind that it has no words for.
func (l Language) Fact(f suggest.Fact, of suggest.Snapshot) string {
	switch f.Kind {
	case suggest.FactCadence:
		if c := l.Cadence(of.Cadence); c != "" {
			return c
		}
		return l.Say("fact.once")
	case suggest.FactPeople:
		return l.Count("fact.people", f.Count)
	case suggest.FactOptional:
		return l.Say("fact.optional")
	case suggest.FactUnanswered:
		return l.Count("fact.unanswered", f.Count)
	case suggest.FactWords:
		return l.Say("fact.words", "quote", text.Fit(text.Clean(f.Quote), longestQuote))
	case suggest.FactMix:
		if len(of.Tasks) > 1 {
			return l.Say("fact.mix", "first", l.Category(of.Tasks[0]), "second", l.Category(of.Tasks[1]))
		}
	}
	return ""
}

// Category returns a category's name: "informing".
func (l Language) Category(c rules.Category) string { return l.Say("category." + c.String()) }

// Meaning says what people do together in a meeting of a category.
func (l Language) Meaning(c rules.Category) string { return l.Say("meaning." + c.String()) }

// Form returns an async form with its article: "a shared document"; "" for none.
func (l Language) Form(f suggest.Form) string {
	key := "form." + strings.ReplaceAll(f.Name, " ", "-")
	if f.Name == "" || !l.Has(key) {
		return ""
	}
	return l.Say(key)
}
