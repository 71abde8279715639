package report

import (
	"fmt"
	htmltemplate "html/template"
	"strings"

	"unmeet/agent/text"
)

// Letter is a report in short, as a mail says it.
type Letter struct {
	Subject, Text, HTML string
	File                string // what to call the page that goes with it
}

var letterTemplate = htmltemplate.Must(htmltemplate.ParseFS(pageFiles, "pages/letter.html"))

// letterView is what a letter says.
type letterView struct {
	Title   string
	Facts   string
	Nothing string
	Figures []pageFigure
	Rows    []letterRow
	Stages  []string // what became of suggestions
	Notes   []string
	Stop    string
}

// letterRow is a category with its bar.
type letterRow struct {
	Name, Hours, Color string
	Part, Rest         int // of the largest one, in percent
}

// letterColors paint categories in mails, which have no style of their own.
var letterColors = [...]string{"#12806f", "#bd7d00", "#6f8fdb", "#4a6fcc", "#30499c", "#7147ad", "#a33c8a"}

// letterWidth is how many columns the text takes.
const letterWidth = 72

// Letter puts p in short. Stop says how whoever gets it ends that.
func (p Page) Letter(stop string) (Letter, error) {
	r := p.Report
	title := text.Clean(r.Title)
	if title == "" {
		title = "Meeting hours"
	}
	v := letterView{Title: title, Facts: strings.Join(r.facts(), " · "), Stop: stop}
	if r.Occurrences == 0 {
		v.Nothing = r.nothing()
	} else {
		f := r.figures()
		v.Figures = p.headline(f)
		v.Rows = r.letterRows(f)
	}
	if p.Funnel != nil {
		for _, l := range p.Funnel.lines().whole[1:] {
			v.Stages = append(v.Stages, fmt.Sprintf("%s: %s %s, %s %s", l.label, l.left, l.leftOf, l.right, l.rightOf))
		}
	}
	for _, note := range r.notes() {
		v.Notes = append(v.Notes, sentence(note))
	}
	l := Letter{
		Subject: "Meeting hours, " + r.Period.Days() + ": " + v.headline(),
		Text:    v.text(), File: "meeting-hours-" + r.From + ".html",
	}
	var b strings.Builder
	err := letterTemplate.Execute(&b, v)
	l.HTML = b.String()
	return l, err
}

// headline is the report in a few words.
func (v letterView) headline() string {
	if len(v.Figures) == 0 {
		return "nothing to show"
	}
	return v.Figures[0].Hours + " met, " + v.Figures[1].Hours + " recoverable"
}

func (r *Report) letterRows(f figures) (rows []letterRow) {
	told := r.told()
	var most Hours
	for _, c := range told.Categories {
		most = max(most, c.MeetingHours)
	}
	for i, c := range told.Categories {
		row := letterRow{Name: c.Category.String(), Hours: withUnit(f.orZero(f.categories[i], c.MeetingHours)), Color: letterColors[i]}
		if c.MeetingHours > 0 {
			row.Part = max(1, nearest(100*c.MeetingHours, most))
		}
		row.Rest = 100 - row.Part
		rows = append(rows, row)
	}
	return rows
}

// text is v for mail programs that show no HTML.
func (v letterView) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", v.Title, text.Wrap(v.Facts, letterWidth))
	if v.Nothing != "" {
		fmt.Fprintf(&b, "%s\n", v.Nothing)
	}
	for _, f := range v.Figures {
		fmt.Fprintf(&b, "%s  %s%s\n", text.PadLeft(f.Hours, 11), text.PadRight(f.Label, 18), f.Each)
	}
	if len(v.Rows) > 0 {
		b.WriteString("\nFrom the easiest to the hardest to do async:\n")
	}
	for _, row := range v.Rows {
		fmt.Fprintf(&b, "  %s%s  %s\n", text.PadRight(row.Name, 17), text.PadLeft(row.Hours, 10), strings.Repeat("#", (row.Part+3)/4))
	}
	if len(v.Stages) > 0 {
		fmt.Fprintf(&b, "\nWhat became of suggestions:\n  %s\n", strings.Join(v.Stages, "\n  "))
	}
	b.WriteString("\n")
	for _, note := range append(append([]string{}, v.Notes...), "The whole report is attached, as a page that opens in a browser.", v.Stop) {
		fmt.Fprintf(&b, "%s\n", text.Wrap(note, letterWidth))
	}
	return b.String()
}
