package calendartest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// send makes a request with a bearer token ("" for none) and decodes the answer.
func send(t *testing.T, method, address, token string, body io.Reader, into any) int {
	t.Helper()
	r, err := http.NewRequest(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// An id token can be verified by nothing but what the server publishes.
func TestIDTokenVerifies(t *testing.T) {
	g, _ := newGoogle(t)
	c := app(g, "openid", "email")
	back, _ := consentTo(t, g, c.AuthCodeURL("s")+"&nonce=once", ada, "allow")
	tok, err := c.Exchange(t.Context(), back.Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Keys string `json:"jwks_uri"`
	}
	send(t, http.MethodGet, g.URL+"/.well-known/openid-configuration", "", nil, &about)
	var certs struct {
		Keys []struct{ Kid, N, E string }
	}
	send(t, http.MethodGet, about.Keys, "", nil, &certs)
	n, _ := base64.RawURLEncoding.DecodeString(certs.Keys[0].N)
	e, _ := base64.RawURLEncoding.DecodeString(certs.Keys[0].E)
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}

	parts := strings.Split(tok.Extra("id_token").(string), ".")
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
		t.Error(err)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if !strings.Contains(string(payload), `"nonce":"once"`) {
		t.Errorf("claims: %s", payload)
	}

	var who map[string]any
	if status := send(t, http.MethodGet, g.URL+"/v1/userinfo", tok.AccessToken, nil, &who); status != http.StatusOK || who["email"] != ada || who["hd"] != "acme.example" {
		t.Errorf("userinfo: %d %v", status, who)
	}
	if status := send(t, http.MethodGet, g.URL+"/v1/userinfo", g.Token(ada, readEvents), nil, &who); status != http.StatusUnauthorized {
		t.Errorf("userinfo without the scope: %d", status)
	}
	g.Revoke(ada)
	if status := send(t, http.MethodGet, g.URL+"/v1/userinfo", tok.AccessToken, nil, &who); status != http.StatusUnauthorized {
		t.Errorf("userinfo after revoking: %d", status)
	}
}

func TestHostedDomain(t *testing.T) {
	for address, want := range map[string]string{ada: "acme.example", "ada@gmail.com": "", "ada@googlemail.com": ""} {
		if got := hostedDomain(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// A service account without a key file has its assertions signed.
func TestKeylessDelegation(t *testing.T) {
	g, _ := newGoogle(t)
	const robot = "sync@fake.iam.gserviceaccount.com"
	g.AddServiceAccount(robot, readEvents)
	now := time.Now().Unix()
	claims := fmt.Sprintf(`{"iss":%q,"sub":%q,"scope":%q,"aud":%q,"iat":%d,"exp":%d}`, robot, ada, readEvents, g.URL+"/token", now, now+3600)
	payload, err := json.Marshal(map[string]string{"payload": claims})
	if err != nil {
		t.Fatal(err)
	}
	signer := g.URL + "/v1/projects/-/serviceAccounts/" + robot + ":signJwt"
	var signed struct{ SignedJwt string }
	if status := send(t, http.MethodPost, signer, "anything", strings.NewReader(string(payload)), &signed); status != http.StatusOK {
		t.Fatalf("signJwt: %d", status)
	}
	var no wireError
	if status := send(t, http.MethodPost, signer, "", strings.NewReader(string(payload)), &no); status != http.StatusUnauthorized {
		t.Errorf("signJwt for anybody: %d", status)
	}
	resp, err := http.PostForm(g.URL+"/token", url.Values{"grant_type": {"assertion"}, "assertion": {signed.SignedJwt}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var tok tokenAnswer
	if err := json.NewDecoder(resp.Body).Decode(&tok); err != nil || tok.AccessToken == "" {
		t.Fatalf("token: %+v %v", tok, err)
	}
	var list wireEvents
	if status := send(t, http.MethodGet, g.URL+"/calendar/v3/calendars/"+ada+"/events", tok.AccessToken, nil, &list); status != http.StatusOK || list.AccessRole != "owner" {
		t.Errorf("list: %d %+v", status, list)
	}
}
