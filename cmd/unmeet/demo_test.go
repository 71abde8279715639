package main

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/report"
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
		subjects, err := a.find(library, m.UID(company), ownership{}, defaults(), engine)
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

// TestFunnel: what came of suggestions reads as a line and as figures.
func TestFunnel(t *testing.T) {
	var all tally
	for _, state := range []click.State{click.Offered, click.Pending, click.Accepted, click.Kept, click.Expired} {
		all.add(store.Suggestion{Answer: store.Answer{State: string(state)}})
	}
	if got, want := all.String(), "5 suggested, 1 held, 1 accepted, 1 kept"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f := &report.Funnel{}
	if got, want := recovered(f), "nothing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f.Declines = report.Stages{SuggestedHours: 4200, AcceptedHours: 2400, RecoveredHours: 2400}
	f.Trials = report.Stages{SuggestedHours: 9 * 3600, AcceptedHours: 7*3600 + 40*60}
	if got, want := recovered(f), "40 min of 40 min read instead, 0 min of 7 h 40 min in writing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f.RecoverableHours, f.TrialHours = 10*3600, 2*3600
	var steps []string
	for _, one := range figuresOf(f) {
		steps = append(steps, one.Name+" "+one.Declines+" "+one.Trials)
	}
	if want := []string{"Recoverable 10 h 12 h", "Suggested 1 h 10 min 9 h", "Accepted 40 min 7 h 40 min", "Recovered 40 min 0 min"}; !slices.Equal(steps, want) {
		t.Errorf("%q, want %q", steps, want)
	}
}

// TestSampleClock: the demo's clock stands or goes on, and only ever forward.
func TestSampleClock(t *testing.T) {
	start := time.Date(2026, 11, 23, 8, 2, 0, 0, time.UTC)
	still := &sampleClock{shown: start}
	still.to(start.Add(-time.Hour))
	if got := still.Now(); !got.Equal(start) {
		t.Errorf("%v, want %v", got, start)
	}
	still.to(start.Add(time.Hour))
	if got := still.Now(); !got.Equal(start.Add(time.Hour)) {
		t.Errorf("%v, want an hour later", got)
	}
	synctest.Test(t, func(t *testing.T) {
		goes := &sampleClock{shown: start, begun: time.Now()}
		time.Sleep(time.Minute)
		goes.to(start.Add(time.Hour))
		time.Sleep(time.Minute)
		if got, want := goes.Now(), start.Add(time.Hour+time.Minute); !got.Equal(want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Whoever names a port that is taken hears which flag names another.
func TestDemoAtATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var complaints strings.Builder
	code := run(t.Context(), []string{"demo", "--listen", taken.Addr().String()}, strings.NewReader(""), io.Discard, &complaints)
	if want := "\nhint: --listen takes a port of this machine that nothing else listens at\n"; code != exitFailed || !strings.HasSuffix(complaints.String(), want) {
		t.Errorf("exit %d: %s", code, &complaints)
	}
}
