package icstest_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"unmeet/calendars/ics"
	"unmeet/calendars/ics/icstest"
)

func TestGenerate(t *testing.T) {
	const events = 1000
	var first, again, other bytes.Buffer
	for out, seed := range map[*bytes.Buffer]uint64{&first: 1, &again: 1, &other: 2} {
		if err := icstest.Generate(out, events, seed); err != nil {
			t.Fatal(err)
		}
	}
	text := first.String()
	if text != again.String() {
		t.Error("the same seed gave another calendar")
	}
	if text == other.String() {
		t.Error("another seed gave the same calendar")
	}
	_, text, _ = strings.Cut(text, "BEGIN:VEVENT") // beyond the zones, which have rules too
	if n := strings.Count(text, "\nRRULE:"); n != events*3/10 {
		t.Errorf("%d series among %d events", n, events)
	}
	for _, part := range []string{"\nEXDATE", "\nRECURRENCE-ID", ";VALUE=DATE:", "BYSETPOS", "COUNT=", "UNTIL=", "INTERVAL="} {
		if !strings.Contains(text, part) {
			t.Errorf("nothing has %q", part)
		}
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 {
			t.Fatalf("%q is not folded", line)
		}
	}

	list, err := ics.Read(context.Background(), &first, "generated.ics", ics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Count(text, "\nRECURRENCE-ID")
	if got := list[0]; got.Events() != events+moved || got.SkippedEvents > 0 || len(got.Notices) > 0 {
		t.Errorf("%d events, %d skipped, notices %v", got.Events(), got.SkippedEvents, got.Notices)
	}
	from := time.Date(icstest.Year, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, skipped := list[0].Copies(from, from.AddDate(1, 0, 0)); len(skipped) > 0 {
		t.Errorf("skipped: %v", skipped)
	}
}

func TestGenerateTellsOfWriteErrors(t *testing.T) {
	if err := icstest.Generate(full{}, 10, 1); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

type full struct{}

var errFull = errors.New("no room")

func (full) Write([]byte) (int, error) { return 0, errFull }
