package report

import (
	"fmt"
	"strconv"
	"strings"

	"unmeet/agent/text"
	"unmeet/rules"
)

// why says in a few words what became of a meeting's hours: the facts that
// speak for writing instead, or what speaks against it. Concrete facts only:
// how often, how many, and the words that were found.
func why(f face) string {
	v := f.verdict
	switch {
	case v.Category > rules.Collaborating:
		return join(v.Category.String(), phrase(v))
	case len(v.Guards) > 0:
		return "left alone: " + strings.Join(v.Guards, ", ")
	case f.held != "":
		return "left alone: " + f.held
	case !v.Sure:
		return doubt(v)
	case f.RecoverableHours+f.TrialHours == 0:
		return join("too little to gain", cadence(f.rule), heads(f))
	}
	return join(cadence(f.rule), heads(f), phrase(v))
}

// join lists the facts there are.
func join(facts ...string) string {
	var present []string
	for _, fact := range facts {
		if fact != "" {
			present = append(present, fact)
		}
	}
	return strings.Join(present, ", ")
}

// phrase quotes the strongest words that were found, "" if structure alone
// spoke.
func phrase(v rules.Verdict) string {
	for _, e := range v.Evidence {
		if e.Phrase != "" && e.Weight > 0 {
			return "“" + e.Phrase + "”"
		}
	}
	return ""
}

// rivalFrom is the probability from which a category that is hard to do async is
// worth naming beside the one that a verdict was not sure of.
const rivalFrom = 0.15

// doubt says what a verdict that is not sure hesitates between: the category that
// its hours count in, and the most probable of those that are hard to do async.
func doubt(v rules.Verdict) string {
	rival := rules.Collaborating + 1
	for c := rival; c < rules.Categories; c++ {
		if v.Probabilities[c] > v.Probabilities[rival] {
			rival = c
		}
	}
	if v.Probabilities[rival] < rivalFrom {
		return fmt.Sprintf("not sure: %s?", v.Category)
	}
	return fmt.Sprintf("not sure: %s or %s?", v.Category, rival)
}

// heads says how many are invited, "" if that is not known.
func heads(f face) string {
	if f.heads == 0 {
		return ""
	}
	return text.Count(f.heads, "person")
}

// cadence says how often a series with the RRULE value rule takes place
// (RFC 5545 §3.3.10), "once" without one.
func cadence(rule string) string {
	if rule == "" {
		return "once"
	}
	part := map[string]string{}
	for _, p := range strings.Split(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(p, "=")
		part[name] = value
	}
	every, err := strconv.Atoi(part["INTERVAL"])
	if err != nil || every < 1 {
		every = 1
	}
	days := 1
	if part["BYDAY"] != "" {
		days = strings.Count(part["BYDAY"], ",") + 1
	}
	var once, unit string
	switch part["FREQ"] {
	case "DAILY":
		once, unit = "daily", "days"
	case "WEEKLY":
		once, unit = "weekly", "weeks"
		switch {
		case every == 1 && part["BYDAY"] == "MO,TU,WE,TH,FR":
			return "every workday"
		case every == 1 && days > 1:
			return fmt.Sprintf("%d× a week", days)
		}
	case "MONTHLY":
		once, unit = "monthly", "months"
	case "YEARLY":
		once, unit = "yearly", "years"
	default:
		return ""
	}
	if every == 1 {
		return once
	}
	return fmt.Sprintf("every %d %s", every, unit)
}
