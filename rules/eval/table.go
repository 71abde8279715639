package eval

import (
	"fmt"
	"strings"

	"unmeet/rules"
)

// Table is the result as a table for people: figures, categories, confusion,
// reliability, and the worst errors with their evidence (at most worst of them).
func (r Result) Table(worst int) string {
	var b strings.Builder
	figuresTable(&b, "all", r.All)
	if r.Bare != nil {
		b.WriteString("\n")
		figuresTable(&b, "bare titles", *r.Bare)
	}
	b.WriteString("\ncategory          labelled  judged  precision  recall    F1\n")
	for _, s := range r.All.Categories {
		fmt.Fprintf(&b, "%-16s  %8d  %6d  %9.2f  %6.2f  %4.2f\n",
			s.Category, s.Labelled, s.Judged, s.Precision, s.Recall, s.F1)
	}
	b.WriteString("\nlabelled \\ judged")
	for c := range rules.Category(rules.Categories) {
		fmt.Fprintf(&b, " %6.6s", c)
	}
	b.WriteString("\n")
	for c := range rules.Category(rules.Categories) {
		fmt.Fprintf(&b, "%-17s", c)
		for _, n := range r.Confusion[c] {
			fmt.Fprintf(&b, " %6s", count(n))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nconfidence   meetings  claimed  right\n")
	for _, bin := range r.Reliable {
		if bin.Meetings > 0 {
			fmt.Fprintf(&b, "%3.0f-%3.0f %%  %10d  %5.0f %%  %3.0f %%\n",
				100*bin.From, 100*bin.To, bin.Meetings, 100*bin.Confidence, 100*bin.Accuracy)
		}
	}
	for i, e := range r.Errors[:min(worst, len(r.Errors))] {
		if i == 0 {
			b.WriteString("\nworst errors\n")
		}
		fmt.Fprintf(&b, "%s %q: labelled %s%s, judged %s (%.0f %%)%s\n", e.ID, e.Title,
			e.Labelled, bracketed(e.Guard), e.Judged, 100*e.P, bracketed(suggested(e)))
		for _, ev := range e.Evidence {
			fmt.Fprintf(&b, "    %-28s %+5.2f  %s\n", ev.Rule, ev.Weight, strings.Join(strings.Fields(ev.Phrase), " "))
		}
	}
	return b.String()
}

func figuresTable(b *strings.Builder, name string, f Figures) {
	s := f.Suggested
	fmt.Fprintf(b, "%s: %d meetings\n", name, f.Meetings)
	fmt.Fprintf(b, "  accuracy %.3f   macro-F1 %.3f (95 %%: %.3f to %.3f)   ECE %.3f\n",
		f.Accuracy, f.MacroF1, f.MacroF1Low, f.MacroF1Hi, f.ECE)
	fmt.Fprintf(b, "  suggestions: %d of %d suggestable, precision %.3f, recall %.3f\n",
		s.Suggested, s.Suggestable, s.Precision, s.Recall)
	fmt.Fprintf(b, "  among them: %d guarded, async = no %.1f %%, async = yes %.1f %%\n",
		s.Guarded, 100*s.AsyncNo, 100*s.AsyncPrecision)
}

func count(n int) string {
	if n == 0 {
		return "."
	}
	return fmt.Sprint(n)
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " [" + s + "]"
}

func suggested(e Error) string {
	if e.Suggest {
		return "suggested"
	}
	return ""
}
