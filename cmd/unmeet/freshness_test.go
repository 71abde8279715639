package main

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"unmeet/calendars"
	"unmeet/calendars/calendartest"
)

// seriesBy returns the id of somebody's weekly series.
func (o *company) seriesBy(who string) string {
	o.Helper()
	for _, occ := range o.Window(who, o.now(), o.now().AddDate(0, 0, 14)) {
		if occ.Organizer == who {
			return occ.Series
		}
	}
	o.Fatalf("%s has no series", who)
	return ""
}

// putOff moves a series by a day and two hours.
func putOff(ev *calendartest.Event) {
	ev.Start, ev.End = ev.Start.Add(26*time.Hour), ev.End.Add(26*time.Hour)
}

// The organizer's grant is revoked, and she moves her series: guests' calendars tell.
func TestWhatAPausedOrganizerChanges(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	o.command(0, "sync")
	db := o.database()
	defer db.Close()
	o.check(db, people)
	o.google.Revoke(people[0])
	o.command(1, "sync")
	o.Change(o.seriesBy(people[0]), putOff)
	o.command(0, "sync")
	now := time.Now()
	want, got := o.truth(people[1:], now, now.AddDate(0, 0, 30)), o.stored(db, now, now.AddDate(0, 0, 30))
	if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("what is ahead (-calendars +store):\n%s", diff)
	}
}

// The organizer moves her series, and a guest's calendar is read before hers:
// nobody is taken to have declined.
func TestAGuestIsReadBeforeTheOrganizer(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	o.command(0, "sync")
	o.Change(o.seriesBy(people[0]), putOff)
	o.command(0, "sync", people[1])
	db := o.database()
	defer db.Close()
	now := time.Now()
	want, got := o.truth(people, now, now.AddDate(0, 0, 30)), o.stored(db, now, now.AddDate(0, 0, 30))
	if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("what is ahead (-calendars +store):\n%s", diff)
	}
}

// A guest's grant is revoked, and the organizer calls her series off: that nobody
// reads the guest's calendar any more does not keep it alive.
func TestCalledOffWhileAGuestIsPaused(t *testing.T) {
	o := newCompany(t, true)
	people := o.hire(3)
	o.connect(people...)
	o.command(0, "sync")
	id := o.seriesBy(people[0])
	o.google.Revoke(people[1])
	o.command(1, "sync")
	o.Cancel(id)
	o.command(0, "sync")
	db := o.database()
	defer db.Close()
	now := time.Now()
	want, got := o.truth(people[:1], now, now.AddDate(0, 0, 60)), o.stored(db, now, now.AddDate(0, 0, 60))
	for _, m := range got {
		if m.Organizer == people[0] {
			t.Errorf("called off, and still there: %v", m)
		}
	}
	if len(want) == 0 || len(got) < len(want) {
		t.Errorf("%d are left, and %d in one calendar alone", len(got), len(want))
	}
}

// Ann is invited by an alias: she is one person, and her hour is one hour.
func TestInvitedByAnAlias(t *testing.T) {
	o := newCompany(t, true)
	o.AddPerson(calendartest.Person{Address: "ann@acme.example", Zone: "UTC", Aliases: []string{"ann.berg@acme.example"}})
	o.AddPerson(calendartest.Person{Address: "bob@acme.example", Zone: "UTC"})
	start := o.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -7).Add(9 * time.Hour)
	for _, invited := range []string{"ann.berg@acme.example", "ann@acme.example"} {
		o.Create(calendartest.Event{Organizer: "bob@acme.example", Title: "Status of " + strings.TrimSuffix(invited, "@acme.example"),
			Start: start, End: start.Add(time.Hour), Guests: []calendartest.Guest{
				{Address: invited, Answer: calendars.Accepted}, {Address: "bob@acme.example", Answer: calendars.Accepted},
			}})
	}
	o.connect("ann@acme.example", "bob@acme.example")
	o.command(0, "sync")
	db := o.database()
	defer db.Close()
	n, err := db.People(t.Context(), start, start.Add(24*time.Hour))
	if err != nil || n.Known != 2 || n.Meeting != 2 {
		t.Errorf("two people meet, %+v are counted; %v", n, err)
	}
	var sum time.Duration
	for occ, err := range db.Occurrences(t.Context(), start, start.Add(24*time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		sum += occ.Gross
	}
	if sum != 2*time.Hour {
		t.Errorf("two people are busy for an hour: %v are counted", sum)
	}
}
