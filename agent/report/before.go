package report

import (
	"context"
	"fmt"
	"strings"

	"unmeet/agent/text"
	"unmeet/store"
)

// Previous is the period before that of a report, as a report of it alone tells it:
// what changed is the difference of the two, and nothing else.
type Previous struct {
	From   string `json:"from"`
	To     string `json:"to"` // the day after the last
	People Number `json:"people"`
	Sums
	Categories []Category `json:"categories"`
	period     Period
	hides      bool
}

// Before is the period of as many days that ends where p begins.
func (p Period) Before() Period {
	return Period{From: addDays(p.From, -p.days(), p.Zone), To: p.From, Zone: p.Zone}
}

// BuildCompared is [Build] of a report that knows its weeks and, where calendars were
// read for it, the period before.
func BuildCompared(ctx context.Context, db *store.DB, rulesHash string, o Options) (*Report, error) {
	by, err := ParseBy(string(o.By))
	if err != nil {
		return nil, err
	}
	o.By = ByWeek
	r, err := Build(ctx, db, rulesHash, o)
	if err != nil {
		return nil, err
	}
	r.By = by
	from, _, err := db.Listed(ctx)
	if err != nil {
		return nil, err
	}
	o.Period = o.Period.Before()
	if from.IsZero() || o.Period.From.Before(from) {
		return r, nil
	}
	before, err := Build(ctx, db, rulesHash, o)
	if err != nil {
		return nil, err
	}
	r.Compare(before)
	return r, nil
}

// Compare has r tell what before says, a report by week of the period before. It does
// not where the two cannot be compared: where weeks of either are left out, where
// nobody met, and where it was in the first week before that nobody did. Calendars
// that begin later would pass for a rise.
func (r *Report) Compare(before *Report) {
	r.Previous = nil
	if len(r.LeftOut)+len(before.LeftOut) > 0 || r.Occurrences == 0 || !before.metFirst() {
		return
	}
	told := before.told()
	r.Previous = &Previous{
		From: told.From, To: told.To, People: told.People, Categories: told.Categories,
		Sums:   Sums{told.Occurrences, told.MeetingHours, told.RecoverableHours, told.TrialHours},
		period: before.Period, hides: before.hides(),
	}
}

// metFirst reports whether anybody met in the first seven days.
func (r *Report) metFirst() bool {
	end := addDays(r.Period.From, 7, r.Period.Zone)
	for _, w := range r.Weeks {
		if w.period.From.Before(end) && w.MeetingHours > 0 {
			return true
		}
	}
	return false
}

// note says what there was before.
func (p *Previous) note(r *Report) string {
	people := notShown
	if p.People != unknownNumber {
		people = text.Count(int(p.People), "person")
	}
	note := fmt.Sprintf("the %s before (%s, %s): %s in meetings, %s recoverable, %s worth a trial",
		strings.TrimPrefix(p.period.Length(), "1 "), p.period.Days(), people,
		short(p.MeetingHours), short(p.RecoverableHours), short(p.TrialHours))
	if p.hides || r.hides() {
		note += "; change is of what is shown of both"
	}
	return note
}
