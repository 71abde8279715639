package report

import (
	"fmt"
	"io"
	"strings"

	"unmeet/rules"
)

// TableOptions says what the terminal can show.
type TableOptions struct {
	Width int  // columns; 0 is 80, and under 68 is 68
	Color bool // ANSI colours
	Bars  bool // bars beside the figures; false where they only are in the way, as in a pipe
}

const (
	defaultWidth = 80
	leastWidth   = 68
	mostWidth    = 120
	listedMost   = 10 // meetings in a table that is not by meeting
	skippedMost  = 5  // reasons
)

// Table writes the report for people to read in a terminal: the figures, the
// hours by what the report is by, how the recoverable ones come about, the
// largest meetings (all of them when by meeting), and what was not seen.
func (r *Report) Table(w io.Writer, o TableOptions) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	t := table{r: r, f: r.figures(), width: min(max(o.Width, leastWidth), mostWidth), ink: ink(o.Color), bars: o.Bars}
	t.header()
	if r.Occurrences == 0 {
		t.line("\n No meetings of two or more people in this period.")
	} else {
		t.headline()
		switch r.By {
		case ByWeek:
			t.weeks()
		case ByCategory:
			t.categories()
		}
		t.waterfall()
		t.meetings()
	}
	t.unseen()
	_, err := io.WriteString(w, t.String())
	return err
}

// table is one rendering of a report.
type table struct {
	strings.Builder
	r     *Report
	f     figures
	width int
	ink   ink
	bars  bool
}

func (t *table) line(parts ...string) {
	t.WriteString(strings.Join(parts, ""))
	t.WriteByte('\n')
}

func (t *table) header() {
	facts := t.r.facts()
	title := clean(t.r.Title)
	if title != "" {
		room := t.width - width(strings.Join(facts, " · ")) - len(" · ")
		title = t.ink.bold(cell(title, min(width(title), max(room, 8))))
		facts = append([]string{title}, facts...)
	}
	t.line(strings.Join(facts, " · "))
}

// facts are what stands beside the title.
func (r *Report) facts() []string {
	period := r.Period.Days() + ", " + r.Period.Length()
	if r.People == 0 {
		return []string{period}
	}
	return []string{plural(r.People, "person"), period}
}

// headline shows the three figures side by side.
func (t *table) headline() {
	r, f := t.r, t.f
	t.line()
	rows := []struct {
		rounded int
		exact   Hours
		label   string
		paint   func(string) string
	}{
		{f.total, r.MeetingHours, "in meetings", t.ink.bold},
		{f.recover, r.RecoverableHours, "recoverable, net", t.ink.green},
		{f.trial, r.TrialHours, "worth a trial", t.ink.yellow},
	}
	for _, row := range rows {
		figure := row.paint(padLeft(f.orZero(row.rounded, row.exact), 6) + " h")
		length, unit := r.perPerson(row.exact)
		if length == "" {
			t.line(figure, "  ", row.label)
			continue
		}
		t.line(figure, "  ", padRight(row.label, 25), t.ink.dim(padLeft(length, 11)+" "+unit))
	}
	t.line()
}

// row is one line of hours beside a bar.
type row struct {
	label                     string
	sums                      Sums
	hours, recoverable, trial int
}

func (t *table) categories() {
	rows := make([]row, len(t.r.Categories))
	for c, category := range t.r.Categories {
		rows[c] = row{label: category.Category.String(), sums: category.Sums, hours: t.f.categories[c]}
		switch category.Category {
		case rules.Informing:
			rows[c].recoverable = t.f.recover
		case rules.Collaborating:
			rows[c].trial = t.f.trial
		}
	}
	t.rows("easiest to do async", rows)
	t.line(t.ink.dim(" hardest"))
}

func (t *table) weeks() {
	rows := make([]row, len(t.r.Weeks))
	for i, week := range t.r.Weeks {
		rows[i] = row{
			label: week.period.short(), sums: week.Sums,
			hours: t.f.weeks[i], recoverable: t.f.weeksRecoverable[i], trial: t.f.weeksTrials[i],
		}
	}
	t.rows("week", rows)
}

func (t *table) rows(head string, rows []row) {
	const label, hours, recoverable, trial = 17, 8, 13, 7
	bar := 0
	if t.bars {
		bar = min(max(t.width-63, 0), 40)
	}
	t.line(t.ink.dim(padRight(" "+head, 3+label+bar) + padLeft("hours", hours) +
		padLeft("recoverable", recoverable) + padLeft("trial", trial)))
	var largest Hours
	for _, r := range rows {
		largest = max(largest, r.sums.MeetingHours)
	}
	for _, r := range rows {
		t.line("   ", padRight(r.label, label), t.bar(r.sums, largest, bar),
			padLeft(t.f.orNone(r.hours, r.sums.MeetingHours), hours),
			t.figure(t.f.orNone(r.recoverable, r.sums.RecoverableHours), recoverable, t.ink.green),
			t.figure(t.f.orNone(r.trial, r.sums.TrialHours), trial, t.ink.yellow))
	}
}

// figure paints hours in a column, and a dash for none as faintly as it is meant.
// A column of no width has no figures.
func (t *table) figure(text string, columns int, paint func(string) string) string {
	if columns == 0 {
		return ""
	}
	if text == none {
		paint = t.ink.dim
	}
	return strings.Repeat(" ", max(columns-width(text), 0)) + paint(text)
}

// bar draws hours in proportion to the largest; in colour, what can be given
// back shows in the colour of its figure.
func (t *table) bar(s Sums, largest Hours, columns int) string {
	if columns == 0 || largest == 0 {
		return strings.Repeat(" ", columns)
	}
	cells := func(h Hours) int {
		n := nearest(h*Hours(columns), largest)
		if n == 0 && h > 0 {
			return 1 // something is never drawn as nothing
		}
		return min(max(n, 0), columns)
	}
	all := cells(s.MeetingHours)
	green := min(cells(s.RecoverableHours), all)
	yellow := min(cells(s.TrialHours), all-green)
	block := func(n int) string { return strings.Repeat("█", n) }
	return t.ink.green(block(green)) + t.ink.yellow(block(yellow)) + t.ink.dim(block(all-green-yellow)) +
		strings.Repeat(" ", columns-all)
}

// waterfall tells how the recoverable hours come about.
func (t *table) waterfall() {
	t.wrap(1, 5, t.r.waterfall(t.f), nil)
	if t.f.left > 0 && len(t.r.LeftAlone) > 0 {
		t.wrap(1, 5, t.r.leftAlone(t.f), t.ink.dim)
	}
}

// waterfall returns the sentence in pieces that stay together.
func (r *Report) waterfall(f figures) []string {
	if f.suggestable == 0 && r.RecoverableHours+r.TrialHours+r.LeftAloneHours+r.UnsureHours+r.AsyncCostHours == 0 {
		return strings.Fields("nothing here was informing or collaborating, so there is nothing to give back")
	}
	pieces := []string{f.number(f.suggestable) + " informing or collaborating"}
	minus := func(n int, exact Hours, what string) {
		switch {
		case exact == 0:
		case n < 0: // only where the period cuts a double-booked occurrence in two
			pieces = append(pieces, fmt.Sprintf("+ %s %s", f.number(-n), what))
		default:
			pieces = append(pieces, fmt.Sprintf("− %s %s", f.number(n), what))
		}
	}
	minus(f.left, r.LeftAloneHours, "left alone")
	minus(f.unsure, r.UnsureHours, "not sure enough")
	minus(f.cost, r.AsyncCostHours, "to write and read the updates")
	return append(pieces, fmt.Sprintf("= %s h", f.orZero(f.recover+f.trial, r.RecoverableHours+r.TrialHours)))
}

// leftAlone names what held hours back, in pieces that stay together.
func (r *Report) leftAlone(f figures) []string {
	pieces := []string{"left alone:"}
	for i, l := range r.LeftAlone {
		piece := f.number(f.leftBy[i]) + " " + clean(l.Guard)
		if i < len(r.LeftAlone)-1 {
			piece += " ·"
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

func (t *table) meetings() {
	listed, head := t.r.Meetings, "meeting"
	if t.r.By != ByMeeting {
		listed, head = listed[:min(len(listed), listedMost)], "largest"
	}
	const now, recoverable, gap = 8, 13, 2
	title, trial, trialHead := width(head), 0, "" // the column for trials is there when one is listed
	for _, m := range listed {
		title = max(title, width(clean(m.Title)))
		if m.TrialHours != 0 {
			trial, trialHead = 8, padLeft("trial", 8)
		}
	}
	title = min(title, 20+max(t.width-defaultWidth, 0)/2)
	why := t.width - 3 - title - now - recoverable - trial - gap
	t.line()
	t.line(t.ink.dim(padRight(" "+head, 3+title) + padLeft("now", now) + padLeft("recoverable", recoverable) +
		trialHead + strings.Repeat(" ", gap) + "why"))
	for _, m := range listed {
		t.line("   ", cell(m.Title, title), padLeft(short(m.MeetingHours), now),
			t.figure(short(m.RecoverableHours), recoverable, t.ink.green),
			t.figure(short(m.TrialHours), trial, t.ink.yellow), strings.Repeat(" ", gap), t.ink.dim(fit(clean(m.Why), why)))
	}
	if hidden := len(t.r.Meetings) - len(listed); hidden > 0 {
		t.line(t.ink.dim(fmt.Sprintf("   and %s; --by meeting lists all", plural(hidden, "more meeting"))))
	}
}

// unseen says what the figures leave out.
func (t *table) unseen() {
	r := t.r
	notes := r.notes()
	if len(notes) == 0 && len(r.Skipped) == 0 {
		return
	}
	t.line()
	if len(r.Skipped) > 0 {
		t.line(fmt.Sprintf(" skipped in %s:", plural(len(r.Skipped), "place")))
		reasons := r.skippedByReason()
		for _, reason := range reasons[:min(len(reasons), skippedMost)] {
			t.wrap(3, 7, strings.Fields(reason), nil)
		}
		if more := len(reasons) - skippedMost; more > 0 {
			t.line(fmt.Sprintf("   and for %s; --format json lists all", plural(more, "more reason")))
		}
	}
	for _, note := range notes {
		t.wrap(1, 5, strings.Fields(note), t.ink.dim)
	}
}

// notes are the sentences that say what was not seen.
func (r *Report) notes() []string {
	var notes []string
	if r.UnknownHeadcountHours > 0 {
		notes = append(notes, short(r.UnknownHeadcountHours)+" in events whose guests are not listed; never counted as recoverable")
	}
	if c := r.Coverage; c.People > 0 {
		notes = append(notes, fmt.Sprintf("%d of %s connected; nothing is extrapolated", c.Connected, plural(c.People, "person")))
	}
	return notes
}

// skippedByReason writes each reason once, with the first place it came up:
// "team.ics:41: DTSTART is missing (and 11 more)".
func (r *Report) skippedByReason() []string {
	times := map[string]int{}
	var first []Skip
	for _, s := range r.Skipped {
		if times[s.Reason]++; times[s.Reason] == 1 {
			first = append(first, s)
		}
	}
	lines := make([]string, len(first))
	for i, s := range first {
		lines[i] = clean(fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Reason))
		if s.Line == 0 {
			lines[i] = clean(fmt.Sprintf("%s: %s", s.File, s.Reason))
		}
		if more := times[s.Reason] - 1; more > 0 {
			lines[i] += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return lines
}

// wrap writes pieces with spaces between, going on in the next line where the
// next piece does not fit. A piece longer than a line is cut.
func (t *table) wrap(first, rest int, pieces []string, paint func(string) string) {
	if paint == nil {
		paint = func(s string) string { return s }
	}
	indent, line := first, ""
	for _, piece := range pieces {
		if line != "" && indent+width(line)+1+width(piece) > t.width {
			t.line(strings.Repeat(" ", indent), paint(line))
			indent, line = rest, ""
		}
		if line != "" {
			line += " "
		}
		line += fit(piece, t.width-rest)
	}
	t.line(strings.Repeat(" ", indent), paint(line))
}

func padLeft(text string, columns int) string {
	return strings.Repeat(" ", max(columns-width(text), 0)) + text
}

func padRight(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-width(text), 0))
}

// ink paints text with ANSI colours, or leaves it alone.
type ink bool

func (i ink) bold(text string) string   { return i.paint("1", text) }
func (i ink) dim(text string) string    { return i.paint("2", text) }
func (i ink) green(text string) string  { return i.paint("32", text) }
func (i ink) yellow(text string) string { return i.paint("33", text) }

func (i ink) paint(code, text string) string {
	if !i || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
