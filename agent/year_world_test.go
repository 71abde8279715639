package agent

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
)

// The company of the simulated year: people in teams, with the meetings that teams,
// departments and the whole have.

// yearBegins is a Monday.
var yearBegins = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// worker is somebody who works there.
type worker struct {
	address, name, zone string
	location            *time.Location
	away                [][2]time.Time
	copies              []calendars.Copy // of their own calendar
}

func (w *worker) awayAt(t time.Time) bool {
	return slices.ContainsFunc(w.away, func(s [2]time.Time) bool { return !t.Before(s[0]) && t.Before(s[1]) })
}

// works holds for nine to five, Monday to Friday.
func (w *worker) works(t time.Time) bool {
	t = t.In(w.location)
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && t.Hour() >= 9 && t.Hour() < 17
}

// template is a kind of meeting.
type template struct {
	title, body string
	minutes     int
	rule        string
	days        []int // of the week
	every       int   // weeks
	hour        int
	optional    bool // half of its guests are
}

var (
	teamMeetings = []template{
		{"Daily stand-up %s", "What did you do yesterday, what will you do today, any blockers.", 15, "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", []int{0, 1, 2, 3, 4}, 1, 10, false},
		{"Backlog grooming %s", "Estimate and refine tickets for the next sprint", 45, "FREQ=WEEKLY", []int{2}, 1, 13, false},
		{"Roadmap %s: status updates and decision", "Status updates from the teams, then we decide on the priorities for the quarter.", 60, "FREQ=WEEKLY;INTERVAL=2", []int{3}, 2, 11, false},
		{"Incident review %s", "Root cause of the outage, and how to fix it", 60, "FREQ=WEEKLY", []int{4}, 1, 14, false},
		{"Team lunch %s", "", 60, "FREQ=WEEKLY;INTERVAL=2", []int{4}, 2, 12, false},
	}
	wideMeetings = []template{
		{"Project status update %s", "Each lead reports progress. Slides are sent afterwards.", 45, "FREQ=WEEKLY", []int{1}, 1, 15, true},
		{"Numbers of the week %s", "A walk through the numbers of the week", 30, "FREQ=WEEKLY", []int{0}, 1, 16, false},
		{"Brainstorming %s", "", 60, "FREQ=WEEKLY;INTERVAL=4", []int{3}, 4, 14, true},
		{"Sales update %s", "Each region reports its numbers. Slides are shared.", 30, "FREQ=WEEKLY", []int{2}, 1, 18, false},
	}
	wholeMeetings = []template{
		{"All-hands %s", "News from all departments", 60, "FREQ=WEEKLY;INTERVAL=4", []int{2}, 4, 15, false},
	}
)

const teamSize, teamsOfDepartment = 8, 3

// newCompany makes n people with a year of meetings and vacations. It is the same
// each time.
func newCompany(n int) []*worker {
	random := rand.New(rand.NewPCG(6, 2026))
	people := make([]*worker, n)
	for i := range people {
		w := &worker{address: fmt.Sprintf("p%03d@kite.example", i), name: fmt.Sprintf("Person%03d Family%03d", i, i)}
		w.zone = []string{"Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}[i/teamSize%4]
		w.location = mustZone(w.zone)
		for range 3 {
			from := yearBegins.AddDate(0, 0, random.IntN(weeksOfYear*7))
			days := 1 + random.IntN(14)
			start := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, w.location)
			c := calendars.Copy{
				UID: fmt.Sprintf("away-%d-%d", i, len(w.away)), Busy: true, Type: calendars.OutOfOffice, Zone: w.zone, HeadsKnown: true,
				Title: "Out of office", Start: start, End: start.AddDate(0, 0, days), Organizer: calendars.Party{Address: w.address},
			}
			if len(w.away) == 0 { // and one who has no such type in their calendar
				c.Type, c.AllDay, c.Organizer = calendars.Ordinary, true, calendars.Party{}
			}
			c.Remote = calendars.RemoteID(c.UID)
			w.away = append(w.away, [2]time.Time{c.Start, c.End})
			w.copies = append(w.copies, c)
		}
		people[i] = w
	}
	for first := 0; first < n; first += teamSize {
		team := people[first:min(first+teamSize, n)]
		for k, t := range teamMeetings {
			plan(team[k%len(team)], team, t, fmt.Sprint("of team ", first/teamSize), first/teamSize%3)
		}
		for k, w := range team[1:] {
			plan(team[0], []*worker{team[0], w}, template{"Catch-up %s", "", 30, "FREQ=WEEKLY;INTERVAL=2", []int{k % 5}, 2, 16, false}, w.name, 0)
		}
		// A demo now and then: one-offs, by whom their titles name.
		for week := 1 + first/teamSize%4; week < weeksOfYear; week += 4 {
			by, presents := team[1%len(team)], team[week%len(team)]
			c := meeting(by, team, template{"Demo: %s", "", 30, "", nil, 0, 11, false}, presents.name)
			c.UID = fmt.Sprintf("demo-%d-%d", first, week)
			c.Start = local(by, week, 3, 11)
			c.End = c.Start.Add(30 * time.Minute)
			c.Remote = calendars.RemoteID(c.UID)
			by.copies = append(by.copies, c)
		}
	}
	for first := 0; first < n; first += teamSize * teamsOfDepartment {
		department := people[first:min(first+teamSize*teamsOfDepartment, n)]
		for k, t := range wideMeetings {
			plan(department[(k+3)%len(department)], department, t, fmt.Sprint("of department ", first/teamSize/teamsOfDepartment), k*7)
		}
	}
	for _, t := range wholeMeetings {
		plan(people[0], people, t, "", 0)
	}
	return people
}

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// local is an hour on the wall of by's office.
func local(by *worker, week, day, hour int) time.Time {
	d := yearBegins.AddDate(0, 0, 7*week+day)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, by.location)
}

func meeting(by *worker, guests []*worker, t template, of string) calendars.Copy {
	title := strings.TrimSpace(fmt.Sprintf(t.title, of))
	c := calendars.Copy{
		UID: title, Title: title, Body: t.body, Busy: true, Zone: by.zone, HeadsKnown: true, Rule: t.rule,
		Organizer: calendars.Party{Address: by.address, Name: by.name},
	}
	c.Remote = calendars.RemoteID(c.UID)
	for i, g := range guests {
		c.People = append(c.People, calendars.Attendee{
			Party: calendars.Party{Address: g.address, Name: g.name}, Kind: calendars.Individual,
			Response: []calendars.Response{calendars.Accepted, calendars.NoAnswer}[i%2], Optional: t.optional && i%2 == 1 && g != by,
		})
	}
	return c
}

// plan puts a series into its organizer's calendar, from a week of the year on.
func plan(by *worker, guests []*worker, t template, of string, from int) {
	c := meeting(by, guests, t, of)
	for week := from; week < weeksOfYear+3; week += t.every {
		for _, day := range t.days {
			start := local(by, week, day, t.hour)
			c.Spans = append(c.Spans, calendars.Span{Instance: calendars.InstanceAt(start), Start: start, End: start.Add(time.Duration(t.minutes) * time.Minute)})
		}
	}
	if len(c.Spans) == 0 {
		return
	}
	c.Start, c.End = c.Spans[0].Start, c.Spans[0].End
	by.copies = append(by.copies, c)
}
