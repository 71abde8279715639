package rule

// SecondsPerDay is the length of a day on the wall: there, every day has 24 h.
const SecondsPerDay = 86400

// The span of days that iCalendar can write down: years 1 to 9999.
var (
	FirstLocal = Days(1, 1, 1) * SecondsPerDay
	LastLocal  = Days(10000, 1, 1)*SecondsPerDay - 1
)

var daysBefore = [13]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Days counts the days from 1970-01-01 to the given date of the Gregorian
// calendar. Month and day may lie outside their ranges, as in time.Date.
func Days(year, month, day int) int64 {
	year += floorDiv(month-1, 12)
	month = mod(month-1, 12)
	n := jan1(year) + int64(daysBefore[month]) + int64(day-1)
	if month > 1 && leap(year) {
		n++
	}
	return n
}

// jan1 is the day number of the first of January.
func jan1(year int) int64 {
	y := year - 1
	return int64(y*365+floorDiv(y, 4)-floorDiv(y, 100)+floorDiv(y, 400)) - 719162
}

// Local is the local second of a date and a time of day.
func Local(year, month, day, hour, minute, second int) int64 {
	return Days(year, month, day)*SecondsPerDay + int64(hour*3600+minute*60+second)
}

// date is a day with everything a rule can ask of it.
type date struct {
	n       int64 // days since 1970-01-01
	year    int
	month   int // 1 to 12
	day     int // 1 to 31
	yearDay int // 1 to 366
	weekday int // 0 is Monday
}

func dateOf(n int64) date {
	// 146097 days make 400 years; the guess is off by one year at most.
	year := int(floorDiv64((n+719162)*400, 146097)) + 1
	for jan1(year) > n {
		year--
	}
	for jan1(year+1) <= n {
		year++
	}
	d := date{n: n, year: year, yearDay: int(n-jan1(year)) + 1, weekday: weekday(n)}
	for d.month = 1; d.yearDay > endOfMonth(year, d.month); d.month++ {
	}
	d.day = d.yearDay - endOfMonth(year, d.month-1)
	return d
}

// next moves d to the following day.
func (d *date) next() {
	d.n++
	d.weekday = (d.weekday + 1) % 7
	d.day++
	d.yearDay++
	if d.day <= 28 || d.day <= d.monthLength() {
		return
	}
	d.day = 1
	d.month++
	if d.month > 12 {
		d.month, d.yearDay = 1, 1
		d.year++
	}
}

func (d *date) monthLength() int {
	return endOfMonth(d.year, d.month) - endOfMonth(d.year, d.month-1)
}

func (d *date) yearLength() int { return endOfMonth(d.year, 12) }

// week is the number of d's week in its week-year, and how many weeks that
// year has. Weeks begin on weekday start; the first has at least four days.
func (d *date) week(start int) (number, weeks int) {
	year := d.weekYear(start)
	first, next := firstWeek(year, start), firstWeek(year+1, start)
	return int(d.n-first)/7 + 1, int(next-first) / 7
}

// weekYear is the year that d's week belongs to.
func (d *date) weekYear(start int) int {
	switch {
	case d.n < firstWeek(d.year, start):
		return d.year - 1
	case d.n >= firstWeek(d.year+1, start):
		return d.year + 1
	}
	return d.year
}

// firstWeek is the day on which the first week of year begins: the week that
// holds the 4th of January.
func firstWeek(year, start int) int64 {
	jan4 := jan1(year) + 3
	return jan4 - int64(mod(weekday(jan4)-start, 7))
}

// endOfMonth counts the days of year up to the end of month; 0 for month 0.
func endOfMonth(year, month int) int {
	if month > 1 && leap(year) {
		return daysBefore[month] + 1
	}
	return daysBefore[month]
}

// weekday of day n; 0 is Monday. 1970-01-01 was a Thursday.
func weekday(n int64) int { return int(((n+3)%7 + 7) % 7) }

func mod(a, b int) int { return ((a % b) + b) % b }

func floorDiv(a, b int) int { return int(floorDiv64(int64(a), int64(b))) }

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceilDiv64(a, b int64) int64 { return -floorDiv64(-a, b) }
