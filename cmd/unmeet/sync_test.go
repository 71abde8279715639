package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/calendars"
	"unmeet/calendars/calendartest"
	"unmeet/store"
)

// pass syncs the given people once, or everybody, and returns those that failed.
func (o *company) pass(s *syncing, opt store.ApplyOption, people ...string) (failed []agent.Result) {
	o.Helper()
	all, err := s.db.Connections(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	if len(people) > 0 {
		all = slices.DeleteFunc(all, func(c store.Connection) bool { return !slices.Contains(people, c.Owner) })
	}
	var options []store.ApplyOption
	if opt != nil {
		options = append(options, opt)
	}
	sum, err := s.agent.Pass(o.Context(), all, nil, options...)
	if err != nil {
		o.Fatal(err)
	}
	return sum.Failed
}

// settle syncs everybody until all have gone well.
func (o *company) settle(s *syncing) {
	o.Helper()
	failed := o.pass(s, nil)
	for range 5 {
		if len(failed) == 0 {
			return
		}
		var again []string
		for _, r := range failed {
			again = append(again, r.Owner)
		}
		failed = o.pass(s, nil, again...)
	}
	o.Fatalf("five passes failed for %d people: %v", len(failed), failed[0].Trouble)
}

// manyPeople is how many people UNMEET_TEST_PEOPLE asks for, else usual, or a third
// of that under the race detector.
func manyPeople(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("UNMEET_TEST_PEOPLE")
	if text == "" && raceDetector {
		return usual / 3
	}
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inTrouble makes one call for calendars in five fail, and one cursor in a hundred
// expire.
func (o *company) inTrouble() {
	for _, trouble := range []calendartest.Trouble{
		calendartest.Refuse("rateLimitExceeded", 429), calendartest.Refuse("userRateLimitExceeded", 403),
		calendartest.Refuse("backendError", 500), calendartest.ResetAfter(),
	} {
		o.google.Inject(calendartest.Fault{Path: "/calendar/", Rate: 0.05, Do: trouble})
	}
	o.google.Inject(calendartest.Fault{Path: "/calendar/", Query: "syncToken", Rate: 0.01, Do: calendartest.Refuse("fullSyncRequired", 0)})
}

// oneOff makes a meeting of two in one of the next weeks.
func (o *company) oneOff(who, with string, i, round int) {
	start := companyNow.AddDate(0, 0, i%20).Add(time.Duration(i%8) * time.Hour)
	o.Create(calendartest.Event{
		Organizer: who, Title: fmt.Sprint("One-off ", round, " ", i), Start: start, End: start.Add(time.Hour),
		Guests: []calendartest.Guest{{Address: who, Answer: calendars.Accepted}, {Address: with, Answer: calendars.Accepted}},
	})
}

// Many people synced side by side by a server in trouble: once all have gone
// well, the store is what the calendars are. UNMEET_TEST_PEOPLE says how many.
func TestManyPeopleUnderFaults(t *testing.T) {
	n := manyPeople(t, 120)
	o := newCompany(t, false)
	people := o.hire(n)
	o.connect(people...)
	s := o.syncing()
	o.inTrouble()
	for round := range 3 {
		for i, who := range people {
			if (i+round)%4 == 0 {
				o.oneOff(who, people[(i*7+1)%n], i, round)
			}
		}
		o.settle(s)
		o.check(s.db, people)
		o.clock.Advance(6 * time.Hour)
	}
	// The first round takes two calls a person, each other about one and a half;
	// one in five fails and is made again.
	calls := len(o.google.Requests(func(r calendartest.Request) bool { return strings.HasPrefix(r.Path, "/calendar/") }))
	t.Logf("%d people: %d calls in three rounds", n, calls)
	if calls > 8*n {
		t.Errorf("%d calls for %d people and three rounds", calls, n)
	}
	o.keepsSecrets(s)
}

// keepsSecrets holds that no token and no word of a calendar is in the log, nor a
// token in the database.
func (o *company) keepsSecrets(s *syncing) {
	o.Helper()
	log := o.log.String()
	if !strings.Contains(log, "level=DEBUG") {
		o.Error("the log has nothing of level debug: the test proves nothing")
	}
	for _, call := range []string{`op="list events"`, `op="refresh access"`} {
		if !strings.Contains(log, call) {
			o.Errorf("the log has nothing of calls with %s: the test proves nothing", call)
		}
	}
	for _, token := range o.secret {
		if strings.Contains(log, token) {
			o.Error("a refresh token is in the log")
		}
	}
	for _, telling := range []string{"Bearer", "ya29", "1//0", "a client's secret", "Weekly status", "private words", "syncToken="} {
		if strings.Contains(log, telling) {
			o.Errorf("the log holds %q", telling)
		}
	}
	if err := s.db.Scrub(o.Context()); err != nil {
		o.Fatal(err)
	}
	for _, file := range []string{"unmeet.db", "unmeet.db-wal"} {
		raw, err := os.ReadFile(o.folder + "/" + file)
		if err != nil {
			o.Fatal(err)
		}
		for _, token := range o.secret {
			if strings.Contains(string(raw), token) {
				o.Errorf("a refresh token can be read in %s", file)
			}
		}
		if strings.Contains(string(raw), "private words") {
			o.Errorf("a description can be read in %s", file)
		}
	}
}
