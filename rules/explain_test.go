package rules_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unmeet/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Twenty titles as calendars have them, explained.
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
