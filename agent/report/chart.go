package report

import (
	"math"
	"strconv"
)

// chart is a drawing as SVG has it: widths are parts of the page, so that it fits any;
// heights and letters are pixels, so that it can be read on each.
type chart struct {
	ID, Title, Desc string
	Height          int
	Lines           []line  // across, behind the bars
	Bars            []bar   // as they are painted
	Labels          []label // beside them
	Keys            []key   // what colours mean
}

// bar is a rectangle: X and Width are parts of the width, Y and Height pixels.
type bar struct {
	X, Width  string
	Y, Height float64
	Class     string
}

// line goes across at a height.
type line struct{ Y int }

// label is a text; it begins, ends or has its middle at X.
type label struct {
	X      string
	Y      int
	Anchor string // start, middle, end
	Class  string
	Text   string
}

// key says what a colour means.
type key struct{ Class, Text string }

// grid is a table of figures.
type grid struct {
	Caption string
	Head    []string
	Rows    []gridRow
}

type gridRow struct {
	Label string
	Cells []value
	Sum   bool // of the rows before
}

// classOf is the class that paints a category.
func classOf(category int) string { return "c" + strconv.Itoa(category) }

// percent writes a part of the whole.
func percent(part float64) string {
	return strconv.FormatFloat(math.Round(part*1e4)/100, 'f', -1, 64) + "%"
}

// tenth rounds pixels.
func tenth(pixels float64) float64 { return math.Round(pixels*10) / 10 }

// ceiling is a round number of hours at or above h, for the top of an axis.
func ceiling(h Hours) Hours {
	if h <= 0 {
		return 3600
	}
	need := float64(h) / 3600
	unit := math.Pow(10, math.Floor(math.Log10(need)))
	for _, times := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if top := times * unit; top >= need {
			return Hours(math.Round(top * 3600))
		}
	}
	return Hours(10 * unit * 3600)
}

// axisHours writes hours at a line of an axis.
func axisHours(h Hours) string {
	if h%3600 == 0 {
		return thousands(int(h / 3600))
	}
	return strconv.FormatFloat(math.Round(float64(h)/360)/10, 'f', -1, 64)
}

// add puts another drawing below.
func (c *chart) add(other chart) {
	for _, l := range other.Lines {
		c.Lines = append(c.Lines, line{l.Y + c.Height})
	}
	for _, b := range other.Bars {
		b.Y += float64(c.Height)
		c.Bars = append(c.Bars, b)
	}
	for _, l := range other.Labels {
		l.Y += c.Height
		c.Labels = append(c.Labels, l)
	}
	c.Height += other.Height
}

// columns draws columns over weeks.
type columns struct {
	chart
	gutter, slot float64 // parts of the width: left of the first week, and of each
	top, base    int     // heights at which the plot begins and ends
	most         Hours   // at the top
}

// The plot of columns, in pixels and parts of the width.
const (
	plotTop    = 22
	plotHeight = 190
	plotBelow  = 24
	plotGutter = 0.1
	widestSlot = 0.225
	shownDates = 6 // beside each other at most
	shownSums  = 8
)

// newColumns begins a plot for weeks, of which the highest column is most, under a
// heading, which may be empty.
func newColumns(id, heading string, weeks int, most Hours) *columns {
	c := &columns{chart: chart{ID: id}, gutter: plotGutter, top: plotTop, most: ceiling(most)}
	if heading != "" {
		c.Labels = append(c.Labels, label{X: "0", Y: plotTop - 4, Anchor: "start", Class: "name", Text: heading})
		c.top += plotTop
	}
	c.base = c.top + plotHeight
	c.slot = min((1-plotGutter)/float64(max(weeks, 1)), widestSlot)
	c.Height = c.base + plotBelow
	for _, part := range []Hours{0, 1, 2} {
		y := c.base - plotHeight*int(part)/2
		c.Lines = append(c.Lines, line{y})
		c.Labels = append(c.Labels, label{X: percent(plotGutter - 0.015), Y: y + 4, Anchor: "end", Class: "axis", Text: axisHours(c.most * part / 2)})
	}
	return c
}

// middle is where the week in a place has its middle.
func (c *columns) middle(week int) string { return percent(c.gutter + (float64(week)+0.5)*c.slot) }

// height is how high hours stand.
func (c *columns) height(h Hours) float64 {
	return float64(c.base-c.top) * float64(h) / float64(c.most)
}

// column stacks parts in the place of a week. What is not told is not drawn.
func (c *columns) column(week int, classes []string, parts []Hours) {
	const filled = 0.72
	var sum Hours
	for i, h := range parts {
		if h == NotShown || h <= 0 {
			continue
		}
		sum += h
		c.Bars = append(c.Bars, bar{
			X: percent(c.gutter + (float64(week)+(1-filled)/2)*c.slot), Width: percent(c.slot * filled),
			Y: tenth(float64(c.base) - c.height(sum)), Height: tenth(c.height(h)), Class: classes[i],
		})
	}
}

// over writes a text over the column of a week, as high as hours stand.
func (c *columns) over(week int, h Hours, words string) {
	if h == NotShown {
		h = 0
	}
	c.Labels = append(c.Labels, label{X: c.middle(week), Y: c.base - int(c.height(h)) - 5, Anchor: "middle", Class: "sum", Text: words})
}

// dates writes when weeks begin, as many as have room.
func (c *columns) dates(weeks []Period) {
	each := (len(weeks) + shownDates - 1) / shownDates
	for i, p := range weeks {
		if i%each == 0 {
			c.Labels = append(c.Labels, label{X: c.middle(i), Y: c.base + 17, Anchor: "middle", Class: "axis", Text: p.From.In(p.Zone).Format("2 Jan")})
		}
	}
}

// bars draws bars below each other, each with a line of text above it.
type bars struct {
	chart
	most Hours // as wide as the page
}

// The rows of bars, in pixels.
const (
	rowHeight = 46
	rowText   = 15
	rowBar    = 22
	barHeight = 15
)

// piece is a part of a bar.
type piece struct {
	from, to Hours // from may be the larger one
	class    string
}

// row draws one more bar.
func (b *bars) row(name, figure string, pieces ...piece) {
	y := b.Height
	b.Height += rowHeight
	b.Labels = append(b.Labels,
		label{X: "0", Y: y + rowText, Anchor: "start", Class: "name", Text: name},
		label{X: "100%", Y: y + rowText, Anchor: "end", Class: "sum", Text: figure})
	if b.most <= 0 {
		return
	}
	for _, p := range pieces {
		from, to := min(p.from, p.to), max(p.from, p.to)
		if from == to {
			continue
		}
		b.Bars = append(b.Bars, bar{
			X: percent(float64(from) / float64(b.most)), Width: percent(max(float64(to-from)/float64(b.most), 0.002)),
			Y: float64(y + rowBar), Height: barHeight, Class: p.class,
		})
	}
}
