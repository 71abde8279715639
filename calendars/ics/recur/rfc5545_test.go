package recur_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars/ics/recur"
	"unmeet/calendars/ics/zone"
)

var update = flag.Bool("update", false, "write the golden lists anew")

// TestRFC5545Examples expands all examples of the RFC; what they must give
// stands below each in the file.
func TestRFC5545Examples(t *testing.T) {
	const path = "testdata/rfc5545.txt"
	loc, _, _ := zone.Lookup("America/New_York")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	sections := strings.Split(string(file), "\n-- ")
	out.WriteString(sections[0])
	if len(sections) < 40 {
		t.Fatalf("only %d examples", len(sections)-1)
	}
	for _, section := range sections[1:] {
		head, body, _ := strings.Cut(section, " --\n")
		input, listed, found := strings.Cut(body, "\nto ")
		if !found {
			t.Fatalf("%s: no line \"to\"", head)
		}
		end, _, _ := strings.Cut(listed, "\n")
		set, to := parseExample(t, input, end, loc)
		got, truncated, err := set.Between(set.Start, to, time.Hour)
		if err != nil || truncated {
			t.Errorf("%s: truncated %v, error %v", head, truncated, err)
		}
		if diff := cmp.Diff(texts(slowBetween(set, set.Start, to, time.Hour)), texts(times(got))); diff != "" {
			t.Errorf("%s (-definition +got)\n%s", head, diff)
		}
		fmt.Fprintf(&out, "\n-- %s --\n%s\nto %s\n", head, input, end)
		for _, date := range got {
			out.WriteString(date.Time.Format("2006-01-02 15:04 MST\n"))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(file), out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func parseExample(t *testing.T, input, end string, loc *time.Location) (set recur.Set, to time.Time) {
	t.Helper()
	local := func(layout, text string) time.Time {
		at, err := time.ParseInLocation(layout, text, loc)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for line := range strings.SplitSeq(input, "\n") {
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "DTSTART":
			set.Start = local("20060102T150405", value)
		case "RRULE":
			set.Rules = append(set.Rules, value)
		case "EXDATE":
			set.Except = append(set.Except, recur.Except{Time: local("20060102T150405", value)})
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	return set, local("20060102", end).AddDate(0, 0, 1)
}
