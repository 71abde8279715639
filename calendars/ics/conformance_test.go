package ics_test

import (
	"os"
	"path/filepath"
	"testing"

	"unmeet/calendars/calendartest"
	"unmeet/calendars/ics"
)

// TestConformance runs the suite of all sources on a file that is exported anew
// before each pull.
func TestConformance(t *testing.T) {
	t.Parallel() // it waits for the disk
	open := func(t *testing.T, w *calendartest.World, _ *calendartest.Clock, owner string) calendartest.Backend {
		file := filepath.Join(t.TempDir(), "calendar.ics")
		return calendartest.Backend{
			Source: ics.Source{}, Remote: file,
			Publish: func() {
				if err := os.WriteFile(file, []byte(w.ICalendar(owner)), 0o600); err != nil {
					t.Fatal(err)
				}
			},
		}
	}
	calendartest.TestSource(t, calendartest.Fixture{Kind: "ics", Open: open})
}
