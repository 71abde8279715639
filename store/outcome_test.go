package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestOutcomesStay(t *testing.T) {
	db := openFile(t)
	db.offer(t, monday, newDigest("bob", "m1"))
	before := db.count(t, "outcome")
	for _, statement := range []string{
		`DELETE FROM outcome`,
		`UPDATE outcome SET outcome = 'accepted'`,
		`UPDATE outcome SET at = at + 1`,
		`UPDATE outcome SET suggestion_id = NULL`,
		`UPDATE outcome SET detail = '{}'`,
		`UPDATE outcome SET detail = '{}', person_id = NULL`,
		`UPDATE outcome SET minutes = 60`,
		`UPDATE outcome SET via = 'cli', person_id = NULL`,
		`UPDATE outcome SET person_id = person_id + 1`,
		`UPDATE outcome SET person_id = person_id`,
		`INSERT OR REPLACE INTO outcome (id, at, outcome, kind, minutes, via, rules_hash, detail) SELECT id, at, 'accepted', kind, minutes, via, rules_hash, detail FROM outcome`,
	} {
		if _, err := db.write.Exec(statement); err == nil {
			t.Errorf("%s: no error", statement)
		}
	}
	if db.count(t, "outcome WHERE outcome = 'suggested' AND person_id IS NOT NULL") != before {
		t.Error("an outcome was changed")
	}
	if _, err := db.write.Exec(`UPDATE outcome SET person_id = NULL`); err != nil {
		t.Errorf("whose it is cannot be forgotten: %v", err)
	}
	if _, err := db.write.Exec(`UPDATE outcome SET counts_as = 'another'`); err == nil {
		t.Error("as whom it counts was changed")
	}
}

func TestSilences(t *testing.T) {
	db := openFile(t)
	base, split := event("sync", weekly, "ann", "bob", "cid"), event("sync_R1", weekly, "ann", "bob", "cid")
	split.SplitFrom = "sync"
	ann := db.calendar(t, "ann")
	db.apply(t, ann, full(base, split, event("other", weekly, "ann", "bob")))
	s := db.offer(t, monday, newDigest("bob", "m1"))
	about := func(name, uid, id string) Digest {
		d := newDigest(name, id)
		d.Suggestions[0].UID = uid
		return d
	}
	silence := func(n ...NewSilence) {
		t.Helper()
		db.decide(t, at(0, 1), s.ID, func(c Case) (Decision, error) {
			return Decision{Answer: Answer{State: "kept"}, Lift: true, Silences: n}, nil
		})
	}
	refused := func(when time.Time, d Digest) bool {
		t.Helper()
		must(t, db.Enrol(t.Context(), d.Person))
		err := db.Offer(t.Context(), when, d)
		if err != nil && !errors.Is(err, ErrSilenced) {
			t.Fatal(err)
		}
		return err != nil
	}
	silence(NewSilence{Until: at(20, 0), Why: "keep"})
	all, err := db.Silences(t.Context(), at(1, 0))
	if diff := gocmp.Diff([]Silence{{Person: address("bob"), UID: "sync", Organizer: address("ann"), Lineage: db.lineages(t)["sync"], Until: at(20, 0), Why: "keep"}}, all); diff != "" || err != nil {
		t.Errorf("silences: %v\n%s", err, diff)
	}
	if all, err := db.Silences(t.Context(), at(20, 0)); err != nil || len(all) != 0 {
		t.Errorf("after it has ended: %v, %v", all, err)
	}
	for _, tt := range []struct {
		what string
		d    Digest
		want bool
	}{
		{"the same meeting", about("bob", "sync", "a"), true},
		{"one split off from it", about("bob", "sync_R1", "b"), true},
		{"another meeting", about("bob", "other", "c"), false},
		{"somebody else", about("cid", "sync", "d"), false},
	} {
		if got := refused(at(0, 2), tt.d); got != tt.want {
			t.Errorf("%s is silenced: %v, want %v", tt.what, got, tt.want)
		}
	}
	silence(NewSilence{Organizer: true, Why: "never"})
	all, err = db.Silences(t.Context(), at(1000, 0))
	if diff := gocmp.Diff([]Silence{{Organizer: address("bob"), Why: "never"}}, all); diff != "" || err != nil {
		t.Errorf("an organizer's: %v\n%s", err, diff)
	}
	mine := about("dan", "any", "e")
	mine.Suggestions[0].Organizer = address("bob")
	if !refused(at(0, 3), mine) {
		t.Error("a meeting is suggested whose organizer wants none of theirs to be")
	}
	if refused(at(0, 3), about("dan", "sync", "f")) {
		t.Error("another organizer's meeting is silenced")
	}
	silence() // only lifts
	if all, err := db.Silences(t.Context(), monday); err != nil || len(all) != 0 {
		t.Errorf("after they were lifted: %v, %v", all, err)
	}
}

// TestSuggestionsOutliveCalendars erases all that was read of calendars, and reads
// it again: suggestions, silences and outcomes stay, and find their lineage.
func TestSuggestionsOutliveCalendars(t *testing.T) {
	db := openFile(t)
	connect := func(account string) int64 {
		t.Helper()
		id, err := db.Connect(t.Context(), monday, NewConnection{Kind: "google", Owner: address("ann"), Account: account, Remotes: []string{"primary"}})
		must(t, err)
		var collection int64
		must(t, db.read.QueryRow(`SELECT id FROM collection WHERE connection_id = $1`, id).Scan(&collection))
		return collection
	}
	meetings := full(event("first", nil, "ann", "bob"), event("sync", weekly, "ann", "bob"))
	db.apply(t, connect("one"), meetings)
	s := db.offer(t, monday, newDigest("bob", "m1"))
	db.decide(t, monday, s.ID, func(c Case) (Decision, error) {
		return Decision{Answer: Answer{State: "kept"}, Silences: []NewSilence{{Why: "never"}}, Outcomes: []NewOutcome{{Outcome: "never"}}}, nil
	})
	outcomes, err := db.OutcomesOf(t.Context(), address("bob"))
	must(t, err)
	again := connect("two") // another account: what was read of the first is erased
	wiped, err := db.Suggestion(t.Context(), s.ID)
	if diff := gocmp.Diff(s, wiped, cmpopts.IgnoreFields(Suggestion{}, "Lineage", "Answer")); diff != "" || err != nil || wiped.Lineage != 0 || wiped.State != "kept" {
		t.Errorf("after a wipe: lineage %d, %s, %v\n%s", wiped.Lineage, wiped.State, err, diff)
	}
	db.apply(t, again, full(event("another", nil, "ann", "bob"), event("sync", weekly, "ann", "bob")))
	silences, err := db.Silences(t.Context(), monday)
	if err != nil || len(silences) != 1 || silences[0].Lineage == 0 || silences[0].Lineage != db.lineages(t)["sync"] {
		t.Errorf("silences %v, %v, want one on lineage %d", silences, err, db.lineages(t)["sync"])
	}
	if after, err := db.OutcomesOf(t.Context(), address("bob")); err != nil || !gocmp.Equal(outcomes, after) {
		t.Errorf("outcomes: %v, %v", after, err)
	}
}

func TestSumsAndRuleStats(t *testing.T) {
	db := openFile(t)
	if first, err := db.FirstOutcome(t.Context()); err != nil || !first.IsZero() {
		t.Errorf("the first of none: %v, %v", first, err)
	}
	for i, end := range []string{"accepted", "kept", "expired", "pending", "withdrawn", "wrong"} {
		name := fmt.Sprintf("p%d", i)
		d := newDigest(name, name)
		if end == "kept" {
			d.Suggestions[0].Rules = []string{"many"}
		}
		s := db.offer(t, at(i, 0), d)
		db.decide(t, at(i, 1), s.ID, func(c Case) (Decision, error) {
			a := Answer{State: end}
			if end == "wrong" {
				a.State, a.Wrong = "kept", true
			}
			return Decision{Answer: a, Outcomes: []NewOutcome{{Outcome: end}}}, nil
		})
	}
	stats, err := db.RuleStats(t.Context(), monday)
	if diff := gocmp.Diff([]RuleStats{
		{Rule: "many", Suggested: 5, Answered: 3, Accepted: 1, Wrong: 1, People: 5},
		{Rule: "words.update", Suggested: 4, Answered: 2, Accepted: 1, Wrong: 1, People: 4},
	}, stats); diff != "" || err != nil {
		t.Errorf("rules: %v\n%s", err, diff)
	}
	if first, err := db.FirstOutcome(t.Context()); err != nil || !first.Equal(at(0, 0)) {
		t.Errorf("the first: %v, %v", first, err)
	}
	if stats, err := db.RuleStats(t.Context(), at(6, 0)); err != nil || len(stats) != 0 {
		t.Errorf("rules of later: %v, %v", stats, err)
	}
	for _, tt := range []struct {
		name     string
		from, to time.Time
		want     []Sum
		people   int
	}{
		{"everybody, first two days", monday, at(2, 0),
			[]Sum{{"accepted", "decline", 1, 25}, {"kept", "decline", 1, 25}, {"suggested", "decline", 2, 50}}, 2},
		{"another time", lastDay, at(60, 0), nil, 0},
	} {
		sums, people, err := db.Sums(t.Context(), tt.from, tt.to)
		if diff := gocmp.Diff(tt.want, sums); diff != "" || people != tt.people || err != nil {
			t.Errorf("%s: %d people, %v\n%s", tt.name, people, err, diff)
		}
	}
	before, _, err := db.Sums(t.Context(), monday, lastDay)
	must(t, err)
	must(t, db.Leave(t.Context(), at(6, 0), address("p0"), "cli"))
	after, _, err := db.Sums(t.Context(), monday, lastDay)
	must(t, err)
	after = slices.DeleteFunc(after, func(s Sum) bool { return s.Outcome == "left" })
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("somebody left, and the sums changed:\n%s", diff)
	}
}
