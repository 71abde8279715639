package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"unmeet/calendars/caldav/caldavtest"
)

// desk is a folder that unmeet is run in.
type desk struct {
	*testing.T
	folder string
}

func newDesk(t *testing.T, config string) desk {
	d := desk{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(d.folder, "unmeet.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// run runs unmeet, and returns its exit code and what it said.
func (d desk) run(stdin string, args ...string) (code int, stdout, stderr string) {
	d.Helper()
	var out, err bytes.Buffer
	args = append([]string{"--config", filepath.Join(d.folder, "unmeet.toml")}, args...)
	code = run(d.Context(), args, strings.NewReader(stdin), &out, &err)
	return code, out.String(), err.String()
}

// must runs unmeet, which has to go well and say what matches want.
func (d desk) must(want, stdin string, args ...string) string {
	d.Helper()
	code, stdout, stderr := d.run(stdin, args...)
	if code != 0 || !regexp.MustCompile(want).MatchString(stdout) {
		d.Fatalf("%q: exit %d, wanted %q\nstdout: %s\nstderr: %s", args, code, want, stdout, stderr)
	}
	return stdout
}

// fails runs unmeet, which has to fail and say what matches want on stderr.
func (d desk) fails(want, stdin string, args ...string) {
	d.Helper()
	code, stdout, stderr := d.run(stdin, args...)
	if code == 0 || !regexp.MustCompile(want).MatchString(stderr) {
		d.Fatalf("%q: exit %d, wanted %q\nstdout: %s\nstderr: %s", args, code, want, stdout, stderr)
	}
}

// copies counts what is kept of calendars.
func (d desk) copies() (n int) {
	d.Helper()
	db, err := sql.Open("sqlite", filepath.Join(d.folder, "unmeet.db")+waiting)
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT COUNT(*) FROM copy").Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

// soon is an object with a meeting of tomorrow.
func soon(uid string) string {
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(9 * time.Hour)
	return caldavtest.Object(fmt.Sprintf("BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:Weekly status\r\n"+
		"ORGANIZER:mailto:ann@acme.example\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:%s\r\nATTENDEE:mailto:ann@acme.example\r\nEND:VEVENT\r\n",
		uid, start.Format("20060102T150405Z"), start.Add(time.Hour).Format("20060102T150405Z"), caldavtest.User))
}

// moody is a server that stands before another one, until it is in a mood.
func moody(t *testing.T, behind string) (address string, mood *atomic.Pointer[http.HandlerFunc]) {
	t.Helper()
	u, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	mood = &atomic.Pointer[http.HandlerFunc]{}
	proxy := httputil.NewSingleHostReverseProxy(u)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := mood.Load(); f != nil {
			(*f)(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, mood
}

// TestConnectCalDAV connects calendars of a real server, and shows each trouble with
// it in `unmeet people`, with nothing deleted.
func TestConnectCalDAV(t *testing.T) {
	server := caldavtest.Radicale(t)
	calendar := server.Calendar(t, "work")
	server.Calendar(t, "home")
	for _, uid := range []string{"1", "2", "3"} {
		server.Put(t, calendar, uid+".ics", soon(uid))
	}
	address, mood := moody(t, server.URL)
	d := newDesk(t, "[organization]\ndomains = [\"acme.example\"]\n")
	who := []string{"connect", "caldav", address, "--user", caldavtest.User}

	d.fails(`a password is needed`, "", who...)
	d.fails(`(?s)does not take the password.*hint: check the user name`, "wrong\n", who...)
	d.fails(`(?s)there is no calendar "play".*hint: there are: `, caldavtest.Password+"\n", append(who, "--calendar", "play")...)
	d.must(`(?s)home: 0 events.*work: 3 events`, caldavtest.Password+"\n", append(who, "--dry-run")...)
	d.must(`nobody is connected`, "", "people")
	file := filepath.Join(d.folder, "password")
	if err := os.WriteFile(file, []byte(caldavtest.Password+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.fails(`hint: chmod 600 `, "", append(who, "--password-file", file)...)
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	d.must(`Connected 1 calendar of `, "", append(who, "--password-file", file, "--calendar", "work")...)
	d.must(`3 events changed`, "", "sync")
	d.fails(`(?s)erases what was read before of `+caldavtest.User+`: http://\S+/work/\n.*--yes`, "", append(who, "--password-file", file, "--calendar", "home")...)
	d.must(`Connected 2 calendars of `+caldavtest.User+`, for reading and answering`, "", append(who, "--password-file", file)...)
	if raw, err := os.ReadFile(filepath.Join(d.folder, "unmeet.db")); err != nil || bytes.Contains(raw, []byte(caldavtest.Password)) {
		t.Errorf("the password lies open in the database (%v)", err)
	}
	d.must(`synced`, "", "sync")
	if n := d.copies(); n != 3 { // of which none was erased by the calendar that came in addition
		t.Fatalf("%d copies, want 3", n)
	}
	d.must(caldavtest.User+` +connected`, "", "people")

	say := func(status int, kind, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, text) //nolint:errcheck // the client may be gone
		}
	}
	for _, trouble := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"down", `(?s)failing.*service unavailable.*hint: it is tried again by itself`, say(503, "text/plain", "")},
		{"cut off", `(?s)failing.*broke off`, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"a page to log in", `(?s)failing.*web page.*hint: check the address`, say(200, "text/html", "<html>Log in</html>")},
		{"sent elsewhere", `(?s)failing.*login.else.example.*hint: connect the calendar again at its new address`, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.else.example/", http.StatusFound)
		}},
		{"an endless answer", `(?s)failing.*larger than allowed`, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusMultiStatus)
			for chunk := "<x" + strings.Repeat(" ", 1<<20); ; chunk = chunk[2:] + "  " {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}},
		{"all gone", `(?s)failing.*not found.*hint: look whether the calendar was deleted`, say(404, "text/plain", "")},
		{"wrong password", `(?s)paused.*does not take the password.*hint: connect the calendar again`, say(401, "text/plain", "")},
	} {
		mood.Store(&trouble.answer)
		d.fails(`.`, "", "sync")
		d.must(trouble.want, "", "people")
		if n := d.copies(); n != 3 {
			t.Fatalf("%s: %d copies are left, want 3", trouble.name, n)
		}
	}
	mood.Store(nil)
	server.Delete(t, calendar, "3.ics")
	d.must(`Connected`, caldavtest.Password, who...)
	d.must(`synced`, "", "sync")
	if n := d.copies(); n != 2 {
		t.Errorf("connected again, %d copies, want 2", n)
	}
	d.must(`Disconnected `+caldavtest.User+`: the login and what was read are erased`, "", "disconnect", "--yes", caldavtest.User)
	if n := d.copies(); n != 0 {
		t.Errorf("disconnected, %d copies are left", n)
	}
	d.must(`Forgot `+caldavtest.User, "", "forget", "--yes", caldavtest.User)
	d.fails(`(?s)was forgotten, by their own wish\s+hint: .*--returning`, caldavtest.Password, who...)
	d.must(`Connected`, caldavtest.Password, append(who, "--returning")...)
}

// TestConnectFeed connects a calendar that is published at an address.
func TestConnectFeed(t *testing.T) {
	var text atomic.Pointer[string]
	publish := func(s string) { text.Store(&s) }
	publish(soon("1"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/private-4711/basic.ics" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, *text.Load()) //nolint:errcheck // the client may be gone
	}))
	defer server.Close()
	address := server.URL + "/private-4711/basic.ics"
	who := []string{"--person", caldavtest.User}

	outside := newDesk(t, "")
	outside.fails(`(?s)private network.*hint: .*private_feeds = true.*under \[sync\]`, "", append([]string{"connect", "ics", address}, who...)...)
	d := newDesk(t, "[sync]\nprivate_feeds = true\n")
	d.fails(`whose calendar`, "", "connect", "ics", address)
	d.fails(`not found`, "", append([]string{"connect", "ics", server.URL + "/else.ics"}, who...)...)
	d.must(`for reading: 1 event around today`, "", append([]string{"connect", "ics", address}, who...)...)
	file := filepath.Join(d.folder, "address")
	if err := os.WriteFile(file, []byte(address+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for stdin, hidden := range map[string][]string{address + "\n": {"-"}, "": {"--url-file", file}} {
		code, out, said := d.run(stdin, append(append([]string{"connect", "ics"}, hidden...), who...)...)
		if code != 0 || !strings.Contains(out, "1 event around today") || said != "" {
			t.Errorf("%q: exit %d, %s%s", hidden, code, out, said)
		}
	}
	d.must(`synced`, "", "sync")
	if n := d.copies(); n != 1 {
		t.Errorf("%d copies, want 1", n)
	}
	if raw, err := os.ReadFile(filepath.Join(d.folder, "unmeet.db")); err != nil || bytes.Contains(raw, []byte("private-4711")) {
		t.Errorf("the address lies open in the database (%v)", err)
	}
	other := append([]string{"connect", "ics", address + "?other"}, who...)
	d.fails(`(?s)erases what was read before of .*another published calendar.*--yes`, "", other...)
	if n := d.copies(); n != 1 {
		t.Errorf("%d copies are left before somebody means it, want 1", n)
	}
	d.must(`for reading: 1 event`, "", append(other, "--yes")...)
	d.must(`1 event changed`, "", "sync")
	publish("<!DOCTYPE html><html>Log in</html>")
	d.fails(`.`, "", "sync")
	if said := d.must(`(?s)failing.*web page`, "", "people"); strings.Contains(said, "private-4711") {
		t.Errorf("the address is shown: %s", said)
	}
	if n := d.copies(); n != 1 {
		t.Errorf("%d copies are left, want 1", n)
	}
}
