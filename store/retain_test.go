package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

func TestWhatIsOldGoesAndNoSumOfTheRestChanges(t *testing.T) {
	db := openFile(t)
	series := event("sync", weekly, "ann", "bob", "cid")
	db.apply(t, db.calendar(t, "ann"), full(series,
		changed(series, 1, func(c *calendars.Copy) { c.Title = "Quarterly numbers" }),
		// What was moved ahead is still of the day that its series has it on.
		changed(series, 2, func(c *calendars.Copy) { c.Start, c.End = at(6, 9), at(6, 10) }),
		event("old", nil, "ann", "dan"), event("new", func(c *calendars.Copy) { c.Start, c.End = at(22, 9), at(22, 10) }, "ann", "eve")))
	done := db.offer(t, monday, newDigest("bob", "m9"))
	db.decide(t, at(1, 0), done.ID, become("kept", "kept"))
	onward := db.suggested(t, "cid", "decline", 1)
	db.accepted(t, at(1, 0), onward, "onward")
	for _, m := range db.takeMail(t, at(1, 0), "us", "m9", "m1") {
		must(t, db.MailSent(t.Context(), m, at(1, 0)))
	}
	must(t, db.Look(t.Context(), address("bob"), Look{At: at(2, 0), By: "root", What: "outcomes", Why: "bob asked"}))
	must(t, db.Visit(t.Context(), at(2, 0), secretHash("accept m9"), "opened"))
	for _, day := range []int{2, 23} {
		_, err := db.BeginAudit(t.Context(), Audited{At: at(day, 0), By: "root", Command: "enroll", Words: "{1}", About: []string{address("bob")}})
		must(t, err)
	}

	from := at(21, 0)
	type figures struct {
		Lines []string
		Plans []Freed
		Sums  []Sum
		Asked int
		Share map[int64][]Share
	}
	kept := func() (f figures) {
		t.Helper()
		var err error
		for _, line := range db.derivedLines(t) {
			if strings.Contains(line, "Mon 23 ") || strings.Contains(line, "Tue 24 ") {
				f.Lines = append(f.Lines, line)
			}
		}
		f.Plans, err = db.Plans(t.Context(), from, time.Unix(1<<40, 0))
		must(t, err)
		f.Sums, f.Asked, err = db.Sums(t.Context(), at(1, 0), at(28, 0))
		must(t, err)
		f.Share, err = db.Shares(t.Context(), from, at(28, 0))
		must(t, err)
		return f
	}
	before := kept()
	if len(before.Lines) != 2 || len(before.Plans) == 0 {
		t.Fatalf("nothing to be kept: %+v", before)
	}
	swept, err := db.Retain(t.Context(), at(27, 0), Kept{From: from, Outcomes: at(1, 0)})
	must(t, err)
	if want := (Swept{Copies: 3, Outcomes: 2, Looks: 1, Commands: 1}); swept != want {
		t.Errorf("swept %+v, want %+v", swept, want)
	}
	if diff := gocmp.Diff(before, kept()); diff != "" {
		t.Errorf("what is kept (-before +after):\n%s", diff)
	}
	if db.holds(t, "Title of old") || db.holds(t, "Quarterly numbers") || db.holds(t, "bob asked") || db.holds(t, "dan@acme.example") {
		t.Error("what went can still be read in the file")
	}
	if n := db.count(t, "occurrence WHERE start_s < $1", at(6, 0).Unix()); n != 0 {
		t.Errorf("%d occurrences are from before", n)
	}
	if listed, _, err := db.Listed(t.Context()); err != nil || !listed.Equal(from) {
		t.Errorf("it is known from %v on, %v", listed, err)
	}

	// A suggestion goes once all that was told of it may go, but not its plan of later weeks.
	swept, err = db.Retain(t.Context(), at(27, 0), Kept{From: from, Outcomes: from})
	must(t, err)
	if swept.Suggestions != 1 || swept.Mails != 1 || db.count(t, "suggestion") != 1 || db.count(t, "mail") != 1 {
		t.Errorf("swept %+v; %d suggestions are left", swept, db.count(t, "suggestion"))
	}
	if after := kept(); !slices.Equal(before.Plans, after.Plans) {
		t.Errorf("plans were %v and are %v", before.Plans, after.Plans)
	}
	if n := db.count(t, "token WHERE verb = 'unsubscribe'"); n != 1 {
		t.Errorf("%d links end all mail: they hold for good", n)
	}
	// Done again, nothing is left to do; the same listing brings nothing back.
	swept, err = db.Retain(t.Context(), at(27, 0), Kept{From: from, Outcomes: from})
	if err != nil || swept.Any() {
		t.Errorf("again: %+v, %v", swept, err)
	}
	if _, err := db.write.Exec(`DELETE FROM audit`); err == nil {
		t.Error("what is to be kept can be removed from the audit log")
	}
}
