package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"unmeet/agent/secret"
	"unmeet/store"
)

// acme is a calendar service that gives everybody what they come for.
type acme struct {
	mu    sync.Mutex
	made  int
	codes map[string]Grant
	left  []Leaving
	force []bool
	slow  chan struct{} // if set, Return sends to it, and then waits for it
}

func (*acme) Name() string { return "Acme" }

func (s *acme) Leave(w Wish) (Leaving, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := Leaving{State: rand.Text(), Keep: []byte("verifier-" + rand.Text())}
	l.URL = "https://login.acme.example/?" + url.Values{"state": {l.State}, "redirect": {w.Redirect}, "hint": {w.Expect}}.Encode()
	s.left, s.force = append(s.left, l), append(s.force, w.Force)
	return l, nil
}

// agree makes a code for the last attempt.
func (s *acme) agree(g Grant) (state, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	code = "code-" + rand.Text()
	if s.codes == nil {
		s.codes = map[string]Grant{}
	}
	s.codes[code] = g
	return s.left[len(s.left)-1].State, code
}

var errCode = errors.New("no such code")

func (s *acme) Return(_ context.Context, keep []byte, code string) (Grant, error) {
	if s.slow != nil {
		s.slow <- struct{}{}
		<-s.slow
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.codes[code]
	if !ok || !bytes.HasPrefix(keep, []byte("verifier-")) {
		return Grant{}, &Refusal{Reason: CodeUsed, Err: errCode}
	}
	delete(s.codes, code)
	return g, nil
}

func (*acme) Refused(code string) error {
	if code == "access_denied" {
		return &Refusal{Reason: Declined}
	}
	return &Refusal{Reason: Administrator, Hint: "allow " + "it"}
}

var ann = Grant{Address: "ann@acme.example", Account: "1", Scopes: []string{"read"}, Remotes: []string{"primary"}, Secret: "refresh-of-ann"}

// bench is a site with all it needs.
type bench struct {
	*testing.T
	site    *Site
	service *acme
	db      *store.DB
	keep    Keeper
	clock   time.Time
	log     *bytes.Buffer
}

func newBench(t *testing.T, public string) *bench {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "unmeet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	path := filepath.Join(t.TempDir(), "unmeet.key")
	if _, err := secret.New(path); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, service: &acme{}, db: db, clock: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	b.keep = Keeper{DB: db, Keys: keys, Now: func() time.Time { return b.clock }}
	b.site, err = New(Options{
		Public: public, About: About{Organization: "Acme", Contact: "it@acme.example", PastDays: 90, FutureDays: 60},
		Services: []Service{b.service}, Keep: b.keep,
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const public = "https://unmeet.acme.example"

// browser is somebody's browser, with its cookies.
type browser struct {
	b   *bench
	jar http.CookieJar
}

func (b *bench) browser() *browser {
	b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	return &browser{b, jar}
}

// do makes a request as a browser would from a page of ours.
func (w *browser) do(method, address string, change func(*http.Request)) *http.Response {
	w.b.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.b.site.public.String() + address
	}
	r := httptest.NewRequest(method, address, nil)
	if method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range w.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	w.b.site.ServeHTTP(rec, r)
	resp := rec.Result()
	w.jar.SetCookies(r.URL, resp.Cookies())
	return resp
}

// begin presses the button.
func (w *browser) begin() {
	w.b.Helper()
	if resp := w.do(http.MethodPost, "/connect/acme", nil); resp.StatusCode != http.StatusOK {
		w.b.Fatalf("begin: %s: %s", resp.Status, body(w.b.T, resp))
	}
}

// back is the callback's path for a result.
func back(query ...string) string {
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return "/connect/acme/callback?" + q.Encode()
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refresh returns the refresh token that is kept of a person; "" if they are not
// connected.
func (b *bench) refresh(address string) string {
	b.Helper()
	c, err := b.db.Connection(b.Context(), "acme", address)
	if errors.Is(err, store.ErrNoConnection) {
		return ""
	}
	if err != nil {
		b.Fatal(err)
	}
	plain, err := b.keep.Keys.Open(c.Sealed, c.ID, secret.RefreshToken)
	if err != nil {
		b.Fatal(err)
	}
	return string(plain)
}
