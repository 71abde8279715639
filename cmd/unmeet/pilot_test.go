package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPilotWalkIsTheScript keeps docs/pilot.md true: the script that TestScripts runs
// says what the page says. Run it with -update after the page has changed.
func TestPilotWalkIsTheScript(t *testing.T) {
	const script = "testdata/script/pilot.txtar"
	page, err := os.ReadFile("../../docs/pilot.md")
	if err != nil {
		t.Fatal(err)
	}
	want := walkOf(t, string(page))
	if *update {
		if err := os.WriteFile(script, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the script does not do what the page says; -update mends it (-page +script):\n%s", diff)
	}
}

// walkOf is a page as a script: its commands are run in order, under the configuration
// as the blocks so far make it, and one of the commands of a block prints each line of
// the text that follows it.
func walkOf(t *testing.T, page string) string {
	t.Helper()
	var script, files strings.Builder
	script.WriteString("# Made of docs/pilot.md by TestPilotWalkIsTheScript with -update.\n")
	var tables []string
	var ran [][]string // by block
	blocks := fenced.FindAllStringSubmatch(page, -1)
	for i, block := range blocks {
		language, text := block[1], block[2]
		switch language {
		case "toml":
			tables = lay(tables, text)
			name := fmt.Sprintf("%d.toml", i)
			fmt.Fprintf(&files, "-- %s --\n%s", name, strings.Join(tables, "\n"))
			fmt.Fprintf(&script, "\ncp %s unmeet.toml\n", name)
		case "sh":
			ran = append(ran, strings.Split(strings.TrimSpace(text), "\n"))
			script.WriteString("\n")
			for n, command := range ran[len(ran)-1] {
				fmt.Fprintf(&script, "exec %s\n", strings.ReplaceAll(command, `"`, `'`))
				fmt.Fprintf(&script, "cp stdout %d-%d\n", len(ran), n)
			}
		case "text":
			last := len(ran)
			var all []string
			for n := range ran[last-1] {
				all = append(all, fmt.Sprintf("%d-%d", last, n))
			}
			fmt.Fprintf(&script, "exec cat %s\n", strings.Join(all, " "))
			for line := range strings.Lines(text) {
				fmt.Fprintf(&script, "stdout '%s'\n", patternOf(line))
			}
		default:
			t.Fatalf("block %d is in %q", i, language)
		}
	}
	return script.String() + "\n" + files.String()
}

// patternOf is what a line that a page shows looks like: of figures, only that they
// are there, for they follow the calendar.
func patternOf(line string) string {
	line = regexp.QuoteMeta(strings.Join(strings.Fields(line), " "))
	line = regexp.MustCompile(`[0-9]+`).ReplaceAllString(line, `[0-9.,]+`)
	return strings.ReplaceAll(strings.ReplaceAll(line, " ", `\s+`), "'", "''")
}

// lay lays the tables of a piece of configuration over those before: one of the same
// name replaces it.
func lay(tables []string, piece string) []string {
	key := regexp.MustCompile(`(?m)^(\[.*\])\n(?:name +(= .*))?`)
	for _, table := range regexp.MustCompile(`(?m)^\[`).Split(piece, -1)[1:] {
		table = "[" + strings.TrimRight(table, "\n") + "\n"
		same := false
		for i, before := range tables {
			if name := key.FindStringSubmatch(table); key.FindStringSubmatch(before)[1] == name[1] && key.FindStringSubmatch(before)[2] == name[2] {
				tables[i], same = table, true
			}
		}
		if !same {
			tables = append(tables, table)
		}
	}
	return tables
}
