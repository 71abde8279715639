package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// candidates are what is ahead of somebody in the four weeks.
func (db *DB) candidates(t testing.TB, name string) []Candidate {
	t.Helper()
	all, err := db.Candidates(t.Context(), address(name), monday, monday, lastDay, monday.AddDate(0, 0, -90))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCandidates(t *testing.T) {
	db := openFile(t)
	must(t, db.Enrol(t.Context(), address("ann")))
	team := event("team", weekly, "ann=accepted", "bob", "cyd=declined", "eve@other.example", "guy@other.example=declined")
	team.Organizer.Name = "Ann Lee"
	team.People[1].Optional = true
	db.apply(t, db.calendar(t, "ann"), full(team,
		event("solo", nil),
		event("day", func(c *calendars.Copy) { c.AllDay, c.End = true, c.Start.AddDate(0, 0, 1) }, "ann", "bob"),
		event("off", func(c *calendars.Copy) { c.Status = calendars.Cancelled }, "ann", "bob"),
		event("past", func(c *calendars.Copy) { c.Start, c.End = at(-1, 9), at(-1, 10) }, "ann", "bob"),
		event("hidden", func(c *calendars.Copy) { c.HeadsKnown, c.Start, c.End = false, at(1, 9), at(1, 10) }, "ann", "bob"),
	))

	bob := db.candidates(t, "bob")
	var got []string
	for _, c := range bob {
		got = append(got, c.UID+" "+string(c.Instance))
	}
	want := []string{"team 20261102T090000Z", "hidden ", "team 20261109T090000Z", "team 20261116T090000Z", "team 20261123T090000Z"}
	if d := gocmp.Diff(want, got); d != "" {
		t.Fatalf("ahead of bob (-want +got):\n%s", d)
	}
	first := bob[0]
	first.Subject = Subject{}
	if d := gocmp.Diff(Candidate{
		Meeting: first.Meeting, UID: "team", Organizer: Guest{Address: address("ann"), Name: "Ann Lee"}, Instance: "20261102T090000Z", Lineage: first.Lineage,
		Start: at(0, 9), End: at(0, 10), First: true, Heads: 5, Known: true,
		Share: time.Hour, Gross: 2 * time.Hour, Ours: 2, Others: 2, // ann and eve; guy and cyd do not come
		Response: calendars.NoAnswer, Optional: true, Enrolled: true,
	}, first); d != "" {
		t.Errorf("the first of a series, to a guest (-want +got):\n%s", d)
	}
	if bob[1].Known || bob[2].First || bob[0].Subject.Title != "Title of team" || len(bob[0].Subject.People) != 5 {
		t.Errorf("hidden guests are known, the second is the first, or the subject is wrong: %+v", bob)
	}

	ann := db.candidates(t, "ann")
	if !ann[0].Own || ann[0].Optional || ann[0].Others != 2 || len(ann[0].Ahead) != 4 || ann[0].Ahead[0].Instance != ann[0].Instance || !ann[0].Ahead[2].Start.Equal(at(14, 9)) {
		t.Errorf("to its organizer: %+v", ann[0])
	}
	if last := ann[len(ann)-1]; len(last.Ahead) != 1 {
		t.Errorf("ahead of the last of a series: %+v", last.Ahead)
	}
	if _, err := db.Candidates(t.Context(), "nobody@acme.example", monday, monday, lastDay, monday); err == nil {
		t.Error("somebody unknown has something ahead of them")
	}
}

func TestFirstOfASeries(t *testing.T) {
	old := event("old", weekly, "ann", "bob")
	old.Start = old.Start.AddDate(-1, 0, 0) // what is listed is not where it begins
	split := event("old_R1", weekly, "ann", "bob")
	split.SplitFrom = "old"
	moved := event("moved", weekly, "ann", "bob")
	for name, tt := range map[string]struct {
		copies []calendars.Copy
		uid    string
		first  int // how many of its candidates are the first
	}{
		"new":                      {[]calendars.Copy{moved}, "moved", 1},
		"began before":             {[]calendars.Copy{old}, "old", 0},
		"goes on from another":     {[]calendars.Copy{old, split}, "old_R1", 0},
		"the first was called off": {[]calendars.Copy{moved, changed(moved, 0, func(c *calendars.Copy) { c.Status = calendars.Cancelled })}, "moved", 1},
	} {
		t.Run(name, func(t *testing.T) {
			db := openFile(t)
			db.apply(t, db.calendar(t, "ann"), full(tt.copies...))
			n := 0
			for _, c := range db.candidates(t, "bob") {
				if c.UID == tt.uid && c.First {
					n++
				}
			}
			if n != tt.first {
				t.Errorf("%d are the first, want %d", n, tt.first)
			}
		})
	}
}

// put suggests something to somebody, and lets it come to a state.
func (db *DB) put(t testing.TB, name string, kind string, c Candidate, state, scope string) {
	t.Helper()
	d := newDigest(name, name+kind+string(c.Instance)+state)
	s := &d.Suggestions[0]
	s.UID, s.Organizer, s.Instance, s.Kind = c.UID, c.Organizer.Address, c.Instance, kind
	s.Starts, s.Expires, s.Closes = c.Start, c.Start, c.End
	d.Suggestions, d.Tokens = d.Suggestions[:1], nil
	must(t, db.Enrol(t.Context(), address(name)))
	offered := db.offer(t, monday.Add(-48*time.Hour), d)
	if _, err := db.write.Exec(`UPDATE suggestion SET state = $1, scope = $2 WHERE id = $3`, state, scope, offered.ID); err != nil {
		t.Fatal(err)
	}
}

func TestWhatOthersWereAsked(t *testing.T) {
	guests := []string{"ann", "bob", "cyd", "dan", "eva"}
	series := event("team", weekly, guests...)
	split := event("team_R1", weekly, guests...)
	split.SplitFrom = "team"
	tests := []struct {
		name string
		put  func(*testing.T, *DB, []Candidate) // candidates of the series by week
		want Asked                              // of bob's in the second week
	}{
		{"nothing", func(*testing.T, *DB, []Candidate) {}, Asked{}},
		{"a decline of this", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[1], "offered", "") }, Asked{Declines: 1, Leaving: 1}},
		{"a decline of another", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[0], "accepted", "this") }, Asked{}},
		{"a decline from an earlier one on", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[0], "accepted", "onward") }, Asked{Leaving: 1}},
		{"a decline from a later one on", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[2], "accepted", "onward") }, Asked{}},
		{"two of this, one kept", func(t *testing.T, db *DB, c []Candidate) {
			db.put(t, "cyd", "decline", c[1], "accepted", "this")
			db.put(t, "dan", "decline", c[1], "kept", "this")
		}, Asked{Declines: 2, Leaving: 1, Keeps: 1}},
		{"taken back", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[1], "withdrawn", "") }, Asked{}},
		{"expired", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "cyd", "decline", c[1], "expired", "") }, Asked{Declines: 1}},
		{"kept by oneself", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "bob", "decline", c[1], "kept", "") }, Asked{Declines: 1}},
		{"kept twice by one", func(t *testing.T, db *DB, c []Candidate) {
			db.put(t, "cyd", "decline", c[0], "kept", "")
			db.put(t, "cyd", "decline", c[2], "kept", "")
		}, Asked{Keeps: 1}},
		{"an open trial", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "ann", "trial", c[3], "offered", "") }, Asked{Trial: true}},
		{"a running trial", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "ann", "trial", c[3], "accepted", "") }, Asked{Trial: true}},
		{"a trial kept", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "ann", "trial", c[3], "kept", "") }, Asked{Keeps: 1}},
		{"a split", func(t *testing.T, db *DB, c []Candidate) { db.put(t, "ann", "split", c[3], "offered", "") }, Asked{}},
		{"a trial of what was split off", func(t *testing.T, db *DB, c []Candidate) {
			c[0].UID = "team_R1"
			db.put(t, "ann", "trial", c[0], "offered", "")
		}, Asked{Trial: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := openFile(t)
			db.apply(t, db.calendar(t, "ann"), full(series, split))
			var of []Candidate
			for _, c := range db.candidates(t, "bob") {
				if c.UID == "team" {
					of = append(of, c)
				}
			}
			second := of[1].Instance
			tt.put(t, db, of)
			for _, c := range db.candidates(t, "bob") {
				if c.UID == "team" && c.Instance == second {
					if d := gocmp.Diff(tt.want, c.Asked); d != "" {
						t.Errorf("(-want +got):\n%s", d)
					}
				}
			}
		})
	}
}

func TestAway(t *testing.T) {
	db := openFile(t)
	out := func(uid string, day int, change func(*calendars.Copy)) calendars.Copy {
		return event(uid, func(c *calendars.Copy) {
			c.Type, c.Zone = calendars.OutOfOffice, "Europe/Berlin"
			c.Start, c.End = at(day, 12), at(day, 18)
			if change != nil {
				change(c)
			}
		})
	}
	allDay := func(c *calendars.Copy) {
		c.Type, c.AllDay, c.Organizer, c.Start, c.End = calendars.Ordinary, true, calendars.Party{}, at(3, 0), at(5, 0)
	}
	db.apply(t, db.calendar(t, "bob"), full(
		out("afternoon", 1, nil),
		out("vacation", 3, allDay),
		out("birthday", 3, func(c *calendars.Copy) { allDay(c); c.Busy = false }),
		out("at home", 3, func(c *calendars.Copy) { allDay(c); c.Type = calendars.WorkingLocation }),
		out("offsite", 3, func(c *calendars.Copy) { allDay(c); c.People = append(c.People, attending("ann"), attending("bob")) }),
		out("called off", 6, func(c *calendars.Copy) { c.Status = calendars.Cancelled }),
		out("focus", 7, func(c *calendars.Copy) { c.Type = calendars.FocusTime }),
		out("fridays", 4, weekly),
		event("in New York", func(c *calendars.Copy) { c.Zone = "America/New_York" }, "bob", "ann"),
	))
	db.apply(t, db.calendar(t, "ann"), full(out("of ann", 2, nil)))
	got, err := db.Away(t.Context(), "Bob@acme.example", monday, at(14, 0))
	must(t, err)
	want := Away{"Europe/Berlin", []AwayTime{{at(1, 12), at(1, 18)}, {at(3, 0), at(5, 0)}, {at(4, 12), at(4, 18)}, {at(11, 12), at(11, 18)}}}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("away (-want +got):\n%s", d)
	}
}

func TestTurns(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"ann", "bob", "cyd", "dan"} {
		must(t, db.Enrol(t.Context(), address(name)))
	}
	must(t, db.Unsubscribe(t.Context(), monday, address("dan"), "test"))
	must(t, db.SetTurn(t.Context(), address("ann"), monday))
	must(t, db.SetTurn(t.Context(), address("bob"), monday.Add(time.Second)))
	must(t, db.SetTurn(t.Context(), address("dan"), monday))
	db.calendar(t, "eve") // known, and not enrolled

	for _, tt := range []struct {
		now  time.Time
		want []string
	}{
		{monday.Add(-time.Second), []string{address("cyd")}},
		{monday, []string{address("cyd"), address("ann")}},
		{monday.Add(time.Second), []string{address("cyd"), address("ann"), address("bob")}},
	} {
		got, err := db.DueTurns(t.Context(), tt.now)
		must(t, err)
		if d := gocmp.Diff(tt.want, got); d != "" {
			t.Errorf("due at %v (-want +got):\n%s", tt.now, d)
		}
	}
	if at, err := db.Turn(t.Context(), address("ann")); err != nil || !at.Equal(monday) {
		t.Errorf("turn of ann: %v, %v", at, err)
	}
	if err := db.SetTurn(t.Context(), "nobody@acme.example", monday); err == nil {
		t.Error("nobody has a turn")
	}
}

// TestOlderDatabasesAreDerivedAnew sees to it that what was read before types and
// optional guests were kept is read again.
func TestOlderDatabasesAreDerivedAnew(t *testing.T) {
	db := openFile(t)
	calendar := db.calendar(t, "ann")
	series := event("team", weekly, "ann", "bob")
	series.People[1].Optional = true
	delta := full(series)
	delta.Cursor = "cursor"
	db.apply(t, calendar, delta)
	migration, err := migrationFiles.ReadFile("migrations/0008_candidates.sql")
	must(t, err)
	for _, undo := range []string{
		`UPDATE attendance SET optional = 0`, `ALTER TABLE attendance DROP COLUMN optional`, `DROP INDEX copy_away`, `ALTER TABLE copy DROP COLUMN type`,
		`DROP INDEX meeting_lineage`, `DROP INDEX suggestion_meeting`, `ALTER TABLE person DROP COLUMN turn_at`, string(migration),
	} {
		if _, err := db.write.Exec(undo); err != nil {
			t.Fatalf("%s: %v", undo, err)
		}
	}
	if cursor, err := db.Cursor(t.Context(), calendar); err != nil || cursor != "" {
		t.Errorf("the calendar is read on from %q, %v", cursor, err)
	}
	must(t, db.SetOrganization(t.Context(), Organization{Name: "Acme", Domains: []string{"acme.example"}}))
	if !db.candidates(t, "bob")[0].Optional {
		t.Error("bob is not optional once all was derived anew")
	}
}
