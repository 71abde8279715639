package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/agent/text"
	"unmeet/calendars"
)

// TestExitCodes holds the commands to what `unmeet --help` says of exit codes.
func TestExitCodes(t *testing.T) {
	const (
		event = "BEGIN:VEVENT\nUID:a\nDTSTART:20261104T100000Z\nDURATION:PT1H\nORGANIZER:mailto:ana@acme.example\nATTENDEE:mailto:bo@acme.example\nEND:VEVENT\n"
		wrong = "BEGIN:VEVENT\nUID:b\nDTSTART:someday\nEND:VEVENT\n"
		page  = "<html>Log in</html>"
	)
	calendar := func(events ...string) string {
		return "BEGIN:VCALENDAR\n" + strings.Join(events, "") + "END:VCALENDAR\n"
	}
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"good.ics": calendar(event), "mixed.ics": calendar(event, wrong), "hopeless.ics": calendar(wrong), "empty.ics": calendar(),
		"page.ics": page, "nothing.ics": "", "pages/page.ics": page, "some/page.ics": page, "some/good.ics": calendar(event), "none/notes.txt": "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		what                    string
		report, events, explain int
	}{
		{"good.ics", exitDone, exitDone, exitDone},
		{"mixed.ics", exitDone, exitDone, exitDone},
		{"some", exitDone, exitDone, exitDone},
		{"hopeless.ics", exitDone, exitDone, exitNothing},
		{"empty.ics", exitDone, exitDone, exitNothing},
		{"page.ics", exitNothing, exitNothing, exitNothing},
		{"nothing.ics", exitNothing, exitNothing, exitNothing},
		{"pages", exitNothing, exitNothing, exitNothing},
		{"none", exitNothing, exitNothing, exitNothing},
		{"missing.ics", exitFailed, exitFailed, exitFailed},
		{"--what", exitUsage, exitUsage, exitUsage},
	} {
		for code, args := range map[*int][]string{
			&test.report:  {"report", test.what, "--now", "2026-11-20"},
			&test.events:  {"events", test.what, "--format", "json"},
			&test.explain: {"explain", test.what, "--uid", "a"},
		} {
			var out, complaints bytes.Buffer
			if got := run(context.Background(), args, strings.NewReader(""), &out, &complaints); got != *code {
				t.Errorf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), got, *code, complaints.String())
			}
			if *code != exitDone && !strings.Contains(complaints.String(), "\nhint: ") {
				t.Errorf("%s: no hint\n%s", strings.Join(args, " "), complaints.String())
			}
		}
	}
}

// TestForeignTextIsTame: no escape and no mark that turns text round reaches a
// terminal, whether it comes from a title, from an address or from the name of a
// file.
func TestForeignTextIsTame(t *testing.T) {
	t.Chdir(t.TempDir())
	const (
		title = "Weekly \x1b[31mstatus\u009b2J \u202egnp"
		event = "BEGIN:VEVENT\nUID:a\nDTSTART:20261104T100000Z\nDURATION:PT1H\nSUMMARY:" + title + "\nORGANIZER:mailto:ana@acme.example\nATTENDEE:mailto:bo@acme.example\nEND:VEVENT\n"
		wrong = "BEGIN:VEVENT\nUID:b\u202e\nDTSTART:some\x1b[31mday\u202e\nEND:VEVENT\n"
		evil  = "ev\x1b[31mil\u202e.ics"
		blank = "no\x1b[31mne\u202e.ics"
	)
	for name, content := range map[string]string{
		evil: "BEGIN:VCALENDAR\nX-WR-CALNAME:ana@acme.example\n" + event + wrong + "END:VCALENDAR\n", blank: "",
		"titles.jsonl": `{"title":"Weekly \u001b[31mstatus\u009b2J \u202egnp","category":"creating"}` + "\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"events", evil},
		{"report", evil, "--now", "2026-11-20", "--by", "meeting"},
		{"report", evil, "--now", "2026-11-20", "--format", "csv", "--by", "meeting"},
		{"report", evil, "--now", "2026-11-20", "--format", "md", "--by", "meeting"},
		{"report", blank},
		{"report", "missing" + evil},
		{"explain", title},
		{"explain", evil, "--uid", "a"},
		{"explain", evil, "--uid", "c\x1b[2J\u202e"},
		{"rules", "eval", "titles.jsonl"},
		{"--config", evil, "report", evil},
		{title},
	} {
		var out bytes.Buffer
		run(context.Background(), args, strings.NewReader(""), &out, &out)
		if out.Len() == 0 || strings.ContainsAny(out.String(), "\x1b\u009b\u202e") {
			t.Errorf("%q prints %q", args, out.String())
		}
	}
	for _, args := range [][]string{{"events", evil, "--format", "json"}, {"report", evil, "--now", "2026-11-20", "--format", "json"}} {
		var out bytes.Buffer
		if code := run(context.Background(), args, strings.NewReader(""), &out, &out); code != exitDone || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%q: exit code %d, prints %q", args, code, out.String())
		}
	}
}

// TestLostAreCounted: what was skipped is counted beyond what is kept of it.
func TestLostAreCounted(t *testing.T) {
	calendar := "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nUID:b\nDTSTART:someday\nEND:VEVENT\n", 1500) + "END:VCALENDAR\n"
	var out, complaints bytes.Buffer
	if code := run(context.Background(), []string{"events", "-"}, strings.NewReader(calendar), &out, &complaints); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if want := "\nskipped: and 1480 more\nread 0 events, skipped 1500\n"; !strings.HasSuffix(complaints.String(), want) {
		t.Errorf("stderr ends otherwise than in %q:\n%s", want, complaints.String())
	}
}

// TestHelpFits: no line of any help is wider than a plain terminal.
func TestHelpFits(t *testing.T) {
	for _, command := range []string{"", "report", "events", "classify", "explain", "demo", "rules", "rules check", "rules test", "rules show", "rules eval", "rules fit",
		"connect", "connect google", "disconnect", "sync", "run", "people", "key", "key new", "key rotate", "quota"} {
		var out bytes.Buffer
		if code := run(context.Background(), append(strings.Fields(command), "--help"), strings.NewReader(""), &out, &out); code != exitDone {
			t.Errorf("%s --help: exit code %d", command, code)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSuffix(line, "\n"); text.Width(line) > plainWidth {
				t.Errorf("%s --help: %q is %d wide", command, line, text.Width(line))
			}
		}
	}
}

// TestEventsFit: a table of events is as narrow as it has to be.
func TestEventsFit(t *testing.T) {
	start := time.Date(2026, 11, 4, 10, 0, 0, 0, time.UTC)
	row := eventRow{
		Title: strings.Repeat("每周进度 ", 30), Status: calendars.Cancelled, Attendees: make([]attendeeRow, 250),
		start: start, end: start.Add(time.Hour),
	}
	for columns := 60; columns <= 130; columns++ {
		var out bytes.Buffer
		a := &app{stdout: &out, getenv: os.Getenv}
		if err := a.eventsTable([]eventRow{row}, time.UTC, columns); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "250 attendees") {
			t.Errorf("at %d columns: %s", columns, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSuffix(line, "\n"); text.Width(line) > columns {
				t.Errorf("at %d columns: %q is %d wide", columns, line, text.Width(line))
			}
		}
	}
}
