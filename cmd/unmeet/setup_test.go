package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/web"
	"unmeet/calendars/calendartest"
)

// daemon is what runs, without being run.
func (o *company) daemon() *daemon {
	o.Helper()
	d := &daemon{app: o.app(&bytes.Buffer{}, &bytes.Buffer{}), syncing: o.syncing(), log: slog.New(slog.NewTextHandler(o.log, nil))}
	o.furnish(d)
	return d
}

// furnish gives a daemon its mailroom and its pages.
func (o *company) furnish(d *daemon) {
	o.Helper()
	d.began = d.sources.inForce()
	room, site, err := d.open(d.began, d.engine)
	if err != nil {
		o.Fatal(err)
	}
	d.site.Store(site)
	d.employ(d.began, room)
	o.Cleanup(func() { d.shut() })
}

// swap changes the configuration.
func (o *company) swap(old, next string) {
	o.Helper()
	text := o.read("unmeet.toml")
	if !strings.Contains(text, old) {
		o.Fatalf("the configuration has no %q:\n%s", old, text)
	}
	o.write("unmeet.toml", strings.Replace(text, old, next, 1))
}

const ourDomains = `domains = ["acme.example"]`

// Without domains, the organization is that of whoever is connected: also of those
// who connect once the daemon runs, on its pages or at a terminal.
func TestFirstConnectedWhileRunning(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		o := newCompany(t, true)
		people := o.hire(3)
		o.swap(ourDomains, "")
		d := o.daemon()
		if terminal {
			s := o.sit("connect", "google", "--no-browser")
			s.agree(s.link(1), people[0])
			if code := <-s.exited; code != exitDone {
				t.Fatalf("exit %d:\n%s", code, s.shown)
			}
		} else {
			keep := web.Keeper{DB: d.db, Keys: d.sources.keys, Now: time.Now, Saved: d.saved}
			err := keep.Save(t.Context(), googleKind, web.Grant{
				Address: people[0], Account: "1", Scopes: []string{readScope}, Remotes: []string{googleRemote},
				Secret: o.google.RefreshToken(people[0], companyClient, readScope),
			})
			if err != nil {
				t.Fatal(err)
			}
			known, err := d.db.Connection(t.Context(), googleKind, people[0])
			if log := o.log.String(); err != nil || !strings.Contains(log, fmt.Sprintf("msg=connected connection=%d\n", known.ID)) || strings.Contains(log, people[0]) {
				t.Errorf("the log says of who connected (%v):\n%s", err, log)
			}
		}
		due, err := d.db.Connections(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d.agent.Clock, d.sources.transport.Clock = nil, nil
		if sum, err := d.agent.Pass(t.Context(), due, nil); err != nil || sum.Synced != 1 {
			t.Fatalf("%+v, %v", sum, err)
		}
		if got := o.stored(d.db, time.Now().AddDate(0, 0, -30), time.Now()); len(got) == 0 {
			t.Errorf("at a terminal %v: a calendar is synced, and no meeting counts", terminal)
		}
	}
}

// A daemon changes meetings while a report is made.
func TestReportBesideDaemon(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(6)
	o.connect(people...)
	o.command(exitDone, "sync")
	s := o.syncing()
	s.agent.Clock, s.sources.transport.Clock = nil, nil
	stop, stopped := make(chan bool), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			start := o.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -10).Add(time.Duration(i%100) * time.Hour)
			o.Create(calendartest.Event{
				Organizer: people[i%6], Title: fmt.Sprint("New ", i), Start: start, End: start.Add(time.Hour),
				Guests: []calendartest.Guest{{Address: people[i%6]}, {Address: people[(i+1)%6]}},
			})
			all, err := s.db.Connections(o.Context())
			if err == nil {
				_, err = s.agent.Pass(o.Context(), all, nil)
			}
			if err != nil {
				stopped <- err
				return
			}
		}
	}()
	reports := 40
	if raceDetector {
		reports = 8
	}
	for range reports {
		o.command(exitDone, "report", "--format", "json")
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// What was never read does not pass for a time without meetings.
func TestReportSaysWhatWasRead(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(6)
	o.connect(people...)
	if _, errs := o.command(exitDone, "report"); !strings.Contains(errs, "note: no calendar has been read yet\nhint: unmeet sync") {
		t.Errorf("before the first sync:\n%s", errs)
	}
	o.command(exitDone, "sync")
	today := time.Now().UTC().Truncate(24 * time.Hour)
	want := fmt.Sprintf("calendars were read from %s to %s only", today.AddDate(0, 0, -90).Format(time.DateOnly), today.AddDate(0, 0, 60).Format(time.DateOnly))
	for _, c := range []struct {
		from, to string
		said     bool
	}{{"2024-01-08", "2024-02-05", true}, {"2025-12-29", "2028-01-03", true}, {"", "", false}} {
		args := []string{"report"}
		if c.from != "" {
			args = append(args, "--from", c.from, "--to", c.to)
		}
		_, errs := o.command(exitDone, args...)
		if got := strings.Contains(strings.Join(strings.Fields(errs), " "), want); got != c.said {
			t.Errorf("from %s to %s: %q is said: %v\n%s", c.from, c.to, want, got, errs)
		}
		if got := strings.Contains(errs, "organization.keep_days (400)"); got != strings.HasPrefix(c.from, "2024") {
			t.Errorf("from %s: that it is not kept so long is said: %v\n%s", c.from, got, errs)
		}
	}
}

// Beside a database that another key sealed, a new key would open nothing.
func TestKeyNewBesideSealedTokens(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(2)
	o.connect(people...)
	if err := os.Rename(filepath.Join(o.folder, "unmeet.key"), filepath.Join(o.folder, "old.key")); err != nil {
		t.Fatal(err)
	}
	if _, errs := o.command(exitFailed, "key", "new"); !strings.Contains(errs, "sealed with another key (") || !strings.Contains(errs, "\nhint: bring that key back") {
		t.Errorf("it is refused with\n%s", errs)
	}
	if _, errs := o.command(exitDone, "people"); !strings.Contains(errs, "whether tokens can be opened is not known") {
		t.Errorf("without a key file:\n%s", errs)
	}
	o.command(exitDone, "key", "new", "--lost")
	for _, again := range [][]string{{"key", "new"}, {"key", "new", "--lost"}} {
		if _, errs := o.command(exitFailed, again...); !strings.Contains(errs, "unmeet.key is there already, and does not hold the key that sealed") || strings.Contains(errs, "rotate") || !strings.Contains(errs, "--failing") {
			t.Errorf("%v says\n%s", again, errs)
		}
	}
	if out, _ := o.command(exitFailed, "doctor", "--local"); strings.Contains(out, "--lost") || !strings.Contains(out, "--failing") {
		t.Errorf("the doctor says\n%s", out)
	}
	for _, who := range people {
		if r := o.people()[who]; !strings.Contains(r.Why, "the key that sealed it is not in the key file") || !strings.Contains(r.Hint, who+" has to connect again") {
			t.Errorf("people says %+v", r)
		}
	}
	o.connect(people[0])
	if r := o.people()[people[0]]; r.Why != "" || r.Connection == 0 {
		t.Errorf("once connected again: %+v", r)
	}
	if out, _ := o.command(exitDone, "people", "--failing"); strings.Contains(out, people[0]) || !strings.Contains(out, people[1]) {
		t.Errorf("who is failing:\n%s", out)
	}
}

// Whoever is read for by delegation is of the organization, or read for no longer.
func TestDelegationKeepsToTheOrganization(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(2)
	o.delegate("", readScope)
	o.command(exitDone, "connect", "google", "--delegated", p[0], p[1])
	f, c := o.following()
	o.swap(ourDomains, `domains = ["other.example"]`)
	for range 2 {
		if err := f.look(t.Context(), c()); err != nil {
			t.Fatal(err)
		}
	}
	o.wantState("of another domain by now", map[string]string{p[0]: "stopped", p[1]: "stopped"})
	if r := o.people()[p[0]]; !strings.Contains(r.Why, "organization.domains") || !strings.Contains(r.Hint, "unmeet disconnect "+p[0]) {
		t.Errorf("people says %+v", r)
	}
	if n := strings.Count(o.log.String(), "reading stopped"); n != 2 {
		t.Errorf("it is logged %d times", n)
	}
}

// TestDoubts says what of a configuration cannot work, and nothing of one that can.
func TestDoubts(t *testing.T) {
	o := newCompany(t, true)
	o.write("broken.json", "{}")
	o.write("robot.json", string(o.google.AddServiceAccount(robot, readScope)))
	const (
		ours   = "[organization]\ndomains = [\"acme.example\"]\n"
		client = "[google]\nclient_id = \"x\"\n"
		secret = "client_secret_file = \"client-secret\"\n"
	)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{"nobody is connected yet"}},
		{ours + client + secret, nil},
		{client + secret, []string{"anybody with a Google account may connect"}},
		{ours + client, []string{"google.client_secret_file is not"}},
		{ours + "[google]\n" + secret, []string{"google.client_id is not"}},
		{ours + client + secret + "[google.delegation]\npeople = [\"ann@acme.example\"]", []string{"neither impersonate nor key_file"}},
		{ours + "[google.delegation]\nkey_file = \"missing.json\"", []string{"delegation will fail: reading the key of the service account"}},
		{ours + "[google.delegation]\nkey_file = \"broken.json\"", []string{"broken.json: google: the key file holds no readable key"}},
		{ours + "[google.delegation]\nkey_file = \"robot.json\"", nil},
		{ours + "[google.delegation]\nimpersonate = \"robot@project.example\"", nil},
		{ours + client + secret + "[[group]]\nname = \"Empty\"\nmode = \"suggest\"", []string{`in the group "Empty": it has no members`}},
		{ours + client + secret + "[[group]]\nname = \"Empty\"", nil},
		{ours + client + secret + "[[group]]\nname = \"Guests\"\nmode = \"suggest\"\nmembers = [\"eve@other.example\", \"@third.example\"]", []string{`in the group "Guests": none of its members`}},
		{ours + client + secret + "[[group]]\nname = \"Design\"\nmode = \"suggest\"\nmembers = [\"eve@other.example\", \"Ann@ACME.example\"]", nil},
	} {
		parsed, err := parseConfig(o.config, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		all := o.app(&bytes.Buffer{}, &bytes.Buffer{}).doubts(parsed, false)
		ok := len(all) == len(c.want)
		for i := range min(len(all), len(c.want)) {
			ok = ok && strings.Contains(all[i].what, c.want[i]) && all[i].hint != ""
		}
		if !ok {
			t.Errorf("%q: %q, want %q", c.text, all, c.want)
		}
	}
	// Whoever has calendars in files, or on a CalDAV server, needs no client.
	if all := o.app(&bytes.Buffer{}, &bytes.Buffer{}).doubts(defaults(), true); len(all) > 0 {
		t.Errorf("with somebody connected: %q", all)
	}
}

// The daemon tells where people connect, what cannot work, and what of a changed
// configuration it does not take up.
func TestDaemonTellsOfItsSetUp(t *testing.T) {
	o := newCompany(t, false)
	o.swap(`listen = "127.0.0.1:0"`, `public_url = "https://unmeet.acme.example/"`)
	d := o.daemon()
	said := func(what string, want ...string) {
		t.Helper()
		d.reread()
		for _, w := range want {
			if !strings.Contains(o.log.String(), w) {
				t.Errorf("%s: it says nothing of %q:\n%s", what, w, o.log)
			}
		}
	}
	said("at first", "page=https://unmeet.acme.example/connect redirect=https://unmeet.acme.example/connect/google/callback ")
	if log := o.log.String(); strings.Contains(log, "restart") || strings.Contains(log, "anybody") || strings.Contains(log, "read by others") {
		t.Errorf("it complains:\n%s", log)
	}
	if modesMatter {
		if err := os.Chmod(filepath.Join(o.folder, "unmeet.db"), 0o644); err != nil {
			t.Fatal(err)
		}
		said("with a database that is open to others", "the database can be read by others than its owner", "mode=0644", "chmod 600 ")
	}
	o.swap(ourDomains, "")
	o.swap(`public_url`, "listen = \"127.0.0.1:9999\"\npublic_url")
	o.write("unmeet.toml", o.read("unmeet.toml")+"[sync]\nworkers = 3\n")
	said("changed", "anybody with a Google account may connect", `keys="[web.listen sync.workers]"`)
	o.log.buf.Reset()
	said("again", `keys="[web.listen sync.workers]"`)
	o.swap("workers = 3", "every = 6")
	said("broken", "was not taken over", "6 has no unit", "hint=")
}

// TestCredentials: what systemd hands over takes the place of files, whatever its
// mode says.
func TestCredentials(t *testing.T) {
	o := newCompany(t, false)
	handed := t.TempDir()
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	a.getenv = func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": handed}[name] }
	configured := filepath.Join(o.folder, "client-secret")
	read := func(want, from string) {
		t.Helper()
		path, text, err := a.secretFile(clientCredential, configured)
		if err != nil || string(text) != want || path != from {
			t.Errorf("%s holds %q, %v; want %q", path, text, err, want)
		}
	}
	read("a client's secret\n", configured)
	if err := os.WriteFile(filepath.Join(handed, "google-secret"), []byte("handed over"), 0o440); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(configured, 0); err != nil {
		t.Fatal(err)
	}
	read("handed over", filepath.Join(handed, "google-secret"))
}

// What cannot be opened is named, and the key that says so.
func TestDatabaseIsNamed(t *testing.T) {
	o := newCompany(t, false)
	if err := os.Mkdir(filepath.Join(o.folder, "unmeet.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.openDatabase(c)
	if err == nil || !strings.Contains(hintOf(err), "database.url") || !strings.Contains(err.Error(), c.Database.URL) {
		t.Errorf("%v; hint %q", err, hintOf(err))
	}
}
