//go:build !linux

package main

import "os"

// peakMemory is known on Linux only, as is residentMemory.
func peakMemory(*os.ProcessState) (mb float64, ok bool) { return 0, false }

func residentMemory() (mb float64, ok bool) { return 0, false }
