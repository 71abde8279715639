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

// TestHelpFits: no line of any help is wider than a plain terminal.
func TestHelpFits(t *testing.T) {
	for _, command := range []string{"", "report", "events", "classify", "explain", "demo", "rules", "rules check", "rules test", "rules show", "rules eval", "rules fit"} {
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
