//go:build unix

package ics

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"unmeet/calendars"
)

// TestPipe reads what a shell makes of <(…): a file that can be read once.
func TestPipe(t *testing.T) {
	for name, content := range map[string]string{"calendar": titled("A"), "archive": zipped(t, "a.ics", titled("A"))} {
		t.Run(name, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skipf("named pipes are not supported here: %v", err)
			}
			written := make(chan error, 1)
			go func() { written <- os.WriteFile(pipe, []byte(content), 0o600) }()
			list, err := Open(t.Context(), []string{pipe}, nil, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			if copies, _ := list[0].Copies(yearFrom, yearTo); len(copies) != 1 || copies[0].Title != "A" {
				t.Errorf("copies %v", copies)
			}
			_, err = Source{}.Pull(t.Context(), calendars.Collection{Remote: pipe, From: yearFrom, To: yearTo}, "")
			if err == nil || !strings.Contains(err.Error(), "cannot be read again") {
				t.Errorf("as a source: error is %v", err)
			}
		})
	}
}
