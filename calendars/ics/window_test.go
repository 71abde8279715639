package ics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"unmeet/calendars"
)

// TestWindowIsInvisible: whatever a file says, what is listed of the window is
// the same whether the file was read with it or not. Events of one UID and
// one SEQUENCE begin at one time, and only series have changed instances, as it
// should be.
func TestWindowIsInvisible(t *testing.T) {
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			uid      string
			sequence int
		}
		starts := make(map[version]string)
		start := rapid.SampledFrom([]string{"20250106", "20260216", "20260302", "20260330", "20270104"})
		var lines []string
		for i := range rapid.IntRange(1, 8).Draw(t, "events") {
			v := version{rapid.SampledFrom([]string{"series", "single"}).Draw(t, "uid"), rapid.IntRange(0, 2).Draw(t, "sequence")}
			props := []string{fmt.Sprint("SUMMARY:", i), fmt.Sprint("SEQUENCE:", v.sequence), "DURATION:PT1H"}
			if v.uid == "series" || rapid.Bool().Draw(t, "organized") {
				props = append(props, "ORGANIZER:mailto:"+rapid.SampledFrom([]string{"ana", "eve"}).Draw(t, "organizer")+"@acme.example")
			}
			if v.uid == "series" && rapid.Bool().Draw(t, "override") {
				props = append(props, "DTSTART:"+start.Draw(t, "start")+"T150000Z", "RECURRENCE-ID:"+start.Draw(t, "planned")+"T090000Z")
				if rapid.Bool().Draw(t, "untitled") {
					props = props[1:]
				}
			} else {
				if starts[v] == "" {
					starts[v] = start.Draw(t, "start")
				}
				props = append(props, "DTSTART:"+starts[v]+"T090000Z")
				if v.uid == "series" {
					props = append(props, rapid.SampledFrom([]string{"RRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY;COUNT=3"}).Draw(t, "rule"))
				}
			}
			lines = append(lines, strings.Replace(eventOf(props...), "UID:1", "UID:"+v.uid, 1))
		}
		text := calendar(lines...)
		listed := func(opt Options) []calendars.Copy {
			list, err := Read(t.Context(), strings.NewReader(text), "test.ics", opt)
			if err != nil {
				t.Fatal(err)
			}
			copies, _ := list[0].Copies(from, to)
			for i := range copies { // which of two organizers comes first is told otherwise
				copies[i].Remote = ""
			}
			slices.SortFunc(copies, func(a, b calendars.Copy) int {
				return strings.Compare(fmt.Sprint(a.UID, a.Organizer, a.Instance), fmt.Sprint(b.UID, b.Organizer, b.Instance))
			})
			return copies
		}
		if diff := cmp.Diff(listed(Options{}), listed(Options{From: from, To: to}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n(-whole +part):\n%s", text, diff)
		}
	})
}
