package calendartest

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"unmeet/calendars"
)

// Create puts an event into the calendar of its Organizer and of each guest the
// world knows, and returns its id. Where the world knows no such organizer, the
// event comes from outside: only guests hold copies.
func (w *World) Create(ev Event) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.create(ev.clone())
}

func (w *World) create(ev *Event) string {
	switch {
	case ev.ID == "" && ev.UID == "":
		w.made++
		n := strconv.FormatInt(int64(w.made), 32)
		ev.ID = "ev" + strings.Repeat("0", max(0, 8-len(n))) + n
	case ev.ID == "":
		ev.ID = "_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(ev.UID)))
	}
	if ev.UID == "" {
		ev.UID = ev.ID + "@google.com"
	}
	if len(w.holders[ev.ID]) > 0 {
		panic("calendartest: event created twice: " + ev.ID)
	}
	if c := w.calendars[strings.ToLower(ev.Organizer)]; c != nil && ev.Zone == "" {
		ev.Zone = c.zone
	}
	if ev.Zone == "" {
		ev.Zone = "UTC"
	}
	ev.settle(nil)
	for _, c := range w.invited(ev) {
		w.put(c, &entry{id: ev.ID}, ev)
	}
	return ev.ID
}

// invited returns the calendars where ev belongs: its organizer's and its guests'.
func (w *World) invited(ev *Event) []*calendar {
	var in []*calendar
	if c := w.calendars[ev.Organizer]; c != nil {
		in = append(in, c)
	}
	for _, g := range ev.Guests {
		if p := w.people[g.Address]; p != nil && !g.Resource {
			if c := w.calendars[p.Address]; !slices.Contains(in, c) {
				in = append(in, c)
			}
		}
	}
	return in
}

// Change edits a series or a one-off as its organizer, in all calendars. Guests
// that edit adds get a copy; guests that it removes find theirs cancelled.
// Changed instances that the series has no longer are dropped.
func (w *World) Change(id string, edit func(*Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.change(id, edit)
}

func (w *World) change(id string, edit func(*Event)) {
	lead := w.lead(id)
	before := lead.ev
	w.spread(w.holders[id], func(c *calendar) *entry { return c.entries[id] },
		func(*calendar) *entry { return &entry{id: id} }, before, edit)
	after := w.lead(id).ev
	if before.rule != nil && !after.sameRule(before) && !w.lasting {
		w.dropExceptions(id, func(e *entry) bool { return after.rule == nil || !after.rule.has(e.original) })
	}
	w.followGuests(id, before, after)
}

// spread applies an edit to all living copies of one entry, starting from what
// the organizer has. Copies that are equal stay one in memory.
func (w *World) spread(holders []string, find, make func(*calendar) *entry, before *Event, edit func(*Event)) {
	done := map[*Event]*Event{}
	apply := func(ev *Event) *Event {
		if done[ev] == nil {
			next := ev.clone()
			edit(next)
			next.settle(ev)
			if !next.sameTimes(ev) {
				next.Sequence++
			}
			done[ev] = next
		}
		return done[ev]
	}
	after := apply(before)
	invited := w.invited(after)
	for _, id := range slices.Clone(holders) {
		c := w.calendars[id]
		e := find(c)
		if e == nil || e.away {
			continue
		}
		if !slices.Contains(invited, c) {
			e.away, e.bare = true, true
			w.put(c, e, e.ev)
			continue
		}
		w.put(c, e, apply(e.ev))
	}
	was := w.invited(before)
	for _, c := range invited {
		if slices.Contains(was, c) {
			continue
		}
		e := find(c)
		if e == nil {
			e = make(c)
		}
		e.away, e.bare, e.detached = false, false, false
		w.put(c, e, after)
	}
}

// followGuests takes guests who joined or left a series on to, or off, its
// changed instances.
func (w *World) followGuests(id string, before, after *Event) {
	var joined []Guest
	var left []string
	for _, g := range after.Guests {
		if before.guest(g.Address) < 0 {
			joined = append(joined, g)
		}
	}
	for _, g := range before.Guests {
		if after.guest(g.Address) < 0 {
			left = append(left, g.Address)
		}
	}
	if len(joined)+len(left) == 0 || after.rule == nil {
		return
	}
	lead, _ := w.leadCalendar(id)
	for _, x := range slices.Clone(lead.exceptions[id]) {
		switch {
		case x.detached:
			continue
		case x.away:
			for _, c := range w.invited(after) {
				if c.exception(id, x.original) == nil {
					w.put(c, &entry{id: x.id, series: id, original: x.original, away: true}, x.ev)
				}
			}
			continue
		}
		w.changeInstance(id, x.original, func(ev *Event) {
			for _, g := range joined {
				if ev.guest(g.Address) < 0 {
					ev.Guests = append(ev.Guests, g)
				}
			}
			ev.Guests = slices.DeleteFunc(ev.Guests, func(g Guest) bool { return slices.Contains(left, g.Address) })
		})
	}
}

// dropExceptions forgets the changed instances of a series that drop picks.
func (w *World) dropExceptions(id string, drop func(*entry) bool) {
	for _, holder := range w.holders[id] {
		c := w.calendars[holder]
		for _, e := range c.exceptions[id] {
			if !e.detached && drop(e) {
				e.detached = true
				w.put(c, e, e.ev)
			}
		}
	}
}

// ChangeInstance edits the instance planned for original, in all calendars. A
// guest that edit adds holds that instance and nothing of its series.
func (w *World) ChangeInstance(id string, original time.Time, edit func(*Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changeInstance(id, original, edit)
}

func (w *World) changeInstance(id string, original time.Time, edit func(*Event)) {
	before, fresh := w.instance(id, original)
	find := func(c *calendar) *entry { return c.exception(id, original) }
	holders := w.holdersOfInstance(id, original)
	if fresh {
		// The instance gets an entry of its own wherever its series is held.
		edits := map[*Event]*Event{}
		for _, h := range holders {
			c := w.calendars[h]
			master := c.entries[id]
			if master == nil || master.away || find(c) != nil {
				continue
			}
			if edits[master.ev] == nil {
				edits[master.ev] = instanceOf(master.ev, original)
			}
			// It is put only once edited, below: so far nobody can see it.
			e := w.exceptionEntry(id, original, before.AllDay)
			e.ev, e.changed, e.created = edits[master.ev], w.log, w.now()
			c.entries[e.id] = e
			c.exceptions[id] = append(c.exceptions[id], e)
		}
		lead, _ := w.leadCalendar(id)
		before = find(lead).ev
	}
	w.spread(holders, find, func(*calendar) *entry { return w.exceptionEntry(id, original, before.AllDay) }, before, edit)
}

func (w *World) exceptionEntry(id string, original time.Time, allDay bool) *entry {
	return &entry{id: instanceID(id, original, allDay), series: id, original: original}
}

// instance returns what the organizer has of one instance, and whether it is
// still as the rule makes it.
func (w *World) instance(id string, original time.Time) (ev *Event, fresh bool) {
	lead, master := w.leadCalendar(id)
	if e := lead.exception(id, original); e != nil {
		return e.ev, false
	}
	if master.ev.rule == nil || !master.ev.rule.has(original) {
		panic(fmt.Sprintf("calendartest: %s has no instance at %s", id, original))
	}
	return instanceOf(master.ev, original), true
}

// instanceOf returns the instance of a series at t as an event of its own.
func instanceOf(series *Event, t time.Time) *Event {
	ev := series.clone()
	ev.Start, ev.End = t, t.Add(series.End.Sub(series.Start))
	ev.Recurrence, ev.rule = nil, nil
	return ev
}

// holdersOfInstance returns the calendars that hold a series, or only the
// instance of it planned for original.
func (w *World) holdersOfInstance(id string, original time.Time) []string {
	holders := slices.Clone(w.holders[id])
	for _, h := range w.holders[id] {
		e := w.calendars[h].exception(id, original)
		if e == nil {
			continue
		}
		for _, c := range w.invited(e.ev) {
			if !slices.Contains(holders, c.id) {
				holders = append(holders, c.id)
			}
		}
	}
	return holders
}

// Cancel deletes a series or a one-off as its organizer.
func (w *World) Cancel(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel(id)
}

func (w *World) cancel(id string) {
	for _, h := range w.holders[id] {
		c := w.calendars[h]
		if e := c.entries[id]; e != nil && !e.away {
			e.away = true
			w.put(c, e, e.ev)
		}
	}
}

// CancelInstance deletes one instance of a series as its organizer.
func (w *World) CancelInstance(id string, original time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancelInstance(id, original)
}

func (w *World) cancelInstance(id string, original time.Time) {
	w.changeInstance(id, original, func(*Event) {})
	for _, h := range w.holdersOfInstance(id, original) {
		c := w.calendars[h]
		if e := c.exception(id, original); e != nil {
			e.away = true
			w.put(c, e, e.ev)
		}
	}
}

// Restore brings a cancelled series or one-off back as its organizer, or, unless
// original is zero, the instance planned for then.
func (w *World) Restore(id string, original time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lead, e := w.leadCalendar(id)
	if !original.IsZero() {
		if e = lead.exception(id, original); e == nil {
			panic(fmt.Sprintf("calendartest: %s was not cancelled at %s", id, original))
		}
	}
	w.restore(lead.whole(e))
}

func (w *World) restore(it item) {
	id, holders := it.id, w.holders[it.id]
	if it.series != "" {
		holders = w.holdersOfInstance(it.series, it.original)
	}
	for _, h := range holders {
		c := w.calendars[h]
		e := c.entries[id]
		if it.series != "" {
			e = c.exception(it.series, it.original)
		}
		if e != nil && e.away && !e.bare {
			e.away = false
			w.put(c, e, e.ev)
		}
	}
}

// Delete takes an event off one person's own calendar. The organizer and the
// other guests see that as a decline.
func (w *World) Delete(address, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(address)
	e := c.entries[id]
	if e == nil {
		panic("calendartest: " + address + " holds no " + id)
	}
	w.answer(address, id, time.Time{}, calendars.Declined, "")
	e.away = true
	w.put(c, e, e.ev)
}

// Answer records a person's answer, in all copies. original is zero for a
// series or one-off, else the time the answered instance was planned for.
func (w *World) Answer(address, id string, original time.Time, answer calendars.Response, comment string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer(address, id, original, answer, comment)
}

func (w *World) answer(address, id string, original time.Time, answer calendars.Response, comment string) {
	edit := func(ev *Event) {
		if i := ev.guest(address); i >= 0 {
			ev.Guests[i].Answer, ev.Guests[i].Comment = answer, comment
		}
	}
	if original.IsZero() {
		w.change(id, edit)
	} else {
		w.changeInstance(id, original, edit)
	}
}

// EditOwn changes one person's own copy and nobody else's: shown as free,
// private, or whatever a client spoils there.
func (w *World) EditOwn(address, id string, edit func(*Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(address)
	e := c.entries[id]
	if e == nil {
		panic("calendartest: " + address + " holds no " + id)
	}
	w.editOwn(c, e, edit)
}

// own returns the entry of an item on a calendar; an instance that was as its
// rule makes it gets one, on this calendar alone.
func (w *World) own(c *calendar, it item) *entry {
	if it.series == "" || it.entry.series != "" {
		return it.entry
	}
	e := w.exceptionEntry(it.series, it.original, it.ev.AllDay)
	w.put(c, e, instanceOf(it.ev, it.original))
	return e
}

func (w *World) editOwn(c *calendar, e *entry, edit func(*Event)) {
	next := e.ev.clone()
	edit(next)
	next.settle(e.ev)
	w.put(c, e, next)
}

// lead returns the organizer's entry of an event, or, where the organizer is
// outside, the first living copy.
func (w *World) lead(id string) *entry {
	_, e := w.leadCalendar(id)
	return e
}

func (w *World) leadCalendar(id string) (*calendar, *entry) {
	var c *calendar
	var e *entry
	for _, h := range w.holders[id] {
		hc := w.calendars[h]
		he := hc.entries[id]
		if he == nil {
			continue
		}
		if e == nil || e.away && !he.away || h == he.ev.Organizer && !he.away {
			c, e = hc, he
		}
	}
	if e == nil {
		panic("calendartest: no such event: " + id)
	}
	return c, e
}
