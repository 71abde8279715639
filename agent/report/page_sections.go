package report

import (
	"fmt"
	"strings"

	"unmeet/rules"
)

// othersClass paints what is in no category.
const othersClass = "others"

// categoryKeys are the colours of categories, of those that have hours.
func (r *Report) categoryKeys() (keys []key) {
	for c, row := range r.Categories {
		if row.MeetingHours > 0 {
			keys = append(keys, key{classOf(c), row.Category.String()})
		}
	}
	if r.Others != nil {
		keys = append(keys, key{othersClass, otherRows})
	}
	return keys
}

// weeksSection is hours by category over weeks. The table's rows add up to what stands
// in them, and its last one is the whole period.
func (r *Report) weeksSection(f figures) section {
	told := r.told()
	s := section{ID: "categories", Title: "Meeting hours by week"}
	first := max(0, len(told.Weeks)-pageWeeks)
	weeks := told.Weeks[first:]
	if first > 0 {
		s.After = append(s.After, fmt.Sprintf("The last %d of %d weeks; the total is of all.", len(weeks), len(told.Weeks)))
	}
	var most Hours
	periods := make([]Period, len(weeks))
	for i, w := range weeks {
		most, periods[i] = max(most, w.MeetingHours), w.period
	}
	c := newColumns("categories", "", len(weeks), most)
	c.Keys = r.categoryKeys()
	classes := make([]string, 0, rules.Categories+1)
	table := grid{Caption: "Hours by week and category", Head: []string{"week"}}
	for category := range rules.Category(rules.Categories) {
		classes = append(classes, classOf(int(category)))
		table.Head = append(table.Head, category.String())
	}
	classes = append(classes, othersClass)
	if r.Others != nil {
		table.Head = append(table.Head, otherRows)
	}
	table.Head = append(table.Head, "all")
	cells := func(rounded []int, exact []Hours) (all []value) {
		for i := range exact {
			all = append(all, valueOf(f.orNone(rounded[i], exact[i]), exact[i]))
		}
		return all
	}
	for i, w := range weeks {
		plain := r.Weeks[first+i]
		parts := append(append([]Hours{}, w.categories[:]...), w.others)
		c.column(i, classes, parts)
		all := f.weeks[first+i]
		if len(weeks) <= shownSums {
			c.over(i, w.MeetingHours, f.orZero(all, w.MeetingHours))
		}
		if r.Others == nil {
			parts = parts[:rules.Categories]
		}
		rounded := apportion(all, f.unit, append(append([]Hours{}, plain.categories[:]...), plain.others)...)
		table.Rows = append(table.Rows, gridRow{Label: w.period.short(), Cells: cells(append(rounded[:len(parts)], all), append(parts, w.MeetingHours))})
	}
	c.dates(periods)
	exact := make([]Hours, 0, rules.Categories+2)
	for _, row := range told.Categories {
		exact = append(exact, row.MeetingHours)
	}
	rounded := append([]int{}, f.categories[:]...)
	if r.Others != nil {
		exact, rounded = append(exact, r.Others.MeetingHours), append(rounded, f.others)
	}
	table.Rows = append(table.Rows, gridRow{Label: "total", Sum: true, Cells: cells(append(rounded, f.total), append(exact, told.MeetingHours))})
	c.Title = s.Title + ", in hours by category"
	c.Desc = fmt.Sprintf("A column for each week of %s, stacked by category: %s. The table after it has all figures.", r.Period.Days(), r.inWords(f))
	s.Chart, s.Tables = &c.chart, []grid{table}
	return s
}

// inWords lists the categories that have hours, with their hours.
func (r *Report) inWords(f figures) string {
	var parts []string
	for i, c := range r.Categories {
		if c.MeetingHours > 0 {
			parts = append(parts, fmt.Sprintf("%s %s h", c.Category, f.number(f.categories[i])))
		}
	}
	return strings.Join(parts, ", ")
}

// waterfallSection is how the recoverable hours come about.
func (r *Report) waterfallSection(f figures) section {
	told := r.told()
	s := section{ID: "waterfall", Title: "What could be given back"}
	soft := told.Categories[rules.Informing].MeetingHours
	if told.Categories[rules.Collaborating].MeetingHours != NotShown {
		soft = max(soft, 0) + told.Categories[rules.Collaborating].MeetingHours
	}
	if soft <= 0 {
		s.Lead = sentence(strings.Join(r.waterfall(f), " "))
		return s
	}
	b := bars{chart: chart{ID: s.ID, Title: s.Title + ", step by step"}, most: soft}
	table := grid{Caption: "From informing and collaborating to what is recoverable", Head: []string{"", "hours"}}
	at := Hours(0)
	step := func(name, class string, sign Hours, rounded int, exact Hours) {
		figure := f.orZero(rounded, exact)
		next := at
		if exact != NotShown {
			next += sign * exact
		}
		if sign < 0 && exact != 0 && exact != NotShown {
			figure = "− " + figure
			if rounded < 0 { // only where the period cuts a double-booked occurrence in two
				figure = "+ " + f.number(-rounded)
			}
		}
		b.row(name, withUnit(figure), piece{at, next, class})
		table.Rows = append(table.Rows, gridRow{Label: name, Cells: []value{valueOf(figure, exact)}})
		at = next
	}
	step("informing", classOf(int(rules.Informing)), 1, f.categories[rules.Informing], told.Categories[rules.Informing].MeetingHours)
	step("collaborating", classOf(int(rules.Collaborating)), 1, f.categories[rules.Collaborating], told.Categories[rules.Collaborating].MeetingHours)
	step("left alone", "left", -1, f.left, told.LeftAloneHours)
	step("not sure enough", "unsure", -1, f.unsure, told.UnsureHours)
	step("writing and reading instead", "cost", -1, f.cost, told.AsyncCostHours)
	at = 0
	step("recoverable", "recoverable", 1, f.recover, told.RecoverableHours)
	step("worth a trial", "trial", 1, f.trial, told.TrialHours)
	b.Desc = sentence(strings.Join(r.waterfall(f), " ") + ": " +
		f.orZero(f.recover, told.RecoverableHours) + " recoverable, " + f.orZero(f.trial, told.TrialHours) + " worth a trial")
	s.Chart, s.Tables = &b.chart, []grid{table}
	if len(r.LeftAlone) > 0 {
		left := grid{Caption: "Left alone, by what holds it back", Head: []string{"", "hours"}}
		for i, l := range r.LeftAlone {
			left.Rows = append(left.Rows, gridRow{Label: l.Guard, Cells: []value{valueOf(f.number(f.leftBy[i]), l.Hours)}})
		}
		s.Tables = append(s.Tables, left)
		s.After = append(s.After, sentence(strings.Replace(strings.Join(r.leftAlone(f), " "), ":", ", in hours:", 1)))
	}
	return s
}

// section is what became of suggestions.
func (f *Funnel) section() section {
	s := section{ID: "funnel", Title: "What became of suggestions"}
	plain, told, lines := f.FunnelSums.figures(), f.told().FunnelSums.figures(), f.lines()
	b := bars{chart: chart{ID: s.ID, Title: s.Title + ", in hours"}}
	for i := 0; i < len(plain); i += 2 {
		b.most = max(b.most, plain[i]+plain[i+1])
	}
	whole := grid{Caption: "What became of suggestions", Head: []string{"", "", "hours", "", "hours"}}
	var said []string
	for i, l := range lines.whole {
		name, left, right := l.label, "declines", "trials"
		if i == 0 {
			name, left, right = "to recover", classOf(int(rules.Informing)), classOf(int(rules.Collaborating))
		}
		middle := max(told[2*i], 0)
		b.row(name, l.left+" / "+l.right, piece{0, middle, left}, piece{middle, middle + max(told[2*i+1], 0), right})
		whole.Rows = append(whole.Rows, gridRow{Label: name, Cells: []value{{Text: l.leftOf}, valueOf(l.left, told[2*i]), {Text: l.rightOf}, valueOf(l.right, told[2*i+1])}})
		said = append(said, fmt.Sprintf("%s: %s %s, %s %s", name, l.left, l.leftOf, l.right, l.rightOf))
	}
	b.Desc = sentence(strings.Join(said, "; "))
	b.Keys = []key{{classOf(int(rules.Informing)), "informing"}, {classOf(int(rules.Collaborating)), "collaborating"}, {"declines", "by declines"}, {"trials", "by trials"}}
	rows := grid{Caption: "By " + lines.head + ": declines / trials; to recover: informing / collaborating",
		Head: []string{lines.head, "to recover", "suggested", "accepted", "recovered"}}
	for _, row := range lines.rows {
		one := gridRow{Label: row.label}
		for _, words := range row.columns {
			one.Cells = append(one.Cells, value{Text: words})
		}
		rows.Rows = append(rows.Rows, one)
	}
	s.Chart, s.Tables = &b.chart, []grid{whole, rows}
	s.After = append(s.After, "Each by declines / by trials; to recover: informing / collaborating.")
	alone := *f
	alone.Known, alone.LeftOut = 0, nil // the page says these of all its figures
	for _, note := range alone.notes() {
		s.After = append(s.After, sentence(note))
	}
	return s
}

// balanceSection is what was met beside what was done in writing, week by week.
func (f *Funnel) balanceSection() section {
	s := section{ID: "balance", Title: "Meeting and writing, since the first trial"}
	if len(f.Balance) == 0 {
		s.Lead = "No trial has put an update in the place of a meeting yet, or only such as too few people took part in to tell."
		return s
	}
	var met, written Hours
	periods := make([]Period, len(f.Balance))
	for i, w := range f.Balance {
		met, written, periods[i] = max(met, w.MeetingHours), max(written, w.WrittenHours), w.period
	}
	above, below := newColumns(s.ID, "met, in hours", len(f.Balance), met), newColumns(s.ID, "in writing instead, in hours", len(f.Balance), written)
	table := grid{Caption: "Hours met and done in writing, by week", Head: []string{"week", "met", "in writing instead", "of it writing and reading", "in writing"}}
	for i, w := range f.Balance {
		above.column(i, []string{"met"}, []Hours{w.MeetingHours})
		saved := w.WrittenHours
		if saved != NotShown && w.AsyncCostHours != NotShown {
			saved -= w.AsyncCostHours
		}
		below.column(i, []string{"cost", "recoverable"}, []Hours{w.AsyncCostHours, saved})
		if len(f.Balance) <= shownSums {
			above.over(i, w.MeetingHours, strings.TrimSuffix(short(w.MeetingHours), " h"))
			below.over(i, w.WrittenHours, strings.TrimSuffix(short(w.WrittenHours), " h"))
		}
		table.Rows = append(table.Rows, gridRow{Label: w.period.short(), Cells: []value{
			valueOf(short(w.MeetingHours), w.MeetingHours), valueOf(short(w.WrittenHours), w.WrittenHours),
			valueOf(short(w.AsyncCostHours), w.AsyncCostHours), {Text: w.share()},
		}})
	}
	above.dates(periods)
	below.dates(periods)
	c := above.chart
	c.add(below.chart)
	c.Title = s.Title + ", in hours by week"
	c.Desc = "Above, the hours met in each week; below, on a scale of its own, the hours that were done in writing instead. The table after it has all figures."
	c.Keys = []key{{"met", "met"}, {"recoverable", "in writing instead: given back"}, {"cost", "in writing instead: writing and reading"}}
	s.Chart, s.Tables = &c, []grid{table}
	if last := f.Balance[len(f.Balance)-1]; last.share() != notShown {
		s.Lead = fmt.Sprintf("In the last week, %s of the time was done in writing. The two scales differ.", last.share())
	}
	return s
}

// share is how much of the time of a week was done in writing, of all that was met or
// done in writing.
func (b Balanced) share() string {
	if b.MeetingHours == NotShown || b.WrittenHours == NotShown || b.MeetingHours+b.WrittenHours <= 0 {
		return notShown
	}
	return fmt.Sprintf("%.1f %%", 100*float64(b.WrittenHours)/float64(b.MeetingHours+b.WrittenHours))
}
