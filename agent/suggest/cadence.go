package suggest

import (
	"strconv"
	"strings"
)

// CadenceOf reads how often a series with the RRULE value rule takes place
// (RFC 5545 §3.3.10). One without rule, or in hours or less, is held [Once].
func CadenceOf(rule string) Cadence {
	part := map[string]string{}
	for _, p := range strings.Split(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(p, "=")
		part[name] = value
	}
	c := Cadence{Every: 1, Times: 1}
	if n, err := strconv.Atoi(part["INTERVAL"]); err == nil && n > 1 {
		c.Every = n
	}
	days := part["BYDAY"]
	workdays := len(days) == len("MO,TU,WE,TH,FR")
	for _, day := range []string{"MO", "TU", "WE", "TH", "FR"} {
		workdays = workdays && strings.Contains(days, day)
	}
	switch part["FREQ"] {
	case "DAILY":
		c.Unit = Day
	case "WEEKLY":
		c.Unit = Week
		if days != "" {
			c.Times = strings.Count(days, ",") + 1
		}
	case "MONTHLY":
		c.Unit = Month
	case "YEARLY":
		c.Unit = Year
	default:
		return Cadence{}
	}
	if workdays && c.Every == 1 && (c.Unit == Day || c.Unit == Week) {
		return Cadence{Unit: Workday, Every: 1, Times: 1}
	}
	return c
}
