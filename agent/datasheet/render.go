package datasheet

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed sheet.html
var pageText string

var page = template.Must(template.New("sheet").Parse(pageText))

// HTML writes the sheet as a page that stands alone: nothing is loaded for it.
func (s *Sheet) HTML(w io.Writer) error {
	var b strings.Builder
	if err := page.Execute(&b, s); err != nil {
		return fmt.Errorf("write the data sheet: %w", err)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the sheet as Markdown, as GitHub reads it.
func (s *Sheet) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Data sheet: unmeet at %s\n\n", inline(s.Organization))
	for _, text := range s.Intro {
		fmt.Fprintf(&b, "%s\n\n", inline(text))
	}
	b.WriteString("## What people can ask for, and how long things are kept\n\n")
	for _, text := range s.Rules {
		fmt.Fprintf(&b, "- %s\n", inline(text))
	}
	b.WriteString("\n## Permissions that are asked for\n\n")
	rows(&b, []string{"Permission", "Asked", "Why"}, s.Scopes, func(p Scope) []string { return []string{code(p.Name), p.Asked, p.Why} })
	fmt.Fprintf(&b, "%s\n\n", s.Way())
	b.WriteString("## Mails\n\n")
	rows(&b, []string{"Mail", "To", "What it says"}, s.Mails, func(m Mail) []string { return []string{code(m.Kind), m.To, m.What} })
	b.WriteString("## Whom unmeet speaks to\n\nNobody else, and of these only whom the configuration, or a person's own calendar, names.\n\n")
	rows(&b, []string{"Service", "Who", "What goes there"}, s.Hosts, func(h Host) []string { return []string{code(h.Service), h.Who, h.What} })
	b.WriteString("## Beside the database\n\n")
	rows(&b, []string{"What", "Kept"}, s.Files, func(f File) []string { return []string{f.What, f.Kept} })
	b.WriteString("## The database, table by table\n\nWhoever may read the file can read all of it, but for what is encrypted; so what “seen by” says is what the program shows.\n\n")
	for _, t := range s.Tables {
		fmt.Fprintf(&b, "### `%s`\n\n%s\n\n- From: %s.\n- Kept: %s.\n- Seen by: %s.\n\n", t.Name, inline(t.What), inline(t.From), inline(t.Kept), inline(t.Seen))
		rows(&b, []string{"Column", "Meaning"}, t.Fields, func(f Field) []string { return []string{code(f.Name), f.Meaning} })
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// Way says by which of the permissions calendars and people come in here.
func (s *Sheet) Way() string {
	way := "Here people connect their calendars themselves"
	if s.Delegation {
		way = "Here an administrator allowed reading for people who agreed (domain-wide delegation)"
	}
	if s.SignIn {
		way += ", or take part by signing in without connecting one"
	}
	return way + "."
}

// rows writes a table of Markdown.
func rows[T any](b *strings.Builder, heads []string, all []T, cells func(T) []string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, one := range all {
		b.WriteString("|")
		for _, cell := range cells(one) {
			fmt.Fprintf(b, " %s |", inline(cell))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func code(name string) string { return "`" + name + "`" }

// inline keeps what the configuration says, such as the organization's name, from
// ending a line or a cell, and from being a link or a tag.
var inline = strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`, "<", "&lt;", "[", `\[`).Replace
