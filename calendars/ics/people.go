package ics

import (
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// book remembers the lines that name people, and the guest lists they make: the
// same people meet again and again, and each of their lines is read once. It
// forgets all when it has grown large, so that memory does not grow with a file.
type book struct {
	guests map[string]*guest // by content line
	size   int               // bytes it takes
	room   []param
}

// maxBook is how many bytes a book holds, of which a guest takes perGuest beside
// the line itself.
const (
	maxBook  = 8 << 20
	perGuest = 256
)

func newBook() *book { return &book{guests: make(map[string]*guest)} }

// guest is what an ORGANIZER or ATTENDEE line says.
type guest struct {
	calendars.Attendee
	delegates []string // addresses of those who come instead
	member    bool     // of a group that was invited
}

// guest reads a content line; nil where it is no property.
func (b *book) guest(line []byte) *guest {
	if known, ok := b.guests[string(line)]; ok {
		return known
	}
	text := string(line)
	b.room = b.room[:0]
	p, ok := parseLine(text, &b.room)
	if !ok {
		return nil
	}
	dequote(&p)
	g := readGuest(&p)
	size := len(text) + perGuest
	if b.size += size; b.size > maxBook {
		clear(b.guests)
		b.size = size
	}
	b.guests[text] = g
	return g
}

// readGuest reads who is named (RFC 5545 §3.8.4.1) and what is said of them.
func readGuest(p *property) *guest {
	g := &guest{Attendee: attendee(p), member: p.param(ical.ParamMember) != ""}
	g.Address, g.Name = strings.Clone(g.Address), strings.Clone(g.Name) // not to keep a long line
	for _, to := range p.all(ical.ParamDelegatedTo) {
		if to := address(to); to != "" {
			g.delegates = append(g.delegates, strings.Clone(to))
			if g.Response == calendars.Unspecified || g.Response == calendars.NoAnswer {
				g.Response = calendars.HandedOn
			}
		}
	}
	return g
}

// party reads who a calendar user address is (RFC 5545 §3.3.3). Where the value
// gives no mail address, the EMAIL parameter (RFC 7986 §6.2) does, or a name
// that is one; an Exchange directory name (/O=…/CN=…) only names.
func party(p *property) calendars.Party {
	who := calendars.Party{Name: commonName(p)}
	for _, candidate := range []string{p.value, p.param("EMAIL"), p.param("X-EMAIL"), p.param("X-CN"), who.Name} {
		if who.Address = address(candidate); who.Address != "" {
			break
		}
	}
	if who.Address == "" && who.Name == "" {
		who.Name = directoryName(p.value)
	}
	if strings.EqualFold(who.Name, who.Address) {
		who.Name = "" // a name that only repeats the address tells nothing
	}
	return who
}

// commonName is the CN parameter. It has one value; a comma that should have
// been quoted makes several of it.
func commonName(p *property) string {
	for _, key := range []string{ical.ParamCommonName, "X-CN"} {
		n := strings.Join(p.all(key), ",")
		if n = oneLine(strings.Trim(unescape(n), `"' `)); n != "" {
			return n
		}
	}
	return ""
}

// address returns the mail address in s, in lower case, without "mailto:"; ""
// where s has none.
func address(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 7 && strings.EqualFold(s[:7], "mailto:") {
		s = strings.TrimSpace(s[7:])
		s, _, _ = strings.Cut(s, "?")
		if strings.Contains(s, "%") {
			if plain, err := url.PathUnescape(s); err == nil {
				s = uncontrolled(plain)
			}
		}
	}
	if i := strings.IndexByte(s, '<'); i >= 0 { // "Doe, John" <j.doe@acme.example>
		s, _, _ = strings.Cut(s[i+1:], ">")
	}
	s = strings.ToLower(strings.Trim(s, `"' `))
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || strings.ContainsAny(s, " \t\n:,;()<>\"") || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "imceaex-") {
		return ""
	}
	return s
}

// addressIn returns the one mail address of a person that stands somewhere in
// text; "" where there is none, or several.
func addressIn(text string) string {
	found := ""
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("()<>[]{},;:|/\"“”„«»", r)
	}) {
		local, domain, _ := strings.Cut(strings.TrimLeft(word, "'‘"), "@")
		if i := strings.IndexFunc(domain, func(r rune) bool { return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i >= 0 {
			domain = domain[:i] // anna@acme.example's calendar
		}
		domain = strings.Trim(domain, ".-")
		a := local + "@" + domain
		if local == "" || !strings.Contains(domain, ".") || calendarAddress(a) || a == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = a
	}
	return found
}

// directoryName makes a name of an address that is none: the last part of
// /O=ACME/OU=EXCHANGE/CN=RECIPIENTS/CN=JDOE, or what stands after mailto:.
func directoryName(s string) string {
	if i := strings.LastIndex(strings.ToUpper(s), "/CN="); i >= 0 {
		return strings.TrimSpace(s[i+4:])
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return oneLine(s)
	}
	if !strings.EqualFold(scheme, "mailto") || strings.HasPrefix(rest, "//") {
		return "" // urn:uuid:…, https://…, invalid:nomail: nobody reads these
	}
	return oneLine(rest)
}

// attendees makes the guest list of an event. A person who is listed twice is
// listed once: an answer wins over none, and required over optional. Somebody to
// whom an attendee delegated attends in their place, listed or not. open reports
// that a group was invited whose members are not listed, so that heads can't be
// told.
func attendees(lines iter.Seq[*property]) (list []calendars.Attendee, open bool) {
	n := 0
	for range lines {
		n++
	}
	if n == 0 {
		return nil, false
	}
	list = make([]calendars.Attendee, 0, n)
	place := places{list: &list}
	var delegates []string
	groups, members := 0, 0
	for p := range lines {
		g := p.guest
		if g.Address == "" && g.Name == "" {
			continue
		}
		if g.Kind == calendars.Group {
			groups++
		}
		if g.member {
			members++
		}
		delegates = append(delegates, g.delegates...)
		if at := place.of(g.Party); at >= 0 {
			list[at] = merged(list[at], g.Attendee)
			continue
		}
		list = append(list, g.Attendee)
	}
	for _, to := range delegates {
		who := calendars.Party{Address: to}
		if place.of(who) < 0 {
			list = append(list, calendars.Attendee{Party: who, Kind: calendars.Individual, Response: calendars.NoAnswer})
		}
	}
	return list, groups > 0 && members == 0
}

// places finds people in a growing guest list: by address, or by name where
// they have none.
type places struct {
	list  *[]calendars.Attendee
	index map[calendars.Party]int // of long lists
	done  int                     // entries of list in index
}

// fewPeople are found faster without an index.
const fewPeople = 12

// of returns the place of who, -1 for somebody new.
func (p *places) of(who calendars.Party) int {
	list := *p.list
	if len(list) <= fewPeople {
		return slices.IndexFunc(list, func(a calendars.Attendee) bool { return personKey(a.Party) == personKey(who) })
	}
	if p.index == nil {
		p.index = make(map[calendars.Party]int, 4*fewPeople)
	}
	for ; p.done < len(list); p.done++ {
		p.index[personKey(list[p.done].Party)] = p.done
	}
	if at, ok := p.index[personKey(who)]; ok {
		return at
	}
	return -1
}

// personKey is who in the form that is the same for the same person.
func personKey(who calendars.Party) calendars.Party {
	if who.Address != "" {
		who.Name = ""
		return who
	}
	who.Name = strings.ToLower(who.Name)
	return who
}

func attendee(p *property) calendars.Attendee {
	a := calendars.Attendee{Party: party(p), Kind: calendars.Individual, Response: response(p.param(ical.ParamParticipationStatus))}
	switch kind := p.param(ical.ParamCalendarUserType); {
	case strings.EqualFold(kind, "GROUP"):
		a.Kind = calendars.Group
	case strings.EqualFold(kind, "RESOURCE"):
		a.Kind = calendars.Resource
	case strings.EqualFold(kind, "ROOM"):
		a.Kind = calendars.Room
	}
	role := p.param(ical.ParamRole)
	a.Optional = strings.EqualFold(role, "OPT-PARTICIPANT") || strings.EqualFold(role, "NON-PARTICIPANT")
	if n, err := strconv.Atoi(strings.TrimSpace(p.param("X-NUM-GUESTS"))); err == nil && n > 0 {
		a.Guests = min(n, 10_000)
	}
	return a
}

func response(partstat string) calendars.Response {
	switch canonical(strings.TrimSpace(partstat)) {
	case "":
		return calendars.Unspecified
	case "ACCEPTED", "COMPLETED", "IN-PROCESS":
		return calendars.Accepted
	case "DECLINED":
		return calendars.Declined
	case "TENTATIVE":
		return calendars.Maybe
	case "DELEGATED":
		return calendars.HandedOn
	}
	return calendars.NoAnswer // what one does not know is to be read so
}

// merged joins two lines of the same attendee.
func merged(a, b calendars.Attendee) calendars.Attendee {
	if b.Response != calendars.Unspecified && b.Response != calendars.NoAnswer || a.Response == calendars.Unspecified {
		a.Response = b.Response
	}
	if a.Name == "" {
		a.Name = b.Name
	}
	if a.Kind == calendars.Individual {
		a.Kind = b.Kind
	}
	a.Optional = a.Optional && b.Optional
	a.Guests = max(a.Guests, b.Guests)
	return a
}
