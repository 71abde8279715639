package calendartest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listing is a request for a list of events, read and checked.
type listing struct {
	view    view
	q       url.Values
	order   string // "", "startTime" or "updated"
	max     int
	types   []string
	uid     string
	series  string     // of which series the instances are asked for; "": all
	planned *time.Time // originalStart: when the instance asked for was planned
	since   time.Time  // updatedMin
	sync    *syncToken
	page    *pageToken
	render  rendering
}

// listEvents answers events.list.
func (g *Google) listEvents(c *call) (any, *refusal) {
	cal, role, no := g.readable(c, c.r.PathValue("calendar"))
	if no != nil {
		return nil, no
	}
	l, no := g.readListing(c, cal, role)
	if no != nil {
		return nil, no
	}
	return g.answerListing(c, cal, l)
}

// readListing reads the parameters of events.list and refuses what the API
// refuses.
func (g *Google) readListing(c *call, cal *calendar, role string) (*listing, *refusal) {
	q := c.query
	l := &listing{q: q, types: q["eventTypes"], uid: q.Get("iCalUID"), order: q.Get("orderBy")}
	l.view = view{expanded: q.Get("singleEvents") == "true", deleted: q.Get("showDeleted") == "true"}
	l.render = rendering{role: role, zone: q.Get("timeZone"), sparse: g.World.sparse}
	var no *refusal
	number := func(name string, standard, most int) int {
		n, err := strconv.Atoi(cmp.Or(q.Get(name), strconv.Itoa(standard)))
		if err != nil || n < 1 && q.Has(name) {
			no = refuse("invalid", "", name)
		}
		return min(n, most)
	}
	instant := func(name string) time.Time {
		if !q.Has(name) {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, q.Get(name))
		if err != nil {
			no = refuse("badRequest", "", name)
		}
		return t
	}
	l.max = number("maxResults", 250, 2500)
	l.render.maxGuests = number("maxAttendees", 0, 1<<30)
	l.view.span = span{instant("timeMin"), instant("timeMax")}
	l.since = instant("updatedMin")
	if no != nil {
		return nil, no
	}
	switch s := l.view.span; {
	case l.order != "" && l.order != "startTime" && l.order != "updated":
		return nil, refuse("invalid", "", "orderBy")
	case l.order == "startTime" && !l.view.expanded:
		return nil, refuse("badRequest", "The requested ordering is not available for the particular query.", "orderBy")
	case !s.from.IsZero() && !s.to.IsZero() && !s.to.After(s.from):
		return nil, refuse("timeRangeEmpty", "", "")
	case !l.since.IsZero() && g.World.now().Sub(l.since) > 28*24*time.Hour:
		return nil, refuse("updatedMinTooLongAgo", "", "")
	}
	if no := g.readSyncToken(c, cal, l); no != nil {
		return nil, no
	}
	return l, g.readPageToken(c, cal, l)
}

// steady are the parameters that may change between a list and its deltas.
var steady = append([]string{"syncToken", "pageToken", "maxResults"}, barred...)

func (g *Google) readSyncToken(c *call, cal *calendar, l *listing) *refusal {
	token := l.q.Get("syncToken")
	if token == "" {
		return nil
	}
	for _, name := range barred {
		if l.q.Has(name) {
			return refuse("badRequest", "Sync token cannot be used together with "+name+".", name)
		}
	}
	if l.q.Get("showDeleted") == "false" {
		return refuse("badRequest", "showDeleted cannot be false with a sync token.", "showDeleted")
	}
	var s syncToken
	if !g.unseal("sync", token, &s) || s.Calendar != cal.id || s.Reader != c.user.Address || s.Query != hashQuery(l.q, steady...) {
		return refuse("invalid", "Invalid sync token value.", "syncToken")
	}
	if s.Number < cal.floor || expired(s.At, g.set.SyncTokenLife, g.World.now()) {
		return refuse("fullSyncRequired", "", "")
	}
	l.sync = &s
	return nil
}

func (g *Google) readPageToken(c *call, cal *calendar, l *listing) *refusal {
	token := l.q.Get("pageToken")
	if token == "" {
		return nil
	}
	var p pageToken
	if !g.unseal("page", token, &p) || p.Calendar != cal.id || p.Query != hashQuery(l.q, "pageToken") ||
		expired(p.At, g.set.PageTokenLife, g.World.now()) {
		return refuse("invalid", "Invalid page token value.", "pageToken")
	}
	if p.Snapshot < cal.floor {
		return refuse("fullSyncRequired", "", "")
	}
	l.page = &p
	return nil
}

// answerListing makes one page. Items are what they are at this moment; the sync
// token of the last page stands for the moment of the first, so that what changed
// in between is told again.
func (g *Google) answerListing(c *call, cal *calendar, l *listing) (any, *refusal) {
	now := g.World.now()
	p := pageToken{Calendar: cal.id, Query: hashQuery(l.q, "pageToken"), Since: -1, Snapshot: g.World.log, At: now.Unix()}
	if l.sync != nil {
		p.Since = l.sync.Number
	}
	if l.page != nil {
		p.Snapshot, p.After, p.Page = l.page.Snapshot, l.page.After, l.page.Page
	}
	items, more := g.onePage(cal, l, p)
	out := &wireEvents{
		Kind: "calendar#events", ETag: etag(cal.etag), Summary: cal.id, TimeZone: cal.zone,
		Updated: millis(now), AccessRole: l.render.role,
	}
	for _, it := range items {
		out.Items = append(out.Items, cal.render(it, l.render))
	}
	if more {
		if len(items) > 0 {
			p.After = l.key(items[len(items)-1])
		}
		p.Page++
		out.NextPageToken = g.seal("page", p)
		return out, nil
	}
	if !slices.ContainsFunc(tokenless, l.q.Has) {
		out.NextSyncToken = g.seal("sync", syncToken{
			Calendar: cal.id, Reader: c.user.Address, Query: hashQuery(l.q, steady...), Number: p.Snapshot, At: now.Unix(),
		})
	}
	return out, nil
}

// onePage picks the items after p, and reports whether there are more.
func (g *Google) onePage(cal *calendar, l *listing, p pageToken) (items []item, more bool) {
	if p.Since >= 0 {
		items = cal.delta(l.view, p.Since, g.World.now())
	} else {
		items = cal.all(l.view, g.World.now())
	}
	items = slices.DeleteFunc(items, func(it item) bool { return !l.wants(it) })
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(l.key(a), l.key(b)) })
	start, _ := slices.BinarySearchFunc(items, p.After, func(it item, after string) int { return cmp.Compare(l.key(it), after) })
	for start < len(items) && p.After != "" && l.key(items[start]) == p.After {
		start++
	}
	rest := items[start:]
	if g.set.RepeatItems && start > 0 {
		rest = items[start-1:]
	}
	if g.set.EmptyPages && p.Page%2 == 0 && len(rest) > 0 {
		return nil, true
	}
	size := l.max
	if g.set.PageMax > 0 {
		size = min(size, g.set.PageMax)
	}
	if g.set.RepeatItems && start > 0 {
		size++
	}
	if len(rest) > size {
		return rest[:size], true
	}
	return rest, false
}

// wants reports whether the filters of a request let an item through.
func (l *listing) wants(it item) bool {
	if l.series != "" && it.series != l.series || l.planned != nil && !it.original.Equal(*l.planned) {
		return false
	}
	if len(l.types) > 0 && !slices.Contains(l.types, cmp.Or(it.ev.Type, "default")) {
		return false
	}
	if l.uid != "" && it.ev.UID != l.uid {
		return false
	}
	if q := strings.ToLower(l.q.Get("q")); q != "" && !strings.Contains(strings.ToLower(it.ev.Title+"\n"+it.ev.Body), q) {
		return false
	}
	return l.since.IsZero() || !it.entry.updated.Before(l.since)
}

// key is what the items of a list are sorted by; no two have the same.
func (l *listing) key(it item) string {
	switch l.order {
	case "startTime":
		return fmt.Sprintf("%012d%s", it.start.Unix()+1<<36, it.id)
	case "updated":
		return fmt.Sprintf("%020d%s", it.entry.changed, it.id)
	}
	return it.id
}
