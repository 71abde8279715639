package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk is a disk that can be full: a small one in memory, filled to its last byte,
// where this process may mount one. Elsewhere processes are told that no file of theirs
// may grow, nor be written to.
type smallDisk struct {
	testing.TB
	folder  string
	mounted bool
	isFull  bool
}

// smallDiskSize is room enough for the database of 200 people.
const smallDiskSize = "64m"

func newSmallDisk(t testing.TB) *smallDisk {
	d := &smallDisk{TB: t, folder: t.TempDir()}
	if err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, "mode=700,size="+smallDiskSize); err != nil {
		t.Logf("no disk of its own (%v): a full one is a limit on files", err)
		return d
	}
	d.mounted = true
	t.Cleanup(func() {
		if err := syscall.Unmount(d.folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *smallDisk) ballast() string { return filepath.Join(d.folder, "ballast") }

// fill fills the disk, as the process pid sees it; 0 is one that is yet to come.
func (d *smallDisk) fill(pid int) {
	d.Helper()
	d.isFull = true
	if !d.mounted {
		d.limit(pid, 0)
		return
	}
	file, err := os.Create(d.ballast())
	if err != nil {
		d.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, zeros{}); err == nil {
		d.Fatal("the disk has no end")
	}
}

// free gives the room back.
func (d *smallDisk) free(pid int) {
	d.Helper()
	d.isFull = false
	if !d.mounted {
		d.limit(pid, unix.RLIM_INFINITY)
		return
	}
	if err := os.Remove(d.ballast()); err != nil {
		d.Fatal(err)
	}
}

// limit bounds the size of what a process writes to.
func (d *smallDisk) limit(pid int, size uint64) {
	if pid == 0 {
		return // the process that is yet to come has a disk with room
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}, nil); err != nil {
		d.Error(err)
	}
}

// zeros are as many as one likes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
