package rules_test

import (
	"errors"
	"strings"
	"testing"

	"unmeet/rules"
)

func file(text string) rules.File { return rules.File{Name: "acme.toml", Data: []byte(text)} }

// load lays text over the rules that come with unmeet.
func load(t *testing.T, text string) *rules.Engine {
	t.Helper()
	e, err := rules.Load(append(rules.DefaultFiles(), file(text))...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDefaultFilesPassTheirTests(t *testing.T) {
	e, err := rules.Load(rules.DefaultFiles()...)
	if err != nil {
		t.Fatal(err)
	}
	if n := e.Tests(); n < 90 {
		t.Errorf("%d tests in the files; each further language brings thirty", n)
	}
	for _, f := range rules.DefaultFiles()[1:] {
		if !strings.HasPrefix(f.Name, "languages/") {
			continue
		}
		if n := strings.Count(string(f.Data), "[[test]]"); n < 30 {
			t.Errorf("%s has %d tests, want 30", f.Name, n)
		}
	}
	for _, r := range e.Rules() {
		if len(r.Why) < 10 || strings.HasSuffix(r.Why, ".") {
			t.Errorf("%s: rule %q: why is %q; it goes into sentences, so half a sentence without a full stop", r.Place, r.Name, r.Why)
		}
	}
}

func TestBadFiles(t *testing.T) {
	good := "[[rule]]\nname = \"a\"\ncategory = \"informing\"\nweight = 1.0\nphrases = [\"kite\"]\nwhy = \"because it is\"\n"
	tests := []struct{ name, text, want, hint string }{
		{"unknown key", "[[rule]]\nname = \"a\"\nwieght = 2\n", `acme.toml:3:1: unknown key "rule.wieght"`, "a rule has name"},
		{"unknown table", "[sclae]\ntask = 1\n", `acme.toml:1:2: unknown key "sclae"`, "a rule file has"},
		{"unknown category", strings.Replace(good, "informing", "informative", 1), `acme.toml:3:1: rule "a": unknown category "informative"`, "the seven are"},
		{"no why", strings.Replace(good, "why = \"because it is\"\n", "", 1), `acme.toml:1:3: rule "a": no why`, "say in a sentence"},
		{"empty why", strings.Replace(good, "because it is", " ", 1), `acme.toml:6:1: rule "a": no why`, "say in a sentence"},
		{"duplicate name", good + good, `acme.toml:8:1: duplicate rule name "a"`, "the first is in line 1"},
		{"no name", "[[rule]]\ncategory = \"informing\"\n", `acme.toml:1:3: a rule without a name`, "every rule has a name"},
		{"empty phrase", strings.Replace(good, "\"kite\"", "\"kite\", \" !\"", 1), `acme.toml:5:1: rule "a": empty phrase " !"`, "one or more words"},
		{"lone star", strings.Replace(good, "\"kite\"", "\"kite * wind\"", 1), `acme.toml:5:1: rule "a": a star by itself in "kite * wind"`, "retro*"},
		{"weight in quotes", strings.Replace(good, "1.0", "\"1\"", 1), `acme.toml:4:10: weight is not a number`, "without quotes"},
		{"weight too large", strings.Replace(good, "1.0", "99", 1), `acme.toml:4:1: rule "a": a weight outside -20 to 20`, "1 to 4"},
		{"weight not a number", strings.Replace(good, "1.0", "nan", 1), `acme.toml:4:1: rule "a": a weight outside`, "1 to 4"},
		{"no weight", strings.Replace(good, "weight = 1.0\n", "", 1), `acme.toml:3:1: rule "a": no weight`, "1 (a hint)"},
		{"neither category nor guard", "[[rule]]\nname = \"a\"\nphrases = [\"kite\"]\nwhy = \"because it is\"\n", `acme.toml:2:1: rule "a": neither category nor guard`, "guard ="},
		{"can never speak", "[[rule]]\nname = \"a\"\nguard = \"people\"\nwhy = \"because it is\"\n", `acme.toml:2:1: rule "a": it can never speak`, "give phrases"},
		{"unknown cadence", good + "when = { cadence = [\"hourly\"] }\n", `acme.toml:7:1: rule "a": unknown cadence "hourly"`, ""},
		{"unknown title shape", good + "when = { title = \"trio\" }\n", `acme.toml:7:1: rule "a": unknown title shape "trio"`, ""},
		{"impossible condition", good + "when = { people_min = 9, people_max = 3 }\n", `rule "a": the least is more than the most`, ""},
		{"empty condition", good + "when = { }\n", `rule "a": the condition is empty`, ""},
		{"condition table", good + "[rule.when]\npeople_most = 3\n", `acme.toml:8:1: unknown key "rule.when.people_most"`, "people_max"},
		{"unknown form", good + "form = \"fax\"\n", `acme.toml:7:1: rule "a": unknown form "fax"`, "recorded video"},
		{"phrases no list", strings.Replace(good, "[\"kite\"]", "\"kite\"", 1), `acme.toml:5:11: phrases is not a list`, `["…", "…"]`},
		{"syntax", "[[rule]\n", "acme.toml:1:", "key = value"},
		{"text without quotes", "[[rule]]\nname = kite\n", "acme.toml:2:8: this is no value", "text in quotes"},
		{"name no text", "[[rule]]\nname = 3\n", "acme.toml:2:8: name is not text", `"…"`},
		{"switch in quotes", "[[rule]]\nname = \"a\"\noff = \"true\"\n", "acme.toml:3:7: off is not true or false", "without quotes"},
		{"broken number", good + "when = { people_min = 1.5 }\n", "acme.toml:7:23: people_min is not a whole number", "digits"},
		{"prior in quotes", "[prior]\ninforming = \"x\"\n", "acme.toml:2:13: informing is not a number", "digits"},
		{"no table", "never = 3\n", "acme.toml:1:9: never is not a table", "[never]"},
		{"no tables", "rule = 3\n", "acme.toml:1:8: rule is not a list of tables", "[[rule]]"},
		{"temperature", "[scale]\ntemperature = 0\n", "acme.toml:2:1: temperature must be above 0", ""},
		{"prior", "[prior]\nmeeting = 1\n", `acme.toml:2:1: unknown category "meeting"`, ""},
		{"never", "[never]\ntitles = [\"\"]\n", "acme.toml:2:1: empty title 1 in [never]", ""},
		{"failing test", good + "[[test]]\ntitle = \"Kite\"\ncategory = \"creating\"\n", `acme.toml:7:1: test "Kite": want creating, got informing`, "mend the rules"},
		{"test of nothing", good + "[[test]]\ntitle = \"Kite\"\n", `acme.toml:7:3: test "Kite" expects nothing`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rules.Load(file(tt.text))
			var all rules.FileErrors
			if !errors.As(err, &all) {
				t.Fatalf("got %v, want FileErrors", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
			if !strings.Contains(all.Hint(), tt.hint) {
				t.Errorf("hint %q, want %q in it", all.Hint(), tt.hint)
			}
		})
	}
}

func TestOverlay(t *testing.T) {
	base := rules.Default()
	r, ok := base.Rule("stand-up")
	if !ok {
		t.Fatal("no rule stand-up")
	}
	e := load(t, "[[rule]]\nname = \"stand-up\"\nweight = 1.25\n\n[[rule]]\nname = \"demo\"\noff = true\n\n"+
		"[[rule]]\nname = \"kites\"\nguard = \"flying\"\nphrases = [\"kite flying\"]\nwhy = \"kites are flown together\"\n\n"+
		"[never]\ntitles = [\"sunrise\"]\norganizers = [\"Boss@acme.example\", \"@legal.example\"]\ngroups = [\"Board office\"]\n")
	changed, _ := e.Rule("stand-up")
	if changed.Weight != 1.25 || changed.Why != r.Why || len(changed.Phrases) != len(r.Phrases) {
		t.Errorf("only the weight was to change: %+v", changed)
	}
	if _, ok := e.Rule("demo"); ok {
		t.Error("demo is still there")
	}
	if e.Hash() == base.Hash() {
		t.Error("other rules, same hash")
	}
	for _, c := range []struct {
		s     rules.Subject
		guard string
	}{
		{rules.Subject{Title: "Kite flying status", People: 5}, "flying"},
		{rules.Subject{Title: "Weekly Sunrise status", People: 5}, rules.GuardNever},
		{rules.Subject{Title: "Weekly status", People: 5, Organizer: "boss@acme.example"}, rules.GuardNever},
		{rules.Subject{Title: "Weekly status", People: 5, Organizer: "anna@legal.example"}, rules.GuardNever},
		{rules.Subject{Title: "Weekly status", People: 5, Groups: []string{"board office"}}, rules.GuardNever},
	} {
		if v := e.Judge(c.s); !meets(v, "guard "+c.guard) || v.Suggest() {
			t.Errorf("%+v: guards %v, suggest %t", c.s, v.Guards, v.Suggest())
		}
		if v := base.Judge(c.s); !v.Suggest() {
			t.Errorf("%+v: not suggested even without the file", c.s)
		}
	}
}

func TestHashNamesTheRules(t *testing.T) {
	a, b := load(t, "# one\n"), load(t, "# two\n")
	if a.Hash() == b.Hash() || a.Hash() != load(t, "# one\n").Hash() || len(a.Hash()) != 16 {
		t.Errorf("hashes %s, %s", a.Hash(), b.Hash())
	}
}

func TestRewriteChangesNumbersOnly(t *testing.T) {
	f := file("# Ours.\n[scale]\nthreshold = 0.9 # high\n\n[[rule]]\nname   = \"kite\" # a comment\ncategory = \"informing\"\nweight = 1.50 # by hand\nphrases = [\"kite 3\"]\nwhy    = \"weight = 7, they say\"\n")
	e, err := rules.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	w := e.Weights()
	w.Rules[0], w.Threshold = 2.255, 0.7
	out, err := e.Rewrite(f, w)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("1.50", "2.25", "0.9", "0.7").Replace(string(f.Data))
	if got := string(out.Data); got != want && got != strings.Replace(want, "2.25", "2.26", 1) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	again, err := rules.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	s := rules.Subject{Title: "Kite 3"}
	if got, want := again.Judge(s).Evidence[0].Weight, e.WithWeights(w).Judge(s).Evidence[0].Weight; got < want-0.01 || got > want+0.01 {
		t.Errorf("the written file weighs %v, the weights in memory %v", got, want)
	}
}

func TestDiffShowsWhatNewRulesWouldDo(t *testing.T) {
	now := load(t, "[never]\ntitles = [\"sunrise\"]\n\n[[rule]]\nname = \"kites\"\ncategory = \"creating\"\nweight = 9\nphrases = [\"kite\"]\nwhy = \"kites are dreamt up\"\n")
	subjects := []rules.Subject{{Title: "Sunrise status", People: 5}, {Title: "Weekly status", People: 5}, {Title: "Kite", People: 5}}
	changes := rules.Diff(rules.Default(), now, subjects)
	if len(changes) != 2 || changes[0].Subject.Title != "Sunrise status" || changes[1].Now.Category != rules.Creating {
		t.Errorf("%+v", changes)
	}
	if !changes[0].Before.Suggest() || changes[0].Now.Suggest() {
		t.Error("the sunrise was suggested before, and is no more")
	}
}

// A phrase stands for its singular and its plural, unless another phrase says
// what that means.
func TestPhrasesInEitherNumber(t *testing.T) {
	e, err := rules.Load(rules.File{Name: "acme.toml", Data: []byte(`
[words]
negation = ["never"]
[[rule]]
name = "telling"
category = "informing"
weight = 3
title = ["briefing", "stories", "class", "batch notes", "works"]
why = "it is told"
[[rule]]
name = "eating"
category = "connecting"
weight = 3
title = ["dinner", "party", "news"]
why = "it is eaten"
`)})
	if err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]string{
		"Briefings": "telling", "Story": "telling", "Classes": "telling", "Batches note": "telling", "Team dinners": "eating", "PARTIES": "eating",
		"work": "telling", "new": "", "dinn": "", "clas": "", "briefingss": "", "nevers": "", "dine": "", "s": "", "ss": "", "ies": "", "es": "",
	} {
		v := e.Judge(rules.Subject{Title: title, External: -1, Acceptance: -1})
		got := ""
		if len(v.Evidence) > 0 {
			got = v.Evidence[0].Rule
		}
		if got != want {
			t.Errorf("%q speaks through %q, want %q", title, got, want)
		}
	}
}
