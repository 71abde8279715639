package caldav

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"unmeet/calendars/reach"
)

// Account is what a server says of whoever logs in.
type Account struct {
	Principal string   // its address, which names the account; "" if the server does not tell
	Addresses []string // mail addresses that events know the person under, lower case
	// Schedules says that the server tells organizers of answers, and guests of
	// changes (RFC 6638).
	Schedules bool
	Calendars []Calendar // that can hold events, in order of address
}

// Calendar is a calendar that was found.
type Calendar struct {
	URL      string // with the path as the server writes it
	Name     string // for people; the last part of the path where it has none
	Own      bool   // it is the person's, not one shared with them
	Writable bool
}

// Resolver looks up where a domain has its servers; a [*net.Resolver] does.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, addrs []*net.SRV, err error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Locate returns the address to start from for the server of a domain, as the
// domain says in its DNS (RFC 6764 §3 and §6), else the domain itself.
func Locate(ctx context.Context, r Resolver, domain string) string {
	_, found, err := r.LookupSRV(ctx, "caldavs", "tcp", domain)
	if err != nil || len(found) == 0 || found[0].Target == "." {
		return "https://" + domain + "/"
	}
	host := strings.TrimSuffix(found[0].Target, ".")
	if found[0].Port != 443 {
		host = net.JoinHostPort(host, strconv.Itoa(int(found[0].Port)))
	}
	path := "/"
	texts, err := r.LookupTXT(ctx, "_caldavs._tcp."+domain)
	for _, t := range texts {
		if rest, ok := strings.CutPrefix(t, "path="); ok && err == nil && strings.HasPrefix(rest, "/") {
			path = rest
		}
	}
	return "https://" + host + path
}

// askFor are the properties that tell where calendars are, and what they are.
var askFor = propBody("D:resourcetype", "D:displayname", "D:current-user-principal", "D:owner", "D:current-user-privilege-set",
	"C:calendar-home-set", "C:calendar-user-address-set", "C:supported-calendar-component-set", "C:schedule-inbox-URL", "C:schedule-outbox-URL")

// Discover finds the calendars of whoever logs in, starting from an address of
// the server, of the person or of one calendar, as [ParseAddress] read it. For the
// address of a calendar, it is the only one found. named says that somebody named the
// path of start: one that leads to no calendars of theirs is an error then, instead of
// being passed over for others of the same host. Errors are an [*reach.Error].
func (c *Client) Discover(ctx context.Context, start *url.URL, named bool) (Account, error) {
	c = c.hurried()
	named = named && start.Path != "/" && start.Path != wellKnown
	at, err := c.entrance(ctx, start, named)
	if err != nil {
		return Account{}, err
	}
	var account Account
	principal, err := at.link(at.Principal.first())
	if err != nil {
		return Account{}, err
	}
	who := at
	if principal != nil && identity(principal) != at.path {
		if who, err = c.look(ctx, principal); err != nil {
			return Account{}, err
		}
	}
	if principal != nil {
		account.Principal = principal.String()
	}
	for _, one := range who.Addresses.List {
		if scheme, address, ok := strings.Cut(strings.ToLower(strings.TrimSpace(one)), ":"); ok && scheme == "mailto" && !slices.Contains(account.Addresses, address) {
			account.Addresses = append(account.Addresses, address)
		}
	}
	home, err := who.link(who.Home.first())
	if err != nil {
		return Account{}, err
	}
	if leads := principal == nil || at.above(principal) || at.above(home); named && !at.calendar() && !leads {
		reason := "it is neither a calendar nor on the way to those of this account"
		if at.Type.has(caldavSpace, "calendar") {
			reason = "it is a calendar that holds no events"
		}
		return Account{}, astray([]try{{start.Path, reach.New(opFind, reach.NotFound, 0, reason)}})
	}
	if at.calendar() {
		account.Calendars = []Calendar{at.as(principal)}
		home = at.url
	} else if home == nil {
		return Account{}, reach.New(opFind, reach.Foreign, 0, "the server names no place with calendars of this account")
	} else if account.Calendars, err = c.list(ctx, home, principal); err != nil {
		return Account{}, err
	}
	if who.Inbox.first() != "" && who.Outbox.first() != "" {
		if account.Schedules, err = c.schedules(ctx, home); err != nil {
			return Account{}, err
		}
	}
	return account, nil
}

// opFind is what is tried, for errors.
const opFind = "find calendars"

// wellKnown is where hosts tell of their CalDAV (RFC 6764 §5).
const wellKnown = "/.well-known/caldav"

// firstAnswer is how long somebody at a terminal waits for a server that may not
// answer at all. What discovery asks for takes none long.
const firstAnswer = 20 * time.Second

// hurried is c for somebody who waits.
func (c *Client) hurried() *Client {
	fast := *c
	if p := &fast.opt.Limits.Patience; *p == 0 || *p > firstAnswer {
		*p = firstAnswer
	}
	return &fast
}

// try is a path that did not lead to calendars.
type try struct {
	path string
	err  *reach.Error
}

// astray is the error of paths of which none led to calendars.
func astray(tries []try) error {
	said := make([]string, len(tries))
	for i, t := range tries {
		if said[i] = t.path + ": " + t.err.Reason; t.err.Status != 0 {
			said[i] += fmt.Sprintf(" (%d)", t.err.Status)
		}
	}
	e := reach.New(opFind, tries[0].err.Kind, 0, "the address leads to no calendars; tried "+strings.Join(said, ", "))
	e.Hint = "give the address of the server alone, or that of one calendar as its settings show it"
	return e
}

// entrance finds the first address that knows a principal, a home or a calendar: the
// one given, and unless its path was named, what the host names for CalDAV, or its
// root.
func (c *Client) entrance(ctx context.Context, start *url.URL, named bool) (found, error) {
	var tries []try
	for _, path := range []string{start.Path, wellKnown, "/"} {
		u := *start
		if slices.ContainsFunc(tries, func(t try) bool { return t.path == path }) {
			continue
		}
		if path != start.Path {
			if named {
				break
			}
			u.Path, u.RawPath, u.RawQuery = path, "", ""
		}
		f, err := c.look(ctx, &u)
		if err == nil && (f.calendar() || f.Principal.first() != "" || f.Home.first() != "") {
			return f, nil
		}
		if err == nil {
			err = reach.New(opFind, reach.Foreign, 0, "nothing is known of calendars there")
		}
		failed := reach.Wrap(ctx, opFind, err)
		switch failed.Kind {
		case reach.Foreign, reach.NotFound, reach.Denied, reach.Permanent, reach.Moved:
			tries = append(tries, try{path, failed})
		default: // it would be the same at any other path
			return found{}, failed
		}
	}
	return found{}, astray(tries)
}

// look asks for what is known of one address.
func (c *Client) look(ctx context.Context, u *url.URL) (found, error) {
	var at found
	seen := false
	r := request{op: opFind, method: "PROPFIND", url: u, header: depth("0"), body: askFor}
	_, err := c.multistatus(ctx, r, func(f found) error {
		if !seen {
			at, seen = f, true
		}
		return nil
	})
	if err == nil && !seen {
		err = reach.New(r.op, reach.Foreign, 0, "the server says nothing of this address")
	}
	return at, err
}

// list returns the calendars of a home that can hold events.
func (c *Client) list(ctx context.Context, home, principal *url.URL) ([]Calendar, error) {
	var list []Calendar
	r := request{op: "list calendars", method: "PROPFIND", url: home, header: depth("1"), body: askFor}
	_, err := c.multistatus(ctx, r, func(f found) error {
		if f.calendar() {
			list = append(list, f.as(principal))
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Calendar) int { return strings.Compare(a.URL, b.URL) })
	return list, err
}

// schedules reports whether a server does the scheduling for calendars in home.
func (c *Client) schedules(ctx context.Context, home *url.URL) (bool, error) {
	a, err := c.do(ctx, request{op: "ask what the server can", method: http.MethodOptions, url: home})
	if err != nil {
		return false, err
	}
	defer a.Close()
	for _, line := range a.Header.Values("DAV") {
		for token := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(token), "calendar-auto-schedule") {
				return true, nil
			}
		}
	}
	return false, nil
}

// Count returns how many events a calendar holds, each series counted once.
func (c *Client) Count(ctx context.Context, calendar string) (n int, err error) {
	const op = "count events"
	u, err := url.Parse(calendar)
	if err != nil {
		return 0, reach.New(op, reach.Permanent, 0, "no such address")
	}
	_, err = c.multistatus(ctx, request{op: op, method: "REPORT", url: u, header: depth("1"), body: countBody}, func(f found) error {
		if f.status/100 == 2 && f.within(f.base) != "" {
			n++
		}
		return nil
	})
	return n, err
}

func depth(n string) http.Header { return http.Header{"Depth": {n}} }

// link is an address that f names, nil for "". It may be on another host of the
// same owner, as large services have it; elsewhere the login must not go.
func (f found) link(href string) (*url.URL, error) {
	if href == "" {
		return nil, nil
	}
	u, err := f.url.Parse(href)
	if err != nil {
		return nil, reach.New(opFind, reach.Foreign, 0, "the server names an address that is none")
	}
	u.User = nil
	if u.Host == f.url.Host && u.Scheme == f.url.Scheme {
		return u, nil
	}
	ours, err1 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(f.url.Hostname()))
	theirs, err2 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(u.Hostname()))
	if err1 != nil || err2 != nil || ours != theirs || u.Scheme != "https" || net.ParseIP(u.Hostname()) != nil {
		return nil, reach.New(opFind, reach.Moved, 0, "the server sends us to "+u.Scheme+"://"+u.Host+", which we do not follow")
	}
	return u, nil
}

// above reports whether f is u, or a place that u lies in.
func (f found) above(u *url.URL) bool {
	return u != nil && strings.HasPrefix(strings.TrimSuffix(identity(u), "/")+"/", strings.TrimSuffix(f.path, "/")+"/")
}

// calendar reports whether f is a calendar that can hold events: one that names no
// components can hold all.
func (f found) calendar() bool {
	if f.status/100 != 2 || !f.Type.has(caldavSpace, "calendar") {
		return false
	}
	list := f.Components.List
	return len(list) == 0 || slices.ContainsFunc(list, func(k struct {
		Name string `xml:"name,attr"`
	}) bool {
		return strings.EqualFold(k.Name, "VEVENT")
	})
}

// as returns the calendar that f is, for principal, who may be unknown.
func (f found) as(principal *url.URL) Calendar {
	k := Calendar{URL: f.url.String(), Name: strings.TrimSpace(f.Name), Own: true}
	if k.Name == "" {
		parts := strings.Split(strings.Trim(f.path, "/"), "/")
		k.Name = unguard.Replace(parts[len(parts)-1])
	}
	if owner, err := f.link(f.Owner.first()); principal != nil && (err != nil || owner != nil && strings.Trim(identity(owner), "/") != strings.Trim(identity(principal), "/")) {
		k.Own = false
	}
	k.Writable = len(f.Privileges.List) == 0 // where nothing is said, trying tells
	for _, p := range f.Privileges.List {
		k.Writable = k.Writable || p.has(davSpace, "all") || p.has(davSpace, "write") || p.has(davSpace, "write-content")
	}
	return k
}
