package main

import (
	"fmt"
	"strings"
	"time"
)

// quotaCmd works out what syncing so many people takes.
type quotaCmd struct {
	People int `required:"" placeholder:"N" help:"How many."`
}

// Help says where the figures come from.
func (quotaCmd) Help() string {
	return `Works out from [sync] in the configuration how many calls of Google's Calendar API a day so many people take, beside what Google allows. An idle look at a calendar is one call; what recurs and changed, and each day's first look, are one more.`
}

// What Google allows a project, and what a day of a person's calendar is taken to
// bring.
const (
	callsPerDay       = 1_000_000
	callsPerMinute    = 10_000
	changesPerDay     = 2 // looks that find something recurring changed
	windowsPerDay     = 1 // because the days that are read move on
	callsOfFirstSync  = 2
	callsPerSecondMax = 100 // the pace that unmeet keeps to
)

// dayOfCalls is the arithmetic of a day.
type dayOfCalls struct {
	people  int
	looks   float64 // a person
	windows float64
}

func (d dayOfCalls) perPerson() float64 { return d.looks + d.windows }
func (d dayOfCalls) total() int         { return int(d.perPerson()*float64(d.people) + 0.5) }

// dayOf works out a day with so many people.
func dayOf(people int, every time.Duration) dayOfCalls {
	looks := float64(24*time.Hour) / float64(every)
	return dayOfCalls{people: people, looks: looks, windows: windowsPerDay + min(changesPerDay, max(0, looks-windowsPerDay))}
}

// Run prints it.
func (cmd *quotaCmd) Run(a *app) error {
	if cmd.People < 1 {
		return usage("unmeet quota --people 250", "--people takes a number above 0")
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	every := time.Duration(c.Sync.Every)
	d := dayOf(cmd.People, every)
	first := max(time.Minute, time.Duration(cmd.People*callsOfFirstSync/callsPerSecondMax)*time.Second)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, looked at every %s (sync.every)\n\n", peopleText(cmd.People), spell(every))
	line := func(n, what string) { fmt.Fprintf(&b, "%12s  %s\n", n, what) }
	line(decimal(d.looks), "looks a person and day")
	line("+ "+decimal(d.windows), fmt.Sprintf("lists of %d days back and %d ahead, a person and day: %d for a new day, %d for changes", c.Sync.PastDays, c.Sync.FutureDays, windowsPerDay, changesPerDay))
	line("× "+grouped(cmd.People), "people")
	line("= "+grouped(d.total()), fmt.Sprintf("calls a day: %.1f %% of the %s that Google allows a project", 100*float64(d.total())/callsPerDay, grouped(callsPerDay)))
	line(decimal(float64(d.total())/24/60), fmt.Sprintf("calls a minute on average, of %s allowed", grouped(callsPerMinute)))
	line(grouped(cmd.People*callsOfFirstSync), fmt.Sprintf("calls to read everything for the first time: %s or a little more", spell(first)))
	if d.total() > callsPerDay*6/10 {
		const near = "\nThat is too near to what is allowed, or beyond it: "
		if apart, ok := fits(cmd.People); ok {
			fmt.Fprintf(&b, near+"set sync.every to %s or more, or ask Google for a higher quota.\n", spell(apart))
		} else {
			fmt.Fprintf(&b, near+"ask Google for a higher quota. Not even one look a day (sync.every = \"24h\") would do.\n")
		}
	}
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

// fits returns how far apart looks have to be for so many people to keep well
// below what is allowed; false if not even one a day does.
func fits(people int) (every time.Duration, ok bool) {
	for every = time.Hour; every <= 24*time.Hour; every += time.Hour {
		if dayOf(people, every).total() <= callsPerDay*6/10 {
			return every, true
		}
	}
	return 0, false
}

// peopleText counts people.
func peopleText(n int) string {
	if n == 1 {
		return "1 person"
	}
	return grouped(n) + " people"
}

// decimal writes a number with one place after the point, where it is not whole.
func decimal(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

// grouped writes 1000000 as 1,000,000.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// spell writes a length of time as the configuration takes it, without parts that
// are zero.
func spell(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
