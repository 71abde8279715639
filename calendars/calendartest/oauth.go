package calendartest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// oauth is what the authorization server knows. It is under Google.mu.
type oauth struct {
	access map[string]*grant // by access token
	made   int
}

func newOAuth() oauth { return oauth{access: map[string]*grant{}} }

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

// Token returns an access token for address with the given scopes, all of them
// when none are named. It is good for as long as those of the token endpoint.
func (g *Google) Token(address string, scopes ...string) string {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(scopes) == 0 {
		scopes = slices.Concat(readScopes, writeScopes, listScopes)
	}
	return g.newAccess(grant{user: g.World.person(address).Address, scopes: scopes})
}

func (g *Google) newAccess(gr grant) string {
	gr.expires = g.World.now().Add(cmp.Or(g.set.AccessTokenLife, time.Hour))
	token := g.newToken("ya29.")
	g.oauth.access[token] = &gr
	return token
}

// newToken makes up a token that looks like Google's.
func (g *Google) newToken(prefix string) string {
	g.oauth.made++
	return fmt.Sprintf("%sfake-%08d", prefix, g.oauth.made)
}

// userOf says for whom a request is made, as far as its token tells.
func (g *Google) userOf(x *exchange) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	token, _ := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	if gr := g.oauth.access[token]; gr != nil {
		return gr.user
	}
	return ""
}
