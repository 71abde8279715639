package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/ics"
	"unmeet/cmd/unmeet/sample"
	"unmeet/rules"
	"unmeet/store"
)

// TestSampleIsJudgedAsMeant takes the sample company all the way, from its files
// through the store to the rules, and compares with what kite.toml means each
// meeting to be.
func TestSampleIsJudgedAsMeant(t *testing.T) {
	company, err := sample.Kite()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if err := company.Write(folder, monday); err != nil {
		t.Fatal(err)
	}
	a := &app{ctx: context.Background(), stderr: t.Output(), now: func() time.Time { return monday }, getenv: func(string) string { return "" }}
	library, err := a.readCalendars([]string{folder}, ics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(library.skipped) > 0 {
		t.Errorf("skipped: %v", library.skipped)
	}
	guarded := map[string]bool{}
	engine := rules.Default()
	for _, m := range company.Meeting {
		if len(m.People) == 0 || m.AllDay {
			continue
		}
		subjects, err := a.find(library, m.UID(company), ownership{}, defaults())
		if err != nil {
			t.Fatal(err)
		}
		if len(subjects) == 0 {
			t.Errorf("%q is not in the database", m.Title)
			continue
		}
		for _, s := range subjects {
			v := engine.Judge(s.Subject)
			if m.As != "" && v.Category.String() != m.As {
				t.Errorf("%q: judged %s (%.2f), meant to be %s", s.Title, v.Category, v.Probabilities[v.Category], m.As)
			}
			if m.Guard != "" && !slices.Contains(v.Guards, m.Guard) {
				t.Errorf("%q: guards %v, want %s among them", s.Title, v.Guards, m.Guard)
			}
			for _, g := range v.Guards {
				guarded[g] = true
			}
		}
	}
	for _, guard := range []string{"one-to-one", "people", "incident", "external", "private", "social", "decision"} {
		if !guarded[guard] {
			t.Errorf("no meeting of the sample is left alone for %q", guard)
		}
	}
}

// TestFunnel: what came of suggestions reads as a line and as figures, and says of
// hours only that they were accepted.
func TestFunnel(t *testing.T) {
	var f funnel
	for _, minutes := range []int{40, 25, 460} {
		f.suggested.add(store.Suggestion{Minutes: minutes})
	}
	if got := f.String(); got != "3 suggested" {
		t.Errorf("%q while nobody answered", got)
	}
	f.held.add(store.Suggestion{Minutes: 25})
	f.accepted.add(store.Suggestion{Minutes: 460})
	f.kept.add(store.Suggestion{Minutes: 60})
	if got, want := f.String(), "3 suggested, 1 held (25 min), 1 accepted (7 h 40 min), 1 kept (1 h)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var steps []string
	for _, one := range f.figures() {
		steps = append(steps, one.Name+" "+one.Count+" "+one.Hours)
		if strings.Contains(one.Name, "ecovered") {
			t.Errorf("nothing is recovered yet: %v", one)
		}
	}
	if want := []string{"Suggested 3 8 h 45 min", "Held 1 25 min", "Accepted 1 7 h 40 min", "Kept 1 1 h"}; !slices.Equal(steps, want) {
		t.Errorf("%q, want %q", steps, want)
	}
}
