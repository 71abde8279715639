package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"unmeet/calendars"
)

// tries accepts the first suggestion, and its trial begins.
func (db *DB) tries(t *testing.T, d Decision) error {
	t.Helper()
	d.Answer = Answer{State: "accepted", Choice: "trial", Epoch: 1}
	d.Trial = &NewTrial{State: "running", Machine: []byte(`{}`), Next: at(1, 9), Occurrences: []calendars.Instance{calendars.InstanceAt(at(0, 9)), calendars.InstanceAt(at(7, 9))}}
	_, err := db.Decide(t.Context(), at(0, 8), 1, "test", func(Case) (Decision, error) { return d, nil })
	return err
}

// trying is a database with a weekly meeting of Ann's that she is asked to try in
// writing: Bob and Eve take part, Cid does not, Dan has declined.
func trying(t *testing.T) *DB {
	db := openTemporary(t)
	calendar := db.calendar(t, "ann")
	weekly := event("weekly", func(c *calendars.Copy) { c.Rule = "FREQ=WEEKLY" }, "ann", "bob", "cid", "dan=declined", "eve", "guest@elsewhere.example")
	for week := range 4 {
		start := at(7*week, 9)
		weekly.Spans = append(weekly.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Hour)})
	}
	db.apply(t, calendar, full(weekly))
	for _, who := range []string{"ann", "bob", "dan", "eve"} {
		if err := db.Enrol(t.Context(), address(who)); err != nil {
			t.Fatal(err)
		}
	}
	err := db.Offer(t.Context(), at(-3, 9), Digest{
		Person: address("ann"),
		Suggestions: []NewSuggestion{{
			UID: "weekly", Organizer: address("ann"), Instance: calendars.InstanceAt(at(0, 9)), Kind: "trial", Starts: at(0, 9), Expires: at(0, 9), Closes: at(7, 10),
		}},
		Mail: NewMail{MessageID: "1@acme.example", Person: address("ann"), Kind: "digest", From: "unmeet@acme.example", To: address("ann"), MIME: []byte("x"), Deadline: at(0, 9)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestTrialsBeginStopAndGoOn(t *testing.T) {
	db := trying(t)
	is := func(state string, next time.Time) {
		t.Helper()
		got, err := db.TrialOf(t.Context(), 1)
		if err != nil || got.State != state || !got.Next.Equal(next) {
			t.Errorf("%v: it is %s until %v, want %s until %v", err, got.State, got.Next, state, next)
		}
	}
	if _, err := db.TrialOf(t.Context(), 1); !errors.Is(err, ErrNoTrial) {
		t.Errorf("before it begins: %v", err)
	}
	if err := db.tries(t, Decision{}); err != nil {
		t.Fatal(err)
	}
	is("running", at(1, 9))
	got, err := db.Trial(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var guests []string
	for _, g := range got.Guests {
		guests = append(guests, g.Address)
	}
	if want := []string{address("bob"), address("eve")}; !slices.Equal(guests, want) {
		t.Errorf("its guests are %q, want %q", guests, want)
	}
	if due, err := db.DueTrials(t.Context(), at(1, 9), 9); err != nil || len(due) != 1 {
		t.Errorf("due: %v, %v", due, err)
	}
	if err := db.SetHeadings(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	if got, err = db.Trial(t.Context(), 1); err != nil || !got.AgendaRead || got.Headings == nil {
		t.Errorf("after nothing was found: %+v, %v", got.Headings, err)
	}
	undone := Decision{Answer: Answer{State: "offered", Epoch: 1}, TakeBack: true, UpcomingOnly: true}
	if _, err := db.Decide(t.Context(), at(0, 8), 1, "test", func(Case) (Decision, error) { return undone, nil }); err != nil {
		t.Fatal(err)
	}
	is("undone", time.Time{})
	if next, err := db.NextTrial(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("an undone trial is due %v, %v", next, err)
	}
	if err := db.SetHeadings(t.Context(), 1, nil); !errors.Is(err, ErrNoTrial) {
		t.Errorf("headings of one that is undone: %v", err)
	}
	if err := db.tries(t, Decision{Again: true}); err != nil { // what undid it was cancelled
		t.Fatal(err)
	}
	is("running", at(0, 8))
}

func TestStepOfATrial(t *testing.T) {
	db := trying(t)
	if err := db.tries(t, Decision{}); err != nil {
		t.Fatal(err)
	}
	mail := func(id, who string) TrialMail {
		return TrialMail{
			Mail:   NewMail{MessageID: id, Person: address(who), Kind: "draft", From: "unmeet@acme.example", To: address(who), MIME: []byte("x"), Deadline: at(9, 9)},
			Tokens: []NewToken{{Hash: []byte(id), Verb: "sent", Ordinal: 1}},
		}
	}
	failed := errors.New("no")
	err := db.StepTrial(t.Context(), at(1, 9), 1, "test", func(Trial) (TrialDecision, error) { return TrialDecision{State: "lapsed"}, failed })
	if got, _ := db.Trial(t.Context(), 1); !errors.Is(err, failed) || got.State != "running" {
		t.Errorf("a step that failed: %v, %s", err, got.State)
	}
	err = db.StepTrial(t.Context(), at(1, 9), 1, "test", func(Trial) (TrialDecision, error) {
		return TrialDecision{
			State: "running", Machine: []byte(`{"a":1}`), Next: at(2, 9), Outcomes: []NewOutcome{{Outcome: "sent"}},
			Mails: []TrialMail{mail("2", "ann"), mail("3", "cid")}, // who takes no part
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := db.Token(t.Context(), []byte("2"))
	if err != nil || found.Trial != 1 || found.Ordinal != 1 || found.Suggestion != 1 || found.Person != address("ann") {
		t.Errorf("the link is %+v, %v", found, err)
	}
	if _, err := db.Token(t.Context(), []byte("3")); !errors.Is(err, ErrNoToken) {
		t.Errorf("somebody who takes no part got a link: %v", err)
	}
	if of, ordinal, err := db.TrialOfMail(t.Context(), found.Mail); err != nil || of != 1 || ordinal != 1 {
		t.Errorf("the mail is about %d, %d, %v", of, ordinal, err)
	}
	if all, err := db.OutcomesOf(t.Context(), address("ann")); err != nil || all[len(all)-1].Outcome != "sent" {
		t.Errorf("outcomes: %+v, %v", all, err)
	}
	if got, err := db.Trial(t.Context(), 1); err != nil || string(got.Machine) != `{"a":1}` {
		t.Errorf("it is %s, %v", got.Machine, err)
	}
}

func TestGuestsOfATrialAnswer(t *testing.T) {
	db := trying(t)
	if err := db.tries(t, Decision{}); err != nil {
		t.Fatal(err)
	}
	say := func(who, what, before string) error {
		return db.SayOfTrial(t.Context(), 1, address(who), func(_ Trial, said []byte) ([]byte, error) {
			if string(said) != before {
				t.Errorf("%s had said %q, want %q", who, said, before)
			}
			return []byte(what), nil
		})
	}
	for _, err := range []error{say("bob", "no", ""), say("bob", "a bit", "no")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := say("dan", "no", ""); !errors.Is(err, ErrNoTrial) {
		t.Errorf("who is no guest: %v", err)
	}
	for _, who := range []string{"bob", "eve"} {
		if err := db.Leave(t.Context(), at(2, 9), address(who), "test"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Trial(t.Context(), 1)
	if err != nil || len(got.Guests) != 1 || got.Guests[0].Address != "" || string(got.Guests[0].Answer) != "a bit" {
		t.Errorf("of those who left is left %+v, %v", got.Guests, err)
	}
}

func TestNextOccurrenceAndInvited(t *testing.T) {
	db := trying(t)
	next, ok, err := db.NextOccurrence(t.Context(), "weekly", address("ann"), at(7, 9))
	if err != nil || !ok || !next.Start.Equal(at(14, 9)) || next.Instance != calendars.InstanceAt(at(14, 9)) {
		t.Errorf("next is %+v, %v, %v", next, ok, err)
	}
	if _, ok, err := db.NextOccurrence(t.Context(), "weekly", address("ann"), lastDay); ok || err != nil {
		t.Errorf("after the last: %v, %v", ok, err)
	}
	for _, instance := range []calendars.Instance{calendars.InstanceAt(at(0, 9)), "gone"} {
		people, err := db.Invited(context.Background(), "weekly", address("ann"), instance)
		if err != nil || len(people) != 6 {
			t.Errorf("invited: %+v, %v", people, err)
		}
	}
}
