package web

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestConnect(t *testing.T) {
	for _, address := range []string{public, "http://127.0.0.1:8420"} {
		b := newBench(t, address)
		w := b.browser()
		page := body(t, w.do(http.MethodGet, "/connect", nil))
		for _, want := range []string{`action="/connect/acme"`, "90 days ago to 60 days ahead", "mailto:it@acme.example", "Acme uses unmeet"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q:\n%s", want, page)
			}
		}
		onward := body(t, w.do(http.MethodPost, "/connect/acme", nil))
		link := regexp.MustCompile(`url=([^"]+)"`).FindStringSubmatch(onward)
		if link == nil || !strings.HasPrefix(link[1], "https://login.acme.example/?") {
			t.Fatalf("does not go on to the service:\n%s", onward)
		}
		if want := url.QueryEscape(address + "/connect/acme/callback"); !strings.Contains(b.service.left[0].URL, want) {
			t.Errorf("sent to %s, want it to come back to %s", b.service.left[0].URL, want)
		}
		state, code := b.service.agree(ann)
		resp := w.do(http.MethodGet, back("state", state, "code", code), nil)
		if text := body(t, resp); resp.StatusCode != http.StatusOK || !strings.Contains(text, ann.Address) {
			t.Errorf("%s:\n%s", resp.Status, text)
		}
		if got := b.refresh(ann.Address); got != ann.Secret {
			t.Errorf("kept %q", got)
		}
		for _, secret := range append([]string{state, code, ann.Secret, ann.Address, string(b.service.left[0].Keep)}, cookies(w, address)...) {
			if strings.Contains(b.log.String(), secret) {
				t.Errorf("the log holds %q:\n%s", secret, b.log)
			}
		}
		if !strings.Contains(b.log.String(), `route="GET /connect/{service}/callback" status=200`) {
			t.Errorf("the log has no route:\n%s", b.log)
		}
	}
}

func cookies(w *browser, address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		w.b.Fatal(err)
	}
	var values []string
	for _, c := range w.jar.Cookies(u) {
		values = append(values, c.Value)
	}
	if len(values) == 0 {
		w.b.Error("no cookie was set")
	}
	return values
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		what   string
		query  func(state, code string) string
		before func(b *bench, w *browser, state string) *browser // returns who comes back
		status int
		title  string
	}{
		{"no state", func(_, code string) string { return back("code", code) }, nil, 403, "the browser you began in"},
		{"made-up state", func(_, code string) string { return back("state", "x", "code", code) }, nil, 403, "the browser you began in"},
		{"two states", func(state, code string) string { return back("state", state, "state", state, "code", code) }, nil, 403, "the browser you began in"},
		{"endless state", func(state, code string) string { return back("state", strings.Repeat(state, 9), "code", code) }, nil, 403, "the browser you began in"},
		{"another browser", nil, func(b *bench, _ *browser, _ string) *browser { return b.browser() }, 403, "the browser you began in"},
		{"another browser's cookie", nil, func(b *bench, w *browser, state string) *browser {
			other := b.browser()
			other.jar.SetCookies(b.site.public, []*http.Cookie{{Name: b.site.cookieName(state), Value: rand.Text(), Path: "/", Secure: true}})
			return other
		}, 403, "the browser you began in"},
		{"too old", nil, func(b *bench, w *browser, _ string) *browser {
			b.clock = b.clock.Add(attemptLife + time.Second)
			return w
		}, 410, "used up"},
		{"no code", func(state, _ string) string { return back("state", state) }, nil, 410, "did not accept"},
		{"another code", func(state, _ string) string { return back("state", state, "code", "x") }, nil, 410, "did not accept"},
		{"said no", func(state, _ string) string { return back("state", state, "error", "access_denied") }, nil, 403, "Not connected"},
		{"said no, with a code", func(state, code string) string { return back("state", state, "error", "access_denied", "code", code) }, nil, 403, "Not connected"},
		{"not allowed", func(state, _ string) string { return back("state", state, "error", "admin_policy_enforced") }, nil, 403, "An administrator"},
		{"another service", func(state, code string) string {
			return strings.Replace(back("state", state, "code", code), "acme", "other", 1)
		}, nil, 404, "no such page"},
		{"the database fails", nil, func(b *bench, w *browser, _ string) *browser { b.db.Close(); return w }, 500, "went wrong here"},
	} {
		b := newBench(t, public)
		w := b.browser()
		w.begin()
		state, code := b.service.agree(ann)
		who := w
		if c.before != nil {
			who = c.before(b, w, state)
		}
		address := back("state", state, "code", code)
		if c.query != nil {
			address = c.query(state, code)
		}
		resp := who.do(http.MethodGet, address, nil)
		if text := body(t, resp); resp.StatusCode != c.status || !strings.Contains(text, c.title) {
			t.Errorf("%s: %s, want %d and %q:\n%s", c.what, resp.Status, c.status, c.title, text)
		}
		if strings.Contains(b.log.String(), "database is closed") != (c.status == 500) {
			t.Errorf("%s: the log says\n%s", c.what, b.log)
		}
		if c.status != 500 && b.refresh(ann.Address) != "" {
			t.Errorf("%s: connected", c.what)
		}
	}
}

// TestStateIsGoodOnce replays a callback, before and after its time, and sees that
// what another browser tried does not spoil it.
func TestStateIsGoodOnce(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	w.begin()
	state, code := b.service.agree(ann)
	address := back("state", state, "code", code)
	if resp := b.browser().do(http.MethodGet, address, nil); resp.StatusCode != http.StatusForbidden {
		t.Errorf("another browser: %s", resp.Status)
	}
	if resp := w.do(http.MethodGet, address, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the right browser, after another: %s", resp.Status)
	}
	_, code = b.service.agree(Grant{Address: "bob@acme.example", Secret: "refresh-of-bob"})
	for _, again := range []string{address, back("state", state, "code", code)} {
		resp := w.do(http.MethodGet, again, nil)
		if text := body(t, resp); resp.StatusCode != http.StatusGone || !strings.Contains(text, "used up") {
			t.Errorf("replayed: %s:\n%s", resp.Status, text)
		}
	}
	if b.refresh("bob@acme.example") != "" {
		t.Error("a replay connected somebody")
	}
}

// TestTabs begins in two tabs; both go through.
func TestTabs(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	w.begin()
	first, firstCode := b.service.agree(ann)
	w.begin()
	second, secondCode := b.service.agree(ann)
	for _, address := range []string{back("state", first, "code", firstCode), back("state", second, "code", secondCode)} {
		if resp := w.do(http.MethodGet, address, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", resp.Status, body(t, resp))
		}
	}
}

// TestAskedAgain is somebody whose secret was lost here.
func TestAskedAgain(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	w.begin()
	state, code := b.service.agree(Grant{Address: ann.Address})
	page := body(t, w.do(http.MethodGet, back("state", state, "code", code), nil))
	if !strings.Contains(page, `name="force" value="1"`) || !strings.Contains(page, `action="/connect/acme"`) {
		t.Fatalf("is not asked again:\n%s", page)
	}
	w.do(http.MethodPost, "/connect/acme", func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader("force=1"))
	})
	if f := b.service.force; len(f) != 2 || f[0] || !f[1] {
		t.Errorf("force: %v, want no, then yes", f)
	}
}

// TestGetChangesNothing gets every address, as scanners and previews do.
func TestGetChangesNothing(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	w.begin()
	state, code := b.service.agree(ann)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, address := range []string{"/", "/connect", "/connect/acme", "/connect/acme?force=1", "/nothing", "/connect/other/callback", back()} {
			w.do(method, address, nil)
		}
	}
	if len(b.service.left) != 1 || b.refresh(ann.Address) != "" {
		t.Errorf("%d attempts, want 1 and no connection", len(b.service.left))
	}
	if resp := w.do(http.MethodHead, back("state", state, "code", code), nil); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of a callback: %s", resp.Status)
	}
	if resp := w.do(http.MethodGet, back("state", state, "code", code), nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the callback after HEAD: %s", resp.Status)
	}
}

func TestHeaders(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	for _, request := range []struct{ method, address string }{
		{"GET", "/"}, {"GET", "/connect"}, {"HEAD", "/connect"}, {"POST", "/connect/acme"}, {"GET", "/connect/acme"}, {"GET", back()}, {"HEAD", back()},
		{"GET", "/nothing"}, {"POST", "/nothing"}, {"DELETE", "/connect"}, {"POST", "/connect/other"},
	} {
		resp := w.do(request.method, request.address, nil)
		for header, want := range map[string]string{
			"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
			"X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex",
		} {
			if got := resp.Header.Get(header); got != want {
				t.Errorf("%s %s: %s is %q, want %q", request.method, request.address, header, got, want)
			}
		}
		if resp.Header.Get("Location") != "" && resp.Header.Get("Location") != "/connect" {
			t.Errorf("%s %s leads to %q", request.method, request.address, resp.Header.Get("Location"))
		}
	}
	for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
}

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		public, prefix string
		secure         bool
	}{{public, "__Host-unmeet-connect-", true}, {"http://localhost:8420", "unmeet-connect-", false}} {
		b := newBench(t, c.public)
		set := b.browser().do(http.MethodPost, "/connect/acme", nil).Cookies()
		if len(set) != 1 {
			t.Fatalf("%s: %d cookies", c.public, len(set))
		}
		k := set[0]
		if !strings.HasPrefix(k.Name, c.prefix) || k.Secure != c.secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || len(k.Value) < 26 { // of 130 random bits
			t.Errorf("%s: cookie %+v", c.public, k)
		}
		if strings.Contains(k.Name+k.Value, b.service.left[0].State) {
			t.Errorf("%s: the cookie tells the state", c.public)
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*http.Request)
		status int
	}{
		{"another site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"another host of the domain", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"an old browser, another site", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}, 403},
		{"an old browser, no origin told", func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") }, 403},
		{"behind a proxy that renames us", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", public)
			r.Host = "127.0.0.1:8420"
		}, 200},
		{"too large", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader("force=" + strings.Repeat("1", largestForm)))
		}, 400},
	} {
		b := newBench(t, public)
		resp := b.browser().do(http.MethodPost, "/connect/acme", c.change)
		if resp.StatusCode != c.status || (len(b.service.left) == 1) != (c.status == 200) {
			t.Errorf("%s: %s, %d attempts", c.what, resp.Status, len(b.service.left))
		}
	}
}

func TestTooManyAttempts(t *testing.T) {
	b := newBench(t, public)
	w := b.browser()
	for range attemptsAtOnce {
		b.browser().begin()
	}
	if resp := w.do(http.MethodPost, "/connect/acme", nil); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one too many: %s", resp.Status)
	}
	b.clock = b.clock.Add(time.Second)
	w.begin()
}

func TestCheckPublic(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://unmeet.acme.example": true, "https://unmeet.acme.example/": true, "https://unmeet.acme.example:8443": true,
		"http://localhost:8420": true, "http://127.0.0.1:8420": true, "http://[::1]:8420": true,
		"http://unmeet.acme.example": false, "http://127.0.0.1.evil.example": false, "https://acme.example/unmeet": false, "https://": false,
		"unmeet.acme.example": false, "ftp://acme.example": false, "https://me:secret@acme.example": false, "https://acme.example/?x": false, "": false,
	} {
		if _, err := CheckPublic(address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestRefusalsInTheLog have an error only where there is one.
func TestRefusalsInTheLog(t *testing.T) {
	b := newBench(t, public)
	b.browser().do(http.MethodGet, "/nowhere", nil)
	if log := b.log.String(); !strings.Contains(log, "reason=unknown") || strings.Contains(log, "error=") {
		t.Errorf("of a refusal without a cause:\n%s", log)
	}
	b.log.Reset()
	b.browser().do(http.MethodGet, back("state", "x"), nil)
	w := b.browser()
	w.begin()
	w.do(http.MethodGet, back("state", b.service.left[0].State, "code", "wrong"), nil)
	if log := b.log.String(); !strings.Contains(log, `error="no such code"`) {
		t.Errorf("of a refusal with a cause:\n%s", log)
	}
}
