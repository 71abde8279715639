package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/report"
	"unmeet/store"
)

// TestTheOrganizationsPageIsTheReport: those whom the configuration names see what
// unmeet report --format html shows at the same moment, and nobody else does.
func TestTheOrganizationsPageIsTheReport(t *testing.T) {
	o := newCompany(t, false)
	o.swap("[google]", "public_url = \"https://unmeet.acme.example\"\n[google]")
	o.tell("[mail]\nhost = \"127.0.0.1\"\nport = 25\ntls = \"none\"\nfrom = \"unmeet@acme.example\"\n[signin]\norganization = [\"HR@acme.example\"]\n")
	room := o.room()
	db, people := room.options.db, o.take(room.options.db, 7)
	if err := db.SetOrganization(t.Context(), store.Organization{Domains: []string{"acme.example"}}); err != nil {
		t.Fatal(err)
	}
	for _, who := range people {
		id, err := db.AddCollection(t.Context(), store.Collection{Kind: "ics", Remote: who, Owner: who})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Apply(t.Context(), id, statusOn(time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC), people), store.At(companyNow)); err != nil {
			t.Fatal(err)
		}
	}
	a := o.app(&bytes.Buffer{}, &bytes.Buffer{})
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	keep, done, err := a.keeper(c)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	site, err := a.pages(c, keep, room, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	look := func(who, method string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(method, "https://unmeet.acme.example/organization", nil)
		if who != "" {
			cookie, err := room.home.Admit(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: "__Host-unmeet-session", Value: cookie})
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		return w
	}

	for who, status := range map[string]int{"": http.StatusSeeOther, people[0]: http.StatusNotFound, "x@elsewhere.example": http.StatusNotFound} {
		if w := look(who, http.MethodGet); w.Code != status || strings.Contains(w.Body.String(), "in meetings") {
			t.Errorf("%q is shown %d:\n%s", who, w.Code, w.Body)
		}
	}
	shown := look("hr@acme.example", http.MethodGet)
	if policy := shown.Header().Get("Content-Security-Policy"); shown.Code != http.StatusOK || policy != report.PagePolicy {
		t.Fatalf("who is named is shown %d with the policy %q", shown.Code, policy)
	}
	if w := look("hr@acme.example", http.MethodPost); w.Code < 400 {
		t.Errorf("posting to it answers %d", w.Code)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	asReport := func() string {
		t.Helper()
		if err := (&reportCmd{Format: htmlFormat, Output: file}).ofDatabase(a, c); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page := shown.Body.String()
	if !strings.Contains(page, "21.0 h") || strings.Contains(page, "Weekly status update") {
		t.Errorf("the page has no sums, or names a meeting:\n%s", page)
	}
	if page != asReport() {
		t.Error("the page is another than that of report --format html")
	}

	// It stays as it was made for a while, and then tells what is new.
	o.clock.Advance(organizationFor - time.Second)
	if again := look("hr@acme.example", http.MethodGet).Body.String(); again != page {
		t.Error("it was made anew at once")
	}
	o.clock.Advance(time.Second)
	if again := look("hr@acme.example", http.MethodGet).Body.String(); again == page || again != asReport() {
		t.Error("after a while it is not made anew")
	}
}
