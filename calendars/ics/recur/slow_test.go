package recur_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"unmeet/calendars/ics/recur"
)

// slowBetween is a second expansion, written from the definition in RFC 5545
// §3.3.10 and for clearness alone: it looks at every second that might be meant
// and asks each part of the rule about it. Local times are time.Times in UTC.
func slowBetween(s recur.Set, from, to time.Time, length time.Duration) []time.Time {
	loc := s.Start.Location()
	start := onWall(s.Start)
	var found []time.Time
	startCounts := len(s.Rules) == 0
	for _, text := range s.Rules {
		rule := slowParse(text)
		for _, local := range rule.expand(start, s.AllDay, onWall(to).AddDate(0, 0, 2)) {
			if at := slowResolve(local, loc); !rule.after(at, loc, s.AllDay) {
				found = append(found, at)
			}
		}
		startCounts = startCounts || !rule.after(s.Start, loc, s.AllDay)
	}
	if startCounts {
		found = append(found, slowResolve(start, loc))
	}
	for _, date := range s.Dates {
		found = append(found, date.Time)
	}
	for _, text := range s.ExRules {
		rule := slowParse(text)
		for _, local := range rule.expand(start, s.AllDay, onWall(to).AddDate(0, 0, 2)) {
			at := slowResolve(local, loc)
			found = slices.DeleteFunc(found, func(t time.Time) bool { return t.Equal(at) && !rule.after(at, loc, s.AllDay) })
		}
	}
	for _, except := range s.Except {
		found = slices.DeleteFunc(found, func(t time.Time) bool {
			if except.Day {
				return onWall(t).Format(time.DateOnly) == except.Time.Format(time.DateOnly)
			}
			return t.Equal(except.Time)
		})
	}
	found = slices.DeleteFunc(found, func(t time.Time) bool {
		end := t.Add(length)
		if s.AllDay {
			end = slowResolve(onWall(t).Truncate(24*time.Hour).Add(length), loc)
		}
		return !t.Before(to) || t.Before(from) && !end.After(from)
	})
	slices.SortFunc(found, time.Time.Compare)
	return slices.CompactFunc(found, time.Time.Equal)
}

// onWall is what the clock shows at t, as a time in UTC.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// slowResolve finds the earliest instant at which the clocks of loc show local;
// where they skip it, the offset of the last instant before the gap is taken.
func slowResolve(local time.Time, loc *time.Location) time.Time {
	var found time.Time
	for hours := -30; hours <= 30; hours++ {
		_, offset := local.Add(time.Duration(hours) * time.Hour).In(loc).Zone()
		at := local.Add(-time.Duration(offset) * time.Second).In(loc)
		if onWall(at).Equal(local) && (found.IsZero() || at.Before(found)) {
			found = at
		}
	}
	if !found.IsZero() {
		return found
	}
	before := local.Add(-30 * time.Hour).In(loc)
	for onWall(before).Before(local) {
		before = before.Add(time.Minute)
	}
	_, offset := before.Add(-time.Minute).Zone()
	return local.Add(-time.Duration(offset) * time.Second).In(loc)
}

// slowRule is a rule as a table of its parts.
type slowRule map[string][]string

func slowParse(text string) slowRule {
	rule := slowRule{}
	for part := range strings.SplitSeq(strings.ToUpper(text), ";") {
		name, value, _ := strings.Cut(part, "=")
		rule[name] = strings.Split(value, ",")
	}
	return rule
}

func (r slowRule) has(name string) bool { return len(r[name]) > 0 }

func (r slowRule) freq() string { return r["FREQ"][0] }

func (r slowRule) interval() int {
	if !r.has("INTERVAL") {
		return 1
	}
	n, _ := strconv.Atoi(r["INTERVAL"][0])
	return n
}

// after reports whether t is beyond UNTIL.
func (r slowRule) after(t time.Time, loc *time.Location, allDay bool) bool {
	if !r.has("UNTIL") {
		return false
	}
	text := r["UNTIL"][0]
	if day, err := time.Parse("20060102", text); err == nil {
		return onWall(t).Truncate(24 * time.Hour).After(day)
	}
	if until, err := time.Parse("20060102T150405Z", text); err == nil {
		if allDay && until.Equal(until.Truncate(24*time.Hour)) {
			return onWall(t).Truncate(24 * time.Hour).After(until)
		}
		return t.After(until)
	}
	until, _ := time.Parse("20060102T150405", text)
	return t.After(slowResolve(until, loc))
}

// expand lists the local times of the rule up to end.
func (r slowRule) expand(start time.Time, allDay bool, end time.Time) []time.Time {
	count := -1
	if r.has("COUNT") {
		count, _ = strconv.Atoi(r["COUNT"][0])
	}
	var found, set []time.Time
	period := 0
	flush := func() {
		for _, t := range r.positions(set) {
			if t.Before(start) || count == 0 {
				continue
			}
			found = append(found, t)
			count--
		}
		set = nil
	}
	day := start.Truncate(24 * time.Hour)
	if !strings.Contains("HOURLY MINUTELY SECONDLY", r.freq()) {
		day = day.AddDate(-1, 0, 0) // before the first period began
	}
	running := func() bool { return len(set) > 0 && r.period(day)-r.period(start) == period }
	for ; day.Before(end) || running(); day = day.AddDate(0, 0, 1) {
		if !r.dayMatches(day, start) {
			continue
		}
		for _, clock := range r.clocks(start, allDay) {
			t := day.Add(clock)
			now := r.period(t) - r.period(start)
			if now < 0 || now%r.interval() != 0 {
				continue
			}
			if now != period {
				flush()
				period = now
			}
			set = append(set, t)
		}
	}
	flush()
	return slices.DeleteFunc(found, func(t time.Time) bool { return !t.Before(end) })
}

// positions picks what BYSETPOS asks for.
func (r slowRule) positions(set []time.Time) []time.Time {
	if !r.has("BYSETPOS") {
		return set
	}
	var picked []time.Time
	for i, t := range set {
		front, back := strconv.Itoa(i+1), strconv.Itoa(i-len(set))
		if slices.Contains(r["BYSETPOS"], front) || slices.Contains(r["BYSETPOS"], back) {
			picked = append(picked, t)
		}
	}
	return picked
}

// period numbers the period of t.
func (r slowRule) period(t time.Time) int {
	days := int(t.Truncate(24*time.Hour).Unix() / 86400)
	switch r.freq() {
	case "YEARLY":
		if r.has("BYWEEKNO") {
			year, _ := r.week(t)
			return year
		}
		return t.Year()
	case "MONTHLY":
		return t.Year()*12 + int(t.Month())
	case "WEEKLY":
		return int(r.weekStart(t).Unix()/86400) / 7 // all starts are on one weekday
	case "DAILY":
		return days
	case "HOURLY":
		return days*24 + t.Hour()
	case "MINUTELY":
		return (days*24+t.Hour())*60 + t.Minute()
	}
	return int(t.Unix())
}

// clocks lists the times of day the rule may mean, in order.
func (r slowRule) clocks(start time.Time, allDay bool) []time.Duration {
	if allDay {
		return []time.Duration{0}
	}
	choose := func(part, longest string, own, all int) []int {
		var chosen []int
		for _, text := range r[part] {
			n, _ := strconv.Atoi(text)
			chosen = append(chosen, n)
		}
		switch {
		case len(chosen) > 0:
		case strings.Contains(longest, r.freq()):
			for n := range all {
				chosen = append(chosen, n)
			}
		default:
			chosen = []int{own}
		}
		slices.Sort(chosen)
		return slices.Compact(chosen)
	}
	var clocks []time.Duration
	for _, hour := range choose("BYHOUR", "HOURLY MINUTELY SECONDLY", start.Hour(), 24) {
		for _, minute := range choose("BYMINUTE", "MINUTELY SECONDLY", start.Minute(), 60) {
			for _, second := range choose("BYSECOND", "SECONDLY", start.Second(), 60) {
				clocks = append(clocks, time.Duration(hour*3600+minute*60+second)*time.Second)
			}
		}
	}
	return clocks
}

// dayMatches asks every part about days, and DTSTART for those that are missing.
func (r slowRule) dayMatches(day, start time.Time) bool {
	named := r.has("BYDAY") || r.has("BYMONTHDAY") || r.has("BYYEARDAY")
	switch {
	case named:
	case r.freq() == "WEEKLY", r.has("BYWEEKNO") && (r.freq() == "YEARLY" || r.freq() == "MONTHLY"):
		if day.Weekday() != start.Weekday() {
			return false
		}
	case r.freq() == "MONTHLY", r.freq() == "YEARLY":
		if day.Day() != start.Day() {
			return false
		}
		if r.freq() == "YEARLY" && !r.has("BYMONTH") && day.Month() != start.Month() {
			return false
		}
	}
	if r.has("BYWEEKNO") {
		year, week := r.week(day)
		_, weeks := r.week(time.Date(year, 12, 28, 0, 0, 0, 0, time.UTC)) // always in the last week
		if !r.among("BYWEEKNO", week, weeks) {
			return false
		}
	}
	endOfMonth := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	endOfYear := time.Date(day.Year(), 12, 31, 0, 0, 0, 0, time.UTC)
	return r.among("BYMONTH", int(day.Month()), 0) &&
		r.among("BYMONTHDAY", day.Day(), endOfMonth.Day()) &&
		r.among("BYYEARDAY", day.YearDay(), endOfYear.YearDay()) &&
		r.weekdayMatches(day)
}

// among reports whether part names n, or n counted from the end of many.
func (r slowRule) among(part string, n, many int) bool {
	if !r.has(part) {
		return true
	}
	for _, text := range r[part] {
		named, _ := strconv.Atoi(text)
		if named == n || many > 0 && named == n-many-1 {
			return true
		}
	}
	return false
}

func (r slowRule) weekdayMatches(day time.Time) bool {
	if !r.has("BYDAY") {
		return true
	}
	for _, text := range r["BYDAY"] {
		name := text[len(text)-2:]
		if name != strings.ToUpper(day.Weekday().String()[:2]) {
			continue
		}
		n, err := strconv.Atoi(text[:len(text)-2])
		numbered := r.freq() == "MONTHLY" || r.freq() == "YEARLY"
		if err != nil || !numbered || r.has("BYWEEKNO") {
			return true
		}
		same := func(t time.Time) bool {
			if r.freq() == "MONTHLY" || r.has("BYMONTH") {
				return t.Month() == day.Month()
			}
			return t.Year() == day.Year()
		}
		step, nth := -7, 1 // count the same weekdays before, or after
		if n < 0 {
			step, n = 7, -n
		}
		for other := day.AddDate(0, 0, step); same(other); other = other.AddDate(0, 0, step) {
			nth++
		}
		if nth == n {
			return true
		}
	}
	return false
}

// weekStart is the first day of t's week.
func (r slowRule) weekStart(t time.Time) time.Time {
	first := "MO"
	if r.has("WKST") {
		first = r["WKST"][0]
	}
	t = t.Truncate(24 * time.Hour)
	for strings.ToUpper(t.Weekday().String()[:2]) != first {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

// week is the year and number of t's week: those of the week's fourth day,
// since the first week is the one with four days in the year.
func (r slowRule) week(t time.Time) (year, number int) {
	fourth := r.weekStart(t).AddDate(0, 0, 3)
	return fourth.Year(), (fourth.YearDay()-1)/7 + 1
}
