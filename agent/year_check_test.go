package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/store"
)

// inspect holds a mail against all that was promised.
func (y *year) inspect(ctx context.Context, m store.Mail, l mail.Letter) {
	now, w := y.Now(), y.workers[m.Person]
	fault := func(format string, args ...any) {
		y.Errorf("mail to %s at %v: %s", m.Person, now.In(w.location), fmt.Sprintf(format, args...))
	}
	set, err := y.db.Settings(ctx, m.Person)
	if err != nil {
		y.Fatal(err)
	}
	local := now.In(w.location)
	switch earlier := y.sent[m.Person]; {
	case !set.Unsubscribed.IsZero():
		fault("they unsubscribed")
	case !w.works(now):
		fault("they do not work then")
	case w.awayAt(now):
		fault("they are out of office")
	case y.policy.Quiet.Has(local):
		fault("on a quiet date")
	case len(earlier) == 0 && len(l.Items) > 1:
		fault("the first one has %d suggestions", len(l.Items))
	case len(l.Items) == 0 || len(l.Items) > y.policy.PerMail:
		fault("it has %d suggestions", len(l.Items))
	case len(earlier) > 0 && days(earlier[len(earlier)-1].In(w.location), local) < y.rhythm(ctx, m.Person, set.Subscribed):
		fault("the last one came at %v, and they answered at %v", earlier, y.answered[m.Person])
	}
	y.sent[m.Person] = append(y.sent[m.Person], now)
	for _, i := range l.Items {
		y.kinds[i.Kind]++
		of := y.workers[i.Organizer.Address]
		switch {
		case (i.Kind == suggest.Decline) == (of == w):
			fault("%q is suggested as %s, by %s", i.Title, i.Kind, i.Organizer.Address)
		case i.Start.Sub(now) < 24*time.Hour:
			fault("%q is at %v", i.Title, i.Start)
		case w.awayAt(i.Start), y.policy.Quiet.Has(i.Start.In(w.location)):
			fault("%q is at %v, when they are not there", i.Title, i.Start)
		case !w.works(i.Start) && !w.works(i.End.Add(-time.Minute)):
			fault("%q is at %v, when they do not work", i.Title, i.Start)
		case strings.Contains(i.Title, w.name) && i.Kind == suggest.Decline:
			fault("they present %q", i.Title)
		case strings.Contains(i.Title, "Incident"), strings.Contains(i.Title, "lunch"), strings.Contains(i.Title, "Catch-up"):
			fault("%q is nothing to suggest", i.Title)
		case strings.Contains(i.Title, "Roadmap") && i.Kind != suggest.Split:
			fault("%q is suggested as %s", i.Title, i.Kind)
		}
		if i.Kind != suggest.Decline {
			continue
		}
		k := occurrenceKey{i.UID, i.Organizer.Address, i.Instance}
		if y.declines[k]++; y.declines[k] > suggest.MaxDeclines {
			fault("%q is suggested to be declined for the %d. time", i.Title, y.declines[k])
		}
	}
	for _, s := range y.suggestions(ctx, m) {
		if at, kept := y.quiet[m.Person][s.Lineage]; kept && now.Sub(at) < y.policy.KeepSilence {
			fault("they kept lineage %d at %v", s.Lineage, at)
		}
	}
	y.mails++
	y.monthly[int(now.Sub(yearBegins).Hours()/24/30.5)]++
}

func (y *year) suggestions(ctx context.Context, m store.Mail) []store.Suggestion {
	all, err := y.db.SuggestionsOf(ctx, m.ID)
	if err != nil {
		y.Fatal(err)
	}
	return all
}

// rhythm is how many days must lie between the last mail and the next, told from
// when they came and were answered, and whether all in them was taken back.
func (y *year) rhythm(ctx context.Context, who string, since time.Time) int {
	put, err := y.db.PutTo(ctx, who)
	if err != nil {
		y.Fatal(err)
	}
	open := map[int64]bool{} // by when they were asked
	for _, p := range put {
		open[p.Offered.Unix()] = open[p.Offered.Unix()] || p.State != "withdrawn"
	}
	ignored := 0
	sent := y.sent[who]
	for n := len(sent) - 1; n >= 0 && sent[n].After(since); n-- {
		until := y.Now()
		if n+1 < len(sent) {
			until = sent[n+1]
		}
		if slices.ContainsFunc(y.answered[who], func(at time.Time) bool { return at.After(sent[n]) && !at.After(until) }) {
			break
		}
		if open[sent[n].Unix()] {
			ignored++
		}
	}
	switch {
	case ignored >= 4:
		return 1000
	case ignored >= 2:
		return 14
	}
	return 7
}

// days is how many days of the calendar lie between two times of one place.
func days(from, to time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(to).Sub(date(from)).Hours() / 24)
}

// String is what an operator would want to know of the year.
func (y *year) String() string {
	var b strings.Builder
	offers := 0
	for _, n := range y.kinds {
		offers += n
	}
	fmt.Fprintf(&b, "%d people, %d mails: %.2f a person and month; most to one in the year: %d\n", y.people, y.mails, float64(y.mails)/float64(y.people)/12, y.most())
	fmt.Fprintf(&b, "%d suggestions, %d answers, %d unsubscribed; mails by month: %v; dropped: %v\n", offers, y.answers, y.left, y.monthly, y.dropped)
	for _, k := range slices.Sorted(maps.Keys(y.kinds)) {
		fmt.Fprintf(&b, "  %-8s %5d suggested, %d accepted\n", k, y.kinds[k], y.accepted[k])
	}
	list := func(counts map[suggest.Reason]int) {
		for _, why := range slices.SortedFunc(maps.Keys(counts), func(x, z suggest.Reason) int { return counts[z] - counts[x] }) {
			fmt.Fprintf(&b, "  %6d %s\n", counts[why], why.Sentence())
		}
	}
	fmt.Fprintf(&b, "%d turns of people; of these, no mail because\n", y.tally.People)
	list(y.closed)
	fmt.Fprintf(&b, "%d meetings looked at, and refused because\n", y.tally.Candidates)
	list(y.tally.Refusals)
	return b.String()
}

func (y *year) most() (n int) {
	for _, times := range y.sent {
		n = max(n, len(times))
	}
	return n
}
