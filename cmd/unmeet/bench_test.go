package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/report"
	"unmeet/calendars"
	"unmeet/calendars/ics"
	"unmeet/calendars/ics/icstest"
	"unmeet/rules"
	"unmeet/store"
	"unmeet/store/hours"
)

// generated is how many events the report is measured over; three of ten recur.
const generated = 20_000

// BenchmarkReport measures a report end to end: `unmeet report FILE` in a process
// of its own, from start to exit, with the memory it takes at its peak.
func BenchmarkReport(b *testing.B) {
	file := writeCalendar(b, generated)
	for _, period := range []struct{ name, from, to string }{
		{"4weeks", "2026-10-26", "2026-11-23"},
		{"year", "2026-01-01", "2027-01-01"},
	} {
		b.Run(period.name, func(b *testing.B) {
			var cpu time.Duration // what a busy machine does not stretch
			for b.Loop() {
				cmd := exec.Command("unmeet", "report", file, "--domain", "kite.example", "--format", "json", "--from", period.from, "--to", period.to)
				if output, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, output)
				}
				cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
				if peak, ok := peakMemory(cmd.ProcessState); ok {
					b.ReportMetric(peak, "MB-peak")
				}
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// BenchmarkStages measures where the time of a report goes: reading the file,
// deriving meetings from it, judging them, and adding up.
func BenchmarkStages(b *testing.B) {
	file := writeCalendar(b, generated)
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	for _, stages := range []struct {
		name     string
		from, to time.Time
	}{
		{"4weeks", day(2026, 10, 26), day(2026, 11, 23)},
		{"year", day(2026, 1, 1), day(2027, 1, 1)},
	} {
		period := report.Period{From: stages.from, To: stages.to, Zone: time.UTC}
		b.Run(stages.name, func(b *testing.B) {
			var spent [4]time.Duration
			occurrences := 0
			for b.Loop() {
				occurrences = measure(b, file, period, &spent)
			}
			for i, stage := range []string{"read-s/op", "derive-s/op", "judge-s/op", "count-s/op"} {
				b.ReportMetric(spent[i].Seconds()/float64(b.N), stage)
			}
			b.ReportMetric(float64(occurrences), "occurrences")
		})
	}
}

// measure makes one report and adds to spent what each stage took.
func measure(b *testing.B, file string, period report.Period, spent *[4]time.Duration) (occurrences int) {
	ctx := context.Background()
	a := &app{ctx: ctx, stderr: io.Discard, now: time.Now}
	engine := rules.Default()
	begun, stage := time.Now(), 0
	done := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
		spent[stage] += time.Since(begun)
		begun, stage = time.Now(), stage+1
	}
	from, to := margin(period)
	library, err := a.readCalendars([]string{file}, ics.Options{From: from, To: to})
	if err == nil {
		from, to = library.around(period)
	}
	done(err)

	db, err := store.OpenTemporary(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"kite.example"}}); err != nil {
		b.Fatal(err)
	}
	done(a.apply(db, library, ownership{}, from, to, func(*calendars.Delta) {}))

	_, err = agent.Judge(ctx, db, engine, nil)
	done(err)

	r, err := report.Build(ctx, db, engine.Hash(), report.Options{Period: period, Cost: hours.Cost{Write: 1200, Read: 300}})
	done(err)
	return int(r.Occurrences)
}

// writeCalendar writes a calendar with so many generated events and returns its
// path.
func writeCalendar(b *testing.B, events int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "generated.ics")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := icstest.Generate(f, events, 1); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}
