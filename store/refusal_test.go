package store

import (
	"errors"
	"testing"
)

// TestOfferNamesWhatItRefuses: what the database refuses is named, and the rest can be
// offered; at most so many people are asked to decline one occurrence, and nobody
// while its organizer is asked.
func TestOfferNamesWhatItRefuses(t *testing.T) {
	db := openFile(t)
	base, split := event("sync", weekly, "ann", "bob", "cid"), event("sync_R1", weekly, "ann", "bob", "cid")
	split.SplitFrom = "sync"
	db.apply(t, db.calendar(t, "ann"), full(base, split))
	for _, name := range []string{"bob", "cid"} {
		db.offer(t, monday, newDigest(name, "m"+name))
	}
	trial := newDigest("ann", "trial")
	trial.Suggestions[0].UID, trial.Suggestions[0].Kind, trial.Suggestions[0].Instance = "other", "trial", "20261112T090000Z"
	db.offer(t, monday, trial)
	must(t, db.Enrol(t.Context(), address("dan")))

	d := newDigest("dan", "mdan")
	d.MaxDeclines = 2
	of := func(uid string) NewSuggestion {
		n := d.Suggestions[0]
		n.UID = uid
		return n
	}
	enough := d.Suggestions[0]
	d.Suggestions = []NewSuggestion{of("free"), enough, of("other"), of("free")}
	err := db.Offer(t.Context(), monday, d)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	for i, want := range []error{nil, ErrEnough, ErrTrial, ErrAsked} {
		if got := refused.Why[i]; got != want {
			t.Errorf("suggestion %d is refused by %v, want %v", i, got, want)
		}
	}
	if n := db.count(t, "mail WHERE person = $1", address("dan")); n != 0 {
		t.Errorf("%d mails were queued all the same", n)
	}
	d.Suggestions = d.Suggestions[:1]
	must(t, db.Offer(t.Context(), monday, d))
}

// TestTrialHoldsItsLineage: a trial of one series holds back what was split off it.
func TestTrialHoldsItsLineage(t *testing.T) {
	db := openFile(t)
	base, split := event("sync", weekly, "ann", "bob", "cid"), event("sync_R1", weekly, "ann", "bob", "cid")
	split.SplitFrom = "sync"
	db.apply(t, db.calendar(t, "ann"), full(base, split))
	trial := newDigest("ann", "trial")
	trial.Suggestions[0].Kind = "trial"
	db.offer(t, monday, trial)
	must(t, db.Enrol(t.Context(), address("bob")))
	d := newDigest("bob", "m1")
	d.Suggestions[0].UID = "sync_R1"
	if err := db.Offer(t.Context(), monday, d); !errors.Is(err, ErrTrial) {
		t.Errorf("the part split off: %v", err)
	}
	must(t, db.Offer(t.Context(), at(7, 9), func() Digest { // once the trial is over
		d.Suggestions[0].Expires, d.Suggestions[0].Closes, d.Mail.Deadline = at(14, 9), at(14, 9), at(14, 9)
		return d
	}()))
}
