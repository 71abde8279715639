//go:build !unix

package caldavtest

import "os/exec"

// together is of no use here.
func together(*exec.Cmd) {}

// endTogether ends a program.
func endTogether(c *exec.Cmd) { c.Process.Kill() } //nolint:errcheck // it may be gone
