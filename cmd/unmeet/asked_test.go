package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/agent"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/store"
)

// tell has the company's configuration say more.
func (o *company) tell(more string) {
	o.Helper()
	o.write("unmeet.toml", o.read("unmeet.toml")+more)
}

// suggested records that a decline was suggested to somebody at a time, by some
// rules, and what came of it at once; "" for nothing yet.
func (o *company) suggested(db *store.DB, who string, at time.Time, outcome string, ruleNames ...string) {
	o.Helper()
	text, err := suggest.Snapshot{Kind: suggest.Decline, Title: "Weekly status of " + who}.Encode()
	if err != nil {
		o.Fatal(err)
	}
	id := token.New()
	err = db.Offer(o.Context(), at, store.Digest{
		Person: who,
		Suggestions: []store.NewSuggestion{{
			UID: id, Organizer: "boss@acme.example", Kind: "decline", Minutes: 25, Category: "informing",
			Starts: at.Add(48 * time.Hour), Expires: at.Add(48 * time.Hour), Closes: at.Add(48 * time.Hour), Rules: ruleNames, Snapshot: text,
		}},
		Tokens: []store.NewToken{{Hash: token.Hash(id), Verb: "decline", Expires: at.Add(48 * time.Hour)}},
		Mail:   store.NewMail{MessageID: id, Person: who, Kind: "digest", From: "unmeet@acme.example", To: who, MIME: []byte("words"), Next: at, Deadline: at.Add(time.Hour)},
	})
	if err != nil {
		o.Fatal(err)
	}
	if outcome == "" {
		return
	}
	asked, err := db.SuggestionsTo(o.Context(), who)
	if err != nil {
		o.Fatal(err)
	}
	_, err = db.Decide(o.Context(), at, asked[len(asked)-1].ID, "mail-button", func(store.Case) (store.Decision, error) {
		return store.Decision{Answer: store.Answer{State: outcome}, Outcomes: []store.NewOutcome{{Outcome: outcome}}}, nil
	})
	if err != nil {
		o.Fatal(err)
	}
}

// take has people take part.
func (o *company) take(db *store.DB, n int) (people []string) {
	o.Helper()
	for i := range n {
		people = append(people, fmt.Sprintf("p%d@acme.example", i))
		if err := db.Enrol(o.Context(), people[i]); err != nil {
			o.Fatal(err)
		}
	}
	return people
}

// TestOutcomesAreToldInWholeStretchesOfEnoughPeople: weeks with too few people are
// shown only together with others, whatever is asked for.
func TestOutcomesAreToldInWholeStretchesOfEnoughPeople(t *testing.T) {
	o := newCompany(t, true)
	db := o.database()
	defer db.Close()
	if _, errs := o.command(3, "outcomes"); !strings.Contains(errs, "nothing was suggested yet") {
		t.Error(errs)
	}
	people := o.take(db, 11)
	week := func(n int) time.Time { return mondayOf(time.Now().UTC()).AddDate(0, 0, 7*n) }
	for i, who := range people {
		at := week(-5).Add(10 * time.Hour)
		switch {
		case i == 3:
			at = week(-4).Add(10 * time.Hour)
		case i > 3:
			at = week(-3).Add(10 * time.Hour)
		}
		o.suggested(db, who, at, []string{"accepted", "kept"}[min(i/5, 1)])
	}
	o.suggested(db, people[0], week(-1).Add(10*time.Hour), "")
	o.suggested(db, people[1], week(0), "")

	want := outcomeSums{From: week(-5).Format(time.DateOnly), To: week(-2).Format(time.DateOnly), People: 11, Outcomes: []outcomeSum{
		{"accepted", "decline", 5, 125}, {"kept", "decline", 6, 150}, {"suggested", "decline", 11, 275},
	}}
	for _, args := range [][]string{
		nil,
		{"--from", week(-4).Format(time.DateOnly)},
		{"--to", week(-4).Format(time.DateOnly)},
		{"--from", week(-4).Format(time.DateOnly), "--to", week(-3).Format(time.DateOnly)},
		{"--from", week(-52).Format(time.DateOnly), "--to", week(9).Format(time.DateOnly)},
	} {
		var got outcomeSums
		out, _ := o.command(0, append([]string{"outcomes", "--format", "json"}, args...)...)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", args, diff)
		}
	}
	table, _ := o.command(0, "outcomes")
	for _, part := range []string{": 11 people were asked\n", "kept        decline        6       150\n"} {
		if !strings.Contains(table, part) {
			t.Errorf("the table lacks %q:\n%s", part, table)
		}
	}
	for _, words := range append(people, "Weekly status") {
		if strings.Contains(table, words) {
			t.Errorf("the table names %s:\n%s", words, table)
		}
	}
	o.suggested(db, people[0], week(-3).Add(12*time.Hour), "expired")
	table, _ = o.command(0, "outcomes") // what came of one person's folds with the smallest other
	if strings.Contains(table, "expired") || strings.Contains(table, "accepted") || !strings.Contains(table, "suggested   others         6       150\n") || !strings.Contains(table, "kept        decline        6       150\n") {
		t.Errorf("with what one person alone said:\n%s", table)
	}
	if _, errs := o.command(1, "outcomes", "--from", week(-2).Format(time.DateOnly)); !strings.Contains(errs, "fewer than 5 people are not shown\nhint: ") {
		t.Error(errs)
	}
	for _, args := range [][]string{
		{"--from", week(-4).AddDate(0, 0, 1).Format(time.DateOnly)},
		{"--from", week(-3).Format(time.DateOnly), "--to", week(-3).Format(time.DateOnly)},
		{"--from", week(1).Format(time.DateOnly)},
		{"--as", people[0]}, {"--as", "nobody", "--reason", "x"}, {"--reason", "x"}, {"--as", people[0], "--reason", " "},
	} {
		if _, errs := o.command(2, append([]string{"outcomes"}, args...)...); !strings.Contains(errs, "\nhint: ") {
			t.Errorf("%v: no hint\n%s", args, errs)
		}
	}
	next := week(1).Format(time.DateOnly)
	if _, errs := o.command(2, "outcomes", "--from", next, "--to", week(3).Format(time.DateOnly)); !strings.Contains(errs, "no week from "+next+" on is over yet\nhint: the last week that is over ended before "+week(0).Format(time.DateOnly)) {
		t.Error(errs)
	}
}

// TestOwnExport: what one person was asked is shown to whoever gives a reason, which
// is recorded and told in the export itself.
func TestOwnExport(t *testing.T) {
	o := newCompany(t, true)
	db := o.database()
	defer db.Close()
	people := o.take(db, 2)
	at := time.Now().Add(-72 * time.Hour)
	o.suggested(db, people[0], at, "kept")
	o.suggested(db, people[1], at, "kept")
	out, errs := o.command(0, "outcomes", "--as", "P0@acme.example", "--reason", "she asked for it")
	for _, part := range []string{"  suggested   decline   Weekly status of p0@acme.example\n", "  kept        decline   ", "looked (unmeet outcomes): she asked for it\n"} {
		if !strings.Contains(out, part) {
			t.Errorf("the export lacks %q:\n%s", part, out)
		}
	}
	if strings.Contains(out, people[1]) || !strings.Contains(errs, "note: it is recorded that you looked: she asked for it") {
		t.Errorf("%s%s", out, errs)
	}
	looks, err := db.LooksAt(t.Context(), people[0])
	if err != nil || len(looks) != 1 || looks[0].By == "" || looks[0].Why != "she asked for it" {
		t.Errorf("what is recorded: %+v, %v", looks, err)
	}
	if _, errs := o.command(1, "outcomes", "--as", "stranger@acme.example", "--reason", "x"); !strings.Contains(errs, "nobody is known") {
		t.Error(errs)
	}
}

func TestRulesStats(t *testing.T) {
	o := newCompany(t, true)
	db := o.database()
	defer db.Close()
	if out, _ := o.command(0, "rules", "stats"); out != "nothing was suggested yet\n" {
		t.Error(out)
	}
	people := o.take(db, 30)
	at := time.Now().Add(-72 * time.Hour)
	for i, who := range people {
		outcome := "kept"
		names := []string{"refused"}
		switch {
		case i < 4:
			names = append(names, "told of few")
		case i < 24:
			names = append(names, "liked")
		}
		if i%8 == 0 {
			outcome = "accepted"
		}
		if i >= 28 {
			outcome = ""
		}
		o.suggested(db, who, at, outcome, names...)
	}
	var got rulesStats
	out, _ := o.command(0, "rules", "stats", "--format", "json")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	low, high := suggest.Wilson(4, 28)
	want := rulesStats{Hidden: 1, Rules: []ruleRow{
		{Rule: "liked", Suggested: 20, Answered: 20, Accepted: 2},
		{Rule: "refused", Suggested: 30, Answered: 28, Accepted: 4, Low: low, High: high},
	}}
	want.Rules[0].Low, want.Rules[0].High = suggest.Wilson(2, 20)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	table, _ := o.command(0, "rules", "stats")
	if !strings.Contains(table, "refused         30        28         4      0  6-31 %\n") || !strings.Contains(table, "\n1 rule not shown: fewer than 5 people were asked by it, or by it and not by another\n") {
		t.Errorf("the table:\n%s", table)
	}
	quarantined := statsOf([]store.RuleStats{{Rule: "r", Suggested: 40, Answered: 40, Accepted: 1, People: 9}}, map[string]bool{"r": true})
	if !quarantined.Rules[0].Quarantined {
		t.Errorf("a rule that nobody accepts: %+v", quarantined.Rules[0])
	}
}

// TestSuggestDryRun counts what would be suggested to a company, and shows a single
// person's meetings for a reason alone.
func TestSuggestDryRun(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(7)
	o.connect(people...)
	o.command(0, "sync")
	o.tell("[suggest]\nmode = \"suggest\"\nworking_hours = \"Mo-Su 00:00-24:00\"\n")

	var all prospect
	out, _ := o.command(0, "suggest", "--dry-run", "--format", "json")
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	meetings := 0
	for _, r := range append(all.Asked, all.Refused...) {
		meetings += r.Meetings
		if r.People < 5 || r.Says == "" || r.Name == "" {
			t.Errorf("a row of %d people: %+v", r.People, r)
		}
	}
	if all.Others != nil {
		meetings += all.Others.Meetings
		if all.Others.People < 5 {
			t.Errorf("the rest tells of %d people", all.Others.People)
		}
	}
	if all.People != 7 || all.Meetings == 0 || meetings != all.Meetings {
		t.Errorf("%d meetings are told of; %s", meetings, out)
	}
	table, _ := o.command(0, "suggest", "--dry-run")
	for _, words := range append(people, "Weekly status") {
		if strings.Contains(table, words) || strings.Contains(out, words) {
			t.Errorf("it names %s:\n%s", words, table)
		}
	}
	if !strings.HasPrefix(table, "7 people take part; at their next turn, ") || !strings.Contains(table, "MEETINGS    PEOPLE  NOT ASKED, SINCE") {
		t.Errorf("the table:\n%s", table)
	}

	own, errs := o.command(0, "suggest", "--dry-run", "--as", people[0], "--reason", "she wonders")
	if !strings.Contains(own, "Weekly status ") || !strings.Contains(errs, "it is recorded that you looked: she wonders") {
		t.Errorf("%s%s", own, errs)
	}
	var ownJSON ownThought
	text, _ := o.command(0, "suggest", "--dry-run", "--as", people[0], "--reason", "she wonders", "--format", "json")
	if err := json.Unmarshal([]byte(text), &ownJSON); err != nil || len(ownJSON.Suggested)+len(ownJSON.NotSuggested) == 0 {
		t.Errorf("%v\n%s", err, text)
	}
	db := o.database()
	defer db.Close()
	if queued, err := db.Mails(t.Context(), store.MailQueued, 1); err != nil || len(queued) > 0 {
		t.Errorf("somebody was asked: %v, %v", queued, err)
	}

	// Whether somebody is asked is no secret; what they would be is.
	if err := db.Unsubscribe(t.Context(), time.Now(), people[1], "header"); err != nil {
		t.Fatal(err)
	}
	o.tell(fmt.Sprintf("[[group]]\nname = \"Slow\"\nmembers = [%q]\n", people[2]))
	o.command(0, "unenroll", "--yes", people[3])
	standing, _ := o.command(0, "suggest", "--dry-run", people[0], people[1], people[2], people[3])
	want := people[0] + ": not asked, since there is no mail server under [mail]\n" +
		people[1] + ": not asked, since the person wants no mails\n" +
		people[2] + ": not asked, since the person's group only observes\n" +
		people[3] + ": not asked, since the person has not agreed to be written to\n"
	if standing != want {
		t.Errorf("got\n%swant\n%s", standing, want)
	}

	o.command(0, "unenroll", "--yes", people[4])
	o.command(0, "unenroll", "--yes", people[5])
	if out, errs := o.command(1, "suggest", "--dry-run"); out != "" || !strings.Contains(errs, "4 people take part: figures of fewer than 5 people are not shown\nhint: ") {
		t.Errorf("of 4: %s%s", out, errs)
	}
	for _, args := range [][]string{{}, {"--dry-run", "--as", people[0]}, {"--dry-run", "--as", people[0], "--reason", "x", people[1]}} {
		if _, errs := o.command(2, append([]string{"suggest"}, args...)...); !strings.Contains(errs, "\nhint: ") {
			t.Errorf("%v: no hint\n%s", args, errs)
		}
	}
	if _, errs := o.command(1, "suggest", "--dry-run", "stranger@acme.example"); !strings.Contains(errs, "nobody is known") {
		t.Error(errs)
	}
	if _, errs := o.command(1, "suggest", "--dry-run", "--as", people[3], "--reason", "x"); !strings.Contains(errs, "does not take part") {
		t.Error(errs)
	}
}

// TestFold: rows of few people are added up until their sum is of enough, and nothing
// is lost.
func TestFold(t *testing.T) {
	thought := func(who int, reasons ...suggest.Reason) agent.Thought {
		one := agent.Thought{Person: suggest.Person{Address: fmt.Sprint("p", who)}}
		for _, why := range reasons {
			one.Refusals = append(one.Refusals, suggest.Refusal{Why: why})
		}
		return one
	}
	many := func(from, to int, why suggest.Reason) (all []agent.Thought) {
		for i := from; i < to; i++ {
			all = append(all, thought(i, why))
		}
		return all
	}
	rows := func(p prospect) string {
		var parts []string
		for _, r := range p.Refused {
			parts = append(parts, fmt.Sprintf("%s %d", r.Name, r.People))
		}
		if p.Others != nil {
			parts = append(parts, fmt.Sprintf("others %d", p.Others.People))
		}
		return strings.Join(parts, ", ")
	}
	for _, c := range []struct {
		name     string
		thoughts []agent.Thought
		want     string
	}{
		{"enough everywhere", append(many(0, 5, suggest.Private), many(5, 11, suggest.Guarded)...), "private 5, left-alone 6"},
		{"one is folded with the next", append(many(0, 4, suggest.Private), many(4, 10, suggest.Guarded)...), "others 10"},
		{"two make enough", append(append(many(0, 4, suggest.Private), many(4, 6, suggest.Never)...), many(6, 12, suggest.Guarded)...), "left-alone 6, others 6"},
		{"the same people in two rows", append(append(many(0, 4, suggest.Private), many(0, 4, suggest.Never)...), append(many(0, 5, suggest.Guarded), many(0, 9, suggest.NotSure)...)...), "not-sure 9, others 5"},
		{"too few of all", many(0, 3, suggest.Private), "others 3"},
		{"nobody", nil, ""},
	} {
		if got := rows(prospectOf(c.thoughts, 5)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEnroll(t *testing.T) {
	o := newCompany(t, true)
	o.tell(`
[[group]]
name = "Design"
members = ["ann@acme.example", "Bo@acme.example"]
mode = "suggest"
[[group]]
name = "Sales"
members = ["@sales.example"]
`)
	if out, errs := o.command(0, "enroll", "Design"); out != "2 of 2 people take part now.\n" || errs != "" {
		t.Error(out, errs)
	}
	out, errs := o.command(0, "enroll", "CY@acme.example")
	if out != "cy@acme.example takes part now.\n" || !strings.Contains(errs, "not asked anything, since their group observes: 1 person\nhint: ") {
		t.Error(out, errs)
	}
	o.command(0, "unenroll", "-y", "bo@acme.example")
	out, errs = o.command(1, "enroll", "bo@acme.example", "ann@acme.example")
	if out != "1 of 2 people take part now.\n" || !strings.Contains(errs, "bo@acme.example left, and was not enrolled\nhint: ") {
		t.Error(out, errs)
	}
	if _, errs := o.command(1, "enroll", "annacme.example"); !strings.Contains(errs, "hint: a person is named by an address") {
		t.Error(errs)
	}
	for _, args := range [][]string{{"Sales"}, {"Nobody"}, {"ann@other.example"}} {
		if _, errs := o.command(1, append([]string{"enroll"}, args...)...); !strings.Contains(errs, "\nhint: ") {
			t.Errorf("%v: no hint\n%s", args, errs)
		}
	}
	for _, args := range [][]string{{"enroll"}, {"enroll", "ann@"}, {"unenroll", "ann"}, {"unenroll", "ann@acme.example"}} {
		if _, errs := o.command(2, args...); !strings.Contains(errs, "\nhint: ") {
			t.Errorf("%v: no hint\n%s", args, errs)
		}
	}
	if _, errs := o.command(1, "unenroll", "-y", "stranger@acme.example"); !strings.Contains(errs, "nobody is known") {
		t.Error(errs)
	}
	if out, _ := o.command(0, "people"); out != "nobody is connected; 2 take part without a calendar of their own here\n" {
		t.Errorf("people says %s", out)
	}
	db := o.database()
	defer db.Close()
	members, err := db.Members(t.Context())
	var takes []string
	for _, m := range members {
		takes = append(takes, m.Address)
	}
	if diff := gocmp.Diff([]string{"ann@acme.example", "cy@acme.example"}, takes); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBouncedAddress holds that an address that the mail server did not know is shown
// with what to do, counts as not asked, and is written to again once enrolled anew.
func TestBouncedAddress(t *testing.T) {
	o := newCompany(t, true)
	o.tell("[suggest]\nmode = \"suggest\"\n")
	const bo = "bo@acme.example"
	o.command(0, "enroll", bo)
	bounce(t, o, bo)
	_, errs := o.command(0, "people")
	for _, want := range []string{"could not be delivered: the server answered the recipient with 550", "if the address is right, unmeet enroll bo@acme.example has it tried again"} {
		if !strings.Contains(strings.Join(strings.Fields(errs), " "), want) {
			t.Errorf("%q is not in\n%s", want, errs)
		}
	}
	if out, _ := o.command(0, "suggest", "--dry-run", bo); !strings.HasPrefix(out, bo+": not asked, since the mail server said that there is no such address") {
		t.Error(out)
	}
	if out, errs := o.command(0, "enroll", bo); out != bo+" takes part now.\n" || !strings.Contains(errs, "mail to bo@acme.example is tried again") {
		t.Error(out, errs)
	}
	if _, errs := o.command(0, "people"); strings.Contains(errs, "unmeet enroll") {
		t.Errorf("there is nothing left to do:\n%s", errs)
	}
	if out, _ := o.command(0, "suggest", "--dry-run", bo); strings.Contains(out, "no such address") {
		t.Error(out)
	}
}

// TestMailsWait holds that whoever looks sees that mails wait, since when, why and what
// to do, as long as they do.
func TestMailsWait(t *testing.T) {
	o := newCompany(t, true)
	o.command(0, "enroll", "bo@acme.example")
	db := o.database()
	defer db.Close()
	shown := func() string {
		_, errs := o.command(0, "people")
		return strings.Join(strings.Fields(errs), " ")
	}
	if errs := shown(); errs != "" {
		t.Error(errs)
	}
	since := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if err := db.ServerAway(t.Context(), since, "smtp.acme.example:587 offers no STARTTLS", "use port 465"); err != nil {
		t.Fatal(err)
	}
	if errs := shown(); errs != "note: the mail server could not be used since 23 November 2026 at 09:00 UTC (0 mails waiting): smtp.acme.example:587 offers no STARTTLS hint: use port 465" {
		t.Error(errs)
	}
	if _, errs := o.command(3, "outcomes"); !strings.Contains(errs, "the mail server could not be used since") {
		t.Error(errs)
	}
	if err := db.ServerBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if errs := shown(); errs != "" {
		t.Error(errs)
	}
}

// bounce has the mail server not know an address.
func bounce(t *testing.T, o *company, address string) {
	t.Helper()
	db := o.database()
	defer db.Close()
	now := time.Now()
	_, err := db.QueueMail(t.Context(), now, store.NewMail{
		MessageID: "one@acme.example", Person: address, Kind: "digest", From: "unmeet@acme.example", To: address, MIME: []byte("words"), Deadline: now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := db.TakeMail(t.Context(), now, "test", time.Minute, 1)
	if err != nil || len(taken) != 1 {
		t.Fatal(len(taken), err)
	}
	if err := db.Suppress(t.Context(), taken[0], now, "the server answered the recipient with 550 5.1.1"); err != nil {
		t.Fatal(err)
	}
}
