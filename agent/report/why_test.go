package report

import (
	"testing"

	"unmeet/rules"
)

func TestWhy(t *testing.T) {
	gain := Sums{RecoverableHours: 3600}
	for _, test := range []struct {
		want string
		v    rules.Verdict
		sums Sums
		held string
	}{
		{"weekly, 7 people, “status”", judgedAs(rules.Informing, "status"), gain, ""},
		{"weekly, 7 people", judgedAs(rules.Collaborating, ""), gain, ""},
		{"too little to gain, weekly, 7 people", judgedAs(rules.Informing, "status"), Sums{}, ""},
		{"left alone: one-to-one, external", guarded(rules.Informing, "one-to-one", "external"), Sums{}, "one-to-one"},
		{"left alone: guests unknown", judgedAs(rules.Informing, ""), Sums{}, guestsUnknown},
		{"not sure: informing or decision-making?", unsure(rules.Informing, rules.DecisionMaking), Sums{}, ""},
		{"not sure: collaborating?", unsure(rules.Collaborating, rules.Informing), Sums{}, ""},
		{"creating, “brainstorm”", judgedAs(rules.Creating, "brainstorm"), Sums{}, ""},
		{"connecting", judgedAs(rules.Connecting, ""), Sums{}, ""},
	} {
		f := face{Sums: test.sums, rule: "FREQ=WEEKLY", heads: 7, held: test.held, verdict: test.v}
		if got := why(f); got != test.want {
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
