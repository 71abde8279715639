package ics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// errChanged says that a file is not any more what it was when it was read.
var errChanged = errors.New("somebody else keeps writing the file")

// errNoExchange says that a file system cannot exchange two files.
var errNoExchange = errors.New("files cannot be exchanged")

// swap puts next in the place of the file path, which holds old, with its mode and
// owner. A file that holds anything else stays as it is, and it is an errChanged.
// begin is called once all is ready; its error is returned, and nothing changes.
//
// The new text is complete on disk before it takes the other's name. Then the two
// exchange their names in one step, where the system can do that, so that whatever
// somebody wrote until then is still there to be looked at: if it is not old, it is
// put back. What a crash leaves is seen to by the next swap (recoverSwap).
func swap(path string, old, next []byte, begin func() error) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errChanged
	}
	if err != nil {
		return err
	}
	if err := writable(path, info); err != nil {
		return err
	}
	if err := recoverSwap(path); err != nil {
		return err
	}
	ours, err := prepare(path, info, old, next)
	if err != nil {
		return err
	}
	if err := begin(); err != nil {
		return errors.Join(err, os.Remove(ours))
	}
	idle, err := swapReady(ours, path, old, next)
	if idle {
		if gone := os.Remove(ours); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return errors.Join(err, syncFolder(filepath.Dir(path)))
}

// swapReady puts the file ours, which holds next, in the place of path. idle says
// that what is called ours then is needed no more.
func swapReady(ours, path string, old, next []byte) (idle bool, err error) {
	is, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(is, old) {
		return true, errChanged // mostly it is seen here
	}
	if err == nil {
		err = exchange(ours, path)
	}
	switch {
	case errors.Is(err, errNoExchange):
		return true, swapByLink(ours, path, old)
	case errors.Is(err, fs.ErrNotExist): // it was deleted
		return true, errChanged
	case err != nil:
		return true, err
	}
	return settleSwap(ours, path, old, next)
}

// writable refuses a file that was not meant to be written.
func writable(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o222 == 0 {
		return readOnly("%s: its mode forbids it", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return refused(path, err)
	}
	return f.Close()
}

// refused is err, or that a file cannot be written if err says so.
func refused(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) || isReadOnlySystem(err) {
		return readOnly("%s: %v", path, err)
	}
	return err
}

// The names beside a file that its next text has until it takes the file's own, and
// has while it is written: hidden, so that no program takes it for a calendar. The
// first ends in the sums of the text it was made of and of the text itself.
const (
	readyMark   = ".unmeet-"
	partialMark = ".unmeet.part-"
)

// hidden is what the names of such files begin with, for the file base.
func hidden(base string) string {
	if len(base) > 150 { // a name has 255 bytes at most
		base = sumOf([]byte(base))
	}
	return "." + base
}

// prepare writes next beside path, and returns where.
func prepare(path string, info fs.FileInfo, old, next []byte) (string, error) {
	dir, base := filepath.Split(path)
	f, err := os.CreateTemp(filepath.Clean(dir+"."), hidden(base)+partialMark+"*")
	if err != nil {
		return "", refused(path, err)
	}
	_, err = f.Write(next)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = keepOwner(f, info)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	ready := dir + hidden(base) + readyMark + sumOf(old) + "-" + sumOf(next)
	if err == nil {
		err = os.Rename(f.Name(), ready)
	}
	if err != nil {
		return "", errors.Join(refused(path, err), os.Remove(f.Name()))
	}
	return ready, nil
}

// settleSwap looks at what had the name path before an exchange, and has ours now.
// If somebody wrote it since it was read, it gets the name back, and it is an
// errChanged. idle is as in swapReady.
func settleSwap(ours, path string, old, next []byte) (idle bool, err error) {
	theirs, err := os.ReadFile(ours)
	if err != nil || bytes.Equal(theirs, old) {
		return err == nil, err
	}
	for put := next; ; {
		if err := exchange(ours, path); err != nil {
			return false, fmt.Errorf("%s was written by somebody else at the same moment; what they wrote is in %s: %w", path, ours, err)
		}
		was, err := os.ReadFile(ours)
		if err != nil {
			return false, err
		}
		if bytes.Equal(was, put) {
			return true, errChanged
		}
		put, theirs = theirs, was // they wrote again meanwhile, and that is what is to stay
	}
}

// swapByLink is swap where names cannot be exchanged: whoever replaces the file
// between our last look and the next instant is overwritten, but not whoever writes
// into it.
func swapByLink(ours, path string, old []byte) error {
	kept := ours + "-kept"
	if err := os.Link(path, kept); err != nil {
		return refused(path, err)
	}
	same := func() (bool, error) {
		is, err := os.ReadFile(kept)
		return bytes.Equal(is, old), err
	}
	ok, err := same()
	if err == nil && ok {
		if err = os.Rename(ours, path); err == nil {
			ok, err = same()
			if err == nil && !ok {
				return errors.Join(errChanged, os.Rename(kept, path))
			}
		}
	}
	if err == nil && !ok {
		err = errChanged
	}
	return errors.Join(err, os.Remove(kept))
}

// recoverSwap clears away what a crash in the middle of a swap of path left. If
// somebody's text lost its name by it, it is put back.
func recoverSwap(path string) error {
	dir, base := filepath.Split(path)
	list, err := os.ReadDir(filepath.Clean(dir + "."))
	if err != nil {
		return err
	}
	for _, entry := range list {
		if strings.HasPrefix(entry.Name(), hidden(base)+partialMark) {
			if err := os.Remove(dir + entry.Name()); err != nil {
				return err
			}
		}
		sums, ok := strings.CutPrefix(entry.Name(), hidden(base)+readyMark)
		if !ok {
			continue
		}
		sums = strings.TrimSuffix(sums, "-kept")
		made, ours, _ := strings.Cut(sums, "-")
		left, err := os.ReadFile(dir + entry.Name())
		if err != nil {
			return err
		}
		is, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if sum := sumOf(left); sum != made && sum != ours && sumOf(is) == ours {
			if err := os.Rename(dir+entry.Name(), path); err != nil {
				return err
			}
			return errChanged
		}
		if err := os.Remove(dir + entry.Name()); err != nil {
			return err
		}
	}
	return nil
}

// folders holds a lock for each folder that was written to.
var folders sync.Map

// lockFolder keeps other goroutines, and other processes that ask, from changing
// the collection at root until unlock is called. The error is that of ctx.
func lockFolder(ctx context.Context, root string) (unlock func(), err error) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		root = filepath.Dir(root)
	}
	if absolute, err := filepath.Abs(root); err == nil {
		root = absolute
	}
	held, _ := folders.LoadOrStore(root, make(chan struct{}, 1))
	turn := held.(chan struct{})
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f, err := os.Open(root)
	if err != nil { // finding the file says why
		return func() { <-turn }, nil
	}
	for {
		ok, err := lockFile(f)
		if err != nil || ok { // a file system that knows no locks keeps nobody out
			return func() { f.Close(); <-turn }, nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			<-turn
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
