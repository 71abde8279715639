package main

import (
	"os"
	"syscall"
)

// peakMemory returns the most memory that an ended process held, in MB.
func peakMemory(p *os.ProcessState) (mb float64, ok bool) {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return float64(usage.Maxrss) / 1024, true // Linux counts in kB
}
