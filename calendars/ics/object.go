package ics

import (
	"cmp"
	"slices"
	"strings"

	"unmeet/calendars"
)

// object is all that a file says under one UID of one organizer.
type object struct {
	key       string // see Calendar.key
	organizer string // address; "" as long as none is known
	wanted    bool   // changes has some that are not stripped

	master *event // nil where only instances are known
	// others are further events of the same UID that are no versions of master:
	// some programs give one UID to all that they export, or to all dates of a
	// series without saying which is which. After settle only series are left.
	others  []*event
	shared  bool                        // there are others, or were such that were let go while reading
	starts  map[int64]int               // place in others, by start
	changes []*event                    // overrides; after settle in order of instance
	index   map[calendars.Instance]bool // of many changes, made when first asked
}

// add takes up one more event of the object's UID.
func (o *object) add(e *event) {
	if n := len(o.changes); n > 0 {
		e.share(o.changes[n-1])
	}
	if o.master != nil {
		e.share(o.master)
	}
	if e.change != nil {
		o.changes = append(o.changes, e)
		return
	}
	if at := o.versionOf(e); at != nil {
		if newer := newest(*at, e); newer == e && e.copy.Sequence > o.master.copy.Sequence && !e.cancels {
			o.master, o.others, o.starts, o.shared = e, nil, nil, false
		} else {
			*at = newer
		}
		return
	}
	if o.master == nil {
		o.master = e
		return
	}
	if o.starts == nil {
		o.starts = make(map[int64]int)
	}
	o.shared = true
	o.starts[e.copy.Start.Unix()] = len(o.others)
	o.others = append(o.others, e)
}

// uid is the UID of o.
func (o *object) uid() string {
	uid, _, _ := strings.Cut(o.key, "\x00")
	return uid
}

// claim takes the overrides that name no organizer from first, the object that
// has o's UID, if o is a series and first is none.
func (o *object) claim(first *object) {
	if first == nil || o.master == nil || o.master.repeats == nil || first.master != nil && first.master.repeats != nil {
		return
	}
	first.changes = slices.DeleteFunc(first.changes, func(e *event) bool {
		if e.copy.Organizer.Address != "" {
			return false
		}
		o.changes = append(o.changes, e)
		return true
	})
}

// rename gives o another Remote.
func (o *object) rename(to calendars.RemoteID) {
	for _, e := range slices.Concat([]*event{o.master}, o.others, o.changes) {
		if e != nil {
			e.copy.Remote = to
		}
	}
}

// versionOf is where the event stands that e is another version of; nil where e
// is new. All events of o that are no overrides have the same SEQUENCE.
func (o *object) versionOf(e *event) **event {
	if o.master == nil {
		return nil
	}
	if at, ok := o.starts[e.copy.Start.Unix()]; ok {
		return &o.others[at]
	}
	if e.cancels || o.master.bare || e.version().of(o.master.version()) {
		return &o.master
	}
	return nil
}

// drop lets go of the versions of e, which is newer and lies elsewhere. It
// reports whether e is older than what is there.
func (o *object) drop(e *event) (older bool) {
	at := o.versionOf(e)
	switch {
	case at == nil:
		o.shared = o.shared || o.master != nil
		return false
	case e.version().less((*at).version()):
		return true
	case e.copy.Sequence == (*at).copy.Sequence && len(o.others) > 0:
		left := slices.DeleteFunc(append([]*event{o.master}, o.others...), func(other *event) bool { return other == *at })
		o.master, o.others, o.starts = nil, nil, nil
		for _, other := range left {
			o.add(other)
		}
		o.shared = true
	default:
		o.master, o.others, o.starts = nil, nil, nil
	}
	return false
}

// share lets e have in one memory what it says like other, of the same UID: the
// overrides of a series repeat its words and guests.
func (e *event) share(other *event) {
	k, have := &e.copy, &other.copy
	k.UID, k.Remote = have.UID, have.Remote
	if k.Body == have.Body {
		k.Body = have.Body
	}
	if slices.Equal(k.People, have.People) {
		k.People = have.People
	}
}

// newest returns which of two versions of one event holds (RFC 5546 §2.1.5): the
// higher SEQUENCE, then the later DTSTAMP, then b, which comes later in the
// file. A cancellation marks what it cancels and keeps its words and times.
func newest(a, b *event) *event {
	if a == nil {
		return b
	}
	old, young := b, a
	if cmp.Or(cmp.Compare(a.copy.Sequence, b.copy.Sequence), a.copy.Modified.Compare(b.copy.Modified)) <= 0 {
		old, young = a, b
	}
	if young.cancels && !old.cancels {
		old.copy.Status = calendars.Cancelled
		old.copy.Sequence, old.copy.Modified = young.copy.Sequence, young.copy.Modified
		old.cancels = true
		return old
	}
	return young
}

// skip reports that something is amiss with o.
func (o *object) skip(file, reason string) calendars.Skip {
	e := o.master
	if e == nil {
		e = o.changes[0]
	}
	return calendars.Skip{File: file, Line: e.line, UID: e.copy.UID, Reason: reason}
}
