package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// JSON writes the whole funnel as one indented object; the package documentation has
// its keys.
func (f *Funnel) JSON(w io.Writer) error { return writeJSON(w, f.told()) }

// CSV writes the rows that the funnel is by. Texts that a spreadsheet would take for a
// formula begin with an apostrophe.
func (f *Funnel) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	names := []string{"recoverable_hours", "trial_hours", "declines_suggested_hours", "trials_suggested_hours",
		"declines_accepted_hours", "trials_accepted_hours", "declines_recovered_hours", "trials_recovered_hours"}
	head := []string{string(f.By)}
	if f.By == ByWeek {
		head = []string{"from", "to"}
	}
	rows := [][]string{append(head, names...)}
	for _, r := range f.told().listed() {
		row := []string{inert(r.label())}
		if f.By == ByWeek {
			row = []string{r.From, r.To}
		}
		for _, h := range r.FunnelSums.figures() {
			row = append(row, h.String())
		}
		rows = append(rows, row)
	}
	return c.WriteAll(rows)
}

// Markdown writes the funnel as a page: the whole, and the rows that it is by.
func (f *Funnel) Markdown(w io.Writer) error {
	var b strings.Builder
	title := "Meetings given back"
	if f.Title != "" {
		title = markdown(f.Title)
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", title, markdown(strings.Join(f.facts(), " · ")))
	lines := f.lines()
	b.WriteString("| | declines | trials |\n|---|--:|--:|\n")
	for i, l := range lines.whole {
		label := l.label
		if i == 0 {
			label = l.leftOf + " / " + l.rightOf
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", label, l.left, l.right)
	}
	fmt.Fprintf(&b, "\n| %s (declines / trials) | to recover | suggested | accepted | recovered |\n|---|--:|--:|--:|--:|\n", lines.head)
	for _, r := range lines.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", markdown(r.label), strings.Join(r.columns[:], " | "))
	}
	for _, note := range f.notes() {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
