//go:build !(linux || darwin || freebsd)

package main

// modesMatter says that the mode of a file tells who may read it.
const modesMatter = false

// freeSpace cannot be told here.
func freeSpace(string) (bytes int64, ok bool) { return 0, false }
