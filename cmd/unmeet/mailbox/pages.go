package mailbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Person is somebody who has mail here.
type Person struct{ Name, Address string }

// News is what the pages show beside mails, as of now.
type News struct {
	Now     time.Time // by the clock of those who are written to, in their zone
	Answers string    // what people have said so far, in a sentence
	Funnel  []Figure
	Report  string // as a terminal shows it
	Next    Next
}

// Figure is one step of a funnel, with the hours in it: of what people read instead,
// and of what they do in writing.
type Figure struct{ Name, Declines, Trials, Means string }

// Next is what the clock can be let go on to.
type Next struct {
	At   time.Time // zero: there is nothing to wait for
	What string    // that happens then
}

// Options are what the pages need.
type Options struct {
	Company string
	People  []Person
	Box     *Box
	News    func(context.Context) (News, error)
	Jump    func(ctx context.Context, to time.Time) error // lets the clock go on to what is next
	Log     *slog.Logger
}

// New returns the pages:
//
//	GET /                  whose mails there are, and what came of them
//	GET /mail/{id}         one mail
//	GET /mail/{id}/text    its text part
//	GET /mail/{id}/html    its HTML part alone, as it came
//	GET /report            the report, with what came of the mails
//	POST /jump             lets the clock go on to what is next, and shows whose mails there are
func New(o Options) http.Handler {
	p := &pages{o}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.front)
	mux.HandleFunc("GET /mail/{id}", func(w http.ResponseWriter, r *http.Request) { p.mail(w, r, mailPage) })
	mux.HandleFunc("GET /mail/{id}/text", func(w http.ResponseWriter, r *http.Request) { p.mail(w, r, textPage) })
	mux.HandleFunc("GET /mail/{id}/html", p.raw)
	mux.HandleFunc("GET /report", p.report)
	mux.HandleFunc("POST /jump", p.jump)
	return http.NewCrossOriginProtection().Handler(mux)
}

type pages struct{ Options }

// view is what a page may show. Each uses what it needs.
type view struct {
	Title string
	News
	Company string
	Boxes   []mailbox
	Mail    Mail
	Person  Person
	Lines   []line
}

// mailbox is a person and their mails, the newest first.
type mailbox struct {
	Person
	Mails []Mail
}

// line is a line of text, with the link in it.
type line struct{ Before, Link, After string }

func (p *pages) front(w http.ResponseWriter, r *http.Request) {
	v := view{Title: "Everybody’s mail", Company: p.Company}
	mails := p.Box.Mails()
	for _, person := range p.People {
		box := mailbox{Person: person}
		for i := len(mails) - 1; i >= 0; i-- {
			if mails[i].To == person.Address {
				box.Mails = append(box.Mails, mails[i])
			}
		}
		v.Boxes = append(v.Boxes, box)
	}
	p.show(w, r, frontPage, v)
}

func (p *pages) report(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, reportPage, view{Title: "The report", Company: p.Company})
}

// jump lets the clock go on to the time that the button was for, if that is still what
// comes next: who presses it twice goes on once.
func (p *pages) jump(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	to, err := time.Parse(time.RFC3339, r.PostFormValue("to"))
	if err != nil {
		http.Error(w, "that is no time to go on to", http.StatusBadRequest)
		return
	}
	news, err := p.News(r.Context())
	if err == nil && news.Next.At.Equal(to) {
		err = p.Jump(r.Context(), to)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *pages) mail(w http.ResponseWriter, r *http.Request, page *template.Template) {
	m, ok := p.find(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if m.HTML == "" {
		page = textPage
	}
	v := view{Title: m.Subject, Company: p.Company, Mail: m, Person: Person{Address: m.To}}
	for _, person := range p.People {
		if person.Address == m.To {
			v.Person = person
		}
	}
	for text := range strings.Lines(m.Text) {
		text = strings.TrimSuffix(text, "\n")
		l := line{Before: text}
		if at := address.FindStringIndex(text); at != nil {
			l = line{text[:at[0]], text[at[0]:at[1]], text[at[1]:]}
		}
		v.Lines = append(v.Lines, l)
	}
	p.show(w, r, page, v)
}

// address finds a link in a line of text.
var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// raw shows the HTML part, which no script of runs, and whose links open beside it.
func (p *pages) raw(w http.ResponseWriter, r *http.Request) {
	m, ok := p.find(r)
	if !ok || m.HTML == "" {
		http.NotFound(w, r)
		return
	}
	protect(w.Header(), "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox "+sandbox)
	text := strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)
	_, _ = w.Write([]byte(text)) // whoever does not wait for it, misses it
}

// sandbox is what the HTML of a mail may do: open links, and be measured.
const sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"

func (p *pages) find(r *http.Request) (Mail, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return Mail{}, false
	}
	return p.Box.find(id)
}

// show writes a page.
func (p *pages) show(w http.ResponseWriter, r *http.Request, page *template.Template, v view) {
	var b bytes.Buffer
	news, err := p.News(r.Context())
	if err == nil {
		v.News = news
		err = page.Execute(&b, v)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	protect(w.Header(), policy)
	_, _ = w.Write(b.Bytes()) // whoever does not wait for it, misses it
}

// fail says that something of ours went wrong, and the log what.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	p.Log.ErrorContext(r.Context(), "a page failed", "route", r.Pattern, "error", err)
	http.Error(w, "something went wrong here", http.StatusInternalServerError)
}

// protect sets the headers of every page.
func protect(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
}

//go:embed pages
var files embed.FS

func readFile(name string) string {
	text, err := files.ReadFile("pages/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

var (
	style  = readFile("style.css")
	script = readFile("fit.js")
	// policy lets a page show its own style and the mail in it, run its own script, and
	// have its button pressed.
	policy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

	frontPage  = page("front.html")
	mailPage   = page("mail.html")
	textPage   = page("text.html")
	reportPage = page("report.html")
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page returns the template of one kind of page, in the common frame.
func page(name string) *template.Template {
	t := template.New("frame.html").Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(style) },
		"script":  func() template.JS { return template.JS(script) },
		"sandbox": func() string { return sandbox },
		"clock":   func(t time.Time) string { return t.Format("Mon 2 Jan, 15:04") },
		"moment":  func(t time.Time) string { return t.Format(time.RFC3339) },
		"in":      func(like, t time.Time) time.Time { return t.In(like.Location()) },
	})
	return template.Must(t.ParseFS(files, "pages/frame.html", "pages/"+name))
}
