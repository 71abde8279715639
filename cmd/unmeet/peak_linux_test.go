package main

import (
	"fmt"
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

// residentMemory returns how much memory this process holds now, in MB.
func residentMemory() (mb float64, ok bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	var all, resident int
	if _, err := fmt.Sscan(string(text), &all, &resident); err != nil {
		return 0, false
	}
	return float64(resident*os.Getpagesize()) / (1 << 20), true
}
