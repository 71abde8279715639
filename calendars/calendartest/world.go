package calendartest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"unmeet/calendars"
)

// World is an organization's people and their calendars, as a server keeps
// them. It is safe for concurrent use.
type World struct {
	mu        sync.Mutex
	now       func() time.Time
	people    map[string]*person   // by address and alias
	calendars map[string]*calendar // by id; a primary calendar's is its owner's address
	holders   map[string][]string  // by id of a series or one-off: calendars that hold or held a copy
	groups    map[string][]string
	log       int64 // number of the last change
	made      int   // ids made up
	sparse    bool
	lasting   bool
	notices   []Notice
	changed   func(calendar string) // told of each change, under mu; nil if nobody asks
}

// Person is somebody with an account.
type Person struct {
	Address   string
	Name      string
	Zone      string // IANA name; "UTC" when empty
	Aliases   []string
	Suspended bool
}

type person struct {
	Person
	id string // of the account: what OpenID calls sub
}

// calendar is one person's calendar: its entries and the log of their changes.
type calendar struct {
	id, owner, zone string
	aliases         []string // of the owner
	etag            int64
	entries         map[string]*entry
	exceptions      map[string][]*entry // by id of their series
	log             []change            // in order
	floor           int64               // sync tokens of before are no longer good
	roles           map[string]string   // by reader's address
}

// change is a line of a calendar's log.
type change struct {
	number int64
	id     string
	before *Event // nil if the entry is new
}

// entry is one object of a calendar: a one-off, a series or a changed instance.
type entry struct {
	id       string
	series   string    // of a changed instance: the id of its series
	original time.Time // of a changed instance: when it was planned for
	ev       *Event    // replaced, never changed in place
	away     bool      // cancelled, deleted or taken off the list
	bare     bool      // of a cancelled entry: nothing is told but its id
	detached bool      // of a changed instance: its series has it no longer
	changed  int64     // number of its last change
	created  time.Time
	updated  time.Time
}

// Notice is a mail that the server sent to a guest or an organizer because a
// request asked for it (sendUpdates).
type Notice struct {
	To, UID  string
	Instance calendars.Instance
	What     string // "invitation", "answer" or "cancellation"
	Answer   calendars.Response
	Comment  string
}

// NewWorld returns a world without people whose time is told by now.
func NewWorld(now func() time.Time) *World {
	return &World{
		now: now, people: map[string]*person{}, calendars: map[string]*calendar{},
		holders: map[string][]string{}, groups: map[string][]string{},
	}
}

// AddPerson opens an account and its primary calendar.
func (w *World) AddPerson(p Person) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.Address = strings.ToLower(p.Address)
	if w.people[p.Address] != nil {
		panic("calendartest: person added twice: " + p.Address)
	}
	if p.Zone == "" {
		p.Zone = "UTC"
	}
	who := &person{Person: p, id: fmt.Sprintf("1%020d", len(w.people)+1)}
	w.people[p.Address] = who
	for _, a := range p.Aliases {
		w.people[strings.ToLower(a)] = who
	}
	w.addCalendar(p.Address, p.Address, p.Zone)
}

// Suspend closes or reopens an account.
func (w *World) Suspend(address string, suspended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.person(address).Suspended = suspended
}

// AddCalendar gives owner a secondary calendar.
func (w *World) AddCalendar(owner, id, zone string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.person(owner)
	w.addCalendar(owner, id, zone)
}

func (w *World) addCalendar(owner, id, zone string) {
	if w.calendars[id] != nil {
		panic("calendartest: calendar added twice: " + id)
	}
	w.calendars[id] = &calendar{
		id: id, owner: strings.ToLower(owner), zone: zone, aliases: w.person(owner).Aliases,
		entries: map[string]*entry{}, exceptions: map[string][]*entry{}, roles: map[string]string{},
	}
}

// invitedAs returns the address under which an event knows the calendar's owner:
// their own, unless only an alias of theirs is invited.
func (c *calendar) invitedAs(ev *Event) string {
	if ev.guest(c.owner) < 0 {
		if i := slices.IndexFunc(c.aliases, func(a string) bool { return ev.guest(a) >= 0 }); i >= 0 {
			return c.aliases[i]
		}
	}
	return c.owner
}

// Share gives reader a role on a calendar: "freeBusyReader", "reader", "writer",
// "owner" or "" for none. It spoils the calendar's sync tokens, as any change of
// who may read does.
func (w *World) Share(id, reader, role string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(id)
	c.roles[strings.ToLower(reader)] = role
	w.expire(c)
}

// ExpireTokens spoils the sync tokens that were given out for a calendar.
func (w *World) ExpireTokens(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expire(w.calendar(id))
}

func (w *World) expire(c *calendar) {
	w.log++
	c.floor = w.log
}

// SparseTombstones makes cancelled instances tell nothing but their id.
func (w *World) SparseTombstones(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sparse = on
}

// LastingExceptions makes changed instances stay when their series ends before
// them.
func (w *World) LastingExceptions(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lasting = on
}

// SetGroup makes a group of the directory. A member may be a group.
func (w *World) SetGroup(address string, members ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.groups[strings.ToLower(address)] = members
}

// Wipe empties a calendar without a trace in its log, as a server does that was
// restored wrongly: no tombstones, an empty list.
func (w *World) Wipe(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calendar(id)
	c.entries, c.exceptions, c.log = map[string]*entry{}, map[string][]*entry{}, nil
	w.expire(c)
}

// Notices returns the mails sent so far.
func (w *World) Notices() []Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notices)
}

func (w *World) person(address string) *person {
	p := w.people[strings.ToLower(address)]
	if p == nil {
		panic("calendartest: no such person: " + address)
	}
	return p
}

func (w *World) calendar(id string) *calendar {
	c := w.calendars[id]
	if c == nil {
		c = w.calendars[strings.ToLower(id)]
	}
	if c == nil {
		panic("calendartest: no such calendar: " + id)
	}
	return c
}

// put stores ev as the new state of an entry and writes the log.
func (w *World) put(c *calendar, e *entry, ev *Event) {
	before := e.ev
	if e.changed == 0 {
		e.created = w.now()
		c.entries[e.id] = e
		if e.series != "" {
			c.exceptions[e.series] = append(c.exceptions[e.series], e)
		} else if !slices.Contains(w.holders[e.id], c.id) {
			w.holders[e.id] = append(w.holders[e.id], c.id)
		}
	}
	w.log++
	e.ev, e.changed, e.updated = ev, w.log, w.now()
	c.etag = w.log
	c.log = append(c.log, change{number: w.log, id: e.id, before: before})
	if w.changed != nil {
		w.changed(c.id)
	}
}

// since returns the ids that changed after number, each with what it was then.
func (c *calendar) since(number int64) map[string]*Event {
	at, _ := slices.BinarySearchFunc(c.log, number+1, func(l change, n int64) int { return int(l.number - n) })
	before := map[string]*Event{}
	for _, l := range c.log[at:] {
		if _, seen := before[l.id]; !seen {
			before[l.id] = l.before
		}
	}
	return before
}

// exception returns the changed instance of series planned for original, or nil.
func (c *calendar) exception(series string, original time.Time) *entry {
	for _, e := range c.exceptions[series] {
		if e.original.Equal(original) && !e.detached {
			return e
		}
	}
	return nil
}

// instanceID names an instance as Google does. The second half of a series that
// was split names its instances after the first.
func instanceID(series string, original time.Time, allDay bool) string {
	base, _, _ := strings.Cut(series, "_R")
	if allDay {
		return base + "_" + string(calendars.InstanceOn(original.UTC()))
	}
	return base + "_" + string(calendars.InstanceAt(original))
}
