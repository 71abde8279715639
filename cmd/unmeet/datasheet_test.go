package main

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unmeet/agent/datasheet"
	"unmeet/calendars/google"
)

// TestTheDatasheetHasEveryScope holds the permissions of the data sheet equal to those
// that the commands ask for.
func TestTheDatasheetHasEveryScope(t *testing.T) {
	scopes := map[string]string{
		"ReadEvents": google.ReadEvents, "ReadOwned": google.ReadOwned, "WriteEvents": google.WriteEvents, "ReadMembers": google.ReadMembers,
	}
	asked := map[string]bool{"openid": true, "email": true} // with every grant, and every sign-in
	for _, folder := range []string{".", "../../agent/signin", "../../agent/web", "../../calendars/google"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range regexp.MustCompile(`\bgoogle\.(Read[A-Z]\w+|Write[A-Z]\w+)`).FindAllSubmatch(text, -1) {
				if scopes[string(found[1])] == "" {
					t.Fatalf("%s: google.%s is no scope that this test knows", file, found[1])
				}
				asked[scopes[string(found[1])]] = true
			}
			for _, found := range regexp.MustCompile(`"(https://www\.googleapis\.com/auth/[\w.]+)"`).FindAllSubmatch(text, -1) {
				if scope := string(found[1]); filepath.Base(file) != "oauth.go" { // which has their names, and what grants them
					asked[scope] = true
				}
			}
		}
	}
	told := map[string]bool{}
	for _, s := range datasheet.Scopes {
		told[s.Name] = true
		if s.Asked == "" || s.Why == "" {
			t.Errorf("%s: say in Scopes (agent/datasheet/lists.go) of whom it is asked, and why", s.Name)
		}
	}
	if !maps.Equal(told, asked) {
		t.Errorf("Scopes (agent/datasheet/lists.go) has %v, and commands ask for %v", slices.Sorted(maps.Keys(told)), slices.Sorted(maps.Keys(asked)))
	}
	page, err := os.ReadFile("../../docs/google.md")
	if err != nil {
		t.Fatal(err)
	}
	for scope := range asked {
		if !strings.Contains(string(page), "`"+strings.TrimPrefix(scope, "https://www.googleapis.com/auth/")+"`") {
			t.Errorf("docs/google.md does not say why %s is asked for", scope)
		}
	}
}

// TestTheDatasheetNamesGooglesHosts holds that each of Google's hosts is named.
func TestTheDatasheetNamesGooglesHosts(t *testing.T) {
	at := slices.IndexFunc(datasheet.Hosts, func(h datasheet.Host) bool { return h.Service == "google" })
	if at < 0 {
		t.Fatal("Hosts (agent/datasheet/lists.go) lacks Google")
	}
	e := google.EndpointsAt("")
	for _, endpoint := range []string{e.Calendar, e.Directory, e.Auth, e.Token, e.Revoke, e.IAM} {
		u, err := url.Parse(endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(datasheet.Hosts[at].Who, u.Host) {
			t.Errorf("Hosts (agent/datasheet/lists.go) does not name %s", u.Host)
		}
	}
}
