package signin

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// login is a sign-in that vouches for whatever a test wants.
type login struct {
	*httptest.Server
	key      *rsa.PrivateKey
	signs    *rsa.PrivateKey // nil: key
	claims   map[string]any
	verifier string // what came with the code

	refuses bool
}

func newLogin(t *testing.T) *login {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l := &login{key: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, what any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(what)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": l.URL, "authorization_endpoint": l.URL + "/auth", "token_endpoint": l.URL + "/token", "jwks_uri": l.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": encode(l.key.N.Bytes()), "e": encode(big.NewInt(int64(l.key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		l.verifier = r.PostFormValue("code_verifier")
		if l.refuses {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": l.token(t)})
	})
	l.Server = httptest.NewServer(mux)
	t.Cleanup(l.Close)
	return l
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token signs the claims (RFC 7515 §3.1).
func (l *login) token(t *testing.T) string {
	t.Helper()
	claims, err := json.Marshal(l.claims)
	if err != nil {
		t.Fatal(err)
	}
	text := encode([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	key := l.key
	if l.signs != nil {
		key = l.signs
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

// TestWhoSomebodyIs: only an address that the sign-in vouches for, to us, for this
// attempt, and of our domains, is somebody's.
func TestWhoSomebodyIs(t *testing.T) {
	l := newLogin(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const redirect = "https://unmeet.acme.example/connect/sign-in/callback"
	for name, c := range map[string]struct {
		change func(claims map[string]any)
		want   error
	}{
		"vouched for":          {func(map[string]any) {}, nil},
		"truth as text":        {func(c map[string]any) { c["email_verified"] = "true" }, nil},
		"not vouched for":      {func(c map[string]any) { c["email_verified"] = false }, ErrUnproven},
		"nothing said of that": {func(c map[string]any) { delete(c, "email_verified") }, ErrUnproven},
		"no address":           {func(c map[string]any) { delete(c, "email") }, ErrUnproven},
		"of somebody else's":   {func(c map[string]any) { c["email"] = "ann@acme.example.evil.example" }, ErrElsewhere},
		"for another client":   {func(c map[string]any) { c["aud"] = "other" }, ErrUnproven},
		"by another issuer":    {func(c map[string]any) { c["iss"] = "https://evil.example" }, ErrUnproven},
		"of another attempt":   {func(c map[string]any) { c["nonce"] = "old" }, ErrUnproven},
		"over":                 {func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }, ErrUnproven},
		"by another key":       {func(map[string]any) { l.signs = other }, ErrUnproven},
		"the code is used":     {func(map[string]any) { l.refuses = true }, ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			l.signs, l.refuses = nil, false
			p := New(Config{Issuer: l.URL, ClientID: "unmeet", ClientSecret: "s", Domains: []string{"acme.example"}})
			link, a, err := p.Leave(redirect)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			sum := sha256.Sum256([]byte(a.Verifier))
			if q.Get("state") != a.State || q.Get("nonce") != a.Nonce || q.Get("code_challenge") != encode(sum[:]) || q.Get("scope") != "openid email" || q.Get("redirect_uri") != redirect {
				t.Errorf("the browser goes to %s", link)
			}
			l.claims = map[string]any{"iss": l.URL, "aud": "unmeet", "sub": "1", "nonce": a.Nonce, "exp": time.Now().Add(time.Hour).Unix(), "email": "Ann@acme.example", "email_verified": true}
			c.change(l.claims)
			address, err := p.Return(t.Context(), a, "code")
			if !errors.Is(err, c.want) || (err == nil) != (address == "ann@acme.example") {
				t.Errorf("%q, %v; want %v", address, err, c.want)
			}
			if l.verifier != a.Verifier {
				t.Error("the code came without its verifier")
			}
		})
	}
	t.Run("nobody answers", func(t *testing.T) {
		l.Close()
		if _, _, err := New(Config{Issuer: l.URL, ClientID: "unmeet"}).Leave(redirect); !errors.Is(err, ErrSilent) {
			t.Error(err)
		}
	})
}

// TestAccountsAtGoogle: of an account that anybody can make with a work address, and
// keep after they left, Google does not vouch for the address.
func TestAccountsAtGoogle(t *testing.T) {
	p := New(Config{Domains: []string{"acme.example", "gmail.com"}})
	for _, c := range []struct {
		issuer, claims string
		want           error
	}{
		{"https://accounts.google.com", `{"email": "ann@acme.example", "email_verified": true, "hd": "acme.example"}`, nil},
		{"https://accounts.google.com", `{"email": "ann@acme.example", "email_verified": true}`, ErrElsewhere},
		{"accounts.google.com", `{"email": "ann@acme.example", "email_verified": true}`, ErrElsewhere},
		{"https://accounts.google.com", `{"email": "ann@gmail.com", "email_verified": true}`, nil},
		{"https://login.acme.example", `{"email": "ann@acme.example", "email_verified": true}`, nil},
	} {
		l := newLogin(t)
		l.claims = map[string]any{}
		if err := json.Unmarshal([]byte(c.claims), &l.claims); err != nil {
			t.Fatal(err)
		}
		l.claims["iss"], l.claims["aud"], l.claims["exp"] = c.issuer, "unmeet", time.Now().Add(time.Hour).Unix()
		keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{l.key.Public()}}
		id, err := oidc.NewVerifier(c.issuer, keys, &oidc.Config{ClientID: "unmeet"}).Verify(t.Context(), l.token(t))
		if err != nil {
			t.Fatal(err)
		}
		if address, err := p.addressIn(id); !errors.Is(err, c.want) || (err == nil) != (address != "") {
			t.Errorf("%s, %s: %q, %v", c.issuer, c.claims, address, err)
		}
	}
}

// TestManyWaitAsLongAsOne: while a sign-in does not answer, those who ask at the same
// time learn so together, and not one after the other.
func TestManyWaitAsLongAsOne(t *testing.T) {
	var asked atomic.Int32
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}))
	defer silent.Close()
	p := New(Config{Issuer: silent.URL, ClientID: "unmeet"})
	p.client.Timeout = 200 * time.Millisecond
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, _, err := p.Leave("https://unmeet.acme.example"); !errors.Is(err, ErrSilent) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := asked.Load(); n > 2 {
		t.Errorf("it was asked %d times, one after the other", n)
	}
}

// TestErrorsAreBrief: what a broken sign-in answers does not fill the log.
func TestErrorsAreBrief(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("x", largestAnswer/2), http.StatusBadGateway)
	}))
	defer broken.Close()
	_, _, err := New(Config{Issuer: broken.URL, ClientID: "unmeet"}).Leave("https://unmeet.acme.example")
	if !errors.Is(err, ErrSilent) || len(err.Error()) > 2*longestQuote || !strings.Contains(err.Error(), "502") {
		t.Errorf("%.1000v", err)
	}
}
