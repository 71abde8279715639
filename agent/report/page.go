package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"time"

	"unmeet/agent/text"
	"unmeet/store/hours"
)

// Page is a report to look at: one page, which loads nothing, needs no script, and
// prints. What it may show is what its parts do: it tells nothing that their other
// formats do not.
type Page struct {
	Report *Report    // by week
	Funnel *Funnel    // with its balance; nil: of files
	Cost   hours.Cost // with which both were counted
	Made   time.Time  // when that was
}

//go:embed pages
var pageFiles embed.FS

var (
	pageStyle = func() string {
		style, err := pageFiles.ReadFile("pages/page.css")
		if err != nil {
			panic(err) // it is embedded
		}
		return string(style)
	}()
	pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
		"style":    func() template.CSS { return template.CSS(pageStyle) },
		"lineFrom": func() string { return percent(plotGutter) },
		"add1":     func(i int) int { return i + 1 },
		"coverage": func(all terms) int { return all.number("coverage") },
		"sentence": sentence,
	}).ParseFS(pageFiles, "pages/page.html"))
)

// PagePolicy is the Content-Security-Policy that a [Page] is to be served with: its own
// style, and nothing else.
var PagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
}()

// HTML writes the page, a whole document in UTF-8.
func (p Page) HTML(w io.Writer) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p.view()); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// pageView is what the template shows.
type pageView struct {
	Title    string // of the organization; "" if it has none
	Facts    []string
	Nothing  string // why there are no figures
	Figures  []pageFigure
	Charts   []section
	Meetings []pageMeeting
	More     string // about meetings that are not listed
	Skipped  []string
	Unlisted string // about places that are not listed
	Notes    []string
	Terms    terms
	Made     string
}

// pageFigure is one of the headline.
type pageFigure struct {
	Hours, Label, Each string
	Exact              string // hours as JSON has them
	Class              string
	Note               int
}

// section is a chart with all that stands around it.
type section struct {
	ID, Title string
	Note      int      // the number of the term that explains it
	Lead      string   // a sentence before the chart
	Chart     *chart   // nil: there is nothing to draw
	Tables    []grid   // the chart's figures
	After     []string // sentences
}

// pageMeeting is one of the largest.
type pageMeeting struct {
	Title, Category, Why    string
	Class                   string
	Now, Recoverable, Trial value
}

// value is a figure as people read it, and exactly.
type value struct{ Text, Exact string }

// valueOf is h, written as text.
func valueOf(text string, h Hours) value {
	if h == NotShown {
		return value{Text: notShown}
	}
	return value{text, h.String()}
}

// What a page shows at most, so that it stays small: the other formats have all.
const (
	pageMeetings = 25
	pageReasons  = 20
	pageWeeks    = 53
)

func (p Page) view() pageView {
	r := p.Report
	terms := p.terms()
	v := pageView{Title: text.Clean(r.Title), Facts: r.facts(), Notes: r.notes(), Terms: terms}
	if !p.Made.IsZero() {
		v.Made = p.Made.In(r.Period.Zone).Format("2 Jan 2006, 15:04")
	}
	if r.Occurrences == 0 {
		v.Nothing = r.nothing()
	} else {
		f := r.figures()
		v.Figures = p.headline(f)
		v.Charts = append(v.Charts, r.weeksSection(f), r.waterfallSection(f))
		v.Meetings, v.More = r.largest()
	}
	if p.Funnel != nil {
		v.Charts = append(v.Charts, p.Funnel.section(), p.Funnel.balanceSection())
	}
	for i := range v.Charts {
		v.Charts[i].Note = terms.number(v.Charts[i].ID)
	}
	for i := range v.Figures {
		v.Figures[i].Note = terms.number(v.Figures[i].Class)
	}
	reasons := r.skippedByReason()
	v.Skipped = reasons[:min(len(reasons), pageReasons)]
	if more := len(reasons) - len(v.Skipped); more > 0 {
		v.Unlisted = text.Count(more, "more reason")
	}
	return v
}

// headline are the three figures side by side.
func (p Page) headline(f figures) []pageFigure {
	r := p.Report
	told := r.told()
	figure := func(class, label string, rounded int, exact Hours) pageFigure {
		v := valueOf(withUnit(f.orZero(rounded, exact)), exact)
		one := pageFigure{Hours: v.Text, Exact: v.Exact, Label: label, Class: class}
		if length, unit := r.perPerson(exact); length != "" {
			one.Each = length + " " + unit
		}
		return one
	}
	return []pageFigure{
		figure("meeting", "in meetings", f.total, told.MeetingHours),
		figure("recoverable", "recoverable, net", f.recover, told.RecoverableHours),
		figure("trial", "worth a trial", f.trial, told.TrialHours),
	}
}

// largest are the meetings with most hours, of files only.
func (r *Report) largest() (list []pageMeeting, more string) {
	for _, m := range r.Meetings[:min(len(r.Meetings), pageMeetings)] {
		category := m.Category.String()
		why := strings.TrimPrefix(strings.TrimPrefix(text.Clean(m.Why), category), ", ") // which stands before it
		list = append(list, pageMeeting{
			Title: text.Fit(m.label(), 120), Category: category, Why: why, Class: classOf(int(m.Category)),
			Now: valueOf(short(m.MeetingHours), m.MeetingHours), Recoverable: valueOf(short(m.RecoverableHours), m.RecoverableHours),
			Trial: valueOf(short(m.TrialHours), m.TrialHours),
		})
	}
	if n := len(r.Meetings) - len(list); n > 0 {
		more = text.Count(n, "more meeting")
	}
	return list, more
}

// sentence begins with a capital letter and ends in a full stop.
func sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + strings.TrimSuffix(words[1:], ".") + "."
}
