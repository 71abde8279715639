package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"unmeet/agent/text"
)

// JSON writes the whole report as one indented object; the package
// documentation has its keys.
func (r *Report) JSON(w io.Writer) error { return writeJSON(w, r.told()) }

// writeJSON writes what as one indented object that cannot steer a terminal.
func writeJSON(w io.Writer, what any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(what); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeControls(b.String()))
	return err
}

// escapeControls escapes the control characters and reordering marks that JSON
// allows in strings and encoding/json leaves as they are, so that a title
// cannot steer the terminal that shows it. Outside strings there are none.
func escapeControls(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > unicode.MaxASCII && r <= 0xffff && unicode.In(r, unicode.Cc, unicode.Cf) || r == 0x7f {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// CSV writes the rows that the report is by, under the names that JSON has for
// them. Texts that a spreadsheet would take for a formula begin with an
// apostrophe.
func (r *Report) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	r = r.told()
	figures := []string{"occurrences", "meeting_hours", "recoverable_hours", "trial_hours"}
	var rows [][]string
	switch r.By {
	case ByWeek:
		rows = append(rows, append([]string{"from", "to"}, figures...))
		for _, week := range r.Weeks {
			rows = append(rows, append([]string{week.From, week.To}, week.Sums.fields()...))
		}
	case ByMeeting:
		rows = append(rows, append(append([]string{"title", "organizer", "category"}, figures...), "why"))
		for _, m := range r.Meetings {
			row := append([]string{inert(m.Title), inert(m.Organizer), m.Category.String()}, m.Sums.fields()...)
			rows = append(rows, append(row, inert(m.Why)))
		}
	default:
		rows = append(rows, append([]string{"category"}, figures...))
		for _, category := range r.Categories {
			rows = append(rows, append([]string{category.Category.String()}, category.Sums.fields()...))
		}
		if o := r.Others; o != nil {
			rows = append(rows, append([]string{"others"}, Sums{o.Occurrences, o.MeetingHours, NotShown, NotShown}.fields()...))
		}
	}
	return c.WriteAll(rows)
}

func (s Sums) fields() []string {
	return []string{s.Occurrences.String(), s.MeetingHours.String(), s.RecoverableHours.String(), s.TrialHours.String()}
}

// inert keeps a spreadsheet from computing foreign text.
func inert(foreign string) string {
	clean := text.Clean(foreign)
	if clean != "" && strings.ContainsRune("=+-@", rune(clean[0])) {
		return "'" + clean
	}
	return clean
}

// Markdown writes the report as a page: the figures, how they come about, and
// the rows that the report is by.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	f := r.figures()
	title := "Meeting hours"
	if r.Title != "" {
		title = markdown(r.Title)
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", title, strings.Join(r.facts(), " · "))
	if r.Occurrences == 0 {
		b.WriteString(r.nothing() + "\n")
	} else {
		r.markdownFigures(&b, f)
		r.markdownRows(&b, f)
	}
	if len(r.Skipped) > 0 {
		fmt.Fprintf(&b, "\nSkipped in %s:\n\n", text.Count(len(r.Skipped), "place"))
		for _, reason := range r.skippedByReason() {
			fmt.Fprintf(&b, "- %s\n", markdown(reason))
		}
	}
	for _, note := range r.notes() {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) markdownFigures(b *strings.Builder, f figures) {
	told := r.told()
	for _, row := range []struct {
		rounded int
		exact   Hours
		label   string
	}{
		{f.total, told.MeetingHours, "in meetings"},
		{f.recover, told.RecoverableHours, "recoverable, net"},
		{f.trial, told.TrialHours, "worth a trial"},
	} {
		fmt.Fprintf(b, "- **%s** %s", withUnit(f.orZero(row.rounded, row.exact)), row.label)
		if length, unit := r.perPerson(row.exact); length != "" {
			fmt.Fprintf(b, ": %s %s", length, unit)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "\n%s\n", strings.Join(r.waterfall(f), " "))
	if len(r.LeftAlone) > 0 {
		fmt.Fprintf(b, "\n%s\n", markdown(strings.Join(r.leftAlone(f), " ")))
	}
}

func (r *Report) markdownRows(b *strings.Builder, f figures) {
	r = r.told()
	switch r.By {
	case ByWeek:
		b.WriteString("\n| week | hours | recoverable | trial |\n|---|--:|--:|--:|\n")
		for i, week := range r.Weeks {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", week.period.short(), f.orNone(f.weeks[i], week.MeetingHours),
				f.orNone(f.weeksRecoverable[i], week.RecoverableHours), f.orNone(f.weeksTrials[i], week.TrialHours))
		}
	case ByMeeting:
		b.WriteString("\n| meeting | category | now | recoverable | trial | why |\n|---|---|--:|--:|--:|---|\n")
		for _, m := range r.Meetings {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", markdown(m.label()), m.Category,
				short(m.MeetingHours), short(m.RecoverableHours), short(m.TrialHours), markdown(m.Why))
		}
	default:
		b.WriteString("\n| from easiest to hardest to do async | hours | recoverable | trial |\n|---|--:|--:|--:|\n")
		for c, category := range r.Categories {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", category.Category, f.orNone(f.categories[c], category.MeetingHours),
				f.orNone(f.recover, category.RecoverableHours), f.orNone(f.trial, category.TrialHours))
		}
		if o := r.Others; o != nil {
			fmt.Fprintf(b, "| others | %s | %s | %s |\n", f.orNone(f.others, o.MeetingHours), notShown, notShown)
		}
	}
}

// markdownEscapes keep foreign text from becoming a table's border, a link, an
// image or HTML.
var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`,
	"[", `\[`, "]", `\]`, "#", `\#`, "&", "&amp;", "<", "&lt;", ">", "&gt;")

func markdown(foreign string) string { return markdownEscapes.Replace(text.Clean(foreign)) }
