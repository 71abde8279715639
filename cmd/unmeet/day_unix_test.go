//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/mail/mailtest"
	"unmeet/agent/web"
	"unmeet/calendars/feed"
	"unmeet/internal/wire"
)

// theDay is an organization in whose day as much happens, and goes wrong, as can; the
// daemon runs in this very process.
type theDay struct {
	*askedCompany
	hosts   map[string]wire.Service
	browser *http.Client
	figures []string // pages of /metrics
}

// closedWay refuses what does not go by package wire.
type closedWay struct{ testing.TB }

func (c closedWay) RoundTrip(r *http.Request) (*http.Response, error) {
	c.Errorf("a request goes past package wire: %s %s", r.Method, r.URL)
	return nil, errors.New("closed")
}

// serve has a handler answer at an address of its own that the daemon may speak to.
func (o *theDay) serve(s wire.Service, h http.HandlerFunc) string {
	server := httptest.NewServer(h)
	o.Cleanup(server.Close)
	o.hosts[strings.TrimPrefix(server.URL, "http://")] = s
	return server.URL
}

// stage runs the daemon, as from some time later on, until done holds.
func (o *theDay) stage(later time.Duration, what string, done func(pages, figures string) bool) {
	o.Helper()
	ctx, stop := context.WithCancel(o.Context())
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	log := &lockedBuffer{}
	a.ctx, a.stderr, a.now = ctx, io.MultiWriter(log, o.log), func() time.Time { return time.Now().Add(later) }
	ended := make(chan error, 1)
	go func() { ended <- (&runCmd{}).Run(a) }()
	address := func(said string) (at string) {
		await(o, said, func() bool {
			found := regexp.MustCompile(regexp.QuoteMeta(said) + `"?,?.*?"?listen"?[=:]"?([0-9.:]+)`).FindStringSubmatch(log.String())
			if found != nil {
				at = "http://" + found[1]
			}
			return found != nil
		})
		return at
	}
	figures, pages := address("figures for Prometheus are served"), address("running")
	await(o, what, func() bool { return done(pages, figures) })
	_, text := o.get(figures + "/metrics")
	o.figures = append(o.figures, text)
	stop()
	if err := <-ended; err != nil {
		o.Errorf("the daemon ended with %v", err)
	}
}

func (o *theDay) get(address string) (status int, body string) {
	o.Helper()
	resp, err := o.browser.Get(address)
	if err != nil {
		o.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		o.Fatal(err)
	}
	if resp.Header.Get("X-Request-Id") == "" && resp.StatusCode != http.StatusNotFound && !strings.HasSuffix(address, "/metrics") {
		o.Errorf("%s: the answer bears no id", address)
	}
	return resp.StatusCode, string(text)
}

// TestADayOfAnOrganization lets the daemon live through a day: calendars at Google, in
// a feed and on a CalDAV server are read or cannot be, mails go out and are refused,
// people answer, and others try what they should not. It holds that the log at its
// usual level, and the figures, tell nothing about anybody, and that the daemon spoke
// to calendars, their sign-in and the mail server, and to nobody else.
func TestADayOfAnOrganization(t *testing.T) {
	usual := http.DefaultTransport
	http.DefaultTransport = closedWay{t}
	defer func() { http.DefaultTransport = usual }()
	var mu sync.Mutex
	dialed := map[string]wire.Service{}
	defer wire.Watch(wire.Watcher{Dialed: func(s wire.Service, address string) {
		mu.Lock()
		defer mu.Unlock()
		dialed[address] = s
	}})()

	smtp := mailtest.Start(t, mailtest.Options{Clear: true, Script: func(s mailtest.Step) mailtest.Act {
		switch {
		case s.Command == "RCPT" && strings.Contains(s.Line, "p5@"):
			return mailtest.Act{Reply: "550 5.1.1 <p5@acme.example>: Pat Threefold has left"}
		case s.Command == "RCPT" && strings.Contains(s.Line, "p4@") && s.Count < 6:
			return mailtest.Act{Reply: "450 4.2.1 Quinn Fourthly is out of office"}
		case s.Command == "END" && s.Count == 2:
			return mailtest.Act{Reply: "554 5.6.0 Weekly status update looks like spam"}
		}
		return mailtest.Act{}
	}})
	o := &theDay{askedCompany: newAskedCompany(t, smtp, `tls = "none"
per_minute = 6000
[sync]
private_feeds = true`), hosts: map[string]wire.Service{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", o.log)
		}
	})
	o.hosts[strings.TrimPrefix(o.google.URL, "http://")] = wire.Google
	o.hosts[smtp.Host+":"+strconv.Itoa(smtp.Port)] = wire.Mail
	o.write("unmeet.toml", strings.Replace(o.read("unmeet.toml"), "[google]", "metrics = \"127.0.0.1:0\"\n[google]", 1))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	o.browser = &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}

	feedURL := o.serve(wire.Feed, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:Tea with Robin\r\nSUMMARY:Kite budget\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	})
	caldavURL := o.serve(wire.CalDAV, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<p>Robin's calendar is away</p>", http.StatusServiceUnavailable)
	})
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	a.now = time.Now
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	keep, closeKeeper, err := a.keeper(c)
	if err != nil {
		t.Fatal(err)
	}
	address, err := feed.ParseAddress(feedURL + "/private-4711/basic.ics")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := json.Marshal(login{User: "robin", Password: "robin's password"})
	if err != nil {
		t.Fatal(err)
	}
	for kind, g := range map[string]web.Grant{
		feedKind:   {Address: "robin@acme.example", Account: feed.Name(address), Remotes: []string{feed.Name(address)}, Secret: address.String()},
		caldavKind: {Address: "sam@acme.example", Account: "sam", Remotes: []string{caldavURL + "/sam/work/"}, Secret: string(secret)},
	} {
		if err := keep.Save(t.Context(), kind, g); err != nil {
			t.Fatal(err)
		}
	}
	closeKeeper()
	writer := o.people[1]
	o.connectWith(writer, "id of "+writer, readScope, writeScope)
	o.google.Revoke(o.people[4]) // they are told by mail
	o.google.Revoke(o.people[5])
	o.turn(writer, time.Now().Add(-time.Minute))

	links := func() (all []string) {
		for _, m := range o.smtp.Messages() {
			for _, found := range regexp.MustCompile(`(?:=3D|[/])([0-9a-z]{26})\b`).FindAllStringSubmatch(strings.ReplaceAll(string(m.Data), "=\r\n", ""), -1) {
				all = append(all, found[1])
			}
		}
		return all
	}
	asked := func(who string) (link string) {
		for _, m := range o.smtp.Messages() {
			if m.To == who && link == "" {
				if found := regexp.MustCompile(regexp.QuoteMeta(o.public) + `/a/[0-9a-z]{26}`).FindString(strings.ReplaceAll(string(m.Data), "=\r\n", "")); found != "" {
					link = found
				}
			}
		}
		return link
	}
	const note = "Robin reads it to me"
	var pressed string
	o.stage(0, "people are asked", func(pages, figures string) bool {
		if pressed = asked(writer); pressed == "" {
			return false
		}
		if status, body := o.get(pages + "/readyz"); status != 200 {
			t.Errorf("readyz: %d %s", status, body)
		}
		o.get(pressed + "?utm_source=robin@acme.example")
		for _, form := range []url.Values{{"do": {"decline"}, "note": {note}}, {"do": {"nonsense"}}, {"do": {strings.Repeat("x", 20<<10)}}} {
			resp, err := o.browser.PostForm(pressed, form)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		for _, path := range []string{"/connect", "/connect/google", "/connect/google/callback?code=robins-code&state=robins-state&error=x", "/a/" + strings.Repeat("q", 26), "/u/robin@acme.example", "/Weekly status update"} {
			o.get(pages + strings.ReplaceAll(path, " ", "%20"))
		}
		if status, _ := o.get(figures + "/"); status != http.StatusNotFound {
			t.Errorf("beside the figures there is something: %d", status)
		}
		if status, _ := o.get(pages + "/metrics"); status != http.StatusNotFound {
			t.Errorf("the pages show figures: %d", status)
		}
		return true
	})
	o.stage(5*time.Minute, "what was accepted is done", func(string, string) bool {
		return strings.Contains(o.log.String(), "action ended") && strings.Contains(o.log.String(), "there is no such address")
	})
	o.stage(24*time.Hour, "all is read again", func(string, string) bool {
		return o.company.people()[writer].LastSync.After(time.Now().Add(23 * time.Hour))
	})

	if _, got := o.outcomes(writer); !strings.HasPrefix(got, "suggested pressed accepted") {
		t.Errorf("what came of it: %s", got)
	}
	told := map[string]string{"log": o.log.String(), "figures": strings.Join(o.figures, "\n")}
	for _, happened := range []string{
		"sync failed", "events skipped", "mails sent", "mail put off by the server", "mail parked", "there is no such address", "action ended", "web: refused", "request=", "connection=", "550 5.1.1",
	} {
		if !strings.Contains(told["log"], happened) {
			t.Errorf("the log has nothing of %q: what follows proves less", happened)
		}
	}
	for _, moved := range []string{`unmeet_syncs_total{result="trouble"} [1-9]`, `unmeet_mails_total{result="sent"} [1-9]`, `unmeet_mails_total{result="parked"} [1-9]`, `unmeet_actions_total{result="ended"} [1-9]`,
		`unmeet_requests_total{page="link",status="2xx"} [1-9]`, `unmeet_calls_total{service="google",status="2xx"} [1-9]`, `unmeet_connections{state="connected"} [1-9]`, `unmeet_connections{state="paused"} 2`, `unmeet_skipped_total [1-9]`,
		`unmeet_up 1`, `unmeet_ready 1`, `unmeet_part_silent_seconds{part="mails"}`, `unmeet_database_bytes{file="database"} [1-9]`} {
		if !regexp.MustCompile(moved).MatchString(told["figures"]) {
			t.Errorf("the figures have no %s", moved)
		}
	}
	secrets := append(links(), o.secret...)
	if len(secrets) < 10 {
		t.Errorf("only %d secrets went out: what follows proves less", len(secrets))
	}
	for where, text := range told {
		for _, telling := range append(secrets,
			"@", "%40", "acme.example>", "Weekly", "status update", "Robin", "robin", "Pat", "Quinn", "Kite", "Tea with", note, "4711", "ya29", "1//0", "a client's secret", "sam/work", "Bearer", "syncToken",
		) {
			if at := strings.Index(text, telling); at >= 0 {
				t.Errorf("the %s holds %q: …%s", where, telling, text[max(0, at-120):min(len(text), at+60)])
			}
		}
	}

	mu.Lock()
	defer mu.Unlock()
	for address, s := range dialed {
		if o.hosts[address] != s {
			t.Errorf("it speaks to %s as %s, which is nobody it has to do with", address, s)
		}
	}
	for _, s := range []wire.Service{wire.Google, wire.Feed, wire.CalDAV, wire.Mail} {
		if !slices.Contains(slices.Collect(maps.Values(dialed)), s) {
			t.Errorf("it never spoke to %s: the test sees too little", s)
		}
	}
}
