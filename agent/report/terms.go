package report

import "fmt"

// term is a footnote that defines a figure.
type term struct{ ID, Name, Text string }

// terms are the footnotes of a page, in order.
type terms []term

// number is the number of a term, 0 if there is none of that name.
func (all terms) number(id string) int {
	for i, t := range all {
		if t.ID == id {
			return i + 1
		}
	}
	return 0
}

// terms say what the figures of p mean; the package documentation says it in full.
func (p Page) terms() terms {
	write, read := p.Cost.Write/60, p.Cost.Read/60
	all := terms{
		{"meeting", "Meeting hours", "The time of the organization's people in timed events with two or more people, which are not cancelled or marked free, and which they have not declined. " +
			"An hour that a person spends in two meetings at once is half an hour of each."},
		{"recoverable", "Recoverable", fmt.Sprintf("What meetings that inform would give back if they were done in writing: their hours, less %d minutes of writing for each and %d of reading for each person. "+
			"Only where no guard holds them back and the rules are sure.", write, read)},
		{"trial", "Worth a trial", "The same for meetings in which people work together on what is already settled: these are worth trying in writing a few times. " +
			"It stands beside what is recoverable, not in it."},
		{"categories", "Categories", "Seven kinds of work, from the easiest to the hardest to do without meeting. A meeting counts where its words and its shape put it; rows are rounded so that they add up."},
		{"waterfall", "Left alone, not sure, writing and reading", "Left alone: a guard holds it back, such as one-to-ones, guests from outside or private events, or nobody knows how many are invited. " +
			"Not sure enough: the rules cannot tell the category well enough. Writing and reading: what an update would cost in place of the rest."},
	}
	if p.Funnel != nil {
		all = append(all,
			term{"funnel", "Suggested, accepted, recovered", "All at the time of the meetings that they are about. Suggested: what people were asked about. Accepted: what their answers planned, frozen when they gave them. " +
				"Recovered: what calendars have shown since: the answer is no, the meeting is cancelled or gone, and none came in its stead; of a trial, once its update was sent. " +
				"A decline is one person who reads instead; a trial is a meeting that its organizer does in writing a few times."},
			term{"balance", "Met, and in writing instead", fmt.Sprintf("Met: meeting hours of the week. In writing instead: the hours that people would have met, which calendars show that they did not (recovered), "+
				"with what writing and reading took of them. From the first week in which the update of a trial stood for its meeting, at most %d weeks back.", balanceWeeks)})
	}
	if p.Report.MinGroup > 0 {
		all = append(all, term{"groups", "Not shown", fmt.Sprintf("Nothing is told of fewer than %d people. Weeks in which fewer met are left out, and what fewer had in common is put together as others. "+
			"“not shown” is not 0: it is none, or too few people to tell.", p.Report.MinGroup)})
	}
	return append(all, term{"coverage", "Coverage", "Only calendars that were read are counted, and nothing is extrapolated. Nobody is ranked."})
}
