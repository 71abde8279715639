package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCutsAddUp: the hours of a period are those of its two halves, wherever it
// is cut, though meetings last for days and overlap others that do; and standard
// input says the same as a file.
func TestCutsAddUp(t *testing.T) {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nX-WR-CALNAME:ana@acme.example\n")
	for i, event := range []struct{ title, start, end, more string }{
		{"Weekly status update", "20261105T090000", "20261110T090000", "RRULE:FREQ=WEEKLY;COUNT=1\n"},
		{"Brainstorming", "20261106T090000", "20261107T090000", ""},
		{"Status of the release", "20261102T220000", "20261106T100000", ""},
		{"Newsletter", "20261109T070000", "20261109T080000", "RRULE:FREQ=DAILY;COUNT=5\n"},
		{"Status on site", "20261111T090000", "20261114T173001", ""},
	} {
		fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%d\nDTSTART:%sZ\nDTEND:%sZ\n%sSUMMARY:%s\n", i, event.start, event.end, event.more, event.title)
		for _, who := range []string{"ana", "bo", "cy", "di", "eli", "fay"} {
			fmt.Fprintf(&b, "ATTENDEE:mailto:%s@acme.example\n", who)
		}
		b.WriteString("END:VEVENT\n")
	}
	b.WriteString("END:VCALENDAR\n")
	file := filepath.Join(t.TempDir(), "long.ics")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}

	hours := func(what string, from, to time.Time) map[string]float64 {
		t.Helper()
		var out, complaints bytes.Buffer
		args := []string{"report", what, "--from", from.Format(time.DateOnly), "--to", to.Format(time.DateOnly), "--format", "json"}
		if code := run(context.Background(), args, strings.NewReader(b.String()), &out, &complaints); code != exitDone {
			t.Fatalf("%v: exit code %d\n%s", args, code, complaints.String())
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
			t.Fatal(err)
		}
		sums := map[string]float64{}
		for _, key := range []string{"meeting_hours", "recoverable_hours", "trial_hours", "async_cost_hours", "left_alone_hours"} {
			var sum float64
			if err := json.Unmarshal(fields[key], &sum); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			sums[key] = sum
		}
		return sums
	}
	first, last := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	whole := hours(file, first, last)
	if whole["recoverable_hours"] < 100 {
		t.Fatalf("hardly anything to cut: %v", whole)
	}
	for cut := first.AddDate(0, 0, 1); cut.Before(last); cut = cut.AddDate(0, 0, 1) {
		left, right, piped := hours(file, first, cut), hours(file, cut, last), hours("-", first, cut)
		for key, want := range whole {
			if got := left[key] + right[key]; math.Abs(got-want) > 1e-5 {
				t.Errorf("%s cut at %s: %g + %g, want %g", key, cut.Format(time.DateOnly), left[key], right[key], want)
			}
			if left[key] != piped[key] {
				t.Errorf("%s to %s: %g of a file, %g of standard input", key, cut.Format(time.DateOnly), left[key], piped[key])
			}
		}
	}
}
