package rule

import (
	"fmt"
	"math/bits"
	"slices"
)

// Budget bounds the work of expansions. It may be shared by several.
type Budget struct {
	Steps   int // days and times that may still be looked at
	Results int // occurrences that may still be found
	Spent   bool
}

// spend takes one step and reports whether there was one left.
func (b *Budget) spend() bool {
	b.Steps--
	if b.Steps < 0 {
		b.Spent = true
	}
	return !b.Spent
}

// DateOnly is the rule as it holds for an all-day event: without its times of
// day, which RFC 5545 says to ignore there. A rule that repeats within the day
// is an error.
func (r Rule) DateOnly() (Rule, error) {
	if r.Freq < Daily {
		return Rule{}, fmt.Errorf("recurrence rule: an all-day event cannot repeat within the day")
	}
	r.hours, r.minutes, r.seconds = 0, 0, 0
	return r, nil
}

// Expand appends to found, in order, the local seconds in [from, to) that the
// rule makes of an event that starts at local second start. Nothing is before
// start; start itself is among them, and counts, only if the rule makes it.
// COUNT is honoured; UNTIL is left to the caller, who knows the zone. Where the budget ran out (budget.Spent), the occurrences
// found are the first ones.
//
// It begins to look at from, not at start, unless COUNT makes it count: even
// then it jumps where every period makes as many.
func (r *Rule) Expand(found []int64, start, from, to int64, budget *Budget) []int64 {
	e := expansion{
		Rule: *r, start: max(start, FirstLocal), from: from, to: min(to, LastLocal+1),
		found: found, budget: budget, counting: r.Count > 0, left: r.Count,
	}
	if e.from < e.start {
		e.from = e.start
	}
	if e.from >= e.to {
		return found
	}
	e.fill()
	if e.Freq >= Daily {
		e.byDays()
	} else {
		e.byClock()
	}
	return e.found
}

// expansion is one run of Expand. Its Rule has the parts filled in that the
// rule leaves to the start of the event.
type expansion struct {
	Rule
	start, from, to int64
	budget          *Budget
	found           []int64

	counting bool  // COUNT was given
	left     int64 // what it still allows

	nthInYear   bool // BYDAY numbers count within the year, not the month
	anyDate     bool // nothing but weekdays limits the days
	hourList    []int64
	minuteList  []int64
	secondList  []int64
	bases       []int64 // of the running period: midnights, hours or minutes
	basesBuffer [31]int64
	timeBuffer  [3]int64
}

// fill takes from start what the rule leaves open (RFC 5545 §3.3.10: "missing
// information is taken from DTSTART").
func (e *expansion) fill() {
	day := dateOf(floorDiv64(e.start, SecondsPerDay))
	clock := e.start - day.n*SecondsPerDay
	e.bases = e.basesBuffer[:0]

	if len(e.nth) > 0 && (e.Freq < Monthly || !e.weeks.empty()) {
		// Numbers mean nothing here; the days are still what was meant.
		for _, each := range e.nth {
			e.weekdays |= 1 << each.weekday
		}
		e.nth = nil
	}
	e.nthInYear = e.Freq == Yearly && e.months == 0

	noDays := e.weekdays == 0 && len(e.nth) == 0 && e.monthDays.empty() && !e.yearDays.used
	switch {
	case e.Freq < Weekly || !noDays:
	case e.Freq == Weekly || !e.weeks.empty():
		e.weekdays = 1 << day.weekday
	case e.Freq == Monthly:
		e.monthDays.front = 1 << day.day
	default:
		e.monthDays.front = 1 << day.day
		if e.months == 0 {
			e.months = 1 << day.month
		}
	}
	e.anyDate = e.months == 0 && len(e.nth) == 0 && e.monthDays.empty() && !e.yearDays.used && e.weeks.empty()

	// A part that is longer than the period limits; a shorter one expands.
	e.hourList = e.timeList(0, e.hours, clock/3600, e.Freq > Hourly)
	e.minuteList = e.timeList(1, e.minutes, clock/60%60, e.Freq > Minutely)
	e.secondList = e.timeList(2, e.seconds, clock%60, e.Freq > Secondly)
}

// timeList lists the hours, minutes or seconds to add to a base.
func (e *expansion) timeList(at int, set uint64, start int64, expands bool) []int64 {
	if expands && set != 0 {
		return list(set)
	}
	if !expands {
		start = 0
	}
	e.timeBuffer[at] = start
	return e.timeBuffer[at : at+1]
}

// byDays expands rules of whole days, weeks, months and years.
func (e *expansion) byDays() {
	first := e.period(floorDiv64(e.start, SecondsPerDay))
	k := (e.period(floorDiv64(e.from, SecondsPerDay)) - first) / e.Interval
	if e.counting && k > 0 && !e.jump(k, func() { e.days(first) }) {
		k = 0
	}
	for ; e.days(first + k*e.Interval); k++ {
	}
}

// jump counts what the periods before the k-th make without looking at each. It
// reports whether that can be told from the rule; run expands the first period,
// of which only a part may lie after start.
func (e *expansion) jump(k int64, run func()) bool {
	size := e.periodSize()
	if size == 0 {
		return false
	}
	run()
	e.left = max(0, e.left-size*(k-1))
	return true
}

// periodSize is how many occurrences every whole period has; 0 if they differ.
func (e *expansion) periodSize() int64 {
	if !e.anyDate || e.Freq >= Monthly {
		return 0
	}
	size := int64(len(e.hourList) * len(e.minuteList) * len(e.secondList))
	switch {
	case e.Freq == Weekly:
		size *= int64(bits.OnesCount64(e.weekdays))
	case e.weekdays != 0,
		e.Freq <= Hourly && e.hours != 0,
		e.Freq <= Minutely && e.minutes != 0,
		e.Freq <= Secondly && e.seconds != 0:
		return 0
	}
	if len(e.setPos) > 0 {
		size = int64(len(e.positions(int(size))))
	}
	return size
}

// period numbers the year, month, week or day that day n lies in.
func (e *expansion) period(n int64) int64 {
	switch e.Freq {
	case Daily:
		return n
	case Weekly:
		return floorDiv64(n+3-int64(e.weekStart), 7)
	}
	day := dateOf(n)
	switch {
	case e.Freq == Monthly:
		return int64(day.year*12 + day.month - 1)
	case !e.weeks.empty():
		// Numbered weeks belong to a week-year: a rule for week 1 that starts
		// on 30 December is about the year that begins.
		return int64(day.weekYear(e.weekStart))
	}
	return int64(day.year)
}

// bounds is the span of days [first, end) of a period.
func (e *expansion) bounds(period int64) (first, end int64) {
	switch {
	case e.Freq == Daily:
		return period, period + 1
	case e.Freq == Weekly:
		first = period*7 - 3 + int64(e.weekStart)
		return first, first + 7
	case e.Freq == Monthly:
		year, month := int(floorDiv64(period, 12)), int(period-12*floorDiv64(period, 12))+1
		first = Days(year, month, 1)
		return first, first + int64(endOfMonth(year, month)-endOfMonth(year, month-1))
	case !e.weeks.empty():
		return firstWeek(int(period), e.weekStart), firstWeek(int(period)+1, e.weekStart)
	}
	return jan1(int(period)), jan1(int(period) + 1)
}

// days finds the days of a period and takes their occurrences. It reports
// whether to go on.
func (e *expansion) days(period int64) bool {
	first, end := e.bounds(period)
	if first*SecondsPerDay >= e.to {
		return false
	}
	e.bases = e.bases[:0]
	if e.anyDate {
		for n := first; n < end; n++ {
			if e.weekdays == 0 || e.weekdays>>weekday(n)&1 == 1 {
				e.bases = append(e.bases, n*SecondsPerDay)
			}
		}
		return e.budget.spend() && e.emit()
	}
	for day := dateOf(first); day.n < end; day.next() {
		if !e.budget.spend() {
			return false
		}
		if e.months != 0 && e.months>>day.month&1 == 0 {
			// On to the last day of this month; next goes beyond it.
			rest := min(day.monthLength()-day.day, int(end-day.n)-1)
			day.n += int64(rest)
			day.day += rest
			day.yearDay += rest
			day.weekday = (day.weekday + rest) % 7
			continue
		}
		if e.match(&day) {
			e.bases = append(e.bases, day.n*SecondsPerDay)
		}
	}
	return e.emit()
}

// match reports whether a day passes all parts that speak of days.
func (e *expansion) match(day *date) bool {
	if e.months != 0 && e.months>>day.month&1 == 0 {
		return false
	}
	if !e.monthDays.empty() &&
		e.monthDays.front>>day.day&1 == 0 && e.monthDays.back>>(day.monthLength()+1-day.day)&1 == 0 {
		return false
	}
	if (e.weekdays != 0 || len(e.nth) > 0) && e.weekdays>>day.weekday&1 == 0 && !e.matchNth(day) {
		return false
	}
	if e.yearDays.used {
		back := day.yearLength() + 1 - day.yearDay
		if e.yearDays.front[day.yearDay/64]>>(day.yearDay%64)&1 == 0 && e.yearDays.back[back/64]>>(back%64)&1 == 0 {
			return false
		}
	}
	if !e.weeks.empty() {
		number, weeks := day.week(e.weekStart)
		if e.weeks.front>>number&1 == 0 && e.weeks.back>>(weeks+1-number)&1 == 0 {
			return false
		}
	}
	return true
}

// matchNth reports whether a day is one of the numbered weekdays.
func (e *expansion) matchNth(day *date) bool {
	front, length := day.day, day.monthLength()
	if e.nthInYear {
		front, length = day.yearDay, day.yearLength()
	}
	for _, each := range e.nth {
		if each.weekday != day.weekday {
			continue
		}
		if each.n == (front-1)/7+1 || each.n == -((length-front)/7+1) {
			return true
		}
	}
	return false
}

// byClock expands rules of hours, minutes and seconds. Where a day, an hour or
// a minute does not match it goes straight to the next one.
func (e *expansion) byClock() {
	unit := map[Freq]int64{Secondly: 1, Minutely: 60, Hourly: 3600}[e.Freq]
	first := floorDiv64(e.start, unit)
	after := func(local int64) int64 { return ceilDiv64(ceilDiv64(local, unit)-first, e.Interval) }

	k := (floorDiv64(e.from, unit) - first) / e.Interval
	if e.counting && k > 0 && !e.jump(k, func() { e.base(first * unit) }) {
		k = 0
	}
	var day date
	matches := false
	for known := false; ; {
		base := (first + k*e.Interval) * unit
		if base >= e.to || !e.budget.spend() {
			return
		}
		if n := floorDiv64(base, SecondsPerDay); !known || n != day.n {
			day, known = dateOf(n), true
			matches = e.match(&day)
		}
		clock := base - day.n*SecondsPerDay
		switch {
		case !matches:
			k = after((day.n + 1) * SecondsPerDay)
		case e.hours != 0 && e.hours>>(clock/3600)&1 == 0:
			k = after(base - clock%3600 + 3600)
		case e.Freq < Hourly && e.minutes != 0 && e.minutes>>(clock/60%60)&1 == 0:
			k = after(base - clock%60 + 60)
		case e.Freq < Minutely && e.seconds != 0 && e.seconds>>(clock%60)&1 == 0:
			k++
		default:
			if !e.base(base) {
				return
			}
			k++
		}
	}
}

// base takes the occurrences of a period that is an hour or less.
func (e *expansion) base(local int64) bool {
	e.bases = append(e.bases[:0], local)
	return e.emit()
}

// emit takes the times of all bases. It reports whether to go on.
func (e *expansion) emit() bool {
	if len(e.setPos) > 0 {
		hours, minutes, seconds := len(e.hourList), len(e.minuteList), len(e.secondList)
		for _, at := range e.positions(len(e.bases) * hours * minutes * seconds) {
			local := e.secondList[at%seconds] + 60*e.minuteList[at/seconds%minutes] +
				3600*e.hourList[at/seconds/minutes%hours] + e.bases[at/seconds/minutes/hours]
			if !e.take(local) {
				return false
			}
		}
		return true
	}
	for _, base := range e.bases {
		for _, hour := range e.hourList {
			for _, minute := range e.minuteList {
				for _, second := range e.secondList {
					if !e.take(base + 3600*hour + 60*minute + second) {
						return false
					}
				}
			}
		}
	}
	return true
}

// positions turns BYSETPOS into indexes into a set of the given size, in order.
func (e *expansion) positions(size int) []int {
	var at []int
	for _, position := range e.setPos {
		if position < 0 {
			position += size + 1
		}
		if position >= 1 && position <= size {
			at = append(at, position-1)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// take counts and keeps one occurrence of the rule. It reports whether to go on.
func (e *expansion) take(local int64) bool {
	if local < e.start {
		return true
	}
	if e.counting {
		if e.left <= 0 {
			return false
		}
		e.left--
	}
	if local >= e.to {
		return false
	}
	if local < e.from {
		return !e.counting || e.budget.spend()
	}
	if e.budget.Results <= 0 {
		e.budget.Spent = true
		return false
	}
	e.budget.Results--
	e.found = append(e.found, local)
	return true
}
