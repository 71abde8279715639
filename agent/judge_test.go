package agent

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/agent/verdict"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
)

func TestSubject(t *testing.T) {
	for _, test := range []struct {
		name string
		in   store.Subject
		want rules.Subject
	}{
		{
			"everything known",
			store.Subject{
				Title: "Status", Body: "Updates", Minutes: 30, Rule: "FREQ=WEEKLY", Heads: 4, HeadsKnown: true,
				External: 1, Optional: 2, Accepted: 3, Declined: 1, Unanswered: 5,
				People: []store.Guest{{Address: "ana.ruiz@kite.example", Organizer: true}, {Address: "b@kite.example", Name: "Ben Okoro"}},
			},
			rules.Subject{
				Title: "Status", Body: "Updates", Minutes: 30, Recurrence: "FREQ=WEEKLY", People: 4,
				Names: []string{"ana ruiz", "Ben Okoro"}, External: 0.25, Optional: 0.5, Acceptance: 0.75,
				Organizer: "ana.ruiz@kite.example",
			},
		},
		{
			"nobody answered",
			store.Subject{Title: "Status", Heads: 2, HeadsKnown: true, Unanswered: 2},
			rules.Subject{Title: "Status", People: 2, Acceptance: -1},
		},
		{
			"guests unknown",
			store.Subject{Title: "Status"},
			rules.Subject{Title: "Status", External: -1, Acceptance: -1, PeopleHidden: true},
		},
		{
			"private",
			store.Subject{Private: true, Heads: 3, HeadsKnown: true},
			rules.Subject{Private: true, People: 3, Acceptance: -1},
		},
	} {
		if diff := cmp.Diff(test.want, Subject(rules.Default(), test.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// engine judges by rules of its own, so that better default rules change
// nothing here.
func engine(t *testing.T, weight string) *rules.Engine {
	t.Helper()
	e, err := rules.Load(rules.File{Name: "test.toml", Data: []byte(`
[[rule]]
name     = "status"
category = "informing"
weight   = ` + weight + `
phrases  = ["status"]
why      = "a status can be read"

[[rule]]
name     = "decide"
category = "decision-making"
weight   = ` + weight + `
phrases  = ["decide"]
why      = "people decide"
`)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestJudge(t *testing.T) {
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"kite.example"}}); err != nil {
		t.Fatal(err)
	}
	collection, err := db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: "ana.ics", Owner: "ana@kite.example"})
	if err != nil {
		t.Fatal(err)
	}
	touched := func(titles ...string) []int64 {
		t.Helper()
		var delta calendars.Delta
		for _, title := range titles {
			start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
			delta.Copies = append(delta.Copies, calendars.Copy{
				Remote: calendars.RemoteID(title), UID: title, Title: title, Busy: true, Status: calendars.Confirmed,
				Start: start, End: start.Add(time.Hour), Zone: "UTC", HeadsKnown: true,
				Organizer: calendars.Party{Address: "ana@kite.example"},
				People:    []calendars.Attendee{{Party: calendars.Party{Address: "ben@kite.example"}, Kind: calendars.Individual}},
			})
		}
		touched, err := db.Apply(ctx, collection, delta)
		if err != nil {
			t.Fatal(err)
		}
		return touched.Meetings
	}
	judge := func(e *rules.Engine, meetings []int64) int {
		t.Helper()
		n, err := Judge(ctx, db, e, meetings)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := engine(t, "4")

	if n := judge(first, touched("Weekly status", "Decide on the logo")); n != 2 {
		t.Errorf("judged %d new meetings, want 2", n)
	}
	if n := judge(first, nil); n != 0 {
		t.Errorf("judged %d meetings again", n)
	}
	touched("Status of the logo")
	if n := judge(first, []int64{}); n != 0 {
		t.Errorf("judged %d meetings though none was given", n)
	}
	if n := judge(first, nil); n != 1 {
		t.Errorf("judged %d meetings, want the new one", n)
	}
	if n := judge(engine(t, "5"), nil); n != 3 {
		t.Errorf("judged %d meetings by other rules, want 3", n)
	}

	verdicts, err := db.Verdicts(ctx, first.Hash())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for s, err := range db.Subjects(ctx, nil, "") {
		if err != nil {
			t.Fatal(err)
		}
		v, err := verdict.Decode(verdicts[s.Hash].Verdict)
		if err != nil {
			t.Fatal(err)
		}
		want := first.Judge(Subject(first, s))
		if v.Category != want.Category || v.Sure != want.Sure || v.Probabilities != want.Probabilities {
			t.Errorf("%s: kept %+v, judged %+v", s.Title, v, want)
		}
		got[s.Title] = verdicts[s.Hash].Category
	}
	want := map[string]string{"Weekly status": "informing", "Decide on the logo": "decision-making", "Status of the logo": "informing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestJudgeManyInBatches: more meetings than fit into one transaction.
func TestJudgeManyInBatches(t *testing.T) {
	ctx := context.Background()
	db, err := store.OpenTemporary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	collection, err := db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: "ana.ics", Owner: "ana@kite.example"})
	if err != nil {
		t.Fatal(err)
	}
	const meetings = 2*batch + 1
	var delta calendars.Delta
	for n := range meetings {
		start := time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC)
		title := "status " + start.Format(time.TimeOnly+time.DateOnly)
		delta.Copies = append(delta.Copies, calendars.Copy{
			Remote: calendars.RemoteID(title), UID: title, Title: title, Busy: true, Status: calendars.Confirmed,
			Start: start, End: start.Add(time.Hour), Zone: "UTC", HeadsKnown: true,
		})
	}
	if _, err := db.Apply(ctx, collection, delta); err != nil {
		t.Fatal(err)
	}
	n, err := Judge(ctx, db, engine(t, "4"), nil)
	if err != nil || n != meetings {
		t.Errorf("judged %d meetings, %v; want %d", n, err, meetings)
	}
	if n, err = Judge(ctx, db, engine(t, "4"), nil); err != nil || n != 0 {
		t.Errorf("judged %d meetings again, %v", n, err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if _, err := Judge(stopped, db, engine(t, "5"), nil); err == nil {
		t.Error("no error though the context has ended")
	}
}
