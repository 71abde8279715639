package caldav

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/reach"
)

// Source pulls the calendars of one person, and changes them in their name.
type Source struct {
	Client *Client
	// Addresses are what events may know the person under, lower case.
	Addresses []string
	Zone      *time.Location // of floating times where an event does not say; nil is UTC
	// Schedules says that the server tells organizers and guests; see [Account].
	Schedules bool
	Now       func() time.Time // of what is written; nil: the time of this machine
}

// batch is how many objects are asked for at a time.
const batch = 100

// manyGone is how many deletions at a time are not believed before everything was
// listed: whether a listing is suspect, only a full one tells.
const manyGone = 10

// mostRounds bounds how often a server may say that there is more to come.
const mostRounds = 1000

// Pull tells what changed in a calendar since cursor, which is a Cursor that an
// earlier Pull of the same calendar returned, or "". Collection.Remote is the URL
// of the calendar, the Remote of a copy the path of its object within it.
//
// Where nothing changed, one request was made and the delta is empty. Where the
// server takes no such cursor any more, and once a day as the window rolls,
// everything is listed, and the delta is full.
//
// Errors are an [*reach.Error]; then nothing must be applied, and the old cursor stays
// good. An object that cannot be read is skipped and told of.
func (s *Source) Pull(ctx context.Context, at calendars.Collection, text string) (calendars.Delta, error) {
	u, err := url.Parse(at.Remote)
	if err != nil || u.Host == "" {
		return calendars.Delta{}, reach.New("read the calendar", reach.Permanent, 0, "the calendar has no address")
	}
	p := &pull{
		client: s.Client.bounded(), url: u, gone: map[string]bool{}, lack: map[string]lacking{},
		reader: objectReader{at: at, zone: s.Zone, addresses: s.Addresses, done: map[string]bool{}, listed: map[string]bool{}},
		delta:  calendars.Delta{From: at.From, To: at.To},
	}
	known, ok := readCursor(text, cursorKey(at.Remote))
	if p.cursor = known; ok && !known.due(at) {
		ok, err = p.changes(ctx)
		ok = ok && len(p.gone) < manyGone
	} else {
		ok = false
	}
	if err == nil && !ok {
		p.cursor = cursor{Key: cursorKey(at.Remote), From: at.From.Unix(), To: at.To.Unix(), NoSync: p.noSync}
		err = p.everything(ctx)
	}
	if err != nil {
		return calendars.Delta{}, err
	}
	return p.end()
}

// pull is the state of one Pull.
type pull struct {
	client *Client
	url    *url.URL
	cursor cursor
	noSync bool // the server has shown that it does not take the tokens that it gives
	reader objectReader
	tags   map[string]string // ETags by name, of what was listed
	gone   map[string]bool   // names of objects that were deleted
	lack   map[string]lacking
	delta  calendars.Delta
}

// lacking is an object whose text did not come.
type lacking struct {
	path   string // as the server wrote it; "" if it did not yet
	status int    // what it said instead of giving it out; 0 if nothing
}

// end makes the delta.
func (p *pull) end() (calendars.Delta, error) {
	p.delta.Copies, p.delta.Skipped = p.reader.copies, p.reader.skipped
	if !p.delta.Full {
		// An object without a copy within the window is gone from it.
		for name := range p.reader.done {
			if !p.reader.listed[name] {
				p.gone[name] = true
			}
		}
		for name := range p.gone {
			p.delta.Gone = append(p.delta.Gone, calendars.RemoteID(name))
		}
		slices.Sort(p.delta.Gone)
	}
	var err error
	p.delta.Cursor, err = p.cursor.String()
	return p.delta, err
}

// name is what an object is called within the calendar, "" for the calendar
// itself and what lies outside of it. It is the calendar that is asked each time,
// perhaps at an address that its own sends us on to.
func (p *pull) name(f found) string { return f.within(f.base) }

// take keeps what a listing says of one object.
func (p *pull) take(f found) error {
	name := p.name(f)
	switch {
	case name == "":
	case f.status == http.StatusNotFound || f.status == http.StatusGone:
		p.gone[name] = true
		delete(p.lack, name)
	default:
		p.keep(name, f)
	}
	return nil
}

// takeText keeps what the server answers for an object whose text was asked for. That
// it does not find it is no proof that it is gone: it has just listed it.
func (p *pull) takeText(f found) error {
	if name := p.name(f); name != "" {
		p.keep(name, f)
	}
	return nil
}

// keep reads the text of an object, or notes that it did not come.
func (p *pull) keep(name string, f found) {
	delete(p.gone, name)
	path := f.url.EscapedPath()
	if f.status/100 != 2 {
		p.lack[name] = lacking{path, f.status}
		return
	}
	if p.tags != nil {
		p.tags[name] = tagOf(f)
	}
	if f.Data == nil {
		p.lack[name] = lacking{path, f.missing}
		return
	}
	delete(p.lack, name)
	p.reader.read(name, f.ETag, *f.Data)
}

// everything lists the whole calendar.
func (p *pull) everything(ctx context.Context) error {
	p.delta.Full = true
	p.reader.reset()
	p.gone, p.lack = map[string]bool{}, map[string]lacking{}
	// The marks come first: what changes between the two requests is told once more
	// by the next pull, which does no harm.
	if err := p.marks(ctx); err != nil {
		return err
	}
	if p.cursor.NoSync {
		p.cursor.Token = ""
	}
	if p.cursor.Token == "" {
		p.tags = map[string]string{}
		p.cursor.Tags = p.tags
	}
	cut := false
	r := request{op: "list events", method: "REPORT", url: p.url, header: depth("1"), body: queryBody}
	_, err := p.client.multistatus(ctx, r, func(f found) error {
		if f.status == http.StatusInsufficientStorage && p.name(f) == "" {
			cut = true
			return nil
		}
		return p.take(f)
	})
	if e, ok := errors.AsType[*reach.Error](err); ok && refused(e) || cut {
		err = p.names(ctx)
	}
	if err != nil {
		return err
	}
	return p.fill(ctx)
}

// marks asks for what tells that a calendar changed, and whether it is one.
func (p *pull) marks(ctx context.Context) error {
	const op = "read the calendar"
	seen := false
	r := request{op: op, method: "PROPFIND", url: p.url, header: depth("0"), body: propBody("D:resourcetype", "D:sync-token", "S:getctag")}
	_, err := p.client.multistatus(ctx, r, func(f found) error {
		if seen || f.status/100 != 2 {
			return nil
		}
		seen = true
		if !f.Type.has(caldavSpace, "calendar") {
			return reach.New(op, reach.NotFound, 0, "there is no calendar at its address any more")
		}
		p.cursor.Token = f.Token
		p.cursor.CTag = strings.TrimSpace(f.CTag)
		return nil
	})
	if err == nil && !seen {
		err = reach.New(op, reach.NotFound, 0, "there is no calendar at its address any more")
	}
	return err
}

// tagOf is a short form of an object's ETag, "" where the server gives none.
func tagOf(f found) string {
	if f.ETag == "" {
		return ""
	}
	return hashed(f.ETag)
}

// names lists the calendar where the server does not give it out at once.
func (p *pull) names(ctx context.Context) error {
	return p.etags(ctx, func(name string, f found) {
		if !p.reader.done[name] {
			p.lack[name] = lacking{path: f.url.EscapedPath()}
		}
	})
}

// etags lists the names of all objects and their ETags.
func (p *pull) etags(ctx context.Context, take func(name string, f found)) error {
	r := request{op: "list events", method: "PROPFIND", url: p.url, header: depth("1"), body: propBody("D:getetag", "D:resourcetype", "D:getcontenttype")}
	_, err := p.client.multistatus(ctx, r, func(f found) error {
		if f.status == http.StatusInsufficientStorage && p.name(f) == "" { // what is not listed has not ended
			return reach.New(r.op, reach.Server, f.status, "the server does not list all of the calendar")
		}
		kind, _, _ := strings.Cut(f.Kind, ";")
		calendar := kind == "" || strings.EqualFold(strings.TrimSpace(kind), "text/calendar")
		if name := p.name(f); name != "" && f.status/100 == 2 && !f.Type.has(davSpace, "collection") && calendar {
			take(name, f)
		}
		return nil
	})
	return err
}

// fill asks for the objects whose text did not come yet. What does not come now
// either is told of, and asked for again by the next pull, unless it is refused for
// good.
func (p *pull) fill(ctx context.Context) error {
	var todo []string
	for name, l := range p.lack {
		if !final(l.status) {
			todo = append(todo, name)
		}
	}
	slices.Sort(todo)
	for some := range slices.Chunk(todo, batch) {
		paths := make([]string, len(some))
		for i, name := range some {
			if paths[i] = p.lack[name].path; paths[i] == "" {
				paths[i] = inside(p.url, name).EscapedPath()
			}
		}
		r := request{op: "read events", method: "REPORT", url: p.url, header: depth("1"), body: multigetBody(paths)}
		if _, err := p.client.multistatus(ctx, r, p.takeText); err != nil {
			return err
		}
	}
	p.cursor.Unread = nil
	for _, name := range slices.Sorted(maps.Keys(p.lack)) {
		status := p.lack[name].status
		reason := "the server lists it and does not give it out"
		if status != 0 {
			reason = fmt.Sprintf("%s (%d)", reason, status)
		}
		p.reader.skip(name, reason)
		if !final(status) {
			p.cursor.Unread = append(p.cursor.Unread, name)
		}
	}
	return nil
}

// final reports whether a status with which an object was refused stands until
// somebody does something about it.
func final(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusGone, http.StatusRequestTimeout, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status/100 == 4
}

// changes asks for what changed since the cursor; false says that the server does
// not take it, and that everything has to be listed.
func (p *pull) changes(ctx context.Context) (ok bool, err error) {
	for _, name := range p.cursor.Unread {
		p.lack[name] = lacking{}
	}
	if p.cursor.Token == "" {
		return true, p.compare(ctx)
	}
	for range mostRounds {
		more := false
		r := request{op: "list changes", method: "REPORT", url: p.url, header: depth("0"), body: syncBody(p.cursor.Token)}
		token, err := p.client.multistatus(ctx, r, func(f found) error {
			if f.status == http.StatusInsufficientStorage && p.name(f) == "" {
				more = true
				return nil
			}
			return p.take(f)
		})
		if e, isOurs := errors.AsType[*reach.Error](err); isOurs && refused(e) {
			p.noSync = !p.cursor.Synced
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if token == "" || more && token == p.cursor.Token {
			return false, nil // a server that loses its place
		}
		p.cursor.Token, p.cursor.Synced = token, true
		if !more {
			return true, p.fill(ctx)
		}
	}
	return false, nil
}

// refused reports whether a server may have meant the report that it was asked
// for, or the token in it, rather than us: then another request may do. Some answer
// an old token with 500.
func refused(e *reach.Error) bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone,
		http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusNotImplemented, http.StatusInsufficientStorage:
		return true
	}
	return false
}

// compare finds what changed by the calendar's mark, and by ETags.
func (p *pull) compare(ctx context.Context) error {
	before := p.cursor
	if err := p.marks(ctx); err != nil {
		return err
	}
	p.cursor.Token = "" // the tags that are held are good until everything is listed
	if before.CTag != "" && p.cursor.CTag == before.CTag {
		return p.fill(ctx)
	}
	now, unread := map[string]string{}, p.lack
	p.lack = map[string]lacking{}
	err := p.etags(ctx, func(name string, f found) {
		now[name] = tagOf(f)
		if _, again := unread[name]; again || before.Tags[name] != now[name] || now[name] == "" {
			p.lack[name] = lacking{path: f.url.EscapedPath()}
		}
	})
	if err != nil {
		return err
	}
	for name := range before.Tags {
		if _, still := now[name]; !still {
			p.gone[name] = true
		}
	}
	p.tags, p.cursor.Tags = now, now
	return p.fill(ctx)
}
