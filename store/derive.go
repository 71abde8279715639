package store

import (
	"cmp"
	"math"
	"slices"

	"unmeet/calendars"
)

// How meetings are derived from copies.
//
// All copies with the same UID and organizer, in whatever collection, are one
// meeting; an event without organizer and guests is its owner's alone. The copies
// that one collection object holds are a view of it. Views are ranked: the
// organizer's own calendar first, then the newest SEQUENCE, then the last
// modified. Instance by instance, the best-ranked view that has it tells its time
// and state, and the best one that is not private its words.
//
// Of guests' copies of one SEQUENCE, a cancelled one comes last. To call a meeting
// off, its organizer sends a new SEQUENCE (RFC 5546 §2.1.4); a guest's copy that is
// cancelled without one says that they were uninvited (§3.2.5), or took it out
// themselves. They do not attend then, and the others do.
//
// An instance that only lesser views have is gone where the organizer's own
// calendar, listed over that time, lacks it, where a newer SEQUENCE lacks it, or
// where a better view says that the series meets at other times. Among several of
// the organizer's own, the newer tells. Otherwise its absence from one calendar is
// that person's alone: they do not attend it.
//
// All that holds between calendars that were read at the same time. A calendar
// that was last read before others came to say what they say knows nothing of it:
// it neither overrules it nor lacks anything; and where they tell of a newer
// SEQUENCE, the organizer's own ranks as a guest's until it is read again. What the
// organizer's calendar was seen to give up has ended for all whose calendars were
// not read since.

// holding is what deriving needs to know of a collection.
type holding struct {
	kind, remote string
	owner        string // canonical address, "" if unknown
	listed       window // what has been listed of it so far; empty if from is to
	connection   int64
	read         unixMilli // when it last was as it is kept here, 0 never
}

// derived is a meeting as its copies make it.
type derived struct {
	key         key
	occurrences []occurrence // in order of instance
	subjects    []Subject    // without Meeting
}

// occurrence is one instance of a derived meeting.
type occurrence struct {
	instance    calendars.Instance
	start, end  int64
	allDay      bool
	state       calendars.Status
	subjectHash string
	heads       int
	headsKnown  bool
	counts      int
	attendances []attendance // in order of person
}

// What an occurrence counts as.
const (
	countsNot       = 0
	countsMeeting   = 1 // timed, held, two or more people
	countsUnknown   = 2 // guests unknown and fewer than two people evident
	sourceOwn       = "own"
	sourceOrganizer = "organizer"
	sourceOther     = "other"
	sourceNone      = "none"
)

// attendance is one person of the organization at one occurrence.
type attendance struct {
	person   int64
	response calendars.Response
	source   string // whose copy says so
	busy     bool
	optional bool
}

// attends reports whether the occurrence takes the person's time, if it counts.
// Who delegated leaves it to their delegate. See attendsSQL.
func (a *attendance) attends() bool {
	return a.busy && a.response != calendars.Declined && a.response != calendars.HandedOn
}

// comingSQL and attendsSQL are attends in SQL, of attendance t, without and with
// busy.
const (
	comingSQL  = `t.response NOT IN ('declined', 'delegated')`
	attendsSQL = `t.busy = 1 AND ` + comingSQL
)

// view is what one calendar object says of the meeting.
type view struct {
	holding
	own     bool  // the organizer's own calendar
	leads   bool  // and no guest's is known to be newer
	master  *kept // the series or the one-off; nil if only changed instances are known
	changed []*kept
}

// newest returns the copy that ranks the view: its master, else its newest
// instance.
func (v *view) newest() *kept {
	if v.master != nil {
		return v.master
	}
	return v.changed[0]
}

// claim is a view's word for one instance.
type claim struct {
	instance   calendars.Instance
	start, end int64
	rank       int // of the view
	copy       *kept
	leads      bool // it is the organizer's own, and no guest's is known to be newer
}

// derive makes the meeting that the copies, all of one key, stand for.
func derive(copies []*kept, withdrawn []withdrawal, dated []datedAnswer, holdings map[int64]*holding, dir *directory) derived {
	d := derived{key: copies[0].key}
	views := rank(copies, holdings, dir)
	claims := claimsOf(views)
	r := rosters{views: views, dated: dated, dir: dir}

	base := r.base()
	if base != nil {
		d.subjects = append(d.subjects, base.subject)
	}
	for len(claims) > 0 {
		n := 1
		for n < len(claims) && claims[n].instance == claims[0].instance {
			n++
		}
		group := claims[:n]
		claims = claims[n:]
		if gone(group, views) || calledOff(group, views, withdrawn) {
			continue
		}
		ro := r.of(group)
		best := group[0].copy
		o := occurrence{
			instance: group[0].instance, start: group[0].start, end: group[0].end,
			allDay: best.allDay, state: best.status,
			heads: ro.heads, headsKnown: ro.known, attendances: dir.attending(ro.attendances, group[0].start),
		}
		o.counts = counts(&o, best.busy)
		subject := &ro.subject
		if base != nil && (ro.words.master() || base.like(subject)) {
			subject = &base.subject
		} else if !slices.ContainsFunc(d.subjects, func(s Subject) bool { return s.Hash == subject.Hash }) {
			d.subjects = append(d.subjects, *subject)
		}
		o.subjectHash = subject.Hash
		d.occurrences = append(d.occurrences, o)
	}
	return d
}

func counts(o *occurrence, busy bool) int {
	switch {
	case o.allDay || o.state == calendars.Cancelled || o.end <= o.start:
		return countsNot
	case o.heads >= 2:
		return countsMeeting
	case !o.headsKnown && busy:
		return countsUnknown
	}
	return countsNot
}

// rank gathers copies into views, best first. The order does not depend on that
// of the copies.
func rank(copies []*kept, holdings map[int64]*holding, dir *directory) []*view {
	type object struct {
		collection int64
		remote     calendars.RemoteID
	}
	organizer := dir.canonical(named(copies[0].key.organizer))
	byObject := make(map[object]*view, 1)
	var views []*view
	for _, c := range copies {
		at := object{c.collection, c.remote}
		v := byObject[at]
		if v == nil {
			h := holdings[c.collection]
			v = &view{holding: *h, own: organizer != "" && h.owner == organizer}
			byObject[at] = v
			views = append(views, v)
		}
		if c.master() {
			v.master = c
		} else {
			v.changed = append(v.changed, c)
		}
	}
	for _, v := range views {
		slices.SortFunc(v.changed, func(a, b *kept) int {
			return cmp.Or(better(a, b), cmp.Compare(a.instance, b.instance))
		})
	}
	for _, v := range views {
		v.leads = v.own && (v.master == nil || !slices.ContainsFunc(views, func(g *view) bool {
			return !g.own && g.master != nil && g.master.overtakes(v.master, v.read)
		}))
	}
	slices.SortFunc(views, func(a, b *view) int {
		x, y := a.newest(), b.newest()
		return cmp.Or(
			-cmp.Compare(number(a.leads), number(b.leads)),
			standing(x, y, a.leads),
			cmp.Compare(number(x.private), number(y.private)),
			cmp.Compare(a.owner, b.owner),
			cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.holding.remote, b.holding.remote),
			cmp.Compare(x.remote, y.remote),
		)
	})
	return views
}

// standing orders copies from different calendars, either all the organizer's own,
// which lead, or all of guests: who knows best comes first.
func standing(a, b *kept, lead bool) int {
	off := func(k *kept) int64 { return number(!lead && k.status == calendars.Cancelled) }
	return cmp.Or(
		cmp.Compare(number(a.ended), number(b.ended)),
		-cmp.Compare(a.sequence, b.sequence),
		cmp.Compare(off(a), off(b)),
		better(a, b),
	)
}

// claimsOf lists what all views say, by instance and then by rank.
func claimsOf(views []*view) []claim {
	var claims []claim
	for rank, v := range views {
		for _, c := range v.changed {
			claims = append(claims, claim{c.instance, c.start, c.end, rank, c, v.leads})
		}
		if v.master == nil {
			continue
		}
		if !v.master.series() {
			claims = append(claims, claim{"", v.master.start, v.master.end, rank, v.master, v.leads})
		}
		for _, s := range v.master.spans {
			if !slices.ContainsFunc(v.changed, func(c *kept) bool { return c.instance == s.instance }) {
				claims = append(claims, claim{s.instance, s.start, s.end, rank, v.master, v.leads})
			}
		}
	}
	overtaken(claims, views)
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(
			cmp.Compare(a.instance, b.instance),
			-cmp.Compare(number(a.leads), number(b.leads)),
			standing(a.copy, b.copy, a.leads),
			cmp.Compare(a.rank, b.rank),
		)
	})
	return claims
}

// overtaken takes the lead from claims of the organizer's for instances of which a
// guest tells something newer.
func overtaken(claims []claim, views []*view) {
	read := unixMilli(math.MaxInt64)
	for _, v := range views {
		if v.leads {
			read = min(read, v.read)
		}
	}
	newer := map[calendars.Instance][]*kept{}
	for _, c := range claims {
		if !views[c.rank].own && c.copy.since > read {
			newer[c.instance] = append(newer[c.instance], c.copy)
		}
	}
	for i := range claims {
		c := &claims[i]
		c.leads = c.leads && !slices.ContainsFunc(newer[c.instance], func(k *kept) bool { return k.overtakes(c.copy, views[c.rank].read) })
	}
}

// gone reports whether an instance, as claimed by some views, is overruled by
// one that lacks it.
func gone(group []claim, views []*view) bool {
	best := group[0]
	own := slices.IndexFunc(group, func(c claim) bool { return views[c.rank].own })
	for rank, v := range views {
		if v.master == nil || v.master.ended || !v.listed.covers(best.start) || holds(group, rank) || v.unaware(group, views) {
			continue
		}
		overrules := v.master.sequence > best.copy.sequence
		switch {
		case own >= 0 && !best.leads && !v.own:
			// Of an instance of the same plan, a guest may just not attend.
			overrules = overrules && meetsElsewhen(v.master, views[group[own].rank].master)
		case best.leads && !v.own:
			continue
		case views[best.rank].own && v.own:
			overrules = better(v.master, best.copy) < 0
		case v.leads:
			return true
		}
		if overrules || rank < best.rank && meetsElsewhen(v.master, views[best.rank].master) {
			return true
		}
	}
	return false
}

// unaware reports whether a guest's claim is newer than what is known of v.
func (v *view) unaware(group []claim, views []*view) bool {
	return slices.ContainsFunc(group, func(c claim) bool {
		return !views[c.rank].own && c.copy.since > v.read && c.copy.sequence >= v.master.sequence
	})
}

func holds(group []claim, rank int) bool {
	return slices.ContainsFunc(group, func(c claim) bool { return c.rank == rank })
}

// meetsElsewhen reports whether two versions of a series differ in their times.
func meetsElsewhen(a, b *kept) bool {
	return b != nil && (a.start != b.start || a.end != b.end || a.rule != b.rule || a.series() != b.series())
}
