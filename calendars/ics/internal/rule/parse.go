package rule

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// ErrUnsupported is wrapped by errors about rules that are well formed but
// outside of what this package reads (RFC 7529 RSCALE and SKIP).
var ErrUnsupported = errors.New("not supported")

// Freq is the period a rule repeats by, from the shortest to the longest.
type Freq uint8

// The values of FREQ.
const (
	Secondly Freq = iota + 1
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var freqs = map[string]Freq{
	"SECONDLY": Secondly, "MINUTELY": Minutely, "HOURLY": Hourly, "DAILY": Daily,
	"WEEKLY": Weekly, "MONTHLY": Monthly, "YEARLY": Yearly,
}

// parts are the names that set knows.
var parts = [...]string{
	"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS",
	"BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP",
}

const weekdays = "MOTUWETHFRSASU"

// UntilKind says in which form UNTIL was written.
type UntilKind uint8

// The forms of UNTIL.
const (
	Never   UntilKind = iota // no UNTIL
	OnDate                   // 20261231: that whole day
	AtLocal                  // 20261231T090000: on the wall of the event
	AtUTC                    // 20261231T090000Z: an instant
)

// Rule is a parsed RRULE or EXRULE. Sets of small numbers are bit sets.
type Rule struct {
	Freq      Freq
	Interval  int64 // 1 or more
	Count     int64 // 0: unlimited
	UntilKind UntilKind
	Until     int64 // local seconds; seconds of UTC for AtUTC; midnight for OnDate

	weekStart int // 0 is Monday
	seconds   uint64
	minutes   uint64
	hours     uint64
	months    uint64
	weekdays  uint64 // BYDAY without numbers
	nth       []nth  // BYDAY with numbers
	monthDays signed
	weeks     signed
	yearDays  yearSet
	setPos    []int
}

// nth is a numbered BYDAY: 2MO, -1FR.
type nth struct{ n, weekday int }

// signed holds numbers up to 63, counted from the front or from the back.
type signed struct{ front, back uint64 }

func (s signed) empty() bool { return s.front|s.back == 0 }

// yearSet holds days of a year, counted from the front or from the back.
type yearSet struct {
	used        bool
	front, back [6]uint64
}

// Parse reads the value of an RRULE. It takes what is found in practice:
// letters of either case, white space, empty parts and X- parts, which it
// passes over; INTERVAL=0 for 1, and COUNT=-1 for none. An error names the part that is wrong.
func Parse(text string) (Rule, error) {
	r := Rule{Interval: 1}
	if name, value, ok := strings.Cut(text, ":"); ok && strings.HasSuffix(strings.ToUpper(strings.TrimSpace(name)), "RULE") {
		text = value // "RRULE:RRULE:FREQ=…"
	}
	var seen [len(parts)]bool
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		value = strings.ToUpper(strings.TrimSpace(value))
		if strings.HasPrefix(name, "X-") {
			continue
		}
		if !found || value == "" { // what a program writes that has nothing to say: "UNTIL="
			continue
		}
		if err := r.set(name, value); err != nil {
			return Rule{}, fmt.Errorf("recurrence rule: %w", err)
		}
		at := slices.Index(parts[:], name)
		if seen[at] {
			return Rule{}, fmt.Errorf("recurrence rule: %s stands twice", name)
		}
		seen[at] = true
	}
	if r.Freq == 0 {
		return Rule{}, errors.New("recurrence rule: FREQ is missing")
	}
	return r, nil
}

func (r *Rule) set(name, value string) (err error) {
	switch name {
	case "FREQ":
		r.Freq = freqs[value]
		if r.Freq == 0 {
			return fmt.Errorf("FREQ=%s is none of SECONDLY to YEARLY", clip(value))
		}
	case "INTERVAL":
		r.Interval, err = number(name, value, 0, 1e9)
		r.Interval = max(r.Interval, 1)
	case "COUNT":
		if value != "-1" {
			r.Count, err = number(name, value, 1, 1e9)
		}
	case "UNTIL":
		r.UntilKind, r.Until, err = parseUntil(value)
	case "WKST":
		if r.weekStart = weekdayNumber(value); r.weekStart < 0 {
			return fmt.Errorf("WKST=%s is no weekday", clip(value))
		}
	case "BYSECOND":
		r.seconds, err = numbers(name, value, 0, 60)
		if r.seconds>>60&1 == 1 { // a leap second, which we read as the one before (§3.3.12)
			r.seconds = r.seconds&^(1<<60) | 1<<59
		}
	case "BYMINUTE":
		r.minutes, err = numbers(name, value, 0, 59)
	case "BYHOUR":
		r.hours, err = numbers(name, value, 0, 23)
	case "BYMONTH":
		r.months, err = numbers(name, value, 1, 12)
	case "BYMONTHDAY":
		r.monthDays, err = signedNumbers(name, value, 31)
	case "BYWEEKNO":
		r.weeks, err = signedNumbers(name, value, 53)
	case "BYYEARDAY":
		r.yearDays, err = parseYearDays(value)
	case "BYSETPOS":
		r.setPos, err = parseSetPos(value)
	case "BYDAY":
		err = r.parseByDay(value)
	case "RSCALE":
		if value != "GREGORIAN" {
			return fmt.Errorf("RSCALE=%s (RFC 7529): %w", clip(value), ErrUnsupported)
		}
	case "SKIP":
		if value != "OMIT" {
			return fmt.Errorf("SKIP=%s (RFC 7529): %w", clip(value), ErrUnsupported)
		}
	default:
		return fmt.Errorf("unknown part %s", clip(name))
	}
	return err
}

func number(name, value string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s=%s is not within %d to %d", name, clip(value), least, most)
	}
	return n, nil
}

// each calls do with every number of a list. Zero is refused where numbers
// count from both ends, that is where least is negative.
func each(name, list string, least, most int64, do func(n int)) error {
	for value := range strings.SplitSeq(list, ",") {
		value = strings.TrimSpace(value)
		n, err := number(name, value, least, most)
		if err != nil {
			return err
		}
		if n == 0 && least < 0 {
			return fmt.Errorf("%s=0 is not within 1 to %d or -%d to -1", name, most, most)
		}
		do(int(n))
	}
	return nil
}

func numbers(name, list string, least, most int64) (set uint64, err error) {
	err = each(name, list, least, most, func(n int) { set |= 1 << n })
	return set, err
}

func signedNumbers(name, list string, most int64) (set signed, err error) {
	err = each(name, list, -most, most, func(n int) {
		if n > 0 {
			set.front |= 1 << n
		} else {
			set.back |= 1 << -n
		}
	})
	return set, err
}

func parseYearDays(list string) (set yearSet, err error) {
	set.used = true
	err = each("BYYEARDAY", list, -366, 366, func(n int) {
		if n > 0 {
			set.front[n/64] |= 1 << (n % 64)
		} else {
			set.back[-n/64] |= 1 << (-n % 64)
		}
	})
	return set, err
}

func parseSetPos(list string) (positions []int, err error) {
	err = each("BYSETPOS", list, -366, 366, func(n int) { positions = append(positions, n) })
	slices.Sort(positions)
	return slices.Compact(positions), err
}

func (r *Rule) parseByDay(list string) error {
	for value := range strings.SplitSeq(list, ",") {
		value = strings.TrimSpace(value)
		if len(value) < 2 {
			return fmt.Errorf("BYDAY=%s is no weekday", clip(value))
		}
		count, name := strings.TrimSpace(value[:len(value)-2]), value[len(value)-2:]
		day := weekdayNumber(name)
		if day < 0 {
			return fmt.Errorf("BYDAY=%s is no weekday", clip(value))
		}
		if count == "" {
			r.weekdays |= 1 << day
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil || n == 0 || n < -53 || n > 53 {
			return fmt.Errorf("BYDAY=%s is not within 1 to 53 or -53 to -1", clip(value))
		}
		if !slices.Contains(r.nth, nth{n, day}) {
			r.nth = append(r.nth, nth{n, day})
		}
	}
	return nil
}

// weekdayNumber reads MO to SU; -1 for anything else.
func weekdayNumber(name string) int {
	if len(name) != 2 {
		return -1
	}
	at := strings.Index(weekdays, name)
	if at < 0 || at%2 == 1 {
		return -1
	}
	return at / 2
}

func parseUntil(value string) (UntilKind, int64, error) {
	day, clock, timed := strings.Cut(value, "T")
	if !timed {
		day = strings.TrimSuffix(day, "Z") // a day is a day everywhere
	}
	kind := OnDate
	local, ok := ParseDate(day)
	if timed && ok {
		kind = AtLocal
		if utc, found := strings.CutSuffix(clock, "Z"); found {
			kind, clock = AtUTC, utc
		}
		var seconds int64
		seconds, ok = parseClock(clock)
		local += seconds
	}
	if !ok {
		return Never, 0, fmt.Errorf("UNTIL=%s is neither a date nor a time", clip(value))
	}
	return kind, local, nil
}

// ParseDate reads yyyymmdd as the local second of its midnight.
func ParseDate(text string) (local int64, ok bool) {
	if len(text) != 8 || !digits(text) {
		return 0, false
	}
	n, _ := strconv.Atoi(text)
	year, month, day := n/10000, n/100%100, n%100
	if year < 1 || month < 1 || month > 12 || day < 1 || day > endOfMonth(year, month)-endOfMonth(year, month-1) {
		return 0, false
	}
	return Days(year, month, day) * SecondsPerDay, true
}

// ParseLocal reads yyyymmddThhmmss as a local second.
func ParseLocal(text string) (local int64, ok bool) {
	day, clock, _ := strings.Cut(text, "T")
	midnight, ok := ParseDate(day)
	if !ok {
		return 0, false
	}
	seconds, ok := parseClock(clock)
	return midnight + seconds, ok
}

func parseClock(text string) (seconds int64, ok bool) {
	if len(text) == 4 {
		text += "00"
	}
	if len(text) != 6 || !digits(text) {
		return 0, false
	}
	n, _ := strconv.Atoi(text)
	hour, minute, second := n/10000, n/100%100, n%100
	if hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	return int64(hour*3600 + minute*60 + min(second, 59)), true
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// clip keeps foreign text in errors short and printable.
func clip(text string) string {
	const longest = 40
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// list writes the members of a bit set in order.
func list(set uint64) []int64 {
	members := make([]int64, 0, bits.OnesCount64(set))
	for ; set != 0; set &= set - 1 {
		members = append(members, int64(bits.TrailingZeros64(set)))
	}
	return members
}
