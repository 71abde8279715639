package main

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/calendartest"
	"unmeet/store"
)

// waiting has a connection of a test wait for the daemon, which may be writing.
const waiting = "?_pragma=busy_timeout(5000)"

// sql runs a statement on the database past the store, as to make it fail.
func (o *company) sql(statement string) {
	o.Helper()
	db, err := sql.Open("sqlite", filepath.Join(o.folder, "unmeet.db")+waiting)
	if err != nil {
		o.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(o.Context(), statement); err != nil {
		o.Fatal(err)
	}
}

// count runs a query for a number.
func (o *company) count(query string) (n int) {
	o.Helper()
	db, err := sql.Open("sqlite", filepath.Join(o.folder, "unmeet.db")+waiting)
	if err != nil {
		o.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(o.Context(), query).Scan(&n); err != nil {
		o.Fatal(err)
	}
	return n
}

// full makes writes to a table fail until it is dropped.
const full = ` BEGIN SELECT RAISE(ABORT, 'disk is full'); END`

// A clock that was wrong for an hour, or a key that was replaced: Google says the
// same of everybody as of an account that is no more. It ends when it is mended.
func TestDelegationInTroublePausesNobody(t *testing.T) {
	for _, trouble := range []calendartest.Fault{
		{Path: "/token", Do: calendartest.RefuseToken("invalid_grant", "")},
		{Path: "/token", Do: calendartest.RefuseToken("invalid_grant", "invalid_rapt")},
		{Path: "/calendar/", Do: calendartest.Refuse("insufficientPermissions", 0)},
	} {
		o := newCompany(t, true)
		people := o.hire(3)
		o.delegate(`people = ["p0@acme.example", "p1@acme.example", "p2@acme.example"]`, readScope)
		o.command(exitDone, "connect", "google", "--delegated")
		o.google.Inject(trouble)
		_, errs := o.command(exitFailed, "sync")
		for _, who := range people {
			if r := o.people()[who]; r.State != "failing" || r.NextSync == nil {
				t.Errorf("%s is %s: %s; hint: %s", who, r.State, r.Why, r.Hint)
			}
		}
		if strings.Contains(errs, "connect the calendar again") || !strings.Contains(errs, "clock") && !strings.Contains(errs, "Workspace administrator") {
			t.Errorf("what there is to do is not said:\n%s", errs)
		}
		o.google.Heal()
		if out, _ := o.command(exitDone, "sync"); !strings.HasPrefix(out, "3 calendars synced") {
			t.Error(out)
		}
	}
}

// What only an administrator can mend, or what lasts for the day, is not tried every
// few seconds, and what may pass by itself pauses nobody.
func TestTroubleIsTriedAgainInItsTime(t *testing.T) {
	for reason, least := range map[string]time.Duration{"accessNotConfigured": 6 * time.Hour, "dailyLimitExceeded": 24 * time.Hour, "authError": 0} {
		o := newCompany(t, true)
		people := o.hire(3)
		o.connect(people...)
		o.google.Inject(calendartest.Fault{Path: "/calendar/", Do: calendartest.Refuse(reason, 0)})
		o.command(exitFailed, "sync")
		r := o.people()[people[0]]
		if r.State != "failing" || r.NextSync == nil || time.Until(*r.NextSync) < least-time.Minute || time.Until(*r.NextSync) > least+6*time.Hour {
			t.Errorf("%s: %+v; next sync %v", reason, r, r.NextSync)
		}
	}
}

// Judging fails after the events were committed. Nothing of them changes again,
// but the next syncs make up for it.
func TestFailedJudgingIsMadeUpFor(t *testing.T) {
	o := newCompany(t, false)
	people := o.hire(3)
	o.connect(people...)
	s := o.syncing()
	o.sql(`CREATE TRIGGER full BEFORE INSERT ON verdict` + full)
	for _, who := range people {
		c, err := s.db.Connection(t.Context(), googleKind, who)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.agent.Pass(t.Context(), []store.Connection{c}, nil); err == nil {
			t.Fatal("no error")
		}
	}
	o.sql(`DROP TRIGGER full`)
	o.settle(s)
	if words, verdicts := o.count(`SELECT COUNT(*) FROM copy WHERE whole = 1 AND body <> ''`), o.count(`SELECT COUNT(*) FROM verdict`); words > 0 || verdicts == 0 {
		t.Errorf("%d descriptions are kept; %d verdicts", words, verdicts)
	}
}

// A rotated token that could not be stored yet outlives a change of the
// configuration, as does the access token.
func TestReloadKeepsGrants(t *testing.T) {
	o := newCompany(t, false)
	people := o.hire(2)
	o.google.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
	o.connect(people...)
	s := o.syncing()
	o.pass(s, nil, people[1])
	o.sql(`CREATE TRIGGER full BEFORE UPDATE OF secret ON connection` + full)
	if failed := o.pass(s, nil, people[0]); len(failed) != 1 || !strings.Contains(failed[0].Trouble.Why, "store the rotated refresh token") {
		t.Fatalf("%+v", failed)
	}
	before := s.sources.open[1].source
	if err := s.reload(t.Context(), s.sources.inForce(), s.engine); err != nil {
		t.Fatal(err)
	}
	o.sql(`DROP TRIGGER full`)
	o.google.Forget()
	o.settle(s)
	if n := len(o.google.Requests(func(r calendartest.Request) bool { return r.Path == "/token" })); n != 1 {
		t.Errorf("%d calls for tokens, want one for whom storing failed", n)
	}
	if s.sources.open[1].source == before {
		t.Error("the source was not made anew")
	}

	other := s.sources.inForce()
	other.Google.ClientID = "of another project"
	if err := s.reload(t.Context(), other, s.engine); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(2 * time.Hour)
	if failed := o.pass(s, nil, people[0]); len(failed) != 1 || !strings.Contains(failed[0].Trouble.Why, "invalid_client") {
		t.Errorf("the new client is not used: %+v", failed)
	}
}

// Whatever is wrong with a configuration, of a bad one nothing is taken over.
func TestReloadTakesAllOrNothing(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	good := strings.Replace(o.read("unmeet.toml"), "[web]", "[sync]\nevery = \"2h\"\n[web]", 1)
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	s := o.syncing()
	d := &daemon{app: a, syncing: s, log: s.agent.Log}
	o.furnish(d)
	o.pass(s, nil)
	site := d.site.Load()
	o.write("robot.json", "no key")
	o.write("nonsense.toml", "[[rule]]\nname = \"x\"\ncategory = \"nonsense\"\n")
	o.write("mine.toml", "[[rule]]\nname = \"mine\"\ncategory = \"connecting\"\nweight = 9\nphrases = [\"weekly status\"]\nwhy = \"we like each other\"\n")
	for what, text := range map[string]string{
		"an unknown key":           good + "\n[nonsense]\n",
		"rules of no category":     good + "\n[rules]\nfile = \"nonsense.toml\"\n",
		"a secret that is missing": strings.Replace(good, "client-secret", "no-such-file", 1),
		"a key that is none":       good + "\n[google.delegation]\nkey_file = \"robot.json\"\n",
		"a database that is full":  strings.Replace(good, `"acme.example"`, `"acme.example", "kite.example"`, 1),
	} {
		o.write("unmeet.toml", text)
		if strings.HasPrefix(what, "a database") {
			o.sql(`CREATE TRIGGER full BEFORE INSERT ON meta` + full)
		}
		d.reread()
		if c := s.sources.inForce(); time.Duration(c.Sync.Every) != 6*time.Hour || d.site.Load() != site || !strings.Contains(o.log.String(), "not taken over") {
			t.Errorf("%s: taken over in part: every %v", what, time.Duration(c.Sync.Every))
		}
	}
	o.sql(`DROP TRIGGER full`)

	// That not all could be judged anew does not speak against the configuration.
	o.write("unmeet.toml", good+"\n[rules]\nfile = \"mine.toml\"\n")
	o.sql(`CREATE TRIGGER full BEFORE INSERT ON verdict` + full)
	d.reread()
	if c := s.sources.inForce(); time.Duration(c.Sync.Every) != 2*time.Hour || d.site.Load() == site {
		t.Error("a good one was not taken over")
	}
	if !strings.Contains(o.log.String(), "not all meetings were judged") {
		t.Errorf("nobody is told that judging failed:\n%s", o.log)
	}
	o.sql(`DROP TRIGGER full`)
	o.settle(s)
	if n := o.count(`SELECT COUNT(*) FROM subject s WHERE NOT EXISTS (SELECT 1 FROM verdict v WHERE v.subject_hash = s.hash AND v.category = 'connecting')`); n > 0 {
		t.Errorf("%d subjects were not judged by the new rules", n)
	}
}
