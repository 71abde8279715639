package google

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// TestCheckAClient asks for a client, its secret and its redirect address, without
// anybody's consent.
func TestCheckAClient(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		id, secret, redirect string
		kind                 Kind
		reason               string
	}{
		{clientID, clientSecret, callback, "", ""},
		{clientID, clientSecret, "https://evil.example/callback", "", "redirect_uri_mismatch"},
		{clientID, "another", callback, Admin, ""},
		{"another", clientSecret, callback, Admin, "invalid_client"},
	} {
		o, err := NewOAuth(OAuthConfig{ClientID: c.id, ClientSecret: c.secret, Endpoints: EndpointsAt(b.Google.URL), Transport: b.transport()})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Check(t.Context()); (err == nil) != (c.kind == "") || err != nil && KindOf(err) != c.kind {
			t.Errorf("%+v: %v", c, err)
		}
		if reason, err := o.CheckRedirect(t.Context(), NewAttempt(c.redirect, ReadOwned)); err != nil || reason != c.reason {
			t.Errorf("%+v: %q, %v", c, reason, err)
		}
	}
}

// TestCheckRedirectAtGoogle: Google itself leads to a page that has the reason in its
// address, and otherwise to where people sign in.
func TestCheckRedirectAtGoogle(t *testing.T) {
	to := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }))
	defer server.Close()
	o, err := NewOAuth(OAuthConfig{ClientID: clientID, Endpoints: EndpointsAt(server.URL)})
	if err != nil {
		t.Fatal(err)
	}
	shown := base64.StdEncoding.EncodeToString([]byte("\n\x15redirect_uri_mismatch\x12\xb0\x01You can't sign in"))
	for location, want := range map[string]string{
		"/signin/oauth/error?authError=" + url.QueryEscape(shown): "redirect_uri_mismatch",
		"/signin/oauth/error?authError=x":                         "refused",
		"/v3/signin/identifier?redirect_uri=error":                "",
	} {
		to = location
		if reason, err := o.CheckRedirect(t.Context(), NewAttempt(callback, ReadOwned)); err != nil || reason != want {
			t.Errorf("%s: %q, %v", location, reason, err)
		}
	}
}
