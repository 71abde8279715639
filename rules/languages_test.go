package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
)

// Words that languages share are those of the language spoken.
func TestOtherLanguagesKeepSilent(t *testing.T) {
	e := rules.Default()
	for _, c := range []struct {
		title, body string
		want        []string // the rules of other languages that speak
	}{
		{title: "Budget decision"},
		{title: "Incident review status"},
		{title: "Mediation, second talk"},
		{title: "Presentation of the results"},
		{title: "Project probe: surveillance technique"},
		{title: "Budget", body: "We go through the numbers of the year and what this means for the team."},
		{title: "Point d'avancement", want: []string{"fr point"}},
		{title: "Statusrunde", want: []string{"de status", "de besprechung"}},
		{title: "Statusrunde", body: "Join on your computer or on the phone. Click here to join the meeting with your team.", want: []string{"de status", "de besprechung"}},
		{title: "Reunión de seguimiento", want: []string{"es reunión"}},
	} {
		v := e.Judge(rules.Subject{Title: c.title, Body: c.body, External: -1, Acceptance: -1})
		var spoke []string
		for _, ev := range v.Evidence {
			if len(ev.Rule) > 3 && strings.Contains("de fr es ", ev.Rule[:3]) {
				spoke = append(spoke, ev.Rule)
			}
		}
		if diff := cmp.Diff(c.want, spoke); diff != "" {
			t.Errorf("%q: %s", c.title, diff)
		}
	}
}

// A word that two languages have counts once, by the louder rule.
func TestSharedWordsCountOnce(t *testing.T) {
	const base = "language = \"en\"\n[[rule]]\nname = \"kite\"\ncategory = \"informing\"\nweight = 2\nphrases = [\"kite\"]\nwhy = \"x\"\n"
	const other = "language = \"xx\"\n[[rule]]\nname = \"xx kite\"\ncategory = \"informing\"\nweight = 3\nphrases = [\"kite\", \"drak\"]\nwhy = \"y\"\n"
	e, err := rules.Load(file(base), rules.File{Name: "xx.toml", Data: []byte(other)})
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]string{
		"Kite": "kite", "Kite flight": "kite", "Kite drak": "xx kite", "Drak": "xx kite",
	} {
		v := e.Judge(rules.Subject{Title: title})
		if len(v.Evidence) != 1 || v.Evidence[0].Rule != want {
			t.Errorf("%q: %+v, want %s alone", title, v.Evidence, want)
		}
	}
}
