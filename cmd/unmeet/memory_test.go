package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"unmeet/agent"
	"unmeet/calendars/calendartest"
	"unmeet/calendars/google"
	"unmeet/store"
)

// footing is how much memory a process holds once some people are synced, garbage
// left out.
type footing struct {
	Synced   int
	Heap     float64 // of Go, in MB
	Resident float64 // all of the process, in MB; 0 where that is not known
}

// measured is a program for tests: it syncs everybody of the configuration that
// its argument names until all have gone well, on a clock that takes no time, and
// prints how much memory it holds at first and after each quarter of them. The
// calendars are served by another process, which so does not count.
func measured() {
	if err := syncMeasured(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func syncMeasured(ctx context.Context, config string, out io.Writer) error {
	clock := hurried{calendartest.NewClock(companyNow)}
	a := &app{ctx: ctx, stderr: io.Discard, getenv: func(string) string { return "" }, now: clock.Now, config: config}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := a.startSyncing(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close()
	s.sources.transport.Clock = clock
	s.sources.limits = google.NewLimits(clock)
	s.agent.Clock = standing(clock)
	everybody, err := s.db.Connections(ctx)
	if err != nil {
		return err
	}
	failure := json.NewEncoder(out).Encode(stand(0))
	left := everybody
	for range 6 {
		sum, err := s.agent.Pass(ctx, left, func(done int) {
			if n := len(everybody); len(left) == n && 4*done/n > 4*(done-1)/n {
				failure = errors.Join(failure, json.NewEncoder(out).Encode(stand(done)))
			}
		})
		if err = errors.Join(err, failure); err != nil || len(sum.Failed) == 0 {
			return err
		}
		left = again(everybody, sum.Failed)
	}
	return fmt.Errorf("%d people failed all the time", len(left))
}

func again(all []store.Connection, failed []agent.Result) (left []store.Connection) {
	for _, c := range all {
		for _, r := range failed {
			if c.Owner == r.Owner {
				left = append(left, c)
			}
		}
	}
	return left
}

// stand measures this process.
func stand(synced int) footing {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footing{Synced: synced, Heap: float64(m.HeapAlloc) / (1 << 20)}
	f.Resident, _ = residentMemory()
	return f
}

// TestMemoryIsFlat: what syncing holds in memory hardly depends on how many people
// it has synced, in the first round as in those after it, though one call in five
// fails. What does stay of each is an access token, a limiter and a name.
// UNMEET_TEST_PEOPLE says how many there are.
func TestMemoryIsFlat(t *testing.T) {
	const (
		each  = 4.0 / 1024 // MB that may stay of a person
		few   = 4.0        // MB that may stay whatever their number
		under = 24.0       // MB that the syncs under way may hold
	)
	o := newCompany(t, false)
	n := manyPeople(t, 100)
	people := o.hire(n)
	o.connect(people...)
	o.inTrouble()
	for round := range 2 {
		began := time.Now()
		process := exec.Command("unmeet-measured", o.config)
		var out, errs bytes.Buffer
		process.Stdout, process.Stderr = &out, &errs
		if err := process.Run(); err != nil {
			t.Fatalf("%v\n%s", err, &errs)
		}
		var stands []footing
		for line := range strings.Lines(out.String()) {
			var f footing
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			stands = append(stands, f)
			t.Logf("round %d, %d people: %.1f MB of heap, %.1f MB resident", round, f.Synced, f.Heap, f.Resident)
		}
		if len(stands) != 5 {
			t.Fatalf("measured %d times:\n%s", len(stands), &out)
		}
		first, last := stands[0], stands[4]
		for _, now := range stands[1:] {
			allowed := few + each*float64(now.Synced)
			if now.Synced < last.Synced {
				allowed += under
			}
			if grown := now.Heap - first.Heap; grown > allowed {
				t.Errorf("round %d: the heap grew by %.1f MB with %d people, more than %.1f", round, grown, now.Synced, allowed)
			}
		}
		// SQLite's own memory is not in the heap. Its caches fill with the first few.
		filled := stands[1]
		if grown, allowed := last.Resident-filled.Resident, under+2*each*float64(last.Synced-filled.Synced); grown > allowed {
			t.Errorf("round %d: from %d people to %d the process grew by %.1f MB, more than %.1f", round, filled.Synced, last.Synced, grown, allowed)
		}
		peak, _ := peakMemory(process.ProcessState)
		t.Logf("round %d, %d people: at most %.1f MB, %s", round, n, peak, time.Since(began).Round(100*time.Millisecond))
		db := o.database()
		o.check(db, people)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		for i, who := range people {
			if i%4 == round {
				o.oneOff(who, people[(i*7+1)%n], i, round)
			}
		}
	}
}
