package calendartest

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// consent is a request for access, while a person looks at it.
type consent struct {
	client        OAuthClient
	redirect      string
	state         string
	scopes        []string
	offline       bool
	prompt        string
	hint          string
	nonce         string
	challenge     string
	challengeKind string // "S256" or "plain"
	cumulative    bool   // include_granted_scopes
}

// signIn are the scopes that come with signing in: nobody can untick them.
var signIn = []string{"openid", "email", "profile", scopeRoot + "userinfo.email", scopeRoot + "userinfo.profile"}

// consentPage is what a person sees. Its controls have stable ids, so that a
// browser can be driven: #account, input[name=scope], #allow and #deny. As on
// Google's, what goes beyond signing in is unticked at first, unless it is all
// that is asked for.
var consentPage = template.Must(template.New("consent").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Sign in – fake Google</title>
<h1>{{.Client}} wants access to your account</h1>
<form method="post" action="/o/oauth2/v2/consent">
<input type="hidden" name="request" value="{{.Request}}">
<p><label for="account">Account</label> <input id="account" name="account" type="email" value="{{.Hint}}" required></p>
{{range .Fixed}}<p>{{.}} <input type="hidden" name="scope" value="{{.}}"></p>
{{end}}{{range .Open}}<p><label><input type="checkbox" name="scope" value="{{.}}"> {{.}}</label></p>
{{end}}<p><button id="allow" name="decision" value="allow">Continue</button>
<button id="deny" name="decision" value="deny" formnovalidate>Cancel</button></p>
</form></html>
`))

var errorPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Error {{.Status}}</title>
<h1>Access blocked</h1><p id="error">Error {{.Status}}: {{.Code}}</p></html>
`))

func page(t *template.Template, status int, data any) answer {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic(err) // the templates are constant
	}
	a := answer{status: status, header: http.Header{}, body: b.Bytes()}
	a.header.Set("Content-Type", "text/html; charset=UTF-8")
	a.header.Set("Cache-Control", "no-store")
	return a
}

// blocked tells the person, and not the application, that something is wrong.
func blocked(status int, code string) answer {
	a := page(errorPage, status, struct {
		Status int
		Code   string
	}{status, code})
	a.reason = code
	return a
}

// authorize answers a browser that an application sent: with the consent page,
// or an error where the request is not to be trusted.
func (g *Google) authorize(x *exchange) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := x.query
	client, known := g.oauth.clients[q.Get("client_id")]
	scopes := strings.Fields(q.Get("scope"))
	switch {
	case !known:
		return blocked(http.StatusUnauthorized, "invalid_client")
	case !client.redirects(q.Get("redirect_uri")):
		return blocked(http.StatusBadRequest, "redirect_uri_mismatch")
	case q.Get("response_type") != "code" || len(scopes) == 0:
		return blocked(http.StatusBadRequest, "invalid_request")
	case q.Get("code_challenge_method") != "" && !slices.Contains([]string{"S256", "plain"}, q.Get("code_challenge_method")):
		return blocked(http.StatusBadRequest, "invalid_request")
	}
	id := g.newToken("consent-")
	g.oauth.asked[id] = &consent{
		client: client, redirect: q.Get("redirect_uri"), state: q.Get("state"), scopes: scopes,
		offline: q.Get("access_type") == "offline", prompt: q.Get("prompt"), hint: q.Get("login_hint"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), challengeKind: q.Get("code_challenge_method"),
		cumulative: q.Get("include_granted_scopes") == "true",
	}
	data := struct {
		Client, Request, Hint string
		Fixed, Open           []string
	}{Client: client.ID, Request: id, Hint: q.Get("login_hint")}
	for _, s := range scopes {
		if slices.Contains(signIn, s) || len(scopes) == 1 {
			data.Fixed = append(data.Fixed, s)
		} else {
			data.Open = append(data.Open, s)
		}
	}
	return page(consentPage, http.StatusOK, data)
}

func (c OAuthClient) redirects(uri string) bool {
	if slices.Contains(c.Redirects, uri) {
		return true
	}
	u, err := url.Parse(uri)
	return c.Desktop && err == nil && u.Scheme == "http" && u.Hostname() == "127.0.0.1"
}

// decide answers the consent page's form by sending the browser back to the
// application, with a code or with a refusal.
func (g *Google) decide(x *exchange) answer {
	g.World.mu.Lock()
	defer g.World.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	form, err := url.ParseQuery(string(x.body))
	asked := g.oauth.asked[form.Get("request")]
	if err != nil || asked == nil {
		return blocked(http.StatusBadRequest, "invalid_request")
	}
	back := url.Values{"state": {asked.state}}
	if form.Get("decision") != "allow" {
		delete(g.oauth.asked, form.Get("request"))
		back.Set("error", "access_denied")
		return asked.sendBack(back)
	}
	p := g.World.people[strings.ToLower(form.Get("account"))]
	if p == nil || p.Suspended {
		return blocked(http.StatusBadRequest, "account_not_found")
	}
	if d := asked.client.Internal; d != "" && !strings.HasSuffix(p.Address, "@"+d) {
		return blocked(http.StatusForbidden, "org_internal")
	}
	delete(g.oauth.asked, form.Get("request"))
	var granted []string
	for _, s := range asked.scopes {
		if slices.Contains(form["scope"], s) {
			granted = append(granted, s)
		}
	}
	if len(granted) == 0 {
		back.Set("error", "access_denied")
		return asked.sendBack(back)
	}
	h := holder{p.Address, asked.client.ID}
	if asked.cumulative {
		granted = union(granted, g.oauth.agreed[h])
	}
	token := g.newToken("4/0")
	g.oauth.codes[token] = &code{consent: asked, holder: h, scopes: granted, expires: g.World.now().Add(codeLife)}
	back.Set("code", token)
	back.Set("scope", strings.Join(granted, " "))
	back.Set("authuser", "0")
	if hd := hostedDomain(p.Address); hd != "" {
		back.Set("hd", hd)
	}
	return asked.sendBack(back)
}

func (c *consent) sendBack(q url.Values) answer {
	u, err := url.Parse(c.redirect)
	if err != nil {
		return blocked(http.StatusBadRequest, "redirect_uri_mismatch")
	}
	mine := u.Query()
	for name, values := range q {
		mine[name] = values
	}
	u.RawQuery = mine.Encode()
	a := answer{status: http.StatusFound, header: http.Header{}, reason: q.Get("error")}
	a.header.Set("Location", u.String())
	return a
}

// hostedDomain is the organization an account belongs to; a private account has
// none.
func hostedDomain(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	if domain == "gmail.com" || domain == "googlemail.com" {
		return ""
	}
	return domain
}
