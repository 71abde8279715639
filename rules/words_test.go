package rules_test

import (
	"math"
	"strings"
	"testing"

	"unmeet/rules"
)

// speakers are seven rules through which a word list speaks.
func speakers() rules.File {
	var b strings.Builder
	for c := range rules.Category(rules.Categories) {
		b.WriteString("[[rule]]\nname = \"words of " + c.String() + "\"\ncategory = \"" + c.String() +
			"\"\nweight = 1.0\nlistens = true\nwhy = \"such words\"\n")
	}
	return rules.File{Name: "acme.toml", Data: []byte(b.String())}
}

func TestWordsSpeak(t *testing.T) {
	list := rules.File{Name: "words.tsv", Data: []byte("# words\n\nalways\t\t.\t.\t.\t.\t.\t.\t.\t-3\n" +
		"title\tkites\t2\t.\t.\t.\t.\t.\t.\t.\n" +
		"title\tkite flying\t.\t.\t.\t4\t.\t.\t.\t.\n" +
		"body\tkites\t.\t.\t.\t.\t.\t.\t3\t5\n")}
	e, err := rules.Load(speakers(), list)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		title, body string
		want        rules.Category
		phrase      string
		guarded     bool
	}{
		{"Kite", "", rules.Informing, "Kite", false},
		{"The KITES, the kites", "", rules.Informing, "KITES", false},
		{"Kites flying", "", rules.Creating, "Kites flying", false},
		{"Kites; flying", "", rules.Informing, "Kites", false},
		{"News", "About kites", rules.Connecting, "kites", true},
	} {
		v := e.Judge(rules.Subject{Title: c.title, Body: c.body, External: -1, Acceptance: -1})
		if v.Category != c.want || len(v.Evidence) == 0 || v.Evidence[0].Phrase != c.phrase || (v.Guarded > 0.5) != c.guarded {
			t.Errorf("%q, %q: %s, guarded %.2f, %+v; want %s, %q", c.title, c.body, v.Category, v.Guarded, v.Evidence, c.want, c.phrase)
		}
	}
	if v := e.Judge(rules.Subject{Title: "Nothing known"}); v.Sure || len(v.Evidence) > 0 {
		t.Errorf("unknown words are evidence: %+v", v)
	}
	silent, err := e.WithWords(rules.File{})
	if err != nil {
		t.Fatal(err)
	}
	if v := silent.Judge(rules.Subject{Title: "Kite"}); len(v.Evidence) > 0 || v.Guarded != 0 {
		t.Errorf("without a list: %+v", v)
	}
}

func TestBadWordLists(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"title\tkite\t1", "words.tsv:1:1: 3 columns, not 10"},
		{"titel\tkite\t.\t.\t.\t.\t.\t.\t.\t.", `words.tsv:1:1: "titel" is neither title nor body`},
		{"title\t!\t.\t.\t.\t.\t.\t.\t.\t.", `words.tsv:1:1: "!" is not one word or two`},
		{"title\tkite\t.\t.\tmuch\t.\t.\t.\t.\t.", `words.tsv:1:1: "much" is not a number`},
		{"title\tkite\t.\t.\t99\t.\t.\t.\t.\t.", `words.tsv:1:1: "99" is not a number`},
	} {
		_, err := rules.Load(rules.File{Name: "words.tsv", Data: []byte(c.line)})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.line, err, c.want)
		}
	}
}

// Learning takes texts apart with TermsOf, judging in one pass over tokens: both
// have to find the same terms.
func TestTermsAreWhatJudgingHears(t *testing.T) {
	for _, s := range []rules.Subject{
		{Title: "Plan the plans", Body: "Planning; planned 2 reviews. Anna's stories of the story, 1:1"},
		{Title: "Café crémes", Body: ""},
	} {
		terms := rules.TermsOf(s)
		for _, part := range []struct {
			name  string
			terms []rules.Term
			loud  float64
		}{{"title", terms.Title, 1}, {"body", terms.Body, terms.BodyLoud}} {
			for _, term := range part.terms {
				e, err := rules.Load(speakers(), rules.File{Name: "words.tsv", Data: []byte(part.name + "\t" + term.Form + "\t7\t.\t.\t.\t.\t.\t.\t.\n")})
				if err != nil {
					t.Fatal(err)
				}
				v := e.Judge(s)
				odds := math.Log(v.Probabilities[rules.Informing] / v.Probabilities[rules.Creating])
				if math.Abs(odds-7*part.loud) > 1e-4 {
					t.Errorf("%q in the %s of %q speaks %.3f times", term.Form, part.name, s.Title, odds/7)
				}
			}
		}
	}
}
