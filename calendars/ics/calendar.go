package ics

import (
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"unmeet/calendars"
)

// Limits on what one call of Copies lists. They are far beyond any calendar of
// people, and keep a hostile one from filling the memory.
const (
	maxOccurrences = 20_000    // of one series: every half hour for a year
	maxListed      = 4_000_000 // of all
	maxExhausting  = 100       // series that take too much work, before no more are tried
)

// maxSkips is how many single reports a calendar keeps of each kind; what is
// beyond is counted.
const maxSkips = 1000

// Calendar is what was read of one calendar of a file: its events, without
// their occurrences yet.
type Calendar struct {
	File string // as it was named to Read or found by Open
	Name string // X-WR-CALNAME or NAME, "" if the file says none
	Zone string // IANA name of the zone that floating times are read in

	Skipped []calendars.Skip // events that were passed over, and why
	Notices []calendars.Skip // what was read otherwise than it is written, and how
	// SkippedEvents counts the events passed over, also beyond those listed.
	SkippedEvents int
	// Complete says that the file was read to its proper end; not so of one
	// that is truncated.
	Complete bool
	// Unreadable says that Open found the file but could make nothing of it;
	// Skipped tells why.
	Unreadable bool

	order   []*object
	objects map[string]*object // by key
	guests  []*object          // under the UID of another organizer's object
	listed  bool               // some event has attendees

	// What is told of events that were let go while reading, too: those outside
	// of [from, to), if that is set.
	from, to   time.Time
	dropped    map[uint64]version // by the hash of their object's key
	recall     recall
	seed       maphash.Seed
	events     int
	first, end time.Time
	named      census

	skippedMore, noticesMore int
	exhausting               int // series whose reach took too much work to find
}

// version tells which of two states of an event is the newer one.
type version struct {
	sequence        int32
	message         bool // it came in a message (METHOD:REQUEST)
	series, private bool
	modified, start int64
	organizer       uint64 // hash of an address; 0 where none is known, or not kept
}

func (e *event) version() version {
	return version{
		sequence: int32(min(e.copy.Sequence, 1<<30)), message: e.message, series: e.repeats != nil, private: e.copy.Private,
		modified: e.copy.Modified.Unix(), start: e.copy.Start.Unix(),
	}
}

// of reports whether v and w are versions of one event, as events of one UID
// should be. Those that begin at different times with the same SEQUENCE are not,
// unless they are messages, which may leave SEQUENCE alone (RFC 5546 §2.1.5).
func (v version) of(w version) bool {
	return v.sequence != w.sequence || v.start == w.start || v.message && w.message && v.modified != w.modified
}

func (v version) less(w version) bool {
	return v.sequence < w.sequence || v.sequence == w.sequence && v.modified < w.modified
}

func newCalendar(file string) *Calendar {
	return &Calendar{
		File: file, Complete: true, objects: make(map[string]*object), dropped: make(map[uint64]version), seed: maphash.MakeSeed(),
		named: newCensus(),
	}
}

func (c *Calendar) skip(s calendars.Skip) {
	c.SkippedEvents++
	if len(c.Skipped) < maxSkips {
		c.Skipped = append(c.Skipped, s)
	} else {
		c.skippedMore++
	}
}

func (c *Calendar) notice(s calendars.Skip) {
	if len(c.Notices) < maxSkips {
		c.Notices = append(c.Notices, s)
	} else {
		c.noticesMore++
	}
}

// key names the object that e is part of: by its UID, or, where that is taken by
// an object of another organizer, by both. An event that names no organizer is
// part of the first.
func (c *Calendar) key(e *event) string {
	uid, organizer := e.copy.UID, e.copy.Organizer.Address
	if organizer == "" {
		return uid
	}
	if o := c.objects[uid]; o != nil && o.organizer != "" {
		if o.organizer == organizer {
			return uid
		}
	} else if first := c.dropped[c.hash(uid)].organizer; first == 0 || first == c.hash(organizer) {
		return uid
	}
	return uid + "\x00" + organizer // no text that was read has a NUL
}

func (c *Calendar) hash(text string) uint64 { return maphash.String(c.seed, text) }

// add takes up an event. One that lies outside of the window, if there is one,
// is counted and let go, unless an instance of it is wanted.
func (c *Calendar) add(e *event) {
	c.listed = c.listed || e.listed
	key := c.key(e)
	o, hash := c.objects[key], c.hash(key)
	c.own(o, hash, e.copy.Organizer.Address)
	shared := false // with others that were let go
	if e.change == nil && !e.bare {
		c.widen(e)
		if o != nil && o.master != nil && o.master.bare && !e.cancels { // it came before what it cancels
			e, o.master = newest(o.master, e), nil
		}
		gone, was := c.dropped[hash]
		newer := o != nil && o.master != nil && o.master.copy.Sequence > e.copy.Sequence
		shared = was && !newer && !e.version().of(gone)
		was = was && !shared
		if was && e.version().less(gone) {
			return
		}
		if !was && (o == nil || o.versionOf(e) == nil) {
			c.events++
			c.named.count(e)
		}
		if c.outside(e) && (o == nil || !o.wanted) {
			if o == nil || !o.drop(e) {
				c.drop(hash, e)
			}
			return
		}
	}
	if e.change != nil {
		c.widen(e)
		if planned := e.change.planned.at; !c.to.IsZero() && !e.change.onward && c.outside(e) && (planned.Before(c.from.AddDate(0, 0, -2)) || planned.After(c.to.AddDate(0, 0, 2))) {
			e.strip()
		}
	}
	if o == nil {
		o = &object{key: key, organizer: e.copy.Organizer.Address}
		c.objects[key] = o
		c.order = append(c.order, o)
		if key != e.copy.UID {
			c.guests = append(c.guests, o)
		}
	}
	if e.change != nil && !e.stripped {
		o.wanted = true
		if o.master == nil || o.master.bare {
			if series := c.recall.take(hash); series != nil {
				o.add(series)
			}
		}
	}
	o.shared = o.shared || shared
	o.add(e)
}

// own notes whose the object is that so far nobody organized: o, or nil, and what
// was let go under hash.
func (c *Calendar) own(o *object, hash uint64, organizer string) {
	if organizer == "" {
		return
	}
	if o != nil && o.organizer == "" {
		o.organizer = organizer
	}
	if v, was := c.dropped[hash]; was && v.organizer == 0 {
		v.organizer = c.hash(organizer)
		c.dropped[hash] = v
	}
}

// drop lets go of e, of the object whose key has this hash.
func (c *Calendar) drop(hash uint64, e *event) {
	v := e.version()
	if v.organizer = c.dropped[hash].organizer; e.copy.Organizer.Address != "" {
		v.organizer = c.hash(e.copy.Organizer.Address)
	}
	c.dropped[hash] = v
	if e.repeats != nil {
		c.recall.put(hash, e)
	} else {
		c.recall.take(hash)
	}
}

// outside reports whether e, and all of its occurrences, lie outside of the
// window that is asked for.
func (c *Calendar) outside(e *event) bool {
	if c.to.IsZero() {
		return false
	}
	if e.repeats == nil {
		return !overlaps(e.copy.Start, e.copy.End, c.from, c.to)
	}
	if len(e.repeats.Dates) > 0 {
		return false
	}
	if !e.copy.Start.Before(c.to) {
		return true
	}
	last, unbounded := c.last(e, c.from)
	if unbounded || last.Add(e.length.most()).After(c.from) || !last.Add(24*time.Hour).Before(c.from) {
		return false
	}
	if end := e.length.after(last); end.After(c.end) {
		c.end = end // Extent will not see the series again
	}
	return true
}

// last is the start of the last occurrence of the series e that is not after
// limit, zero if there is none; unbounded says that it goes on, as far as one
// can tell.
func (c *Calendar) last(e *event, limit time.Time) (last time.Time, unbounded bool) {
	if c.exhausting >= maxExhausting {
		return time.Time{}, true
	}
	last, unbounded, err := e.repeats.Last(limit)
	if err != nil || unbounded && last.IsZero() && e.copy.Start.Before(limit) {
		c.exhausting++
		return time.Time{}, true
	}
	return last, unbounded
}

// widen stretches the time that the calendar spans. Series reach as far as
// Extent finds them to.
func (c *Calendar) widen(e *event) {
	if c.first.IsZero() || e.copy.Start.Before(c.first) {
		c.first = e.copy.Start
	}
	if e.copy.End.After(c.end) {
		c.end = e.copy.End
	}
}

// finish puts the events of each object together once all have been read.
func (c *Calendar) finish() {
	for _, o := range c.guests {
		o.claim(c.objects[o.uid()])
	}
	for _, o := range c.order {
		changed, stale := o.settle(func(e *event) bool { return c.stale(o, e) })
		for _, e := range stale {
			c.noticeOf(e, "a changed instance that its newer series no longer has: passed over")
		}
		gone, was := c.dropped[c.hash(o.key)]
		if o.master != nil && o.master.bare {
			e := o.master
			o.master = nil
			if len(o.changes) == 0 && !was {
				c.skip(calendars.Skip{File: c.File, Line: e.line, UID: e.copy.UID, Reason: "a cancellation of an event that is not in this file"})
			}
		}
		if o.master == nil && gone.series {
			c.bereave(o, gone)
		}
		c.events += changed
	}
	for _, o := range c.guests {
		o.rename(c.remote(o))
	}
	c.order = slices.DeleteFunc(c.order, func(o *object) bool { return o.master == nil && len(o.others)+len(o.changes) == 0 })
	c.objects, c.dropped, c.guests, c.recall = nil, nil, nil, recall{}
	for _, list := range [][]calendars.Skip{c.Skipped, c.Notices} {
		slices.SortStableFunc(list, func(a, b calendars.Skip) int { return a.Line - b.Line })
	}
	if c.skippedMore > 0 {
		c.Skipped = append(c.Skipped, calendars.Skip{File: c.File, Reason: fmt.Sprintf("and %d more events were passed over", c.skippedMore)})
	}
	if c.noticesMore > 0 {
		c.Notices = append(c.Notices, calendars.Skip{File: c.File, Reason: fmt.Sprintf("and %d more remarks", c.noticesMore)})
	}
}

func (c *Calendar) noticeOf(e *event, reason string) {
	c.notice(calendars.Skip{File: c.File, Line: e.line, UID: e.copy.UID, Reason: reason})
}

// bereave does what can be done for the changed instances of a series that was
// let go and is forgotten.
func (c *Calendar) bereave(o *object, gone version) {
	for _, e := range o.changes {
		if e.stripped {
			continue
		}
		e.copy.Private = e.copy.Private || gone.private && !e.classed
		c.noticeOf(e, "its series is long over and no longer known: read with the words and guests of its own")
	}
}

// remote names an object that shares its UID with another organizer's.
func (c *Calendar) remote(o *object) calendars.RemoteID {
	remote := o.uid() + "#" + o.organizer
	for c.objects[remote] != nil { // it is somebody's UID
		remote += "#"
	}
	c.objects[remote] = o
	return calendars.RemoteID(remote)
}

// stale reports whether the override e of o is older than its series, which has
// its instance no more. A series that was let go has none in the window.
func (c *Calendar) stale(o *object, e *event) bool {
	if o.master != nil {
		return e.stale(o.master)
	}
	gone, planned := c.dropped[c.hash(o.key)], e.change.planned.at
	return gone.series && e.version().sequence < gone.sequence && !e.change.onward && !planned.Before(c.from) && planned.Before(c.to)
}

// Events is how many events were read: series, one-offs and changed instances,
// each in its newest version. Those let go for lying outside of the window that
// Options names are counted, too.
func (c *Calendar) Events() int { return c.events }

// Extent is the time from the first beginning to the last end of the calendar's
// events. Endless series, and others that go on beyond now, reach to now. ok is
// false for a calendar without events.
func (c *Calendar) Extent(now time.Time) (from, to time.Time, ok bool) {
	if c.first.IsZero() {
		return from, to, false
	}
	from, to = c.first, c.end
	for _, o := range c.order {
		for _, m := range append([]*event{o.master}, o.others...) {
			if m == nil || m.repeats == nil {
				continue
			}
			last, unbounded := c.last(m, now)
			switch {
			case unbounded:
				last = now
			case !last.IsZero():
				last = m.length.after(last)
			}
			if last.After(to) {
				to = last
			}
		}
	}
	return from, to, true
}

// Copies returns what the calendar holds within [from, to): one-offs, series
// with their occurrences as Spans, and instances that differ from their series.
// All copies of an object come together: those of one UID, whose Remote is it. If
// several organizers use the same UID, each has an object; the Remote of all but
// the first names the organizer, too. What could not be listed, or not
// completely, is reported.
func (c *Calendar) Copies(from, to time.Time) ([]calendars.Copy, []calendars.Skip) {
	var all []calendars.Copy
	var skipped []calendars.Skip
	listed, exhausting := 0, 0
	for _, o := range c.order {
		first := len(all)
		var n int
		var truncated bool
		var err error
		switch {
		case listed > maxListed:
			err = fmt.Errorf("more than %d in this calendar", maxListed)
		case exhausting >= maxExhausting && o.master != nil && o.master.repeats != nil:
			err = fmt.Errorf("too many series of this calendar have too many")
		default:
			all, n, truncated, err = o.appendCopies(all, from, to)
		}
		listed += n
		if truncated {
			exhausting++
		}
		if err != nil || truncated {
			reason := fmt.Sprintf("its occurrences are too many: only the first %d are listed", n)
			if err != nil {
				reason = fmt.Sprintf("its occurrences cannot be listed: %v", err)
			}
			skipped = append(skipped, o.skip(c.File, reason))
		}
		for i := first; i < len(all); i++ {
			all[i].HeadsKnown = c.headsKnown(o, &all[i])
		}
	}
	return all, skipped
}

// headsKnown reports whether k's guests can be counted. They can't in an export
// that leaves out all attendees, for an event that only has an organizer, and
// where a group is invited whose members are not listed.
func (c *Calendar) headsKnown(o *object, k *calendars.Copy) bool {
	if !c.listed || len(k.People) == 0 && k.Organizer != (calendars.Party{}) {
		return false
	}
	e := o.master
	for _, change := range o.changes {
		if change.copy.Instance == k.Instance {
			e = change
		}
	}
	return e == nil || !e.open
}
