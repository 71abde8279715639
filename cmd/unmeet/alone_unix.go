//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a file for as long as it is open: errHeld if somebody else did. A file
// system that knows no locks keeps nobody out.
func lock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return errHeld
	case errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS):
		return nil
	}
	return err
}
