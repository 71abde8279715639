package calendartest

import (
	"slices"
	"strings"
)

// listCalendars answers calendarList.list, on one page.
func (g *Google) listCalendars(c *call) (any, *refusal) {
	out := &wireCalendars{Kind: "calendar#calendarList", ETag: etag(g.World.log)}
	for _, cal := range g.World.calendars {
		if cal.owner == c.user.Address || cal.roles[c.user.Address] != "" {
			_, role, _ := g.readable(c, cal.id)
			out.Items = append(out.Items, wireListed(c, cal, role))
		}
	}
	slices.SortFunc(out.Items, func(a, b wireCalendar) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// getCalendar answers calendarList.get.
func (g *Google) getCalendar(c *call) (any, *refusal) {
	cal, role, no := g.readable(c, c.r.PathValue("calendar"))
	if no != nil {
		return nil, no
	}
	w := wireListed(c, cal, role)
	return &w, nil
}

func wireListed(c *call, cal *calendar, role string) wireCalendar {
	return wireCalendar{
		Kind: "calendar#calendarListEntry", ETag: etag(cal.floor), ID: cal.id, Summary: cal.id, TimeZone: cal.zone,
		AccessRole: role, Primary: cal.id == c.user.Address, Selected: true,
	}
}
