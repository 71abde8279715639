package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"unmeet/agent/report"
	"unmeet/agent/text"
	"unmeet/calendars/ics"
	"unmeet/store"
)

// counting is a report with what it was made from.
type counting struct {
	job          job
	report       *report.Report
	library      *library
	organization store.Organization
}

// showDeadEnds says on stderr why there is nothing to count, or not for whom it
// was asked, and what to ask for instead.
func (a *app) showDeadEnds(c counting) {
	period, asked := c.report.Period, c.job.ownership.Person
	if c.report.Occurrences > 0 && asked == "" {
		return
	}
	first, last := c.library.extent(c.job.now)
	files := strings.Join(c.job.files, ", ")
	named, guests := people(c.library, period)
	isOurs := func(address string) bool { return ours(c.organization, address) }
	switch {
	case c.library.events() == 0 && c.library.lost() > 0:
		a.note("no event in %s could be read", files)
	case c.library.events() == 0:
		a.note("there are no events in %s", files)
	case !first.Before(period.To) || !last.After(period.From):
		if lasting(c.job.files) { // what was let go while reading may reach further
			if whole, err := a.readCalendars(c.job.files, ics.Options{Zone: period.Zone}); err == nil {
				first, last = whole.extent(c.job.now)
			}
		}
		a.note("no event is in this time: those in %s span %s", files, span(first, last, period.Zone))
		a.hint("choose other days with --from and --to")
	case !guests:
		a.note("this export leaves out guests, so that nobody can tell which of its events are meetings")
		a.hint("export it again with guests, or with full details")
	case len(named) == 0:
		a.note("the events of this time name nobody, so none is a meeting")
	case asked != "" && !named[strings.ToLower(asked)]:
		a.note("%s is in no event of this time; they name %s", asked, domains(named))
		a.hint("--person takes the address that invitations go to")
	case !slices.ContainsFunc(slices.Collect(maps.Keys(named)), isOurs):
		a.note("nobody of %s is in an event of this time; they name %s", titleOf(c.job.config, c.organization), domains(named))
		a.hint("--domain takes what stands after the @ of your addresses")
	}
}

// people returns whom the events of a period name, and whether any says who its
// guests are, be it nobody.
func people(l *library, p report.Period) (named map[string]bool, guests bool) {
	named = map[string]bool{}
	for c := range l.copies(p.From, p.To) {
		for _, address := range peopleOf(c) {
			named[address] = true
		}
		guests = guests || c.HeadsKnown || len(c.People) > 0
	}
	return named, guests
}

// ours reports whether an address is of the organization.
func ours(o store.Organization, address string) bool {
	return slices.Contains(o.Domains, domainOf(address)) || slices.Contains(o.Addresses, address)
}

// domains counts addresses by what stands after their @, most first: "12
// addresses at acme.example, 1 at zig.example". Nobody is named.
func domains(addresses map[string]bool) string {
	const most = 3
	at := map[string]int{}
	for address := range addresses {
		at[domainOf(address)]++
	}
	if len(at) == 0 {
		return "nobody"
	}
	names := slices.SortedFunc(maps.Keys(at), func(a, b string) int { return cmp.Or(cmp.Compare(at[b], at[a]), cmp.Compare(a, b)) })
	list := text.Count(at[names[0]], "address") + " at " + names[0]
	for _, name := range names[1:min(len(names), most)] {
		list += fmt.Sprintf(", %d at %s", at[name], name)
	}
	if more := len(names) - most; more > 0 {
		list += ", and others at " + text.Count(more, "more domain")
	}
	return list
}

// span writes the days from first to last, an exclusive instant.
func span(first, last time.Time, zone *time.Location) string {
	from, until := first.In(zone), last.In(zone)
	days := report.Period{From: addDays(from, 0), To: addDays(until.Add(-time.Nanosecond), 1), Zone: zone}
	return days.Days()
}
