package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// noon is when these tests begin.
var noon = monday.Add(12 * time.Hour)

// connected connects somebody at acme.example.
func (db *DB) connected(t testing.TB, name string) int64 {
	t.Helper()
	id, err := db.Connect(t.Context(), noon, NewConnection{
		Kind: "google", Owner: address(name), Account: "id of " + name, Via: ByGrant, Scopes: []string{"read", "more"}, Remotes: []string{"primary"},
		Seal: func(id int64) ([]byte, string, error) { return fmt.Appendf(nil, "sealed for %d", id), "key1", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (db *DB) take(t testing.TB, now time.Time, by string, n int) []Connection {
	t.Helper()
	taken, err := db.TakeDue(t.Context(), now, by, time.Minute, n)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func owners(connections []Connection) (names []string) {
	for _, c := range connections {
		names = append(names, short(c.Owner))
	}
	return names
}

func TestConnect(t *testing.T) {
	db := openFile(t)
	id := db.connected(t, "Ann")
	got, err := db.Connection(t.Context(), "google", "ANN@acme.example")
	if err != nil {
		t.Fatal(err)
	}
	want := Connection{
		ID: id, Kind: "google", Owner: "ann@acme.example", Account: "id of Ann", Via: ByGrant, Sealed: fmt.Appendf(nil, "sealed for %d", id),
		Scopes: []string{"read", "more"}, State: Connected, Since: noon, Next: noon, Lease: Lease{Connection: id},
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	people, err := db.Everyone(t.Context())
	if err != nil || len(people) != 1 || people[0].State != "enrolled" || len(people[0].Connections) != 1 || people[0].Connections[0].Sealed != nil {
		t.Errorf("everyone: %+v, %v", people, err)
	}
	if _, err := db.Connection(t.Context(), "google", "bob@acme.example"); !errors.Is(err, ErrNoConnection) {
		t.Errorf("somebody else: %v", err)
	}
}

// Whoever connects again what is connected has been so since they first did.
func TestConnectedSince(t *testing.T) {
	db := openFile(t)
	for _, c := range []struct {
		account string
		at      time.Time
		since   time.Time
	}{
		{"", noon, noon},
		{"", noon.Add(time.Hour), noon},
		{"one", noon.Add(2 * time.Hour), noon.Add(2 * time.Hour)},
		{"one", noon.Add(3 * time.Hour), noon.Add(2 * time.Hour)},
		{"another", noon.Add(4 * time.Hour), noon.Add(4 * time.Hour)},
	} {
		if _, err := db.Connect(t.Context(), c.at, NewConnection{Kind: "ics", Owner: address("ann"), Account: c.account, Via: ByFile}); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Connection(t.Context(), "ics", address("ann")); err != nil || !got.Since.Equal(c.since) || !got.Next.Equal(c.at) {
			t.Errorf("connected again as %q at %v: since %v, next read %v, %v", c.account, c.at, got.Since, got.Next, err)
		}
	}
}

func TestConnectAgain(t *testing.T) {
	db := openFile(t)
	id := db.connected(t, "ann")
	c := db.take(t, noon, "me", 1)[0]
	db.apply(t, c.Collections[0].ID, calendars.Delta{Full: true, From: monday, To: lastDay, Cursor: "one", Copies: []calendars.Copy{event("plan", nil, "ann", "bob")}})
	if err := db.Failed(t.Context(), c.Lease, Trouble{Why: "revoked", Hint: "connect again", Pause: true}, noon, noon); err != nil {
		t.Fatal(err)
	}
	if again := db.connected(t, "ann"); again != id {
		t.Errorf("another connection: %d, not %d", again, id)
	}
	c = db.take(t, noon, "me", 1)[0]
	if c.State != Connected || c.Why != "" || c.Failures != 0 || c.Collections[0].Cursor != "one" {
		t.Errorf("the same account: %+v", c)
	}

	connect := func(account string, remotes ...string) {
		_, err := db.Connect(t.Context(), noon, NewConnection{Kind: "google", Owner: address("ann"), Account: account, Via: ByGrant, Remotes: remotes})
		if err != nil {
			t.Fatal(err)
		}
		c = db.take(t, noon, "me", 1)[0]
	}
	connect("id of ann\nmore", "primary", "more")
	if len(c.Collections) != 2 || c.Collections[0].Cursor != "one" || len(db.derivedLines(t)) == 0 {
		t.Errorf("an account that has grown: %+v", c)
	}
	connect("files\nmine.ics\nours.ics", "mine.ics", "ours.ics")
	for _, calendar := range c.Collections {
		db.apply(t, calendar.ID, calendars.Delta{Full: true, From: monday, To: lastDay, Cursor: "of " + calendar.Remote,
			Copies: []calendars.Copy{event("in "+calendar.Remote, nil, "ann", "bob")}})
	}
	connect("files\nours.ics", "ours.ics")
	if left := strings.Join(db.derivedLines(t), "\n"); len(c.Collections) != 1 || c.Collections[0].Cursor != "of ours.ics" ||
		!strings.Contains(left, "in ours.ics") || strings.Contains(left, "in mine.ics") {
		t.Errorf("without one of its calendars: %+v, and of what was read\n%s", c, left)
	}
	connect("more", "primary")
	if len(c.Collections) != 1 || c.Collections[0].Cursor != "" || len(db.derivedLines(t)) != 0 {
		t.Errorf("another account: cursor %q, and of what was read %q", c.Collections[0].Cursor, db.derivedLines(t))
	}
}

// TestAnUnknownAccountIsNotAnother: what was read stays when somebody who connected
// themselves is read by delegation, which does not tell the account, and back again.
func TestAnUnknownAccountIsNotAnother(t *testing.T) {
	db := openFile(t)
	db.connected(t, "ann")
	c := db.take(t, noon, "me", 1)[0]
	db.apply(t, c.Collections[0].ID, calendars.Delta{Full: true, From: monday, To: lastDay, Cursor: "one", Copies: []calendars.Copy{event("plan", nil, "ann", "bob")}})
	read := db.derivedLines(t)
	for _, step := range []struct {
		account, via, want string
		erased             bool
	}{
		{"", ByDelegation, "id of ann", false},
		{"", ByDelegation, "id of ann", false},
		{"id of ann", ByGrant, "id of ann", false},
		{"", ByDelegation, "id of ann", false},
		{"another", ByGrant, "another", true},
	} {
		_, err := db.Connect(t.Context(), noon, NewConnection{Kind: "google", Owner: address("ann"), Account: step.account, Via: step.via, Remotes: []string{"primary"}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := db.Connection(t.Context(), "google", address("ann"))
		if err != nil || c.Account != step.want || c.Via != step.via {
			t.Errorf("%+v: the connection is %+v, %v", step, c, err)
		}
		if got := db.derivedLines(t); step.erased != (len(got) == 0) || !step.erased && !slices.Equal(got, read) {
			t.Errorf("%+v: what was read is %q", step, got)
		}
	}
}

func TestTakeDue(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"ann", "bob", "cid", "dan"} {
		db.connected(t, name)
	}
	db.calendar(t, "eve") // a file: never due
	if got := owners(db.take(t, noon.Add(-time.Second), "me", 9)); got != nil {
		t.Errorf("due too early: %v", got)
	}
	first := db.take(t, noon, "me", 2)
	if got := owners(first); !slices.Equal(got, []string{"ann", "bob"}) {
		t.Errorf("first: %v", got)
	}
	second := db.take(t, noon, "other", 9)
	if got := owners(second); !slices.Equal(got, []string{"cid", "dan"}) {
		t.Errorf("second: %v", got)
	}
	if got := owners(db.take(t, noon.Add(59*time.Second), "third", 9)); got != nil {
		t.Errorf("leased twice: %v", got)
	}
	// bob's sync ends well, cid's badly, dan's for good; ann's process has died.
	next := noon.Add(6 * time.Hour)
	done := []error{
		db.Done(t.Context(), first[1].Lease, noon, next),
		db.Failed(t.Context(), second[0].Lease, Trouble{Why: "busy", Hint: "wait"}, noon, noon.Add(10*time.Second)),
		db.Failed(t.Context(), second[1].Lease, Trouble{Why: "revoked", Pause: true}, noon, noon),
	}
	if err := errors.Join(done...); err != nil {
		t.Fatal(err)
	}
	if at, err := db.NextDue(t.Context(), noon); err != nil || !at.Equal(noon.Add(10*time.Second)) {
		t.Errorf("next due %v, %v", at, err)
	}
	if at, err := db.NextDue(t.Context(), noon.Add(time.Minute)); err != nil || !at.Equal(noon) {
		t.Errorf("once the lease has ended: next due %v, %v", at, err)
	}
	if got := owners(db.take(t, noon.Add(30*time.Second), "third", 9)); !slices.Equal(got, []string{"cid"}) {
		t.Errorf("after half a minute: %v", got)
	}
	if got := owners(db.take(t, noon.Add(time.Minute), "third", 9)); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("after the lease: %v", got)
	}
	if got := owners(db.take(t, next, "third", 9)); !slices.Equal(got, []string{"ann", "cid", "bob"}) {
		t.Errorf("in the evening: %v", got)
	}
	// The dead process wakes up.
	if err := db.Done(t.Context(), first[0].Lease, next, next); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("who lost the lease ends the sync: %v", err)
	}
}

// Several processes on one file share the work out, each connection once.
func TestTakeDueFromSeveralProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unmeet.db")
	open := func() *DB {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	db := open()
	for i := range 40 {
		db.connected(t, fmt.Sprint("p", i))
	}
	var mu sync.Mutex
	taken := map[string]int{}
	var all sync.WaitGroup
	for i := range 4 {
		process := open()
		all.Go(func() {
			for {
				due, err := process.TakeDue(t.Context(), noon, fmt.Sprint(i), time.Minute, 3)
				if err != nil {
					t.Error(err)
				}
				if len(due) == 0 {
					return
				}
				mu.Lock()
				for _, c := range due {
					taken[c.Owner]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for who, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", who, n)
		}
	}
	if len(taken) != 40 {
		t.Errorf("%d of 40 were taken", len(taken))
	}
}

// TestStop: reading ends at once, for good and for a sync under way, and what was
// read stays until its person is let in again.
func TestStop(t *testing.T) {
	db := openFile(t)
	member := NewConnection{Kind: "google", Owner: address("ann"), Via: ByDelegation, Group: "Pilot@acme.example", Remotes: []string{"primary"}}
	if _, err := db.Connect(t.Context(), noon, member); err != nil {
		t.Fatal(err)
	}
	c := db.take(t, noon, "me", 1)[0]
	if c.Group != "pilot@acme.example" {
		t.Errorf("the group is %q", c.Group)
	}
	db.apply(t, c.Collections[0].ID, calendars.Delta{Full: true, From: monday, To: lastDay, Cursor: "one", Copies: []calendars.Copy{event("plan", nil, "ann", "bob")}})
	read := db.derivedLines(t)
	stop := func() error {
		return db.Stop(t.Context(), noon.Add(time.Minute), "google", "ANN@acme.example", Trouble{Why: "no longer a member", Hint: "ask"})
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := db.Done(t.Context(), c.Lease, noon, noon); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("a sync under way: %v", err)
	}
	if due := db.take(t, noon.AddDate(1, 0, 0), "me", 9); len(due) > 0 {
		t.Errorf("still due: %v", owners(due))
	}
	if _, err := db.Take(t.Context(), c.ID, noon.AddDate(1, 0, 0), "me", time.Minute); !errors.Is(err, ErrNoConnection) {
		t.Errorf("taken by name: %v", err)
	}
	people, err := db.Everyone(t.Context())
	if err != nil || people[0].State != "out" {
		t.Errorf("everyone: %+v, %v", people, err)
	}
	got, err := db.Connection(t.Context(), "google", address("ann"))
	if err != nil || got.State != Stopped || got.Why != "no longer a member" || got.Hint != "ask" || !got.Since.Equal(noon.Add(time.Minute)) {
		t.Errorf("it is %+v, %v", got, err)
	}
	if err := stop(); !errors.Is(err, ErrNoConnection) {
		t.Errorf("stopped twice: %v", err)
	}
	if got := db.derivedLines(t); !slices.Equal(got, read) {
		t.Errorf("what was read is %q", got)
	}
	if _, err := db.Connect(t.Context(), noon, member); err != nil {
		t.Fatal(err)
	}
	if again := db.take(t, noon, "me", 1); len(again) != 1 || again[0].Collections[0].Cursor != "one" {
		t.Errorf("let in again: %+v", again)
	}
}

func TestApplyUnderALostLease(t *testing.T) {
	db := openFile(t)
	db.connected(t, "ann")
	late := db.take(t, noon, "late", 1)[0]
	if got := db.take(t, noon.Add(time.Hour), "next", 1); len(got) != 1 {
		t.Fatal("the lease has not ended")
	}
	d := full(event("plan", nil, "ann", "bob"))
	if _, err := db.Apply(t.Context(), late.Collections[0].ID, d, Under(late.Lease)); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("error %v", err)
	}
	if lines := db.derivedLines(t); len(lines) > 0 {
		t.Errorf("applied %q", lines)
	}
}

func TestReleaseAll(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"ann", "bob"} {
		db.connected(t, name)
	}
	db.take(t, noon, "dead", 1)
	db.take(t, noon, "alive", 1)
	if by, err := db.Holders(t.Context()); err != nil || !slices.Equal(by, []string{"alive", "dead"}) {
		t.Errorf("holders %v, %v", by, err)
	}
	if err := db.ReleaseAll(t.Context(), "dead"); err != nil {
		t.Fatal(err)
	}
	if got := owners(db.take(t, noon, "next", 9)); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("released: %v", got)
	}
}

func TestReplaceSecret(t *testing.T) {
	db := openFile(t)
	id := db.connected(t, "ann")
	old, err := db.Secret(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.ReplaceSecret(t.Context(), id, old, []byte("next"), "key2"); err != nil {
		t.Fatal(err)
	}
	if err := db.ReplaceSecret(t.Context(), id, old, []byte("stale"), "key3"); !errors.Is(err, ErrSecretChanged) {
		t.Errorf("in place of another: %v", err)
	}
	if got, err := db.Secret(t.Context(), id); err != nil || string(got) != "next" {
		t.Errorf("kept %q, %v", got, err)
	}
	if keys, err := db.KeysInUse(t.Context()); err != nil || !slices.Equal(keys, []string{"key2"}) {
		t.Errorf("keys %v, %v", keys, err)
	}
	var level int
	if err := db.write.QueryRow(`PRAGMA synchronous`).Scan(&level); err != nil || level != 1 {
		t.Errorf("synchronous is left at %d, %v", level, err)
	}
}

func TestPending(t *testing.T) {
	db := openFile(t)
	remember := func(state string, expires time.Time) {
		t.Helper()
		if err := db.Remember(t.Context(), state, []byte("sealed "+state), noon, expires); err != nil {
			t.Fatal(err)
		}
	}
	remember("first", noon.Add(time.Minute))
	remember("second", noon.Add(time.Minute))
	if got, err := db.Recall(t.Context(), "first", noon); err != nil || string(got) != "sealed first" {
		t.Errorf("recalled %q, %v", got, err)
	}
	for state, at := range map[string]time.Time{"first": noon, "made up": noon, "": noon, "second": noon.Add(time.Minute)} {
		if got, err := db.Recall(t.Context(), state, at); !errors.Is(err, ErrNotPending) || got != nil {
			t.Errorf("recalled %q for %q, %v", got, state, err)
		}
	}
	if err := db.Remember(t.Context(), "third", []byte("x"), noon.Add(time.Hour), noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	var n int
	var hash string
	if err := db.read.QueryRow(`SELECT COUNT(*), MAX(state_hash) FROM pending`).Scan(&n, &hash); err != nil || n != 1 || strings.Contains(hash, "third") {
		t.Errorf("%d rows are kept, with %q, %v", n, hash, err)
	}
}

func TestDisconnectErasesWhatOnlyOneSaid(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"ann", "bob"} {
		db.connected(t, name)
	}
	taken := db.take(t, noon, "me", 2)
	ann, bob := taken[0].Collections[0].ID, taken[1].Collections[0].ID
	mine := event("mine", func(c *calendars.Copy) { c.Title, c.Body = "quixotic title", "quixotic body" }, "ann", "zoe")
	both := event("both", nil, "ann", "bob")
	db.apply(t, ann, full(mine, both))
	if err := db.SaveVerdicts(t.Context(), []Verdict{{SubjectHash: db.subjectOf(t, "quixotic title").Hash, RulesHash: "r", Verdict: []byte(`"quixotic"`)}}); err != nil {
		t.Fatal(err)
	}
	db.apply(t, bob, full(both))
	if err := db.Disconnect(t.Context(), noon, "google", "ANN@acme.example"); err != nil {
		t.Fatal(err)
	}
	want := []string{`both by ann: Mon 2 09:00-10:00, 2 heads, 2 people 120m; "Title of both"; ann other:needs-action 60m, bob own:needs-action 60m`}
	if d := gocmp.Diff(want, db.derivedLines(t)); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
	people, err := db.Everyone(t.Context())
	var states []string
	for _, p := range people {
		states = append(states, short(p.Address)+" "+p.State)
	}
	if err != nil || !slices.Equal(states, []string{"ann out", "bob enrolled"}) { // zoe is forgotten
		t.Errorf("people %v, %v", states, err)
	}
	if _, err := db.Apply(t.Context(), ann, full(mine), Under(taken[0].Lease)); err == nil {
		t.Error("a sync under way brought it back")
	}
	if err := db.Disconnect(t.Context(), noon, "google", address("cid")); !errors.Is(err, ErrNoConnection) {
		t.Errorf("somebody who never connected: %v", err)
	}
	var path string
	if err := db.read.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range []string{"quixotic", "sealed for 1", "zoe@"} {
			if strings.Contains(string(raw), gone) {
				t.Errorf("%q can be read in %s", gone, filepath.Base(file))
			}
		}
	}
}

// subjectOf returns the subject with a title.
func (db *DB) subjectOf(t testing.TB, title string) Subject {
	t.Helper()
	for _, s := range db.allSubjects(t) {
		if s.Title == title {
			return s
		}
	}
	t.Fatalf("no subject %q", title)
	return Subject{}
}

func TestForget(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	plan := event("plan", nil, "ann", "bob")
	db.apply(t, ann, full(plan, event("other", nil, "ann", "cid")))
	db.apply(t, bob, full(plan))
	subject := db.subjectOf(t, "Title of plan")
	if !subject.Whole || subject.Body != "Body of plan" || subject.BodyHash == 0 {
		t.Fatalf("at first: %+v", subject)
	}
	heard := []Heard{{BodyHash: subject.BodyHash, Phrases: "of plan"}}
	worded, err := db.Worded(t.Context())
	if err != nil || len(worded) != 2 {
		t.Fatalf("meetings with words: %v, %v", worded, err)
	}
	if err := db.Forget(t.Context(), worded, heard); err != nil {
		t.Fatal(err)
	}
	if worded, err = db.Worded(t.Context()); err != nil || worded != nil {
		t.Errorf("meetings with words afterwards: %v, %v", worded, err)
	}
	left := subject
	left.Body, left.Whole = "of plan", false
	if d := gocmp.Diff(left, db.subjectOf(t, "Title of plan")); d != "" {
		t.Errorf("the subject (-want +got):\n%s", d)
	}
	if other := db.subjectOf(t, "Title of other"); other.Body != "" || other.Whole {
		t.Errorf("one that nobody heard: %+v", other)
	}
	if lines := strings.Join(db.dump(t)["copy"], "\n"); strings.Contains(lines, "Body of") {
		t.Errorf("copies have words:\n%s", lines)
	}

	if again := db.apply(t, ann, full(plan, event("other", nil, "ann", "cid"))); again.Copies != 0 || len(again.Meetings) != 0 {
		t.Errorf("listed again unchanged: %+v", again)
	}
	// bob answers, in his own calendar, which says the same words again.
	if again := db.apply(t, bob, full(event("plan", nil, "ann", "bob=accepted"))); len(again.Meetings) != 1 {
		t.Errorf("answered: %+v", again)
	}
	answered := db.subjectOf(t, "Title of plan")
	if answered.Hash == subject.Hash || answered.Accepted != 1 || answered.BodyHash != subject.BodyHash {
		t.Errorf("answered: %+v", answered)
	}
	if answered.Body != "Body of plan" || !answered.Whole {
		t.Errorf("words that another calendar says again are not heard: %+v", answered)
	}
	if err := db.Forget(t.Context(), []int64{answered.Meeting}, heard); err != nil {
		t.Fatal(err)
	}
	// A private copy of bob's makes ann's word count, whose words were let go.
	db.apply(t, bob, full(event("plan", func(c *calendars.Copy) { c.Private = true }, "ann", "bob=declined")))
	if s := db.subjectOf(t, "Title of plan"); s.Declined != 1 || s.Body != "of plan" || s.Whole || s.BodyHash != subject.BodyHash {
		t.Errorf("declined: %+v", s)
	}
	// ann writes other words.
	db.apply(t, ann, full(event("plan", func(c *calendars.Copy) { c.Body = "New words" }, "ann", "bob"), event("other", nil, "ann", "cid")))
	if s := db.subjectOf(t, "Title of plan"); s.Body != "New words" || !s.Whole || s.BodyHash == subject.BodyHash {
		t.Errorf("rewritten: %+v", s)
	}
}

func TestVerdictsOnWhatIsGoneAreDropped(t *testing.T) {
	db := openFile(t)
	for _, name := range []string{"ann", "bob"} {
		db.connected(t, name)
	}
	taken := db.take(t, noon, "me", 2)
	mine, both := event("mine", nil, "ann", "zoe"), event("both", nil, "ann", "bob")
	db.apply(t, taken[0].Collections[0].ID, full(mine, both))
	db.apply(t, taken[1].Collections[0].ID, full(both))
	var late []Verdict // made of what was read before ann left, and saved after
	for s, err := range db.Subjects(t.Context(), nil, "") {
		if err != nil {
			t.Fatal(err)
		}
		late = append(late, Verdict{SubjectHash: s.Hash, RulesHash: "r", Category: "informing", Verdict: []byte(`"` + s.Title + `"`), Words: s.Words()})
	}
	if err := db.Disconnect(t.Context(), noon, "google", "ann@acme.example"); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveVerdicts(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	kept, err := db.Verdicts(t.Context(), "r")
	if err != nil || len(late) != 2 || len(kept) != 1 {
		t.Errorf("%d of %d verdicts kept: %v, %v", len(kept), len(late), kept, err)
	}
	for _, v := range kept {
		if strings.Contains(string(v.Verdict), "mine") {
			t.Errorf("kept: %s", v.Verdict)
		}
	}
}

func TestUnjudged(t *testing.T) {
	db := openFile(t)
	ann, bob := db.calendar(t, "ann"), db.calendar(t, "bob")
	db.apply(t, ann, full(event("plan", func(c *calendars.Copy) { c.Body = "words" }, "ann", "bob")))
	db.apply(t, bob, full(event("sync", func(c *calendars.Copy) { c.Body = "" }, "bob", "ann")))
	check := func(what string, collection int64, words bool, want int) {
		t.Helper()
		if got, err := db.Unjudged(t.Context(), collection, "r", words); err != nil || len(got) != want {
			t.Errorf("%s: %v, %v; want %d", what, got, err, want)
		}
	}
	check("new", ann, false, 1)
	for _, title := range []string{"Title of plan", "Title of sync"} {
		if err := db.SaveVerdicts(t.Context(), []Verdict{{SubjectHash: db.subjectOf(t, title).Hash, RulesHash: "r", Verdict: []byte("1")}}); err != nil {
			t.Fatal(err)
		}
		check("another calendar's", bob, false, map[string]int{"Title of plan": 1, "Title of sync": 0}[title])
	}
	check("judged, with words to keep", ann, false, 0)
	check("judged, with words to let go", ann, true, 1)
	check("judged, without words", bob, true, 0)
	if got, err := db.Unjudged(t.Context(), bob, "other rules", false); err != nil || len(got) != 1 {
		t.Errorf("by other rules: %v, %v", got, err)
	}
	if err := db.Forget(t.Context(), []int64{db.subjectOf(t, "Title of plan").Meeting}, nil); err != nil {
		t.Fatal(err)
	}
	check("let go", ann, true, 0)
}

func TestEarlier(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	db.apply(t, ann, full(event("plan", nil, "ann", "bob")))
	first := db.subjectOf(t, "Title of plan")
	if _, ok, err := db.Earlier(t.Context(), first, "new"); ok || err != nil {
		t.Errorf("before any verdict: %v, %v", ok, err)
	}
	for _, rules := range []string{"a", "new", "z"} {
		if err := db.SaveVerdicts(t.Context(), []Verdict{{SubjectHash: first.Hash, RulesHash: rules, Verdict: []byte("1"), Words: first.Words()}}); err != nil {
			t.Fatal(err)
		}
	}
	db.apply(t, ann, full(event("plan", nil, "ann", "bob", "cid")))
	second := db.subjectOf(t, "Title of plan")
	if v, ok, err := db.Earlier(t.Context(), second, "new"); !ok || err != nil || v.RulesHash != "new" || v.SubjectHash != first.Hash || first.Hash == second.Hash {
		t.Errorf("the same words with another guest: %+v, %v, %v", v, ok, err)
	}
	db.apply(t, ann, full(event("plan", func(c *calendars.Copy) { c.Body = "Others" }, "ann", "bob")))
	if _, ok, err := db.Earlier(t.Context(), db.subjectOf(t, "Title of plan"), "new"); ok || err != nil {
		t.Errorf("other words: %v, %v", ok, err)
	}
	if err := db.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := db.Verdicts(t.Context(), "new"); err != nil || len(left) != 0 {
		t.Errorf("kept for nobody: %v, %v", left, err)
	}
}
