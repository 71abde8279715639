//go:build unix

package caldavtest

import (
	"os/exec"
	"syscall"
)

// together makes a program the first of a group of its own, which ends with it.
func together(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endTogether ends a program and all that it started.
func endTogether(c *exec.Cmd) { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) } //nolint:errcheck // it may be gone
