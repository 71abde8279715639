package report

// balanceWeeks is how far back a balance goes at most.
const balanceWeeks = 26

// Balanced is a week in the balance of meeting and writing.
type Balanced struct {
	From         string `json:"from"`
	To           string `json:"to"` // the day after the last
	MeetingHours Hours  `json:"meeting_hours"`
	// WrittenHours are those that meetings would have taken, had they not been done in
	// writing; AsyncCostHours is what of these went to writing and reading.
	WrittenHours   Hours `json:"written_hours"`
	AsyncCostHours Hours `json:"async_cost_hours"`
	period         Period
}

// countBalance weighs what was met against what was done in writing, by week, from the
// first week of which it is told that a trial did. Nothing, if there is none.
func countBalance(in FunnelInput, o FunnelOptions) ([]Balanced, error) {
	zone := o.Period.Zone
	span := Period{From: addDays(o.Period.To, -7*balanceWeeks, zone), To: o.Period.To, Zone: zone}
	var weeks []Balanced
	for _, p := range span.weeks() {
		cells, parts, hidden, err := toldPlans(in, o, p)
		if err != nil {
			return nil, err
		}
		week := Balanced{From: p.date(p.From), To: p.date(p.To), period: p}
		trials := false
		for cell := range cells {
			for _, f := range parts[cell] {
				if f.step != recovered {
					continue
				}
				week.WrittenHours += f.accepted + f.cost
				week.AsyncCostHours += f.cost
				trials = trials || f.kind == trialKind
			}
		}
		if len(weeks) == 0 && !trials {
			continue
		}
		if hidden.some {
			hide(&week.WrittenHours, &week.AsyncCostHours)
		}
		weeks = append(weeks, week)
	}
	if len(weeks) == 0 {
		return nil, nil
	}
	met := Period{From: weeks[0].period.From, To: span.To, Zone: zone}
	r, _, err := countGroups(in.Input, Options{Period: met, MinGroup: o.MinGroup, Cost: o.Cost}, ByWeek)
	if err != nil {
		return nil, err
	}
	shown := map[string]Hours{}
	for _, w := range r.Weeks {
		shown[w.From] = w.MeetingHours
	}
	for i := range weeks {
		h, told := shown[weeks[i].From]
		if weeks[i].MeetingHours = h; !told {
			weeks[i].MeetingHours = NotShown
		}
	}
	return weeks, nil
}
