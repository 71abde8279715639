package language

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"unmeet/agent/suggest"
	"unmeet/rules"
)

func TestDays(t *testing.T) {
	start := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for tag, want := range map[string][]string{
		"en":    {"Tue 24 Nov", "Tue 24 Nov, 10:00–10:25", "Tuesday", "25 min", "1 day", "90 days"},
		"de-AT": {"Di. 24. Nov.", "Di. 24. Nov., 10:00–10:25", "Dienstag", "25 Min.", "1 Tag", "90 Tage"},
		"fr":    {"Tue 24 Nov", "Tue 24 Nov, 10:00–10:25", "Tuesday", "25 min", "1 day", "90 days"},
	} {
		l := Pick(tag)
		at := In(start, "Europe/Berlin")
		got := []string{l.Day(at), l.When(at, at.Add(25*time.Minute)), l.Weekday(at), l.Minutes(25), l.Days(36 * time.Hour), l.Days(90 * 24 * time.Hour)}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	if at := In(start, "Nowhere/Land"); at.Location() != time.UTC {
		t.Errorf("a zone that is none: %s", at)
	}
}

func TestFacts(t *testing.T) {
	weekly := suggest.Snapshot{Cadence: suggest.Cadence{Unit: suggest.Week, Every: 1, Times: 1}, Tasks: []rules.Category{rules.Informing, rules.DecisionMaking}}
	for _, c := range []struct {
		fact   suggest.Fact
		en, de string
	}{
		{suggest.Fact{Kind: suggest.FactCadence}, "weekly", "wöchentlich"},
		{suggest.Fact{Kind: suggest.FactPeople, Count: 14}, "14 people invited", "14 Personen eingeladen"},
		{suggest.Fact{Kind: suggest.FactOptional}, "you are optional", "Ihre Teilnahme ist optional"},
		{suggest.Fact{Kind: suggest.FactUnanswered, Count: 1}, "1 of the invited never answered", "1 der Eingeladenen hat nie geantwortet"},
		{suggest.Fact{Kind: suggest.FactWords, Quote: "for\u202e\r\n {n} updates"}, "the invitation says “for {n} updates”", "in der Einladung steht „for {n} updates“"},
		{suggest.Fact{Kind: suggest.FactMix}, "it mixes informing and decision-making", "sie mischt Informieren und Entscheiden"},
		{suggest.Fact{Kind: "of tomorrow"}, "", ""},
	} {
		if en, de := Pick("en").Fact(c.fact, weekly), Pick("de").Fact(c.fact, weekly); en != c.en || de != c.de {
			t.Errorf("%s: %q and %q, want %q and %q", c.fact.Kind, en, de, c.en, c.de)
		}
	}
	if got := Pick("en").Fact(suggest.Fact{Kind: suggest.FactCadence}, suggest.Snapshot{}); got != "held once" {
		t.Errorf("a meeting that does not recur: %q", got)
	}
}

// TestEverything says all that can be said, in every language.
func TestEverything(t *testing.T) {
	for _, tag := range Tags() {
		l := Pick(tag)
		said := map[string]string{}
		note := func(what, text string) {
			if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("%s: %s: %q", tag, what, text)
			}
			if before, ok := said[text]; ok {
				t.Errorf("%s: %s and %s are both %q", tag, what, before, text)
			}
			said[text] = what
		}
		for c := range rules.Category(rules.Categories) {
			note(c.String(), l.Category(c))
			note("the meaning of "+c.String(), l.Meaning(c))
		}
		for _, form := range []string{"email", "chat message", "recorded video", "audio", "shared document", "project board", "long-form writing"} {
			note(form, l.Form(suggest.Form{Name: form}))
		}
		for _, unit := range []suggest.Unit{suggest.Workday, suggest.Day, suggest.Week, suggest.Month, suggest.Year} {
			note(string(unit), l.Cadence(suggest.Cadence{Unit: unit, Every: 1, Times: 1}))
			if unit != suggest.Workday {
				note("2 of "+string(unit), l.Cadence(suggest.Cadence{Unit: unit, Every: 2, Times: 1}))
			}
		}
		note("3 a week", l.Cadence(suggest.Cadence{Unit: suggest.Week, Every: 1, Times: 3}))
		note("3 in 2 weeks", l.Cadence(suggest.Cadence{Unit: suggest.Week, Every: 2, Times: 3}))
		for month := range 12 {
			note("a day", l.Day(time.Date(2026, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)))
		}
		if l.Dir != "ltr" && l.Dir != "rtl" {
			t.Errorf("%s: it is written %q", tag, l.Dir)
		}
	}
}

// TestRead refuses catalogues that differ.
func TestRead(t *testing.T) {
	english := `"a" = "one {n}"` + "\n" + `"b" = "two"`
	for _, c := range []struct{ other, wrong string }{
		{english, ""},
		{`"a" = "eins {n}"`, `"b" is in one of`},
		{english + "\n" + `"c" = "drei"`, `"c" is in one of`},
		{`"a" = "eins {m}"` + "\n" + `"b" = "zwei"`, `"a" has`},
		{`"a" = 1`, "de.toml"},
	} {
		_, err := Read(fstest.MapFS{"x/en.toml": {Data: []byte(english)}, "x/de.toml": {Data: []byte(c.other)}}, "x")
		if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q: %v, want %q", c.other, err, c.wrong)
		}
	}
	if _, err := Read(fstest.MapFS{"x/de.toml": {Data: []byte(english)}}, "x"); err == nil {
		t.Error("no English, and no error")
	}
}

// TestSay puts values in as they are, and never looks for places in them.
func TestSay(t *testing.T) {
	c := Catalogue{Tag: "en", texts: map[string]string{"x": "{a} and {b}", "n": "{n} of {a}", "n.one": "one of {a}"}}
	if got := c.Say("x", "a", "{b}", "b", "{a}"); got != "{b} and {a}" {
		t.Errorf("%q", got)
	}
	if one, two := c.Count("n", 1, "a", "z"), c.Count("n", 2, "a", "z"); one != "one of z" || two != "2 of z" {
		t.Errorf("%q, %q", one, two)
	}
}
