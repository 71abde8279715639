package google

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"unmeet/calendars/calendartest"
)

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// consent goes through Google's page as a person with account would, ticking the
// given scopes, and returns what the callback is called with.
func (b *bench) consent(o *OAuth, a Attempt, account string, ticked ...string) url.Values {
	b.t.Helper()
	browser := &http.Client{CheckRedirect: stay}
	resp, err := browser.Get(o.AuthCodeURL(a))
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	request := requestField.FindSubmatch(page)
	if request == nil {
		b.t.Fatalf("no consent page: %s", page)
	}
	form := url.Values{"request": {string(request[1])}, "account": {account}, "decision": {"allow"}, "scope": append([]string{"openid", "email"}, ticked...)}
	if account == "" {
		form.Set("decision", "deny")
	}
	answer, err := browser.PostForm(b.Google.URL+"/o/oauth2/v2/consent", form)
	if err != nil {
		b.t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") {
		b.t.Fatalf("sent back to %q", back)
	}
	if got := back.Query().Get("state"); got != a.State {
		b.t.Fatalf("state %q, want %q", got, a.State)
	}
	return back.Query()
}

func TestConnect(t *testing.T) {
	b := newBench(t)
	o := b.oauth()
	a := NewAttempt(callback, ReadEvents)
	a.Expect = ann
	q := (func() url.Values {
		u, err := url.Parse(o.AuthCodeURL(a))
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	})()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": callback, "state": a.State, "nonce": a.Nonce,
		"access_type": "offline", "code_challenge_method": "S256", "prompt": "", "login_hint": ann, "hd": "acme.example",
		"scope": "openid email " + ReadEvents, "include_granted_scopes": "true",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if q.Get("code_challenge") == a.Verifier || q.Get("code_challenge") == "" {
		t.Error("the verifier is not hashed")
	}

	back := b.consent(o, a, ann, ReadEvents)
	got, err := o.Exchange(t.Context(), a, back.Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Address != ann || got.Domain != "acme.example" || got.Subject == "" || got.Refresh == "" || len(missingScopes(got.Scopes, a.Scopes)) != 0 {
		t.Errorf("granted %+v", got)
	}
	s, err := New(Options{Person: ann, Tokens: o.Grant(&vault{token: got.Refresh}), Endpoints: EndpointsAt(b.url), Transport: b.transport()})
	if err != nil {
		t.Fatal(err)
	}
	b.pull(s, "")

	// A second time Google keeps its refresh token, unless it has to ask again.
	for force, want := range map[bool]bool{false: false, true: true} {
		a := NewAttempt(callback, ReadEvents)
		a.Force = force
		got, err := o.Exchange(t.Context(), a, b.consent(o, a, ann, ReadEvents).Get("code"))
		if err != nil || (got.Refresh != "") != want {
			t.Errorf("force %t: refresh token %t, error %v", force, got.Refresh != "", err)
		}
	}
	if x, y := NewAttempt(callback), NewAttempt(callback); x.State == y.State || len(x.State) < 43 || x.Nonce == y.Nonce || x.Verifier == y.Verifier || x.Nonce == x.State {
		t.Error("attempts are not random")
	}
}

func TestConnectRefuses(t *testing.T) {
	fresh := func() Attempt { return NewAttempt(callback, ReadEvents, WriteEvents) }
	for _, c := range []struct {
		what    string
		account string
		ticked  []string
		change  func(*Attempt) // between consent and exchange
		kind    Kind
		says    string
	}{
		{"another organization", "eve@other.example", []string{ReadEvents, WriteEvents}, nil, Denied, "not of this organization"},
		{"a personal account", "mallory@gmail.com", []string{ReadEvents, WriteEvents}, nil, Denied, "not of this organization"},
		{"another account", bob, []string{ReadEvents, WriteEvents}, func(a *Attempt) { a.Expect = ann }, Denied, "another account"},
		{"a scope unticked", ann, []string{ReadEvents}, nil, Consent, "insufficientPermissions"},
		{"another browser's nonce", ann, []string{ReadEvents, WriteEvents}, func(a *Attempt) { a.Nonce = rand.Text() }, Permanent, "another attempt"},
		{"no nonce", ann, []string{ReadEvents, WriteEvents}, func(a *Attempt) { a.Nonce = "" }, Permanent, "another attempt"},
		{"another verifier", ann, []string{ReadEvents, WriteEvents}, func(a *Attempt) { a.Verifier = oauth2.GenerateVerifier() }, Auth, "invalid_grant"},
		{"another callback", ann, []string{ReadEvents, WriteEvents}, func(a *Attempt) { a.Redirect += "/x" }, Admin, "redirect_uri_mismatch"},
	} {
		b := newBench(t)
		b.AddPerson(calendartest.Person{Address: "eve@other.example"})
		b.AddPerson(calendartest.Person{Address: "mallory@gmail.com"})
		o := b.oauth()
		a := fresh()
		code := b.consent(o, a, c.account, c.ticked...).Get("code")
		if c.change != nil {
			c.change(&a)
		}
		got, err := o.Exchange(t.Context(), a, code)
		if KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || got.Refresh != "" {
			t.Errorf("%s: error %v (%s)", c.what, err, KindOf(err))
		}
	}

	b := newBench(t)
	o := b.oauth()
	a := fresh()
	code := b.consent(o, a, ann, a.Scopes...).Get("code")
	if _, err := o.Exchange(t.Context(), a, code); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Exchange(t.Context(), a, code); KindOf(err) != Auth {
		t.Errorf("a code used twice: %v", err)
	}
	denied := b.consent(o, fresh(), "")
	if denied.Get("code") != "" || KindOf(CallbackError(denied.Get("error"))) != Consent {
		t.Errorf("denied: %v", denied)
	}
	if KindOf(CallbackError("admin_policy_enforced")) != Admin {
		t.Error("an administrator's policy is taken for something else")
	}
}

// TestStrangersGrantIsGivenBack: Google keeps nothing of what somebody granted who
// may not connect, and all of what a colleague did.
func TestStrangersGrantIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		account, expect string
		back            int
		broken          bool // Google does not take it back
	}{
		{"eve@other.example", "", 1, false},
		{"eve@other.example", ann, 1, false},
		{"eve@other.example", "", 0, true},
		{bob, ann, 0, false}, // who may be connected
	} {
		b := newBench(t)
		b.AddPerson(calendartest.Person{Address: "eve@other.example"})
		if c.broken {
			b.Inject(calendartest.Fault{Path: "/revoke", Do: calendartest.RefuseToken("internal_failure", "")})
		}
		o := b.oauth()
		a := NewAttempt(callback, ReadEvents)
		a.Expect = c.expect
		if _, err := o.Exchange(t.Context(), a, b.consent(o, a, c.account, ReadEvents).Get("code")); KindOf(err) != Denied {
			t.Errorf("%+v: %v", c, err)
		}
		given := b.Requests(func(r calendartest.Request) bool { return r.Path == "/revoke" && r.Status == http.StatusOK })
		if len(given) != c.back {
			t.Errorf("%+v: given back %d times", c, len(given))
		}
		// Only who has no grant any longer gets a refresh token without being asked again.
		o, a = b.oauth(), NewAttempt(callback, ReadEvents)
		o.domains = nil
		again, err := o.Exchange(t.Context(), a, b.consent(o, a, c.account, ReadEvents).Get("code"))
		if err != nil || (again.Refresh != "") != (c.back == 1) {
			t.Errorf("%+v: afterwards a refresh token: %t, %v", c, again.Refresh != "", err)
		}
	}
}

// TestCallsAreLoggedWithoutSecrets: at debug level every call for tokens shows, and
// no token does.
func TestCallsAreLoggedWithoutSecrets(t *testing.T) {
	b := newBench(t)
	b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
	var log bytes.Buffer
	transport := b.transport()
	transport.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o, err := NewOAuth(OAuthConfig{ClientID: clientID, ClientSecret: clientSecret, Endpoints: EndpointsAt(b.Google.URL), Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	a := NewAttempt(callback, ReadEvents)
	code := b.consent(o, a, ann, ReadEvents).Get("code")
	granted, err := o.Exchange(t.Context(), a, code)
	if err != nil {
		t.Fatal(err)
	}
	v := &vault{token: granted.Refresh}
	access, err := o.Grant(v).Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Exchange(t.Context(), a, code)
	if err == nil {
		t.Fatal("a code was taken twice")
	}
	if err := o.Revoke(t.Context(), v.token); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`op=connect`, `op="refresh access"`, `op="revoke access"`, `call failed" op=connect kind=auth status=400 reason=invalid_grant`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log says nothing of %s:\n%s", want, &log)
		}
	}
	for _, secret := range []string{access, granted.Refresh, v.token, code, a.State, a.Verifier, a.Nonce, clientSecret, "ya29", "1//0"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, &log)
		}
	}
}

func TestIDTokenClaims(t *testing.T) {
	b := newBench(t)
	o := b.oauth()
	a := Attempt{Nonce: "n"}
	good := map[string]any{
		"iss": "https://accounts.google.com", "aud": clientID, "exp": now.Add(time.Hour).Unix(), "nonce": "n",
		"sub": "1", "email": "Ann@acme.example", "email_verified": true, "hd": "acme.example",
	}
	check := func(change string, to any) error {
		c := map[string]any{}
		for k, v := range good {
			c[k] = v
		}
		if c[change] = to; to == nil {
			delete(c, change)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		read, err := readIDToken("e30." + base64.RawURLEncoding.EncodeToString(text) + ".c2ln")
		if err != nil {
			return err
		}
		return o.verify(read, a)
	}
	for _, ok := range []struct {
		claim string
		to    any
	}{{"sub", "2"}, {"iss", "accounts.google.com"}, {"aud", []string{"other", clientID}}, {"email_verified", "true"}, {"hd", "ACME.example"}, {"exp", now.Add(-skew).Unix()}} {
		if err := check(ok.claim, ok.to); err != nil {
			t.Errorf("%s = %v: %v", ok.claim, ok.to, err)
		}
	}
	for _, bad := range []struct {
		claim string
		to    any
	}{
		{"iss", "https://accounts.evil.example"}, {"iss", nil}, {"aud", "other"}, {"aud", nil}, {"exp", now.Add(-time.Hour).Unix()}, {"exp", nil},
		{"nonce", "m"}, {"nonce", nil}, {"email", nil}, {"email_verified", false}, {"email_verified", "no"}, {"email_verified", nil}, {"hd", "other.example"}, {"hd", nil},
	} {
		if check(bad.claim, bad.to) == nil {
			t.Errorf("%s = %v was taken", bad.claim, bad.to)
		}
	}
	for _, token := range []string{"", "a.b", "a.%.c", "a.bm90IGpzb24.c"} {
		if _, err := readIDToken(token); err == nil {
			t.Errorf("%q was read", token)
		}
	}
}

func TestRevoke(t *testing.T) {
	b := newBench(t)
	grant, v := b.grant(ann)
	if _, err := grant.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to revoke
		if err := b.oauth().Revoke(t.Context(), v.stored()); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(2 * time.Hour)
	if _, err := grant.Token(t.Context()); KindOf(err) != Auth {
		t.Errorf("after the revocation: %v", err)
	}
}

// watched is a vault; rotating comes before each rotation, and may make it fail.
type watched struct {
	*vault
	rotating func() error
}

func (v *watched) Rotate(ctx context.Context, old, next string) error {
	if err := v.rotating(); err != nil {
		return err
	}
	return v.vault.Rotate(ctx, old, next)
}

func TestGrant(t *testing.T) {
	refreshes := func(b *bench) int {
		defer b.Forget()
		return len(b.Requests(func(r calendartest.Request) bool { return r.Path == "/token" }))
	}

	t.Run("one refresh serves all who wait", func(t *testing.T) {
		b := newBench(t)
		grant, _ := b.grant(ann)
		b.Inject(calendartest.Fault{Path: "/token", Do: calendartest.Slow(time.Millisecond)})
		var wg sync.WaitGroup
		tokens := make([]string, 20)
		for i := range tokens {
			wg.Go(func() { tokens[i], _ = grant.Token(context.Background()) })
		}
		wg.Wait()
		for _, got := range tokens {
			if got == "" || got != tokens[0] {
				t.Fatalf("tokens %q", tokens)
			}
		}
		if n := refreshes(b); n != 1 {
			t.Errorf("%d refreshes", n)
		}
		b.clock.Advance(time.Hour - early - time.Second)
		if _, err := grant.Token(t.Context()); err != nil || refreshes(b) != 0 {
			t.Errorf("a token was replaced too early; error %v", err)
		}
		b.clock.Advance(2 * time.Second)
		if got, err := grant.Token(t.Context()); err != nil || got == tokens[0] || refreshes(b) != 1 {
			t.Errorf("a token about to end was handed out; error %v", err)
		}
	})

	t.Run("a rotated refresh token is stored before it is used", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		grant, v := b.grant(ann)
		first := v.stored()
		access, err := grant.Token(t.Context())
		if err != nil || v.stored() == first || v.writes != 1 {
			t.Fatalf("error %v, %d writes", err, v.writes)
		}
		second := v.stored()

		v.fail = errors.New("disk full")
		if got, err := grant.Renew(t.Context(), access); got != "" || err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Fatalf("token %q although the refresh token was not stored; error %v", got, err)
		}
		if v.stored() != second {
			t.Fatal("the vault changed")
		}
		// The server takes only the new one by now: it must not have been dropped.
		if _, err := grant.Renew(t.Context(), access); err != nil || v.writes != 3 {
			t.Errorf("after the failure: %v, %d writes", err, v.writes)
		}
	})

	t.Run("a vault that fails is no matter of the network", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		o := b.options(ann)
		grant, v := b.grant(ann)
		o.Tokens, v.fail = grant, errors.New("disk full")
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Pull(t.Context(), span(), ""); KindOf(err) != Transient || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("error %v", err)
		}
		if w := b.clock.slept(); len(w) != 0 {
			t.Errorf("waits of %v for our own disk", w)
		}
	})

	t.Run("a caller who leaves does not end the refresh", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan struct{})
		slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Accept-Encoding")
			rec := httptest.NewRecorder()
			b.Google.ServeHTTP(rec, r) // from here on the old refresh token is void
			leave()
			select {
			case <-r.Context().Done():
			case <-left:
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		}))
		defer slow.Close()
		o, err := NewOAuth(OAuthConfig{ClientID: clientID, ClientSecret: clientSecret, Endpoints: EndpointsAt(slow.URL), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		v := &vault{token: b.RefreshToken(ann, clientID, ReadEvents)}
		grant, first := o.Grant(v), v.stored()
		_, err = grant.Token(ctx)
		close(left)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		if _, err := grant.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := refreshes(b); n != 1 || v.stored() == first {
			t.Errorf("%d refreshes; rotated token stored: %t", n, v.stored() != first)
		}
	})

	t.Run("a person who connects again during a rotation is let in", func(t *testing.T) {
		for what, rotate := range map[string]func(v *vault, fresh string) error{
			"before it is stored": func(v *vault, fresh string) error { v.put(fresh); return nil },
			"after that failed":   func(*vault, string) error { return errors.New("disk full") },
		} {
			b := newBench(t)
			b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
			grant, v := b.grant(ann)
			fresh := b.RefreshToken(ann, clientID, ReadEvents)
			n := 0
			grant.vault = &watched{v, func() error {
				if n++; n > 1 {
					return nil
				}
				return rotate(v, fresh)
			}}
			if _, err := grant.Token(t.Context()); err != nil {
				v.put(fresh)
			}
			for range 3 {
				before := v.stored()
				b.clock.Advance(2 * time.Hour)
				if _, err := grant.Token(t.Context()); err != nil || v.stored() == before {
					t.Errorf("%s: hours later: %v", what, err)
				}
			}
		}
	})

	t.Run("a vault that changes all the time is given up", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		grant, v := b.grant(ann)
		grant.vault = &watched{v, func() error { v.put(b.RefreshToken(ann, clientID, ReadEvents)); return nil }}
		if _, err := grant.Token(t.Context()); KindOf(err) != Transient {
			t.Error(err)
		}
		if n := refreshes(b); n != mostRefreshes {
			t.Errorf("%d refreshes", n)
		}
	})

	t.Run("whoever settles waits for the refresh under way", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		grant, v := b.grant(ann)
		first, storing, store := v.stored(), make(chan bool), make(chan bool)
		grant.vault = &watched{v, func() error { storing <- true; <-store; return nil }}
		ctx, leave := context.WithCancel(t.Context())
		go func() { _, _ = grant.Token(ctx) }()
		<-storing
		leave()
		if err := grant.Settle(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("it did not wait: %v", err)
		}
		close(store)
		if err := grant.Settle(t.Context()); err != nil || v.stored() == first {
			t.Errorf("settled with %v; stored: %t", err, v.stored() != first)
		}
	})

	t.Run("another client takes over what a grant holds", func(t *testing.T) {
		b := newBench(t)
		b.Configure(func(s *calendartest.Settings) { s.RotateRefresh = true })
		grant, v := b.grant(ann)
		v.fail = errors.New("disk full")
		if _, err := grant.Token(t.Context()); err == nil {
			t.Fatal("no error")
		}
		grant.Use(b.oauth())
		if _, err := grant.Token(t.Context()); err != nil || v.writes != 2 {
			t.Errorf("%v, %d writes: the rotated token was dropped", err, v.writes)
		}
		broken, err := NewOAuth(OAuthConfig{ClientID: "of another project", Endpoints: EndpointsAt(b.url), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		grant.Use(broken)
		b.clock.Advance(2 * time.Hour)
		if _, err := grant.Token(t.Context()); KindOf(err) != Admin {
			t.Errorf("the other client is not used: %v", err)
		}
	})

	t.Run("25 invalid_grant ends it, unless the person connected again", func(t *testing.T) {
		b := newBench(t)
		grant, v := b.grant(ann)
		b.Revoke(ann)
		if _, err := grant.Token(t.Context()); KindOf(err) != Auth {
			t.Errorf("revoked: %v", err)
		}
		if n := refreshes(b); n != 1 {
			t.Errorf("%d refreshes of a token that is no more", n)
		}
		old := v.stored()
		reads := 0
		v.read = func() {
			if reads++; reads == 2 {
				v.put(b.RefreshToken(ann, clientID, ReadEvents))
			}
		}
		if _, err := grant.Token(t.Context()); err != nil || v.stored() == old {
			t.Errorf("connected again: %v", err)
		}
		empty := b.oauth().Grant(&vault{})
		if _, err := empty.Token(t.Context()); KindOf(err) != Auth {
			t.Errorf("nothing stored: %v", err)
		}
	})

	t.Run("25 invalid_rapt is the administrator's doing", func(t *testing.T) {
		b := newBench(t)
		grant, _ := b.grant(ann)
		b.EndSession(ann)
		_, err := grant.Token(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != Session || e.Reason != "invalid_rapt" || e.Hint == hints[string(Auth)] {
			t.Errorf("error %v", err)
		}
		s := b.source(ann)
		b.EndSession(ann)
		if _, err := s.Pull(t.Context(), span(), ""); KindOf(err) != Session {
			t.Errorf("pull: %v", err)
		}
		if n := refreshes(b); n != 2 {
			t.Errorf("%d refreshes, want one each", n)
		}
	})

	t.Run("an endpoint in trouble is tried again", func(t *testing.T) {
		b := newBench(t)
		grant, _ := b.grant(ann)
		b.Inject(calendartest.Fault{Path: "/token", Times: 1, Do: calendartest.HTML()})
		b.Inject(calendartest.Fault{Path: "/token", Times: 1, Do: calendartest.ResetAfter()})
		if _, err := grant.Token(t.Context()); err != nil {
			t.Error(err)
		}
		b.Inject(calendartest.Fault{Path: "/token", Do: calendartest.HTML()})
		b.clock.Advance(2 * time.Hour)
		b.Forget()
		if _, err := b.source(ann).Pull(t.Context(), span(), ""); KindOf(err) != Transient {
			t.Errorf("an endpoint that stays down: %v", err)
		}
		if n := refreshes(b); n != attempts {
			t.Errorf("%d refreshes: attempts must not multiply", n)
		}
	})

	t.Run("a token without a lifetime does not live for ever", func(t *testing.T) {
		b := newBench(t)
		n := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer"}`)
		}))
		defer s.Close()
		o, err := NewOAuth(OAuthConfig{ClientID: clientID, Endpoints: EndpointsAt(s.URL), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		grant := o.Grant(&vault{token: "r"})
		for range 3 {
			if _, err := grant.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.clock.Advance(shortLife)
		}
		if n != 3 {
			t.Errorf("%d refreshes", n)
		}
	})
}

func TestEndpointsKeepSecretsFromTheWire(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://calendar.acme.example": true, "http://127.0.0.1:8080": true, "http://localhost:1/": true, "http://[::1]:1": true,
		"http://calendar.acme.example": false, "calendar.acme.example": false, "ftp://127.0.0.1": false, "http://127.0.0.1.evil.example": false,
	} {
		_, err := New(Options{Person: ann, Tokens: &Grant{}, Endpoints: EndpointsAt(address)})
		if (err == nil) != ok {
			t.Errorf("%s: error %v", address, err)
		}
	}
	e, err := Endpoints{Calendar: "https://x.example/v3"}.filled()
	if err != nil || e.Calendar != "https://x.example/v3/" || e.Token != googleEndpoints.Token {
		t.Errorf("%+v, error %v", e, err)
	}
}
