package calendartest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// target is the event a request names, on one calendar.
type target struct {
	item
	cal  *calendar
	role string
}

// aim finds the event that a request names.
func (g *Google) aim(c *call) (target, *refusal) {
	cal, role, no := g.readable(c, c.r.PathValue("calendar"))
	if no != nil {
		return target{}, no
	}
	it, ok := cal.find(c.r.PathValue("event"))
	if !ok {
		return target{}, refuse("notFound", "", "")
	}
	return target{it, cal, role}, nil
}

// aimToWrite is aim for a request that changes the event. What was cancelled its
// organizer can bring back.
func (g *Google) aimToWrite(c *call, back bool) (target, *refusal) {
	t, no := g.aim(c)
	switch match := c.r.Header.Get("If-Match"); {
	case no != nil:
		return t, no
	case t.role != "owner" && t.role != "writer":
		return t, refuse("forbidden", "", "")
	case t.cancelled && !(back && t.entry.away && t.ev.Organizer == t.cal.id):
		return t, refuse("deleted", "", "")
	case match != "" && match != "*" && match != etag(t.entry.changed):
		return t, refuse("conditionNotMet", "", "")
	}
	return t, nil
}

func (g *Google) rendering(c *call, t target) (rendering, *refusal) {
	l, no := g.readListing(c, t.cal, t.role)
	if no != nil {
		return rendering{}, no
	}
	l.render.details = true
	return l.render, nil
}

// getEvent answers events.get. What was cancelled is still there, as cancelled.
func (g *Google) getEvent(c *call) (any, *refusal) {
	t, no := g.aim(c)
	if no != nil {
		return nil, no
	}
	r, no := g.rendering(c, t)
	if no != nil {
		return nil, no
	}
	w := t.cal.render(t.item, r)
	return &w, nil
}

// listInstances answers events.instances.
func (g *Google) listInstances(c *call) (any, *refusal) {
	t, no := g.aim(c)
	if no != nil {
		return nil, no
	}
	if t.ev.rule == nil {
		return nil, refuse("invalid", "The event is not a recurring one.", "eventId")
	}
	l, no := g.readListing(c, t.cal, t.role)
	if no != nil {
		return nil, no
	}
	l.view.expanded, l.series = true, t.id
	if text := c.query.Get("originalStart"); text != "" {
		planned, err := time.Parse(time.RFC3339, text)
		if t.ev.AllDay {
			planned, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return nil, refuse("invalid", "", "originalStart")
		}
		l.planned = &planned
	}
	return g.answerListing(c, t.cal, l)
}

// shared are the fields that all copies have in common: only the organizer, or
// guests who may modify, can change them.
var shared = []string{
	"summary", "description", "location", "start", "end", "recurrence", "iCalUID", "guestsCanModify", "guestsCanSeeOtherGuests", "eventType",
}

// patchEvent answers events.patch: fields that are named are set, arrays are
// replaced whole, null clears.
func (g *Google) patchEvent(c *call) (any, *refusal) {
	var patch map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &patch); err != nil {
		return nil, refuse("parseError", "", "")
	}
	t, no := g.aimToWrite(c, string(patch["status"]) == `"confirmed"`)
	if no != nil {
		return nil, no
	}
	r, no := g.rendering(c, t)
	if no != nil {
		return nil, no
	}
	edit, no := readPatch(patch)
	if no != nil {
		return nil, no
	}
	leads := t.ev.Organizer == t.cal.id || t.ev.GuestsCanModify
	_, answering := patch["attendees"]
	switch {
	case g.set.IgnoreWrites:
	case string(patch["status"]) == `"cancelled"`:
		g.remove(c, t)
	case t.cancelled:
		g.World.restore(t.item)
		g.notifyGuests(c, t, "invitation")
	case string(patch["attendeesOmitted"]) == "true" && answering:
		if no := g.answerOwn(c, t, patch["attendees"]); no != nil {
			return nil, no
		}
	case leads:
		g.editAll(t, edit)
		if private := privateOf(patch); private != nil {
			now, _ := t.cal.find(t.id)
			g.World.editOwn(t.cal, g.World.own(t.cal, now), private)
		}
		g.notifyGuests(c, t, "invitation")
	case slices.ContainsFunc(shared, func(name string) bool { _, named := patch[name]; return named }):
		return nil, refuse("forbiddenForNonOrganizer", "", "")
	default:
		if answering {
			if no := g.answerOwn(c, t, patch["attendees"]); no != nil {
				return nil, no
			}
		}
		w := g.World
		now, _ := t.cal.find(t.id)
		w.editOwn(t.cal, w.own(t.cal, now), edit)
	}
	now, _ := t.cal.find(t.id)
	out := t.cal.render(now, r)
	return &out, nil
}

// deleteEvent answers events.delete. An organizer deletes for all, a guest takes
// the event off the own calendar and so declines.
func (g *Google) deleteEvent(c *call) (any, *refusal) {
	t, no := g.aimToWrite(c, false)
	if no != nil {
		return nil, no
	}
	g.remove(c, t)
	return nil, nil
}

func (g *Google) remove(c *call, t target) {
	w := g.World
	if t.ev.Organizer == t.cal.id {
		g.notifyGuests(c, t, "cancellation")
		if t.series != "" {
			w.cancelInstance(t.series, t.original)
		} else {
			w.cancel(t.id)
		}
		return
	}
	g.passOn(c, t, calendars.Declined, "")
	now, _ := t.cal.find(t.id)
	e := w.own(t.cal, now)
	e.away = true
	w.put(t.cal, e, e.ev)
}

// insertEvent answers events.insert. An id that was ever used stays taken, and of a
// video call nothing is heard from those who do not say that they know of such.
func (g *Google) insertEvent(c *call) (any, *refusal) {
	cal, role, no := g.readable(c, c.r.PathValue("calendar"))
	if no != nil {
		return nil, no
	}
	if role != "owner" && role != "writer" {
		return nil, refuse("forbidden", "", "")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &fields); err != nil {
		return nil, refuse("parseError", "", "")
	}
	if c.query.Get("conferenceDataVersion") != "1" {
		delete(fields, "conferenceData")
	}
	edit, no := readPatch(fields)
	if no != nil {
		return nil, no
	}
	ev := &Event{Organizer: cal.id, Zone: cal.zone}
	edit(ev)
	if raw := fields["id"]; raw != nil {
		if json.Unmarshal(raw, &ev.ID) != nil || !validID.MatchString(ev.ID) {
			return nil, refuse("invalid", "Invalid resource id value.", "id")
		}
	}
	switch {
	case ev.Start.IsZero() || ev.End.IsZero():
		return nil, refuse("required", "Missing end time.", "end")
	case !ev.End.After(ev.Start):
		return nil, refuse("timeRangeEmpty", "", "")
	case len(g.World.holders[ev.ID]) > 0:
		return nil, refuse("duplicate", "", "")
	}
	ev.ID = g.World.create(ev)
	if private := privateOf(fields); private != nil {
		g.World.editOwn(cal, cal.entries[ev.ID], private)
	}
	now, _ := cal.find(ev.ID)
	t := target{now, cal, role}
	g.notifyGuests(c, t, "invitation")
	r, no := g.rendering(c, t)
	if no != nil {
		return nil, no
	}
	out := cal.render(now, r)
	return &out, nil
}

// validID is what an id of an event that a client brings has to look like.
var validID = regexp.MustCompile(`^[a-v0-9]{5,}$`)

// editAll edits an event for everybody.
func (g *Google) editAll(t target, edit func(*Event)) {
	if t.series != "" {
		g.World.changeInstance(t.series, t.original, edit)
		return
	}
	g.World.change(t.id, edit)
}

// answerOwn reads a guest list that stands for the caller's own answer alone.
func (g *Google) answerOwn(c *call, t target, raw json.RawMessage) *refusal {
	var guests []wireGuest
	if err := json.Unmarshal(raw, &guests); err != nil {
		return refuse("parseError", "", "attendees")
	}
	for _, wg := range guests {
		self := t.cal.invitedAs(t.ev)
		if !strings.EqualFold(wg.Email, self) {
			continue
		}
		answer, ok := answerFrom(wg.ResponseStatus)
		if !ok || t.ev.guest(self) < 0 {
			return refuse("invalid", "", "attendees")
		}
		comment := wg.Comment
		if g.set.DropComments && strings.Contains(string(c.body), "attendeesOmitted") {
			comment = ""
		}
		g.passOn(c, t, answer, comment)
		return nil
	}
	return refuse("invalid", "The attendees do not include the user.", "attendees")
}

// passOn records an answer in the caller's copy and tells the others: at once
// where the organizer has a calendar here, else by mail if the request asks for
// it.
func (g *Google) passOn(c *call, t target, answer calendars.Response, comment string) {
	w := g.World
	id, original := t.id, time.Time{}
	if t.series != "" {
		id, original = t.series, t.original
	}
	self := t.cal.invitedAs(t.ev)
	if w.calendars[t.ev.Organizer] != nil {
		w.answer(self, id, original, answer, comment)
	} else {
		w.editOwn(t.cal, w.own(t.cal, t.item), answered(self, answer, comment))
	}
	if g.mails(c, t.ev.Organizer) {
		w.notices = append(w.notices, Notice{
			To: t.ev.Organizer, UID: t.ev.UID, Instance: t.instance(), What: "answer", Answer: answer, Comment: comment,
		})
	}
}

func answered(address string, answer calendars.Response, comment string) func(*Event) {
	return func(ev *Event) {
		if i := ev.guest(address); i >= 0 {
			ev.Guests[i].Answer, ev.Guests[i].Comment = answer, comment
		}
	}
}

// mails reports whether a request asks to mail somebody (sendUpdates).
func (g *Google) mails(c *call, address string) bool {
	switch c.query.Get("sendUpdates") {
	case "all":
		return true
	case "externalOnly":
		return g.World.people[address] == nil
	}
	return false
}

func (g *Google) notifyGuests(c *call, t target, what string) {
	for _, guest := range t.ev.Guests {
		if guest.Address != t.ev.Organizer && !guest.Resource && g.mails(c, guest.Address) {
			g.World.notices = append(g.World.notices, Notice{To: guest.Address, UID: t.ev.UID, Instance: t.instance(), What: what})
		}
	}
}

// answerFrom reads a responseStatus.
func answerFrom(s string) (calendars.Response, bool) {
	for ours, theirs := range answers {
		if theirs == s {
			return ours, true
		}
	}
	return "", false
}

// readPatch turns a patch into an edit. What it does not know it keeps as it is.
func readPatch(patch map[string]json.RawMessage) (func(*Event), *refusal) {
	var edits []func(*Event)
	for name, raw := range patch {
		edit, err := readField(name, raw)
		if err != nil {
			return nil, refuse("invalid", "Invalid value for: "+name, name)
		}
		edits = append(edits, edit)
	}
	return func(ev *Event) {
		for _, edit := range edits {
			edit(ev)
		}
	}, nil
}

// readField reads one field of a patch.
func readField(name string, raw json.RawMessage) (func(*Event), error) {
	switch name {
	case "summary":
		return set(raw, func(ev *Event, v string) { ev.Title = v })
	case "description":
		return set(raw, func(ev *Event, v string) { ev.Body = v })
	case "location":
		return set(raw, func(ev *Event, v string) { ev.Location = v })
	case "visibility":
		return set(raw, func(ev *Event, v string) { ev.Visibility = v })
	case "transparency":
		return set(raw, func(ev *Event, v string) { ev.Free = v == "transparent" })
	case "status":
		return set(raw, func(ev *Event, v string) { ev.Tentative = v == "tentative" })
	case "recurrence":
		return set(raw, func(ev *Event, v []string) { ev.Recurrence = v })
	case "guestsCanModify":
		return set(raw, func(ev *Event, v bool) { ev.GuestsCanModify = v })
	case "guestsCanSeeOtherGuests":
		return set(raw, func(ev *Event, v *bool) { ev.HideGuests = v != nil && !*v })
	case "attendees":
		return set(raw, func(ev *Event, v []wireGuest) { ev.Guests = guestsFrom(v) })
	case "start", "end":
		var w wireTime
		if err := json.Unmarshal(raw, &w); err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339, w.DateTime)
		if w.Date != "" {
			at, err = time.Parse(time.DateOnly, w.Date)
		}
		return func(ev *Event) {
			ev.AllDay = w.Date != ""
			if w.TimeZone != "" {
				ev.Zone = w.TimeZone
			}
			if name == "start" {
				ev.Start = at.UTC()
			} else {
				ev.End = at.UTC()
			}
		}, err
	case "extendedProperties":
		return set(raw, func(ev *Event, v properties) { ev.Shared = merged(ev.Shared, v.Shared) })
	case "attendeesOmitted", "id", "iCalUID", "etag", "kind", "organizer", "creator", "created", "updated", "htmlLink", "sequence",
		"reminders", "originalStartTime", "recurringEventId", "eventType":
		return func(*Event) {}, nil // of the copy alone, or not to be changed
	}
	return func(ev *Event) {
		if ev.More == nil {
			ev.More = map[string]json.RawMessage{}
		}
		ev.More[name] = raw
		if string(raw) == "null" {
			delete(ev.More, name)
		}
	}, nil
}

// properties are extendedProperties as a request brings them; null clears one.
type properties struct{ Private, Shared map[string]*string }

func merged(old map[string]string, patch map[string]*string) map[string]string {
	for name, value := range patch {
		if value == nil {
			delete(old, name)
			continue
		}
		if old == nil {
			old = map[string]string{}
		}
		old[name] = *value
	}
	return old
}

// privateOf returns what a request changes of the caller's copy alone, or nil.
func privateOf(fields map[string]json.RawMessage) func(*Event) {
	var v properties
	if json.Unmarshal(fields["extendedProperties"], &v) != nil || len(v.Private) == 0 {
		return nil
	}
	return func(ev *Event) { ev.Private = merged(ev.Private, v.Private) }
}

// set makes an edit of a decoded value.
func set[T any](raw json.RawMessage, to func(*Event, T)) (func(*Event), error) {
	var v T
	err := json.Unmarshal(raw, &v)
	return func(ev *Event) { to(ev, v) }, err
}

func guestsFrom(list []wireGuest) []Guest {
	var guests []Guest
	for _, wg := range list {
		answer, _ := answerFrom(wg.ResponseStatus)
		guests = append(guests, Guest{
			Address: strings.ToLower(wg.Email), Name: wg.DisplayName, Answer: answer, Comment: wg.Comment,
			Optional: wg.Optional, Resource: wg.Resource, More: wg.AdditionalGuests,
		})
	}
	return guests
}

func (g *Google) routeEvents(api func(string, []string, func(*call) (any, *refusal))) {
	const events = "/calendar/v3/calendars/{calendar}/events"
	api(http.MethodGet+" "+events, readScopes, g.listEvents)
	api(http.MethodPost+" "+events+"/watch", readScopes, g.watchEvents)
	api(http.MethodGet+" "+events+"/{event}", readScopes, g.getEvent)
	api(http.MethodGet+" "+events+"/{event}/instances", readScopes, g.listInstances)
	api(http.MethodPost+" "+events, writeScopes, g.insertEvent)
	api(http.MethodPatch+" "+events+"/{event}", writeScopes, g.patchEvent)
	api(http.MethodDelete+" "+events+"/{event}", writeScopes, g.deleteEvent)
	api("POST /calendar/v3/channels/stop", readScopes, g.stopChannel)
}
