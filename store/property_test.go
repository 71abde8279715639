package store

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
	"unmeet/store/hours"
)

// anyObject draws the copies of one calendar object: a one-off, or a series with
// some of its instances changed, taken out or alone.
func anyObject(t *rapid.T, remote string) []calendars.Copy {
	people := func() (all []calendars.Attendee) {
		for _, name := range []string{"ann", "bob", "cid", "zoe@other.example"} {
			if rapid.IntRange(0, 2).Draw(t, "invited") == 0 {
				continue
			}
			a := attending(name)
			a.Response = rapid.SampledFrom([]calendars.Response{calendars.Accepted, calendars.Declined, calendars.NoAnswer}).Draw(t, "response")
			if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
				a.Kind = calendars.Group
			}
			all = append(all, a)
		}
		return all
	}
	words := func(c *calendars.Copy) {
		c.Title = rapid.SampledFrom([]string{"Status", "Retro", "Lunch"}).Draw(t, "title")
		c.Private = rapid.IntRange(0, 4).Draw(t, "private") == 0
		c.Busy = rapid.IntRange(0, 4).Draw(t, "busy") != 0
		c.HeadsKnown = rapid.IntRange(0, 4).Draw(t, "known") != 0
		c.Sequence = rapid.IntRange(0, 2).Draw(t, "sequence")
		c.Modified = at(rapid.IntRange(0, 2).Draw(t, "modified"), 0)
		c.Status = rapid.SampledFrom([]calendars.Status{calendars.Confirmed, calendars.Confirmed, calendars.Confirmed, calendars.Tentative, calendars.Cancelled}).Draw(t, "status")
		c.People = people()
	}
	time := func(c *calendars.Copy) {
		start := rapid.SampledFrom([]float64{9, 9.5, 10, 10.5}).Draw(t, "start")
		c.Start, c.End = at(0, start), at(0, start+rapid.SampledFrom([]float64{0.5, 1, 2}).Draw(t, "length"))
	}
	uid := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "uid")
	c := event(uid, words)
	c.Remote = calendars.RemoteID(remote)
	c.Organizer.Address = address(rapid.SampledFrom([]string{"ann", "ann", "bob", "eve@other.example", ""}).Draw(t, "organizer"))
	time(&c)
	if rapid.Bool().Draw(t, "one-off") {
		return []calendars.Copy{c}
	}
	weekly(&c)
	series := c
	copies := []calendars.Copy{}
	for week := range 4 {
		switch rapid.IntRange(0, 5).Draw(t, "instance") {
		case 0:
			without(week, &c)
		case 1:
			without(week, &c)
			copies = append(copies, changed(series, week, func(c *calendars.Copy) {
				time(c)
				words(c)
				c.Start, c.End = c.Start.AddDate(0, 0, 7*week), c.End.AddDate(0, 0, 7*week)
			}))
		}
	}
	if len(copies) == 0 || rapid.IntRange(0, 3).Draw(t, "instances alone") != 0 {
		copies = append(copies, c)
	}
	return copies
}

// Whatever the way that calendars came to what they hold now, the database says
// the same as one that learns it all at once.
func TestDerivedTablesDependOnTheFinalCopiesOnly(t *testing.T) {
	folder := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		open := func() *DB {
			n++
			db, err := Open(t.Context(), filepath.Join(folder, fmt.Sprint(n)))
			if err != nil {
				rt.Fatal(err)
			}
			return db
		}
		organization := Organization{Domains: []string{"acme.example"}}
		owners := []string{"ann", "bob", "ann", ""}
		add := func(db *DB, i int) int64 {
			id, err := db.AddCollection(t.Context(), Collection{Kind: "ics", Remote: fmt.Sprint("calendar ", i), Owner: address(owners[i])})
			if err != nil {
				rt.Fatal(err)
			}
			return id
		}
		held := make([]map[calendars.RemoteID][]calendars.Copy, len(owners))
		for i := range held {
			held[i] = map[calendars.RemoteID][]calendars.Copy{}
		}

		grown := open()
		defer grown.Close()
		first := organization
		if rapid.Bool().Draw(rt, "organization comes last") {
			first = Organization{Addresses: []string{address("cid"), "zoe@other.example"}}
		}
		if err := grown.SetOrganization(t.Context(), first); err != nil {
			rt.Fatal(err)
		}
		listed := make([]bool, len(owners)) // sources begin with a full listing
		for range rapid.IntRange(1, 8).Draw(rt, "deltas") {
			i := rapid.IntRange(0, len(owners)-1).Draw(rt, "calendar")
			d := calendars.Delta{From: monday, To: lastDay, Full: rapid.Bool().Draw(rt, "full") || !listed[i]}
			if listed[i] = true; d.Full {
				clear(held[i])
			}
			for range rapid.IntRange(0, 3).Draw(rt, "objects") {
				remote := fmt.Sprint("object ", rapid.IntRange(0, 2).Draw(rt, "object"))
				held[i][calendars.RemoteID(remote)] = anyObject(rt, remote)
				d.Copies = slices.DeleteFunc(d.Copies, func(c calendars.Copy) bool { return c.Remote == calendars.RemoteID(remote) })
				d.Copies = append(d.Copies, held[i][calendars.RemoteID(remote)]...)
			}
			if !d.Full && rapid.Bool().Draw(rt, "deletes") {
				gone := calendars.RemoteID(fmt.Sprint("object ", rapid.IntRange(0, 2).Draw(rt, "deleted")))
				d.Gone = append(d.Gone, gone)
				delete(held[i], gone)
				d.Copies = slices.DeleteFunc(d.Copies, func(c calendars.Copy) bool { return c.Remote == gone })
			}
			if _, err := grown.Apply(t.Context(), add(grown, i), d, At(monday), AcceptLoss()); err != nil {
				rt.Fatal(err)
			}
		}
		if err := grown.SetOrganization(t.Context(), organization); err != nil {
			rt.Fatal(err)
		}

		fresh := open()
		defer fresh.Close()
		if err := fresh.SetOrganization(t.Context(), organization); err != nil {
			rt.Fatal(err)
		}
		ids := make([]int64, len(owners))
		for i := range owners {
			ids[i] = add(fresh, i)
		}
		_, err := fresh.ApplyAll(t.Context(), func(yield func(Pull, error) bool) {
			for _, i := range rapid.Permutation([]int{0, 1, 2, 3}).Draw(rt, "order") {
				d := full()
				for _, remote := range slices.Sorted(maps.Keys(held[i])) {
					d.Copies = append(d.Copies, held[i][remote]...)
				}
				if !yield(Pull{ids[i], d}, nil) {
					return
				}
			}
		})
		if err != nil {
			rt.Fatal(err)
		}

		if d := gocmp.Diff(fresh.derivedLines(t), grown.derivedLines(t)); d != "" {
			rt.Fatalf("occurrences (-learnt at once +grown):\n%s", d)
		}
		if d := gocmp.Diff(fresh.subjectLines(t), grown.subjectLines(t)); d != "" {
			rt.Fatalf("subjects (-learnt at once +grown):\n%s", d)
		}
		if d := gocmp.Diff(grown.sharesFromScratch(t), grown.storedShares(t)); d != "" {
			rt.Fatalf("shares (-from scratch +stored):\n%s", d)
		}
		cut := rapid.SampledFrom([]float64{9, 9.75, 10.25, 24}).Draw(rt, "cut")
		checkBare(rt, grown, monday, at(0, cut))
		checkBare(rt, grown, at(0, cut), lastDay)
	})
}

// subjectLines renders all subjects by the names of their meetings.
func (db *DB) subjectLines(t testing.TB) (lines []string) {
	err := each(t.Context(), db.read, `SELECT m.uid, m.organizer, s.hash, s.title FROM subject s JOIN meeting m ON m.id = s.meeting_id`, func(rows *sql.Rows) error {
		var uid, organizer, hash, title string
		err := rows.Scan(&uid, &organizer, &hash, &title)
		lines = append(lines, fmt.Sprintf("%s by %s: %s %q", uid, organizer, hash, title))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// sharesFromScratch shares out all stored attendances.
func (db *DB) sharesFromScratch(t testing.TB) map[hours.Share]bool {
	var busy []hours.Busy
	err := each(t.Context(), db.read, `SELECT a.person_id, o.id, m.uid, m.organizer, o.instance, o.start_s, o.end_s
		FROM attendance a JOIN occurrence o ON o.id = a.occurrence_id JOIN meeting m ON m.id = o.meeting_id
		WHERE a.busy = 1 AND a.response NOT IN ('declined', 'delegated') AND o.counts = 1`, func(rows *sql.Rows) error {
		var b hours.Busy
		var k key
		var instance calendars.Instance
		err := rows.Scan(&b.Person, &b.Occurrence, &k.uid, &k.organizer, &instance, &b.Start, &b.End)
		b.Key = k.of(instance)
		busy = append(busy, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shares := map[hours.Share]bool{}
	for _, s := range hours.Shares(busy) {
		if s.Seconds > 0 {
			shares[s] = true
		}
	}
	return shares
}

// storedShares reads the shares, and checks that occurrences sum them up.
func (db *DB) storedShares(t testing.TB) map[hours.Share]bool {
	shares := map[hours.Share]bool{}
	gross := map[int64]int64{}
	err := each(t.Context(), db.read, `SELECT person_id, occurrence_id, share_s FROM attendance WHERE share_s <> 0`, func(rows *sql.Rows) error {
		var s hours.Share
		err := rows.Scan(&s.Person, &s.Occurrence, &s.Seconds)
		shares[s] = true
		gross[s.Occurrence] += s.Seconds
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = each(t.Context(), db.read, `SELECT id, gross_s FROM occurrence`, func(rows *sql.Rows) error {
		var id, got int64
		err := rows.Scan(&id, &got)
		if got != gross[id] {
			t.Errorf("occurrence %d sums up to %d, its shares to %d", id, got, gross[id])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return shares
}
