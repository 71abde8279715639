package sample

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// monday ends the weeks that the sample is written for in these tests.
var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func TestKiteIsWhatTheDemoPromises(t *testing.T) {
	c, err := Kite()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.People) != 12 {
		t.Errorf("%d people, want twelve", len(c.People))
	}
	if n := len(c.Meeting); n < 40 || n > 50 {
		t.Errorf("%d meetings, want some forty", n)
	}
	uids, as, guards := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range c.Meeting {
		if uids[m.uid] {
			t.Errorf("%q: another meeting has its UID", m.Title)
		}
		uids[m.uid], as[m.As], guards[m.Guard] = true, true, true
	}
	for _, category := range strings.Fields("informing collaborating problem-solving creating decision-making innovating connecting") {
		if !as[category] {
			t.Errorf("no meeting is %s", category)
		}
	}
	for _, guard := range []string{"one-to-one", "people", "external", "incident", "social", "private"} {
		if !guards[guard] {
			t.Errorf("no meeting is left alone for %q", guard)
		}
	}
}

func TestWrite(t *testing.T) {
	c, err := Kite()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.Write(dir, monday); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.ics"))
	if err != nil || len(files) != len(c.People) {
		t.Fatalf("%d files (%v), want one for each of %d people", len(files), err, len(c.People))
	}
	copies := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for number, line := range strings.Split(strings.TrimSuffix(string(text), "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%s:%d: not a content line of 75 octets: %q", file, number+1, line)
			}
			if uid, ok := strings.CutPrefix(line, "UID:"); ok {
				copies[uid]++
			}
		}
	}
	if got := copies["1-1-amara-and-priya@kite.example"]; got != 2 {
		t.Errorf("%d copies of a one-to-one, want the organizer's and the attendee's", got)
	}
	if got := copies["focus-time@kite.example"]; got != 1 {
		t.Errorf("%d copies of a block of one's own, want 1", got)
	}

	again := t.TempDir()
	if err := c.Write(again, monday); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		first, _ := os.ReadFile(file)
		second, err := os.ReadFile(filepath.Join(again, filepath.Base(file)))
		if err != nil || !slices.Equal(first, second) {
			t.Errorf("%s: writing it twice makes two different files (%v)", file, err)
		}
	}
}

func TestSeriesFallOnTheWeekTheyName(t *testing.T) {
	for _, m := range []Meeting{
		{Every: "2 weeks", Week: -3}, {Every: "2 weeks", Week: -4},
		{Every: "4 weeks", Week: -2}, {Every: "4 weeks", Week: -1},
	} {
		begins := m.firstWeek()
		if begins < first || begins > first+3 || (m.Week-begins)%rhythms[m.Every] != 0 {
			t.Errorf("every %s on week %d begins in week %d", m.Every, m.Week, begins)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	c, err := Kite()
	if err != nil {
		t.Fatal(err)
	}
	good := Meeting{By: "amara", On: "Mon", At: "10:00"}
	if err := c.check(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Meeting){
		"nobody":    func(m *Meeting) { m.By = "ghost" },
		"no guest":  func(m *Meeting) { m.Guests = []string{"Ana"} },
		"no rhythm": func(m *Meeting) { m.Every = "now and then" },
		"no day":    func(m *Meeting) { m.On = "Someday" },
		"no time":   func(m *Meeting) { m.At = "noon" },
	} {
		m := good
		spoil(&m)
		if err := c.check(m); err == nil {
			t.Errorf("%s: passes", name)
		}
	}
}
