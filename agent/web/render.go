package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed pages
var files embed.FS

// style is in every page, so that a page is one answer. The policy names its hash.
var (
	style     = readFile("style.css")
	script    = readFile("sheet.js")
	styleHash = func() string {
		sum := sha256.Sum256([]byte(style))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}()
)

// policy lets a page show its own style and post to us; nothing else.
var policy = "default-src 'none'; style-src " + styleHash + "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func readFile(name string) string {
	text, err := files.ReadFile("pages/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// page returns the template of one kind of page, in the common frame.
func page(name string) *template.Template {
	t := template.New("frame.html").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) },
		"script": func() template.JS { return template.JS(script) },
		"lower":  strings.ToLower,
	})
	return template.Must(t.ParseFS(files, "pages/frame.html", "pages/"+name))
}

var (
	startPage     = page("start.html")
	startDE       = page("start.de.html")
	onwardPage    = page("onward.html")
	againPage     = page("again.html")
	connectedPage = page("connected.html")
	connectedDE   = page("connected.de.html")
	refusedPage   = page("refused.html")
	sheetPage     = page("sheet.html")
)

// About is what pages say of whoever runs unmeet.
type About struct {
	Organization string // as its people call it; "" if that is not known
	Contact      string // mail address of whoever runs unmeet; "" if that is not known
	PastDays     int    // how far back calendars are read
	FutureDays   int    // how far ahead
	KeepsBodies  bool   // descriptions of events are kept
	Sender       string // address that mails come from; "" if none are sent
	MinGroup     int    // of how many people sums in reports are, at least
	Asks         bool   // some group takes suggestions
}

// Standing is what taking part means to a person.
type Standing struct {
	Group     string // name of the group they are in; "" none
	Observing bool   // it takes no suggestions
	Assistant string // address of who answers for them; "" nobody
}

// Org returns the organization's name, or words that stand for it.
func (a About) Org() string {
	if a.Organization == "" {
		return "your organization"
	}
	return a.Organization
}

// OrgTitle is Org at the beginning of a sentence.
func (a About) OrgTitle() string {
	org := a.Org()
	return strings.ToUpper(org[:1]) + org[1:]
}

// view is what a page may show. Each uses what it needs.
type view struct {
	About
	Title    string
	Services []string // their names
	Service  string
	SignIn   string // name of what people take part by without connecting; "" nothing
	Enrolled bool   // they take part, and no calendar was connected
	Form     string // where a button posts to
	Next     string // where to go on to
	Address  string // whose calendar was connected
	Standing Standing
	Tag      string // of the language; "" is English
	Text     string
	Hint     string
	Again    string // label of the way back to the start
	Home     string // where that leads to; "" for nowhere
}

// Lang is the language of a page where people connect.
func (v view) Lang() string { return cmp.Or(v.Tag, "en") }

// Dir says that these pages are written from left to right.
func (view) Dir() string { return "ltr" }

// protect sets the headers that every answer has, whatever it is.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer, forms would have no origin
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
}

// show writes a page without a script.
func show(w http.ResponseWriter, status int, t *template.Template, v view) {
	write(w, status, t, v, "")
}

// write writes the page that a template makes of data. A script in it runs if it
// has the nonce, and "" lets none run.
func write(w http.ResponseWriter, status int, t *template.Template, data any, nonce string) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic(err) // the templates are constant, and their data has no methods that fail
	}
	protect(w.Header())
	if nonce != "" {
		w.Header().Set("Content-Security-Policy", policy+"; script-src 'nonce-"+nonce+"'")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever does not wait for it, misses it
}

// showRefusal writes the page that tells of r. home is where people begin again,
// "" for nowhere; form is where they are asked again for what they left out.
func showRefusal(w http.ResponseWriter, about About, service, home, form string, r *Refusal) {
	t, ok := telling[r.Reason]
	if !ok {
		t = telling[Broken]
	}
	if service == "" {
		service = "The service"
	}
	words := strings.NewReplacer("{service}", service, "{organization}", about.Org())
	v := view{About: about, Service: service, Title: words.Replace(t.title), Text: words.Replace(t.text), Again: t.again, Home: home}
	if r.Hint != "" {
		v.Hint = strings.ToUpper(r.Hint[:1]) + r.Hint[1:] + "."
	}
	switch {
	case t.again == "":
		v.Home = ""
	case r.Reason == Unticked:
		// The service gave a refresh token already, for what was ticked, and gives
		// another only by force.
		v.Form = form
	}
	show(w, t.status, refusedPage, v)
}
