package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/ics"
)

// The year over which BenchmarkBeside expands.
var besideFrom, besideTo = time.Date(2025, 11, 24, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// occurrences is a program for BenchmarkBeside that does with unmeet's reader
// what those in testdata/beside do with others: it prints how many occurrences
// the calendar that it is given has in that year.
func occurrences() {
	list, err := ics.Open(context.Background(), os.Args[1:2], os.Stdin, ics.Options{From: besideFrom, To: besideTo})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	n := 0
	for _, calendar := range list {
		copies, _ := calendar.Copies(besideFrom, besideTo)
		for i := range copies {
			if copies[i].Series() {
				n += len(copies[i].Spans)
			} else {
				n++
			}
		}
	}
	fmt.Println(n)
}

// BenchmarkBeside decodes a generated calendar and expands a year of it, beside
// what others use for that: python3-icalendar with recurring-ical-events, and
// libical. Each is a process of its own; python, which is slow, gets a twentieth.
func BenchmarkBeside(b *testing.B) {
	beside := func(name string, events int, build func(b *testing.B) []string) {
		b.Run(name, func(b *testing.B) {
			args := build(b)
			file := writeCalendar(b, events)
			for i, arg := range args {
				args[i] = strings.ReplaceAll(arg, "FILE", file)
			}
			var cpu time.Duration
			found := ""
			for b.Loop() {
				cmd := exec.Command(args[0], args[1:]...)
				cmd.Stderr = os.Stderr
				output, err := cmd.Output()
				if err != nil {
					b.Fatal(err)
				}
				found = strings.TrimSpace(string(output))
				cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
				if peak, ok := peakMemory(cmd.ProcessState); ok {
					b.ReportMetric(peak, "MB-peak")
				}
			}
			n := 0
			if _, err := fmt.Sscan(found, &n); err != nil {
				b.Fatalf("no number of occurrences: %q", found)
			}
			b.ReportMetric(float64(n), "occurrences")
			b.ReportMetric(cpu.Seconds()*1e6/float64(b.N)/float64(events), "cpu-µs/event")
		})
	}
	const stamp = "20060102T150405Z"
	beside("unmeet", generated, func(*testing.B) []string { return []string{"occurrences", "FILE"} })
	beside("libical", generated, func(b *testing.B) []string {
		program := filepath.Join(b.TempDir(), "occurrences")
		flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libical").Output()
		if err != nil {
			b.Skip("libical is not installed (make deps-bench)")
		}
		args := append([]string{"-O2", "-o", program, "testdata/beside/occurrences.c"}, strings.Fields(string(flags))...)
		if output, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, output)
		}
		return []string{program, "FILE", besideFrom.Format(stamp), besideTo.Format(stamp)}
	})
	beside("python", generated/20, func(b *testing.B) []string {
		if exec.Command("/usr/bin/python3", "-c", "import recurring_ical_events").Run() != nil {
			b.Skip("python3-recurring-ical-events is not installed (make deps-bench)")
		}
		return []string{"/usr/bin/python3", "testdata/beside/occurrences.py", "FILE", besideFrom.Format(time.DateOnly), besideTo.Format(time.DateOnly)}
	})
}
