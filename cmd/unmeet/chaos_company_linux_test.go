package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/caldav/caldavtest"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
)

// hireChaos fills the calendars: teams of ten with three rounds of news each, that
// their first three people organize, and connects everybody.
func (o *havoc) hireChaos() {
	zone := o.begun.Location()
	thursdays := time.Date(o.begun.Year(), o.begun.Month(), o.begun.Day()+4-35, 12, 0, 0, 0, zone)
	rounds := func(w *calendartest.World, team []string) {
		for i, title := range []string{"Weekly status update", "Weekly sales update", "Weekly project update"} {
			event := calendartest.Event{
				Organizer: team[i], Title: title, Body: "Status round: everybody shares updates. FYI only, notes follow; private words.",
				Start: thursdays.Add(time.Duration(i) * time.Hour), End: thursdays.Add(time.Duration(i)*time.Hour + 45*time.Minute),
				Zone: chaosZone, Recurrence: []string{"RRULE:FREQ=WEEKLY"},
			}
			for _, who := range team {
				event.Guests = append(event.Guests, calendartest.Guest{Address: who, Answer: calendars.Accepted})
			}
			w.Create(event)
		}
	}
	later := map[string]bool{} // whose turn does not come: their guests are asked
	for i := range o.googlers {
		who := fmt.Sprintf("p%d@acme.example", i)
		o.staff = append(o.staff, who)
		o.AddPerson(calendartest.Person{Address: who, Zone: chaosZone})
	}
	for n, team := range tens(o.staff) {
		rounds(o.World, team)
		for _, who := range team[:3] {
			later[who] = n%2 == 1
		}
	}
	// Who uses CalDAV has what somebody put there, which is nobody's to schedule.
	elsewhere := calendartest.NewWorld(o.now)
	for _, who := range o.davs {
		elsewhere.AddPerson(calendartest.Person{Address: who, Zone: chaosZone})
	}
	for _, team := range tens(o.davs) {
		rounds(elsewhere, team)
		for _, who := range team[:3] {
			later[who] = true
		}
	}
	for _, who := range o.davs {
		o.radicale.As(o.TB, who, "MKCALENDAR", o.davCalendar(who), "")
		for name, text := range caldavtest.Objects(elsewhere.ICalendar(who)) {
			o.radicale.As(o.TB, who, http.MethodPut, o.davCalendar(who)+name, text)
		}
	}
	for _, who := range o.staff {
		o.connectWith(who, "id of "+who, readScope, google.WriteEvents)
	}
	o.connectElsewhere()
	db := o.database()
	defer db.Close()
	for _, who := range slices.Concat(o.staff, o.davs) {
		turn := o.begun.Add(monday(9, 0))
		if later[who] {
			turn = o.begun.AddDate(0, 2, 0)
		}
		if err := db.SetTurn(o.Context(), who, turn); err != nil {
			o.Fatal(err)
		}
	}
}

// connectElsewhere connects those who use CalDAV, as they do it themselves.
func (o *havoc) connectElsewhere() {
	o.Helper()
	for _, who := range o.davs {
		o.call(caldavtest.Password+"\n", "connect", "caldav", "https://"+o.proxies["caldav"].Address()+"/", "--user", who, "--person", who)
	}
}

// call runs the program by the company's clock. It has to go well, if not at once: what
// is behind the proxies may still be busy with what they made of it.
func (o *havoc) call(stdin string, args ...string) {
	o.Helper()
	for tries := 5; ; tries-- {
		command := exec.Command("unmeet-ahead", append([]string{"--config", o.config}, args...)...)
		command.Env, command.Stdin = o.env(), strings.NewReader(stdin)
		out, err := command.CombinedOutput()
		if err == nil {
			return
		}
		if tries == 0 {
			o.Fatalf("unmeet %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		time.Sleep(time.Second)
	}
}

// tens cuts people into teams of ten, or of what is left.
func tens(people []string) (teams [][]string) { return slices.Collect(slices.Chunk(people, 10)) }

// davCalendar is where somebody's calendar is on the CalDAV server itself.
func (o *havoc) davCalendar(who string) string { return o.radicale.URL + who + "/work/" }

// stir changes calendars for a while, as people do: meetings that begin once the story
// is over, so that nothing depends on whether a change was seen in time.
func (o *havoc) stir(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		o.figures["changes in calendars"]++
		who := func() string { return o.staff[o.dice.IntN(len(o.staff))] }
		roll := o.dice.IntN(20)
		switch {
		case roll < 6 || len(o.events) == 0:
			o.events = append(o.events, o.Create(o.project(who(), who(), who())))
		case roll < 9:
			o.Change(o.event(), func(e *calendartest.Event) { e.Title += "!" })
		case roll < 12:
			o.Change(o.event(), func(e *calendartest.Event) { e.Start, e.End = e.Start.Add(time.Hour), e.End.Add(time.Hour) })
		case roll < 14:
			o.Change(o.event(), func(e *calendartest.Event) {
				g := &e.Guests[o.dice.IntN(len(e.Guests))]
				g.Answer = []calendars.Response{calendars.Accepted, calendars.Declined, calendars.Maybe}[o.dice.IntN(3)]
			})
		case roll < 15:
			i := o.dice.IntN(len(o.events))
			o.Cancel(o.events[i])
			o.events = slices.Delete(o.events, i, i+1)
		case roll < 16:
			o.ExpireTokens(who())
		case roll < 18:
			o.stirElsewhere()
		}
	}
}

func (o *havoc) event() string { return o.events[o.dice.IntN(len(o.events))] }

func (o *havoc) project(organizer string, guests ...string) calendartest.Event {
	start := o.ends.Truncate(time.Hour).Add(time.Duration(48+o.dice.IntN(24*20)) * time.Hour)
	e := calendartest.Event{
		Organizer: organizer, Title: fmt.Sprint("Errand ", o.figures["changes in calendars"]), Body: "private words on an errand",
		Start: start, End: start.Add(time.Hour), Zone: chaosZone, Guests: []calendartest.Guest{{Address: organizer, Answer: calendars.Accepted}},
	}
	for _, who := range guests {
		if !slices.ContainsFunc(e.Guests, func(g calendartest.Guest) bool { return g.Address == who }) {
			e.Guests = append(e.Guests, calendartest.Guest{Address: who})
		}
	}
	if o.dice.IntN(3) == 0 {
		e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=6"}
	}
	return e
}

// stirElsewhere adds a meeting to a calendar of the CalDAV server, or takes one out.
func (o *havoc) stirElsewhere() {
	who := o.davs[o.dice.IntN(len(o.davs))]
	if names := o.extra[who]; len(names) > 3 {
		o.radicale.As(o.TB, who, http.MethodDelete, o.davCalendar(who)+names[0], "")
		o.extra[who] = names[1:]
		return
	}
	n := o.figures["changes in calendars"]
	start := o.ends.UTC().Truncate(time.Hour).Add(time.Duration(48+o.dice.IntN(24*20)) * time.Hour)
	const utc = "20060102T150405Z"
	name := fmt.Sprintf("extra-%d.ics", n)
	o.radicale.As(o.TB, who, http.MethodPut, o.davCalendar(who)+name, caldavtest.Object(fmt.Sprintf(
		"BEGIN:VEVENT\r\nUID:extra-%d\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:Extra %[1]d\r\nORGANIZER:mailto:%s\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:%s\r\nATTENDEE:mailto:guest@acme.example\r\nEND:VEVENT\r\n",
		n, start.Format(utc), start.Add(time.Hour).Format(utc), who, who)))
	o.extra[who] = append(o.extra[who], name)
}
