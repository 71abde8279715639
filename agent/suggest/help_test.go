package suggest

import (
	"fmt"
	"time"

	"unmeet/calendars"
	"unmeet/rules"
)

// berlin is where people live in tests, and monday a morning on which they work.
var (
	berlin = func() *time.Location {
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		return zone
	}()
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, berlin)
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// ben may be asked: he works in office hours and had his first mail a month ago.
func ben() Person {
	return Person{Address: "ben@acme.example", Name: "Ben Osei", Language: "en", Zone: berlin, Hours: OfficeHours(), Enrolled: true}
}

// veteran is somebody's history who answers their mails.
func veteran() History {
	return History{
		Mails:    []Mail{{At: monday.Add(-2 * week), Answered: true}, {At: monday.Add(-week), Answered: true}},
		Silences: map[int64]time.Time{}, Rules: map[string]Answers{},
	}
}

// sure is a verdict that leaves little doubt.
func sure(c rules.Category, tasks ...rules.Category) rules.Verdict {
	v := rules.Verdict{Category: c, Sure: true, Tasks: append([]rules.Category{c}, tasks...)}
	for i := range v.Probabilities {
		v.Probabilities[i] = 0.01
	}
	v.Probabilities[c] = 0.94
	v.Evidence = []rules.Evidence{{Rule: "status", Weight: 3, Why: "it tells", Phrase: "status update"}}
	return v
}

// mixed is a verdict that finds two tasks and is not sure which is the main one.
func mixed(main, other rules.Category, p, q float64) rules.Verdict {
	v := sure(main, other)
	v.Sure, v.Probabilities[main], v.Probabilities[other] = false, p, q
	return v
}

// update is a weekly update by Ana on Wednesday that Ben could as well read.
func update() Candidate {
	start := monday.Add(2*day + time.Hour)
	return Candidate{
		UID: "update", Organizer: Party{"ana@acme.example", "Ana Lopez"}, Instance: calendars.InstanceAt(start), Lineage: 1,
		Title: "Project update", Start: start, End: start.Add(30 * time.Minute), Rule: "FREQ=WEEKLY;BYDAY=WE",
		People: 12, HeadsKnown: true, Others: 11, OrganizerEnrolled: true, Response: calendars.NoAnswer,
		Judged: true, Verdict: sure(rules.Informing), Form: Form{"email", "an update to 12 people"}, Leads: []string{"status"},
		Subject: "subject", RulesHash: "rules", Share: 30 * time.Minute, Gross: 6 * time.Hour, Ours: 12,
		Ahead: []Time{{calendars.InstanceAt(start), start, start.Add(30 * time.Minute)}, {calendars.InstanceAt(start.Add(week)), start.Add(week), start.Add(week + 30*time.Minute)}},
	}
}

// own is the same as its organizer sees it.
func own() Candidate {
	c := update()
	c.Organizing = true
	return c
}

// another is c as a meeting of its own.
func another(c Candidate, n int64) Candidate {
	c.UID, c.Lineage = fmt.Sprintf("%s-%d", c.UID, n), c.Lineage+n
	c.Start, c.End = c.Start.Add(time.Duration(n)*time.Minute), c.End.Add(time.Duration(n)*time.Minute)
	return c
}
