package calendartest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// issuer is who signs id tokens: always Google, wherever the fake listens.
const issuer = "https://accounts.google.com"

// signingKey is the key of the fake, and of its service accounts. One a process
// is enough, as making one takes a while.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // no randomness: nothing works
	}
	return key
})

const keyID = "fake-key-1"

// claims are those of id tokens and of service accounts' assertions.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub,omitempty"`
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`

	Party         string `json:"azp,omitempty"`
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"email_verified,omitempty"`
	Domain        string `json:"hd,omitempty"`
	Name          string `json:"name,omitempty"`
	Nonce         string `json:"nonce,omitempty"`
	AccessHash    string `json:"at_hash,omitempty"`

	Scope string `json:"scope,omitempty"` // of an assertion
}

// sign makes a JWT (RS256) of a payload.
func sign(payload []byte) string {
	head := `{"alg":"RS256","kid":"` + keyID + `","typ":"JWT"}`
	text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key fits the hash
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// splitJWT reads a JWT's claims; signed reports whether our key signed it.
func splitJWT(token string) (c claims, signed, ok bool) {
	text, tail, found := cutLast(token, ".")
	_, payload, two := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if !found || !two || err != nil || json.Unmarshal(raw, &c) != nil {
		return c, false, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(tail)
	sum := sha256.Sum256([]byte(text))
	signed = err == nil && rsa.VerifyPKCS1v15(&signingKey().PublicKey, crypto.SHA256, sum[:], signature) == nil
	return c, signed, true
}

func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

func (g *Google) idToken(h holder, scopes []string, nonce, access string) string {
	p := g.World.people[h.user]
	now := g.World.now()
	sum := sha256.Sum256([]byte(access))
	c := claims{
		Issuer: issuer, Party: h.client, Audience: h.client, Subject: p.id, Nonce: nonce, Domain: hostedDomain(p.Address),
		AccessHash: base64.RawURLEncoding.EncodeToString(sum[:16]), IssuedAt: now.Unix(), Expires: now.Add(time.Hour).Unix(),
	}
	if slices.Contains(scopes, "email") || slices.Contains(scopes, scopeRoot+"userinfo.email") {
		c.Email, c.EmailVerified = p.Address, true
	}
	if slices.Contains(scopes, "profile") || slices.Contains(scopes, scopeRoot+"userinfo.profile") {
		c.Name = p.Name
	}
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return sign(payload)
}

// userinfo answers who the bearer of a token is.
func (g *Google) userinfo(x *exchange) answer {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	token, _ := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	gr := g.oauth.access[token]
	if gr == nil || !g.World.now().Before(gr.expires) || !slices.ContainsFunc(gr.scopes, func(s string) bool { return slices.Contains(signIn, s) }) {
		return (&oauthError{Code: "invalid_token", Text: "Invalid Credentials", status: http.StatusUnauthorized}).answer()
	}
	p := g.World.people[gr.holder.user]
	info := map[string]any{"sub": p.id, "name": p.Name}
	if slices.Contains(gr.scopes, "email") || slices.Contains(gr.scopes, scopeRoot+"userinfo.email") {
		info["email"], info["email_verified"] = p.Address, true
	}
	if hd := hostedDomain(p.Address); hd != "" {
		info["hd"] = hd
	}
	return jsonAnswer(http.StatusOK, info, "")
}

// certs answers with the public half of the signing key (RFC 7517).
func (g *Google) certs(*exchange) answer {
	key := signingKey().PublicKey
	return jsonAnswer(http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": keyID,
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}, "")
}

func (g *Google) discover(*exchange) answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"issuer": issuer, "authorization_endpoint": g.URL + "/o/oauth2/v2/auth", "token_endpoint": g.URL + "/token",
		"revocation_endpoint": g.URL + "/revoke", "userinfo_endpoint": g.URL + "/v1/userinfo", "jwks_uri": g.URL + "/certs",
		"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	}, "")
}

// serviceAccount acts for people whose administrator delegated scopes to it.
type serviceAccount struct{ scopes []string }

// AddServiceAccount makes a service account to which the domain delegated some
// scopes, and returns its key file (JSON).
func (g *Google) AddServiceAccount(address string, scopes ...string) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.oauth.services[address] = &serviceAccount{scopes}
	der, err := x509.MarshalPKCS8PrivateKey(signingKey())
	if err != nil {
		panic(err) // an RSA key can be written
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "fake", "private_key_id": keyID, "client_email": address, "client_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"auth_uri":    g.URL + "/o/oauth2/v2/auth", "token_uri": g.URL + "/token",
	})
	if err != nil {
		panic(err) // strings only
	}
	return file
}

// exchangeJWT gives a service account a token for the person it names, or for
// itself.
func (g *Google) exchangeJWT(form url.Values) (*tokenAnswer, *oauthError) {
	c, signed, ok := splitJWT(form.Get("assertion"))
	service := g.oauth.services[c.Issuer]
	// The assertion bears the time of the machine that signed it, not of the
	// fake's clock.
	age := time.Since(time.Unix(c.IssuedAt, 0))
	switch {
	case !ok || service == nil:
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid grant: account not found"}
	case !signed:
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid JWT Signature."}
	case c.Audience != g.URL+"/token" && c.Audience != "https://oauth2.googleapis.com/token":
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid JWT: Failed audience check."}
	case age > time.Hour || age < -time.Hour || c.Expires <= c.IssuedAt || c.Expires-c.IssuedAt > 3600:
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}
	}
	if c.Subject == "" { // for itself, which is nobody whose calendar could be read
		return &tokenAnswer{AccessToken: g.newAccess(grant{holder: holder{c.Issuer, c.Issuer}, scopes: strings.Fields(c.Scope), service: true})}, nil
	}
	p := g.World.people[strings.ToLower(c.Subject)]
	if p == nil || p.Suspended {
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid email or User ID"}
	}
	scopes := strings.Fields(c.Scope)
	for _, s := range scopes {
		if !slices.Contains(service.scopes, s) {
			return nil, &oauthError{
				Code: "unauthorized_client", status: http.StatusUnauthorized,
				Text: "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
			}
		}
	}
	gr := grant{holder: holder{p.Address, c.Issuer}, scopes: scopes, service: true}
	return &tokenAnswer{AccessToken: g.newAccess(gr)}, nil
}

// signJWT signs a payload for a service account (IAM credentials), for those who
// hold any token at all: so keyless delegation can be tried.
func (g *Google) signJWT(x *exchange) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	address, verb, _ := strings.Cut(x.r.PathValue("signer"), ":")
	var in struct {
		Payload string `json:"payload"`
	}
	switch {
	case !strings.HasPrefix(x.r.Header.Get("Authorization"), "Bearer "):
		return g.refused(refuse("authError", "", ""))
	case verb != "signJwt" || g.oauth.services[address] == nil:
		return g.refused(refuse("notFound", "", ""))
	case json.Unmarshal(x.body, &in) != nil:
		return g.refused(refuse("parseError", "", ""))
	}
	return jsonAnswer(http.StatusOK, map[string]string{"keyId": keyID, "signedJwt": sign([]byte(in.Payload))}, "")
}
