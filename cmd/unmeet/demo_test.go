package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"unmeet/calendars/ics"
	"unmeet/cmd/unmeet/sample"
	"unmeet/rules"
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
