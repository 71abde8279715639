package rules

import "strings"

// Guards that the code knows by name; all others are known to rule files alone.
const (
	GuardNever    = "never"    // listed under [never] by the organization: titles, organizers, groups
	GuardDecision = "decision" // the only place where something is decided
)

// never is the organization's list of who and what is left alone. Titles are
// phrases among the others.
type never struct {
	organizers map[string]bool // addresses, lower case
	domains    map[string]bool // from "@acme.example"
	groups     map[string]bool
}

func compileNever(doc neverDoc) never {
	n := never{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, who := range doc.Organizers {
		who = strings.ToLower(strings.TrimSpace(who))
		if strings.HasPrefix(who, "@") {
			n.domains[who[1:]] = true
		} else {
			n.organizers[who] = true
		}
	}
	for _, group := range doc.Groups {
		n.groups[strings.ToLower(group)] = true
	}
	return n
}

// listed says what the organization's [never] list holds of s, "" if nothing.
func (e *Engine) listed(s *Subject) string {
	w := e.borrow()
	defer e.scratch.Put(w)
	e.weigh(w, s)
	if w.forbidden {
		return "titles with “" + s.Title[w.listed.from:w.listed.to] + "”"
	}
	who := strings.ToLower(s.Organizer)
	_, domain, _ := strings.Cut(who, "@")
	switch {
	case who == "":
	case e.never.organizers[who]:
		return "the organizer " + who
	case e.never.domains[domain]:
		return "organizers at " + domain
	}
	for _, group := range s.Groups {
		if e.never.groups[strings.ToLower(group)] {
			return "the group " + group
		}
	}
	return ""
}

// forbids reports whether the lists name s. title says that its title is
// listed.
func (n *never) forbids(s *Subject, title bool) bool {
	if title {
		return true
	}
	if len(n.organizers)+len(n.domains) > 0 {
		who := strings.ToLower(s.Organizer)
		_, domain, _ := strings.Cut(who, "@")
		if n.organizers[who] || n.domains[domain] {
			return true
		}
	}
	if len(n.groups) > 0 {
		for _, group := range s.Groups {
			if n.groups[strings.ToLower(group)] {
				return true
			}
		}
	}
	return false
}
