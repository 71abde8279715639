package rules_test

import (
	"flag"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Twenty-five titles as calendars have them, explained.
func TestExplain(t *testing.T) {
	subjects := []rules.Subject{
		{Title: "Weekly status", People: 7, Minutes: 30, Recurrence: weekly},
		{Title: "Daily standup", People: 6, Minutes: 15, Recurrence: daily},
		{Title: "Demo day", People: 40, Minutes: 60, Recurrence: monthly},
		{Title: "All hands Q3", People: 180, Minutes: 60},
		{Title: "Anna / Tom", People: 2, Minutes: 30, Recurrence: weekly},
		{Title: "Weekly sync", Body: "1. Updates from each team\n2. Vote on the two proposals", People: 9, Recurrence: weekly},
		{Title: "Backlog refinement", People: 8, Minutes: 60, Recurrence: biweekly},
		{Title: "Design review: checkout", Body: "Please comment on the draft before we meet.", People: 5},
		{Title: "Project Kestrel", People: 6, Recurrence: weekly},
		{Title: "Kestrel", People: 6, Recurrence: weekly},
		{Title: "Steering committee", People: 6, Recurrence: monthly},
		{Title: "Sprint 14 retro", People: 7},
		{Title: "Brainstorm: autumn campaign", People: 5},
		{Title: "Hackathon", People: 30, Minutes: 480},
		{Title: "Interview: data engineer", People: 4},
		{Title: "Town hall", PeopleHidden: true},
		{Title: "Status with customer", People: 6, External: 0.5},
		{Title: "Team meeting", Body: "Not a status meeting: bring what holds you up, and we look for a solution.", People: 8, Recurrence: weekly},
		{Title: "Point d'avancement projet Mistral", People: 9, Recurrence: weekly},
		{Title: "", People: 5, Private: true},
		{Title: "Sprint review", People: 6, Minutes: 60, Recurrence: biweekly},
		{Title: "Budget decision", People: 6},
		{Title: "Roadmap update and decision on Kite 2", People: 8},
		{Title: "Layoff update", People: 30},
		{Title: "Weekly status", People: 1, Recurrence: weekly},
	}
	e := rules.Default()
	var b strings.Builder
	for _, s := range subjects {
		b.WriteString(e.Explain(s, e.Judge(s)).String() + "\n")
	}
	const golden = "testdata/explain.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got, go test -update accepts it)\n%s", diff)
	}
}

// An organization's own list is named, with what it holds of the meeting.
func TestExplainNever(t *testing.T) {
	files := append(rules.DefaultFiles(), file("[never]\ntitles = [\"kestrel*\"]\norganizers = [\"ceo@acme.example\", \"@law.example\"]\ngroups = [\"Finance\"]\n"))
	e, err := rules.Load(files...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    rules.Subject
		want string
	}{
		{rules.Subject{Title: "Status of Kestrels"}, "titles with “Kestrels”"},
		{rules.Subject{Title: "Weekly status", Organizer: "CEO@acme.example"}, "the organizer ceo@acme.example"},
		{rules.Subject{Title: "Weekly status", Organizer: "a@law.example"}, "organizers at law.example"},
		{rules.Subject{Title: "Weekly status", Groups: []string{"finance"}}, "the group finance"},
	} {
		c.s.People = 6
		x := e.Explain(c.s, e.Judge(c.s))
		if want := "Left alone, never: the organization's own [never] list holds " + c.want + "."; x.So != want {
			t.Errorf("%q: %q, want %q", c.s.Title, x.So, want)
		}
		if diff := cmp.Diff([]string{"the organization took that off its list"}, x.Change); diff != "" {
			t.Errorf("%q: %s", c.s.Title, diff)
		}
	}
}

// Nothing is ever said to be certain, and what is suggested is said to reach the
// threshold.
func TestExplainNumbers(t *testing.T) {
	e := rules.Default()
	for _, c := range structurals {
		text := e.Explain(c.s, e.Judge(c.s)).String()
		if strings.Contains(text, "100 %") || strings.Contains(text, " 1 people") {
			t.Errorf("%s", text)
		}
	}
	titles, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	sums := regexp.MustCompile(`informing or collaborating: (\d+) \+ (\d+) %`)
	compared := 0
	for line := range strings.Lines(string(titles)) {
		title, _, _ := strings.Cut(line, "\t")
		s := rules.Subject{Title: title, People: 6, External: -1, Acceptance: -1}
		v := e.Judge(s)
		parts := sums.FindStringSubmatch(e.Explain(s, v).So)
		if parts == nil {
			continue
		}
		compared++
		inform, _ := strconv.Atoi(parts[1])
		collaborate, _ := strconv.Atoi(parts[2])
		if sum := float64(inform + collaborate); (sum >= 100*e.Threshold()) != v.Suggest() || sum > 99 {
			t.Errorf("%q: %s, suggested %t", title, parts[0], v.Suggest())
		}
	}
	if compared == 0 {
		t.Error("no sum was shown")
	}
	one := rules.Subject{Title: "Weekly status", People: 1}
	if x := e.Explain(one, e.Judge(one)); !strings.Contains(x.So, "only one person") {
		t.Errorf("%q", x.So)
	}
}
