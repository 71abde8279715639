package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what came out into the goldens of testdata/script")

// TestMain lets scripts and benchmarks run this test binary as `unmeet`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"unmeet": main})
}

// TestScripts runs the stories of testdata/script: what the command line
// promises, one a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "")
			env.Setenv("UNMEET_CONFIG", "")
			env.Setenv("TZ", "Pacific/Auckland") // results must not depend on where they are made
			return nil
		},
	})
}
