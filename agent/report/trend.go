package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"unmeet/agent/text"
	"unmeet/rules"
)

// What stands beside the figures of a table where there is room: how they went, week
// by week, and how far they are from those before.
const (
	sparkMost     = 12 // weeks, the last ones
	sparkGap      = 2
	changeColumns = 8
)

// sparks are the heights of a sparkline, from a little to the most.
var sparks = []rune("▁▂▃▄▅▆▇█")

// What a sparkline has in place of a height.
const (
	sparkNone   = '_' // no hours
	sparkUntold = '·'
)

// sparkline draws hours in one column each, in proportion to the largest.
func sparkline(hours []Hours) string {
	var largest Hours
	for _, h := range hours {
		largest = max(largest, h)
	}
	var b strings.Builder
	for _, h := range hours {
		switch {
		case h == NotShown:
			b.WriteRune(sparkUntold)
		case h <= 0:
			b.WriteRune(sparkNone)
		default:
			steps := Hours(len(sparks))
			b.WriteRune(sparks[(h*steps+largest-1)/largest-1])
		}
	}
	return b.String()
}

// trends are the weeks that a report's sparklines show: the last whole ones, and none
// where it is a single one. A week cut short would pass for a fall.
func (r *Report) trends() []Week {
	weeks := slices.DeleteFunc(r.told().Weeks, func(w Week) bool { return w.period.days() != 7 })
	if len(weeks) < 2 {
		return nil
	}
	return weeks[max(len(weeks)-sparkMost, 0):]
}

// sparkOf draws one figure of every week.
func sparkOf(weeks []Week, figure func(Week) Hours) string {
	hours := make([]Hours, len(weeks))
	for i, w := range weeks {
		hours[i] = figure(w)
	}
	return sparkline(hours)
}

// change writes how far hours are from those before: "▲ 12", "▼ 3", "=" where that is
// nothing in whole units. A dash is for what is none in both, or not told of one.
func (f figures) change(now, before Hours) string {
	switch difference := now - before; {
	case now == NotShown || before == NotShown || now == 0 && before == 0:
		return none
	case nearest(max(difference, -difference), f.unit) == 0:
		return "="
	case difference < 0:
		return "▼ " + f.number(nearest(-difference, f.unit))
	default:
		return "▲ " + f.number(nearest(difference, f.unit))
	}
}

// beside says how many columns sparklines with so many columns and changes get of the
// room there is; 0 for what has none.
func (t *table) beside(room, spark int) (sparks, change int) {
	if t.r.Previous != nil && room >= changeColumns {
		change = changeColumns
	}
	if t.bars && len(t.trends) > 0 && room-change >= sparkGap+spark {
		sparks = sparkGap + spark
	}
	return sparks, change
}

// sparkHead stands above sparklines.
func (t *table) sparkHead() string {
	if n := len(t.trends); n < len(t.r.Weeks) {
		return text.Count(n, "week")
	}
	return "weeks"
}

// sparkWidth is how wide a column of sparklines is.
func (t *table) sparkWidth() int { return max(len(t.trends), text.Width(t.sparkHead())) }

// byCategory are the meeting hours of a week in each category.
type byCategory [rules.Categories]Hours

// MarshalJSON writes them by name, from the easiest to the hardest to do async.
func (b byCategory) MarshalJSON() ([]byte, error) {
	var object bytes.Buffer
	for c, h := range b {
		value, err := h.MarshalJSON()
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&object, ",%q:%s", rules.Category(c), value)
	}
	object.Bytes()[0] = '{'
	return append(object.Bytes(), '}'), nil
}

// MarshalJSON writes w with its hours by category.
func (w Week) MarshalJSON() ([]byte, error) {
	type plain Week // has no methods
	return json.Marshal(struct {
		plain
		Categories byCategory `json:"categories"`
	}{plain(w), w.categories})
}

// asciiSigns stand for what a table draws where a terminal shows ASCII alone. Each
// takes as many columns as what it stands for.
var asciiSigns = strings.NewReplacer("▁", ".", "▂", ":", "▃", "-", "▄", "=", "▅", "+", "▆", "*", "▇", "%", "█", "#",
	"▲", "+", "▼", "-", "–", "-", "−", "-", "·", "|", "…", "~", "“", `"`, "”", `"`, "‘", "'", "’", "'")
