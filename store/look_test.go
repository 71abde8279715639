package store

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestLooksAreKeptForWhoeverWasLookedAt(t *testing.T) {
	db := openFile(t)
	db.offer(t, monday, newDigest("bob", "m1"))
	looks := []Look{
		{At: at(1, 0).UTC(), By: "root", What: "outcomes", Why: "bob asked for them"},
		{At: at(2, 0).UTC(), By: "root", What: "suggest", Why: "nothing came for weeks"},
	}
	for _, l := range looks {
		must(t, db.Look(t.Context(), "Bob@acme.example", l))
	}
	if err := db.Look(t.Context(), address("stranger"), looks[0]); !errors.Is(err, ErrNoPerson) {
		t.Errorf("of a stranger: %v", err)
	}
	got, err := db.LooksAt(t.Context(), address("bob"))
	if diff := gocmp.Diff(looks, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if other, err := db.LooksAt(t.Context(), address("cid")); err != nil || len(other) != 0 {
		t.Errorf("of another: %v, %v", other, err)
	}
	for _, statement := range []string{
		`DELETE FROM look`,
		`UPDATE look SET why = ''`,
		`UPDATE look SET person_id = NULL`,
		`UPDATE look SET person_id = NULL, why = '', by_whom = 'nobody'`,
		`INSERT OR REPLACE INTO look (id, at, by_whom, what, why) SELECT id, at, 'nobody', what, why FROM look`,
	} {
		if _, err := db.write.Exec(statement); err == nil {
			t.Errorf("%s: no error", statement)
		}
	}

	must(t, db.Leave(t.Context(), at(3, 0), address("bob"), "cli"))
	if got, err := db.LooksAt(t.Context(), address("bob")); err != nil || len(got) != 0 {
		t.Errorf("they left: %v, %v", got, err)
	}
	if n := db.count(t, "look"); n != len(looks) || db.holds(t, "bob asked") {
		t.Errorf("%d looks are left, and their reasons are told: %v", n, db.holds(t, "bob asked"))
	}
}
