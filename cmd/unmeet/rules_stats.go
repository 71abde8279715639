package main

import (
	"fmt"
	"strings"

	"unmeet/agent"
	"unmeet/agent/suggest"
	"unmeet/agent/text"
	"unmeet/store"
)

// rulesStatsCmd says how people take what rules suggest.
type rulesStatsCmd struct {
	Format string `enum:"table,json" default:"table" placeholder:"FORMAT" help:"table or json."`
}

// Help says what the columns are.
func (rulesStatsCmd) Help() string {
	return `Says of each rule, of the last 365 days, how often what it spoke for was suggested, answered, accepted, and called wrong, and in which interval (Wilson's, at 95 %) the share of those who accept must lie. A suggestion counts for each rule that spoke for it. An answer counts once its hold is over.

A rule is quarantined, and suggests nothing, once 20 answers show that fewer than a fifth accept: when the whole interval lies below 20 %. It is tried again as old answers are forgotten.

Rules that spoke to fewer than organization.min_group people are only counted, and so are those that differ from another one by suggestions to fewer than that.`
}

// ruleRow is a rule as JSON has it.
type ruleRow struct {
	Rule        string  `json:"rule"`
	Suggested   int     `json:"suggested"`
	Answered    int     `json:"answered"`
	Accepted    int     `json:"accepted"`
	Wrong       int     `json:"wrong"`
	Low         float64 `json:"low"` // ends of the interval of accepted of answered
	High        float64 `json:"high"`
	Quarantined bool    `json:"quarantined"`
}

// rulesStats is what JSON says.
type rulesStats struct {
	Rules  []ruleRow `json:"rules"`
	Hidden int       `json:"hidden"` // rules that spoke to too few people to tell
}

// Run prints it.
func (cmd *rulesStatsCmd) Run(a *app) error {
	c, db, err := a.configured(a.openBegun)
	if err != nil {
		return err
	}
	defer db.Close()
	since := a.now().Add(-agent.AnswersFor)
	stats, err := db.RuleStats(a.ctx, since)
	if err != nil {
		return err
	}
	tell, err := db.RulesToTell(a.ctx, since, c.Organization.MinGroup)
	if err != nil {
		return err
	}
	all := statsOf(stats, tell)
	if cmd.Format == "json" {
		return printJSON(a.stdout, all)
	}
	return a.showStats(all, c.Organization.MinGroup)
}

// statsOf makes rows of the rules that may be told of.
func statsOf(stats []store.RuleStats, tell map[string]bool) rulesStats {
	all := rulesStats{Rules: []ruleRow{}}
	for _, s := range stats {
		if !tell[s.Rule] {
			all.Hidden++
			continue
		}
		answers := suggest.Answers{Suggested: s.Suggested, Answered: s.Answered, Accepted: s.Accepted, Wrong: s.Wrong}
		r := ruleRow{Rule: s.Rule, Suggested: s.Suggested, Answered: s.Answered, Accepted: s.Accepted, Wrong: s.Wrong, Quarantined: answers.Quarantined()}
		r.Low, r.High = suggest.Wilson(s.Accepted, s.Answered)
		all.Rules = append(all.Rules, r)
	}
	return all
}

// showStats prints a table.
func (a *app) showStats(all rulesStats, few int) error {
	var b strings.Builder
	if len(all.Rules) > 0 {
		widest := len("RULE")
		for _, r := range all.Rules {
			widest = max(widest, text.Width(text.Clean(r.Rule)))
		}
		const columns = "%s  %9s  %8s  %8s  %5s  %s\n"
		fmt.Fprintf(&b, columns, text.PadRight("RULE", widest), "SUGGESTED", "ANSWERED", "ACCEPTED", "WRONG", "ACCEPTING")
		for _, r := range all.Rules {
			interval := "-"
			if r.Answered > 0 {
				interval = fmt.Sprintf("%.0f-%.0f %%", 100*r.Low, 100*r.High)
			}
			if r.Quarantined {
				interval += "  quarantined"
			}
			fmt.Fprintf(&b, columns, text.PadRight(text.Clean(r.Rule), widest), fmt.Sprint(r.Suggested), fmt.Sprint(r.Answered), fmt.Sprint(r.Accepted), fmt.Sprint(r.Wrong), interval)
		}
	}
	switch {
	case all.Hidden > 0:
		if len(all.Rules) > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s not shown: fewer than %d people were asked by it, or by it and not by another\n", text.Count(all.Hidden, "rule"), few)
	case len(all.Rules) == 0:
		b.WriteString("nothing was suggested yet\n")
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
