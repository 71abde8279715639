package calendartest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"golang.org/x/oauth2/jwt"

	"github.com/google/go-cmp/cmp"
)

const (
	readEvents  = scopeRoot + "calendar.events.readonly"
	writeEvents = scopeRoot + "calendar.events"
	home        = "https://unmeet.acme.example/callback"
)

// app is an application of the domain, as its real OAuth client.
func app(g *Google, scopes ...string) *oauth2.Config {
	g.AddClient(OAuthClient{ID: "app", Secret: "hush", Redirects: []string{home}, Internal: "acme.example"})
	return &oauth2.Config{
		ClientID: "app", ClientSecret: "hush", RedirectURL: home, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: g.URL + "/o/oauth2/v2/auth", TokenURL: g.URL + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

var hidden = regexp.MustCompile(`name="(request|scope)" value="([^"]*)"`)

// browser does not follow redirects, so that tests see where they lead.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// consentTo opens the consent page at address and answers it as account: ticking
// the scopes that tick names, beside those that cannot be unticked. It returns
// what the application is sent, or the text of an error page.
func consentTo(t *testing.T, g *Google, address, account, decision string, tick ...string) (url.Values, string) {
	t.Helper()
	page := fetch(t, address)
	form := url.Values{"account": {account}, "decision": {decision}}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		if m[1] == "request" || !strings.Contains(page, `type="checkbox" name="scope" value="`+m[2]) || slices.Contains(tick, m[2]) {
			form.Add(m[1], m[2])
		}
	}
	if form.Get("request") == "" {
		return nil, page
	}
	resp, err := browser.PostForm(g.URL+"/o/oauth2/v2/consent", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	where, err := resp.Location()
	if err != nil {
		return nil, string(body)
	}
	return where.Query(), ""
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// tokenError returns the code and subtype of a token endpoint's error.
func tokenError(t *testing.T, err error) string {
	t.Helper()
	var e *oauth2.RetrieveError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error of the token endpoint", err)
	}
	if strings.Contains(string(e.Body), "invalid_rapt") {
		return e.ErrorCode + " invalid_rapt"
	}
	if e.ErrorCode == "" {
		return regexp.MustCompile(`"error":"([^"]*)"`).FindStringSubmatch(string(e.Body))[1]
	}
	return e.ErrorCode
}

func TestConsent(t *testing.T) {
	g, _ := newGoogle(t)
	c := app(g, "openid", "email", readEvents, writeEvents)
	verifier := oauth2.GenerateVerifier()
	back, page := consentTo(t, g, c.AuthCodeURL("st4te", oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(verifier)), ada, "allow", readEvents)
	if back == nil || back.Get("state") != "st4te" || back.Get("hd") != "acme.example" {
		t.Fatalf("sent back %v %s", back, page)
	}
	if _, err := c.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption("wrong"+verifier)); tokenError(t, err) != "invalid_grant" {
		t.Error("a wrong verifier is let through")
	}
	tok, err := c.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	// Scopes that were not ticked are not granted, and do not open doors.
	if got := tok.Extra("scope"); got != "openid email "+readEvents {
		t.Errorf("granted %v", got)
	}
	claims, signed, ok := splitJWT(tok.Extra("id_token").(string))
	if !ok || !signed || claims.Email != ada || claims.Domain != "acme.example" || claims.Audience != "app" || claims.Issuer != "https://accounts.google.com" {
		t.Errorf("id token: %+v", claims)
	}
	if tok.RefreshToken == "" {
		t.Error("offline access yields no refresh token")
	}
	if _, err := c.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier)); tokenError(t, err) != "invalid_grant" {
		t.Error("a code works twice")
	}
	resp, err := c.Client(t.Context(), tok).Get(g.URL + "/calendar/v3/calendars/primary/events")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("list: %v %v", resp.Status, err)
	}
	info := g.Requests(func(r Request) bool { return r.Path == "/token" })
	if len(info) != 3 || info[0].User != ada || info[0].Reason != "invalid_grant" && info[0].Status != http.StatusBadRequest {
		t.Errorf("recorded: %+v", info)
	}
}

func TestConsentRefused(t *testing.T) {
	g, clock := newGoogle(t)
	g.AddPerson(Person{Address: "eve@else.example"})
	c := app(g, "openid", readEvents, writeEvents)
	ask := c.AuthCodeURL("s")
	for _, tc := range []struct {
		name, url, account, decision, want string
	}{
		{"denied", ask, ada, "deny", "access_denied"},
		{"wrong redirect", strings.Replace(ask, "unmeet", "evil", 1), ada, "allow", "redirect_uri_mismatch"},
		{"unknown client", strings.Replace(ask, "client_id=app", "client_id=x", 1), ada, "allow", "invalid_client"},
		{"no code asked for", strings.Replace(ask, "response_type=code", "response_type=token", 1), ada, "allow", "invalid_request"},
		{"other organization", ask, "eve@else.example", "allow", "org_internal"},
		{"unknown account", ask, "nobody@acme.example", "allow", "account_not_found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			back, page := consentTo(t, g, tc.url, tc.account, tc.decision)
			if got := back.Get("error") + page; !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	back, _ := consentTo(t, g, ask, ada, "allow")
	clock.Advance(codeLife)
	if _, err := c.Exchange(t.Context(), back.Get("code")); tokenError(t, err) != "invalid_grant" {
		t.Error("codes do not expire")
	}
	back, _ = consentTo(t, g, ask, ada, "allow")
	other := *c
	other.RedirectURL = home + "/other"
	if _, err := other.Exchange(t.Context(), back.Get("code")); tokenError(t, err) != "redirect_uri_mismatch" {
		t.Error("the exchange does not check the redirect")
	}
	other = *c
	other.ClientSecret = "guess"
	if _, err := other.Exchange(t.Context(), back.Get("code")); tokenError(t, err) != "invalid_client" {
		t.Error("the exchange does not check the secret")
	}
}

func TestDesktopRedirect(t *testing.T) {
	c := OAuthClient{Desktop: true}
	for uri, want := range map[string]bool{
		"http://127.0.0.1:45123/": true, "http://127.0.0.1:1/cb": true, "http://192.168.0.1/": false, "https://127.0.0.1/": false,
		"http://127.0.0.1.evil.example/": false,
	} {
		if c.redirects(uri) != want {
			t.Errorf("%s: %v, want %v", uri, !want, want)
		}
	}
}

// A refresh token comes with the first consent for offline access, or when
// consent is asked for anew.
func TestWhoGetsRefreshTokens(t *testing.T) {
	g, _ := newGoogle(t)
	c := app(g, "openid", readEvents)
	for _, tc := range []struct {
		name string
		opts []oauth2.AuthCodeOption
		want bool
	}{
		{"online", nil, false},
		{"offline, first", []oauth2.AuthCodeOption{oauth2.AccessTypeOffline}, true},
		{"offline, again", []oauth2.AuthCodeOption{oauth2.AccessTypeOffline}, false},
		{"offline, consent forced", []oauth2.AuthCodeOption{oauth2.AccessTypeOffline, oauth2.ApprovalForce}, true},
	} {
		back, _ := consentTo(t, g, c.AuthCodeURL("s", tc.opts...), ada, "allow", readEvents)
		tok, err := c.Exchange(t.Context(), back.Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.RefreshToken != ""; got != tc.want {
			t.Errorf("%s: refresh token %v, want %v", tc.name, got, tc.want)
		}
	}
	c.Scopes = []string{"openid", writeEvents}
	back, _ := consentTo(t, g, c.AuthCodeURL("s", oauth2.SetAuthURLParam("include_granted_scopes", "true")), ada, "allow", writeEvents)
	if got := strings.Fields(back.Get("scope")); !slices.Contains(got, readEvents) || !slices.Contains(got, writeEvents) {
		t.Errorf("incremental consent grants %v", got)
	}
}

func TestRefresh(t *testing.T) {
	g, clock := newGoogle(t)
	c := app(g)
	refresh := func(token string) (*oauth2.Token, error) {
		return c.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
	}
	token := g.RefreshToken(ada, "app", readEvents)
	first, err := refresh(token)
	if err != nil {
		t.Fatal(err)
	}
	use := func(tok *oauth2.Token) int {
		t.Helper()
		r, _ := http.NewRequest(http.MethodGet, g.URL+"/calendar/v3/calendars/primary/events", nil)
		tok.SetAuthHeader(r)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := use(first); got != http.StatusOK {
		t.Errorf("fresh access token: %d", got)
	}
	clock.Advance(time.Hour)
	if got := use(first); got != http.StatusUnauthorized {
		t.Errorf("expired access token: %d", got)
	}

	g.Configure(func(s *Settings) { s.RotateRefresh = true })
	second, err := refresh(token)
	if err != nil || second.RefreshToken == "" || second.RefreshToken == token {
		t.Fatalf("rotation: %v %v", second, err)
	}
	if _, err := refresh(token); tokenError(t, err) != "invalid_grant" {
		t.Error("a rotated token still works")
	}
	g.EndSession(ada)
	if _, err := refresh(second.RefreshToken); tokenError(t, err) != "invalid_grant invalid_rapt" {
		t.Errorf("ended session: %v", err)
	}
	again := g.RefreshToken(ada, "app", readEvents)
	g.Suspend(ada, true)
	if _, err := refresh(again); tokenError(t, err) != "invalid_grant" {
		t.Error("a suspended account gets tokens")
	}
	g.Suspend(ada, false)
	g.Inject(Fault{Path: "/token", Times: 1, Do: RefuseToken("invalid_grant", "invalid_rapt")})
	if _, err := refresh(again); tokenError(t, err) != "invalid_grant invalid_rapt" {
		t.Errorf("injected: %v", err)
	}
	tok, err := refresh(again)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(g.URL+"/revoke", url.Values{"token": {tok.RefreshToken}})
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("revoke: %v %v", resp, err)
	}
	resp.Body.Close()
	if got := use(tok); got != http.StatusUnauthorized {
		t.Errorf("access token after revoking: %d", got)
	}
	if _, err := refresh(tok.RefreshToken); tokenError(t, err) != "invalid_grant" {
		t.Error("a revoked token works")
	}
}

func TestDelegation(t *testing.T) {
	g, _ := newGoogle(t)
	file := g.AddServiceAccount("sync@fake.iam.gserviceaccount.com", readEvents)
	config := func(sub string, scopes ...string) *jwt.Config {
		c, err := google.JWTConfigFromJSON(file, scopes...)
		if err != nil {
			t.Fatal(err)
		}
		c.Subject = sub
		return c
	}
	tok, err := config(ada, readEvents).TokenSource(t.Context()).Token()
	if err != nil {
		t.Fatal(err)
	}
	g.Configure(func(s *Settings) { s.UserPerMinute = 1 })
	list := func(quotaUser string) int {
		r, _ := http.NewRequest(http.MethodGet, g.URL+"/calendar/v3/calendars/primary/events", nil)
		tok.SetAuthHeader(r)
		r.Header.Set("X-Goog-Quota-User", quotaUser)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	// Quota is the service account's, unless the request names a user.
	if diff := cmp.Diff([]int{200, 403, 200}, []int{list(""), list(""), list(ada)}); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name, want string
		config     *jwt.Config
	}{
		{"scope not delegated", "unauthorized_client", config(ada, writeEvents)},
		{"no such person", "invalid_grant", config("nobody@acme.example", readEvents)},
		{"other account", "invalid_grant", func() *jwt.Config { c := config(ada, readEvents); c.Email = "x@y"; return c }()},
		{"wrong audience", "invalid_grant", func() *jwt.Config { c := config(ada, readEvents); c.Audience = "https://else.example"; return c }()},
		{"too long", "invalid_grant", func() *jwt.Config { c := config(ada, readEvents); c.Expires = 3 * time.Hour; return c }()},
	} {
		if _, err := c.config.TokenSource(t.Context()).Token(); tokenError(t, err) != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	resp, err := http.PostForm(g.URL+"/token", url.Values{"grant_type": {"assertion"}, "assertion": {forged(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); !strings.Contains(string(body), "Invalid JWT Signature") {
		t.Errorf("forged: %s", body)
	}
}

// forged is an assertion whose claims were changed after signing.
func forged(t *testing.T) string {
	t.Helper()
	good := sign([]byte(`{"iss":"sync@fake.iam.gserviceaccount.com","sub":"ada@acme.example"}`))
	other := sign([]byte(`{"iss":"sync@fake.iam.gserviceaccount.com","sub":"bob@acme.example"}`))
	_, signature, _ := cutLast(good, ".")
	text, _, _ := cutLast(other, ".")
	return text + "." + signature
}
