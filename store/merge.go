package store

import (
	"maps"
	"slices"
	"strings"

	"unmeet/calendars"
)

// How a delta is merged into what is known.
//
// What a delta lists within its span replaces what was known. What it lacks there
// has ended: in a full listing all of that, else what was known of the objects
// that it lists or says are gone. Three things stay all the same: what lies
// outside the span; what was over by the time of the pull, because a calendar
// that forgets its past does not undo it; and what could not be read.
//
// An event may come back rewritten: a series at other times, a series made of a
// one-off or the other way, another organizer. Its new version then tells its
// past too, from the day on that it is first listed for; otherwise it would have
// taken place twice.

// incoming is what a delta says, ready to be merged. Times are Unix seconds.
type incoming struct {
	span     window
	now      int64     // when it was pulled
	read     unixMilli // the same
	lastRead unixMilli // when the collection was read before, 0 never
	listed   window    // of it before
	full     bool      // what is not listed has ended
	whole    bool      // nothing was skipped of which it is unknown what it was
	copies   map[place]*kept
	first    map[calendars.RemoteID]*kept // of all objects listed: the first to take place in span, nil if none does
	gone     map[calendars.RemoteID]bool
	unread   map[string]bool // UIDs of events that could not be read
}

// receive takes of a delta what lies within its span, and the newest of copies
// that claim the same place.
func receive(collection int64, h *holding, d *calendars.Delta, read unixMilli) *incoming {
	in := &incoming{
		span: windowOf(d.From, d.To), now: read.seconds(), full: d.Full,
		read: read, lastRead: h.read, listed: h.listed, whole: true,
		copies: make(map[place]*kept, len(d.Copies)),
		first:  make(map[calendars.RemoteID]*kept, len(d.Copies)),
		gone:   map[calendars.RemoteID]bool{},
		unread: map[string]bool{},
	}
	for _, r := range d.Gone {
		in.gone[r] = true
	}
	for _, s := range d.Skipped {
		in.unread[s.UID] = true
		in.whole = in.whole && s.UID != ""
	}
	in.full = in.full && in.whole
	organizers := unnamed(d.Copies, h.owner)
	for i := range d.Copies {
		k := keep(collection, &d.Copies[i])
		if k.key.organizer == "" {
			k.key.organizer = organizers[thing{k.remote, k.key.uid}]
		}
		if other := in.copies[k.place]; other == nil || better(k, other) <= 0 {
			in.copies[k.place] = k
		}
	}
	for p, k := range in.copies {
		first := in.first[p.remote]
		series := k.series()
		if series {
			k.spans, _ = k.within(in.span)
		}
		switch {
		case series && !k.series(), !series && !k.touches(in.span):
			delete(in.copies, p)
		case k.touches(in.span) && (first == nil || k.begin() < first.begin()):
			first = k
		}
		in.first[p.remote] = first
	}
	return in
}

// thing is a calendar object as its collection knows it.
type thing struct {
	remote calendars.RemoteID
	uid    string
}

// unnamed says what stands for the organizer of copies that name none: for a
// changed instance that of its series; for an event without any guests its owner
// alone, if that is known.
func unnamed(copies []calendars.Copy, owner string) map[thing]string {
	organizers, guests := map[thing]string{}, map[thing]bool{}
	for i := range copies {
		if c := &copies[i]; c.Organizer.Address == "" {
			organizers[thing{c.Remote, c.UID}] = ""
		}
	}
	if len(organizers) == 0 {
		return nil
	}
	for i := range copies {
		c := &copies[i]
		t := thing{c.Remote, c.UID}
		if c.Organizer.Address != "" || slices.ContainsFunc(c.People, func(a calendars.Attendee) bool { return guestOf(owner, &a) }) {
			guests[t] = true
		}
		if _, asked := organizers[t]; asked && c.Instance == "" {
			organizers[t] = strings.ToLower(c.Organizer.Address)
		}
	}
	for t, organizer := range organizers {
		if organizer == "" && !guests[t] && owner != "" {
			organizers[t] = aloneMark + owner
		}
	}
	return organizers
}

// guestOf reports whether a, who may be a group, is somebody else than owner.
func guestOf(owner string, a *calendars.Attendee) bool {
	return a.Kind != calendars.Room && a.Kind != calendars.Resource && !strings.EqualFold(a.Address, owner)
}

// loss counts the known events that the listing might end, lives, and those of
// them that it would, because it has nothing of their objects. A series is one event,
// however many of its instances were changed.
func (in *incoming) loss(known map[place]*kept) (lives, missing int) {
	if !in.full {
		return 0, 0
	}
	ahead := window{max(in.span.from, in.now), in.span.to}
	counted := map[object]bool{}
	for p, k := range known {
		if k.ended || counted[p.object()] || !k.touches(ahead) {
			continue
		}
		counted[p.object()] = true
		lives++
		if _, listed := in.first[k.remote]; !listed && !in.unread[k.key.uid] {
			missing++
		}
	}
	return lives, missing
}

// merge returns what is to be kept, given what is known of the objects that the
// listing speaks of.
func (in *incoming) merge(known map[place]*kept) map[place]*kept {
	next := maps.Clone(in.copies)
	continued := map[object]bool{}
	for p, k := range known {
		if o := p.object(); !continued[o] {
			continued[o] = in.continues(k)
		}
	}
	for p, k := range known {
		rest := k
		if w, ends := in.sweep(k, continued[p.object()]); ends {
			rest = in.left(k, w)
		}
		if rest != nil {
			in.leave(next, rest)
		}
	}

	// A series is kept for its instances: alone it has nothing to say.
	lives := map[object]bool{}
	for p, k := range next {
		if !k.master() || len(k.spans) > 0 {
			lives[p.object()] = true
		}
	}
	maps.DeleteFunc(next, func(p place, k *kept) bool { return k.series() && !lives[p.object()] })
	in.date(known, next)
	return next
}

// continues reports whether any instance of k that should be listed is. Where
// none of an event's is, it was rewritten.
func (in *incoming) continues(k *kept) bool {
	known := []span{{k.instance, k.start, k.end}}
	if k.series() {
		known = k.spans
	}
	series := in.copies[place{k.remote, k.key, ""}]
	for _, s := range known {
		if !in.span.touches(s.start, s.end) {
			continue
		}
		c := in.copies[place{k.remote, k.key, s.instance}]
		if c != nil && !c.series() || series != nil && series.has(s.instance) {
			return true
		}
	}
	return false
}

// sweep returns in which time what is known of k has ended unless it is listed;
// ends is false if at no time.
func (in *incoming) sweep(k *kept, continued bool) (w window, ends bool) {
	first, listed := in.first[k.remote]
	from := in.now
	switch {
	case in.gone[k.remote]:
		return window{max(in.span.from, from), always.to}, true
	case listed && !continued:
		if first != nil {
			from = min(from, first.day())
		}
	case !listed && !in.full, in.unread[k.key.uid]:
		return window{}, false
	}
	return window{max(in.span.from, from), in.span.to}, true
}

// left is what is left of k once w of it is swept, nil if nothing is. It has
// ended if it should have been listed.
func (in *incoming) left(k *kept, w window) *kept {
	rest := k.remainder(w)
	if rest == nil || rest.ended || !in.gone[k.remote] && !k.touches(in.span) {
		return rest
	}
	ended := *rest
	ended.ended = true
	return &ended
}

// leave puts what is left of a known copy beside what is listed.
func (in *incoming) leave(next map[place]*kept, rest *kept) {
	master := in.copies[place{rest.remote, rest.key, ""}]
	switch {
	case master == nil || !rest.master():
		plain := master != nil && master.has(rest.instance) && !in.unread[rest.key.uid]
		if in.copies[rest.place] == nil && !plain {
			next[rest.place] = rest
		}
	case master.series() && rest.series():
		next[rest.place] = in.joined(master, rest.spans)
	case master.series():
		in.leaveSingle(next, rest, rest.planned())
	case rest.series():
		for _, s := range rest.spans {
			in.leaveSingle(next, rest, s)
		}
	}
}

// leaveSingle keeps an occurrence of an event that became a series or a one-off,
// as it was.
func (in *incoming) leaveSingle(next map[place]*kept, rest *kept, s span) {
	one := rest.single(s)
	one.ended = true
	if in.copies[one.place] == nil {
		next[one.place] = one
	}
}

// joined is a listed series with what is left of its other occurrences.
func (in *incoming) joined(series *kept, rest []span) *kept {
	plain := make(map[calendars.Instance]bool, len(series.spans))
	for _, s := range series.spans {
		plain[s.instance] = true
	}
	all := *series
	all.spans = slices.Clone(series.spans)
	for _, s := range rest {
		if !plain[s.instance] && in.copies[place{series.remote, series.key, s.instance}] == nil {
			all.spans = append(all.spans, s)
		}
	}
	sortSpans(all.spans)
	return &all
}
