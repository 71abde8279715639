package rules_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/rules"
)

// check holds what must hold of every verdict.
func check(t interface{ Errorf(string, ...any) }, s rules.Subject, v rules.Verdict) {
	sum := 0.0
	for c, p := range v.Probabilities {
		if !(p >= 0 && p <= 1) {
			t.Errorf("%q: probability %v of %s", s.Title, p, rules.Category(c))
		}
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("%q: probabilities sum to %v", s.Title, sum)
	}
	if v.Probabilities[v.Category] < slices.Max(v.Probabilities[:]) {
		t.Errorf("%q: %s is not the most probable of %v", s.Title, v.Category, v.Probabilities)
	}
	if len(v.Tasks) == 0 || v.Tasks[0] != v.Category {
		t.Errorf("%q: tasks %v of %s", s.Title, v.Tasks, v.Category)
	}
	if v.Suggest() && (len(v.Guards) > 0 || v.Category > rules.Collaborating || s.Private || s.PeopleHidden) {
		t.Errorf("%q is suggested: %+v", s.Title, v)
	}
	for _, ev := range v.Evidence {
		if !strings.Contains(s.Title, ev.Phrase) && !strings.Contains(s.Body, ev.Phrase) {
			t.Errorf("%q: evidence %q is in neither text", s.Title, ev.Phrase)
		}
		if utf8.ValidString(s.Title) && utf8.ValidString(s.Body) && !utf8.ValidString(ev.Phrase) {
			t.Errorf("%q: evidence %q cuts a character", s.Title, ev.Phrase)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, s := range structurals {
		f.Add(s.s.Title, s.s.Body, s.s.Recurrence, s.s.People)
	}
	f.Add("Réunion d’équipe — point hebdo", "Ordre du jour:\n\n• l'état", "every 2 weeks", 4)
	f.Add("週次定例会議 ☕️👩‍💻", "<p>a<br/>b&nbsp;c</p>", "FREQ=;;", -1)
	f.Add("a\xffb <> \xc3", "not\n\n\nout of scope\n- x @ y@z", "every -7 days", 1<<40)
	e := rules.Default()
	f.Fuzz(func(t *testing.T, title, body, recurrence string, people int) {
		s := rules.Subject{Title: title, Body: body, Recurrence: recurrence, People: people, External: -1, Acceptance: -1}
		v := e.Judge(s)
		check(t, s, v)
		if e.Explain(s, v).String() == "" {
			t.Error("nothing to say")
		}
		e.Form(s, v)
	})
}

// Case, accents and repeated spaces make no difference.
func TestFoldingIsBlindToLooks(t *testing.T) {
	e := rules.Default()
	titles := []string{"weekly status update", "sprint retrospective", "steering committee", "team lunch", "presentation des resultats", "mitarbeitergesprach", "anmeldung zur schulung"}
	looks := strings.NewReplacer("e", "é", "a", "Ä", "s", "S", " ", "  ", "u", "ü", "o", "ô")
	for _, title := range titles {
		plain, dressed := e.Judge(rules.Subject{Title: title}), e.Judge(rules.Subject{Title: looks.Replace(title)})
		if diff := cmp.Diff(plain.Probabilities, dressed.Probabilities); diff != "" {
			t.Errorf("%q and %q differ: %s", title, looks.Replace(title), diff)
		}
	}
}

func TestJudgeIsPure(t *testing.T) {
	e := rules.Default()
	rapid.Check(t, func(r *rapid.T) {
		c := structurals[rapid.IntRange(0, len(structurals)-1).Draw(r, "case")]
		other := structurals[rapid.IntRange(0, len(structurals)-1).Draw(r, "other")]
		first := e.Judge(c.s)
		e.Judge(other.s)
		if diff := cmp.Diff(first, e.Judge(c.s)); diff != "" {
			r.Errorf("%q was judged otherwise after %q: %s", c.s.Title, other.s.Title, diff)
		}
		check(r, c.s, first)
	})
}

func TestJudgeConcurrently(t *testing.T) {
	e := rules.Default()
	var want []rules.Verdict
	for _, c := range structurals {
		want = append(want, e.Judge(c.s))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, c := range structurals {
				if diff := cmp.Diff(want[i], e.Judge(c.s)); diff != "" {
					t.Errorf("%q: %s", c.s.Title, diff)
				}
			}
		})
	}
	wg.Wait()
}

func TestMoreOfAGuardNeverFreesAMeeting(t *testing.T) {
	e := rules.Default()
	for _, c := range structurals {
		v := e.Judge(c.s)
		guarded := c.s
		guarded.PeopleHidden = true
		w := e.Judge(guarded)
		if w.Suggest() || !v.Suggest() && w.Suggest() {
			t.Errorf("%q is suggested with hidden guests", c.s.Title)
		}
	}
}

// The cases are of our own: what meetings of many kinds of organizations are
// called and how they describe themselves, and what they are.
func TestCases(t *testing.T) {
	data, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	e := rules.Default()
	right, all := 0, 0
	for line := range strings.Lines(string(data)) {
		part := strings.Split(strings.TrimRight(line, "\n"), "\t")
		want, err := rules.ParseCategory(part[2])
		if err != nil {
			t.Fatal(err)
		}
		s := rules.Subject{Title: part[0], Body: part[1], External: -1, Acceptance: -1}
		v := e.Judge(s)
		check(t, s, v)
		all++
		if v.Category == want {
			right++
		} else {
			t.Logf("%q: want %s, got %s", part[0], want, v.Category)
		}
	}
	if share := float64(right) / float64(all); share < 0.9 {
		t.Errorf("%d of %d right (%.2f)", right, all, share)
	} else {
		t.Logf("%d of %d right", right, all)
	}
}

func TestSplit(t *testing.T) {
	e := rules.Default()
	for _, c := range []struct {
		s    rules.Subject
		want bool
	}{
		{rules.Subject{Title: "Weekly leadership meeting", Body: "1. Updates from each team, announcements\n2. Vote on the open proposals, approve the budget", People: 8}, true},
		{rules.Subject{Title: "Weekly status", People: 8}, false},
		{rules.Subject{Title: "Steering committee", People: 8}, false},
		{rules.Subject{Title: "Weekly meeting", Body: "Updates from each team; vote on the proposals", People: 2}, false}, // one-to-one
	} {
		if v := e.Judge(c.s); v.Split() != c.want {
			t.Errorf("%q: split %t, tasks %v, guards %v", c.s.Title, v.Split(), v.Tasks, v.Guards)
		}
	}
}

func TestForm(t *testing.T) {
	e := rules.Default()
	for _, c := range []struct {
		s          rules.Subject
		name, text string
	}{
		{rules.Subject{Title: "Demo", People: 40}, "recorded video", "a demo to 40 people: a recorded video"},
		{rules.Subject{Title: "Standup", People: 7}, "chat message", "a stand-up of 7 people: a chat message"},
		{rules.Subject{Title: "Standup", People: 35}, "email", "a stand-up of 35 people: an email"},
		{rules.Subject{Title: "Backlog refinement", People: 6}, "project board", "a refinement of 6 people: a project board"},
		{rules.Subject{Title: "Design review", People: 5}, "shared document", "a review of 5 people: a shared document"},
		{rules.Subject{Title: "News"}, "email", "an update: an email"},
		{rules.Subject{Title: "Steering committee", People: 6}, "", ""},
	} {
		v := e.Judge(c.s)
		form, ok := e.Form(c.s, v)
		if ok != (c.name != "") || form.Name != c.name || ok && form.String() != c.text {
			t.Errorf("%q: %v %q, want %q", c.s.Title, ok, form, c.text)
		}
	}
}

func TestReadSubject(t *testing.T) {
	unknown := rules.Subject{External: -1, Acceptance: -1}
	with := func(change func(*rules.Subject)) rules.Subject {
		s := unknown
		change(&s)
		return s
	}
	for _, c := range []struct {
		line, id string
		want     rules.Subject
	}{
		{`{"title":""}`, "", unknown},
		{`{"id":"m1","title":"Status"}`, `"m1"`, with(func(s *rules.Subject) { s.Title = "Status" })},
		{`{"id":7,"title":"Status","description":null,"minutes":null,"recurrence":null,"attendees":null}`, `7`, with(func(s *rules.Subject) { s.Title = "Status" })},
		{`{"title":"A","minutes":30.0,"recurrence":"weekly","attendees":8,"org":"x"}`, "", with(func(s *rules.Subject) { s.Title, s.Minutes, s.Recurrence, s.People = "A", 30, "weekly", 8 })},
		{`{"title":"A","recurrence":"when the moon is full"}`, "", with(func(s *rules.Subject) { s.Title, s.Recurrence = "A", "when the moon is full" })},
		{`{"title":"A","attendees":["anna.berg@acme.example","Tom Falk",{"name":"Li"},{"email":"x@y.example"},5]}`, "", with(func(s *rules.Subject) {
			s.Title, s.People, s.Names = "A", 5, []string{"anna berg", "Tom Falk", "Li", "x"}
		})},
		{`{"title":"A","minutes":"45","attendees":"9"}`, "", with(func(s *rules.Subject) { s.Title, s.Minutes, s.People = "A", 45, 9 })},
		{`{"title":"A","attendees":[]}`, "", with(func(s *rules.Subject) { s.Title = "A" })},
		{`{"title":"A","attendees":""}`, "", with(func(s *rules.Subject) { s.Title = "A" })},
	} {
		id, got, err := rules.ReadSubject([]byte(c.line))
		if err != nil || string(id) != c.id {
			t.Errorf("%s: id %s, %v", c.line, id, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
	for line, want := range map[string]string{
		``:                                 "not JSON: ",
		`{"title":"A"`:                     "not JSON: ",
		`[]`:                               "not a JSON object",
		`7`:                                "not a JSON object",
		`null`:                             "title is missing",
		`{}`:                               "title is missing",
		`{"title":null}`:                   "title is missing",
		`{"title":5}`:                      "title: not text in quotes",
		`{"title":"A","recurrence":["x"]}`: "recurrence: not text in quotes",
		`{"title":"A","attendees":"many"}`: `attendees: neither a list nor a number from 0 on: "many"`,
		`{"title":"A","attendees":-3}`:     "attendees: neither a list nor a number from 0 on: -3",
		`{"title":"A","minutes":"long"}`:   `minutes: not a number from 0 on: "long"`,
		`{"title":"A","minutes":-5}`:       "minutes: not a number from 0 on: -5",
		`{"title":"A","minutes":[]}`:       "minutes: not a number from 0 on: []",
	} {
		if _, _, err := rules.ReadSubject([]byte(line)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
}

func FuzzReadSubject(f *testing.F) {
	f.Add([]byte(`{"id":1,"title":"A","attendees":["a@b.example"],"minutes":1e300}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		id, s, err := rules.ReadSubject(line)
		if err != nil {
			return
		}
		out, err := rules.AppendVerdict(nil, id, rules.Default().Judge(s))
		if err != nil || !json.Valid(out) {
			t.Errorf("%q: %s %v", line, out, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("language = \"de\"\n[words]\nlinks = [\"und\"]\n[[rule]]\nname = \"b\"\ncategory = \"creating\"\nweight = 2\ntitle = [\"*a\"]\nunless = [\"b a\"]\nwhy = \"y\"\n"))
	f.Add([]byte("[never]\ntitles = [\"a\"]\n[prior]\ninforming = 1\n[[test]]\ntitle = \"a\"\nguards = [\"never\"]\n"))
	f.Add([]byte("[[rule]]\nname = \"a\"\nguard = \"x\"\nphrases = [\"a*\"]\nwhy = \"y\"\n[rule.when]\npeople_min = 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := rules.Load(rules.File{Name: "x.toml", Data: data})
		if err == nil {
			check(t, rules.Subject{Title: "a"}, e.Judge(rules.Subject{Title: "a"}))
		}
	})
}

func TestVerdictAsJSON(t *testing.T) {
	e, err := rules.Load(file("[[rule]]\nname = \"kite\"\ncategory = \"informing\"\nweight = 2\nphrases = [\"kite\"]\nwhy = \"kites inform\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := rules.AppendVerdict(nil, json.RawMessage(`"m1"`), e.Judge(rules.Subject{Title: "Kite"}))
	want := `{"id":"m1","category":"informing","probabilities":{"informing":0.551873,"collaborating":0.074688,"problem-solving":0.074688,"creating":0.074688,"decision-making":0.074688,"innovating":0.074688,"connecting":0.074688},"tasks":["informing"],"guards":[],"suggest":false,"evidence":[{"rule":"kite","weight":2,"why":"kites inform","phrase":"Kite"}]}`
	if err != nil || string(got) != want {
		t.Errorf("got\n%s\nwant\n%s\n%v", got, want, err)
	}
}

// Easy words ("update", "status", "sync") beside words about health, jobs, law
// and grief: guarded. Words that only look like those: not guarded.
func TestSensitive(t *testing.T) {
	data, err := os.ReadFile("testdata/sensitive.tsv")
	if err != nil {
		t.Fatal(err)
	}
	e := rules.Default()
	for line := range strings.Lines(string(data)) {
		title, guard, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		v := e.Judge(rules.Subject{Title: title, People: 6, External: -1, Acceptance: -1})
		if guard == "" && len(v.Guards) > 0 || guard != "" && !slices.Contains(v.Guards, guard) {
			t.Errorf("%q: guards %v, want %q", title, v.Guards, guard)
		}
	}
}

// What one part of a title says and another says otherwise.
func TestMixedTitles(t *testing.T) {
	e := rules.Default()
	for _, c := range []struct {
		title string
		want  rules.Category
		split bool
	}{
		{"Brainstorm roadmap", rules.Creating, false},
		{"Workshop: brainstorm roadmap", rules.Creating, false},
		{"Brainstorm release plan", rules.Creating, false},
		{"Roadmap update and decision on Kite 2", rules.DecisionMaking, true},
		{"Status and vote on the proposal", rules.DecisionMaking, true},
		{"Mediation, second talk", rules.Connecting, false},
	} {
		v := e.Judge(rules.Subject{Title: c.title, People: 6, External: -1, Acceptance: -1})
		if v.Category != c.want || v.Split() != c.split {
			t.Errorf("%q: %s, split %t; want %s, %t", c.title, v.Category, v.Split(), c.want, c.split)
		}
	}
}
