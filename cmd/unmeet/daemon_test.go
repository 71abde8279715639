package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/store"
)

// people returns what `unmeet people` says of everybody connected, by address.
func (o *company) people() map[string]personRow {
	o.Helper()
	out, _ := o.command(0, "people", "--format", "json")
	var rows []personRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		o.Fatal(err)
	}
	all := map[string]personRow{}
	for _, r := range rows {
		all[r.Address] = r
	}
	return all
}

func TestRevokedGrantPausesAndKeepsData(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	if out, _ := o.command(0, "sync"); !strings.HasPrefix(out, "3 calendars synced, ") {
		t.Errorf("at first: %s", out)
	}
	db := o.database()
	defer db.Close()
	from, to := time.Now().AddDate(0, 0, -60), time.Now().AddDate(0, 0, 40)
	before := o.stored(db, from, to)

	o.google.Revoke(people[1])
	out, errs := o.command(1, "sync")
	if !strings.HasPrefix(out, "2 calendars synced") || !strings.Contains(errs, people[1]+": Google no longer lets us in (invalid_grant)\n  hint: connect the calendar again") {
		t.Errorf("once revoked:\n%s%s", out, errs)
	}
	row := o.people()[people[1]]
	if row.State != "paused" || row.Hint == "" || row.NextSync != nil || row.LastSync == nil {
		t.Errorf("people says %+v", row)
	}
	table, _ := o.command(0, "people", "--failing")
	for _, want := range []string{people[1] + "  paused", "  Google no longer lets us in (invalid_grant)\n  hint: connect the calendar again", "\n1 paused\n"} {
		if !strings.Contains(table, want) || strings.Contains(table, people[0]) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
	if row := o.people()[people[0]]; row.State != "connected" || row.NextSync == nil {
		t.Errorf("people says of another %+v", row)
	}
	if after := o.stored(db, from, to); len(after) != len(before) || len(before) == 0 {
		t.Errorf("%d occurrences became %d", len(before), len(after))
	}
	o.google.Forget()
	if out, errs := o.command(0, "sync"); !strings.Contains(out, "1 paused") || !strings.Contains(errs, "unmeet people") {
		t.Errorf("while paused:\n%s%s", out, errs)
	}
	if calls := o.google.Requests(func(r calendartest.Request) bool { return r.User == people[1] }); len(calls) > 0 {
		t.Errorf("%d calls for somebody who is paused", len(calls))
	}
	o.connect(people[1])
	if out, _ := o.command(0, "sync"); !strings.HasPrefix(out, "3 calendars synced") {
		t.Errorf("connected again: %s", out)
	}
}

func TestEndedSessionSaysSo(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	o.google.EndSession(people[0])
	if _, errs := o.command(1, "sync"); !strings.Contains(errs, "new sign-in from time to time") {
		t.Error(errs)
	}
	if row := o.people()[people[0]]; row.State != "paused" {
		t.Errorf("people says %+v", row)
	}
}

func TestSuspectListingIsShownAndAcceptedOnlyWhenAskedFor(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	var ids []string
	for i := range 12 {
		start := time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, i)
		ids = append(ids, o.Create(calendartest.Event{
			Organizer: people[0], Title: "One-off", Start: start, End: start.Add(time.Hour),
			Guests: []calendartest.Guest{{Address: people[0], Answer: calendars.Accepted}, {Address: "guest@other.example"}},
		}))
	}
	o.connect(people[0])
	o.command(0, "sync")
	for _, id := range ids {
		o.Cancel(id)
	}
	_, errs := o.command(1, "sync")
	if !strings.Contains(errs, "12 of 15 known events are missing") || !strings.Contains(errs, "hint: look at the calendar; if they are meant to be gone: unmeet sync --accept-loss "+people[0]) {
		t.Error(errs)
	}
	if row := o.people()[people[0]]; row.State != "failing" || !strings.Contains(row.Why, "suspect") {
		t.Errorf("people says %+v", row)
	}
	if out, _ := o.command(0, "sync", "--accept-loss", people[0]); !strings.Contains(out, "12 occurrences gone") {
		t.Error(out)
	}
	if row := o.people()[people[0]]; row.State != "connected" || row.Why != "" {
		t.Errorf("people says %+v", row)
	}
}

func TestDisconnect(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(4)
	start := time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, 1)
	for who, title := range map[string]string{people[0]: "Only mine", people[3]: "Only theirs"} {
		o.Create(calendartest.Event{
			Organizer: who, Title: title, Start: start, End: start.Add(time.Hour),
			Guests: []calendartest.Guest{{Address: who, Answer: calendars.Accepted}, {Address: "guest@other.example"}},
		})
	}
	o.connect(people[0], people[1], people[3])
	o.command(0, "sync")
	if _, errs := o.command(2, "disconnect", people[0]); !strings.Contains(errs, "--yes") {
		t.Error(errs)
	}
	o.google.Forget()
	out, errs := o.command(0, "disconnect", "--yes", strings.ToUpper(people[0]))
	if !strings.HasPrefix(out, "Disconnected "+people[0]) || errs != "" {
		t.Error(out, errs)
	}
	if revoked := o.google.Requests(func(r calendartest.Request) bool { return r.Path == "/revoke" && r.Status == 200 }); len(revoked) != 1 {
		t.Errorf("told Google %d times", len(revoked))
	}
	db := o.database()
	defer db.Close()
	titles := map[string]bool{}
	for _, m := range o.stored(db, time.Now().AddDate(0, 0, -60), time.Now().AddDate(0, 0, 40)) {
		titles[m.Title] = true
	}
	for title, kept := range map[string]bool{
		"Only mine": false, "Only theirs": true,
		"Weekly status 0": true, // p1 attends it
		"Weekly status 2": true, // p3 attends it
	} {
		if titles[title] != kept {
			t.Errorf("%q is kept: %v", title, titles[title])
		}
	}
	connection, err := db.Connection(o.Context(), googleKind, people[0])
	if err != nil || connection.State != store.Disconnected || connection.Sealed != nil || connection.Account != "" {
		t.Errorf("what is left: %+v, %v", connection, err)
	}
	if _, errs := o.command(1, "disconnect", "--yes", people[0]); !strings.Contains(errs, "is not connected") {
		t.Error(errs)
	}
	if _, errs := o.command(1, "sync", people[0]); !strings.Contains(errs, "is not connected") {
		t.Error(errs)
	}
	o.connect(people[0])
	o.command(0, "sync")
	o.check(db, people)
}

func TestKeyRotation(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	if _, errs := o.command(1, "key", "new"); !strings.Contains(errs, "unmeet key rotate") {
		t.Error(errs)
	}
	for range 3 {
		if out, _ := o.command(0, "key", "rotate"); !strings.Contains(out, "3 tokens sealed with it") {
			t.Error(out)
		}
		o.command(0, "sync")
	}
	text := o.read("unmeet.key")
	if n := strings.Count(text, "\n") - 2; n != 2 {
		t.Errorf("%d keys are kept, want the new one and the last", n)
	}
}

func TestReportOfTheDatabaseShowsOnlySumsOfEnough(t *testing.T) {
	for people, shown := range map[int]bool{4: false, 6: true} {
		o := newCompany(t, true)
		o.connect(o.hire(people)...)
		o.command(0, "sync")
		// Two people alone are in a kind of meeting of their own.
		start := time.Now().AddDate(0, 0, -10).Truncate(24 * time.Hour).Add(12 * time.Hour)
		o.Create(calendartest.Event{
			Organizer: "p0@acme.example", Title: "Brainstorming: new ideas", Start: start, End: start.Add(time.Hour),
			Guests: []calendartest.Guest{{Address: "p0@acme.example", Answer: calendars.Accepted}, {Address: "p1@acme.example", Answer: calendars.Accepted}},
		})
		o.command(0, "sync")
		out, errs := o.command(0, "report", "--format", "json")
		var r struct {
			People     int     `json:"people"`
			Hours      float64 `json:"meeting_hours"`
			Categories []struct {
				Category    string  `json:"category"`
				Occurrences int     `json:"occurrences"`
				Hours       float64 `json:"meeting_hours"`
			} `json:"categories"`
			Others struct {
				Occurrences int `json:"occurrences"`
			} `json:"others"`
			LeftOut  []struct{ From, To string } `json:"weeks_left_out"`
			Meetings []any                       `json:"meetings"`
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Meetings) != 0 || strings.Contains(out, "Weekly status") || strings.Contains(out, "Brainstorming") {
			t.Errorf("%d people: meetings are named: %s", people, out)
		}
		table, _ := o.command(0, "report")
		if !shown {
			if r.Hours != 0 || r.People != 0 || len(r.LeftOut) != 4 || !strings.Contains(table, "Nothing of this period can be shown.") || !strings.Contains(table, "4 weeks left out: fewer than 5 people met") || !strings.Contains(errs, "organization.min_group") {
				t.Errorf("%d people: %s%s%s", people, out, errs, table)
			}
			continue
		}
		if r.People != people || r.Hours <= 0 || len(r.LeftOut) != 0 || r.Others.Occurrences == 0 {
			t.Errorf("%d people: %s", people, out)
		}
		for _, c := range r.Categories {
			if c.Category == "creating" && (c.Occurrences != 0 || c.Hours != 0) {
				t.Errorf("the hours of two people are told: %+v", c)
			}
		}
		if sheet, said := o.command(0, "report", "--format", "csv"); !strings.Contains(sheet, "\nothers,") || said != "" {
			t.Errorf("as CSV: %s%s", sheet, said)
		}
		if _, errs := o.command(2, "report", "--by", "meeting"); !strings.Contains(errs, "only sums") {
			t.Error(errs)
		}
		if _, errs := o.command(2, "report", "--from", "2026-11-03", "--to", "2026-11-17"); !strings.Contains(errs, "Mondays") {
			t.Error(errs)
		}
		if _, errs := o.command(2, "report", "--zone", "Asia/Kolkata"); !strings.Contains(errs, "leave out --zone") {
			t.Error(errs)
		}
	}
}

func TestQuota(t *testing.T) {
	o := newCompany(t, false)
	for args, want := range map[string]string{"10000": "70,000", "100000": "sync.every"} {
		if out, _ := o.command(0, "quota", "--people", args); !strings.Contains(out, want) {
			t.Errorf("%s people:\n%s", args, out)
		}
	}
	o.command(2, "quota", "--people", "0")
}
