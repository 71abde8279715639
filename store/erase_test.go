package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

// connectGoogle connects somebody, and returns the collection.
func (db *DB) connectGoogle(t *testing.T, name string) (collection int64) {
	t.Helper()
	id, err := db.Connect(t.Context(), monday, NewConnection{
		Kind: "google", Owner: address(name), Account: name + "'s account", Via: ByGrant, Remotes: []string{"primary"},
		Seal: func(int64) ([]byte, string, error) { return []byte("secret of " + name), "key", nil },
	})
	must(t, err)
	must(t, db.read.QueryRow(`SELECT id FROM collection WHERE connection_id = $1`, id).Scan(&collection))
	return collection
}

// naming gives the people of a copy names, and bob a part in its words and its UID.
func naming(c *calendars.Copy) {
	for i := range c.People {
		c.People[i].Name = strings.ToUpper(short(c.People[i].Address)) + " Surname"
	}
	c.Organizer.Name = strings.ToUpper(short(c.Organizer.Address)) + " Surname"
	c.Title += " with Bob@acme.example"
	c.Location = "https://meet.example/bob@acme.example"
}

func TestForgettingLeavesNoByteAndNoSumChanges(t *testing.T) {
	for _, whose := range []string{"bob", "ann"} { // a guest, and the organizer of all there is
		t.Run(whose, func(t *testing.T) {
			db := openFile(t)
			ann, bob := db.connectGoogle(t, "ann"), db.connectGoogle(t, "bob")
			weeklies := func(c *calendars.Copy) { weekly(c); naming(c) }
			team := []string{"ann", "bob=accepted", "cid", "eve@other.example"}
			common := []calendars.Copy{event("sync", weeklies, team...), event("bob@acme.example-1", naming, team...)}
			db.apply(t, ann, full(slices.Concat(common, []calendars.Copy{event("annsown", naming, "ann", "dan")})...))
			db.apply(t, bob, full(slices.Concat(common, []calendars.Copy{event("bobsown", func(c *calendars.Copy) {
				c.Organizer.Address = address("bob")
				naming(c)
			}, "bob", "dan")})...))

			// They are asked, answer and look back; so does another.
			for n, name := range []string{"bob", "cid"} {
				d := newDigest(name, fmt.Sprint("mail", n))
				d.Suggestions[0].Snapshot = []byte(`{"title":"Ops","organizer":{"address":"ann@acme.example","name":"ANN Surname"},"note":"Dear ANN Surname"}`)
				d.Suggestions[0].Cost, d.Suggestions[0].Occurrences = usual, []calendars.Instance{calendars.InstanceAt(at(7, 9))}
				s := db.offer(t, monday, d)
				db.accepted(t, at(1, 0), s, "this")
				must(t, db.Visit(t.Context(), at(1, 0), secretHash("accept "+fmt.Sprint("mail", n)), "opened"))
				must(t, db.Look(t.Context(), address(name), Look{At: at(1, 0), By: "root", What: "outcomes", Why: name + " asked"}))
				must(t, db.KnowBrowser(t.Context(), []byte(name), Browser{Person: address(name), Since: at(1, 0), Until: at(20, 0)}))
			}
			for _, a := range []Audited{
				{At: at(1, 0), By: "root", Command: "enroll", Words: "{1} {2} {3}", About: []string{address("ann"), address("bob"), address("cid")}},
				{At: at(1, 0), By: "root", Command: "outcomes", Words: "--as {1} --to Surname", About: []string{address(whose)}, Why: "Surname asked for it"},
			} {
				_, err := db.BeginAudit(t.Context(), a)
				must(t, err)
			}
			judge(t, db)

			now := at(2, 0)
			attended := func() int {
				t.Helper()
				return db.count(t, "attendance t JOIN occurrence o ON o.id = t.occurrence_id WHERE t.share_s > 0 AND o.start_s < $1", now.Unix())
			}
			type figures struct {
				Sums  []Sum
				Asked int
				Net   []time.Duration
				Told  int
			}
			sums := func() (f figures) {
				t.Helper()
				var err error
				f.Sums, f.Asked, err = db.Sums(t.Context(), monday, at(2, 0))
				must(t, err)
				f.Sums = slices.DeleteFunc(f.Sums, func(s Sum) bool { return s.Outcome == "left" })
				plans, err := db.Plans(t.Context(), monday, lastDay)
				must(t, err)
				for _, p := range plans {
					f.Net = append(f.Net, p.Net)
				}
				f.Told = db.count(t, "occurrence o JOIN verdict v ON v.subject_hash = o.subject_hash JOIN meeting m ON m.id = o.meeting_id WHERE m.uid NOT LIKE '%own'")
				return f
			}
			before, shared := sums(), attended()
			must(t, db.Erase(t.Context(), now, strings.ToUpper(address(whose))))
			if diff := gocmp.Diff(before, sums()); diff != "" {
				t.Errorf("sums (-before +after):\n%s", diff)
			}
			// Their hour of the past counts on where others' calendars show it.
			if after := attended(); after == 0 || after != shared-2 {
				t.Errorf("%d attended what is past, and %d do now", shared, after)
			}
			none := func(when string) {
				t.Helper()
				must(t, db.Scrub(t.Context()))
				upper := strings.ToUpper(whose)
				for _, word := range []string{address(whose), upper + " Surname", whose + "'s account", "secret of " + whose, whose + "sown", whose + " asked", "Surname asked", "--to Surname"} {
					if db.holds(t, word) {
						t.Errorf("%s, the file holds %q", when, word)
					}
				}
				if whose == "bob" && db.holds(t, "Bob@acme") {
					t.Errorf("%s, a title names them", when)
				}
			}
			none("at once")
			if n := db.count(t, "attendance t JOIN person p ON p.id = t.person_id JOIN occurrence o ON o.id = t.occurrence_id WHERE p.state = 'erased' AND o.start_s >= $1", now.Unix()); n != 0 {
				t.Errorf("they attend %d things to come", n)
			}
			if other := db.holds(t, address("cid")); !other {
				t.Error("another was forgotten, too")
			}
			log, err := db.Audits(t.Context(), time.Time{}, address("cid"))
			if err != nil || len(log) != 1 || !strings.Contains(log[0].Line(), "(forgotten)") {
				t.Errorf("the audit log says of another: %+v, %v", log, err)
			}

			// What others' calendars say of them next does not bring them back.
			lines := db.derivedLinesOf(t)
			who := map[string]int64{"bob": ann, "ann": bob}[whose]
			own := map[string]calendars.Copy{"bob": event("annsown", naming, "ann", "dan"), "ann": event("bobsown", func(c *calendars.Copy) {
				c.Organizer.Address = address("bob")
				naming(c)
			}, "bob", "dan")}[whose]
			db.apply(t, who, full(slices.Concat(common, []calendars.Copy{own})...), At(now))
			none("after a sync")
			if diff := gocmp.Diff(lines, db.derivedLinesOf(t)); diff != "" {
				t.Errorf("a sync changed what there is (-before +after):\n%s", diff)
			}
			must(t, db.SetOrganization(t.Context(), Organization{Name: "Acme", Domains: []string{"acme.example", "acme.test"}}))
			if diff := gocmp.Diff(lines, db.derivedLinesOf(t)); diff != "" {
				t.Errorf("deriving anew changed what there is (-before +after):\n%s", diff)
			}

			// Nobody else brings them back, either; they themselves do.
			if takes, err := db.Invite(t.Context(), address(whose)); takes || err != nil {
				t.Errorf("enrolled: %v, %v", takes, err)
			}
			for _, via := range []string{ByDelegation, ByFile} {
				if _, err := db.Connect(t.Context(), now, NewConnection{Kind: "google", Owner: address(whose), Via: via}); !errors.Is(err, ErrForgotten) {
					t.Errorf("connected by %s: %v", via, err)
				}
			}
			none("though invited")
			db.connectGoogle(t, whose)
			db.apply(t, who, full(slices.Concat(common, []calendars.Copy{own})...), At(now))
			if forgotten, err := db.Forgotten(t.Context(), address(whose)); forgotten || err != nil || !db.holds(t, address(whose)) {
				t.Errorf("back, they are forgotten: %v, %v", forgotten, err)
			}
			must(t, db.Erase(t.Context(), at(3, 0), address(whose)))
			none("forgotten again")
		})
	}
}

// judge has a verdict on every subject.
func judge(t *testing.T, db *DB) {
	t.Helper()
	var verdicts []Verdict
	for _, s := range db.allSubjects(t) {
		verdicts = append(verdicts, Verdict{SubjectHash: s.Hash, RulesHash: "rules", Category: "informing", Verdict: []byte(`{}`)})
	}
	must(t, db.SaveVerdicts(t.Context(), verdicts))
}

// derivedLinesOf is what is derived, without names of people.
func (db *DB) derivedLinesOf(t *testing.T) (lines []string) {
	t.Helper()
	rows, err := db.read.Query(`SELECT o.start_s || ' ' || o.heads || ' ' || o.counts || ' ' || o.people || ' ' || o.gross_s || ' ' || s.title || ' ' || s.external
		FROM occurrence o JOIN subject s ON s.meeting_id = o.meeting_id AND s.hash = o.subject_hash ORDER BY o.start_s, s.title`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		must(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	must(t, rows.Err())
	return lines
}

func TestForgettingWhoIsNotOfTheOrganization(t *testing.T) {
	db := openFile(t)
	ann := db.calendar(t, "ann")
	meeting := event("sync", naming, "ann", "eve@other.example")
	db.apply(t, ann, full(meeting))
	lines := db.derivedLinesOf(t)
	must(t, db.Erase(t.Context(), at(1, 0), "eve@other.example"))
	db.apply(t, ann, full(meeting))
	if diff := gocmp.Diff(lines, db.derivedLinesOf(t)); diff != "" || db.holds(t, "eve@other") || db.holds(t, "EVE@") {
		t.Errorf("eve is there (-before +after):\n%s", diff)
	}
	if err := db.Erase(t.Context(), at(1, 0), "nobody@other.example"); !errors.Is(err, ErrNoPerson) {
		t.Errorf("nobody at all: %v", err)
	}
}

func TestEraserFindsAddressesInText(t *testing.T) {
	e := &eraser{key: []byte("key"), hashes: map[string]bool{}}
	e.hashes[string(e.hash("ann@acme.example"))] = true
	is := pseudonym(e.hash("ann@acme.example"))
	e.hashes[string(e.hash("r&d@acme"))] = true
	rare := pseudonym(e.hash("r&d@acme"))
	for text, want := range map[string]string{
		"ann@acme.example":                      is,
		"1:1 with Ann@Acme.Example.":            "1:1 with " + is + ".",
		"<mailto:ann@acme.example>":             "<mailto:" + is + ">",
		"'ann@acme.example'":                    "'" + is + "'",
		"ann@acme.example-20260301":             is + "-20260301",
		"ann@acme.example, joann@acme.example":  is + ", joann@acme.example",
		"ann@acme.example.org ann@acme":         "ann@acme.example.org ann@acme",
		`{"a":"ann@acme.example","b":"@"}`:      `{"a":"` + is + `","b":"@"}`,
		"https://meet.example/ann@acme.example": "https://meet.example/" + is,
		"?who='ann@acme.example'&r&d@acme":      "?who='" + is + "'&" + rare,
		`{"to":"r\u0026d@acme"}`:                `{"to":"` + rare + `"}`,
	} {
		if got := e.text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestARestoredDatabaseForgetsAgain(t *testing.T) {
	old, now := openFile(t), openFile(t)
	meeting := event("sync", naming, "ann", "bob", "eve@other.example")
	for _, db := range []*DB{old, now} {
		db.apply(t, db.calendar(t, "ann"), full(meeting))
	}
	for _, who := range []string{address("bob"), "eve@other.example"} {
		must(t, now.Erase(t.Context(), at(1, 0), who))
	}
	f, err := now.Forgettings(t.Context())
	must(t, err)
	if n, err := old.EraseAgain(t.Context(), at(2, 0), f); n != 2 || err != nil || old.holds(t, "bob@") || old.holds(t, "eve@") || !old.holds(t, "ann@") {
		t.Errorf("%d were forgotten again, %v", n, err)
	}
}

// Whom the backup did not know yet, the calendars name as soon as they are read again.
func TestARestoredDatabaseKnowsWhoWasForgottenThoughItNeverKnewThem(t *testing.T) {
	old, now := openFile(t), openFile(t)
	ann := old.calendar(t, "ann")
	meeting := event("sync", naming, "ann", "bob", "eve@other.example")
	now.apply(t, now.calendar(t, "ann"), full(meeting))
	for _, who := range []string{address("bob"), "eve@other.example"} {
		must(t, now.Erase(t.Context(), at(1, 0), who))
	}
	f, err := now.Forgettings(t.Context())
	must(t, err)
	if n, err := old.EraseAgain(t.Context(), at(2, 0), f); n != 0 || err != nil {
		t.Errorf("%d were forgotten again, %v", n, err)
	}
	old.apply(t, ann, full(meeting))
	if old.holds(t, "bob@") || old.holds(t, "eve@other") || !old.holds(t, "ann@") {
		t.Error("the calendars brought them back")
	}
	if takes, err := old.Invite(t.Context(), address("bob")); takes || err != nil {
		t.Errorf("enrolled: %v, %v", takes, err)
	}
}

// Why somebody looked at what is another's may name whoever is forgotten.
func TestForgettingWhomAnothersLookNames(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(event("sync", naming, "ann", "bob")))
	for _, why := range []string{"Bob@acme.example complained", "she asked"} {
		must(t, db.Look(t.Context(), address("ann"), Look{At: at(1, 0), By: "root", What: "outcomes", Why: why}))
	}
	must(t, db.Erase(t.Context(), at(2, 0), address("bob")))
	looks, err := db.LooksAt(t.Context(), address("ann"))
	must(t, err)
	_, err = db.BeginAudit(t.Context(), Audited{At: at(3, 0), By: "root", Command: "connect ics", Words: "calendars/bob.ics --person {1}", About: []string{address("bob")}, Why: "bob@acme.example is back"})
	must(t, err)
	if db.holds(t, "Bob@acme") || db.holds(t, address("bob")) || db.holds(t, "bob.ics") || len(looks) != 2 || looks[0].Why != "(forgotten)" || looks[1].Why != "she asked" {
		t.Errorf("who looked at what is ann's: %+v", looks)
	}
}

// Whoever signs in at the organization says themselves that they want to come back.
func TestSigningInTakesForgettingBack(t *testing.T) {
	db := openFile(t)
	db.apply(t, db.calendar(t, "ann"), full(event("sync", nil, "ann", "bob")))
	must(t, db.Erase(t.Context(), at(1, 0), address("bob")))
	must(t, db.Enrol(t.Context(), address("bob")))
	if forgotten, err := db.Forgotten(t.Context(), address("bob")); forgotten || err != nil {
		t.Errorf("they are still forgotten: %v", err)
	}
	if takes, err := db.TakesMail(t.Context(), address("bob")); !takes || err != nil {
		t.Errorf("they take no part: %v", err)
	}
}

// An alias is theirs, too, and so is what is read or composed while they are forgotten.
func TestForgettingByAnAliasWhileTheDaemonWorks(t *testing.T) {
	db := openFile(t)
	ann, bob := db.connectGoogle(t, "ann"), db.connectGoogle(t, "bob")
	aka := event("aka", func(c *calendars.Copy) { c.Self = "robert@acme.test" }, "ann", "bob", "robert@acme.test")
	db.apply(t, bob, full(aka))
	db.apply(t, ann, full(event("aka", nil, "ann", "robert@acme.test"), event("sync", nil, "ann", "cid")))
	must(t, db.Enrol(t.Context(), address("cid")))
	d := newDigest("cid", "m1") // composed about a meeting of ann's
	must(t, db.Erase(t.Context(), at(1, 0), address("bob")))
	must(t, db.Erase(t.Context(), at(1, 0), address("ann")))
	if err := db.Offer(t.Context(), at(1, 0), d); err == nil {
		t.Error("a meeting of somebody who was forgotten meanwhile is suggested")
	}
	mail := d.Mail
	mail.MessageID, mail.Person, mail.To = "m2@acme.example", address("bob"), "Robert@acme.test"
	if _, err := db.QueueMail(t.Context(), at(1, 0), mail); !errors.Is(err, ErrSuppressed) {
		t.Errorf("a mail to somebody who was forgotten meanwhile: %v", err)
	}
	for _, word := range []string{"robert@", "Robert@", "bob@", "ann@"} {
		if db.holds(t, word) {
			t.Errorf("the file holds %q", word)
		}
	}
}

// Addresses have characters that JSON escapes, or that stand around others.
func TestForgettingWithRareAddresses(t *testing.T) {
	for _, who := range []string{"r&d@acme.example", "o'brien@acme.example", "a+b@acme.example", "a/b=c@acme.example", "ann@intranet", "jörg@acme.example", "#x!y@acme.example"} {
		t.Run(who, func(t *testing.T) {
			db := openFile(t)
			m := event("sync", func(c *calendars.Copy) {
				c.Title = "With " + who
				c.People[1].Address = who
			}, "ann", "bob", "cid")
			db.apply(t, db.calendar(t, "ann"), full(m))
			d := newDigest("cid", "m1")
			d.Suggestions[0].Snapshot = []byte(fmt.Sprintf(`{"title":"With %s"}`, strings.ReplaceAll(who, "&", `\u0026`)))
			db.offer(t, monday, d)
			must(t, db.Erase(t.Context(), at(1, 0), who))
			if db.holds(t, who) || db.holds(t, strings.ReplaceAll(who, "&", `\u0026`)) {
				var title, snap string
				must(t, db.read.QueryRow(`SELECT title || people_json FROM copy`).Scan(&title))
				must(t, db.read.QueryRow(`SELECT CAST(snapshot AS TEXT) FROM suggestion`).Scan(&snap))
				t.Errorf("the file still holds them: %s %s", title, snap)
			}
		})
	}
}

func TestANamerFindsPeopleByTheirNames(t *testing.T) {
	n := newNamer(&eraser{}, []string{"ada.berg@acme.example", "Cyra Dunn (Sales)", "x@acme.example", "as@acme.example", "J. Ünal", "José Paz", strings.Repeat("long ", 1e5)})
	for text, want := range map[string]bool{
		"calendars/ada.berg.ics": true, "Berg, Ada said so": true, "ADA BERG": true, "cyra dunn": true, "of j ünal": true,
		"Jose\u0301 Paz": true, "as she said": false, "ada": false, "adam bergson": false, "Sales": false, "x": false, "": false,
	} {
		if n.in(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if newNamer(&eraser{}, nil).in("anybody") {
		t.Error("finds somebody, though asked for nobody")
	}
}
