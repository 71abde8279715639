package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"unmeet/calendars/caldav"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/reach"
)

// oneCalendar answers like a CalDAV server that has one calendar with one event, and
// knows but the mark that tells whether that changed.
func oneCalendar(w http.ResponseWriter, r *http.Request) {
	const begin = `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"><D:response><D:href>`
	const end = `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`
	text := begin + `/cal/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/><C:calendar/></D:resourcetype><S:getctag>1</S:getctag>` + end
	if r.Method == "REPORT" {
		text = begin + `/cal/1.ics</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag><C:calendar-data>` + soon("1") + `</C:calendar-data>` + end
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusMultiStatus)
	io.WriteString(w, text) //nolint:errcheck // the client may be gone
}

// TestServersInTrouble: each trouble with a server is a state of its own in `unmeet
// people`, with what to do, and nothing that was read is lost by it.
func TestServersInTrouble(t *testing.T) {
	var mood atomic.Pointer[http.HandlerFunc]
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := mood.Load(); f != nil {
			(*f)(w, r)
			return
		}
		oneCalendar(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of who does not trust it
	server.StartTLS()
	defer server.Close()
	trusted := server.Client().Transport.(*http.Transport)
	cutOff := trusted.Clone()
	cutOff.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		nobody := httptest.NewServer(nil)
		nobody.Close()
		return (&net.Dialer{}).DialContext(ctx, network, nobody.Listener.Addr().String())
	}
	distrustful := http.DefaultTransport.(*http.Transport).Clone()
	defer distrustful.CloseIdleConnections()

	d := newDesk(t, "[organization]\ndomains = [\"acme.example\"]\n")
	const who = caldavtest.User
	unmeet := func(opt caldav.Options, stdin string, args ...string) (code int, stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		a := &app{ctx: t.Context(), stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, getenv: os.Getenv, now: time.Now, server: opt}
		code = a.run(append([]string{"--config", filepath.Join(d.folder, "unmeet.toml")}, args...))
		return code, out.String(), errs.String()
	}
	well := caldav.Options{Base: trusted}
	must := func(stdin string, args ...string) {
		t.Helper()
		if code, out, errs := unmeet(well, stdin, args...); code != 0 {
			t.Fatalf("%q: exit %d\n%s%s", args, code, out, errs)
		}
	}
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	withPassword := []string{"connect", "caldav", server.URL + "/cal/", "--person", who, "--user", "me"}
	withToken := []string{"connect", "caldav", server.URL + "/cal/", "--person", who, "--bearer"}
	for _, c := range []struct {
		name             string
		connect          []string // before it, if anew
		opt              caldav.Options
		answer           http.HandlerFunc
		state, why, hint string // the last two as expressions
	}{
		{"gone", withPassword, caldav.Options{Base: cutOff}, nil, "failing", "nothing answers at 127.0.0.1:", "tried again by itself"},
		{"bad certificate", nil, caldav.Options{Base: distrustful}, nil, "failing", "certificate", "renew its certificate"},
		{"page to log in", nil, well, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!DOCTYPE html><html>Log in</html>") //nolint:errcheck // the client may be gone
		}, "failing", "web page", "^check the address"},
		{"endless", nil, caldav.Options{Base: trusted, Limits: reach.Limits{Size: 1 << 16}}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusMultiStatus)
			for chunk := strings.Repeat(" ", 1<<14); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, "failing", "larger than allowed", "^look whether the address"},
		{"slow", nil, caldav.Options{Base: trusted, Limits: reach.Limits{Patience: 50 * time.Millisecond}}, func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) //nolint:errcheck // only then it sees that the client is gone
			<-r.Context().Done()
		}, "failing", "does not answer in time", "tried again by itself"},
		{"wrong password", nil, well, refuse, "paused", "does not take the password or token", "^connect the calendar again"},
		{"expired token", withToken, well, refuse, "paused", "does not take the password or token", "^connect the calendar again"},
	} {
		mood.Store(nil)
		if c.connect != nil {
			must("x\n", c.connect...)
			must("", "sync", who)
		}
		if c.answer != nil {
			mood.Store(&c.answer)
		}
		if code, out, errs := unmeet(c.opt, "", "sync", who); code != exitFailed || !regexp.MustCompile(c.why).MatchString(errs) {
			t.Errorf("%s: sync exits with %d\n%s%s", c.name, code, out, errs)
		}
		var rows []personRow
		_, out, _ := unmeet(well, "", "people", "--format", "json")
		if err := json.Unmarshal([]byte(out), &rows); err != nil {
			t.Fatal(err)
		}
		row := rows[0]
		for _, r := range rows {
			if r.Address == who {
				row = r
			}
		}
		if row.State != c.state || !regexp.MustCompile(c.why).MatchString(row.Why) || !regexp.MustCompile(c.hint).MatchString(row.Hint) || row.Failures == 0 || row.LastSync == nil {
			t.Errorf("%s: people says %+v", c.name, row)
		}
		_, table, _ := unmeet(well, "", "people")
		if !regexp.MustCompile(`(?m)^`+who+` +`+c.state+` `).MatchString(table) || !strings.Contains(table, "  "+row.Why+"\n  hint: "+row.Hint+"\n") {
			t.Errorf("%s: the table is\n%s", c.name, table)
		}
		if n := d.copies(); n != 1 {
			t.Errorf("%s: %d copies are left, want 1", c.name, n)
		}
	}
	if _, said, _ := unmeet(well, "", "report"); !strings.Contains(said, "connected, 1 not read since ") {
		t.Errorf("the report says\n%s", said)
	}
}
