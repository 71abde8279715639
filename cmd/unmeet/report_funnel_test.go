package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/report"
	"unmeet/agent/web"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// statusOn is the series that p0 holds on Mondays, as all calendars show it, with the
// answers of p1 and those after.
func statusOn(monday time.Time, people []string, answers ...calendars.Response) calendars.Delta {
	c := calendars.Copy{
		Remote: "status", UID: "status", Title: "Weekly status update", Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
		Start: monday.Add(9 * time.Hour), End: monday.Add(10 * time.Hour), Rule: "FREQ=WEEKLY", Organizer: calendars.Party{Address: people[0]},
	}
	for i, who := range people {
		answer := calendars.Accepted
		if i > 0 && i <= len(answers) {
			answer = answers[i-1]
		}
		c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: who}, Kind: calendars.Individual, Response: answer})
	}
	for week := range 3 {
		start := c.Start.AddDate(0, 0, 7*week)
		c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
	}
	return calendars.Delta{Full: true, From: monday, To: monday.AddDate(0, 0, 21), Copies: []calendars.Copy{c}}
}

// TestFunnelOfTheDatabase: what enough people left is told as a sum, what one of them
// did to that one alone.
func TestFunnelOfTheDatabase(t *testing.T) {
	o := newCompany(t, false)
	db := o.database()
	ctx := t.Context()
	people := o.take(db, 7)
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	ids := make([]int64, len(people))
	read := func(at time.Time, answers ...calendars.Response) {
		for i, who := range people {
			var err error
			if ids[i] == 0 {
				ids[i], err = db.AddCollection(ctx, store.Collection{Kind: "ics", Remote: who, Owner: who})
			}
			_, applied := db.Apply(ctx, ids[i], statusOn(monday, people, answers...), store.At(at))
			_, verified := db.Verify(ctx, at, who)
			if err := errors.Join(err, applied, verified); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(companyNow)
	for i, who := range people[1:6] {
		start := monday.Add(9 * time.Hour)
		err := db.Offer(ctx, companyNow, store.Digest{Person: who, Suggestions: []store.NewSuggestion{{
			UID: "status", Organizer: people[0], Instance: calendars.InstanceAt(start), Kind: "decline", Category: "informing",
			Starts: start, Expires: start, Closes: start, Cost: hours.Cost{Write: 1200, Read: 300},
		}}, Mail: store.NewMail{MessageID: fmt.Sprint("m", i), Person: who, Kind: "digest", From: "u@acme.example", To: who, MIME: []byte("words"), Deadline: start}})
		if err != nil {
			t.Fatal(err)
		}
		asked, err := db.SuggestionsTo(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Decide(ctx, companyNow, asked[0].ID, "test", func(c store.Case) (store.Decision, error) {
			return store.Decision{Answer: store.Answer{State: "accepted", Choice: "decline", Scope: "this", Epoch: 1}, Accepted: true}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	no := calendars.Declined
	read(companyNow.Add(time.Hour), no, no, no, no, no)

	funnel := func(args ...string) (f report.Funnel) {
		t.Helper()
		out, _ := o.command(0, append([]string{"report", "--funnel", "--from", "2026-11-23", "--to", "2026-11-30", "--format", "json"}, args...)...)
		if err := json.Unmarshal([]byte(out), &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	const each = 55 * 60
	all := report.Stages{SuggestedHours: 5 * each, AcceptedHours: 5 * each, RecoveredHours: 5 * each}
	if f := funnel(); f.Declines != all || f.Trials != (report.Stages{}) {
		t.Errorf("the funnel is %+v, want declines %+v", f.FunnelSums, all)
	}
	one := report.Stages{SuggestedHours: each, AcceptedHours: each, RecoveredHours: each}
	if f := funnel("--as", people[1], "--reason", "she asked"); f.Declines != one {
		t.Errorf("one person's is %+v, want %+v", f.Declines, one)
	}
	if f := funnel("--as", people[6], "--reason", "he asked"); f.Declines != (report.Stages{}) {
		t.Errorf("of who was not asked it is %+v", f.Declines)
	}

	o.samePage(db, people[1], monday.AddDate(0, 0, 7))

	// One takes it back: four are too few.
	read(companyNow.Add(2*time.Hour), no, no, no, no, calendars.Accepted)
	none := report.NotShown
	if f := funnel(); f.Declines != (report.Stages{SuggestedHours: none, AcceptedHours: none, RecoveredHours: none}) {
		t.Errorf("with four of them it is %+v", f.Declines)
	}
	out, _ := o.command(0, "report", "--funnel", "--from", "2026-11-23", "--to", "2026-11-30")
	if !strings.Contains(out, "it is not told how far it came") || !strings.Contains(out, "7 of 7 people connected") {
		t.Errorf("the table says\n%s", out)
	}
}

// samePage holds that a person's own page tells the figures that the terminal and JSON
// tell them.
func (o *company) samePage(db *store.DB, who string, now time.Time) {
	o.Helper()
	home := &agent.Home{Desk: &agent.Desk{DB: db, Clock: fixed{now}}, Engine: rules.Default(), Zone: time.UTC, Cost: hours.Cost{Write: 1200, Read: 300}}
	page, err := home.Hours(o.Context(), who)
	if err != nil {
		o.Fatal(err)
	}
	args := []string{"report", "--funnel", "--as", who, "--reason", "she asked", "--now", now.Format(time.DateOnly)}
	for by, rows := range map[string][]web.HourRow{"category": page.Categories, "week": page.Weeks} {
		var f report.Funnel
		out, _ := o.command(0, append(args, "--by", by, "--format", "json")...)
		if err := json.Unmarshal([]byte(out), &f); err != nil {
			o.Fatal(err)
		}
		same := func(what string, row web.HourRow, s report.FunnelSums) {
			o.Helper()
			told := [5]int64{int64(s.RecoverableHours), int64(s.TrialHours), int64(s.Declines.SuggestedHours + s.Trials.SuggestedHours),
				int64(s.Declines.AcceptedHours + s.Trials.AcceptedHours), int64(s.Declines.RecoveredHours + s.Trials.RecoveredHours)}
			if shown := [5]int64{row.Recoverable, row.Trial, row.Suggested, row.Accepted, row.Recovered}; shown != told {
				o.Errorf("%s: the page says %v, JSON %v", what, shown, told)
			}
		}
		same("all", page.Total, f.FunnelSums)
		listed := f.Categories
		if by == "week" {
			listed = f.Weeks
		}
		if len(listed) != len(rows) {
			o.Fatalf("by %s: the page has %d rows, JSON %d", by, len(rows), len(listed))
		}
		for i, row := range listed {
			same(row.Category+row.From, rows[i], row.FunnelSums)
		}
	}
	if page.Total.Recovered == 0 {
		o.Error("the page tells of nothing")
	}
	// In the terminal, they are rounded.
	rounded := fmt.Sprintf("recovered %8.1f h", float64(page.Total.Recovered)/3600)
	if out, _ := o.command(0, args...); !strings.Contains(out, rounded) {
		o.Errorf("the page tells of %q, and the terminal\n%s", rounded, out)
	}
}

func TestFunnelRefusals(t *testing.T) {
	o := newCompany(t, false)
	o.write("cal.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--funnel", "cal.ics"}, "--funnel does not go with files"},
		{[]string{"--funnel", "--by", "meeting"}, "--funnel shows sums, not meetings"},
		{[]string{"--by", "group", "cal.ics"}, "--by group goes with --funnel"},
		{[]string{"--as", "p1@acme.example", "--reason", "x", "cal.ics"}, "--as goes with --funnel"},
		{[]string{"--funnel", "--as", "p1@acme.example"}, "takes a reason"},
		{[]string{"--funnel"}, "no suggestions so far"},
	} {
		if _, errs := o.command(2, append([]string{"report"}, tt.args...)...); !strings.Contains(errs, tt.says) {
			t.Errorf("%v says %q, not %q", tt.args, errs, tt.says)
		}
	}
}
