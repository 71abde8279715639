package ics

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/emersion/go-ical"

	"unmeet/calendars"
)

// party reads who a calendar user address is (RFC 5545 §3.3.3). Where the value
// gives no mail address, the EMAIL parameter (RFC 7986 §6.2) does, or a name
// that is one; an Exchange directory name (/O=…/CN=…) only names.
func party(p *ical.Prop) calendars.Party {
	who := calendars.Party{Name: name(p.Params)}
	for _, candidate := range []string{p.Value, p.Params.Get("EMAIL"), p.Params.Get("X-EMAIL"), p.Params.Get("X-CN"), who.Name} {
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

func name(params ical.Params) string {
	for _, key := range []string{ical.ParamCommonName, "X-CN"} {
		if n := oneLine(strings.Trim(unescape(params.Get(key)), `"' `)); n != "" {
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
	place := make(map[string]int, len(props))
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
		if p.Params.Get(ical.ParamMember) != "" {
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
		key := a.Address
		if key == "" {
			key = "\x00" + strings.ToLower(a.Name)
		}
		if at, twice := place[key]; twice {
			list[at] = merged(list[at], a)
			continue
		}
		place[key] = len(list)
		list = append(list, a)
	}
	for _, to := range delegates {
		if _, listed := place[to]; !listed {
			place[to] = len(list)
			list = append(list, calendars.Attendee{
				Party: calendars.Party{Address: to}, Kind: calendars.Individual, Response: calendars.NoAnswer,
			})
		}
	}
	return list, groups > 0 && members == 0
}

func attendee(p *ical.Prop) calendars.Attendee {
	a := calendars.Attendee{Party: party(p), Kind: calendars.Individual, Response: response(p.Params.Get(ical.ParamParticipationStatus))}
	switch kind := p.Params.Get(ical.ParamCalendarUserType); {
	case strings.EqualFold(kind, "GROUP"):
		a.Kind = calendars.Group
	case strings.EqualFold(kind, "RESOURCE"):
		a.Kind = calendars.Resource
	case strings.EqualFold(kind, "ROOM"):
		a.Kind = calendars.Room
	}
	role := p.Params.Get(ical.ParamRole)
	a.Optional = strings.EqualFold(role, "OPT-PARTICIPANT") || strings.EqualFold(role, "NON-PARTICIPANT")
	if n, err := strconv.Atoi(strings.TrimSpace(p.Params.Get("X-NUM-GUESTS"))); err == nil && n > 0 {
		a.Guests = min(n, 10_000)
	}
	return a
}

func response(partstat string) calendars.Response {
	switch strings.ToUpper(strings.TrimSpace(partstat)) {
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
