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

// keepOwner gives f the owner and group that info tells. Where that is not allowed,
// the error says so: whose file it is might not be able to read it any more.
func keepOwner(f *os.File, info fs.FileInfo) error {
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if sameOwner(now, info) {
		return nil
	}
	want := info.Sys().(*syscall.Stat_t)
	return f.Chown(int(want.Uid), int(want.Gid))
}

// sameOwner reports whether two files are of the same owner and group.
func sameOwner(a, b fs.FileInfo) bool {
	x, y := a.Sys().(*syscall.Stat_t), b.Sys().(*syscall.Stat_t)
	return x.Uid == y.Uid && x.Gid == y.Gid
}

// isReadOnlySystem reports whether err says that nothing can be written there.
func isReadOnlySystem(err error) bool { return errors.Is(err, syscall.EROFS) }

// syncFolder makes the names in a folder outlast a loss of power, where the file
// system can do that.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
