package ics

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"unmeet/calendars"
)

// Source pulls a calendar from an .ics file, an archive, or a folder of them. A
// collection's Remote is its path.
type Source struct {
	Zone *time.Location // of floating times where the calendar does not say; nil is UTC
}

// Pull lists the collection as it is now. Its cursor is a hash of the files and
// of the window: as long as both stay the same, the delta is empty.
//
// The delta is Full unless a file could not be read to its end, or an event was
// passed over of which nobody knows the UID: then what was read is new, and
// nothing counts as gone.
func (s Source) Pull(ctx context.Context, c calendars.Collection, cursor string) (calendars.Delta, error) {
	delta := calendars.Delta{From: c.From, To: c.To}
	now, err := fingerprint(ctx, c)
	if err != nil {
		return delta, err
	}
	if delta.Cursor = now; now == cursor {
		return delta, nil
	}
	list, err := Open(ctx, []string{c.Remote}, nil, Options{Zone: s.Zone, From: c.From, To: c.To})
	if err != nil {
		return delta, err
	}
	delta.Full = true
	first := make(map[string]bool)
	for _, one := range list {
		copies, skipped := one.Copies(c.From, c.To)
		delta.Skipped = append(append(delta.Skipped, one.Skipped...), skipped...)
		delta.Full = delta.Full && one.Complete
		prefix := remotePrefix(c.Remote, one, !first[one.File])
		first[one.File] = true
		for i := range copies {
			copies[i].Remote = calendars.RemoteID(prefix) + copies[i].Remote
		}
		delta.Copies = append(delta.Copies, copies...)
	}
	nameless := func(s calendars.Skip) bool { return s.UID == "" }
	delta.Full = delta.Full && !slices.ContainsFunc(delta.Skipped, nameless)
	return delta, nil
}

// remotePrefix keeps apart what the files of a folder, and the calendars of a
// file, call by the same UID.
func remotePrefix(root string, c *Calendar, first bool) string {
	prefix := ""
	if rel, err := filepath.Rel(root, c.File); err == nil && rel != "." {
		prefix = filepath.ToSlash(rel) + "#"
	}
	if !first {
		prefix += c.Name + "#"
	}
	return prefix
}

// fingerprint is a hash of all that a pull depends on.
func fingerprint(ctx context.Context, c calendars.Collection) (string, error) {
	info, err := os.Stat(c.Remote)
	if err != nil {
		return "", err
	}
	files := []string{c.Remote}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: neither a file nor a folder: it cannot be read again", c.Remote)
	}
	if info.IsDir() {
		if files, err = calendarFiles(c.Remote); err != nil {
			return "", err
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %d\n", c.From.Unix(), c.To.Unix())
	for _, p := range files {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		f, err := os.Open(p)
		if err != nil {
			fmt.Fprintf(sum, "%q %v\n", p, errors.Unwrap(err))
			continue
		}
		own := sha256.New()
		n, err := io.Copy(own, f)
		f.Close()
		fmt.Fprintf(sum, "%q %d %x %v\n", p, n, own.Sum(nil), err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
