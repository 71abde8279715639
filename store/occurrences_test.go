package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

func (db *DB) inPeriod(t *testing.T, from, to time.Time) (all []Occurrence) {
	t.Helper()
	for o, err := range db.Occurrences(t.Context(), from, to) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// checkBare fails where the queries that tell parts of what Occurrences tells say
// something else: who attends, how many people do, and how long it takes.
func checkBare(t rapid.TB, db *DB, from, to time.Time) {
	t.Helper()
	byID := func(a, b Occurrence) int { return cmp.Compare(a.ID, b.ID) }
	var want []Occurrence
	var ids []int64
	for o, err := range db.Occurrences(context.Background(), from, to) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, o.ID)
		o.Meeting, o.Instance, o.Title, o.Private, o.Rule, o.Organizer, o.Heads = 0, "", "", false, "", "", 0
		want = append(want, o)
	}
	got, err := db.Bare(context.Background(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("bare occurrences (-want +got):\n%s", d)
	}
	attending, err := db.Attending(context.Background(), ids)
	if err != nil {
		t.Fatal(err)
	}
	met := map[int64]bool{}
	for _, o := range want {
		if o.Counted && len(attending[o.ID]) != o.People {
			t.Errorf("of %d people who attend occurrence %d, %d are found", o.People, o.ID, len(attending[o.ID]))
		}
		for _, who := range attending[o.ID] {
			met[who] = met[who] || o.Counted
		}
	}
	maps.DeleteFunc(met, func(_ int64, counted bool) bool { return !counted })
	never := Span{to.AddDate(9, 0, 0), to.AddDate(9, 0, 7)}
	if n, err := db.Meeting(context.Background(), []Span{never, {from, to}, never}); err != nil || !slices.Equal(n, []int{0, len(met), 0}) {
		t.Errorf("%d people meet never, then and never (%v), want %d then", n, err, len(met))
	}
}

func TestOccurrences(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(
		event("plan", nil, "ann=accepted", "bob", "zoe@other.example"),
		event("long", func(c *calendars.Copy) { c.Start, c.End = at(0, 8), at(0, 12) }, "ann", "bob=declined"),
		event("secret", func(c *calendars.Copy) { c.Private, c.Start, c.End = true, at(1, 9), at(1, 10) }, "ann", "bob"),
		event("hidden", func(c *calendars.Copy) { c.HeadsKnown, c.Start, c.End = false, at(1, 11), at(1, 12) }),
		// None of these counts:
		event("declined", nil, "ann=declined", "bob=declined"),
		event("free", func(c *calendars.Copy) { c.Busy = false }, "ann", "bob"),
		event("focus", nil, "ann"),
		event("off", func(c *calendars.Copy) { c.Status = calendars.Cancelled }, "ann", "bob"),
		event("day", func(c *calendars.Copy) { c.AllDay, c.Start, c.End = true, at(0, 0), at(1, 0) }, "ann", "bob"),
		event("before", func(c *calendars.Copy) { c.Start, c.End = at(0, 7), at(0, 8.5) }, "ann", "bob"),
		event("after", func(c *calendars.Copy) { c.Start, c.End = at(1, 11.5), at(1, 14) }, "ann", "bob"),
	))
	ids := map[string]Subject{}
	for _, s := range db.allSubjects(t) {
		ids[s.Title] = s
	}
	got := db.inPeriod(t, at(0, 8.5), at(1, 11.5))
	want := []Occurrence{
		{
			Title: "Title of long", Start: at(0, 8), End: at(0, 12), Heads: 2, HeadsKnown: true, Counted: true,
			// Half an hour before the period was shared with "before", an hour in it with "plan".
			People: 1, Gross: 3 * time.Hour, WholeGross: 3*time.Hour + 15*time.Minute, Inside: 3*time.Hour + 30*time.Minute,
		},
		{
			Title: "Title of plan", Start: at(0, 9), End: at(0, 10), Heads: 3, HeadsKnown: true, Counted: true,
			People: 2, Gross: 90 * time.Minute, WholeGross: 90 * time.Minute, Inside: time.Hour,
		},
		{
			Title: "", Private: true, Start: at(1, 9), End: at(1, 10), Heads: 2, HeadsKnown: true, Counted: true,
			People: 2, Gross: 2 * time.Hour, WholeGross: 2 * time.Hour, Inside: time.Hour,
		},
		{Title: "Title of hidden", Start: at(1, 11), End: at(1, 12), Heads: 1, Inside: 30 * time.Minute},
	}
	checkBare(t, db, at(0, 8.5), at(1, 11.5))
	var counted []int64
	for _, o := range got {
		counted = append(counted, o.ID)
	}
	attending, err := db.Attending(t.Context(), counted)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if n := len(attending[got[i].ID]); got[i].Counted && n != got[i].People {
			t.Errorf("%q: %d attend, of %d", got[i].Title, n, got[i].People)
		}
		delete(attending, got[i].ID)
		s := ids[got[i].Title]
		if got[i].Meeting != s.Meeting || got[i].SubjectHash != s.Hash || got[i].Organizer != address("ann") || got[i].ID == 0 {
			t.Errorf("%q hangs on meeting %d, subject %s, organizer %q", got[i].Title, got[i].Meeting, got[i].SubjectHash, got[i].Organizer)
		}
		got[i].ID, got[i].Meeting, got[i].SubjectHash, got[i].Organizer = 0, 0, "", ""
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("occurrences (-want +got):\n%s", d)
	}
	if len(attending) > 0 {
		t.Errorf("people attend what takes no time of theirs: %v", attending)
	}
	t.Run("stop early", func(t *testing.T) {
		for range db.Occurrences(t.Context(), monday, lastDay) {
			break
		}
		db.apply(t, db.calendar(t, "bob"), full())
	})
	t.Run("write while reading", func(t *testing.T) {
		for range db.Occurrences(t.Context(), monday, lastDay) {
			if err := db.SaveVerdicts(t.Context(), []Verdict{{SubjectHash: "s", RulesHash: "r", Category: "informing", Verdict: []byte("{}")}}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestPeople(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(
		event("plan", nil, "ann", "bob", "zoe@other.example"),
		event("later", func(c *calendars.Copy) { c.Start, c.End = at(1, 9), at(1, 10) }, "ann", "cid", "dan=declined"),
	))
	got, err := db.People(t.Context(), at(0, 9.5), at(1, 9))
	if err != nil {
		t.Fatal(err)
	}
	if want := (PeopleCount{Known: 4, Connected: 1, Meeting: 2}); got != want {
		t.Errorf("people %+v, want %+v", got, want)
	}
}

func TestSetOrganizationDerivesAnew(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(event("plan", nil, "ann", "bob", "zoe@other.example")))
	steps := []struct {
		organization Organization
		want         string
		people       PeopleCount
	}{
		{
			Organization{Domains: []string{"other.example"}},
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 1 people 60m; "Title of plan"; zoe@other.example organizer:needs-action 60m`,
			PeopleCount{1, 0, 1},
		},
		{
			Organization{Domains: []string{"ACME.example"}, Addresses: []string{"Zoe@other.example"}},
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 3 people 180m; "Title of plan"; ann own:needs-action 60m, bob organizer:needs-action 60m, zoe@other.example organizer:needs-action 60m`,
			PeopleCount{3, 1, 3},
		},
		{
			Organization{},
			`plan by ann: Mon 2 09:00-10:00, 3 heads, 0 people 0m; "Title of plan"`,
			PeopleCount{},
		},
	}
	for _, s := range steps {
		if err := db.SetOrganization(t.Context(), s.organization); err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff([]string{s.want}, db.derivedLines(t)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", s.organization, d)
		}
		if got, err := db.People(t.Context(), monday, lastDay); err != nil || got != s.people {
			t.Errorf("%+v: people %+v (%v), want %+v", s.organization, got, err, s.people)
		}
	}
}

// A page more than a query reads at a time, with many at one time.
func TestOccurrencesAndSubjectsInPages(t *testing.T) {
	db := openFile(t)
	d := full()
	for i := range 2*page + 1 {
		d.Copies = append(d.Copies, event(fmt.Sprint(i), func(c *calendars.Copy) { c.Start = at(0, float64(i%2)); c.End = at(0, 3) }, "ann", "bob"))
	}
	db.apply(t, db.calendar(t, "ann"), d)
	seen := map[int64]bool{}
	for _, o := range db.inPeriod(t, monday, lastDay) {
		seen[o.ID] = true
	}
	if len(seen) != len(d.Copies) {
		t.Errorf("%d occurrences, want %d", len(seen), len(d.Copies))
	}
	if got := len(db.allSubjects(t)); got != len(d.Copies) {
		t.Errorf("%d subjects, want %d", got, len(d.Copies))
	}
}

// Cut a period where one will, the parts add up.
func TestOccurrencesAddUpOverAPeriodCutInTwo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	db := openFile(t)
	d := full()
	for i := range 60 {
		d.Copies = append(d.Copies, event(fmt.Sprint(i), func(c *calendars.Copy) {
			c.Start = at(0, 0).Add(time.Duration(r.IntN(8*3600)) * time.Second)
			c.End = c.Start.Add(time.Duration(1+r.IntN(3*3600)) * time.Second)
		}, []string{"ann", "bob", "cid"}[:1+r.IntN(3)]...))
	}
	db.apply(t, db.calendar(t, "ann"), d)
	gross := func(from, to time.Time) map[int64]time.Duration {
		sums := map[int64]time.Duration{}
		for _, o := range db.inPeriod(t, from, to) {
			sums[o.ID] += o.Gross
			if o.Gross > time.Duration(o.People)*o.Inside || o.Gross > o.WholeGross {
				t.Errorf("%s to %s: %+v", from, to, o)
			}
		}
		return sums
	}
	whole := gross(monday, lastDay)
	for range 20 {
		from := at(0, 0).Add(time.Duration(r.IntN(12*3600)) * time.Second)
		to := from.Add(time.Duration(r.IntN(3600)) * time.Second)
		sum := map[int64]time.Duration{}
		for _, part := range []map[int64]time.Duration{gross(monday, from), gross(from, to), gross(to, lastDay)} {
			for id, g := range part {
				sum[id] += g
			}
		}
		if d := gocmp.Diff(whole, sum); d != "" {
			t.Errorf("cut at %s and %s (-whole +sum):\n%s", from, to, d)
		}
	}
}

func TestVerdicts(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	touched := db.apply(t, ann, full(event("plan", nil, "ann", "bob"), event("sync", weekly, "ann", "bob")))
	toJudge := func(meetings []int64, rules string) (titles []string) {
		for s, err := range db.Subjects(t.Context(), meetings, rules) {
			if err != nil {
				t.Fatal(err)
			}
			titles = append(titles, s.Title)
			// As a caller may do in the midst of it:
			if rules == "r1" {
				v := Verdict{SubjectHash: s.Hash, RulesHash: "r1", Category: "informing", Verdict: []byte(`{"title":"` + s.Title + `"}`)}
				if err := db.SaveVerdicts(t.Context(), []Verdict{v, v}); err != nil {
					t.Fatal(err)
				}
			}
		}
		slices.Sort(titles)
		return titles
	}
	both := []string{"Title of plan", "Title of sync"}
	for _, step := range []struct {
		meetings []int64
		rules    string
		want     []string
	}{
		{touched.Meetings[:1], "r2", both[:1]},
		{[]int64{}, "r1", nil},
		{nil, "r1", both},
		{nil, "r1", nil},
		{touched.Meetings, "r1", nil},
		{nil, "r2", both},
		{nil, "", both},
	} {
		if d := gocmp.Diff(step.want, toJudge(step.meetings, step.rules)); d != "" {
			t.Errorf("of %v under %q (-want +got):\n%s", step.meetings, step.rules, d)
		}
	}
	verdicts, err := db.Verdicts(t.Context(), "r1")
	if err != nil || len(verdicts) != 2 {
		t.Fatalf("verdicts %v, %v", verdicts, err)
	}
	for hash, v := range verdicts {
		if v.SubjectHash != hash || v.RulesHash != "r1" || v.Category != "informing" || len(v.Verdict) == 0 {
			t.Errorf("verdict %+v", v)
		}
		v.Category, v.Verdict = "connecting", []byte("[]")
		if err := db.SaveVerdicts(t.Context(), []Verdict{v}); err != nil {
			t.Fatal(err)
		}
		again, err := db.Verdicts(t.Context(), "r1")
		if d := gocmp.Diff(v, again[hash]); d != "" || err != nil {
			t.Errorf("replaced (-want +got): %v\n%s", err, d)
		}
	}
}

func TestFind(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(
		event("plan", nil, "ann", "bob"),
		event("plan", func(c *calendars.Copy) { c.Organizer.Address = "eve@evil.example" }, "ann"),
	))
	found, err := db.Find(t.Context(), "plan")
	if err != nil || len(found) != 2 {
		t.Fatalf("found %+v, %v", found, err)
	}
	for i, organizer := range []string{address("ann"), "eve@evil.example"} {
		f := found[i]
		if f.UID != "plan" || f.Organizer != organizer || len(f.Subjects) != 1 || f.Subjects[0].Meeting != f.Meeting {
			t.Errorf("found %+v", f)
		}
	}
	if found, err := db.Find(t.Context(), "nothing"); err != nil || len(found) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

// TestFindSaysWhatDoesNotCount: where no occurrence counts, it says why, and
// Occurrences lists none.
func TestFindSaysWhatDoesNotCount(t *testing.T) {
	series := event("series", weekly, "ann", "bob")
	without(1, &series)
	for _, test := range []struct {
		want   Uncounted
		copies []calendars.Copy
	}{
		{"", []calendars.Copy{event("held", nil, "ann", "bob")}},
		{"", []calendars.Copy{event("one declined", nil, "ann", "bob=declined")}},
		{"", []calendars.Copy{series, changed(series, 1, func(c *calendars.Copy) { c.Status = calendars.Cancelled })}},
		{NeverHeld, []calendars.Copy{event("empty", func(c *calendars.Copy) { weekly(c); c.Spans = nil }, "ann", "bob"),
			changed(event("empty", weekly, "ann", "bob"), 1, func(c *calendars.Copy) { c.Title = "Another" })}},
		{AllDay, []calendars.Copy{event("day", func(c *calendars.Copy) { c.AllDay, c.Start, c.End = true, at(0, 0), at(1, 0) }, "ann", "bob")}},
		{CalledOff, []calendars.Copy{event("off", func(c *calendars.Copy) { c.Status = calendars.Cancelled }, "ann", "bob")}},
		{NoLength, []calendars.Copy{event("reminder", func(c *calendars.Copy) { c.End = c.Start }, "ann", "bob")}},
		{Alone, []calendars.Copy{event("focus", nil, "ann")}},
		{GuestsUnknown, []calendars.Copy{event("hidden", func(c *calendars.Copy) { c.HeadsKnown = false })}},
		{MarkedFree, []calendars.Copy{event("hidden and free", func(c *calendars.Copy) { c.HeadsKnown, c.Busy = false, false })}},
		{MarkedFree, []calendars.Copy{event("free", func(c *calendars.Copy) { c.Busy = false }, "ann", "bob")}},
		{OthersOnly, []calendars.Copy{event("theirs", func(c *calendars.Copy) {
			c.Organizer.Address = "eve@zig.example"
			c.People = []calendars.Attendee{{Party: calendars.Party{Address: "zoe@zig.example"}, Kind: calendars.Individual}}
		})}},
		{AllDeclined, []calendars.Copy{event("declined", nil, "ann=declined", "bob=declined")}},
	} {
		uid := test.copies[0].UID
		t.Run(uid, func(t *testing.T) {
			db := openFile(t)
			db.apply(t, db.calendar(t, "ann"), full(test.copies...))
			found, err := db.Find(t.Context(), uid)
			if err != nil || len(found) != 1 {
				t.Fatalf("found %+v, %v", found, err)
			}
			var subject Subject
			for _, s := range found[0].Subjects {
				if s.Title == "Title of "+uid {
					subject = s
				}
			}
			if got := found[0].Uncounted[subject.Hash]; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			counted := 0
			for _, o := range db.inPeriod(t, monday, lastDay) {
				if o.Counted && o.SubjectHash == subject.Hash {
					counted++
				}
			}
			if (counted > 0) != (test.want == "") {
				t.Errorf("%d occurrences count, but it is said: %q", counted, test.want)
			}
		})
	}
}
