package ics

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"unmeet/calendars"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestFiles reads whole files, as programs write them and worse, and compares
// all that is read of them with what a person checked.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.ics"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	for _, p := range files {
		t.Run(filepath.Base(p), func(t *testing.T) {
			list, err := Open(t.Context(), []string{p}, nil, Options{Zone: berlin})
			if err != nil {
				t.Fatal(err)
			}
			got := describe(list)
			golden := strings.TrimSuffix(p, ".ics") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// describe writes what was read of March and April 2026.
func describe(list []*Calendar) string {
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 2, 0)
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "calendar %q in %s, %d events, owner %q\n", c.Name, c.Zone, c.Events(), c.Owner())
		if from, to, ok := c.Extent(to); ok {
			fmt.Fprintf(&b, "  from %s to %s\n", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
		}
		copies, skipped := c.Copies(from, to)
		for _, k := range copies {
			fmt.Fprintf(&b, "\n%s %s %q\n", k.UID, k.Instance, k.Title)
			state := []string{string(k.Status), k.Zone}
			for word, is := range map[string]bool{"all-day": k.AllDay, "free": !k.Busy, "private": k.Private, "guests unknown": !k.HeadsKnown} {
				if is {
					state = append(state, word)
				}
			}
			slices.Sort(state[2:])
			fmt.Fprintf(&b, "  %s\n", strings.Join(state, ", "))
			if k.Rule != "" {
				fmt.Fprintf(&b, "  rule %s\n", k.Rule)
			}
			for _, words := range []string{k.Location, k.Body} {
				if words != "" {
					fmt.Fprintf(&b, "  %q\n", words)
				}
			}
			if k.Organizer != (calendars.Party{}) {
				fmt.Fprintf(&b, "  by %s %q\n", k.Organizer.Address, k.Organizer.Name)
			}
			for _, a := range k.People {
				fmt.Fprintf(&b, "  with %s %q, %s, %s, optional %t, %d guests\n", a.Address, a.Name, a.Kind, a.Response, a.Optional, a.Guests)
			}
			occurrences := strings.Split(show([]calendars.Copy{{AllDay: k.AllDay, Start: k.Start, End: k.End, Spans: k.Spans, Rule: k.Rule, Status: calendars.Confirmed}}), "\n")
			for i, line := range occurrences {
				if i == 10 {
					fmt.Fprintf(&b, "  and %d more\n", len(occurrences)-i)
					break
				}
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
		for _, part := range []struct {
			head string
			list []calendars.Skip
		}{{"skipped", slices.Concat(c.Skipped, skipped)}, {"notices", c.Notices}} {
			if len(part.list) > 0 {
				fmt.Fprintf(&b, "\n%s\n", part.head)
			}
			for _, s := range part.list {
				fmt.Fprintf(&b, "  %d %s: %s\n", s.Line, s.UID, s.Reason)
			}
		}
	}
	return b.String()
}
