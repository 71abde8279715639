//go:build !linux

package main

import "os"

// peakMemory is known on Linux only.
func peakMemory(*os.ProcessState) (mb float64, ok bool) { return 0, false }
