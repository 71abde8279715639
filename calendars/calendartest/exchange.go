package calendartest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (g *Google) routeOAuth() {
	for pattern, h := range map[string]func(*exchange) answer{
		"GET /o/oauth2/v2/auth":                        g.authorize,
		"POST /o/oauth2/v2/consent":                    g.decide,
		"POST /token":                                  g.token,
		"POST /revoke":                                 g.revoke,
		"GET /certs":                                   g.certs,
		"GET /v1/userinfo":                             g.userinfo,
		"GET /.well-known/openid-configuration":        g.discover,
		"POST /v1/projects/-/serviceAccounts/{signer}": g.signJWT,
	} {
		g.mux.Handle(pattern, g.endpoint(h))
	}
}

// tokenAnswer is what the token endpoint says when all is well.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
	TokenType    string `json:"token_type"`
	IDToken      string `json:"id_token,omitempty"`
}

// token answers the token endpoint.
func (g *Google) token(x *exchange) answer {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return (&oauthError{Code: "invalid_request"}).answer()
	}
	var out *tokenAnswer
	var no *oauthError
	switch form.Get("grant_type") {
	case "authorization_code":
		out, no = g.exchangeCode(x, form)
	case "refresh_token":
		out, no = g.exchangeRefresh(x, form)
	case "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion":
		out, no = g.exchangeJWT(form)
	default:
		no = &oauthError{Code: "unsupported_grant_type", Text: "Invalid grant_type: " + form.Get("grant_type")}
	}
	if no != nil {
		return no.answer()
	}
	out.TokenType, out.ExpiresIn = "Bearer", int(g.accessLife().Seconds())
	return jsonAnswer(http.StatusOK, out, "")
}

// client checks the credentials of an application, from the form or the header.
func (g *Google) client(x *exchange, form url.Values) (string, *oauthError) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, ok := x.r.BasicAuth(); ok {
		id, secret = user, password
	}
	c, known := g.oauth.clients[id]
	if !known || c.Secret != secret {
		return "", &oauthError{Code: "invalid_client", Text: "The OAuth client was not found.", status: http.StatusUnauthorized}
	}
	return id, nil
}

func (g *Google) exchangeCode(x *exchange, form url.Values) (*tokenAnswer, *oauthError) {
	client, no := g.client(x, form)
	if no != nil {
		return nil, no
	}
	c := g.oauth.codes[form.Get("code")]
	switch {
	case c == nil || c.used || c.holder.client != client || !g.World.now().Before(c.expires):
		return nil, &oauthError{Code: "invalid_grant", Text: "Malformed auth code."}
	case form.Get("redirect_uri") != c.consent.redirect:
		return nil, &oauthError{Code: "redirect_uri_mismatch", Text: "Bad Request"}
	case !c.consent.verified(form.Get("code_verifier")):
		return nil, &oauthError{Code: "invalid_grant", Text: "Invalid code verifier."}
	}
	c.used = true
	first := !slices.ContainsFunc(g.refreshTokens(c.holder), func(rt *refreshToken) bool { return !rt.dead })
	g.oauth.agreed[c.holder] = union(g.oauth.agreed[c.holder], c.scopes)
	out := g.answerTokens(c.holder, c.scopes, c.consent.nonce)
	if c.consent.offline && (first || strings.Contains(c.consent.prompt, "consent")) {
		out.RefreshToken = g.newRefresh(c.holder, c.scopes)
	}
	return out, nil
}

// verified checks the proof of key (RFC 7636 §4.6).
func (c *consent) verified(verifier string) bool {
	switch {
	case c.challenge == "":
		return verifier == ""
	case c.challengeKind == "S256":
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge
	}
	return verifier == c.challenge
}

func (g *Google) refreshTokens(h holder) []*refreshToken {
	var all []*refreshToken
	for _, rt := range g.oauth.refresh {
		if rt.holder == h {
			all = append(all, rt)
		}
	}
	return all
}

func (g *Google) exchangeRefresh(x *exchange, form url.Values) (*tokenAnswer, *oauthError) {
	client, no := g.client(x, form)
	if no != nil {
		return nil, no
	}
	rt := g.oauth.refresh[form.Get("refresh_token")]
	if rt == nil || rt.holder.client != client {
		return nil, &oauthError{Code: "invalid_grant", Text: "Bad Request"}
	}
	if p := g.World.people[rt.holder.user]; p == nil || p.Suspended {
		return nil, &oauthError{Code: "invalid_grant", Text: "Account has been deleted"}
	}
	if rt.dead {
		text := "Token has been expired or revoked."
		if rt.subtype == "invalid_rapt" {
			text = "reauth related error (invalid_rapt)"
		}
		return nil, &oauthError{Code: "invalid_grant", Text: text, Subtype: rt.subtype}
	}
	scopes := rt.scopes
	if wanted := strings.Fields(form.Get("scope")); len(wanted) > 0 {
		for _, s := range wanted {
			if !slices.Contains(scopes, s) {
				return nil, &oauthError{Code: "invalid_scope", Text: "Some requested scopes cannot be shown"}
			}
		}
		scopes = wanted
	}
	out := g.answerTokens(rt.holder, scopes, "")
	if g.set.RotateRefresh {
		rt.dead = true
		out.RefreshToken = g.newRefresh(rt.holder, rt.scopes)
	}
	return out, nil
}

// answerTokens makes an access token, and an id token for those who sign in.
func (g *Google) answerTokens(h holder, scopes []string, nonce string) *tokenAnswer {
	out := &tokenAnswer{AccessToken: g.newAccess(grant{holder: h, scopes: scopes}), Scope: strings.Join(scopes, " ")}
	if slices.Contains(scopes, "openid") {
		out.IDToken = g.idToken(h, scopes, nonce, out.AccessToken)
	}
	return out
}

// revoke ends what a person granted to an application: any of its tokens will do
// to say which.
func (g *Google) revoke(x *exchange) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	form, _ := url.ParseQuery(string(x.body))
	token := form.Get("token")
	if token == "" {
		token = x.query.Get("token")
	}
	var h holder
	if rt := g.oauth.refresh[token]; rt != nil && !rt.dead {
		h = rt.holder
	} else if gr := g.oauth.access[token]; gr != nil {
		h = gr.holder
	} else {
		return (&oauthError{Code: "invalid_token", Text: "Token expired or revoked"}).answer()
	}
	g.forgetHolder(func(other holder) bool { return other == h })
	return jsonAnswer(http.StatusOK, struct{}{}, "")
}
