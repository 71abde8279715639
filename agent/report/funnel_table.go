package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"unmeet/agent/text"
)

// Table writes the funnel for people to read in a terminal: the whole, the rows that it
// is by, what it is compared with, and what was not seen.
func (f *Funnel) Table(w io.Writer, o TableOptions) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	t := table{width: min(max(o.Width, leastWidth), mostWidth), ink: text.Ink(o.Color), bars: o.Bars}
	facts := f.facts()
	if title := text.Clean(f.Title); title != "" {
		facts = append([]string{t.ink.Bold(text.Cell(title, min(text.Width(title), 40)))}, facts...)
	}
	t.line(strings.Join(facts, " · "))
	lines := f.lines()
	t.line()
	label, left, words, right, change := 12, 11, 14, 11, 0
	switch {
	case t.width < 65:
		label, left, words, right = 11, 10, 13, 9
	case f.Before != nil && f.Before.compared && t.width >= defaultWidth:
		words, right, change = 13, 10, changeColumns
	}
	for _, l := range lines.whole {
		plain := func(s string) string { return s }
		t.line(text.PadLeft(l.label, label), text.PadLeft(l.left, left), t.figure(l.leftChange, change, plain), "  ", text.PadRight(l.leftOf, words),
			text.PadLeft(l.right, right), t.figure(l.rightChange, change, plain), "  ", t.ink.Dim(l.rightOf))
	}
	t.line()
	column := columnOf
	if label = t.width - 4*column; label < 22 {
		column = min(column, lines.widest()+2)
	}
	label = min(22, t.width-4*column)
	head := text.PadRight(" "+lines.head, label)
	for _, name := range stageNames {
		head += text.PadLeft(name, column)
	}
	t.line(t.ink.Dim(head))
	for _, row := range lines.rows {
		line := text.PadRight("   "+text.Cell(row.label, min(text.Width(row.label), label-4)), label)
		for _, figures := range row.columns {
			line += text.PadLeft(figures, column)
		}
		t.line(line)
	}
	if name, columns := f.sparks(); t.bars && name != "" && len("   "+name) <= label && column == columnOf {
		line := text.PadRight("   "+name, label)
		for _, drawn := range columns {
			line += text.PadLeft(drawn, column)
		}
		t.line(t.ink.Dim(line))
	}
	t.wrap(3, 3, strings.Fields("each by declines / by trials; to recover: informing / collaborating"), t.ink.Dim)
	t.line()
	for _, note := range f.notes() {
		t.wrap(1, 5, strings.Fields(note), t.ink.Dim)
	}
	return t.write(w, o)
}

// weeksInColumn are as many sparks as go twice into a column of two figures.
const weeksInColumn = (columnOf - 2 - len(" / ")) / 2

// sparks are the last weeks in the columns of the table, as its rows are: a line for
// all that it tells. There is none where its rows are weeks, or there is but one.
func (f *Funnel) sparks() (label string, columns [4]string) {
	weeks := f.told().Weeks
	if f.By == ByWeek || len(weeks) < 2 {
		return "", columns
	}
	label = "each week"
	if len(weeks) > weeksInColumn {
		label = fmt.Sprintf("last %d weeks", weeksInColumn)
		weeks = weeks[len(weeks)-weeksInColumn:]
	}
	var drawn [8]string
	for c := range drawn {
		hours := make([]Hours, len(weeks))
		for i, w := range weeks {
			hours[i] = w.FunnelSums.figures()[c]
		}
		if drawn[c] = sparkline(hours); strings.Trim(drawn[c], string(sparkNone)) == "" {
			drawn[c] = none
		}
	}
	for c := range columns {
		if columns[c] = none; drawn[2*c] != none || drawn[2*c+1] != none {
			columns[c] = drawn[2*c] + " / " + drawn[2*c+1]
		}
	}
	return label, columns
}

// untoldHalf stands for one of two figures that is not shown, for want of room.
const untoldHalf = "…"

// columnOf is how wide a column of two figures is.
const columnOf = 13

func (f *Funnel) facts() []string {
	period := f.Period.Days() + ", " + f.Period.Length()
	switch {
	case f.Person != "":
		return []string{f.Person, period}
	case f.People == 0:
		return []string{period}
	}
	return []string{text.Count(int(f.People), "person"), period}
}

// funnelLines are the figures of a funnel as people read them, rounded so that rows
// visibly add up.
type funnelLines struct {
	whole []struct{ label, left, leftChange, leftOf, right, rightChange, rightOf string }
	head  string
	rows  []struct {
		label   string
		columns [4]string // two figures each
	}
}

// stageNames stand above the columns.
var stageNames = [4]string{"to recover", "suggested", "accepted", "recovered"}

// widest is how many columns the widest pair of figures takes, or its head.
func (l funnelLines) widest() int {
	most := text.Width(stageNames[0])
	for _, row := range l.rows {
		for _, figures := range row.columns {
			most = max(most, text.Width(figures))
		}
	}
	return most
}

// figures are those of a row, in the order of the stages, declines before
// trials.
func (s FunnelSums) figures() [8]Hours {
	return [8]Hours{
		s.RecoverableHours, s.TrialHours, s.Declines.SuggestedHours, s.Trials.SuggestedHours,
		s.Declines.AcceptedHours, s.Trials.AcceptedHours, s.Declines.RecoveredHours, s.Trials.RecoveredHours,
	}
}

func (f *Funnel) lines() funnelLines {
	u := figures{unit: 3600}
	if f.RecoverableHours+f.TrialHours < smallTotal {
		u.unit = 360
	}
	all, whole := f.listed(), f.FunnelSums.figures()
	shown := f.told()
	told, toldWhole := shown.listed(), shown.FunnelSums.figures()
	var l funnelLines
	cell := make([][8]string, len(all))
	var total, change [8]string
	for c, exact := range whole {
		n := nearest(exact, u.unit)
		total[c] = withUnit(u.orZero(n, toldWhole[c]))
		if before := shown.Before; before != nil {
			change[c] = u.change(toldWhole[c], before.FunnelSums.figures()[c])
		}
		parts := make([]Hours, len(all))
		for i, row := range all {
			parts[i] = row.FunnelSums.figures()[c]
		}
		for i, rounded := range apportion(n, u.unit, parts...) {
			cell[i][c] = u.orNone(rounded, told[i].FunnelSums.figures()[c])
		}
	}
	names := [4][3]string{
		{"", "recoverable", "worth a trial"}, {"suggested", "by declines", "by trials"},
		{"accepted", "by declines", "by trials"}, {"recovered", "by declines", "by trials"},
	}
	for i, name := range names {
		l.whole = append(l.whole, struct{ label, left, leftChange, leftOf, right, rightChange, rightOf string }{
			name[0], total[2*i], change[2*i], name[1], total[2*i+1], change[2*i+1], name[2],
		})
	}
	l.head = string(f.By)
	for i, row := range all {
		if row.FunnelSums == (FunnelSums{}) && f.By != ByWeek {
			continue
		}
		one := struct {
			label   string
			columns [4]string
		}{label: text.Clean(row.label())}
		for c := range one.columns {
			left, right := cell[i][2*c], cell[i][2*c+1]
			if one.columns[c] = left; left != right || left != none && left != notShown {
				one.columns[c] = strings.ReplaceAll(left+" / "+right, notShown, untoldHalf)
			}
		}
		l.rows = append(l.rows, one)
	}
	return l
}

// listed are the rows that the funnel is by.
func (f *Funnel) listed() []FunnelRow {
	switch f.By {
	case ByWeek:
		return f.Weeks
	case ByGroup:
		return f.Groups
	}
	return f.Categories
}

func (r FunnelRow) label() string {
	switch {
	case r.From != "":
		return r.period.short()
	case r.Group != "":
		return r.Group
	}
	return r.Category
}

// notes are the sentences that say what to compare with, what was not seen or is not
// told, and when days begin.
func (f *Funnel) notes() []string {
	var notes []string
	if f.Cost != nil {
		notes = append(notes, f.told().Cost.note())
	}
	if b := f.Before; b != nil {
		notes = append(notes, fmt.Sprintf("the four weeks before (from %s): %s in meetings, %s recoverable, %s worth a trial",
			b.From, short(b.MeetingHours), short(b.RecoverableHours), short(b.TrialHours)))
	}
	if o := f.Others; o != nil {
		notes = append(notes, fmt.Sprintf("%s more suggested, of which it is not told how far it came: fewer than %d people each week got there", short(o.SuggestedHours), f.MinGroup))
	}
	if f.meetingsHidden || slices.ContainsFunc(f.listed(), FunnelRow.others) {
		notes = append(notes, fmt.Sprintf("%s, or %s: none, or too few people to tell", notShown, untoldHalf))
	}
	if n := len(f.LeftOut); n > 0 {
		weeks := make([]string, n)
		for i, w := range f.LeftOut {
			weeks[i] = w.period.short()
		}
		notes = append(notes, fmt.Sprintf("%s left out: fewer than %d people met (%s)", text.Count(n, "week"), f.MinGroup, strings.Join(weeks, ", ")))
	}
	if f.Known > 0 {
		notes = append(notes, Coverage{f.Connected, f.Known, f.NotRead, f.lastRead}.Note(f.Period.Zone))
	}
	return append(notes, "to recover is what calendars show, and what accepted answers took out of them; trials are of informing meetings too",
		"recovered is what calendars have shown since; days and weeks are those of "+f.Zone)
}
