//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package ics

import (
	"io/fs"
	"os"
)

// lockFile has no locks to take here: other goroutines are kept out without.
func lockFile(*os.File) (bool, error) { return true, nil }

// keepOwner has nothing to do here.
func keepOwner(*os.File, fs.FileInfo) error { return nil }

// sameOwner cannot tell here.
func sameOwner(fs.FileInfo, fs.FileInfo) bool { return true }

// isReadOnlySystem cannot tell here: fs.ErrPermission does.
func isReadOnlySystem(error) bool { return false }

// syncFolder has nothing to do here.
func syncFolder(string) error { return nil }
