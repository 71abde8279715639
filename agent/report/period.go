package report

import (
	"errors"
	"fmt"
	"time"

	"unmeet/agent/text"
)

const dateLayout = "2006-01-02"

// Period is a run of whole days [From, To) in Zone.
type Period struct {
	From, To time.Time // each the first instant of a day in Zone; To is exclusive
	Zone     *time.Location
}

// Day returns the first instant of a day in zone: midnight, or where the clocks
// skip midnight, the time they jump to. Days and months out of range are
// carried over, as by time.Date.
func Day(year int, month time.Month, day int, zone *time.Location) time.Time {
	noon := time.Date(year, month, day, 12, 0, 0, 0, zone)
	midnight := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if midnight.Day() != noon.Day() {
		// time.Date read a midnight that does not exist with the offset before the jump.
		_, before := midnight.Zone()
		_, after := noon.Zone()
		midnight = midnight.Add(time.Duration(after-before) * time.Second)
	}
	if earlier := midnight.Add(-time.Hour); earlier.Day() == noon.Day() {
		return earlier // midnight came twice
	}
	return midnight
}

// addDays moves a first instant of a day by whole days in zone.
func addDays(t time.Time, days int, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return Day(year, month, day+days, zone)
}

// monday returns the start of the week, Monday to Sunday, that t lies in.
func monday(t time.Time, zone *time.Location) time.Time {
	sinceMonday := (int(t.In(zone).Weekday()) + 6) % 7
	return addDays(t, -sinceMonday, zone)
}

// DefaultPeriod is the four whole weeks to report on when nobody asks for
// others: the last four, counting the running one on its Sunday. Data that
// spans [first, last) and ends more than a week earlier is reported to its own
// end, and data that begins after now from its beginning. Zero times mean that
// there is no data.
func DefaultPeriod(now, first, last time.Time, zone *time.Location) Period {
	const weeks = 4
	to := monday(addDays(now, 1, zone), zone)
	switch {
	case !first.IsZero() && first.After(now):
		to = addDays(monday(first, zone), weeks*7, zone)
	case !last.IsZero() && last.Before(addDays(to, -7, zone)):
		// The week of the last instant is whole: nothing of the data follows it.
		to = addDays(monday(last.Add(-time.Nanosecond), zone), 7, zone)
	}
	return Period{From: addDays(to, -weeks*7, zone), To: to, Zone: zone}
}

// check refuses what is not a run of whole days.
func (p Period) check() error {
	if p.Zone == nil {
		return errors.New("the period has no time zone")
	}
	if !p.From.Before(p.To) {
		return fmt.Errorf("the period ends (%s) before it begins (%s)", p.date(p.To), p.date(p.From))
	}
	for _, t := range []time.Time{p.From, p.To} {
		if !t.Equal(addDays(t, 0, p.Zone)) {
			return fmt.Errorf("the period has to be whole days in %s: %s is not the start of one", p.Zone, t.In(p.Zone).Format(time.RFC3339))
		}
	}
	return nil
}

func (p Period) date(t time.Time) string { return t.In(p.Zone).Format(dateLayout) }

// days counts calendar days; one of 23 or 25 hours is one too.
func (p Period) days() int {
	civil := func(t time.Time) time.Time {
		year, month, day := t.In(p.Zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return int(civil(p.To).Sub(civil(p.From)) / (24 * time.Hour))
}

// weeks cuts the period at every Monday.
func (p Period) weeks() []Period {
	var weeks []Period
	for from := p.From; from.Before(p.To); {
		to := addDays(monday(from, p.Zone), 7, p.Zone)
		if to.After(p.To) {
			to = p.To
		}
		weeks = append(weeks, Period{From: from, To: to, Zone: p.Zone})
		from = to
	}
	return weeks
}

// Days writes the period as people do: "26 Oct – 22 Nov 2026", with its last
// day, not the day after.
func (p Period) Days() string {
	first, last := p.From.In(p.Zone), addDays(p.To, -1, p.Zone).In(p.Zone)
	end := last.Format("2 Jan 2006")
	switch {
	case p.days() == 1:
		return end
	case first.Year() != last.Year():
		return first.Format("2 Jan 2006") + " – " + end
	case first.Month() != last.Month():
		return first.Format("2 Jan") + " – " + end
	}
	return first.Format("2") + " – " + end
}

// Length writes how long the period is: "4 weeks", "10 days".
func (p Period) Length() string {
	days := p.days()
	if days%7 == 0 {
		return text.Count(days/7, "week")
	}
	return text.Count(days, "day")
}

// short is Days without years, for the rows of a table.
func (p Period) short() string {
	first, last := p.From.In(p.Zone), addDays(p.To, -1, p.Zone).In(p.Zone)
	if p.days() == 1 {
		return first.Format("2 Jan")
	}
	return first.Format("2 Jan") + " – " + last.Format("2 Jan")
}
