package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// The world that the simulated half-year plays in: series of meetings as they really
// take place, and calendars that show them. It knows nothing of plans. What counts is
// who sat in which meeting when it took place, which it notes as time goes by.

// worldAhead is of how many weeks there are meetings.
const worldAhead = 60

var worldPeople = []string{"ann", "bob", "cid", "dan", "eve", "fay"} // fay's calendar is not connected

func at2(name string) string { return name + "@kite.example" }

type simulated struct {
	zone   *time.Location
	first  time.Time // Monday
	series []*simSeries
	extras []*makeUp
}

// simSeries is one series, however often it is rewritten.
type simSeries struct {
	name, organizer string
	guests          []string
	days            []int // after Monday
	versions        []*simVersion
	slots           []*slot
}

// simVersion is a series as calendars know it: one UID, at one time of day.
type simVersion struct {
	uid, from string // SplitFrom
	hour      int
	length    time.Duration
	changes   int                           // rewritten so often: SEQUENCE
	first     *slot                         // DTSTART
	answers   map[string]calendars.Response // to the series
	ended     *slot                         // the first that is not of it any more
}

// slot is one meeting that was to take place in a week, whatever became of it.
type slot struct {
	s         *simSeries
	n         int
	date      time.Time // midnight
	v         *simVersion
	cancelled bool // as an exception of its series
	gone      bool // taken out
	own       map[string]calendars.Response
	over      bool
	sat       map[string]bool // who did, once it is over
}

// makeUp is a meeting in the stead of a slot.
type makeUp struct {
	slot       *slot
	uid, from  string
	start, end time.Time
}

func (v *simVersion) start(k *slot) time.Time {
	y, m, d := k.date.Date()
	return time.Date(y, m, d, v.hour, 0, 0, 0, k.date.Location())
}

func (k *slot) start() time.Time { return k.v.start(k) }
func (k *slot) end() time.Time   { return k.start().Add(k.v.length) }

func (k *slot) instance() calendars.Instance { return calendars.InstanceAt(k.start()) }

// held reports whether it takes place as things stand.
func (k *slot) held() bool { return !k.cancelled && !k.gone }

// attends reports whether somebody attends it as things stand.
func (k *slot) attends(who string) bool {
	return k.held() && slices.Contains(k.s.guests, who) && k.answer(who) != calendars.Declined
}

func (k *slot) answer(who string) calendars.Response {
	if a, own := k.own[who]; own {
		return a
	}
	return k.v.answers[who]
}

func (w *simulated) add(name, organizer string, hour int, length time.Duration, weeks int, guests []string, days ...int) {
	s := &simSeries{name: name, organizer: organizer, guests: guests, days: days}
	v := &simVersion{uid: name + "-0", hour: hour, length: length, answers: map[string]calendars.Response{}}
	for _, g := range guests {
		v.answers[g] = calendars.Accepted
	}
	for week := range weeks {
		for _, day := range days {
			s.slots = append(s.slots, &slot{s: s, n: len(s.slots), date: w.first.AddDate(0, 0, 7*week+day), v: v, own: map[string]calendars.Response{}})
		}
	}
	v.first = s.slots[0]
	s.versions = []*simVersion{v}
	w.series = append(w.series, s)
}

// retime moves a whole series to another time of day, its past too, as calendars do.
// Exceptions are lost, and answers where reset.
func (s *simSeries) retime(hour int, reset bool) {
	v := s.versions[len(s.versions)-1]
	v.hour, v.changes = hour, v.changes+1
	for _, k := range s.slots {
		if k.v == v {
			k.own, k.cancelled = map[string]calendars.Response{}, false
		}
	}
	if reset {
		v.reset(s)
	}
}

func (v *simVersion) reset(s *simSeries) {
	for who := range v.answers {
		if who != s.organizer {
			v.answers[who] = calendars.NoAnswer
		}
	}
}

// split ends a series before a slot and goes on with another one from there.
func (s *simSeries) split(from *slot, hour int, reset bool) {
	old := s.versions[len(s.versions)-1]
	v := &simVersion{uid: fmt.Sprintf("%s-%d", s.name, len(s.versions)), from: old.uid, hour: hour, length: old.length, first: from, answers: map[string]calendars.Response{}}
	for who, a := range old.answers {
		v.answers[who] = a
	}
	if reset {
		v.reset(s)
	}
	old.ended = from
	for _, k := range s.slots[from.n:] {
		k.v, k.own, k.cancelled = v, map[string]calendars.Response{}, false
	}
	s.versions = append(s.versions, v)
}

// end ends a series before a slot.
func (s *simSeries) end(from *slot) {
	s.versions[len(s.versions)-1].ended = from
	for _, k := range s.slots[from.n:] {
		k.gone = true
	}
}

func (s *simSeries) ended() bool { return s.versions[len(s.versions)-1].ended != nil }

// pass notes who sat in what is over by now.
func (w *simulated) pass(now time.Time) {
	for _, s := range w.series {
		for _, k := range s.slots {
			if k.over || k.end().After(now) {
				continue
			}
			k.over, k.sat = true, map[string]bool{}
			alone := len(k.own) > 0 || k.cancelled
			for _, who := range s.guests {
				k.sat[who] = k.attends(who)
				if alone { // its calendars say it of it alone, whatever becomes of the series
					k.own[who] = k.answer(who)
				}
			}
		}
	}
}

// rule is what calendars say of the recurrence.
func (v *simVersion) rule(s *simSeries) string {
	names := []string{"MO", "TU", "WE", "TH", "FR"}
	var days []string
	for _, d := range s.days {
		days = append(days, names[d])
	}
	rule := "FREQ=WEEKLY;BYDAY=" + strings.Join(days, ",")
	switch last := s.slots[len(s.slots)-1]; {
	case v.ended != nil:
		rule += ";UNTIL=" + v.start(v.ended).Add(-time.Second).UTC().Format("20060102T150405Z")
	case len(s.slots) < worldAhead*len(s.days):
		rule += ";UNTIL=" + v.start(last).UTC().Format("20060102T150405Z")
	}
	return rule
}

// listing is what the calendar of somebody lists of a window.
func (w *simulated) listing(who string, from, to time.Time) calendars.Delta {
	d := calendars.Delta{Full: true, From: from, To: to}
	inside := func(start, end time.Time) bool { return start.Before(to) && end.After(from) }
	for _, s := range w.series {
		if !slices.Contains(s.guests, who) {
			continue
		}
		for _, v := range s.versions {
			base := w.copy(s, v.uid, v.start(v.first), v.length, v.answer)
			base.Rule, base.Sequence, base.SplitFrom = v.rule(s), v.changes, v.from
			master := base
			for _, k := range s.slots {
				if k.v != v || k.gone || !inside(k.start(), k.end()) {
					continue
				}
				if len(k.own) == 0 && !k.cancelled {
					master.Spans = append(master.Spans, calendars.Span{Instance: k.instance(), Start: k.start(), End: k.end()})
					continue
				}
				one := w.copy(s, v.uid, k.start(), v.length, k.answer)
				one.Sequence, one.Instance = v.changes, k.instance()
				if k.cancelled {
					one.Status = calendars.Cancelled
				}
				d.Copies = append(d.Copies, one)
			}
			if len(master.Spans) > 0 {
				d.Copies = append(d.Copies, master)
			}
		}
	}
	for _, m := range w.extras {
		if s := m.slot.s; slices.Contains(s.guests, who) && inside(m.start, m.end) {
			c := w.copy(s, m.uid, m.start, m.end.Sub(m.start), func(string) calendars.Response { return calendars.NoAnswer })
			c.SplitFrom = m.from
			d.Copies = append(d.Copies, c)
		}
	}
	return d
}

func (v *simVersion) answer(who string) calendars.Response { return v.answers[who] }

func (w *simulated) copy(s *simSeries, uid string, start time.Time, length time.Duration, answer func(string) calendars.Response) calendars.Copy {
	c := calendars.Copy{
		Remote: calendars.RemoteID(uid), UID: uid, Title: s.name, Busy: true, Status: calendars.Confirmed, Zone: w.zone.String(), HeadsKnown: true,
		Start: start, End: start.Add(length), Organizer: calendars.Party{Address: at2(s.organizer)},
	}
	for _, g := range s.guests {
		c.People = append(c.People, calendars.Attendee{Party: calendars.Party{Address: at2(g)}, Kind: calendars.Individual, Response: answer(g)})
	}
	return c
}
