package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"unmeet/calendars"
)

// Per person there are twenty meetings, one in fifteen of them weekly, with ten people
// on average: so that in sixteen weeks everybody attends about 25 a week, and 10,000
// people have 200,000 meetings and 4 million attendances.
const (
	meetingsPerPerson = 20
	oneInSoManyWeekly = 15
	weeksPast         = 12
	weeksAhead        = 4
	department        = 100 // people who meet mostly each other
	oneInSoManyFar    = 20  // guests from anywhere
)

// monday begins the week in which all is measured.
var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// From and to are what calendars are read for.
var (
	from = monday.AddDate(0, 0, -7*weeksPast)
	to   = monday.AddDate(0, 0, 7*weeksAhead)
)

// world is an organization. What is known of a meeting hangs on its number alone.
type world struct {
	people int
	of     [][]int32 // the meetings that each person's calendar holds
}

func newWorld(people, copies int) *world {
	w := &world{people: people, of: make([][]int32, people)}
	for m := range people * meetingsPerPerson {
		guests := w.guests(m, w.dice(m))
		for _, guest := range guests[:min(copies, len(guests))] {
			w.of[guest] = append(w.of[guest], int32(m))
		}
	}
	return w
}

func (w *world) dice(meeting int) *rand.Rand { return rand.New(rand.NewPCG(9, uint64(meeting))) }

// guests are who takes part in a meeting, its organizer first.
func (w *world) guests(meeting int, dice *rand.Rand) []int {
	organizer := meeting % w.people
	all := []int{organizer}
	for range 1 + dice.IntN(17) {
		guest := min(w.people-1, organizer/department*department+dice.IntN(department))
		if dice.IntN(oneInSoManyFar) == 0 {
			guest = dice.IntN(w.people)
		}
		again := false
		for _, known := range all {
			again = again || known == guest
		}
		if !again {
			all = append(all, guest)
		}
	}
	return all
}

func address(person int) string { return fmt.Sprintf("person%05d@acme.example", person) }

// titles are of all that there is: what is suggested, what never is, and what nobody
// can tell.
var titles = []string{
	"Status update", "Weekly sync", "Team standup", "Newsletter round", "Project review", "Planning", "Brainstorming the launch",
	"Decide on the vendor", "Incident retrospective", "Coffee", "Read-out of figures", "Handover", "Interview", "Workshop", "Catch-up",
}

// copyOf is what everybody's calendar holds of a meeting.
func (w *world) copyOf(meeting int) calendars.Copy {
	dice := w.dice(meeting)
	guests := w.guests(meeting, dice)
	day := dice.IntN(7 * (weeksPast + weeksAhead) / 7 * 5)
	start := from.AddDate(0, 0, day/5*7+day%5).Add(time.Duration(8*4+dice.IntN(36)) * 15 * time.Minute)
	length := time.Duration(1+dice.IntN(4)) * 15 * time.Minute
	title := titles[dice.IntN(len(titles))]
	id := fmt.Sprintf("%08x@acme.example", meeting)
	c := calendars.Copy{
		Remote: calendars.RemoteID(id), UID: id, ETag: "1", Title: fmt.Sprintf("%s %d", title, meeting%97),
		Body: fmt.Sprintf("%s: what was done, what comes next, questions. Notes are in document %d.", title, meeting),
		Busy: true, Status: calendars.Confirmed, Zone: "UTC", HeadsKnown: true,
		Start: start, End: start.Add(length), Modified: from, Organizer: calendars.Party{Address: address(guests[0])},
	}
	for _, guest := range guests {
		answer := calendars.Accepted
		if n := dice.IntN(10); n == 0 && guest != guests[0] {
			answer = calendars.NoAnswer
		}
		c.People = append(c.People, calendars.Attendee{
			Party: calendars.Party{Address: address(guest), Name: fmt.Sprintf("Person %d", guest)}, Kind: calendars.Individual, Response: answer,
		})
	}
	if dice.IntN(oneInSoManyWeekly) == 0 {
		c.Rule = "FREQ=WEEKLY"
		for start.AddDate(0, 0, -7).After(from) {
			start = start.AddDate(0, 0, -7)
		}
		c.Start, c.End = start, start.Add(length)
		for at := start; at.Before(to); at = at.AddDate(0, 0, 7) {
			c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(at), Start: at, End: at.Add(length)})
		}
	}
	return c
}

// calendar is all that a person's calendar holds.
func (w *world) calendar(person int) calendars.Delta {
	d := calendars.Delta{Full: true, From: from, To: to, Cursor: "1"}
	for _, m := range w.of[person] {
		d.Copies = append(d.Copies, w.copyOf(int(m)))
	}
	return d
}
