package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the direction of dependencies: the packages of ours that each
// room may import outside its tests. A room is a folder and all below it; the
// longest name counts. What a room holds below itself it may always import.
var mayImport = map[string][]string{
	"calendars":              {},
	"calendars/ics":          {"calendars"},
	"calendars/reach":        {"internal/wire"},
	"calendars/feed":         {"calendars", "calendars/ics", "calendars/reach", "internal/wire"},
	"calendars/caldav":       {"calendars", "calendars/ics", "calendars/reach", "internal/wire"},
	"calendars/google":       {"calendars", "calendars/ics", "internal/wire"},
	"calendars/calendartest": {"calendars", "store"}, // support for tests
	"internal/failpoint":     {},
	"internal/wire":          {},
	"internal/chromium":      {},                                       // support for tests
	"internal/load":          {"calendars", "rules", "store", "agent"}, // measures, and ships with nothing
	"internal/chaos":         {},                                       // support for tests
	"internal/release":       {},                                       // builds, and ships with nothing
	"rules":                  {"calendars"},
	"store":                  {"calendars", "internal/failpoint"},
	"agent":                  {"calendars", "rules", "store", "internal/failpoint", "internal/wire"},
	"cmd":                    {"calendars", "rules", "store", "agent", "calendars/ics", "calendars/caldav", "calendars/google", "calendars/feed", "calendars/reach", "internal/failpoint", "internal/wire"},
}

// stdlibOnly are the rooms that must do without any module of others.
var stdlibOnly = map[string]bool{"calendars": true}

// TestDirectionOfImports holds the house together: it fails when a package
// imports one it must not know of.
func TestDirectionOfImports(t *testing.T) {
	const root = "../.."
	files := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "testdata" || (strings.HasPrefix(name, ".") && file != root) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		from := path.Dir(filepath.ToSlash(relative))
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if reason := refuse(from, imported); reason != "" {
				t.Errorf("%s imports %s: %s", filepath.ToSlash(relative), imported, reason)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatal("no Go files found: the test looks in the wrong place")
	}
}

// refuse says why the package in folder from must not import imported, or "".
func refuse(from, imported string) string {
	room := roomOf(from)
	if room == "" {
		return from + " is in no room that the test knows; add it to mayImport"
	}
	to, ours := strings.CutPrefix(imported, "unmeet/")
	if !ours {
		first, _, _ := strings.Cut(imported, "/")
		if stdlibOnly[room] && strings.Contains(first, ".") {
			return room + " stands on the standard library alone"
		}
		return ""
	}
	target := roomOf(to)
	if target == room {
		return ""
	}
	for _, allowed := range mayImport[room] {
		if allowed == target {
			return ""
		}
	}
	return room + " must not know of " + target
}

// roomOf returns the longest room of mayImport that folder is in.
func roomOf(folder string) string {
	longest := ""
	for room := range mayImport {
		if (folder == room || strings.HasPrefix(folder, room+"/")) && len(room) > len(longest) {
			longest = room
		}
	}
	return longest
}

// TestRefuse keeps the test above able to fail.
func TestRefuse(t *testing.T) {
	for _, c := range []struct {
		from, imported string
		refused        bool
	}{
		{"calendars", "time", false},
		{"calendars", "github.com/emersion/go-ical", true},
		{"calendars/ics", "github.com/emersion/go-ical", false},
		{"calendars/ics", "unmeet/calendars/ics/recur", false},
		{"calendars/ics/recur", "unmeet/calendars", false},
		{"calendars", "unmeet/calendars/ics", true},
		{"calendars/ics", "unmeet/store", true},
		{"rules", "unmeet/store", true},
		{"store", "unmeet/rules", true},
		{"store/hours", "unmeet/calendars/ics", true},
		{"agent", "unmeet/rules", false},
		{"agent/report", "unmeet/store", false},
		{"agent/report", "unmeet/calendars/ics", true},
		{"cmd/unmeet", "unmeet/calendars/google", false},
		{"elsewhere", "unmeet/calendars", true},
	} {
		if got := refuse(c.from, c.imported); (got != "") != c.refused {
			t.Errorf("refuse(%s, %s) = %q, want refused: %v", c.from, c.imported, got, c.refused)
		}
	}
}
