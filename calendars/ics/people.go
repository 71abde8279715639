package ics

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// party reads who a calendar user address is (RFC 5545 §3.3.3). Where the value
// gives no mail address, the EMAIL parameter (RFC 7986 §6.2) does, or a name
// that is one; an Exchange directory name (/O=…/CN=…) only names.
func party(p *ical.Prop) calendars.Party {
	who := calendars.Party{Name: name(p)}
	for _, candidate := range []string{p.Value, param(p, "EMAIL"), param(p, "X-EMAIL"), param(p, "X-CN"), who.Name} {
		if who.Address = address(candidate); who.Address != "" {
			break
		}
	}
	if who.Address == "" && who.Name == "" {
		who.Name = directoryName(p.Value)
	}
	if strings.EqualFold(who.Name, who.Address) {
		who.Name = "" // a name that only repeats the address tells nothing
	}
	return who
}

// name is the CN parameter. It has one value; a comma that should have been
// quoted makes several of it.
func name(p *ical.Prop) string {
	for _, key := range []string{ical.ParamCommonName, "X-CN"} {
		n := param(p, key)
		if len(p.Params[key]) > 1 {
			n = strings.Join(p.Params[key], ",")
		}
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
				s = plain
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

// attendees reads the guest list. A person who is listed twice is listed once:
// an answer wins over none, and required over optional. Somebody to whom an
// attendee delegated attends in their place, listed or not. open reports that a
// group was invited whose members are not listed, so that heads can't be told.
func attendees(props []ical.Prop) (list []calendars.Attendee, open bool) {
	if len(props) == 0 {
		return nil, false
	}
	list = make([]calendars.Attendee, 0, len(props))
	place := places{list: &list}
	var delegates []string
	groups, members := 0, 0
	for i := range props {
		p := &props[i]
		a := attendee(p)
		if a.Address == "" && a.Name == "" {
			continue
		}
		if a.Kind == calendars.Group {
			groups++
		}
		if param(p, ical.ParamMember) != "" {
			members++
		}
		for _, to := range p.Params.Values(ical.ParamDelegatedTo) {
			if to := address(to); to != "" {
				delegates = append(delegates, to)
				if a.Response == calendars.Unspecified || a.Response == calendars.NoAnswer {
					a.Response = calendars.HandedOn
				}
			}
		}
		if at := place.of(a.Party); at >= 0 {
			list[at] = merged(list[at], a)
			continue
		}
		list = append(list, a)
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

func attendee(p *ical.Prop) calendars.Attendee {
	a := calendars.Attendee{Party: party(p), Kind: calendars.Individual, Response: response(param(p, ical.ParamParticipationStatus))}
	switch kind := param(p, ical.ParamCalendarUserType); {
	case strings.EqualFold(kind, "GROUP"):
		a.Kind = calendars.Group
	case strings.EqualFold(kind, "RESOURCE"):
		a.Kind = calendars.Resource
	case strings.EqualFold(kind, "ROOM"):
		a.Kind = calendars.Room
	}
	role := param(p, ical.ParamRole)
	a.Optional = strings.EqualFold(role, "OPT-PARTICIPANT") || strings.EqualFold(role, "NON-PARTICIPANT")
	if n, err := strconv.Atoi(strings.TrimSpace(param(p, "X-NUM-GUESTS"))); err == nil && n > 0 {
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
