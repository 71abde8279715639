package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestSteps has all steps done of an organization that is small: each finds what the
// one before it left.
func TestSteps(t *testing.T) {
	const people = 30
	path := filepath.Join(t.TempDir(), "load.db")
	port, done, err := startSink()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for i, want := range []string{" of 600 meetings read, ", "30 calendars without news", " mails thought of in ", " occurrences of 12 weeks"} {
		m, err := measure(t.Context(), steps[i].name, path, load{people: people, copies: 2, sink: port})
		if err != nil || !strings.Contains(m.Said, want) || strings.HasPrefix(m.Said, "0 ") {
			t.Errorf("%s: %q, %v; want one with %q", steps[i].name, m.Said, err, want)
		}
		var written, sent int
		var seconds float64
		if n, _ := fmt.Sscanf(m.Said, "%d mails thought of in %f s, %d sent", &written, &seconds, &sent); n == 3 && written != sent {
			t.Errorf("of %d mails %d were sent", written, sent)
		}
	}
}
