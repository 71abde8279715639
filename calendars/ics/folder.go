package ics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"unmeet/calendars"
	"unmeet/calendars/ics/recur"
)

// Folder is a calendar that lies in files of this machine and can be changed there:
// an .ics file, or a folder of them. A collection's Remote is its path.
//
// What it writes replaces a file as a whole, and only the lines that are meant
// differ. A file that somebody writes at the same moment stays as they wrote it, and
// is looked at again. Nobody is told of what changes in a file: that is for others
// to do.
type Folder struct {
	Source
	Now func() time.Time // nil: the time of this machine

	between func() // for tests: called between reading a file and replacing it
}

// spot is where the event of an intent stands.
type spot struct {
	path     string // of the file, without symbolic links
	raw      []byte
	calendar *Calendar
	object   *object // nil: it is not there any more
}

// Look returns the occurrence that an intent is about, as the calendar has it now.
// One that was called off is cancelled; one that is not there is an
// [calendars.OvertakenError], and one in an archive a [calendars.ErrReadOnly].
func (f Folder) Look(ctx context.Context, i calendars.Intent) (calendars.Copy, error) {
	at, err := f.find(ctx, i)
	if err != nil {
		return calendars.Copy{}, err
	}
	now, err := at.occurrence(i.Ref.Instance)
	if err != nil {
		return calendars.Copy{}, err
	}
	k := now.copy
	k.HeadsKnown = at.calendar.headsKnown(at.object, &k)
	return k, nil
}

// find reads the file that an intent is about.
func (f Folder) find(ctx context.Context, i calendars.Intent) (spot, error) {
	files, err := filesOf(i.Collection, string(i.Remote))
	if err != nil {
		return spot{}, err
	}
	for _, path := range files {
		at, err := f.read(ctx, path, i)
		if err != nil || at.object != nil {
			return at, err
		}
	}
	return spot{}, &calendars.OvertakenError{Why: calendars.Gone}
}

// occurrence returns an instance of the event at s.
func (s spot) occurrence(id calendars.Instance) (occurrence, error) {
	now, ok := s.object.occurrence(id)
	switch {
	case ok:
		return now, nil
	case len(s.object.others) > 0:
		return now, readOnly("several series share the UID %s", s.object.uid())
	case s.object.goesOnNear(id):
		return now, &calendars.OvertakenError{Why: calendars.Moved}
	}
	return now, &calendars.OvertakenError{Why: calendars.Gone}
}

// goesOnNear reports whether a series that lacks an instance takes place within a week
// of it, and not only before: then it has other times by now.
func (o *object) goesOnNear(id calendars.Instance) bool {
	if o.master == nil || o.master.repeats == nil {
		return false
	}
	at, ok := id.Time(o.master.copy.Start.Location())
	if !ok {
		return false
	}
	near, _, err := o.master.repeats.Between(at.AddDate(0, 0, -1), at.AddDate(0, 0, 7), 0)
	return err == nil && slices.ContainsFunc(near, func(d recur.Date) bool { return d.Time.After(at) || at.Sub(d.Time) < 24*time.Hour })
}

// readOnly is an error that says why something cannot be changed.
func readOnly(format string, args ...any) error {
	return fmt.Errorf("%w: %s", calendars.ErrReadOnly, fmt.Sprintf(format, args...))
}

// filesOf lists the files of a collection that may hold what is called remote.
func filesOf(root, remote string) ([]string, error) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return []string{root}, err
	}
	all, err := calendarFiles(root)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, path := range all {
		name, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		name = filepath.ToSlash(name)
		if strings.HasPrefix(remote, name+"#") || strings.HasPrefix(remote, name+"/") {
			files = append(files, path)
		}
	}
	return files, nil
}

// read looks for the event of an intent in a file of its collection.
func (f Folder) read(ctx context.Context, path string, i calendars.Intent) (spot, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && path != i.Collection {
		return spot{}, nil // it went while we looked
	}
	if err != nil {
		return spot{}, err
	}
	if isArchive(raw[:min(len(raw), len(archiveMagic))]) {
		return spot{}, readOnly("%s is an archive", path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return spot{}, err
	}
	calendar, object, err := f.parse(ctx, path, raw, i)
	return spot{path: real, raw: raw, calendar: calendar, object: object}, err
}

// parse looks for the event of an intent in the text of a file; nil where it is
// not. A text that breaks off is an error: it may be in the middle of being written.
func (f Folder) parse(ctx context.Context, path string, raw []byte, i calendars.Intent) (*Calendar, *object, error) {
	list, err := Read(ctx, bytes.NewReader(raw), path, Options{Zone: f.Zone})
	if err != nil {
		return nil, nil, err
	}
	for n, c := range list {
		if !c.Complete {
			return nil, nil, fmt.Errorf("%s breaks off: somebody may be writing it", path)
		}
		prefix := remotePrefix(i.Collection, c, n == 0)
		for _, o := range c.order {
			if prefix+string(o.remote()) == string(i.Remote) {
				return c, o, nil
			}
		}
	}
	return nil, nil, nil
}

// remote is the name of o in its calendar.
func (o *object) remote() calendars.RemoteID {
	if o.master != nil {
		return o.master.copy.Remote
	}
	return o.changes[0].copy.Remote
}
