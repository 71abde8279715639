package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
	"unmeet/store"
)

// sitting is somebody at a terminal while `unmeet connect google` waits.
type sitting struct {
	*company
	browser *http.Client
	shown   *lockedBuffer // what is shown on stderr
	out     *lockedBuffer
	exited  chan int
}

// sit runs a command.
func (o *company) sit(args ...string) *sitting {
	o.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.Fatal(err)
	}
	s := &sitting{company: o, browser: &http.Client{Jar: jar}, shown: &lockedBuffer{}, out: &lockedBuffer{}, exited: make(chan int, 1)}
	go func() {
		s.exited <- run(o.Context(), append([]string{"--config", o.config}, args...), strings.NewReader(""), s.out, s.shown)
	}()
	return s
}

var (
	linkShown   = regexp.MustCompile(`(?m)^    (http\S+)$`)
	asking      = regexp.MustCompile(`name="request" value="([^"]+)"`)
	pageHeading = regexp.MustCompile(`<h1>(.*)</h1>`)
)

// link waits for the nth link that is shown.
func (s *sitting) link(n int) string {
	s.Helper()
	for {
		links := linkShown.FindAllStringSubmatch(s.shown.String(), -1)
		if len(links) >= n {
			return links[n-1][1]
		}
		select {
		case code := <-s.exited:
			s.Fatalf("exit %d before link %d:\n%s", code, n, s.shown)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// agree answers Google's page behind a link as account would ("" says no), and
// returns the heading of the page it ends at.
func (s *sitting) agree(link, account string) string {
	s.Helper()
	form := url.Values{"account": {account}, "decision": {"allow"}, "scope": {"openid", "email", readScope}}
	if account == "" {
		form.Set("decision", "deny")
	}
	page := s.read(s.browser.Get(link))
	request := asking.FindStringSubmatch(page)
	if request == nil {
		s.Fatalf("no page of Google's:\n%s", page)
	}
	form.Set("request", request[1])
	page = s.read(s.browser.PostForm(s.google.URL+"/o/oauth2/v2/consent", form))
	if heading := pageHeading.FindStringSubmatch(page); heading != nil {
		return heading[1]
	}
	return page
}

func (s *sitting) read(resp *http.Response, err error) string {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func TestConnectAtTerminal(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.AddPerson(calendartest.Person{Address: "eve@other.example"})

	s := o.sit("connect", "google", "--no-browser")
	u, err := url.Parse(s.link(1))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.Query().Get("scope"), "openid email "+google.ReadOwned; got != want {
		t.Errorf("asks for %q, want %q: reading, and no more", got, want)
	}
	if got := s.agree(u.String(), people[0]); got != "You are connected" {
		t.Errorf("the page says %q", got)
	}
	if code := <-s.exited; code != exitDone || !strings.Contains(s.out.String(), "Connected "+people[0]) {
		t.Errorf("exit %d: %s%s", code, s.out, s.shown)
	}
	for _, want := range []string{"It comes back to " + u.Query().Get("redirect_uri"), "redirect_uri_mismatch", "--port 8421"} {
		if !strings.Contains(s.shown.String(), want) {
			t.Errorf("it says nothing of %q:\n%s", want, s.shown)
		}
	}
	out, _ := o.command(exitDone, "sync")
	if !regexp.MustCompile(`^1 calendar synced, \d+ events changed, 3 meetings touched`).MatchString(out) {
		t.Errorf("sync says %q", out)
	}

	for _, c := range []struct {
		who    []string
		answer string
		page   string
		code   int
		says   []string
	}{
		{nil, "", "Not connected", exitFailed, []string{"unmeet: not connected: declined", "hint: "}},
		{nil, "eve@other.example", "This is another account", exitFailed, []string{"not of this organization", "hint: choose your work account", "has to add\n      other.example, the primary domain of its Google Workspace"}},
		{people[1:2], people[2], "This is another account", exitFailed, []string{"hint: choose the account " + people[1]}},
		{people[1:2], people[1], "You are connected", exitDone, nil},
		{people[0:1], people[0], "You are connected", exitDone, nil}, // who is connected already
	} {
		s := o.sit(append([]string{"connect", "google", "--no-browser"}, c.who...)...)
		if got := s.agree(s.link(1), c.answer); got != c.page {
			t.Errorf("%q: the page says %q, want %q", c.answer, got, c.page)
		}
		code := <-s.exited
		for _, want := range c.says {
			if !strings.Contains(s.shown.String(), want) {
				t.Errorf("%q: it says nothing of %q:\n%s", c.answer, want, s.shown)
			}
		}
		if code != c.code {
			t.Errorf("%q: exit %d, want %d:\n%s", c.answer, code, c.code, s.shown)
		}
		for _, secret := range []string{"1//0", "ya29.", "4/0", "GOCSPX"} {
			if strings.Contains(s.shown.String()+s.out.String(), secret) {
				t.Errorf("%q: it shows a token (%s…)", c.answer, secret)
			}
		}
	}
}

// TestConnectAtTerminalAgain is a database that was lost: Google has to ask twice.
func TestConnectAtTerminalAgain(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(1)
	o.google.RefreshToken(people[0], companyClient, readScope)
	s := o.sit("connect", "google", "--no-browser")
	if got := s.agree(s.link(1), people[0]); got != "One more step" {
		t.Errorf("the page says %q", got)
	}
	if got := s.agree(s.link(2), people[0]); got != "You are connected" {
		t.Errorf("the second page says %q", got)
	}
	if code := <-s.exited; code != exitDone {
		t.Errorf("exit %d:\n%s", code, s.shown)
	}
	if n := strings.Count(s.shown.String(), "it has to ask you once more"); n != 1 {
		t.Errorf("why there is a second link is said %d times:\n%s", n, s.shown)
	}
	// Where it is known whose calendar it is, Google asks at once.
	if err := os.Remove(filepath.Join(o.folder, "unmeet.db")); err != nil {
		t.Fatal(err)
	}
	s = o.sit("connect", "google", "--no-browser", people[0])
	if got := s.agree(s.link(1), people[0]); got != "You are connected" {
		t.Errorf("the page says %q", got)
	}
	<-s.exited
}

const robot = "robot@project.iam.gserviceaccount.com"

// delegate sets domain-wide delegation up, for the given scopes.
func (o *company) delegate(more string, scopes ...string) {
	o.Helper()
	key := o.google.AddServiceAccount(robot, scopes...)
	o.write("robot.json", string(key))
	o.write("unmeet.toml", fmt.Sprintf(`
[organization]
domains = ["acme.example"]
[google]
endpoint = %q
[google.delegation]
key_file = "robot.json"
%s`, o.google.URL, more))
}

// delegated returns who is connected by delegation, in order.
func (o *company) delegated() []string {
	o.Helper()
	db := o.database()
	defer db.Close()
	all, err := db.Connections(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	var people []string
	for _, c := range all {
		if c.Via == store.ByDelegation && c.State == store.Connected {
			people = append(people, c.Owner)
		}
	}
	return people
}

func (o *company) wantDelegated(what string, want ...string) {
	o.Helper()
	if diff := gocmp.Diff(want, o.delegated()); diff != "" {
		o.Errorf("%s: who is connected (-want +got):\n%s", what, diff)
	}
}

func TestConnectDelegated(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(6)
	o.AddPerson(calendartest.Person{Address: "eve@other.example"})
	o.SetGroup("inner@acme.example", p[2], p[3])
	o.SetGroup("pilot@acme.example", p[1], "inner@acme.example", "eve@other.example")
	o.Suspend(p[3], true)
	o.delegate(`
admin = "p0@acme.example"
people = ["P4@acme.example"]
`, readScope, google.ReadMembers)

	out, shown := o.command(exitDone, "connect", "google", "--delegated", "--group", "pilot@acme.example", "--dry-run")
	if out != p[1]+"\n"+p[2]+"\n" || !strings.Contains(shown, "2 calendars would be connected") || !strings.Contains(shown, "1 group member of other domains left out") {
		t.Errorf("dry run:\n%s%s", out, shown)
	}
	o.wantDelegated("dry run")

	out, _ = o.command(exitDone, "connect", "google", "--delegated", "--group", "pilot@acme.example")
	if out != "2 calendars connected\n" {
		t.Errorf("group: %q", out)
	}
	o.wantDelegated("a group", p[1], p[2])

	out, _ = o.command(exitDone, "connect", "google", "--delegated", p[0], p[1])
	if out != "1 calendar connected, 1 connected before\n" {
		t.Errorf("named: %q", out)
	}
	out, shown = o.command(exitFailed, "connect", "google", "--delegated", p[3], "nobody@acme.example", p[5])
	if out != "1 calendar connected, 2 could not be reached\n" || !strings.Contains(shown, p[3]+": no such account, or it is suspended") {
		t.Errorf("suspended: %q\n%s", out, shown)
	}
	o.command(exitDone, "connect", "google", "--delegated")
	o.wantDelegated("all", p[0], p[1], p[2], p[4], p[5])

	// Opting out is kept here, whatever an administrator allows.
	o.command(exitDone, "disconnect", "--yes", p[2])
	out, shown = o.command(exitDone, "connect", "google", "--delegated", "--group", "pilot@acme.example")
	if out != "0 calendars connected, 1 connected before, 1 left out by their own wish\n" || !strings.Contains(shown, p[2]+": has left") {
		t.Errorf("left: %q\n%s", out, shown)
	}
	o.wantDelegated("one left", p[0], p[1], p[4], p[5])
	o.command(exitDone, "connect", "google", "--delegated", p[2])
	o.wantDelegated("one came back", p[0], p[1], p[2], p[4], p[5])

	o.command(exitDone, "sync")
	asked := map[string]bool{}
	for _, r := range o.google.Requests(func(r calendartest.Request) bool { return strings.HasPrefix(r.Path, "/calendar/") }) {
		asked[r.User] = true
	}
	var read []string
	for who := range asked {
		read = append(read, who)
	}
	slices.Sort(read)
	if diff := gocmp.Diff([]string{p[0], p[1], p[2], p[4], p[5]}, read); diff != "" {
		t.Errorf("whose calendars were read (-want +got):\n%s", diff)
	}
}

// TestKeyless: where the service account's key stays with Google, the machine signs
// in as itself and has Google sign, for groups as for calendars; no key is read.
func TestKeyless(t *testing.T) {
	o := newCompany(t, true)
	p := o.hire(4)
	o.SetGroup("pilot@acme.example", p[1], p[2])
	o.google.AddServiceAccount(robot, readScope, google.ReadMembers) // whose key nobody is given
	o.write("machine.json", string(o.google.AddServiceAccount("machine@project.iam.gserviceaccount.com")))
	o.write("unmeet.toml", fmt.Sprintf("[organization]\ndomains = [\"acme.example\"]\n[google]\nendpoint = %q\n[google.delegation]\nimpersonate = %q\nadmin = %q\n", o.google.URL, robot, p[0]))
	connect := []string{"connect", "google", "--delegated", "--group", "pilot@acme.example"}

	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(o.folder, "missing.json"))
	if _, errs := o.command(exitFailed, connect...); !strings.Contains(errs, "find the machine's credentials") || !strings.Contains(errs, "hint: ") {
		t.Errorf("without credentials: %s", errs)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(o.folder, "machine.json"))
	if out, _ := o.command(exitDone, connect...); out != "2 calendars connected\n" {
		t.Errorf("connect says %q", out)
	}
	o.google.Forget()
	if out, _ := o.command(exitDone, "sync"); !strings.HasPrefix(out, "2 calendars synced, ") {
		t.Errorf("sync says %q", out)
	}
	signed := o.google.Requests(func(r calendartest.Request) bool {
		return strings.HasSuffix(r.Path, robot+":signJwt") && r.Status == http.StatusOK
	})
	if len(signed) != 2 {
		t.Errorf("Google signed %d times, want once for each person", len(signed))
	}
	o.wantDelegated("keyless", p[1], p[2])
	db := o.database()
	defer db.Close()
	from, to := time.Now().AddDate(0, 0, -60), time.Now().AddDate(0, 0, 40)
	if diff := gocmp.Diff(o.truth(p[1:3], from, to), o.stored(db, from, to)); diff != "" {
		t.Errorf("what was read (-calendars +store):\n%.2000s", diff)
	}

	o.google.AddServiceAccount(robot) // the administrator took it back
	if _, errs := o.command(exitFailed, "sync"); !strings.Contains(errs, "unauthorized_client") || !strings.Contains(errs, "hint: a Workspace administrator must authorize") {
		t.Errorf("once it is taken back: %s", errs)
	}
}

// TestConnectDelegatedFails is what an administrator sees who has not done all.
func TestConnectDelegatedFails(t *testing.T) {
	for _, c := range []struct {
		what, config string
		scopes       []string
		args         []string
		code         int
		says         []string
	}{
		{"not authorized", "", nil, []string{"p0@acme.example"}, exitFailed, []string{"unauthorized_client", "hint: a Workspace administrator must authorize"}},
		{"nobody named", "", []string{readScope}, nil, exitNothing, []string{"nobody to connect", "hint: "}},
		{"no admin", "", []string{readScope}, []string{"--group", "g@acme.example"}, exitFailed, []string{"none is set", "hint: set admin"}},
		{"no such group", `admin = "p0@acme.example"`, []string{readScope, google.ReadMembers}, []string{"--group", "g@acme.example"}, exitFailed, []string{"group g@acme.example", "hint: check the group's address"}},
		{"groups not authorized", `admin = "p0@acme.example"`, []string{readScope}, []string{"--group", "g@acme.example"}, exitFailed, []string{"hint: a Workspace administrator must authorize"}},
		{"no address", "", nil, []string{"ann"}, exitUsage, []string{`"ann" is no address`}},
		{"with a browser", "", nil, []string{"p0@acme.example", "--no-browser"}, exitUsage, []string{"--delegated needs no browser"}},
	} {
		o := newCompany(t, true)
		o.hire(1)
		o.delegate(c.config, c.scopes...)
		_, shown := o.command(c.code, append([]string{"connect", "google", "--delegated"}, c.args...)...)
		for _, want := range c.says {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: it says nothing of %q:\n%s", c.what, want, shown)
			}
		}
	}
}

// TestConnectNeedsSetUp is what somebody sees who has no OAuth client, or whose
// files are not in order.
func TestConnectNeedsSetUp(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(1)
	o.connect(people...)
	key := filepath.Join(o.folder, "unmeet.key")
	connect := []string{"connect", "google", "--no-browser"}
	says := func(want ...string) {
		t.Helper()
		_, shown := o.command(exitFailed, connect...)
		for _, w := range want {
			if !strings.Contains(shown, w) {
				t.Errorf("it says nothing of %q:\n%s", w, shown)
			}
		}
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	says("can be read by others", "hint: chmod 600")
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	connect = append(connect, "--port", port)
	says("listen for the browser to come back", "hint: --port takes")
	if err := os.Rename(key, key+".old"); err != nil {
		t.Fatal(err)
	}
	says("is not there, but there are secrets that it sealed", "hint: bring it back")
	if err := os.Remove(filepath.Join(o.folder, "client-secret")); err != nil {
		t.Fatal(err)
	}
	says("reading the secret of the OAuth client", "hint: ")
	o.write("unmeet.toml", "")
	says("no OAuth client is set", "hint: make one")
}

// TestKeyFile finds the key where it was put.
func TestKeyFile(t *testing.T) {
	folder := t.TempDir()
	env := map[string]string{}
	a := &app{getenv: func(name string) string { return env[name] }, stderr: &bytes.Buffer{}}
	c := config{Secrets: secretsConfig{KeyFile: "configured"}}
	want := func(path string) {
		t.Helper()
		got, handed := a.keyFile(c)
		if got != path || handed != strings.HasPrefix(path, folder) {
			t.Errorf("got %s (handed over by systemd: %v), want %s", got, handed, path)
		}
	}
	want("configured")
	env["CREDENTIALS_DIRECTORY"] = folder
	want("configured") // systemd hands other credentials over
	handed := filepath.Join(folder, "unmeet.key")
	if err := os.WriteFile(handed, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	want(handed)
	env["UNMEET_KEY_FILE"] = "named"
	want("named")
}

func TestPublicURL(t *testing.T) {
	for _, c := range []struct{ listen, public, want string }{
		{"127.0.0.1:8420", "", "http://127.0.0.1:8420"},
		{"[::1]:8420", "", "http://[::1]:8420"},
		{"localhost:8420", "", "http://localhost:8420"},
		{"127.0.0.1:8420", "https://unmeet.acme.example", "https://unmeet.acme.example"},
	} {
		if got := (config{Web: webConfig{Listen: c.listen, PublicURL: c.public}}).publicURL(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestReloadedPages sees a changed configuration in the pages of a daemon that
// goes on, and nothing of a broken one.
func TestReloadedPages(t *testing.T) {
	o := newCompany(t, false)
	d := o.daemon()
	handler := d.handler()
	page := func() string {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/connect", nil))
		return rec.Body.String()
	}
	set := func(more string) {
		t.Helper()
		o.write("unmeet.toml", fmt.Sprintf("[google]\nclient_id = %q\nclient_secret_file = \"client-secret\"\nendpoint = %q\n[organization]\n%s\n", companyClient, o.google.URL, more))
		d.reread()
	}
	if !strings.Contains(page(), "Your organization uses unmeet") {
		t.Errorf("at first:\n%s", page())
	}
	set("name = \"Kite\"\ncontact = \"it@acme.example\"")
	if !strings.Contains(page(), "Kite uses unmeet") || !strings.Contains(page(), "mailto:it@acme.example") {
		t.Errorf("reloaded:\n%s", page())
	}
	if !strings.Contains(page(), "it sends no mails") {
		t.Errorf("without a mail server:\n%s", page())
	}
	set("name = \"Kite\"\n[web]\npublic_url = \"https://kite.example\"\n[mail]\nhost = \"mail.kite.example\"\nfrom = \"Kite <unmeet@kite.example>\"")
	if !strings.Contains(page(), "you agree to mails from unmeet@kite.example.") || strings.Contains(page(), "it sends no mails") {
		t.Errorf("with a mail server:\n%s", page())
	}
	set("name = \"Broken\"\nzone = \"Mars\"")
	if !strings.Contains(page(), "Kite uses unmeet") {
		t.Errorf("after a broken configuration:\n%s", page())
	}
}
