package store

import (
	"cmp"
	"slices"

	"unmeet/calendars"
)

// roster is who is invited to an instance and what they answered, as the copies
// that hold it say.
type roster struct {
	words       *kept         // whose words it shows
	held        []*kept       // by rank
	absent      []int         // ranks of views that lack the instance though it is in their time, and known
	earlier     []datedAnswer // that held before those to the series do
	heads       int
	known       bool
	attendances []attendance
	subject     Subject
}

// like reports whether an instance with subject s shows its people the same as
// the series: the same words, and the same guests whatever they answered.
func (ro *roster) like(s *Subject) bool {
	b := &ro.subject
	return b.Title == s.Title && b.BodyHash == s.BodyHash && b.Private == s.Private &&
		b.Heads == s.Heads && b.HeadsKnown == s.HeadsKnown && b.External == s.External &&
		slices.EqualFunc(b.People, s.People, func(x, y Guest) bool { return x.Address == y.Address })
}

// rosters makes the rosters of a meeting, each once: most instances of a series
// have the same.
type rosters struct {
	views []*view
	dated []datedAnswer
	dir   *directory
	made  []*roster
}

// base is the roster of the series itself, or of the one-off; nil if no view
// knows it.
func (r *rosters) base() *roster {
	var group []claim
	for rank, v := range r.views {
		if v.master != nil {
			group = append(group, claim{rank: rank, copy: v.master, leads: v.leads})
		}
	}
	if len(group) == 0 {
		return nil
	}
	return r.find(group, nil, nil)
}

// of is the roster of one instance.
func (r *rosters) of(group []claim) *roster {
	var since unixMilli
	for _, c := range group {
		since = max(since, c.copy.since)
	}
	var absent []int
	for rank, v := range r.views {
		if v.owner != "" && v.master != nil && !v.master.ended && v.master.sequence >= group[0].copy.sequence &&
			v.read >= since && v.listed.covers(group[0].start) && !r.has(v.owner, group) {
			absent = append(absent, rank)
		}
	}
	return r.find(group, absent, r.earlier(group))
}

// has reports whether any of owner's calendars holds the instance.
func (r *rosters) has(owner string, group []claim) bool {
	return slices.ContainsFunc(group, func(c claim) bool { return r.views[c.rank].owner == owner })
}

func (r *rosters) find(group []claim, absent []int, earlier []datedAnswer) *roster {
	for _, ro := range r.made {
		if slices.Equal(ro.absent, absent) && slices.Equal(ro.earlier, earlier) &&
			slices.EqualFunc(ro.held, group, func(k *kept, c claim) bool { return k == c.copy }) {
			return ro
		}
	}
	ro := r.make(group, absent, earlier)
	r.made = append(r.made, ro)
	return ro
}

// guest is an invited person while a roster is made.
type guest struct {
	Guest
	optional bool
	extra    int // people they bring
}

func (r *rosters) make(group []claim, absent []int, earlier []datedAnswer) *roster {
	ro := &roster{absent: absent, earlier: earlier, words: group[0].copy}
	for _, c := range group {
		ro.held = append(ro.held, c.copy)
	}
	if i := slices.IndexFunc(ro.held, func(k *kept) bool { return !k.private }); i >= 0 {
		ro.words = ro.held[i]
	}
	guests, nameless := r.invited(group, ro)
	ro.heads = nameless
	for _, g := range guests {
		ro.heads += 1 + g.extra
	}
	if ro.known && ro.heads == 0 {
		ro.heads = 1
	}

	s := &ro.subject
	s.Title, s.Private = ro.words.title, ro.words.private
	s.Body, s.BodyHash, s.Whole = ro.description()
	times := group[0].copy
	if m := r.master(); m != nil {
		s.Rule = m.rule
		if group[0].copy.master() || m.series() {
			times = m
		}
	}
	s.Minutes = int((times.end - times.start) / 60)
	s.Heads, s.HeadsKnown = ro.heads, ro.known
	for _, g := range guests {
		s.People = append(s.People, g.Guest)
		id, ours := r.dir.id(g.Address)
		if !ours {
			s.External += 1
		}
		if g.optional {
			s.Optional++
		}
		response, source := r.response(g.Address, group, ro)
		if !g.Organizer {
			switch response {
			case calendars.Accepted:
				s.Accepted++
			case calendars.Declined:
				s.Declined++
			case calendars.HandedOn: // the delegate answers
			default:
				s.Unanswered++
			}
		}
		if id != 0 {
			ro.attendances = append(ro.attendances, attendance{
				person: id, response: response, source: source, busy: r.busy(g.Address, group), optional: g.optional,
			})
		}
	}
	slices.SortFunc(ro.attendances, func(a, b attendance) int { return cmp.Compare(a.person, b.person) })
	s.Hash = s.hash()
	return ro
}

// description is that of the copy whose words the roster shows. Where they were
// let go, another guest's copy may have just brought the same ones again.
func (ro *roster) description() (body string, hash int64, whole bool) {
	k := ro.words
	if !k.whole {
		if i := slices.IndexFunc(ro.held, func(o *kept) bool { return o.whole && o.bodyHash == k.bodyHash && !o.private }); i >= 0 {
			k = ro.held[i]
		}
	}
	return k.body, k.bodyHash, k.whole
}

// master is the best view's series or one-off, nil if no view knows it.
func (r *rosters) master() *kept {
	for _, v := range r.views {
		if v.master != nil {
			return v.master
		}
	}
	return nil
}

// invited lists the people of a group's best guest list in order of address,
// and counts guests of whom only a name is known.
//
// The organizer is invited, listed or not. Where no copy knows all guests,
// everybody whom any copy names is, and whoever has it in their own calendar.
// Somebody whose calendar has the event but whom a complete list leaves out (a
// subscribed calendar, a forwarded invitation) is not. Events without an
// organizer are their owner's own doing, who then need not be listed.
func (r *rosters) invited(group []claim, ro *roster) (guests []guest, nameless int) {
	byAddress := map[string]*guest{}
	names := map[string]bool{}
	never := map[string]bool{} // listed as a room, a group and the like
	add := func(address, name string) *guest {
		address = r.dir.canonical(address)
		if address == "" || never[address] {
			return nil
		}
		g := byAddress[address]
		if g == nil {
			g = &guest{Guest: Guest{Address: address}}
			byAddress[address] = g
		}
		g.Name = cmp.Or(g.Name, name)
		return g
	}
	list := func(k *kept) {
		for i := range k.people.Guests {
			a := &k.people.Guests[i]
			switch {
			case a.person():
				if g := add(a.Address, a.Name); g != nil {
					g.optional = a.Optional
					g.extra = max(g.extra, a.Guests)
				}
			case a.Address == "" && cmp.Or(a.Kind, calendars.Individual) == calendars.Individual:
				names[a.Name] = true
			default:
				never[r.dir.canonical(a.Address)] = true
			}
		}
	}

	owners := false
	if i := slices.IndexFunc(ro.held, (*kept).complete); i >= 0 {
		ro.known = true
		list(ro.held[i])
		owners = named(ro.held[i].key.organizer) == "" && len(byAddress)+len(names) > 0
	} else {
		owners = true
		for _, k := range ro.held {
			list(k)
		}
	}
	organizer := attendee{Address: named(ro.held[0].key.organizer), Name: ro.held[0].people.Organizer}
	if organizer.person() {
		if g := add(organizer.Address, organizer.Name); g != nil {
			g.Organizer = true
		}
	}
	solo := ro.known && len(byAddress)+len(names) == 0
	if owners || solo {
		for _, c := range group {
			add(r.views[c.rank].owner, "")
			if solo && len(byAddress) > 0 {
				break
			}
		}
	}
	for _, g := range byAddress {
		delete(names, g.Name)
		guests = append(guests, *g)
	}
	slices.SortFunc(guests, func(a, b guest) int { return cmp.Compare(a.Address, b.Address) })
	return guests, len(names)
}

// complete reports whether a copy names all who are invited. A group stands for
// people whom it does not name.
func (k *kept) complete() bool {
	return k.headsKnown && !slices.ContainsFunc(k.people.Guests, func(a attendee) bool { return a.Kind == calendars.Group })
}

// response is what somebody answered, and whose copy says so: their own, else
// the organizer's, else any; one that tells no answer is asked last. Who took the
// instance out of their own calendar has declined it.
func (r *rosters) response(address string, group []claim, ro *roster) (calendars.Response, string) {
	for _, rank := range ro.absent {
		if r.views[rank].owner == address {
			return calendars.Declined, sourceOwn
		}
	}
	var best attendee
	source, weight := sourceNone, 0
	for _, c := range group {
		v := r.views[c.rank]
		if v.owner == address && c.copy.status == calendars.Cancelled && group[0].copy.status != calendars.Cancelled && v.read >= group[0].copy.since {
			return calendars.Declined, sourceOwn
		}
		a := r.listed(c.copy, address)
		if a == nil {
			continue
		}
		from, n := sourceOther, 1
		switch {
		case v.owner == address:
			from, n = sourceOwn, 3
		case c.leads:
			from, n = sourceOrganizer, 2
		}
		if a.Response != calendars.Unspecified {
			n += 3
		}
		if n > weight {
			best, source, weight = *a, from, n
		}
	}
	if source == sourceOwn && best.Response == calendars.Declined {
		for _, d := range ro.earlier {
			if d.person == address {
				return d.was, sourceOwn
			}
		}
	}
	return best.Response, source
}

func (r *rosters) listed(k *kept, address string) *attendee {
	for i := range k.people.Guests {
		if a := &k.people.Guests[i]; a.person() && r.dir.canonical(a.Address) == address {
			return a
		}
	}
	return nil
}

// busy reports whether the instance takes somebody's time, as their own copy says,
// else the organizer's own. Nobody else's says anything of it.
func (r *rosters) busy(address string, group []claim) bool {
	for _, c := range group {
		if r.views[c.rank].owner == address {
			return c.copy.busy
		}
	}
	best := group[0]
	return !best.leads || best.copy.busy
}
