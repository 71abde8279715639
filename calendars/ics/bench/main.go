package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"unmeet/calendars/ics"
	"unmeet/calendars/ics/icstest"
)

//go:embed others/libical.c
var libicalSource []byte

//go:embed others/python.py
var pythonSource []byte

// stamp is how the other programs are told from and to.
const stamp = "20060102T150405Z"

var (
	from = time.Date(icstest.Year, 1, 1, 0, 0, 0, 0, time.UTC)
	to   = from.AddDate(1, 0, 0)
)

func main() {
	events := flag.Int("events", 20_000, "events to generate")
	python := flag.Int("python", 2_000, "events for Python; 0 leaves it out")
	runs := flag.Int("runs", 3, "runs of each program, of which the fastest counts")
	measure := flag.String("measure", "", "read this file and print figures (what bench starts itself with)")
	flag.Parse()
	var err error
	if *measure != "" {
		err = measureOurs(os.Stdout, *measure)
	} else {
		err = run(os.Stdout, *events, *python, *runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// whatIsMeasured tells what the columns stand for in each program.
const whatIsMeasured = `
decode, from the bytes of a file:
  unmeet      all events as it works with them: times as instants in their zones, recurrence
              rules checked, words unescaped, guest lists; properties it never asks for are let go
  libical     a tree of components, each property with its value parsed, texts unescaped;
              times are fields, and get their zones when they are expanded
  icalendar   a tree of components, each property with its value parsed; times with their zones
expand: the occurrences of the year; unmeet and recurring-events heed moved instances, libical does not

`

// figures are what one program took for one file.
type figures struct {
	decode, expand float64 // seconds of processor time
	memory         float64 // most MB that were resident
	occurrences    int
}

func run(out io.Writer, events, python, runs int) error {
	dir, err := os.MkdirTemp("", "bench-ics")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	full, size, err := generate(dir, events)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d events, three in ten recurring, %d MB; the year %d; least of %d runs\n\n", events, size>>20, icstest.Year, runs)
	fmt.Fprintf(out, "%-28s %8s %10s %10s %8s %12s\n", "", "events", "decode s", "expand s", "peak MB", "occurrences")
	report := func(name string, events int, f figures) {
		fmt.Fprintf(out, "%-28s %8d %10.3f %10.3f %8.0f %12d\n", name, events, f.decode, f.expand, f.memory, f.occurrences)
	}

	ours, err := best(runs, self, "-measure", full)
	if err != nil {
		return err
	}
	report("unmeet", events, ours)
	var notes []string
	compare := func(name string, ours, theirs figures) {
		notes = append(notes, fmt.Sprintf("%s takes %.1f times as long to decode, %.1f times to expand",
			name, theirs.decode/ours.decode, theirs.expand/ours.expand))
		if theirs.occurrences != ours.occurrences {
			notes = append(notes, fmt.Sprintf("%s finds %+d occurrences", name, theirs.occurrences-ours.occurrences))
		}
	}

	if program, err := buildLibical(dir); err != nil {
		notes = append(notes, fmt.Sprintf("libical is left out: %v", err))
	} else {
		theirs, err := best(runs, program, full, from.Format(stamp), to.Format(stamp))
		if err != nil {
			return err
		}
		report("libical", events, theirs)
		compare("libical", ours, theirs)
	}

	if err := havePython(); err != nil {
		notes = append(notes, fmt.Sprintf("Python is left out: %v", err))
	} else if python > 0 {
		part, _, err := generate(dir, python)
		if err != nil {
			return err
		}
		if ours, err = best(runs, self, "-measure", part); err != nil {
			return err
		}
		report("unmeet", python, ours)
		script := filepath.Join(dir, "python.py")
		if err := os.WriteFile(script, pythonSource, 0o600); err != nil {
			return err
		}
		theirs, err := best(1, interpreter, script, part, from.Format(stamp), to.Format(stamp))
		if err != nil {
			return err
		}
		report("icalendar, recurring-events", python, theirs)
		compare("the Python pair", ours, theirs)
	}
	fmt.Fprint(out, whatIsMeasured)
	for _, note := range notes {
		fmt.Fprintln(out, note)
	}
	return nil
}

// generate writes a file of so many events.
func generate(dir string, events int) (path string, size int64, err error) {
	path = filepath.Join(dir, strconv.Itoa(events)+".ics")
	file, err := os.Create(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := icstest.Generate(file, events, 1); err != nil {
		return "", 0, err
	}
	size, err = file.Seek(0, io.SeekCurrent)
	return path, size, err
}

// measureOurs reads a file as every command of unmeet does, and prints what the
// other programs print.
func measureOurs(out io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	start := processorTime()
	list, err := ics.Read(context.Background(), file, path, ics.Options{Zone: time.UTC})
	if err != nil {
		return err
	}
	decoded := processorTime()
	occurrences := 0
	for _, calendar := range list {
		copies, skipped := calendar.Copies(from, to)
		if len(skipped)+calendar.SkippedEvents > 0 {
			return fmt.Errorf("%s: events were skipped: %v %v", path, skipped, calendar.Skipped)
		}
		for i := range copies {
			if copies[i].Series() {
				occurrences += len(copies[i].Spans)
			} else {
				occurrences++
			}
		}
	}
	_, err = fmt.Fprintf(out, "%.4f %.4f %d\n", (decoded - start).Seconds(), (processorTime() - decoded).Seconds(), occurrences)
	return err
}

// processorTime is what this process has used so far, garbage collection and
// all.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// best runs a program several times and keeps the least of each figure.
func best(runs int, program string, args ...string) (figures, error) {
	var least figures
	for i := range max(runs, 1) {
		command := exec.Command(program, args...)
		command.Stderr = os.Stderr
		text, err := command.Output()
		if err != nil {
			return least, fmt.Errorf("%s: %w", filepath.Base(program), err)
		}
		var now figures
		if _, err := fmt.Sscan(string(text), &now.decode, &now.expand, &now.occurrences); err != nil {
			return least, fmt.Errorf("%s printed %q: %w", filepath.Base(program), text, err)
		}
		now.memory = peak(command.ProcessState)
		if i == 0 {
			least = now
			continue
		}
		least.decode = min(least.decode, now.decode)
		least.expand = min(least.expand, now.expand)
		least.memory = min(least.memory, now.memory)
	}
	return least, nil
}

// peak is the most memory a process had resident, in MB. Linux counts in KB.
func peak(state *os.ProcessState) float64 {
	used, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(used.Maxrss) / 1024
}

// buildLibical compiles the C program.
func buildLibical(dir string) (program string, err error) {
	source := filepath.Join(dir, "libical.c")
	if err := os.WriteFile(source, libicalSource, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "libical")
	compile := exec.Command("gcc", "-O2", "-Wall", "-o", program, source, "-lical")
	if text, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("gcc: %w: %s", err, firstLine(text))
	}
	return program, nil
}

// interpreter is the system's Python, which sees the distribution's packages
// where another one on the path may not.
const interpreter = "/usr/bin/python3"

func havePython() error {
	text, err := exec.Command(interpreter, "-c", "import icalendar, recurring_ical_events").CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		return fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return nil
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
