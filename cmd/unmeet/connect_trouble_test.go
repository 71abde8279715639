package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"unmeet/calendars/caldav"
	"unmeet/calendars/reach"
)

// TestConnectTrouble: whoever connects is told what to do, and never that it is tried
// again by itself.
func TestConnectTrouble(t *testing.T) {
	answer := http.StatusUnauthorized
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	defer server.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	d := newDesk(t, "[sync]\nprivate_feeds = true\n")
	feed := []string{"connect", "ics", "-", "--person", "ann@acme.example"}
	account := func(address string, more ...string) []string {
		return append([]string{"connect", "caldav", address, "--person", "ann@acme.example"}, more...)
	}
	for _, c := range []struct {
		name   string
		status int
		stdin  string
		args   []string
		want   []string
	}{
		{"password", 401, "x\n", account(server.URL, "--user", "ann.berg"), []string{"does not take the password", "of the user ann.berg", "hint: check the user name"}},
		{"token", 401, "x\n", account(server.URL, "--bearer"), []string{"hint: check that the token is still good", "without --bearer"}},
		{"feed", 401, server.URL + "/a.ics\n", feed, []string{"hint: a published calendar takes no login"}},
		{"gone", 0, "x\n", account(gone.URL), []string{"nothing answers at 127.0.0.1:", "run the command again"}},
		{"feed is gone", 0, gone.URL + "\n", feed, []string{"nothing answers at 127.0.0.1:", "run the command again"}},
		{"down", 503, "x\n", account(server.URL), []string{"service unavailable", "run the command again once the server works"}},
		{"busy", 429, "x\n", account(server.URL), []string{"run the command again in a few minutes"}},
	} {
		answer = c.status
		code, _, said := d.run(c.stdin, c.args...)
		said = strings.Join(strings.Fields(said), " ") // hints are wrapped
		for _, want := range c.want {
			if code == 0 || !strings.Contains(said, want) {
				t.Errorf("%s: exit %d, lacks %q: %s", c.name, code, want, said)
			}
		}
		if strings.Contains(said, "by itself") {
			t.Errorf("%s: nothing is tried again by itself: %s", c.name, said)
		}
	}
	for _, kind := range []reach.Kind{reach.Unreachable, reach.Foreign, reach.Certificate} {
		err := attempt{kind: caldavKind, domain: "acme.example"}.told(reach.New("find calendars", kind, 0, "dial tcp"))
		if !strings.HasPrefix(err.Error(), "acme.example does not say which CalDAV server it has") || !strings.Contains(hintOf(err), "unmeet connect caldav https://") {
			t.Errorf("found by a mail address, %s: %v; %s", kind, err, hintOf(err))
		}
	}
}

// TestConnectIsStopped: Ctrl-C ends it in plain words, be it that a server never answers
// or that somebody is asked.
func TestConnectIsStopped(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // only then it sees that the client is gone
		close(asked)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-asked
		stop()
	}()
	d := newDesk(t, "")
	var out, said bytes.Buffer
	args := []string{"--config", filepath.Join(d.folder, "unmeet.toml"), "connect", "caldav", server.URL, "--person", "ann@acme.example"}
	if code := run(ctx, args, strings.NewReader("x\n"), &out, &said); code != exitFailed || said.String() != "unmeet: "+errStopped.Error()+"\n" {
		t.Errorf("exit %d: %s", code, said.String())
	}
	nobody, never := io.Pipe()
	defer never.Close()
	said.Reset()
	if code := run(ctx, args, nobody, &out, &said); code != exitFailed || said.String() != "unmeet: "+errStopped.Error()+"\n" {
		t.Errorf("while it waits for a password, exit %d: %s", code, said.String())
	}
}

// TestChooseCalendars: calendars go by their names, their addresses and the ends of
// these; what several go by is not guessed.
func TestChooseCalendars(t *testing.T) {
	const root = "https://cloud.acme.example/dav/calendars/"
	all := []caldav.Calendar{
		{Name: "Work", URL: root + "ann/work/", Own: true},
		{Name: "Home", URL: root + "ann/h%C3%B6me/", Own: true},
		{Name: "work", URL: root + "bob/work/"},
		{Name: "Home", URL: root + "ann/old/", Own: true},
	}
	for _, c := range []struct {
		names []string
		want  string // indexes, or what is said
	}{
		{nil, "[0 1 3]"},
		{[]string{"Work"}, "[0]"},
		{[]string{root + "ann/work/"}, "[0]"},
		{[]string{root + "ann/work"}, "[0]"},
		{[]string{"ann/work/"}, "[0]"},
		{[]string{"/dav/calendars/bob/work"}, "[2]"},
		{[]string{"höme"}, "[1]"},
		{[]string{"h%C3%B6me"}, "[1]"},
		{[]string{"old", "ann/old"}, "[3]"},
		{[]string{"Work", "old"}, "[0 3]"},
		{[]string{"Home"}, `several calendars are called "Home": Home (` + root + "ann/h%C3%B6me/), Home (" + root + "ann/old/)"},
		{[]string{"work"}, `several calendars are called "work": Work (` + root + "ann/work/), work (" + root + "bob/work/)"},
		{[]string{"ork"}, `there is no calendar "ork"`},
		{[]string{"/"}, `there is no calendar "/"`},
	} {
		chosen, err := (&connectCalDAVCmd{Calendar: c.names}).choose(all)
		var got []int
		for _, k := range chosen {
			for i := range all {
				if all[i].URL == k.URL {
					got = append(got, i)
				}
			}
		}
		said := fmt.Sprint(got)
		if err != nil {
			said = err.Error() + ": " + strings.TrimPrefix(hintOf(err), "give the address of one of them: ")
		}
		if !strings.HasPrefix(said, c.want) {
			t.Errorf("%q: %s, want %s", c.names, said, c.want)
		}
	}
}
