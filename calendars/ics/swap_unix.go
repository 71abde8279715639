//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package ics

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lockFile locks f for as long as it is open; false where another process has it.
func lockFile(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	return err == nil, err
}

// keepOwner gives f the owner that info tells, as far as that is allowed.
func keepOwner(f *os.File, info fs.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// isReadOnlySystem reports whether err says that nothing can be written there.
func isReadOnlySystem(err error) bool { return errors.Is(err, syscall.EROFS) }
