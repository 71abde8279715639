package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"

	"unmeet/agent/text"
)

//go:embed letters
var letters embed.FS

// columns is how wide the text part is. Links are never broken, however long.
const columns = 72

// Rendering is what a letter says, as people see it.
type Rendering struct {
	Subject string
	Text    string // lines end in "\n"
	HTML    string
}

// Render puts a letter into words, without the mail around it. Errors are an
// [ErrLetter].
func Render(l Letter) (Rendering, error) {
	if err := l.check(); err != nil {
		return Rendering{}, err
	}
	c := write(l)
	r := Rendering{Subject: c.Subject}
	var b strings.Builder
	if err := plain.Execute(&b, c); err != nil {
		return Rendering{}, fmt.Errorf("write the text: %w", err)
	}
	r.Text = b.String()
	b.Reset()
	page, err := rich.Clone()
	if err == nil {
		err = page.Funcs(sides(c.Dir)).Execute(&b, c)
	}
	if err != nil {
		return Rendering{}, fmt.Errorf("write the HTML: %w", err)
	}
	r.HTML = b.String()
	return r, nil
}

var plain = texttemplate.Must(texttemplate.New("mail.txt").Funcs(texttemplate.FuncMap{
	"wrap":  func(words string) string { return text.Wrap(words, columns) },
	"item":  func(words string) string { return text.Hang("- ", words, columns) },
	"quote": quote,
	// A link that opens a draft is long, and the draft stands in the mail.
	"written": func(link string) bool { return link != "" && !composable(link) },
}).ParseFS(letters, "letters/mail.txt"))

// quote marks words as somebody's.
func quote(words string) string {
	lines := strings.Split(text.Wrap(words, columns-2), "\n")
	return "> " + strings.Join(lines, "\n> ")
}

var rich = htmltemplate.Must(htmltemplate.New("mail.html").Funcs(htmltemplate.FuncMap{
	// Only Outlook for Windows reads these; it knows no max-width.
	"mso": func(markup string) htmltemplate.HTML {
		return htmltemplate.HTML("<!--[if mso]>" + markup + "<![endif]-->")
	},
	"font":  func() htmltemplate.CSS { return "font-family:'Segoe UI',Helvetica,Arial,sans-serif;" },
	"links": leading,
}).Funcs(sides("ltr")).ParseFS(letters, "letters/mail.html"))

// sides names the side at which lines begin.
func sides(dir string) htmltemplate.FuncMap {
	side := "left"
	if dir == "rtl" {
		side = "right"
	}
	return htmltemplate.FuncMap{"start": func() htmltemplate.CSS { return htmltemplate.CSS(side) }}
}

// leading are those of links that lead somewhere.
func leading(links []link) (all []link) {
	for _, l := range links {
		if l.URL != "" {
			all = append(all, l)
		}
	}
	return all
}
