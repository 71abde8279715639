package zone

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/calendars/ics/internal/rule"
)

// Definition is a VTIMEZONE (RFC 5545 §3.6.5).
type Definition struct {
	TZID        string
	Location    string // X-LIC-LOCATION, the IANA name some programs add
	Observances []Observance
}

// Observance is a STANDARD or DAYLIGHT part of a definition, its values as
// text.
type Observance struct {
	Daylight bool
	Start    string        // DTSTART, a local time
	From, To time.Duration // TZOFFSETFROM and TZOFFSETTO
	Name     string        // TZNAME, if any
	Rules    []string      // RRULE values
	Dates    []string      // RDATE values, each one date or time
}

const (
	// Rules are followed from firstYear, before which no calendar has meetings,
	// up to lastYear; the offset that holds then holds for ever.
	firstYear, lastYear = 1900, 2100
	// maxOnsets bounds the transitions of a definition: four a year and more.
	maxOnsets = 1024
	// maxOffset is beyond what any place on earth has used.
	maxOffset = 26 * time.Hour
)

// Compile turns a definition into a location named by its TZID. If Location
// names a zone that Lookup knows, it is that zone. Before its first onset a
// location has the offset that this onset comes from; after the year 2100 it
// keeps the last one. A definition that cannot be used is an error that names
// the part at fault.
func Compile(def Definition) (*time.Location, error) {
	if def.Location != "" {
		if loc, _, ok := Lookup(def.Location); ok {
			return loc, nil
		}
	}
	if len(def.Observances) == 0 {
		return nil, fmt.Errorf("time zone %q: neither STANDARD nor DAYLIGHT", def.TZID)
	}
	var onsets []onset
	for _, part := range def.Observances {
		found, err := part.onsets(maxOnsets - len(onsets))
		if err != nil {
			return nil, fmt.Errorf("time zone %q: %w", def.TZID, err)
		}
		onsets = append(onsets, found...)
	}
	slices.SortStableFunc(onsets, func(a, b onset) int { return int(min(max(a.at-b.at, -1), 1)) })
	loc, err := time.LoadLocationFromTZData(def.TZID, encode(onsets))
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", def.TZID, err)
	}
	return loc, nil
}

// onset is the instant from which an observance holds.
type onset struct {
	at   int64 // Unix seconds
	from int32 // offset before, in seconds
	clock
}

// clock is how a location counts time for a while.
type clock struct {
	offset   int32 // seconds east of UTC
	daylight bool
	name     string
}

// onsets lists when the observance begins, at most so many times.
func (o Observance) onsets(most int) ([]onset, error) {
	if max(o.From, -o.From, o.To, -o.To) >= maxOffset {
		return nil, errors.New("an offset is more than a day")
	}
	from := int64(o.From / time.Second)
	start, err := onsetLocal(o.Start, from)
	if err != nil {
		return nil, fmt.Errorf("DTSTART: %w", err)
	}
	locals := []int64{start}
	for _, date := range o.Dates {
		local, err := onsetLocal(date, from)
		if err != nil {
			return nil, fmt.Errorf("RDATE: %w", err)
		}
		locals = append(locals, local)
	}
	budget := rule.Budget{Steps: 1 << 17, Results: most}
	for _, text := range o.Rules {
		r, err := rule.Parse(text)
		if err != nil {
			return nil, err
		}
		end := rule.Days(lastYear+1, 1, 1) * rule.SecondsPerDay
		switch r.UntilKind {
		case rule.OnDate:
			end = min(end, r.Until+rule.SecondsPerDay)
		case rule.AtLocal:
			end = min(end, r.Until+1)
		case rule.AtUTC:
			end = min(end, r.Until+from+1)
		}
		locals = r.Expand(locals, start, rule.Days(firstYear, 1, 1)*rule.SecondsPerDay, end, &budget)
	}
	if budget.Spent || len(locals) > most {
		return nil, fmt.Errorf("more than %d changes of the clock", maxOnsets)
	}
	found := make([]onset, len(locals))
	for i, local := range locals {
		found[i] = onset{
			at: local - from, from: int32(from),
			clock: clock{offset: int32(o.To / time.Second), daylight: o.Daylight, name: abbreviation(o.Name)},
		}
	}
	return found, nil
}

// onsetLocal reads the time of an onset on the wall that is left behind. RDATE
// may also be a date, a period, or (wrongly) in UTC.
func onsetLocal(text string, from int64) (int64, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	first, _, _ := strings.Cut(text, "/")
	if utc, ok := strings.CutSuffix(first, "Z"); ok {
		if local, ok := rule.ParseLocal(utc); ok {
			return local + from, nil
		}
	}
	if local, ok := rule.ParseLocal(first); ok {
		return local, nil
	}
	if local, ok := rule.ParseDate(first); ok {
		return local, nil
	}
	return 0, fmt.Errorf("%.40q is no time", text)
}

// abbreviation makes TZNAME fit for a TZif file: short and ASCII. It is only
// for show, so what does not fit is dropped.
func abbreviation(name string) string {
	name = strings.TrimSpace(name)
	if len(name) > 8 {
		return ""
	}
	for i := range len(name) {
		if name[i] <= ' ' || name[i] > '~' {
			return ""
		}
	}
	return name
}

// encode writes onsets, in order of time, as a TZif file (RFC 8536), which is
// what package time reads.
func encode(onsets []onset) []byte {
	clocks := []clock{{offset: onsets[0].from}}
	names := "\x00"
	var times, types []byte
	running := 0
	for i, each := range onsets {
		if i+1 < len(onsets) && onsets[i+1].at == each.at {
			continue // the one that stands last in the file wins
		}
		at := slices.Index(clocks, each.clock)
		if at < 0 && len(clocks) < 255 {
			at = len(clocks)
			clocks = append(clocks, each.clock)
		}
		if at < 0 || at == running {
			continue
		}
		running = at
		times = binary.BigEndian.AppendUint64(times, uint64(each.at))
		types = append(types, byte(at))
	}
	var zones []byte
	for _, each := range clocks {
		at := strings.Index(names, each.name+"\x00")
		if at < 0 && len(names)+len(each.name) < 255 {
			at = len(names)
			names += each.name + "\x00"
		}
		zones = binary.BigEndian.AppendUint32(zones, uint32(each.offset))
		zones = append(zones, boolByte(each.daylight), byte(max(at, 0)))
	}

	// A file of version 2 has a block of 32-bit times first; ours is as empty
	// as the format allows, since nobody reads it.
	file := header(0, 1, 1)
	file = append(file, 0, 0, 0, 0, 0, 0, 0)
	file = append(file, header(len(types), len(clocks), len(names))...)
	file = append(file, times...)
	file = append(file, types...)
	file = append(file, zones...)
	file = append(file, names...)
	return append(file, "\n\n"...)
}

// header is the start of a block of a TZif file.
func header(times, clocks, names int) []byte {
	file := append([]byte("TZif2"), make([]byte, 15)...)
	for _, count := range []int{0, 0, 0, times, clocks, names} {
		file = binary.BigEndian.AppendUint32(file, uint32(count))
	}
	return file
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
