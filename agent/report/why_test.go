package report

import (
	"testing"

	"unmeet/rules"
	"unmeet/store"
)

func TestWhy(t *testing.T) {
	weekly := store.Subject{Title: "Status", Rule: "FREQ=WEEKLY", Heads: 7, HeadsKnown: true}
	gain := face{Sums: Sums{RecoverableHours: 3600}}
	for _, test := range []struct {
		want string
		s    store.Subject
		v    rules.Verdict
		f    face
	}{
		{"weekly, 7 people, “status”", weekly, judgedAs(rules.Informing, "status"), gain},
		{"weekly, 7 people", weekly, judgedAs(rules.Collaborating, ""), gain},
		{"too little to gain, weekly, 7 people", weekly, judgedAs(rules.Informing, "status"), face{}},
		{"left alone: one-to-one, external", weekly, guarded(rules.Informing, "one-to-one", "external"), face{held: "one-to-one"}},
		{"left alone: guests unknown", weekly, judgedAs(rules.Informing, ""), face{held: guestsUnknown}},
		{"not sure: decision-making?", weekly, unsure(rules.Informing, rules.DecisionMaking), face{}},
		{"creating, “brainstorm”", weekly, judgedAs(rules.Creating, "brainstorm"), face{}},
		{"connecting", weekly, judgedAs(rules.Connecting, ""), face{}},
	} {
		test.f.verdict = test.v
		if got := why(test.s, test.f); got != test.want {
			t.Errorf("why = %q, want %q", got, test.want)
		}
	}
}

func TestCadence(t *testing.T) {
	for rule, want := range map[string]string{
		"":                                  "once",
		"FREQ=DAILY":                        "daily",
		"FREQ=DAILY;INTERVAL=3":             "every 3 days",
		"FREQ=WEEKLY;BYDAY=MO":              "weekly",
		"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR":  "every workday",
		"FREQ=WEEKLY;BYDAY=TU,TH":           "2× a week",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU":   "every 2 weeks",
		"freq=monthly;byday=2TU":            "monthly",
		"FREQ=MONTHLY;INTERVAL=3":           "every 3 months",
		"FREQ=YEARLY":                       "yearly",
		"FREQ=WEEKLY;INTERVAL=0":            "weekly",
		"FREQ=SECONDLY":                     "",
		"sometimes; who knows\x1b[31m when": "",
	} {
		if got := cadence(rule); got != want {
			t.Errorf("cadence(%q) = %q, want %q", rule, got, want)
		}
	}
}
