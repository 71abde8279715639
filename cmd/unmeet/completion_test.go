package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatACommandLineCouldGoOnWith(t *testing.T) {
	for _, test := range []struct {
		line, want string // words with spaces between
	}{
		{"rep", "report"},
		{"re", "report resume restore"},
		{"comple", "completion"}, // and not complete, which is for shells
		{"--config x.toml rep", "report"},
		{"connect ", "google ics caldav"},
		{"report --fo", "--format"},
		{"report --format ", "table json csv md html"},
		{"report --format j", "json"},
		{"report --format=j", "--format=json"},
		{"report --format = j", "json"}, // as bash parts it
		{"report --colo", "--color"},
		{"completion ", "bash zsh fish"},
		{"report ", ""},
		{"report --person ", ""},
		{"report -- --fo", ""},
		{"reprot --fo", ""},
		{"report --nonsense=j", ""},
	} {
		var got []string
		for _, e := range endings(commandLine(t).Model.Node, strings.Split(test.line, " ")) {
			got = append(got, e.word)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("unmeet %s: %q, want %s", test.line, got, test.want)
		}
	}
}

// TestShellsComplete asks the shells that are here; TestMain has put unmeet into PATH.
func TestShellsComplete(t *testing.T) {
	for shell, ask := range map[string]string{
		"bash": `source "$1"
COMP_WORDS=(unmeet report --format = j); COMP_CWORD=4; _unmeet; echo "${COMPREPLY[@]}"
COMP_WORDS=(unmeet connect ""); COMP_CWORD=2; _unmeet; echo "${COMPREPLY[@]}"
complete -p unmeet >/dev/null`,
		"zsh": `compdef() {}; _describe() { print -- ${found%%:*} }; source "$1"
words=(unmeet report --format j); CURRENT=4; _unmeet
words=(unmeet connect ""); CURRENT=3; _unmeet`,
		"fish": `source $argv[1]
complete -C "unmeet report --format j" | string split -f1 \t | string join " "
complete -C "unmeet connect " | string split -f1 \t | sort -r | string join " " | string replace "ics google caldav" "google ics caldav"`,
	} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skip(shell + " is not here")
			}
			script := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(script, []byte(completions[shell]), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"-c", ask, shell, script}
			if shell == "fish" {
				args = []string{"--no-config", "-c", ask, script}
			}
			cmd := exec.CommandContext(t.Context(), shell, args...)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if diff := cmp.Diff("json\ngoogle ics caldav\n", string(out)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestManualHasAll holds that the page for man has every command and flag, and
// nothing that roff takes for its own.
func TestManualHasAll(t *testing.T) {
	model := commandLine(t).Model
	page := manual(model)
	for _, node := range model.Leaves(true) {
		if !strings.Contains(page, "\n.SS "+roffQuoted(node.Summary())+"\n") {
			t.Errorf("%s is not in it", node.FullPath())
		}
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				if !strings.Contains(page, roffEscaped("--"+f.Name)) {
					t.Errorf("%s --%s is not in it", node.FullPath(), f.Name)
				}
			}
		}
	}
	if strings.Contains(page, "unmeet complete ") {
		t.Error("it has what is for shells")
	}
	known := map[string]bool{".TH": true, ".SH": true, ".SS": true, ".TP": true, ".PP": true, ".RS": true, ".RE": true, ".nf": true, ".fi": true, ".B": true}
	for line := range strings.Lines(page) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); line[0] == '\'' || line[0] == '.' && !known[word] {
			t.Errorf("roff would obey %q", line)
		}
		for _, r := range line {
			if r > 0x7e {
				t.Errorf("%q is not ASCII", line)
			}
		}
	}
	if got, want := roff(".a \\ –\n\n    b -c\n    d\ne"), "\\&.a \\e \\[u2013]\n.PP\n.RS 4\n.nf\nb \\-c\nd\n.fi\n.RE\n.PP\ne\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
