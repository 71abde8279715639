package report

import (
	"fmt"
	"io"
	"strings"

	"unmeet/agent/text"
	"unmeet/rules"
)

// TableOptions says what the terminal can show.
type TableOptions struct {
	Width int  // columns; 0 is 80, and under 60 is 60
	Color bool // ANSI colours
	Bars  bool // bars and sparklines beside the figures; false where they only are in the way, as in a pipe
	ASCII bool // draw with ASCII alone; titles stay as they are
}

const (
	defaultWidth = 80
	leastWidth   = 60
	mostWidth    = 120
	mostBar      = 40
	leastBar     = 4  // in fewer columns all bars look the same
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
	t := table{r: r, f: r.figures(), width: min(max(o.Width, leastWidth), mostWidth), ink: text.Ink(o.Color), bars: o.Bars, trends: r.trends()}
	t.header()
	if r.Occurrences == 0 {
		t.line("\n " + r.nothing())
	} else {
		t.headline()
		switch r.By {
		case ByWeek:
			t.weeks()
		case ByCategory:
			t.categories()
		}
		t.waterfall()
		if r.MinGroup == 0 {
			t.meetings()
		}
	}
	t.unseen()
	return t.write(w, o)
}

// write writes the table in what the terminal can show.
func (t *table) write(w io.Writer, o TableOptions) error {
	written := t.String()
	if o.ASCII {
		written = asciiSigns.Replace(written)
	}
	_, err := io.WriteString(w, written)
	return err
}

// nothing says why there are no figures.
func (r *Report) nothing() string {
	if len(r.LeftOut) > 0 {
		return "Nothing of this period can be shown."
	}
	return "No meetings of two or more people in this period."
}

// table is one rendering of a report.
type table struct {
	strings.Builder
	r     *Report
	f     figures
	width int
	ink   text.Ink
	bars  bool

	trends []Week // that sparklines show; none: there are none
}

func (t *table) line(parts ...string) {
	t.WriteString(strings.Join(parts, ""))
	t.WriteByte('\n')
}

func (t *table) header() {
	facts := t.r.facts()
	title := text.Clean(t.r.Title)
	if title != "" {
		room := t.width - text.Width(strings.Join(facts, " · ")) - len(" · ")
		title = t.ink.Bold(text.Cell(title, min(text.Width(title), max(room, 8))))
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
	return []string{text.Count(int(r.People), "person"), period}
}

// headline shows the three figures side by side.
func (t *table) headline() {
	const figure, least, length, each = 8, 17, 11, len(" a person each week")
	r, f := t.r, t.f
	const fixed = figure + 2 + length + each
	spark, change := t.beside(t.width-fixed-least, len(t.trends))
	label := min(25, t.width-fixed-spark-change)
	told, before := r.told(), r.Previous
	if before == nil {
		before = &Previous{}
	}
	t.line()
	rows := []struct {
		rounded       int
		exact, before Hours
		label         string
		paint         func(string) string
		of            func(Week) Hours
	}{
		{f.total, told.MeetingHours, before.MeetingHours, "in meetings", t.ink.Bold, func(w Week) Hours { return w.MeetingHours }},
		{f.recover, told.RecoverableHours, before.RecoverableHours, "recoverable, net", t.ink.Green, func(w Week) Hours { return w.RecoverableHours }},
		{f.trial, told.TrialHours, before.TrialHours, "worth a trial", t.ink.Yellow, func(w Week) Hours { return w.TrialHours }},
	}
	for _, row := range rows {
		hours := row.paint(text.PadLeft(withUnit(f.orZero(row.rounded, row.exact)), figure))
		time, unit := r.perPerson(row.exact)
		side := t.side(sparkOf(t.trends, row.of), spark, f.change(row.exact, row.before), change)
		switch {
		case time == "" && side == "":
			t.line(hours, "  ", row.label)
		case side == "":
			t.line(hours, "  ", text.PadRight(row.label, label), t.ink.Dim(text.PadLeft(time, length)+" "+unit))
		default:
			t.line(hours, "  ", text.PadRight(row.label, label), t.ink.Dim(text.PadRight(text.PadLeft(time, length)+" "+unit, length+each)), side)
		}
	}
	t.line()
}

// side is what stands behind the figures of a line, in so many columns.
func (t *table) side(spark string, columns int, change string, changeColumns int) string {
	side := ""
	if columns > 0 {
		side = strings.Repeat(" ", columns-text.Width(spark)) + t.ink.Dim(spark)
	}
	return side + t.figure(change, changeColumns, func(s string) string { return s })
}

// row is one line of hours beside a bar.
type row struct {
	label                     string
	sums                      Sums
	hours, recoverable, trial int
	spark, change             string // "": there are none in this table
}

func (t *table) categories() {
	told := t.r.told()
	rows := make([]row, len(told.Categories))
	for c, category := range told.Categories {
		rows[c] = row{
			label: category.Category.String(), sums: category.Sums, hours: t.f.categories[c],
			spark: sparkOf(t.trends, func(w Week) Hours { return w.categories[c] }),
		}
		if t.r.Previous != nil {
			rows[c].change = t.f.change(category.MeetingHours, t.r.Previous.Categories[c].MeetingHours)
		}
		switch category.Category {
		case rules.Informing:
			rows[c].recoverable = t.f.recover
		case rules.Collaborating:
			rows[c].trial = t.f.trial
		}
	}
	t.rows("easiest to do async", rows)
	t.line(t.ink.Dim(" hardest"))
	if o := t.r.Others; o != nil {
		t.line("   ", t.ink.Dim("others: "+t.f.number(t.f.others)+" h"))
	}
}

func (t *table) weeks() {
	told := t.r.told()
	rows := make([]row, len(told.Weeks))
	for i, week := range told.Weeks {
		rows[i] = row{
			label: week.period.short(), sums: week.Sums,
			hours: t.f.weeks[i], recoverable: t.f.weeksRecoverable[i], trial: t.f.weeksTrials[i],
		}
	}
	t.rows("week", rows)
}

func (t *table) rows(head string, rows []row) {
	const label, recoverable = 17, 13
	hours, trial := 8, 7
	if t.r.hides() {
		hours, trial = len(notShown)+1, len(notShown)+1
	}
	bar, spark, change, heads := mostBar, 0, 0, ""
	if room := t.width - (3 + label + hours + recoverable + trial); len(rows) > 0 && rows[0].spark+rows[0].change != "" {
		spark, change = t.beside(room, t.sparkWidth())
		if bar = min(bar, room-spark-change); spark > 0 {
			heads = text.PadLeft(t.sparkHead(), spark)
		}
		if change > 0 {
			heads += text.PadLeft("change", change)
		}
	}
	if bar = min(bar, t.width-63); !t.bars || bar < leastBar {
		bar = 0
	}
	t.line(t.ink.Dim(text.PadRight(" "+head, 3+label+bar) + text.PadLeft("hours", hours) +
		text.PadLeft("recoverable", recoverable) + text.PadLeft("trial", trial) + heads))
	var largest Hours
	for _, r := range rows {
		largest = max(largest, r.sums.MeetingHours)
	}
	for _, r := range rows {
		t.line("   ", text.PadRight(r.label, label), t.bar(r.sums, largest, bar),
			text.PadLeft(t.f.orNone(r.hours, r.sums.MeetingHours), hours),
			t.figure(t.f.orNone(r.recoverable, r.sums.RecoverableHours), recoverable, t.ink.Green),
			t.figure(t.f.orNone(r.trial, r.sums.TrialHours), trial, t.ink.Yellow),
			t.side(r.spark, spark, r.change, change))
	}
}

// figure paints hours in a column, and a dash for none as faintly as it is meant.
// A column of no width has no figures.
func (t *table) figure(hours string, columns int, paint func(string) string) string {
	if columns == 0 {
		return ""
	}
	if hours == none || hours == notShown {
		paint = t.ink.Dim
	}
	return strings.Repeat(" ", max(columns-text.Width(hours), 0)) + paint(hours)
}

// bar draws hours in proportion to the largest; in colour, what can be given
// back shows in the colour of its figure.
func (t *table) bar(s Sums, largest Hours, columns int) string {
	if columns == 0 || largest <= 0 {
		return strings.Repeat(" ", columns)
	}
	cells := func(h Hours) int {
		if h == NotShown {
			return 0
		}
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
	return t.ink.Green(block(green)) + t.ink.Yellow(block(yellow)) + t.ink.Dim(block(all-green-yellow)) +
		strings.Repeat(" ", columns-all)
}

// waterfall tells how the recoverable hours come about.
func (t *table) waterfall() {
	t.wrap(1, 5, t.r.waterfall(t.f), nil)
	if t.f.left > 0 && len(t.r.LeftAlone) > 0 {
		t.wrap(1, 5, t.r.leftAlone(t.f), t.ink.Dim)
	}
}

// waterfall returns the sentence in pieces that stay together.
func (r *Report) waterfall(f figures) []string {
	if f.suggestable == 0 && r.RecoverableHours+r.TrialHours+r.LeftAloneHours+r.UnsureHours+r.AsyncCostHours == 0 {
		if r.hides() {
			return strings.Fields("no informing or collaborating meetings can be shown, nor what they could give back")
		}
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
	if r.hides() && r.RecoverableHours+r.TrialHours == 0 {
		return append(pieces, "= nothing that can be shown")
	}
	return append(pieces, fmt.Sprintf("= %s h", f.orZero(f.recover+f.trial, r.RecoverableHours+r.TrialHours)))
}

// leftAlone names what held hours back, in pieces that stay together.
func (r *Report) leftAlone(f figures) []string {
	pieces := []string{"left alone:"}
	for i, l := range r.LeftAlone {
		piece := f.number(f.leftBy[i]) + " " + text.Clean(l.Guard)
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
	title, trial, trialHead := text.Width(head), 0, "" // the column for trials is there when one is listed
	for _, m := range listed {
		title = max(title, text.Width(m.label()))
		if m.TrialHours != 0 {
			trial, trialHead = 8, text.PadLeft("trial", 8)
		}
	}
	title = min(title, titleColumns(t.width))
	why := t.width - 3 - title - now - recoverable - trial - gap
	t.line()
	t.line(t.ink.Dim(text.PadRight(" "+head, 3+title) + text.PadLeft("now", now) + text.PadLeft("recoverable", recoverable) +
		trialHead + strings.Repeat(" ", gap) + "why"))
	for _, m := range listed {
		t.line("   ", text.Cell(m.label(), title), text.PadLeft(short(m.MeetingHours), now),
			t.figure(short(m.RecoverableHours), recoverable, t.ink.Green),
			t.figure(short(m.TrialHours), trial, t.ink.Yellow), strings.Repeat(" ", gap), t.ink.Dim(text.Fit(text.Clean(m.Why), why)))
	}
	if hidden := len(t.r.Meetings) - len(listed); hidden > 0 {
		t.line(t.ink.Dim(fmt.Sprintf("   and %s; --by meeting lists all", text.Count(hidden, "more meeting"))))
	}
}

// titleColumns is how many columns titles may take in a table of so many. What a
// wider table has more they share with why; what a narrower one lacks is mostly
// taken from why.
func titleColumns(width int) int {
	const titles = 20
	if width < defaultWidth {
		return titles - (defaultWidth-width)/4
	}
	return titles + (width-defaultWidth)/2
}

// label is what the tables call a meeting.
func (m Meeting) label() string {
	if title := text.Clean(m.Title); title != "" {
		return title
	}
	return "(no title)"
}

// unseen says what the figures leave out.
func (t *table) unseen() {
	r := t.r
	t.line()
	if len(r.Skipped) > 0 {
		t.line(fmt.Sprintf(" skipped in %s:", text.Count(len(r.Skipped), "place")))
		reasons := r.skippedByReason()
		for _, reason := range reasons[:min(len(reasons), skippedMost)] {
			t.wrap(3, 7, strings.Fields(reason), nil)
		}
		if more := len(reasons) - skippedMost; more > 0 {
			t.line(fmt.Sprintf("   and for %s; --format json lists all", text.Count(more, "more reason")))
		}
	}
	for _, note := range r.notes() {
		t.wrap(1, 5, strings.Fields(note), t.ink.Dim)
	}
}

// notes are the sentences that say what was not seen, and when days begin.
func (r *Report) notes() []string {
	var notes []string
	if r.Cost != nil && r.Occurrences > 0 {
		notes = append(notes, r.told().Cost.note())
	}
	if r.Previous != nil {
		notes = append(notes, r.Previous.note(r))
	}
	if r.UnknownHeadcountHours > 0 {
		notes = append(notes, short(r.UnknownHeadcountHours)+" in events whose guests are not listed; never counted as recoverable")
	}
	if n := len(r.LeftOut); n > 0 {
		weeks := make([]string, n)
		for i, w := range r.LeftOut {
			weeks[i] = w.period.short()
		}
		notes = append(notes, fmt.Sprintf("%s left out: fewer than %d people met (%s)", text.Count(n, "week"), r.MinGroup, strings.Join(weeks, ", ")))
	}
	if r.Others != nil {
		notes = append(notes, fmt.Sprintf("others: kinds of meetings that fewer than %d people had in a week, and as many more as keep these from being told; "+
			"what of them is recoverable or worth a trial is not shown", r.MinGroup))
	}
	if r.hides() {
		notes = append(notes, notShown+": none, or only what is among the others or in weeks left out")
	}
	if c := r.Coverage; c.People > 0 {
		notes = append(notes, c.Note(r.Period.Zone))
	}
	return append(notes, "days and weeks are those of "+r.Zone)
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
		lines[i] = text.Clean(fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Reason))
		if s.Line == 0 {
			lines[i] = text.Clean(fmt.Sprintf("%s: %s", s.File, s.Reason))
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
		if line != "" && indent+text.Width(line)+1+text.Width(piece) > t.width {
			t.line(strings.Repeat(" ", indent), paint(line))
			indent, line = rest, ""
		}
		if line != "" {
			line += " "
		}
		line += text.Fit(piece, t.width-rest)
	}
	t.line(strings.Repeat(" ", indent), paint(line))
}
