package suggest

import (
	"fmt"
	"strings"
	"time"
)

// Hours are when somebody works: for each weekday one stretch of the day, or
// none. The zero value is never.
type Hours [7]Stretch // by time.Weekday

// Stretch is a part of a day in minutes since midnight by the clock on the wall,
// To exclusive; empty if both are equal.
type Stretch struct{ From, To int }

// OfficeHours are Monday to Friday from nine to five.
func OfficeHours() Hours {
	var h Hours
	for day := time.Monday; day <= time.Friday; day++ {
		h[day] = Stretch{9 * 60, 17 * 60}
	}
	return h
}

var weekdays = map[string]time.Weekday{
	"mo": time.Monday, "tu": time.Tuesday, "we": time.Wednesday, "th": time.Thursday,
	"fr": time.Friday, "sa": time.Saturday, "su": time.Sunday,
}

// ParseHours reads working hours such as "Mo-Fr 09:00-17:00" or
// "Mo-Th 08:00-16:30, Fr 08:00-12:00". Days may be joined by commas of their own
// where no hours stand between: "Mo,We 09:00-13:00".
func ParseHours(text string) (Hours, error) {
	var h Hours
	fail := func(why string) (Hours, error) {
		return Hours{}, fmt.Errorf("%q are no working hours: %s; they look like Mo-Fr 09:00-17:00", text, why)
	}
	var days []time.Weekday
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		first, last, ranged := strings.Cut(word, "-")
		if from, ok := weekdays[first]; ok {
			to := from
			if ranged {
				if to, ok = weekdays[last]; !ok {
					return fail(fmt.Sprintf("%q is no day", last))
				}
			}
			for day := from; ; day = (day + 1) % 7 {
				days = append(days, day)
				if day == to {
					break
				}
			}
			continue
		}
		from, ok1 := minuteOf(first)
		to, ok2 := minuteOf(last)
		switch {
		case !ok1 || !ok2:
			return fail(fmt.Sprintf("%q is neither days nor hours", word))
		case to <= from:
			return fail("they must end after they begin, on the same day")
		case len(days) == 0:
			return fail("no day stands before the hours")
		}
		for _, day := range days {
			if h[day] != (Stretch{}) {
				return fail(day.String() + " stands there twice")
			}
			h[day] = Stretch{from, to}
		}
		days = nil
	}
	if len(days) > 0 || h == (Hours{}) {
		return fail("hours are missing")
	}
	return h, nil
}

// minuteOf reads "09:30" as minutes since midnight; "24:00" is the day's end.
func minuteOf(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

// Open reports whether t, in its own location, is within working hours.
func (h Hours) Open(t time.Time) bool {
	s, minute := h[t.Weekday()], t.Hour()*60+t.Minute()
	return s.From <= minute && minute < s.To
}

// Next returns when somebody works, at t in its own location or later; t itself where
// there are no hours.
func (h Hours) Next(t time.Time) time.Time {
	if h == (Hours{}) || h.Open(t) {
		return t
	}
	day := dayOf(t)
	for range 8 {
		if open := h.on(day); open.Start.Before(open.End) && open.Start.After(t) {
			return open.Start
		}
		day = day.AddDate(0, 0, 1)
	}
	return t
}

// Until returns when the working hours end that t, in its own location, is within.
func (h Hours) Until(t time.Time) time.Time { return h.on(dayOf(t)).End }

// Meet reports whether any of [start, end) is within working hours in zone.
func (h Hours) Meet(start, end time.Time, zone *time.Location) bool {
	for day := dayOf(start.In(zone)); day.Before(end); day = day.AddDate(0, 0, 1) {
		open := h.on(day)
		if open.Start.Before(open.End) && open.Start.Before(end) && start.Before(open.End) {
			return true
		}
	}
	return false
}

// on returns the working hours of the day that begins at day; empty if none.
func (h Hours) on(day time.Time) Span {
	s := h[day.Weekday()]
	return Span{clock(day, s.From), clock(day, s.To)}
}

// clock is when the clock on the wall shows the given minute of a day.
func clock(day time.Time, minute int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, minute/60, minute%60, 0, 0, day.Location())
}

// dayOf is when the day of t begins in t's location.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// Dates are days of the calendar, whatever the time zone: 2026-12-24.
type Dates map[string]bool

// ParseDates reads days such as "2026-12-24", and stretches of them with both
// ends such as "2026-12-24..2027-01-01".
func ParseDates(list []string) (Dates, error) {
	dates := Dates{}
	for _, text := range list {
		first, last, ranged := strings.Cut(text, "..")
		if !ranged {
			last = first
		}
		from, err1 := time.Parse(time.DateOnly, strings.TrimSpace(first))
		to, err2 := time.Parse(time.DateOnly, strings.TrimSpace(last))
		switch {
		case err1 != nil || err2 != nil:
			return nil, fmt.Errorf("%q is no date: it takes one such as 2026-12-24, or 2026-12-24..2027-01-01", text)
		case to.Before(from) || to.Sub(from) > 366*24*time.Hour:
			return nil, fmt.Errorf("%q must end after it begins, within a year", text)
		}
		for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
			dates[day.Format(time.DateOnly)] = true
		}
	}
	return dates, nil
}

// Has reports whether the day of t, in its own location, is among d.
func (d Dates) Has(t time.Time) bool { return d[t.Format(time.DateOnly)] }
