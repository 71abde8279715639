package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"unmeet/agent/text"
	"unmeet/calendars"
	"unmeet/rules"
	"unmeet/store/hours"
)

// Hours is a length of time in whole seconds that is written in hours.
type Hours int64

// hoursOf drops what is below a second; the store keeps none.
func hoursOf(d time.Duration) Hours { return Hours(d / time.Second) }

// String writes h in hours with at most six decimals, which tell every second.
func (h Hours) String() string {
	if h == NotShown {
		return notShown
	}
	hours := math.Round(float64(h)/3600*1e6) / 1e6
	return strconv.FormatFloat(hours, 'f', -1, 64)
}

// MarshalJSON writes h as a number of hours, and null for NotShown.
func (h Hours) MarshalJSON() ([]byte, error) {
	if h == NotShown {
		return []byte("null"), nil
	}
	return []byte(h.String()), nil
}

// UnmarshalJSON reads a number of hours, to the nearest second, and null as NotShown.
func (h *Hours) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*h = NotShown
		return nil
	}
	var hours float64
	if err := json.Unmarshal(text, &hours); err != nil {
		return err
	}
	*h = Hours(math.Round(hours * 3600))
	return nil
}

// By says by what a report lists its hours.
type By string

// What a report can be listed by.
const (
	ByCategory By = "category"
	ByMeeting  By = "meeting"
	ByWeek     By = "week"
)

// ParseBy reads "category", "meeting" or "week"; "" is category.
func ParseBy(name string) (By, error) {
	switch by := By(name); by {
	case "":
		return ByCategory, nil
	case ByCategory, ByMeeting, ByWeek:
		return by, nil
	}
	return "", fmt.Errorf("cannot list hours by %q (one of category, meeting, week)", name)
}

// Coverage says of how many people we see the calendars themselves.
type Coverage struct {
	Connected int // whose calendars were read
	People    int // of the organization, as far as known; 0 leaves the line out
	NotRead   int // of Connected, those whose calendars were not read of late
	// LastRead is when the last one of these was read; zero: none ever was.
	LastRead time.Time
}

// Note says it in a sentence, with times in zone.
func (c Coverage) Note(zone *time.Location) string {
	note := fmt.Sprintf("%d of %s connected", c.Connected, text.Count(c.People, "person"))
	switch {
	case c.NotRead == 0:
	case c.LastRead.IsZero():
		note += fmt.Sprintf(", %d not read yet", c.NotRead)
	default:
		note += fmt.Sprintf(", %d not read since %s", c.NotRead, c.LastRead.In(zone).Format("2 Jan 15:04"))
	}
	return note + "; nothing is extrapolated"
}

// Options says what to report on, and what to print with it.
type Options struct {
	Title    string // of the organization; "" prints none
	Period   Period
	By       By               // "" is ByCategory
	MinGroup int              // of fewer people no figure is told; 0: every figure is
	Cost     hours.Cost       // of doing an occurrence in writing; nothing is assumed where it is zero
	Price    Price            // of an hour; totals are told in money, too
	Coverage Coverage         // Count's; Build asks the store
	Fresh    time.Time        // Build's: whoever was not read since is told as not read of late
	Skipped  []calendars.Skip // what the sources could not read
}

// Report is what a period's meetings took and could give back. The package
// documentation says what each figure means.
type Report struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`

	People                Number `json:"people"`
	Occurrences           Number `json:"occurrences"`
	MeetingHours          Hours  `json:"meeting_hours"`
	RecoverableHours      Hours  `json:"recoverable_hours"`
	TrialHours            Hours  `json:"trial_hours"`
	AsyncCostHours        Hours  `json:"async_cost_hours"`
	LeftAloneHours        Hours  `json:"left_alone_hours"`
	UnsureHours           Hours  `json:"unsure_hours"`
	UnknownHeadcountHours Hours  `json:"unknown_headcount_hours"`

	Cost *Costs `json:"cost,omitempty"`

	Categories []Category `json:"categories"`
	Others     *Others    `json:"others,omitempty"`
	Weeks      []Week     `json:"weeks,omitempty"`
	LeftOut    []Span     `json:"weeks_left_out,omitempty"`
	Meetings   []Meeting  `json:"meetings"`
	Skipped    []Skip     `json:"skipped"`

	Title     string   `json:"-"`
	Period    Period   `json:"-"`
	By        By       `json:"-"`
	Coverage  Coverage `json:"-"`
	LeftAlone []Left   `json:"-"` // LeftAloneHours by guard, most hours first
	MinGroup  int      `json:"-"` // as Options has it

	personWeeks int  // who met, summed over weeks; 0 without MinGroup
	unseen      bool // some of UnknownHeadcountHours are not told
}

// Sums are the figures that every row of a report has.
type Sums struct {
	Occurrences      Number `json:"occurrences"`
	MeetingHours     Hours  `json:"meeting_hours"`
	RecoverableHours Hours  `json:"recoverable_hours"`
	TrialHours       Hours  `json:"trial_hours"`
}

// Category is the hours of one level of the taxonomy.
type Category struct {
	Category rules.Category `json:"category"`
	Sums
}

// Week is the hours of one week, Monday to Sunday, or of what the period has of
// it.
type Week struct {
	From string `json:"from"`
	To   string `json:"to"` // the day after the last
	Sums
	period Period
	folded bool // some of it is in the others
}

// Others are what too few people attended in a week to be told apart, and what had to
// be put with it: it belongs to the whole, and to none of the categories.
type Others struct {
	Occurrences  Number `json:"occurrences"`
	MeetingHours Hours  `json:"meeting_hours"`
}

// Span is a week of which nothing is told, because too few people met.
type Span struct {
	From   string `json:"from"`
	To     string `json:"to"` // the day after the last
	period Period
}

// Meeting is the hours of one meeting: a series or a one-off.
type Meeting struct {
	Title     string         `json:"title"` // "private" for a private one
	Organizer string         `json:"organizer"`
	Category  rules.Category `json:"category"`
	Sums
	Why string `json:"why"` // in a few words
}

// Left is the hours that one guard holds back. Where several do, the first that
// the verdict names has them.
type Left struct {
	Guard string
	Hours Hours
}

// Skip is a piece of input that could not be read.
type Skip struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // 1-based; 0 where lines mean nothing
	Reason string `json:"reason"`
}
