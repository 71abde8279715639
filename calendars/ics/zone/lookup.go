package zone

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // so that zones are there where the system has none
)

// Lookup finds the zone that a TZID names: an IANA name, in any case; a Windows
// or Outlook name; an IANA name behind a vendor's prefix
// ("/mozilla.org/20050126_1/Europe/Berlin"); a display name of Outlook
// ("(UTC+01:00) Amsterdam, Berlin, …"); a fixed offset ("GMT+0100"). Quotes and
// white space around it do not matter.
//
// iana is the name in the tz database, "" for a fixed offset that has none
// there. ok is false where the text names no zone for sure: then the file's own
// definition is asked (Compile), and last of all Guess.
//
// Answers are remembered. Lookup may be called by several goroutines at once.
func Lookup(tzid string) (loc *time.Location, iana string, ok bool) {
	if known, found := cache.get(tzid); found {
		return known.loc, known.iana, known.loc != nil
	}
	answer := lookup(tzid)
	cache.put(tzid, answer)
	return answer.loc, answer.iana, answer.loc != nil
}

// Guess reads an offset out of a TZID that names no zone, as in "(GMT+01.00)
// Customized Time Zone". It knows nothing of daylight saving time, so it is
// only for where the file has no definition that can be used.
func Guess(tzid string) (loc *time.Location, ok bool) {
	upper := strings.ToUpper(tzid)
	for _, word := range []string{"GMT", "UTC"} {
		_, rest, found := strings.Cut(upper, word)
		if !found {
			continue
		}
		if seconds, _, ok := offset(strings.TrimSpace(rest)); ok {
			return fixed(seconds).loc, true
		}
	}
	return nil, false
}

// answer is a zone; without loc it is none.
type answer struct {
	loc  *time.Location
	iana string
}

// answers remembers lookups, up to a number that no honest calendar reaches.
type answers struct {
	sync.RWMutex
	known map[string]answer
}

const maxAnswers = 4096

var cache = answers{known: map[string]answer{}}

func (a *answers) get(tzid string) (answer, bool) {
	a.RLock()
	defer a.RUnlock()
	known, found := a.known[tzid]
	return known, found
}

func (a *answers) put(tzid string, found answer) {
	a.Lock()
	defer a.Unlock()
	if len(a.known) < maxAnswers && len(tzid) <= 256 {
		a.known[strings.Clone(tzid)] = found
	}
}

func lookup(tzid string) answer {
	name := strings.Trim(tzid, "\"' \t")
	if len(name) > 256 {
		return answer{}
	}
	if found := named(name); found.loc != nil {
		return found
	}
	// Exchange numbers the second of two zones of one name: "Romance Standard Time 1".
	if base, number, ok := cutLast(name, " "); ok && isNumber(number) {
		if found := named(base); found.loc != nil {
			return found
		}
	}
	for rest, found := name, true; found; {
		if _, rest, found = strings.Cut(rest, "/"); found {
			if zone := iana(rest); zone.loc != nil {
				return zone
			}
		}
	}
	if found := display(name); found.loc != nil {
		return found
	}
	text := strings.ToUpper(name)
	for _, word := range []string{"GMT", "UTC", "Z"} {
		text = strings.TrimSpace(strings.TrimPrefix(text, word))
	}
	if seconds, rest, ok := offset(text); ok && rest == "" {
		return fixed(seconds)
	}
	return answer{}
}

// named finds a name that stands in one of the tables as a whole.
func named(name string) answer {
	if found := iana(name); found.loc != nil {
		return found
	}
	return load(tables().windows[fold(name)])
}

// iana finds an IANA name, in any case and with spaces for underscores.
func iana(name string) answer {
	return load(tables().iana[fold(name)])
}

// load loads a zone by its exact IANA name.
func load(name string) answer {
	if name == "" {
		return answer{}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return answer{}
	}
	return answer{loc, name}
}

// display reads Outlook's names for people: "(UTC+01:00) Amsterdam, Berlin,
// Bern", or older "(GMT+01.00) Sarajevo/Warsaw/Zagreb". They name cities, of
// which one that the tz database knows too is enough, if its offset agrees.
func display(name string) answer {
	prefix, places, ok := strings.Cut(name, ")")
	if !ok || !strings.HasPrefix(prefix, "(") {
		prefix, places = "", name
	}
	if found := load(tables().windows[fold(strings.TrimSpace(places))]); found.loc != nil {
		return found
	}
	if prefix == "" {
		return answer{}
	}
	_, stated, _ := strings.Cut(strings.ToUpper(prefix), "(")
	stated = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(stated, "GMT"), "UTC"))
	seconds, _, ok := offset(stated)
	if !ok && stated != "" {
		return answer{}
	}
	for _, place := range strings.FieldsFunc(places, func(r rune) bool { return strings.ContainsRune(",/()", r) }) {
		for _, zone := range tables().cities[fold(strings.TrimSpace(place))] {
			if found := load(zone); found.loc != nil && standardOffset(found.loc) == seconds {
				return found
			}
		}
	}
	return answer{}
}

// standardOffset is the lesser of a zone's offsets in winter and in summer, in
// seconds: what display names state.
func standardOffset(loc *time.Location) int {
	_, january := time.Date(2026, time.January, 1, 0, 0, 0, 0, loc).Zone()
	_, july := time.Date(2026, time.July, 1, 0, 0, 0, 0, loc).Zone()
	return min(january, july)
}

// offset reads a signed offset at the start of text: +1, -05, +0530, +05:30,
// +05.30. rest is what follows.
func offset(text string) (seconds int, rest string, ok bool) {
	if text == "" || text[0] != '+' && text[0] != '-' {
		return 0, text, false
	}
	end := 1
	for end < len(text) && strings.IndexByte("0123456789:.", text[end]) >= 0 {
		end++
	}
	digits := strings.NewReplacer(":", "", ".", "").Replace(text[1:end])
	if len(digits) < 1 || len(digits) > 4 {
		return 0, text, false
	}
	n, _ := strconv.Atoi(digits)
	hours, minutes := n, 0
	if len(digits) > 2 {
		hours, minutes = n/100, n%100
	}
	if hours > 15 || minutes > 59 {
		return 0, text, false
	}
	seconds = hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, text[end:], true
}

// fixed is the zone of an offset in seconds. For whole hours the tz database
// has names, with the sign turned around.
func fixed(seconds int) answer {
	hours := seconds / 3600
	switch {
	case seconds == 0:
		return answer{time.UTC, "UTC"}
	case seconds%3600 == 0 && hours >= -12 && hours <= 14:
		name := "Etc/GMT-" + strconv.Itoa(hours)
		if hours < 0 {
			name = "Etc/GMT+" + strconv.Itoa(-hours)
		}
		return load(name)
	}
	sign, rest := "+", seconds
	if seconds < 0 {
		sign, rest = "-", -seconds
	}
	name := "UTC" + sign + time.Unix(int64(rest), 0).UTC().Format("15:04")
	return answer{time.FixedZone(name, seconds), ""}
}

func cutLast(text, separator string) (before, after string, ok bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 8)
	return err == nil
}
