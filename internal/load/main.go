// Command load measures what an organization of thousands costs the daemon: how long
// it takes to read everybody's calendars for the first time, to find that nothing has
// changed, to ask everybody in one weekly run, and to report on twelve weeks; and how
// much memory a process holds at most while it does so. Each step is a process of its
// own over the same database, which lies on disk as the daemon's does. It prints
// figures, and asserts nothing: they are of the machine they were measured on. Where
// others use it, too, the time of the CPU tells more than that of the clock: how much it
// grows from one size to the next is shown beside it.
//
//	go run ./internal/load -people 2500,5000,10000
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

func main() {
	people := flag.String("people", "2500,5000,10000", "sizes to measure, by their number of `people`")
	folder := flag.String("dir", "", "`folder` for the databases, which take 3 GB at 10,000 people; \"\" for a temporary one")
	step := flag.String("step", "", "only this `step`, in this process, over the database of -dir")
	profile := flag.String("profile", "", "write a CPU profile of the -step to this `file`")
	copies := flag.Int("copies", 1, "in how many calendars each meeting is at `most`: its organizer's, and its guests'")
	sink := flag.Int("sink", 0, "`port` of the mail server of -step digest")
	flag.Parse()
	if err := run(*people, *folder, *step, *profile, *copies, *sink); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(sizes, folder, step, profile string, copies, sink int) error {
	if step == "" {
		return measureAll(sizes, folder, copies)
	}
	n, err := strconv.Atoi(sizes)
	if err != nil {
		return err
	}
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	m, err := measure(context.Background(), step, filepath.Join(folder, databaseName(n)), load{people: n, copies: copies, sink: sink})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// measurement is what a step tells of itself.
type measurement struct {
	Seconds float64
	Said    string // what was done
}

func databaseName(people int) string { return fmt.Sprintf("load-%d.db", people) }

// measureAll measures all steps over all sizes.
func measureAll(sizes, folder string, copies int) error {
	if folder == "" {
		made, err := os.MkdirTemp("", "unmeet-load-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		folder = made
	}
	port, closeSink, err := startSink()
	if err != nil {
		return err
	}
	defer closeSink()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("load average %s\n", loadAverage())
	last := map[string]float64{}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("-people: %w", err)
		}
		for _, step := range steps {
			c := exec.Command(program, "-step", step.name, "-people", size, "-dir", folder, "-copies", strconv.Itoa(copies), "-sink", strconv.Itoa(port))
			c.Stderr = os.Stderr
			began := time.Now()
			out, err := c.Output()
			if err != nil {
				return fmt.Errorf("%s of %d people: %w", step.name, n, err)
			}
			var m measurement
			if err := json.Unmarshal(out, &m); err != nil {
				return fmt.Errorf("%s of %d people: %w", step.name, n, err)
			}
			grown := ""
			cpu := (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
			if before := last[step.name]; before > 0 {
				grown = fmt.Sprintf("×%.1f", cpu/before)
			}
			last[step.name] = cpu
			fmt.Printf("%6d people  %-7s %7.1f s, process %6.1f s, of CPU %6.1f s %5s, at most %s: %s; load %s\n",
				n, step.name, m.Seconds, time.Since(began).Seconds(), cpu, grown, peak(c.ProcessState), m.Said, loadAverage())
		}
		for _, side := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(folder, databaseName(n)) + side); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	return nil
}

// loadAverage is how busy the machine was in the last minute, "?" where that is not
// known.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	first, _, ok := strings.Cut(string(text), " ")
	if err != nil || !ok {
		return "?"
	}
	return first
}
