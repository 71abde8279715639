package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
	"unmeet/agent/trial"
)

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTrialToItsEnd goes through a whole trial in the files of the sample company: its
// organizer keeps it in writing, and thinks better of it.
func TestTrialToItsEnd(t *testing.T) {
	d, _ := startShow(t)
	d.clock.begun = time.Time{} // time passes as the test has it
	s := &story{demoAgent: d, columns: plainWidth}
	asked, who, err := s.suggested(suggest.Trial)
	must(t, err)
	series := func() string {
		text, err := os.ReadFile(d.fileOf(who.Address))
		must(t, err)
		_, rest, _ := strings.Cut(string(text), "UID:"+asked.UID)
		event, _, _ := strings.Cut(rest, "END:VEVENT")
		return event
	}
	before := series()

	must(t, s.press(who, click.Trial))
	must(t, s.pass(demoHolds.Trial))
	must(t, s.synced())
	for range 4 {
		for _, subject := range []string{": the update, ready to send", ": did the update go out?"} {
			must(t, s.goOnTrial())
			if got := s.last(who).Subject; !strings.HasSuffix(got, subject) {
				t.Fatalf("%s: the mail is %q", d.clock.Now(), got)
			}
		}
		must(t, s.press(who, click.Verb(trial.SaySent)))
		must(t, s.goOnTrial())
	}
	must(t, s.synced())
	f, err := d.funnel()
	must(t, err)
	if f.Trials.RecoveredHours != f.Trials.AcceptedHours || f.Trials.RecoveredHours < 9*3600 || f.Declines.AcceptedHours != 0 {
		t.Errorf("after four updates: %+v, and by declines %+v", f.Trials, f.Declines)
	}

	must(t, s.goOnTrial())
	for i := range d.company.People { // its two guests are too few to tell what they said
		if got := s.last(&d.company.People[i]).Subject; strings.Contains(got, "do you miss it") {
			t.Errorf("a guest was asked: %s", got)
		}
	}
	if got := s.last(who).Subject; got != "Test plan working session: how does it go on?" {
		t.Fatalf("%s: the mail is %q", d.clock.Now(), got)
	}
	link, err := s.link(who, click.Verb(trial.Convert))
	must(t, err)
	must(t, s.answer(link, click.Verb(trial.Convert)))
	must(t, s.pass(demoHolds.Trial+click.VoidWithin))
	must(t, s.synced())
	if ended := series(); !strings.Contains(ended, "UNTIL=20261222T095959Z") {
		t.Errorf("kept in writing, and the series is\n%s", ended)
	}
	must(t, s.answer(link, click.Verb(trial.Undo)))
	must(t, s.pass(click.VoidWithin))
	must(t, s.synced())
	if got := rule.FindString(series()); got != rule.FindString(before) {
		t.Errorf("taken back, and the rule is %q", got)
	}
}

// rule is the rule by which an event repeats.
var rule = regexp.MustCompile(`(?m)^RRULE:.*$`)
