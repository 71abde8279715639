package caldav

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"unmeet/calendars/reach"
)

// The namespaces that answers use.
const (
	davSpace    = "DAV:"
	caldavSpace = "urn:ietf:params:xml:ns:caldav"
)

// begin opens a request body of the given element with the prefixes that all use.
func begin(element string) string {
	return `<?xml version="1.0" encoding="utf-8"?><` + element +
		` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">`
}

const withData = `<D:prop><D:getetag/><C:calendar-data/></D:prop>`

// queryBody asks for all events.
var queryBody = begin("C:calendar-query") + withData +
	`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>`

// countBody asks for the names of all events.
var countBody = strings.Replace(queryBody, "<C:calendar-data/>", "", 1)

// syncBody asks for what changed since token.
func syncBody(token string) string {
	return begin("D:sync-collection") + `<D:sync-token>` + escaped(token) + `</D:sync-token><D:sync-level>1</D:sync-level>` +
		withData + `</D:sync-collection>`
}

// multigetBody asks for the objects with the given paths.
func multigetBody(paths []string) string {
	var b strings.Builder
	b.WriteString(begin("C:calendar-multiget") + withData)
	for _, p := range paths {
		b.WriteString(`<D:href>` + escaped(p) + `</D:href>`)
	}
	b.WriteString(`</C:calendar-multiget>`)
	return b.String()
}

// propBody asks for properties, written with the prefixes of begin.
func propBody(names ...string) string {
	return begin("D:propfind") + `<D:prop><` + strings.Join(names, `/><`) + `/></D:prop></D:propfind>`
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) //nolint:errcheck // a Builder takes everything
	return b.String()
}

// found is one response of a multistatus (RFC 4918 §14.24), of which only the
// properties that were found are told.
type found struct {
	path   string // of the resource; see identity
	url    *url.URL
	base   *url.URL // what was asked, after redirects
	status int      // of the resource as a whole; 200 where only properties have one
	props
	missing int // status of the properties that were not found, 0 if all were
}

// props are the properties that we ask for.
type props struct {
	ETag string  `xml:"DAV: getetag"`
	Data *string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`

	Name       string `xml:"DAV: displayname"`
	Type       names  `xml:"DAV: resourcetype"`
	Kind       string `xml:"DAV: getcontenttype"`
	Token      string `xml:"DAV: sync-token"`
	CTag       string `xml:"http://calendarserver.org/ns/ getctag"`
	Components struct {
		List []struct {
			Name string `xml:"name,attr"`
		} `xml:"urn:ietf:params:xml:ns:caldav comp"`
	} `xml:"urn:ietf:params:xml:ns:caldav supported-calendar-component-set"`
	Privileges struct {
		List []names `xml:"DAV: privilege"`
	} `xml:"DAV: current-user-privilege-set"`

	Principal hrefs `xml:"DAV: current-user-principal"`
	Owner     hrefs `xml:"DAV: owner"`
	Home      hrefs `xml:"urn:ietf:params:xml:ns:caldav calendar-home-set"`
	Addresses hrefs `xml:"urn:ietf:params:xml:ns:caldav calendar-user-address-set"`
	Inbox     hrefs `xml:"urn:ietf:params:xml:ns:caldav schedule-inbox-URL"`
	Outbox    hrefs `xml:"urn:ietf:params:xml:ns:caldav schedule-outbox-URL"`
}

// hrefs are the addresses in a property.
type hrefs struct {
	List []string `xml:"DAV: href"`
}

// first is the first address, "" if there is none.
func (h hrefs) first() string {
	for _, one := range h.List {
		if one = strings.TrimSpace(one); one != "" {
			return one
		}
	}
	return ""
}

// names are elements that say something by being there.
type names struct {
	List []struct {
		XMLName xml.Name
	} `xml:",any"`
}

func (n names) has(space, local string) bool {
	for _, one := range n.List {
		if one.XMLName.Space == space && one.XMLName.Local == local {
			return true
		}
	}
	return false
}

// wireResponse is a response as it is written.
type wireResponse struct {
	Href     string `xml:"DAV: href"`
	Status   string `xml:"DAV: status"`
	PropStat []struct {
		Status string `xml:"DAV: status"`
		Prop   props  `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

// statusOf reads a line such as "HTTP/1.1 404 Not Found"; 0 if it is none.
func statusOf(line string) int {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return n
}

// multistatus makes a request and hands each response to take as it arrives. It
// returns the sync token that came with them, "" where none did.
func (c *Client) multistatus(ctx context.Context, r request, take func(found) error) (token string, err error) {
	a, err := c.do(ctx, r)
	if err != nil {
		return "", err
	}
	defer a.Close()
	if a.StatusCode != http.StatusMultiStatus {
		e := a.Failed()
		if a.StatusCode < 400 || a.Page() && (e.Kind == reach.Permanent || e.Kind == reach.NotFound) {
			e = reach.New(r.op, reach.Foreign, a.StatusCode, "what answers is no CalDAV server")
			if a.Page() {
				e.Reason = "what answers is a web page, perhaps one to log in"
			}
		}
		return "", e
	}
	if a.Page() {
		return "", reach.New(r.op, reach.Foreign, a.StatusCode, "what answers is a web page, perhaps one to log in")
	}
	token, err = readMultistatus(a.Body, a.From, take)
	if err != nil {
		return "", a.Broken(err)
	}
	return token, nil
}

// readMultistatus reads a multistatus that came from base.
func readMultistatus(body *reach.Patient, base *url.URL, take func(found) error) (token string, err error) {
	d := xml.NewDecoder(body)
	depth := 0
	ended := false
	for {
		body.Begin(largestObject)
		t, err := d.Token()
		if err == io.EOF && ended {
			return token, nil
		}
		if err != nil {
			if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok && strings.Contains(syntax.Msg, "unexpected EOF") {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth == 0 && (t.Name.Space != davSpace || t.Name.Local != "multistatus") {
				return "", &xml.SyntaxError{Msg: "no multistatus"}
			}
			switch {
			case depth == 1 && t.Name.Space == davSpace && t.Name.Local == "response":
				var w wireResponse
				if err := d.DecodeElement(&w, &t); err != nil {
					return "", err
				}
				f, ok := w.found(base)
				if !ok {
					continue
				}
				if err := take(f); err != nil {
					return "", err
				}
			case depth == 1 && t.Name.Space == davSpace && t.Name.Local == "sync-token":
				if err := d.DecodeElement(&token, &t); err != nil {
					return "", err
				}
				token = strings.TrimSpace(token)
			case depth >= 1:
				if err := d.Skip(); err != nil {
					return "", err
				}
			default:
				depth++
			}
		case xml.EndElement:
			depth--
			ended = depth == 0
		}
	}
}

// found makes sense of a response; false where it names nothing.
func (w *wireResponse) found(base *url.URL) (found, bool) {
	u, err := base.Parse(strings.TrimSpace(w.Href))
	if err != nil || strings.TrimSpace(w.Href) == "" {
		return found{}, false
	}
	// Whatever host it names, it is the one that answered: the login goes to no other.
	u.Scheme, u.Host, u.User = base.Scheme, base.Host, base.User
	f := found{path: identity(u), url: u, base: base, status: statusOf(w.Status)}
	if f.status == 0 {
		f.status = http.StatusOK
	}
	for i := range w.PropStat {
		ps := &w.PropStat[i]
		if status := statusOf(ps.Status); status/100 == 2 || status == 0 {
			f.props.add(&ps.Prop)
		} else {
			f.missing = status
		}
	}
	f.ETag, f.Token = strings.TrimSpace(f.ETag), strings.TrimSpace(f.Token)
	return f, true
}

// identity is the path of u in the one writing that all writings of it share: each
// part decoded, but for what would make it other parts. Servers write the same path
// now so and now so.
func identity(u *url.URL) string {
	written := u.EscapedPath()
	if !strings.Contains(written, "%") {
		return written
	}
	parts := strings.Split(written, "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = guard.Replace(plain)
		}
	}
	return strings.Join(parts, "/")
}

// guard keeps what parts a path, and what encodes, from being read anew.
var guard, unguard = strings.NewReplacer("%", "%25", "/", "%2F"), strings.NewReplacer("%25", "%", "%2F", "/")

// inside is the address of what is called name within collection, written as most
// servers do.
func inside(collection *url.URL, name string) *url.URL {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(unguard.Replace(part))
	}
	u := *collection
	u.RawPath = strings.TrimSuffix(collection.EscapedPath(), "/") + "/" + strings.Join(parts, "/")
	u.Path = strings.TrimSuffix(collection.Path, "/") + "/" + unguard.Replace(name)
	return &u
}

// within is what f is called within collection, "" for that itself and for what lies
// elsewhere.
func (f found) within(collection *url.URL) string {
	rest, ok := strings.CutPrefix(f.path, strings.TrimSuffix(identity(collection), "/")+"/")
	if !ok || strings.HasSuffix(rest, "/") {
		return ""
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "." || part == ".." {
			return ""
		}
	}
	return rest
}

// add takes over what more has and p has not: a server may tell what it found in
// several parts.
func (p *props) add(more *props) {
	have, next := reflect.ValueOf(p).Elem(), reflect.ValueOf(more).Elem()
	for i := range have.NumField() {
		if have.Field(i).IsZero() {
			have.Field(i).Set(next.Field(i))
		}
	}
}
