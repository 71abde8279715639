package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/store"
)

// outcomesCmd says what came of suggestions.
type outcomesCmd struct {
	From   day    `placeholder:"DATE" help:"First day, a Monday; without it, all that there is."`
	To     day    `placeholder:"DATE" help:"Day after the last one, a Monday; without it, this week's."`
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
	looking
}

// Help says what is shown of whom.
func (outcomesCmd) Help() string {
	return `Counts what came of suggestions, by kind: suggested, pressed (accepted, and held for two minutes), undone, accepted, kept, void (answers cancelled each other), wrong (called so), never, expired, withdrawn; of trials: sent and missed (one update each), converted (kept in writing), shortened, restored, lapsed (nobody said how it goes on), unsaid (converted or shortened, and taken back); and people who left and returned. Minutes are what those suggestions would give back.

    unmeet outcomes
    unmeet outcomes --from 2026-10-05 --to 2026-11-02
    unmeet outcomes --as ann@acme.example --reason "she asked for it" --format json

It shows sums of everybody alone, over the weeks in which they were asked, whenever the answer came; weeks in which too few people were asked are shown only together with their neighbours, so --from and --to are moved apart as far as it takes. Suggestions of which the same came for fewer than organization.min_group people are only counted as suggested, of kind others. What one person was asked and answered is theirs: --as exports it for them, and says who looked at it before.`
}

// Run shows them.
func (cmd *outcomesCmd) Run(a *app) error {
	if err := cmd.check(); err != nil {
		return err
	}
	if cmd.As != "" && (cmd.From.given() || cmd.To.given()) {
		return usage("leave them out", "--from and --to are for sums: --as exports everything")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	from, to, err := cmd.period(a, c)
	if err != nil {
		return err
	}
	db, err := a.openBegun(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if cmd.As != "" {
		return cmd.export(a, db)
	}
	if cmd.Format == "table" {
		if err := a.showDelivery(db); err != nil {
			return err
		}
	}
	stretches, err := a.tellable(c, db, from, to)
	if err != nil {
		return err
	}
	s, err := a.outcomeSums(c, db, stretches)
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, s)
	}
	return a.showSums(s, c.Organization.MinGroup)
}

// outcomeSums adds up what is told of stretches, one by one: so that those of another
// choice of weeks, less these, are of enough people, too. People are the mean of them.
func (a *app) outcomeSums(c config, db *store.DB, stretches []weeks) (outcomeSums, error) {
	s := outcomeSums{Outcomes: []outcomeSum{}}
	for i, w := range stretches {
		if i == 0 {
			s.From = w.from.Format(time.DateOnly)
		}
		s.To = w.to.Format(time.DateOnly)
		sums, people, err := db.Told(a.ctx, w.from, w.to, c.Organization.MinGroup)
		if err != nil {
			return s, err
		}
		s.People += people
		for _, one := range sums {
			at := slices.IndexFunc(s.Outcomes, func(o outcomeSum) bool { return o.Outcome == one.Outcome && o.Kind == one.Kind })
			if at < 0 {
				s.Outcomes = append(s.Outcomes, outcomeSum{one.Outcome, one.Kind, one.Count, one.Minutes})
				continue
			}
			s.Outcomes[at].Count += one.Count
			s.Outcomes[at].Minutes += one.Minutes
		}
	}
	slices.SortFunc(s.Outcomes, func(a, b outcomeSum) int {
		return cmp.Or(strings.Compare(a.Outcome, b.Outcome), strings.Compare(a.Kind, b.Kind))
	})
	s.People = (2*s.People + len(stretches)) / (2 * len(stretches))
	return s, nil
}

// period returns which weeks are asked for. A zero from is all there is.
func (cmd *outcomesCmd) period(a *app, c config) (from, to time.Time, err error) {
	zone, err := zoneOf("", c)
	if err != nil {
		return from, to, err
	}
	to = mondayOf(a.now().In(zone)) // this week is not over
	for _, d := range []day{cmd.From, cmd.To} {
		if at := d.in(zone); d.given() && at.Weekday() != time.Monday {
			return from, to, usage("whole weeks are shown: --from and --to take Mondays", "%s is a %s", at.Format(time.DateOnly), at.Weekday())
		}
	}
	if cmd.From.given() {
		from = cmd.From.in(zone)
	}
	if !from.Before(to) {
		return from, to, usage(fmt.Sprintf("the last week that is over ended before %s", to.Format(time.DateOnly)), "no week from %s on is over yet", from.Format(time.DateOnly))
	}
	if at := cmd.To.in(zone); cmd.To.given() && at.Before(to) {
		to = at
	}
	if !from.Before(to) {
		return from, to, usage("--from comes before --to", "no week lies between %s and %s", from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	return from, to, nil
}

// mondayOf is the midnight that begins the week of t.
func mondayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
}

// weeks is a stretch of whole weeks.
type weeks struct{ from, to time.Time }

// tellable returns the stretches nearest to [from, to) that may be told of. Weeks are
// put together, from the first on, until at least min_group people were asked in
// each stretch: only whole stretches are told of, so that neither a sum nor the
// difference of two tells of fewer.
func (a *app) tellable(c config, db *store.DB, from, to time.Time) (told []weeks, err error) {
	first, err := db.FirstOutcome(a.ctx)
	if err != nil {
		return nil, err
	}
	if first.IsZero() {
		return nil, nothing("unmeet suggest --dry-run shows what would be suggested", "nothing was suggested yet")
	}
	end := mondayOf(a.now().In(to.Location()))
	stretch := weeks{from: mondayOf(first.In(to.Location()))}
	for next := stretch.from; next.Before(end); {
		next = addDays(next, 7)
		_, people, err := db.Sums(a.ctx, stretch.from, next)
		if err != nil {
			return nil, err
		}
		if people < c.Organization.MinGroup {
			continue
		}
		stretch.to = next
		if stretch.from.Before(to) && from.Before(stretch.to) {
			told = append(told, stretch)
		}
		stretch = weeks{from: next}
	}
	if len(told) == 0 {
		return nil, errTooFew(c, "too few people were asked in weeks that are over")
	}
	return told, nil
}

// outcomeSums are sums as JSON has them.
type outcomeSums struct {
	From     string       `json:"from"`
	To       string       `json:"to"`     // exclusive
	People   int          `json:"people"` // who were asked in each stretch of weeks, the mean of them
	Outcomes []outcomeSum `json:"outcomes"`
}

type outcomeSum struct {
	Outcome string `json:"outcome"`
	Kind    string `json:"kind,omitempty"`
	Count   int    `json:"count"`
	Minutes int    `json:"minutes"` // that these suggestions would give back
}

// showSums prints a table.
func (a *app) showSums(s outcomeSums, few int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s to %s: %d people were asked\n\n%s\n", s.From, s.To, s.People,
		a.ink().Bold(fmt.Sprintf("%-10s  %-8s  %6s  %8s", "OUTCOME", "KIND", "TIMES", "MINUTES")))
	for _, o := range s.Outcomes {
		kind, minutes := o.Kind, fmt.Sprint(o.Minutes)
		if kind == "" {
			kind, minutes = "-", "-"
		}
		fmt.Fprintf(&b, "%-10s  %-8s  %6d  %8s\n", o.Outcome, kind, o.Count, minutes)
	}
	fmt.Fprintf(&b, "\nwhat came of fewer than %d people's is not shown; that they were asked is, as others\n", few)
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// ownOutcomes is a person's own export, as JSON has it. Times are RFC 3339 in UTC.
type ownOutcomes struct {
	Address  string       `json:"address"`
	Outcomes []ownOutcome `json:"outcomes"`
	Looks    []ownLook    `json:"looked_at"` // by whom this was looked at
}

type ownOutcome struct {
	At         time.Time    `json:"at"`
	Outcome    string       `json:"outcome"`
	Suggestion int64        `json:"suggestion,omitempty"`
	Kind       string       `json:"kind,omitempty"`
	Title      string       `json:"title,omitempty"`
	Minutes    int          `json:"minutes,omitempty"`
	Via        string       `json:"via"`
	RulesHash  string       `json:"rules_hash,omitempty"`
	Detail     store.Detail `json:"detail"`
}

type ownLook struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"`
	Why  string    `json:"why"`
}

// export prints all that came of what one person was asked.
func (cmd *outcomesCmd) export(a *app, db *store.DB) error {
	if err := cmd.record(a, db); err != nil {
		return err
	}
	own, err := a.ownOutcomes(db, cmd.As)
	if err != nil {
		return err
	}
	if cmd.Format == "json" {
		return printJSON(a.stdout, own)
	}
	var b strings.Builder
	for _, o := range own.Outcomes {
		words := []string{o.At.Format("2006-01-02 15:04"), fmt.Sprintf("%-10s", o.Outcome)}
		if o.Kind != "" {
			words = append(words, fmt.Sprintf("%-8s", o.Kind), text.Clean(o.Title))
		}
		b.WriteString(strings.TrimRight(strings.Join(words, "  "), " ") + "\n")
	}
	if len(own.Outcomes) == 0 {
		fmt.Fprintf(&b, "nothing was suggested to %s\n", own.Address)
	}
	b.WriteString("\n")
	for _, l := range own.Looks {
		fmt.Fprintf(&b, "%s  %s looked (%s): %s\n", l.At.Format("2006-01-02 15:04"), text.Clean(l.By), text.Clean(l.What), text.Clean(l.Why))
	}
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

// ownOutcomes reads a person's own export.
func (a *app) ownOutcomes(db *store.DB, address string) (ownOutcomes, error) {
	own := ownOutcomes{Address: address, Outcomes: []ownOutcome{}, Looks: []ownLook{}}
	outcomes, err := db.OutcomesOf(a.ctx, address)
	if err != nil {
		return own, err
	}
	asked, err := db.SuggestionsTo(a.ctx, address)
	if err != nil {
		return own, err
	}
	titles := map[int64]string{}
	for _, s := range asked {
		shot, err := suggest.DecodeSnapshot(s.Snapshot)
		if err != nil {
			return own, err
		}
		titles[s.ID] = shot.Title
	}
	for _, o := range outcomes {
		own.Outcomes = append(own.Outcomes, ownOutcome{
			At: o.At.UTC(), Outcome: o.Outcome, Suggestion: o.Suggestion, Kind: o.Kind, Title: titles[o.Suggestion],
			Minutes: o.Minutes, Via: o.Via, RulesHash: o.RulesHash, Detail: o.Detail,
		})
	}
	looks, err := db.LooksAt(a.ctx, address)
	if err != nil {
		return own, err
	}
	for _, l := range looks {
		own.Looks = append(own.Looks, ownLook{l.At.UTC(), l.By, l.What, l.Why})
	}
	return own, nil
}
