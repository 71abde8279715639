package agent

import (
	"strings"
	"testing"

	"unmeet/agent/suggest"
	"unmeet/rules"
)

// TestNeverReachesWhatIsOnItsWay: a [never] list and quiet dates that are new hold back
// a digest that waits, and the list takes back what was asked.
func TestNeverReachesWhatIsOnItsWay(t *testing.T) {
	r := newRound(t, "")
	for _, who := range team {
		r.check(r.DB.SetTurn(t.Context(), who, roundMonday.AddDate(0, 6, 0)))
	}
	r.turn(team[1])
	if r.passes(); len(r.queued()) != 1 {
		t.Fatalf("%d mails", len(r.queued()))
	}
	digest := r.queued()[0]
	listing := func(title string) *rules.Engine {
		e, err := rules.Load(append(rules.DefaultFiles(), rules.File{Name: "never", Data: []byte("[never]\ntitles = [\"" + title + "\"]\n")})...)
		r.check(err)
		return e
	}
	quiet := func(dates string) suggest.Dates {
		d, err := suggest.ParseDates([]string{dates})
		r.check(err)
		return d
	}
	for _, tt := range []struct {
		name, why string
		gate      Gate
	}{
		{"as it was", "", Gate{Engine: r.engine, Quiet: quiet("2026-12-24")}},
		{"another is listed", "", Gate{Engine: listing("works council")}},
		{"it is listed", "under [never]", Gate{Engine: listing("weekly status")}},
		{"a quiet day", "today is one", Gate{Quiet: quiet("2026-11-23")}},
		{"a quiet day to come", "falls on one", Gate{Quiet: quiet("2026-11-25..2026-11-26")}},
	} {
		tt.gate.DB = r.DB
		if why, err := tt.gate.Check(t.Context(), digest, r.Now()); err != nil || !strings.Contains(why, tt.why) || (why == "") != (tt.why == "") {
			t.Errorf("%s: %q, %v", tt.name, why, err)
		}
	}
	if n, err := WithdrawNever(t.Context(), r.DB, listing("works council"), r.Now()); n != 0 || err != nil {
		t.Errorf("%d withdrawn, %v", n, err)
	}
	if n, err := WithdrawNever(t.Context(), r.DB, listing("weekly status"), r.Now()); n != 1 || err != nil {
		t.Errorf("%d withdrawn, %v", n, err)
	}
	all, err := r.DB.SuggestionsOf(t.Context(), digest.ID)
	r.check(err)
	if len(all) != 1 || all[0].State != "withdrawn" {
		t.Errorf("%+v", all)
	}
}
