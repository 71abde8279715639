package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/agent/report"
	"unmeet/calendars"
	"unmeet/calendars/ics"
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
		{"year", "2025-11-24", "2026-11-23"},
	} {
		b.Run(period.name, func(b *testing.B) {
			var cpu time.Duration // what a busy machine does not stretch
			for b.Loop() {
				cmd := exec.Command("unmeet", "report", file, "--domain", "acme.example", "--format", "json", "--from", period.from, "--to", period.to)
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
	for _, stages := range []struct {
		name string
		from time.Time
	}{
		{"4weeks", time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)},
		{"year", time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC)},
	} {
		period := report.Period{From: stages.from, To: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Zone: time.UTC}
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
	done(err)

	db, err := store.OpenTemporary(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.SetOrganization(ctx, store.Organization{Domains: []string{"acme.example"}}); err != nil {
		b.Fatal(err)
	}
	done(a.apply(db, library, ownership{}, from, to, func(*calendars.Delta) {}))

	_, err = agent.Judge(ctx, db, engine, nil)
	done(err)

	r, err := report.Build(ctx, db, engine.Hash(), report.Options{Period: period, Cost: hours.Cost{Write: 1200, Read: 300}})
	done(err)
	return r.Occurrences
}

// writeCalendar writes a calendar with so many events of an organization of 400
// and returns its path. It is the same each time.
func writeCalendar(b *testing.B, events int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "generated.ics")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	titles := []string{"Weekly status", "Sprint planning", "Bug triage", "Brainstorm the launch", "Steering committee", "Prototype lab", "Coffee", "1:1", "Team meeting", "Kite", "Roadmap review", "Retrospective"}
	projects := []string{"Falcon", "Gripper", "Wing", "Harbour", "Nordwind", "Booth"}
	rhythms := []string{
		"FREQ=WEEKLY", "FREQ=WEEKLY", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;INTERVAL=2",
		"FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=MONTHLY", "FREQ=MONTHLY",
	}
	first := time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC)

	fmt.Fprint(w, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//unmeet//bench//EN\r\n")
	for i := range events {
		day := random.IntN(52*7 - 2)
		start := first.AddDate(0, 0, day-day%7+day%5).Add(time.Duration(7*4+random.IntN(9*4)) * 15 * time.Minute)
		fmt.Fprintf(w, "BEGIN:VEVENT\r\nUID:%d@acme.example\r\nDTSTAMP:20251101T000000Z\r\n", i)
		if i%10 < 3 {
			start = start.AddDate(0, 0, -day+day%7)
			fmt.Fprintf(w, "RRULE:%s\r\n", pick(rhythms))
		}
		end := start.Add(time.Duration(1+random.IntN(4)) * 15 * time.Minute)
		const local = "20060102T150405"
		fmt.Fprintf(w, "DTSTART;TZID=Europe/Berlin:%s\r\nDTEND;TZID=Europe/Berlin:%s\r\n", start.Format(local), end.Format(local))
		fmt.Fprintf(w, "SUMMARY:%s %s %d\r\n", pick(titles), pick(projects), random.IntN(500))
		fmt.Fprint(w, "DESCRIPTION:Agenda:\\n- what was finished since the last time\\n- what comes next\\n- questio\r\n ns and decisions\\nJoin at https://meet.acme.example/room\r\n")
		organizer := random.IntN(400)
		fmt.Fprintf(w, "ORGANIZER;CN=Person %d:mailto:p%d@acme.example\r\n", organizer, organizer)
		for range 1 + random.IntN(8) {
			guest := random.IntN(400)
			fmt.Fprintf(w, "ATTENDEE;CN=Person %d;PARTSTAT=%s:mailto:p%d@acme.example\r\n", guest, pick([]string{"ACCEPTED", "ACCEPTED", "DECLINED", "NEEDS-ACTION"}), guest)
		}
		fmt.Fprint(w, "END:VEVENT\r\n")
	}
	fmt.Fprint(w, "END:VCALENDAR\r\n")
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}
