package main

import (
	"fmt"
	"os"
	"syscall"
)

// peak is the most memory that an ended process held.
func peak(p *os.ProcessState) string {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return "?"
	}
	return fmt.Sprintf("%d MB", usage.Maxrss/1024) // Linux counts in kB
}
