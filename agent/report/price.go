package report

import (
	"fmt"
	"strconv"
)

// Price is what an hour of anybody costs, the same for everybody, so that it says
// nothing of a person: no figure comes of it that the hours do not tell. The zero
// Price puts no price on anything.
type Price struct {
	PerHour  int    // in whole Currency
	Currency string // as people write it: "EUR", "€"
}

// Money is an amount in whole units of a currency.
type Money int64

// of is what h costs, rounded to whole units. What is not told costs what is not told.
func (p Price) of(h Hours) Money {
	if h == NotShown {
		return Money(NotShown)
	}
	return Money(floor(h*Hours(p.PerHour)+1800, 3600))
}

// MarshalJSON writes m, and null for what is not told.
func (m Money) MarshalJSON() ([]byte, error) {
	if m == Money(NotShown) {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(m), 10), nil
}

// rate is what every JSON of costs begins with: the fields of a Price.
type rate struct {
	PerHour  int    `json:"per_hour"`
	Currency string `json:"currency"`
}

// Costs are the totals of a report in money. Its rows have none.
type Costs struct {
	rate
	Meetings    Money `json:"meetings"`
	Recoverable Money `json:"recoverable"`
	Trial       Money `json:"trial"`
}

// costs are the totals of r at a price, nil without one.
func (r *Report) costs(p Price) *Costs {
	if p.PerHour == 0 {
		return nil
	}
	return &Costs{rate(p), p.of(r.MeetingHours), p.of(r.RecoverableHours), p.of(r.TrialHours)}
}

// note says the costs in a sentence.
func (c *Costs) note() string {
	return fmt.Sprintf("%s: %s in meetings, %s recoverable, %s worth a trial",
		c.each(), c.amount(c.Meetings), c.amount(c.Recoverable), c.amount(c.Trial))
}

func (r rate) each() string {
	return fmt.Sprintf("at %s an hour, the same for everybody", r.amount(Money(r.PerHour)))
}

func (r rate) amount(m Money) string {
	if m == Money(NotShown) {
		return notShown
	}
	return thousands(int(m)) + " " + r.Currency
}

// FunnelCosts are the totals of a funnel in money. Its rows have none, nor has the
// funnel of a person.
type FunnelCosts struct {
	rate
	Recoverable Money      `json:"recoverable"`
	Trial       Money      `json:"trial"`
	Declines    StageCosts `json:"declines"`
	Trials      StageCosts `json:"trials"`
}

// StageCosts are stages in money.
type StageCosts struct {
	Suggested Money `json:"suggested"`
	Accepted  Money `json:"accepted"`
	Recovered Money `json:"recovered"`
}

// costs are the totals of f at a price, nil without one.
func (f *Funnel) costs(p Price) *FunnelCosts {
	if p.PerHour == 0 || f.Person != "" {
		return nil
	}
	stages := func(s Stages) StageCosts {
		return StageCosts{p.of(s.SuggestedHours), p.of(s.AcceptedHours), p.of(s.RecoveredHours)}
	}
	return &FunnelCosts{rate(p), p.of(f.RecoverableHours), p.of(f.TrialHours), stages(f.Declines), stages(f.Trials)}
}

// note says the costs in a sentence, by declines and by trials.
func (c *FunnelCosts) note() string {
	both := func(declines, trials Money) string {
		if declines == Money(NotShown) || trials == Money(NotShown) {
			return c.amount(declines) + " / " + c.amount(trials)
		}
		return thousands(int(declines)) + " / " + c.amount(trials)
	}
	return fmt.Sprintf("%s, by declines / by trials: %s suggested, %s accepted, %s recovered", c.each(),
		both(c.Declines.Suggested, c.Trials.Suggested), both(c.Declines.Accepted, c.Trials.Accepted),
		both(c.Declines.Recovered, c.Trials.Recovered))
}
