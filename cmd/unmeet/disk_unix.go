//go:build linux || darwin || freebsd

package main

import "syscall"

// modesMatter says that the mode of a file tells who may read it.
const modesMatter = true

// freeSpace is how many bytes there is room for in a folder, for us; ok is false where
// that cannot be told.
func freeSpace(folder string) (bytes int64, ok bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
