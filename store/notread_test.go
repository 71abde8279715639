package store

import (
	"testing"
	"time"
)

// TestNotRead: who is read over any connection is read; who is not over any, is told
// with the last time that one of them was.
func TestNotRead(t *testing.T) {
	db := openTemporary(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	fresh := now.Add(-time.Hour)
	check := func(what string, people int, last time.Time) {
		t.Helper()
		if n, err := db.NotRead(t.Context(), fresh); err != nil || n != (NotRead{people, last}) {
			t.Errorf("%s: %+v, want %d since %v; %v", what, n, people, last, err)
		}
	}
	connect := func(kind, who string) {
		t.Helper()
		if _, err := db.Connect(t.Context(), now, NewConnection{Kind: kind, Owner: who, Via: ByFile, Remotes: []string{kind + who}}); err != nil {
			t.Fatal(err)
		}
	}
	sync := func(kind, who string, at time.Time, well bool) {
		t.Helper()
		known, err := db.Connection(t.Context(), kind, who)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := db.Take(t.Context(), known.ID, at, "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if well {
			err = db.Done(t.Context(), taken.Lease, at, at)
		} else {
			err = db.Failed(t.Context(), taken.Lease, Trouble{Why: "gone"}, at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const ann, bob = "ann@acme.example", "bob@acme.example"
	check("nobody", 0, time.Time{})
	connect("ics", ann)
	connect("ics", bob)
	check("never read", 2, time.Time{})
	sync("ics", ann, now, true)
	sync("ics", bob, now.Add(-2*time.Hour), true)
	check("one too long ago", 1, now.Add(-2*time.Hour))
	sync("ics", bob, now, true)
	check("both read", 0, time.Time{})
	sync("ics", ann, now.Add(time.Minute), false)
	check("one fails", 1, now)
	connect("caldav", ann)
	check("another way that was not gone yet", 1, now)
	sync("caldav", ann, now.Add(2*time.Minute), true)
	check("another way", 0, time.Time{})
	if err := db.Disconnect(t.Context(), now, "caldav", ann); err != nil {
		t.Fatal(err)
	}
	check("it was ended", 1, now)
}
