package calendartest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// oauth is what the authorization server knows. It is under Google.mu.
type oauth struct {
	clients  map[string]OAuthClient     // by id
	services map[string]*serviceAccount // by address
	asked    map[string]*consent        // consents on somebody's screen, by id
	codes    map[string]*code
	refresh  map[string]*refreshToken
	access   map[string]*grant
	agreed   map[holder][]string // scopes people agreed to
	made     int
}

// OAuthClient is an application that people may let in.
type OAuthClient struct {
	ID, Secret string
	Redirects  []string // exactly these are let through
	Desktop    bool     // http://127.0.0.1 with any port and path is let through too
	Internal   string   // domain whose people alone may use it; "" for an external client
}

// holder is who let whom in.
type holder struct{ user, client string }

type code struct {
	consent *consent
	holder  holder
	scopes  []string
	expires time.Time
	used    bool
}

type refreshToken struct {
	holder  holder
	scopes  []string
	dead    bool
	subtype string // of the error it gives; "invalid_rapt" when a session ended
}

// codeLife is how long a code may wait to be exchanged.
const codeLife = 10 * time.Minute

func newOAuth() oauth {
	return oauth{
		clients: map[string]OAuthClient{}, services: map[string]*serviceAccount{}, asked: map[string]*consent{},
		codes: map[string]*code{}, refresh: map[string]*refreshToken{}, access: map[string]*grant{}, agreed: map[holder][]string{},
	}
}

// oauthError is an error of the token endpoint (RFC 6749 §5.2).
type oauthError struct {
	Code    string `json:"error"`
	Text    string `json:"error_description,omitempty"`
	Subtype string `json:"error_subtype,omitempty"`
	status  int
}

func (e *oauthError) answer() answer {
	return jsonAnswer(cmp.Or(e.status, http.StatusBadRequest), e, e.Code)
}

// AddClient registers an application.
func (g *Google) AddClient(c OAuthClient) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.oauth.clients[c.ID] = c
}

// Token returns an access token for address with the given scopes, all of them
// when none are named. It is good for as long as those of the token endpoint.
func (g *Google) Token(address string, scopes ...string) string {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(scopes) == 0 {
		scopes = slices.Concat(readScopes, listScopes, memberScopes)
	}
	return g.newAccess(grant{holder: holder{user: g.World.person(address).Address}, scopes: scopes})
}

// RefreshToken returns a refresh token as if address had let a client in.
func (g *Google) RefreshToken(address, client string, scopes ...string) string {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	h := holder{g.World.person(address).Address, client}
	g.oauth.agreed[h] = union(g.oauth.agreed[h], scopes)
	return g.newRefresh(h, scopes)
}

// Revoke makes all tokens of a person void, as the person can do in the account's
// settings.
func (g *Google) Revoke(address string) { g.void(address, "", true) }

// EndSession makes the refresh tokens of a person ask for a new sign-in, as an
// administrator's session policy does (invalid_rapt).
func (g *Google) EndSession(address string) { g.void(address, "invalid_rapt", false) }

func (g *Google) void(address, subtype string, all bool) {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	user := g.World.person(address).Address
	for _, rt := range g.oauth.refresh {
		if rt.holder.user == user {
			rt.dead, rt.subtype = true, subtype
		}
	}
	if all {
		g.forgetHolder(func(h holder) bool { return h.user == user })
	}
}

// forgetHolder drops the tokens of whoever pick picks, and what they agreed to.
func (g *Google) forgetHolder(pick func(holder) bool) {
	for token, gr := range g.oauth.access {
		if pick(gr.holder) {
			delete(g.oauth.access, token)
		}
	}
	for _, rt := range g.oauth.refresh {
		if pick(rt.holder) {
			rt.dead = true
		}
	}
	for h := range g.oauth.agreed {
		if pick(h) {
			delete(g.oauth.agreed, h)
		}
	}
}

func (g *Google) newAccess(gr grant) string {
	gr.expires = g.World.now().Add(g.accessLife())
	token := g.newToken("ya29.")
	g.oauth.access[token] = &gr
	return token
}

func (g *Google) accessLife() time.Duration { return cmp.Or(g.set.AccessTokenLife, time.Hour) }

func (g *Google) newRefresh(h holder, scopes []string) string {
	token := g.newToken("1//0")
	g.oauth.refresh[token] = &refreshToken{holder: h, scopes: scopes}
	return token
}

// newToken makes up a token that looks like Google's.
func (g *Google) newToken(prefix string) string {
	g.oauth.made++
	return fmt.Sprintf("%sfake-%08d", prefix, g.oauth.made)
}

// userOf says for whom a request is made, as far as its tokens tell.
func (g *Google) userOf(x *exchange) string {
	form, _ := url.ParseQuery(string(x.body))
	g.mu.Lock()
	defer g.mu.Unlock()
	token, _ := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	if gr := g.oauth.access[token]; gr != nil {
		return gr.holder.user
	}
	if rt := g.oauth.refresh[form.Get("refresh_token")]; rt != nil {
		return rt.holder.user
	}
	if c := g.oauth.codes[form.Get("code")]; c != nil {
		return c.holder.user
	}
	if claims, _, ok := splitJWT(form.Get("assertion")); ok {
		return claims.Subject
	}
	return ""
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
