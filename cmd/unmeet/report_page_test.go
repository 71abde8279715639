package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestDeliver: a report that is written to a file is whole, and its owner's alone; one
// that fails leaves what was there.
func TestDeliver(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "report.html")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := &reportCmd{Output: path}
	broken := errors.New("broken")
	if err := cmd.deliver(&app{}, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a report that fails is delivered: %v", err)
	}
	if err := cmd.deliver(&app{}, func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	info, failure := os.Stat(path)
	if err := errors.Join(err, failure); err != nil {
		t.Fatal(err)
	}
	if string(text) != "whole" || info.Mode().Perm() != 0o600 {
		t.Errorf("the file holds %q, with mode %s", text, info.Mode())
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
