package main

import (
	"archive/zip"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what came out into the goldens of testdata/script")

// programs are what this test binary can be run as.
var programs = map[string]func(){"unmeet": main, "unmeet-measured": measured}

// TestMain lets scripts, tests and benchmarks run this test binary as `unmeet`, and
// as what measures its memory.
func TestMain(m *testing.M) { testscript.Main(m, programs) }

// TestScripts runs the stories of testdata/script: what the command line
// promises, one a file.
func TestScripts(t *testing.T) {
	path := os.Getenv("PATH")
	if raceDetector {
		path = plainCommand(t) + string(os.PathListSeparator) + path
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"archive": archive, "cut": cut},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", path)
			env.Setenv("NO_COLOR", "")
			env.Setenv("UNMEET_CONFIG", "")
			env.Setenv("TZ", "Pacific/Auckland") // results must not depend on where they are made
			return nil
		},
	})
}

// plainCommand builds the command without the race detector, which makes it many
// times slower: scripts hold what it prints, and other tests that nothing races. It
// returns the folder that it lies in.
func plainCommand(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(folder, "unmeet"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// archive makes a zip archive in scripts: archive team.zip team.ics other.ics
func archive(script *testscript.TestScript, _ bool, args []string) {
	file, err := os.Create(script.MkAbs(args[0]))
	script.Check(err)
	defer file.Close()
	archive := zip.NewWriter(file)
	for _, name := range args[1:] {
		member, err := archive.Create("Takeout/Calendar/" + name)
		script.Check(err)
		_, err = member.Write([]byte(script.ReadFile(name)))
		script.Check(err)
	}
	script.Check(archive.Close())
}

// cut leaves the first half of a file: cut team.zip
func cut(script *testscript.TestScript, _ bool, args []string) {
	path := script.MkAbs(args[0])
	info, err := os.Stat(path)
	script.Check(err)
	script.Check(os.Truncate(path, info.Size()/2))
}
